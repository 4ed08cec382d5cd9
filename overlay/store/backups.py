"""The database's own backups, and putting one in the place of a damaged file.

Every day a whole copy, checked, three kept; after every change of settings a small one of these alone; one at the end
if that is quick; one before each migration. What can still be read of a damaged file is added to the backup, because a
day's counts are worth more than a tidy copy. The owner's own backups of the whole folder are in `archive.py`.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import sqlite3
import time
from typing import TYPE_CHECKING, Final

from overlay.store.db import Damaged, check_file, connect
from overlay.store.migrations import migrate, version
from overlay.store.schema import MIGRATIONS, SETTINGS_TABLES

if TYPE_CHECKING:
    from pathlib import Path

KEEP: Final = 3
DAY_S: Final = 86_400
QUICK_BYTES: Final = 64 << 20
"""A database up to this size is copied at the end too."""

IDENTITIES: Final = ("room", "person", "stream", "period")
"""Tables that give numbers their names: without them, rows that point to such numbers mean nothing."""

COUNTS: Final = (
    "score", "total", "memory", "state", "stage", "given", "minute", "round", "line", "hour", "hook_event",
)  # fmt: skip
FACTS_SAVE: Final = (
    "INSERT INTO main.fact SELECT * FROM bad.fact WHERE seq > (SELECT coalesce(max(seq), 0) FROM main.fact)"
)
TICK_SAVE: Final = (
    "UPDATE main.meta SET body=max(body, (SELECT body FROM bad.meta WHERE name='tick')) WHERE name='tick'"
)

_log = logging.getLogger(__name__)


def stamp() -> str:
    """A moment as a part of a file's name."""
    return time.strftime("%Y%m%d-%H%M%S", time.gmtime())


def copy_to(source: Path, target: Path) -> None:
    """A copy as of one moment, while others read and write; checked before it gets its name."""
    temporary = target.with_name(f".{target.name}.part")
    _private(temporary)
    try:
        with (
            contextlib.closing(sqlite3.connect(source, isolation_level=None)) as old,
            contextlib.closing(sqlite3.connect(temporary, isolation_level=None)) as new,
        ):
            old.execute("PRAGMA busy_timeout=3000")
            old.backup(new)
            new.execute("PRAGMA journal_mode=DELETE")
        wrong = check_file(temporary)
        if wrong is not None:
            raise Damaged(wrong)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def daily(path: Path, now_s: float) -> Path | None:
    """Make the backup of the day if it is due."""
    newest = max((_made(found) for found in _dailies(path)), default=0.0)
    if newest <= now_s < newest + DAY_S:
        return None
    target = path.parent / "backups" / f"daily-{stamp()}.db"
    copy_to(path, target)
    for old in _dailies(path)[KEEP:]:
        old.unlink(missing_ok=True)
    return target


def settings(path: Path) -> None:
    """What the owner has set, alone: small enough to be copied after every change."""
    target = path.parent / "backups" / "settings.db"
    temporary = target.with_name(".settings.db.part")
    _private(temporary)
    try:
        with contextlib.closing(sqlite3.connect(temporary, isolation_level=None)) as new:
            migrate(new, lambda _: None)
            new.execute("ATTACH ? AS live", (str(path),))
            _take_over(new, "live", SETTINGS_TABLES)
            new.execute("DETACH live")
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def at_end(path: Path) -> None:
    """A last copy, if that is quick."""
    if path.stat().st_size <= QUICK_BYTES:
        copy_to(path, path.parent / "backups" / "last.db")


def renew(path: Path) -> None:
    """Somebody wants to be forgotten: one new backup, and none that still remembers."""
    folder = path.parent / "backups"
    target = folder / f"daily-{stamp()}.db"
    copy_to(path, target)
    settings(path)
    for old in folder.glob("*.db"):
        if old not in (target, folder / "settings.db"):
            old.unlink(missing_ok=True)
    for old in path.parent.glob("overlay.damaged-*"):
        old.unlink(missing_ok=True)


def is_lost(path: Path) -> bool:
    """Whether there are backups and nothing, or nothing but an empty file, that they could be backups of."""
    return (not path.exists() or path.stat().st_size == 0) and any((path.parent / "backups").glob("*.db"))


def heal(path: Path) -> str:
    """Set the damaged database aside and put the newest good backup in its place; what was done, in a sentence."""
    aside = _set_aside(path)
    backup = _newest_good(path)
    if backup is not None:
        shutil.copyfile(backup, path)
        path.chmod(0o600)
    with contextlib.closing(connect(path)) as db:
        migrate(db, lambda _: None)
        _newer_settings(db, path, backup)
        saved = aside is not None and _salvage(db, aside)
    return _tell(path, aside, backup, saved=saved)


def _tell(path: Path, aside: Path | None, backup: Path | None, *, saved: bool) -> str:
    when = "" if backup is None else time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(_made(backup)))
    first = f"The database in {path.parent} was {'damaged' if aside else 'missing'}; "
    second = f"the backup of {when} was put in its place" if backup else "there was no good backup"
    if aside is None:
        return f"{first}{second}."
    third = "what could still be read of it was added" if saved else "what came after that is lost"
    if backup is None:
        third = "what could still be read of it was saved" if saved else "it begins anew"
    return f"{first}{second}, and {third}. The damaged file is kept as {aside.name}."


def _set_aside(path: Path) -> Path | None:
    """Move the database and its log; keep the last two such files."""
    if not path.exists() or path.stat().st_size == 0:
        _remove_log(path)
        path.unlink(missing_ok=True)
        return None
    aside = path.with_name(f"overlay.damaged-{stamp()}-{os.getpid()}.db")
    for tail in ("", "-wal"):
        part = path.with_name(path.name + tail)
        if part.exists():
            part.replace(aside.with_name(aside.name + tail))
    _remove_log(path)
    old = sorted(path.parent.glob("overlay.damaged-*.db"), key=_made, reverse=True)[2:]
    for found in old:
        for tail in ("", "-wal", "-shm"):
            found.with_name(found.name + tail).unlink(missing_ok=True)
    return aside


def _newest_good(path: Path) -> Path | None:
    folder = path.parent / "backups"
    whole = [found for found in folder.glob("*.db") if found.name != "settings.db"]
    small = [found for found in (folder / "settings.db",) if found.exists()]
    for found in [*sorted(whole, key=_made, reverse=True), *small]:
        wrong = check_file(found)
        if wrong is None:
            return found
        _log.error("the backup %s is damaged too: %s", found.name, wrong)
    return None


def _newer_settings(db: sqlite3.Connection, path: Path, backup: Path | None) -> None:
    small = path.parent / "backups" / "settings.db"
    if backup is None or backup == small or not small.exists() or _made(small) < _made(backup):
        return
    if check_file(small) is None:
        with contextlib.suppress(sqlite3.Error):
            db.execute("ATTACH ? AS small", (str(small),))
            _take_over(db, "small", SETTINGS_TABLES)
            db.execute("DETACH small")


def _salvage(db: sqlite3.Connection, aside: Path) -> bool:
    """Take over every table of the damaged file that can be read from its beginning to its end."""
    try:
        with contextlib.closing(sqlite3.connect(aside, isolation_level=None)) as bad:
            if version(bad) != len(MIGRATIONS):
                return False
        db.execute("ATTACH ? AS bad", (str(aside),))
    except sqlite3.Error:
        return False
    taken = [table for table in SETTINGS_TABLES if _try(db, table)]
    try:
        _take_over(db, "bad", IDENTITIES)
    except sqlite3.Error:
        return bool(taken)
    taken += [table for table in COUNTS if _try(db, table)]
    if not _try(db, "draft"):
        db.execute("DELETE FROM main.draft")  # ticks of the backup: the tables have them, and more
    with contextlib.suppress(sqlite3.Error):
        db.execute(TICK_SAVE)
    with contextlib.suppress(sqlite3.Error):
        db.execute(FACTS_SAVE)
    with contextlib.suppress(sqlite3.Error):
        db.execute("DETACH bad")
    return bool(taken)


def _try(db: sqlite3.Connection, table: str) -> bool:
    try:
        _take_over(db, "bad", (table,))
    except sqlite3.Error as error:
        _log.warning("the table %s of the damaged database cannot be read: %s", table, error)
        return False
    return True


def _take_over(db: sqlite3.Connection, source: str, tables: tuple[str, ...]) -> None:
    """These tables as they are in an attached database, all or none. Names are ours, never from outside."""
    db.execute("BEGIN")  # no more: IMMEDIATE would lock the attached one for whoever writes there
    try:
        for table in tables:
            db.execute(f"DELETE FROM main.{table}")  # noqa: S608
            db.execute(f"INSERT INTO main.{table} SELECT * FROM {source}.{table}")  # noqa: S608
        db.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            db.execute("ROLLBACK")
        raise


def _remove_log(path: Path) -> None:
    for tail in ("-wal", "-shm"):
        path.with_name(path.name + tail).unlink(missing_ok=True)


def _dailies(path: Path) -> list[Path]:
    return sorted((path.parent / "backups").glob("daily-*.db"), key=_made, reverse=True)


def _made(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _private(path: Path) -> None:
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
