"""The server's one clock: the wall clock at start plus the monotonic clock, so that it never jumps by itself.

It follows the machine's clock only when that is off by more than two seconds, and only when somebody asks it to
(between streams, or with a new `hello` to every page).
"""

from __future__ import annotations

import time
from typing import Final

OFF_MS: Final = 2_000


class Clock:
    """Milliseconds since 1970 that never go back by themselves."""

    def __init__(self) -> None:
        """Take the wall clock as it is now."""
        self._base_ms = time.time() * 1000 - time.monotonic() * 1000

    def now_ms(self) -> int:
        """The server's time."""
        return int(self._base_ms + time.monotonic() * 1000)

    def off_ms(self) -> int:
        """How far the machine's clock has gone from ours."""
        return int(time.time() * 1000 - (self._base_ms + time.monotonic() * 1000))

    def anchor(self) -> bool:
        """Follow the machine's clock if it is off by more than two seconds; True if that moved us."""
        if abs(self.off_ms()) <= OFF_MS:
            return False
        self._base_ms = time.time() * 1000 - time.monotonic() * 1000
        return True
