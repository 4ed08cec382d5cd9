"""Caption minutes: what the paid socket's frames say of them, and a creator's use in a month.

Minutes are counted from differences of `credits.used`, and by the clock where no credits frame tells. No clock here:
times come in as seconds that only grow.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from overlay.core.replies import number, word

BLIND_S = 90.0
LOW_SHARE = 0.2


class Told(Struct, frozen=True, kw_only=True):
    """What one frame of the captions socket means to its connection; all else in it is the hub's."""

    speech: bool = False
    status: str | None = None
    text: str | None = None
    error: bool = False
    total: float | None = None
    used: float | None = None
    remaining: float | None = None
    low: bool = False


NOTHING = Told()


class _Frame(Struct, frozen=True, rename="camel"):
    type: str = ""
    status: object = None
    message: object = None
    code: object = None
    total: object = None
    used: object = None
    remaining: object = None
    minutes_left: object = None


_DECODER = msgspec.json.Decoder(_Frame)


def told(raw: bytes) -> Told:
    """Reads a frame of the captions socket; what cannot be read means nothing."""
    try:
        frame = _DECODER.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return NOTHING
    match frame.type:
        case "caption" | "translation" | "partial" | "final" | "transcript":
            return Told(speech=True)
        case "status":
            return Told(status=word(frame.status), text=word(frame.message))
        case "error":
            return Told(error=True, text=word(frame.message) or word(frame.code))
        case "credits" | "credits_low":
            return Told(
                total=number(frame.total),
                used=number(frame.used),
                remaining=number(frame.remaining),
                low=frame.type == "credits_low",
            )
        case "minutes" | "hello":
            return Told(remaining=number(frame.minutes_left))
        case _:
            return NOTHING


def is_low(remaining: float | None, total: float | None) -> bool:
    """Whether a fifth or less is left."""
    return remaining is not None and bool(total) and remaining <= LOW_SHARE * (total or 0)


class Meter(Struct, kw_only=True):
    """The minutes one creator used in one month."""

    month: str = ""
    minutes: float = 0.0
    last_used: float | None = None
    counted_s: float | None = None  # up to when the minutes are counted; None: no connection

    def opened(self, month: str, at_s: float) -> None:
        """A connection begins."""
        self.turn(month)
        self.counted_s, self.last_used = at_s, None

    def turn(self, month: str) -> None:
        """A new month begins at nothing."""
        if month != self.month:
            self.month, self.minutes = month, 0.0

    def credits(self, used: float | None, at_s: float, *, alone: bool) -> None:
        """A credits frame: its difference counts, if nobody else uses the allowance and there is one to compare."""
        if self.counted_s is None:
            return
        if alone and used is not None and self.last_used is not None and used >= self.last_used:
            self.minutes += used - self.last_used
            self.counted_s = at_s
        else:
            self.by_clock(at_s)
        self.last_used = used

    def by_clock(self, at_s: float) -> None:
        """Counts the time that no frame accounted for."""
        if self.counted_s is not None:
            self.minutes += max(0.0, at_s - self.counted_s) / 60
            self.counted_s = at_s
            self.last_used = None

    def blind_for(self, at_s: float, seconds: float = BLIND_S) -> bool:
        """Whether no credits frame came for so long that the clock has to count."""
        return self.counted_s is not None and at_s - self.counted_s >= seconds

    def closed(self, at_s: float) -> None:
        """The connection ends."""
        self.by_clock(at_s)
        self.counted_s = None


def month_of(year: int, month: int) -> str:
    """A month's name: 2026-11."""
    return f"{year:04d}-{month:02d}"


def limit_reached(minutes: float, most: int | None) -> bool:
    """Whether the owner's monthly limit is used up."""
    return most is not None and minutes >= most
