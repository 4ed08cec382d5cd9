"""Facts after which things have other names: streams that begin, are named, end; people who turn out to be one.

Each is a few rows whatever hangs on it, because everything else points to numbers. It never sums anything up.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Final

from overlay.core import facts
from overlay.core.facts import Fact

if TYPE_CHECKING:
    from collections.abc import Callable

    from overlay.store.ids import Ids

STREAM_BEGIN: Final = """
INSERT INTO stream (room, id, title, began_ms) VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET title=coalesce(excluded.title, title)
"""
STREAM_GO_ON: Final = "UPDATE stream SET ended_ms=NULL, ended_by=NULL WHERE n=? AND ended_ms IS NOT NULL"
STREAM_END: Final = "UPDATE stream SET ended_ms=?, ended_by=? WHERE n=?"
STREAM_TITLE: Final = "UPDATE stream SET title=? WHERE n=?"
STREAM_RENAME: Final = "UPDATE stream SET id=? WHERE n=?"
STREAM_FIND: Final = "SELECT coalesce(same, n) FROM stream WHERE room=? AND id=?"
STREAM_ALIAS: Final = "INSERT INTO stream (room, id, began_ms, same) VALUES (?, ?, ?, ?)"
STREAM_JOIN: Final = """
UPDATE stream AS s SET diamonds=s.diamonds+o.diamonds, gifts=s.gifts+o.gifts, likes=s.likes+o.likes,
follows=s.follows+o.follows, shares=s.shares+o.shares, subscribes=s.subscribes+o.subscribes,
superfans=s.superfans+o.superfans, chats=s.chats+o.chats, began_ms=min(s.began_ms, o.began_ms),
viewers=coalesce(o.viewers, s.viewers), title=coalesce(s.title, o.title), ended_ms=o.ended_ms, ended_by=o.ended_by,
viewers_max=max(coalesce(s.viewers_max, o.viewers_max), coalesce(o.viewers_max, s.viewers_max))
FROM stream AS o WHERE s.n=? AND o.n=?
"""
STREAM_POINT: Final = "UPDATE stream SET same=?1 WHERE n=?2 OR same=?2"
JOIN_STREAM_ROWS: Final = (
    """
INSERT INTO given SELECT ?1, person, gift, name, units, diamonds FROM given WHERE stream=?2
ON CONFLICT DO UPDATE SET units=units+excluded.units, diamonds=diamonds+excluded.diamonds
""",
    "DELETE FROM given WHERE stream=?2",
    """
INSERT INTO minute SELECT ?1, minute, diamonds, gifts, likes, chats, follows, viewers_max, viewers_sum, viewers_n
FROM minute WHERE stream=?2
ON CONFLICT DO UPDATE SET diamonds=diamonds+excluded.diamonds, gifts=gifts+excluded.gifts,
likes=likes+excluded.likes, chats=chats+excluded.chats, follows=follows+excluded.follows,
viewers_max=max(coalesce(viewers_max, excluded.viewers_max), coalesce(excluded.viewers_max, viewers_max)),
viewers_sum=viewers_sum+excluded.viewers_sum, viewers_n=viewers_n+excluded.viewers_n
""",
    "DELETE FROM minute WHERE stream=?2",
    "UPDATE OR REPLACE round SET stream=?1 WHERE stream=?2",
    "UPDATE OR REPLACE line SET stream=?1 WHERE stream=?2",
)
PERIODS_OF: Final = (
    "SELECT n, name FROM period WHERE room=?1 AND (name=?2 OR substr(name, 1, length(?2) + 1)=?2 || '#')"
)
PERIOD_FIND: Final = "SELECT n FROM period WHERE room=? AND name=?"
PERIOD_RENAME: Final = "UPDATE period SET name=? WHERE n=?"
JOIN_PERIODS: Final = (
    """
INSERT INTO score SELECT ?1, person, born, diamonds, gifts, likes, chats, shares FROM score WHERE period=?2
ON CONFLICT DO UPDATE SET diamonds=diamonds+excluded.diamonds, gifts=gifts+excluded.gifts,
likes=likes+excluded.likes, chats=chats+excluded.chats, shares=shares+excluded.shares, born=min(born, excluded.born)
""",
    "DELETE FROM score WHERE period=?2",
    "UPDATE OR IGNORE total SET period=?1 WHERE period=?2",
    "DELETE FROM total WHERE period=?2",
    "DELETE FROM period WHERE n=?2",
)
PERSON_FIND: Final = "SELECT coalesce(same, n) FROM person WHERE room=? AND key=?"
JOIN_PEOPLE: Final = (
    """
INSERT INTO score SELECT period, ?1, born, diamonds, gifts, likes, chats, shares FROM score
WHERE period IN (SELECT n FROM period WHERE room=?3) AND person=?2
ON CONFLICT DO UPDATE SET diamonds=diamonds+excluded.diamonds, gifts=gifts+excluded.gifts,
likes=likes+excluded.likes, chats=chats+excluded.chats, shares=shares+excluded.shares, born=min(born, excluded.born)
""",
    "DELETE FROM score WHERE period IN (SELECT n FROM period WHERE room=?3) AND person=?2",
    """
INSERT INTO given SELECT stream, ?1, gift, name, units, diamonds FROM given
WHERE stream IN (SELECT n FROM stream WHERE room=?3) AND person=?2
ON CONFLICT DO UPDATE SET units=units+excluded.units, diamonds=diamonds+excluded.diamonds
""",
    "DELETE FROM given WHERE stream IN (SELECT n FROM stream WHERE room=?3) AND person=?2",
    "UPDATE person SET same=?1, who=NULL WHERE room=?3 AND (n=?2 OR same=?2)",
)


def _began(db: sqlite3.Connection, ids: Ids, room: int, _name: str | None, fact: Fact) -> None:
    assert isinstance(fact, facts.StreamBegan)  # noqa: S101  the table below says so
    db.execute(STREAM_BEGIN, (room, fact.stream, fact.title, fact.at_ms))
    db.execute(STREAM_GO_ON, (ids.stream(db, room, fact.stream, fact.at_ms),))


def _went_on(db: sqlite3.Connection, ids: Ids, room: int, name: str | None, fact: Fact) -> None:
    if name is not None:
        db.execute(STREAM_GO_ON, (ids.stream(db, room, name, fact.at_ms),))


def _ended(db: sqlite3.Connection, ids: Ids, room: int, name: str | None, fact: Fact) -> None:
    assert isinstance(fact, facts.StreamEnded)  # noqa: S101
    if name is not None:
        db.execute(STREAM_END, (fact.at_ms, fact.reason, ids.stream(db, room, name, fact.at_ms)))


def _titled(db: sqlite3.Connection, ids: Ids, room: int, name: str | None, fact: Fact) -> None:
    assert isinstance(fact, facts.StreamTitled)  # noqa: S101
    if name is not None:
        db.execute(STREAM_TITLE, (fact.title, ids.stream(db, room, name, fact.at_ms)))


def _named(db: sqlite3.Connection, ids: Ids, room: int, _name: str | None, fact: Fact) -> None:
    assert isinstance(fact, facts.StreamNamed)  # noqa: S101
    if fact.old == fact.stream:
        return
    old = ids.stream(db, room, fact.old, fact.at_ms)
    known = db.execute(STREAM_FIND, (room, fact.stream)).fetchone()
    if known is None:
        db.execute(STREAM_RENAME, (fact.stream, old))
        db.execute(STREAM_ALIAS, (room, fact.old, fact.at_ms, old))
    elif known[0] != old:
        db.execute(STREAM_JOIN, (known[0], old))
        for statement in JOIN_STREAM_ROWS:
            db.execute(statement, (known[0], old))
        db.execute(STREAM_POINT, (known[0], old))
    _rename_periods(db, room, f"stream:{fact.old}", f"stream:{fact.stream}")
    ids.forget_streams()


def _rename_periods(db: sqlite3.Connection, room: int, old: str, new: str) -> None:
    """A stream's boards, those of its resets (`#…`) included, go by its right name."""
    for n, name in db.execute(PERIODS_OF, (room, old)).fetchall():
        right = new + name[len(old) :]
        known = db.execute(PERIOD_FIND, (room, right)).fetchone()
        if known is None:
            db.execute(PERIOD_RENAME, (right, n))
            continue
        for statement in JOIN_PERIODS:
            db.execute(statement, (known[0], n))


def _merged(db: sqlite3.Connection, ids: Ids, room: int, _name: str | None, fact: Fact) -> None:
    assert isinstance(fact, facts.Merged)  # noqa: S101
    weak = ids.person(db, room, fact.weak, fact.at_ms)
    strong = ids.person(db, room, fact.strong, fact.at_ms)
    if weak != strong:
        for statement in JOIN_PEOPLE:
            db.execute(statement, (strong, weak, room))
    ids.forget_people()


NAMINGS: Final[dict[type[Fact], Callable[[sqlite3.Connection, Ids, int, str | None, Fact], None]]] = {
    facts.StreamBegan: _began,
    facts.StreamWentOn: _went_on,
    facts.StreamEnded: _ended,
    facts.StreamTitled: _titled,
    facts.StreamNamed: _named,
    facts.Merged: _merged,
}
"""What must be done at once, before the next fact of the same tick is written."""
