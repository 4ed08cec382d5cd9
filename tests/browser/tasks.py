"""Tasks of a page's own thread that kept it busy for long, by Chromium's own trace of every task.

Counted as processor time, like everything else that is measured here: a task that waited for a core while three pages,
their drawing and the test shared two of them is not the page's doing.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, CDPSession

LONG_MS = 50
PART_S = 60  # so much is traced at a time: the trace is kept in memory
THREAD = "CrRendererMain"
CONFIG = {"includedCategories": ["toplevel"], "excludedCategories": ["*"], "recordMode": "recordUntilFull"}


@dataclass
class Tasks:
    """What was traced: how many tasks, and which were long."""

    many: int = 0
    longest_ms: float = 0
    long: list[dict[str, Any]] = field(default_factory=list)

    def add(self, events: list[dict[str, Any]]) -> None:
        """A part of the trace."""
        threads = {
            (event["pid"], event["tid"])
            for event in events
            if event.get("name") == "thread_name" and event["args"]["name"] == THREAD
        }
        for event in events:
            if event.get("ph") == "X" and (event["pid"], event["tid"]) in threads:
                ms = event.get("tdur", 0) / 1000
                self.many += 1
                self.longest_ms = max(self.longest_ms, ms)
                if ms > LONG_MS:
                    self.long.append(event)


@contextlib.asynccontextmanager
async def traced(browser: Browser) -> AsyncIterator[Tasks]:
    """Every task of every page while this is open."""
    session, tasks, ending = await browser.new_browser_cdp_session(), Tasks(), asyncio.Event()

    async def trace() -> None:
        while not ending.is_set():
            await session.send("Tracing.start", {"transferMode": "ReturnAsStream", "traceConfig": CONFIG})
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ending.wait(), PART_S)
            tasks.add(await part(session))

    tracing = asyncio.create_task(trace())
    try:
        yield tasks
    finally:
        ending.set()
        await tracing
        await session.detach()


async def part(session: CDPSession) -> list[dict[str, Any]]:
    """What was traced since the start of it."""
    done: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()

    def ended(said: dict[str, Any]) -> None:
        done.set_result(said)

    session.once("Tracing.tracingComplete", ended)  # it takes functions only, not what is bound
    await session.send("Tracing.end")
    handle, text = (await done)["stream"], ""
    while True:
        said = await session.send("IO.read", {"handle": handle, "size": 1 << 20})
        text += said["data"]
        if said.get("eof"):
            await session.send("IO.close", {"handle": handle})
            return list(json.loads(text)["traceEvents"])
