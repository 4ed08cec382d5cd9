"""Streams on the ordinary road: one task each, sending the newest batch through the public ASGI `send`.

They never decide what is sent.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from overlay.hub import Batch, Topic


class Plain:
    """Server-sent events through `send`: HTTP/2, HTTP/1.0, or a server we do not know."""

    gone = "http.disconnect"

    def __init__(self, send: Any) -> None:
        """Nothing is being sent."""
        self.send = send
        self._batch: Batch | None = None
        self._sending = False
        self._ended = False
        self._news = asyncio.Event()
        self.topics: dict[str, Topic | None] = {}
        self.missed: dict[Topic, bool] = {}
        self.due: list[Topic] = []

    def ready(self) -> bool:
        """Whether nothing waits and nothing is being sent."""
        return self._batch is None and not self._sending

    def offer(self, batch: Batch) -> bool:
        """Hand over one batch, unless something still waits."""
        if self._batch is not None or self._sending:
            return False
        self._batch = batch
        self._news.set()
        return True

    def put(self, batch: Batch) -> None:
        """Hand over one batch; what still waits (only rare words are put unasked) goes with it."""
        self._batch = batch if self._batch is None else self._batch.joined(batch)
        self._news.set()

    def end(self) -> None:
        """Send what waits, then stop."""
        self._ended = True
        self._news.set()

    async def until_gone(self, receive: Any) -> None:
        """Send until the reader is gone or the stream has ended."""
        leaving = asyncio.ensure_future(self._gone(receive))
        sending = asyncio.ensure_future(self._send_all())
        try:
            await asyncio.wait({leaving, sending}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            sending.cancel()
            await asyncio.gather(leaving, sending, return_exceptions=True)

    async def _gone(self, receive: Any) -> None:
        while (await receive())["type"] != self.gone:
            pass

    async def _send_all(self) -> None:
        while True:
            batch, self._batch = self._batch, None
            if batch is not None:
                self._sending = True
                await self.send_batch(batch)
                self._sending = False
            elif self._ended:
                return
            else:
                self._news.clear()
                await self._news.wait()

    async def send_batch(self, batch: Batch) -> None:
        """One body part."""
        await self.send({"type": "http.response.body", "body": batch.sse, "more_body": True})

    async def finish(self) -> None:
        """Close in order."""
        if self._ended:
            await self.send({"type": "http.response.body", "body": b"", "more_body": False})


class Socket(Plain):
    """The same messages as `{"event", "data"}` over a WebSocket."""

    gone = "websocket.disconnect"

    def __init__(self, send: Any, now_ms: Callable[[], int]) -> None:
        """Nothing is being sent."""
        super().__init__(send)
        self._now_ms = now_ms

    async def send_batch(self, batch: Batch) -> None:
        """Each message by itself; a beat has none, so it says so, and what time it is."""
        for event, data in batch.parts or [(b"beat", b'{"now_ms":%d}' % self._now_ms())]:
            text = b'{"event":"%b","data":%b}' % (event, data)
            await self.send({"type": "websocket.send", "text": text.decode()})

    async def finish(self) -> None:
        """Close in order: the page comes again by itself."""
        if self._ended:
            await self.send({"type": "websocket.close", "code": 1001})
