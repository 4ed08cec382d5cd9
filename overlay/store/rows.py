"""What the studio sets: creators and widgets as the store keeps them, and the checks that need no other part.

Options of widgets are checked by whoever knows the kinds; here they are only an object of JSON.
"""

from __future__ import annotations

import secrets
from typing import Any, Final, Literal, TypeVar

import msgspec
from msgspec import Struct, field

from overlay.store.db import Refused

F = TypeVar("F")
KEY_BYTES: Final = 18
"""144 random bits: more than the 128 an overlay address must have, and no padding in base64."""


class CaptionsWanted(Struct, kw_only=True, forbid_unknown_fields=True):
    """What is bought and asked for of captions."""

    source: Literal["native", "captions", "off"] = "native"
    language: str | None = None
    translate: str | None = None
    speakers: bool = True
    max_minutes: float | None = None


class CreatorRow(Struct, kw_only=True):
    """A creator. `deleted_ms` is set while the deletion can still be undone."""

    id: str
    handle: str
    source: Literal["tiktool", "simulator"] = "tiktool"
    enabled: bool = True
    time_zone: str = "UTC"
    priority: int = 0
    record: bool = False
    keep_days: int | None = None
    captions: CaptionsWanted = field(default_factory=CaptionsWanted)
    made_ms: int = 0
    deleted_ms: int | None = None


class WidgetRow(Struct, kw_only=True):
    """A configured overlay. `key` is the secret part of its address."""

    id: str
    creator: str
    kind: str
    name: str = ""
    theme: str = "default"
    options: dict[str, Any] = field(default_factory=dict)
    key: str
    made_ms: int = 0
    changed_ms: int = 0
    deleted_ms: int | None = None


class WidgetVersion(Struct, kw_only=True):
    """What a widget was before a change."""

    version: int
    at_ms: int
    name: str
    theme: str
    options: dict[str, Any]


class CreatorFields(Struct, kw_only=True, forbid_unknown_fields=True):
    """What of a creator may be set from outside."""

    handle: str
    source: Literal["tiktool", "simulator"] = "tiktool"
    enabled: bool = True
    time_zone: str = "UTC"
    priority: int = 0
    record: bool = False
    keep_days: int | None = None
    captions: CaptionsWanted = field(default_factory=CaptionsWanted)


class WidgetFields(Struct, kw_only=True, forbid_unknown_fields=True):
    """What of a widget may be set from outside."""

    creator: str
    kind: str
    name: str = ""
    theme: str = "default"
    options: dict[str, Any] = field(default_factory=dict)


def new_id(kind: Literal["creator", "widget"]) -> str:
    """A name that nobody has yet."""
    return f"{kind[0]}{secrets.token_hex(8)}"


def new_key() -> str:
    """The secret part of an overlay address."""
    return secrets.token_urlsafe(KEY_BYTES)


def creator_fields(values: object, *, at: str = "") -> CreatorFields:
    """Checked; the fault is named by its field."""
    fields = _convert(values, CreatorFields, at)
    if not fields.handle.strip().lstrip("@"):
        raise Refused("A creator needs a handle.", f"{at}handle")
    if fields.keep_days is not None and fields.keep_days < 1:
        raise Refused("keep_days is at least 1, or null for ever.", f"{at}keep_days")
    if fields.captions.max_minutes is not None and fields.captions.max_minutes < 0:
        raise Refused("max_minutes is not below 0.", f"{at}captions.max_minutes")
    fields.handle = fields.handle.strip().lstrip("@")
    return fields


def widget_fields(values: object, *, at: str = "") -> WidgetFields:
    """Checked; the fault is named by its field."""
    return _convert(values, WidgetFields, at)


def _convert(values: object, form: type[F], at: str) -> F:
    try:
        return msgspec.convert(values, form)
    except msgspec.ValidationError as error:
        text, _, path = str(error).partition(" - at `$")
        place = path.rstrip("`").lstrip(".")
        if text.startswith(("Object contains unknown field `", "Object missing required field `")):
            name = text.split("`")[1]
            place = f"{place}.{name}" if place else name
        raise Refused(f"{text}.", f"{at}{place}" or None) from None


def dump_creator(row: CreatorRow) -> str:
    """The columns that are kept together."""
    fields = msgspec.structs.asdict(row)
    for name in ("id", "made_ms", "deleted_ms"):
        del fields[name]
    return msgspec.json.encode(fields).decode()


def load_creator(columns: tuple[Any, ...]) -> CreatorRow:
    """id, made_ms, deleted_ms, body."""
    identity, made_ms, deleted_ms, body = columns
    fields = msgspec.json.decode(body, type=CreatorFields)
    values = {name: getattr(fields, name) for name in fields.__struct_fields__}
    return CreatorRow(id=identity, made_ms=made_ms, deleted_ms=deleted_ms, **values)


def load_widget(columns: tuple[Any, ...]) -> WidgetRow:
    """The columns of a widget, in the order of the struct."""
    values = dict(zip(WidgetRow.__struct_fields__, columns, strict=True))
    values["options"] = msgspec.json.decode(values["options"])
    return WidgetRow(**values)
