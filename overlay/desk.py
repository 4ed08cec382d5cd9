"""The owner's desk: creators, widgets, tests, resets and orders, carried out in store, hub and upstream alike.

The studio, the API and the command line all come here, so that each rule stands once. What is asked is checked whole
before anything is changed, and it never half does a thing; a Problem names the field.
"""

from __future__ import annotations

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
    check_bundle_options,
    need_object,
    read_handle,
    read_options,
    read_zone,
    test_frame,
)
from overlay.problems import Problem, read_as, unknown
from overlay.rooms import placed_of
from overlay.widgets import KINDS

if TYPE_CHECKING:
    from pathlib import Path

    from overlay.core.widget import Kind
    from overlay.house import House
    from overlay.rooms import Rooms
    from overlay.store import CreatorRow, WidgetRow

UNDO_MS: Final = 60_000


class Desk:
    """What the owner can do."""

    def __init__(self, house: House, rooms: Rooms, server_zone: str) -> None:
        """Sit down."""
        self._house = house
        self._rooms = rooms
        self._zone = server_zone
        self._resets: dict[str, tuple[str, str, int]] = {}  # creator -> (id, what, when)

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
        form = await self._checked(read_as(given, CreatorForm))
        row = await self._house.store.add_creator(msgspec.to_builtins(form))
        await self._rooms.enter(row, [])
        await self._rooms.tell_upstream()
        return show_creator(row)

    async def patch_creator(self, creator: str, given: Any) -> dict[str, Any]:
        """Change what is given, keep the rest."""
        before = await self._creator(creator)
        whole = msgspec.to_builtins(read_form(before)) | need_object(given)
        if isinstance(need_object(given).get("captions"), dict):
            whole["captions"] = msgspec.to_builtins(before.captions) | given["captions"]
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
        await self._creator(creator)
        await self._house.store.delete_creator(creator)
        await self._rooms.leave(creator)
        await self._rooms.tell_upstream()

    async def undelete_creator(self, creator: str) -> dict[str, Any]:
        """A creator comes back, with widgets, keys and sums."""
        if creator in self._house.hub.rooms:
            return show_creator(await self._creator(creator))  # never gone: a second room would count beside the first
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
        values = msgspec.to_builtins(form) | {"options": options, "name": form.name or kind.title}
        row = await self._house.store.add_widget(values)
        await self._rooms.place(row)
        return self.show_widget(row)

    async def patch_widget(self, widget: str, given: Any) -> dict[str, Any]:
        """Change what is given; open pages show it at once."""
        before = await self._widget(widget)
        change = need_object(given)
        fixed = {"creator": before.creator, "kind": before.kind, "name": before.name, "theme": before.theme}
        form = read_as(fixed | {"options": {}} | change, WidgetForm)
        if form.kind != before.kind or form.creator != before.creator:
            raise Problem(
                "fixed", "A widget keeps its kind and its creator.", "kind" if form.kind != before.kind else "creator"
            )
        _, options = await self._check_widget(form, before)
        values = {"name": form.name, "theme": form.theme, "options": options}
        row = await self._house.store.patch_widget(widget, values)
        await self._rooms.place(row)
        return self.show_widget(row)

    async def _check_widget(self, form: WidgetForm, before: WidgetRow | None) -> tuple[Kind, dict[str, Any]]:
        kind = KINDS.get(form.kind)
        if kind is None:
            raise Problem("invalid", f"There is no kind {form.kind!r}; there are {', '.join(KINDS)}.", "kind")
        if form.creator not in self._house.hub.rooms:
            raise Problem("invalid", "There is no such creator.", "creator")
        if form.theme not in self._house.theme_names():
            raise Problem("invalid", f"There is no theme {form.theme!r}.", "theme")
        placed = None if before is None else placed_of(before)
        options = read_options(kind, form.options, placed.options if placed else None)
        return kind, msgspec.to_builtins(options)

    async def delete_widget(self, widget: str) -> None:
        """A widget goes; its pages empty themselves; it can be undone."""
        row = await self._widget(widget)
        await self._house.store.delete_widget(widget)
        await self._house.hub.settled(lambda: self._house.hub.remove(row.key))

    async def undelete_widget(self, widget: str) -> dict[str, Any]:
        """A widget comes back under its old address."""
        row = await self._house.store.undelete_widget(widget)
        await self._rooms.place(row)
        return self.show_widget(row)

    async def new_key(self, widget: str) -> dict[str, Any]:
        """A new address; the old one is empty for good."""
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

    async def import_bundle(self, document: Any) -> dict[str, int]:
        """An export comes in, all or nothing; every room opens anew."""
        house = self._house
        brought: dict[str, int] = await house.store.import_(document, check_bundle_options)
        await self.reopen()
        return brought

    async def reopen(self) -> None:
        """Everything as the store has it now: after an import or a restore."""
        for creator in list(self._house.hub.rooms):
            await self._rooms.leave(creator)
        await self._rooms.open_all()
        await self._rooms.tell_upstream()

    async def restore(self, file: Path) -> None:
        """A backup takes the place of everything, all or nothing."""
        for creator in list(self._house.hub.rooms):
            await self._rooms.leave(creator)
        await self._house.upstream.apply([])
        try:
            await self._house.store.restore(file)
        finally:
            await self.reopen()

    async def forget(self, creator: str, person: str) -> None:
        """Name, handle and picture of a person go everywhere; the sums stay."""
        await self._creator(creator)
        widgets = [row for row in await self._house.store.widgets() if row.creator == creator]
        await self._rooms.leave(creator)  # a room that still knows the name would say it again
        try:
            gone = await self._house.store.forget(creator, person)
            for address in gone.avatars:
                self._house.pictures.forget(address)
        finally:
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
        self._resets[creator] = (reset, what, now_ms)
        self._house.hub.event(creator, ResetAsked(id=reset, what=what))
        return {"id": reset, "what": what, "undo_until_ms": now_ms + UNDO_MS}

    async def undo_reset(self, creator: str) -> dict[str, Any]:
        """Take the last reset back."""
        await self._creator(creator)
        reset, what, at_ms = self._resets.pop(creator, ("", "", 0))
        if not reset or self._house.clock.now_ms() - at_ms > UNDO_MS:
            raise Problem("too_late", "There is no reset of the last minute to take back.", None, 409)
        self._house.hub.event(creator, ResetAsked(id=reset, what=what, undo=True))
        return {"id": reset, "what": what}


def read_form(row: CreatorRow) -> CreatorForm:
    """A stored creator as the form that made it."""
    whole = msgspec.to_builtins(row)
    return msgspec.convert({name: whole[name] for name in CreatorForm.__struct_fields__}, CreatorForm)


def show_creator(row: CreatorRow) -> dict[str, Any]:
    """A creator as the API shows them."""
    return {"id": row.id, **msgspec.to_builtins(read_form(row))}
