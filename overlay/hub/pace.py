"""How often a widget is sent: so many times a second at most, with one to spare for what comes close after another.

Even gaps alone would let a chat line wait for nearly a whole gap because another came just before it, in a second that
has no third. It reads no clock.
"""

from __future__ import annotations


class Pace:
    """At most `hz` in any second."""

    def __init__(self, hz: float) -> None:
        """Below two a second there is nothing to spare."""
        self._spare = hz >= 2
        self._gap_s = 1 / (hz - 1) if self._spare else 1 / hz

    def sent(self, now_s: float, spent_s: float) -> tuple[float, float]:
        """After one was sent now: from when the next may be, and up to when the allowance is spent."""
        spent_s = max(now_s, spent_s) + self._gap_s
        return spent_s - self._gap_s * self._spare, spent_s
