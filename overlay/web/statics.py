"""Static files: our own scripts, styles, fonts and sounds, read once and kept while the file is the same.

The framework's own way opens a file per answer and leaves it open when the page goes while it is being sent. Here
nothing stays open: an answer is bytes. It serves only what lies in its folder and never a name that leads out of it.
"""

from __future__ import annotations

import hashlib
import mimetypes
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct
from quart import Response, abort, request
from werkzeug.security import safe_join

if TYPE_CHECKING:
    from quart import Quart

TYPES: Final = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".wav": "audio/wav",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
"""By ending: what the machine's own table says of them differs from machine to machine."""


class Kept(Struct, frozen=True):
    """A file as it was read."""

    mark: tuple[int, int]  # time and size
    body: bytes
    etag: str
    type: str


class Statics:
    """The files of one folder."""

    def __init__(self, folder: Path) -> None:
        """Nothing is read yet."""
        self._folder = folder
        self._kept: dict[str, Kept] = {}

    def file(self, name: str) -> Kept | None:
        """A file by its name below the folder; None if there is none."""
        path = safe_join(str(self._folder), name)
        try:
            found = None if path is None else Path(path).stat()
        except (OSError, ValueError):  # no such file, a folder of that name is none, a name too long for the disk
            found = None
        if path is None or found is None:
            return None
        mark = (found.st_mtime_ns, found.st_size)
        known = self._kept.get(path)
        if known is None or known.mark != mark:
            known = self._read(Path(path), mark)
            if known is not None:
                self._kept[path] = known
        return known

    def _read(self, path: Path, mark: tuple[int, int]) -> Kept | None:
        try:
            body = path.read_bytes()
        except OSError:
            return None
        ending = path.suffix.lower()
        kind = TYPES.get(ending) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return Kept(mark, body, hashlib.blake2b(body, digest_size=12).hexdigest(), kind)


def mount(app: Quart, folder: Path) -> None:
    """Serve a folder under `/static/`."""
    statics = Statics(folder)

    @app.get("/static/<path:name>", endpoint="static")
    async def static(name: str) -> Any:
        found = statics.file(name)
        if found is None:
            abort(404)
        answer = Response(found.body, content_type=found.type)
        answer.set_etag(found.etag)
        return await answer.make_conditional(request, accept_ranges=True, complete_length=len(found.body))
