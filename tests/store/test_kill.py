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


async def killed(folder, times, seed):
    """Let another process count, kill it, look; again and again."""
    dice = random.Random(seed)
    count = 0
    for _ in range(times):
        command = [sys.executable, str(COUNTER), str(folder), str(count)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as counting:
            assert counting.stdout.readline() == "ready\n"
            time.sleep(dice.uniform(0.0, 0.25))  # the moment is the point
            counting.send_signal(signal.SIGKILL)
            shown = [int(line) for line in counting.stdout.read().split("\n")[:-1]]
        shown = shown[-1] if shown else count
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
async def test_two_hundred_kills_lose_nothing_that_was_committed(folder):
    assert await killed(folder, 200, seed=2) > 200
