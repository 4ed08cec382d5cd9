"""A battle's clock: how far TikTok's clock is from ours, and when the round ends on ours.

The least delayed frame of the last minute tells the offset. The end, once anchored, stays; a frame moves it only when
it differs by more than a second and a half. Nothing here knows phases or scores.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct, field

OFFSET_MS: Final = 60_000
"""How long a frame's delay speaks for the offset between the clocks."""

REANCHOR_MS: Final = 1_500
"""A frame that differs by more than this from the anchored end moves it (extra time)."""

CLOCK_LEAP_MS: Final = 3_600_000
"""A clock that leaps further than this has been set: what was known of it is void."""


class Clock(Struct, kw_only=True):
    """TikTok's clock as seen from here: samples (ours, offset) with falling offsets, the largest first."""

    samples: list[tuple[int, int]] = field(default_factory=list)
    last_server_ms: int | None = None

    @property
    def offset_ms(self) -> int | None:
        """Their clock minus ours, by the least delayed frame; None before the first."""
        return self.samples[0][1] if self.samples else None

    def is_stale(self, server_ms: int | None) -> bool:
        """Whether a frame is older than the last one; a clock that was set back is not."""
        if server_ms is None or self.last_server_ms is None:
            return False
        return 0 < self.last_server_ms - server_ms < CLOCK_LEAP_MS

    def hear(self, server_ms: int, at_ms: int) -> None:
        """Take in the time on a frame."""
        offset = server_ms - at_ms
        if self.samples and abs(offset - self.samples[0][1]) > CLOCK_LEAP_MS:
            self.samples.clear()
        while self.samples and self.samples[-1][1] <= offset:
            self.samples.pop()
        self.samples.append((at_ms, offset))
        while self.samples[0][0] < at_ms - OFFSET_MS:
            self.samples.pop(0)
        self.last_server_ms = server_ms

    def server(self, at_ms: int) -> int:
        """What their clock says at a moment of ours."""
        return at_ms + (self.offset_ms or 0)

    def ours(self, server_ms: int) -> int:
        """When it is on our clock, at a moment of theirs."""
        return server_ms - (self.offset_ms or 0)


class Timing(Struct, kw_only=True):
    """When a round began and ends: `end_server_ms` is the anchor, `ends_ms` what it is on our clock."""

    duration_s: int | None = None
    started_ms: int | None = None
    told: bool = False  # the start was computed from a frame's time, not from when we first heard of the round
    end_server_ms: int | None = None
    ends_ms: int | None = None

    def has_run_out(self, at_ms: int) -> bool:
        """Whether no second is left; unknown is not over."""
        return self.ends_ms is not None and at_ms >= self.ends_ms

    def begin(self, at_ms: int) -> None:
        """The round runs; until a frame tells more, it began now."""
        if self.started_ms is None:
            self.started_ms = at_ms

    def hear(
        self, clock: Clock, at_ms: int, server_ms: int | None, started_ms: int | None, remaining_s: float | None
    ) -> None:
        """Take in a frame's timing fields, after the clock has heard the frame; None is unknown, never 0."""
        if remaining_s is not None:
            now = clock.server(at_ms) if server_ms is None else server_ms
            self._anchor(now + round(remaining_s * 1000), started_ms)
        if self.end_server_ms is None:
            return
        self._place(clock.ours(self.end_server_ms), at_ms)
        if not self.told and self.duration_s and self.ends_ms is not None:
            self.started_ms, self.told = self.ends_ms - self.duration_s * 1000, True

    def _anchor(self, end_ms: int, started_ms: int | None) -> None:
        if started_ms is not None and self.duration_s:
            planned = started_ms + self.duration_s * 1000
            if abs(planned - end_ms) <= REANCHOR_MS:
                end_ms = planned
        if self.end_server_ms is None or abs(end_ms - self.end_server_ms) > REANCHOR_MS:
            self.end_server_ms, self.ends_ms = end_ms, None

    def _place(self, ends_ms: int, at_ms: int) -> None:
        """Follow the offset, but never so that the second on show rises: time given back is given by the page."""
        if self.ends_ms is not None and ends_ms > self.ends_ms:
            shown = max(0, -(-(self.ends_ms - at_ms) // 1000))
            ends_ms = max(self.ends_ms, min(ends_ms, at_ms + shown * 1000)) if shown else self.ends_ms
        self.ends_ms = ends_ms
