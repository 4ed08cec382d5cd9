"""Rehearsals: a recording, or a scenario of the simulator, through a creator's room. Counted nowhere.

It never counts.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct
from quart import Response, request

from overlay.core.recording import encode_line
from overlay.problems import Problem, read_as
from overlay.simulator import SCENARIOS
from overlay.simulator.people import Crowd, Host, Pictures
from overlay.simulator.scenarios import Script
from overlay.web.studio.calls import Calls
from overlay.web.studio.showing import find_creator, show_person

if TYPE_CHECKING:
    from quart import Quart

    from overlay.config import Limits
    from overlay.house import House
    from overlay.web.studio.frame import Frame

LASTS_MS: Final = 10 * 60_000


class ScenarioForm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be played, and how fast."""

    scenario: Annotated[str, Meta(max_length=40)]
    speed: Annotated[float, Meta(ge=1, le=1000)] = 1


def mount(app: Quart, house: House, frame: Frame, limits: Limits) -> None:
    """Put page and call into the app."""
    calls = Calls(app, house, limits)

    @app.get("/rehearsal")
    async def rehearsal() -> Response:
        people = [show_person(house, row) for row in await house.store.creators()]
        asked = request.args.get("creator")
        chosen = next((one["id"] for one in people if one["id"] == asked), people[0]["id"] if people else None)
        handles = {one["id"]: one["handle"] for one in people}
        recordings = [
            {**msgspec.to_builtins(one), "handle": handles.get(one.creator, "?")}
            for one in await house.store.recordings()
        ]
        return await frame.page(
            "rehearsal", people=people, chosen=chosen, recordings=recordings[:100], scenarios=SCENARIOS
        )

    @calls.add("GET", "/studio/creators/<creator>/replay")
    async def progress(creator: str) -> Any:
        return {"playing": house.rehearsals.progress(creator)}

    @calls.add("POST", "/studio/creators/<creator>/scenario")
    async def play(creator: str, given: Any) -> Any:
        row, form = await find_creator(house, creator), read_as(given, ScenarioForm)
        if form.scenario not in SCENARIOS:
            raise Problem("invalid", f"There is no scenario {form.scenario!r}.", "scenario")
        room = house.hub.rooms.get(creator)
        owner = None if room is None else room.scene.owner_id
        lines = await asyncio.to_thread(scenario_lines, form.scenario, row.handle, owner)
        return await house.rehearsals.begin(creator, lines, form.speed)


def scenario_lines(scenario: str, handle: str, owner: str | None) -> list[bytes]:
    """Ten minutes of a scenario as a recording, with the creator as its host as far as TikTok has told who that is."""
    host = Host("rehearsal", handle)
    own, theirs = host.id.encode(), (owner or host.id).encode()
    script = Script(scenario, "rehearsal", host, lasting=False)
    stage = script.stream(1, 1_790_000_000_000, Crowd("rehearsal", handle, script.recipe.crowd), Pictures(None))
    lines = [encode_line(0, opened=True)]
    for step in stage.until(LASTS_MS):
        frames = step.frame if isinstance(step.frame, list) else [step.frame]
        lines += [
            encode_line(int(step.at_ms), frame=msgspec.json.encode(frame).replace(own, theirs))
            for frame in frames
            if isinstance(frame, dict)
        ]
    return lines
