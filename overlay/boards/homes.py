"""Where a creator belongs: the region and league class of those whose widgets say "their own".

Asked of TikTool once in a while, and kept on disk, so that a start without TikTool shows the last board. A creator
whose place cannot be had gets a sentence instead of a board. It never guesses a region.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct, structs

from overlay.boards.plans import REFRESH_S, brackets, ladder
from overlay.core.ranks import own_row, read_brackets, read_ladder
from overlay.core.wishes import class_of, codes

if TYPE_CHECKING:
    from collections.abc import Callable

    from overlay.boards.sources import Account, Cache, Want
    from overlay.core.answers import Profile
    from overlay.core.wishes import Wish

LOG = logging.getLogger("overlay.boards")
KEPT: Final = "board-homes"
MOST: Final = 500
FRESH_MS: Final = 6 * 3_600_000
RETRY_MS: Final = 600_000
SOON_MS: Final = 60_000
"""Asking for a profile that this plan does not have costs nothing: the no is remembered where it was heard."""
NO_KEY: Final = "there is no TikTool key to ask with: enter one on the settings page"
REFUSED: Final = "TikTool does not accept the key"
SILENT: Final = "TikTool did not tell this creator's region just now; it is asked again in a minute, or set it"
PROFILE: Final = "/webcast/user_profile"
BROKEN: Final = "this creator's region could not be looked for"
NO_REGION: Final = (
    "TikTool does not tell this creator's region (that needs its plan Ultra, and a creator in a league): set it"
)
NO_CLASS: Final = "TikTool does not tell this creator's league class: set it"


class Home(Struct, frozen=True, kw_only=True):
    """A place, or why there is none; good for a while."""

    region: str | None = None
    class_type: int | None = None
    problem: str | None = None
    until_ms: int = 0

    def same(self, other: Home) -> bool:
        """Whether it is the same place."""
        return (self.region, self.class_type) == (other.region, other.class_type)


class Homes:
    """The own places of all creators whose widgets ask for them."""

    def __init__(self, cache: Cache, now_ms: Callable[[], int], found: Callable[[], None]) -> None:
        """Nothing is read yet; `found` is told whenever a place was looked for."""
        self._cache, self._now_ms, self._found = cache, now_ms, found
        self._homes: dict[str, Home] = {}
        self._searches: dict[str, asyncio.Task[None]] = {}
        self._read: asyncio.Task[None] | None = None

    @property
    def busy(self) -> bool:
        """Whether a place is being looked for."""
        return bool(self._searches) or (self._read is not None and not self._read.done())

    def of(self, want: Want, wish: Wish, account: Account | None) -> Home | None:
        """The place as found last; it is searched for when that is too old. None as long as nothing is known."""
        if self._read is None:
            self._read = asyncio.create_task(self._restore(), name="homes of creators")
        if not self._read.done():
            return None
        place = f"{want.source} {want.handle} {wish.name}"
        known = self._homes.get(place)
        if account is None:
            return known or Home(problem=NO_KEY)
        if (known is None or known.until_ms <= self._now_ms()) and place not in self._searches:
            task = asyncio.create_task(self._search(place, account, want.handle, wish), name="home of a creator")
            self._searches[place] = task
        return known

    async def _search(self, place: str, account: Account, handle: str, wish: Wish) -> None:
        old = self._homes.get(place)
        try:
            found = await find(account, handle, wish, self._now_ms)
        except Exception:
            LOG.exception("the region of a creator could not be looked for; please report this")
            found = Home(problem=BROKEN, until_ms=self._now_ms() + RETRY_MS)
        finally:
            self._searches.pop(place, None)
        if found.region is None and old is not None and old.region is not None:
            found = structs.replace(old, until_ms=found.until_ms)
        self._homes[place] = found
        self._found()
        if found.region is not None and (old is None or not found.same(old)):
            await self._cache.put(KEPT, msgspec.to_builtins(dict(list(self._homes.items())[-MOST:])))

    async def _restore(self) -> None:
        """Places of before the start: good enough until TikTool is asked, which is at once."""
        try:
            kept = msgspec.convert(await self._cache.get(KEPT) or {}, dict[str, Home])
        except msgspec.ValidationError:
            kept = {}
        self._homes = {place: structs.replace(home, until_ms=0) for place, home in kept.items() if home.region}
        self._found()

    async def stop(self) -> None:
        """End every search."""
        tasks = [*self._searches.values(), *([self._read] if self._read is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def is_known(wish: Wish) -> bool:
    """Whether a wish says all that is needed to ask for it."""
    if wish.board == "gifters" or (wish.league is not None and class_of(wish.league) is None):
        return True
    return wish.region is not None and (wish.board != "league" or class_of(wish.league) is not None)


def told(wish: Wish) -> Home:
    """The place that a wish itself says."""
    if wish.league is not None and class_of(wish.league) is None:
        return Home(problem=f"there is no league class {wish.league!r}")
    region = wish.region or ("GLOBAL" if wish.board == "gifters" else None)
    return Home(region=region, class_type=class_of(wish.league))


async def find(account: Account, handle: str, wish: Wish, now_ms: Callable[[], int]) -> Home:
    """The place of a creator, for this wish."""
    profile = await account.people.profile(handle)
    league = profile.league if profile is not None and profile.league is not None and profile.league.found else None
    region = wish.region or (league.region if league is not None else None)
    if region is None:
        silent = profile is None and account.rest.available(PROFILE)
        why = REFUSED if account.rest.stopped else SILENT if silent else NO_REGION
        return Home(problem=why, until_ms=now_ms() + SOON_MS)
    class_type = class_of(wish.league)
    if wish.board == "league" and class_type is None:
        if league is not None and league.region in codes(region):
            class_type = class_of(league.class_type)
        if class_type is None:
            class_type = await _search(account, handle, profile, region, now_ms())
        if class_type is None:
            return Home(problem=NO_CLASS, until_ms=now_ms() + RETRY_MS)
    return Home(region=region, class_type=class_type, until_ms=now_ms() + FRESH_MS)


async def _search(account: Account, handle: str, profile: Profile | None, region: str, now_ms: int) -> int | None:
    """The class in which the creator is found, else the highest that the region has."""
    for ask in brackets(region):
        reply = await account.rest.ask("GET", ask.path, params=ask.params, site=ask.site)
        found = read_brackets(reply.body, now_ms, REFRESH_S["league"] * 1000) if reply.ok else {}
        for class_type, ranks in found.items():
            if own_row(ranks, profile.id if profile is not None else None, handle) is not None:
                return class_type
        if found:
            break
    ask = ladder(region)
    reply = await account.rest.ask("GET", ask.path, site=ask.site)
    rungs = read_ladder(reply.body) if reply.ok else None
    return rungs[0].class_type if rungs else None
