"""The second step of the beginning: a handle and a key, checked at once, become a creator with overlays.

It never blocks anything else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta, Struct

from overlay.forms import read_handle
from overlay.problems import Problem, read_as
from overlay.web.studio.calls import Calls
from overlay.web.studio.keys import GOOD, Answer, check_handle, check_key, keep_checks, keep_key, plain, present_key
from overlay.web.studio.showing import find_creator
from overlay.widgets import KINDS

if TYPE_CHECKING:
    from quart import Quart

    from overlay.config import Limits
    from overlay.house import House
    from overlay.web.studio.frame import Frame
    from overlay.web.studio.words import Words


class StartForm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asked in the second step."""

    handle: Annotated[str, Meta(max_length=200)] = ""
    key: Annotated[str, Meta(max_length=500)] = ""


def mount(app: Quart, house: House, frame: Frame, limits: Limits) -> None:
    """Put the calls into the app."""
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
        answers = await look(house, key, handle, words)
        if form.key.strip() and house.config.tiktool_key is None:
            await keep_key(house, key)
        creator = await make_creator(house, handle, words)
        await keep_checks(house, key=answers[0].code, handles={handle: answers[-1].code} if len(answers) > 1 else {})
        return shown(answers) | {"done": True, "creator": creator}

    @calls.add("POST", "/studio/start/check")
    async def check(given: Any) -> Any:
        del given
        words, key = await frame.words(), await present_key(house)
        if not key:
            raise Problem("no_key", words("key.none"), "key")
        answers = [await check_key(house, key, words)]
        own = [row.handle for row in await house.store.creators() if row.source == "tiktool" and row.enabled][:1]
        if answers[0].code in GOOD - {"limited"}:
            answers += [await check_handle(house, key, handle, words) for handle in own]
        found = {own[0]: answers[1].code} if len(answers) > 1 else {}
        await keep_checks(house, key=answers[0].code, handles=found)
        return shown(answers)

    @calls.add("POST", "/studio/creators/<creator>/check")
    async def check_one(creator: str, given: Any) -> Any:
        del given
        row, words, key = await find_creator(house, creator), await frame.words(), await present_key(house)
        if row.source != "tiktool":
            return shown([])
        if not key:
            raise Problem("no_key", words("creators.no_key"), "key")
        answer = await check_handle(house, key, row.handle, words)
        await keep_checks(house, handles={row.handle: answer.code})
        return shown([answer])


async def look(house: House, key: str, handle: str, words: Words) -> list[Answer]:
    """Key and handle, asked about at once; what is certainly wrong is a Problem beside its field."""
    about_key = await check_key(house, key, words)
    if not about_key.usable:
        raise Problem(about_key.code, about_key.text, "key")
    if about_key.code not in GOOD - {"limited"}:
        unknown = words.first(f"handle.unknown.{about_key.code}", "handle.unknown").replace("{handle}", handle)
        return [about_key, Answer(good=False, usable=True, code="unknown", text=unknown)]
    about_handle = await check_handle(house, key, handle, words)
    if about_handle.code == "missing":
        raise Problem("missing", about_handle.text, "handle")
    return [about_key, about_handle]


def shown(answers: list[Answer]) -> dict[str, Any]:
    """Answers as a page's script reads them; `checked` when TikTool could be asked about everything."""
    return {"answers": [plain(one) for one in answers], "checked": all(one.good for one in answers)}


async def make_creator(house: House, handle: str, words: Words) -> str:
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
            shown, title = house.desk.show_widget(row), KINDS[row.kind].title
            name = words.first(f"kind.{row.kind}", title) if row.name == title else row.name
            await house.desk.add_widget(
                {
                    "creator": made["id"],
                    "kind": row.kind,
                    "name": f"{name} · @{handle}"[:100],  # two of one name could not be told apart in OBS
                    "theme": row.theme,
                    "options": shown["options"],
                }
            )
    return str(made["id"])
