"""Rehearsal: a recording through a creator's room on the real road, at any speed.

Everything of it is marked as a test, and it never counts anywhere.
"""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from overlay.core.events import ResetAsked
from overlay.core.recording import parse_line
from overlay.problems import Problem

if TYPE_CHECKING:
    from overlay.core.recording import Line
    from overlay.house import House

SPEEDS: Final = (1.0, 1000.0)
LONGEST_NAP_S: Final = 0.25
"""How soon a change of speed or a pause is noticed."""


class Progress(Struct, kw_only=True):
    """Where a rehearsal stands."""

    creator: str
    at_ms: int = 0
    of_ms: int = 0
    speed: float = 1.0
    paused: bool = False
    done: bool = False


class Rehearsals:
    """At most one rehearsal a creator."""

    def __init__(self, house: House) -> None:
        """Nothing plays."""
        self._house = house
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._progress: dict[str, Progress] = {}

    def progress(self, creator: str) -> Progress | None:
        """Where a creator's rehearsal stands, or stood when it ended."""
        return self._progress.get(creator)

    async def begin(self, creator: str, lines: list[bytes], speed: float) -> Progress:
        """Play; one that is playing already makes room."""
        check_speed(speed)
        room = self._house.hub.rooms[creator]
        await self.end(creator)
        parsed = await asyncio.to_thread(read_lines, lines)  # a long stream takes seconds
        times = [line.t for line in parsed if line.t is not None]
        if not any(line.events for line in parsed):
            raise Problem("invalid", "This is not a recording: no line of it can be read.", "file")

        def fresh() -> None:
            room.trial = room.new_trial()  # a rehearsal knows nothing of the one before it

        await self._house.hub.settled(fresh)
        progress = self._progress[creator] = Progress(creator=creator, of_ms=max(times, default=0), speed=speed)
        self._tasks[creator] = asyncio.create_task(self._play(creator, parsed, progress), name=f"rehearsal {creator}")
        return progress

    def change(self, creator: str, *, speed: float | None = None, paused: bool | None = None) -> Progress:
        """Faster, slower, stop for a moment, go on."""
        progress = self._progress.get(creator)
        if progress is None or progress.done:
            raise Problem("idle", "Nothing is being played for this creator.", None, 409)
        if speed is not None:
            check_speed(speed)
            progress.speed = speed
        if paused is not None:
            progress.paused = paused
        return progress

    async def end(self, creator: str) -> None:
        """Stop playing; a battle or chat of it that is still on the air goes at once."""
        task = self._tasks.pop(creator, None)
        if task is None:
            return
        cut = not task.done()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        if cut:
            self._house.hub.event(creator, ResetAsked(id=secrets.token_hex(8), what="all"), trial=True)

    async def end_all(self) -> None:
        """The server stops."""
        for creator in list(self._tasks):
            await self.end(creator)

    async def _play(self, creator: str, lines: list[Line], progress: Progress) -> None:
        loop = asyncio.get_running_loop()
        try:
            now_ms, was_s = 0.0, loop.time()
            for count, line in enumerate(lines, 1):
                due_ms = progress.at_ms if line.t is None else line.t
                while now_ms < due_ms or progress.paused:
                    left_s = (due_ms - now_ms) / 1000 / progress.speed
                    await asyncio.sleep(LONGEST_NAP_S if progress.paused else min(left_s, LONGEST_NAP_S))
                    is_s = loop.time()
                    now_ms += 0 if progress.paused else (is_s - was_s) * 1000 * progress.speed
                    was_s = is_s
                progress.at_ms = max(progress.at_ms, due_ms)
                for event in line.events:
                    self._house.hub.event(creator, event, trial=True)
                if not count % 200:
                    await asyncio.sleep(0)
        finally:
            progress.done = True


def read_lines(lines: list[bytes]) -> list[Line]:
    """A recording's lines; empty ones say nothing."""
    return [parse_line(line, at) for at, line in enumerate(lines, 1) if line.strip()]


def check_speed(speed: float) -> None:
    """1 to 1000."""
    if not SPEEDS[0] <= speed <= SPEEDS[1]:
        raise Problem("invalid", "The speed must be between 1 and 1000.", "speed")
