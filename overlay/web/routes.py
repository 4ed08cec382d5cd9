"""How an API call is written down once: its address, what it does, what it takes. The OpenAPI page is made of this.

It never knows what a call is about.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import Struct
from quart import Response, request

from overlay.problems import Problem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from quart import Quart

    from overlay.config import Limits

    Handler = Callable[..., Awaitable[Any]]

REST_S: Final = 30.0
"""How long a body may rest in the middle."""

PARAMETER: Final = re.compile(r"<(?:\w+:)?(\w+)>")
_encode = msgspec.json.Encoder().encode


class Route(Struct, frozen=True):
    """One call."""

    method: str
    path: str
    summary: str
    body: type | None
    answer: int


class Routes:
    """All calls of the API."""

    def __init__(self, app: Quart, limits: Limits) -> None:
        """Put calls into this app."""
        self._app = app
        self._limits = limits
        self.all: list[Route] = []

    def add(
        self, method: str, path: str, summary: str, *, body: type | None = None, answer: int = 200
    ) -> Callable[[Handler], Handler]:
        """A decorator: the handler gets the address' parts, and the JSON body where one is taken."""
        self.all.append(Route(method, path, summary, body, answer))

        def put(handler: Handler) -> Handler:
            async def call(**parts: str) -> Response:
                given = {"given": await read_json(self._limits.body)} if body is not None else {}
                made = await handler(**parts, **given)
                return made if isinstance(made, Response) else json_answer(made, answer)

            call.__name__ = f"{method}_{path}".replace("/", "_").replace("<", "").replace(">", "").replace(".", "_")
            self._app.add_url_rule(path, call.__name__, call, methods=[method])
            return handler

        return put

    def openapi(self, version: str) -> dict[str, Any]:
        """The description of every call."""
        bodies = [route.body for route in self.all if route.body is not None and issubclass(route.body, Struct)]
        _, components = msgspec.json.schema_components(bodies, ref_template="#/components/schemas/{name}")
        paths: dict[str, dict[str, Any]] = {}
        for route in self.all:
            paths.setdefault(PARAMETER.sub(r"{\1}", route.path), {})[route.method.lower()] = describe(route)
        return {
            "openapi": "3.1.0",
            "info": {
                "title": "Overlay",
                "version": version,
                "description": "Overlays for TikTok LIVE that you run yourself.",
            },
            "paths": paths,
            "components": {
                "schemas": {**components, "Error": ERROR_SCHEMA},
                "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            },
            "security": [{}, {"bearer": []}],
        }


ERROR_SCHEMA: Final = {
    "type": "object",
    "required": ["error", "message", "field"],
    "properties": {
        "error": {"type": "string"},
        "message": {"type": "string"},
        "field": {"type": ["string", "null"]},
    },
}


def describe(route: Route) -> dict[str, Any]:
    """One call as OpenAPI has it."""
    told: dict[str, Any] = {
        "summary": route.summary,
        "operationId": f"{route.method.lower()}{re.sub(r'[^A-Za-z0-9]+', '_', route.path).rstrip('_')}",
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in PARAMETER.findall(route.path)
        ],
        "responses": {
            str(route.answer): {"description": "Done."},
            "4XX": {
                "description": "One sentence says why not.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
            },
        },
    }
    if route.body is not None:
        is_struct = issubclass(route.body, Struct)
        schema: dict[str, Any] = (
            {"$ref": f"#/components/schemas/{route.body.__name__}"} if is_struct else {"type": "object"}
        )
        told["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return told


async def read_json(most: int) -> Any:
    """The request's JSON body."""
    if request.mimetype != "application/json":
        raise Problem("content_type", "The body must be application/json.", None, 415)
    body = await read_body(most)
    try:
        return msgspec.json.decode(body) if body.strip() else {}
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise Problem("json", "The body is not JSON.", None) from None


async def read_body(most: int) -> bytes:
    """The request's body, up to a size."""
    if request.content_length is not None and request.content_length > most:
        raise Problem("too_large", f"The body may have at most {most} bytes.", None, 413)
    body = bytearray()
    async for part in parts_of_body():
        body += part
        if len(body) > most:
            raise Problem("too_large", f"The body may have at most {most} bytes.", None, 413)
    return bytes(body)


async def parts_of_body() -> AsyncIterator[bytes]:
    """The request's body as it comes; one that stops coming is not waited for."""
    parts = aiter(request.body)
    try:
        while True:
            async with asyncio.timeout(REST_S):
                part = await anext(parts, b"")
            if not part:
                return
            yield part
    except TimeoutError:
        raise Problem("timeout", f"Nothing of the body came for {REST_S:.0f} seconds.", None, 408) from None


def json_answer(made: Any, status: int = 200) -> Response:
    """An answer as JSON; nothing to say is 204."""
    if made is None:
        return Response(status=204)
    return Response(_encode(made), status=status, content_type="application/json")


def problem_answer(problem: Problem) -> Response:
    """A Problem as every caller gets it."""
    return json_answer({"error": problem.code, "message": problem.sentence, "field": problem.field}, problem.status)
