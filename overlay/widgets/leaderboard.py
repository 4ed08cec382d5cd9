"""The leaderboard: who gave, liked, wrote or shared most in a period. The tally counts; this only picks and names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

from msgspec import Meta, Raw, Struct, field

from overlay.core.moving import all_but
from overlay.core.tally import Tally
from overlay.core.text import fold_name
from overlay.core.widget import Kind, Shared

if TYPE_CHECKING:
    from collections.abc import Callable

    from overlay.core.scene import Scene

Metric = Literal["diamonds", "gifts", "likes", "chats", "shares"]
PeriodName = Literal["stream", "today", "week", "month", "all"]

ROTATE_MS: Final = 10_000
"""How long each board of a rotation stands."""


class Board(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A further board of a rotation."""

    metric: Metric = "diamonds"
    period: PeriodName = "stream"


class Options(Shared, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a leaderboard may be told."""

    metric: Metric = "diamonds"
    period: PeriodName = "stream"
    rows: Annotated[int, Meta(ge=1, le=20)] = 5
    avatars: bool = True
    crowns: bool = True
    compact: bool = True
    hide: Annotated[list[Annotated[str, Meta(max_length=100)]], Meta(max_length=500)] = field(default_factory=list)
    exclude_staff: bool = False
    rotate: Annotated[list[Board], Meta(max_length=8)] = field(default_factory=list)


class Entry(Struct, frozen=True, gc=False):
    """A row. `moved` is how many places the last change of order moved it (up is positive)."""

    rank: int
    user: Raw
    score: int
    gifts: int
    moved: int


class View(Struct, frozen=True, gc=False):
    """The whole board as a page draws it."""

    metric: str
    period: str
    entries: list[Entry]
    total: int
    people: int


def shown(options: Options, scene: Scene) -> Callable[[str], bool]:
    """Who may stand on this board: not the hidden, and on wish neither the creator nor the moderators."""
    hidden = {fold_name(name) for name in options.hide}
    if not hidden and not options.exclude_staff:
        return lambda _key: True
    creator = fold_name(scene.handle)

    def may_stand(key: str) -> bool:
        who = scene.people.by_key(key)
        if who is None:
            return True
        names = {fold_name(who.name), fold_name(who.handle or "")}
        if options.exclude_staff and (who.moderator or creator in names or who.id == scene.owner_id):
            return False
        return not names & hidden

    return may_stand


def view(state: Tally, _stage: None, options: Options, scene: Scene, at_ms: int) -> View:
    """Pick the board whose turn it is, and its first rows."""
    boards: list[Options | Board] = [options, *options.rotate]
    turn = boards[(at_ms // ROTATE_MS) % len(boards)]
    board = state.period(turn.period).board
    leaders = board.leaders(turn.metric, options.rows, shown(options, scene))
    entries = [
        Entry(rank, scene.told_by_key(key), getattr(score, turn.metric), score.gifts, moved)
        for rank, (key, score, moved) in enumerate(leaders, 1)
    ]
    return View(turn.metric, turn.period, entries, getattr(board.sums, turn.metric), board.people[turn.metric])


def wake(_state: Tally, _stage: None, options: Options, at_ms: int) -> int | None:
    """The next turn of a rotation."""
    return (at_ms // ROTATE_MS + 1) * ROTATE_MS if options.rotate else None


WIDGET = Kind(
    name="leaderboard",
    title="Leaderboard",
    summary="Top gifters of this stream, today, this week, this month or ever.",
    width=480,
    height=420,
    options=Options,
    state=Tally,
    view=view,
    wake=wake,
    ignores=lambda options: all_but(["gifts", options.metric, *(board.metric for board in options.rotate)]),
)
