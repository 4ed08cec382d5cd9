"""A small server of overlay pages with samples, for pictures and for tests of the pages alone.

It answers the addresses that a page uses, and lets a test say each event. It counts nothing and knows no widget.
"""

import asyncio
import json
import re
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config
from quart import Quart, Response, abort, request, websocket

from overlay.web import statics

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "static" / "samples"
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
    "media-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; object-src 'none'; "
    "frame-ancestors 'self'; require-trusted-types-for 'script'; trusted-types ov"
)


def sample(name: str) -> dict[str, Any]:
    """The sample view of that name: a kind, or a kind and what it strains."""
    view: dict[str, Any] = json.loads((SAMPLES / f"{name}.json").read_text())
    return view


class Desk:
    """What the server would know: each key's greeting, who listens, and what was asked of it."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self.pages: dict[str, dict[str, Any]] = {}
        self.gone: set[str] = set()
        self.streams: dict[asyncio.Queue[tuple[str, Any] | None], list[str]] = {}
        self.opened = 0
        self.build = "b1"
        self.refuse = 0

    def put(self, key: str, kind: str, view: dict[str, Any], theme: str = "default", **options: Any) -> None:
        """Make an overlay."""
        self.pages[key] = {"kind": kind, "view": view, "theme": theme, "options": options}

    def hello(self, w: str) -> dict[str, Any]:
        """The greeting of an overlay."""
        page = self.pages[w.split("?", maxsplit=1)[0]]
        return {
            "w": w, "name": page["kind"], "creator": "sample", "live": {"state": "live", "reason": None},
            "build": self.build, "now_ms": round(time.time() * 1000), **page,
        }  # fmt: skip

    def say(self, event: str, data: dict[str, Any]) -> None:
        """Say one event to every stream that listens for its overlay."""
        for queue, keys in self.streams.items():
            if "w" not in data or data["w"] in keys:
                queue.put_nowait((event, data))

    def show(self, w: str, view: dict[str, Any]) -> None:
        """A new view of an overlay."""
        self.pages[w]["view"] = view
        self.say("view", {"w": w, "view": view})

    def hang_up(self) -> None:
        """End every stream."""
        for queue in self.streams:
            queue.put_nowait(None)

    async def listen(self, keys: list[str]) -> AsyncIterator[tuple[str, Any]]:
        """What one stream is told, first the greetings."""
        queue: asyncio.Queue[tuple[str, Any] | None] = asyncio.Queue()
        self.streams[queue] = keys
        self.opened += 1
        try:
            for w in keys:
                known = w.split("?")[0] in self.pages
                yield ("hello", self.hello(w)) if known else ("gone", {"w": w})
            while (said := await queue.get()) is not None:
                yield said
        finally:
            del self.streams[queue]


def make(desk: Desk) -> Quart:
    """The server of that desk's pages."""
    app = Quart(__name__, static_folder=None, template_folder=str(ROOT / "templates"))

    @app.after_request
    async def headers(answer: Response) -> Response:
        if request.path != "/stage.html":
            answer.headers["Content-Security-Policy"] = CSP
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers.setdefault("Cache-Control", "no-cache")
        return answer

    _put_files(app)
    _put_pages(app, desk)
    _put_streams(app, desk)
    return app


def _put_files(app: Quart) -> None:
    statics.mount(app, ROOT / "static")
    worn = statics.Statics(ROOT / "themes")

    @app.get("/themes/<path:path>")
    async def themes(path: str) -> Response:
        found = worn.file(path) or abort(404)
        return Response(found.body, content_type=found.type)

    @app.get("/favicon.ico")
    async def icon() -> Response:
        return Response(status=204)

    @app.get("/stage.html")
    async def stage() -> Response:
        """A page with a background and overlays in frames, for pictures."""
        return Response(STAGE, content_type="text/html")


def _put_pages(app: Quart, desk: Desk) -> None:
    @app.get("/w/<key>/view")
    async def view(key: str) -> Response | tuple[str, int]:
        if key not in desk.pages and not request.args.get("preview"):
            return "", 404
        return Response(json.dumps(_preview(desk, key)), content_type="application/json")

    @app.get("/w/<key>")
    async def page(key: str) -> tuple[str, int] | str:
        if key not in desk.pages and not request.args.get("preview"):
            return await _render(app, "gone.html"), 404
        hello = _preview(desk, key)
        return await _render(
            app, "overlay.html", w=key, kind=hello["kind"], build=desk.build, theme=hello["theme"],
            lang=hello["options"].get("language") or "en", preview=bool(request.args.get("preview")),
        )  # fmt: skip


def _put_streams(app: Quart, desk: Desk) -> None:
    @app.get("/stream")
    async def stream() -> Response | tuple[str, int]:
        keys = request.args.getlist("w")
        if desk.refuse:
            return "", desk.refuse
        if not any(w.split("?")[0] in desk.pages for w in keys):
            return "", 404

        async def body() -> AsyncIterator[bytes]:
            yield b"retry: 1000\n\n"
            async for event, data in desk.listen(keys):
                yield f"event: {event}\ndata: {json.dumps(data)}\n\n".encode()

        answer = Response(body(), content_type="text/event-stream")
        answer.timeout = None
        return answer

    @app.websocket("/stream")
    async def socket() -> None:
        async for event, data in desk.listen(websocket.args.getlist("w")):
            await websocket.send(json.dumps({"event": event, "data": data}))


async def _render(app: Quart, name: str, **variables: Any) -> str:
    return await app.jinja_env.get_template(name).render_async(**variables)


def _preview(desk: Desk, key: str) -> dict[str, Any]:
    """A known overlay's greeting, or a sample's: the key names it, the query gives options."""
    if key in desk.pages:
        return desk.hello(key)
    view = sample(key)
    query = {name: _value(text) for name, text in request.args.items()}
    kind = re.split("-", key)[0]
    theme = query.pop("theme", "default")
    query.pop("preview", None)
    return {
        "w": key, "kind": kind, "name": kind, "creator": "sample", "options": query, "theme": theme, "view": view,
        "live": {"state": "live", "reason": None}, "build": desk.build, "now_ms": view["as_of_ms"],
    }  # fmt: skip


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


STAGE = """<!doctype html><link rel="icon" href="data:,"><meta charset="utf-8"><style>
html,body{margin:0;height:100%;overflow:hidden}iframe{position:absolute;border:0;color-scheme:normal}
</style><body><script>
window.place = (src, x, y, w, h) => {
  const frame = document.createElement("iframe");
  Object.assign(frame.style, {left: `${x}px`, top: `${y}px`, width: `${w}px`, height: `${h}px`});
  frame.src = src;
  document.body.append(frame);
};
</script></body>"""


@asynccontextmanager
async def served(desk: Desk, port: int = 0) -> AsyncIterator[str]:
    """The desk's server, and its address; it ends with the block, open streams or not."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", port))
    config, stop = Config(), asyncio.Event()
    at = f"http://127.0.0.1:{listening.getsockname()[1]}"
    config.bind, config.errorlog, config.graceful_timeout = [f"fd://{listening.detach()}"], None, 0.1
    running = asyncio.create_task(serve(make(desk), config, shutdown_trigger=stop.wait))
    try:
        yield at
    finally:
        desk.hang_up()
        stop.set()
        await running
