"""`overlay export`, `import`, `backup` and `restore`: on the data folder, or through the server that has it open.

It never changes anything halfway.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from typing import TYPE_CHECKING, Any

import tzlocal

from overlay.assets import assets
from overlay.config import data_folder
from overlay.problems import Problem
from overlay.store import FolderInUse, Store, StoreError
from overlay.store.archive import backup as backup_folder
from overlay.store.bundle import export as export_tables
from overlay.store.db import connect_reader
from overlay.themes import Themes
from overlay.tools.server import ask, find_server

if TYPE_CHECKING:
    import argparse
    from pathlib import Path


def run(told: argparse.Namespace) -> int:
    """One command; what the store refuses is one sentence."""
    folder = data_folder(told.folder, os.environ)
    try:
        return asyncio.run(DOINGS[told.command](folder, told))
    except (StoreError, Problem) as trouble:
        field = getattr(trouble, "field", None)
        where = f"{field}: " if field and not str(trouble).startswith(field) else ""
        sys.stderr.write(f"overlay: {where}{trouble}\n")
        return 1


async def export(folder: Path, told: argparse.Namespace) -> int:
    """Everything that was configured, as JSON on standard output; also while the server runs."""
    need_folder(folder)
    db = connect_reader(folder / "overlay.db")
    try:
        document = export_tables(db, folder / "themes", with_secrets=told.with_secrets, now_ms=int(time.time() * 1000))
    finally:
        db.close()
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=1) + "\n")
    return 0


async def import_(folder: Path, told: argparse.Namespace) -> int:
    """An export in, all or nothing."""
    body = told.file.read_bytes()
    try:
        document = json.loads(body)
    except ValueError:
        raise OSError(None, f"{told.file} is not an export: it is not JSON.") from None
    try:
        store = await Store.open(folder)
    except FolderInUse:
        headers = {"Content-Type": "application/json"}
        brought = ask(find_server(folder, None), "POST", "/api/import", told.token, content=body, headers=headers)
        return say(brought)
    try:
        themes = Themes(assets() / "themes", folder / "themes").names()
        from overlay.web.incoming import fit_offline  # noqa: PLC0415  all of the studio: a second that others need not wait

        return say(await store.import_(document, fit_offline(themes, tzlocal.get_localzone_name() or "UTC")))
    finally:
        await store.close()


async def backup(folder: Path, told: argparse.Namespace) -> int:
    """The whole data folder into one file, also while the server runs."""
    need_folder(folder)
    need_place(told.file, folder, replace=told.replace)
    await asyncio.to_thread(backup_folder, folder, told.file)
    sys.stdout.write(f"The backup is in {told.file}. Keep it safe: it holds keys and secrets.\n")
    return 0


async def restore(folder: Path, told: argparse.Namespace) -> int:
    """A backup put back, all or nothing."""
    if not told.file.is_file():
        raise OSError(None, f"There is no file {told.file}.")
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    try:
        store = await Store.open(folder)
    except FolderInUse:
        with told.file.open("rb") as file:
            headers = {"Content-Type": "application/zip"}
            ask(find_server(folder, None), "POST", "/api/restore", told.token, content=file, headers=headers)
        return restored(folder)
    try:
        from overlay.web.incoming import check_secrets  # noqa: PLC0415  as above

        await store.restore(told.file, check_secrets)
    finally:
        await store.close()
    return restored(folder)


def restored(folder: Path) -> int:
    """It is done."""
    sys.stdout.write(f"Everything in {folder} is as the backup has it.\n")
    return 0


def need_folder(folder: Path) -> None:
    """There must be something to take."""
    if not (folder / "overlay.db").is_file():
        raise OSError(None, f"There is no overlay data in {folder}; name the folder with --data.")


def need_place(target: Path, folder: Path, *, replace: bool) -> None:
    """What stands there already stays, unless it may go: it may be the one good backup. The data folder always does."""
    if target.exists() and not target.is_file():
        raise OSError(None, f"{target} is not a file: name one for the backup.")
    if not is_free(target, folder):
        raise OSError(
            None,
            f"{target} is in the data folder: choose a place outside it, or {folder / 'backups'} and no name that ends"
            " in .db or begins with a dot.",
        )
    if target.exists() and not replace:
        raise OSError(
            None, f"There is a file {target} already: choose another name, or add --replace to write over it."
        )


def is_free(target: Path, folder: Path) -> bool:
    """Whether a place, and the one that a link there leads to, is outside the data folder or its backups' own."""
    kept = folder / "backups"
    for place in (target.parent.resolve() / target.name, target.resolve()):
        if is_same(place.parent, kept):
            if place.name.startswith(".") or place.name.lower().endswith(".db"):  # the names of the server's own
                return False
        elif any(is_same(above, one) for above in place.parents for one in (folder, kept)):
            return False
    return True


def is_same(one: Path, other: Path) -> bool:
    """Whether both are one folder, however it is written."""
    try:
        return one.samefile(other)
    except OSError:
        return one == other.resolve()


def say(brought: dict[str, Any]) -> int:
    """What came in."""
    sys.stdout.write(", ".join(f"{what}: {count}" for what, count in brought.items()) + "\n")
    return 0


DOINGS = {"export": export, "import": import_, "backup": backup, "restore": restore}
COMMANDS = dict.fromkeys(DOINGS, run)
