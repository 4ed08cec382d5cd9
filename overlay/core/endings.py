"""How a connection to TikTool ended, read into one kind: from the notice before it, its code and its reason.

What to do about a kind stands in `closing.py`. It never decides what follows.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Kind = Literal[
    "normal", "transient", "policy", "stream_end", "idle", "config", "auth", "permission", "not_live", "sweep",
    "lifetime", "evicted", "daily", "hourly", "limit",
]  # fmt: skip

CODES: dict[int, Kind] = {
    1000: "normal",
    1008: "policy",
    4005: "stream_end",
    4006: "idle",
    4400: "config",
    4401: "auth",
    4403: "permission",
    4404: "not_live",
    4429: "limit",
    4502: "sweep",
    4555: "lifetime",
    # The vendor's older list. Its 4005 and 4006 are told apart by their reasons.
    4000: "not_live",
    4001: "stream_end",
    4002: "limit",
    4003: "auth",
    4004: "not_live",
}
KNOWN_TRANSIENT = frozenset({1001, 1005, 1006, 1011, 1012, 1013, 4007, 4500, 4556})
HANDSHAKE = {401: 4401, 403: 4403, 404: 4404, 429: 4429}
LIFETIME_SHARE = 0.9


class Ending(Struct, frozen=True, kw_only=True):
    """How a connection ended. `status`: the handshake was refused with it; `code` None and no status: no connection."""

    code: int | None = None
    reason: str = ""
    status: int | None = None
    ours: bool = False  # we closed it, and not because it was silent
    silent: bool = False  # the watchdog closed it
    open_s: float | None = None  # how long it was open; None: never
    proven: bool = False  # a viewer event was heard on it
    notice: str | None = None  # kind of the limit notice before the close
    notice_text: str = ""
    session_max_ms: int | None = None
    reset_ms: int | None = None  # X-RateLimit-Reset or Retry-After, when given


def reading(ending: Ending) -> Kind:
    """The kind of an ending: notice, then handshake status, then code with its reason."""
    if ending.notice is not None:
        return _noticed(ending)
    if ending.silent:
        return "idle"
    code = ending.code
    if ending.status is not None:
        code = HANDSHAKE.get(ending.status)
    if code is None:
        return "transient"
    kind = _older_meaning(code, ending.reason) or CODES.get(code, "transient")
    return limit_kind(ending.reason) if kind == "limit" else kind


def limit_kind(reason: str) -> Kind:
    """Which limit a reason speaks of."""
    text = reason.casefold()
    if any(word in text for word in ("evicted", "newer connection", "fifo")):
        return "evicted"
    if "daily" in text:
        return "daily"
    if "per hour" in text:  # before `limit reached`: an hourly limit that is reached ends within the hour
        return "hourly"
    if any(word in text for word in ("limit reached", "upgrade required")):
        return "daily"
    return "limit"


def _noticed(ending: Ending) -> Kind:
    """Which limit a notice speaks of. The end of a session is not the end of the day, unless it says so."""
    text = ending.notice_text or ending.reason
    kind = limit_kind(text)
    if ending.notice != "session_limit":
        return kind
    if ending.session_max_ms and (ending.open_s or 0.0) * 1000 > LIFETIME_SHARE * ending.session_max_ms:
        return "lifetime"
    return "limit" if kind == "daily" and "daily" not in text.casefold() else kind


def _older_meaning(code: int, reason: str) -> Kind | None:
    """What 4005 and 4006 meant in the older list, if the reason says so."""
    text = reason.casefold()
    if code not in {4005, 4006}:
        return None
    if "duration" in text:
        return "lifetime"
    if "tier" in text or "upgrade" in text:
        return "limit"
    if "limit" in text:
        return "limit" if code == 4005 else "lifetime"
    return None
