"""Creators into rooms: what the store knows of a creator becomes a living room in the hub, and leaves it again.

It never counts.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from overlay.core.ledger import Ledger
from overlay.core.room import Room
from overlay.core.scene import Scene
from overlay.core.totals import Totals
from overlay.hub import Placed
from overlay.upstream import CaptionSettings, CreatorSettings
from overlay.widgets import KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from overlay.core.keeping import Kept
    from overlay.core.ledger import Listing
    from overlay.house import House
    from overlay.store import CreatorRow, Store, WidgetRow

log = logging.getLogger("overlay.rooms")

AT_ONCE: Final = 8
"""So many rooms are read from the store at the same time at the start."""


class Rooms:
    """The rooms of this server."""

    def __init__(self, house: House) -> None:
        """No room yet."""
        self._house = house
        self._catalogues: dict[str, dict[str, Listing]] = {"tiktool": {}, "simulator": {}}

    async def open_all(self) -> None:
        """At the start: every creator and every widget, before the first socket opens."""
        store = self._house.store
        widgets: defaultdict[str, list[WidgetRow]] = defaultdict(list)
        for widget in await store.widgets():
            widgets[widget.creator].append(widget)
        rows = [(row, widgets[row.id]) for row in await store.creators()]
        for first in range(0, len(rows), AT_ONCE):
            await self._enter(rows[first : first + AT_ONCE])

    async def enter(self, row: CreatorRow, widgets: list[WidgetRow]) -> None:
        """A creator's room, rebuilt from the store, with all that stands in it."""
        await self._enter([(row, widgets)])

    async def _enter(self, lot: list[tuple[CreatorRow, list[WidgetRow]]]) -> None:
        """All of these between the same two ticks: a start with hundreds of creators must not wait for thousands."""
        hub = self._house.hub
        ledgers = [Ledger(row.handle, catalogue=self._catalogues[row.source]) for row, _ in lot]
        rebuilt = await asyncio.gather(
            *(self._rebuilt(row, ledger) for (row, _), ledger in zip(lot, ledgers, strict=True))
        )

        async def move_in() -> None:
            for (row, widgets), (room, kept) in zip(lot, rebuilt, strict=True):
                hub.add_room(row.id, room)
                for placed in self._readable(widgets):
                    try:
                        await self._count_since(room, placed)
                        hub.place(placed, kept.stage(placed.id))
                    except Exception:  # one overlay must not keep the whole server from starting
                        log.exception(
                            "creator=%s the widget %s stays out, please report this", placed.creator, placed.id
                        )
                self._wake(room, kept)

        await hub.alone(move_in)

    def _readable(self, widgets: list[WidgetRow]) -> list[Placed]:
        """Those that this version knows; the others stay out, and it says so."""
        found = [(row, placed_of(row)) for row in widgets]
        for row in [row for row, placed in found if placed is None]:
            log.error(
                "creator=%s the widget %s has options or a kind that this version cannot read", row.creator, row.id
            )
        return [placed for _, placed in found if placed is not None]

    async def renew(self, row: CreatorRow, widgets: list[WidgetRow]) -> None:
        """A room built anew takes the place of the old one between two ticks: no page goes blank, no frame is lost.

        The ledger goes on: the sockets that it listens to have not been closed.
        """
        house = self._house
        hub = house.hub

        async def swap() -> None:
            old = hub.rooms[row.id]
            room, kept = await self._rebuilt(row, old.ledger)
            room.scene.title, room.scene.owner_id = old.scene.title, old.scene.owner_id
            room.scene.stream_ended_ms = old.scene.stream_ended_ms
            placed = self._readable(widgets)
            now_ms = house.clock.now_ms()
            for one in placed:
                await self._count_since(room, one)
                room.seat(one.id, one.kind, one.options, now_ms, stage=kept.stage(one.id))
            room.refold(kept)
            hub.rooms[row.id] = room
            for one in placed:
                hub.place(one)

        await hub.alone(swap)

    async def _rebuilt(self, row: CreatorRow, ledger: Ledger) -> tuple[Room, Kept]:
        house, clock = self._house, self._house.clock
        scene = Scene(row.id, row.handle, zone_of(row.time_zone), self._picture(row.id))
        self._tell_captions(scene, row)
        self._show_gifts(scene, row.source)
        ledger.handle = row.handle
        room = Room(scene, ledger)
        needed = room.load_small(await house.store.states(row.id), clock.now_ms())
        kept: Kept = await house.store.load(row.id, needed)
        room.load(kept)
        for name in ("battle", "captions"):
            room.follow(KINDS[name])
        return room, kept

    def _wake(self, room: Room, kept: Kept) -> None:
        room.refold(kept)
        room.resume(kept.memory, self._house.clock.now_ms())

    async def place(self, row: WidgetRow, stage: Mapping[str, bytes] | None = None) -> None:
        """A widget into its creator's room, new or changed; one of an unknown kind stays out, and says so."""
        for placed in self._readable([row]):
            await self._place(placed, stage)

    async def _place(self, placed: Placed, stage: Mapping[str, bytes] | None) -> None:
        room = self._house.hub.rooms.get(placed.creator)
        if room is not None and since_of(placed):
            # while the hub stands between two ticks: what the store has then is exactly what was counted
            await self._house.hub.alone(lambda: self._count_since(room, placed))
        await self._house.hub.settled(lambda: self._house.hub.place(placed, stage))

    async def _count_since(self, room: Room, placed: Placed) -> None:
        """A goal that counts since a moment gets a period of its own, seeded from the stored facts, once."""
        since = since_of(placed)
        if since and not room.tally.has(since):
            found = await self._house.store.totals_since(placed.creator, int(since))
            room.tally.count_since(int(since), totals_of(found))

    async def leave(self, creator: str) -> None:
        """A creator's room closes."""
        await self._house.hub.settled(lambda: self._house.hub.remove_room(creator))

    async def change(self, row: CreatorRow) -> None:
        """A creator's settings have changed: handle, time zone, captions."""
        room = self._house.hub.rooms.get(row.id)
        if room is None:
            return
        if room.scene.handle != row.handle or str(room.scene.zone) != str(zone_of(row.time_zone)):
            widgets = [widget for widget in await self._house.store.widgets() if widget.creator == row.id]
            await self.renew(row, widgets)
            return
        await self._house.hub.settled(lambda: self._tell_captions(room.scene, row))

    def _tell_captions(self, scene: Scene, row: CreatorRow) -> None:
        scene.caption_source = row.captions.source
        scene.caption_target = row.captions.translate

    def _picture(self, creator: str) -> Any:
        pictures = self._house.pictures
        return lambda url: pictures.address(url, creator)

    async def tell_upstream(self) -> None:
        """The creators as they are now, to the sockets and the recorder."""
        rows = await self._house.store.creators()
        self._house.recorder.follow({row.id for row in rows if row.record})
        await self._house.upstream.apply([settings_of(row) for row in rows])

    async def learn_gifts(self, source: str, found: dict[str, Listing]) -> None:
        """A catalogue has come: every ledger of this source reads the same one."""
        self._catalogues[source].update(found)
        for row in await self._house.store.creators():
            room = self._house.hub.rooms.get(row.id)
            if room is not None and row.source == source:
                self._show_gifts(room.scene, source)

    def _show_gifts(self, scene: Scene, source: str) -> None:
        scene.gift_pictures = {gift: row.picture for gift, row in self._catalogues[source].items() if row.picture}
        scene.draw_anew()


def zone_of(name: str) -> ZoneInfo:
    """A stored time zone; one that this machine does not know is UTC."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def settings_of(row: CreatorRow) -> CreatorSettings:
    """A creator as the upstream is told of them."""
    captions = row.captions
    minutes = captions.max_minutes
    return CreatorSettings(
        id=row.id,
        handle=row.handle,
        source=row.source,
        enabled=row.enabled,
        priority=row.priority,
        captions=CaptionSettings(
            source=captions.source,
            language=captions.language,
            translate=captions.translate,
            speakers=captions.speakers,
            max_minutes=None if minutes is None else int(minutes),
        ),
    )


def placed_of(row: WidgetRow) -> Placed | None:
    """A stored widget as the hub serves it; options of an older version that are gone are left out."""
    kind = KINDS.get(row.kind)
    if kind is None:
        return None
    known = {field.name for field in msgspec.structs.fields(kind.options)}
    given = {name: value for name, value in row.options.items() if name in known}
    try:
        options = msgspec.convert(given, kind.options)
    except msgspec.ValidationError:
        return None
    return Placed(
        id=row.id, creator=row.creator, kind=kind, name=row.name, theme=row.theme, key=row.key, options=options
    )


def since_of(placed: Placed) -> str:
    """The moment since which a goal counts, or nothing."""
    since = str(getattr(placed.options, "since", ""))
    return since if since.isdigit() else ""


def totals_of(found: dict[str, int]) -> Totals:
    """The store's sums since a moment as the tally keeps them."""
    gifts = {metric[5:]: amount for metric, amount in found.items() if metric.startswith("gift:")}
    plain = {metric: amount for metric, amount in found.items() if metric in Totals.__struct_fields__}
    return Totals(**plain, by_gift=gifts)


class Shelf:
    """A place in the store where the upstream keeps JSON by name: catalogues, names of people."""

    def __init__(self, store: Store) -> None:
        """Keep in this store."""
        self._store = store

    async def get(self, name: str) -> Any | None:
        """What was put under this name."""
        return await self._store.get(f"shelf:{name}")

    async def put(self, name: str, value: Any) -> None:
        """Keep a JSON value under this name."""
        await self._store.put(f"shelf:{name}", value)
