"""A line of the transcript as pages see it: text, emotes and badges, with pictures of ours.

Shapes only: which lines are shown, and that a deleted one is not, is decided elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import Raw, Struct

from overlay.core.people import User
from overlay.core.scene import GiftCard

if TYPE_CHECKING:
    from collections.abc import Iterable

    from overlay.core.scene import Scene
    from overlay.core.transcript import Entry

_encode: Final = msgspec.json.Encoder().encode


class TextPart(Struct, frozen=True, gc=False):
    """A piece of text."""

    text: str


class EmotePart(Struct, frozen=True, gc=False):
    """An emote; `image` is ours or null."""

    emote: str
    image: str | None


class BadgeView(Struct, frozen=True, gc=False):
    """A mark beside a name."""

    kind: str
    text: str | None
    image: str | None


class LineView(Struct, frozen=True, kw_only=True, gc=False):
    """A line of chat."""

    id: str
    user: User | None
    parts: list[TextPart | EmotePart]
    at_ms: int
    badges: list[BadgeView]
    reply_to: User | None
    starred: bool


class BetweenView(LineView, frozen=True, kw_only=True):
    """A line in between: what somebody did, for the page's own words."""

    what: str
    gift: GiftCard | None
    count: int | None
    diamonds: int | None


def told(entry: Entry, scene: Scene) -> Raw:
    """A line as pages see it, in JSON; made and written once, until something about it looks different."""
    kept = entry.shown
    if kept is not None and entry.look == scene.look:
        return kept
    made = Raw(_encode(show(entry, scene)))
    entry.shown, entry.look = made, scene.look
    return made


def listed(entries: Iterable[Entry], scene: Scene) -> Raw:
    """Lines as a list in JSON."""
    return Raw(_encode([told(entry, scene) for entry in entries]))


def write(entry: Entry, scene: Scene) -> bytes:
    """A line as `told`, for who keeps it elsewhere."""
    return _encode(show(entry, scene))


def show(entry: Entry, scene: Scene) -> LineView:
    """A line with the newest of its people."""
    common: dict[str, Any] = {
        "id": entry.id,
        "user": scene.user(entry.who) if entry.who is not None else None,
        "parts": [
            TextPart(part.text) if part.text is not None else EmotePart(part.emote or "", scene.image(part.image))
            for part in entry.parts
        ],
        "at_ms": entry.at_ms,
        "badges": [BadgeView(badge.kind, badge.text, scene.image(badge.image)) for badge in entry.badges],
        "reply_to": scene.user(entry.reply_to) if entry.reply_to is not None else None,
        "starred": entry.starred,
    }
    if entry.kind == "chat":
        return LineView(**common)
    gift = None if entry.gift_id is None else scene.gift(entry.gift_id, entry.gift_name, entry.picture)
    return BetweenView(**common, what=entry.kind, gift=gift, count=entry.count, diamonds=entry.diamonds)
