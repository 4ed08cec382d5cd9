"""What a gift frame says of itself: price, count, who gets it, and whether it may be held down.

Where the frame says nothing the catalogue does. It fetches nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from overlay.core.events import Gift

STREAKABLE: Final = 1
_USER_ID: Final = re.compile(r"[0-9]{17,20}")
LARGEST: Final = 2**31 - 1
"""Of a count or a price: what two of these multiply to still fits into 64 bits."""


class Listing(Struct, frozen=True, kw_only=True):
    """A gift in the catalogue."""

    price: int
    streakable: bool | None = None
    name: str | None = None
    picture: str | None = None


def is_streakable(gift: Gift, listing: Listing | None) -> bool:
    """Whether it may be held down; what nobody knows may be."""
    if gift.gift_type:
        return gift.gift_type == STREAKABLE
    return listing is None or listing.streakable is not False


def price_of(gift: Gift, listing: Listing | None) -> int:
    """Diamonds of one; 0 is unknown."""
    if gift.price is not None and gift.price > 0:
        return min(gift.price, LARGEST)
    return max(0, listing.price) if listing is not None else 0


def units_of(gift: Gift) -> int:
    """The running count of the combo."""
    return min(max(1, gift.count), LARGEST)


def recipient_of(gift: Gift, owner_id: str | None) -> str | None:
    """The guest that a gift goes to, or None for the creator. A group that looks like a person's id is one."""
    to = gift.to
    if to is None and gift.group_id is not None and _USER_ID.fullmatch(gift.group_id):
        to = gift.group_id
    return to if to != owner_id else None
