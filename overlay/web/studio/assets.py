"""Sounds and pictures of the owner's: checked when they come, kept under names of ours, served from `/assets/<id>`.

What a file is called says nothing: its first bytes do. Pictures must open; SVG and everything else is refused.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import secrets
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import Struct
from quart import Response, abort, request

from overlay.problems import Problem, unknown
from overlay.store import StoreError
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

log = logging.getLogger("overlay.web")

NAME: Final = re.compile(r"^[a-z0-9]{16}\.(png|jpg|webp|gif|mp3|ogg|wav)$")
TYPES: Final = {
    "png": "image/png", "jpg": "image/jpeg", "webp": "image/webp", "gif": "image/gif",
    "mp3": "audio/mpeg", "ogg": "audio/ogg", "wav": "audio/wav",
}  # fmt: skip
PICTURES: Final = ("png", "jpg", "webp", "gif")
MOST_FILES: Final = 300
MOST_BYTES: Final = 1_000_000_000
LIST: Final = "assets"
UNDO_MS: Final = 3_600_000
"""How long a deleted file can come back."""
SWEEP_S: Final = 60.0


class Asset(Struct, kw_only=True):
    """One file of the owner's. `gone_ms` is when it was taken away; soon after that it is removed."""

    id: str
    name: str
    bytes: int
    flashes: bool = False
    gone_ms: int | None = None

    @property
    def kind(self) -> str:
        """Picture or sound."""
        return "picture" if self.id.rpartition(".")[2] in PICTURES else "sound"


class Assets:
    """The files and their list, one change after another."""

    def __init__(self, house: House) -> None:
        """They lie in the data folder."""
        self._house = house
        self._changing = asyncio.Lock()

    @property
    def folder(self) -> Path:
        """Where they lie."""
        return self._house.config.folder / "assets"

    async def rows(self) -> list[Asset]:
        """All files there are, those that can still come back too."""
        return msgspec.convert(await self._house.store.get(LIST) or [], list[Asset])

    async def _keep(self, rows: list[Asset]) -> None:
        await self._house.store.put(LIST, msgspec.to_builtins(rows))

    async def add(self, made: Asset, body: bytes) -> bool:
        """One more; False if there are too many."""
        async with self._changing:
            known = await self.rows()
            if len(known) >= MOST_FILES or sum(one.bytes for one in known) + len(body) > MOST_BYTES:
                return False
            await asyncio.to_thread(write, self.folder, made.id, body)
            await self._keep([*known, made])
            return True

    async def mark(self, name: str, *, gone: bool) -> None:
        """Take a file off the list, or put it back. Until it cannot come back, an overlay that uses it goes on."""
        async with self._changing:
            rows = await self.rows()
            found = next((one for one in rows if one.id == name), None)
            if found is None:
                raise unknown("file")
            found.gone_ms = self._house.clock.now_ms() if gone else None
            await self._keep(rows)

    async def sweep(self) -> None:
        """Remove what can come back no more, and what nobody knows of."""
        async with self._changing:
            before_ms = self._house.clock.now_ms() - UNDO_MS
            rows = await self.rows()
            stay = [one for one in rows if one.gone_ms is None or one.gone_ms > before_ms]
            if len(stay) < len(rows):
                await self._keep(stay)
            gone, known = {one.id for one in rows if one not in stay}, {one.id for one in stay}
            await asyncio.to_thread(clear, self.folder, gone, known, before_ms)

    async def keep_swept(self) -> None:
        """As long as the server runs."""
        while True:
            try:
                await self.sweep()
            except (StoreError, OSError) as trouble:
                log.warning("deleted sounds and pictures could not be removed: %s", type(trouble).__name__)
            await asyncio.sleep(SWEEP_S)


def clear(folder: Path, gone: set[str], known: set[str], before_ms: int) -> None:
    """Remove what is gone, and files that are on no list and older than what may be on its way."""
    for path in folder.iterdir() if folder.is_dir() else []:
        left = path.name not in known and path.stat().st_mtime * 1000 < before_ms
        if path.is_file() and (path.name in gone or left):
            path.unlink(missing_ok=True)


def mount(app: Quart, house: House, frame: Frame, limits: Limits) -> None:
    """Put address and calls into the app."""
    calls, assets = Calls(app, house, limits), Assets(house)
    house.assets = assets

    @app.get("/assets/<name>")
    async def asset(name: str) -> Response:
        path = assets.folder / name
        if not NAME.match(name) or not await asyncio.to_thread(path.is_file):
            abort(404)
        body = await asyncio.to_thread(path.read_bytes)
        return Response(body, content_type=TYPES[name.rpartition(".")[2]], headers={"Cache-Control": YEAR})

    @calls.add("GET", "/studio/assets")
    async def listed() -> Any:
        return [shown(one) for one in await assets.rows() if one.gone_ms is None]

    @app.post("/studio/assets")
    async def upload() -> Response:
        words = await frame.words()
        body = await read_body(limits.upload)
        ending, flashing = await asyncio.to_thread(checked, body)
        if ending is None:
            raise Problem("type", words("asset.type"), "file", 415)
        made = Asset(
            id=f"{secrets.token_hex(8)}.{ending}",
            name=plain_name(request.args.get("name", "")),
            bytes=len(body),
            flashes=flashing,
        )
        if not await assets.add(made, body):
            raise Problem("too_many", words("asset.too_many"), "file", 413)
        return Response(msgspec.json.encode(shown(made)), content_type="application/json", status=201)

    @calls.add("DELETE", "/studio/assets/<name>")
    async def drop(name: str) -> Any:
        await assets.mark(name, gone=True)

    @calls.add("POST", "/studio/assets/<name>/restore")
    async def restore(name: str, given: Any) -> Any:
        del given
        await assets.mark(name, gone=False)


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
    try:
        part.write_bytes(body)
        part.replace(folder / name)
    except OSError as trouble:
        with contextlib.suppress(OSError):
            part.unlink()
        raise Problem("disk", f"The file could not be written: {trouble.strerror or trouble}.", "file", 507) from None
