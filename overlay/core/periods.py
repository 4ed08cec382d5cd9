"""Where a day, a week and a month begin in the creator's time zone, and what their keys are called.

Keys: `stream:<id>`, `day:2026-11-21`, `week:2026-11-16` (its Monday), `month:2026-11`, `all`, `since:<ms>`.
It reads no clock: the time comes in.
"""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from typing import Final, Literal

Name = Literal["stream", "today", "week", "month", "all"]

NAMES: Final[tuple[Name, ...]] = ("stream", "today", "week", "month", "all")
CALENDAR: Final[tuple[Name, ...]] = ("today", "week", "month")
NO_STREAM: Final = "stream:"


def _midnight(day: datetime, zone: tzinfo) -> int:
    """The first moment of a local day, also where a clock change skips midnight."""
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000)


class Calendar:
    """The running day, week and month: keys, beginnings, and when the day ends. It only ever moves forward."""

    __slots__ = ("_zone", "began_ms", "ends_ms", "keys")

    def __init__(self, zone: tzinfo, at_ms: int) -> None:
        """Stand in the day of `at_ms`."""
        self._zone = zone
        self.keys: dict[Name, str] = {}
        self.began_ms: dict[Name, int] = {}
        self.ends_ms = 0
        self.turn(at_ms)

    def turn(self, at_ms: int) -> tuple[Name, ...]:
        """Go to the day of `at_ms`; the names of the periods that are new."""
        if at_ms < self.ends_ms:
            return ()
        day = datetime.fromtimestamp(at_ms / 1000, self._zone)
        monday = day - timedelta(days=day.weekday())
        first = day.replace(day=1)
        keys: dict[Name, str] = {
            "today": f"day:{day:%Y-%m-%d}",
            "week": f"week:{monday:%Y-%m-%d}",
            "month": f"month:{day:%Y-%m}",
        }
        new = tuple(name for name in CALENDAR if keys[name] != self.keys.get(name))
        self.keys = keys
        self.began_ms = {
            "today": _midnight(day, self._zone),
            "week": _midnight(monday, self._zone),
            "month": _midnight(first, self._zone),
        }
        self.ends_ms = max(_midnight(day + timedelta(days=1), self._zone), at_ms + 1)
        return new
