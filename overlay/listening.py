"""What the house does when the hub hears something: proofs of life, ends, wanted captions, unknown gifts, strangers.

It passes on and never decides.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from overlay.boards import Want
from overlay.core import facts
from overlay.core.events import CatalogueStale, CoHosts, Person
from overlay.widgets import KINDS, ranking, sellers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from overlay.boards.sources import Side
    from overlay.core.events import Event
    from overlay.core.facts import Fact
    from overlay.core.fight import State as Fight
    from overlay.house import House

log = logging.getLogger("overlay.listening")

PROOFS: Final = frozenset(
    {
        facts.Credit,
        facts.Said,
        facts.Liked,
        facts.Joined,
        facts.Followed,
        facts.Shared,
        facts.Subscribed,
        facts.Fought,
        facts.Spoke,
    }
)
"""What only viewers of a running stream can bring about."""

HOUR_MS: Final = 3_600_000
"""So long nobody asks again for a name that could not be had, and no oddity is told again."""

MOST: Final = 2_000
"""Strangers and oddities that are remembered."""


class Listening:
    """The hub's callbacks, spread to whom they concern."""

    def __init__(self, house: House) -> None:
        """Nothing is heard before `begin`."""
        self._house = house
        self._asked: dict[tuple[str, str], int] = {}  # (creator, host) -> when
        self._told: dict[tuple[str, str], int] = {}  # (creator, oddity) -> when
        self._asking: set[asyncio.Task[None]] = set()

    def begin(self) -> None:
        """Listen."""
        self._house.hub.heard = self._heard
        self._house.hub.noticed = self.noticed
        self._house.hub.watched = self._watched

    async def end(self) -> None:
        """Ask for nobody any more."""
        for task in self._asking:
            task.cancel()
        await asyncio.gather(*self._asking, return_exceptions=True)

    def noticed(self, creator: str, event: Event) -> None:
        """An event that is no fact but news for the upstream: the room's gifts have changed."""
        if isinstance(event, CatalogueStale):
            self._house.upstream.catalogue_stale(creator)

    def _heard(self, creator: str, fact: Fact) -> None:
        if fact.test:
            return
        if isinstance(fact, facts.Credit) and fact.unpriced:
            self._house.upstream.gift_missing(creator, fact.gift_id)
        if type(fact) in PROOFS:
            self._house.upstream.proof(creator)
        elif isinstance(fact, facts.StreamEnding):
            self._house.upstream.ending(creator)
        if isinstance(fact, facts.Fought):
            self._look_at_battle(creator)

    # --- battles: strangers and oddities ---

    def _look_at_battle(self, creator: str) -> None:
        fight: Fight = self._house.hub.rooms[creator].follow(KINDS["battle"])  # type: ignore[assignment]  # its state
        for oddity in fight.drain_oddities():
            if self._once_an_hour(self._told, (creator, oddity)):
                log.info("creator=%s battle: %s", creator, oddity)
        match, known = fight.memory.match, fight.memory.names  # after this very fact: the fold has run
        if match is None or match.test:
            return
        nameless = [row.id for row in match.hosts.values() if not row.name and row.id not in known]
        wanted = [host for host in nameless if host.isdigit() and self._once_an_hour(self._asked, (creator, host))]
        if wanted:
            task = asyncio.ensure_future(self._ask_names(creator, wanted))
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)

    async def _ask_names(self, creator: str, wanted: list[str]) -> None:
        found = await self._house.upstream.names(creator, wanted)
        people = tuple(
            Person(id=face.id, handle=face.handle, nickname=face.nickname, avatar=face.avatar)
            for face in found.values()
        )
        if people:
            self._house.hub.event(creator, CoHosts(people=people))

    def _once_an_hour(self, kept: dict[tuple[str, str], int], what: tuple[str, str]) -> bool:
        now_ms = self._house.clock.now_ms()
        if now_ms - kept.get(what, now_ms - HOUR_MS) < HOUR_MS:
            return False
        kept.pop(what, None)
        kept[what] = now_ms
        if len(kept) > MOST:
            del kept[next(iter(kept))]
        return True

    # --- captions ---

    def _watched(self, creator: str) -> None:
        self._house.boards.look()
        room = self._house.hub.rooms.get(creator)
        paid = (
            room is not None
            and room.scene.caption_source == "captions"
            and any(
                show.seat.options.source in {"auto", "captions"}  # type: ignore[attr-defined]  # captions' own option
                for show in self._house.hub.watching(creator, "captions")
            )
        )
        self._house.upstream.watched(creator, paid)


WISHES: Final = {"ranking": ranking.wishes, "sellers": sellers.wishes}


def wanted_boards(house: House) -> Iterator[Want]:
    """Every board that a page shows now."""
    for creator, room in house.hub.rooms.items():
        account = house.upstream.account("simulator")
        source: Side = "simulator" if account is not None and creator in account.lines else "tiktool"
        handle = room.scene.handle
        for kind, wishes in WISHES.items():
            for show in house.hub.watching(creator, kind):
                for wish in wishes(show.seat.options, handle):  # type: ignore[operator]  # the options of this kind
                    yield Want(creator=creator, handle=handle, source=source, wish=wish, room=room)


def remark_of(house: House, creator: str, widget: str) -> str | None:
    """What the studio should say of a widget that shows what comes from elsewhere, or None if all is well."""
    room = house.hub.rooms.get(creator)
    seat = room.seats.get(widget) if room is not None else None
    if room is None or seat is None:
        return None
    wishes = WISHES.get(seat.kind.name)
    if wishes is not None:
        wanted = wishes(seat.options, room.scene.handle)  # type: ignore[operator]  # the options of this kind
        return next((said for wish in wanted if (said := house.boards.said(creator, wish.name))), None)
    return house.whales.remark(creator) if getattr(seat.options, "whales", 0) else None
