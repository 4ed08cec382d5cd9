"""Whether a frame was heard before: by its ids at any time, by its fingerprint for a moment after a cut.

Gifts, deeds and the crowd's likes and entrances have marks of their own each, so that a flood of one kind does not
push the memory of another out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from overlay.core.marks import Marks, Print, Replays
from overlay.core.memory import CROWD_MARK, DEED_MARK, GIFT_MARK, PRINT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from overlay.core.memory import Memory, Since


class Repeats:
    """Everything by which a repeat is known. `duplicates` counts those that were."""

    __slots__ = ("_by_prefix", "duplicates", "replays")

    def __init__(self, memory: Memory) -> None:
        """Nothing has been heard."""
        self.duplicates = 0
        self.replays = Replays(memory)
        self._by_prefix = {prefix: Marks(memory, prefix) for prefix in (GIFT_MARK, DEED_MARK, CROWD_MARK)}

    def knows(self, prefix: str, marks: tuple[str, ...]) -> bool:
        """Whether a frame with one of these marks was heard."""
        known = self._by_prefix[prefix]
        for mark in marks:
            if mark in known:
                self.duplicates += 1
                return True
        return False

    def echoes(self, kind: str, key: Callable[[], str], what: str, at_ms: int) -> bool:
        """Whether a frame without any id is the echo of one from before the cut."""
        if not self.replays.listening(at_ms):
            return False
        print_ = (kind, key(), what)
        if not self.replays.has(print_):
            return False
        self.replays.note(print_, at_ms, own_row=True)
        self.duplicates += 1
        return True

    def note(self, prefix: str, marks: tuple[str, ...], print_: Print, at_ms: int) -> None:
        """A frame is taken in. Its fingerprint rides on its marks; without any it has a row of its own."""
        self.replays.note(print_, at_ms, own_row=not marks)
        known = self._by_prefix[prefix]
        for mark in marks:
            known.add(mark, at_ms, print_)

    def note_bare(self, marks: tuple[str, ...], at_ms: int) -> None:
        """A frame of nobody's is taken in: it is known by its ids alone."""
        for mark in marks:
            self._by_prefix[DEED_MARK].add(mark, at_ms)

    @property
    def parts(self) -> tuple[Replays, *tuple[Marks, ...]]:
        """All that has to forget."""
        return self.replays, *self._by_prefix.values()

    def move(self, weak: str, strong: str) -> None:
        """Two keys are one person."""
        self.replays.move(weak, strong)
        for marks in self._by_prefix.values():
            marks.move(weak, strong)

    def load(self, kinds: Mapping[str, Mapping[str, bytes]], known: tuple[int, int], since: Since) -> int:
        """After a start, as after a cut. When that was. `known`: when the stream began, until when the line stood."""
        prints: dict[Print, int] = {}
        for prefix, marks in self._by_prefix.items():
            prints |= marks.load(kinds.get(prefix, {}), since)
        return self.replays.load(kinds.get(PRINT, {}).values(), prints, known, since)
