"""`overlay replay`: a recording into a running server, through a creator, until it has been played.

It never counts anywhere.
"""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import zstandard

from overlay.config import BadSetting, data_folder
from overlay.tools.lines import MAGIC
from overlay.tools.server import ask, find_server

if TYPE_CHECKING:
    import argparse

LOOK_S = 0.2


def replay_file(told: argparse.Namespace) -> int:
    """Send the file, and wait until it has been played; Ctrl-C stops it."""
    import os  # noqa: PLC0415

    if not 1 <= told.speed <= 1000:
        raise BadSetting("--speed must be between 1 and 1000.")
    base = find_server(data_folder(told.folder, os.environ), told.port)
    body = packed(told.file.read_bytes())
    creator = pick_creator(ask(base, "GET", "/api/creators", told.token), told.creator)
    path = f"/api/creators/{creator['id']}/replay"
    headers = {"Content-Type": "application/octet-stream"}
    ask(base, "POST", f"{path}?speed={told.speed}", told.token, content=body, headers=headers)
    try:
        while not ask(base, "GET", path, told.token)["done"]:
            time.sleep(LOOK_S)
    except KeyboardInterrupt:
        ask(base, "DELETE", path, told.token)
        raise
    return 0


def packed(body: bytes) -> bytes:
    """A recording as it travels: a long stream, plain, is more than the server takes in one upload."""
    return body if body.startswith(MAGIC) else zstandard.compress(body)


def pick_creator(creators: list[dict[str, Any]], wanted: str | None) -> dict[str, Any]:
    """The creator to play through: the one that is named, or the only one."""
    if not creators:
        raise BadSetting("--creator: the server has no creator yet.")
    name = None if wanted is None else wanted.lstrip("@").lower()
    found = [one for one in creators if name is None or name in {one["id"].lower(), one["handle"]}]
    if len(found) == 1:
        return found[0]
    if not found:
        raise BadSetting(f"--creator: there is no creator {wanted!r}.")
    often = Counter(one["handle"] for one in found)  # the same person, real and simulated, is told apart by id
    told = [f"@{one['handle']}" + (f" (as {one['id']})" if often[one["handle"]] > 1 else "") for one in found]
    raise BadSetting("--creator must name one of " + ", ".join(told) + ".")
