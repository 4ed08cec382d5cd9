"""What is on disk claims: whatever a page has shown survives `kill -9`, nothing is counted twice, and the end is true.

A real server process under flood is killed at random moments and started again, with the simulator repeating recent
frames after each reconnect, as TikTok does.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import signal
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from overlay.simulator import Simulator

HANDLE = "luna.sings"
KINDS = ("leaderboard", "goal", "counter", "feed", "alerts", "chat", "latest")
OPTIONS: dict[str, dict[str, Any]] = {
    "leaderboard": {"rows": 20},
    "goal": {"target": 10**9},
    "counter": {"metric": "gifts"},
    "feed": {"rows": 50},
    "chat": {"rows": 30, "slow": False},
}


START = (
    "import sys, overlay.app; overlay.app.build_of = lambda *_: 'one-build';"
    "from overlay.__main__ import main; sys.exit(main())"
)
"""`overlay run`, whose pages do not load themselves anew when a file of theirs is edited while the test runs."""


class Process:
    """A server in a process of its own."""

    def __init__(self, folder: Path, simulator: Simulator) -> None:
        self.folder, self.simulator = folder, simulator
        self.process: asyncio.subprocess.Process | None = None
        self.base = ""

    async def start(self) -> None:
        environment = os.environ | {
            "OVERLAY_DATA": str(self.folder),
            "OVERLAY_TIKTOOL_WS": self.simulator.ws_base,
            "OVERLAY_TIKTOOL_API": self.simulator.http_base,
            "OVERLAY_TIKTOOL_SITE": self.simulator.http_base,
            "TIKTOOL_API_KEY": "tk_kill",
            "OVERLAY_PREFLIGHT_S": "1",
        }
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            START,
            "run",
            "--port",
            self.base.rpartition(":")[2] or "0",  # once it has an address it keeps it
            "--log",
            "error",
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        line = (await asyncio.wait_for(self.process.stdout.readline(), 30)).decode()
        found = re.match(r"ready (http://\S+?)/$", line.strip())
        assert found, f"no ready line but {line!r}"
        self.base = found[1]

    async def end(self, number: int = signal.SIGKILL) -> None:
        self.process.send_signal(number)
        await asyncio.wait_for(self.process.wait(), 20)


class Audience:
    """Pages that keep what they were last shown."""

    def __init__(self, process: Process, keys: dict[str, str]) -> None:
        self.process, self.keys = process, keys
        self.shown: dict[str, Any] = {}
        self.views = 0
        self.news = asyncio.Event()

    async def watch(self) -> None:
        kinds = {key: kind for kind, key in self.keys.items()}
        params = [("w", key) for key in self.keys.values()]
        async with (
            httpx.AsyncClient(timeout=httpx.Timeout(10, read=None)) as http,
            http.stream("GET", f"{self.process.base}/stream", params=params) as answer,
        ):
            try:
                async for line in answer.aiter_lines():
                    if line.startswith("data: "):
                        data = json.loads(line[6:])
                        if "view" in data:
                            self.shown[kinds[data["w"]]] = data["view"]
                            self.views += 1
                            self.news.set()
            except httpx.HTTPError:
                return

    async def see_more(self) -> None:
        """Wait until the flood is running and pages have seen some of it."""
        wanted = self.views + len(KINDS) + 10
        while self.views < wanted:
            self.news.clear()
            await asyncio.wait_for(self.news.wait(), 30)


def compare(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Nothing shown is taken back, and nothing stands there twice."""
    if "leaderboard" in before:
        assert after["leaderboard"]["total"] >= before["leaderboard"]["total"]
        now = {entry["user"]["id"]: entry["score"] for entry in after["leaderboard"]["entries"]}
        floor = min(now.values(), default=0)
        for entry in before["leaderboard"]["entries"]:
            assert now.get(entry["user"]["id"], floor) >= entry["score"]
    for kind in ("goal", "counter"):
        if kind in before:
            assert after[kind]["value"] >= before[kind]["value"], kind
    for kind in ("feed", "alerts"):
        now = Counter(item["id"] for item in after[kind]["items"])
        assert not [one for one, count in now.items() if count > 1], f"twice in {kind}"
        newest = min((item["at_ms"] for item in after[kind]["items"]), default=0)
        for item in before.get(kind, {}).get("items", []):
            assert item["id"] in now or item["at_ms"] <= newest, f"{kind} lost {item}"
    now = Counter(line["id"] for line in after["chat"]["messages"])
    assert not [one for one, count in now.items() if count > 1], "a chat line twice"
    oldest = min((line["at_ms"] for line in after["chat"]["messages"]), default=0)
    for line in before.get("chat", {}).get("messages", []):
        assert line["id"] in now or line["at_ms"] <= oldest


async def views(process: Process, keys: dict[str, str]) -> dict[str, Any]:
    async with httpx.AsyncClient(base_url=process.base, timeout=10) as http:
        return {kind: (await http.get(f"/w/{key}/view")).json() for kind, key in keys.items()}


async def kill_many(folder: Path, kills: int, seed: int) -> None:
    dice = random.Random(seed)
    async with Simulator("flood", seed=seed, replays=True, replayed=1_000) as simulator:
        process = Process(folder, simulator)
        await process.start()
        async with httpx.AsyncClient(base_url=process.base, timeout=10) as http:
            creator = (await http.post("/api/creators", json={"handle": HANDLE})).json()["id"]
            keys = {}
            for kind in KINDS:
                body = {"creator": creator, "kind": kind, "options": OPTIONS.get(kind, {})}
                keys[kind] = (await http.post("/api/widgets", json=body)).json()["key"]
        audience = Audience(process, keys)
        for _ in range(kills):
            watching = asyncio.create_task(audience.watch())
            await audience.see_more()
            await asyncio.sleep(dice.uniform(0, 0.5))  # the random moment is the point
            await process.end()
            await watching
            await process.start()
            compare(audience.shown, await views(process, keys))
        watching = asyncio.create_task(audience.watch())
        await audience.see_more()  # connected again, so what was missed has been sent
        simulator.set_offline(HANDLE)
        truth = simulator.ledger_truth(HANDLE)
        diamonds = sum(tally.diamonds for gifts in truth.gifts.values() for tally in gifts.values())
        units = sum(tally.units for gifts in truth.gifts.values() for tally in gifts.values())
        async with asyncio.timeout(30):
            while (await views(process, keys))["leaderboard"]["total"] != diamonds:
                assert (await views(process, keys))["leaderboard"]["total"] <= diamonds, "counted twice"
                await asyncio.sleep(0.1)
        last = await views(process, keys)
        assert last["counter"]["value"] == units
        assert last["goal"]["value"] == diamonds
        await process.end(signal.SIGTERM)
        await watching


@pytest.mark.alone
async def test_twenty_kills_under_flood_lose_and_double_nothing(tmp_path: Path) -> None:
    await kill_many(tmp_path, 20, seed=7)


@pytest.mark.soak
async def test_two_hundred_kills_under_flood_lose_and_double_nothing(tmp_path: Path) -> None:
    await kill_many(tmp_path, 200, seed=11)
