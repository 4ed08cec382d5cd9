"""Writes docs/widgets.md from the kinds' own declarations: `python -m tools.widget_docs`; `--check` only compares."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import msgspec

from overlay.widgets import KINDS

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "widgets.md"
HEAD = """# Widgets

Made by `make docs` from the declarations in `overlay/widgets`; do not edit by hand. Every option can also stand in the
address of one source (`?rows=3`), where a bad one is ignored and named in the console.

## Options that every widget has

{shared}
"""


def table(rows: list[tuple[str, str, str]]) -> str:
    """Options as a table."""
    lines = ["| option | takes | default |", "| --- | --- | --- |"]
    lines += [f"| `{name}` | {takes} | `{default}` |" for name, takes, default in rows]
    return "\n".join(lines)


def takes(schema: dict[str, Any], components: dict[str, Any]) -> str:
    """What an option takes, in a few words."""
    if "$ref" in schema:
        schema = components[schema["$ref"].rpartition("/")[2]]
    if "enum" in schema:
        return " · ".join(f"`{value}`" for value in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(takes(part, components) for part in schema["anyOf"]))
    kind = schema.get("type", "anything")
    if kind == "array":
        return f"list of {takes(schema.get('items', {}), components)}"
    if kind == "object" and "properties" in schema:
        return "{" + ", ".join(schema["properties"]) + "}"
    words: dict[str, str] = {
        "integer": "whole number",
        "boolean": "true or false",
        "string": "text",
        "null": "null",
        "object": "object",
    }
    low, high = schema.get("minimum"), schema.get("maximum")
    span = f" {low} to {high}" if low is not None and high is not None else ""
    return f"{words.get(kind, kind)}{span}"


def options(kind: str) -> list[tuple[str, str, str]]:
    """Every option of a kind: name, what it takes, default."""
    struct = KINDS[kind].options
    schema = msgspec.json.schema(struct)
    components = schema["$defs"]
    properties = components[schema["$ref"].rpartition("/")[2]]["properties"]
    defaults = msgspec.to_builtins(struct())
    return [
        (name, takes(part, components), msgspec.json.encode(defaults[name]).decode())
        for name, part in properties.items()
    ]


def write() -> str:
    """The whole page."""
    shared = set(KINDS["counter"].options.__struct_fields__) & set(KINDS["leaderboard"].options.__struct_fields__)
    common = [row for row in options("counter") if row[0] in shared and row[0] not in {"metric", "period", "compact"}]
    names = {name for name, _, _ in common}
    parts = [HEAD.format(shared=table(common))]
    for kind in KINDS.values():
        own = [row for row in options(kind.name) if row[0] not in names]
        parts.append(
            f"## {kind.title} (`{kind.name}`)\n\n{kind.summary} "
            f"Default size {kind.width} × {kind.height}.\n\n{table(own)}\n"
        )
    return "\n".join(parts)


def main() -> int:
    """Write the page, or say that it is not what would be written."""
    page = write()
    if "--check" in sys.argv:
        return 0 if TARGET.read_text("utf-8") == page else 1
    TARGET.write_text(page, "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
