"""The counter: one figure, such as viewers or likes. The tally counts; this only picks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

from msgspec import Meta, Struct

from overlay.core.moving import all_but
from overlay.core.tally import Tally
from overlay.core.widget import END, Kind, Shared

if TYPE_CHECKING:
    from overlay.core.scene import Scene

METRIC = r"^(diamonds|gifts|gift:[A-Za-z0-9_-]{1,40}|likes|follows|shares|subscribes|superfans|viewers|chats)" + END

STALE_MS: Final = 60_000
"""After this long without a figure the viewers are stale: the last one stands, it never falls to zero."""


class Options(Shared, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a counter may be told."""

    metric: Annotated[str, Meta(pattern=METRIC)] = "viewers"
    period: Literal["stream", "today", "week", "month", "all"] = "stream"
    label: Annotated[str, Meta(max_length=200)] = ""
    icon: bool = True
    compact: bool = True


class View(Struct, frozen=True, gc=False):
    """The figure as a page draws it. `value` is null while none is known; `since_ms` is where the period began."""

    metric: str
    value: int | None
    since_ms: int | None
    stale: bool


def view(state: Tally, _stage: None, options: Options, _scene: Scene, at_ms: int) -> View:
    """Pick the figure."""
    period = state.period(options.period)
    if options.metric == "viewers":
        known = state.small.viewers
        stale = known is None or at_ms - state.small.viewers_ms >= STALE_MS
        return View(options.metric, known, period.began_ms, stale)
    return View(options.metric, period.totals.value(options.metric), period.began_ms, stale=False)


def wake(state: Tally, _stage: None, options: Options, at_ms: int) -> int | None:
    """When the viewers turn stale."""
    if options.metric != "viewers" or state.small.viewers is None:
        return None
    stale_ms = state.small.viewers_ms + STALE_MS
    return stale_ms if stale_ms > at_ms else None


WIDGET = Kind(
    name="counter",
    title="Counter",
    summary="One figure: viewers, likes, diamonds, follows, shares and more.",
    width=320,
    height=120,
    options=Options,
    state=Tally,
    view=view,
    wake=wake,
    ignores=lambda options: all_but([options.metric]),
)
