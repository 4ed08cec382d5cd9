"""What a person sees when something failed: a page with a way on, or a sentence in their language beside the field.

Scripts of others keep their JSON and its English. It never changes what was decided, only how it is said.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec
from quart import Response, request

from overlay.web.studio.fields import label
from overlay.web.studio.said import Said

if TYPE_CHECKING:
    from quart import Quart

    from overlay.house import House
    from overlay.web.studio.frame import Frame
    from overlay.web.studio.words import Words

STUDIO: Final = "Overlay-Studio"
"""The header by which the studio's own scripts are known: they want the page's language."""
NOT_PAGES: Final = (
    "/api/",
    "/w/",
    "/stream",
    "/static/",
    "/themes/",
    "/img/",
    "/assets/",
    "/hooks/",
    "/metrics",
    "/healthz",
    "/readyz",
    "/favicon.ico",
)
WIDGET: Final = re.compile(r"^/(?:api|studio)/widgets/([^/]+)")


def mount(app: Quart, house: House, frame: Frame) -> None:
    """Say errors again for people."""
    said = Said()

    @app.after_request
    async def shown(answer: Any) -> Any:
        if answer.status_code < 400 or answer.mimetype != "application/json":
            return answer
        if STUDIO in request.headers:
            told = msgspec.json.decode(await answer.get_data())
            if isinstance(told, dict) and isinstance(told.get("message"), str):
                told["message"] = again(said, await frame.words(), told["message"], kind_asked(house))
                answer.set_data(msgspec.json.encode(told))
            return answer
        if not wants_page():
            return answer
        told = msgspec.json.decode(await answer.get_data())
        sentence = told.get("message", "") if isinstance(told, dict) else ""
        page: Response = await frame.page(
            "error",
            status=answer.status_code,
            sentence=again(said, await frame.words(), sentence, None),
            code=answer.status_code,
        )
        return page


def again(said: Said, words: Words, sentence: str, kind: str | None) -> str:
    """A sentence in the page's words, its field by its label."""
    return said(words, sentence, lambda field: label(words, field, kind))


def kind_asked(house: House) -> str | None:
    """The kind of the overlay that a call is about, if it is about one."""
    found = WIDGET.match(request.path)
    if found is None:
        return None
    return next((placed.kind.name for placed in house.hub.placed.values() if placed.id == found[1]), None)


def wants_page() -> bool:
    """Whether a browser asks for something to look at."""
    return (
        request.method == "GET"
        and not request.path.startswith(NOT_PAGES)
        and "text/html" in request.headers.get("Accept", "")
    )
