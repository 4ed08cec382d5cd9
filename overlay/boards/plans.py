"""Where a ranking is to be had, and how often: for each wish its roads, the preferred first, each with its spellings.

Pure tables and look-ups; nothing is asked here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from msgspec import Struct

from overlay.core.budget import DAY_S, tier_of
from overlay.core.wishes import LABELS, codes, is_slug, one_name, slugs

if TYPE_CHECKING:
    from overlay.core.budget import Limits
    from overlay.core.wishes import Wish

SHARE: Final = 0.25
"""All boards together stay below this share of a key's requests."""
LEAST_S: Final = 10
REFRESH_S: Final = {
    "region": 60,
    "league": 300,
    "gaming": 300,
    "shopping": 300,
    "gifters": 300,
    "gaming_movers": 300,
    "region_movers": 300,
}
PLANS: Final = {
    "region": "Pro (or Ultra for ids and pictures)",
    "league": "Ultra",
    "gaming": "Global Agency",
    "shopping": "Global Agency",
    "gifters": "Global Agency",
    "gaming_movers": "Global Agency",
    "region_movers": "Global Agency",
}
"""Which plan shows a board whole, as far as it is documented."""
PATHS: Final = {
    "gaming": "/webcast/ranklist/gaming",
    "shopping": "/webcast/ranklist/shopping",
    "gaming_movers": "/webcast/ranklist/gaming_movers",
    "region_movers": "/webcast/ranklist/region_movers",
}
BRACKETS: Final = "/webcast/leaderboard/leagues"


class Ask(Struct, frozen=True, kw_only=True):
    """One question by GET; `site` is the website's host."""

    path: str
    params: dict[str, str] = {}
    site: bool = False


class Plan(Struct, frozen=True, kw_only=True):
    """How to get one ranking."""

    board: str
    title: str
    roads: tuple[tuple[Ask, ...], ...]
    ladder: Ask | None = None
    region: str | None = None
    which: str = ""  # of the boards of a region: the class, the period, or whose

    @property
    def key(self) -> str:
        """What tells it from every other ranking, however its region is spelt."""
        return f"{self.board}|{one_name(self.region or '')}|{self.which}"


def plan(wish: Wish, region: str, class_type: int | None) -> Plan:
    """The plan for a wish whose region and class are known."""
    match wish.board:
        case "region":
            return Plan(board="region", title=f"region {region}", roads=_region(region), region=region)
        case "league":
            label = LABELS.get(class_type or 0, str(class_type))
            return Plan(
                board="league",
                title=f"league {region} {label}",
                roads=_league(region, class_type or 0),
                ladder=ladder(region),
                region=region,
                which=str(class_type),
            )
        case "gifters":
            return _gifters(wish, region)
        case other:
            asks = tuple(Ask(path=PATHS[other], params={"region": code}) for code in codes(region))
            return Plan(board=other, title=f"{other.replace('_', ' ')} {region}", roads=(asks,), region=region)


def ladder(region: str) -> Ask:
    """Which classes a region has."""
    return Ask(path=f"/api/leaderboards/leagues/{quote(codes(region)[0], safe='')}", site=True)


def brackets(region: str) -> tuple[Ask, ...]:
    """All classes of a region at once: large."""
    return tuple(Ask(path=BRACKETS, params={"region": code}) for code in codes(region))


def _region(region: str) -> tuple[tuple[Ask, ...], ...]:
    data = tuple(Ask(path="/webcast/leaderboard", params={"region": code}) for code in codes(region))
    site = tuple(Ask(path=f"/api/leaderboards/country/{quote(slug, safe='')}", site=True) for slug in slugs(region))
    if is_slug(region):
        return (site, data) if codes(region)[0].isupper() else (site,)
    return (data, site) if site else (data,)


def _league(region: str, class_type: int) -> tuple[tuple[Ask, ...], ...]:
    told = str(class_type)
    data = tuple(
        Ask(path="/webcast/leaderboard/league", params={"region": code, "class": told}) for code in codes(region)
    )
    site = tuple(
        Ask(path=f"/api/leaderboards/league/{quote(code, safe='')}/{told}", site=True) for code in codes(region)
    )
    return (data, site)


def _gifters(wish: Wish, region: str) -> Plan:
    if wish.of is not None:
        ask = Ask(path="/api/gifters/top", params={"creator": wish.of, "limit": "50"}, site=True)
        return Plan(board="gifters", title=f"gifters of {wish.of}", roads=((ask,),), which=f"of {wish.of}")
    asks = tuple(
        Ask(path="/api/gifters/leaderboard", params={"region": code, "period": wish.period, "limit": "100"}, site=True)
        for code in (("GLOBAL",) if region == "GLOBAL" else codes(region))
    )
    title = f"gifters {region} {wish.period}"
    return Plan(board="gifters", title=title, roads=(asks,), region=region, which=wish.period)


def pace_s(refresh_s: int, load: int, limits: Limits | None, limit: int | None, remaining: int | None) -> float:
    """How often a board may be asked for so that all of them, `load` requests a round, fit into the key's requests."""
    tier = tier_of(limits.tier) if limits else None
    per_minute = (limits.per_minute if limits else None) or limit or (tier.per_minute if tier else None)
    needed: list[float] = [LEAST_S, refresh_s]
    if per_minute:
        needed.append(load * 60 / (SHARE * per_minute))
    if tier is not None:
        needed.append(load * DAY_S / (SHARE * tier.per_day))
    scarce = per_minute is not None and remaining is not None and remaining < per_minute / 5
    return max(needed) * (2 if scarce else 1)
