"""Names and profiles from TikTool, asked once and kept for a day: battle opponents, co-hosts, the creator's own id.

Nothing here shows anybody; anonymous givers are never asked about.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterable

from overlay.core.answers import Face, Profile, Room, faces, profile, room
from overlay.core.budget import batches
from overlay.core.liveness import plain_handle
from overlay.upstream.rest import Rest

RESOLVE, PROFILE, ROOM_INFO, ROOM_ID = (
    "/webcast/resolve_user_ids", "/webcast/user_profile", "/webcast/room_info", "/webcast/room_id",
)  # fmt: skip
AT_ONCE = 20
FRESH_MS = 86_400_000
NOBODY_MS = 3_600_000
MOST = 20_000
ROOM_MS = 60_000
COMPANY_S = 1.0
"""The first stranger is asked for at once, those of the next second together: many battles begin in one moment."""


class People:
    """What one key may know about people and rooms."""

    def __init__(self, rest: Rest, *, now_ms: Callable[[], int]) -> None:
        self._rest, self._now_ms = rest, now_ms
        self._faces: dict[str, tuple[int, Face]] = {}
        self._profiles: dict[str, tuple[int, Profile]] = {}
        self._rooms: dict[str, tuple[int, Room]] = {}
        self._strangers: dict[str, None] = {}  # whom the next call asks for
        self._asked: dict[str, None] = {}  # whom the present one asks for
        self._asking = asyncio.Lock()
        self._asked_s = -math.inf

    async def names(self, ids: Iterable[str]) -> dict[str, Face]:
        """The faces behind ids, as far as they can be had."""
        wanted = list(dict.fromkeys(person for person in ids if person.isdigit() and person.strip("0")))
        missing = [person for person in wanted if self._kept(person) is None]
        if missing:
            self._strangers.update(dict.fromkeys(one for one in missing if one not in self._asked))
            async with self._asking:
                if not self._strangers.keys().isdisjoint(missing):  # nobody has asked for them meanwhile
                    await self._ask()
        return {person: face for person in wanted if (face := self._kept(person)) is not None and face.resolved}

    async def _ask(self) -> None:
        time = asyncio.get_running_loop().time
        await asyncio.sleep(self._asked_s + COMPANY_S - time())
        self._asked_s = time()
        self._asked, self._strangers = self._strangers, {}
        try:
            for lot in batches(list(self._asked), AT_ONCE):
                reply = await self._rest.post(RESOLVE, {"user_ids": lot})
                if not reply.ok:
                    break
                found = faces(reply)
                for person in lot:
                    self._keep(person, found.get(person, Face(id=person)))
        finally:
            self._asked = {}

    def _kept(self, person: str) -> Face | None:
        until, face = self._faces.get(person, (0, None))
        return face if until > self._now_ms() else None

    def _keep(self, person: str, face: Face) -> None:
        if len(self._faces) >= MOST:
            self._faces.pop(next(iter(self._faces)))
        self._faces[person] = (self._now_ms() + (FRESH_MS if face.resolved else NOBODY_MS), face)

    async def profile(self, handle: str) -> Profile | None:
        """A creator's profile; None where the tier has none."""
        name = plain_handle(handle)
        until, known = self._profiles.get(name, (0, None))
        if known is not None and until > self._now_ms():
            return known
        found = profile(await self._rest.get(PROFILE, unique_id=name))
        if found is not None:
            self._profiles[name] = (self._now_ms() + FRESH_MS, found)
        return found or known

    async def room(self, handle: str, room_id: str | None, *, fetch: bool) -> Room | None:
        """What can be had about a running stream, at most once a minute. `fetch`: the tier has the fuller answer."""
        name = plain_handle(handle)
        until, known = self._rooms.get(name, (0, None))
        if known is not None and until > self._now_ms() and room_id in {None, known.room_id}:
            return known
        body = {"room_id": room_id, "mode": "fetch"} if fetch and room_id else {"unique_id": name}
        found = room(await self._rest.post(ROOM_INFO, body))
        if found is not None:
            self._rooms[name] = (self._now_ms() + ROOM_MS, found)
        return found

    async def room_id(self, handle: str) -> Room | None:
        """The room's id, from TikTool's half-hour memory."""
        return room(await self._rest.post(ROOM_ID, {"unique_id": plain_handle(handle)}))
