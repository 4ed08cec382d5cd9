"""What the command line may do with a data folder by itself: while a server has it open, and while none has.

Reading never needs the server. A restore does its work only where none is running; a running one restores by itself.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from overlay.store import archive, bundle
from overlay.store.base import now_ms
from overlay.store.db import NAME, NotFound, connect_reader, make_private
from overlay.store.lock import FolderLock

if TYPE_CHECKING:
    from pathlib import Path


def backup_folder(folder: Path, target: Path) -> None:
    """The whole data folder as one file, whether a server is running or not."""
    _require(folder)
    archive.backup(folder, target)


def export_folder(folder: Path, *, with_secrets: bool = False) -> dict[str, Any]:
    """Every creator, widget and user theme, whether a server is running or not."""
    _require(folder)
    with contextlib.closing(connect_reader(folder / NAME)) as db:
        return bundle.export(db, folder / "themes", with_secrets=with_secrets, now_ms=now_ms())


def restore_folder(folder: Path, source: Path) -> None:
    """Put a backup in the place of everything, all or nothing. `FolderInUse` if a server is running."""
    make_private(folder)
    lock = FolderLock(folder)
    lock.take()
    try:
        archive.finish(folder)
        archive.unpack(folder, source)
        archive.change_over(folder)
    finally:
        lock.drop()


def _require(folder: Path) -> None:
    if not (folder / NAME).exists():
        raise NotFound(f"There is no data in {folder}.")
