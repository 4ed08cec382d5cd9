"""What HTTP adds when a stream begins: title, viewers and likes to start from, and the creator's own id.

Asked once per stream, only for what the socket's own greeting has not told, and only where the key's tier can spare
it. It is told like a first frame; that proves nothing about being live.
"""

from __future__ import annotations

import asyncio

from overlay.core import events
from overlay.core.budget import TIERS
from overlay.core.glance import Glance
from overlay.upstream.limits import LimitsWatch
from overlay.upstream.live import Line
from overlay.upstream.people import People
from overlay.upstream.settings import Inbox

MOST = 2_000


class Figures:
    """The first figures of one key's streams."""

    def __init__(self, people: People, limits: LimitsWatch, inbox: Inbox, wait_s: float) -> None:
        self._people, self._limits, self._inbox, self._wait_s = people, limits, inbox, wait_s
        self._asked: dict[str, None] = {}

    async def ask(self, line: Line) -> None:
        """Tells what can be had about the stream that a socket was just opened for."""
        await asyncio.sleep(self._wait_s)
        room_id, tier = line.course.room_id, TIERS.get(self._limits.tier or "")
        if tier is None or tier.batch <= 1 or not line.connected or room_id is None or room_id in self._asked:
            return
        self._asked[room_id] = None
        if len(self._asked) > MOST:
            del self._asked[next(iter(self._asked))]
        known = line.greeting if line.greeting.room_id == room_id else Glance()
        profile = await self._people.profile(line.handle) if tier.profiles and not known.owner else None
        room = await self._people.room(line.handle, room_id, fetch=tier.profiles) if not known.figures else None
        same = room is not None and room.room_id in {None, room_id} and room.live is not False
        if line.course.room_id != room_id or not line.connected or (profile is None and not same):
            return
        told = events.RoomInfo(
            room_id=room_id,
            handle=line.handle,
            owner_id=profile.id if profile is not None else None,
            title=room.title if room is not None and same else None,
            viewers=room.viewers if room is not None and same else None,
            likes=room.likes if room is not None and same else None,
        )
        self._inbox.event(line.id, told)
