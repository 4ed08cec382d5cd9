"""What a view may know of its room beside its own state: people, the creator, the stream.

One scene per room, kept by the room; states and stages read it, they never change it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Raw, Struct

from overlay.core.people import People, User

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

    from overlay.core.facts import Who


MOST_SHOWN: Final = 2_000
"""People that are remembered as they are shown."""
ASK_AGAIN_MS: Final = 30_000
"""Pictures that have not come are asked for again so long after they were shown to be missing."""


class GiftCard(Struct, frozen=True, gc=False):
    """A gift as views show it: `image` is an address on this server or None."""

    id: str
    name: str
    image: str | None


_encode: Final = msgspec.json.Encoder().encode


class Scene:
    """The room's surroundings. `picture` turns TikTok's picture address into ours, or None while we have none."""

    __slots__ = (
        "_lacked_ms", "_lacking", "_shown", "_told", "_written", "caption_source", "caption_target",
        "creator", "gift_pictures", "handle", "look", "owner_id", "people", "picture", "stream",
        "stream_began_ms", "stream_ended_ms", "title", "zone",
    )  # fmt: skip

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
        self.look = 0  # grows when what was shown may look different: whoever kept a part of a view makes it anew
        self._lacking = False  # whether a picture was asked for that is not here
        self._lacked_ms: int | None = None
        self._shown: dict[str, tuple[Who, User]] = {}
        self._written: dict[str, tuple[Who, Raw]] = {}  # by key, as `_shown`
        self._told: dict[tuple[object, ...], Raw] = {}

    def learn(self, who: Who) -> None:
        """The newest of a person, who may look different now."""
        if not self.people.learn(who):
            return
        before = self._shown.get(who.key)
        if before is None:
            return
        made = self._show(who)
        self._shown[who.key] = (who, made)
        if made != before[1]:
            self.look += 1

    def merge(self, weak: str, strong: str) -> None:
        """Two keys are one person."""
        self.people.merge(weak, strong)
        self.draw_anew()

    def draw_anew(self) -> None:
        """A picture has come, or many: nothing that was made before is shown again."""
        self.look += 1
        self._shown.clear()
        self._written.clear()
        self._told.clear()
        self._lacking, self._lacked_ms = False, None

    def begin(self, at_ms: int) -> None:
        """A view is about to be made. What still has no picture asks for it anew now and then, not each time."""
        if not self._lacking:
            return
        if self._lacked_ms is None:
            self._lacked_ms = at_ms
        elif not 0 <= at_ms - self._lacked_ms < ASK_AGAIN_MS:
            self.draw_anew()

    def user(self, who: Who) -> User:
        """The person as a view shows them: newest name and picture, ours."""
        return self._person(self.people.newest(who))

    def told_by_key(self, key: str) -> Raw:
        """The same as `user_by_key`, in JSON: boards tell the same few people again and again."""
        known = self.people.by_key(key)
        if known is None:
            return Raw(_encode(self.user_by_key(key)))
        kept = self._written.get(known.key)
        if kept is None or kept[0] is not known:
            user = self._person(known)  # first: it may have all that is kept made anew
            kept = self._written[known.key] = (known, Raw(_encode(user)))
        return kept[1]

    def user_by_key(self, key: str) -> User:
        """The person behind a board's key; a forgotten one has no name any more."""
        known = self.people.by_key(key)
        return User(key, None, "", None, None, key.startswith("anon:")) if known is None else self._person(known)

    def _person(self, known: Who) -> User:
        kept = self._shown.get(known.key)
        if kept is not None and kept[0] is known:
            return kept[1]
        made = self._show(known)
        if len(self._shown) >= MOST_SHOWN:
            self.draw_anew()
        self._shown[known.key] = (known, made)
        return made

    def _show(self, known: Who) -> User:
        avatar = self.image(known.avatar) if not known.anonymous else None
        return User(
            id=known.id,
            handle=None if known.anonymous else known.handle,
            name=known.name,
            avatar=avatar,
            level=known.level,
            anonymous=known.anonymous,
        )

    def told(self, known_by: tuple[object, ...], make: Callable[[], User]) -> Raw:
        """Somebody in JSON who is made of all that `known_by` holds, and of our pictures: once for this look."""
        kept = self._told.get(known_by)
        if kept is None:
            kept = Raw(_encode(make()))
            if len(self._told) >= MOST_SHOWN:
                self._told.clear()
            self._told[known_by] = kept
        return kept

    def image(self, address: str | None) -> str | None:
        """Our address of any picture of TikTok's, or None."""
        if not address:
            return None
        ours = self.picture(address)
        if ours is None:
            self._lacking = True
        return ours

    def gift(self, gift_id: str, name: str | None, address: str | None) -> GiftCard:
        """The gift as a view shows it."""
        return GiftCard(gift_id, name or "", self.image(address or self.gift_pictures.get(gift_id)))
