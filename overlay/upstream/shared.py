"""What all parts of one key's upstream share: addresses, clocks, timings, chance, masking. No behaviour of its own."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

from overlay.config import Bases
from overlay.upstream.masking import Masking
from overlay.upstream.settings import Cache, Timing


class Shared:
    """The surroundings of everything that belongs to one key."""

    def __init__(
        self,
        bases: Bases,
        key: str,
        *,
        now_ms: Callable[[], int],
        masking: Masking,
        timing: Timing,
        cache: Cache,
        rng: random.Random,
        express: bool = True,
    ) -> None:
        self.bases, self.key = bases, key
        self.now_ms, self.masking, self.timing, self.cache, self.rng = now_ms, masking, timing, cache, rng
        self.express = express

    def time(self) -> float:
        """Seconds that only grow."""
        return asyncio.get_running_loop().time()

    def stretched(self, wait_s: float, spread_s: float | None) -> float:
        """A wait with its random part: up to a fifth more, or up to `spread_s` where the table says so."""
        chance = self.rng.random()
        more = wait_s * self.timing.jitter * chance if spread_s is None else spread_s * chance
        return (wait_s + more) * self.timing.scale
