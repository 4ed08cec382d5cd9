"""Places for sockets: how many of one key's may be open, who comes next, and never two started at once.

Live sockets wait here by priority, then by who waited longest. Captions sockets take what is left and give their
place up when a live one needs it. Nothing here opens a socket.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from itertools import count


class Berths:
    """The places of one key."""

    def __init__(
        self, *, budget: Callable[[], int], pause_s: Callable[[], float], spacing_s: float, crowded: Callable[[], None]
    ) -> None:
        self._budget, self._pause_s, self._spacing_s, self._crowded = budget, pause_s, spacing_s, crowded
        self._news = asyncio.Event()
        self._order = count()
        self._queue: list[tuple[int, int, str]] = []
        self._asking: dict[str, asyncio.Future[bool]] = {}
        self._held: set[str] = set()

    @property
    def held(self) -> int:
        """Places in use, captions included."""
        return len(self._held)

    def waits(self, name: str) -> bool:
        """Whether somebody waits for a place."""
        return name in self._asking

    @property
    def full(self) -> bool:
        """Whether nothing more fits."""
        return len(self._held) >= self._budget()

    async def take(self, name: str, priority: int) -> bool:
        """Waits for a place; False when withdrawn before there was one."""
        asked: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._asking[name] = asked
        heapq.heappush(self._queue, (-priority, next(self._order), name))
        self._news.set()
        try:
            return await asked
        except asyncio.CancelledError:
            self.leave(name)
            raise
        finally:
            self._asking.pop(name, None)

    def take_spare(self, name: str) -> bool:
        """Takes a place only if nobody more important needs it."""
        if self._asking or self.full or self._pause_s() > 0:
            return False
        self._held.add(name)
        return True

    def withdraw(self, name: str) -> None:
        """Gives up waiting."""
        asked = self._asking.get(name)
        if asked is not None and not asked.done():
            asked.set_result(False)

    def leave(self, name: str) -> None:
        """Gives a place back."""
        self._held.discard(name)
        self._news.set()

    def look(self) -> None:
        """Something changed: the budget, a pause."""
        self._news.set()

    async def run(self) -> None:
        """Hands out places, one at a time and apart from each other."""
        while True:
            pause = self._pause_s()
            if not self._asking or pause > 0 or self.full:
                if self._asking and pause <= 0:
                    self._crowded()
                await self._change(pause if self._asking and pause > 0 else None)
            else:
                await asyncio.sleep(self._spacing_s if self._hand_out() else 0)

    async def _change(self, at_most_s: float | None) -> None:
        try:
            async with asyncio.timeout(at_most_s):
                await self._news.wait()
        except TimeoutError:
            return
        self._news.clear()

    def _hand_out(self) -> bool:
        """Gives the next in line a place; False if that one is gone."""
        if not self._queue:
            return False
        _, _, name = heapq.heappop(self._queue)
        asked = self._asking.get(name)
        if asked is None or asked.done():
            return False
        self._held.add(name)
        asked.set_result(True)
        return True
