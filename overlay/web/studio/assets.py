"""Sounds and pictures of the owner's: checked when they come, kept under names of ours, served from `/assets/<id>`.

What a file is called says nothing: its first bytes do. Pictures must open; SVG and everything else is refused.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import Struct
from quart import Response, abort, request

from overlay.problems import Problem, unknown
from overlay.web.overlays import YEAR
from overlay.web.routes import read_body
from overlay.web.studio.calls import Calls
from overlay.web.studio.flashes import flashes, open_picture

if TYPE_CHECKING:
    from pathlib import Path

    from quart import Quart

    from overlay.config import Limits
    from overlay.house import House
    from overlay.web.studio.frame import Frame

NAME: Final = re.compile(r"^[a-z0-9]{16}\.(png|jpg|webp|gif|mp3|ogg|wav)$")
TYPES: Final = {
    "png": "image/png", "jpg": "image/jpeg", "webp": "image/webp", "gif": "image/gif",
    "mp3": "audio/mpeg", "ogg": "audio/ogg", "wav": "audio/wav",
}  # fmt: skip
PICTURES: Final = ("png", "jpg", "webp", "gif")
MOST_FILES: Final = 300
MOST_BYTES: Final = 1_000_000_000
LIST: Final = "assets"


class Asset(Struct, kw_only=True):
    """One file of the owner's."""

    id: str
    name: str
    bytes: int
    flashes: bool = False
    gone: bool = False

    @property
    def kind(self) -> str:
        """Picture or sound."""
        return "picture" if self.id.rpartition(".")[2] in PICTURES else "sound"


def mount(app: Quart, house: House, frame: Frame, limits: Limits) -> None:
    """Put address and calls into the app."""
    calls, folder = Calls(app, house, limits), house.config.folder / "assets"

    @app.get("/assets/<name>")
    async def asset(name: str) -> Response:
        path = folder / name
        if not NAME.match(name) or not await asyncio.to_thread(path.is_file):
            abort(404)
        body = await asyncio.to_thread(path.read_bytes)
        return Response(body, content_type=TYPES[name.rpartition(".")[2]], headers={"Cache-Control": YEAR})

    @calls.add("GET", "/studio/assets")
    async def listed() -> Any:
        return [shown(one) for one in await read_list(house) if not one.gone]

    @app.post("/studio/assets")
    async def upload() -> Response:
        words = await frame.words()
        body = await read_body(limits.upload)
        known = await read_list(house)
        if len(known) >= MOST_FILES or sum(one.bytes for one in known) + len(body) > MOST_BYTES:
            raise Problem("too_many", words("asset.too_many"), "file", 413)
        ending, flashing = await asyncio.to_thread(checked, body)
        if ending is None:
            raise Problem("type", words("asset.type"), "file", 415)
        made = Asset(
            id=f"{secrets.token_hex(8)}.{ending}",
            name=plain_name(request.args.get("name", "")),
            bytes=len(body),
            flashes=flashing,
        )
        await asyncio.to_thread(write, folder, made.id, body)
        await keep_list(house, [*known, made])
        return Response(msgspec.json.encode(shown(made)), content_type="application/json", status=201)

    @calls.add("DELETE", "/studio/assets/<name>")
    async def drop(name: str) -> Any:
        await mark(house, name, gone=True)

    @calls.add("POST", "/studio/assets/<name>/restore")
    async def restore(name: str, given: Any) -> Any:
        del given
        await mark(house, name, gone=False)


async def read_list(house: House) -> list[Asset]:
    """All files there are, those that can still come back too."""
    return msgspec.convert(await house.store.get(LIST) or [], list[Asset])


async def keep_list(house: House, rows: list[Asset]) -> None:
    """Write the list down."""
    await house.store.put(LIST, msgspec.to_builtins(rows))


async def mark(house: House, name: str, *, gone: bool) -> None:
    """Take a file off the list, or put it back; the file itself stays, so an overlay that uses it goes on."""
    rows = await read_list(house)
    found = next((one for one in rows if one.id == name), None)
    if found is None:
        raise unknown("file")
    found.gone = gone
    await keep_list(house, rows)


def shown(asset: Asset) -> dict[str, Any]:
    """A file as the page lists it."""
    return {
        "id": asset.id,
        "name": asset.name,
        "kind": asset.kind,
        "path": f"/assets/{asset.id}",
        "bytes": asset.bytes,
        "flashes": asset.flashes,
    }


def plain_name(text: str) -> str:
    """A file's name to read, never to open."""
    return "".join(sign for sign in text if sign.isprintable())[:80].strip() or "file"


def checked(body: bytes) -> tuple[str | None, bool]:
    """What a file is by its first bytes, and whether it flashes; None when it is nothing that we serve."""
    ending = ending_of(body)
    if ending not in PICTURES:
        return ending, False
    picture = open_picture(body, ending)
    return (None, False) if picture is None else (ending, flashes(picture))


def ending_of(body: bytes) -> str | None:
    """The ending that fits the first bytes."""
    head = body[:16]
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if head[:4] == b"RIFF":
        return {b"WEBP": "webp", b"WAVE": "wav"}.get(head[8:12])
    if head.startswith(b"OggS"):
        return "ogg"
    if head.startswith(b"ID3") or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2):
        return "mp3"
    return None


def write(folder: Path, name: str, body: bytes) -> None:
    """The file, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{name}.part"
    part.write_bytes(body)
    part.replace(folder / name)
