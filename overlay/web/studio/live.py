"""How everything is right now, for the studio's pages: the status in the words of the page, with what to do.

It only looks, and what it says holds no secret.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from overlay.web.status import show_status
from overlay.web.studio.calls import Calls
from overlay.web.studio.keys import kept_checks
from overlay.web.studio.said import Said

if TYPE_CHECKING:
    from quart import Quart

    from overlay.config import Limits
    from overlay.house import House
    from overlay.web.studio.frame import Frame
    from overlay.web.studio.words import Words

MINUTE_MS: Final = 60_000
UNKNOWN_YET: Final = "unknown_yet"
TOLD: Final = frozenset({"missing", "private", "banned", "age", "country"})
"""What a check of a handle may have found that is told as long as nothing newer is known."""


def mount(app: Quart, house: House, frame: Frame, limits: Limits) -> None:
    """Put the call into the app."""
    calls, said = Calls(app, house, limits), Said()

    @calls.add("GET", "/studio/status")
    async def status() -> Any:
        words, told = await frame.words(), await show_status(house)
        sources = {row.id: row.source for row in await house.store.creators()}
        whose = {row.id: row.creator for row in await house.store.widgets()}
        checks = await kept_checks(house)
        silent = is_silent(house)
        for one in told["creators"]:
            one["rate"] = rate(told, one)
            say(said, words, one)
            if one["reason_key"] == UNKNOWN_YET and sources.get(one["id"]) == "tiktool":
                found = checks.handles.get(one["handle"], "")
                if found in TOLD:
                    one["reason"], one["reason_key"] = words(f"handle.{found}", handle=one["handle"]), "handle"
                elif silent:
                    one["reason"], one["reason_key"] = words("handle.silent", handle=one["handle"]), "silent_tiktool"
        for one in told["widgets"]:
            held = on_hold(house, whose.get(one["id"], ""), one["id"])
            one["remark"] = said(words, one["remark"]) if one["remark"] else words(held) if held else None
            # what broke is for the log and the bundle
            one["trouble"] = words("said.doc.stuck") if one["trouble"] else None
        told["problems"] = [said(words, text) for text in told["problems"]]
        return told


def on_hold(house: House, creator: str, widget: str) -> str | None:
    """What its owner has told a stage of alerts, and may have forgotten before the next stream."""
    room = house.hub.rooms.get(creator)
    seat = room.seats.get(widget) if room else None
    stage = seat.stage if seat else None
    if getattr(stage, "paused", False):
        return "js.stage.paused"
    return "js.stage.muted" if getattr(stage, "muted", False) else None


def is_silent(house: House) -> bool:
    """Whether there is a key, and TikTool has not said one word about it since the start."""
    status = house.upstream.key_status()
    return status is not None and status.refused is None and status.tier is None and status.limit is None


def say(said: Said, words: Words, one: dict[str, Any]) -> None:
    """A creator's reasons in the page's words, and which they are."""
    found = said.find(one["reason"] or "")
    one["reason_key"] = found[0] if found else ""
    one["reason"] = said(words, one["reason"] or "")
    captions = one["captions"]
    captions["reason"] = said(words, captions["reason"] or "")


def rate(status: dict[str, Any], one: dict[str, Any]) -> int | None:
    """Events a minute as far as that is known without having watched: none lately, or since the start."""
    if one["last_event_ms"] is None or status["now_ms"] - one["last_event_ms"] > MINUTE_MS:
        return 0
    up_s = status["uptime_s"]
    return round(one["events"] * 60 / up_s) if 2 <= up_s <= 60 else None
