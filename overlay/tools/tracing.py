"""`overlay trace`: a recording through the folds, one JSON line a line.

It never talks to a server. A file in which no line can be read is traced like any other, and a sentence says so.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, Final

import msgspec

from overlay.config import BadSetting
from overlay.core.ledger import Listing
from overlay.core.recording import parse_line
from overlay.core.trace import START_MS, trace
from overlay.forms import read_options as checked
from overlay.problems import Problem
from overlay.tools.lines import read_lines
from overlay.widgets import KINDS

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from overlay.core.widget import Kind, Shared


LATEST_MS: Final = 100_000_000_000_000
"""The year 5138: a calendar ends somewhere."""
WRAPPERS: Final = ("response", "body", "data", "gifts", "catalogue_used")


def trace_file(told: argparse.Namespace) -> int:
    """Print one `{"t", "view"}` after every line of the file."""
    kind = KINDS.get(told.kind)
    if kind is None:
        raise BadSetting(f"--kind must be one of {', '.join(KINDS)}, not {told.kind!r}.")
    options = read_options(kind, told.options)
    catalogue = read_catalogue(told.catalogue) if told.catalogue else None
    start_ms = START_MS if told.start_ms is None else told.start_ms
    if not 0 <= start_ms <= LATEST_MS:
        raise BadSetting(f"--start-ms must be between 0 and {LATEST_MS}, not {start_ms}.")
    lines = list(read_lines(told.file))
    out = sys.stdout
    for step in trace(lines, kind, options, handle=told.handle, start_ms=start_ms, catalogue=catalogue):
        out.write(json.dumps(step, ensure_ascii=False, separators=(",", ":")) + "\n")
    out.flush()
    if lines and not any(map(is_readable, lines)):
        sys.stderr.write(f"overlay: {told.file} is no recording: not one line of it can be read.\n")
    return 0


def is_readable(line: bytes) -> bool:
    """Whether a line says anything a recording may say."""
    read = parse_line(line)
    return read.t is not None or bool(read.events) or bool(read.bad)


def read_options(kind: Kind, text: str) -> Shared:
    """The options that `--options` puts over the defaults."""
    try:
        given: dict[str, Any] = msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.MsgspecError:
        raise BadSetting("--options must be a JSON object, such as '{\"target\": 500}'.") from None
    try:
        return checked(kind, given)
    except Problem as problem:
        raise BadSetting(f"--options cannot be used: {problem.sentence}") from None


def read_catalogue(path: Path) -> dict[str, Listing]:
    """A gift catalogue: `{id: price}`, `{id: {…}}`, or a list of gifts as TikTool gives them, wrapped as it comes."""
    try:
        told = json.loads(path.read_text("utf-8"))
        while isinstance(told, dict) and (inner := next((name for name in WRAPPERS if name in told), None)):
            told = told[inner]
        rows = told.items() if isinstance(told, dict) else [(row.get("id", row.get("gift_id")), row) for row in told]
        return {str(gift): read_listing(row) for gift, row in rows}
    except (ValueError, TypeError, AttributeError) as trouble:
        raise BadSetting(f"--catalogue cannot be read: {trouble}") from None


def read_listing(row: Any) -> Listing:
    """One gift: a bare price, or an object with the catalogue's own names."""
    if not isinstance(row, dict):
        return Listing(price=int(row), streakable=None, name=None, picture=None)
    price = row.get("diamond_count", row.get("price", row.get("diamonds", 0)))
    streakable = row.get("streakable", row.get("combo"))
    return Listing(
        price=int(price or 0),
        streakable=None if streakable is None else bool(streakable),
        name=row.get("name"),
        picture=row.get("icon_url", row.get("icon")),
    )
