"""The numbers by which rooms, streams, periods and people stand in the tables, with a memory of the ones in use.

Belongs to the writing connection alone. After a rollback everything remembered is forgotten, for numbers given out in
that transaction are not true. It decides nothing about people: the ledger says who is the same as whom.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from overlay.core.facts import Who
from overlay.store.codec import decode_who, encode_who, is_bare

DAY_MS: Final = 86_400_000
MOST_PEOPLE: Final = 200_000

ROOM_FIND: Final = "SELECT n FROM room WHERE creator=?"
ROOM_ADD: Final = "INSERT INTO room (creator) VALUES (?) RETURNING n"
PERIOD_FIND: Final = "SELECT n FROM period WHERE room=? AND name=?"
PERIOD_ADD: Final = "INSERT INTO period (room, name) VALUES (?, ?) RETURNING n"
STREAM_FIND: Final = "SELECT coalesce(same, n) FROM stream WHERE room=? AND id=?"
STREAM_ADD: Final = "INSERT INTO stream (room, id, began_ms) VALUES (?, ?, ?) RETURNING n"
PERSON_FIND: Final = """
SELECT p.n, p.who, p.seen_ms FROM person AS q JOIN person AS p ON p.n = coalesce(q.same, q.n)
WHERE q.room=? AND q.key=?
"""
PERSON_ADD: Final = """
INSERT INTO person (room, key, who, seen_ms) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING n
"""
PERSON_LEARN: Final = "UPDATE person SET who=?, seen_ms=max(seen_ms, ?) WHERE n=?"
PERSON_SEEN: Final = "UPDATE person SET seen_ms=max(seen_ms, ?) WHERE n=?"


class Known:
    """A person as the tables have them."""

    __slots__ = ("n", "seen_ms", "who")

    def __init__(self, n: int, who: Who | None, seen_ms: int) -> None:
        """The row."""
        self.n, self.who, self.seen_ms = n, who, seen_ms


class Ids:
    """Names to numbers, made where there are none yet."""

    def __init__(self) -> None:
        """Nothing is remembered."""
        self._rooms: dict[str, int] = {}
        self._periods: dict[tuple[int, str], int] = {}
        self._streams: dict[tuple[int, str], int] = {}
        self._people: dict[tuple[int, str], Known] = {}

    def clear(self) -> None:
        """Forget what is remembered: it may not be true any more."""
        self._rooms.clear()
        self._periods.clear()
        self._streams.clear()
        self._people.clear()

    def room(self, db: sqlite3.Connection, creator: str) -> int:
        """A creator's room."""
        n = self._rooms.get(creator)
        if n is None:
            row = db.execute(ROOM_FIND, (creator,)).fetchone() or db.execute(ROOM_ADD, (creator,)).fetchone()
            n = self._rooms[creator] = int(row[0])
        return n

    def period(self, db: sqlite3.Connection, room: int, name: str) -> int:
        """A period of a room."""
        n = self._periods.get((room, name))
        if n is None:
            values = (room, name)
            row = db.execute(PERIOD_FIND, values).fetchone() or db.execute(PERIOD_ADD, values).fetchone()
            n = self._periods[values] = int(row[0])
        return n

    def stream(self, db: sqlite3.Connection, room: int, name: str, at_ms: int) -> int:
        """A stream of a room; one that nobody announced began when it was first heard of."""
        n = self._streams.get((room, name))
        if n is None:
            row = db.execute(STREAM_FIND, (room, name)).fetchone()
            row = row or db.execute(STREAM_ADD, (room, name, at_ms)).fetchone()
            n = self._streams[room, name] = int(row[0])
        return n

    def forget_streams(self) -> None:
        """Streams or periods have got other names."""
        self._streams.clear()
        self._periods.clear()

    def person(self, db: sqlite3.Connection, room: int, key: str, at_ms: int) -> int:
        """A person by key alone."""
        known = self._people.get((room, key))
        return (known or self._look_up(db, room, key, at_ms, None)).n

    def learn(self, db: sqlite3.Connection, room: int, who: Who, at_ms: int) -> int:
        """A person with the newest that is known; somebody nameless does not make a known person nameless."""
        known = self._people.get((room, who.key)) or self._look_up(db, room, who.key, at_ms, who)
        if known.who != who and not (known.who is not None and is_bare(who)):
            known.who, known.seen_ms = who, max(known.seen_ms, at_ms)
            db.execute(PERSON_LEARN, (encode_who(who), at_ms, known.n))
        elif at_ms > known.seen_ms + DAY_MS:
            known.seen_ms = at_ms
            db.execute(PERSON_SEEN, (at_ms, known.n))
        return known.n

    def forget_people(self) -> None:
        """People were merged, renamed or forgotten."""
        self._people.clear()

    def _look_up(self, db: sqlite3.Connection, room: int, key: str, at_ms: int, who: Who | None) -> Known:
        """The row of a person, made if there is none."""
        if len(self._people) >= MOST_PEOPLE:
            self._people.clear()
        # first as if they were new: of those who are not remembered nearly all are
        made = db.execute(PERSON_ADD, (room, key, None if who is None else encode_who(who), at_ms)).fetchone()
        if made is not None:
            known = Known(int(made[0]), who, at_ms)
        else:
            row = db.execute(PERSON_FIND, (room, key)).fetchone()
            known = Known(row[0], None if row[1] is None else decode_who(row[1]), row[2])
        self._people[room, key] = known
        return known
