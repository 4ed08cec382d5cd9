"""What a flood claims: two hundred events a second for as long as one likes, memory stays flat, and every gift counts.

A real server process and the simulator's flood; pages read and one page does not.
"""

from __future__ import annotations

import asyncio
import json
import signal
from pathlib import Path

import httpx
import psutil
import pytest

from overlay.simulator import Simulator
from tests.faults.test_kill import HANDLE, KINDS, OPTIONS, Process, views

GROWTH_MB = 24
"""What may come on top after the warm-up: people who were never seen before are remembered."""


class Readers:
    """Pages that read everything, and one that stops reading."""

    def __init__(self, process: Process, keys: dict[str, str]) -> None:
        self.process, self.keys = process, keys
        self.views = dict.fromkeys(keys, 0)

    async def read(self) -> None:
        kinds = {key: kind for kind, key in self.keys.items()}
        params = [("w", key) for key in self.keys.values()]
        async with (
            httpx.AsyncClient(timeout=None) as http,
            http.stream("GET", f"{self.process.base}/stream", params=params) as answer,
        ):
            async for line in answer.aiter_lines():
                if line.startswith("data: ") and '"view"' in line:
                    self.views[kinds[json.loads(line[6:])["w"]]] += 1

    async def stall(self) -> asyncio.StreamWriter:
        host, _, port = self.process.base.removeprefix("http://").partition(":")
        reader, writer = await asyncio.open_connection(host, int(port), limit=4096)
        query = "&".join(f"w={key}" for key in self.keys.values())
        writer.write(f"GET /stream?{query} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
        await reader.readuntil(b"event: hello")
        writer.transport.pause_reading()
        return writer


async def flood(folder: Path, seconds: float, growth_mb: float) -> None:
    async with Simulator("flood", seed=3) as simulator:
        process = Process(folder, simulator)
        await process.start()
        try:
            async with httpx.AsyncClient(base_url=process.base, timeout=10) as http:
                creator = (await http.post("/api/creators", json={"handle": HANDLE})).json()["id"]
                keys = {}
                for kind in KINDS:
                    body = {"creator": creator, "kind": kind, "options": OPTIONS.get(kind, {})}
                    keys[kind] = (await http.post("/api/widgets", json=body)).json()["key"]
            readers = Readers(process, keys)
            reading, stalled = asyncio.create_task(readers.read()), await readers.stall()
            server = psutil.Process(process.process.pid)
            await asyncio.sleep(seconds / 3)  # code, caches and the crowd's first names come in
            sizes = []
            for _ in range(10):
                await asyncio.sleep(seconds / 15)
                sizes.append(server.memory_info().rss / 2**20)
            print(f"MB: {', '.join(f'{size:.0f}' for size in sizes)}; views {readers.views}")
            assert sizes[-1] - sizes[0] < growth_mb
            for kind in ("leaderboard", "chat", "goal"):
                assert readers.views[kind] > seconds * 3, f"{kind} stood still"
                assert readers.views[kind] < seconds * 21, f"{kind} was sent faster than its pace"
            simulator.set_offline(HANDLE)
            truth = simulator.ledger_truth(HANDLE)
            async with asyncio.timeout(30):
                while (last := await views(process, keys))["leaderboard"]["total"] != truth.diamonds:
                    assert last["leaderboard"]["total"] <= truth.diamonds, "counted twice"
                    await asyncio.sleep(0.1)
            assert last["counter"]["value"] == truth.units
            assert last["goal"]["value"] == truth.diamonds
            reading.cancel()
            stalled.close()
        finally:
            await process.end(signal.SIGTERM)


async def test_a_minute_of_flood_leaves_memory_flat_and_every_count_exact(tmp_path: Path) -> None:
    await flood(tmp_path, 60, GROWTH_MB)


@pytest.mark.soak
async def test_ten_minutes_of_flood_leave_memory_flat_and_every_count_exact(tmp_path: Path) -> None:
    await flood(tmp_path, 600, GROWTH_MB * 2)
