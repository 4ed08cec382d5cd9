"""What has been heard already: marks of frames, and fingerprints of those without any id for the time after a cut.

A mark is kept for half an hour or among the newest 20,000, across connections and restarts. Fingerprints only count
in the first seconds of a connection, against the last minute of the one before. It never looks into a frame.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

import msgspec

from overlay.core.memory import PRINT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from overlay.core.memory import Memory, Since

KEPT_MS: Final = 1_800_000
MOST_MARKS: Final = 20_000
REPLAY_WINDOW_MS: Final = 10_000
"""So long after a reconnect frames without ids are compared."""

REPLAY_MEMORY_MS: Final = 60_000
"""With those of so long before the connection was lost."""

Print = tuple[str, str, str]
"""A fingerprint: kind of event, key of the person, and the text or gift and count."""


class Marks:
    """Marks of frames that were taken in, in the order of time."""

    __slots__ = ("_memory", "_most", "_prefix", "_seen", "_weak")

    def __init__(self, memory: Memory, prefix: str, most: int = MOST_MARKS) -> None:
        """Nothing has been seen; rows stand under `prefix`."""
        self._memory = memory
        self._prefix = prefix
        self._most = most
        self._seen: OrderedDict[str, int] = OrderedDict()
        self._weak: dict[str, Print] = {}  # the marks whose rows name a person by a key that may get stronger

    def __contains__(self, mark: str) -> bool:
        """Whether it was seen and is still remembered."""
        return mark in self._seen

    def add(self, mark: str, at_ms: int, print_: Print | None = None) -> None:
        """It is seen now. The frame's fingerprint rides along, so that a frame costs one row."""
        self._seen[mark] = at_ms
        self._memory.put(self._prefix + mark, at_ms if print_ is None else (at_ms, *print_))
        if print_ is not None and not print_[1].startswith("id:"):
            self._weak[mark] = print_
        if len(self._seen) > self._most:
            self._forget(next(iter(self._seen)))

    def prune(self, at_ms: int) -> int:
        """Forget what is too old. When there may be more."""
        seen = self._seen
        while seen:
            oldest = next(iter(seen))
            if seen[oldest] + KEPT_MS > at_ms:
                return seen[oldest] + KEPT_MS
            self._forget(oldest)
        return at_ms + KEPT_MS

    def _forget(self, mark: str) -> None:
        del self._seen[mark]
        self._weak.pop(mark, None)
        self._memory.forget(self._prefix + mark)

    def move(self, weak: str, strong: str) -> None:
        """Two keys are one person: no row names the weak one any more."""
        for mark, print_ in [(mark, print_) for mark, print_ in self._weak.items() if print_[1] == weak]:
            self.add(mark, self._seen[mark], (print_[0], strong, print_[2]))
            if strong.startswith("id:"):
                del self._weak[mark]

    def load(self, rows: Mapping[str, bytes], since: Since) -> dict[Print, int]:
        """After a start. Returns the fingerprints."""
        told = [(msgspec.msgpack.decode(row, type=int | tuple[int, str, str, str]), mark) for mark, row in rows.items()]
        prints: dict[Print, int] = {}
        for row, mark in sorted(told, key=lambda one: one[0] if isinstance(one[0], int) else one[0][0]):
            seen_ms = self._seen[mark] = since.read(row if isinstance(row, int) else row[0])
            if not isinstance(row, int):
                prints[row[1:]] = seen_ms
                if not row[2].startswith("id:"):
                    self._weak[mark] = row[1:]
            if since.back_ms:
                self._memory.put(self._prefix + mark, seen_ms if isinstance(row, int) else (seen_ms, *row[1:]))
        return prints


class Replays:
    """Fingerprints of the last minute, and whether they matter now."""

    __slots__ = ("_before", "_memory", "_open", "_opened_ms", "_own_rows", "_recent")

    def __init__(self, memory: Memory) -> None:
        """No connection has been lost yet."""
        self._memory = memory
        self._recent: OrderedDict[Print, int] = OrderedDict()
        self._own_rows: set[Print] = set()  # those that no mark carries
        self._before: set[Print] = set()  # of the connection that was lost
        self._opened_ms = 0
        self._open = True

    def note(self, print_: Print, at_ms: int, *, own_row: bool) -> None:
        """A frame was taken in; `own_row`: it has no msgId, so no mark carries its fingerprint."""
        recent = self._recent
        recent[print_] = at_ms
        recent.move_to_end(print_)
        if own_row:
            self._own_rows.add(print_)
            self._memory.put(_row(print_), (at_ms, *print_))

    def listening(self, at_ms: int) -> bool:
        """Whether frames without ids have to be compared now."""
        if not self._before:
            return False
        if self._opened_ms <= at_ms < self._opened_ms + REPLAY_WINDOW_MS:
            return True
        if self._open:
            self._before = set()
        return False

    def has(self, print_: Print) -> bool:
        """Whether an equal frame came in the last minute of the connection before."""
        return print_ in self._before

    def lose(self, at_ms: int) -> None:
        """The connection is lost: what came in its last minute may come again."""
        self._open = False
        first = at_ms - REPLAY_MEMORY_MS
        self._before = {print_ for print_, seen_ms in self._recent.items() if seen_ms >= first}

    def reopen(self, at_ms: int) -> None:
        """A connection is open."""
        if self._open:  # opened anew without a close between: the old one is lost now
            self.lose(at_ms)
        self._open = True
        self._opened_ms = at_ms

    def ignore(self) -> None:
        """Another room was named: it repeats nothing of the one before."""
        self._before = set()

    def clear(self) -> None:
        """Another stream has begun: what was before it comes never again."""
        self._before = set()
        self._recent.clear()
        for print_ in self._own_rows:
            self._memory.forget(_row(print_))
        self._own_rows.clear()

    def move(self, weak: str, strong: str) -> None:
        """Two keys are one person."""
        for print_ in [print_ for print_ in self._recent if print_[1] == weak]:
            moved = (print_[0], strong, print_[2])
            seen_ms = self._recent[moved] = max(self._recent.pop(print_), self._recent.get(moved, 0))
            if print_ in self._before:
                self._before.add(moved)
            if print_ in self._own_rows:
                self._own_rows.discard(print_)
                self._own_rows.add(moved)
                self._memory.forget(_row(print_))
                self._memory.put(_row(moved), (seen_ms, *moved))

    def prune(self, at_ms: int) -> int:
        """Forget what no reconnect could bring again; while the line is down nothing ages. When there may be more."""
        recent = self._recent
        while recent and self._open:
            oldest = next(iter(recent))
            if recent[oldest] + REPLAY_MEMORY_MS >= at_ms:
                return recent[oldest] + REPLAY_MEMORY_MS + 1
            del recent[oldest]
            if oldest in self._own_rows:
                self._own_rows.discard(oldest)
                self._memory.forget(_row(oldest))
        return at_ms + REPLAY_MEMORY_MS if self._open else at_ms

    def load(self, rows: Iterable[bytes], prints: Mapping[Print, int], known: tuple[int, int], since: Since) -> int:
        """After a start, as after a cut. When that was: at the last frame or later.

        `known`: when the stream began, before which nothing comes again; and until when the line stood for sure.
        """
        began_ms, stood_ms = known
        found = dict(prints)
        for row in rows:
            told = msgspec.msgpack.decode(row, type=tuple[int, str, str, str])
            print_ = told[1:]
            found[print_] = max(since.read(told[0]), found.get(print_, 0))
            self._own_rows.add(print_)
            if since.back_ms:
                self._memory.put(_row(print_), (found[print_], *print_))
        for print_, seen_ms in sorted(found.items(), key=lambda one: one[1]):
            if seen_ms >= began_ms:
                self._recent[print_] = seen_ms
            elif print_ in self._own_rows:
                self._own_rows.discard(print_)
                self._memory.forget(_row(print_))
        lost_ms = max(stood_ms, *found.values()) if found else stood_ms or since.now_ms
        self.lose(lost_ms)
        return lost_ms


def _row(print_: Print) -> str:
    return f"{PRINT}{print_[0]}|{print_[1]}|{print_[2]}"
