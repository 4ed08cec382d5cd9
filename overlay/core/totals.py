"""The sums of one period that belong to nobody in particular, for goals and counters. It only adds."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

import msgspec
from msgspec import Raw, Struct, field

if TYPE_CHECKING:
    from collections.abc import Callable

_pack = msgspec.msgpack.Encoder().encode


class Totals(Struct):
    """What goals and counters show. `likes` follows the room's total, not the sum of people's batches."""

    diamonds: int = 0
    gifts: int = 0
    likes: int = 0
    follows: int = 0
    shares: int = 0
    subscribes: int = 0
    superfans: int = 0
    chats: int = 0
    by_gift: dict[str, int] = field(default_factory=dict)

    def value(self, metric: str) -> int:
        """A metric's sum; `gift:<id>` counts one gift."""
        if metric.startswith("gift:"):
            return self.by_gift.get(metric[5:], 0)
        amount: int = getattr(self, metric, 0)
        return amount


class Kept(Struct):
    """The sums as the store has them, with the part of the gifts written already."""

    diamonds: int
    gifts: int
    likes: int
    follows: int
    shares: int
    subscribes: int
    superfans: int
    chats: int
    by_gift: Raw


_figures: Callable[[Totals], tuple[int, int, int, int, int, int, int, int]] = attrgetter(*Kept.__struct_fields__[:-1])


def write_gifts(totals: Totals) -> Raw:
    """The part that may be long, and that most facts leave as it is."""
    return Raw(_pack(totals.by_gift))


def write(totals: Totals, gifts: Raw) -> bytes:
    """The sums for the store, with that part as it was written."""
    return _pack(Kept(*_figures(totals), gifts))
