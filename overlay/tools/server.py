"""Finding and asking the running server of a data folder.

It never starts one.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from pathlib import Path

NOTE = "server.json"


def note_server(folder: Path, address: str) -> None:
    """The running server says where it is."""
    (folder / NOTE).write_text(json.dumps({"address": address}), "utf-8")


def noted_server(folder: Path) -> httpx.URL | None:
    """Where the server of this data folder said it is; it may have ended since."""
    try:
        noted = httpx.URL(json.loads((folder / NOTE).read_text("utf-8"))["address"])
    except (OSError, ValueError, KeyError, TypeError, httpx.InvalidURL):
        return None
    return noted if noted.host else None


def find_server(folder: Path, port: int | None) -> str:
    """Where the server of this data folder is."""
    noted = noted_server(folder) or httpx.URL("http://127.0.0.1:8090/")
    return str(noted.copy_with(port=port or noted.port)).rstrip("/")


def ask(base: str, method: str, path: str, token: str | None = None, **more: Any) -> Any:
    """One request to the running server; its own sentence when it refuses."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    headers |= more.pop("headers", {})
    try:
        answer = httpx.request(method, f"{base}{path}", headers=headers, timeout=60, trust_env=False, **more)
    except httpx.HTTPError:
        raise OSError(None, f"No server answers at {base}; start it first, or name its --port.") from None
    if answer.is_success:
        return answer.json() if answer.content else None
    if answer.status_code == 401 and token is None:
        raise OSError(None, "The server has a password: make a token in its settings and add --token.")
    try:
        sentence = answer.json()["message"]
    except (ValueError, KeyError, TypeError):
        sentence = f"The server answered {answer.status_code}."
    raise OSError(None, sentence)
