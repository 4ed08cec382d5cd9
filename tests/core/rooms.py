"""A battle or captions as claims drive them: facts at their times, timers in between, as a room does it."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from overlay.core import facts
from overlay.core.scene import Scene

MOST_TICKS = 10_000


def scene(owner: str | None = None) -> Scene:
    """A room's surroundings in which every picture has an address of ours."""
    made = Scene("creator", "luna", UTC, lambda address: f"/pictures/{len(address)}")
    made.owner_id = owner
    return made


def drive(state: Any, to_ms: int, around: Scene) -> None:
    """Let time pass for a state: every timer due at or before `to_ms`, in order."""
    last = None
    for _ in range(MOST_TICKS):
        due = state.wake()
        if due is None or due > to_ms:
            return
        assert last is None or due >= last
        last = due
        state.fold(facts.Tick(at_ms=due), around)
    raise AssertionError("a timer does not move on")
