"""Threads that can wait have a lower priority than the loop, and only they."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import pytest

from overlay.modesty import GIVING_WAY, be_modest
from tests.serving import MIRA, gift, serving

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has priorities of threads")


def priorities() -> dict[str, int]:
    """What the system says of each thread, by its name here."""
    return {one.name: os.getpriority(os.PRIO_PROCESS, one.native_id or 0) for one in threading.enumerate()}


def test_only_the_thread_that_asks_for_it_gives_way() -> None:
    before, found = os.getpriority(os.PRIO_PROCESS, threading.get_native_id()), list[int]()

    def work() -> None:
        be_modest()
        found.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [max(before, GIVING_WAY)]
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before


async def test_copies_give_way_and_the_loop_and_the_commits_do_not(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        creator = await served.creator()
        board = await served.widget(creator)
        served.hear(creator, gift(MIRA, 5, 1))
        await served.view(board["key"])
        found = priorities()
    assert found["store-pulse"] == max(found["MainThread"], GIVING_WAY)
    assert found["store-writer"] == found["MainThread"]
