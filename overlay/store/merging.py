"""Several changes of one room as one: facts in their order, of everything else the last word. Knows no table.

A change after which things have other names, or that takes a name or a place away, stays by itself: what stands before
it must be entered before, and what comes after it, after.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from overlay.store.deriving import MINUTE_MS
from overlay.store.naming import NAMINGS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from overlay.core.keeping import Change


def merged(changes: Iterable[Change]) -> list[Change]:
    """The same in as few changes as can be, in order."""
    found: list[Change] = []
    open_ = False  # whether the last one may take in more
    for change in changes:
        if turns(change):
            found.append(change)
            open_ = False
        elif open_ and are_near(found[-1], change):
            add(found[-1], change)
        else:
            found.append(copied(change))
            open_ = True
    return found


def turns(change: Change) -> bool:
    """Whether things have other names after this change, or somebody has none, or no place on a board."""
    if None in change.people.values() or None in change.scores.values():
        return True
    return any(type(fact) in NAMINGS for _, fact in change.facts)


def are_near(change: Change, later: Change) -> bool:
    """Whether they are of the same minute: of a person seen in either the time of the later one is kept."""
    if not change.facts or not later.facts:
        return True
    return abs(later.facts[-1][1].at_ms - change.facts[0][1].at_ms) < MINUTE_MS


def copied(change: Change) -> Change:
    """One that others can be added to."""
    return replace(
        change,
        facts=list(change.facts),
        memory=dict(change.memory),
        scores=dict(change.scores),
        totals=dict(change.totals),
        people=dict(change.people),
        states=dict(change.states),
        stages=dict(change.stages),
        rounds=list(change.rounds),
        lines=list(change.lines),
    )


def add(into: Change, change: Change) -> None:
    """Add a later change."""
    into.stream = change.stream
    into.facts += change.facts
    into.memory |= change.memory
    into.scores |= change.scores
    into.totals |= change.totals
    into.people |= change.people
    into.states |= change.states
    into.stages |= change.stages
    into.rounds += change.rounds
    into.lines += change.lines
