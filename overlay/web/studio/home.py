"""The first page: the three steps of the beginning, every creator's light, every overlay's card.

It changes nothing but that what was put right has been read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from quart import Response, request

from overlay.web.status import open_streams
from overlay.web.studio.calls import Calls
from overlay.web.studio.keys import kept_checks, standing
from overlay.web.studio.said import Said
from overlay.web.studio.showing import show_overlay, show_person, sorted_people
from overlay.widgets import KINDS

if TYPE_CHECKING:
    from quart import Quart

    from overlay.config import Limits
    from overlay.house import House
    from overlay.web.studio.frame import Frame
    from overlay.web.studio.words import Words

MOST_CREATORS: Final = 12
MOST_CARDS: Final = 24
HEALED: Final = frozenset(
    f"store.{name}" for name in ("healed_added", "healed_lost", "saved_rest", "anew", "missing_backup", "missing_none")
)
"""What was put right of itself, and stays told until somebody has read it."""


def mount(app: Quart, house: House, frame: Frame, limits: Limits) -> None:
    """Put the page into the app."""
    calls, said = Calls(app, house, limits), Said()

    @app.get("/")
    async def home() -> Response:
        """Long, because a page is told everything by name."""
        preferences = await frame.preferences()
        creators = await house.store.creators()
        widgets = await house.store.widgets()
        people = sorted_people([show_person(house, row) for row in creators], "", "state")
        asked = request.args.get("creator")
        chosen = choose(people, asked, len(widgets))
        own = [one for one in people if one["source"] == "tiktool"]
        ours = {one["id"] for one in own}
        # the creator's own overlays come first: what is dragged into OBS should not show people who do not exist
        shown = sorted(
            (row for row in widgets if chosen is None or row.creator == chosen), key=lambda row: row.creator not in ours
        )
        handles = {one["id"]: one["handle"] for one in people}
        several = chosen is None and len(people) > 1
        cards = [
            show_overlay(house, row, preferences) | {"whose": handles.get(row.creator) if several else None}
            for row in shown[:MOST_CARDS]
        ]
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
            steps=steps(house, own, widgets=len(widgets), key=await standing(house)),
            key=await standing(house),
            checks=await told_checks(house, await frame.words(), own),
            obs=await house.obs.shown(),
            guide=preferences.guide == "open",
            hero_simulated=hero is not None and hero["creator"] not in ours,
            demo=house.config.demo,
            kinds=KINDS,
            **troubles(house, said, frame.words_for(preferences)),
        )

    @calls.add("POST", "/studio/notices/read")
    async def notices_read(given: Any) -> Any:
        """The owner has read what was put right."""
        del given
        house.store.dismiss()
        return {}


def troubles(house: House, said: Said, words: Words) -> dict[str, Any]:
    """What is wrong with saving, and what was put right; `read` is whether there is something to be done with."""
    problems = house.store.problems
    told = [said(words, text) for text in problems]
    healed = any((said.find(text) or ("",))[0] in HEALED for text in problems)
    return {
        "troubles": [] if house.store.safe else told or [""],
        "notices": told if house.store.safe else [],
        "read": healed,
    }


def choose(people: list[dict[str, Any]], asked: str | None, widgets: int) -> str | None:
    """Whose overlays are shown: everybody's while they are few, else one creator's."""
    if any(one["id"] == asked for one in people):
        return asked
    if widgets <= MOST_CARDS or not people:
        return None
    return str(next((one for one in people if one["state"] in {"live", "quiet"}), people[0])["id"])


def steps(house: House, own: list[dict[str, Any]], *, widgets: int, key: str) -> dict[str, bool]:
    """Which of the three steps are done."""
    in_obs = any("OBS/" in stream["user_agent"] for streams in open_streams(house).values() for stream in streams)
    return {
        "moves": widgets > 0,
        "given": bool(own) and key != "none",
        "connected": bool(own) and key == "good",
        "dragged": in_obs,
    }


async def told_checks(house: House, words: Words, own: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is not settled yet about key and handle, in words."""
    kept, key = await kept_checks(house), await standing(house)
    told = []
    if key == "refused":
        told.append({"good": False, "text": words("key.wrong")})
    elif key == "unchecked":
        code = kept.key if words.has(f"key.{kept.key}") else "network"
        told.append({"good": False, "text": words("key.unchecked") + " " + words(f"key.{code}", said="", wait="")})
    for one in own[:3]:
        code = kept.handles.get(one["handle"], "live")
        if code not in {"live", "offline"} and one["state"] in {"offline", "refused"}:
            key_word = f"handle.{code}" if code != "unknown" else f"handle.unknown.{kept.key}"
            told.append(
                {"good": False, "text": words.first(key_word, "handle.unknown").replace("{handle}", one["handle"])}
            )
    return told
