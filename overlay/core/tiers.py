"""The owner's words and tiers for alerts: which tier a gift is of, and a text with its slots filled.

Words only. How long a card stands and whether it is shown at all is the queue's and the options'.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final

from msgspec import Meta, Struct

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from overlay.core.items import Item, What
    from overlay.core.scene import Scene

_SLOT: Final = re.compile(r"\{(name|gift|count|diamonds|people|text)\}")
Text = Annotated[str, Meta(max_length=500)]
Seconds = Annotated[float, Meta(ge=0, le=600)]


class Tier(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How gifts of one kind, or from so many diamonds on, are shown."""

    gift: Annotated[str, Meta(max_length=100)] | None = None
    min_diamonds: Annotated[int, Meta(ge=0, le=10**9)] | None = None
    text: Text | None = None
    picture: Text | None = None
    sound: Text | None = None
    show_s: Seconds | None = None

    def fits(self, item: Item) -> bool:
        """Whether this is the tier of a gift."""
        if self.gift is not None:
            return self.gift.casefold() in (item.gift_id, (item.gift_name or "").casefold())
        return (item.diamonds or 0) >= (self.min_diamonds or 0)


def first_fit(tiers: Sequence[Tier], item: Item) -> Tier | None:
    """The first tier that a gift is of; only gifts have tiers."""
    return next((tier for tier in tiers if tier.fits(item)), None) if item.what == "gift" else None


def words(item: Item, tiers: Sequence[Tier], texts: Mapping[What, str], scene: Scene) -> str | None:
    """The owner's text for an item, or None. All slots are filled at once, so a name that holds one stays a name."""
    if not (tiers or texts):
        return None
    tier = first_fit(tiers, item)
    template = (tier.text if tier is not None else None) or texts.get(item.what)
    if not template:
        return None
    values = {
        "name": scene.user(item.who).name if item.who is not None else None,
        "gift": scene.gift(item.gift_id, item.gift_name, None).name if item.gift_id is not None else None,
        "count": item.count,
        "diamonds": item.diamonds,
        "people": item.people,
        "text": item.text,
    }
    return _SLOT.sub(lambda slot: "" if (value := values[slot[1]]) is None else str(value), template)
