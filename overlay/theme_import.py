"""A theme out of a zip, entry by entry: nothing is unpacked blindly, and what is refused leaves nothing behind.

A zip may lie about everything: names that climb out, links, sizes, what a file is. Each rule here is one sentence to
its owner. The files are written into a folder of our own naming, which takes its place only when all of it is good.
"""

from __future__ import annotations

import io
import re
import secrets
import shutil
import stat
import unicodedata
import zipfile
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from overlay.core.css import faults
from overlay.core.toml import BadToml, read_toml, word
from overlay.problems import Problem
from overlay.store.bundle import BEGINNINGS
from overlay.themes import NAME, TYPES

if TYPE_CHECKING:
    from pathlib import Path

MOST_FILES: Final = 200
MOST_BYTES: Final = 20_000_000
PIECE: Final = 65_536
LONGEST: Final = 400
PART: Final = re.compile(r"^[A-Za-z0-9_][A-Za-z0-9 ._+()-]{0,99}\Z")
DRIVE: Final = re.compile(r"^[A-Za-z]:")
DEVICES: Final = frozenset(
    {"con", "prn", "aux", "nul", *(f"{name}{at}" for name in ("com", "lpt") for at in range(1, 10))}
)
KNOWN: Final = frozenset({
    "name", "title", "description", "author", "licence", "license", "colours", "colors", "fonts", "version", "homepage",
})  # fmt: skip
OURS: Final = re.compile(
    r"(?!\w+:|/)[\w.~%@+() /-]+(?:\?[\w.=&+-]*)?(?:#[\w-]*)?"
    r"|/(?:assets|themes|static)/[\w.~%@+/-]+(?:\?[\w.=&+-]*)?(?:#[\w-]*)?"
    r"|data:(?:image/(?:png|jpe?g|webp|gif|avif)|font/woff2)[;,][\x21-\x7e]*"
    r"|#[\w-]+",
    re.ASCII | re.IGNORECASE,
)


def import_theme(body: bytes, folder: Path, built_in: frozenset[str], wanted: str = "") -> str:
    """Read a zip into the folder of the owner's themes; the theme's name. A Problem says what is wrong with it."""
    files = read_zip(body)
    inside = files.pop("", b"").decode()
    name = wanted or name_in(files.get("theme.toml", b"")) or inside
    name = re.sub(r"[^a-z0-9-]+", "-", name.lower()).strip("-")[:40] or f"theme-{secrets.token_hex(3)}"
    check_theme_name(name, built_in)
    check_theme(files)
    put(files, folder, name)
    return name


def check_theme_name(name: str, built_in: frozenset[str]) -> None:
    """A name that can be a folder everywhere, and an address, and is not taken by the program."""
    if not NAME.match(name) or name in DEVICES:
        raise refused(f"{name!r} cannot be the name of a theme: small letters, digits and - only, 40 at most.")
    if name in built_in:
        raise refused(f"{name!r} is a built-in theme; give yours another name.")


def refused(sentence: str) -> Problem:
    """Why a theme is not taken."""
    return Problem("theme", sentence, "file")


def read_zip(body: bytes) -> dict[str, bytes]:
    """Every file of the zip by its path; a single folder around them all goes, and stands under the empty name."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(body))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise refused("This is not a zip file.") from None
    with archive:
        entries = archive.infolist()
        if len([entry for entry in entries if not entry.is_dir()]) > MOST_FILES:
            raise refused(f"A theme has at most {MOST_FILES} files.")
        check_names([entry.orig_filename for entry in entries], entries)
        files, total = {}, 0
        for entry in entries:
            if not entry.is_dir():
                files[entry.filename] = read_entry(archive, entry, MOST_BYTES - total)
                total += len(files[entry.filename])
    return without_wrapper(files)


def check_names(names: list[str], entries: list[zipfile.ZipInfo]) -> None:
    """Every name, before anything is read."""
    seen: set[str] = set()
    files: set[str] = set()
    for name, entry in zip(names, entries, strict=True):
        check_name(name)
        mode = entry.external_attr >> 16
        if mode and not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_IFMT(mode) == 0):
            raise refused(f"{name!a} is a link or a device, not a file.")
        if entry.flag_bits & 0x1:
            raise refused(f"{name!a} is encrypted.")
        folded = unicodedata.normalize("NFC", name.rstrip("/")).casefold()
        if folded in seen:
            raise refused(f"{name!a} is in the zip twice.")
        seen.add(folded)
        if not name.endswith("/"):
            files.add(folded)
    for name in seen:
        parts = name.split("/")
        for above in {"/".join(parts[:deep]) for deep in range(1, len(parts))} & files:
            raise refused(f"{above!a} is in the zip twice.")  # as a file and as a folder


def check_name(name: str) -> None:
    """One name: a plain path below the theme's folder."""
    if "\x00" in name:
        raise refused("A name in the zip holds a NUL.")
    if "\\" in name:
        raise refused(f"{name!a} holds a backslash.")
    if name.startswith("/") or DRIVE.match(name):
        raise refused(f"{name!a} is an absolute path.")
    parts = name.rstrip("/").split("/")
    if ".." in parts or "." in parts:
        raise refused(f"{name!a} climbs out of the theme.")
    for part in parts:
        if part.partition(".")[0].strip().casefold() in DEVICES:
            raise refused(f"{name!a} is a device's name on Windows.")
        if not PART.match(part) or part.endswith((" ", ".")) or len(name) > LONGEST:
            raise refused(f"{name!a} is an odd name: letters, digits, spaces, . _ + ( ) and - only.")


def read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int) -> bytes:
    """One file, counted while it is read: what the zip says of its size is not believed."""
    ending = f".{entry.filename.rpartition('.')[2].lower()}"
    if ending not in TYPES:
        raise refused(f"{entry.filename!a}: a theme holds no files of this type.")
    body = bytearray()
    try:
        with archive.open(entry) as file:
            while piece := file.read(PIECE):
                body += piece
                if len(body) > left:
                    raise refused(f"A theme has at most {MOST_BYTES // 1_000_000} MB.")
    except (zipfile.BadZipFile, OSError, EOFError, RuntimeError, NotImplementedError, ValueError) as trouble:
        raise refused(f"{entry.filename!a} cannot be read: {type(trouble).__name__}.") from None
    except zipfile.zlib.error:  # type: ignore[attr-defined]  # zipfile's own zlib
        raise refused(f"{entry.filename!a} cannot be read: it is damaged.") from None
    if not is_what_it_says(ending, bytes(body)):
        raise refused(f"{entry.filename!a} is not what its name says.")
    return bytes(body)


def is_what_it_says(ending: str, body: bytes) -> bool:
    """Whether the first bytes fit the ending; texts must be texts."""
    beginnings = BEGINNINGS.get(ending)
    if beginnings is not None:
        return body.startswith(beginnings) and (
            body[:4] != b"RIFF" or body[8:12] == {".webp": b"WEBP"}.get(ending, b"WAVE")
        )
    try:
        return "\x00" not in body.decode("utf-8")
    except UnicodeDecodeError:
        return False


def without_wrapper(files: dict[str, bytes]) -> dict[str, bytes]:
    """A theme that was zipped with its folder around it."""
    heads = {path.partition("/")[0] for path in files}
    if "theme.toml" in files or len(heads) != 1:
        return files
    head = heads.pop()
    inner = {path.partition("/")[2]: body for path, body in files.items() if "/" in path}
    return {**inner, "": head.encode()} if "theme.toml" in inner else files


def name_in(toml: bytes) -> str:
    """The name that a theme gives itself."""
    try:
        told = read_toml(toml.decode("utf-8"))
    except (UnicodeDecodeError, BadToml):
        return ""
    return word(told.get("name"))


def check_theme(files: dict[str, bytes]) -> None:
    """It is a theme: its own description with known keys only, and CSS that loads nothing from elsewhere."""
    for needed in ("theme.toml", "theme.css"):
        if needed not in files:
            raise refused(f"There is no {needed} in the zip.")
    try:
        told = read_toml(files["theme.toml"].decode("utf-8"))
    except (UnicodeDecodeError, BadToml) as trouble:
        raise refused(f"theme.toml cannot be read: {trouble}.") from None
    strange = sorted(set(told) - KNOWN)
    if strange:
        raise refused(f"theme.toml has a key that nobody knows: {strange[0]!a}.")
    for path, body in files.items():
        if path.lower().endswith(".css"):
            check_css(path, body.decode("utf-8"))


def check_css(path: str, css: str) -> None:
    """Nothing from another host, in whatever way it is written."""
    found = faults(css.replace("\x00", "\ufffd"), is_ours, "a theme brings everything itself", most=1)
    if found:
        raise refused(f"{path}, line {found[0].line}: {found[0].why}.")


def is_ours(address: str) -> bool:
    """Whether a theme may load this address: its own files, this server's public ones, a picture or font in place."""
    parts = re.split(r"[/?#]", unquote(address))
    return OURS.fullmatch(address) is not None and ".." not in parts


def put(files: dict[str, bytes], folder: Path, name: str) -> None:
    """All of it, or nothing: the new folder takes the old one's place at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    fresh, old = folder / f".new-{secrets.token_hex(8)}", folder / f".old-{secrets.token_hex(8)}"
    try:
        for path, body in files.items():
            target = fresh / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(body)
        if (folder / name).exists():
            (folder / name).rename(old)
        fresh.rename(folder / name)
    except OSError as trouble:
        if old.exists() and not (folder / name).exists():
            old.rename(folder / name)
        raise Problem("disk", f"The theme could not be written: {trouble.strerror or trouble}.", "file", 507) from None
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
