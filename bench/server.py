"""A real server under measure: `overlay run` in a throw-away folder, beside a stand-in for TikTool, each a process."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
TOGETHER = 8
KINDS = ("chat", "leaderboard", "goal", "counter", "latest", "feed", "alerts", "battle", "captions", "counter")
ROOM = {"feed": {"rows": 10}, "goal": {"target": 1_000_000}}


class Server:
    """Its address, its process and how long it took to start."""

    def __init__(self, base: str, pid: int, start_s: float) -> None:
        """As it was started."""
        self.base, self.pid, self.start_s = base, pid, start_s
        self.port = int(base.rpartition(":")[2])


@contextlib.contextmanager
def started(command: list[str], **environment: str) -> Iterator[tuple[str, int, float]]:
    """A program that says `ready …` once it is; that word, its process and the seconds it took."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ | environment, cwd=HERE.parent)
    try:
        assert process.stdout is not None  # noqa: S101  a pipe was asked for
        line = process.stdout.readline().decode()
        if not line.startswith("ready "):
            raise RuntimeError(f"{command!r} did not start")
        yield line.split()[1], process.pid, time.perf_counter() - began
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        process.wait()


@contextlib.contextmanager
def station(scenario: str, probes: float = 20) -> Iterator[tuple[int, int]]:
    """The stand-in for TikTool: its port and process."""
    with started([sys.executable, str(HERE / "rivals" / "station.py"), scenario, str(probes)]) as (port, pid, _):
        yield int(port), pid


@contextlib.contextmanager
def server(upstream: int | None = None, folder: Path | None = None) -> Iterator[Server]:
    """Our server, connected to that stand-in if there is one."""
    with tempfile.TemporaryDirectory(prefix="overlay-bench-", ignore_cleanup_errors=True) as spare:
        told = {"OVERLAY_DATA": str(folder or spare), "OVERLAY_PREFLIGHT_S": "60", "TIKTOOL_API_KEY": "tk_bench"}
        if upstream is not None:
            http, ws = f"http://127.0.0.1:{upstream}", f"ws://127.0.0.1:{upstream}"
            told |= {"OVERLAY_TIKTOOL_WS": ws, "OVERLAY_TIKTOOL_API": http, "OVERLAY_TIKTOOL_SITE": http}
        command = [sys.executable, "-m", "overlay", "run", "--port", "0", "--log", "error"]
        with started(command, **told) as (address, pid, start_s):
            yield Server(address.rstrip("/"), pid, start_s)


async def furnish(base: str, creators: int, widgets: int, first: int = 0) -> dict[str, list[tuple[str, str]]]:
    """Make creators with so many widgets each; (kind, key) by creator."""
    made: dict[str, list[tuple[str, str]]] = {}
    gate = asyncio.Semaphore(TOGETHER)
    async with httpx.AsyncClient(base_url=base, timeout=60) as http:

        async def one(number: int) -> None:
            async with gate:
                body: dict[str, Any] = {"handle": f"creator.{number:04d}"}
                creator = (await http.post("/api/creators", json=body)).raise_for_status().json()["id"]
                found = made[creator] = []
                for kind in KINDS[:widgets]:
                    body = {"creator": creator, "kind": kind, "options": ROOM.get(kind, {})}
                    answer = (await http.post("/api/widgets", json=body)).raise_for_status()
                    found.append((kind, answer.json()["key"]))

        await asyncio.gather(*(one(number) for number in range(first, first + creators)))
    return made
