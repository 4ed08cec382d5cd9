"""What TikTool's boards say, in one form: every documented shape in, ranked rows out, hidden ones known as hidden.

It decides by the answer alone, never by the plan. A hidden row keeps its rank and score and nothing of its name.
Nothing is asked here and nothing is shown.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from msgspec import structs

from overlay.core.identity import ROUNDED
from overlay.core.liveness import truth
from overlay.core.places import Game, Ranks, Row, Rung
from overlay.core.replies import epoch_ms, number, whole, word
from overlay.core.text import clean_name, fold_name
from overlay.core.wishes import LABELS, class_of

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_ROWS: Final = 500
REAL: Final = 3
"""Up to this rank a gated answer shows who it is."""

_LISTS: Final = ("entries", "channels", "ranks", "gifters", "topGifters", "movers", "results")
_PLACEHOLDER: Final = re.compile(r"^(someone-[0-9a-f]+|creator-[0-9a-f]{8}|[.\u00b7\s]*|.*[*\u2022].*)$", re.DOTALL)
_MASK: Final = re.compile(r"^[.*\u2022\u00b7\s]+$")


def own_row(board: Ranks, owner_id: str | None, handle: str) -> Row | None:
    """The creator's row: by the permanent id, then by the handle where no other id speaks against it."""
    real = [row for row in board.rows if not row.hidden]
    if is_whole(owner_id):
        for row in real:
            if row.user_id == owner_id:
                return row
    name = fold_name(handle)
    for row in real:
        if fold_name(row.handle or "") == name and not (is_whole(owner_id) and is_whole(row.user_id)):
            return row
    return None


def is_whole(user_id: str | None) -> bool:
    """Whether an id tells people apart: one that went through a float has lost its last digits."""
    return user_id is not None and not user_id.endswith(ROUNDED)


def time_ms(value: Any) -> int | None:
    """A time as delivered: ISO, seconds or milliseconds."""
    if isinstance(value, str) and "T" in value:
        try:
            when = datetime.fromisoformat(value)
        except ValueError:
            return None
        return int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() * 1000)
    return epoch_ms(value)


def first(row: dict[str, Any], *names: str) -> Any:
    """The first of these that is there."""
    return next((row[name] for name in names if row.get(name) is not None), None)


def read_ranks(body: Any, got_ms: int, refresh_ms: int) -> Ranks | None:
    """A board out of an answer's body, or None where there is none."""
    head, rows = _find(body)
    if rows is None:
        return None
    outer = body if isinstance(body, dict) else {}
    gated = truth(outer.get("masked")) is True or truth(outer.get("gated")) is True
    teaser = truth(first(head, "hasFullAccess")) is False or truth(outer.get("hasFullAccess")) is False
    read = sorted(_rows(rows, gated=gated), key=lambda row: row.rank)
    class_type = class_of(word(first(outer, "classType", "class_type")))
    return Ranks(
        got_ms=got_ms,
        refresh_ms=refresh_ms,
        rows=tuple(read),
        region=_region(outer),
        label=_label(outer),
        class_type=class_type,
        class_label=word(first(outer, "classLabel", "className")) or LABELS.get(class_type or 0),
        fetched_ms=time_ms(first(head, "fetched_at", "updated_at", "updatedAt") or first(outer, "fetched_at")),
        reset_ms=_reset(outer, got_ms),
        live_count=whole(first(head, "live_count", "liveCount") or outer.get("live_count")),
        total=whole(first(outer, "totalCount", "total", "count")),
        masked=gated or teaser or any(_is_masked(row) for row in rows[:MOST_ROWS]),
        teaser=teaser,
        upgrade=word(outer.get("upgrade")),
        games=tuple(_by_game(outer, gated=gated)),
    )


def _find(body: Any) -> tuple[dict[str, Any], list[Any] | None]:
    """The list of rows, and the object it stands in."""
    if isinstance(body, list):
        return {}, body
    if not isinstance(body, dict):
        return {}, None
    inside: list[Any] = [body, body.get("current"), body.get("data"), *_games(body)]
    for part in inside:
        for name in _LISTS if isinstance(part, dict) else ():
            if isinstance(part.get(name), list):
                return part, part[name]
    return {}, None


def _games(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The boards by game, of which class 0 is the overall one."""
    told = body.get("games")
    games = [game for game in told if isinstance(game, dict)] if isinstance(told, list) else []
    yield from sorted(games, key=lambda game: whole(game.get("class_type")) != 0)


def _by_game(body: dict[str, Any], *, gated: bool) -> Iterator[Game]:
    """The board of every game that has a name; class 0 is no game but all of them together."""
    for told in _games(body):
        name, rows = clean_name(word(told.get("game"))), next((told[key] for key in _LISTS if key in told), None)
        if not name or not isinstance(rows, list) or whole(told.get("class_type")) == 0:
            continue
        read = sorted(_rows(rows, gated=gated), key=lambda row: row.rank)
        number = next((one for key in ("game_id", "class_type", "rank_type") if (one := _id(told.get(key)))), None)
        yield Game(name=name, id=number, reset_ms=time_ms(told.get("reset_at")), rows=tuple(read))


def _region(body: dict[str, Any]) -> str | None:
    region = body.get("region")
    return word(region.get("code")) if isinstance(region, dict) else word(region)


def _label(body: dict[str, Any]) -> str | None:
    country = body.get("country")
    named = word(country.get("name")) if isinstance(country, dict) else None
    return clean_name(word(body.get("region_label")) or named) or None


def _reset(body: dict[str, Any], got_ms: int) -> int | None:
    told = time_ms(first(body, "next_reset", "reset_at"))
    left = whole(body.get("countdown"))
    return told if told is not None or left is None else got_ms + left


def _rows(rows: list[Any], *, gated: bool) -> Iterator[Row]:
    for place, row in enumerate(rows[:MOST_ROWS], 1):
        if isinstance(row, dict):
            yield _row(row, place, gated=gated)


def _row(row: dict[str, Any], place: int, *, gated: bool) -> Row:
    rank = whole(first(row, "rank", "peak_rank", "position"))
    rank = rank if rank is not None and rank > 0 else place
    points = number(first(row, "score", "totalDiamonds", "diamonds", "peak_score", "current_snapshot_score"))
    score = None if points is None else int(points)
    handle = _handle(row)
    if _is_hidden(row, handle) or (gated and rank > REAL):
        return Row(rank=rank, score=score, hidden=True)
    avatar = word(first(row, "avatar", "profilePic", "profilePictureUrl", "avatarUrl"))
    return Row(
        rank=rank,
        score=score,
        handle=handle,
        user_id=_id(first(row, "userId", "user_id", "platformId")),
        name=_name(row) or clean_name(handle),
        avatar=avatar if avatar and avatar.startswith("https://") else None,
        live=truth(first(row, "isLive", "is_live", "alive", "live_now")),
        room_id=_id(first(row, "roomId", "room_id")),
    )


def _is_hidden(row: dict[str, Any], handle: str) -> bool:
    """Whether a row's person is kept from us: marked so, without a handle, or under a placeholder.

    The handle decides: no handle has dots of that kind or stars, and many a real name does.
    """
    return truth(row.get("masked")) is True or _PLACEHOLDER.match(handle) is not None


def _is_masked(row: Any) -> bool:
    """Whether a row is hidden by the plan; one that says it is not and names nobody is an anonymous person."""
    return isinstance(row, dict) and truth(row.get("masked")) is not False and _is_hidden(row, _handle(row))


def _handle(row: dict[str, Any]) -> str:
    return (word(first(row, "uniqueId", "unique_id", "username")) or "").strip().lstrip("@")


def _name(row: dict[str, Any]) -> str:
    """The name, unless it is nothing but a mask."""
    told = word(first(row, "nickname", "displayName", "display_name")) or ""
    return "" if _MASK.match(told) else clean_name(told)


def _id(value: Any) -> str | None:
    """An id, exact; null, "" and 0 are none."""
    text = word(value) if not isinstance(value, float) else None
    return text if text and text.strip("0") else None


def read_ladder(body: Any) -> tuple[Rung, ...] | None:
    """The classes of a region's league, highest first; None where the answer has none to tell."""
    rows = body if isinstance(body, list) else body.get("leagues") if isinstance(body, dict) else None
    if not isinstance(rows, list) or (isinstance(body, dict) and truth(body.get("available")) is False):
        return None
    rungs = []
    for row in rows:
        class_type = class_of(word(first(row, "classType", "class_type"))) if isinstance(row, dict) else None
        if class_type is not None:
            label = word(first(row, "classLabel", "className")) or LABELS.get(class_type) or str(class_type)
            rungs.append(Rung(class_type=class_type, label=label, count=whole(row.get("count"))))
    return tuple(sorted(rungs, key=lambda rung: -rung.class_type)) or None


def read_brackets(body: Any, got_ms: int, refresh_ms: int) -> dict[int, Ranks]:
    """All classes of a region at once."""
    classes = body.get("classes") if isinstance(body, dict) else None
    found = {}
    for name, part in classes.items() if isinstance(classes, dict) else ():
        class_type, ranks = class_of(name), read_ranks(part, got_ms, refresh_ms)
        if class_type is not None and ranks is not None:
            label = ranks.class_label or LABELS.get(class_type)
            found[class_type] = structs.replace(
                ranks, class_type=class_type, class_label=label, region=_region(body) or ranks.region
            )
    return found


def read_live_counts(body: Any) -> dict[str, int]:
    """How many creators are live, by region; `GLOBAL` is everywhere."""
    if not isinstance(body, dict):
        return {}
    data = body.get("data")
    inside: dict[str, Any] = data if isinstance(data, dict) else body
    told = inside.get("regions")
    regions = told if isinstance(told, dict) else {}
    counts = {"GLOBAL": whole(inside.get("global_live")), **{str(code): whole(n) for code, n in regions.items()}}
    return {code: count for code, count in counts.items() if count is not None}
