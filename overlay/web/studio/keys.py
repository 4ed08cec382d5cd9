"""Checking a TikTool key and a handle at once, with a plain answer for every way in which that can fail.

A key is only ever sent to TikTool. It is kept when it is good, shown never again.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct, ValidationError, convert, field, to_builtins

from overlay.config import Secret
from overlay.core.answers import rate_limits
from overlay.core.liveness import alive_row, status_row
from overlay.upstream.rest import Rest
from overlay.upstream.settings import DEMO_KEY

if TYPE_CHECKING:
    from overlay.core.replies import Reply
    from overlay.house import House
    from overlay.web.studio.words import Words

LIMITS: Final = "/webcast/rate_limits"
STATUS: Final = "/webcast/live_status"
ALIVE: Final = "/webcast/check_alive"
LEAST_KEY: Final = 6
CHECKS: Final = "tiktool_checks"
MOST_HANDLES: Final = 500
GOOD: Final = frozenset({"ok", "spent", "limited"})
"""Codes of a key that TikTool knows."""
USABLE: Final = frozenset({"limited", "credits", "html", "tier", "server", "network", "odd"})
"""Codes of a key that nobody refused: it can be kept, and is asked about again."""
NO_CREDITS: Final = ("no credit", "insufficient credit", "out of credit", "payment required", "subscription ended")
BARRED: Final = (
    ("age", ("age restrict", "age-restrict", "age_restrict", "18+", "mature audience", "adult only")),
    ("private", ("private account", "account is private", "private_account", "user is private", "private profile")),
    ("banned", ("banned", "suspended user", "account suspended", "account_suspended", "user_banned", "deactivated")),
    ("country", ("not available in your", "region block", "geo block", "geo-block", "country restrict")),
    ("missing", ("user not found", "user_not_found", "no such user", "does not exist", "creator not found")),
)
"""Why a creator cannot be watched, and the words by which TikTool and TikTok say so."""


class Answer(Struct, kw_only=True):
    """What came of a check: `code` for the program, `text` for people. `kept`: whether it can be used all the same."""

    good: bool
    code: str
    text: str
    usable: bool = False
    tier: str | None = None
    per_minute: int | None = None
    remaining: int | None = None
    sockets: int | None = None


async def check_key(house: House, key: str, words: Words) -> Answer:
    """Ask TikTool about a key. Long, because it is a list."""
    key = key.strip()
    if (
        not key
        or len(key) < LEAST_KEY
        or any(sign.isspace() or not sign.isprintable() for sign in key)
        or not key.isascii()
    ):
        return Answer(good=False, code="form", text=words("key.form"))
    if key == DEMO_KEY:
        return Answer(good=False, code="demo", text=words("key.demo"))
    reply = await ask(house, key, LIMITS)
    if reply.ok:
        found = rate_limits(reply)
        if found is None:
            return Answer(good=True, usable=True, code="ok", text=words("key.ok_unknown"))
        figures: dict[str, Any] = {
            "tier": found.tier,
            "per_minute": found.per_minute,
            "remaining": found.remaining,
            "sockets": found.sockets,
        }
        if found.remaining == 0:
            return Answer(
                good=True,
                usable=True,
                code="spent",
                text=words("key.spent", wait=wait(found.reset_ms, words)),
                **figures,
            )
        text = words(
            "key.ok", tier=found.tier or "?", per_minute=shown(found.per_minute), sockets=shown(found.sockets)
        )  # fmt: skip
        return Answer(good=True, usable=True, code="ok", text=text, **figures)
    return refused(reply, words)


def refused(reply: Reply, words: Words) -> Answer:
    """What a check says that brought no content."""
    code = refusal(reply)
    waits = wait(reply.until_ms, words)
    text = words(f"key.{code}", said=reply.text, wait=waits)
    return Answer(good=code == "limited", usable=code in USABLE, code=code, text=text)


def refusal(reply: Reply) -> str:
    """Every way in which a key's check can fail."""
    said = reply.text.lower()
    if reply.outcome in {"key", "tier"} and "expire" in said and "invalid" not in said:
        return "expired"
    if reply.status == 402 or any(word in said for word in NO_CREDITS):
        return "credits"
    if is_no_answer(reply):
        return "html"
    if reply.outcome == "tier":
        return "tier" if any(word in said for word in ("plan", "tier", "upgrade", "sandbox")) else "forbidden"
    codes = {"key": "wrong", "rate": "limited", "server": "server", "network": "network"}
    return codes.get(reply.outcome, "odd")


def is_no_answer(reply: Reply) -> bool:
    """Whether something else answered in TikTool's place: a web page of a Wi-Fi, a proxy or a filter."""
    return reply.status not in {0, 304, 401, 429} and reply.status < 500 and reply.body is None


async def check_handle(house: House, key: str, handle: str, words: Words) -> Answer:
    """Ask TikTool about a handle: live, not live, not to be had, or why that is not known."""
    reply = await ask(house, key, STATUS, uniqueId=handle, unique_id=handle)
    row = status_row(reply.body if reply.ok else None)
    if row.live is None and reply.outcome not in {"network", "rate"}:
        reply = await ask(house, key, ALIVE, unique_id=handle)
        row = alive_row(reply.body if reply.ok else None)
    if row.live:
        return Answer(good=True, usable=True, code="live", text=words("handle.live", handle=handle))
    code = barred(reply)
    if code is not None:
        return Answer(good=False, usable=code != "missing", code=code, text=words(f"handle.{code}", handle=handle))
    if row.live is False or reply.outcome == "not_live":
        return Answer(good=True, usable=True, code="offline", text=words("handle.offline", handle=handle))
    why = "html" if is_no_answer(reply) else {"ok": "unsaid", "signed": "unsaid"}.get(reply.outcome, reply.outcome)
    text = words.first(f"handle.unknown.{why}", "handle.unknown")
    return Answer(good=False, usable=True, code="unknown", text=text.replace("{handle}", handle))


def barred(reply: Reply) -> str | None:
    """Why nobody can watch this creator, by what TikTool says; None if it says nothing of the kind."""
    said = f"{reply.text} {spoken(reply.body)}".lower()
    for code, signs in BARRED:
        if any(sign in said for sign in signs):
            return code
    return "missing" if reply.outcome == "missing" and not is_no_answer(reply) else None


def spoken(body: Any) -> str:
    """The texts at the top of an answer that may give a reason."""
    rows = body.get("data") if isinstance(body, dict) else None
    row = rows[0] if isinstance(rows, list) and rows else rows
    told = [body, row]
    parts = [part.get(name) for part in told if isinstance(part, dict) for name in ("error", "message", "reason")]
    return " ".join(part for part in parts if isinstance(part, str))


class Checks(Struct, kw_only=True):
    """What the last checks found, by the codes of their answers: of the key, and of each handle."""

    key: str = ""
    handles: dict[str, str] = field(default_factory=dict)


async def kept_checks(house: House) -> Checks:
    """What the last checks found."""
    try:
        return convert(await house.store.get(CHECKS) or {}, Checks)
    except ValidationError:
        return Checks()


async def keep_checks(house: House, *, key: str | None = None, handles: dict[str, str] | None = None) -> None:
    """Remember what was found, so that a page can say it until more is known."""
    kept = await kept_checks(house)
    kept.key = kept.key if key is None else key
    kept.handles = dict([*kept.handles.items(), *(handles or {}).items()][-MOST_HANDLES:])
    await house.store.put(CHECKS, to_builtins(kept))


async def standing(house: House) -> str:
    """How the key stands: none, good, refused, or unchecked."""
    if not await present_key(house):
        return "none"
    status = house.upstream.key_status()
    if status is not None and status.refused is not None:
        return "refused"
    known = status is not None and (status.tier is not None or status.limit is not None)
    return "good" if known or (await kept_checks(house)).key in GOOD else "unchecked"


async def ask(house: House, key: str, path: str, **params: str) -> Reply:
    """One question with a key that is not in use yet, outside the budget of the one that is."""
    config = house.config
    house.upstream.masking.learn(key)
    rest = Rest(
        config.tiktool_api, config.tiktool_site, key, now_ms=house.clock.now_ms, masking=house.upstream.masking
    )  # fmt: skip
    try:
        return await rest.get(path, **params)
    finally:
        await rest.close()


async def keep_key(house: House, key: str | None) -> None:
    """From now on this is the key, or there is none."""
    await house.store.put_secret("tiktool_key", key)
    await house.upstream.set_key(Secret(key) if key else None)


async def present_key(house: House) -> str | None:
    """The key in use: the environment's is stronger than the one that was typed."""
    if house.config.tiktool_key is not None:
        return house.config.tiktool_key.reveal()
    return await house.store.secret("tiktool_key")


def tail_of(secret: str | None) -> str | None:
    """All that is ever shown of a secret: its last four signs, and of a short one nothing."""
    if not secret:
        return None
    return f"…{secret[-4:]}" if len(secret) >= 12 else "…"


def shown(figure: int | None) -> str:
    """A figure, or that it is not known."""
    return "?" if figure is None else str(figure)


def wait(until_ms: int | None, words: Words) -> str:
    """How long until a moment, in words."""
    left_s = max(0, round(((until_ms or 0) / 1000) - time.time()))
    if left_s < 90:
        return words("time.seconds", count=max(1, left_s))
    if left_s < 5400:
        return words("time.minutes", count=round(left_s / 60))
    return words("time.hours", count=round(left_s / 3600))


def plain(answer: Answer) -> dict[str, Any]:
    """An answer as a page's script reads it."""
    return {name: getattr(answer, name) for name in answer.__struct_fields__}
