"""Alert cards: one item waiting for its turn, grown by its combos, merged with its like, or folded into a summary.

Arithmetic only: what goes into a card is in it exactly once. Whose turn it is, the queue decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct, field

from overlay.core import items
from overlay.core.items import Item, Part, What

if TYPE_CHECKING:
    from collections.abc import Iterable

    from overlay.core.facts import Credit

BIG_GIFT: Final = 1_000
"""Diamonds from which a gift is of class 1."""

CLASSES: Final[dict[What, int]] = {
    "goal": 1, "milestone": 1, "subscribe": 2, "superfan": 2, "envelope": 2, "gift": 3, "summary": 3,
    "follow": 4, "share": 4,
}  # fmt: skip
NOUNS: Final[dict[str, tuple[str, str]]] = {
    "gift": ("gift", "gifts"), "follow": ("follow", "follows"), "share": ("share", "shares"),
    "subscribe": ("subscription", "subscriptions"), "superfan": ("super fan", "super fans"),
    "envelope": ("treasure box", "treasure boxes"), "goal": ("goal", "goals"), "milestone": ("milestone", "milestones"),
}  # fmt: skip
MOST_COMBOS: Final = 20
"""Ended combos that a card still knows, for steps that come late."""

MOST_PEOPLE: Final = 2_000
"""People that a summary tells apart; beyond that it says no more of them."""


class Card(Struct, kw_only=True, omit_defaults=True, gc=False):
    """An item with what it was made of. `folded` is the class that a summary stands for."""

    item: Item
    combos: dict[str, bool] = field(default_factory=dict)  # combo -> still open
    tallies: dict[What, int] = field(default_factory=dict)  # a summary's: how many of what
    people: set[str] = field(default_factory=set)  # a summary's
    folded: int | None = None
    n: int = 0  # by which it is kept while it waits, in the order of coming

    @property
    def rank(self) -> int:
        """The class: 1 is shown first."""
        if self.item.what == "gift" and (self.item.diamonds or 0) >= BIG_GIFT:
            return 1
        return CLASSES[self.item.what]

    @property
    def place(self) -> str:
        """Under which name it waits: gifts of one kind from one person under the same."""
        item = self.item
        if item.what == "gift" and item.who is not None and item.to is None:
            return f"{item.who.key} {item.gift_id} {item.test}"
        return f"{item.what} {item.id}"

    def step(self, fact: Credit) -> None:
        """A combo of this card goes on."""
        self.item.count = (self.item.count or 0) + fact.units
        self.item.diamonds = (self.item.diamonds or 0) + fact.diamonds
        self.item.gift_name = fact.gift_name or self.item.gift_name
        self.item.picture = fact.picture or self.item.picture
        self._hold(fact.combo, is_open=fact.running)

    def end(self, combo: str) -> bool:
        """A combo of this card is over; True if that is news."""
        was = self.combos.get(combo, False)
        if was:
            self._hold(combo, is_open=False)
        return was

    def merge(self, other: Card) -> None:
        """More of the same from the same: the newer card goes into the one that waits."""
        self.item.count = (self.item.count or 0) + (other.item.count or 0)
        self.item.diamonds = (self.item.diamonds or 0) + (other.item.diamonds or 0)
        self.item.who, self.item.at_ms = other.item.who, min(self.item.at_ms, other.item.at_ms)
        for combo, is_open in other.combos.items():
            self._hold(combo, is_open=is_open)

    def _hold(self, combo: str, *, is_open: bool) -> None:
        self.combos.pop(combo, None)
        self.combos[combo] = is_open
        if len(self.combos) > MOST_COMBOS:
            over = next((name for name, running in self.combos.items() if not running), None)
            if over is not None:
                del self.combos[over]
        self.item.running = any(self.combos.values())

    def fold_in(self, cards: Iterable[Card]) -> None:
        """Take cards into this summary."""
        for card in cards:
            item = card.item
            self.item.at_ms = min(self.item.at_ms, item.at_ms)
            self.item.diamonds = (self.item.diamonds or 0) + (item.diamonds or 0)
            given = card.tallies or {item.what: (item.count or 1) if item.what == "gift" else 1}
            for what, many in given.items():
                self.tallies[what] = self.tallies.get(what, 0) + many
            keys = card.people or ({item.who.key} if item.who is not None else set())
            if len(self.people) < MOST_PEOPLE:
                self.people |= keys
        self.item.count = sum(self.tallies.values())
        self.item.people = len(self.people)
        self.item.parts = [Part(what, many) for what, many in self.tallies.items()]
        self.item.text = summary_text(self.tallies, len(self.people))


def summary(name: str, at_ms: int, rank: int) -> Card:
    """An empty summary for cards of one class."""
    item = Item(id=name, what="summary", at_ms=at_ms, count=0, people=0, diamonds=0)
    return Card(item=item, folded=rank)


def summary_text(tallies: dict[What, int], people: int) -> str:
    """What a summary says in plain English, for scripts: "38 gifts from 12 people", "9 follows"."""
    parts = [f"{many:,} {NOUNS[what][many != 1]}" for what, many in tallies.items()]
    line = ", ".join(parts)
    if "gift" not in tallies or people == 0:
        return line
    return f"{line} from {people:,} {'person' if people == 1 else 'people'}"


def of_gift(fact: Credit, *, whole: bool) -> Card:
    """A card for a combo: all of it, or only this step where the steps before had a card of their own."""
    if whole:
        made = items.gift(fact, fact.count, (fact.count - fact.units) * fact.price + fact.diamonds)
    else:
        made = items.gift(fact, fact.units, fact.diamonds)
        made.id = f"{fact.combo}-{fact.count}"
    return Card(item=made, combos={fact.combo: fact.running})
