"""The ledger: events in, facts out. The one place where it is decided what counts, and that it counts once.

It holds the parts and asks them in their order: repeats by id, repeats after a cut, the stream, the person, then the
rule of the event (`hearing.py`). Each part keeps what it needs after a restart as small rows. Nothing here reads a
clock or shows anything. Longer than others, because all parts meet here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from overlay.core import facts, memory
from overlay.core.combos import Combos
from overlay.core.deeds import Deeds, Likes
from overlay.core.hearing import HEARING
from overlay.core.hearing_room import start_figures
from overlay.core.identity import Identity
from overlay.core.memory import CROWD_MARK, DEED_MARK, GIFT_MARK, Ids, Memory, sorted_by_prefix
from overlay.core.prices import Listing
from overlay.core.repeats import Repeats
from overlay.core.resets import Resets
from overlay.core.streams import Streams
from overlay.core.talk import Lines, Pins

if TYPE_CHECKING:
    from collections.abc import Mapping

    from overlay.core.events import Closed, Event, Person, RoomInfo
    from overlay.core.facts import Fact, Who

__all__ = ["Ledger", "Listing"]

PRUNE_MS: Final = 1_000
"""Old memory is looked for at most so often; a clock that goes back by more than this was set."""

LONGEST_MS: Final = 60_000
"""But in each part at least so often: a clock that was set leaves times behind that are in no order."""

LIVE: Final = "live"


class Aging(Protocol):
    """A part that forgets what is too old."""

    def prune(self, at_ms: int) -> int:
        """Do it. When there may be more."""


class Ledger:
    """One creator's ledger. `test` makes one for test events: the same road, and every fact is marked."""

    __slots__ = (
        "_aging", "_due_ms", "_heard_ms", "_is_measured", "_memory", "_prune_ms", "ahead_ms", "asked",
        "catalogue", "combos", "deeds", "handle", "identity", "ids", "likes", "lines", "pins", "repeats",
        "resets", "start", "streams", "test", "unknown_gift", "wake_ms",
    )  # fmt: skip

    def __init__(
        self,
        handle: str,
        *,
        owner_id: str | None = None,
        catalogue: Mapping[str, Listing] | None = None,
        test: bool = False,
    ) -> None:
        """An empty ledger: nothing was heard, nobody is known. Long only because every part is made here."""
        self.handle = handle
        self.test = test
        self.catalogue: Mapping[str, Listing] = catalogue if catalogue is not None else {}
        self.unknown_gift = False
        self.ahead_ms = 0  # how far the sender's clock is before ours, by its least delayed frame
        self.start: RoomInfo | None = None  # figures of a connection whose stream has not begun
        self._memory = rows = Memory(kept=not test)
        self.identity = Identity(rows, self._merge)
        self.streams = Streams(rows, self, test=test)
        self.ids = Ids(rows, test=test)
        self.combos = Combos(rows, self.ids, test=test)
        self.combos.owner_id = owner_id
        self.deeds = Deeds(rows)
        self.likes = Likes(rows)
        self.lines = Lines(rows)
        self.pins = Pins(rows)
        self.resets = Resets(rows)
        self.repeats = Repeats(rows)
        self._is_measured = False
        self._heard_ms = 0
        self._due_ms = 0
        self._prune_ms = 0
        self._aging: dict[Aging, int] = {}  # who has to forget -> when at the earliest
        self.wake_ms: int | None = None  # the next timer, while `asked`
        self.asked = False

    # --- what others may know ---

    @property
    def duplicates(self) -> int:
        """How many frames were repeats."""
        return self.repeats.duplicates

    @property
    def stream(self) -> str | None:
        """The present stream, or the last one while no other has begun."""
        return self.streams.now.stream

    @property
    def room_id(self) -> str | None:
        """TikTok's id of the room, if it is known."""
        return self.streams.now.room_id

    @property
    def owner_id(self) -> str | None:
        """The creator's own id, if it is known."""
        return self.combos.owner_id

    @property
    def last_viewer_event_ms(self) -> int | None:
        """When a viewer was last heard: the proof of a live stream."""
        return self.streams.last_viewer_ms

    @property
    def ending_since_ms(self) -> int | None:
        """Since when an end waits to be confirmed: time for a check."""
        return self.streams.now.ending_ms

    # --- hearing ---

    def hear(self, event: Event, at_ms: int) -> list[Fact]:
        """One event, and what is due before it."""
        out: list[Fact] = []
        if at_ms >= self._due_ms or at_ms < self._heard_ms - PRUNE_MS:
            self._pass(at_ms, out)
        self._heard_ms, self.asked = at_ms, False
        hear = HEARING.get(type(event))
        if hear is not None:
            if event.sent_ms is not None:
                self._measure(event.sent_ms - at_ms)
            hear(self, event, at_ms, out)
        return out

    def meet(  # noqa: PLR0913  a frame is met with all of this
        self,
        event: Event,
        kind: str,
        person: Person | None,
        what: str,
        at_ms: int,
        out: list[Fact],
        *,
        marks: tuple[str, ...],
        crowd: bool = False,
        alive: bool = True,
    ) -> Who | None:
        """The person of a frame that is not a repeat, or None if it is one.

        `marks` are its ids; `kind` and `what` with the person are its fingerprint.
        """
        prefix = GIFT_MARK if kind == "gift" else CROWD_MARK if crowd else DEED_MARK
        repeats = self.repeats
        if repeats.knows(prefix, marks):
            return None
        is_bare = not marks and event.transaction_id is None
        if is_bare and repeats.echoes(kind, lambda: self.identity.key(person), what, at_ms):
            return None
        if alive:
            self.streams.alive(at_ms, out)
        who = self.identity.who(person, at_ms, keep=not crowd)
        if self.identity.has_merged:
            out += self.identity.take_merged(at_ms, test=self.test)
        repeats.note(prefix, marks, (kind, who.key, what), at_ms)
        return who

    def forget(self, key: str) -> None:
        """The owner forgets this person: what was counted stays, names and handles go."""
        self.identity.forget(key)

    def know_owner(self, owner_id: str) -> None:
        """The room has told whose it is."""
        self.combos.owner_id = self.streams.now.owner_id = owner_id
        self.streams.changed()

    def _measure(self, ahead_ms: int) -> None:
        if not self._is_measured or ahead_ms > self.ahead_ms:
            self.ahead_ms, self._is_measured = ahead_ms, True

    def _merge(self, weak: str, strong: str) -> None:
        self.combos.merge(weak, strong)
        self.deeds.merge(weak, strong)
        self.repeats.move(weak, strong)

    # --- lines and streams turn ---

    def open_line(self, socket: str, at_ms: int, _out: list[Fact]) -> None:
        """A socket is open: what was remembered over the gap ages again."""
        if socket != LIVE:
            self.streams.now.captions_open = True
            self.streams.changed()
            return
        self.streams.opened(at_ms)
        self.repeats.replays.reopen(at_ms)
        self.combos.go_on(at_ms)
        self._is_measured = False

    def close_line(self, event: Closed, at_ms: int, out: list[Fact]) -> None:
        """A socket is closed: combos fall silent, and an end that was signalled is confirmed."""
        gone = facts.SocketClosed(at_ms=at_ms, test=self.test, socket=event.socket)
        if event.socket != LIVE:
            self.streams.now.captions_open = False
            self.streams.changed()
            out.append(gone)
            return
        self.combos.close_all(at_ms, out)
        self.combos.pause()
        self.repeats.replays.lose(at_ms)
        self.streams.closed(event, at_ms, out, gone)

    def stream_ending(self, at_ms: int, out: list[Fact]) -> None:
        """An end was signalled."""
        self.combos.close_all(at_ms, out)

    def stream_ended(self, at_ms: int, out: list[Fact]) -> None:
        """It is confirmed."""
        self.combos.close_all(at_ms, out)
        if self.pins.end():
            out.append(facts.Unpinned(at_ms=at_ms, test=self.test))

    def stream_began(self, at_ms: int, out: list[Fact]) -> None:
        """Another stream: what is of one stream only starts anew."""
        self.combos.forget_late()
        self.repeats.replays.clear()
        self.identity.stream = self.streams.now.token
        tokens = self.streams.tokens
        self.deeds.keep_only(tokens)
        self.likes.keep_only(tokens)
        start_figures(self, at_ms, out)

    # --- time ---

    def tick(self, at_ms: int) -> list[Fact]:
        """What time alone has brought."""
        out: list[Fact] = []
        self._pass(at_ms, out)
        return out

    def wake(self) -> int | None:
        """When time alone brings the next fact; looked for anew only after something was heard."""
        if not self.asked:
            combo_ms, pin_ms = self.combos.wake(), self.pins.wake()
            self.wake_ms = pin_ms if combo_ms is None else combo_ms if pin_ms is None else min(combo_ms, pin_ms)
            self.asked = True
        return self.wake_ms

    def flush(self, at_ms: int) -> list[Fact]:
        """The program stops: combos are closed and remembered."""
        out = self.tick(at_ms)
        self.combos.close_all(at_ms, out)
        self.asked = False
        return out

    def _pass(self, at_ms: int, out: list[Fact]) -> None:
        self.asked = False
        if at_ms < self._heard_ms - PRUNE_MS:  # the clock was set back: no timer of before means anything
            self._aging = {}
            self._prune(self._heard_ms)  # by the old clock: by the new one nothing of it is due for long
            self.combos.close_all(at_ms, out)
            self._prune_ms, self._aging = at_ms, {}
        self._heard_ms = at_ms
        self.combos.tick(at_ms, out)
        pin_ms = self.pins.wake()
        if pin_ms is not None and self.pins.tick(at_ms):
            out.append(facts.Unpinned(at_ms=pin_ms, test=self.test))
            out.sort(key=lambda fact: fact.at_ms)
        if at_ms >= self._prune_ms:
            self.streams.stand(at_ms)
            self._prune(at_ms)
            self._prune_ms = at_ms + PRUNE_MS
        wake = self.wake()
        self._due_ms = self._prune_ms if wake is None else min(wake, self._prune_ms)

    def _prune(self, at_ms: int) -> None:
        """Each part says when it may have something to forget again; it is asked at least once a minute."""
        if not self._aging:
            parts = (self.combos, self.combos.transactions, *self.repeats.parts, self.lines, self.resets, self.deeds)
            self._aging = dict.fromkeys(parts, 0)
        for part, due_ms in self._aging.items():
            if due_ms <= at_ms:
                self._aging[part] = min(part.prune(at_ms), at_ms + LONGEST_MS)

    # --- keeping ---

    def drain(self) -> dict[str, bytes | None]:
        """What the store has not got yet: one row each, None to forget."""
        return self._memory.drain()

    def load(self, rows: Mapping[str, bytes], at_ms: int) -> list[Fact]:
        """After a start: everything goes on as after a cut at the moment of the last frame."""
        kinds = sorted_by_prefix(rows)
        none: dict[str, bytes] = {}
        since = self.streams.load(rows.get(memory.STREAM), at_ms)
        self.combos.owner_id = self.combos.owner_id or self.streams.now.owner_id
        self.ids.load(rows.get(memory.IDS))
        self.identity.load(kinds.get(memory.ALIAS, none))
        self.deeds.load(kinds.get(memory.DEED, none))
        self.likes.load(kinds.get(memory.LIKES, none))
        self.lines.load(kinds.get(memory.LINE, none), kinds.get(memory.TOMB, none), since)
        self.pins.load(rows.get(memory.PIN), since)
        self.resets.load(kinds.get(memory.RESET, none), since)
        lost_ms = self.repeats.load(kinds, (self.streams.now.began_ms, self.streams.now.stood_ms), since)
        self.identity.stream = self.streams.now.token
        out: list[Fact] = [
            facts.SocketClosed(at_ms=at_ms, test=self.test, socket=socket) for socket in self.streams.lose(lost_ms)
        ]
        out += self.combos.load(kinds.get(memory.COMBO, none), kinds.get(memory.TRANSACTION, none), lost_ms, since)
        self._prune_ms, self._aging = 0, {}
        self._pass(at_ms, out)
        return out
