"""What one creator's captions cost: minutes of the month, kept over restarts, and what TikTool says is left.

It counts and remembers; whether a socket may be open is decided elsewhere. It never opens or closes a socket.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from msgspec import Struct

from overlay.core.minutes import Meter, Told, is_low, month_of
from overlay.upstream.shared import Shared

CaptionState = Literal["off", "idle", "connecting", "live", "limited", "refused"]


class CaptionStatus(Struct, frozen=True, kw_only=True):
    """The captions part of a creator's status. Minutes; None is not known."""

    state: CaptionState = "off"
    reason: str = ""
    used: float | None = None
    remaining: float | None = None
    total: float | None = None
    low: bool = False
    month_minutes: float = 0.0
    max_minutes: int | None = None


class Purse:
    """The caption minutes of one creator."""

    def __init__(self, creator_id: str, shared: Shared) -> None:
        self._shared, self._name = shared, f"caption-minutes-{creator_id}"
        self._meter = Meter()
        self.total: float | None = None
        self.used: float | None = None
        self.low = False

    @property
    def minutes(self) -> float:
        """Minutes used this month."""
        return self._meter.minutes

    def opened(self) -> None:
        """A connection begins to cost."""
        self._meter.opened(self._month(), self._shared.time())

    def closed(self) -> None:
        """It costs no more."""
        self._meter.closed(self._shared.time())

    def turn(self) -> None:
        """Looks whether a new month began."""
        self._meter.turn(self._month())

    def told(self, seen: Told, *, alone: bool) -> bool:
        """A frame about credits; True when little is left for the first time."""
        self.total = seen.total if seen.total is not None else self.total
        if seen.used is not None:
            self.used = seen.used
            self._meter.credits(seen.used, self._shared.time(), alone=alone)
        if seen.remaining is None:
            return False
        low, before = seen.low or is_low(seen.remaining, self.total), self.low
        self.low = low
        return low and not before

    def by_clock(self) -> bool:
        """Counts by the clock if no frame did for too long; True if it had to."""
        if not self._meter.blind_for(self._shared.time(), self._shared.timing.credits_s):
            return False
        self._meter.by_clock(self._shared.time())
        return True

    async def recall(self) -> None:
        """What was used this month before the program began."""
        kept = await self._shared.cache.get(self._name)
        minutes = kept.get("minutes") if isinstance(kept, dict) and kept.get("month") == self._month() else None
        if isinstance(minutes, (int, float)):
            self._meter = Meter(month=self._month(), minutes=float(minutes))

    async def remember(self) -> None:
        """Keeps it on disk."""
        await self._shared.cache.put(self._name, {"month": self._meter.month, "minutes": self._meter.minutes})

    def _month(self) -> str:
        now = datetime.fromtimestamp(self._shared.now_ms() / 1000, UTC)
        return month_of(now.year, now.month)
