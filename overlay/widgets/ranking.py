"""The ranking: where the creator stands on a board of TikTok's, and how far the next place is.

Boards come as facts; this only picks rows and names them. A hidden row is nobody: it has a place and points, no name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

from msgspec import Meta, Struct, field

from overlay.core.places import Ranks, Rung
from overlay.core.rank_show import Entry, Me, entries, stands
from overlay.core.ranks import own_row
from overlay.core.standings import Standings, Stood
from overlay.core.widget import END, Kind, Shared
from overlay.core.wishes import Wish, is_slug

if TYPE_CHECKING:
    from overlay.core.scene import Scene

ROTATE_MS: Final = 15_000
"""How long each board of a rotation stands."""

MOVERS: Final = frozenset({"gaming_movers", "region_movers"})
"""Boards of who was how high lately: each row has its own best place and points, and races nobody."""

BY_GAME: Final = frozenset({"gaming", "gaming_movers"})

BoardName = Literal["region", "league", "gaming", "shopping", "gifters", "gaming_movers", "region_movers"]
Region = Annotated[str, Meta(pattern=r"^([A-Za-z+]{2,6}|[a-z0-9-]{2,60})" + END)]
LeagueName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9]{1,20}" + END)]
GameName = Annotated[str, Meta(min_length=1, max_length=100)]
Period = Literal["daily", "weekly", "monthly", "lifetime"]


class Turn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A further board of a rotation. `class` is a word of Python's, so it is named by hand."""

    board: BoardName = "region"
    region: Region | None = None
    __annotations__["class"] = LeagueName | None
    vars()["class"] = None
    game: GameName | None = None


class Options(Shared, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a ranking may be told."""

    board: BoardName = "region"
    region: Region | None = None
    __annotations__["class"] = LeagueName | None
    vars()["class"] = None
    rows: Annotated[int, Meta(ge=1, le=20)] = 5
    around: bool = True
    mark: Annotated[list[Annotated[str, Meta(max_length=100)]], Meta(max_length=500)] = field(default_factory=list)
    period: Period = "daily"
    gifters_of: Literal["region", "creator"] = "region"
    hidden: Literal["show", "leave_out"] = "show"
    game: GameName | None = None
    rotate: Annotated[list[Turn], Meta(max_length=8)] = field(default_factory=list)


class View(Struct, frozen=True, kw_only=True, gc=False):
    """The board as a page draws it."""

    board: str
    region: str | None
    class_: str | None = field(name="class")
    entries: list[Entry]
    me: Me | None
    masked: bool
    reset_ms: int | None
    fetched_ms: int | None
    stale: bool
    label: str | None
    live_count: int | None
    ladder: list[Rung]
    game: str | None


def wishes(options: Options, handle: str) -> list[Wish]:
    """The boards this widget shows, in the order of their turns."""
    told = {name: getattr(options, name) for name in ("board", "region", "class", "game")}
    own = Turn(**told)
    of = handle if options.gifters_of == "creator" else None
    return [_wish(turn, options, of) for turn in (own, *options.rotate)]


def _wish(turn: Turn, options: Options, of: str | None) -> Wish:
    league = getattr(turn, "class")
    if turn.board == "gifters":
        return Wish(board="gifters", region=None if of else turn.region, period=options.period, of=of)
    game = turn.game if turn.board in BY_GAME else None
    return Wish(board=turn.board, region=turn.region, league=league if turn.board == "league" else None, game=game)


def view(state: Standings, _stage: None, options: Options, scene: Scene, at_ms: int) -> View:
    """Pick the board whose turn it is, and its rows around the creator or from the top."""
    turns = wishes(options, scene.handle)
    known = [turn for turn in turns if turn.name in state.boards] or turns[:1]  # nobody waits before an empty board
    wish = known[(at_ms // ROTATE_MS) % len(known)]
    board = state.boards.get(wish.name) or Ranks(got_ms=0, refresh_ms=0)
    own = own_row(board, scene.owner_id, scene.handle)
    is_known = bool(board.got_ms)
    return View(
        board=wish.board,
        region=board.region or wish.region,
        class_=board.class_label or wish.league,
        entries=entries(board, own, options, scene),
        me=stands(board, own, state.stood.get(wish.name, Stood()), scene, at_ms, race=wish.board not in MOVERS),
        masked=board.masked,
        reset_ms=board.reset_ms if board.reset_ms is not None and board.reset_ms > at_ms else None,
        fetched_ms=(board.fetched_ms or board.got_ms) if is_known else None,
        stale=is_known and at_ms >= board.stale_ms(),
        label=board.label or _told(wish),
        live_count=board.live_count,
        ladder=list(board.ladder),
        game=board.game or wish.game,
    )


def _told(wish: Wish) -> str | None:
    """The region in the owner's words; a league's answer says which one it resolved them to."""
    if wish.region is None or wish.board == "league":
        return None
    return wish.region if is_slug(wish.region) else wish.region.upper()


def wake(state: Standings, _stage: None, options: Options, at_ms: int) -> int | None:
    """The next turn of a rotation, a board that grows old, a reset that is reached, or midnight."""
    turns = [(at_ms // ROTATE_MS + 1) * ROTATE_MS] if options.rotate else []
    for board in state.boards.values():
        turns += [at for at in (board.stale_ms(), board.reset_ms) if at is not None and at > at_ms]
    turns += [stood.ends_ms for stood in state.stood.values() if stood.ends_ms > at_ms]
    return min(turns, default=None)


WIDGET = Kind(
    name="ranking",
    title="Ranking",
    summary="Where you stand on a regional, league, gaming, shopping or gifters' board, and what the next place takes.",
    width=480,
    height=420,
    options=Options,
    state=Standings,
    view=view,
    wake=wake,
)
