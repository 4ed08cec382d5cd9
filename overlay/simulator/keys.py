"""Keys, tiers and limits: who may do what, how often, with how many sockets. Real time, not script time."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from overlay.simulator.plain import Request

DAY_S = 86_400
HOUR_S = 3600
MINUTE_S = 60


class Tier(NamedTuple):
    """One column of TikTool's table of tiers."""

    name: str
    per_minute: int
    per_day: int
    sockets: int
    bulk: int
    caption_hours: int
    hooks: int
    lookups: int
    connects_per_hour: int | None = None

    @property
    def rank(self) -> int:
        """Order the tiers."""
        return list(TIERS).index(self.name)


TIERS: dict[str, Tier] = {
    tier.name: tier
    for tier in (
        Tier("sandbox", 5, 2500, 1, 0, 0, 0, 0, 60),
        Tier("basic", 60, 10_000, 20, 10, 60, 1, 0),
        Tier("pro", 300, 75_000, 50, 50, 140, 3, 1000),
        Tier("ultra", 1000, 300_000, 250, 100, 260, 5, 10_000),
        Tier("agency_global", 5000, 1_000_000, 500, 200, 500, 1_000_000, 1_000_000),
    )
}


@dataclass
class Token:
    """A minted JWT."""

    key: str
    creators: tuple[str, ...]
    expires_s: float
    sockets: int


@dataclass
class Account:
    """What one key has used up."""

    key: str
    tier: Tier
    used: int = 0
    used_today: int = 0
    reset_s: float = 0.0
    day: int = 0
    sweeps: list[float] = field(default_factory=list)
    country_calls: list[float] = field(default_factory=list)
    connects: list[float] = field(default_factory=list)
    lookups: int = 0
    caption_minutes: float = 0.0

    def spend(self, now_s: float) -> bool:
        """Spend one request; say whether it was still allowed."""
        if now_s >= self.reset_s:
            self.used, self.reset_s = 0, now_s - now_s % MINUTE_S + MINUTE_S
        if self.day != int(now_s) // DAY_S:
            self.day, self.used_today = int(now_s) // DAY_S, 0
        if self.used >= self.tier.per_minute or self.used_today >= self.tier.per_day:
            return False
        self.used, self.used_today = self.used + 1, self.used_today + 1
        return True

    def headers(self) -> dict[str, str]:
        """Write the limit headers."""
        return {
            "X-RateLimit-Limit": str(self.tier.per_minute),
            "X-RateLimit-Remaining": str(max(0, self.tier.per_minute - self.used)),
            "X-RateLimit-Reset": str(int(self.reset_s)),
        }


def recent(times: list[float], within_s: float) -> int:
    """Forget what is older, and count the rest."""
    now_s = time.time()
    times[:] = [at for at in times if now_s - at < within_s]
    return len(times)


class Keys:
    """All keys: any text is one, unless it is known to be bad."""

    def __init__(self, tier: str) -> None:
        """Give every key this tier until it is given another."""
        self.tier = TIERS[tier]
        self.tiers: dict[str, Tier] = {}
        self.bad: set[str] = set()
        self.accounts: dict[str, Account] = {}
        self.tokens: dict[str, Token] = {}

    def account(self, key: str) -> Account:
        """Open the account of a key, at its present tier."""
        tier = self.tiers.get(key, self.tier)
        account = self.accounts.setdefault(key, Account(key, tier))
        account.tier = tier
        return account

    def good(self, key: str) -> bool:
        """Tell whether the key is accepted."""
        return bool(key) and key not in self.bad

    def of(self, request: Request) -> str:
        """Find the key of a request: header first, then query, then the key behind a JWT."""
        token = self.tokens.get(request.query.get("jwtKey", ""))
        return request.headers.get("x-api-key") or request.query.get("apiKey") or (token.key if token else "")
