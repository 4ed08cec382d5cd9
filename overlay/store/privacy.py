"""Forgetting: one person at their wish, everybody after a while, a deleted creator in the end. Sums stay.

Each function is one short piece of work in the writer's thread or one read beside it; `PastPart` strings them together,
so that the ticks of a running stream go on in between. It never takes a sum back.
"""

from __future__ import annotations

import secrets
import sqlite3
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct, field

from overlay.store.codec import decode_who, encode_who
from overlay.store.loading import nameless, room_of
from overlay.store.schema import LANES
from overlay.store.scrub import About, Scrubber

if TYPE_CHECKING:
    from collections.abc import Iterable

DAY_MS: Final = 86_400_000
HOUR_MS: Final = 3_600_000
UNDO_DAYS: Final = 30
"""A deleted creator can be had back for so long."""

BATCH: Final = 2_000
SCAN: Final = 50_000
WEAK: Final = ("handle:", "name:")

PERSON: Final = """
SELECT n, key, who FROM person WHERE room=?1
AND coalesce(same, n) = (SELECT coalesce(same, n) FROM person WHERE room=?1 AND key=?2)
"""
PERSON_BLANK: Final = "UPDATE person SET key=?, who=? WHERE n=?"
LAST_FACT: Final = "SELECT coalesce(max(seq), 0) FROM fact"
SCAN_FACTS: Final = """
SELECT seq, lane, kind, person, body FROM fact WHERE seq > ? AND seq <= ? AND room=?
"""
FACT_SET: Final = "UPDATE fact SET body=? WHERE seq=?"
FACT_DROP: Final = "DELETE FROM fact WHERE seq=?"
NAMED: Final = {
    "memory": ("SELECT name, body FROM memory WHERE room=?", "UPDATE memory SET body=? WHERE room=? AND name=?"),
    "state": ("SELECT name, body FROM state WHERE room=?", "UPDATE state SET body=? WHERE room=? AND name=?"),
    "stage": ("SELECT name, body FROM stage WHERE room=?", "UPDATE stage SET body=? WHERE room=? AND name=?"),
}
MEMORY_DROP: Final = "DELETE FROM memory WHERE room=? AND name=?"
ROUNDS: Final = "SELECT stream, battle, round, body FROM round WHERE stream IN (SELECT n FROM stream WHERE room=?)"
ROUND_SET: Final = "UPDATE round SET body=? WHERE stream=? AND battle=? AND round=?"
LINES: Final = "SELECT stream, id, body FROM line WHERE stream IN (SELECT n FROM stream WHERE room=?)"
LINE_SET: Final = "UPDATE line SET body=? WHERE stream=? AND id=?"

KEEPERS: Final = """
SELECT r.n, json_extract(c.body, '$.keep_days') FROM creator AS c JOIN room AS r ON r.creator = c.id
WHERE json_extract(c.body, '$.keep_days') IS NOT NULL
"""
OLD_FACTS: Final = """
DELETE FROM fact WHERE seq IN (
  SELECT seq FROM fact WHERE room=?1 AND lane=?2 AND at_ms<?3 AND (?2<>0 OR kind='Merged')
  AND seq <= (SELECT coalesce(max(last), 0) FROM hour WHERE room=?1 AND hour<=?3/3600000) LIMIT ?4)
"""
OLD_HOURS: Final = "DELETE FROM hour WHERE room=? AND hour<?"
OLD_LINES: Final = "DELETE FROM line WHERE at_ms<? AND stream IN (SELECT n FROM stream WHERE room=?)"
OLD_PEOPLE: Final = "UPDATE person SET who=NULL WHERE room=? AND seen_ms<? AND who IS NOT NULL"
OLD_ALIASES: Final = "DELETE FROM person WHERE room=? AND seen_ms<? AND same IS NOT NULL"
OLD_WEAK: Final = """
UPDATE person SET key='gone:' || lower(hex(randomblob(8))) WHERE room=? AND seen_ms<? AND who IS NULL AND same IS NULL
AND (key LIKE 'handle:%' OR key LIKE 'name:%' OR key LIKE 'anon:handle:%' OR key LIKE 'anon:name:%')
"""

DELETED: Final = "SELECT id FROM creator WHERE deleted_ms < ?"
ROOM_FACTS: Final = "DELETE FROM fact WHERE seq IN (SELECT seq FROM fact WHERE room=? LIMIT ?)"
ROOM_REST: Final = (
    "DELETE FROM score WHERE period IN (SELECT n FROM period WHERE room=?)",
    "DELETE FROM total WHERE period IN (SELECT n FROM period WHERE room=?)",
    "DELETE FROM given WHERE stream IN (SELECT n FROM stream WHERE room=?)",
    "DELETE FROM minute WHERE stream IN (SELECT n FROM stream WHERE room=?)",
    "DELETE FROM round WHERE stream IN (SELECT n FROM stream WHERE room=?)",
    "DELETE FROM line WHERE stream IN (SELECT n FROM stream WHERE room=?)",
    "DELETE FROM memory WHERE room=?",
    "DELETE FROM state WHERE room=?",
    "DELETE FROM stage WHERE room=?",
    "DELETE FROM hour WHERE room=?",
    "DELETE FROM person WHERE room=?",
    "DELETE FROM stream WHERE room=?",
    "DELETE FROM period WHERE room=?",
    "DELETE FROM room WHERE n=?",
)
CREATOR_REST: Final = (
    "INSERT OR IGNORE INTO dead_key SELECT key, id, 0 FROM widget WHERE creator=?",
    "DELETE FROM widget_version WHERE widget IN (SELECT id FROM widget WHERE creator=?)",
    "DELETE FROM widget WHERE creator=?",
    "DELETE FROM creator WHERE id=?",
)
SCRUBBED_LANES: Final = {LANES["talk"]}


class Forgotten(Struct):
    """What became of a person: the keys that changed because they were names, and the pictures nobody needs now."""

    keys: dict[str, str] = field(default_factory=dict)
    avatars: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)


# --- one person ---


def blank(db: sqlite3.Connection, creator: str, key: str) -> About | None:
    """Take name, handle and picture from the person; what else must go everywhere. None if nobody is known so."""
    room = room_of(db, creator)
    rows = [] if room is None else db.execute(PERSON, (room, key)).fetchall()
    if not rows:
        return None
    about = About()
    for n, known, body in rows:
        who = None if body is None else decode_who(body)
        _note(about, known, who)
        right = about.keys.get(known, known)
        kept = None if who is None else nameless(right)
        db.execute(PERSON_BLANK, (right, None if kept is None else encode_who(kept), n))
    return about


def _note(about: About, key: str, who: Any) -> None:
    plain = key.removeprefix("anon:")
    about.marks.add(key)
    kind, _, rest = plain.partition(":")
    if f"{kind}:" in WEAK:
        about.keys[key] = f"{'anon:' if plain != key else ''}gone:{secrets.token_hex(8)}"
        (about.handles if kind == "handle" else about.words).add(rest)
    elif rest:
        about.marks.add(rest)
    if who is not None:
        if not key.startswith("anon:"):
            about.marks.add(who.id)
        about.handles.update(filter(None, (who.handle,)))
        about.words.update(filter(None, (who.name, who.avatar)))


def scan(
    db: sqlite3.Connection, creator: str, people: set[int], about: About, after: int
) -> tuple[list[tuple[int, bytes | None]], int, bool]:
    """Which facts after a number must be rewritten (None: dropped), how far this looked, and whether that was all."""
    room = room_of(db, creator)
    last = int(db.execute(LAST_FACT).fetchone()[0])
    until = min(after + SCAN, last)
    scrubber, needles = Scrubber(about), about.needles()
    found: list[tuple[int, bytes | None]] = []
    for seq, lane, kind, person, body in db.execute(SCAN_FACTS, (after, until, room)):
        if person in people and kind in ("Said", "Asked", "Pinned"):
            found.append((seq, None))
        elif (lane in SCRUBBED_LANES and b"@" in body) or any(needle in body for needle in needles):
            new = scrubber.packed(body)
            if new is not None:
                found.append((seq, new))
    return found, until, until >= last


def numbers(db: sqlite3.Connection, creator: str, key: str) -> set[int]:
    """The rows of a person, those of weaker keys included."""
    room = room_of(db, creator)
    return set() if room is None else {row[0] for row in db.execute(PERSON, (room, key)).fetchall()}


def rewrite(db: sqlite3.Connection, found: Iterable[tuple[int, bytes | None]]) -> None:
    """Write what `scan` found."""
    for seq, body in found:
        if body is None:
            db.execute(FACT_DROP, (seq,))
        else:
            db.execute(FACT_SET, (body, seq))


def rewrite_rest(db: sqlite3.Connection, creator: str, about: About) -> None:
    """Everything kept whole: the ledger's memory, states, stages, battle rounds, caption lines."""
    room = room_of(db, creator)
    scrubber = Scrubber(about)
    for table, (select, update) in NAMED.items():
        for name, body in db.execute(select, (room,)).fetchall():
            if table == "memory" and any(key in name for key in _aliases(about)):
                db.execute(MEMORY_DROP, (room, name))
                continue
            new = scrubber.packed(body) or scrubber.json(body)
            if new is not None:
                db.execute(update, (new, room, name))
    for stream, battle, number, body in db.execute(ROUNDS, (room,)).fetchall():
        new = scrubber.json(body)
        if new is not None:
            db.execute(ROUND_SET, (new.decode(), stream, battle, number))
    for stream, line, body in db.execute(LINES, (room,)).fetchall():
        new = scrubber.json(body)
        if new is not None:
            db.execute(LINE_SET, (new.decode(), stream, line))


def _aliases(about: About) -> set[str]:
    """Names of memory rows that tell who stood behind a handle."""
    return {*about.keys, *(f"handle:{handle.lower()}" for handle in about.handles)}


# --- everybody, after a while ---


def keepers(db: sqlite3.Connection) -> dict[int, int]:
    """Rooms whose owners keep facts of people only for so many days."""
    return {room: int(days) for room, days in db.execute(KEEPERS).fetchall()}


def drop_old(db: sqlite3.Connection, room: int, before_ms: int) -> bool:
    """A part of the facts before a moment; whether there may be more."""
    dropped = 0
    for lane in LANES.values():
        if dropped < BATCH:
            dropped += db.execute(OLD_FACTS, (room, lane, before_ms, BATCH - dropped)).rowcount
    return dropped >= BATCH


def drop_old_rest(db: sqlite3.Connection, room: int, before_ms: int) -> None:
    """What hangs on those facts: spoken lines, and names of people not seen since."""
    db.execute(OLD_HOURS, (room, before_ms // HOUR_MS))
    db.execute(OLD_LINES, (before_ms, room))
    db.execute(OLD_PEOPLE, (room, before_ms - DAY_MS))


def drop_old_keys(db: sqlite3.Connection, now_ms: int) -> None:
    """Keys that are names themselves. Only before a room is loaded: a running one counts under its keys."""
    for room, days in keepers(db).items():
        before_ms = now_ms - days * DAY_MS - DAY_MS
        db.execute(OLD_ALIASES, (room, before_ms))
        db.execute(OLD_WEAK, (room, before_ms))


# --- a deleted creator ---


def deleted(db: sqlite3.Connection, now_ms: int) -> list[str]:
    """Creators whose deletion cannot be undone any more."""
    return [row[0] for row in db.execute(DELETED, (now_ms - UNDO_DAYS * DAY_MS,)).fetchall()]


def drop_creator(db: sqlite3.Connection, creator: str) -> bool:
    """A part of what is left of them; whether there is more."""
    room = room_of(db, creator)
    if room is not None:
        if db.execute(ROOM_FACTS, (room, BATCH)).rowcount >= BATCH:
            return True
        for statement in ROOM_REST:
            db.execute(statement, (room,))
    for statement in CREATOR_REST:
        db.execute(statement, (creator,))
    return False
