"""What the claims about the simulator may ask for: simulators, sockets and requests, gone afterwards."""

import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
import websockets

from overlay.simulator import Simulator
from tests.simulator.ears import KEY, Ear


@pytest.fixture
async def serve() -> AsyncIterator[Callable[..., Any]]:
    """Start simulators; they are gone afterwards, with every task."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(*args: object, **options: Any) -> Simulator:
            return await stack.enter_async_context(Simulator(*args, **options))

        yield start


@pytest.fixture
async def listen() -> AsyncIterator[Callable[..., Any]]:
    """Open sockets; they are closed afterwards."""
    async with contextlib.AsyncExitStack() as stack:

        async def connect(sim: Simulator, handle: str = "luna.sings", path: str = "/", **query: str) -> Ear:
            wanted = httpx.QueryParams({"uniqueId": handle, "apiKey": KEY} | query)
            ws = await websockets.connect(f"{sim.ws_base}{path}?{wanted}", max_size=8 << 20, compression=None)
            ear = Ear(ws)
            stack.push_async_callback(ear.ws.close)
            return ear

        yield connect


@pytest.fixture
async def ask() -> AsyncIterator[Callable[..., Any]]:
    """Ask over HTTP."""
    async with httpx.AsyncClient(timeout=5, trust_env=False) as client:

        async def request(sim: Simulator, method: str, path: str, key: str = KEY, **more: Any) -> httpx.Response:
            headers = {"x-api-key": key} | more.pop("headers", {})
            return await client.request(method, f"{sim.http_base}{path}", headers=headers, **more)

        yield request
