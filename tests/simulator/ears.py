"""A listening client, and the documents' own answers, for the claims about the simulator."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import websockets

FRAMES = Path(__file__).parents[1] / "frames" / "tiktool"
KEY = "tk_claims"


def fixture(name: str) -> Any:
    """Read a document of the protocol's own examples."""
    return json.loads((FRAMES / name).read_text(encoding="utf-8"))


def shape(value: Any, path: str = "") -> set[str]:
    """List the paths of all keys, whatever the values; rows of a list count together."""
    if isinstance(value, dict):
        return {f"{path}.{key}" for key in value} | {
            one for key, row in value.items() for one in shape(row, f"{path}.{key}")
        }
    if isinstance(value, list):
        return {one for row in value for one in shape(row, f"{path}[]")}
    return set()


class Ear:
    """A client that keeps what it hears, and how its socket was closed."""

    def __init__(self, ws: websockets.ClientConnection) -> None:
        self.ws = ws
        self.raw: list[str | bytes] = []
        self.close: tuple[int | None, str] | None = None
        self.task = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        try:
            async for text in self.ws:
                self.raw.append(text)
        except websockets.ConnectionClosed:
            pass
        self.close = (self.ws.close_code, self.ws.close_reason or "")

    @property
    def frames(self) -> list[dict[str, Any]]:
        return [json.loads(text) for text in self.raw]

    async def until(self, test: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait for a frame."""
        seen = 0
        while True:
            while seen < len(self.raw):
                frame = json.loads(self.raw[seen])
                seen += 1
                if test(frame):
                    return frame
            assert not self.task.done(), f"closed with {self.close} before the frame came"
            await asyncio.sleep(0.005)

    async def closed(self) -> tuple[int | None, str]:
        """Wait for the close."""
        await asyncio.wait_for(self.task, 5)
        assert self.close is not None
        return self.close
