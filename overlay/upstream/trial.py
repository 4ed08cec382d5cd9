"""Trying a key or an address before it is used: one question, one plain answer. Nothing is kept."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from overlay.config import Bases
from overlay.core.answers import rate_limits
from overlay.core.budget import socket_budget, socket_cap, tier_of
from overlay.upstream.limits import PATH
from overlay.upstream.masking import Masking
from overlay.upstream.rest import Rest
from overlay.upstream.settings import DEMO_KEY


class Trial(Struct, frozen=True, kw_only=True):
    """What came of trying a key. `ok` None: TikTool could not be asked, so nothing is known about the key."""

    ok: bool | None
    text: str
    tier: str | None = None
    sockets: int | None = None


async def try_key(bases: Bases, now_ms: Callable[[], int]) -> Trial:
    """Asks TikTool what the key may do."""
    key = bases.key.reveal().strip() if bases.key is not None else ""
    if not key:
        return Trial(ok=False, text="There is no TikTool key yet.")
    if key == DEMO_KEY:
        return Trial(ok=False, text="This is TikTool's public demo key, which everybody shares: enter your own.")
    masking = Masking()
    masking.learn(key)
    rest = Rest(bases.api, bases.site, key, now_ms=now_ms, masking=masking)
    try:
        reply = await rest.get(PATH)
    finally:
        await rest.close()
    if reply.outcome in {"key", "tier", "parameters"}:
        return Trial(ok=False, text=f"TikTool does not accept this key: {reply.text}")
    limits = rate_limits(reply)
    if limits is None:
        return Trial(ok=None, text=f"TikTool did not say what this key may do: {reply.text or 'its answer is empty'}")
    tier, sockets = tier_of(limits.tier), socket_budget(socket_cap(limits))
    name = tier.name if tier else limits.tier
    return Trial(ok=True, text=f"The key works: {name}, {sockets} creators at once.", tier=name, sockets=sockets)
