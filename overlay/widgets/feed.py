"""The feed: what happened lately, oldest first. It shows what alerts show, longer and all at once; nothing queues."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Raw, Struct, field

from overlay.core import items
from overlay.core.items import EVERYTHING, Item, Log, What
from overlay.core.whales import Whaling
from overlay.core.widget import Kind

if TYPE_CHECKING:
    from overlay.core.scene import Scene


class Options(Whaling, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a feed may be told."""

    events: list[What] = field(default_factory=lambda: list(EVERYTHING))
    rows: Annotated[int, Meta(ge=1, le=50)] = 10
    fade_s: Annotated[float, Meta(ge=0, le=86400)] = 0


class View(Struct, frozen=True, gc=False):
    """The last items."""

    items: Raw


def shown(state: Log, options: Options, at_ms: int) -> list[Item]:
    """The last items that have not faded."""
    last = state.last(options.events, options.rows, options)
    if not options.fade_s:
        return last
    return [item for item in last if item.at_ms + round(1000 * options.fade_s) > at_ms]


def view(state: Log, _stage: None, options: Options, scene: Scene, at_ms: int) -> View:
    """The items as pages see them."""
    if options.fade_s:
        return View(items.listed(shown(state, options, at_ms), scene))
    return View(state.tell(options.events, options.rows, options, scene))


def wake(state: Log, _stage: None, options: Options, at_ms: int) -> int | None:
    """When the next item fades."""
    if not options.fade_s:
        return None
    fading = [item.at_ms for item in shown(state, options, at_ms)]
    return min(fading) + round(1000 * options.fade_s) if fading else None


WIDGET = Kind(
    name="feed",
    title="Feed",
    summary="What happened lately: gifts, follows, shares and more, line by line.",
    width=420,
    height=480,
    options=Options,
    state=Log,
    view=view,
    wake=wake,
)
