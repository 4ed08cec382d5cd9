"""The first page: the three steps of the beginning, every creator's light, every overlay's card. It changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from quart import Response, request

from overlay.web.status import open_streams
from overlay.web.studio.showing import show_overlay, show_person, sorted_people
from overlay.widgets import KINDS

if TYPE_CHECKING:
    from quart import Quart

    from overlay.config import Limits
    from overlay.house import House
    from overlay.web.studio.frame import Frame

MOST_CREATORS: Final = 12
MOST_CARDS: Final = 24


def mount(app: Quart, house: House, frame: Frame, _limits: Limits) -> None:
    """Put the page into the app."""

    @app.get("/")
    async def home() -> Response:
        preferences = await frame.preferences()
        creators = await house.store.creators()
        widgets = await house.store.widgets()
        people = sorted_people([show_person(house, row) for row in creators], "", "state")
        asked = request.args.get("creator")
        chosen = choose(people, asked, len(widgets))
        shown = [row for row in widgets if chosen is None or row.creator == chosen]
        cards = [show_overlay(house, row, preferences) for row in shown[:MOST_CARDS]]
        own = [one for one in people if one["source"] == "tiktool"]
        hero = next((card for card in cards if card["kind"] in {"leaderboard", "goal"}), cards[0] if cards else None)
        return await frame.page(
            "home",
            people=people[:MOST_CREATORS],
            all_people=people if chosen is not None else [],
            more_people=max(0, len(people) - MOST_CREATORS),
            cards=cards,
            more_cards=max(0, len(shown) - MOST_CARDS),
            chosen=chosen,
            hero=hero,
            steps=steps(house, own, widgets=len(widgets)),
            guide=preferences.guide == "open",
            kinds=KINDS,
            troubles=[] if house.store.safe else house.store.problems or [""],
        )


def choose(people: list[dict[str, Any]], asked: str | None, widgets: int) -> str | None:
    """Whose overlays are shown: everybody's while they are few, else one creator's."""
    if any(one["id"] == asked for one in people):
        return asked
    if widgets <= MOST_CARDS or not people:
        return None
    return str(next((one for one in people if one["state"] in {"live", "quiet"}), people[0])["id"])


def steps(house: House, own: list[dict[str, Any]], *, widgets: int) -> dict[str, bool]:
    """Which of the three steps are done."""
    in_obs = any("OBS/" in stream["user_agent"] for streams in open_streams(house).values() for stream in streams)
    return {"moves": widgets > 0, "connected": bool(own) and house.upstream.key_status() is not None, "dragged": in_obs}
