"""Claims about chaos: everything goes wrong, in time, and yet the truth can be recovered by the published rules."""

import asyncio
import contextlib
import json
from collections import Counter

import msgspec
import pytest
import websockets
from hypothesis import given, settings
from hypothesis import strategies as st

from overlay.simulator import Simulator
from overlay.simulator.trouble import LASTING, PASSING, FaultPlan
from overlay.simulator.truth import RoomTruth
from tests.simulator.by_the_rules import Fold
from tests.simulator.ears import fixture
from tests.simulator.test_scripts import MINUTE, stage


def truth_rows(truth) -> dict[tuple[str, int], int]:
    return {(key, gift): tally.units for key, rows in truth.gifts.items() for gift, tally in rows.items()}


def received(frame):
    """What a reader makes of a frame: its JSON, or nothing."""
    if isinstance(frame, dict | list):
        return json.loads(msgspec.json.encode(frame))
    with contextlib.suppress(ValueError):
        return json.loads(frame)
    return None


@pytest.mark.parametrize("seed", range(8))
def test_one_connection_of_chaos_folds_to_the_truth(seed):
    truth, fold = RoomTruth("room"), Fold()
    for step in stage("chaos", seed, f"creator{seed}").until(8 * MINUTE):
        for intent in step.meant:
            truth.note(intent)
        if step.frame is not None:
            fold.hear(received(step.frame), step.at_ms)
    assert dict(fold.units) == truth_rows(truth)
    assert sum(fold.diamonds.values()) == truth.diamonds > 5000
    assert (fold.likes, fold.follows, fold.shares) == (truth.likes, truth.follows, truth.shares)


def test_chaos_repeats_loses_delays_and_rewrites():
    frames = [step.frame for step in stage("chaos").until(8 * MINUTE) if step.frame is not None]
    honest = [step.frame for step in stage("everyday").until(8 * MINUTE)]
    ids = Counter(
        json.dumps(received(frame), sort_keys=True)
        for frame in frames
        if isinstance(frame, dict) and "msgId" in str(frame)
    )
    assert max(ids.values()) > 1
    assert any(isinstance(frame, list) for frame in frames)
    assert any(isinstance(frame, str | bytes) for frame in frames)
    assert any("event" not in frame for frame in frames if isinstance(frame, dict))
    assert any("data" not in frame for frame in frames if isinstance(frame, dict))
    gifts = [
        frame["data"]
        for frame in frames
        if isinstance(frame, dict) and frame.get("event") == "gift" and "data" in frame and frame["data"]
    ]
    ended = {data.get("transactionId") for data in gifts if data.get("repeatEnd")}
    begun = {data.get("transactionId") for data in gifts if data.get("repeatCount") == 1 and data.get("giftType") == 1}
    assert begun - ended
    assert any(data.get("user", {}).get("id") == "0" for data in gifts)
    assert any("msgId" not in data and "transactionId" not in data for data in gifts if "giftName" in data)
    assert all(isinstance(frame, dict) and "data" in frame for frame in honest if frame)


def test_the_plan_has_every_close_code_and_reason_within_thirty_minutes():
    plan, at, sent = FaultPlan(1, "luna.sings", lasting=True), 0, set()
    while (at := at + plan.wait_ms()) < 30 * MINUTE:
        sent |= {(1006, "") if act.what == "cut" else (act.code, act.reason) for act in plan.take().acts}
    assert {row["code"] for row in fixture("close-codes.json")} <= {code for code, _ in sent}
    assert {(row["code"], row["reason"]) for row in fixture("close-reasons.json")} <= sent
    assert len(PASSING) + len(LASTING) < 40


class Client:
    """A client that comes back at once, whatever it is told, and folds what it hears by the rules."""

    def __init__(self, sim: Simulator, handle: str) -> None:
        self.sim, self.handle = sim, handle
        self.folds: dict[str, Fold] = {}
        self.fold = Fold()
        self.closes: set[tuple[int | None, str]] = set()
        self.refused: set[int] = set()
        self.first_frames: set[str] = set()

    async def run(self) -> None:
        while True:
            try:
                ws = await websockets.connect(
                    f"{self.sim.ws_base}/?uniqueId={self.handle}&apiKey=tk_1", compression=None
                )
            except websockets.InvalidStatus as refused:
                self.refused.add(refused.response.status_code)
                continue
            # A form without any room id is among the documented ones: the room is then known from REST.
            room = self.sim.creator(self.handle).room_id
            self.fold = self.folds.setdefault(room, Fold())
            self.fold.opened(self.sim.clock.now_ms)
            await self.hear(ws)
            self.closes.add((ws.close_code, ws.close_reason or ""))
            self.fold.lost(self.sim.clock.now_ms)
            await asyncio.sleep(0.001)

    async def hear(self, ws: websockets.ClientConnection) -> None:
        with contextlib.suppress(websockets.ConnectionClosed):
            while True:
                text = await ws.recv()
                with contextlib.suppress(ValueError):
                    frame = json.loads(text)
                    if len(self.first_frames) < 99 and "roomInfo" in str(text)[:40]:
                        self.first_frames.add(",".join(sorted(frame)))
                    self.fold.hear(frame, self.sim.clock.now_ms)


async def test_thirty_minutes_of_chaos_send_every_code_and_lose_nothing(serve):
    sim = await serve("chaos", seed=3, speed=0)
    client = Client(sim, "luna.sings")
    task = asyncio.create_task(client.run())
    # While a socket is away its stream stands still, so thirty minutes of script take a little longer.
    for _ in range(2 * 60 * 36):
        await sim.advance(0.5)
        await asyncio.sleep(0.0015)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert {row["code"] for row in fixture("close-codes.json")} <= {code for code, _ in client.closes}
    assert {(row["code"], row["reason"]) for row in fixture("close-reasons.json")} <= client.closes
    assert {503, 429} <= client.refused
    assert len(client.first_frames) >= 2
    rooms = sim.creator("luna.sings").truth.rooms
    assert len(rooms) >= 3
    for room, truth in rooms.items():
        assert dict(client.folds[room].units) == truth_rows(truth), room
        assert sum(client.folds[room].diamonds.values()) == truth.diamonds
        assert client.folds[room].likes == truth.likes
        assert (client.folds[room].follows, client.folds[room].shares) == (truth.follows, truth.shares)


@settings(max_examples=12)
@given(seed=st.integers(0, 10**6), handle=st.text("abcdefgh._0123", min_size=1, max_size=12), minutes=st.integers(1, 8))
def test_wherever_chaos_stops_the_rules_recover_what_was_meant(seed, handle, minutes):
    truth, fold = RoomTruth("room"), Fold()
    for step in stage("chaos", seed, handle).until(minutes * MINUTE):
        for intent in step.meant:
            truth.note(intent)
        if step.frame is not None:
            fold.hear(received(step.frame), step.at_ms)
    assert dict(fold.units) == truth_rows(truth)
    assert (fold.likes, fold.follows, fold.shares) == (truth.likes, truth.follows, truth.shares)
