"""What a verified webhook brings about for one creator: questions, at most one connection, never an end by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from overlay.core import events
from overlay.core.hooks import Announcement
from overlay.core.liveness import Row
from overlay.upstream.crew import Crew
from overlay.upstream.live import Line
from overlay.upstream.settings import Inbox, Timing


class Announcements:
    """The effects of one key's webhooks."""

    def __init__(self, crew: Crew, timing: Timing, inbox: Inbox, check: Callable[[Line], Awaitable[Row]]) -> None:
        self._crew, self._timing, self._inbox, self._check = crew, timing, inbox, check

    def take(self, line: Line, said: Announcement) -> None:
        """One announcement about one creator; other events than these two are none of ours."""
        if said.event == "live.start":
            self._crew.once("announced start", self._announced_start(line))
        elif said.event == "live.end":
            self._announced_end(line, said.room_id)

    async def _announced_start(self, line: Line) -> None:
        """Asks now, after 20 s and after 60 s; if nobody knows anything all the time, it connects once anyway."""
        denied = False
        for wait in (0.0, *self._timing.hook_retries_s):
            await asyncio.sleep(wait)
            if not line.asks:
                return
            line.hurry()
            live = (await self._check(line)).live
            if live:
                return
            denied = denied or live is False
        if not denied:
            line.call()

    def _announced_end(self, line: Line, room_id: str | None) -> None:
        """An old room's end is nothing; a socket that delivers knows better, and is only checked."""
        current = line.course.room_id
        if room_id is not None and current is not None and room_id != current:
            return
        if line.delivering or room_id is None or current is None:
            self._crew.once("announced end", self._check_later(line))
            return
        self._inbox.event(line.id, events.EndAnnounced(room_id=room_id))
        line.ending()

    async def _check_later(self, line: Line) -> None:
        await asyncio.sleep(self._timing.confirm_s)
        await self._check(line)
