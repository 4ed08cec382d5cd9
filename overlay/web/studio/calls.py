"""How the studio's own scripts ask the server: JSON in, JSON out, problems by field. No contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from quart import Response

from overlay.web.guard import need_fresh
from overlay.web.routes import json_answer, read_json

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from quart import Quart

    from overlay.config import Limits
    from overlay.house import House

    Call = Callable[..., Awaitable[Any]]


class Calls:
    """The studio's own calls."""

    def __init__(self, app: Quart, house: House, limits: Limits) -> None:
        """Put calls into this app."""
        self._app, self._house, self._limits = app, house, limits

    def add(self, method: str, path: str, *, fresh: bool = False) -> Callable[[Call], Call]:
        """A decorator: the function gets the address' parts, and with POST, PUT and PATCH the JSON body as `given`.

        `fresh` calls touch secrets: with a password they want it again, unless it was typed a moment ago.
        """

        def put(function: Call) -> Call:
            async def call(**parts: Any) -> Response:
                if fresh:
                    need_fresh(self._house)
                given = {"given": await read_json(self._limits.body)} if method in {"POST", "PUT", "PATCH"} else {}
                made = await function(**parts, **given)
                return made if isinstance(made, Response) else json_answer(made)

            name = f"studio_{method}_{path}".replace("/", "_").translate({ord(sign): None for sign in "<>:."})
            call.__name__ = name
            self._app.add_url_rule(path, name, call, methods=[method])
            return function

        return put
