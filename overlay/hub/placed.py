"""A configured widget as the hub serves it, and how overrides in an address change its options for one source.

It never changes what is stored.
"""

from __future__ import annotations

from typing import Any, Final, get_args, get_origin
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct

from overlay.core.widget import Kind, Shared

PAGE_PARAMETERS: Final = frozenset(
    {"preview", "transport", "safe", "theme", "v", "lang", "layer-name", "layer-width", "layer-height"}
)
"""Parameters of an overlay address that are not options."""


class Placed(Struct, frozen=True, kw_only=True):
    """One configured widget."""

    id: str
    creator: str
    kind: Kind
    name: str
    theme: str
    key: str
    options: Shared


class Overridden(Struct, frozen=True):
    """Options after the overrides of an address: what was bad is named, never fatal."""

    options: Shared
    theme: str
    bad: tuple[str, ...]


def override(placed: Placed, query: str, themes: frozenset[str]) -> Overridden:
    """Put an address' overrides over a widget's options; a bad one is left out and named."""
    options, theme = placed.options, placed.theme
    bad: list[str] = []
    hints = {field.name: field.type for field in msgspec.structs.fields(placed.kind.options)}
    for name, text in parse_qsl(query, keep_blank_values=True):
        if name == "theme":
            theme, bad = (text, bad) if text in themes else (theme, [*bad, name])
            continue
        if name in PAGE_PARAMETERS:
            continue
        if name not in hints or (name == "since" and text.isdigit()):
            bad.append(name)
            continue
        try:
            value = read_text(text, hints[name])
            options = replaced(placed.kind, options, {name: value})
        except (msgspec.ValidationError, msgspec.DecodeError, ValueError):
            bad.append(name)
    return Overridden(options, theme, tuple(bad))


def read_text(text: str, hint: Any) -> Any:
    """An option's value out of an address: JSON where it looks like it, commas for lists, else plain text."""
    base = get_args(hint)[0] if get_origin(hint) is not None and hasattr(hint, "__metadata__") else hint
    if base is str:
        return text
    origin = get_origin(base) or base
    if text[:1] in "[{" and text:
        return msgspec.json.decode(text)
    if origin is list:
        return [part for part in text.split(",") if part]
    if base is bool:
        lowered = text.strip().lower()
        if lowered in {"1", "true", "yes", "on"}:
            return True
        if lowered in {"0", "false", "no", "off"}:
            return False
        raise ValueError(text)
    if text in {"null", "none"} and text != "none":
        return None
    return text


def replaced(kind: Kind, options: Shared, values: dict[str, Any]) -> Shared:
    """Options with some values changed, checked as if they came from outside."""
    whole = msgspec.to_builtins(options) | values
    changed: Shared = msgspec.convert(whole, kind.options, strict=False)
    return changed
