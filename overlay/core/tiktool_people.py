"""TikTool's user objects as persons: every spelling of id, handle, name, picture, level and badge.

It reads who a frame names. It never decides who is who (the ledger does) and never cleans a text.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Raw, Struct

from overlay.core.events import Badge, Person
from overlay.core.tiktool_values import address, badge_colour, digits, sec_uid, truth, whole, word
from overlay.core.tiktool_wire import rescue

MOST_BADGES = 10
LONGEST_BADGE = 64
LONGEST_KNOWN = 2_048  # bytes of a user object that is remembered
HIGHEST_LEVEL = 50
MASK = "•"  # names that the key's tier hides


class BadgeWire(Struct, gc=False):
    """A badge: the name is a number on grade gems, a word on fan badges, empty on icons."""

    url: Any = None
    name: Any = None
    colors: Any = None


class UserWire(Struct, rename="camel", gc=False):
    """A user object with every key that any source gives."""

    id: Any = None
    user_id: Any = None
    sender_user_id: Any = None
    sec_uid: Any = None
    unique_id: Any = None
    nickname: Any = None
    profile_picture_url: Any = None
    profile_picture: Any = None
    avatar: Any = None
    avatar_url: Any = None
    sender_avatar_url: Any = None
    is_anonymous: Any = None
    badges: list[BadgeWire | str] | None = None
    user_badges: list[BadgeWire | str] | None = None
    level: Any = None
    pay_grade: Any = None
    is_moderator: Any = None
    is_subscriber: Any = None


_USER = msgspec.json.Decoder(UserWire)


def person(user: Raw, sender_id: Any = None) -> Person | None:
    """Return the person of a user object, with `sender_id` where its own id is cut off; None when nobody is named."""
    size = len(user)
    found = None if size == 0 else _known(bytes(user)) if size <= LONGEST_KNOWN else _read(user)
    if sender_id is None or (found is not None and found.id is not None):
        return found
    key = digits(sender_id)
    if key is None:
        return found
    return Person(id=key) if found is None else msgspec.structs.replace(found, id=key)


@lru_cache(maxsize=4_096)
def _known(user: bytes) -> Person | None:
    """Return the person of a user object that most often came before: the same people act again and again."""
    return _read(user)


def _read(sent: bytes | Raw) -> Person | None:
    user = rescue(sent, UserWire) if (plain := _plainly(sent)) is None else plain
    if user is None:
        return None
    key = digits(user.id) or digits(user.user_id) or digits(user.sender_user_id)
    secure, at, nickname = sec_uid(user.sec_uid), handle(user.unique_id), name(user.nickname)
    if not (key or secure or at or nickname):
        return None
    marks = badges(user) if user.badges or user.user_badges or user.is_moderator or user.is_subscriber else ()
    return Person(
        id=key,
        sec_uid=secure,
        handle=at,
        nickname=nickname,
        avatar=avatar(user),
        level=level(user.level) or level(user.pay_grade),
        anonymous=truth(user.is_anonymous) or False,
        moderator=any(mark.kind == "moderator" for mark in marks),
        subscriber=any(mark.kind == "subscriber" for mark in marks),
        badges=marks,
    )


def _plainly(sent: bytes | Raw) -> UserWire | None:
    try:
        return _USER.decode(sent)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def handle(value: Any) -> str | None:
    """Return a handle without its @."""
    found = word(value)
    return (found[1:].strip() or None) if found and found[0] == "@" else found


def name(value: Any) -> str | None:
    """Return a name that is one: not empty, not masked."""
    found = word(value)
    return found if found and (found[0] != MASK or found.strip(MASK)) else None


def avatar(user: UserWire) -> str | None:
    """Return the picture under whichever name it came."""
    for told in (
        user.profile_picture_url,
        user.profile_picture,
        user.avatar,
        user.avatar_url,
        user.sender_avatar_url,
    ):
        if told is not None and (found := address(told)) is not None:
            return found
    return None


def level(value: Any) -> int | None:
    """Return a gifter level: 1 to 50; people who never gave have none."""
    found = whole(value)
    return found if found is not None and 1 <= found <= HIGHEST_LEVEL else None


def badges(user: UserWire) -> tuple[Badge, ...]:
    """Return the badges; the old flags become badges where no badge says the same."""
    found = [badge(mark) for mark in (user.badges or user.user_badges or ())[:MOST_BADGES]]
    for kind, flag in (("moderator", user.is_moderator), ("subscriber", user.is_subscriber)):
        if flag is not None and truth(flag) and all(mark.kind != kind for mark in found):
            found.append(Badge(kind=kind))
    return tuple(found)


def badge(mark: BadgeWire | str) -> Badge:
    """Return a badge; plain texts are what the old development kit had."""
    if isinstance(mark, str):
        return _badge("", mark[:LONGEST_BADGE], None)
    label = mark.name if type(mark.name) is str else word(mark.name) or ""
    image = address(mark.url) or ""
    colour = mark.colors.get("primary") if isinstance(mark.colors, dict) else None
    return _badge(image, label[:LONGEST_BADGE], colour[:LONGEST_BADGE] if isinstance(colour, str) else None)


@lru_cache(maxsize=2_048)
def _badge(image: str, label: str, colour: str | None) -> Badge:
    """Return the badge; a room has few different ones, on many lines."""
    label = label.strip()
    if label:
        kind = "level" if label.isdigit() else "fan"
    else:
        kind = "moderator" if "moderator" in image.casefold() else "subscriber"
    return Badge(kind=kind, text=label or None, image=image or None, colour=badge_colour(colour))
