"""Past streams: the list of a creator, one stream with its figures. It reads the store, and counts nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from quart import Response, request

from overlay.problems import unknown
from overlay.web.studio.calls import Calls
from overlay.web.studio.showing import find_creator, show_person, sorted_people

if TYPE_CHECKING:
    from quart import Quart

    from overlay.config import Limits
    from overlay.house import House
    from overlay.store import CreatorRow
    from overlay.web.studio.frame import Frame

MOST_STREAMS: Final = 100
MOST_GIFTS: Final = 15
MOST_GIFTERS: Final = 20
TOTALS: Final = ("diamonds", "gifts", "likes", "follows", "shares", "subscribes", "superfans", "chats")


def mount(app: Quart, house: House, frame: Frame, limits: Limits) -> None:
    """Put pages and call into the app."""
    calls = Calls(app, house, limits)

    @app.get("/creators/<creator>/streams")
    async def listed(creator: str) -> Response:
        return await streams_of(await find_creator(house, creator))

    @app.get("/streams")
    async def chosen() -> Response:
        """The streams of whoever is asked for, else of the first who is live, else of the first."""
        rows = {row.id: row for row in await house.store.creators()}
        people = sorted_people([show_person(house, row) for row in rows.values()], "", "viewers")
        asked = rows.get(request.args.get("creator", "")) or next((rows[one["id"]] for one in people), None)
        return await streams_of(asked)

    async def streams_of(row: CreatorRow | None) -> Response:
        streams = [] if row is None else await house.store.streams(row.id)
        people = sorted(await house.store.creators(), key=lambda one: (one.handle, one.id))
        return await frame.page("streams", person=row, streams=streams[:MOST_STREAMS], people=people)

    @app.get("/streams/<stream>")
    async def one(stream: str) -> Response:
        found = await house.store.stream(stream)
        if found is None:
            raise unknown("stream")
        owner = next((row for row in await house.store.creators() if row.id == found["creator"]), None)
        gifts, gifters = found["gifts"][:MOST_GIFTS], found["top_gifters"][:MOST_GIFTERS]
        return await frame.page(
            "stream",
            here="streams",
            stream=found,
            person=owner,
            totals=[(name, found["totals"][name]) for name in TOTALS],
            gifts=gifts,
            most_gift=max((gift["diamonds"] or gift["units"] for gift in gifts), default=1) or 1,
            gifters=gifters,
            most_gifter=max((one["diamonds"] for one in gifters), default=1) or 1,
            battles=[battle_shown(battle, number) for number, battle in enumerate(found["battles"], 1)],
        )

    @calls.add("GET", "/studio/streams/<stream>/minutes")
    async def minutes(stream: str) -> Any:
        found = await house.store.stream(stream)
        if found is None:
            raise unknown("stream")
        rows = found["minutes"]
        return {name: [row[name] for row in rows] for name in ("at_ms", "diamonds", "viewers_max", "chats", "likes")}


def battle_shown(battle: dict[str, Any], number: int) -> dict[str, Any]:
    """A battle's rounds as a table shows them."""
    return {
        "number": number,
        "rounds": [
            {
                "scores": list((row.get("scores") or {}).values()),
                "winner": row.get("winner_team"),
                "reason": row.get("finalised_by"),
            }
            for row in battle["rounds"]
        ],
    }
