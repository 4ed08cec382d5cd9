"""What the owner has set: creators, widgets with their keys and former versions, single settings, secrets.

Every function here is one transaction of the caller's. Deleting only marks: an undo brings everything back, the key
too. A replaced key stays dead for good.
"""

from __future__ import annotations

import sqlite3
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from overlay.store.db import NotFound, Refused
from overlay.store.rows import (
    CreatorRow,
    WidgetRow,
    WidgetVersion,
    creator_fields,
    dump_creator,
    load_creator,
    load_widget,
    new_id,
    new_key,
    widget_fields,
)

VERSIONS: Final = 20
HOOK_DAYS_MS: Final = 8 * 86_400_000

CREATORS: Final = "SELECT id, made_ms, deleted_ms, body FROM creator ORDER BY place, id"
CREATOR: Final = "SELECT id, made_ms, deleted_ms, body FROM creator WHERE id=?"
CREATOR_PUT: Final = """
INSERT INTO creator (id, place, made_ms, deleted_ms, body)
VALUES (?, (SELECT coalesce(max(place), 0) + 1 FROM creator), ?, ?, ?)
ON CONFLICT DO UPDATE SET deleted_ms=excluded.deleted_ms, body=excluded.body
"""
WIDGETS: Final = """
SELECT id, creator, kind, name, theme, options, key, made_ms, changed_ms, deleted_ms FROM widget ORDER BY place, id
"""
WIDGET: Final = """
SELECT id, creator, kind, name, theme, options, key, made_ms, changed_ms, deleted_ms FROM widget WHERE id=?
"""
WIDGET_PUT: Final = """
INSERT INTO widget (id, place, creator, kind, name, theme, options, key, made_ms, changed_ms, deleted_ms)
VALUES (?, (SELECT coalesce(max(place), 0) + 1 FROM widget), ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET creator=excluded.creator, kind=excluded.kind, name=excluded.name, theme=excluded.theme,
options=excluded.options, key=excluded.key, changed_ms=excluded.changed_ms, deleted_ms=excluded.deleted_ms
"""
VERSION_ADD: Final = """
INSERT INTO widget_version (widget, version, at_ms, name, theme, options)
VALUES (?1, (SELECT coalesce(max(version), 0) + 1 FROM widget_version WHERE widget=?1), ?2, ?3, ?4, ?5)
"""
VERSION_TRIM: Final = """
DELETE FROM widget_version WHERE widget=?1
AND version <= (SELECT max(version) FROM widget_version WHERE widget=?1) - ?2
"""
VERSIONS_OF: Final = """
SELECT version, at_ms, name, theme, options FROM widget_version WHERE widget=? ORDER BY version DESC
"""
WIDGET_BY_KEY: Final = "SELECT id FROM widget WHERE key=?"
KEY_DIES: Final = "INSERT OR IGNORE INTO dead_key (key, widget, died_ms) VALUES (?, ?, ?)"
KEY_IS_DEAD: Final = "SELECT 1 FROM dead_key WHERE key=?"
SETTING: Final = "SELECT body FROM setting WHERE name=?"
SETTING_PUT: Final = "INSERT INTO setting (name, body) VALUES (?, ?) ON CONFLICT DO UPDATE SET body=excluded.body"
SETTING_DROP: Final = "DELETE FROM setting WHERE name=?"
SECRET: Final = "SELECT body FROM secret WHERE name=?"  # noqa: S105
SECRETS: Final = "SELECT name, body FROM secret ORDER BY name"
SECRET_PUT: Final = "INSERT INTO secret (name, body) VALUES (?, ?) ON CONFLICT DO UPDATE SET body=excluded.body"  # noqa: S105
SECRET_DROP: Final = "DELETE FROM secret WHERE name=?"  # noqa: S105
HOOK_SEEN: Final = "INSERT OR IGNORE INTO hook_event (id, at_ms) VALUES (?, ?)"
HOOK_FORGET: Final = "DELETE FROM hook_event WHERE at_ms < ?"

DB = sqlite3.Connection


# --- creators ---


def creators(db: DB, *, deleted: bool = False) -> list[CreatorRow]:
    """In the order in which they were made; deleted ones only if asked for."""
    rows = [load_creator(row) for row in db.execute(CREATORS).fetchall()]
    return [row for row in rows if deleted or row.deleted_ms is None]


def creator(db: DB, identity: str) -> CreatorRow:
    """One, deleted or not."""
    row = db.execute(CREATOR, (identity,)).fetchone()
    if row is None:
        raise NotFound("There is no such creator.")
    return load_creator(row)


def put_creator(db: DB, row: CreatorRow) -> CreatorRow:
    """Write a creator whole."""
    db.execute(CREATOR_PUT, (row.id, row.made_ms, row.deleted_ms, dump_creator(row)))
    return row


def add_creator(db: DB, values: dict[str, Any], now_ms: int) -> CreatorRow:
    """A new one."""
    fields = creator_fields(values)
    plain = {name: getattr(fields, name) for name in fields.__struct_fields__}
    return put_creator(db, CreatorRow(id=new_id("creator"), made_ms=now_ms, **plain))


def patch_creator(db: DB, identity: str, values: dict[str, Any]) -> CreatorRow:
    """Other values for some fields; of `captions`, too, only what is given."""
    old = creator(db, identity)
    if old.deleted_ms is not None:
        raise NotFound("This creator is deleted.")
    whole: dict[str, Any] = msgspec.to_builtins(old)
    for name in ("id", "made_ms", "deleted_ms"):
        del whole[name]
    captions = values.get("captions")
    if isinstance(captions, dict):
        values = {**values, "captions": {**whole["captions"], **captions}}
    fields = creator_fields({**whole, **values})
    return put_creator(db, replace(old, **{name: getattr(fields, name) for name in fields.__struct_fields__}))


def mark_creator(db: DB, identity: str, deleted_ms: int | None) -> CreatorRow:
    """Delete, or take that back with None."""
    return put_creator(db, replace(creator(db, identity), deleted_ms=deleted_ms))


# --- widgets ---


def widgets(db: DB, *, creator: str | None = None, deleted: bool = False) -> list[WidgetRow]:
    """In the order in which they were made. A deleted creator's widgets count as deleted."""
    living = {row.id for row in creators(db, deleted=deleted)}
    rows = [load_widget(row) for row in db.execute(WIDGETS).fetchall()]
    return [
        row
        for row in rows
        if (deleted or (row.deleted_ms is None and row.creator in living)) and creator in (None, row.creator)
    ]


def widget(db: DB, identity: str) -> WidgetRow:
    """One, deleted or not."""
    row = db.execute(WIDGET, (identity,)).fetchone()
    if row is None:
        raise NotFound("There is no such widget.")
    return load_widget(row)


def put_widget(db: DB, row: WidgetRow) -> WidgetRow:
    """Write a widget whole."""
    options = msgspec.json.encode(row.options).decode()
    columns = (row.id, row.creator, row.kind, row.name, row.theme, options, row.key)
    db.execute(WIDGET_PUT, (*columns, row.made_ms, row.changed_ms, row.deleted_ms))
    return row


def add_widget(db: DB, values: dict[str, Any], now_ms: int) -> WidgetRow:
    """A new one, with a new key."""
    fields = widget_fields(values)
    require_creator(db, fields.creator)
    plain = {name: getattr(fields, name) for name in fields.__struct_fields__}
    row = WidgetRow(id=new_id("widget"), key=new_key(), made_ms=now_ms, changed_ms=now_ms, **plain)
    return put_widget(db, row)


def patch_widget(db: DB, identity: str, values: dict[str, Any], now_ms: int) -> WidgetRow:
    """Other values for some fields (`options` whole); what it was before is kept as a version."""
    old = widget(db, identity)
    if old.deleted_ms is not None:
        raise NotFound("This widget is deleted.")
    whole = {name: getattr(old, name) for name in ("creator", "kind", "name", "theme", "options")}
    fields = widget_fields({**whole, **values})
    if fields.kind != old.kind:
        raise Refused("A widget's kind cannot be changed: make another one.", "kind")
    require_creator(db, fields.creator)
    new = replace(old, **{name: getattr(fields, name) for name in fields.__struct_fields__}, changed_ms=now_ms)
    if (new.name, new.theme, new.options) != (old.name, old.theme, old.options):
        options = msgspec.json.encode(old.options).decode()
        db.execute(VERSION_ADD, (old.id, old.changed_ms, old.name, old.theme, options))
        db.execute(VERSION_TRIM, (old.id, VERSIONS))
    return put_widget(db, new)


def mark_widget(db: DB, identity: str, deleted_ms: int | None) -> WidgetRow:
    """Delete, or take that back with None: the key lives again."""
    return put_widget(db, replace(widget(db, identity), deleted_ms=deleted_ms))


def rotate_key(db: DB, identity: str, now_ms: int) -> WidgetRow:
    """A new key; the old one is dead for good."""
    old = widget(db, identity)
    db.execute(KEY_DIES, (old.key, old.id, now_ms))
    return put_widget(db, replace(old, key=new_key()))


def is_dead_key(db: DB, key: str) -> bool:
    """Whether a key was replaced."""
    return db.execute(KEY_IS_DEAD, (key,)).fetchone() is not None


def versions(db: DB, identity: str) -> list[WidgetVersion]:
    """What a widget was, newest first."""
    return [
        WidgetVersion(version=version, at_ms=at_ms, name=name, theme=theme, options=msgspec.json.decode(options))
        for version, at_ms, name, theme, options in db.execute(VERSIONS_OF, (identity,)).fetchall()
    ]


def bring_back(db: DB, identity: str, version: int, now_ms: int) -> WidgetRow:
    """Make a former version the present one; the present one becomes a version."""
    for former in versions(db, identity):
        if former.version == version:
            values = {"name": former.name, "theme": former.theme, "options": former.options}
            return patch_widget(db, identity, values, now_ms)
    raise NotFound("There is no such version.")


def require_creator(db: DB, identity: str, at: str = "creator") -> None:
    """Refuse a widget of nobody."""
    row = db.execute(CREATOR, (identity,)).fetchone()
    if row is None or row[2] is not None:
        raise Refused("There is no such creator.", at)


def widget_by_key(db: DB, key: str) -> str | None:
    """Whose key this is, deleted widgets included."""
    row = db.execute(WIDGET_BY_KEY, (key,)).fetchone()
    return None if row is None else str(row[0])


# --- single settings and secrets ---


def get(db: DB, name: str, default: Any = None) -> Any:
    """A setting, as it was put."""
    row = db.execute(SETTING, (name,)).fetchone()
    return default if row is None else msgspec.json.decode(row[0])


def put(db: DB, name: str, value: Any) -> None:
    """Set, or with None remove."""
    if value is None:
        db.execute(SETTING_DROP, (name,))
    else:
        db.execute(SETTING_PUT, (name, msgspec.json.encode(value).decode()))


def secret(db: DB, name: str) -> str | None:
    """A secret; never to be shown."""
    row = db.execute(SECRET, (name,)).fetchone()
    return None if row is None else str(row[0])


def secrets_under(db: DB, prefix: str) -> dict[str, str]:
    """All secrets whose names begin so."""
    return {name: body for name, body in db.execute(SECRETS).fetchall() if name.startswith(prefix)}


def put_secret(db: DB, name: str, value: str | None) -> None:
    """Set, or with None remove."""
    if value is None:
        db.execute(SECRET_DROP, (name,))
    else:
        db.execute(SECRET_PUT, (name, value))


def seen_event(db: DB, event: str, now_ms: int) -> bool:
    """Whether a webhook's event was here before; from now on it was. Known for eight days."""
    db.execute(HOOK_FORGET, (now_ms - HOOK_DAYS_MS,))
    return db.execute(HOOK_SEEN, (event, now_ms)).rowcount == 0
