"""What cannot be written now: in memory, beyond a million facts in a file elsewhere. None is dropped, order is kept.

Oldest first: what stands in memory, then the file, then what came when not even the file could be written. The file
survives the program: the next start takes it up, if nothing else has been written to the database since.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import secrets
import tempfile
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

import msgspec

from overlay.store.codec import decode_change, encode_change

if TYPE_CHECKING:
    from overlay.core.keeping import Change

MOST_FACTS: Final = 1_000_000
BATCH: Final = 5_000
"""Facts in one transaction when catching up."""

LENGTH: Final = 8

_log = logging.getLogger(__name__)


def spill_folder(data: Path) -> Path:
    """Where the changes of a data folder wait when they cannot stay in memory: never on purpose beside the database."""
    mark = hashlib.sha256(str(data.resolve()).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"overlay-waiting-{os.getuid() if hasattr(os, 'getuid') else 0}-{mark}"


class Spill:
    """The file: a line that says to which state of the database it belongs, then one block per change."""

    def __init__(self, folder: Path) -> None:
        """Nothing is opened yet."""
        self.path = folder / "waiting.bin"
        self.count = 0
        self.id = ""
        self._file: BinaryIO | None = None
        self._end = 0
        self.read_at = 0

    def begin(self, run: str) -> None:
        """Make the file, for its owner alone."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if hasattr(os, "getuid") and self.path.parent.stat().st_uid != os.getuid():
            raise PermissionError(f"{self.path.parent} belongs to somebody else")
        number = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0), 0o600)
        self._file = os.fdopen(number, "r+b", buffering=0)
        self.id = secrets.token_hex(8)
        head = msgspec.json.encode({"run": run, "id": self.id}) + b"\n"
        self._file.write(head)
        self._end = self.read_at = len(head)

    def adopt(self, run: str, spilled_to: str) -> int:
        """Take up the file of an earlier run; how many changes wait in it."""
        try:
            self._file = self.path.open("r+b", buffering=0)
        except OSError:
            return 0
        head = self._file.readline(4096)
        try:
            found = msgspec.json.decode(head, type=dict[str, str])
        except msgspec.MsgspecError:
            found = {}
        if found.get("run") != run:
            self._set_aside()
            return 0
        self.id = found.get("id", "")
        file, _, place = spilled_to.partition(":")
        self._end = len(head)
        self.read_at = int(place) if file == self.id and place.isdigit() else self._end
        while (size := self._size_at(self._end)) is not None:
            self.count += self._end >= self.read_at
            self._end += LENGTH + size
        return self.count

    def _size_at(self, place: int) -> int | None:
        """The length of the block at a place, if it is all there."""
        assert self._file is not None  # noqa: S101
        self._file.seek(place)
        head = self._file.read(LENGTH)
        size = int.from_bytes(head, "big")
        whole = os.fstat(self._file.fileno()).st_size
        return size if len(head) == LENGTH and size and place + LENGTH + size <= whole else None

    def _set_aside(self) -> None:
        """A file of some other state of the database: kept for a look, never written in."""
        self.close()
        aside = self.path.with_suffix(".aside")
        with contextlib.suppress(OSError):
            self.path.replace(aside)
        _log.error("facts that waited in %s belong to another state of the database: kept as %s", self.path, aside)

    def add(self, change: Change) -> None:
        """Append a change; a half-written one is taken back."""
        assert self._file is not None  # noqa: S101
        body = encode_change(change)
        block = len(body).to_bytes(LENGTH, "big") + body
        try:
            self._file.seek(self._end)
            written = 0
            while written < len(block):
                written += self._file.write(block[written:])
        except OSError:
            with contextlib.suppress(OSError):
                self._file.truncate(self._end)
            raise
        self._end += len(block)
        self.count += 1

    def first(self, most: int, changes: int | None = None) -> tuple[list[Change], int]:
        """The oldest changes in it, and the place behind them."""
        assert self._file is not None  # noqa: S101
        found: list[Change] = []
        place, facts = self.read_at, 0
        while place < self._end and facts < most and len(found) != changes:
            self._file.seek(place)
            size = int.from_bytes(self._file.read(LENGTH), "big")
            change = decode_change(self._file.read(size))
            found.append(change)
            facts += max(1, len(change.facts))
            place += LENGTH + size
        return found, place

    def close(self, *, remove: bool = False) -> None:
        """Let go of the file; with `remove` it is empty and goes."""
        if self._file is not None:
            self._file.close()
            self._file = None
        if remove:
            with contextlib.suppress(OSError):
                self.path.unlink()
            with contextlib.suppress(OSError):
                self.path.parent.rmdir()
            self.count = 0


class Waiting:
    """The queue of changes that have been shown and are not in the database yet."""

    def __init__(self, folder: Path, most_facts: int = MOST_FACTS) -> None:
        """Empty. The folder is for the file, should it be needed."""
        self._most = most_facts
        self._before: deque[Change] = deque()
        self._after: deque[Change] = deque()
        self._spill = Spill(folder)
        self._in_memory = 0
        self._taken = 0
        self._taken_to = 0
        self._taken_facts = 0
        self.facts = 0
        self.file_trouble = False

    def __len__(self) -> int:
        """How many changes wait."""
        return len(self._before) + self._spill.count + len(self._after)

    @property
    def path(self) -> Path:
        """Where the file is or would be."""
        return self._spill.path

    def adopt(self, run: str, spilled_to: str) -> int:
        """Take up what an earlier run could not write."""
        count = self._spill.adopt(run, spilled_to)
        self.facts += count
        return count

    def add(self, change: Change, run: str) -> None:
        """One more."""
        weight = max(1, len(change.facts))
        self.facts += weight
        if self._after:
            self._after.append(change)
        elif self._spill.count:
            if not self._spilled(change, run):
                self._after.append(change)
        elif self._in_memory + weight <= self._most or not self._spilled(change, run):
            self._in_memory += weight
            self._before.append(change)

    def _spilled(self, change: Change, run: str) -> bool:
        try:
            if not self._spill.count:
                self._spill.begin(run)
            self._spill.add(change)
        except OSError as error:
            if not self.file_trouble:
                _log.error("facts cannot wait in %s (%s): they wait in memory", self._spill.path, error)
            self.file_trouble = True
            return False
        return True

    def first(self, *, changes: int | None = None) -> list[Change]:
        """The oldest ones: so many, or as many as make a good transaction. `done` takes them away."""
        most = BATCH if changes is None else self._most + BATCH
        if not self._before and not self._spill.count:
            self._before, self._after = self._after, self._before
        if self._before:
            found, facts = [], 0
            for change in self._before:
                found.append(change)
                facts += max(1, len(change.facts))
                if facts >= most or len(found) == changes:
                    break
            self._taken_to = 0
        else:
            found, self._taken_to = self._spill.first(most, changes)
        self._taken = len(found)
        self._taken_facts = sum(max(1, len(change.facts)) for change in found)
        return found

    @property
    def spilled_to(self) -> str | None:
        """Up to which place of which file the last `first` reached; None if that came from memory."""
        return f"{self._spill.id}:{self._taken_to}" if self._taken_to else None

    def done(self) -> None:
        """What `first` gave is in the database."""
        if self._taken_to:
            self._spill.read_at = self._taken_to
            self._spill.count -= self._taken
            if not self._spill.count:
                self._spill.close(remove=True)
        else:
            for _ in range(self._taken):
                self._in_memory -= max(1, len(self._before.popleft().facts))
        self.facts = max(0, self.facts - self._taken_facts)
        self._taken = self._taken_to = 0
        if not len(self):
            self.facts = self._in_memory = 0
            self.file_trouble = False

    def park(self, run: str) -> Path | None:
        """At the end: everything into the file, so that the next start can take it up. None if that failed."""
        if not len(self):
            self._spill.close()
            return None
        rest = list(self._before)
        try:
            if rest:
                self._park_before(rest, run)
            for change in self._after:
                self._spill.add(change)
        except OSError as error:
            _log.error("facts that wait could not be kept in %s: %s", self._spill.path, error)
            return None
        self._spill.close()
        return self._spill.path

    def _park_before(self, rest: list[Change], run: str) -> None:
        """What stands in memory is older than the file: a new file, in the right order, takes its place."""
        new = Spill(self._spill.path.parent / "parking")
        new.begin(run)
        for change in rest:
            new.add(change)
        while self._spill.count:
            found, place = self._spill.first(BATCH)
            for change in found:
                new.add(change)
            self._spill.read_at = place
            self._spill.count -= len(found)
        new.close()
        self._spill.close()
        new.path.replace(self._spill.path)
        new.path.parent.rmdir()
        self._spill.adopt(run, "")
