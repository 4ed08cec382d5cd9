"""TikTool's webhook, as the owner sets it up: one address, its secrets, and whether anything arrived there.

A delivery only hurries a check; without a webhook everything works, a little later.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct, field

from overlay.core.widget import END
from overlay.problems import Problem, read_as
from overlay.web.studio.calls import Calls

if TYPE_CHECKING:
    from quart import Quart

    from overlay.config import Limits
    from overlay.house import House
    from overlay.web.studio.frame import Frame

HOOK: Final = "tiktool_hook"
Address = Annotated[
    str, Meta(pattern=r"^https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?" + END, max_length=300)
]


class Hook(Struct, kw_only=True):
    """What is kept of the webhook, as a secret: whoever knows a secret could forge deliveries."""

    id: str
    secrets: list[str] = field(default_factory=list)
    remote: str | None = None  # its id at TikTool, when it was made from here


class SecretForm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A secret that TikTool's page showed."""

    secret: Annotated[str, Meta(min_length=8, max_length=500)]


class AddressForm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where this server is reached from the internet."""

    address: Address


def mount(app: Quart, house: House, frame: Frame, limits: Limits) -> None:
    """Put the calls into the app."""
    calls = Calls(app, house, limits)

    @calls.add("POST", "/studio/hook/secret", fresh=True)
    async def paste(given: Any) -> Any:
        hook = await read_hook(house)
        hook.secrets = [*hook.secrets, read_as(given, SecretForm).secret.strip()][-5:]
        await keep_hook(house, hook)
        return await hook_shown(house)

    @calls.add("POST", "/studio/hook/register", fresh=True)
    async def register(given: Any) -> Any:
        words, hook = await frame.words(), await read_hook(house)
        base = read_as(given, AddressForm).address.rstrip("/")
        account = house.upstream.account()
        if account is None:
            raise Problem("no_key", words("hook.no_key"), "address")
        handles = [row.handle for row in await house.store.creators() if row.source == "tiktool"]
        made, text = await account.registry.make(f"{base}/hooks/tiktool/{hook.id}", handles)
        if made is None:
            raise Problem("refused", words("hook.refused", said=text), "address")
        hook.remote = made.id
        hook.secrets = [*hook.secrets, *([made.secret] if made.secret else [])][-5:]
        await keep_hook(house, hook)
        return await hook_shown(house)

    @calls.add("POST", "/studio/hook/test")
    async def test(given: Any) -> Any:
        del given
        words, hook, account = await frame.words(), await read_hook(house), house.upstream.account()
        if account is None or hook.remote is None:
            raise Problem("none", words("hook.none"), None, 409)
        tested, text = await account.registry.test(hook.remote)
        if tested is None:
            raise Problem("refused", words("hook.refused", said=text), None, 409)
        return {"delivered": tested.delivered, "status": tested.status_code}

    @calls.add("POST", "/studio/hook/forget", fresh=True)
    async def forget(given: Any) -> Any:
        del given
        hook = await read_hook(house)
        await keep_hook(house, Hook(id=hook.id))
        return await hook_shown(house)


async def read_hook(house: House) -> Hook:
    """The webhook; its address is made when it is first looked at."""
    kept = await house.store.secret(HOOK)
    if kept is not None:
        return msgspec.json.decode(kept, type=Hook)
    hook = Hook(id=secrets.token_urlsafe(18))
    await house.store.put_secret(HOOK, msgspec.json.encode(hook).decode())
    return hook


async def keep_hook(house: House, hook: Hook) -> None:
    """Keep it, and use it from now on."""
    await house.store.put_secret(HOOK, msgspec.json.encode(hook).decode())
    await use_hook(house)


async def use_hook(house: House) -> None:
    """Tell the upstream of the webhook: at the start, after a change, and with another key."""
    kept = await house.store.secret(HOOK)
    if kept is None:
        return
    hook = msgspec.json.decode(kept, type=Hook)
    house.upstream.hooks.set_secrets({hook.id: hook.secrets} if hook.secrets else {})
    account = house.upstream.account()
    if account is not None and hook.remote is not None:
        rows = await house.store.creators()
        account.registry.follow(hook.remote, [row.handle for row in rows if row.source == "tiktool"])


async def hook_shown(house: House) -> dict[str, Any]:
    """The webhook as a page shows it: never a secret."""
    hook = await read_hook(house)
    status = house.upstream.hooks.statuses.get(hook.id)
    account = house.upstream.account()
    return {
        "path": f"/hooks/tiktool/{hook.id}",
        "secrets": len(hook.secrets),
        "remote": hook.remote is not None,
        "last_ms": status.last_ms if status else None,
        "last_event": status.last_event if status else None,
        "test_ms": status.test_ms if status else None,
        "refused": status.refused if status else 0,
        "remark": account.registry.remark if account is not None else None,
    }
