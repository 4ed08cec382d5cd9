"""Whales from the firehose to the rooms whose overlays show them, and from the overlays to the filter of the firehose.

One frame is read once, whoever shows it. It never counts: rooms show whales and forget them.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from overlay.core import tiktool
from overlay.core.events import Whale
from overlay.core.text import fold_name
from overlay.core.tiktool import BadFrame
from overlay.core.whales import Whaling, net

if TYPE_CHECKING:
    from collections.abc import Iterator

    from overlay.core.room import Room
    from overlay.house import House
    from overlay.upstream.settings import Source

LOOK_S: Final = 2.0
"""So often it is seen whether other overlays show whales now."""
REPEAT_MS: Final = 60_000
MOST: Final = 5_000
SOURCES: Final[tuple[Source, ...]] = ("tiktool", "simulator")


class _Asked(NamedTuple):
    """What a room's overlays wanted when it was asked last."""

    room: Room
    seating: int
    handle: str
    wanted: tuple[Whaling, ...]


class Whales:
    """The firehose's way through the house."""

    def __init__(self, house: House) -> None:
        """Nothing is wanted before `run`."""
        self._house = house
        self._wanting: dict[Source, tuple[set[str], list[str]]] = {}  # handles of ours, creators whose overlays show
        self._asked: dict[str, _Asked] = {}  # by creator
        self._heard: OrderedDict[object, int] = OrderedDict()  # frames of the last minute

    async def run(self) -> None:
        """Follow what the overlays show, until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(LOOK_S)

    def look(self) -> None:
        """Ask the firehose for what the overlays show now, watched or not: alerts run all the same."""
        self._asked = {creator: self._ask(creator, room) for creator, room in self._house.hub.rooms.items()}
        for source in SOURCES:
            asked = {creator: self._asked[creator] for creator, _ in self._rooms(source)}
            creators = [creator for creator, one in asked.items() if one.wanted]
            self._wanting[source] = {one.handle for one in asked.values()}, creators
            nets = (options for creator in creators for options in asked[creator].wanted)
            self._house.upstream.want_whales(source, net(nets))

    def _ask(self, creator: str, room: Room) -> _Asked:
        """A room whose seats are the same wants the same: hundreds of rooms are not gone through every time."""
        known = self._asked.get(creator)
        if known is not None and known.room is room and known.seating == room.seating:
            return known
        return _Asked(room, room.seating, fold_name(room.scene.handle), tuple(whaling(room)))

    def hear(self, source: Source, raw: bytes) -> None:
        """A frame of a source's firehose."""
        try:
            whale = tiktool.decode_firehose(raw)
        except BadFrame:
            return
        if not isinstance(whale, Whale) or self._is_repeat(source, whale):
            return
        ours, creators = self._wanting.get(source, (set(), []))
        whale = msgspec.structs.replace(whale, ours=fold_name(whale.creator or "") in ours)
        for creator in creators:
            self._house.hub.event(creator, whale)

    def remark(self, creator: str) -> str | None:
        """Why no gifts to other creators come, as a sentence; None if they do."""
        for source in SOURCES:
            if any(name == creator for name, _ in self._rooms(source)):
                line = self._house.upstream.firehose(source)
                if line.state in {"refused", "limited"}:
                    return f"No gifts to other creators: {line.reason}."
        return None

    def _is_repeat(self, source: Source, whale: Whale) -> bool:
        now_ms = self._house.clock.now_ms()
        while self._heard and (len(self._heard) > MOST or next(iter(self._heard.values())) <= now_ms - REPEAT_MS):
            self._heard.popitem(last=False)
        who = whale.person and (whale.person.handle or whale.person.nickname)
        frame = (source, who, whale.creator, whale.gift, whale.diamonds, whale.sent_ms)
        if whale.sent_ms is None:
            return False
        known = frame in self._heard
        self._heard[frame] = now_ms
        return known

    def _rooms(self, source: Source) -> Iterator[tuple[str, Room]]:
        """The rooms of this source."""
        account = self._house.upstream.account("simulator")
        simulated = account.lines if account is not None else {}
        for creator, room in self._house.hub.rooms.items():
            if (creator in simulated) == (source == "simulator"):
                yield creator, room


def whaling(room: Room) -> Iterator[Whaling]:
    """The overlays of a room that show whales, with the variants of their addresses."""
    for seat in room.seats.values():
        if isinstance(seat.options, Whaling) and seat.options.whales:
            yield seat.options
