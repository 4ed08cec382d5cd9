"""Chat lines and how they go again: every id a line came with, deletions that come too early, and the one pin.

It keeps ids and times, no texts but the pin's end. What is shown of a line is the fact's.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from overlay.core.memory import LINE, PIN, TOMB

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from overlay.core.events import Pin
    from overlay.core.memory import Memory, Since

TOMBSTONE_MS: Final = 60_000
LINES_KEPT: Final = 2_000
"""Lines that a deletion still finds: far more than any widget shows."""

PIN_MS: Final = 60_000
PINS_KNOWN: Final = 16
"""Replaced pins whose late unpin must not take the present one down."""

STRANGE_CLOCK_MS: Final = 86_400_000
"""Times that differ by more than this come from clocks that have nothing to do with each other."""


class Lines:
    """The lines that are or were shown, and the deletions that found none."""

    __slots__ = ("_by_id", "_lines", "_memory", "_tombs")

    def __init__(self, memory: Memory) -> None:
        """Nothing has been said."""
        self._memory = memory
        self._lines: OrderedDict[str, tuple[str, ...]] = OrderedDict()  # line -> all its ids, the oldest first
        self._by_id: dict[str, str] = {}
        self._tombs: OrderedDict[str, int] = OrderedDict()

    def is_dead(self, ids: Sequence[str], at_ms: int) -> bool:
        """Whether a deletion came before its line."""
        return any(self._tombs.get(id_, -TOMBSTONE_MS) + TOMBSTONE_MS > at_ms for id_ in ids) if self._tombs else False

    def add(self, line: str, ids: tuple[str, ...], at_ms: int) -> None:
        """A line is shown."""
        self._lines[line] = ids
        for id_ in ids:
            self._by_id[id_] = line
        self._memory.put(LINE + line, (at_ms, ids))
        if len(self._lines) > LINES_KEPT:
            self._drop(next(iter(self._lines)))

    def delete(self, id_: str, at_ms: int) -> tuple[str | None, tuple[str, ...]]:
        """A line is to go: which one, if it is known, and all ids that mean it."""
        line = self._by_id.get(id_)
        ids = self._drop(line) if line is not None else ()
        dead = (*ids, id_) if id_ not in ids else ids
        for one in dead:
            self._tombs[one] = at_ms
            self._tombs.move_to_end(one)
            self._memory.put(TOMB + one, at_ms)
        return line, dead

    def _drop(self, line: str) -> tuple[str, ...]:
        ids = self._lines.pop(line)
        for id_ in ids:
            if self._by_id.get(id_) == line:
                del self._by_id[id_]
        self._memory.forget(LINE + line)
        return ids

    def prune(self, at_ms: int) -> int:
        """Forget the deletions whose line never came. When there may be more."""
        while self._tombs:
            oldest = next(iter(self._tombs))
            if self._tombs[oldest] + TOMBSTONE_MS > at_ms:
                return self._tombs[oldest] + TOMBSTONE_MS
            del self._tombs[oldest]
            self._memory.forget(TOMB + oldest)
        return at_ms + TOMBSTONE_MS

    def load(self, lines: Mapping[str, bytes], tombs: Mapping[str, bytes], since: Since) -> None:
        """After a start, oldest first."""
        said = [(msgspec.msgpack.decode(row, type=tuple[int, tuple[str, ...]]), line) for line, row in lines.items()]
        for (_, ids), line in sorted(said):
            self._lines[line] = ids
            for id_ in ids:
                self._by_id[id_] = line
        told = sorted((msgspec.msgpack.decode(row, type=int), id_) for id_, row in tombs.items())
        for buried_ms, id_ in told:
            self._tombs[id_] = since.read(buried_ms)
            if since.back_ms:
                self._memory.put(TOMB + id_, self._tombs[id_])


class Standing(Struct, array_like=True, gc=False):
    """The pin that stands now."""

    until_ms: int
    length_ms: int
    original_id: str | None = None


class Pins:
    """The one pin, and those it replaced."""

    __slots__ = ("_memory", "_replaced", "_standing")

    def __init__(self, memory: Memory) -> None:
        """Nothing is pinned."""
        self._memory = memory
        self._standing: Standing | None = None
        self._replaced: list[str] = []

    def put_up(self, pin: Pin, now_ms: int, at_ms: int) -> int | None:
        """Until when a pin stands, by our clock; None if it is over already. `now_ms` is now by the sender's clock."""
        length = 1000 * pin.duration_s if pin.duration_s else PIN_MS
        age = now_ms - pin.pinned_ms if pin.pinned_ms is not None else 0
        if not 0 <= age <= STRANGE_CLOCK_MS:
            age = 0
        if age >= length:
            return None
        until_ms = at_ms + length - age
        self._replace(Standing(until_ms, length, pin.original_id))
        return until_ms

    def take_down(self, original_id: str | None) -> bool:
        """An unpin. One that names a replaced pin comes late; any other means the one that stands."""
        standing = self._standing
        if standing is None:
            return False
        if original_id is not None and original_id != standing.original_id and original_id in self._replaced:
            return False
        self._replace(None)
        return True

    def take_down_deleted(self, ids: Sequence[str]) -> bool:
        """A line was deleted: its pin goes too."""
        if self._standing is None or self._standing.original_id not in ids:
            return False
        self._replace(None)
        return True

    def end(self) -> bool:
        """The stream is over: the pin goes, if one stands."""
        stood = self._standing is not None
        if stood:
            self._replace(None)
        return stood

    def wake(self) -> int | None:
        """When the pin ends."""
        return self._standing.until_ms if self._standing is not None else None

    def tick(self, at_ms: int) -> bool:
        """Whether the pin has ended."""
        return self._standing is not None and self._standing.until_ms <= at_ms and self.end()

    def _replace(self, new: Standing | None) -> None:
        old, self._standing = self._standing, new
        if old is not None and old.original_id is not None:
            self._replaced = [*self._replaced[1 - PINS_KNOWN :], old.original_id]
        if new is not None:
            self._replaced = [id_ for id_ in self._replaced if id_ != new.original_id]
            self._memory.put(PIN, new)
        else:
            self._memory.forget(PIN)

    def load(self, row: bytes | None, since: Since) -> None:
        """After a start. No pin stands longer than its length."""
        if row is not None:
            self._standing = standing = msgspec.msgpack.decode(row, type=Standing)
            standing.until_ms = min(standing.until_ms - since.back_ms, since.now_ms + standing.length_ms)
            if since.back_ms:
                self._memory.put(PIN, standing)
