"""What a person sees when a page is not there or failed: a page with a way on. Scripts keep their JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from quart import Response, request

if TYPE_CHECKING:
    from quart import Quart

    from overlay.web.studio.frame import Frame

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


def mount(app: Quart, frame: Frame) -> None:
    """Turn errors of pages into pages."""

    @app.after_request
    async def shown(answer: Any) -> Any:
        if answer.status_code < 400 or not wants_page() or answer.mimetype != "application/json":
            return answer
        told = msgspec.json.decode(await answer.get_data())
        sentence = told.get("message", "") if isinstance(told, dict) else ""
        page: Response = await frame.page(
            "error", status=answer.status_code, sentence=sentence, code=answer.status_code
        )
        return page


def wants_page() -> bool:
    """Whether a browser asks for something to look at."""
    return (
        request.method == "GET"
        and not request.path.startswith(NOT_PAGES)
        and "text/html" in request.headers.get("Accept", "")
    )
