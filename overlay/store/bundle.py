"""Export and import: every creator, widget and user theme as one JSON object. Never a secret unless asked for.

An import is checked whole before anything is touched, and then done in one transaction, themes included: their files
change places inside it, and a start after a crash puts them where the database says.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import re
import secrets
import shutil
import sqlite3
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import Struct, field

from overlay.store import settings
from overlay.store.db import NotFound, Refused
from overlay.store.names import safe_name
from overlay.store.rows import (
    CreatorFields,
    CreatorRow,
    WidgetFields,
    WidgetRow,
    creator_fields,
    new_key,
    widget_fields,
)
from overlay.themes import NAME as THEME
from overlay.themes import TYPES

if TYPE_CHECKING:
    from pathlib import Path

FORMAT: Final = "overlay-export"
STAGE: Final = ".import"
IDENTITY: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
KEY: Final = re.compile(r"[A-Za-z0-9_-]{22,86}")
MOST_FILES: Final = 200
MOST_BYTES: Final = 20 << 20

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

IMPORTED: Final = "import"


class Document(Struct, forbid_unknown_fields=True):
    """What an export holds."""

    format: str
    version: int
    creators: list[dict[str, Any]]
    widgets: list[dict[str, Any]]
    themes: dict[str, dict[str, str]] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    made_ms: int | None = None


class Checked(Struct):
    """An import, read and found fit."""

    creators: list[tuple[str, CreatorFields]]
    widgets: list[tuple[str, str | None, WidgetFields]]
    themes: dict[str, dict[str, bytes]]
    secrets: dict[str, str]


# --- out ---


def export(db: sqlite3.Connection, themes: Path, *, with_secrets: bool, now_ms: int) -> dict[str, Any]:
    """Everything, as plain values."""
    found: dict[str, Any] = {"format": FORMAT, "version": 1, "made_ms": now_ms}
    found["creators"] = [_creator_out(row) for row in settings.creators(db)]
    found["widgets"] = [_widget_out(row, with_key=with_secrets) for row in settings.widgets(db)]
    found["themes"] = _themes_out(themes)
    if with_secrets:
        found["secrets"] = settings.secrets_under(db, "")
    return found


def _creator_out(row: CreatorRow) -> dict[str, Any]:
    values: dict[str, Any] = msgspec.to_builtins(row)
    return {name: value for name, value in values.items() if name not in ("made_ms", "deleted_ms")}


def _widget_out(row: WidgetRow, *, with_key: bool) -> dict[str, Any]:
    names = ("id", "creator", "kind", "name", "theme", "options", *(("key",) if with_key else ()))
    return {name: getattr(row, name) for name in names}


def _themes_out(folder: Path) -> dict[str, dict[str, str]]:
    themes: dict[str, dict[str, str]] = {}
    for place in sorted(folder.iterdir()) if folder.is_dir() else []:
        if place.is_dir() and not place.is_symlink() and THEME.match(place.name):
            themes[place.name] = {
                path.relative_to(place).as_posix(): base64.b64encode(path.read_bytes()).decode()
                for path in sorted(place.rglob("*"))
                if path.is_file() and not path.is_symlink() and path.suffix.lower() in TYPES
            }
    return themes


# --- in ---


def read(document: object) -> Checked:
    """Check an import, as bytes or read already; refused with the field at fault."""
    if isinstance(document, bytes | bytearray | memoryview):
        try:
            document = msgspec.json.decode(document)
        except msgspec.DecodeError as error:
            raise Refused(f"This is not JSON: {error}.") from None
    try:
        found = msgspec.convert(document, Document)
    except msgspec.ValidationError as error:
        text, _, path = str(error).partition(" - at `$")
        raise Refused(f"{text}.", path.strip("`.") or None) from None
    if found.format != FORMAT or found.version != 1:
        raise Refused("This is no export of this program, or of a newer version.", "format")
    return Checked(
        creators=[_creator_in(place, values) for place, values in enumerate(found.creators)],
        widgets=[_widget_in(place, values) for place, values in enumerate(found.widgets)],
        themes={name: _theme_in(name, files) for name, files in found.themes.items()},
        secrets=found.secrets,
    )


def _identity(values: dict[str, Any], at: str) -> str:
    identity = values.pop("id", None)
    if not isinstance(identity, str) or not IDENTITY.fullmatch(identity):
        raise Refused("An id is 1 to 64 letters, digits, - and _.", f"{at}id")
    return identity


def _creator_in(place: int, values: dict[str, Any]) -> tuple[str, CreatorFields]:
    at = f"creators[{place}]."
    values = dict(values)
    return _identity(values, at), creator_fields(values, at=at)


def _widget_in(place: int, values: dict[str, Any]) -> tuple[str, str | None, WidgetFields]:
    at = f"widgets[{place}]."
    values = dict(values)
    key = values.pop("key", None)
    if key is not None and not (isinstance(key, str) and KEY.fullmatch(key)):
        raise Refused("A key is at least 22 letters, digits, - and _.", f"{at}key")
    return _identity(values, at), key, widget_fields(values, at=at)


def _theme_in(name: str, files: dict[str, str]) -> dict[str, bytes]:
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
    return theme


def _theme_file(path: str, text: str, at: str) -> bytes:
    ending = f".{path.rpartition('.')[2].lower()}"
    if not safe_name(path) or any(part.startswith(".") for part in path.split("/")):
        raise Refused("This is no name for a theme's file.", at)
    if ending not in TYPES:
        raise Refused("A theme holds no files of this type.", at)
    try:
        body = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Refused("This is not base64.", at) from None
    if not body.startswith(BEGINNINGS.get(ending, (b"",))):
        raise Refused("This file is not what its name says.", at)
    return body


def write(db: sqlite3.Connection, checked: Checked, themes: Path, now_ms: int) -> dict[str, int]:
    """Bring it in, in the transaction of the caller; how much it was."""
    stage = _stage_themes(checked.themes, themes)
    try:
        for identity, creator in checked.creators:
            settings.put_creator(db, _creator_row(db, identity, creator, now_ms))
        for place, (identity, key, widget) in enumerate(checked.widgets):
            settings.put_widget(db, _widget_row(db, place, identity, key, widget, now_ms))
        for name, value in checked.secrets.items():
            settings.put_secret(db, name, value)
        settings.put(db, IMPORTED, stage.name if stage is not None else None)
        if stage is not None:
            _swap(stage, themes, checked.themes)
    except BaseException:
        if stage is not None:
            _swap_back(stage, themes)
        raise
    return {"creators": len(checked.creators), "widgets": len(checked.widgets), "themes": len(checked.themes)}


def _creator_row(db: sqlite3.Connection, identity: str, fields: CreatorFields, now_ms: int) -> CreatorRow:
    with contextlib.suppress(NotFound):
        now_ms = settings.creator(db, identity).made_ms
    plain = {name: getattr(fields, name) for name in fields.__struct_fields__}
    return CreatorRow(id=identity, made_ms=now_ms, **plain)


def _widget_row(
    db: sqlite3.Connection, place: int, identity: str, key: str | None, fields: WidgetFields, now_ms: int
) -> WidgetRow:
    at = f"widgets[{place}]."
    settings.require_creator(db, fields.creator, f"{at}creator")
    try:
        old = settings.widget(db, identity)
    except NotFound:
        old = None
    if old is not None and old.kind != fields.kind:
        raise Refused("A widget with this id is of another kind.", f"{at}kind")
    if key is not None and settings.is_dead_key(db, key):
        key = None  # it was replaced, for a reason
    holder = None if key is None else settings.widget_by_key(db, key)
    if holder not in (None, identity):
        raise Refused("This key belongs to another widget.", f"{at}key")
    key = key or (old.key if old is not None else new_key())
    made_ms = old.made_ms if old is not None else now_ms
    plain = {name: getattr(fields, name) for name in fields.__struct_fields__}
    return WidgetRow(id=identity, key=key, made_ms=made_ms, changed_ms=now_ms, **plain)


# --- the files of themes ---


def _stage_themes(found: dict[str, dict[str, bytes]], themes: Path) -> Path | None:
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


def _swap(stage: Path, themes: Path, found: dict[str, Any]) -> None:
    for name in found:
        if (themes / name).exists():
            (themes / name).replace(stage / "old" / name)
        (stage / "new" / name).replace(themes / name)


def _swap_back(stage: Path, themes: Path) -> None:
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


def tidy(db: sqlite3.Connection, themes: Path) -> None:
    """After a commit or a crash: what an import left beside the themes is finished or taken back."""
    for stage in themes.glob(f"{STAGE}-*") if themes.is_dir() else []:
        if settings.get(db, IMPORTED) == stage.name:
            shutil.rmtree(stage, ignore_errors=True)
        else:
            _swap_back(stage, themes)
