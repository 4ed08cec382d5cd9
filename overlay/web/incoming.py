"""What comes in whole, an import or a backup: its secrets and files are held to the rules of those that come singly.

And what this server knew of the old ones is known anew: password, sessions, tokens, keys. It never shows a secret.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from overlay.config import Secret
from overlay.forms import below, check_bundle
from overlay.problems import Problem
from overlay.web.access import Kept
from overlay.web.studio.assets import checked
from overlay.web.studio.hook import HOOK, Hook, use_hook

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from overlay.house import House
    from overlay.store.bundle import Checked

ACCESS: Final = "access"
STRUCTS: Final[dict[str, Any]] = {ACCESS: Kept, HOOK: Hook}
PLAIN: Final = re.compile(r"[\x21-\x7e]{1,1000}")
TEXTS: Final = {
    "tiktool_key": PLAIN,
    "fastmoss_token": PLAIN,
    "obs_password": re.compile(r".{1,200}", re.DOTALL),
    "install": re.compile(r"[0-9a-f]{12,64}"),
    "pictures": re.compile(r"[0-9a-f]{32,64}"),
}
"""Every secret that is kept, and what it looks like. A key of TikTool's has no spaces: it stands in a header."""


def check_secrets(secrets: Mapping[str, str]) -> None:
    """Refuse secrets that the next start could not read; none of them is named by its value."""
    for name, body in secrets.items():
        if name in STRUCTS:
            try:
                msgspec.json.decode(body, type=STRUCTS[name])
                continue
            except msgspec.MsgspecError:
                pass
        elif name in TEXTS and TEXTS[name].fullmatch(body):
            continue
        shown = name if name in STRUCTS or name in TEXTS else "…"
        raise Problem("invalid", "This secret is not one of ours, or cannot be read.", f"secrets.{shown}")


def fit(found: Checked) -> None:
    """An import's secrets and files."""
    check_secrets(found.secrets)
    for name, asset in found.assets.items():
        with below(f"assets.{name}"):
            ending, flashing = checked(asset.body)
            if ending != name.rpartition(".")[2]:
                raise Problem("type", "This is no sound or picture of the kind that its name says.", None)
            asset.flashes = flashing


def fit_offline(themes: frozenset[str], zone: str) -> Callable[[Checked], None]:
    """The same, with all that the desk looks at, for a folder that no server has open."""

    def check(found: Checked) -> None:
        check_bundle(found, themes, zone)
        fit(found)

    return check


def holds_secrets(document: Any) -> bool:
    """Whether an import would replace a secret or the address of an overlay."""
    if not isinstance(document, dict):
        return False
    widgets = document.get("widgets")
    keyed = isinstance(widgets, list) and any(isinstance(one, dict) and one.get("key") for one in widgets)
    return bool(document.get("secrets")) or keyed


async def know_anew(house: House) -> None:
    """After a restore, or an import with secrets: what stands in the store now is what counts."""
    store, config = house.store, house.config
    install, kept = await store.secret("install"), await store.secret(ACCESS)
    exposed = not config.loopback_only or bool(config.allowed_hosts)
    await house.access.know_anew(install, kept, exposed=exposed)
    if config.tiktool_key is None:
        key = await store.secret("tiktool_key")
        await house.upstream.set_key(Secret(key) if key else None)
    if config.fastmoss_token is None:
        token = await store.secret("fastmoss_token")
        await house.boards.set_fastmoss(Secret(token) if token else None)
    await use_hook(house)
