"""Where a creator belongs: the region and league class of those whose widgets say "their own".

Asked of TikTool once in a while; a creator whose place cannot be had gets a sentence instead of a board. It never
guesses a region.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from overlay.boards.plans import REFRESH_S, brackets, ladder
from overlay.core.ranks import own_row, read_brackets, read_ladder
from overlay.core.wishes import class_of, codes

if TYPE_CHECKING:
    from collections.abc import Callable

    from overlay.boards.sources import Account
    from overlay.core.answers import Profile
    from overlay.core.wishes import Wish

FRESH_MS: Final = 6 * 3_600_000
RETRY_MS: Final = 600_000
NO_REGION: Final = (
    "TikTool does not tell this creator's region (it needs a higher plan, or they are in no league): set it"
)
NO_CLASS: Final = "TikTool does not tell this creator's league class: set it"


class Home(Struct, frozen=True, kw_only=True):
    """A place, or why there is none; good for a while."""

    region: str | None = None
    class_type: int | None = None
    problem: str | None = None
    until_ms: int = 0


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
        return Home(problem=NO_REGION, until_ms=now_ms() + RETRY_MS)
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
