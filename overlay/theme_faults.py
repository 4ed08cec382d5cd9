"""What is wrong with the owner's own themes on disk: each fault with its theme, file and line, for who mends it.

Overlays go on with a damaged theme as well as they can and say nothing; this says it in the studio and the doctor. It
reads and changes nothing.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from overlay.core.css import faults
from overlay.core.toml import BadToml, read_toml
from overlay.theme_import import is_ours
from overlay.themes import NAME

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from overlay.themes import Themes

WHYS: Final = {
    "name": "the folder's name cannot be a theme's: small letters, digits and - only, 40 at most",
    "taken": "a built-in theme has this name already",
    "toml": "this is not written as TOML is written",
    "words": "title must be a text, and colours a list of texts",
    "open": "this { is never closed",
    "more": "there is a } too many",
    "unended": "a text or comment is never closed",
    "elsewhere": "this is not loaded: a theme brings everything itself",
}
MOST_BYTES: Final = 4_000_000
LINE: Final = re.compile(r"at line (\d+)")
HIDDEN: Final = re.compile(
    r"/\*[\s\S]*?(?:\*/|\Z)|\"(?:\\[\s\S]|[^\"\\\n])*(?:\"|\n|\Z)|'(?:\\[\s\S]|[^'\\\n])*(?:'|\n|\Z)"
)
"""Comments and texts: braces in them do not count."""


class ThemeFault(Struct, frozen=True, kw_only=True):
    """One thing wrong: in which theme, and as the rest of a sentence what and where."""

    theme: str
    found: str


def theme_faults(themes: Themes) -> list[ThemeFault]:
    """The first fault of each file of each of the owner's own themes."""
    try:
        folders = sorted(path for path in themes.folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    except OSError:
        return []
    return [ThemeFault(theme=folder.name, found=found) for folder in folders for found in of_theme(folder, themes)]


def of_theme(folder: Path, themes: Themes) -> list[str]:
    """What is wrong with one theme."""
    if not NAME.match(folder.name):
        return [WHYS["name"]]
    if folder.name in themes.built_in():
        return [WHYS["taken"]]
    found = [of_file(folder / name, check) for name, check in (("theme.toml", of_toml), ("theme.css", of_css))]
    return [fault for fault in found if fault]


def of_file(path: Path, check: Callable[[str], tuple[int, str]]) -> str:
    """What is wrong with one file; empty if nothing. A file that has not changed since is not read again."""
    try:
        about = path.stat()
    except OSError:
        return f"{path.name} is missing"
    return read(path, check, about.st_mtime_ns, about.st_size)


@lru_cache(maxsize=256)
def read(path: Path, check: Callable[[str], tuple[int, str]], _changed_ns: int, _size: int) -> str:
    """The same, of a file as it was at that moment."""
    try:
        with path.open("rb") as file:
            text = file.read(MOST_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError:
        return f"{path.name} is not text in UTF-8"
    except OSError:
        return f"{path.name} cannot be read"
    line, why = check(text)
    return f"{path.name}{f', line {line}' if line else ''}: {WHYS[why]}" if why else ""


def of_toml(text: str) -> tuple[int, str]:
    """On which line a theme's description is wrong, and how."""
    try:
        told = read_toml(text)
    except BadToml as trouble:
        named = LINE.search(str(trouble))
        return int(named[1]) if named else text.count("\n") + 1, "toml"
    colours = told.get("colors", told.get("colours", ()))
    colours = list(colours.values()) if isinstance(colours, dict) else colours
    well = isinstance(colours, list | tuple) and all(isinstance(one, str) for one in colours)
    return 0, "" if well and isinstance(told.get("title", ""), str) else "words"


def of_css(text: str) -> tuple[int, str]:
    """On which line a theme's CSS is broken, or would load what it may not, and how."""
    open_at: list[int] = []
    for found in HIDDEN.finditer(text):
        if is_unended(found[0]):
            return line_of(text, found.start()), "unended"
    bare = HIDDEN.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
    for sign in re.finditer(r"[{}]", bare):
        if sign[0] == "{":
            open_at.append(sign.start())
        elif open_at:
            open_at.pop()
        else:
            return line_of(text, sign.start()), "more"
    if open_at:
        return line_of(text, open_at[-1]), "open"
    strange = faults(text, is_ours, most=1)
    return (strange[0].line, "elsewhere") if strange else (0, "")


def is_unended(piece: str) -> bool:
    """Whether a comment or text runs to the end of the file, or of its line."""
    if piece.startswith("/*"):
        return len(piece) < 4 or not piece.endswith("*/")
    return len(piece) < 2 or piece[-1] != piece[0]


def line_of(text: str, at: int) -> int:
    """The line of a place."""
    return text.count("\n", 0, at) + 1
