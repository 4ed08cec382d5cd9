"""How many creators are live, by region: one question for all rankings of a key, once a minute at most.

Only asked beside a board whose own answer does not say it. An old count is forgotten, never shown.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from overlay.boards.plans import pace_s
from overlay.core.ranks import read_live_counts
from overlay.core.wishes import codes

if TYPE_CHECKING:
    from collections.abc import Callable

    from overlay.boards.sources import Account

LOG = logging.getLogger("overlay.boards")
PATH: Final = "/webcast/live-counts"
REFRESH_S: Final = 60
GOOD_MS: Final = 600_000
AGAIN_MS: Final = 300_000
PATIENCE_S: Final = 2.0
"""So long a board waits for its count; without one it is a board all the same."""


class Counts:
    """The live counts of one side."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        """Nothing is known."""
        self._now_ms = now_ms
        self._counts: dict[str, int] = {}
        self._got_ms = self._next_ms = 0
        self._etag: str | None = None
        self._asked: Account | None = None
        self._task: asyncio.Task[None] | None = None

    async def of(self, account: Account, region: str, load: int) -> int | None:
        """How many are live in a region, in whichever spelling; None where nobody says, or not soon enough."""
        if self._task is None and (self._next_ms <= self._now_ms() or self._asked is not account):
            self._task = asyncio.create_task(self._ask(account, load), name="live counts")
            self._task.add_done_callback(self._over)
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=PATIENCE_S)
        if self._now_ms() - self._got_ms > GOOD_MS:
            return None
        return next((self._counts[code] for code in codes(region) if code in self._counts), None)

    def _over(self, task: asyncio.Task[None]) -> None:
        self._task = None
        if not task.cancelled() and task.exception() is not None:
            LOG.error("the live counts broke the reader; please report this", exc_info=task.exception())
            self._next_ms = self._now_ms() + AGAIN_MS

    async def stop(self) -> None:
        """End the question."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _ask(self, account: Account, load: int) -> None:
        if self._asked is not account:
            self._asked, self._etag = account, None
        reply = await account.rest.ask("GET", PATH, etag=self._etag)
        now_ms = self._now_ms()
        found = read_live_counts(reply.body) if reply.ok and not reply.sample else {}
        if found or reply.outcome == "same":
            self._counts, self._got_ms = found or self._counts, now_ms
            self._etag = reply.etag or self._etag
            pace = pace_s(REFRESH_S, load, account.limits.known, account.rest.limit, account.rest.remaining)
            self._next_ms = now_ms + int(pace * 1000)
        else:
            self._next_ms = max(now_ms + AGAIN_MS, reply.until_ms or 0)
