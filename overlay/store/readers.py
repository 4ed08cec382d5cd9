"""A few threads that read, each with a connection of its own. Whoever asks is a coroutine and never waits on a disk."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Concatenate, Final, ParamSpec, TypeVar

from overlay.store.db import Damaged, StoreError, connect_reader, explain, is_damage, is_trouble

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

P = ParamSpec("P")
T = TypeVar("T")
THREADS: Final = 3


class Readers:
    """The reading side of the store."""

    def __init__(self, path: Path) -> None:
        """Connections are made when first needed, to the file that `path` then names."""
        self.path = path
        self._threads = ThreadPoolExecutor(THREADS, "store-reader")
        self._own = threading.local()
        self._lock = threading.Lock()
        self._seats: list[Seat] = []

    async def run(
        self,
        read: Callable[Concatenate[sqlite3.Connection, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Read something in one of the threads."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: self.read(read, *args, **kwargs))

    async def aside(self, work: Callable[[], T]) -> T:
        """Run something long in one of the threads, with no connection."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def read(
        self,
        read: Callable[Concatenate[sqlite3.Connection, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """The same, in the thread of the caller."""
        seat = self._seat()
        try:
            with seat.busy:
                return read(seat.connection(), *args, **kwargs)
        except (sqlite3.DatabaseError, OSError) as error:
            seat.close()
            if is_damage(error):
                raise Damaged(str(error)) from error
            if is_trouble(error):
                raise StoreError(explain(error, self.path.parent)) from error
            raise

    def turn_to(self, path: Path) -> None:
        """From now on another file, or another one of the same name, is read; the former one is let go."""
        with self._lock:
            self.path = path
            seats = list(self._seats)
        for seat in seats:
            seat.close()

    def close(self) -> None:
        """Wait for what is being read, then close."""
        self._threads.shutdown()
        self.turn_to(self.path)

    def _seat(self) -> Seat:
        seat: Seat | None = getattr(self._own, "seat", None)
        if seat is None:
            seat = self._own.seat = Seat(self)
            with self._lock:
                self._seats.append(seat)
        return seat


class Seat:
    """One thread's connection; `busy` is held while it is read from."""

    def __init__(self, readers: Readers) -> None:
        """Not connected yet."""
        self.busy = threading.RLock()
        self._readers = readers
        self._db: sqlite3.Connection | None = None

    def connection(self) -> sqlite3.Connection:
        """Connected now."""
        if self._db is None:
            self._db = connect_reader(self._readers.path)
        return self._db

    def close(self) -> None:
        """Let go, when nothing is being read."""
        with self.busy:
            db, self._db = self._db, None
            if db is not None:
                with contextlib.suppress(sqlite3.Error):
                    db.close()
