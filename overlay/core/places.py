"""Boards in one form: rankings of creators and gifters, and of sellers. Rows with a place each, and how fresh they are.

`ranks.py` and `sellers.py` make these from answers, `standings.py` keeps them for a room. Nothing here reads or asks.
"""

from __future__ import annotations

from msgspec import Struct, structs


class Row(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One place on a board. A hidden one is nobody."""

    rank: int
    score: int | None = None
    handle: str | None = None
    user_id: str | None = None
    name: str = ""
    avatar: str | None = None
    live: bool | None = None
    room_id: str | None = None
    hidden: bool = False


class Rung(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A class of a league."""

    class_type: int
    label: str
    count: int | None = None


class Game(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The board of one game, beside the overall one."""

    name: str
    id: str | None = None
    reset_ms: int | None = None
    rows: tuple[Row, ...] = ()


class Ranks(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A board, with when it was received and how long it is good for. A teaser shows some rows and is no ranking."""

    got_ms: int
    refresh_ms: int
    rows: tuple[Row, ...] = ()
    region: str | None = None
    label: str | None = None
    class_type: int | None = None
    class_label: str | None = None
    fetched_ms: int | None = None
    reset_ms: int | None = None
    live_count: int | None = None
    total: int | None = None
    masked: bool = False
    teaser: bool = False
    upgrade: str | None = None
    ladder: tuple[Rung, ...] = ()
    games: tuple[Game, ...] = ()
    game: str | None = None  # whose board this is, if of one game

    def of_game(self, game: str | None) -> Ranks | None:
        """The board of one game by its name or number, the overall one for None; None where there is none."""
        if game is None:
            return structs.replace(self, games=())
        wanted = game.strip().casefold()
        for one in self.games:
            if wanted in {one.name.casefold(), one.id}:
                masked = self.teaser or any(row.hidden for row in one.rows)
                return structs.replace(
                    self, rows=one.rows, reset_ms=one.reset_ms, game=one.name, games=(), masked=masked
                )
        return None

    @property
    def shown(self) -> tuple[Row, ...]:
        """The rows that make a ranking: none of a teaser, and none if nobody on it is known."""
        return () if self.teaser or all(row.hidden for row in self.rows) else self.rows

    def stale_ms(self) -> int:
        """From when on it is too old to be taken for the present."""
        return self.got_ms + 3 * self.refresh_ms

    def beside(self, row: Row, step: int) -> Row | None:
        """The place before (-1) or behind (1) a row, if it is on the board and nobody's place between is missing."""
        rows = self.shown
        at = next((index for index, one in enumerate(rows) if one is row), None)
        if at is None or not 0 <= at + step < len(rows):
            return None
        found = rows[at + step]
        return found if abs(found.rank - row.rank) <= 1 else None


class Seller(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One place on a board of sellers. Money is in `currency`, and in US dollars as `usd`."""

    rank: int
    id: str | None = None
    handle: str | None = None
    name: str = ""
    avatar: str | None = None
    category: str | None = None
    units: int | None = None
    gmv: float | int | None = None
    usd: float | int | None = None
    currency: str | None = None
    lives: int | None = None
    title: str | None = None  # of the best live


class Sales(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A board of sellers, with when it was received and how long it is good for."""

    got_ms: int
    refresh_ms: int
    rows: tuple[Seller, ...] = ()
    total: int | None = None
    date_type: str | None = None
    date_value: str | None = None

    def stale_ms(self) -> int:
        """From when on it is too old to be taken for the present."""
        return self.got_ms + 3 * self.refresh_ms
