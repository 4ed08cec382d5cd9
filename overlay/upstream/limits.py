"""What a key may do, as `/webcast/rate_limits` says.

Read at the start, after 5 minutes, then every 15, and after every limit that was hit. It also notices requests that
were not ours. What follows from the limits is decided elsewhere.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from overlay.core.answers import rate_limits
from overlay.core.budget import Limits, foreign_requests, socket_cap, tier_of
from overlay.upstream.rest import Rest

LOG = logging.getLogger("overlay.upstream")
PATH = "/webcast/rate_limits"
RETRY_S = 60.0
FOREIGN_FROM = 5
FOREIGN = (
    "the key's requests are used up without requests of this server: another program uses the key, or TikTool "
    "charges relayed events"
)


class LimitsWatch:
    """The limits of one key."""

    def __init__(
        self, rest: Rest, *, now_ms: Callable[[], int], every_s: tuple[float, ...], news: Callable[[], None]
    ) -> None:
        self._rest, self._now_ms, self._every_s, self._news = rest, now_ms, every_s, news
        self._wanted = asyncio.Event()
        self._strange = 0
        self.known: Limits | None = None
        self.remark: str | None = None

    @property
    def cap(self) -> int:
        """How many sockets the key may have."""
        return socket_cap(self.known)

    @property
    def tier(self) -> str | None:
        """The tier's name in our words."""
        found = tier_of(self.known.tier) if self.known else None
        return found.name if found else None

    def ask_soon(self) -> None:
        """A limit was hit."""
        self._wanted.set()

    async def run(self) -> None:
        """Follows them as long as the key is good."""
        waits = iter(self._every_s)
        wait = next(waits)
        while self._rest.stopped is None:
            try:
                async with asyncio.timeout(wait if self.known else min(wait, RETRY_S)):
                    await self._wanted.wait()
                await self._until_rest_speaks()
            except TimeoutError:
                wait = next(waits, self._every_s[-1])
            self._wanted.clear()
            await self.read()

    async def _until_rest_speaks(self) -> None:
        until = self._rest.waits_until_ms
        await asyncio.sleep(max(1.0, (until - self._now_ms()) / 1000 if until else 0.0))

    async def read(self) -> None:
        """Asks for tier and caps; without an answer the last ones hold."""
        own = self._rest.own_requests() + 1
        limits = rate_limits(await self._rest.get(PATH))
        if limits is not None:
            self.known = limits
            self._look_for_others(limits, own)
        self._news()

    def _look_for_others(self, limits: Limits, own: int) -> None:
        """Requests that we did not make, twice in a row and not just a few."""
        many = foreign_requests(limits, own) > max(FOREIGN_FROM, own)
        self._strange = self._strange + 1 if many else 0
        if self._strange >= 2 and self.remark is None:
            LOG.warning("%s", FOREIGN)
        self.remark = FOREIGN if self._strange >= 2 else None
