"""The parts of a battle's view: sides in their order on the screen, first givers, cards in play.

Sides are never ordered by points, and what TikTok hides (mist) can be hidden here too. Nothing here counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Raw, Struct

from overlay.core import fight_people

if TYPE_CHECKING:
    from overlay.core.events import Person
    from overlay.core.fight_match import HostRow, Match, Side
    from overlay.core.fight_ring import Memory
    from overlay.core.scene import Scene

MIST = "mist"


class Giver(Struct, frozen=True, gc=False):
    """One of the first givers of a side; `score` None: not told, or hidden by mist."""

    user: Raw
    score: int | None


class Team(Struct, frozen=True, gc=False):
    """One side. `total` None: hidden by mist."""

    hosts: list[Raw]
    total: int | None
    share: float
    top: list[Giver]


class Booster(Struct, frozen=True, gc=False):
    """A card in play; `team` indexes the teams, None is neutral."""

    effect: str
    multiplier: int
    by: Raw | None
    team: int | None
    ends_ms: int


def own_first(sides: list[Side], owner_id: str | None, *, swap: bool) -> list[Side]:
    """The sides as they stand on the screen; an unknown creator is taken to be the first, or by hand the next."""
    own = next((at for at, side in enumerate(sides) if owner_id in [row.id for row in side.hosts]), 0)
    if swap and len(sides) > 1:
        own = (own + 1) % len(sides)
    return sides[own : own + 1] + sides[:own] + sides[own + 1 :]


def place(sides: list[Side], index: int | None) -> int | None:
    """Where a side stands on the screen."""
    return next((at for at, side in enumerate(sides) if side.index == index), None)


def boosters(memory: Memory, sides: list[Side], scene: Scene, at_ms: int) -> list[Booster]:
    """The cards that are in play now."""
    match, clock = memory.match, memory.clock
    if match is None or not match.boosters:
        return []
    now = clock.server(at_ms)
    return [
        Booster(
            effect=one.effect,
            multiplier=one.multiplier,
            by=fight_people.player(one.person, scene),
            team=_played_for(one.person, match, sides),
            ends_ms=clock.ours(one.until_ms),
        )
        for one in match.boosters
        if one.from_ms <= now < one.until_ms
    ]


def _played_for(person: Person | None, match: Match, sides: list[Side]) -> int | None:
    """Where the side stands whose card it is; None: neutral, or not on the screen."""
    if person is None or person.id is None:
        return None
    host = match.sides_of.get(person.id, person.id)
    return next((at for at, side in enumerate(sides) if any(row.id == host for row in side.hosts)), None)


def hidden(cards: list[Booster], sides: int) -> set[int]:
    """Whose points mist hides: its side's; with an unknown sender it may be anybody's."""
    found = {one.team for one in cards if one.effect == MIST}
    return set(range(sides)) if None in found else {at for at in found if at is not None}


def teams(memory: Memory, sides: list[Side], misty: set[int], rows: int, scene: Scene) -> list[Team]:
    """The sides in this order; where mist hides points, nothing may betray them."""
    points = sum(side.total for side in sides)
    shares = [1 / len(sides) if misty or not points else side.total / points for side in sides]
    return [
        Team(
            hosts=[fight_people.host(row, memory.names, scene) for row in _ordered(side.hosts, scene.owner_id)],
            total=None if at in misty else side.total,
            share=shares[at],
            top=_top(side.hosts, rows, scene, hide=at in misty),
        )
        for at, side in enumerate(sides)
    ]


def _ordered(rows: list[HostRow], owner_id: str | None) -> list[HostRow]:
    return sorted(rows, key=lambda row: row.id != owner_id) if len(rows) > 1 else rows


def _top(rows: list[HostRow], most: int, scene: Scene, *, hide: bool) -> list[Giver]:
    givers = [one for row in rows for one in row.givers if one.score is None or one.score > 0]
    if len(givers) > 1:
        givers.sort(key=lambda one: -(one.score or 0))
    return [Giver(fight_people.giver(one, scene), None if hide else one.score) for one in givers[:most]]
