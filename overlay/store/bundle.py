"""Export and import: every creator, widget and user theme as one JSON object. Never a secret unless asked for.

The sounds and pictures that widgets use travel too. An import is checked whole before anything is touched, and then
done in one transaction, themes included: their files change places inside it, and a start after a crash puts them
where the database says.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import sqlite3
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import Struct, field

from overlay.store import settings
from overlay.store.db import NotFound, Refused
from overlay.store.luggage import (
    BEGINNINGS,
    MOST_OUT,
    STAGE,
    Asset,
    AssetOut,
    asset_in,
    assets_out,
    stage_themes,
    swap,
    swap_back,
    theme_in,
    themes_out,
    unwrite,
    write_assets,
)
from overlay.store.rows import (
    CreatorFields,
    CreatorRow,
    WidgetFields,
    WidgetRow,
    creator_fields,
    new_key,
    widget_fields,
)

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["BEGINNINGS", "Checked", "export", "read", "tidy", "write"]

FORMAT: Final = "overlay-export"
IDENTITY: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
KEY: Final = re.compile(r"[A-Za-z0-9_-]{22,86}")
OWN: Final = frozenset({"install", "pictures"})
"""Secrets of this very installation: its cookie's name, its pictures' addresses. They go nowhere else."""

ASSETS: Final = "assets"
IMPORTED: Final = "import"


class Document(Struct, forbid_unknown_fields=True):
    """What an export holds."""

    format: str
    version: int
    creators: list[dict[str, Any]]
    widgets: list[dict[str, Any]]
    themes: dict[str, dict[str, str]] = field(default_factory=dict)
    assets: dict[str, AssetOut] = field(default_factory=dict)
    left_out: int = 0
    secrets: dict[str, str] = field(default_factory=dict)
    made_ms: int | None = None


class Checked(Struct):
    """An import, read and found fit."""

    creators: list[tuple[str, CreatorFields]]
    widgets: list[tuple[str, str | None, WidgetFields]]
    themes: dict[str, dict[str, bytes]]
    assets: dict[str, Asset]
    secrets: dict[str, str]


# --- out ---


def export(db: sqlite3.Connection, themes: Path, *, with_secrets: bool, now_ms: int) -> dict[str, Any]:
    """Everything, as plain values. `left_out` says how many sounds and pictures were too large to come along."""
    found: dict[str, Any] = {"format": FORMAT, "version": 1, "made_ms": now_ms}
    found["creators"] = [_creator_out(row) for row in settings.creators(db)]
    found["widgets"] = [_widget_out(row, with_key=with_secrets) for row in settings.widgets(db)]
    found["themes"] = themes_out(themes)
    options = msgspec.json.encode([widget["options"] for widget in found["widgets"]]).decode()
    room = MOST_OUT - sum(len(text) * 3 // 4 for files in found["themes"].values() for text in files.values())
    found["assets"], left_out = assets_out(settings.get(db, ASSETS) or [], themes.parent / ASSETS, options, room)
    if left_out:
        found["left_out"] = left_out
    if with_secrets:
        found["secrets"] = {name: body for name, body in settings.secrets_under(db, "").items() if name not in OWN}
    return found


def _creator_out(row: CreatorRow) -> dict[str, Any]:
    values: dict[str, Any] = msgspec.to_builtins(row)
    return {name: value for name, value in values.items() if name not in ("made_ms", "deleted_ms")}


def _widget_out(row: WidgetRow, *, with_key: bool) -> dict[str, Any]:
    names = ("id", "creator", "kind", "name", "theme", "options", *(("key",) if with_key else ()))
    return {name: getattr(row, name) for name in names}


# --- in ---


def read(document: object) -> Checked:
    """Check an import, as bytes or read already; refused with the field at fault."""
    if isinstance(document, bytes | bytearray | memoryview):
        try:
            document = msgspec.json.decode(document)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise Refused(f"This is not JSON: {error}.") from None
    try:
        found = msgspec.convert(document, Document)
    except msgspec.ValidationError as error:
        text, _, path = str(error).partition(" - at `$")
        raise Refused(f"{text}.", path.strip("`.") or None) from None
    if found.format != FORMAT or found.version != 1:
        raise Refused("This is no export of this program, or of a newer version.", "format")
    checked = Checked(
        creators=[_creator_in(place, values) for place, values in enumerate(found.creators)],
        widgets=[_widget_in(place, values) for place, values in enumerate(found.widgets)],
        themes={name: theme_in(name, files) for name, files in found.themes.items()},
        assets={name: asset_in(name, told) for name, told in found.assets.items()},
        secrets={name: body for name, body in found.secrets.items() if name not in OWN},
    )
    _need_once([identity for identity, _ in checked.creators], "creators[{}].id")
    _need_once([identity for identity, _, _ in checked.widgets], "widgets[{}].id")
    _need_once([(fields.handle.lower(), fields.source) for _, fields in checked.creators], "creators[{}].handle")
    return checked


def _need_once(names: list[Any], at: str) -> None:
    seen = set()
    for place, name in enumerate(names):
        if name in seen:
            raise Refused("This stands here twice.", at.format(place))
        seen.add(name)


def _identity(values: dict[str, Any], at: str) -> str:
    identity = values.pop("id", None)
    if not isinstance(identity, str) or not IDENTITY.fullmatch(identity):
        raise Refused("An id is 1 to 64 letters, digits, - and _.", f"{at}id")
    return identity


def _creator_in(place: int, values: dict[str, Any]) -> tuple[str, CreatorFields]:
    at = f"creators[{place}]."
    values = {"time_zone": "", **values}  # whoever checks it says which zone is meant
    return _identity(values, at), creator_fields(values, at=at)


def _widget_in(place: int, values: dict[str, Any]) -> tuple[str, str | None, WidgetFields]:
    at = f"widgets[{place}]."
    values = dict(values)
    key = values.pop("key", None)
    if key is not None and not (isinstance(key, str) and KEY.fullmatch(key)):
        raise Refused("A key is at least 22 letters, digits, - and _.", f"{at}key")
    return _identity(values, at), key, widget_fields(values, at=at)


def write(db: sqlite3.Connection, checked: Checked, themes: Path, now_ms: int) -> dict[str, int]:
    """Bring it in, in the transaction of the caller; how much it was."""
    stage = stage_themes(checked.themes, themes)
    written = []
    try:
        written = write_assets(checked.assets, themes.parent / ASSETS)
        _write_rows(db, checked, now_ms)
        settings.put(db, IMPORTED, stage.name if stage is not None else None)
        if stage is not None:
            swap(stage, themes, checked.themes)
    except BaseException:
        unwrite(written)
        if stage is not None:
            swap_back(stage, themes)
        raise
    counts = {"creators": len(checked.creators), "widgets": len(checked.widgets), "themes": len(checked.themes)}
    return counts | {"assets": len(checked.assets)}


def _write_rows(db: sqlite3.Connection, checked: Checked, now_ms: int) -> None:
    known = _known_creators(db, checked)
    for identity, creator in checked.creators:
        settings.put_creator(db, _creator_row(db, known.get(identity, identity), creator, now_ms))
    for place, (identity, key, widget) in enumerate(checked.widgets):
        fields = msgspec.structs.replace(widget, creator=known.get(widget.creator, widget.creator))
        settings.put_widget(db, _widget_row(db, place, identity, key, fields, now_ms))
    for name, value in checked.secrets.items():
        settings.put_secret(db, name, value)
    if checked.assets:
        kept = settings.get(db, ASSETS) or []
        fresh = [
            {"id": name, "name": asset.name, "bytes": len(asset.body), "flashes": asset.flashes}
            for name, asset in checked.assets.items()
        ]
        settings.put(db, ASSETS, [*(row for row in kept if row.get("id") not in checked.assets), *fresh])


def _known_creators(db: sqlite3.Connection, checked: Checked) -> dict[str, str]:
    """Creators that are here under another id: the same person twice would count everything twice."""
    here = {row.id for row in settings.creators(db, deleted=True)}
    names = {(row.handle.lower(), row.source): row.id for row in settings.creators(db)}
    coming = {identity for identity, _ in checked.creators}
    known: dict[str, str] = {}
    for place, (identity, fields) in enumerate(checked.creators):
        other = names.get((fields.handle.lower(), fields.source))
        if other is None or other == identity:
            continue
        if identity in here or other in coming:
            raise Refused(f"@{fields.handle} is there already.", f"creators[{place}].handle")
        known[identity] = other
    return known


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
    if old is not None and old.creator != fields.creator:
        raise Refused("A widget with this id is another creator's.", f"{at}creator")
    if key is not None and settings.is_dead_key(db, key):
        key = None  # it was replaced, for a reason
    holder = None if key is None else settings.widget_by_key(db, key)
    if holder not in (None, identity):
        raise Refused("This key belongs to another widget.", f"{at}key")
    key = key or (old.key if old is not None else new_key())
    made_ms = old.made_ms if old is not None else now_ms
    plain = {name: getattr(fields, name) for name in fields.__struct_fields__}
    if old is not None and old.key == key and all(getattr(old, name) == value for name, value in plain.items()):
        now_ms = old.changed_ms
    return WidgetRow(id=identity, key=key, made_ms=made_ms, changed_ms=now_ms, **plain)


def tidy(db: sqlite3.Connection, themes: Path) -> None:
    """After a commit or a crash: what an import left beside the themes is finished or taken back."""
    for stage in themes.glob(f"{STAGE}-*") if themes.is_dir() else []:
        if settings.get(db, IMPORTED) == stage.name:
            shutil.rmtree(stage, ignore_errors=True)
        else:
            swap_back(stage, themes)
