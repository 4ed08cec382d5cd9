"""Which resets of the owner can still be taken back. What a reset does is the folds'.

It never undoes one itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from overlay.core.memory import RESET

if TYPE_CHECKING:
    from collections.abc import Mapping

    from overlay.core.memory import Memory, Since

UNDO_MS: Final = 60_000
MOST_UNDONE: Final = 10
"""So many resets can be taken back, one after another, the last one first."""


class Resets:
    """The resets of the last minute."""

    __slots__ = ("_asked", "_memory")

    def __init__(self, memory: Memory) -> None:
        """None was asked for."""
        self._memory = memory
        self._asked: dict[str, tuple[int, str]] = {}

    def do(self, id_: str, what: str, at_ms: int) -> bool:
        """A reset; False if this very one was asked for already."""
        if id_ in self._asked:
            return False
        self._asked[id_] = (at_ms, what)
        self._memory.put(RESET + id_, (at_ms, what))
        while len(self._asked) > MOST_UNDONE:
            self._forget(min(self._asked, key=lambda one: self._asked[one][0]))
        return True

    def last(self, at_ms: int) -> tuple[str, str] | None:
        """Id and kind of the reset that would be taken back now, or None."""
        open_ = [(asked_ms, n, id_) for n, (id_, (asked_ms, _)) in enumerate(self._asked.items())]
        asked_ms, _, id_ = max(open_, default=(0, 0, ""))
        return (id_, self._asked[id_][1]) if id_ and at_ms - asked_ms <= UNDO_MS else None

    def _forget(self, id_: str) -> None:
        del self._asked[id_]
        self._memory.forget(RESET + id_)

    def undo(self, id_: str, at_ms: int) -> str | None:
        """What comes back, or None if it is too late or was never reset."""
        known = self._asked.pop(id_, None)
        if known is None:
            return None
        self._memory.forget(RESET + id_)
        return known[1] if at_ms - known[0] <= UNDO_MS else None

    def prune(self, at_ms: int) -> int:
        """Forget what can no longer be undone. When there may be more."""
        for id_ in [id_ for id_, (asked_ms, _) in self._asked.items() if at_ms - asked_ms > UNDO_MS]:
            self._forget(id_)
        return at_ms + UNDO_MS if not self._asked else at_ms

    def load(self, rows: Mapping[str, bytes], since: Since) -> None:
        """After a start."""
        for id_, row in rows.items():
            asked_ms, what = msgspec.msgpack.decode(row, type=tuple[int, str])
            self._asked[id_] = (since.read(asked_ms), what)
            if since.back_ms:
                self._memory.put(RESET + id_, self._asked[id_])
