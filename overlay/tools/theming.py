"""`overlay theme new`: begins a theme of the owner's own in the data folder, with every token in it.

A running server shows it at once and follows each save. It never changes a theme that is there.
"""

from __future__ import annotations

import json
import os
import re
import sys
from typing import TYPE_CHECKING, Final

from overlay.assets import assets
from overlay.config import data_folder
from overlay.problems import Problem
from overlay.theme_import import check_theme_name, put
from overlay.themes import TYPES, Themes
from overlay.tools.server import find_server

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

TITLE: Final = re.compile(r"^title\s*=.*$", re.MULTILINE)


def new(told: argparse.Namespace) -> int:
    """Make the theme and say what comes next; 2 for a name that cannot be, 1 for one that is taken."""
    folder = data_folder(told.folder, os.environ)
    themes = Themes(assets() / "themes", folder / "themes")
    try:
        check_theme_name(told.name, themes.built_in())
        model = folder_of(told.model, themes, folder)
    except Problem as trouble:
        sys.stderr.write(f"overlay: {trouble}\n")
        return 2
    place = folder / "themes" / told.name
    if place.exists():
        raise OSError(None, f"There is a theme {told.name!r} already, in {place}.")
    title = told.title or told.name.replace("-", " ").capitalize()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    put(copied(model, title), folder / "themes", told.name)
    sys.stdout.write(
        f"Made {place}\n"
        f"1. Choose the theme {title!r} in an overlay's settings at {find_server(folder, None)}/\n"
        f"   or open any overlay's address with ?preview=1&theme={told.name}\n"
        f"2. Change theme.css and save: what is open follows within a second.\n"
    )
    return 0


def folder_of(model: str | None, themes: Themes, folder: Path) -> Path:
    """What a new theme begins as: the skeleton, or a theme that is there."""
    if model is None:
        return assets() / "templates" / "theme"
    if model not in themes.names():
        raise Problem("invalid", f"There is no theme {model!r}; there are {', '.join(sorted(themes.names()))}.", "from")
    return (assets() if model in themes.built_in() else folder) / "themes" / model


def copied(model: Path, title: str) -> dict[str, bytes]:
    """The model's files, under another title."""
    files = {
        path.relative_to(model).as_posix(): path.read_bytes()
        for path in sorted(model.rglob("*"))
        if path.is_file() and path.suffix.lower() in TYPES
    }
    files["theme.toml"] = named(files["theme.toml"].decode("utf-8"), title).encode()
    return files


def named(toml: str, title: str) -> str:
    """The theme's own words with another title; a JSON text is a TOML text too."""
    line = f"title = {json.dumps(title, ensure_ascii=False)}"
    return TITLE.sub(lambda _: line, toml, count=1) if TITLE.search(toml) else f"{line}\n{toml}"


COMMANDS = {"new": new}
