"""The stage of captions: what one widget has on its screen, and when it goes.

It holds the whole fold with the widget's delay, clears what has been read, and survives a restart. Nothing here counts.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, ClassVar, Final, Protocol

import msgspec
from msgspec import Struct, field

from overlay.core import facts
from overlay.core.events import Caption, Translation
from overlay.core.speech_fold import Fold
from overlay.core.speech_match import PARTIAL_TIMEOUT_MS
from overlay.core.speech_segment import tame
from overlay.core.speech_show import Manner, Shown, characters, choose, waits_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from overlay.core.scene import Scene

CLEAR_AFTER_MS: Final = 4_000
MAX_HOLD_MS: Final = 7_000
CPS: Final = 17
"""Characters that a viewer reads in a second."""

UNDO_MS: Final = 60_000
MOST_PENDING: Final = 2_000
MOST_STEPS: Final = 10_000
HEARD: Final = (
    facts.Spoke,
    facts.SocketClosed,
    facts.SocketOpened,
    facts.Cleared,
    facts.Restored,
    facts.StreamBegan,
)
"""What a stage listens to; all else only lets time pass."""


class Wanted(Protocol):
    """The options of a caption widget."""

    source: str
    mode: str
    translation: str
    target: str | None
    rows: int
    cells: int
    delay_ms: int
    mask: list[str]
    allow: list[str]


class Pending(Struct, frozen=True, gc=False):
    """A frame that waits for the programme to catch up; None is a cut line."""

    due_ms: int
    event: Caption | Translation | None


class Cleared(Struct, frozen=True):
    """What a reset has taken away, while it can be taken back."""

    id: str
    at_ms: int
    gone: list[tuple[str, bool]]


class Stage(Struct, kw_only=True):
    """One widget's captions. `cps` is a figure of the rules, here so that a claim can set it."""

    takes: ClassVar = (*HEARD, facts.Tick)
    source: str = "none"
    manner: Manner = field(default_factory=Manner)
    fold: Fold = field(default_factory=Fold)
    pending: list[Pending] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)
    hold_ms: int = CLEAR_AFTER_MS
    changed_ms: int = 0  # last visible change
    now_ms: int = 0
    next_ms: int | None = None
    cleared: Cleared | None = None
    cps: float = CPS

    def parts(self) -> dict[str, bytes | None]:
        """All that may still be seen or heard of, for the store: after an hour that is a twentieth of the whole."""
        fold = self.fold.young(self.now_ms - UNDO_MS, seen=True)
        return {"": msgspec.msgpack.encode(msgspec.structs.replace(self, fold=fold))}

    def hear(self, fact: facts.Fact, options: Wanted, _state: object, scene: Scene) -> bool:
        """Let time pass until the fact, then take it in."""
        if not isinstance(fact, HEARD) and (self.next_ms is None or fact.at_ms < self.next_ms):
            return False
        before = self.shown
        if self._follow(options, scene) or (self.next_ms is not None and self.next_ms <= fact.at_ms):
            self._advance(fact.at_ms)
        self.now_ms = max(self.now_ms, fact.at_ms)
        match fact:
            case facts.Spoke():
                self._hear(fact, options.delay_ms)
            case facts.SocketClosed(test=False) | facts.SocketOpened(test=False) if _is_ours(fact, self.source):
                self._cut(fact, options.delay_ms)
            case facts.Cleared(what="captions" | "all", test=False):
                self._clear(fact)
            case facts.Restored(what="captions" | "all", test=False):
                self._restore(fact)
            case facts.StreamBegan(test=False):
                self.fold.clear(fact.at_ms)
                self.fold.segments, self.pending = [], []
                self._settle(fact.at_ms)
        self.next_ms = self._advance(fact.at_ms)
        return self.shown != before

    def _follow(self, options: Wanted, scene: Scene) -> bool:
        """The creator may have bought another source, or another language, since; True if that is so."""
        manner = self.manner
        source = select(options.source, scene.caption_source)
        if source != self.source:
            self.source, self.fold, self.pending, self.shown = source, Fold(epoch=self.fold.epoch + 1), [], []
        self.manner = Manner(
            mode=options.mode,
            rows=options.rows,
            cells=options.cells,
            translation=options.translation,
            target=scene.caption_target or options.target,
            mask=tuple(options.mask),
            allow=tuple(options.allow),
        )
        return self.manner != manner

    # --- facts ---

    def _hear(self, fact: facts.Spoke, delay_ms: int) -> None:
        source = fact.event.socket if isinstance(fact.event, Caption) else "captions"
        if source != self.source and not fact.test:
            return
        self._queue(fact.event, fact.at_ms, delay_ms)

    def _cut(self, fact: facts.SocketClosed | facts.SocketOpened, delay_ms: int) -> None:
        spoken = any(one.is_open for one in self.fold.segments) or self.pending
        if isinstance(fact, facts.SocketClosed) or spoken:  # opened without having been closed: after a start
            self._queue(None, fact.at_ms, delay_ms)

    def _queue(self, event: Caption | Translation | None, at_ms: int, delay_ms: int) -> None:
        if not delay_ms and not self.pending:
            self._apply(event, at_ms)
            return
        self.pending.append(Pending(at_ms + delay_ms, None if event is None else tame(event)))
        if len(self.pending) > MOST_PENDING:
            self._apply(self.pending.pop(0).event, at_ms)

    def _apply(self, event: Caption | Translation | None, at_ms: int) -> None:
        if event is None:
            self.fold.interrupt(at_ms)
        elif isinstance(event, Caption):
            self.fold.hear(event, at_ms)
        else:
            self.fold.translate(event, at_ms, self.manner.target)
        self._settle(at_ms)

    def _clear(self, fact: facts.Cleared) -> None:
        for waiting in self.pending:  # said before the order, so it goes with the rest
            self._apply(waiting.event, fact.at_ms)
        self.pending = []
        self.cleared = Cleared(fact.id, fact.at_ms, self.fold.clear(fact.at_ms))
        self._settle(fact.at_ms)

    def _restore(self, fact: facts.Restored) -> None:
        undo, self.cleared = self.cleared, None
        if undo is None or undo.id != fact.id or fact.at_ms > undo.at_ms + UNDO_MS:
            return
        was_open = dict(undo.gone)
        for one in self.fold.segments:
            if one.id in was_open:
                one.hidden = False
                if one.closed == "cleared":
                    one.closed = None
        self._settle(fact.at_ms)

    # --- time ---

    def wake(self) -> int | None:
        """When time alone changes it."""
        return self.next_ms

    def _timers(self) -> Iterator[tuple[int, str]]:
        """What falls due when; at the same moment the earlier in this list goes first."""
        spoken = [one for one in self.fold.segments if one.closed is None]
        if spoken:
            yield min([one.heard_ms for one in spoken]) + PARTIAL_TIMEOUT_MS, "timeout"
        if self.manner.translation == "replace":
            for one in self.fold.segments:
                until = None if one.hidden else waits_until(one, self.manner)
                if until is not None and until > self.now_ms:
                    yield until, "look"
        if self.shown and all(one.hidden for one in spoken):
            yield self.changed_ms + self.hold_ms, "clear"
        if self.pending:
            yield self.pending[0].due_ms, "frame"

    def _advance(self, to_ms: int) -> int | None:
        """Let happen whatever is due. When the next is."""
        for _ in range(MOST_STEPS):
            first = min(self._timers(), key=itemgetter(0), default=None)
            if first is None or first[0] > to_ms:
                self.now_ms = max(self.now_ms, to_ms)
                return None if first is None else first[0]
            self.now_ms = max(self.now_ms, first[0])
            self._run(first[1])
        self.now_ms = max(self.now_ms, to_ms)
        return min((due for due, _ in self._timers()), default=None)

    def _run(self, what: str) -> None:
        if what == "timeout":
            self.fold.expire(self.now_ms)
        elif what == "clear":
            seen = {one.id for one in self.shown}
            for one in self.fold.segments:
                one.hidden |= one.id in seen
        elif what == "frame":
            self._apply(self.pending.pop(0).event, self.now_ms)
            return
        self._settle(self.now_ms)

    def _settle(self, at_ms: int) -> None:
        """See what is on the screen now, and for how long it may stay."""
        self.now_ms = max(self.now_ms, at_ms)
        self.fold.touched.clear()
        shown, rows, gone = choose(self.fold.segments, self.manner, self.now_ms)
        for one in self.fold.segments if gone else ():
            one.hidden |= one.id in gone
        if [one.look for one in shown] != [one.look for one in self.shown] and shown:
            self.changed_ms = self.now_ms
        self.hold_ms = min(MAX_HOLD_MS, max(CLEAR_AFTER_MS, int(1_000 * characters(rows) / self.cps)))
        self.shown = shown


def select(wanted: str, bought: str) -> str:
    """The source a widget shows: what the creator has bought, if the widget wants it."""
    if bought not in {"native", "captions"}:
        return "none"
    return bought if wanted in {"auto", bought} else "none"


def _is_ours(fact: facts.SocketClosed | facts.SocketOpened, source: str) -> bool:
    return fact.socket == ("live" if source == "native" else "captions")
