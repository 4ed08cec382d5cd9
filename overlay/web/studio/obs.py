"""The page about OBS: how overlays get there, what is open in it, and its refresh button pressed from here.

It asks OBS for nothing else, and never shows its password.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from quart import Response

from overlay.web.studio.calls import Calls
from overlay.web.studio.said import Said
from overlay.web.studio.showing import show_overlay

if TYPE_CHECKING:
    from quart import Quart

    from overlay.config import Limits
    from overlay.house import House
    from overlay.web.studio.frame import Frame

MOST: Final = 60


def mount(app: Quart, house: House, frame: Frame, limits: Limits) -> None:
    """Put page and call into the app."""
    calls, said = Calls(app, house, limits), Said()

    @app.get("/obs")
    async def page() -> Response:
        words, preferences, about = await frame.words(), await frame.preferences(), await house.obs.shown()
        about["trouble"] = said(words, about["trouble"] or "")
        rows = await house.store.widgets()
        handles = {row.id: row.handle for row in await house.store.creators()}
        cards = [
            show_overlay(house, row, preferences) | {"handle": handles.get(row.creator, "?")} for row in rows[:MOST]
        ]
        return await frame.page("obs", here="settings", obs=about, cards=cards, more=max(0, len(rows) - MOST))

    @calls.add("POST", "/studio/obs/test")
    async def test(given: Any) -> Any:
        """Speak with OBS once: only sources that show nothing are loaded anew."""
        del given
        return {"loaded": await house.obs.refresh(every=False)}
