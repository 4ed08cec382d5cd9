"""What past streams tell, added up from facts as they are written: sums, who gave what, and minutes.

Only adds; a test fact never comes here. The rooms' own boards and totals are kept elsewhere and are absolute.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from overlay.core import facts
from overlay.core.facts import Fact

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 3_600_000

STREAM_ADD: Final = """
UPDATE stream SET diamonds=diamonds+?, gifts=gifts+?, likes=likes+?, follows=follows+?, shares=shares+?,
subscribes=subscribes+?, superfans=superfans+?, chats=chats+?, viewers=coalesce(?9, viewers),
viewers_max=CASE WHEN ?10 IS NULL THEN viewers_max ELSE max(coalesce(viewers_max, ?10), ?10) END WHERE n=?11
"""
GIVEN_ADD: Final = """
INSERT INTO given (stream, person, gift, name, units, diamonds) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET units=units+excluded.units, diamonds=diamonds+excluded.diamonds,
name=coalesce(excluded.name, name)
"""
MINUTE_ADD: Final = """
INSERT INTO minute (stream, minute, diamonds, gifts, likes, chats, follows, viewers_max, viewers_sum, viewers_n)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET diamonds=diamonds+excluded.diamonds, gifts=gifts+excluded.gifts,
likes=likes+excluded.likes, chats=chats+excluded.chats, follows=follows+excluded.follows,
viewers_max=CASE WHEN excluded.viewers_max IS NULL THEN viewers_max
  ELSE max(coalesce(viewers_max, excluded.viewers_max), excluded.viewers_max) END,
viewers_sum=viewers_sum+excluded.viewers_sum, viewers_n=viewers_n+excluded.viewers_n
"""

HOUR_SUM_ADD: Final = """
INSERT INTO hour_sum (room, hour, what, amount) VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET amount=amount+excluded.amount
"""

# places in a stream's list of sums
DIAMONDS, GIFTS, LIKES, FOLLOWS, SHARES, SUBSCRIBES, SUPERFANS, CHATS, VIEWERS, MOST = range(10)
COUNTED: Final[dict[type[Fact], int]] = {
    facts.Followed: FOLLOWS,
    facts.Shared: SHARES,
    facts.Subscribed: SUBSCRIBES,
    facts.SuperFanned: SUPERFANS,
    facts.Said: CHATS,
}
IN_MINUTES: Final = {DIAMONDS: 0, GIFTS: 1, LIKES: 2, CHATS: 3, FOLLOWS: 4}
METRICS: Final[dict[type[Fact], str]] = {
    facts.Followed: "follows",
    facts.Shared: "shares",
    facts.Subscribed: "subscribes",
    facts.SuperFanned: "superfans",
    facts.Said: "chats",
}


def amounts(fact: Fact) -> tuple[tuple[str, int], ...]:
    """What a fact adds to goals, by metric. Likes: the gain that every period but the stream's own has."""
    if isinstance(fact, facts.Credit):
        return (("diamonds", fact.diamonds), ("gifts", fact.units), (f"gift:{fact.gift_id}", fact.units))
    if isinstance(fact, facts.Liked):
        return (("likes", fact.gain),)
    metric = METRICS.get(type(fact))
    return () if metric is None else ((metric, 1),)


class Sums:
    """What a few facts add to streams, until it is written in one go."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._streams: dict[int, list[int | None]] = {}
        self._minutes: dict[tuple[int, int], list[int | None]] = {}
        self._given: dict[tuple[int, int, str], tuple[str | None, int, int]] = {}
        self._hours: dict[tuple[int, int, str], int] = {}

    def count(self, room: int, fact: Fact) -> None:
        """Add one fact to the sums of its hour."""
        hour = fact.at_ms // HOUR_MS
        for what, amount in amounts(fact):
            if amount:
                where = (room, hour, what)
                self._hours[where] = self._hours.get(where, 0) + amount

    def take(self, stream: int, person: int | None, fact: Fact) -> None:
        """Add one fact."""
        if isinstance(fact, facts.Credit):
            self._add(stream, fact.at_ms, DIAMONDS, fact.diamonds)
            self._add(stream, fact.at_ms, GIFTS, fact.units)
            if person is not None:
                where = (stream, person, fact.gift_id)
                name, units, diamonds = self._given.get(where, (None, 0, 0))
                self._given[where] = (fact.gift_name or name, units + fact.units, diamonds + fact.diamonds)
        elif isinstance(fact, facts.Liked):
            if fact.stream_gain:
                self._add(stream, fact.at_ms, LIKES, fact.stream_gain)
        elif isinstance(fact, facts.Watched):
            self._watch(stream, fact)
        else:
            place = COUNTED.get(type(fact))
            if place is not None:
                self._add(stream, fact.at_ms, place, 1)

    def _add(self, stream: int, at_ms: int, place: int, amount: int) -> None:
        sums = self._stream(stream)
        sums[place] = (sums[place] or 0) + amount
        column = IN_MINUTES.get(place)
        if column is not None:
            minute = self._minute(stream, at_ms)
            minute[column] = (minute[column] or 0) + amount

    def _watch(self, stream: int, fact: facts.Watched) -> None:
        for sums, last, most in ((self._stream(stream), VIEWERS, MOST), (self._minute(stream, fact.at_ms), None, 5)):
            if last is not None:
                sums[last] = fact.now
            sums[most] = max(sums[most] or 0, fact.now)
        minute = self._minute(stream, fact.at_ms)
        minute[6] = (minute[6] or 0) + fact.now
        minute[7] = (minute[7] or 0) + 1

    def _stream(self, stream: int) -> list[int | None]:
        sums = self._streams.get(stream)
        if sums is None:
            sums = self._streams[stream] = [0] * 8 + [None, None]
        return sums

    def _minute(self, stream: int, at_ms: int) -> list[int | None]:
        where = (stream, at_ms // MINUTE_MS)
        minute = self._minutes.get(where)
        if minute is None:
            minute = self._minutes[where] = [0, 0, 0, 0, 0, None, 0, 0]
        return minute

    def write(self, db: sqlite3.Connection) -> None:
        """Add everything to the tables and begin anew."""
        if self._streams:
            db.executemany(STREAM_ADD, [(*sums, n) for n, sums in self._streams.items()])
        if self._given:
            rows = [(*where, name, units, diamonds) for where, (name, units, diamonds) in self._given.items()]
            db.executemany(GIVEN_ADD, rows)
        if self._minutes:
            db.executemany(MINUTE_ADD, [(*where, *minute) for where, minute in self._minutes.items()])
        if self._hours:
            db.executemany(HOUR_SUM_ADD, [(*where, amount) for where, amount in self._hours.items()])
        for sums_of in (self._streams, self._given, self._minutes, self._hours):
            sums_of.clear()
