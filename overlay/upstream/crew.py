"""Tasks that belong to somebody: started by name, restarted after a bug, all gone after `stop`.

A bug is told loudly and ends nothing but the work it is in.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

LOG = logging.getLogger("overlay.upstream")
AGAIN_S = 5.0


class Crew:
    """The tasks of one owner."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._tasks: set[asyncio.Task[None]] = set()

    def keep(self, what: str, work: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        """Starts work that goes on for ever; a bug in it is told, and the work begins again."""
        return self._start(self._guarded(what, work), what)

    def once(self, what: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Starts work that ends by itself."""

        async def told() -> None:
            try:
                await work
            except Exception:
                LOG.exception("%s: %s failed", self._name, what)

        return self._start(told(), what)

    def _start(self, work: Coroutine[Any, Any, None], what: str) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work, name=f"{self._name} {what}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _guarded(self, what: str, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await work()
                return
            except Exception:
                LOG.exception("%s: %s failed; it begins again in %g s", self._name, what, AGAIN_S)
            await asyncio.sleep(AGAIN_S)

    async def stop(self) -> None:
        """Ends all of them, and waits until they are gone."""
        while tasks := [task for task in self._tasks if task is not asyncio.current_task()]:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
