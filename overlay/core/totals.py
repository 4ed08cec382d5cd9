"""The sums of one period that belong to nobody in particular, for goals and counters. It only adds."""

from __future__ import annotations

from msgspec import Struct, field


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
