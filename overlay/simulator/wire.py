"""HTTP/1.1 and WebSocket on one port, as small as a stand-in needs: parse a request, answer it, or upgrade.

Close codes, reasons and handshake refusals go out exactly as asked. It knows nothing of TikTool.
"""

from __future__ import annotations

import asyncio
import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

from websockets.exceptions import ProtocolError
from websockets.frames import Frame, Opcode
from websockets.http11 import Request as Upgrade
from websockets.protocol import State
from websockets.server import ServerProtocol

from overlay.simulator.plain import Request, Response, parse_head, unchunk

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

LOG = logging.getLogger(__name__)
MAX_HEAD = 64 * 1024
MAX_BODY = 4 * 1024 * 1024
MAX_UNSENT = 64 * 1024 * 1024
CLOSE_WAIT_S = 2.0
DROPPED = 1006
EMPTY_CLOSE = 1005


class Refusal(NamedTuple):
    """A handshake that is refused before the socket opens."""

    status: int
    text: str


class Socket(Protocol):
    """What becomes of an accepted WebSocket."""

    def opened(self, line: Connection) -> None:
        """Begin; the line may be written to from now on."""
        ...

    def heard(self, text: bytes) -> None:
        """Take a frame from the client."""
        ...

    def closed(self) -> None:
        """Forget the line; it is gone."""
        ...


class Door(Protocol):
    """What the wire asks its owner."""

    lines: set[Connection]

    def knock(self, request: Request) -> Socket | Refusal:
        """Decide about a WebSocket handshake."""
        ...

    async def answer(self, request: Request) -> Response:
        """Answer a plain request."""
        ...


def text_frame(payload: bytes) -> bytes:
    """Write a server's text frame once, for any number of sockets."""
    return Frame(Opcode.TEXT, payload).serialize(mask=False)


def binary_frame(payload: bytes) -> bytes:
    """Write a server's binary frame."""
    return Frame(Opcode.BINARY, payload).serialize(mask=False)


class Connection(asyncio.Protocol):
    """One TCP connection: requests one after another, or one WebSocket."""

    def __init__(self, door: Door) -> None:
        """Wait for the first bytes."""
        self.door = door
        self.transport: asyncio.Transport = cast("asyncio.Transport", None)
        self.buffer = b""
        self.busy: asyncio.Task[None] | None = None
        self.ws: ServerProtocol | None = None
        self.socket: Socket | None = None
        self.closing = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count the connection."""
        self.transport = cast("asyncio.Transport", transport)
        self.door.lines.add(self)

    def connection_lost(self, _: Exception | None) -> None:
        """Forget the connection."""
        self.door.lines.discard(self)
        self.closing = True
        if self.busy:
            self.busy.cancel()
        if self.socket:
            self.socket.closed()
            self.socket = None

    def data_received(self, data: bytes) -> None:
        """Take bytes: of the WebSocket, or of the next request."""
        if self.ws:
            self.hear(self.ws, data)
            return
        self.buffer += data
        if not self.busy:
            self.next_request()

    # HTTP -----------------------------------------------------------------------------------------------------

    def next_request(self) -> None:
        """Start on the next whole request, if one has arrived."""
        head, mark, rest = self.buffer.partition(b"\r\n\r\n")
        if not mark:
            if len(head) > MAX_HEAD:
                self.transport.abort()
            return
        try:
            request = parse_head(head)
            length = int(request.headers.get("content-length", "0"))
        except ValueError:
            self.transport.close()
            return
        if request.headers.get("upgrade", "").lower() == "websocket":
            self.upgrade(request)
            return
        if request.headers.get("transfer-encoding", "").lower() == "chunked":
            whole = unchunk(rest)
            if whole is None:
                return
            body, self.buffer = whole
        elif len(rest) < min(length, MAX_BODY):
            return
        else:
            body, self.buffer = rest[:length], rest[length:]
        self.busy = asyncio.get_running_loop().create_task(self.respond(request._replace(body=body)))

    async def respond(self, request: Request) -> None:
        """Answer one request, then look for the next."""
        try:
            response = await self.door.answer(request)
        except Exception:
            # A client must never hang on a mistake of ours, and a test must be able to see it.
            LOG.exception("cannot answer %s %s", request.method, request.path)
            response = Response(500, {"status_code": 500, "message": "the simulator made a mistake"})
        if self.transport.is_closing():
            return
        self.transport.write(response.encode())
        self.busy = None
        if response.cut_at is not None or request.headers.get("connection", "").lower() == "close":
            self.transport.close()
            return
        self.next_request()

    # WebSocket ------------------------------------------------------------------------------------------------

    def upgrade(self, request: Request) -> None:
        """Take up the handshake, or refuse it."""
        self.ws = ServerProtocol(max_size=1 << 20)
        verdict = self.door.knock(request)
        self.ws.receive_data(self.buffer)
        self.buffer = b""
        events = self.ws.events_received()
        if not events:
            self.transport.close()
            return
        if isinstance(verdict, Refusal):
            self.ws.send_response(self.ws.reject(HTTPStatus(verdict.status), verdict.text))
            self.flush()
            return
        self.ws.send_response(self.ws.accept(cast("Upgrade", events[0])))
        self.flush()
        if self.ws.state is State.OPEN:
            self.socket = verdict
            verdict.opened(self)

    def hear(self, ws: ServerProtocol, data: bytes) -> None:
        """Take bytes of the WebSocket; pings and closes are answered by the protocol."""
        ws.receive_data(data)
        for event in ws.events_received():
            if isinstance(event, Frame) and event.opcode in {Opcode.TEXT, Opcode.BINARY} and self.socket:
                self.socket.heard(bytes(event.data))
        self.flush()

    def flush(self) -> None:
        """Write what the protocol wants written; empty bytes mean the end."""
        if not self.ws or self.transport.is_closing():
            return
        for data in self.ws.data_to_send():
            if data:
                self.transport.write(data)
            elif self.transport.can_write_eof():
                self.transport.write_eof()
        if self.ws.state is State.CLOSED or self.ws.close_expected():
            self.closing = True
            asyncio.get_running_loop().call_later(CLOSE_WAIT_S, self.transport.abort)
        if self.ws.state is State.CLOSED or self.ws.handshake_exc:
            self.transport.close()

    def write(self, frame: bytes) -> None:
        """Write a ready frame; who does not read is dropped in the end."""
        if self.closing or self.transport.is_closing():
            return
        self.transport.write(frame)
        if self.transport.get_write_buffer_size() > MAX_UNSENT:
            self.transport.abort()

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close with a code and a reason; 1006 drops the line without a word, 1005 sends an empty close."""
        if code == DROPPED:
            self.closing = True
            self.transport.abort()
            return
        if not self.ws or self.closing:
            return
        try:
            if code == EMPTY_CLOSE:
                self.ws.send_close()
            else:
                self.ws.send_close(code, reason)
        except ProtocolError:
            self.transport.abort()
        self.flush()


async def serve(door: Door, host: str, port: int) -> asyncio.Server:
    """Listen; port 0 takes a free one."""
    maker: Callable[[], Connection] = lambda: Connection(door)  # noqa: E731
    listening: Awaitable[asyncio.Server] = asyncio.get_running_loop().create_server(maker, host, port, backlog=2048)
    return await listening
