"""Overlay pages: `/w/<key>`, its view as JSON, pictures, static files and themes. Nothing here changes anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlencode

from quart import Response, abort, render_template, request

from overlay.core.css import stamped
from overlay.hub import override
from overlay.hub.placed import PAGE_PARAMETERS
from overlay.hub.topics import encode_json

if TYPE_CHECKING:
    from quart import Quart

    from overlay.house import House

YEAR: Final = "public, max-age=31536000, immutable"
HOUR: Final = "public, max-age=3600"


def mount(app: Quart, house: House) -> None:  # noqa: C901  a list of addresses
    """Put the overlays' addresses into the app."""

    @app.get("/w/")
    @app.get("/w/<key>/<path:_rest>")
    async def nothing(key: str = "", _rest: str = "") -> tuple[Response, int]:
        """An address that was pasted with too much or too little: on air nothing is shown, also no error."""
        del key
        return Response(await render_template("gone.html"), content_type="text/html; charset=utf-8"), 404

    @app.get("/w/<key>")
    @app.get("/w/<key>/")
    async def page(key: str) -> Response | tuple[Response, int]:
        placed = house.hub.placed.get(key)
        if placed is None:
            return await nothing()
        query = request.query_string.decode("latin-1")
        given = override(placed, query, house.theme_names())
        kept = [
            (name, value)
            for name, value in parse_qsl(query, keep_blank_values=True)
            if name not in PAGE_PARAMETERS or name == "theme"
        ]
        html = await render_template(
            "overlay.html",
            w=f"{key}?{urlencode(kept)}" if kept else key,
            kind=placed.kind.name,
            build=house.build,
            lang=given.options.language or "",
            theme=given.theme,
            theme_build=house.themes.build(given.theme),
            preview=bool(request.args.get("preview")),
            safe=bool(request.args.get("safe")),
            ignored=" ".join(given.bad),
        )
        return Response(html, content_type="text/html; charset=utf-8")

    @app.get("/w/<key>/view")
    async def view(key: str) -> Response:
        query = request.query_string.decode("latin-1")
        placed = house.hub.placed.get(key)
        if placed is None:
            return Response(
                b'{"error":"unknown","message":"No overlay has this address.","field":null}',
                status=404,
                content_type="application/json",
            )
        if request.args.get("preview"):
            return Response(preview(house, key, query), content_type="application/json")
        w = f"{key}?{query}" if query else key
        body = await house.hub.settled(lambda: house.hub.view(w))
        return Response(body or b"{}", content_type="application/json")

    @app.get("/img/<mark>/<name>")
    async def picture(mark: str, name: str) -> Response:
        body = await house.pictures.read(mark, name)
        if body is None:
            abort(403 if not house.pictures.is_ours(mark, name) else 404)
        return Response(body, content_type="image/webp", headers={"Cache-Control": YEAR})

    @app.get("/themes/<name>/<path:path>")
    async def theme_file(name: str, path: str) -> Response:
        found = house.themes.file(name, path)
        if found is None:
            abort(404)
        body, build = found.read_bytes(), house.themes.build(name)
        if build and path.endswith(".css"):  # browsers would keep a picture that changed under its name
            body = stamped(body.decode("utf-8", "replace"), f"v={build}").encode()
        answer = Response(body, content_type=house.themes.type_of(path))
        answer.headers["Cache-Control"] = "no-cache"
        if build:  # previews ask for this alone, to follow a theme while it is being made
            answer.set_etag(build)
        return answer

    @app.get("/favicon.ico")
    async def icon() -> Response:
        return Response(status=204)


def preview(house: House, key: str, query: str) -> bytes:
    """The sample view with all that a hello brings beside it: what a preview draws, and no state is touched."""
    placed = house.hub.placed[key]
    given = override(placed, query, house.theme_names())
    build = house.themes.build(given.theme)
    strained = dict(parse_qsl(query)).get("preview") == "strained"
    now_ms = house.clock.now_ms()
    view: dict[str, Any] = house.samples.drawn(placed.kind, given.options, strained=strained, now_ms=now_ms)
    return encode_json(
        {
            **view,
            "as_of_ms": now_ms,
            "w": key,
            "kind": placed.kind.name,
            "name": placed.name,
            "creator": placed.creator,
            "options": given.options,
            "theme": given.theme,
            **({"theme_build": build} if build else {}),
            "view": {"as_of_ms": now_ms, **view},
            "live": {"state": "live", "reason": ""},
            "build": house.build,
            "now_ms": now_ms,
        }
    )
