"""Writes docs/widgets.md from the kinds' own declarations: `python -m tools.widget_docs`; `--check` only compares.

What an option is called and what it does is said once, in the studio's English words: this page and the studio's form
show the same sentence.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import msgspec
from msgspec import inspect

from overlay.core.widget import END, Shared
from overlay.web.studio.words import Dictionary, Words
from overlay.widgets import KINDS

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "widgets.md"
WORDS = ROOT / "templates" / "studio" / "words"
PICTURES = "../static/theme-pictures"
HEAD = """# Widgets

Made by `make docs` from the declarations in `overlay/widgets` and the studio's words; do not edit by hand. In bold is
what an option is called on the settings pages. Every option can also stand in the address of one source (`?rows=3`),
where a bad one is ignored and named in the console.

A source of any size will do: what is drawn grows and shrinks with it. One that is more than four times as wide as high
(five times for chat and feed) is a strip, in which rows stand side by side, as many as can be read.

## Options that every widget has

{shared}
"""


Row = tuple[str, str, str, str]


def table(rows: list[Row]) -> str:
    """Options as a table."""
    lines = ["| option | takes | default | what it does |", "| --- | --- | --- | --- |"]
    lines += [f"| `{name}` | {takes} | `{default}` | {said} |" for name, takes, default, said in rows]
    return "\n".join(lines)


def said(words: Words, kind: str, name: str) -> str:
    """What an option is called and what it does; a KeyError if nobody has said it."""
    label, hint = (f"option.{kind}.{name}", f"option.{name}"), (f"option.{kind}.{name}.hint", f"option.{name}.hint")
    for keys in (label, hint):
        if not any(words.has(key) for key in keys):
            raise KeyError(keys[-1])
    return f"**{words.first(*label)}.** {words.first(*hint)}".replace("|", "\\|")


def entries(words: Words, kind: str) -> str:
    """What stands in the options that are lists of several things each, one line an option."""
    lines = []
    for part in inspect.type_info(KINDS[kind].options).fields:  # type: ignore[attr-defined]  # options are structs
        inner = getattr(part.type, "item_type", None)
        if isinstance(inner, inspect.StructType):
            names = [
                f"`{one.name}` ({words.first(f'option.{part.name}.{one.name}', f'option.{one.name}')})"
                for one in inner.fields
            ]
            lines.append(f"Each of `{part.name}` has: {', '.join(names)}.\n")
    return "\n".join(["", *lines]) if lines else ""


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
    named = [
        re.sub(r"\[.*", "…", one)
        for one in schema.get("pattern", "").removesuffix(END).strip("^()").split("|")
        if one[:1].islower()
    ]
    if len(named) > 1:
        return " · ".join(f"`{one}`" for one in named)
    low, high = schema.get("minimum"), schema.get("maximum")
    span = f" {low:,} to {high:,}" if low is not None and high is not None else ""
    return f"{words.get(kind, kind)}{span}"


def options(words: Words, kind: str) -> list[Row]:
    """Every option of a kind: name, what it takes, default, what it does."""
    struct = KINDS[kind].options
    schema = msgspec.json.schema(struct)
    components = schema["$defs"]
    properties = components[schema["$ref"].rpartition("/")[2]]["properties"]
    defaults = msgspec.to_builtins(struct())
    return [
        (name, takes(part, components), msgspec.json.encode(defaults[name]).decode(), said(words, kind, name))
        for name, part in properties.items()
    ]


def write() -> str:
    """The whole page."""
    words = Dictionary(WORDS).languages["en"]
    names = set(Shared.__struct_fields__)
    parts = [HEAD.format(shared=table([row for row in options(words, "counter") if row[0] in names]))]
    for kind in KINDS.values():
        own = [row for row in options(words, kind.name) if row[0] not in names]
        picture = f"![{kind.title}]({PICTURES}/default-{kind.name}.webp)"
        parts.append(
            f"## {kind.title} (`{kind.name}`)\n\n{picture}\n\n{kind.summary} "
            f"Default size {kind.width} × {kind.height}.\n\n{table(own)}\n{entries(words, kind.name)}"
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
