"""The doctor's page: the checks of the command line, live, what this server knows of itself, and a bundle for reports.

The bundle holds no secret: no key, no token, no password, no overlay's address.
"""

from __future__ import annotations

import asyncio
import io
import platform
import sys
import zipfile
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import structs
from quart import Response

from overlay import __version__
from overlay.logs import redact
from overlay.web.status import show_status
from overlay.web.studio.calls import Calls
from overlay.web.studio.keys import present_key
from overlay.web.studio.log_tail import tail
from overlay.web.studio.said import Said

if TYPE_CHECKING:
    from quart import Quart

    from overlay.config import Limits
    from overlay.house import House
    from overlay.web.studio.frame import Frame
    from overlay.web.studio.words import Words

BASELINE: Final = 103
MOST_ROWS: Final = 30
UNREACHED: Final = ("TikTool cannot be reached", "TikTool did not answer")
"""So begins the reason of a light about which nothing could be asked."""


def mount(app: Quart, house: House, frame: Frame, limits: Limits) -> None:
    """Put page, call and bundle into the app."""
    calls, kept, said = Calls(app, house, limits), tail(), Said()

    @app.get("/doctor")
    async def doctor() -> Response:
        return await frame.page("doctor")

    @calls.add("GET", "/studio/doctor")
    async def look() -> Any:
        words = await frame.words()
        return [in_words(said, words, row) for row in await findings(house)]

    @app.get("/studio/support.zip")
    async def bundle() -> Response:
        parts = {
            "about.json": about(),
            "status.json": await show_status(house),
            "doctor.json": await findings(house),
            "settings.json": await settings(house),
            "log.txt": "\n".join(kept.lines) + "\n",
        }
        headers = {"Content-Disposition": 'attachment; filename="overlay-support.zip"'}
        return Response(await asyncio.to_thread(pack, parts, house), content_type="application/zip", headers=headers)


async def findings(house: House) -> list[dict[str, Any]]:
    """The checks of `overlay doctor`, in a thread of their own, and what only the running server knows."""
    key = await present_key(house)
    config = structs.replace(house.config, port=house.port)
    examine = getattr(house, "examine", None)
    found = [] if examine is None else await asyncio.to_thread(lambda: asyncio.run(examine(config, key)))
    rows = [msgspec.to_builtins(one) for one in found if one.check != "OBS"]
    return [*rows, *own_findings(await show_status(house))]


def own_findings(status: dict[str, Any]) -> list[dict[str, Any]]:
    """Saving, browsers, creators: from the status. Long, because it is a list."""
    rows = [
        finding(
            "saving",
            well=status["safe"],
            found="everything is saved" if status["safe"] else " ".join(status["problems"]),
            fix="Make room on the disk; what was counted waits and is written as soon as it can be.",
        )
    ]
    agents = [one["user_agent"] for widget in status["widgets"] for one in widget["streams"]]
    versions = {int(part) for agent in agents if (part := agent.partition("Chrome/")[2].partition(".")[0]).isdigit()}
    old = min(versions, default=BASELINE)
    open_in = f"Chromium {', '.join(map(str, sorted(versions)))}" if versions else "no overlay is open right now"
    rows.append(
        finding(
            "browser sources",
            well=old >= BASELINE,
            found=open_in,
            fix="Update OBS to 28 or newer: its browser is too old for these overlays.",
        )
    )
    for one in status["creators"][:MOST_ROWS]:
        reached = not (one["reason"] or "").startswith(UNREACHED)
        well = one["state"] in {"live", "offline", "ended", "connecting"} and reached and not one["bad_frames"]
        odd = f"; {one['bad_frames']} frames could not be read" if one["bad_frames"] else ""
        rows.append(
            finding(
                f"@{one['handle']}",
                well=well,
                found=f"{one['state']}: {one['reason'] or 'as it should be'}{odd}",
                fix="Look at the creator's page; the key is on the settings page.",
            )
        )
    asked = "It is asked for again by itself; the overlay keeps the last good answer."
    rows += [
        finding(title, well=False, found=board["problem"], fix=asked)
        for title, board in status["boards"].items()
        if board["problem"]
    ]
    fix = "Send the support bundle: this is a bug."
    stuck = [widget for widget in status["widgets"] if widget["trouble"]]
    return rows + [
        finding(one["name"], well=False, found=f"stands still because of a bug: {one['trouble']}", fix=fix)
        for one in stuck
    ]


def in_words(said: Said, words: Words, row: dict[str, Any]) -> dict[str, Any]:
    """A row in the words of the page. A creator's begins with the state, and the reason behind a colon."""
    found = str(row["found"])
    state, colon, rest = found.partition(": ")
    if row["check"].startswith("@") and colon and words.has(f"state.{state}"):
        reason, semicolon, odd = rest.partition("; ")
        count = odd.partition(" ")[0]
        frames = words("doctor.frames", count=count) if semicolon and count.isdigit() else odd
        told = words("doctor.as_it_should") if reason == "as it should be" else said(words, reason)
        found = " ".join(part for part in (f"{words(f'state.{state}')}.", told, frames) if part)
    else:
        found = said(words, found)
    return row | {"check": said(words, row["check"]), "found": found, "fix": said(words, row["fix"])}


def finding(check: str, *, well: bool, found: str, fix: str) -> dict[str, Any]:
    """One row, as the command line has it."""
    return {"check": check, "well": well, "found": found, "fix": fix}


def about() -> dict[str, Any]:
    """Program and computer, without anybody's name."""
    return {"version": __version__, "python": sys.version.split()[0], "system": platform.platform()}


async def settings(house: House) -> dict[str, Any]:
    """Everything that was set, without a secret."""
    told = await house.store.export()
    told["themes"] = sorted(told.get("themes", {}))
    config = {name: getattr(house.config, name) for name in ("host", "port", "preflight_s", "pace_hz", "log")}
    return {"config": config, "has_password": house.access.has_password, "store": told}


def pack(parts: dict[str, Any], house: House) -> bytes:
    """The bundle, every text in it redacted once more."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, part in parts.items():
            whole = (
                part if isinstance(part, str) else msgspec.json.format(msgspec.json.encode(part, enc_hook=str)).decode()
            )
            lines = [redact(house.upstream.masking.text(line)) for line in whole.split("\n")]
            bundle.writestr(name, "\n".join(lines))
    return made.getvalue()
