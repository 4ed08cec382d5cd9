"""What a key may do: tiers, sockets at once, requests and how often preflight may ask. Figures only.

`/webcast/rate_limits` outranks the tier table; where neither is known, one socket. Nothing here keeps time.
"""

from __future__ import annotations

import math

from msgspec import Struct

DAY_MS = 86_400_000
DAY_S = 86_400
SHARE = 0.5
"""Preflight stays below this share of a key's requests: boards and profiles live from the rest."""
SHORT_S = 10
"""An interval below this is one for tests: the daily figure then binds only after BURST of it is used."""
BURST = 0.05
BLIND_BATCH = 10


class Tier(Struct, frozen=True, kw_only=True):
    """One column of TikTool's tier table."""

    name: str
    per_minute: int
    per_day: int
    sockets: int
    batch: int  # handles in one bulk_live_check; 1: there is none
    captions: bool = True
    webhooks: int = 0
    profiles: bool = False
    catalogue: bool = False  # the full gift catalogue
    sweep: bool = True


TIERS = {
    "sandbox": Tier(
        name="sandbox", per_minute=5, per_day=2_500, sockets=1, batch=1, captions=False, webhooks=0, sweep=False
    ),
    "basic": Tier(name="basic", per_minute=60, per_day=10_000, sockets=20, batch=10, webhooks=1),
    "pro": Tier(name="pro", per_minute=300, per_day=75_000, sockets=50, batch=50, webhooks=3, profiles=True),
    "ultra": Tier(
        name="ultra", per_minute=1_000, per_day=300_000, sockets=250, batch=100, webhooks=5, profiles=True,
        catalogue=True,
    ),
    "global": Tier(
        name="global", per_minute=5_000, per_day=1_000_000, sockets=500, batch=200, webhooks=1_000, profiles=True,
        catalogue=True,
    ),
}  # fmt: skip
ALIASES = {
    "free": "sandbox",
    "community": "sandbox",
    "demo": "sandbox",
    "agency_global": "global",
    "global_agency": "global",
    "agency": "global",
    "admin": "global",
}


class Limits(Struct, frozen=True, kw_only=True):
    """The answer of `/webcast/rate_limits`; None is not told."""

    tier: str | None = None
    per_minute: int | None = None
    remaining: int | None = None
    reset_ms: int | None = None
    sockets: int | None = None
    open_sockets: int | None = None


def tier_of(name: str | None) -> Tier | None:
    """The tier behind a name as the service writes it."""
    if name is None:
        return None
    word = name.strip().casefold().replace("-", "_").replace(" ", "_")
    return TIERS.get(ALIASES.get(word, word))


def socket_cap(limits: Limits | None) -> int:
    """How many sockets the key may have at once."""
    if limits is None:
        return 1
    if limits.sockets is not None:
        return limits.sockets
    tier = tier_of(limits.tier)
    return tier.sockets if tier else 1


def socket_budget(cap: int, lowered: int = 0) -> int:
    """How many of them we use: nine tenths, at least one; the rest is for reconnects beside dying sockets."""
    return max(1, math.floor(0.9 * cap) - lowered)


def preflight_useful(open_sockets: int, cap: int) -> bool:
    """Whether asking is worth it: not while nine tenths of the cap are open, as nothing more could be."""
    return open_sockets < 0.9 * cap


def batch_size(limits: Limits | None) -> int:
    """Handles in one bulk_live_check. An unknown tier is tried with Basic's, and corrected by the answers."""
    tier = tier_of(limits.tier) if limits else None
    return tier.batch if tier else BLIND_BATCH


def requests_per_tick(creators: int, batch: int) -> int:
    """Requests of one preflight over all creators. Without bulk check each may take two: live_status, check_alive."""
    return 2 * creators if batch <= 1 else math.ceil(creators / batch)


def interval_s(requests: int, wanted_s: float, limits: Limits | None, used_today: int = 0) -> float:
    """The preflight interval: as wanted, lengthened in whole multiples until it fits the key's requests."""
    tier = tier_of(limits.tier) if limits else None
    per_minute = limits.per_minute if limits and limits.per_minute else (tier.per_minute if tier else None)
    needed = requests * 60 / (SHARE * per_minute) if per_minute else 0.0
    if tier and not (wanted_s < SHORT_S and used_today < BURST * tier.per_day):
        needed = max(needed, requests * DAY_S / (SHARE * tier.per_day))
    return wanted_s * max(1, math.ceil(needed / wanted_s - 1e-9))


def batches(handles: list[str], size: int) -> list[list[str]]:
    """Handles in lots of one request each."""
    return [handles[at : at + size] for at in range(0, len(handles), size)]


def ms_to_midnight(now_ms: int) -> int:
    """Until 00:00 UTC, when all daily counters begin again."""
    return DAY_MS - now_ms % DAY_MS


def foreign_requests(limits: Limits, own: int) -> int:
    """Requests of the running window that were not ours: another program, or relayed events that are charged."""
    if limits.per_minute is None or limits.remaining is None:
        return 0
    return max(0, limits.per_minute - limits.remaining - own)
