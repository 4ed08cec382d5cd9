"""The express path: whole chunks written straight to the transport under Hypercorn's HTTP/1.1 `send`.

It knows the insides of another package. Every hop is checked by type; where anything looks different
`transport_below` says None and the ordinary road is taken, so an upgrade can cost speed, never correctness.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from overlay.hub import Batch, Topic

HIGH: Final = 16_384 if sys.platform == "win32" else 0
"""Bytes that may wait in the transport: Unix writes at once, Windows' loop counts a write until its next turn."""
ABORT_S: Final = 0.5
OPTIONS: Final = (("TCP_NOTSENT_LOWAT", 16_384), ("TCP_USER_TIMEOUT", 120_000))
"""The kernel keeps no stale views, and notices a peer that has vanished; one that only rests for a while is kept."""


def transport_below(send: Any, scope: dict[str, Any]) -> asyncio.WriteTransport | None:
    """The transport under an ASGI `send`, or None when this is not Hypercorn over HTTP/1.1 as we know it."""
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
        transport: asyncio.WriteTransport = server.writer.transport
        transport.get_write_buffer_size()
    except (AttributeError, ImportError, NotImplementedError):
        return None
    return transport


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


class Express:
    """A stream on the express path."""

    __slots__ = ("_size", "_write", "due", "missed", "topics", "transport")

    def __init__(self, transport: asyncio.WriteTransport) -> None:
        """Write to this transport; Hypercorn still reads from it and notices its end."""
        self.transport = transport
        self._write = transport.write
        self._size = transport.get_write_buffer_size
        self.topics: dict[str, Topic | None] = {}
        self.missed: dict[Topic, bool] = {}
        self.due: list[Topic] = []

    def ready(self) -> bool:
        """Whether everything so far has left our memory."""
        return self._size() <= HIGH

    def offer(self, batch: Batch) -> bool:
        """One write, unless something still waits."""
        if self._size() > HIGH:
            return False
        try:
            self._write(batch.chunk)
        except RuntimeError:  # uvloop's word for a connection that is gone; Hypercorn is about to tell us so
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

    async def until_gone(self, receive: Any) -> None:
        """Wait until the reader is gone."""
        while (await receive())["type"] != "http.disconnect":
            pass
