"""What lines claim that break: readers that reset, vanish half way or come all at once cost nobody else anything.

The server is a real process, on the event loop that it uses in earnest.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import struct
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from overlay.simulator import Simulator
from tests.faults.test_kill import HANDLE, Process

KINDS = ("chat", "leaderboard", "counter")


@contextlib.asynccontextmanager
async def flooded(folder: Path) -> AsyncIterator[tuple[Process, list[str]]]:
    async with Simulator("flood", seed=5) as simulator:
        process = Process(folder, simulator)
        await process.start()
        try:
            async with httpx.AsyncClient(base_url=process.base, timeout=10) as http:
                creator = (await http.post("/api/creators", json={"handle": HANDLE})).json()["id"]
                made = [await http.post("/api/widgets", json={"creator": creator, "kind": kind}) for kind in KINDS]
            yield process, [one.json()["key"] for one in made]
        finally:
            if process.process.returncode is None:
                await process.end(signal.SIGTERM)


def dial(process: Process, keys: list[str]) -> socket.socket:
    """A stream, not read."""
    host, _, port = process.base.removeprefix("http://").partition(":")
    sock = socket.create_connection((host, int(port)), timeout=10)
    query = "&".join(f"w={key}" for key in keys)
    sock.sendall(f"GET /stream?{query} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
    return sock


def reset(sock: socket.socket) -> None:
    """End it without a word of goodbye."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


async def streams(http: httpx.AsyncClient) -> int:
    status: dict[str, Any] = (await http.get("/api/status")).json()
    return max(len(one["streams"]) for one in status["widgets"])


async def test_readers_that_reset_under_a_flood_disturb_nobody_and_leave_nothing(tmp_path: Path) -> None:
    async with flooded(tmp_path) as (process, keys), httpx.AsyncClient(base_url=process.base, timeout=10) as http:
        for turn in range(12):
            some = [dial(process, keys) for _ in range(25)]
            await asyncio.sleep(0.05 + turn % 3 * 0.1)  # some are still in the door, some have stopped reading
            for sock in some:
                reset(sock)
        async with asyncio.timeout(10):
            while await streams(http):
                await asyncio.sleep(0.05)
        async with http.stream("GET", "/stream", params={"w": keys[0]}) as answer:
            seen = 0
            async with asyncio.timeout(10):
                async for line in answer.aiter_lines():
                    seen += line == "event: view"
                    if seen == 20:
                        break


@pytest.mark.alone
async def test_a_thousand_streams_at_once_begin_soon_and_end_within_two_seconds(tmp_path: Path) -> None:
    async with flooded(tmp_path) as (process, keys):
        began = time.monotonic()
        some = [dial(process, keys[2:]) for _ in range(1000)]
        try:
            for sock in some:
                assert await asyncio.to_thread(sock.recv, 12) == b"HTTP/1.1 200"
            print(f"1,000 streams in {time.monotonic() - began:.1f} s")
            assert time.monotonic() - began < 15
            began = time.monotonic()
            await process.end(signal.SIGTERM)
            took = time.monotonic() - began
            print(f"stopped in {took:.2f} s")
            assert process.process.returncode == 0
            assert took < 3  # two of the server's own, one for a busy machine
        finally:
            for sock in some:
                sock.close()
