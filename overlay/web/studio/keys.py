"""Checking a TikTool key and a handle at once, with a plain answer for every way in which that can fail.

A key is only ever sent to TikTool. It is kept when it is good, shown never again.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

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
    """Every way in which a key's check can fail."""
    said = reply.text.lower()
    match reply.outcome:
        case "key" if "expire" in said and "invalid" not in said:
            return Answer(good=False, code="expired", text=words("key.expired"))
        case "key":
            return Answer(good=False, code="wrong", text=words("key.wrong"))
        case "tier" if "expire" in said and "invalid" not in said:
            return Answer(good=False, code="expired", text=words("key.expired"))
        case "tier":
            return Answer(good=False, code="forbidden", text=words("key.forbidden", said=reply.text))
        case "rate":
            return Answer(
                good=True, usable=True, code="limited", text=words("key.limited", wait=wait(reply.until_ms, words))
            )
        case "server":
            return Answer(good=False, usable=True, code="server", text=words("key.server"))
        case "network":
            return Answer(good=False, usable=True, code="network", text=words("key.network"))
        case _:
            return Answer(good=False, usable=True, code="odd", text=words("key.odd", said=reply.text))


async def check_handle(house: House, key: str, handle: str, words: Words) -> Answer:
    """Ask TikTool about a handle: live, not live, or not known."""
    reply = await ask(house, key, STATUS, uniqueId=handle, unique_id=handle)
    row = status_row(reply.body if reply.ok else None)
    if row.live is None:
        reply = await ask(house, key, ALIVE, unique_id=handle)
        row = alive_row(reply.body if reply.ok else None)
    if row.live:
        return Answer(good=True, usable=True, code="live", text=words("handle.live", handle=handle))
    if row.live is False or reply.outcome == "not_live":
        return Answer(good=True, usable=True, code="offline", text=words("handle.offline", handle=handle))
    if reply.outcome == "missing":
        return Answer(good=False, usable=True, code="missing", text=words("handle.missing", handle=handle))
    return Answer(good=True, usable=True, code="unknown", text=words("handle.unknown", handle=handle))


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
