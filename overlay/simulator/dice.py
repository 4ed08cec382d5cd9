"""Chance that repeats: every draw and every id of the simulator comes from here, by seed. It never asks the clock."""

from __future__ import annotations

import hashlib
import random
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")


class Dice(random.Random):
    """A seeded generator with the few questions the plays ask."""

    def chance(self, odds: float) -> bool:
        """Say yes with the given odds."""
        return self.random() < odds

    def pick(self, rows: Sequence[T]) -> T:
        """Take one of the rows."""
        return rows[int(self.random() * len(rows))]

    def span(self, low: int, high: int) -> int:
        """Take a whole number from low to high, both included."""
        return low + int(self.random() * (high - low + 1))

    def gap(self, mean_ms: float) -> int:
        """Wait as people do: mostly short, now and then long, never more than five times the mean."""
        return 1 + int(min(5 * mean_ms, self.expovariate(1 / mean_ms)))


def dice(*parts: object) -> Dice:
    """Make a generator that is the same for the same parts, in every process."""
    return Dice("|".join(map(str, parts)))


def digest(*parts: object) -> bytes:
    """Hash the parts: the ground of every id."""
    return hashlib.blake2b("|".join(map(str, parts)).encode(), digest_size=16).digest()


def digits(*parts: object, length: int = 19, lead: str = "7") -> str:
    """Make an id of digits. It never ends in a zero: ids that do are taken for floating-point losses."""
    number = int.from_bytes(digest(*parts)) % 10 ** (length - len(lead) - 1)
    return f"{lead}{number:0{length - len(lead) - 1}d}{number % 9 + 1}"
