"""Who stands on an alert stage and who waits in line, and how that is kept: part by part, because most do not change.

With all in one, a gift more would write every card that waits. Whose turn it is, the queue decides.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct, field

from overlay.core.cards import Card

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

SLACK: Final = 100
"""Places of combos that may be of nobody any more, before they are sorted out."""

_pack = msgspec.msgpack.Encoder().encode


class Head(Struct, omit_defaults=True):
    """The stage without those who wait: small, and kept anew with every change."""

    card: Card | None = None
    from_ms: int = 0
    until_ms: int = 0
    free_ms: int = 0  # from when the next card may enter
    ready_ms: int = 0  # since when one could have
    last: Card | None = None  # what was shown last
    again: Card | None = None  # to be shown once more, next
    made: int = 0
    paused: bool = False
    muted: bool = False


_head_of = attrgetter(*Head.__struct_fields__)


class Whole(Head, kw_only=True):
    """How it was kept once: all in one."""

    waiting: dict[str, Card] = field(default_factory=dict)


class Waiting(Struct):
    """Somebody who waits, as kept: most of them do not change for minutes."""

    place: str
    card: Card


class Line(Head, kw_only=True):
    """The stage and those who wait, by place and by combo."""

    waiting: dict[str, Card] = field(default_factory=dict)  # by place
    places: dict[str, str] = field(default_factory=dict)  # combo -> place of the waiting card that holds it
    came: int = 0  # the number of the last one who came to wait
    unsaved: dict[int, str] = field(default_factory=dict)  # who waits and has changed: number -> place
    left: dict[int, None] = field(default_factory=dict)  # who waits no longer, and may be kept yet

    # --- keeping ---

    def parts(self) -> dict[str, bytes | None]:
        """What has changed since the last call, by part: the head, and each waiting card under its number."""
        changed: dict[str, bytes | None] = {"": _pack(Head(*_head_of(self)))}
        changed |= {str(n): None for n in self.left}
        for n, place in self.unsaved.items():
            changed[str(n)] = _pack(Waiting(place, self.waiting[place]))
        self.left, self.unsaved = {}, {}
        return changed

    def kept_as(self) -> list[str]:
        """The names of all parts that may be kept."""
        return ["", *(str(card.n) for card in self.waiting.values()), *map(str, self.left)]

    @classmethod
    def whole(cls, parts: Mapping[str, bytes]) -> Self:
        """What `parts` has told, put together again."""
        head = msgspec.msgpack.decode(parts[""], type=Whole)
        queue = cls(**{name: getattr(head, name) for name in Head.__struct_fields__})
        for place, card in head.waiting.items():
            queue._wait(card, place)
        known = [msgspec.msgpack.decode(body, type=Waiting) for name, body in parts.items() if name]
        for one in sorted(known, key=lambda one: one.card.n):
            queue.waiting[one.place], queue.came = one.card, max(queue.came, one.card.n)
            queue.places |= dict.fromkeys(one.card.combos, one.place)
        return queue

    def _wait(self, card: Card, place: str) -> None:
        """Somebody new waits there."""
        self.came += 1
        card.n = self.came
        self.waiting[place] = card
        self._learn(card, place)

    def _learn(self, card: Card, place: str) -> None:
        self.unsaved[card.n] = place
        for combo in card.combos:
            self.places[combo] = place
        known = len(self.places) - SLACK
        if known > 0 and known > 2 * sum(len(one.combos) for one in self.waiting.values()):
            self.places = {combo: name for name, one in self.waiting.items() for combo in one.combos}

    def _remove(self, card: Card) -> None:
        place = next(name for name, one in self.waiting.items() if one is card)
        del self.waiting[place]
        self.unsaved.pop(card.n, None)
        self.left[card.n] = None
        for combo in [combo for combo in card.combos if self.places.get(combo) == place]:
            del self.places[combo]
        if not self.waiting:
            self.places = {}
