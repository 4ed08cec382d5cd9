"""Taking a person out of what was written: names, handle, picture, mentions. Pure: values in, values out.

It works on plain values (maps, lists, texts) and so on every body there is, whichever struct it was made from. What
points to a person without naming them, their number at TikTok, stays: sums hang on it.
"""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec
from msgspec import Struct, field

NAMES: Final = frozenset({
    "name", "nickname", "handle", "avatar", "sec_uid", "uniqueId", "secUid", "displayName", "display_id", "displayId",
    "profilePictureUrl", "profilePicture", "avatarThumb", "avatarMedium", "avatarLarger", "picture", "avatarUrl",
    "bioDescription", "unique_id", "sec_user_id", "avatar_thumb", "profile_picture",
})  # fmt: skip
"""What a person's map may hold that names or shows them, in our structs and in TikTok's frames."""

SHORTEST: Final = 3
"""Handles below this length are no handles of TikTok's; replacing them in texts would spoil other words."""


class About(Struct):
    """What is known of the person who is to be forgotten."""

    marks: set[str] = field(default_factory=set)  # their keys and ids, as they stand alone in a map or list
    handles: set[str] = field(default_factory=set)
    words: set[str] = field(default_factory=set)  # names and picture addresses
    keys: dict[str, str] = field(default_factory=dict)  # keys that are names themselves -> what stands there instead

    def needles(self) -> list[bytes]:
        """Byte strings, one of which every body has that needs a look."""
        texts = {*self.marks, *self.handles, *self.words, *self.keys}
        return sorted(text.encode() for text in texts if text)

    def mention(self) -> re.Pattern[str] | None:
        """`@handle` in a text, in any case."""
        handles = sorted(handle for handle in self.handles if len(handle) >= SHORTEST)
        if not handles:
            return None
        return re.compile(rf"@(?:{'|'.join(map(re.escape, handles))})(?!\w|\.\w)", re.IGNORECASE)


class Scrubber:
    """Takes one person out of values."""

    def __init__(self, about: About) -> None:
        """Who is to be forgotten."""
        self._about = about
        self._mention = about.mention()
        self._lower = {handle.lower() for handle in about.handles}

    def value(self, value: Any) -> Any:
        """The same value without the person; the very same object if they are not in it."""
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, dict):
            return self._map(value)
        if isinstance(value, list):
            return self._list(value)
        return value

    def _text(self, text: str) -> str:
        for key, instead in self._about.keys.items():
            if key in text:
                text = text.replace(key, instead)
        return self._mention.sub("@…", text) if self._mention is not None and "@" in text else text

    def _map(self, value: dict[Any, Any]) -> dict[Any, Any]:
        about_them = any(self._is_them(key, part) for key, part in value.items())
        new: dict[Any, Any] = {}
        changed = False
        for key, part in value.items():
            right = self._text(key) if isinstance(key, str) else key
            if about_them and key in NAMES:
                changed = True
                continue
            fresh = self.value(part)
            new[right] = fresh
            changed = changed or fresh is not part or right != key
        return new if changed else value

    def _is_them(self, key: Any, part: Any) -> bool:
        if not isinstance(part, str | int) or isinstance(part, bool):
            return False
        if str(part) in self._about.marks:
            return True
        return key in ("handle", "uniqueId", "unique_id") and str(part).lower() in self._lower

    def _list(self, value: list[Any]) -> list[Any]:
        about_them = any(isinstance(part, str) and part in self._about.marks for part in value)
        known = {*self._about.handles, *self._about.words}
        new = ["" if about_them and isinstance(part, str) and part in known else self.value(part) for part in value]
        return value if all(a is b for a, b in zip(new, value, strict=True)) else new

    def packed(self, body: bytes) -> bytes | None:
        """The same for msgpack; None if nothing changes or it is no msgpack."""
        try:
            value = msgspec.msgpack.decode(body)
        except msgspec.MsgspecError:
            return None
        new = self.value(value)
        return None if new is value else msgspec.msgpack.encode(new)

    def json(self, body: str | bytes) -> bytes | None:
        """The same for JSON."""
        try:
            value = msgspec.json.decode(body)
        except msgspec.MsgspecError:
            return None
        new = self.value(value)
        return None if new is value else msgspec.json.encode(new)
