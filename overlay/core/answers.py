"""What TikTool's good answers hold: limits, rooms, gifts, people, profiles, minutes, as typed structs.

Every reader takes a judged `Reply` and gives None or nothing where there is no content. Nothing is asked here.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from overlay.core.budget import Limits
from overlay.core.liveness import truth
from overlay.core.replies import Reply, epoch_ms, number, whole, word


def _part(body: dict[str, Any], name: str) -> dict[str, Any]:
    """An object inside another; an empty one where there is none."""
    inside = body.get(name)
    return inside if isinstance(inside, dict) else {}


def rate_limits(reply: Reply) -> Limits | None:
    """The answer of /webcast/rate_limits."""
    data = reply.data
    if not isinstance(data, dict):
        return None
    api = _part(data, "api")
    sockets = _part(data, "websocket")
    return Limits(
        tier=word(data.get("tier")),
        per_minute=whole(api.get("limit")),
        remaining=whole(api.get("remaining")),
        reset_ms=epoch_ms(api.get("reset_at")),
        sockets=whole(sockets.get("limit")),
        open_sockets=whole(sockets.get("current")),
    )


class Room(Struct, frozen=True, kw_only=True):
    """What room_id and room_info tell of a stream; None is not told."""

    room_id: str | None = None
    live: bool | None = None
    title: str | None = None
    viewers: int | None = None
    likes: int | None = None
    running_s: int | None = None
    owner_name: str | None = None
    owner_handle: str | None = None


def room(reply: Reply) -> Room | None:
    """The answer of room_id or room_info, in either mode."""
    data = reply.data
    if not isinstance(data, dict):
        return None
    owner = _part(data, "owner")
    status = whole(data.get("status"))
    return Room(
        room_id=word(data.get("room_id")),
        live=truth(data.get("alive")) if status is None else status == 2,
        title=word(data.get("title")),
        viewers=whole(data.get("user_count")),
        likes=whole(data.get("like_count")),
        running_s=whole(data.get("live_duration_seconds")),
        owner_name=word(owner.get("nickname")),
        owner_handle=word(owner.get("uniqueId")) or word(owner.get("display_id")),
    )


class GiftRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One gift of a catalogue. `streakable` None: not told."""

    id: str
    name: str = ""
    diamonds: int = 0
    icon: str | None = None
    streakable: bool | None = None


def gifts(reply: Reply) -> list[GiftRow]:
    """The gifts of gift_info or gifts_by_country, sample or not; ask `reply.sample`."""
    data = reply.data
    rows = data.get("gifts") if isinstance(data, dict) else None
    found = []
    for row in rows if isinstance(rows, list) else []:
        gift_id = word(row.get("id", row.get("gift_id"))) if isinstance(row, dict) else None
        if gift_id is None:
            continue
        found.append(
            GiftRow(
                id=gift_id,
                name=word(row.get("name")) or "",
                diamonds=max(0, whole(row.get("diamond_count")) or 0),
                icon=_picture(row.get("icon_url")) or _picture(row.get("icon")),
                streakable=_streakable(row),
            )
        )
    return found


def _streakable(row: dict[str, Any]) -> bool | None:
    for name in ("streakable", "combo"):
        known = truth(row.get(name))
        if known is not None:
            return known
    kind = whole(row.get("type"))
    return None if not kind else kind == 1


def _picture(value: Any) -> str | None:
    return value if isinstance(value, str) and value.startswith("https://") else None


def merged(known: dict[str, GiftRow], rows: list[GiftRow], *, sample: bool) -> dict[str, GiftRow]:
    """A catalogue with further rows. A sample only fills gaps; others replace, but never with less."""
    result = dict(known)
    for row in rows:
        old = result.get(row.id)
        first, second = (old or row, row) if sample else (row, old or row)
        result[row.id] = GiftRow(
            id=row.id,
            name=first.name or second.name,
            diamonds=first.diamonds or second.diamonds,
            icon=first.icon or second.icon,
            streakable=second.streakable if first.streakable is None else first.streakable,
        )
    return result


class Face(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person as resolve_user_ids names them; all None: could not be resolved."""

    id: str
    handle: str | None = None
    nickname: str | None = None
    avatar: str | None = None

    @property
    def resolved(self) -> bool:
        """Whether anything is known."""
        return bool(self.handle or self.nickname)


def faces(reply: Reply) -> dict[str, Face]:
    """The people of resolve_user_ids, keyed object or older array."""
    data = reply.data
    rows: list[tuple[str | None, Any]] = []
    if isinstance(data, dict):
        rows = [(key, row) for key, row in data.items() if isinstance(key, str)]
    elif isinstance(data, list):
        rows = [(None, row) for row in data]
    found = {}
    for key, row in rows:
        inside = row if isinstance(row, dict) else {}
        person = key or word(inside.get("userId", inside.get("user_id")))
        if person is not None:
            found[person] = Face(
                id=person,
                handle=word(inside.get("username")) or word(inside.get("unique_id")) or word(inside.get("uniqueId")),
                nickname=word(inside.get("nickname")),
                avatar=_picture(inside.get("avatarUrl")) or _picture(inside.get("avatar_url")),
            )
    return found


class League(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A creator's league. `masked`: the tier is too low to see it."""

    found: bool = False
    masked: bool = False
    region: str | None = None
    class_type: str | None = None
    label: str | None = None
    rank: int | None = None


class Profile(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A creator's profile."""

    id: str | None = None
    handle: str | None = None
    sec_uid: str | None = None
    nickname: str | None = None
    avatar: str | None = None
    followers: int | None = None
    league: League | None = None


def profile(reply: Reply) -> Profile | None:
    """The answer of user_profile. The league may stand beside the profile or at the top."""
    data = reply.data
    if not isinstance(data, dict):
        return None
    inside = _part(data, "profile") or data
    stats = _part(inside, "stats")
    league = data.get("league")
    if not isinstance(league, dict):
        league = reply.body.get("league")
    sec_uid = word(inside.get("secUid"))
    return Profile(
        id=word(inside.get("id")),
        handle=word(inside.get("uniqueId")),
        sec_uid=sec_uid if sec_uid and sec_uid.startswith("MS4wLjAB") else None,
        nickname=word(inside.get("nickname")),
        avatar=next(
            (a for n in ("avatarLarger", "avatarMedium", "avatarThumb") if (a := _picture(inside.get(n)))), None
        ),
        followers=whole(stats.get("followerCount")),
        league=_league(league) if isinstance(league, dict) else None,
    )


def _league(row: dict[str, Any]) -> League:
    masked = bool(row.get("available_on") or row.get("upgrade_url"))
    if masked or truth(row.get("found")) is not True:
        return League(found=truth(row.get("found")) is True, masked=masked)
    return League(
        found=True,
        region=word(row.get("region")),
        class_type=word(row.get("classType")),
        label=word(row.get("classLabel")),
        rank=whole(row.get("rank")),
    )


class Swept(Struct, frozen=True):
    """What ws/sweep did."""

    closed: int


def swept(reply: Reply) -> Swept | None:
    """The answer of ws/sweep: its fields stand at the top level."""
    if not reply.ok or not isinstance(reply.body, dict):
        return None
    return Swept(whole(reply.body.get("closed")) or 0)


class CaptionMinutes(Struct, frozen=True, kw_only=True):
    """An allowance of caption minutes; None is not told."""

    total: float | None = None
    used: float | None = None
    remaining: float | None = None


def caption_minutes(reply: Reply) -> CaptionMinutes | None:
    """The answer of captions/credits, at the top level or in `data`."""
    if not reply.ok or not isinstance(reply.body, dict):
        return None
    inside = reply.data if isinstance(reply.data, dict) else reply.body
    found = CaptionMinutes(
        total=number(inside.get("total")), used=number(inside.get("used")), remaining=number(inside.get("remaining"))
    )
    return None if found == CaptionMinutes() else found
