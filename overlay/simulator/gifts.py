"""The gift catalogue of the simulated TikTok: names, prices, and which gifts can be held down. Holds no state."""

from __future__ import annotations

from typing import NamedTuple

FULL_USD = 100


class Gift(NamedTuple):
    """One row of the catalogue."""

    id: int
    name: str
    price: int
    streakable: bool

    @property
    def slug(self) -> str:
        """Name its picture."""
        return "".join(char if char.isalnum() else "_" for char in self.name.lower())

    @property
    def gift_type(self) -> int:
        """Tell TikTok's type: 1 can be held down, the big ones are 4, the rest 2."""
        if self.streakable:
            return 1
        return 4 if self.price >= BIG else 2


BIG = 10_000
#: Reserved for frames without any id: nobody gives it in another way, so no two honest frames ever look alike.
KEEPSAKE = Gift(6064, "Keepsake Ribbon", 10, streakable=True)

CATALOGUE: tuple[Gift, ...] = (
    Gift(5655, "Rose", 1, streakable=True),
    Gift(5269, "TikTok", 1, streakable=True),
    Gift(7501, "Heart Me", 1, streakable=True),
    Gift(6247, "GG", 1, streakable=True),
    Gift(5827, "Ice Cream Cone", 1, streakable=True),
    Gift(9947, "Cake Slice", 1, streakable=True),
    Gift(6097, "Football", 1, streakable=True),
    Gift(5760, "Weights", 1, streakable=True),
    Gift(5487, "Finger Heart", 5, streakable=True),
    Gift(6064 + 1, "Friendship Bracelet", 10, streakable=True),
    KEEPSAKE,
    Gift(5658, "Perfume", 20, streakable=True),
    Gift(5879, "Doughnut", 30, streakable=True),
    Gift(8243, "Bubble Tea", 49, streakable=True),
    Gift(5659, "Paper Crane", 99, streakable=True),
    Gift(6104, "Cap", 99, streakable=True),
    Gift(6427, "Hat and Moustache", 99, streakable=True),
    Gift(6671, "Love You", 99, streakable=True),
    Gift(5585, "Confetti", 100, streakable=True),
    Gift(5660, "Hand Hearts", 100, streakable=True),
    Gift(5509, "Sunglasses", 199, streakable=True),
    Gift(5586, "Hearts", 199, streakable=True),
    Gift(8417, "Lucky Pig", 199, streakable=True),
    Gift(6267, "Corgi", 299, streakable=True),
    Gift(6007, "Boxing Gloves", 299, streakable=True),
    Gift(9072 + 3, "Rosa", 449, streakable=True),
    Gift(7168, "Money Gun", 500, streakable=False),
    Gift(5897, "Swan", 699, streakable=False),
    Gift(5978, "Train", 899, streakable=False),
    Gift(7934, "Galaxy", 1000, streakable=False),
    Gift(6090, "Fireworks", 1088, streakable=False),
    Gift(6820, "Whale Diving", 2150, streakable=False),
    Gift(5765, "Motorcycle", 2988, streakable=False),
    Gift(6563, "Meteor Shower", 3000, streakable=False),
    Gift(6646, "Leon the Kitten", 4888, streakable=False),
    Gift(5983, "Private Jet", 4999, streakable=False),
    Gift(6089, "Sports Car", 7000, streakable=False),
    Gift(8391, "Interstellar", 10_000, streakable=False),
    Gift(8912, "Rosa Nebula", 15_000, streakable=False),
    Gift(6751, "TikTok Shuttle", 20_000, streakable=False),
    Gift(7319, "Phoenix", 25_999, streakable=False),
    Gift(6369, "Lion", 29_999, streakable=False),
    Gift(9072, "TikTok Universe", 34_999, streakable=False),
)

BY_ID: dict[int, Gift] = {gift.id: gift for gift in CATALOGUE}
SMALL: tuple[Gift, ...] = tuple(gift for gift in CATALOGUE if gift.price <= 5)
MEDIUM: tuple[Gift, ...] = tuple(g for g in CATALOGUE if 20 <= g.price <= 449)
LARGE: tuple[Gift, ...] = tuple(g for g in CATALOGUE if 500 <= g.price <= 7000)
HUGE: tuple[Gift, ...] = tuple(gift for gift in CATALOGUE if gift.price >= BIG)
GALLERY: tuple[Gift, ...] = (BY_ID[5586], BY_ID[5487], BY_ID[5655], BY_ID[5660], BY_ID[6369])


def row(gift: Gift, icon: str) -> dict[str, object]:
    """Write a catalogue row as the sample and the country list do."""
    return {
        "id": str(gift.id),
        "name": gift.name,
        "icon_url": icon,
        "diamond_count": gift.price,
        "value_usd": gift.price / FULL_USD,
    }
