"""The one list of widgets. Nothing is discovered: what stands here exists, and a grep for its stem finds all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from overlay.widgets import alerts, battle, captions, chat, counter, feed, goal, latest, leaderboard, ranking, sellers

if TYPE_CHECKING:
    from overlay.core.widget import Kind

KINDS: Final[dict[str, Kind]] = {
    kind.name: kind
    for kind in (
        alerts.WIDGET,
        goal.WIDGET,
        leaderboard.WIDGET,
        chat.WIDGET,
        battle.WIDGET,
        captions.WIDGET,
        feed.WIDGET,
        latest.WIDGET,
        counter.WIDGET,
        ranking.WIDGET,
        sellers.WIDGET,
    )
}
"""Every kind by its name, in the order in which creators miss them."""
