"""Themes: the built-in ones and those in the data folder, which appear without a restart. It reads, it never writes."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from overlay.core.text import clean_text
from overlay.core.toml import BadToml, read_toml, word

if TYPE_CHECKING:
    from pathlib import Path

NAME: Final = re.compile(r"^[a-z0-9][a-z0-9-]{0,40}\Z")
TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".woff2": "font/woff2",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".avif": "image/avif",
    ".txt": "text/plain; charset=utf-8",
    ".toml": "text/plain; charset=utf-8",
    ".md": "text/plain; charset=utf-8",
    ".webm": "video/webm",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".wav": "audio/wav",
}
"""What a theme may hold. No SVG and no script: neither can be served harmlessly."""


MOST_FOLLOWED: Final = 400
"""Files of one theme that are looked at for changes: an imported one has 200 at most."""


class Theme(Struct, frozen=True, kw_only=True):
    """A theme as the catalogue shows it."""

    name: str
    title: str
    description: str = ""
    author: str = ""
    licence: str = ""
    colors: tuple[str, ...] = ()
    own: bool = False  # the creator's, out of the data folder


class Themes:
    """All themes there are."""

    def __init__(self, built_in: Path, own: Path) -> None:
        """Look into both folders; the creator's may not replace a built-in one."""
        self._built_in = built_in
        self._own = own
        self._fixed = frozenset(path.parent.name for path in built_in.glob("*/theme.toml"))

    @property
    def folder(self) -> Path:
        """Where the creator's own are."""
        return self._own

    def names(self) -> frozenset[str]:
        """Every theme's name."""
        return self._fixed | self.own()

    def built_in(self) -> frozenset[str]:
        """The names that are taken by the program's own."""
        return self._fixed

    def own(self) -> frozenset[str]:
        """The names of the creator's own."""
        try:
            with os.scandir(self._own) as found:
                return frozenset(entry.name for entry in found if self.is_own(entry.name))
        except OSError:
            return frozenset()

    def is_own(self, name: str) -> bool:
        """Whether this is a theme of the creator's; asked of the disk each time, so it appears without a restart."""
        return name not in self._fixed and bool(NAME.match(name)) and (self._own / name / "theme.toml").is_file()

    def build(self, name: str) -> str:
        """What a theme of the creator's is right now, in a few letters that change with any of its files.

        Empty for a built-in one, which changes only with the program, and for what is no theme.
        """
        if not self.is_own(name):
            return ""
        digest, folder = hashlib.sha256(), self._own / name
        for count, path in enumerate(sorted(folder.rglob("*"))):
            if count >= MOST_FOLLOWED:
                break
            if path.suffix.lower() in TYPES and not path.name.startswith("."):
                with contextlib.suppress(OSError):
                    about = path.stat()
                    digest.update(f"{path.relative_to(folder)}|{about.st_mtime_ns}|{about.st_size}|".encode())
        return digest.hexdigest()[:12]

    def is_own_file(self, address: str) -> bool:
        """Whether this address is a file of the creator's own theme, which may change at any time."""
        parts = address.split("/", 3)
        return len(parts) > 3 and parts[1] == "themes" and self.is_own(parts[2])

    def all(self) -> list[Theme]:
        """The catalogue: built-in ones first, `default` at the head."""
        built_in = [read_theme(path, own=False) for path in sorted(self._built_in.glob("*/theme.toml"))]
        known = {theme.name for theme in built_in}
        found = sorted(self._own.glob("*/theme.toml")) if self._own.is_dir() else []
        own = [read_theme(path, own=True) for path in found if NAME.match(path.parent.name)]
        built_in.sort(key=lambda theme: (theme.name != "default", theme.title))
        return built_in + [theme for theme in own if theme.name not in known]

    def file(self, name: str, path: str) -> Path | None:
        """A file of a theme, or None: never outside its folder, never of a kind that is not listed."""
        if not NAME.match(name) or self.type_of(path) is None:
            return None
        for folder in (self._built_in / name, self._own / name):
            found = (folder / path).resolve()
            if found.is_relative_to(folder.resolve()) and found.is_file():
                return found
        return None

    @staticmethod
    def type_of(path: str) -> str | None:
        """The content type of a theme's file by its ending."""
        return TYPES.get("." + path.rpartition(".")[2].lower())


def read_theme(path: Path, *, own: bool) -> Theme:
    """A theme's own words about itself; a broken file makes a theme with nothing but its name."""
    try:
        told = read_toml(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, BadToml):
        told = {}
    name = path.parent.name
    colors = told.get("colors", told.get("colours", ()))
    colors = list(colors.values()) if isinstance(colors, dict) else colors
    return Theme(
        name=name,
        title=clean_text(word(told.get("title"))) or name,
        description=clean_text(word(told.get("description"))),
        author=clean_text(word(told.get("author"))),
        licence=clean_text(word(told.get("licence"))),
        colors=tuple(map(word, colors)) if isinstance(colors, list | tuple) else (),
        own=own,
    )


def build_of(version: str, assets: Path) -> str:
    """The build: changes whenever anything a page loads changes, so that pages know when to load anew."""
    digest = hashlib.sha256(version.encode())
    for folder in ("templates", "static", "themes"):
        for path in sorted((assets / folder).rglob("*")):
            if path.suffix in {".html", ".js", ".css", ".toml"} and path.is_file():
                digest.update(path.relative_to(assets).as_posix().encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
