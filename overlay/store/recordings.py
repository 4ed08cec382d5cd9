"""Recordings of streams: lines of JSON, packed, written beside everything else and never in its way.

Whoever records hands lines over and goes on; a thread packs and writes them. A disk that cannot follow makes a
recording shorter, never a stream slower. It knows nothing of what the lines say.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import queue
import re
import threading
import time
from typing import TYPE_CHECKING, BinaryIO, Final

import zstandard
from msgspec import Struct

from overlay.store.db import NotFound
from overlay.store.scrub import About, Scrubber

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST_BYTES: Final = 256 << 20
"""One recording, packed. A stream of a day is far below it."""

ALL_BYTES: Final = 4 << 30
DAYS: Final = 30
QUEUE: Final = 20_000
FLUSH_S: Final = 5.0
LEVEL: Final = 6
TAIL: Final = ".jsonl.zst"
SAFE: Final = re.compile(r"[^A-Za-z0-9_-]+")
NAME: Final = re.compile(r"(?P<creator>[A-Za-z0-9_-]+)\.(?P<file>[0-9]{10,16}-[A-Za-z0-9_-]{0,64})")

_log = logging.getLogger(__name__)


class Recording(Struct, kw_only=True):
    """One recorded stream."""

    id: str  # `<creator>.<when>-<stream>`: fit to stand in an address
    creator: str
    stream: str
    began_ms: int
    bytes: int


class RecordingWriter:
    """One recording that is being made."""

    def __init__(self, path: Path, most_bytes: int = MOST_BYTES) -> None:
        """Begin; the file is made by the thread."""
        self.path = path
        self.full = False
        self.trouble: str | None = None
        self._most = most_bytes
        self._refused = 0  # counted by whoever records
        self._unwritten = 0  # counted by the thread
        self._lines: queue.Queue[bytes | None] = queue.Queue(QUEUE)
        self._thread = threading.Thread(target=self._run, name="recording", daemon=True)
        self._thread.start()

    @property
    def dropped(self) -> int:
        """How many lines are not in it."""
        return self._refused + self._unwritten

    def append(self, line: bytes) -> None:
        """One line, without its end. Never waits; what does not fit is left out and counted."""
        if self.full or self.trouble is not None:
            self._refused += 1
            return
        try:
            self._lines.put_nowait(line)
        except queue.Full:
            self._refused += 1

    def close(self) -> None:
        """Write what is left. Blocks for it: call it in a thread."""
        self._lines.put(None)
        self._thread.join()
        self._drain()

    def _run(self) -> None:
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            number = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(number, "wb") as file:
                self._write(file)
        except OSError as error:
            self.trouble = f"The recording {self.path.name} ended early: {error.strerror or error}."
            _log.error("%s", self.trouble)
        self._drain()

    def _write(self, file: BinaryIO) -> None:
        packer = zstandard.ZstdCompressor(level=LEVEL).compressobj()
        flush_at = time.monotonic() + FLUSH_S
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, flush_at - time.monotonic()))
            except queue.Empty:
                line = b""
            if line is None:
                break
            if line:
                file.write(packer.compress(line + b"\n"))
            if time.monotonic() >= flush_at:
                flush_at = time.monotonic() + FLUSH_S
                file.write(packer.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK))
                file.flush()
            if file.tell() > self._most:
                self.full = True
                _log.warning("the recording %s has reached its greatest size and ends here", self.path.name)
                break
        file.write(packer.flush())

    def _drain(self) -> None:
        """Nobody may wait on a thread that has ended: what still comes is counted as left out."""
        self.full = self.full or self.trouble is None
        with contextlib.suppress(queue.Empty):
            while True:
                self._unwritten += self._lines.get_nowait() is not None


def begin(folder: Path, creator: str, stream: str, now_ms: int, most_bytes: int = MOST_BYTES) -> RecordingWriter:
    """Record a stream from now on."""
    name = f"{now_ms}-{SAFE.sub('-', stream)[:64]}{TAIL}"
    return RecordingWriter(folder / SAFE.sub("-", creator) / name, most_bytes)


def listed(folder: Path, creator: str | None = None) -> list[Recording]:
    """What there is, newest first."""
    found: list[Recording] = []
    for path in folder.glob(f"*/*{TAIL}"):
        identity = f"{path.parent.name}.{path.name.removesuffix(TAIL)}"
        if path.is_symlink() or not NAME.fullmatch(identity) or creator not in (None, path.parent.name):
            continue
        began, _, stream = path.name.removesuffix(TAIL).partition("-")
        with contextlib.suppress(OSError):
            size = path.stat().st_size
            found.append(
                Recording(id=identity, creator=path.parent.name, stream=stream, began_ms=int(began), bytes=size)
            )
    return sorted(found, key=lambda recording: (recording.began_ms, recording.id), reverse=True)


def path_of(folder: Path, identity: str) -> Path:
    """Where a recording is. Only names that a recording can have are looked for."""
    name = NAME.fullmatch(identity)
    path = folder / name["creator"] / f"{name['file']}{TAIL}" if name else folder
    if name is None or path.is_symlink() or not path.is_file():
        raise NotFound("There is no such recording.")
    return path


def lines(path: Path) -> Iterator[bytes]:
    """The lines of a recording, up to where it was cut off."""
    with path.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True) as text:
        rest = b""
        while True:
            try:
                block = text.read(1 << 18)
            except zstandard.ZstdError:
                break  # the end of a recording whose program was killed
            if not block:
                break
            *whole, rest = (rest + block).split(b"\n")
            yield from whole
        if rest:
            yield rest


def trim(folder: Path, now_ms: int, days: int = DAYS, all_bytes: int = ALL_BYTES) -> list[str]:
    """Drop recordings that are too old, then the oldest beyond the size; which ones went."""
    kept_bytes, gone = 0, []
    for recording in listed(folder):
        kept_bytes += recording.bytes
        if recording.began_ms < now_ms - days * 86_400_000 or kept_bytes > all_bytes:
            with contextlib.suppress(OSError, NotFound):
                path_of(folder, recording.id).unlink()
                gone.append(recording.id)
    return gone


def block(found: Iterator[bytes], most: int = 1_000) -> list[bytes]:
    """The next lines."""
    return list(itertools.islice(found, most))


def scrub(folder: Path, creator: str, about: About) -> None:
    """Take a person out of a creator's recordings. One that is being made is left to its end."""
    scrubber, needles = Scrubber(about), about.needles()
    for recording in listed(folder, SAFE.sub("-", creator)):
        with contextlib.suppress(OSError, NotFound):
            path = path_of(folder, recording.id)
            if path.stat().st_mtime < time.time() - FLUSH_S and _names(path, needles):
                _rewrite(path, scrubber)


def _names(path: Path, needles: list[bytes]) -> bool:
    return any(needle in line for line in lines(path) for needle in needles)


def _rewrite(path: Path, scrubber: Scrubber) -> None:
    part = path.with_name(f".{path.name}.part")
    try:
        number = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(number, "wb") as file, zstandard.ZstdCompressor(level=LEVEL).stream_writer(file) as packed:
            for line in lines(path):
                packed.write((scrubber.json(line) or line) + b"\n")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
