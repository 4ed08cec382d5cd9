"""Reading back: what a room is rebuilt from after a start, and the facts since a moment. Never writes."""

from __future__ import annotations

import logging
import sqlite3
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import Struct, field

from overlay.core import facts
from overlay.core.facts import Fact, Who
from overlay.core.keeping import RECENT, Kept, ScoreRow
from overlay.store.codec import decode_fact, decode_who
from overlay.store.deriving import HOUR_MS, amounts
from overlay.store.schema import LANES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

CHUNK: Final = 5_000
COMBOS: Final = 120
"""How many combos a start brings back whole: more than any list of what happened keeps."""
MOST_STEPS: Final = 6_000
"""How many steps of combos are looked through for that, at the most."""
FOREVER_MS: Final = 1 << 60

ROOM: Final = "SELECT n FROM room WHERE creator=?"
PERIOD: Final = "SELECT n FROM period WHERE room=? AND name=?"
SCORES: Final = """
SELECT person, diamonds, gifts, likes, chats, shares FROM score WHERE period=? ORDER BY born
"""
TOTAL: Final = "SELECT body FROM total WHERE period=?"
MEMORY: Final = "SELECT name, body FROM memory WHERE room=?"
STATES: Final = "SELECT name, body FROM state WHERE room=?"
STAGES: Final = "SELECT name, body FROM stage WHERE room=?"
RECENT_FACTS: Final = """
SELECT seq, person, body FROM fact WHERE room=? AND lane=? ORDER BY seq DESC LIMIT ?
"""
PEOPLE_OF_PERIODS: Final = """
SELECT n, key, who FROM person WHERE n IN (SELECT person FROM score WHERE period IN (SELECT value FROM json_each(?)))
"""
PERSON: Final = """
SELECT p.key, p.who FROM person AS q JOIN person AS p ON p.n = coalesce(q.same, q.n) WHERE q.n=?
"""
PERSON_BY_KEY: Final = """
SELECT p.key, p.who FROM person AS q JOIN person AS p ON p.n = coalesce(q.same, q.n) WHERE q.room=? AND q.key=?
"""
RANGE_OF_HOURS: Final = "SELECT min(first), max(last) FROM hour WHERE room=? AND hour BETWEEN ? AND ?"
HOUR_SUMS: Final = "SELECT what, sum(amount) FROM hour_sum WHERE room=? AND hour>? GROUP BY what"
SINCE: Final = """
SELECT seq, person, body FROM fact WHERE room=? AND lane=? AND seq>=? AND seq<=? AND at_ms>=? AND at_ms<?
AND kind IN ('Credit', 'Followed', 'Shared', 'Subscribed', 'SuperFanned', 'Liked', 'Said')
ORDER BY seq LIMIT ?
"""
COUNTING_LANES: Final = tuple(LANES[name] for name in ("gifts", "deeds", "talk", "crowd"))

_log = logging.getLogger(__name__)


def nameless(key: str) -> Who:
    """A person of whom only the key is known, or may be known."""
    plain = key.removeprefix("anon:")
    return Who(key=key, id=plain.removeprefix("id:") if plain.startswith("id:") else key, anonymous=plain != key)


class Persons:
    """People by their number, each read and decoded once."""

    def __init__(self, db: sqlite3.Connection, room: int) -> None:
        """Nobody is read yet."""
        self._db, self._room = db, room
        self.known: dict[int, Who] = {}
        self._keys: dict[str, Who] = {}

    def read(self, periods: Sequence[int]) -> dict[int, str]:
        """Everybody who stands in these periods; their keys by number."""
        rows = self._db.execute(PEOPLE_OF_PERIODS, (msgspec.json.encode(periods).decode(),)).fetchall()
        self.known.update((n, decode_who(who)) for n, _, who in rows if who is not None)
        return {n: key for n, key, _ in rows}

    def by_number(self, n: int) -> Who:
        """Somebody who did something."""
        who = self.known.get(n)
        if who is None:
            row = self._db.execute(PERSON, (n,)).fetchone()
            who = self.known[n] = _who(row, "nobody")
        return who

    def by_key(self, key: str) -> Who:
        """Somebody who is named by others."""
        who = self._keys.get(key)
        if who is None:
            who = self._keys[key] = _who(self._db.execute(PERSON_BY_KEY, (self._room, key)).fetchone(), key)
        return who

    def whole(self, person: int | None, body: bytes) -> Fact | None:
        """A fact with its people in it; None if this program cannot read it."""
        try:
            fact = decode_fact(body, None if person is None else self.by_number(person))
        except msgspec.MsgspecError as error:
            _log.warning("a stored fact cannot be read and is left out: %s", error)
            return None
        if isinstance(fact, facts.Said) and fact.reply_to is not None:
            return msgspec.structs.replace(fact, reply_to=self.by_key(fact.reply_to.key))
        return fact


def _who(row: tuple[Any, ...] | None, key: str) -> Who:
    if row is None:
        return nameless(key)
    return nameless(row[0]) if row[1] is None else decode_who(row[1])


def room_of(db: sqlite3.Connection, creator: str) -> int | None:
    """The number of a creator's room, if anything was ever written of it."""
    row = db.execute(ROOM, (creator,)).fetchone()
    return None if row is None else int(row[0])


def states(db: sqlite3.Connection, creator: str) -> dict[str, bytes]:
    """The small states alone: they say which periods are needed."""
    room = room_of(db, creator)
    return {} if room is None else dict(db.execute(STATES, (room,)).fetchall())


def load(db: sqlite3.Connection, creator: str, periods: Iterable[str]) -> Kept:
    """All of it, as it stood at one moment."""
    kept = Kept()
    db.execute("BEGIN")
    try:
        room = room_of(db, creator)
        if room is not None:
            _load(db, room, periods, kept)
    finally:
        db.execute("ROLLBACK")
    return kept


def _load(db: sqlite3.Connection, room: int, periods: Iterable[str], kept: Kept) -> None:
    kept.memory = dict(db.execute(MEMORY, (room,)).fetchall())
    kept.states = dict(db.execute(STATES, (room,)).fetchall())
    kept.stages = dict(db.execute(STAGES, (room,)).fetchall())
    numbers: dict[str, int] = {}
    for name in dict.fromkeys(periods):
        row = db.execute(PERIOD, (room, name)).fetchone()
        if row is not None:
            numbers[name] = row[0]
    people = Persons(db, room)
    keys = people.read(list(numbers.values()))
    for name, n in numbers.items():
        scores = _scores(db, n, keys)
        if scores:
            kept.scores[name] = scores
        total = db.execute(TOTAL, (n,)).fetchone()
        if total is not None:
            kept.totals[name] = total[0]
    kept.recent = list(_recent(db, room, people))
    kept.people = [who for who in people.known.values() if who.name or who.handle or who.avatar]


def _scores(db: sqlite3.Connection, period: int, keys: dict[int, str]) -> dict[str, ScoreRow]:
    """In order of first appearance: whoever came first stays first among equals."""
    return {keys[row[0]]: row[1:] for row in db.execute(SCORES, (period,)).fetchall() if row[0] in keys}


def _recent(db: sqlite3.Connection, room: int, people: Persons) -> Iterator[Fact]:
    """The last facts of every lane, in order; of gifts so many that the last combos are whole from their first step."""
    found: list[tuple[int, Fact]] = []
    for name, lane in LANES.items():
        combos, most = 0, MOST_STEPS if name == "gifts" else RECENT
        for seq, person, body in db.execute(RECENT_FACTS, (room, lane, most)):
            fact = people.whole(person, body)
            if fact is None:
                continue
            found.append((seq, fact))
            combos += isinstance(fact, facts.Credit) and fact.first
            if combos == COMBOS:
                break
    found.sort(key=lambda pair: pair[0])
    return (fact for _, fact in found)


class Reading(Struct):
    """How far the facts between two moments have been read. Begins empty."""

    since_ms: int
    until_ms: int = FOREVER_MS
    after: dict[int, int] = field(default_factory=dict)  # lane -> the last number read
    last: int = 0
    more: bool = True


def since(db: sqlite3.Connection, creator: str, reading: Reading) -> list[Fact]:
    """The next facts that count, in order; `reading.more` says whether to come again."""
    room = room_of(db, creator)
    rows = [] if room is None else _rows(db, room, reading)
    people = Persons(db, room or 0)
    whole = (people.whole(person, body) for person, body in rows)
    return [fact for fact in whole if fact is not None and not fact.test]


def _rows(db: sqlite3.Connection, room: int, reading: Reading) -> list[tuple[int | None, bytes]]:
    if not (reading.after or _begin(db, room, reading)):
        reading.more = False
        return []
    rows: list[tuple[int, int, int | None, bytes]] = []
    ends: list[int] = []
    for lane, last in reading.after.items():
        between = (last + 1, reading.last, reading.since_ms, reading.until_ms, CHUNK)
        found = db.execute(SINCE, (room, lane, *between)).fetchall()
        rows += [(seq, lane, person, body) for seq, person, body in found]
        if len(found) == CHUNK:
            ends.append(found[-1][0])
    rows.sort(key=lambda row: row[0])
    if ends:  # a lane that has more to give decides how far the others may go
        rows = [row for row in rows if row[0] <= min(ends)]
    for seq, lane, _, _ in rows:
        reading.after[lane] = seq
    reading.more = bool(ends)
    return [row[2:] for row in rows]


def _begin(db: sqlite3.Connection, room: int, reading: Reading) -> bool:
    hours = (reading.since_ms // HOUR_MS, (reading.until_ms - 1) // HOUR_MS)
    first, last = db.execute(RANGE_OF_HOURS, (room, *hours)).fetchone()
    if first is None:
        return False
    reading.last = last
    reading.after = dict.fromkeys(COUNTING_LANES, first - 1)
    return True


def totals_since(db: sqlite3.Connection, creator: str, since_ms: int) -> dict[str, int]:
    """What was counted since a moment, by metric: whole hours from their sums, the first one fact by fact."""
    room = room_of(db, creator)
    if room is None:
        return {}
    hour = since_ms // HOUR_MS
    db.execute("BEGIN")
    try:
        sums: dict[str, int] = dict(db.execute(HOUR_SUMS, (room, hour)).fetchall())
        reading = Reading(since_ms, (hour + 1) * HOUR_MS)
        while reading.more:
            for _, body in _rows(db, room, reading):
                for what, amount in _amounts(body):
                    sums[what] = sums.get(what, 0) + amount
    finally:
        db.execute("ROLLBACK")
    return sums


def _amounts(body: bytes) -> tuple[tuple[str, int], ...]:
    """What a stored fact adds; who did it does not matter here."""
    try:
        fact = decode_fact(body, None)
    except msgspec.MsgspecError:
        return ()
    return () if fact.test else amounts(fact)
