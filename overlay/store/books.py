"""Entering changes into the tables: all that one tick changed, in the transaction of the caller.

It begins and commits nothing, and encodes everything here, in the writer's thread. Order matters: facts first, because
they rename streams and merge people; then what the room says stands absolutely.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any, Final

import msgspec

from overlay.core import facts
from overlay.core.keeping import LANES as LANE_NAMES
from overlay.core.keeping import Change
from overlay.store.codec import encode_fact, encode_who
from overlay.store.ids import Ids
from overlay.store.naming import NAMINGS
from overlay.store.schema import LANES
from overlay.store.sheet import FactRow, Sheet

if TYPE_CHECKING:
    from collections.abc import Iterable

BIRTHS: Final = 1 << 20
"""Score rows are numbered within a tick, ticks by this much: who came first stays first."""

NEXT_SEQ: Final = "SELECT coalesce(max(seq), 0) + 1 FROM fact"
PERSON_SET: Final = "UPDATE person SET who=?, seen_ms=max(seen_ms, ?) WHERE n=?"
PERSON_BLANK: Final = "UPDATE person SET who=NULL WHERE room=? AND key=?"
LAST_STREAM: Final = "SELECT id FROM stream WHERE room=? AND same IS NULL ORDER BY began_ms DESC, n DESC LIMIT 1"
ROUND_SET: Final = """
INSERT INTO round (stream, battle, round, place, body) VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET body=excluded.body
"""
LINE_SET: Final = """
INSERT INTO line (stream, id, place, at_ms, body) VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET body=excluded.body
"""

LIFE: Final = LANES["life"]
LANE_OF: Final[dict[type[facts.Fact], int]] = {kind: LANES[name] for kind, name in LANE_NAMES.items()}

_json = msgspec.json.Encoder(order="deterministic").encode


class Books:
    """The one that writes what rooms have counted."""

    def __init__(self) -> None:
        """Nothing is known of the tables yet."""
        self.ids = Ids()
        self._next_seq: int | None = None
        self._births = 0

    def forget(self) -> None:
        """After a rollback, or on another connection: nothing remembered is true for certain."""
        self.ids.clear()
        self._next_seq = None

    def enter(self, db: sqlite3.Connection, changes: Iterable[Change], tick: int) -> None:
        """Write these changes, the tick's number being the one of this transaction."""
        self._births = tick * BIRTHS
        sheet, entered = Sheet(), set[int]()
        for change in changes:
            room = self.ids.room(db, change.creator)
            if room in entered:  # two ticks of one room, after trouble: each as it was
                sheet.write(db)
                entered.clear()
            entered.add(room)
            last_ms = self._facts(db, sheet, room, change)
            self._people(db, room, change, last_ms)
            self._sums(db, sheet, room, change, last_ms)
            sheet.keep("memory", room, change.memory)
            sheet.keep("state", room, change.states)
            sheet.keep("stage", room, change.stages)
            if change.rounds or change.lines:
                self._past(db, room, change, last_ms)
        sheet.write(db)

    def _facts(self, db: sqlite3.Connection, sheet: Sheet, room: int, change: Change) -> int:
        """The facts themselves and what they add to their streams; the time of the last one."""
        at_ms = 0
        for name, fact in change.facts:
            if type(fact) is facts.Tick:
                continue
            at_ms = fact.at_ms
            naming = NAMINGS.get(type(fact))
            if naming is not None:
                sheet.write(db)
                naming(db, self.ids, room, name, fact)
            seq = self._seq(db)
            row = self._row(db, room, seq, name, fact)
            sheet.fact(row)
            self._next_seq = seq + 1
            if not fact.test:
                _, _, _, stream, _, _, person, _ = row
                sheet.sums.count(room, fact)
                if stream is not None:
                    sheet.sums.take(stream, person, fact)
        return at_ms

    def _row(self, db: sqlite3.Connection, room: int, seq: int, name: str | None, fact: facts.Fact) -> FactRow:
        """A fact as it stands in the table; the people in it are learnt by the way."""
        ids, at_ms = self.ids, fact.at_ms
        stream = None if name is None else ids.stream(db, room, name, at_ms)
        who: facts.Who | None = getattr(fact, "who", None)
        person = None if who is None else ids.learn(db, room, who, at_ms)
        reply_to: facts.Who | None = getattr(fact, "reply_to", None)
        if reply_to is not None:
            ids.learn(db, room, reply_to, at_ms)
        kind = type(fact)
        return (seq, room, LANE_OF.get(kind, LIFE), stream, at_ms, kind.__name__, person, encode_fact(fact))

    def _seq(self, db: sqlite3.Connection) -> int:
        if self._next_seq is None:
            self._next_seq = int(db.execute(NEXT_SEQ).fetchone()[0])
        return self._next_seq

    def _people(self, db: sqlite3.Connection, room: int, change: Change, at_ms: int) -> None:
        ids = self.ids
        for key, who in change.people.items():
            if who is None:
                db.execute(PERSON_BLANK, (room, key))
                ids.forget_people()
            elif who.key == key:
                ids.learn(db, room, who, at_ms)
            else:  # known under another key by now: the room says so
                body = encode_who(msgspec.structs.replace(who, key=key))
                db.execute(PERSON_SET, (body, at_ms, ids.person(db, room, key, at_ms)))
                ids.forget_people()

    def _sums(self, db: sqlite3.Connection, sheet: Sheet, room: int, change: Change, at_ms: int) -> None:
        """Boards and totals, absolute."""
        ids, periods = self.ids, dict[str, int]()
        for (period, key), row in change.scores.items():
            if row is None and became_another(change, key):
                continue  # their row went over with that fact, and under this key stands whoever they turned out to be
            self._births += row is not None
            n = periods.get(period)
            if n is None:
                n = periods[period] = ids.period(db, room, period)
            sheet.score(n, ids.person(db, room, key, at_ms), self._births, row)
        for period, body in change.totals.items():
            sheet.total(ids.period(db, room, period), body)

    def _past(self, db: sqlite3.Connection, room: int, change: Change, at_ms: int) -> None:
        """Battle rounds and caption lines of past streams."""
        for row in change.rounds:
            stream = self._stream_of(db, room, change, row, at_ms)
            self._births += 1
            battle, number = str(row.get("battle_key", "")), str(row.get("round_key", ""))
            db.execute(ROUND_SET, (stream, battle, number, self._births, _json(row).decode()))
        for row in change.lines:
            stream = self._stream_of(db, room, change, row, at_ms)
            self._births += 1
            line_ms = int(row.get("at_ms") or at_ms)
            line = str(row.get("id") or f"{line_ms}:{row.get('speaker')}")
            db.execute(LINE_SET, (stream, line, self._births, line_ms, _json(row).decode()))

    def _stream_of(self, db: sqlite3.Connection, room: int, change: Change, row: dict[str, Any], at_ms: int) -> int:
        """The stream it happened in, as told, else the last one; with none at all, one that nobody announced."""
        name = row.get("stream") or change.stream
        if not name:
            last = db.execute(LAST_STREAM, (room,)).fetchone()
            at_ms = at_ms or int(row.get("at_ms") or 0)
            name = last[0] if last else f"open:{at_ms}"
        return self.ids.stream(db, room, str(name), at_ms)


def became_another(change: Change, key: str) -> bool:
    """Whether this change tells that the person of a key is known under another one."""
    return any(type(fact) is facts.Merged and fact.weak == key for _, fact in change.facts)
