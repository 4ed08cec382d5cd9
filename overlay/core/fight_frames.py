"""What each battle frame does to the ring: scores and clock, life, cards, the end of a punishment.

`battle` and `battleArmies` count their statuses differently; both legends stand here and nowhere else. Frames that must
not count (repeats, older ones, those of matches that are over) end here.
"""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Final

from overlay.core.fight_kin import ENDED, of_armies, of_battle
from overlay.core.fight_match import LARGEST

if TYPE_CHECKING:
    from overlay.core.events import Armies, Battle, Card, CoHosts, PunishFinish
    from overlay.core.fight_match import Match
    from overlay.core.fight_ring import Reason, Ring

ACTIVE, STARTING, PREPARING = 1, 2, 4
"""`battle` statuses."""

SETTLED: Final = 2
"""The `battleArmies` status that ends a round; 1 and 4 run."""

MOST_NAMES: Final = 64


def hear_armies(ring: Ring, event: Armies, at_ms: int, *, test: bool) -> bool:
    """Scores and clock. Looked at in this order: settled, no seconds left."""
    memory = ring.memory
    left = known(event.remaining_s)
    signal = _signal(event.status, left)
    runs = signal is None and (left is not None or _may_run(ring, at_ms))
    kinship = of_armies(event, ring.standing(at_ms), runs=runs)
    server_ms, started_ms = _moment(event.server_ms), _moment(event.started_ms)
    empty = kinship == "new" and not (event.hosts or event.match_id)
    if kinship == "closed" or empty or memory.clock.is_stale(server_ms):
        return False
    if server_ms is not None:
        memory.clock.hear(server_ms, at_ms)
    match = ring.open(kinship, event, at_ms, test=test)
    if memory.finished_ms is not None and not (memory.may_reopen and runs):
        return _hear_late(ring, event, signal, at_ms)
    memory.alive_ms = at_ms
    ring.take(event, scores=True)
    ring.activate(at_ms)
    match.timing.duration_s = _length(event.duration_s) or match.timing.duration_s
    match.timing.hear(memory.clock, at_ms, server_ms, started_ms, left)
    if signal is not None:
        _end(ring, signal, event, at_ms)
    return True


def _end(ring: Ring, signal: Reason, event: Armies, at_ms: int) -> None:
    ring.finish(signal, at_ms)
    if signal == "secs0" and not event.duration_s:
        ring.note("a frame without a length and without seconds left has finished the battle")


def _signal(status: int | None, left: float | None) -> Reason | None:
    """How a frame says that the round is over."""
    if status == SETTLED:
        return "status2"
    return "secs0" if left is not None and left <= 0 else None


def _may_run(ring: Ring, at_ms: int) -> bool:
    """Whether a frame that tells no time can be of a running round: there is no clock, or it has not run out."""
    match = ring.memory.match
    return match is None or not match.timing.has_run_out(at_ms)


def _hear_late(ring: Ring, event: Armies, signal: Reason | None, at_ms: int) -> bool:
    memory = ring.memory
    if memory.phase != "finished" or ring.is_settled(at_ms):
        return False
    ring.take(event, scores=True)
    if memory.reason == "silence" and signal is not None:  # it was over, and now somebody has said so
        memory.reason, memory.may_reopen = signal, False
    ring.judge(signal or "scores", at_ms)
    return True


def hear_battle(ring: Ring, event: Battle, at_ms: int, *, test: bool) -> bool:
    """Life: preparing, starting, running, ended. Its scores count only until a score frame has come."""
    memory, ended = ring.memory, event.status in ENDED
    kinship = of_battle(event, ring.standing(at_ms))
    nothing = memory.match is None and ended and not any(host.score for host in event.hosts)
    reopens = memory.may_reopen and event.status == ACTIVE
    late = kinship == "same" and memory.finished_ms is not None and not reopens
    if kinship == "closed" or nothing or late:
        return False
    match = ring.open(kinship, event, at_ms, test=test)
    memory.alive_ms = at_ms
    ring.take(event, scores=not match.scored)
    match.timing.duration_s = _length(event.duration_s) or match.timing.duration_s
    _move(ring, match, event.status, at_ms)
    return True


def _move(ring: Ring, match: Match, status: int | None, at_ms: int) -> None:
    memory = ring.memory
    if status in ENDED:
        if memory.phase == "active" or any(row.score for row in match.hosts.values()):
            ring.finish("ended", at_ms)
        else:
            ring.forget(close=False)  # called off before it began
    elif status == ACTIVE:
        ring.activate(at_ms)
    elif status == STARTING and memory.phase in {"idle", "preparing"}:
        memory.phase = "starting"
    elif status == PREPARING and memory.phase == "idle":
        memory.phase = "preparing"


def hear_card(ring: Ring, event: Card, at_ms: int) -> bool:
    """A card: in play until its own end or the battle's. It never moves the timer."""
    memory, match = ring.memory, ring.memory.match
    if match is None or memory.phase != "active" or event.battle_id in memory.closed:
        return False
    told = (event.activated_s, event.duration_s, event.ends_s)
    if any(one is not None and known(one) is None for one in told):
        return False
    if memory.clock.offset_ms is None and event.activated_s is not None:  # no frame has told their time yet
        memory.clock.samples.append((at_ms, round(event.activated_s * 1000) - at_ms))
    memory.alive_ms = at_ms
    now = memory.clock.server(at_ms)
    match.boosters = [one for one in match.boosters if one.until_ms > now]
    return match.play(event, now)


def hear_punish(ring: Ring, event: PunishFinish, at_ms: int) -> bool:
    """The punishment is over: at once, or after the result if that is still on."""
    memory, match = ring.memory, ring.memory.match
    if match is None or memory.phase not in {"finished", "punish"}:
        return False
    if event.session_id and match.session_id:
        if event.session_id != match.session_id:
            return False
    elif event.battle_id and match.ids and event.battle_id not in match.ids:
        return False
    memory.punished = True
    ring.believe(event.punished_id, at_ms)
    if memory.phase == "punish":
        memory.phase = "idle"
    return True


def hear_names(ring: Ring, event: CoHosts) -> bool:
    """Who the other hosts are."""
    names = ring.memory.names
    for person in event.people:
        if person.id:
            names.pop(person.id, None)
            names[person.id] = person
    while len(names) > MOST_NAMES:
        del names[next(iter(names))]
    return bool(event.people) and ring.memory.match is not None


def known(seconds: float | None) -> float | None:
    """Return seconds that can be counted with; anything else is unknown."""
    return seconds if seconds is not None and isfinite(seconds) and abs(seconds) <= LARGEST // 1000 else None


def _length(duration_s: int | None) -> int | None:
    return duration_s if duration_s is not None and 0 < duration_s <= LARGEST // 1000 else None


def _moment(time_ms: int | None) -> int | None:
    return time_ms if time_ms is not None and 0 <= time_ms <= LARGEST else None
