"""The rows of one commit, gathered over all rooms and written table by table.

One call for each table and commit instead of one for each room: a tick of an agency concerns twenty rooms, and each
call lets go of Python's one lock and has to win it back while the loop wants it too. It holds the last word of each
row; who needs a row to be in the table before something else happens writes the sheet first. It makes no numbers and
encodes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from overlay.store.deriving import HOUR_MS, Sums

if TYPE_CHECKING:
    import sqlite3

    from overlay.core.keeping import ScoreRow

FACT_ADD: Final = """
INSERT INTO fact (seq, room, lane, stream, at_ms, kind, person, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
HOUR_ADD: Final = """
INSERT INTO hour (room, hour, first, last) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET last=excluded.last
"""
SCORE_SET: Final = """
INSERT INTO score (period, person, born, diamonds, gifts, likes, chats, shares) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET diamonds=excluded.diamonds, gifts=excluded.gifts, likes=excluded.likes,
chats=excluded.chats, shares=excluded.shares
"""
SCORE_DROP: Final = "DELETE FROM score WHERE period=? AND person=?"
TOTAL_SET: Final = "INSERT INTO total (period, body) VALUES (?, ?) ON CONFLICT DO UPDATE SET body=excluded.body"
TOTAL_DROP: Final = "DELETE FROM total WHERE period=?"
KEPT: Final = ("memory", "state", "stage")
KEPT_SET: Final = "INSERT INTO {} (room, name, body) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET body=excluded.body"
KEPT_DROP: Final = "DELETE FROM {} WHERE room=? AND name=?"

FactRow = tuple[int, int, int, int | None, int, str, int | None, bytes]
"""seq, room, lane, stream, at_ms, kind, person, body."""


class Sheet:
    """What is to be written, until it is."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.sums = Sums()
        self._facts: list[FactRow] = []
        self._hours: dict[tuple[int, int], tuple[int, int]] = {}
        self._scores: dict[tuple[int, int], tuple[int, ScoreRow] | None] = {}
        self._totals: dict[int, bytes | None] = {}
        self._kept: dict[str, dict[tuple[int, str], bytes | None]] = {table: {} for table in KEPT}

    def fact(self, row: FactRow) -> None:
        """A fact, and to which hour it belongs: found again by time without an index of ten million entries."""
        self._facts.append(row)
        where = (row[1], row[4] // HOUR_MS)
        first = self._hours.get(where)
        self._hours[where] = (row[0] if first is None else first[0], row[0])

    def score(self, period: int, person: int, born: int, row: ScoreRow | None) -> None:
        """What somebody has in a period; None: nothing any more."""
        self._scores[period, person] = None if row is None else (born, row)

    def total(self, period: int, body: bytes | None) -> None:
        """A period's totals; None: there is no such period any more."""
        self._totals[period] = body

    def keep(self, table: str, room: int, rows: dict[str, bytes | None]) -> None:
        """What a room keeps whole by name; None: forget it."""
        kept = self._kept[table]
        for name, body in rows.items():
            kept[room, name] = body

    def write(self, db: sqlite3.Connection) -> None:
        """Into the tables, facts first; then begin anew."""
        if self._facts:
            db.executemany(FACT_ADD, self._facts)
            db.executemany(HOUR_ADD, [(*where, *ends) for where, ends in self._hours.items()])
        self.sums.write(db)
        scores = self._scores.items()
        _some(db, SCORE_DROP, [where for where, row in scores if row is None])
        _some(db, SCORE_SET, [(*where, row[0], *row[1]) for where, row in scores if row is not None])
        totals = self._totals.items()
        _some(db, TOTAL_DROP, [(period,) for period, body in totals if body is None])
        _some(db, TOTAL_SET, [(period, body) for period, body in totals if body is not None])
        for table, kept in self._kept.items():
            _some(db, KEPT_DROP.format(table), [where for where, body in kept.items() if body is None])
            _some(db, KEPT_SET.format(table), [(*where, body) for where, body in kept.items() if body is not None])
            kept.clear()
        for rows in (self._facts, self._hours, self._scores, self._totals):
            rows.clear()


def _some(db: sqlite3.Connection, statement: str, rows: list[tuple[object, ...]]) -> None:
    if rows:
        db.executemany(statement, rows)
