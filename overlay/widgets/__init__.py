"""The one list of widgets. Nothing is discovered: what stands here exists, and a grep for its stem finds all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from overlay.widgets import counter, goal, latest, leaderboard

if TYPE_CHECKING:
    from overlay.core.widget import Kind

KINDS: Final[dict[str, Kind]] = {
    kind.name: kind
    for kind in (
        leaderboard.WIDGET,
        goal.WIDGET,
        counter.WIDGET,
        latest.WIDGET,
    )
}
"""Every kind by its name, in the order in which creators miss them."""
