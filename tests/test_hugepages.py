"""Full memory becomes large pages where the system has them, empty memory stays empty, and nothing in it changes."""

from __future__ import annotations

import asyncio
import ctypes
import mmap
import random
import threading
from pathlib import Path

import pytest

from overlay import hugepages
from overlay.hugepages import BLOCK, SYSTEM, Blocks, blocks_of, wanted

here = pytest.mark.skipif(not wanted(SYSTEM), reason="this system has no large pages, or forbids them")


def figures(place: int) -> dict[str, int]:
    """What the system says of the area that holds a place, in kB."""
    found: dict[str, int] = {}
    inside = False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        word = line.split()[0]
        if "-" in word:
            first, end = (int(side, 16) for side in word.split("-"))
            inside = first <= place < end
        elif inside and line.endswith("kB"):
            found[word.rstrip(":")] = int(line.split()[1])
    return found


def apart(size: int) -> mmap.mmap:
    """An area of memory that is not joined to what Python itself has."""
    area = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    area.madvise(mmap.MADV_DONTFORK)  # unlike Python's, so that the system keeps them apart
    return area


def place_of(area: mmap.mmap) -> int:
    return ctypes.addressof(ctypes.c_char.from_buffer(area))


@here
def test_what_is_full_becomes_large_pages_and_says_what_it_said() -> None:
    area = apart(8 * BLOCK)
    said = random.Random(1).randbytes(len(area))
    area[:] = said
    unasked = "[always]" in (SYSTEM / "enabled").read_text()
    assert unasked or figures(place_of(area))["AnonHugePages"] == 0
    Blocks().gather(threading.Event())
    assert figures(place_of(area))["AnonHugePages"] >= 7 * BLOCK >> 10
    assert area[:] == said


@here
def test_what_is_empty_or_half_full_takes_no_memory() -> None:
    empty, half = apart(8 * BLOCK), apart(8 * BLOCK)
    for at in range(0, len(half), 2 * mmap.PAGESIZE):
        half[at] = 1
    before = [figures(place_of(area))["Rss"] for area in (empty, half)]  # of one area, if they lie side by side
    Blocks().gather(threading.Event())
    assert [figures(place_of(area))["Rss"] for area in (empty, half)] == before


@here
def test_a_block_is_asked_for_once_and_the_end_does_not_wait_for_the_rest() -> None:
    area = apart(8 * BLOCK)
    area[:] = bytes([1]) * len(area)
    blocks, ending = Blocks(), threading.Event()
    ending.set()
    blocks.gather(ending)
    assert len(blocks.done) == 1
    ending.clear()
    blocks.gather(ending)
    many = len(blocks.done)
    assert many >= 7
    blocks.gather(ending)
    assert len(blocks.done) <= many + 1  # what this test itself filled meanwhile


def test_only_whole_blocks_of_memory_that_is_ours_to_write_are_looked_at() -> None:
    maps = """\
00200000-00800000 rw-p 00000000 00:00 0                                  [heap]
7f0000001000-7f0000500000 rw-p 00000000 00:00 0
7f0001000000-7f0001400000 r--p 00000000 00:00 0
7f0002000000-7f0002400000 rw-p 00000000 08:01 77                         /usr/lib/libsomething.so
7f0003000000-7f0003400000 rw-s 00000000 00:01 12                         /dev/zero (deleted)
7f0004000000-7f00041ff000 rw-p 00000000 00:00 0
7ffc00000000-7ffc00400000 rw-p 00000000 00:00 0                          [stack]
"""
    assert list(blocks_of(maps)) == [(0x200000, 0x800000), (0x7F0000200000, 0x7F0000400000)]


@pytest.mark.parametrize(
    ("enabled", "size", "answer"),
    [
        ("always [madvise] never", "2097152", True),
        ("[always] madvise never", "2097152", True),
        ("always madvise [never]", "2097152", False),
        ("always [madvise] never", "33554432", False),
        (None, "2097152", False),
        ("always [madvise] never", "many", False),
    ],
)
def test_the_system_and_its_administrator_have_the_last_word(
    tmp_path: Path, enabled: str | None, size: str, answer: bool
) -> None:
    if enabled is not None:
        (tmp_path / "enabled").write_text(enabled)
    (tmp_path / "hpage_pmd_size").write_text(size)
    assert wanted(tmp_path) is answer


@here
async def test_a_small_server_is_left_alone_and_a_large_one_is_looked_after(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = asyncio.Event()
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(hugepages, "EVERY_S", 0.01)
    monkeypatch.setattr(Blocks, "gather", lambda _self, _ending: loop.call_soon_threadsafe(looked.set))
    sizes = iter([1 << 20, 1 << 20])

    def size() -> int:
        assert not looked.is_set()
        return next(sizes, 1 << 30)

    monkeypatch.setattr(hugepages, "resident", size)
    task = asyncio.create_task(hugepages.gather())
    async with asyncio.timeout(10):
        await looked.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert next(sizes, None) is None
