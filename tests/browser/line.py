"""A line between pages and a server that a test can cut: in silence, as a pulled plug does, or with a word.

It passes bytes on and never reads them.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator


class Line:
    """Connections through it; `port` is where pages go, `to` where the server is."""

    def __init__(self, to: int) -> None:
        self.to = to
        self.port = 0
        self.open = 0
        self._whole = asyncio.Event()
        self._whole.set()
        self._lost: set[asyncio.StreamWriter] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def cut(self) -> None:
        """From now on nothing passes, and nobody is told. Lines of before stay dead for ever."""
        self._whole.clear()
        self._lost |= self._writers

    def mend(self) -> None:
        """New lines pass again."""
        self._whole.set()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        try:
            if not self._whole.is_set():  # what is dialled into a dead net stays dead
                self._lost.add(writer)
                await reader.read()
                return
            there, back = await asyncio.open_connection("127.0.0.1", self.to)
            self._writers.add(back)
            self.open += 1
            try:
                await asyncio.gather(self._pass(reader, back, writer), self._pass(there, writer, writer))
            finally:
                self.open -= 1
                self._writers.discard(back)
                back.close()
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            self._writers.discard(writer)
            self._lost.discard(writer)
            writer.close()

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, page: asyncio.StreamWriter) -> None:
        while some := await source.read(65_536):
            if page not in self._lost:
                sink.write(some)
                await sink.drain()
        if page not in self._lost and sink.can_write_eof():
            sink.write_eof()

    async def end(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@contextlib.asynccontextmanager
async def line(to: int) -> AsyncIterator[Line]:
    """A line to that port of this machine."""
    made = Line(to)
    server = await asyncio.start_server(made._accept, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        await made.end()
        await server.wait_closed()
