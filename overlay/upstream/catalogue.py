"""TikTool's gift catalogue: kept on disk, refreshed when a gift is unknown, at most hourly.

The sample of lower tiers only fills gaps. Nothing here prices or counts a gift.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import msgspec

from overlay.core.answers import GiftRow, gifts, merged
from overlay.core.prices import Listing
from overlay.upstream.rest import Rest
from overlay.upstream.settings import Cache

LOG = logging.getLogger("overlay.upstream.catalogue")
INFO, COUNTRY = "/webcast/gift_info", "/webcast/gifts_by_country"
HOUR_MS = 3_600_000
FRESH_MS = 24 * HOUR_MS
COUNTRY_MS = 7 * 24 * HOUR_MS
NAME = "gift-catalogue"


class _Kept(msgspec.Struct, kw_only=True):
    """The catalogue as it is kept on disk."""

    asked_ms: int = 0
    countries: dict[str, int] = {}
    sample: bool = False
    gifts: list[GiftRow] = []


class Catalogue:
    """The gifts that one key can see."""

    def __init__(
        self,
        rest: Rest,
        cache: Cache,
        *,
        name: str,
        now_ms: Callable[[], int],
        changed: Callable[[dict[str, Listing]], None],
    ) -> None:
        self._rest, self._cache, self._name, self._now_ms, self._changed = (
            rest,
            cache,
            f"{NAME}-{name}",
            now_ms,
            changed,
        )
        self._kept = _Kept()
        self._tried_ms = 0
        self._gifts: dict[str, GiftRow] = {}
        self._missed: set[str] = set()
        self._wanted = asyncio.Event()
        self.country: str | None = None

    @property
    def sample(self) -> bool:
        """Whether TikTool has only shown its sample so far."""
        return self._kept.sample

    def listings(self) -> dict[str, Listing]:
        """The catalogue as the ledger reads it."""
        return {
            gift.id: Listing(price=gift.diamonds, streakable=gift.streakable, name=gift.name or None, picture=gift.icon)
            for gift in self._gifts.values()
        }

    def missing(self, gift_id: str) -> None:
        """A gift that is not in the catalogue, or has no price, was given."""
        if gift_id not in self._missed:
            self._missed.add(gift_id)
            self._wanted.set()

    def stale(self) -> None:
        """The room's gift panel changed."""
        self._wanted.set()

    async def run(self) -> None:
        """Loads what is kept, and follows: a day when nothing is missing, an hour when something is."""
        await self._load()
        while True:
            age, rest = self._now_ms() - self._kept.asked_ms, self._now_ms() - self._tried_ms
            if rest >= HOUR_MS and (age >= FRESH_MS or self._wanted.is_set()):
                self._wanted.clear()
                await self._refresh()
            elif self._wanted.is_set() or age >= FRESH_MS:
                await asyncio.sleep(max(1.0, (HOUR_MS - rest) / 1000))
            else:
                await self._until_wanted((FRESH_MS - age) / 1000)

    async def _until_wanted(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wanted.wait()
        except TimeoutError:
            return

    async def _load(self) -> None:
        raw = await self._cache.get(self._name)
        try:
            self._kept = msgspec.convert(raw, _Kept) if raw is not None else _Kept()
        except msgspec.ValidationError:
            self._kept = _Kept()
        self._tried_ms = self._kept.asked_ms
        self._gifts = {gift.id: gift for gift in self._kept.gifts}
        if self._gifts:
            self._changed(self.listings())

    async def _refresh(self) -> None:
        """Asks; without an answer it asks again in an hour."""
        self._tried_ms = now = self._now_ms()
        reply = await self._rest.ask("GET", INFO, retries=2)
        if not reply.ok:
            return
        self._kept.asked_ms = now
        rows = gifts(reply)
        if rows:
            self._kept.sample = reply.sample
            self._gifts = merged(self._gifts, rows, sample=reply.sample)
        if rows and not reply.sample:
            await self._ask_country(now)
        self._missed -= self._gifts.keys()
        self._kept.gifts = list(self._gifts.values())
        await self._cache.put(self._name, msgspec.to_builtins(self._kept))
        self._changed(self.listings())

    async def _ask_country(self, now_ms: int) -> None:
        """The only answer that says which gifts are streakable; for keys that see the full catalogue."""
        country = self.country or "US"
        if now_ms - self._kept.countries.get(country, -COUNTRY_MS) < COUNTRY_MS:
            return
        reply = await self._rest.get(COUNTRY, country=country)
        if reply.ok:
            self._kept.countries[country] = now_ms
            self._gifts = merged(self._gifts, gifts(reply), sample=reply.sample)
