"""The admin API. Each call is one line to the desk or the store; no rule stands here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from quart import Response

from overlay import __version__
from overlay.forms import CreatorForm, Orders, ResetForm, TestForm, WidgetForm
from overlay.problems import unknown
from overlay.web import files, obs
from overlay.web.guard import need_fresh
from overlay.web.routes import Routes
from overlay.web.status import show_status
from overlay.widgets import KINDS

if TYPE_CHECKING:
    from quart import Quart

    from overlay.config import Limits
    from overlay.house import House


def mount(app: Quart, house: House, limits: Limits) -> None:  # noqa: C901  a list of calls
    """Put the API's calls into the app. Longer than usual: it is the list of all calls, one after another."""
    routes, desk = Routes(app, limits), house.desk

    @routes.add("GET", "/api/status", "How everything is right now.")
    async def status() -> Any:
        return await show_status(house)

    @routes.add("GET", "/api/creators", "All creators.")
    async def creators() -> Any:
        return await desk.creators()

    @routes.add("POST", "/api/creators", "A new creator.", body=CreatorForm, answer=201)
    async def add_creator(given: Any) -> Any:
        return await desk.add_creator(given)

    @routes.add("GET", "/api/creators/<creator>", "One creator.")
    async def creator(creator: str) -> Any:
        return await desk.creator(creator)

    @routes.add("PATCH", "/api/creators/<creator>", "Change what is given.", body=dict)
    async def patch_creator(creator: str, given: Any) -> Any:
        return await desk.patch_creator(creator, given)

    @routes.add("DELETE", "/api/creators/<creator>", "Remove a creator; can be undone.", answer=204)
    async def delete_creator(creator: str) -> Any:
        await desk.delete_creator(creator)

    @routes.add("POST", "/api/creators/<creator>/restore", "Bring a removed creator back.")
    async def undelete_creator(creator: str) -> Any:
        return await desk.undelete_creator(creator)

    @routes.add("POST", "/api/creators/<creator>/test", "A test event: shown, marked, counted nowhere.", body=TestForm)
    async def test(creator: str, given: Any) -> Any:
        return await desk.test(creator, given)

    @routes.add("POST", "/api/creators/<creator>/reset", "Start something anew; undoable for 60 s.", body=ResetForm)
    async def reset(creator: str, given: Any) -> Any:
        return await desk.reset(creator, given)

    @routes.add("POST", "/api/creators/<creator>/reset/undo", "Take the last reset back.")
    async def undo_reset(creator: str) -> Any:
        return await desk.undo_reset(creator)

    @routes.add("GET", "/api/creators/<creator>/streams", "Past streams, newest first.")
    async def streams(creator: str) -> Any:
        await desk.creator(creator)
        return await house.store.streams(creator)

    @routes.add("GET", "/api/streams/<stream>.csv", "What happened in a stream, as CSV.")
    async def stream_csv(stream: str) -> Any:
        found = await house.store.stream_csv(stream)
        if found is None:
            raise unknown("stream")
        headers = {"Content-Disposition": 'attachment; filename="stream.csv"'}
        return Response(found, content_type="text/csv; charset=utf-8", headers=headers)

    @routes.add("GET", "/api/streams/<stream>", "What happened in a stream.")
    async def stream(stream: str) -> Any:
        found = await house.store.stream(stream)
        if found is None:
            raise unknown("stream")
        return found

    @routes.add("GET", "/api/widgets", "All widgets.")
    async def widgets() -> Any:
        return await desk.widgets()

    @routes.add("POST", "/api/widgets", "A new widget, with an address of its own.", body=WidgetForm, answer=201)
    async def add_widget(given: Any) -> Any:
        return await desk.add_widget(given)

    @routes.add("GET", "/api/widgets/<widget>", "One widget.")
    async def widget(widget: str) -> Any:
        return await desk.widget(widget)

    @routes.add("PATCH", "/api/widgets/<widget>", "Change what is given; open pages show it at once.", body=dict)
    async def patch_widget(widget: str, given: Any) -> Any:
        return await desk.patch_widget(widget, given)

    @routes.add("DELETE", "/api/widgets/<widget>", "Remove a widget; can be undone.", answer=204)
    async def delete_widget(widget: str) -> Any:
        await desk.delete_widget(widget)

    @routes.add("POST", "/api/widgets/<widget>/restore", "Bring a removed widget back under its old address.")
    async def undelete_widget(widget: str) -> Any:
        return await desk.undelete_widget(widget)

    @routes.add("POST", "/api/widgets/<widget>/key", "A new key; the old address stops for good.")
    async def new_key(widget: str) -> Any:
        need_fresh(house)
        return await desk.new_key(widget)

    @routes.add("POST", "/api/widgets/<widget>/stage", "An order to the stage of alerts.", body=Orders)
    async def order(widget: str, given: Any) -> Any:
        return await desk.order(widget, given)

    @routes.add("GET", "/api/kinds", "Every kind of widget: options, sample, default size.")
    async def kinds() -> Any:
        return [show_kind(house, name) for name in KINDS]

    @routes.add("GET", "/api/themes", "Every theme.")
    async def themes() -> Any:
        return [msgspec.to_builtins(theme) for theme in house.themes.all()]

    files.mount(routes, house, limits)
    obs.mount(routes, house)

    @routes.add("GET", "/api/openapi.json", "This description.")
    async def openapi() -> Any:
        return routes.openapi(__version__)


def show_kind(house: House, name: str) -> dict[str, Any]:
    """One kind as the catalogue shows it."""
    kind = KINDS[name]
    return {
        "kind": name,
        "title": kind.title,
        "summary": kind.summary,
        "width": kind.width,
        "height": kind.height,
        "options": msgspec.json.schema(kind.options),
        "defaults": msgspec.to_builtins(kind.options()),
        "sample": house.samples.view(name),
        "strained": house.samples.view(name, strained=True),
    }
