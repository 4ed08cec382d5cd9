"""A ranking as a view shows it: which rows, who they are, and where the creator stands between them.

A hidden row is nobody, and no gap is told to or from one. Pure; the widget gives the board and its options.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from overlay.core.people import User
from overlay.core.standings import Stood, began, local_day
from overlay.core.text import ANONYMOUS, fold_name

if TYPE_CHECKING:
    from overlay.core.places import Ranks, Row
    from overlay.core.scene import Scene


class Picking(Protocol):
    """The options that pick rows."""

    @property
    def rows(self) -> int:
        """How many."""

    @property
    def around(self) -> bool:
        """Around the creator, or from the top."""

    @property
    def hidden(self) -> str:
        """Whether hidden rows are shown or left out."""

    @property
    def mark(self) -> list[str]:
        """Whose rows are ours too."""


class Nobody(Struct, frozen=True, gc=False):
    """Who a hidden row shows."""

    id: None = None
    handle: None = None
    name: None = None
    avatar: None = None
    level: None = None
    anonymous: bool = True


class Entry(Struct, frozen=True, gc=False):
    """A row. `me` is the creator or one of the marked."""

    rank: int
    user: User | Nobody
    score: int | None
    live: bool | None
    me: bool
    hidden: bool


class Me(Struct, frozen=True, gc=False):
    """Where the creator stands. Changes are places won (lost: negative)."""

    rank: int
    score: int | None
    to_next: int | None
    to_behind: int | None
    since_stream: int | None
    since_midnight: int | None


def entries(board: Ranks, own: Row | None, options: Picking, scene: Scene) -> list[Entry]:
    """The rows that fit: around the creator, else from the top."""
    rows = [row for row in board.shown if options.hidden == "show" or not row.hidden]
    start = 0
    if options.around and own is not None and own in rows:
        start = max(0, min(rows.index(own) - options.rows // 2, len(rows) - options.rows))
    marked = {fold_name(name) for name in options.mark}
    return [_entry(row, own, marked, scene) for row in rows[start : start + options.rows]]


def _entry(row: Row, own: Row | None, marked: set[str], scene: Scene) -> Entry:
    if row.hidden:
        return Entry(row.rank, Nobody(), row.score, live=None, me=False, hidden=True)
    user = User(
        id=row.user_id or f"handle:{row.handle}",
        handle=row.handle,
        name=row.name or ANONYMOUS,
        avatar=scene.image(row.avatar),
        level=None,
        anonymous=False,
    )
    me = row is own or bool(marked & {fold_name(row.handle or ""), row.user_id or ""} - {""})
    return Entry(row.rank, user, row.score, live=row.live, me=me, hidden=False)


def stands(board: Ranks, own: Row | None, stood: Stood, scene: Scene, at_ms: int, *, race: bool = True) -> Me | None:
    """The creator's place, what the next one takes and what the one behind needs; nothing of it when it is old.

    On a board that is no race, as one of the best places of late, there is no next place and no gap.
    """
    if own is None:
        return None
    idle = not race or at_ms >= board.stale_ms()
    ahead, behind = (None, None) if idle else (board.beside(own, -1), board.beside(own, 1))
    return Me(
        rank=own.rank,
        score=own.score,
        to_next=_gap(ahead, own),
        to_behind=_gap(own, behind),
        since_stream=_won(stood.stream_rank, own) if stood.stream and stood.stream == began(scene) else None,
        since_midnight=_won(stood.day_rank, own) if stood.day == local_day(at_ms, scene) else None,
    )


def _gap(better: Row | None, worse: Row | None) -> int | None:
    """The points between two rows that are both real."""
    if better is None or worse is None or better.hidden or worse.hidden:
        return None
    return None if better.score is None or worse.score is None else max(0, better.score - worse.score)


def _won(before: int | None, own: Row) -> int | None:
    return None if before is None else before - own.rank
