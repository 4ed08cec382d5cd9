"""Creators in the studio: the list that stays usable with hundreds, one creator's settings. It only reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quart import Response, request

from overlay.web.studio.hook import hook_shown
from overlay.web.studio.showing import PAGE, SORTS, asked_page, find_creator, show_overlay, show_person, sorted_people

if TYPE_CHECKING:
    from quart import Quart

    from overlay.config import Limits
    from overlay.house import House
    from overlay.web.studio.frame import Frame


def mount(app: Quart, house: House, frame: Frame, _limits: Limits) -> None:
    """Put the pages into the app."""

    @app.get("/creators")
    async def listed() -> Response:
        rows = await house.store.creators()
        counts: dict[str, int] = {}
        for widget in await house.store.widgets():
            counts[widget.creator] = counts.get(widget.creator, 0) + 1
        query, sort = request.args.get("q", "")[:100], request.args.get("sort", "state")
        sort = sort if sort in SORTS else "state"
        people = sorted_people([show_person(house, row) for row in rows], query, sort)
        page = asked_page(len(people))
        gone = [row for row in await house.store.creators(deleted=True) if row.deleted_ms is not None]
        return await frame.page(
            "creators",
            people=people[page * PAGE : (page + 1) * PAGE],
            found=len(people),
            total=len(rows),
            counts=counts,
            query=query,
            sort=sort,
            sorts=SORTS,
            page=page,
            pages=max(1, -(-len(people) // PAGE)),
            gone=sorted(gone, key=lambda row: -(row.deleted_ms or 0))[:20],
        )

    @app.get("/creators/new")
    async def new() -> Response:
        return await frame.page("creator_new", here="creators", has_key=house.upstream.key_status() is not None)

    @app.get("/creators/<creator>")
    async def one(creator: str) -> Response:
        row = await find_creator(house, creator)
        preferences = await frame.preferences()
        widgets = await house.store.widgets(creator)
        gone = [one for one in await house.store.widgets(creator, deleted=True) if one.deleted_ms is not None]
        return await frame.page(
            "creator",
            here="creators",
            person=show_person(house, row),
            settings=await house.desk.creator(creator),
            cards=[show_overlay(house, widget, preferences) for widget in widgets],
            gone=sorted(gone, key=lambda one: -(one.deleted_ms or 0))[:20],
            hook=await hook_shown(house),
            streams=(await house.store.streams(creator, most=5)),
        )
