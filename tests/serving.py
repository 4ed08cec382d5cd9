"""A real server in the test's own loop: real sockets, real SQLite, on a free port, in a folder that goes away."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx

from overlay.app import App
from overlay.config import Config
from overlay.serve import serve
from overlay.trust import trusted

LUNA = {"id": "6912345678901234501", "uniqueId": "luna.sings", "nickname": "Luna Vale"}
MIRA = {"id": "6890011223344556677", "uniqueId": "mira.kay", "nickname": "Mira Kay"}
TOBI = {"id": "6823344556677889900", "uniqueId": "tobi_w", "nickname": "Tobi W."}


def gift(who: dict[str, Any], diamonds: int, number: int, *, count: int = 1, gift_id: int = 5655) -> dict[str, Any]:
    """A gift that is whole in one frame."""
    data = {
        "type": "gift",
        "user": who,
        "giftId": gift_id,
        "giftName": "Rose",
        "diamondCount": diamonds,
        "repeatCount": count,
        "repeatEnd": True,
        "giftType": 1,
        "msgId": f"m{number}",
        "transactionId": f"tx{number}",
    }
    return {"event": "gift", "data": data}


class Served:
    """A running server, as a test sees it."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.house = app.house
        self.port = app.house.port
        self.base = f"http://127.0.0.1:{self.port}"
        self.http = httpx.AsyncClient(base_url=self.base, timeout=30, verify=trusted())

    async def creator(self, handle: str = "luna.sings", **more: Any) -> str:
        """A creator who has no connection: frames come from the test."""
        answer = await self.http.post("/api/creators", json={"handle": handle, "enabled": False, **more})
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    async def widget(self, creator: str, kind: str = "leaderboard", **more: Any) -> dict[str, Any]:
        answer = await self.http.post("/api/widgets", json={"creator": creator, "kind": kind, **more})
        assert answer.status_code == 201, answer.text
        return answer.json()

    def hear(self, creator: str, *frames: dict[str, Any]) -> None:
        """Frames, as if they had come by the creator's socket."""
        for frame in frames:
            self.house.hub.frame(creator, "live", json.dumps(frame).encode())

    async def view(self, key: str, query: str = "") -> dict[str, Any]:
        answer = await self.http.get(f"/w/{key}/view{query}")
        assert answer.status_code == 200, answer.text
        return answer.json()


@contextlib.asynccontextmanager
async def serving(folder: Path, **settings: Any) -> AsyncIterator[Served]:
    """Start a server with nothing in it, and stop it in order."""
    begun: asyncio.Future[Served] = asyncio.get_running_loop().create_future()
    done = asyncio.Event()

    async def on_ready(app: App) -> None:
        begun.set_result(Served(app))
        await done.wait()

    config = Config(**{"folder": folder, "port": 0, "furnish": False} | settings)
    task = asyncio.create_task(serve(config, on_ready=on_ready))
    await asyncio.wait({begun, task}, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        task.result()
    served = begun.result()
    try:
        yield served
    finally:
        await served.http.aclose()
        done.set()
        await task


class Events:
    """Server-sent events of one stream, read one after another."""

    def __init__(self, answer: httpx.Response) -> None:
        self._lines = answer.aiter_lines()
        self.comments: list[str] = []
        self.retry: int | None = None

    async def next(self) -> tuple[str, Any]:
        """The next event and its data."""
        event = ""
        async with asyncio.timeout(10):
            async for line in self._lines:
                if line.startswith(":"):
                    self.comments.append(line)
                elif line.startswith("retry: "):
                    self.retry = int(line[7:])
                elif line.startswith("event: "):
                    event = line[7:]
                elif line.startswith("data: "):
                    return event, json.loads(line[6:])
        raise EOFError

    async def until(self, wanted: str) -> Any:
        """The data of the next event of a kind."""
        while True:
            event, data = await self.next()
            if event == wanted:
                return data


@contextlib.asynccontextmanager
async def listening(served: Served, *ws: str, headers: dict[str, str] | None = None) -> AsyncIterator[Events]:
    """An open stream."""
    async with served.http.stream("GET", "/stream", params=[("w", w) for w in ws], headers=headers) as answer:
        assert answer.status_code == 200, await answer.aread()
        yield Events(answer)
