"""The files of an export and an import: the owner's themes, and the sounds and pictures that widgets use.

What comes in is checked by name, type and size before anything is written; a theme takes its place inside the import's
transaction, and is put right after a crash. It never opens the database; `bundle.py` does.
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
import shutil
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from overlay.core.text import clean_text
from overlay.store.db import Refused
from overlay.store.names import safe_name
from overlay.themes import NAME as THEME
from overlay.themes import TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

STAGE: Final = ".import"
ASSET: Final = re.compile(r"[a-z0-9]{16}\.(png|jpg|webp|gif|mp3|ogg|wav)")
USED: Final = re.compile(rf"/assets/({ASSET.pattern})")
MOST_FILES: Final = 200
LONGEST_NAME: Final = 80
MOST_BYTES: Final = 20 << 20
MOST_ASSET: Final = 25_000_000
MOST_OUT: Final = 34_000_000
"""Bytes of files in an export: as text they and all else stay below what an import may be."""

BEGINNINGS: Final[dict[str, tuple[bytes, ...]]] = {
    ".woff2": (b"wOF2",),
    ".png": (b"\x89PNG\r\n\x1a\n",),
    ".jpg": (b"\xff\xd8\xff",),
    ".jpeg": (b"\xff\xd8\xff",),
    ".gif": (b"GIF87a", b"GIF89a"),
    ".webp": (b"RIFF",),
    ".avif": (b"\x00\x00\x00",),
    ".mp3": (b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"),
    ".ogg": (b"OggS",),
    ".wav": (b"RIFF",),
    ".webm": (b"\x1a\x45\xdf\xa3",),
}
"""How files of a type begin; the others are texts."""


class AssetOut(Struct, kw_only=True, forbid_unknown_fields=True):
    """A sound or picture as an export holds it."""

    name: str
    body: str
    flashes: bool = False


class Asset(Struct, kw_only=True):
    """The same, read."""

    name: str
    body: bytes
    flashes: bool = False


# --- out ---


def themes_out(folder: Path) -> dict[str, dict[str, str]]:
    """The owner's themes, every file as text."""
    themes: dict[str, dict[str, str]] = {}
    for place in sorted(folder.iterdir()) if folder.is_dir() else []:
        if place.is_dir() and not place.is_symlink() and THEME.match(place.name):
            themes[place.name] = {
                path.relative_to(place).as_posix(): base64.b64encode(path.read_bytes()).decode()
                for path in sorted(place.rglob("*"))
                if path.is_file() and not path.is_symlink() and path.suffix.lower() in TYPES
            }
    return themes


def assets_out(rows: Iterable[dict[str, Any]], folder: Path, options: str, room: int) -> tuple[dict[str, Any], int]:
    """The sounds and pictures that these options use, the small ones first; and how many found no room."""
    wanted = {found[0] for found in USED.findall(options)}
    known = {str(row.get("id")): row for row in rows}
    there = [(path.stat().st_size, path) for name in sorted(wanted & set(known)) if (path := folder / name).is_file()]
    found: dict[str, Any] = {}
    for place, (size, path) in enumerate(sorted(there)):
        room -= size
        if room < 0:
            return found, len(there) - place
        row = known[path.name]
        found[path.name] = {
            "name": str(row.get("name", "")),
            "flashes": bool(row.get("flashes")),
            "body": base64.b64encode(path.read_bytes()).decode(),
        }
    return found, 0


# --- in ---


def theme_in(name: str, files: dict[str, str]) -> dict[str, bytes]:
    """A theme's files, checked."""
    if not THEME.match(name):
        raise Refused("A theme's name is small letters, digits and -.", f"themes.{name!a}")
    if len(files) > MOST_FILES or len({path.casefold() for path in files}) != len(files):
        raise Refused("A theme has at most 200 files, each once.", f"themes.{name}")
    theme: dict[str, bytes] = {}
    total = 0
    for path, text in files.items():
        at = f"themes.{name}.{path!a}"
        theme[path] = _theme_file(path, text, at)
        total += len(theme[path])
        if total > MOST_BYTES:
            raise Refused("A theme has at most 20 MB.", f"themes.{name}")
    for path in theme:
        parts = path.casefold().split("/")
        above = {"/".join(parts[:deep]) for deep in range(1, len(parts))}
        if any(other.casefold() in above for other in theme):
            raise Refused("This is no name for a theme's file.", f"themes.{name}.{path!a}")
    return theme


def _theme_file(path: str, text: str, at: str) -> bytes:
    ending = f".{path.rpartition('.')[2].lower()}"
    if not safe_name(path) or any(part.startswith(".") for part in path.split("/")):
        raise Refused("This is no name for a theme's file.", at)
    if ending not in TYPES:
        raise Refused("A theme holds no files of this type.", at)
    body = _body(text, at)
    if not body.startswith(BEGINNINGS.get(ending, (b"",))):
        raise Refused("This file is not what its name says.", at)
    return body


def _body(text: str, at: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Refused("This is not base64.", at) from None


def asset_in(name: str, told: AssetOut) -> Asset:
    """A sound or picture, checked as far as its name and size go."""
    at = f"assets.{name!a}"
    if not ASSET.fullmatch(name):
        raise Refused("This is no name for a sound or picture.", at)
    body = _body(told.body, at)
    if len(body) > MOST_ASSET:
        raise Refused("A sound or picture has at most 25 MB.", at)
    return Asset(name=clean_text(told.name, LONGEST_NAME), body=body, flashes=told.flashes)


def write_assets(found: dict[str, Asset], folder: Path) -> list[Path]:
    """Write those that are not there yet; which ones these were. Names are never used twice, so none is replaced."""
    written: list[Path] = []
    try:
        for name, asset in found.items():
            path = folder / name
            if _is_there(path, asset):
                continue
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            part = folder / f".{name}.part"
            part.write_bytes(asset.body)
            part.replace(path)
            written.append(path)
    except BaseException:
        unwrite(written)
        raise
    return written


def _is_there(path: Path, asset: Asset) -> bool:
    if not path.is_file():
        return False
    if path.read_bytes() != asset.body:
        raise Refused("Another file has this name.", f"assets.{path.name}")
    return True


def unwrite(written: list[Path]) -> None:
    """Take them away again."""
    for path in written:
        path.unlink(missing_ok=True)


# --- themes change places ---


def stage_themes(found: dict[str, dict[str, bytes]], themes: Path) -> Path | None:
    """Write them beside, complete."""
    if not found:
        return None
    stage = themes / f"{STAGE}-{secrets.token_hex(8)}"
    try:
        for name, files in found.items():
            for path, body in files.items():
                target = stage / "new" / name / path
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                target.write_bytes(body)
            (stage / "new" / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        (stage / "old").mkdir(mode=0o700)
        (stage / "names").write_text("\n".join(found))
    except BaseException:
        shutil.rmtree(stage, ignore_errors=True)
        raise
    return stage


def swap(stage: Path, themes: Path, found: dict[str, Any]) -> None:
    """The new ones take the place of the old."""
    for name in found:
        if (themes / name).exists():
            (themes / name).replace(stage / "old" / name)
        (stage / "new" / name).replace(themes / name)


def swap_back(stage: Path, themes: Path) -> None:
    """As it was: what came goes, what went comes back."""
    old, new = stage / "old", stage / "new"
    names = {path.name for path in new.iterdir()} if new.exists() else set()
    names_file = stage / "names"
    for name in names_file.read_text().split("\n") if names_file.exists() else []:
        if name and name not in names and (themes / name).exists():
            shutil.rmtree(themes / name)
    for path in old.iterdir() if old.exists() else []:
        path.replace(themes / path.name)
    shutil.rmtree(stage, ignore_errors=True)
