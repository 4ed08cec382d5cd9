"""Guesses at the password, counted by address: whoever fails too often must wait. It never sees a password.

This machine itself is held to its own count alone: others' failures cannot lock its owner out.
"""

from __future__ import annotations

from collections import defaultdict, deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from overlay.clock import Clock

GUESSES: Final = ((60_000, 3), (600_000, 5), (3_600_000, 10))
"""Failures that one address may have in a minute, ten minutes, an hour."""
ALL_GUESSES: Final = (600_000, 60)
MOST_ADDRESSES: Final = 10_000


class Guesses:
    """Failures, by address and in all."""

    def __init__(self, clock: Clock) -> None:
        """Nobody has guessed yet."""
        self._clock = clock
        self._failures: dict[str, deque[int]] = defaultdict(lambda: deque(maxlen=20))
        self._all: deque[int] = deque(maxlen=200)

    def wait_ms(self, address: str, *, near: bool) -> int:
        """How long this address must wait before its next guess; 0 if it may guess now."""
        now_ms = self._clock.now_ms()
        waits = [0]
        for span_ms, most in GUESSES:
            recent = [at_ms for at_ms in self._failures[address] if at_ms > now_ms - span_ms]
            if len(recent) >= most:
                waits.append(recent[-most] + span_ms - now_ms)
        span_ms, most = ALL_GUESSES
        recent = [at_ms for at_ms in self._all if at_ms > now_ms - span_ms]
        if len(recent) >= most and not near:
            waits.append(recent[-most] + span_ms - now_ms)
        if len(self._failures) > MOST_ADDRESSES:
            self._failures.clear()
        return max(waits)

    def fail(self, address: str) -> None:
        """Counted before the slow hash, so that many guesses at once are many."""
        now_ms = self._clock.now_ms()
        self._failures[address].append(now_ms)
        self._all.append(now_ms)

    def forgive(self, address: str) -> None:
        """It was the password."""
        self._failures.pop(address, None)
        if self._all:
            self._all.pop()
