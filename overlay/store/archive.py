"""The whole data folder as one file, and back: streamed, checked, all or nothing.

A backup is a zip: a list of contents with sizes and SHA-256 first, then the database as of one moment and every other
file. Nothing in a file that is brought is believed: every name, size and sum is checked while it is read, and it only
takes the place of what is there once all of it lies, sound, beside it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import sqlite3
import stat
import unicodedata
import zipfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from overlay.store import backups, settings
from overlay.store.db import NAME, Refused, StoreError, check_file, connect
from overlay.store.migrations import migrate, version
from overlay.store.names import safe_name
from overlay.store.schema import MIGRATIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FORMAT: Final = "overlay-backup"
CONTENTS: Final = "contents.json"
MOST_BYTES: Final = 64 << 30
MOST_FILES: Final = 500_000
CHUNK: Final = 1 << 20
PACKED: Final = {".zst", ".webp", ".png", ".jpg", ".jpeg", ".gif", ".avif", ".woff2", ".mp3", ".ogg", ".webm"}
"""Files that do not get smaller."""

STAGE: Final = ".restore"
"""What is being restored lies here until it is complete; then `ready` says so."""
LEFT_OUT: Final = {"backups", STAGE, "overlay.lock", NAME, f"{NAME}-wal", f"{NAME}-shm"}
NOTE: Final = "server.json"  # where the server of this folder is: true of this folder alone, now
NOT_PACKED: Final = LEFT_OUT | {NOTE}


class Entry(Struct):
    """One file of a backup."""

    name: str
    size: int
    sha256: str


class Contents(Struct):
    """The list of contents."""

    format: str
    version: int
    files: list[Entry]


# --- making one ---


def backup(folder: Path, target: Path) -> None:
    """Write the whole data folder to a file, while the server runs; all of it or no file."""
    try:
        _backup(folder, target)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"The backup could not be written to {target}: {_why(error)}.") from error


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _backup(folder: Path, target: Path) -> None:
    part = target.with_name(f".{target.name}.part")
    copy = part.with_name(f"{part.name}.db")
    try:
        backups.copy_to(folder / NAME, copy)
        files = [(NAME, copy), *_files(folder)]
        with _create(part) as zipped:
            entries = [_pack(zipped, name, path) for name, path in files]
            contents = Contents(FORMAT, 1, [entry for entry in entries if entry is not None])
            zipped.writestr(CONTENTS, msgspec.json.encode(contents))
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
        copy.unlink(missing_ok=True)


@contextlib.contextmanager
def _create(path: Path) -> Iterator[zipfile.ZipFile]:
    path.unlink(missing_ok=True)
    number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(number, "w+b") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as zipped:
        yield zipped


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        top = name.split("/")[0]
        if top in NOT_PACKED or top.startswith("overlay.damaged-") or path.is_symlink() or not path.is_file():
            continue
        if not any(part.startswith(".") for part in name.split("/")) and safe_name(name):
            yield name, path


def _pack(zipped: zipfile.ZipFile, name: str, path: Path) -> Entry | None:
    """One file, as long as it was when it was opened: recordings may be growing. None if it is gone by now."""
    digest, left = hashlib.sha256(), 0
    try:
        with path.open("rb") as file:
            size = left = os.fstat(file.fileno()).st_size
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_STORED if path.suffix in PACKED else zipfile.ZIP_DEFLATED
            with zipped.open(info, "w", force_zip64=True) as packed:
                while left and (chunk := file.read(min(CHUNK, left))):
                    digest.update(chunk)
                    packed.write(chunk)
                    left -= len(chunk)
    except FileNotFoundError:
        return None
    return Entry(name, size - left, digest.hexdigest())


# --- taking one in ---


def unpack(folder: Path, source: Path, check: Callable[[dict[str, str]], None] | None = None) -> None:
    """Lay a backup, checked, beside what is there; refused with the reason if anything about it is wrong."""
    stage = folder / STAGE
    shutil.rmtree(stage, ignore_errors=True)
    new = stage / "new"
    try:
        new.mkdir(mode=0o700, parents=True)
        try:
            with zipfile.ZipFile(source) as zipped:
                _unpack(zipped, new, shutil.disk_usage(folder).free)
        except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, RuntimeError):
            raise Refused("This is not a whole backup: it was cut off, or is another kind of file.") from None
        except (ValueError, KeyError, _zlib_error()) as error:
            raise Refused(f"This backup is damaged: {error}.") from None
        _check_database(new / NAME, check)
    except OSError as error:
        shutil.rmtree(stage, ignore_errors=True)
        raise StoreError(f"The backup could not be taken in: {_why(error)}.") from error
    except BaseException:
        shutil.rmtree(stage, ignore_errors=True)
        raise


def _zlib_error() -> type[Exception]:
    import zlib  # noqa: PLC0415  only for the name of its error

    return zlib.error


def _unpack(zipped: zipfile.ZipFile, new: Path, free: int) -> None:
    try:
        contents = msgspec.json.decode(_read_small(zipped, CONTENTS), type=Contents)
    except (KeyError, msgspec.MsgspecError):
        raise Refused("This is no backup made by this program.") from None
    if contents.format != FORMAT or contents.version != 1:
        raise Refused("This backup was made by another version of this program.")
    listed = {entry.name: entry for entry in contents.files}
    _check_list(zipped, contents, listed, free)
    for info in zipped.infolist():
        if info.filename not in {CONTENTS, NOTE}:
            _unpack_one(zipped, info, listed[info.filename], new)


def _read_small(zipped: zipfile.ZipFile, name: str) -> bytes:
    with zipped.open(name) as file:
        return file.read(200 << 20)


def _check_list(zipped: zipfile.ZipFile, contents: Contents, listed: dict[str, Entry], free: int) -> None:
    infos = [info for info in zipped.infolist() if info.filename != CONTENTS]
    names = [info.filename for info in infos]
    if len(infos) > MOST_FILES or len(contents.files) != len(listed):
        raise Refused("This backup lists a file twice, or too many files.")
    if set(names) != set(listed) or len({_folded(name) for name in names}) != len(names):
        raise Refused("This backup does not hold what its list of contents says.")
    for info in infos:
        mode = info.external_attr >> 16
        if not safe_name(info.filename) or PurePosixPath(info.filename).parts[0] in LEFT_OUT - {NAME}:
            raise Refused(f"This backup holds a file with a forbidden name: {info.filename!a}.")
        if info.is_dir() or (stat.S_IFMT(mode) not in (0, stat.S_IFREG)):
            raise Refused(f"This backup holds something that is not a plain file: {info.filename!a}.")
    total = sum(entry.size for entry in contents.files)
    if NAME not in listed:
        raise Refused("This backup holds no database.")
    if total > MOST_BYTES or any(entry.size < 0 for entry in contents.files):
        raise Refused("This backup is too large.")
    if total > free:
        raise Refused("There is not enough room on the disk for this backup.")


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _unpack_one(zipped: zipfile.ZipFile, info: zipfile.ZipInfo, entry: Entry, new: Path) -> None:
    path = new.joinpath(*PurePosixPath(info.filename).parts)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest, left = hashlib.sha256(), entry.size
    with (
        zipped.open(info) as packed,
        os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file,
    ):
        while chunk := packed.read(CHUNK):
            left -= len(chunk)
            if left < 0:
                raise Refused(f"{info.filename} is longer than the list of contents says.")
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    if left or digest.hexdigest() != entry.sha256:
        raise Refused(f"{info.filename} is damaged.")


def _check_database(path: Path, check: Callable[[dict[str, str]], None] | None) -> None:
    wrong = check_file(path)
    if wrong is not None:
        raise Refused(f"The database in this backup is damaged: {wrong}.")
    with contextlib.closing(connect(path)) as db:
        found = version(db)
        known = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type='table'").fetchall()}
        if not 0 < found <= len(MIGRATIONS) or not {"meta", "creator", "widget", "fact"} <= known:
            raise Refused("The database in this backup is not one of ours, or of a newer version.")
        try:
            migrate(db, lambda _: None)
            settings.creators(db, deleted=True)
            settings.widgets(db, deleted=True)
            held = settings.secrets_under(db, "")
        except (sqlite3.Error, msgspec.MsgspecError, TypeError, ValueError) as error:
            raise Refused(f"The database in this backup cannot be read: {error}.") from None
        if check is not None:
            check(held)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


# --- changing over ---


def change_over(folder: Path) -> None:
    """Put what was unpacked in the place of what is there. Nothing may have the database open."""
    ready = folder / STAGE / "ready"
    ready.touch(mode=0o600)
    _sync(folder / STAGE)
    finish(folder)


def finish(folder: Path) -> bool:
    """Go on with a change-over wherever it was broken off; throw away what was not ready. True if there was one."""
    stage = folder / STAGE
    if not stage.exists():
        return False
    if not (stage / "ready").exists():
        shutil.rmtree(stage, ignore_errors=True)
        return False
    new, old = stage / "new", stage / "old"
    if new.exists():
        _move_old(folder, new, old)
        for path in sorted(new.iterdir()):
            path.replace(folder / path.name)
        new.rmdir()
    _sync(folder)
    shutil.rmtree(stage)
    return True


def _move_old(folder: Path, new: Path, old: Path) -> None:
    """What the backup holds or held back goes aside; `moved` says that this is done, so that nothing new follows it."""
    moved = new.parent / "moved"
    if moved.exists():
        return
    old.mkdir(mode=0o700, exist_ok=True)
    for path in sorted(folder.iterdir()):
        if path.name not in {"backups", STAGE, "overlay.lock", NOTE} and not path.name.startswith("overlay.damaged-"):
            path.replace(old / path.name)
    moved.touch()
    _sync(new.parent)


def _sync(folder: Path) -> None:
    if os.name == "posix":
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
