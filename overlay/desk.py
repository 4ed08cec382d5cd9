"""The owner's desk: creators, widgets, tests, resets and orders, carried out in store, hub and upstream alike.

The studio, the API and the command line all come here, so that each rule stands once. What is asked is checked whole
before anything is changed, and it never half does a thing; a Problem names the field. It is longer than other modules
because it is the one list of what an owner can do.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from typing import TYPE_CHECKING, Any, Final

import msgspec

from overlay.core.events import ResetAsked
from overlay.forms import (
    CreatorForm,
    Orders,
    ResetForm,
    TestForm,
    WidgetForm,
    check_bundle,
    left_out,
    need_object,
    read_handle,
    read_kind,
    read_name,
    read_options,
    read_theme,
    read_zone,
    test_frame,
)
from overlay.problems import Problem, read_as, unknown
from overlay.rooms import placed_of
from overlay.widgets import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from overlay.core.widget import Kind
    from overlay.house import House
    from overlay.rooms import Rooms
    from overlay.store import CreatorRow, WidgetRow
    from overlay.store.bundle import Checked

log = logging.getLogger("overlay.desk")

UNDO_MS: Final = 60_000


class Desk:
    """What the owner can do."""

    def __init__(self, house: House, rooms: Rooms, server_zone: str) -> None:
        """Sit down."""
        self._house = house
        self._rooms = rooms
        self._zone = server_zone
        self._whole = asyncio.Lock()  # what opens and closes rooms and places widgets, one thing after another

    # --- creators ---

    async def creators(self) -> list[dict[str, Any]]:
        """All creators."""
        return [show_creator(row) for row in await self._house.store.creators()]

    async def creator(self, creator: str) -> dict[str, Any]:
        """One creator."""
        return show_creator(await self._creator(creator))

    async def _creator(self, creator: str) -> CreatorRow:
        for row in await self._house.store.creators():
            if row.id == creator:
                return row
        raise unknown("creator")

    async def add_creator(self, given: Any) -> dict[str, Any]:
        """A new creator, connected at once."""
        wanted = read_as(given, CreatorForm)
        async with self._whole:
            form = await self._checked(wanted)
            row = await self._house.store.add_creator(msgspec.to_builtins(form))
            await self._rooms.enter(row, [])
            await self._rooms.tell_upstream()
        return show_creator(row)

    async def patch_creator(self, creator: str, given: Any) -> dict[str, Any]:
        """Change what is given, keep the rest."""
        async with self._whole:
            before = await self._creator(creator)
            whole = msgspec.to_builtins(read_form(before)) | need_object(given)
            if isinstance(need_object(given).get("captions"), dict):
                whole["captions"] = msgspec.to_builtins(read_form(before).captions) | given["captions"]
            form = await self._checked(read_as(whole, CreatorForm), creator)
            row = await self._house.store.patch_creator(creator, msgspec.to_builtins(form))
            await self._rooms.change(row)
            await self._rooms.tell_upstream()
        return show_creator(row)

    async def _checked(self, form: CreatorForm, creator: str | None = None) -> CreatorForm:
        handle, zone = read_handle(form.handle), read_zone(form.time_zone, self._zone)
        for other in await self._house.store.creators():
            if other.id != creator and (other.handle, other.source) == (handle, form.source):
                raise Problem("taken", f"@{handle} is there already.", "handle", 409)
        return msgspec.structs.replace(form, handle=handle, time_zone=zone)

    async def delete_creator(self, creator: str) -> None:
        """A creator goes, with their widgets; it can be undone."""
        async with self._whole:
            await self._creator(creator)
            await self._house.rehearsals.end(creator)
            await self._house.store.delete_creator(creator)
            await self._rooms.leave(creator)
            await self._rooms.tell_upstream()

    async def undelete_creator(self, creator: str) -> dict[str, Any]:
        """A creator comes back, with widgets, keys and sums."""
        async with self._whole:
            if creator in self._house.hub.rooms:  # never gone: a second room would count beside the first
                return show_creator(await self._creator(creator))
            await self._checked(read_form(await self._house.store.creator(creator)), creator)
            row = await self._house.store.undelete_creator(creator)
            widgets = [widget for widget in await self._house.store.widgets() if widget.creator == creator]
            await self._rooms.enter(row, widgets)
            await self._rooms.tell_upstream()
        return show_creator(row)

    # --- widgets ---

    async def widgets(self) -> list[dict[str, Any]]:
        """All widgets."""
        return [self.show_widget(row) for row in await self._house.store.widgets()]

    async def widget(self, widget: str) -> dict[str, Any]:
        """One widget."""
        return self.show_widget(await self._widget(widget))

    async def _widget(self, widget: str) -> WidgetRow:
        for row in await self._house.store.widgets():
            if row.id == widget:
                return row
        raise unknown("widget")

    async def add_widget(self, given: Any) -> dict[str, Any]:
        """A new widget, with an address of its own."""
        form = read_as(given, WidgetForm)
        kind, options = await self._check_widget(form, None)
        values = msgspec.to_builtins(form) | {"options": options, "name": read_name(form.name) or kind.title}
        row = await self._house.store.add_widget(values)
        await self._rooms.place(row)
        return self.show_widget(row) | left_out(form.options)

    async def patch_widget(self, widget: str, given: Any) -> dict[str, Any]:
        """Change what is given; open pages show it at once."""
        async with self._whole:
            before = await self._widget(widget)
            change = need_object(given)
            fixed = {"creator": before.creator, "kind": before.kind, "name": before.name, "theme": before.theme}
            form = read_as(fixed | {"options": {}} | change, WidgetForm)
            if form.kind != before.kind or form.creator != before.creator:
                raise Problem(
                    "fixed",
                    "A widget keeps its kind and its creator.",
                    "kind" if form.kind != before.kind else "creator",
                )
            _, options = await self._check_widget(form, before)
            values = {"name": read_name(form.name), "theme": form.theme, "options": options}
            row = await self._house.store.patch_widget(widget, values)
            await self._rooms.place(row)
            return self.show_widget(row) | left_out(form.options)

    async def _check_widget(self, form: WidgetForm, before: WidgetRow | None) -> tuple[Kind, dict[str, Any]]:
        kind = read_kind(form.kind)
        if form.creator not in self._house.hub.rooms:
            raise Problem("invalid", "There is no such creator.", "creator")
        if before is None or form.theme != before.theme:
            read_theme(form.theme, self._house.theme_names())
        placed = None if before is None else placed_of(before)
        options = read_options(kind, form.options, placed.options if placed else None)
        return kind, msgspec.to_builtins(options)

    async def delete_widget(self, widget: str) -> None:
        """A widget goes; its pages empty themselves; it can be undone."""
        async with self._whole:
            row = await self._widget(widget)
            await self._house.store.delete_widget(widget)
            await self._house.hub.settled(lambda: self._house.hub.remove(row.key))

    async def undelete_widget(self, widget: str) -> dict[str, Any]:
        """A widget comes back under its old address."""
        async with self._whole:
            row = await self._house.store.undelete_widget(widget)
            await self._rooms.place(row)
            return self.show_widget(row)

    async def new_key(self, widget: str) -> dict[str, Any]:
        """A new address; the old one is empty for good."""
        async with self._whole:
            await self._widget(widget)
            row = await self._house.store.rotate_key(widget)
            await self._rooms.place(row)
            return self.show_widget(row)

    async def order(self, widget: str, given: Any) -> dict[str, Any]:
        """An order to the stage of alerts."""
        row, order = await self._widget(widget), read_as(given, Orders)
        if row.kind != "alerts":
            raise Problem("invalid", "Only alerts have a stage.", None)
        hub = self._house.hub
        await hub.settled(lambda: hub.order(widget, order.do))
        return {"done": order.do}

    def show_widget(self, row: WidgetRow) -> dict[str, Any]:
        """A widget as the API shows it, every option with its value."""
        kind, placed = KINDS.get(row.kind), placed_of(row)
        return {
            "id": row.id,
            "creator": row.creator,
            "kind": row.kind,
            "name": row.name,
            "theme": row.theme,
            "options": msgspec.to_builtins(placed.options) if placed else row.options,
            "key": row.key,
            "url": f"{self._house.address()}w/{row.key}",
            "width": kind.width if kind else 0,
            "height": kind.height if kind else 0,
        }

    async def import_bundle(self, document: Any, fit: Callable[[Checked], None]) -> dict[str, int]:
        """An export comes in, all or nothing. `fit` refuses what only others know to be wrong."""
        house = self._house
        themes = house.theme_names()

        def check(found: Checked) -> None:
            check_bundle(found, themes, self._zone)
            fit(found)

        async with self._whole:
            before = await self._rows()
            brought: dict[str, int] = await house.store.import_(document, check)
            await self._follow(before)
        return brought

    async def _rows(self) -> dict[str, CreatorRow | WidgetRow]:
        creators: list[CreatorRow | WidgetRow] = [*await self._house.store.creators()]
        return {row.id: row for row in [*creators, *(await self._house.store.widgets())]}

    async def _follow(self, before: dict[str, CreatorRow | WidgetRow]) -> None:
        """Rooms and pages of what has come or changed; all others go on as if nothing had been."""
        store, here = self._house.store, set(self._house.hub.rooms)
        widgets = await store.widgets()
        for row in await store.creators():
            if row.id not in here:
                await self._rooms.enter(row, [widget for widget in widgets if widget.creator == row.id])
            elif row != before.get(row.id):
                await self._rooms.change(row)
        for widget in widgets:
            if widget.creator in here and widget != before.get(widget.id):
                await self._rooms.place(widget)
        await self._rooms.tell_upstream()

    async def restore(self, file: Path, fit: Callable[[dict[str, str]], None]) -> None:
        """A backup takes the place of everything, all or nothing. Nobody's room closes for a file that is no good."""
        house = self._house

        async def before() -> None:
            await house.rehearsals.end_all()
            await house.upstream.apply([])
            await self._close_rooms()
            await house.recorder.end_all()

        async with self._whole:
            try:
                await house.store.restore(file, fit, before)
            except BaseException:
                if not house.hub.rooms:
                    await self._open_again()
                raise
            await self._open_rooms()

    async def _open_again(self) -> None:
        """After a restore that broke off: what went wrong here must not hide why."""
        try:
            await self._open_rooms()
        except Exception:
            log.exception("the rooms could not be opened again; start the program anew")

    async def _close_rooms(self) -> None:
        for creator in list(self._house.hub.rooms):
            await self._rooms.leave(creator)

    async def _open_rooms(self) -> None:
        """Everything as the store has it now."""
        await self._rooms.open_all()
        await self._rooms.tell_upstream()

    async def forget(self, creator: str, person: str) -> None:
        """Name, handle and picture of a person go everywhere; the sums stay."""
        async with self._whole:
            await self._creator(creator)
            await self._rooms.leave(creator)  # a room that still knows the name would say it again
            try:
                gone = await self._house.store.forget(creator, person)
                for address in gone.avatars:
                    self._house.pictures.forget(address)
            finally:
                widgets = [row for row in await self._house.store.widgets() if row.creator == creator]
                await self._rooms.enter(await self._creator(creator), widgets)

    # --- tests and resets ---

    async def test(self, creator: str, given: Any) -> dict[str, Any]:
        """A test event on the real road: shown, marked, counted nowhere."""
        await self._creator(creator)
        form = read_as(given, TestForm)
        self._house.hub.frame(creator, "live", test_frame(form), trial=True)
        return {"sent": form.event}

    async def reset(self, creator: str, given: Any) -> dict[str, Any]:
        """Start something anew; for a minute it can be undone."""
        await self._creator(creator)
        what = read_as(given, ResetForm).what
        reset, now_ms = secrets.token_hex(8), self._house.clock.now_ms()
        self._house.hub.event(creator, ResetAsked(id=reset, what=what))
        return {"id": reset, "what": what, "undo_until_ms": now_ms + UNDO_MS}

    async def undo_reset(self, creator: str) -> dict[str, Any]:
        """Take the last reset back; asked again, the one before it."""
        await self._creator(creator)
        hub, clock = self._house.hub, self._house.clock
        async with self._whole:
            found = await hub.settled(lambda: hub.rooms[creator].ledger.resets.last(clock.now_ms()))
        if found is None:
            raise Problem("too_late", "There is no reset of the last minute to take back.", None, 409)
        reset, what = found
        self._house.hub.event(creator, ResetAsked(id=reset, what=what, undo=True))
        return {"id": reset, "what": what}


def read_form(row: CreatorRow) -> CreatorForm:
    """A stored creator as the form that made it."""
    whole = msgspec.to_builtins(row)
    known = {name: whole[name] for name in CreatorForm.__struct_fields__}
    return msgspec.convert(known, CreatorForm, strict=False)  # the store keeps 5 minutes as 5.0


def show_creator(row: CreatorRow) -> dict[str, Any]:
    """A creator as the API shows them."""
    return {"id": row.id, **msgspec.to_builtins(read_form(row))}
