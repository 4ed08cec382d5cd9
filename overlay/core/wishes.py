"""Which board a widget wants: by its own words, before anybody knows where it is to be had.

Regions are free text: a code such as `US+`, a country's code, or a slug such as `north-america`. The two lists here are
suggestions and spellings, never a check.
"""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

CODE: Final = re.compile(r"^[A-Za-z+]{2,6}$")

SLUGS: Final[dict[str, tuple[str, ...]]] = {
    "US+": ("united-states-region", "north-america"),
    "CA": ("canada", "north-america"),
    "UK+": ("united-kingdom-region", "united-kingdom"),
    "DE+": ("germany",),
    "FR+": ("france",),
    "ES+": ("spain",),
    "IT+": ("italy",),
    "PT+": ("portugal",),
    "HU+": ("hungary",),
    "SE+": ("sweden",),
    "NL": ("netherlands",),
    "PL": ("poland",),
    "RO": ("romania",),
    "BK": ("balkans",),
    "GR": ("greece", "balkans"),
    "RU": ("russia",),
    "TR": ("turkey",),
    "MENA": ("saudi-arabia",),
    "SA": ("saudi-arabia",),
    "EG": ("egypt",),
    "IQ": ("iraq",),
    "MA": ("morocco",),
    "NG": ("nigeria",),
    "ZA": ("south-africa",),
    "PK": ("pakistan",),
    "IN": ("india",),
    "JP": ("japan",),
    "KR": ("south-korea",),
    "TW": ("taiwan",),
    "BC": ("broader-china",),
    "ID": ("indonesia", "southeast-asia"),
    "MY": ("malaysia", "southeast-asia"),
    "PH": ("philippines", "southeast-asia"),
    "TH": ("thailand", "southeast-asia"),
    "VN": ("vietnam", "southeast-asia"),
    "SEA": ("southeast-asia",),
    "AU+": ("australia",),
    "BR": ("brazil",),
    "LATAM": ("latam",),
    "MX": ("mexico", "latam"),
    "AR": ("argentina", "latam"),
    "CO": ("colombia", "latam"),
    "CL": ("chile", "latam"),
    "PE": ("peru", "latam"),
}
"""A region's code, and what the website may call it, the likeliest first."""

_CODES: Final[dict[str, str]] = {slug: code for code, slugs in reversed(SLUGS.items()) for slug in slugs}

LABELS: Final[dict[int, str]] = {2000 - 100 * step: f"{'ABCD'[step // 5]}{step % 5 + 1}" for step in range(20)}
"""The whole ladder of league classes, as put together from all that is written about it."""

NAMED: Final = {"diamond": 2000, "platinum": 1000, "gold": 600, "silver": 300, "bronze": 100}
COUNTRIES: Final[dict[str, str]] = {
    **dict.fromkeys(("AL", "BA", "BG", "GR", "ME", "MK", "RS", "XK"), "BK"),
    **dict.fromkeys(("CN", "HK"), "BC"),
}
"""Countries that have no board of their own, and the region that has them, as far as it is documented."""
_BY_LABEL: Final = {label: class_type for class_type, label in LABELS.items()}


class Wish(Struct, frozen=True, kw_only=True):
    """A ranking: `region` and `league` None are the creator's own; `of` is whose gifters, `game` None all games."""

    board: str = "region"
    region: str | None = None
    league: str | None = None
    period: str = "daily"
    of: str | None = None
    game: str | None = None

    @property
    def name(self) -> str:
        """What this board is called between the widgets of a room and whoever asks for it."""
        parts = [self.board, self.region or ""]
        if self.board == "league":
            parts.append(self.league or "")
        elif self.board == "gifters":
            parts += [self.period, self.of or ""]
        elif self.game is not None:
            parts.append(self.game)
        return "|".join(parts)


class SalesWish(Struct, frozen=True, kw_only=True):
    """A board of live sellers. `date` None is the last finished day, week or month."""

    region: str = "US"
    date_type: str = "day"
    date: str | None = None
    category: int | None = None
    order: str = "units_sold"
    page: int = 1
    size: int = 10

    @property
    def name(self) -> str:
        """What this board is called between the widgets of a room and whoever asks for it."""
        told = (self.region, self.date_type, self.date or "", self.category or "", self.order, self.page, self.size)
        return "|".join(("sellers", *map(str, told)))


def is_slug(region: str) -> bool:
    """Whether a region is written as the website does; `japan` is, `US+` and `us` are not."""
    if region in _CODES:
        return True
    return CODE.match(region) is None or (len(region) > 4 and region.islower())


def code_of(region: str) -> str:
    """A region's code: a known slug becomes one, everything else is taken as it stands."""
    return _CODES.get(region, region if is_slug(region) else region.upper())


def codes(region: str) -> tuple[str, ...]:
    """A region's code and its other spelling: GB+ and UK+, with and without plus, a country and its region."""
    code = code_of(region)
    if code in COUNTRIES:
        return (code, COUNTRIES[code])
    if code in {"GB", "UK", "GB+", "UK+"}:
        return (code, "UK+") if code != "UK+" else ("UK+", "GB+")
    return (code, code.removesuffix("+") if code.endswith("+") else f"{code}+")


def exact(region: str) -> str:
    """A region's code in the spelling that the lists have, where nothing tells which one is right."""
    known = codes(region)
    if known[0].endswith("+"):
        return known[0]  # so it was told
    return COUNTRIES.get(known[0]) or next((code for code in known if code in SLUGS), known[0])


def one_name(region: str) -> str:
    """One name for all spellings of a region's board: DE, DE+, de and germany are one, GB+ and UK+ are one.

    A slug that may mean less than its code (greece is a part of BK) or more (north-america) is a board of its own.
    """
    if is_slug(region) and (region not in _CODES or SLUGS[_CODES[region]][0] != region or _CODES[region] in COUNTRIES):
        return region
    known = codes(region)
    return next((code for code in known if code in SLUGS), min(known))


def slugs(region: str) -> tuple[str, ...]:
    """What the website may call a region, likeliest first."""
    if is_slug(region):
        code = _CODES.get(region)
        others = SLUGS[code] if code is not None else ()
        return (region, *(slug for slug in others if slug != region))[:2]
    for code in codes(region):
        if code in SLUGS:
            return SLUGS[code]
    return ()


def class_of(text: str | int | None) -> int | None:
    """A league class, from its number, its label (A1) or its name (Diamond)."""
    if text is None:
        return None
    word = str(text).strip()
    if word.isdecimal() and len(word) <= 4:
        return int(word)
    return _BY_LABEL.get(word.upper()) or NAMED.get(word.casefold())
