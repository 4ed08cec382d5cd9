"""The first minute: a fresh folder gets a simulated creator who is live, and overlays that move; a demo gets all kinds.

It never touches a folder that has been opened before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from overlay.problems import Problem
from overlay.widgets import KINDS

if TYPE_CHECKING:
    from overlay.app import App

HANDLE: Final = "luna.sings"
FIRST: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("leaderboard", {}),
    ("goal", {"target": 10_000, "overflow": "extend"}),
    ("alerts", {}),
    ("chat", {}),
)


async def first_start(app: App) -> None:
    """Nothing is configured yet: show what it will be like."""
    store = app.house.store
    if await store.get("opened") or await store.creators():
        return
    await _furnish(app, [entry for entry in FIRST if entry[0] in KINDS])
    await store.put("opened", value=True)


async def furnish_demo(app: App) -> None:
    """One widget of every kind."""
    options = dict(FIRST)
    await _furnish(app, [(name, options.get(name, {})) for name in KINDS])


async def _furnish(app: App, widgets: list[tuple[str, dict[str, Any]]]) -> None:
    desk = app.house.desk
    creator = await desk.add_creator({"handle": HANDLE, "source": "simulator"})
    for kind, options in widgets:
        try:
            await desk.add_widget({"creator": creator["id"], "kind": kind, "options": options})
        except Problem:  # the door is open: somebody has already taken the creator away again
            return
