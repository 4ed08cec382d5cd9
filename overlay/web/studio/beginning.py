"""The second step of the beginning: a handle and a key, checked at once, become a creator with overlays.

It never blocks anything else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta, Struct

from overlay.forms import read_handle
from overlay.problems import Problem, read_as
from overlay.web.studio.calls import Calls
from overlay.web.studio.keys import check_handle, check_key, keep_key, plain, present_key

if TYPE_CHECKING:
    from quart import Quart

    from overlay.config import Limits
    from overlay.house import House
    from overlay.web.studio.frame import Frame


class StartForm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asked in the second step."""

    handle: Annotated[str, Meta(max_length=200)] = ""
    key: Annotated[str, Meta(max_length=500)] = ""


def mount(app: Quart, house: House, frame: Frame, limits: Limits) -> None:
    """Put the call into the app."""
    calls = Calls(app, house, limits)

    @calls.add("POST", "/studio/start", fresh=True)
    async def start(given: Any) -> Any:
        form, words = read_as(given, StartForm), await frame.words()
        handle = read_handle(form.handle) if form.handle.strip() else ""
        if not handle:
            raise Problem("invalid", words("start.no_handle"), "handle")
        key = form.key.strip() or await present_key(house) or ""
        if not key:
            raise Problem("invalid", words("start.no_key"), "key")
        about_key = await check_key(house, key, words)
        if not about_key.usable:
            raise Problem(about_key.code, about_key.text, "key")
        answers = [about_key]
        if about_key.good and about_key.code != "limited":
            answers.append(await check_handle(house, key, handle, words))
        if answers[-1].code == "missing":
            raise Problem("missing", answers[-1].text, "handle")
        if form.key.strip() and house.config.tiktool_key is None:
            await keep_key(house, key)
        creator = await make_creator(house, handle)
        return {"answers": [plain(one) for one in answers], "done": True, "creator": creator}


async def make_creator(house: House, handle: str) -> str:
    """The creator, with the overlays that the simulated one shows; one who is there already stays as they are."""
    rows = await house.store.creators()
    known = next((row for row in rows if (row.handle, row.source) == (handle, "tiktool")), None)
    if known is not None:
        return known.id
    made = await house.desk.add_creator({"handle": handle})
    widgets = await house.store.widgets()
    model = next((row.id for row in rows if row.source == "simulator"), None)
    for row in widgets:
        if row.creator == model:
            shown = house.desk.show_widget(row)
            await house.desk.add_widget(
                {
                    "creator": made["id"],
                    "kind": row.kind,
                    "name": row.name,
                    "theme": row.theme,
                    "options": shown["options"],
                }
            )
    return str(made["id"])
