"""A process that is killed at any moment has lost nothing for which a commit had returned."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from overlay.store import Store

from .making import START_MS

COUNTER = Path(__file__).with_name("counting.py")


def count_until_killed(folder, count, seconds):
    """Let another process count on for so long; the last number of which it said that it was committed."""
    command = [sys.executable, str(COUNTER), str(folder), str(count)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as counting:
        assert counting.stdout.readline() == "ready\n"
        time.sleep(seconds)  # the moment is the point
        counting.send_signal(signal.SIGKILL)
        shown = counting.stdout.read().split("\n")[:-1]
    return int(shown[-1]) if shown else count


async def killed(folder, times, seed):
    """Count, kill, look; again and again."""
    dice = random.Random(seed)
    count = 0
    for _ in range(times):
        shown = count_until_killed(folder, count, dice.uniform(0.0, 0.25))
        store = await Store.open(folder)
        assert store.safe
        assert store.problems == []
        count = await counted(store)
        assert shown <= count <= shown + 1
        await store.close()
    return count


async def counted(store):
    """How far everything in the database has got; facts, board, memory and sums must agree."""
    kept = await store.load("luna", ["all"])
    if not kept.scores:
        return 0
    count = kept.scores["all"]["id:0"][0]
    assert kept.memory == {f"mark:{n}": b"x" for n in range(max(0, count - 5), count)}
    with sqlite3.connect(store.path) as db:
        times = [row[0] for row in db.execute("SELECT at_ms FROM fact WHERE kind='Credit' ORDER BY seq")]
    db.close()
    assert times == [START_MS + n for n in range(count)]
    (stream,) = await store.streams("luna")
    assert stream["diamonds"] == count
    assert (await store.totals_since("luna", 0))["diamonds"] == count
    return count


async def test_twenty_kills_lose_nothing_that_was_committed(folder):
    assert await killed(folder, 20, seed=1) > 20


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(2, 12))
async def test_ten_times_twenty_kills_lose_nothing_that_was_committed(folder, seed):
    assert await killed(folder, 20, seed) > 20
