"""A WebSocket connection that hands each message over the moment it is there: no queue and no task stands between.

Whole messages in one frame, which nearly all are, are taken out of the bytes here. Everything else (handshake, pings,
closes, large or divided messages) goes the library's own road, and where the library looks different inside, all of it
does: an upgrade can cost speed, never correctness. It judges nothing of what it hands over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, NoReturn

from websockets.asyncio.client import ClientConnection
from websockets.frames import DATA_OPCODES, Frame
from websockets.http11 import Response
from websockets.protocol import State
from websockets.typing import BytesLike

WHOLE = frozenset({0x81, 0x82})
"""How a frame begins that is a whole message, text or binary."""
SHORT, LONG = 126, 127
"""What a length means that is none itself: it follows in two bytes, or in eight; those are left to the library."""
MOST_PARTS = 4096


class Ear(ClientConnection):
    """A client's connection with somebody who listens."""

    def __init__(self, *args: Any, express: bool = True, **more: Any) -> None:
        """As the library makes it; nobody listens yet. Without `express` everything goes the library's road."""
        super().__init__(*args, **more)
        self._express = express
        self._hear: Callable[[bytes], None] | None = None
        self._early: list[bytes] = []
        self._parts: list[BytesLike] = []
        self._over: asyncio.Future[Exception | None] = self.loop.create_future()
        self._clear = False  # nothing half read lies in the library

    async def listen(self, hear: Callable[[bytes], None]) -> NoReturn:
        """Hand every message to `hear`. Raises what ends it: the connection's close, or what `hear` itself raises."""
        self._hear = hear
        early, self._early = self._early, []
        for message in early:
            self._say(message)
        try:
            bug = await self._over
        finally:
            self._hear = _nobody
        raise bug or self.close_exc

    def data_received(self, data: bytes) -> None:
        """Take bytes from the line."""
        if (self._clear or self._is_clear()) and self.state is State.OPEN:
            data = self._take(data)
            self._clear = not data
            if not data:
                return
        super().data_received(data)

    def _take(self, data: bytes) -> bytes:
        """Hand over the whole messages at the front; what is left is for the library."""
        at, end = 0, len(data)
        while end - at >= 4 and data[at] in WHOLE:
            begin, size = at + 2, data[at + 1]
            if size == SHORT:
                begin, size = at + 4, data[at + 2] << 8 | data[at + 3]
            elif size >= LONG:
                break
            if begin + size > end:
                break
            at = begin + size
            self._say(data[begin:at])
        return data[at:] if at else data

    def _is_clear(self) -> bool:
        """Whether the library stands between two messages and waits for the next."""
        if not self._express or self._hear is None or self._parts or self.state is not State.OPEN:
            return False
        inner: object = getattr(self.protocol, "parser", None)
        while (deeper := getattr(inner, "gi_yieldfrom", None)) is not None:
            inner = deeper
        return getattr(inner, "__name__", "") == "at_eof"

    def process_event(self, event: Frame | Response) -> None:  # type: ignore[override]  # a client hears no others
        """Take what the library has read."""
        if not isinstance(event, Frame) or event.opcode not in DATA_OPCODES:
            super().process_event(event)
            return
        self._parts.append(event.data)
        if event.fin:
            parts, self._parts = self._parts, []
            self._say(b"".join(parts))
        elif len(self._parts) >= MOST_PARTS:
            self.transport.abort()

    def _say(self, message: bytes) -> None:
        if self._hear is None:
            self._early.append(message)
            return
        try:
            self._hear(message)
        except Exception as bug:  # noqa: BLE001  it is the listener's, who gets it; the connection goes on
            self._hear = _nobody
            self._end(bug)

    def connection_lost(self, exc: Exception | None) -> None:
        """The line is gone."""
        super().connection_lost(exc)
        self._end(None)

    def _end(self, bug: Exception | None) -> None:
        if not self._over.done():
            self._over.set_result(bug)


def _nobody(_message: bytes) -> None:
    """Hears nothing: who listened has left."""
