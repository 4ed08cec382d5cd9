"""The battle: time, points per side, givers, boosters, result. The state counts; this only turns it to be looked at.

It never orders sides by points, never adds points to diamonds, and hides what TikTok hides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct, field

from overlay.core.fight import State
from overlay.core.fight_match import leader
from overlay.core.fight_show import Booster, Team, boosters, hidden, own_first, place, teams
from overlay.core.widget import Kind, Shared

if TYPE_CHECKING:
    from overlay.core.scene import Scene


class Options(Shared, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a battle may be told."""

    sides: Annotated[int, Meta(ge=2, le=4)] = 4
    mvp_rows: Annotated[int, Meta(ge=0, le=10)] = 3
    hide_idle: bool = True
    urgent_s: Annotated[int, Meta(ge=0, le=60)] = 10
    respect_mist: bool = True
    swap: bool = False


class View(Struct, frozen=True, gc=False):
    """The battle as a page draws it: own team first; `leader` and `winner` index `teams`."""

    phase: str = "idle"
    match_id: str | None = None
    round: int | None = None
    started_ms: int | None = None
    ends_ms: int | None = None
    duration_s: int | None = None
    settling: bool = False
    teams: list[Team] = field(default_factory=list)
    boosters: list[Booster] = field(default_factory=list)
    leader: int | None = None
    winner: int | None = None
    tie: bool = False
    reason: str | None = None


def view(state: State, _stage: None, options: Options, scene: Scene, at_ms: int) -> View:
    """The present battle, or an idle view when none is on."""
    memory, match = state.memory, state.memory.match
    if match is None or memory.phase == "idle":
        return View()
    everyone = own_first(match.sides(), scene.owner_id, swap=options.swap)
    sides = everyone[: options.sides]
    cards = boosters(memory, sides, scene, at_ms)
    misty = hidden(cards, len(sides)) if options.respect_mist else set()
    finished = memory.phase in {"finished", "punish"}
    ahead = None if misty else leader(everyone)
    return View(
        phase=memory.phase,
        match_id=match.match_id or next(iter(match.ids), None),
        round=match.round,
        started_ms=match.timing.started_ms,
        ends_ms=match.timing.ends_ms,
        duration_s=match.timing.duration_s,
        settling=memory.phase == "active" and match.timing.has_run_out(at_ms),
        teams=teams(memory, sides, misty, options.mvp_rows, scene),
        boosters=cards,
        leader=None if ahead is None else place(sides, ahead),
        winner=place(sides, memory.winner),
        tie=not misty and memory.winner is None and ahead is None and len(everyone) > 1,
        reason=memory.reason if finished else None,
    )


WIDGET = Kind(
    name="battle",
    title="Battle",
    summary="Match timer, points per side, best givers, boosters and the result.",
    width=800,
    height=220,
    options=Options,
    state=State,
    view=view,
)
