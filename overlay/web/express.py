"""The express path: a stream's connection is taken over from Hypercorn once its answer has begun.

Hypercorn parses the request and sends the head; from then on a stream is its transport and one small protocol, and
what parsed it is rubbish, seven eighths of what a stream would take. It knows the insides of another package. Every
hop is checked by type; where anything looks different `connection_below` says None and the ordinary road is taken, so
an upgrade can cost speed, never correctness.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from overlay.hub import Batch, Topic

HIGH: Final = 16_384 if sys.platform == "win32" else 0
"""Bytes that may wait in the transport: Unix writes at once, Windows' loop counts a write until its next turn."""
ABORT_S: Final = 0.5
OPTIONS: Final = (("TCP_NOTSENT_LOWAT", 16_384), ("TCP_USER_TIMEOUT", 120_000))
"""The kernel keeps no stale views, and notices a peer that has vanished; one that only rests for a while is kept."""


class Connection:
    """What Hypercorn holds a connection by: its writer, and the protocol that hears what comes in."""

    __slots__ = ("protocol", "transport", "writer")

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        """Raise AttributeError or NotImplementedError where this is no connection as we know it."""
        self.writer = writer
        self.transport: asyncio.Transport = writer._transport  # type: ignore[attr-defined]  # noqa: SLF001  the name that is set below
        self.protocol = self.transport.get_protocol()
        self.transport.get_write_buffer_size()

    def heir(self, gone: Callable[[Express], None]) -> Express | None:
        """The stream that has the connection from now on; None where the page has gone. `gone` is told its end."""
        transport = self.transport
        if transport.is_closing():
            return None
        stream = Express(transport, gone)
        self.writer._transport = Spent()  # type: ignore[attr-defined]  # noqa: SLF001  exchanged as `start_tls` does
        transport.set_protocol(stream)
        self.protocol.connection_lost(None)
        if not transport.is_reading():
            transport.resume_reading()
        tame_socket(transport)
        return stream


class Spent(asyncio.Transport):
    """Where the transport was that has been passed on: closed, and deaf."""

    def is_closing(self) -> bool:
        """Nothing more can be written."""
        return True

    def close(self) -> None:
        """It is."""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Nobody is there."""

    def write_eof(self) -> None:
        """Nobody is there."""


def connection_below(send: Any, scope: dict[str, Any]) -> Connection | None:
    """The connection under an ASGI `send`, or None when this is not Hypercorn over HTTP/1.1 as we know it."""
    if scope.get("http_version") != "1.1":
        return None  # HTTP/1.0 has no chunks, HTTP/2 has frames of its own
    try:
        from hypercorn.asyncio.tcp_server import TCPServer  # noqa: PLC0415  only where it is the server
        from hypercorn.protocol.h11 import H11Protocol  # noqa: PLC0415
        from hypercorn.protocol.http_stream import HTTPStream  # noqa: PLC0415

        stream = send.__self__
        protocol = stream.send.__self__
        server = protocol.send.__self__
        if type(stream) is not HTTPStream or type(protocol) is not H11Protocol or not isinstance(server, TCPServer):
            return None
        found = Connection(server.writer)
    except (AttributeError, ImportError, NotImplementedError):
        return None
    return found if type(found.protocol) is asyncio.StreamReaderProtocol else None


def tame_socket(transport: asyncio.WriteTransport) -> None:
    """A connection whose kernel does not hoard, and gives up on the dead."""
    sock = transport.get_extra_info("socket")
    if sock is not None and sock.family in {socket.AF_INET, socket.AF_INET6}:
        tame(sock)


def tame(sock: socket.socket) -> None:
    """Tell the kernel so; what a listening socket was told, its connections inherit."""
    for name, value in OPTIONS:
        if hasattr(socket, name):
            try:
                sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
            except OSError:
                continue  # a system that knows the name but not the option


class Express(asyncio.Protocol):
    """A stream on the express path, which is its connection's protocol. What a page sends on it is not looked at."""

    __slots__ = ("_gone", "_size", "_write", "due", "missed", "topics", "transport")

    def __init__(self, transport: asyncio.Transport, gone: Callable[[Express], None]) -> None:
        """Write to this transport; `gone` is told when it is lost."""
        self.transport = transport
        self._gone = gone
        self._write = transport.write
        self._size = transport.get_write_buffer_size
        self.topics: dict[str, Topic | None] = {}
        self.missed: dict[Topic, bool] = {}
        self.due: list[Topic] = []

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  whatever it was, the page comes again
        """The page has gone, or we have closed."""
        self._gone(self)

    def ready(self) -> bool:
        """Whether everything so far has left our memory."""
        return self._size() <= HIGH

    def offer(self, batch: Batch) -> bool:
        """One write, unless something still waits."""
        if self._size() > HIGH:
            return False
        try:
            self._write(batch.chunk)
        except RuntimeError:  # uvloop's word for a connection that is gone; we are about to be told so
            return True
        return True

    def put(self, batch: Batch) -> None:
        """One write."""
        with contextlib.suppress(RuntimeError):  # as above
            self._write(batch.chunk)

    def end(self) -> None:
        """The last chunk, then close; a peer that does not answer is cut off."""
        if self.transport.is_closing():
            return
        with contextlib.suppress(RuntimeError):
            self._write(b"0\r\n\r\n")
        self.transport.close()
        asyncio.get_running_loop().call_later(ABORT_S, self.transport.abort)
