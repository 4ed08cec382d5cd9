"""`/stream`: the one hot path. Server-sent events and, on the same address, a WebSocket with the same messages.

It stands before the web framework as plain ASGI. Where the server beneath is Hypercorn over HTTP/1.1, bytes framed once
are written straight to the connection's transport (`express.py`); anywhere else one task per stream sends through the
public ASGI `send`. Both hold at most one undelivered batch per stream. It decides nothing about what is sent.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

from msgspec import Struct

from overlay.hub import Batch
from overlay.web.crowd import Crowd
from overlay.web.express import Express, connection_below
from overlay.web.gate import OVERLAY_CSP
from overlay.web.readers import Plain, Socket

if TYPE_CHECKING:
    from overlay.hub import Hub, Stream
    from overlay.web.express import Connection

Scope = dict[str, Any]
Receive = "Callable[[], Awaitable[dict[str, Any]]]"
Send = "Callable[[dict[str, Any]], Awaitable[None]]"

BEAT_S: Final = 15.0
TURNS: Final = 60
"""Streams take turns with their beats: ten thousand at once would keep everybody waiting for a tenth of a second."""
LOOK_S: Final = 1.0
"""How often the machine's clock is compared with ours: a laptop that slept is right within two seconds."""
MOST_WIDGETS: Final = 2000
"""More than fit into a line of a request as the server reads it."""
PLAIN_STREAMS: Final = 4
"""More streams than this from one browser means that its pages cannot share one: they are told to change over."""

HEADERS: Final = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"access-control-allow-origin", b"*"),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"content-security-policy", OVERLAY_CSP.encode()),
]


class About(Struct, frozen=True, kw_only=True):
    """What the studio is told of an open stream."""

    agent: str
    build: str
    transport: str
    since_ms: int
    address: str
    browser: str  # whose streams are counted together; "" where they are not: only OBS cannot show a seventh page
    turn: int  # when it gets its beats


class StreamDoor:
    """The ASGI application for `/stream`; everything else goes on to the inner one."""

    def __init__(self, inner: Any, hub: Hub, *, express: bool = True, most: int = 1000) -> None:
        """Stand before `inner`. `express=False` keeps to the framework's ordinary road; `most` streams an address."""
        self._inner = inner
        self._hub = hub
        self._express = express
        self.streams: dict[Stream, About] = {}
        self._crowd = Crowd(most)
        self._plain: Counter[str] = Counter()  # streams by browser, for those that may hold too many
        self._turns: list[dict[Stream, None]] = [{} for _ in range(TURNS)]
        self._begun = 0
        self._closing = False

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Answer streams, pass on the rest."""
        if scope["type"] in {"http", "websocket"} and scope["path"] == "/stream":
            if scope["type"] == "websocket":
                await self._serve_socket(scope, receive, send)
                return
            if scope["method"] == "GET":
                await self._serve(scope, receive, send)
                return
        await self._inner(scope, receive, send)

    def _wanted(self, scope: Scope) -> tuple[list[str], str]:
        pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        wanted = [value for name, value in pairs if name == "w"][:MOST_WIDGETS]
        return wanted, next((value[:80] for name, value in pairs if name == "build"), "")

    async def _serve(self, scope: Scope, receive: Any, send: Any) -> None:
        wanted, build = self._wanted(scope)
        about = self._about(scope, build, "sse")
        refusal = self._refusal(wanted, about)
        if refusal is not None:
            await refuse(send, *refusal)
            return
        start = {"type": "http.response.start", "status": 200, "headers": HEADERS}
        connection = connection_below(send, scope) if self._express else None
        if connection is None:
            await self._keep(Plain(send), about, wanted, start, receive)
        else:
            await self._take_over(connection, about, wanted, start, send)

    async def _take_over(
        self, connection: Connection, about: About, wanted: list[str], start: dict[str, Any], send: Any
    ) -> None:
        """A stream on the express path; it stays when this returns, until its connection is lost."""
        stream: Express | None = None
        try:
            await send(start)
            stream = connection.heir(self._forget)
        finally:
            if stream is None:
                self._crowd.leave(about.address)
        if stream is None:
            return
        self.streams[stream] = about
        try:
            await self._hub.settled(lambda: self._begin(stream, wanted))
        except BaseException:
            stream.transport.abort()
            raise

    async def _serve_socket(self, scope: Scope, receive: Any, send: Any) -> None:
        wanted, build = self._wanted(scope)
        await receive()  # websocket.connect
        about = self._about(scope, build, "ws")
        refusal = self._refusal(wanted, about)
        if refusal is not None:
            await refuse(send, *refusal, scope=scope)
            return
        stream = Socket(send, self._hub.clock.now_ms)
        await self._keep(stream, about, wanted, {"type": "websocket.accept"}, receive)

    async def _keep(self, stream: Plain, about: About, wanted: list[str], start: dict[str, Any], receive: Any) -> None:
        """A stream on the ordinary road, from its first word to its last."""
        self.streams[stream] = about
        try:
            await stream.send(start)
            await self._hub.settled(lambda: self._begin(stream, wanted))
            await stream.until_gone(receive)
        finally:
            self._forget(stream)
        await stream.finish()

    def _refusal(self, wanted: list[str], about: About) -> tuple[int, bytes] | None:
        """Why there is no stream; if there is one, it has its place in the crowd."""
        if self._closing:
            return 503, b'{"error":"stopping","message":"The server is stopping.","field":null}'
        if not any(self._hub.knows(w) for w in wanted):
            return 404, b'{"error":"unknown","message":"No overlay has this address.","field":"w"}'
        if not self._crowd.enter(about.address):
            return 429, b'{"error":"too_many","message":"This address has too many streams open.","field":null}'
        return None

    def _begin(self, stream: Stream, wanted: list[str]) -> None:
        about = self.streams.get(stream)
        if about is None:
            return  # gone while it waited for the tick
        first = b"retry: %d\n: ok\n\n" % random.randint(1000, 3000)  # noqa: S311  spread, not secret
        self._turns[about.turn][stream] = None
        if about.browser:
            self._plain[about.browser] += 1
        self._hub.join(stream, wanted, first, about.build)
        if about.browser:
            self._ease(about)

    def _ease(self, about: About) -> None:
        """One OBS holds too many streams: its pages are told to use a WebSocket each."""
        if self._plain[about.browser] <= PLAIN_STREAMS:
            return
        batch = Batch([(b"use", b'{"transport":"ws"}')])
        for stream, other in self.streams.items():
            if other.transport == "sse" and other.browser == about.browser and stream in self._turns[other.turn]:
                stream.offer(batch)

    def _forget(self, stream: Stream) -> None:
        about = self.streams.pop(stream)
        self._crowd.leave(about.address)
        if stream not in self._turns[about.turn]:
            return  # it never began
        del self._turns[about.turn][stream]
        if about.browser:
            self._plain[about.browser] -= 1
            if not self._plain[about.browser]:
                del self._plain[about.browser]
        self._hub.leave(stream)

    @property
    def fast(self) -> int:
        """How many streams are on the express path."""
        return sum(isinstance(stream, Express) for stream in self.streams)

    def _about(self, scope: Scope, build: str, transport: str) -> About:
        heads: dict[bytes, bytes] = dict(scope["headers"])
        agent = heads.get(b"user-agent", b"").decode("latin-1")[:300]
        address = str((scope.get("client") or ("", 0))[0])
        via = heads.get(b"x-forwarded-for", b"").decode("latin-1")[:300]  # behind a proxy all have its address
        self._begun += 1
        return About(
            agent=agent,
            build=build,
            transport=transport,
            since_ms=self._hub.clock.now_ms(),
            address=address,
            browser=f"{agent}|{address}|{via}" if transport == "sse" and "OBS/" in agent else "",
            turn=self._begun % TURNS,
        )

    async def beat(self) -> None:
        """A comment with the time, every 15 s: proxies stay open, the dead are noticed, pages keep their clocks."""
        time, step_s = asyncio.get_running_loop().time, BEAT_S / TURNS
        due_s = looked_s = time()
        while True:
            for turn in self._turns:
                due_s = max(due_s + step_s, time() - step_s)  # late turns add up to nothing: pages count on their beat
                await asyncio.sleep(max(0.0, due_s - time()))
                if time() - looked_s >= LOOK_S:
                    looked_s = time()
                    await self._hub.keep_time()
                batch = Batch([], b": beat %d\n\n" % self._hub.clock.now_ms())
                for stream in list(turn):
                    stream.offer(batch)

    def close(self) -> None:
        """End every stream in order: the server waits for open connections."""
        self._closing = True
        for stream in list(self.streams):
            stream.end()


async def refuse(send: Any, status: int, body: bytes, scope: Scope | None = None) -> None:
    """A short JSON answer in place of a stream; `scope` is a WebSocket's, which gets it in place of the upgrade."""
    answer = "http.response" if scope is None else "websocket.http.response"
    if scope is not None and answer not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 1000})  # before accept: refused with 403
        return
    headers = [(b"content-type", b"application/json"), *HEADERS[1:]]
    await send({"type": f"{answer}.start", "status": status, "headers": headers})
    await send({"type": f"{answer}.body", "body": body})
