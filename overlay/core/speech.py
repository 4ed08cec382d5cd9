"""What was said in one room, line by line, for past streams. What is on a screen is the stage's (speech_stage.py).

Folded once per room from the source the creator has bought; it knows no option and shows nothing.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import msgspec

from overlay.core import facts
from overlay.core.events import Caption
from overlay.core.moving import UNSPOKEN
from overlay.core.speech_fold import Fold
from overlay.core.speech_stage import UNDO_MS, select

if TYPE_CHECKING:
    from overlay.core.facts import Fact
    from overlay.core.scene import Scene
    from overlay.core.speech_segment import Segment

MOST_LINES: Final = 1_000
"""How many lines wait for the store, if it does not fetch them."""


class State:
    """The lines of a room. `unsaved` says that `dump` would give something worth keeping."""

    __slots__ = ("_lines", "_source", "fold_state", "unsaved")

    ignores = UNSPOKEN

    def __init__(self) -> None:
        """Nothing has been said."""
        self.fold_state = Fold()
        self.unsaved = False
        self._source = "none"
        self._lines: dict[str, dict[str, Any]] = {}

    def dump(self) -> bytes:
        """All that may still be heard of, for the store."""
        self.unsaved = False
        newest_ms = max((one.heard_ms for one in self.fold_state.segments), default=0)
        return msgspec.msgpack.encode(self.fold_state.young(newest_ms - UNDO_MS, seen=False))

    def load(self, kept: bytes) -> None:
        """After a start: go on where it was. What cannot be read is forgotten."""
        try:
            self.fold_state = msgspec.msgpack.decode(kept, type=Fold)
        except (msgspec.DecodeError, msgspec.ValidationError):
            return

    def drain_lines(self) -> list[dict[str, Any]]:
        """New and corrected lines, whole: the newest under one id is true."""
        drained, self._lines = list(self._lines.values()), {}
        return drained

    def fold(self, fact: Fact, scene: Scene) -> bool:
        """Take one fact in. Lines never change what a page shows."""
        said = self.fold_state
        if fact.test:
            return False
        self._source = select("auto", scene.caption_source)
        said.expire(fact.at_ms)
        match fact:
            case facts.Spoke(event=Caption() as caption) if caption.socket == self._source:
                said.hear(caption, fact.at_ms)
            case facts.Spoke(event=event) if not isinstance(event, Caption) and self._source == "captions":
                said.translate(event, fact.at_ms, scene.caption_target)
            case facts.SocketClosed(socket=socket) if socket == ("live" if self._source == "native" else "captions"):
                said.interrupt(fact.at_ms)
            case facts.StreamBegan():
                said.interrupt(fact.at_ms)
            case facts.Cleared(what="captions" | "all"):
                said.clear(fact.at_ms)
        self._keep_lines()
        return False

    def wake(self) -> int | None:
        """When an open line has not been heard for too long."""
        return self.fold_state.next_timeout()

    def _keep_lines(self) -> None:
        said = self.fold_state
        if not said.touched:
            return
        changed = (one for one in reversed(said.segments) if one.id in said.touched)  # they stand near the end
        by_id = {one.id: one for one in islice(changed, len(said.touched))}
        for key in said.touched:
            one = by_id.get(key)
            if one is not None and not one.is_open and one.tokens:
                self._lines.pop(key, None)
                self._lines[key] = self._line(one)
                self.unsaved = True
        said.touched.clear()
        while len(self._lines) > MOST_LINES:
            del self._lines[next(iter(self._lines))]

    def _line(self, one: Segment) -> dict[str, Any]:
        return {
            "id": one.id,
            "source": self._source,
            "at_ms": one.began_ms,
            "closed_ms": one.closed_ms,
            "closed_by": one.closed,
            "text": one.text,
            "language": one.language,
            "speaker": one.speaker,
            "translation": one.translation,
        }
