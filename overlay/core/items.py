"""What happened, as alerts and feed show it: one item a gift combo, a follow, a goal reached; and the log of the last.

A combo grows in place under one id. The log knows no option and shows nothing in time; the alert queue does that.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType
from msgspec.structs import asdict

from overlay.core import facts
from overlay.core.facts import Fact, Who
from overlay.core.identity import NOBODY
from overlay.core.moving import UNTOLD
from overlay.core.people import User
from overlay.core.scene import GiftCard
from overlay.core.strip import Strip

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from overlay.core.scene import Scene
    from overlay.core.whales import Whaling

Words = Callable[["Item"], str | None]
What = Literal["gift", "follow", "share", "subscribe", "superfan", "envelope", "goal", "milestone", "summary"]
EVERYTHING: Final[list[What]] = [
    "gift", "follow", "share", "subscribe", "superfan", "envelope", "goal", "milestone", "summary",
]  # fmt: skip
DEEDS: Final[dict[type[Fact], What]] = {
    facts.Followed: "follow",
    facts.Shared: "share",
    facts.Subscribed: "subscribe",
    facts.SuperFanned: "superfan",
}
_EVERY: Final = frozenset(EVERYTHING)
KEPT: Final = 100
"""Items kept of each kind: a flood of gifts never pushes the follows out."""

LONGEST: Final = 50
"""No view shows more items."""

_encode: Final = msgspec.json.Encoder().encode


class Part(Struct, frozen=True, gc=False):
    """So many of one kind, of what a summary sums up."""

    what: What
    count: int


class Item(Struct, kw_only=True, omit_defaults=True, gc=False):
    """One thing that happened. `who` None: nobody is named."""

    id: str
    what: What
    at_ms: int
    who: Who | None = None
    gift_id: str | None = None
    gift_name: str | None = None
    picture: str | None = None
    count: int | None = None
    people: int | None = None
    diamonds: int | None = None
    running: bool = False
    text: str | None = None
    parts: list[Part] | None = None
    test: bool = False
    to: str | None = None  # a gift to another creator: a whale


class Logged(Item, kw_only=True):
    """An item of the log, with its view as it was made, and written, for one look of the scene."""

    shown: Raw | None = None
    words: str | None = None
    look: int = -1
    number: int = 0  # by which the log's strip knows it


class ItemView(Struct, frozen=True, gc=False):
    """An item as pages and scripts see it. Only a summary has `parts`: pages say them in their own language."""

    id: str
    what: str
    user: User | None
    gift: GiftCard | None
    count: int | None
    people: int | None
    diamonds: int | None
    running: bool
    text: str | None
    at_ms: int
    test: bool
    parts: list[Part] | UnsetType = UNSET


def told(item: Item, scene: Scene, text: str | None = None) -> Raw:
    """The item as `show` makes it, in JSON: of the log's each is written once, for views that repeat fifty of them."""
    if not isinstance(item, Logged):
        return Raw(_encode(show(item, scene, text)))
    kept = item.shown
    if kept is not None and item.look == scene.look and item.words == text:
        return kept
    made = Raw(_encode(show(item, scene, text)))
    item.shown, item.words, item.look = made, text, scene.look
    return made


def listed(items: Iterable[Item], scene: Scene, words: Words | None = None) -> Raw:
    """Items as a list in JSON, perhaps in the owner's words."""
    return Raw(_encode([told(item, scene, None if words is None else words(item)) for item in items]))


def show(item: Item, scene: Scene, text: str | None = None) -> ItemView:
    """The item with the newest of its person, in the owner's words if there are any."""
    return ItemView(
        id=item.id,
        what=item.what,
        user=scene.user(item.who) if item.who is not None else None,
        gift=scene.gift(item.gift_id, item.gift_name, item.picture) if item.gift_id is not None else None,
        count=item.count,
        people=item.people,
        diamonds=item.diamonds,
        running=item.running,
        text=item.text if text is None else text,
        at_ms=item.at_ms,
        test=item.test,
        parts=UNSET if item.parts is None else item.parts,
    )


def read(fact: Fact) -> Item | None:
    """The item that a fact is, or None for one that nobody is told of."""
    what = DEEDS.get(type(fact))
    if what is not None:
        return _deed(fact, what, getattr(fact, "who", None))
    match fact:
        case facts.Credit():
            return gift(fact, fact.count, (fact.count - fact.units) * fact.price + fact.diamonds)
        case facts.WhaleHeard():
            return whale(fact)
        case facts.EnvelopeDropped():
            return _deed(fact, "envelope", fact.who, id=f"envelope-{fact.envelope_id}", diamonds=fact.diamonds)
        case facts.GoalReached():
            name = f"goal-{fact.widget}-{fact.target}-{fact.at_ms}"
            return _deed(fact, "goal", None, id=name, count=fact.target, text=fact.label or None)
        case facts.MilestoneReached():
            return _deed(fact, "milestone", fact.who, text=fact.text or None)
        case _:
            return None


def gift(fact: facts.Credit, count: int, diamonds: int) -> Item:
    """A gift, for so many of it."""
    return Item(
        id=fact.combo,
        what="gift",
        at_ms=fact.at_ms,
        who=named(fact.who),
        gift_id=fact.gift_id,
        gift_name=fact.gift_name,
        picture=fact.picture,
        count=count,
        diamonds=diamonds,
        running=fact.running,
        test=fact.test,
    )


def whale(fact: facts.WhaleHeard) -> Item:
    """A big gift to another creator, who is named in the text."""
    return Item(
        id=fact.id,
        what="gift",
        at_ms=fact.at_ms,
        who=named(fact.giver),
        gift_id=fact.gift_id,
        gift_name=fact.gift_name,
        picture=fact.picture,
        diamonds=fact.diamonds,
        text=f"@{fact.to}",
        test=fact.test,
        to=fact.to,
    )


def named(who: Who | None) -> Who | None:
    """The person, unless the frame named nobody."""
    return None if who is None or who.key == NOBODY else who


def _deed(fact: Fact, what: What, who: Who | None, **more: Any) -> Item:
    more.setdefault("id", f"{what}-{who.id if who else NOBODY}-{fact.at_ms}")
    return Item(what=what, at_ms=fact.at_ms, who=named(who), test=fact.test, **more)


def is_everything(events: Collection[str], whaling: Whaling | None) -> bool:
    """Whether every item of the room is wanted, and no other."""
    return _EVERY.issubset(events) and not (whaling is not None and whaling.whales)


class Log:
    """The last of everything, for one room: the state of alerts and feed."""

    __slots__ = (
        "_all", "_combos", "_kept", "_number", "_serial", "_strip", "_whales",
    )  # fmt: skip

    ignores = UNTOLD

    def __init__(self) -> None:
        """Nothing has happened."""
        self._all: deque[Logged] = deque(maxlen=KEPT)
        self._kept: dict[str, deque[tuple[int, Item]]] = {what: deque(maxlen=KEPT) for what in EVERYTHING}
        self._whales: deque[tuple[int, Item, facts.WhaleHeard]] = deque(maxlen=KEPT)  # apart: not all want them
        self._combos: dict[str, Logged] = {}
        self._strip: Strip[Logged] = Strip(LONGEST)
        self._serial = self._number = 0

    def fold(self, fact: Fact, _scene: Scene) -> bool:
        """Write it down."""
        if isinstance(fact, facts.ComboEnded):
            known = self._combos.get(fact.combo)
            if known is None or not known.running:
                return False
            known.running = False
            self._renew(known)
            return True
        if isinstance(fact, facts.Credit) and (known := self._combos.get(fact.combo)) is not None:
            self._grow(known, fact)
            return True
        if isinstance(fact, facts.Credit) and not fact.first:
            return False  # of a combo that has left the log: it does not come back as if it had just begun
        item = read(fact)
        if item is not None and isinstance(fact, facts.WhaleHeard):
            self._serial += 1
            self._whales.append((self._serial, item, fact))
        elif item is not None:
            self._add(item)
        return item is not None

    def _grow(self, item: Logged, fact: facts.Credit) -> None:
        item.count, item.running = fact.count, fact.running
        item.diamonds = (item.diamonds or 0) + fact.diamonds
        item.who = named(fact.who)
        item.gift_name, item.picture = fact.gift_name or item.gift_name, fact.picture or item.picture
        self._renew(item)

    def _renew(self, item: Logged) -> None:
        item.shown = None
        self._strip.note(item.number, item)

    def _add(self, item: Item) -> None:
        kept = self._kept[item.what]
        if len(kept) == KEPT:
            self._combos.pop(kept[0][1].id, None)
        self._serial += 1
        self._number += 1
        logged = Logged(**asdict(item), number=self._number)
        kept.append((self._serial, logged))
        self._all.append(logged)
        self._strip.note(logged.number, logged)
        if item.what == "gift":
            self._combos[item.id] = logged

    def wake(self) -> int | None:
        """Time alone changes nothing here."""
        return None

    def tell(
        self, events: Collection[str], most: int, whaling: Whaling, scene: Scene, words: Words | None = None
    ) -> Raw:
        """The last items as `last` picks them, in JSON: from the strip, but for a choice or the owner's own words."""
        if words is None and most <= LONGEST and is_everything(events, whaling):
            self._strip.tell(scene.look, lambda item: _encode(show(item, scene)), self._newest)
            return self._strip.last(most)
        return listed(self.last(events, most, whaling), scene, words)

    def _newest(self) -> dict[int, Logged]:
        return {item.number: item for item in islice(self._all, max(0, len(self._all) - LONGEST), None)}

    def last(self, events: Collection[str], most: int, whaling: Whaling | None = None) -> list[Item]:
        """The last items of these kinds, oldest first; whales among them where they are wanted."""
        if most <= KEPT and is_everything(events, whaling):
            return [*islice(self._all, max(0, len(self._all) - most), None)]
        ends = [list(kept)[-most:] for what, kept in self._kept.items() if kept and what in events]
        if whaling is not None and whaling.whales and self._whales and "gift" in events:
            caught = [(serial, item) for serial, item, whale in self._whales if whaling.catches(whale)]
            ends.append(caught[-most:])
        together = ends[0] if len(ends) == 1 else list(merge(*ends, key=lambda entry: entry[0]))
        return [item for _, item in together[-most:]]
