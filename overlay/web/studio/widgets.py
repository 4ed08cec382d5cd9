"""Overlays in the studio: choosing a kind, editing one, what it was before. What is changed goes through the desk.

No rule stands here.
"""

from __future__ import annotations

import re
from itertools import count
from typing import TYPE_CHECKING, Any, Final

import msgspec
from quart import Response, request

from overlay.assets import assets
from overlay.core.tally import Tally
from overlay.forms import need_object
from overlay.problems import Problem, unknown
from overlay.web.studio.calls import Calls
from overlay.web.studio.form import CLASSES as CLASSES_OF_THE_LEAGUE
from overlay.web.studio.form import GROUPS, controls_of
from overlay.web.studio.said import Said
from overlay.web.studio.showing import damaged_themes, find_creator, find_widget, show_overlay, show_person
from overlay.widgets import KINDS

if TYPE_CHECKING:
    from quart import Quart

    from overlay.config import Limits
    from overlay.house import House
    from overlay.web.studio.frame import Frame

CLASSES: Final = re.compile(r'class="([^"{]+)"')
LANGUAGES: Final = ("ar", "de", "en", "es", "fr", "id", "it", "ja", "ko", "pt", "tr", "vi")
TESTS: Final[dict[str, tuple[str, ...]]] = {
    "gift": ("name", "gift", "diamonds", "count"),
    "follow": ("name",),
    "share": ("name",),
    "subscribe": ("name",),
    "superFan": ("name",),
    "envelope": ("name", "diamonds"),
    "like": ("name", "count"),
    "chat": ("name", "comment"),
    "member": ("name",),
}
"""Test events, and what of each may be said."""
FIRST_TESTS: Final = {"chat": "chat", "counter": "like", "latest": "follow"}


def mount(app: Quart, house: House, frame: Frame, limits: Limits) -> None:
    """Put pages and calls into the app. Longer than usual: a list of small pages and calls."""
    calls, desk, said = Calls(app, house, limits), house.desk, Said()

    @app.get("/widgets")
    async def listed() -> Response:
        return Response(status=303, headers={"Location": "/#overlays-title"})

    @app.get("/widgets/new")
    async def choose() -> Response:
        rows = await house.store.creators()
        # the one that was asked for; else a real one: whoever has come so far wants to see their own stream
        order = sorted(rows, key=lambda row: (row.id != request.args.get("creator"), row.source == "simulator"))
        return await frame.page(
            "widget_new",
            here="home",
            people=[show_person(house, row) for row in rows],
            chosen=order[0].id if order else None,
            kinds=list(KINDS.values()),
        )

    @app.get("/widgets/<widget>")
    async def edit(widget: str) -> Response:
        row = await find_widget(house, widget)
        kind = KINDS.get(row.kind)
        if kind is None:
            raise Problem("unknown", f"This version does not know the kind {row.kind!r}.", "kind", 404)
        preferences = await frame.preferences()
        shown = show_overlay(house, row, preferences)
        return await frame.page(
            "widget",
            here="home",
            widget=shown,
            kind=kind,
            creator=show_person(house, await find_creator(house, row.creator)),
            controls=controls_of(kind.options, shown["options"]),
            groups=GROUPS,
            themes=house.themes.all(),
            damaged=await damaged_themes(house, said, frame.words_for(preferences)),
            classes=public_classes(row.kind),
            tests=TESTS,
            first_test=FIRST_TESTS.get(row.kind, "gift"),
            languages=LANGUAGES,
            league_classes=CLASSES_OF_THE_LEAGUE,
            counts=kind.state is Tally,
            natural=(kind.width, kind.height),
        )

    @calls.add("POST", "/studio/widgets")
    async def make(given: Any) -> Any:
        """A new overlay under a name that no other has: two of one name cannot be told apart in OBS."""
        words, form = await frame.words(), need_object(given)
        kind = str(form.get("kind", ""))
        title = words.first(f"kind.{kind}", KINDS[kind].title if kind in KINDS else kind)
        return await desk.add_widget(form | {"name": free_name(title, await taken_names(house))})

    @calls.add("GET", "/studio/widgets/<widget>/versions")
    async def versions(widget: str) -> Any:
        await find_widget(house, widget)
        return [msgspec.to_builtins(one) for one in await house.store.widget_versions(widget)]

    @calls.add("POST", "/studio/widgets/<widget>/versions/<int:version>")
    async def bring_back(widget: str, version: int, given: Any) -> Any:
        del given
        row = await find_widget(house, widget)
        for former in await house.store.widget_versions(widget):
            if former.version == version:
                theme = former.theme if former.theme in house.theme_names() else row.theme
                known = {part.name for part in msgspec.structs.fields(KINDS[row.kind].options)}
                options = {name: value for name, value in former.options.items() if name in known}
                return await desk.patch_widget(widget, {"name": former.name, "theme": theme, "options": options})
        raise unknown("version")

    @calls.add("POST", "/studio/widgets/<widget>/duplicate")
    async def duplicate(widget: str, given: Any) -> Any:
        row, words = await find_widget(house, widget), await frame.words()
        del given
        name = free_name(words("widget.copy_of", name=row.name)[:90], await taken_names(house))
        shown = desk.show_widget(row)
        return await desk.add_widget(
            {"creator": row.creator, "kind": row.kind, "name": name, "theme": row.theme, "options": shown["options"]}
        )

    @calls.add("POST", "/studio/widgets/<widget>/defaults")
    async def defaults(widget: str, given: Any) -> Any:
        del given
        row = await find_widget(house, widget)
        return await desk.patch_widget(widget, {"options": msgspec.to_builtins(KINDS[row.kind].options())})


async def taken_names(house: House) -> set[str]:
    """The names of all overlays."""
    return {row.name for row in await house.store.widgets()}


def free_name(wanted: str, taken: set[str]) -> str:
    """The wanted name, or the first with a number behind it that is free."""
    if wanted not in taken:
        return wanted
    return next(name for number in count(2) if (name := f"{wanted} {number}") not in taken)


def public_classes(kind: str) -> list[str]:
    """The class names of a kind's markup: what custom CSS may count on."""
    path = assets() / "templates" / "widgets" / f"{kind}.html"
    try:
        markup = path.read_text("utf-8")
    except OSError:
        return []
    names = {name for found in CLASSES.findall(markup) for name in found.split()}
    return sorted(names, key=lambda name: (not name.startswith(kind), name))
