"""A recording played through real sockets into a real server, on a clock that the recording moves.

The simulator stands still and lends its door: sockets, refusals and liveness are its own, every frame and its moment are
the recording's. No wait is real, so half an hour of a stream takes a second.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import overlay.app
from overlay.config import Secret
from overlay.simulator import Simulator, creators, sockets
from overlay.simulator.plain import Response
from overlay.upstream import Timing, Upstream
from tests.serving import Served

SCENARIOS = Path(__file__).parents[1] / "frames" / "tiktool" / "scenarios"
START_MS = 1_790_000_000_000
HANDLE = "luna.sings"
AT_ONCE = Timing(
    spacing_s=0.001, batch_gap_s=0.001, confirm_s=600, scale=0.001, jitter=0.0, figures_s=600, grace_s=600
)  # fmt: skip


class HandClock:
    """The server's clock, moved by hand."""

    now = START_MS

    def now_ms(self) -> int:
        return type(self).now

    def off_ms(self) -> int:
        return 0

    def anchor(self) -> bool:
        return False


def read(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (SCENARIOS / f"{name}.jsonl").read_text("utf-8").splitlines()]


def expected(name: str) -> Any:
    return json.loads((SCENARIOS / f"{name}.expected.json").read_text("utf-8"))


def stage(monkeypatch: pytest.MonkeyPatch, sim: Simulator, catalogue: dict[str, int]) -> dict[str, Any]:
    """Let the recording alone speak; the settings of a server that is to hear it."""

    async def nothing(_: Any) -> None:
        return

    rows = [{"id": gift, "name": f"Gift {gift}", "diamond_count": price} for gift, price in catalogue.items()]
    HandClock.now = START_MS
    monkeypatch.setattr(overlay.app, "Clock", HandClock)
    monkeypatch.setattr(overlay.app, "Upstream", partial(Upstream, timing=AT_ONCE))
    monkeypatch.setattr(creators, "room_infos", lambda _: [])
    monkeypatch.setattr(sockets.CaptionSocket, "run", nothing)
    sim.catalogues.paths["/webcast/gift_info"] = lambda _request, _account: Response(
        200, {"status_code": 0, "mode": "fetch", "data": {"room_id": "1", "gifts": rows}}
    )
    sim.catalogues.paths["/webcast/gifts_by_country"] = lambda _request, _account: Response(404, {"status_code": 404})
    return {"tiktool_key": Secret("tk_played"), "preflight_s": 1.0}


async def until(true: Any, why: str, seconds: float = 15) -> None:
    try:
        async with asyncio.timeout(seconds):
            while not true():
                await asyncio.sleep(0.002)
    except TimeoutError:
        raise AssertionError(why) from None


class Player:
    """One recording, one creator."""

    def __init__(self, served: Served, sim: Simulator, name: str) -> None:
        self.served, self.sim, self.lines = served, sim, read(name)
        self.creator = ""
        self.room_ids = [
            line["frame"]["roomId"] for line in self.lines if line.get("frame", {}).get("event") == "roomInfo"
        ]
        self.rooms = list(dict.fromkeys(self.room_ids))

    def enter(self, room_id: str) -> None:
        """TikTok's own id of the room that is on the air now, for liveness too."""
        creator = self.sim.creator(HANDLE)
        creator._room_id = lambda: room_id
        if creator.stage is not None:
            creator.stage.room_id = room_id

    async def begin(self, **creator: Any) -> None:
        self.enter(self.rooms[0])
        self.sim.refuse_handshake(503, times=100_000)
        self.creator = await self.served.creator(HANDLE, enabled=True, **creator)

    async def move(self, t: int) -> None:
        """The clock goes on; whatever falls due on the way is done."""
        HandClock.now = max(HandClock.now, START_MS + t)
        for _ in range(2):
            await self.served.house.hub.settled(lambda: None)

    async def play(self) -> None:
        """All of it."""
        async for _ in self.steps():
            pass

    async def steps(self) -> AsyncIterator[dict[str, Any]]:
        """One line after another, each heard before the next."""
        for line in self.lines:
            await self.move(line["t"])
            captions = line.get("socket") == "captions"
            if line.get("open"):
                await self._open(captions=captions)
            elif "close" in line:
                await self._close(line["close"], captions=captions)
            else:
                await self._say(line["frame"], captions=captions)
            yield line

    async def _open(self, *, captions: bool) -> None:
        if captions:
            await until(lambda: self.sim.open_sockets(HANDLE, "captions"), "no captions socket came")
            return
        following = [line for line in self.lines if START_MS + line["t"] >= HandClock.now]
        self.enter(next(
            line["frame"]["roomId"] for line in following if line.get("frame", {}).get("event") == "roomInfo"
        ))  # fmt: skip
        self.sim.faults.refusals.clear()
        self.sim.set_live(HANDLE)
        await until(lambda: self.sim.open_sockets(HANDLE), "no live socket came")
        self.sim.set_unknown(HANDLE)  # from here on the recording alone tells whether it is live
        await self._state("quiet", "live")

    async def _close(self, told: dict[str, Any], *, captions: bool) -> None:
        if captions:
            self.sim.close_captions(HANDLE, told["code"], told["reason"])
            return
        self.sim.refuse_handshake(503, times=100_000)
        if told["code"] == 4005:
            self.sim.set_offline(HANDLE, code=4005, reason=told["reason"])
            await self._state("ended")
            return
        self.sim.close(HANDLE, told["code"], told["reason"])
        await self._state("connecting")

    async def _state(self, *wanted: str) -> None:
        live = self.served.house.hub.live
        await until(lambda: live(self.creator)["state"] in wanted, f"not {wanted} but {live(self.creator)}")
        await self.served.house.hub.settled(lambda: None)

    async def _say(self, frame: dict[str, Any], *, captions: bool) -> None:
        pulse = self.served.house.hub.pulses[self.creator]
        heard = pulse.events + pulse.bad_frames
        (self.sim.send_caption if captions else self.sim.send)(HANDLE, frame)
        await until(lambda: pulse.events + pulse.bad_frames > heard, f"not heard: {frame}")
        await self.served.house.hub.settled(lambda: None)

    async def past(self, room_id: str) -> dict[str, Any]:
        answer = await self.served.http.get(f"/api/streams/{room_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()
