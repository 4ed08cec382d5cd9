"""A TikTool on two ports of this machine, as small as the claims need it, and an upstream that talks to it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import random
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import websockets
from websockets.asyncio.server import ServerConnection, serve

from overlay.config import Bases, Secret
from overlay.core import events
from overlay.core.tiktool import decode_all
from overlay.upstream import CreatorSettings, Timing, Upstream

REST = Path(__file__).parents[1] / "frames/tiktool/rest"
KEY = "tk_canary_4f9a1c77e2"
FAST = Timing(spacing_s=0.01, batch_gap_s=0.01, confirm_s=0.05, scale=0.01, jitter=0.0, hook_retries_s=(0.02, 0.04))


def http_time() -> int:
    return 1_790_000_000_000


@dataclass
class Answer:
    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


class Tiktool:
    """Answers HTTP and takes sockets. `live` says who is live; `answers` overrides a path."""

    def __init__(self) -> None:
        self.live: dict[str, bool | None] = {}
        self.rooms: dict[str, str] = {}
        self.answers: dict[str, Answer | list[Answer]] = {}
        self.limits: dict[str, Any] = {
            "tier": "pro",
            "api": {"limit": 300, "remaining": 299, "reset_at": 1_790_000_060},
            "websocket": {"limit": 50, "current": 0},
        }
        self.requests: list[tuple[str, str, dict[str, str], Any]] = []
        self.headers: list[dict[str, str]] = []
        self.sockets: dict[str, list[ServerConnection]] = {}
        self.queries: list[tuple[str, dict[str, list[str]]]] = []
        self.opened_at: list[tuple[float, str]] = []
        self.refuse: dict[str, list[tuple[int, str]]] = {}
        self.greet: dict[str, list[tuple[int, str] | bytes]] = {}
        self.news = asyncio.Condition()
        self._tasks: set[asyncio.Task[Any]] = set()

    @staticmethod
    def answer(status: int, body: Any, **headers: str) -> Answer:
        return Answer(status, body, headers)

    @staticmethod
    def fixture(name: str) -> Answer:
        """The answer of one of the kept exchanges."""
        response = json.loads((REST / f"{name}.json").read_text())["response"]
        return Answer(response["status"], response["body"], response["headers"])

    async def start(self, tls: ssl.SSLContext | None = None) -> None:
        self._http = await asyncio.start_server(self._answer, "127.0.0.1", 0, ssl=tls)
        self._ws = await serve(self._socket, "127.0.0.1", 0, process_request=self._shake, close_timeout=0.5, ssl=tls)
        http_port = self._http.sockets[0].getsockname()[1]
        ws_port = next(iter(self._ws.sockets)).getsockname()[1]
        safe = "s" if tls else ""
        self.ws, self.http = f"ws{safe}://127.0.0.1:{ws_port}", f"http{safe}://127.0.0.1:{http_port}"

    async def stop(self) -> None:
        self._ws.close()
        await self._ws.wait_closed()
        self._http.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def bases(self, key: str | None = KEY) -> Bases:
        return Bases(self.ws, self.http, self.http, Secret(key) if key else None)

    async def _tell(self) -> None:
        async with self.news:
            self.news.notify_all()

    async def until(self, true: Any, seconds: float = 15.0) -> None:
        async with asyncio.timeout(seconds), self.news:
            await self.news.wait_for(true)

    def open(self, handle: str) -> list[ServerConnection]:
        return [c for c in self.sockets.get(handle, []) if c.state is websockets.protocol.State.OPEN]

    async def socket(self, handle: str, number: int = 1) -> ServerConnection:
        """The creator's n-th socket so far, once it is there."""
        await self.until(lambda: len(self.sockets.get(handle, [])) >= number)
        return self.sockets[handle][number - 1]

    def asked(self, path: str) -> list[Any]:
        return [(params, body) for _, at, params, body in self.requests if at == path]

    async def _shake(self, connection: ServerConnection, request: Any) -> Any:
        split = urlsplit(request.path)
        query = parse_qs(split.query)
        handle = query.get("uniqueId", [""])[0]
        name = f"captions:{handle}" if split.path == "/captions" else handle
        self.queries.append((split.path, query))
        self.opened_at.append((asyncio.get_running_loop().time(), name))
        connection.name = name
        if self.refuse.get(name):
            status, text = self.refuse[name].pop(0)
            await self._tell()
            return connection.respond(status, text)
        return None

    async def _socket(self, connection: ServerConnection) -> None:
        name = connection.name
        self.sockets.setdefault(name, []).append(connection)
        await self._tell()
        if self.greet.get(name):
            word = self.greet[name].pop(0)
            if isinstance(word, bytes):
                await connection.send(word.decode())
            else:
                await connection.close(*word)
        with contextlib.suppress(websockets.ConnectionClosed):
            async for _ in connection:
                pass
        await self._tell()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                line, *rest = head.split("\r\n")
                method, target, _ = line.split(" ")
                headers = {k.lower(): v.strip() for k, _, v in (row.partition(":") for row in rest if row)}
                raw = await reader.readexactly(int(headers.get("content-length", 0)))
                split = urlsplit(target)
                params = {k: v[0] for k, v in parse_qs(split.query).items()}
                body = json.loads(raw) if raw else None
                self.requests.append((method, split.path, params, body))
                self.headers.append(headers)
                answer = self._reply(split.path, params, body)
                if answer.status == 0:
                    break
                text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
                extra = "".join(f"{k}: {v}\r\n" for k, v in answer.headers.items())
                writer.write(
                    f"HTTP/1.1 {answer.status} X\r\ncontent-length: {len(text.encode())}\r\n{extra}\r\n{text}".encode()
                )
                await writer.drain()
                await self._tell()
        writer.close()

    def _reply(self, path: str, params: dict[str, str], body: Any) -> Answer:
        told = self.answers.get(path)
        if isinstance(told, list):
            if told:
                return told.pop(0)
        elif told is not None:
            return told
        if path == "/webcast/rate_limits":
            return Answer(body={"status_code": 0, "data": self.limits})
        if path == "/webcast/bulk_live_check":
            return Answer(body={"status_code": 0, "data": [self._row(h) for h in body["unique_ids"]]})
        if path == "/webcast/live_status":
            return Answer(body={"status_code": 0, "data": self._row(params["uniqueId"])})
        if path == "/webcast/check_alive":
            live = self.live.get(params["unique_id"])
            return Answer(body={"status_code": 0, "data": [] if live is None else [{"alive": live}]})
        return Answer(404, {"error": "no such path"})

    def _row(self, handle: str) -> dict[str, Any]:
        live = self.live.get(handle)
        return {"unique_id": handle, "is_live": live, "alive": live, "room_id": self.rooms.get(handle, "")}


class Hub:
    """What the hub is to the upstream: takes all in, and remembers it."""

    def __init__(self) -> None:
        self.frames: list[tuple[str, str, bytes]] = []
        self.events: list[tuple[str, events.Event]] = []
        self.states: list[tuple[str, str, str]] = []
        self.news = asyncio.Event()
        self.fails_on: bytes | None = None
        self.proof: Any = None  # where viewer events and end signals are told, as the real hub does
        self.ending: Any = None

    def frame(self, creator_id: str, socket: str, raw: bytes) -> None:
        assert isinstance(raw, bytes)
        if self.fails_on is not None and self.fails_on in raw:
            raise RuntimeError("a bug in the hub")
        self.frames.append((creator_id, socket, raw))
        self.news.set()
        if self.proof is not None and socket == "live":
            self._tell(creator_id, raw)

    def _tell(self, creator_id: str, raw: bytes) -> None:
        for event in decode_all(raw):
            if isinstance(event, (events.Chat, events.Gift, events.Like, events.Join, events.Follow, events.Share)):
                self.proof(creator_id)
            elif isinstance(event, events.StreamEnd) or (isinstance(event, events.Control) and event.action == 3):
                self.ending(creator_id)

    def event(self, creator_id: str, event: events.Event) -> None:
        self.events.append((creator_id, event))
        self.news.set()

    def state(self, creator_id: str, state: str, reason: str) -> None:
        self.states.append((creator_id, state, reason))
        self.news.set()

    async def until(self, true: Any, seconds: float = 15.0) -> None:
        async with asyncio.timeout(seconds):
            while not true():
                self.news.clear()
                await self.news.wait()

    def last_state(self, creator_id: str) -> str | None:
        return next((state for name, state, _ in reversed(self.states) if name == creator_id), None)

    def kinds(self, creator_id: str) -> list[str]:
        return [type(event).__name__ for name, event in self.events if name == creator_id]


@pytest.fixture
async def tiktool():
    fake = Tiktool()
    await fake.start()
    yield fake
    await fake.stop()


@pytest.fixture
def hub():
    return Hub()


@pytest.fixture
async def make(tiktool, hub):
    """Makes an upstream; whatever a claim leaves running fails it."""
    made = []

    async def start(
        *creators: CreatorSettings, timing: Timing = FAST, preflight_s: float = 0.1, key: str | None = KEY, **more: Any
    ) -> Upstream:
        upstream = Upstream(
            tiktool=tiktool.bases(key),
            inbox=hub,
            now_ms=http_clock(),
            preflight_s=preflight_s,
            timing=timing,
            rng=random.Random(1),
            on_state=hub.state,
            **more,
        )
        made.append(upstream)
        await upstream.start(list(creators))
        return upstream

    before = asyncio.all_tasks()
    yield start
    for upstream in made:
        await upstream.stop()
    left = [t for t in asyncio.all_tasks() - before if "overlay" in repr(t.get_coro()) or "Crew" in repr(t.get_coro())]
    assert left == []


def http_clock():
    loop = asyncio.get_event_loop()
    start = loop.time()
    return lambda: 1_790_000_000_000 + int((loop.time() - start) * 1000)


def lin(**more: Any) -> CreatorSettings:
    return CreatorSettings(**{"id": "lin", "handle": "@Lin.Sings ", **more})


@pytest.fixture
def creator():
    return lin


class Ears(logging.Handler):
    """Hears everything that is logged, as a file at DEBUG level would."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if not record.name.startswith("websockets.server"):  # that is TikTool's side of the claim
            self.lines.append(self.format(record))


@pytest.fixture(autouse=True)
def logged(caplog):
    """Everything logged in the claim. The key must never be among it."""
    caplog.set_level(logging.DEBUG)
    ears = Ears()
    logging.getLogger().addHandler(ears)
    yield ears.lines
    logging.getLogger().removeHandler(ears)
    assert [line for line in ears.lines if "canary" in line] == []
