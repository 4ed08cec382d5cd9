"""What a view may know of its room beside its own state: people, the creator, the stream.

One scene per room, kept by the room; states and stages read it, they never change it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from overlay.core.people import People, User

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

    from overlay.core.facts import Who


class GiftCard(Struct, frozen=True):
    """A gift as views show it: `image` is an address on this server or None."""

    id: str
    name: str
    image: str | None


class Scene:
    """The room's surroundings. `picture` turns TikTok's picture address into ours, or None while we have none."""

    def __init__(self, creator: str, handle: str, zone: tzinfo, picture: Callable[[str], str | None]) -> None:
        """Start with nothing known but the creator's handle."""
        self.creator = creator
        self.handle = handle
        self.zone = zone
        self.picture = picture
        self.people = People()
        self.owner_id: str | None = None
        self.stream: str | None = None
        self.stream_began_ms: int | None = None
        self.stream_ended_ms: int | None = None
        self.title: str | None = None
        self.caption_source = "native"  # what the creator has bought: native | captions | off
        self.caption_target: str | None = None  # the creator's one translation target
        self.gift_pictures: dict[str, str] = {}  # gift id -> address at TikTok's, from the catalogue

    def user(self, who: Who) -> User:
        """The person as a view shows them: newest name and picture, ours."""
        return self._show(self.people.newest(who))

    def user_by_key(self, key: str) -> User:
        """The person behind a board's key; a forgotten one has no name any more."""
        known = self.people.by_key(key)
        return User(key, None, "", None, None, key.startswith("anon:")) if known is None else self._show(known)

    def _show(self, known: Who) -> User:
        avatar = self.picture(known.avatar) if known.avatar and not known.anonymous else None
        return User(
            id=known.id,
            handle=None if known.anonymous else known.handle,
            name=known.name,
            avatar=avatar,
            level=known.level,
            anonymous=known.anonymous,
        )

    def image(self, address: str | None) -> str | None:
        """Our address of any picture of TikTok's, or None."""
        return self.picture(address) if address else None

    def gift(self, gift_id: str, name: str | None, address: str | None) -> GiftCard:
        """The gift as a view shows it."""
        return GiftCard(gift_id, name or "", self.image(address or self.gift_pictures.get(gift_id)))
