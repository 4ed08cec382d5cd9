"""Opening the database file, and saying in plain words what is wrong with it. Knows no table.

One connection writes (the writer's thread), a few read; none is shared by two threads at the same moment.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from pathlib import Path
from typing import Final

NAME: Final = "overlay.db"
LOCK_WAIT_MS: Final = 250
"""How long a commit waits for another program's lock before it counts as trouble: pages wait with it."""

SLOW_LOCK_WAIT_MS: Final = 3_000
"""The same at opening, where nobody waits yet."""

FULL_BYTES: Final = 1 << 20
"""With less than this free, an unclear disk error is called what it is: a full disk."""

DAMAGE: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
TROUBLE: Final = (sqlite3.OperationalError, OSError)
"""What the disk or another program can do to us. Everything else is a bug and is let out."""


class StoreError(Exception):
    """The store cannot do what was asked; the text is one sentence for the owner."""


class CannotWrite(StoreError):
    """Nothing can be written now; nothing was changed."""


class FolderInUse(StoreError):
    """Another server has this data folder open."""


class Refused(StoreError):
    """What was brought (an import, a backup, a setting) is not fit; nothing was changed. `field` names the place."""

    def __init__(self, sentence: str, field: str | None = None) -> None:
        """The sentence, and where the fault is."""
        super().__init__(sentence)
        self.field = field


class NotFound(StoreError):
    """There is no such thing."""


class Damaged(sqlite3.DatabaseError):
    """The file is broken."""

    sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    sqlite_errorname = "SQLITE_CORRUPT"


def connect(path: Path, *, wait_ms: int = LOCK_WAIT_MS) -> sqlite3.Connection:
    """The writing connection: write-ahead log, and a commit that does not wait for the disk."""
    db = sqlite3.connect(path, isolation_level=None, cached_statements=256, check_same_thread=False)
    try:
        db.execute(f"PRAGMA busy_timeout={wait_ms:d}")
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=NORMAL")
        db.execute("PRAGMA wal_autocheckpoint=12000")  # a safety net: the pulse does it before, beside the writer
        db.execute("PRAGMA journal_size_limit=67108864")
        db.execute("PRAGMA temp_store=MEMORY")
        db.execute("PRAGMA secure_delete=ON")  # a name that was taken out is not to be read in the file's free space
        db.execute("PRAGMA cache_size=-32000")
    except BaseException:
        db.close()
        raise
    return db


def connect_reader(path: Path) -> sqlite3.Connection:
    """A reading connection."""
    db = sqlite3.connect(
        f"{path.resolve().as_uri()}?mode=rw",
        uri=True,
        isolation_level=None,
        cached_statements=128,
        check_same_thread=False,
    )
    try:
        db.execute(f"PRAGMA busy_timeout={SLOW_LOCK_WAIT_MS:d}")
        db.execute("PRAGMA query_only=ON")
        db.execute("PRAGMA temp_store=MEMORY")
        db.execute("PRAGMA cache_size=-16000")
        db.execute("PRAGMA mmap_size=0")  # a file that somebody cuts off must be an error, not the end of the process
    except BaseException:
        db.close()
        raise
    return db


def make_private(folder: Path, *names: str) -> None:
    """Folders that only their owner can look into. Fails only where nothing can be made at all."""
    for place in (folder, *(folder / name for name in names)):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(OSError):
            place.chmod(0o700)


def make_private_file(path: Path) -> None:
    """An empty file for its owner alone, if there is none.

    An existing one is never opened and closed here: that would drop the locks of connections to it.
    """
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with contextlib.suppress(OSError):
        path.chmod(0o600)


def is_damage(error: BaseException) -> bool:
    """Whether the file itself is broken, as against a full disk or a lock."""
    if not isinstance(error, sqlite3.DatabaseError):
        return False
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in DAMAGE


def is_trouble(error: BaseException) -> bool:
    """Whether waiting and trying again is the right answer."""
    return isinstance(error, TROUBLE) or is_damage(error)


def check(db: sqlite3.Connection) -> str | None:
    """What is wrong with a database, read whole; None if it is sound."""
    try:
        found = db.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        return str(error)
    return None if found == ("ok",) else str(found[0])


def check_file(path: Path) -> str | None:
    """The same for a file that nobody has open."""
    try:
        with contextlib.closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True)) as db:
            return check(db)
    except sqlite3.DatabaseError as error:
        return str(error)


def explain(error: BaseException, folder: Path) -> str:
    """One sentence: what is wrong and what to do."""
    code = getattr(error, "sqlite_errorcode", None)
    kind = code & 0xFF if code is not None else None
    if kind == sqlite3.SQLITE_FULL or getattr(error, "errno", None) in (28, 122) or _is_full(folder):
        return f"The disk of {folder} is full: free some space; until then nothing new is saved."
    if is_damage(error):
        return f"The database in {folder} is damaged."
    if kind in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return f"Another program holds the database in {folder} locked: close it; until then nothing new is saved."
    if kind in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM) or isinstance(error, OSError):
        return f"The data folder {folder} cannot be written: allow it; until then nothing new is saved."
    return f"The disk of {folder} reports an error ({error}); until it works again nothing new is saved."


def _is_full(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < FULL_BYTES
    except OSError:
        return False
