"""What happened in past streams: read from the sums that were kept while it happened. Never writes."""

from __future__ import annotations

import csv
import io
import sqlite3
from typing import Any, Final

import msgspec

from overlay.core.facts import Who
from overlay.store.codec import decode_who
from overlay.store.deriving import MINUTE_MS
from overlay.store.loading import nameless

TOP: Final = 50
SUMS: Final = ("diamonds", "gifts", "likes", "follows", "shares", "subscribes", "superfans", "chats")
GIFT: Final = ("id", "name", "units", "diamonds")
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""With one of these at its beginning a spreadsheet takes a name for a formula."""

STREAMS: Final = """
SELECT s.n, r.creator, s.id, s.title, s.began_ms, s.ended_ms, s.ended_by, s.diamonds, s.gifts, s.likes, s.follows,
s.shares, s.subscribes, s.superfans, s.chats, s.viewers, s.viewers_max
FROM stream AS s JOIN room AS r ON r.n = s.room
WHERE r.creator=? AND s.same IS NULL AND s.began_ms < ? ORDER BY s.began_ms DESC, s.n DESC LIMIT ?
"""
STREAM: Final = """
SELECT s.n, r.creator, s.id, s.title, s.began_ms, s.ended_ms, s.ended_by, s.diamonds, s.gifts, s.likes, s.follows,
s.shares, s.subscribes, s.superfans, s.chats, s.viewers, s.viewers_max
FROM stream AS q JOIN stream AS s ON s.n = coalesce(q.same, q.n) JOIN room AS r ON r.n = s.room
WHERE q.n=?1 OR q.id=?2 ORDER BY q.n=?1 DESC, s.began_ms DESC LIMIT 1
"""
MEAN: Final = "SELECT avg(1.0 * viewers_sum / viewers_n) FROM minute WHERE stream=? AND viewers_n > 0"
BY_SENDER: Final = """
SELECT p.key, p.who, g.units, g.diamonds FROM (
  SELECT person, sum(units) AS units, sum(diamonds) AS diamonds FROM given WHERE stream=?
  GROUP BY person ORDER BY 3 DESC, 2 DESC, 1 LIMIT ?
) AS g JOIN person AS p ON p.n = g.person ORDER BY 4 DESC, 3 DESC, p.n
"""
BY_SENDER_AND_GIFT: Final = """
SELECT p.key, p.who, g.gift, g.name, g.units, g.diamonds FROM (
  SELECT person, gift, name, units, diamonds FROM given WHERE stream=?
  ORDER BY diamonds DESC, units DESC, person, gift LIMIT ?
) AS g JOIN person AS p ON p.n = g.person ORDER BY 6 DESC, 5 DESC, p.n, g.gift
"""
GIFTS: Final = """
SELECT gift, max(name), sum(units), sum(diamonds) FROM given WHERE stream=? GROUP BY gift ORDER BY 4 DESC, 3 DESC, 1
"""
GIVERS: Final = "SELECT count(DISTINCT person) FROM given WHERE stream=?"
ROUNDS: Final = "SELECT battle, body FROM round WHERE stream=? ORDER BY place"
LINES: Final = "SELECT body FROM line WHERE stream=? ORDER BY place"
MINUTES: Final = """
SELECT minute, diamonds, gifts, likes, chats, follows, viewers_max, viewers_sum, viewers_n
FROM minute WHERE stream=? ORDER BY minute
"""
EVERYBODY: Final = 1 << 62

Row = dict[str, Any]


def streams(db: sqlite3.Connection, creator: str, *, most: int = 200, before_ms: int | None = None) -> list[Row]:
    """A creator's streams with their totals, newest first."""
    until = EVERYBODY if before_ms is None else before_ms
    return [_summary(db, row) for row in db.execute(STREAMS, (creator, until, most)).fetchall()]


def stream(db: sqlite3.Connection, identity: str, *, most: int = 2_000) -> Row | None:
    """One stream whole, by our id or TikTok's room id; None if there is none.

    At most so many senders are listed; sums are of all.
    """
    row = _find(db, identity)
    if row is None:
        return None
    n = row[0]
    senders = [_sender(*found) for found in db.execute(BY_SENDER, (n, most)).fetchall()]
    ranked = [sender for sender in senders if not sender["user"]["anonymous"]][:TOP]
    return {
        **_summary(db, row),
        "total_diamonds": row[7],
        "givers": db.execute(GIVERS, (n,)).fetchone()[0],
        "totals_by_sender": senders,
        "by_sender_and_gift": [_by_gift(*found) for found in db.execute(BY_SENDER_AND_GIFT, (n, most)).fetchall()],
        "top_gifters": [{"rank": place + 1, **sender} for place, sender in enumerate(ranked)],
        "gifts": [dict(zip(GIFT, found, strict=True)) for found in db.execute(GIFTS, (n,)).fetchall()],
        "battles": _battles(db, n),
        "lines": [_without(msgspec.json.decode(body), "stream") for (body,) in db.execute(LINES, (n,)).fetchall()],
        "minutes": _minutes(db, n),
    }


def stream_csv(db: sqlite3.Connection, identity: str) -> str | None:
    """One stream as a sheet: parts under one another, each with its own head."""
    whole = stream(db, identity, most=EVERYBODY)
    if whole is None:
        return None
    text = io.StringIO()
    sheet = csv.writer(text)
    names = ("id", "room_id", "title", "began_ms", "ended_ms", "ended_by", "peak_viewers", "mean_viewers")
    _part(sheet, "stream", ("field", "value"), [(name, whole[name]) for name in names])
    _part(sheet, "totals", ("what", "sum"), list(whole["totals"].items()))
    _part(sheet, "gifters", ("key", "name", "handle", "gifts", "diamonds"), [
        (row["key"], row["user"]["name"], row["user"]["handle"], row["units"], row["diamonds"])
        for row in whole["totals_by_sender"]
    ])  # fmt: skip
    _part(sheet, "gifts", ("id", "name", "units", "diamonds"), [tuple(row.values()) for row in whole["gifts"]])
    _part(sheet, "battles", ("battle", "round", "finished by", "scores", "winner team"), [
        (battle["battle_key"], row.get("round_key"), row.get("finalised_by"),
         " : ".join(str(score) for score in (row.get("scores") or {}).values()), row.get("winner_team"))
        for battle in whole["battles"] for row in battle["rounds"]
    ])  # fmt: skip
    minutes = whole["minutes"]
    _part(sheet, "minutes", tuple(minutes[0]) if minutes else (), [tuple(row.values()) for row in minutes])
    return text.getvalue()


def _part(sheet: Any, title: str, head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    sheet.writerow([title])
    sheet.writerow(head)
    sheet.writerows([[_cell(value) for value in row] for row in rows])
    sheet.writerow([])


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value


def _find(db: sqlite3.Connection, identity: str) -> tuple[Any, ...] | None:
    number = int(identity) if identity.isascii() and identity.isdigit() and len(identity) < 19 else -1
    row: tuple[Any, ...] | None = db.execute(STREAM, (number, identity)).fetchone()
    return row


def _summary(db: sqlite3.Connection, row: tuple[Any, ...]) -> Row:
    n, creator, room_id, title, began_ms, ended_ms, ended_by = row[:7]
    totals = dict(zip(SUMS, row[7:15], strict=True))
    mean = db.execute(MEAN, (n,)).fetchone()[0]
    return {
        "id": str(n),
        "creator": creator,
        "room_id": None if room_id.startswith("open:") else room_id,
        "title": title,
        "began_ms": began_ms,
        "ended_ms": ended_ms,
        "ended_by": ended_by,
        "totals": totals,
        "diamonds": totals["diamonds"],
        "likes": totals["likes"],
        "followers": totals["follows"],
        "chat_lines": totals["chats"],
        "viewers": row[15],
        "peak_viewers": row[16],
        "mean_viewers": None if mean is None else round(mean, 1),
    }


def _sender(key: str, body: bytes | None, units: int, diamonds: int) -> Row:
    who = nameless(key) if body is None else decode_who(body)
    return {"key": key, "who": _called(who), "user": _user(who), "units": units, "diamonds": diamonds}


def _by_gift(key: str, body: bytes | None, gift: str, name: str | None, units: int, diamonds: int) -> Row:
    who = nameless(key) if body is None else decode_who(body)
    number: int | str = int(gift) if gift.isascii() and gift.isdigit() and len(gift) < 16 else gift
    return {
        "sender": key, "who": _called(who), "giftId": number, "name": name, "units": units, "diamonds": diamonds,
    }  # fmt: skip


def _called(who: Who) -> str:
    return "anonymous" if who.anonymous else who.handle or who.name or ""


def _user(who: Who) -> Row:
    return {
        "id": who.id,
        "handle": who.handle,
        "name": who.name,
        "avatar": None,  # TikTok's address: pages load from us alone, and who asks may have a picture of ours
        "level": who.level,
        "anonymous": who.anonymous,
    }


def _battles(db: sqlite3.Connection, n: int) -> list[Row]:
    battles: dict[str, Row] = {}
    for key, body in db.execute(ROUNDS, (n,)).fetchall():
        battle = battles.setdefault(key, {"battle_key": key, "rounds": [], "rounds_won": {}})
        found = _without(msgspec.json.decode(body), "battle_key", "stream")
        battle["rounds"].append(found)
        winner = found.get("winner_team")
        if winner is not None:
            battle["rounds_won"][str(winner)] = battle["rounds_won"].get(str(winner), 0) + 1
    return list(battles.values())


def _minutes(db: sqlite3.Connection, n: int) -> list[Row]:
    return [
        {
            "at_ms": minute * MINUTE_MS,
            "diamonds": diamonds,
            "gifts": gifts,
            "likes": likes,
            "chats": chats,
            "follows": follows,
            "viewers_max": most,
            "viewers_mean": round(total / count, 1) if count else None,
        }
        for minute, diamonds, gifts, likes, chats, follows, most, total, count in db.execute(MINUTES, (n,)).fetchall()
    ]


def _without(row: Row, *names: str) -> Row:
    return {name: value for name, value in row.items() if name not in names}
