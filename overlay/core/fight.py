"""The battle of one room: time passes, frames come in, rounds are kept for past streams.

Folded once per room, whatever widgets show of it; it knows no option. What a frame means stands in fight_frames.py,
what the phases are in fight_ring.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from overlay.core import facts
from overlay.core.events import Armies, Battle, Card, CoHosts
from overlay.core.facts import Fact
from overlay.core.fight_frames import hear_armies, hear_battle, hear_card, hear_names, hear_punish
from overlay.core.fight_ring import Memory, Ring
from overlay.core.fight_seen import Seen
from overlay.core.moving import CROWD

if TYPE_CHECKING:
    from collections.abc import Mapping

    from overlay.core.scene import Scene

SILENCE_MS: Final = 30_000
WALL_GRACE_MS: Final = 30_000
RESULT_MS: Final = 10_000
PUNISH_MS: Final = 180_000
UNDO_MS: Final = 60_000
MOST_TIMERS: Final = 200
"""More than a battle can have due at once: a wild clock must not hold the room."""

NOTED: Final = frozenset[type[Fact]](
    {
        facts.Fought,
        facts.OwnerKnown,
        facts.Cleared,
        facts.Restored,
        facts.SocketOpened,
        facts.SocketClosed,
        facts.StreamWentOn,
        facts.StreamEnding,
        facts.StreamEnded,
        facts.StreamBegan,
    }
)
"""What a battle takes in; all else only tells it the time."""


class State:
    """The battle, folded fact by fact. `unsaved` says that `dump` would give something new."""

    __slots__ = ("_due", "_ring", "_seen", "_timed", "_undo", "memory", "unsaved")

    ignores = CROWD

    def __init__(self) -> None:
        """No battle yet."""
        self.memory = Memory()
        self.unsaved = False
        self._ring = Ring(self.memory)
        self._seen = Seen()
        self._undo: tuple[str, int, bytes] | None = None
        self._due: tuple[int, str] | None = None  # the first timer, while `_timed`
        self._timed = False

    # --- keeping ---

    def dump(self) -> bytes:
        """All of it but `dump_more`, for the store."""
        self.unsaved = False
        return msgspec.msgpack.encode(self.memory)

    def load(self, kept: bytes) -> None:
        """After a start: go on. Silence counts again when a socket is open. What cannot be read is forgotten."""
        try:
            memory = msgspec.msgpack.decode(kept, type=Memory)
        except (msgspec.DecodeError, msgspec.ValidationError):
            return
        self._seen.add(memory.seen)  # where they were kept once
        memory.seen, memory.socket_open = [], False
        self._timed = False
        self.memory = self._ring.memory = memory

    def dump_more(self) -> dict[str, bytes]:
        """What of the rest has changed since the last call, by part."""
        return self._seen.drain()

    def load_more(self, parts: Mapping[str, bytes]) -> None:
        """After a start, after `load`: the rest."""
        self._seen.load(parts)

    def drain_rounds(self) -> list[dict[str, Any]]:
        """Finished and corrected rounds, whole: the newest under one battle_key and round_key is true."""
        drained, self._ring.rounds = self._ring.rounds, []
        return drained

    def drain_oddities(self) -> list[str]:
        """What somebody should look at in a live capture, one sentence each."""
        drained, self._ring.oddities = self._ring.oddities, []
        return drained

    # --- folding ---

    def fold(self, fact: Fact, scene: Scene) -> bool:
        """Let time pass until the fact, then take it in."""
        self.memory.owner_id = scene.owner_id or self.memory.owner_id
        moved = self._advance(fact.at_ms)
        changed = False
        if type(fact) in NOTED:
            self._timed = False
            changed = self._hear(fact) if isinstance(fact, facts.Fought) else self._note(fact)
        self.unsaved |= moved or changed or isinstance(fact, facts.Fought)
        return moved or changed

    def _note(self, fact: Fact) -> bool:
        """Everything that is not a battle frame."""
        memory = self.memory
        match fact:
            case facts.OwnerKnown():
                return memory.match is not None
            case facts.Cleared(what="battle" | "all"):
                return self._clear(fact)
            case facts.Restored(what="battle" | "all"):
                return self._restore(fact)
            case facts.SocketOpened(socket="live", test=False):
                memory.socket_open, memory.alive_ms = True, fact.at_ms
            case facts.SocketClosed(socket="live", test=False):
                memory.socket_open = False
            case facts.StreamWentOn(test=False):
                memory.may_reopen |= memory.reason == "stream_end"
            case facts.StreamEnding(test=False) | facts.StreamEnded(test=False):
                return self._end_stream(fact.at_ms)
            case facts.StreamBegan(test=False):
                had = memory.match is not None
                self._end_stream(fact.at_ms)
                self._ring.forget(close=True)
                return had
        return False

    def wake(self) -> int | None:
        """When time alone changes it."""
        first = self._first()
        return None if first is None else first[0]

    def _first(self) -> tuple[int, str] | None:
        """The first timer; found again only after something that may have moved one."""
        if not self._timed:
            self._due, self._timed = min(self._timers(), key=lambda timer: timer[0], default=None), True
        return self._due

    def _timers(self) -> list[tuple[int, str]]:
        """What falls due when; at the same moment the earlier in this list goes first."""
        memory, match = self.memory, self.memory.match
        due: list[tuple[int, str]] = []
        if memory.phase == "active" and match is not None:
            ends_ms = match.timing.ends_ms
            if ends_ms is not None:
                due += [(ends_ms + WALL_GRACE_MS, "wall"), (ends_ms, "look")]
            for booster in match.boosters:
                due += [(memory.clock.ours(booster.from_ms), "look"), (memory.clock.ours(booster.until_ms), "look")]
        if memory.phase in {"active", "preparing", "starting"} and (
            memory.socket_open or (match is not None and match.test)
        ):
            due.append((memory.alive_ms + SILENCE_MS, "silence"))
        if memory.finished_ms is not None and memory.phase == "finished":
            due.append((memory.finished_ms + RESULT_MS, "result"))
        if memory.finished_ms is not None and memory.phase == "punish":
            due.append((memory.finished_ms + PUNISH_MS, "idle"))
        return [(at, what) for at, what in due if what != "look" or at > memory.now_ms]

    def _advance(self, to_ms: int) -> bool:
        moved = False
        for _ in range(MOST_TIMERS):
            first = self._first()
            if first is None or first[0] > to_ms:
                break
            due, what = first
            self.memory.now_ms = max(self.memory.now_ms, due)
            self._run(what, due)
            moved, self._timed = True, False
        self.memory.now_ms = max(self.memory.now_ms, to_ms)
        return moved

    def _run(self, what: str, due_ms: int) -> None:
        memory = self.memory
        if what == "wall":
            self._ring.finish("wall", due_ms)
        elif what == "silence" and memory.phase == "active":
            self._ring.finish("silence", due_ms)
        elif what == "silence":
            self._ring.forget(close=False)
        elif what == "result":
            punish = memory.winner is not None and memory.reason != "silence" and not memory.punished
            memory.phase = "punish" if punish else "idle"
        elif what == "idle":
            memory.phase = "idle"

    def _end_stream(self, at_ms: int) -> bool:
        phase = self.memory.phase
        if phase == "active":
            self._ring.finish("stream_end", at_ms)
        elif phase in {"preparing", "starting"}:
            self._ring.forget(close=False)
        return phase in {"active", "preparing", "starting"}

    # --- frames ---

    def _hear(self, fact: facts.Fought) -> bool:
        event, ring, memory = fact.event, self._ring, self.memory
        if isinstance(event, CoHosts):
            return hear_names(ring, event)
        rehearsed = memory.match is not None and memory.match.test
        if fact.test and not rehearsed and memory.phase != "idle":
            return False  # a rehearsal never disturbs a battle
        if not self._seen.is_new(event.transaction_id):
            return False
        if not fact.test:
            if not memory.socket_open:
                memory.socket_open, memory.alive_ms = True, fact.at_ms
            if rehearsed:
                ring.forget(close=False)
        if isinstance(event, Armies):
            return hear_armies(ring, event, fact.at_ms, test=fact.test)
        if isinstance(event, Battle):
            return hear_battle(ring, event, fact.at_ms, test=fact.test)
        return hear_card(ring, event, fact.at_ms) if isinstance(event, Card) else hear_punish(ring, event, fact.at_ms)

    # --- the owner's reset ---

    def _clear(self, fact: facts.Cleared) -> bool:
        """Nothing is on. A battle that runs comes back with its next frame, one that is over does not."""
        memory = self.memory
        if fact.test:
            rehearsed = memory.match is not None and memory.match.test
            if rehearsed:
                self._ring.forget(close=False)
            return rehearsed
        self._undo = (fact.id, fact.at_ms, self.dump())
        self._ring.forget(close=memory.finished_ms is not None and not memory.may_reopen)
        return True

    def _restore(self, fact: facts.Restored) -> bool:
        if fact.test:
            return False
        undo, self._undo = self._undo, None
        if undo is None or undo[0] != fact.id or fact.at_ms > undo[1] + UNDO_MS:
            return False
        before = msgspec.msgpack.decode(undo[2], type=Memory)
        memory, new = self.memory, self.memory.match
        if new is not None and before.match is not None:
            if new.key == before.match.key:  # it has come back by itself, with newer scores
                new.round = before.match.round
            return True
        if new is None:
            names = ("phase", "match", "reason", "winner", "finished_ms", "punished", "may_reopen", "record", "closed")
            for name in names:
                setattr(memory, name, getattr(before, name))
            self._advance(fact.at_ms)
        return True
