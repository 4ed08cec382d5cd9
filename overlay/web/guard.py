"""Asked before every handler: may this request be served? And what is answered when something goes wrong.

It never knows what a page is about.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
from html import escape
from typing import TYPE_CHECKING, Any, Final

from quart import Response, redirect, request
from werkzeug.exceptions import HTTPException

from overlay.problems import Problem
from overlay.web.gate import BLANK, is_overlay
from overlay.web.routes import problem_answer

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Iterable

    from quart import Quart

    from overlay.house import House

log = logging.getLogger("overlay.web")

OPEN: Final = ("/w/", "/static/", "/themes/", "/img/", "/assets/", "/hooks/", "/favicon.ico", "/healthz", "/readyz")
"""What needs no sign-in: overlays and what they are made of, probes, and hooks, which are signed."""
SIGN_IN: Final = "/sign-in"
SMALL: Final = 65_536
"""A body nobody asked for is read to its end up to so many bytes; a larger one ends the connection."""
READ_OUT_S: Final = 2.0


def mount(app: Quart, house: House) -> None:
    """Stand before every handler."""

    @app.before_request
    async def may_pass() -> Any:
        if request.path.startswith(OPEN):
            return None
        address = request.remote_addr or ""
        refusal = house.access.judge(
            request.method,
            joined(request.headers.items()),
            request.cookies,
            address,
            open_to_all=request.path == SIGN_IN,
        )
        if refusal is None:
            return None
        wants_page = request.method == "GET" and not request.path.startswith(("/api/", "/metrics"))
        if refusal.code == "sign_in" and wants_page:
            return redirect(f"{SIGN_IN}?next={request.path}")
        return problem_answer(Problem(refusal.code, refusal.sentence, None, refusal.status))

    @app.after_request
    async def read_out(answer: Response) -> Response:
        """Read what no handler asked for: a connection with unread bytes can serve no other request."""
        sent = request.content_length or "transfer-encoding" in request.headers
        if sent and not await _ends(request.body) and request.http_version == "1.1":
            answer.headers["Connection"] = "close"
        return answer

    @app.errorhandler(HTTPException)
    async def known(error: HTTPException) -> Response:
        return answer_error(error.code or 500, error.name, error.description or error.name)

    @app.errorhandler(Exception)
    async def bug(error: Exception) -> Response:
        if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
            return answer_error(404, "Not Found", "There is nothing at this address.")
        log.error("a request failed: %s", request.url_rule, exc_info=error)
        return answer_error(500, "bug", "Something went wrong in the server; its log says more.")


async def _ends(body: AsyncIterable[bytes]) -> bool:
    """Whether a body ends soon enough to be read away."""
    left = SMALL
    with contextlib.suppress(HTTPException, TimeoutError):
        async with asyncio.timeout(READ_OUT_S):
            async for part in body:
                left -= len(part)
                if left < 0:
                    return False
            return True
    return False


def joined(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The headers by name; one that is sent twice is both, and so neither."""
    found: dict[str, str] = {}
    for name, value in headers:
        known = found.get(name.lower())
        found[name.lower()] = value if known is None else f"{known}, {value}"
    return found


def answer_error(status: int, name: str, sentence: str) -> Response:
    """An error in the form of every other; where a browser looks for an overlay, nothing to be seen."""
    if is_overlay(request.path) and "text/html" in request.headers.get("Accept", ""):
        return Response(BLANK % escape(sentence).encode(), status, content_type="text/html; charset=utf-8")
    return problem_answer(Problem(name.lower().replace(" ", "_"), sentence, None, status))


def need_fresh(house: House) -> None:
    """With a password, what touches secrets wants it to have been typed lately. A full token needs none."""
    access = house.access
    if not access.has_password:
        return
    shown = request.headers.get("Authorization", "")
    if shown[:7].lower() == "bearer ":
        token = access.token_of(shown)
        if token is None or token.scope != "full":
            raise Problem("read_only", "This token may not touch secrets.", None, 403)
    elif not access.is_fresh(request.cookies.get(access.cookie)):
        raise Problem("confirm", "Enter the password again.", "password", 403)
