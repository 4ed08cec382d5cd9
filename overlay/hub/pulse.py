"""What a creator's frames look like from outside: counts for the status page, the reasons of what could not be read."""

from __future__ import annotations

import logging
from typing import Final

from msgspec import Struct, field

log = logging.getLogger("overlay.hub")

EVERY: Final = 1_000
"""After the first, an unreadable frame is logged only this often per creator and reason."""
KEPT_REASONS: Final = 50


class Pulse(Struct):
    """One creator's counts."""

    creator: str
    events: int = 0
    bad_frames: int = 0
    last_event_ms: int | None = None
    reasons: dict[str, int] = field(default_factory=dict)
    kinds: dict[str, int] = field(default_factory=dict)  # events we do not use

    def bad(self, reason: str) -> None:
        """One frame could not be read."""
        self.bad_frames += 1
        if reason not in self.reasons and len(self.reasons) >= KEPT_REASONS:
            reason = "other"
        count = self.reasons[reason] = self.reasons.get(reason, 0) + 1
        if count == 1 or count % EVERY == 0:
            log.warning("creator=%s a frame could not be read (%d times): %s", self.creator, count, reason)
