"""Tests from the editor: sent on the real road, and what came of it in words. Nothing here is counted.

An overlay that counts shows no test on air; its preview may show what such an event would do, over its sample.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import Struct, field

from overlay.core import tiktool
from overlay.core.tally import Tally
from overlay.core.tiktool import BadFrame
from overlay.forms import TestForm, test_frame
from overlay.problems import Problem, read_as, unknown
from overlay.web.studio.calls import Calls
from overlay.web.studio.showing import find_widget

if TYPE_CHECKING:
    from quart import Quart

    from overlay.config import Limits
    from overlay.house import House
    from overlay.hub.placed import Placed
    from overlay.web.studio.frame import Frame
    from overlay.web.studio.words import Words

MOST_TRIES: Final = 30
WHATS: Final = {"social": "follow", "superFan": "superfan", "member": "join"}
"""What an event is called among a kind's options, where TikTool calls it otherwise."""


class TryForm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Test events to be tried over the sample, the newest last."""

    events: list[TestForm] = field(default_factory=list)
    strained: bool = False


def mount(app: Quart, house: House, frame: Frame, limits: Limits) -> None:
    """Put the calls into the app."""
    calls = Calls(app, house, limits)

    @calls.add("POST", "/studio/widgets/<widget>/test")
    async def test(widget: str, given: Any) -> Any:
        row, form, words = await find_widget(house, widget), read_as(given, TestForm), await frame.words()
        placed = placed_as(house, widget)
        before = await stage_now(house, placed)
        await house.desk.test(row.creator, given)
        code, slots = came_of(placed, form, before)
        return {"code": code, "text": words(f"tests.told.{code}", **slots), "counts": counts(placed)}

    @calls.add("POST", "/studio/widgets/<widget>/try")
    async def tried(widget: str, given: Any) -> Any:
        form, placed, words = read_as(given, TryForm), placed_as(house, widget), await frame.words()
        events = [read_event(one, words) for one in form.events[-MOST_TRIES:]]
        now_ms = house.clock.now_ms()
        view = house.samples.drawn(placed.kind, placed.options, strained=form.strained, now_ms=now_ms, tries=events)
        return {"now_ms": now_ms, "as_of_ms": now_ms, "view": view}


def placed_as(house: House, widget: str) -> Placed:
    """The overlay as the hub serves it."""
    for placed in house.hub.placed.values():
        if placed.id == widget:
            return placed
    raise unknown("widget")


def counts(placed: Placed) -> bool:
    """Whether this kind shows what is counted: then a test changes nothing on air."""
    return placed.kind.state is Tally


async def stage_now(house: House, placed: Placed) -> dict[str, Any]:
    """What stands on the stage of alerts right now; nothing for other kinds."""
    if placed.kind.name != "alerts":
        return {}
    told = await house.hub.settled(lambda: house.hub.view(placed.key))
    view = msgspec.json.decode(told or b"{}")
    return view.get("view", view) if isinstance(view, dict) else {}


def read_event(form: TestForm, words: Words) -> Any:
    """A test event as the folds take it."""
    try:
        return tiktool.decode(test_frame(form))
    except BadFrame:
        raise Problem("invalid", words("tests.unread"), "event") from None


def came_of(placed: Placed, form: TestForm, before: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """What becomes of a test in this overlay: which sentence, and what stands in it."""
    what = form.data.get("action") or WHATS.get(form.event, form.event)
    options: Any = placed.options
    if counts(placed):
        return "counted", {}
    wanted = getattr(options, "events", None)
    if wanted is not None and what not in wanted:
        return "not_wanted", {}
    if placed.kind.name == "alerts":
        return of_alerts(options, form, what, before)
    if placed.kind.name == "chat":
        wants = {"chat", *options.between}
        return ("shown", {}) if what in wants else ("not_wanted", {})
    return ("shown", {}) if wanted is not None else ("not_here", {})


def of_alerts(options: Any, form: TestForm, what: str, before: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """What becomes of a test on the stage: it may be too small, or wait its turn."""
    diamonds = int(form.data.get("diamondCount") or 1) * int(form.data.get("repeatCount") or 1)
    if what == "gift" and diamonds < options.min_diamonds:
        return "too_small", {"least": options.min_diamonds, "diamonds": diamonds}
    if before.get("paused"):
        return "stage_paused", {}
    ahead = int(before.get("waiting") or 0) + (before.get("stage") is not None)
    if ahead:
        return "waits", {"count": ahead, "seconds": round(ahead * options.min_show_s + 1)}
    return "shown", {}
