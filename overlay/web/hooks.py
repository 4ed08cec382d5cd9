"""`/hooks/tiktool/<hook id>`: TikTool's signed webhooks. Outside the sign-in; only the signature counts."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from quart import Response, request

from overlay.problems import Problem
from overlay.web.routes import problem_answer, read_body

if TYPE_CHECKING:
    from quart import Quart

    from overlay.config import Limits
    from overlay.house import House


def mount(app: Quart, house: House, limits: Limits) -> None:
    """Put the address into the app."""

    @app.post("/hooks/tiktool/<hook>")
    async def delivered(hook: str) -> Response:
        try:
            body = await read_body(limits.hook)
        except Problem as problem:
            return problem_answer(problem)
        headers = {name.lower(): value for name, value in request.headers.items()}
        status = await house.upstream.hooks.deliver(hook, headers, body)
        if status < HTTPStatus.BAD_REQUEST:
            return Response(status=status)
        phrase = HTTPStatus(status).phrase
        code = phrase.lower().replace(" ", "_")
        return problem_answer(Problem(code, f"{phrase}: nothing was taken in.", None, status))
