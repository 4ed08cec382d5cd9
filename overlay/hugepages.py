"""Memory in large pages, when there is much of it.

A server with hundreds of creators touches a little of everything all the time, and much of each touch is the
processor finding out where the memory is. In pages of 2 MiB instead of 4 KiB it finds out at once: with five hundred
creators that saves an eighth of the work. Linux makes such pages only for those who ask, and Python asks for its memory
in pieces that are too small for them. So what has filled up is asked for here, block after block, in a thread beside
everything else; what is half empty stays as it is, and takes no more. It is a wish: where the system says no, or its
administrator has said `never`, all goes on as before.
"""

from __future__ import annotations

import asyncio
import ctypes
import mmap
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

EVERY_S: Final = 10
MUCH: Final = 128 << 20
"""Less memory than that is found quickly in any case."""
BLOCK: Final = 2 << 20
FULL: Final = 7 / 8
"""So much of a block is in use at least: the rest of it is what this may cost."""
REST_S: Final = 0.004
"""Between two blocks, each of which holds up the system's care of our memory for some milliseconds."""
MADV_COLLAPSE: Final = 25
SYSTEM: Final = Path("/sys/kernel/mm/transparent_hugepage")


async def gather() -> None:
    """Look for full blocks in our own time, until cancelled."""
    if not wanted(SYSTEM):
        return
    blocks, ending = Blocks(), threading.Event()
    try:
        while True:
            if resident() >= MUCH:
                await asyncio.to_thread(blocks.gather, ending)
            await asyncio.sleep(EVERY_S)
    finally:
        ending.set()


def wanted(system: Path) -> bool:
    """Whether there are such pages here, of the usual size, and nobody has forbidden them."""
    try:
        allowed = "[never]" not in (system / "enabled").read_text()
        return allowed and int((system / "hpage_pmd_size").read_text()) == BLOCK and sys.platform == "linux"
    except (OSError, ValueError):
        return False


def resident() -> int:
    """Bytes of our own in memory."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()
    return (int(pages[1]) - int(pages[2])) * mmap.PAGESIZE


def blocks_of(maps: str) -> Iterator[tuple[int, int]]:
    """Where whole blocks may lie, first and end: written to, of no file, by the system's own list."""
    for line in maps.splitlines():
        place, rights, _offset, _device, file, *name = line.split()
        if rights == "rw-p" and file == "0" and (not name or name[0] == "[heap]"):
            first, end = (int(side, 16) for side in place.split("-"))
            first, end = -(-first // BLOCK) * BLOCK, end // BLOCK * BLOCK
            if first < end:
                yield first, end


class Blocks:
    """The blocks of this process's memory, and which of them are one page each."""

    def __init__(self) -> None:
        """None yet."""
        self.done: set[int] = set()
        self._libc: Any = ctypes.CDLL(None, use_errno=True)
        for name in ("madvise", "mincore"):
            getattr(self._libc, name).argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p]
        self._pages = ctypes.create_string_buffer(BLOCK // mmap.PAGESIZE)

    def gather(self, ending: threading.Event) -> None:
        """Make one page of every full block that is none yet."""
        for first, end in list(blocks_of(Path("/proc/self/maps").read_text(encoding="ascii"))):
            for block in range(first, end, BLOCK):
                if block in self.done or not self._is_full(block):
                    continue
                self._libc.madvise(block, BLOCK, MADV_COLLAPSE)  # a no is a no: it is not asked again
                self.done.add(block)
                if ending.wait(REST_S):
                    return

    def _is_full(self, block: int) -> bool:
        if self._libc.mincore(block, BLOCK, ctypes.addressof(self._pages)):
            return False
        return sum(page & 1 for page in self._pages.raw) >= FULL * len(self._pages)
