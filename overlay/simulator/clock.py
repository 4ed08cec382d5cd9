"""Script time: runs with the loop's clock times a speed, or stands still and is moved by hand (speed 0).

It never knows what happens.
"""

from __future__ import annotations

import asyncio
import heapq
import math
import time
from itertools import count


class Clock:
    """Milliseconds of script time since the simulator was made."""

    def __init__(self, speed: float) -> None:
        """Stand at zero; time passes only after start()."""
        self.speed = speed
        self._base_ms = 0.0
        self._anchor: float | None = None
        self.wall_ms = time.time_ns() // 1_000_000
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = count()

    def start(self) -> None:
        """Let time pass from now on."""
        self._anchor = asyncio.get_running_loop().time()

    @property
    def now_ms(self) -> float:
        """Tell script time."""
        if self._anchor is None or not self.speed:
            return self._base_ms
        return self._base_ms + (asyncio.get_running_loop().time() - self._anchor) * 1000 * self.speed

    def wall(self) -> int:
        """Tell the time that frames and answers carry: the start's wall clock plus script time."""
        return self.wall_ms + int(self.now_ms)

    def move(self, to_ms: float) -> None:
        """Move on by hand."""
        self._base_ms += max(0.0, to_ms - self.now_ms)

    def change(self, speed: float) -> None:
        """Let time pass at another speed from now on."""
        self._base_ms = self.now_ms
        self.speed = speed
        self.start()

    def real_s(self, for_ms: float) -> float:
        """Tell how many real seconds so much script time takes."""
        return for_ms / 1000 / self.speed if self.speed else 0.0

    async def sleep(self, for_ms: float) -> None:
        """Wait in script time."""
        if self.speed:
            await asyncio.sleep(self.real_s(for_ms))
        elif for_ms <= 0:
            await asyncio.sleep(0)
        else:
            woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            heapq.heappush(self._sleepers, (self.now_ms + for_ms, next(self._order), woken))
            await woken

    @property
    def next_ms(self) -> float:
        """Tell when the next sleeper of a clock that is moved by hand wants to wake."""
        return self._sleepers[0][0] if self._sleepers else math.inf

    def wake(self) -> None:
        """Wake the next sleeper."""
        _, _, woken = heapq.heappop(self._sleepers)
        if not woken.done():
            woken.set_result(None)
