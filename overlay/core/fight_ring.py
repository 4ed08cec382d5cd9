"""The ring: the phases of a battle, how one passes into the next, and the record of every round that was finished.

It is told what happened (a match opened, a finish, late scores); who tells it stands in fight_frames.py and fight.py.
It reads no frame and knows no timer.
"""

from __future__ import annotations

from typing import Any, Final, Literal

from msgspec import Struct, field

from overlay.core.events import Armies, Battle, Person
from overlay.core.fight_clock import Clock
from overlay.core.fight_kin import Kinship, Standing
from overlay.core.fight_match import MOST_IDS, Match, leader

Phase = Literal["idle", "preparing", "starting", "active", "finished", "punish"]
Reason = Literal["secs0", "status2", "ended", "wall", "silence", "stream_end", "next_round", "next_battle"]

SETTLE_MS: Final = 10_000
"""For so long after the finish scores may still change the winner."""

UNANNOUNCED: Final = ("silence", "wall")
"""Ends that a frame with time left takes back."""

MOST_ODDITIES: Final = 20


class Memory(Struct, kw_only=True):
    """Everything a battle goes on from after a restart."""

    phase: Phase = "idle"
    match: Match | None = None  # stays after the battle has left the screen: its frames are still known
    reason: Reason | None = None
    winner: int | None = None  # index of a side
    finished_ms: int | None = None
    punished: bool = False  # the end of the punishment has been heard
    may_reopen: bool = False
    alive_ms: int = 0
    now_ms: int = 0
    socket_open: bool = True
    owner_id: str | None = None
    clock: Clock = field(default_factory=Clock)
    seen: list[str] = field(default_factory=list)  # transactionIds, oldest first
    closed: list[str] = field(default_factory=list)  # ids of matches that were replaced
    names: dict[str, Person] = field(default_factory=dict)  # hosts that linkMic has told of
    record: dict[str, Any] | None = None  # of the round that is finished now


class Ring:
    """One battle at a time. `rounds` and `oddities` wait for whoever drains them."""

    __slots__ = ("memory", "oddities", "rounds")

    def __init__(self, memory: Memory) -> None:
        """Go on from here."""
        self.memory = memory
        self.rounds: list[dict[str, Any]] = []
        self.oddities: list[str] = []

    def standing(self, at_ms: int) -> Standing:
        """How the present match stands, for the question whether a frame is of it."""
        memory = self.memory
        return Standing(
            match=memory.match,
            closed=memory.closed,
            over=memory.finished_ms is not None,
            may_reopen=memory.may_reopen,
            settled=self.is_settled(at_ms),
            idle=memory.phase == "idle",
        )

    def is_settled(self, at_ms: int) -> bool:
        """Whether it is too late for late scores."""
        return self.memory.finished_ms is not None and at_ms >= self.memory.finished_ms + SETTLE_MS

    # --- matches ---

    def open(self, kinship: Kinship, event: Battle | Armies, at_ms: int, *, test: bool) -> Match:
        """Return the match of a frame: the present one, its next round, or a new one in its place."""
        memory, match = self.memory, self.memory.match
        if match is None or kinship == "new":
            self._replace("next_battle", at_ms)
            self.forget(close=True)
            match = memory.match = Match(test=test)
            own = {event.battle_id, getattr(event, "match_id", None)}
            memory.closed = [key for key in memory.closed if key not in own]
        elif kinship == "round":
            self._replace("next_round", at_ms)
            self._renew()
            match.next_round(getattr(event, "session_id", None))
        match.learn_ids(event)
        return match

    def take(self, event: Battle | Armies, *, scores: bool) -> None:
        """Take hosts and points in."""
        match = self.memory.match
        if match is not None:
            match.take_hosts(event.hosts, event.extra_hosts if isinstance(event, Battle) else (), scores=scores)
            match.scored |= isinstance(event, Armies)

    def forget(self, *, close: bool) -> None:
        """Nothing is on; with `close` the late frames of this match are refused from now on."""
        memory, match = self.memory, self.memory.match
        if match is not None and close:
            memory.closed += [key for key in [match.match_id, *match.ids] if key and key not in memory.closed]
            del memory.closed[:-MOST_IDS]
        memory.match = None
        self._renew()

    def _renew(self) -> None:
        memory = self.memory
        memory.phase, memory.reason, memory.winner, memory.finished_ms = "idle", None, None, None
        memory.punished, memory.may_reopen, memory.record = False, False, None

    def _replace(self, reason: Reason, at_ms: int) -> None:
        if self.memory.phase == "active":
            self.finish(reason, at_ms)

    # --- phases ---

    def activate(self, at_ms: int) -> None:
        """The battle runs (again)."""
        if self.memory.phase == "active" or self.memory.match is None:
            return
        self._renew()
        self.memory.phase = "active"
        self.memory.match.timing.begin(at_ms)

    def finish(self, reason: Reason, at_ms: int) -> None:
        """The round is over."""
        memory, match = self.memory, self.memory.match
        if match is None:
            return
        memory.phase, memory.reason, memory.finished_ms = "finished", reason, at_ms
        memory.may_reopen = reason in UNANNOUNCED
        memory.winner = None if reason == "silence" else leader(match.sides())
        match.boosters = []
        if not match.test:
            memory.record = self._record(match, reason, at_ms)
            self.rounds.append(dict(memory.record))

    def judge(self, by: str, at_ms: int) -> None:
        """Late scores have come in: say again who has won."""
        memory, match = self.memory, self.memory.match
        if match is not None:
            memory.winner = None if memory.reason == "silence" else leader(match.sides())
            self._correct(by, at_ms)

    def believe(self, punished_id: str | None, at_ms: int) -> None:
        """The punished side has lost, whatever the scores say."""
        memory, match = self.memory, self.memory.match
        loser = match.side_of_host(punished_id) if match is not None and punished_id else None
        if match is None or loser is None or memory.winner not in {None, loser}:
            return
        self.note("the punished host had not lost by the scores")
        others = [side for side in match.sides() if side.index != loser]
        memory.winner = others[0].index if len(others) == 1 else leader(others)
        self._correct("punish", at_ms)

    def note(self, oddity: str) -> None:
        """Keep what should be looked at in a capture; whoever logs drains it."""
        self.oddities.append(oddity)
        del self.oddities[:-MOST_ODDITIES]

    # --- records ---

    def _record(self, match: Match, reason: Reason, at_ms: int) -> dict[str, Any]:
        sides = match.sides()
        return {
            "battle_key": match.key,
            "round_key": match.round_key,
            "round": match.round,
            "started_ms": match.timing.started_ms,
            "duration_s": match.timing.duration_s,
            "finalised_ms": at_ms,
            "finalised_by": reason,
            "scores": {str(side.index): side.total for side in sides},
            "winner_team": self.memory.winner,
            "own_team": match.side_of_host(self.memory.owner_id),
            "teams": {str(side.index): [self._named(row.id, row.name) for row in side.hosts] for side in sides},
            "corrected_by": None,
            "corrected_ms": None,
        }

    def _named(self, host_id: str, name: str | None) -> dict[str, str | None]:
        known = self.memory.names.get(host_id)
        return {"id": host_id, "name": name or (known.nickname or known.handle if known else None)}

    def _correct(self, by: str, at_ms: int) -> None:
        """Write the record again if late news have changed it."""
        memory, match = self.memory, self.memory.match
        old = memory.record
        if old is None or match is None or memory.reason is None:
            return
        new = self._record(match, memory.reason, old["finalised_ms"])
        judged = ("scores", "winner_team", "finalised_by")
        if all(new[name] == old[name] for name in judged):
            return
        new["corrected_by"], new["corrected_ms"] = by, at_ms
        memory.record = new
        self.rounds.append(dict(new))
