"""The goal: a sum on its way to a target. The tally counts; the stage only remembers which tier was reached when.

Longer than others, because five overflows and their marks must agree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta, Struct, field

from overlay.core import facts
from overlay.core.moving import all_but
from overlay.core.tally import Tally
from overlay.core.widget import END, Kind, Shared

if TYPE_CHECKING:
    from overlay.core.scene import Scene

METRIC = r"^(diamonds|gifts|gift:[A-Za-z0-9_-]{1,40}|likes|follows|shares|subscribes|superfans|viewers|chats)" + END
SINCE = r"^(stream|today|week|month|all|[0-9]{1,15})" + END
Target = Annotated[int, Meta(ge=1, le=10**15)]


class Options(Shared, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a goal may be told."""

    metric: Annotated[str, Meta(pattern=METRIC)] = "diamonds"
    label: Annotated[str, Meta(max_length=200)] = ""
    target: Target = 1000
    tiers: Annotated[list[Target], Meta(max_length=100)] = field(default_factory=list)
    overflow: Literal["keep", "stop", "next", "loop", "extend"] = "keep"
    extend_by: Target | None = None
    since: Annotated[str, Meta(pattern=SINCE)] | Annotated[int, Meta(ge=0, le=10**15)] = "stream"
    start: Annotated[int, Meta(ge=-(10**15), le=10**15)] = 0
    show: list[Literal["number", "percent", "remaining"]] = field(default_factory=lambda: ["number"])
    shape: Literal["bar", "ring", "text"] = "bar"

    @property
    def steps(self) -> list[int]:
        """The tiers in order, or the one target."""
        return sorted(set(self.tiers)) or [self.target]


class View(Struct, frozen=True, gc=False):
    """The goal as a page draws it."""

    metric: str
    label: str
    value: int
    target: int
    step: int
    steps: list[int]
    ratio: float
    reached: bool
    reached_at_ms: int | None


def raw_value(state: Tally, options: Options) -> int:
    """What has been counted, with the owner's start."""
    return options.start + state.goal_value(options.metric, str(options.since))


def mark_reached(raw: int, options: Options) -> int:
    """The highest mark at or below a value; 0 if none is reached yet."""
    steps = options.steps
    last = steps[-1]
    if options.overflow == "loop":
        return max(0, raw // last * last)
    if options.overflow == "extend" and raw >= last:
        by = options.extend_by or steps[0]
        return last + (raw - last) // by * by
    return max((step for step in steps if step <= raw), default=0)


class Stage(Struct, kw_only=True):
    """Which mark was reached last, and when. `said` holds what others should hear of."""

    period: str = ""
    mark: int = 0
    reached_at_ms: int | None = None
    undo: tuple[str, int, int | None] | None = None
    said: list[facts.Fact] = field(default_factory=list)

    def begin(self, options: Options, state: Tally, _scene: Scene, at_ms: int) -> None:
        """See what is reached already, without a celebration: an edit is no achievement."""
        self.period = state.period(str(options.since)).key
        self.mark = mark_reached(raw_value(state, options), options)
        self.reached_at_ms = at_ms if self.mark else None

    def hear(self, fact: facts.Fact, options: Options, state: Tally, scene: Scene) -> bool:
        """After each fact: was a mark crossed? Several at once are one celebration, of the highest."""
        if isinstance(fact, facts.Cleared | facts.Restored):
            return not fact.test and self._turn_back(fact, options, state, scene)
        if isinstance(fact, facts.StreamNamed):
            self.period = state.period(str(options.since)).key
            return False
        if state.period(str(options.since)).key != self.period:
            self.begin(options, state, scene, fact.at_ms)
            return True
        mark = mark_reached(raw_value(state, options), options)
        if mark <= self.mark:
            return False
        self.mark, self.reached_at_ms = mark, fact.at_ms
        self.said.append(
            facts.GoalReached(at_ms=fact.at_ms, widget="", label=options.label, metric=options.metric, target=mark)
        )
        return True

    def _turn_back(self, fact: facts.Cleared | facts.Restored, options: Options, state: Tally, scene: Scene) -> bool:
        if fact.what not in {"goals", "all"}:
            return False
        if isinstance(fact, facts.Cleared):
            self.undo = (fact.id, self.mark, self.reached_at_ms)
            self.begin(options, state, scene, fact.at_ms)
        elif self.undo is not None and self.undo[0] == fact.id:
            mark = mark_reached(raw_value(state, options), options)
            _, self.mark, self.reached_at_ms = self.undo
            if mark > self.mark:
                self.mark, self.reached_at_ms = mark, fact.at_ms
            self.undo = None
        return True

    def wake(self) -> int | None:
        """Time alone changes nothing here."""
        return None


def view(state: Tally, stage: Stage, options: Options, _scene: Scene, _at_ms: int) -> View:
    """The value against the tier it is on its way to."""
    steps, raw = options.steps, raw_value(state, options)
    step = len(steps) - 1
    target, value = steps[-1], raw
    if options.overflow == "next":
        step = next((index for index, tier in enumerate(steps) if raw < tier), step)
        target = steps[step]
    elif options.overflow == "stop":
        value = min(raw, target)
    elif options.overflow == "loop":
        step, value = divmod(max(raw, 0), target)
    elif options.overflow == "extend" and raw >= target:
        target = mark_reached(raw, options) + (options.extend_by or steps[0])
    reached = step >= 1 if options.overflow == "loop" else value >= target
    return View(options.metric, options.label, value, target, step, steps, value / target, reached, stage.reached_at_ms)


WIDGET = Kind(
    name="goal",
    title="Goal",
    summary="A bar, ring or line on its way to a target: diamonds, likes, follows, one gift and more.",
    width=640,
    height=140,
    options=Options,
    state=Tally,
    stage=lambda _options: Stage(),
    staged=("metric", "target", "tiers", "overflow", "extend_by", "since", "start"),
    view=view,
    ignores=lambda options: all_but([options.metric]),
)
