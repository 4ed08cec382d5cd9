"""Something to read from while the data folder cannot be written: the database itself, or a copy elsewhere.

What is read must be all that was ever committed, else a room would begin too low and later overwrite what it had. So a
database that can be neither read nor copied whole stops the start instead.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import tempfile
from pathlib import Path

from overlay.store.books import Books
from overlay.store.db import NAME, StoreError, check_file, connect, connect_reader, explain
from overlay.store.draft import Draft, is_left
from overlay.store.migrations import migrate, version
from overlay.store.schema import MIGRATIONS


def stand_in(path: Path, error: BaseException) -> tuple[Path, str, bool]:
    """What to read from, the name of the last run that wrote there, and whether it is a copy to be thrown away."""
    try:
        with contextlib.closing(connect_reader(path)) as db:
            if version(db) == len(MIGRATIONS) and not is_left(db):
                return path, _run(db), False
    except sqlite3.Error:
        pass
    folder = Path(tempfile.mkdtemp(prefix="overlay-reading-"))
    copy = folder / NAME
    try:
        for tail in ("", "-wal"):
            part = path.with_name(path.name + tail)
            if part.exists():
                shutil.copyfile(part, folder / part.name)
        if copy.exists() and check_file(copy) is not None:
            raise StoreError(explain(error, path.parent))
        with contextlib.closing(connect(copy)) as db:
            migrate(db, lambda _: None)
            enter_rest(db)
            return copy, _run(db), True
    except (OSError, sqlite3.Error):
        shutil.rmtree(folder, ignore_errors=True)
        raise StoreError(explain(error, path.parent)) from error


def enter_rest(db: sqlite3.Connection) -> None:
    """What a killed program has committed and not entered."""
    draft, books = Draft(), Books()
    draft.load(db, 0)
    tick = int(db.execute("SELECT body FROM meta WHERE name='tick'").fetchone()[0])
    db.execute("BEGIN")
    for room in draft.waiting():
        books.enter(db, draft.changes(room), tick)
        draft.mark(db, room)
        draft.done(room)
    db.execute("COMMIT")


def _run(db: sqlite3.Connection) -> str:
    return str(db.execute("SELECT body FROM meta WHERE name='run'").fetchone()[0])
