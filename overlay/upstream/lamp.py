"""A creator's light: which state it shows, since when, and who is told when it changes. It decides nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable

from overlay.core.liveness import State

LOG = logging.getLogger("overlay.upstream.live")


class Lamp:
    """The light of one creator."""

    def __init__(self, creator_id: str, now_ms: Callable[[], int], told: Callable[[str, State, str], None]) -> None:
        self._creator_id, self._now_ms, self._told = creator_id, now_ms, told
        self.state: State = "offline"
        self.reason = "not known yet whether the creator is live"
        self.since_ms = now_ms()

    def show(self, handle: str, state: State, reason: str) -> None:
        """Shows this from now on; tells it if it is news."""
        if (state, reason) == (self.state, self.reason):
            return
        if state != self.state:
            self.since_ms = self._now_ms()
            level = logging.WARNING if state in {"refused", "limited"} else logging.INFO
            LOG.log(level, "creator=%s %s: %s", handle, state, reason)
        self.state, self.reason = state, reason
        self._told(self._creator_id, state, reason)
