"""Big gifts to others, told by the firehose: which a widget shows, and the one filter that lets all of these in.

A whale is shown and never counted: the live socket of whoever received it counts it. Nothing is asked here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

from msgspec import Meta, Struct

from overlay.core.widget import END, Shared
from overlay.core.wishes import class_of, codes, exact

if TYPE_CHECKING:
    from collections.abc import Iterable

    from overlay.core.facts import WhaleHeard

Mode = Literal["global", "region", "league"]
RegionCode = Annotated[str, Meta(pattern=r"^([A-Za-z+]{2,6}|[a-z0-9-]{2,60})" + END)]
LEAGUE_FROM: Final = 30_000
"""Smaller gifts come without a class: a filter by league would keep them back unseen."""
LeagueName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9]{1,20}" + END)]


class Whaling(Shared, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The options of widgets that may show whales, too: from how many diamonds on (0: none), and whose."""

    whales: Annotated[int, Meta(ge=0, le=10**9)] = 0
    whales_of: Literal["ours", "everybody"] = "ours"
    whales_region: RegionCode | None = None
    whales_league: LeagueName | None = None

    def catches(self, whale: WhaleHeard) -> bool:
        """Whether this widget shows it."""
        if not 0 < self.whales <= whale.diamonds or (self.whales_of == "ours" and not whale.ours):
            return False
        if self.whales_region is not None and whale.region not in codes(self.whales_region):
            return False
        return self.whales_league is None or class_of(whale.league) == class_of(self.whales_league)


class Net(Struct, frozen=True, kw_only=True):
    """What the firehose is asked to send: the smallest filter through which everything comes that somebody shows."""

    mode: Mode = "global"
    region: str | None = None
    league: str | None = None
    min_diamonds: int = 1

    def params(self) -> dict[str, str | int]:
        """The filter in the service's own words."""
        told = {"region": self.region, "league": self.league}
        words: dict[str, str | int] = {"mode": self.mode, **{name: word for name, word in told.items() if word}}
        return words | {"min_diamonds": self.min_diamonds}


def net(wanted: Iterable[Whaling]) -> Net | None:
    """The one filter for all these widgets; None if none of them shows whales."""
    asking = [options for options in wanted if options.whales > 0]
    if not asking:
        return None
    least = min(options.whales for options in asking)
    regions = {options.whales_region and exact(options.whales_region) for options in asking}
    leagues = {options.whales_league and options.whales_league.upper() for options in asking}
    region, league = (one.pop() if len(one) == 1 else None for one in (regions, leagues))
    if region is None:
        return Net(min_diamonds=least)
    if league is None or least < LEAGUE_FROM:
        return Net(mode="region", region=region, min_diamonds=least)
    return Net(mode="league", region=region, league=league, min_diamonds=least)
