"""Creators and widgets as pages show them: rows of the store with their lights, sorted and searched. It only reads."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any, Final

from quart import request

from overlay.problems import unknown
from overlay.theme_faults import theme_faults
from overlay.web.status import show_creator
from overlay.widgets import KINDS

if TYPE_CHECKING:
    from overlay.house import House
    from overlay.store import CreatorRow, WidgetRow
    from overlay.web.studio.frame import Preferences
    from overlay.web.studio.said import Said
    from overlay.web.studio.words import Words

PAGE: Final = 50
WORST_FIRST: Final = ("refused", "limited", "connecting", "quiet", "offline", "ended", "live")
SORTS: Final = ("state", "handle", "viewers", "newest", "priority")


async def find_creator(house: House, creator: str) -> CreatorRow:
    """A creator, or a Problem."""
    for row in await house.store.creators():
        if row.id == creator:
            return row
    raise unknown("creator")


async def find_widget(house: House, widget: str) -> WidgetRow:
    """A widget, or a Problem."""
    for row in await house.store.widgets():
        if row.id == widget:
            return row
    raise unknown("widget")


def show_person(house: House, row: CreatorRow) -> dict[str, Any]:
    """A creator with their light."""
    return {
        **show_creator(house, row.id, row.handle),
        "source": row.source,
        "enabled": row.enabled,
        "record": row.record,
        "priority": row.priority,
        "time_zone": row.time_zone,
        "made_ms": row.made_ms,
    }


def show_overlay(house: House, row: WidgetRow, preferences: Preferences) -> dict[str, Any]:
    """A widget as a card shows it; the address is the one by which this page was reached."""
    shown = house.desk.show_widget(row)
    kind = KINDS.get(row.kind)
    width, height = preferences.sizes.get(row.id, (shown["width"], shown["height"]))
    return shown | {
        "url": f"{request.scheme}://{request.host}/w/{row.key}",
        "width": width or 400,
        "height": height or 300,
        "title": kind.title if kind else row.kind,
    }


async def damaged_themes(house: House, said: Said, words: Words) -> dict[str, str]:
    """What is wrong with each damaged theme of the owner's own, as a sentence that names it and its file."""
    found: dict[str, str] = {}
    for fault in await asyncio.to_thread(theme_faults, house.themes):
        what = " ".join(filter(None, (found.get(fault.theme), said(words, fault.found))))
        found[fault.theme] = what
    return {theme: words("theme.damaged", name=theme, what=what) for theme, what in found.items()}


def sorted_people(people: list[dict[str, Any]], query: str, sort: str) -> list[dict[str, Any]]:
    """Those whose handle holds the query, in the wanted order; ties by handle."""
    wanted = query.strip().lstrip("@").casefold()
    found = [one for one in people if wanted in one["handle"].casefold()]
    found.sort(key=lambda one: one["handle"])
    if sort == "viewers":
        found.sort(key=lambda one: -(one["viewers"] or 0))
    elif sort == "newest":
        found.sort(key=lambda one: -one["made_ms"])
    elif sort == "priority":
        found.sort(key=lambda one: -one["priority"])
    elif sort == "state":
        found.sort(key=lambda one: WORST_FIRST.index(one["state"]) if one["enabled"] else len(WORST_FIRST))
    return found


def asked_page(most: int) -> int:
    """Which page of a list is asked for, from 0."""
    told = request.args.get("page", "0")
    return min(int(told), max(0, (most - 1) // PAGE)) if re.fullmatch(r"\d{1,6}", told) else 0
