"""What holds when everything goes wrong at once: every creator ends in the right state, every sum is true, nothing leaks.

The whole server stands against a simulator that cuts, repeats, renames, closes with every code and says nonsense; its
time runs sixty times as fast, and the server's own waits are shortened by as much.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import overlay.app
from overlay.config import Secret
from overlay.simulator import Simulator
from overlay.simulator.truth import RoomTruth
from overlay.upstream import Timing, Upstream
from tests.serving import Served, serving

MINUTE_MS = 60_000
HANDLES = tuple(f"creator.{number}" for number in range(4))
FAST = Timing(
    spacing_s=0.01, batch_gap_s=0.02, confirm_s=0.3, scale=1 / 60, jitter=0.2, silence_s=1.5, quiet_s=0.5,
    limits_s=(5.0, 15.0),
)  # fmt: skip
WIDGETS: dict[str, tuple[str, dict[str, Any]]] = {
    "board": ("leaderboard", {"rows": 20}),
    "likers": ("leaderboard", {"rows": 20, "metric": "likes"}),
    "goal": ("goal", {"target": 10**9}),
    "gifts": ("counter", {"metric": "gifts"}),
    "likes": ("counter", {"metric": "likes"}),
    "follows": ("counter", {"metric": "follows"}),
    "shares": ("counter", {"metric": "shares"}),
    "chats": ("counter", {"metric": "chats"}),
    "alerts": ("alerts", {}),
    "battle": ("battle", {}),
    "captions": ("captions", {}),
    "chat": ("chat", {}),
}


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's waits, shortened like the simulator's time."""
    monkeypatch.setattr(overlay.app, "Upstream", partial(Upstream, timing=FAST))


def settings(sim: Simulator) -> dict[str, Any]:
    bases = {"tiktool_ws": sim.ws_base, "tiktool_api": sim.http_base, "tiktool_site": sim.http_base}
    return {**bases, "tiktool_key": Secret("tk_chaos"), "preflight_s": 1.0}


def open_files() -> set[str]:
    """What this process has open, but for what the loop itself keeps."""
    found = set()
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208  the loop is between two awaits: this is instant
        try:
            found.add(f"{name} {os.readlink(f'/proc/self/fd/{name}')}")  # noqa: PTH115
        except OSError:
            continue
    return found


def tasks() -> set[str]:
    return {task.get_name() + repr(task.get_coro()) for task in asyncio.all_tasks() if not task.done()}


async def until(true: Callable[[], Any], why: Callable[[], Any], seconds: float = 30) -> None:
    try:
        async with asyncio.timeout(seconds):
            while not true():
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(why()) from None


class Stand:
    """A server, its creators and their widgets, against a simulator."""

    def __init__(self, served: Served, sim: Simulator) -> None:
        self.served, self.sim = served, sim
        self.ids: dict[str, str] = {}
        self.keys: dict[str, dict[str, str]] = {}

    async def furnish(self, handles: tuple[str, ...]) -> None:
        for handle in handles:
            creator = self.ids[handle] = await self.served.creator(handle, enabled=True)
            self.keys[handle] = {
                name: (await self.served.widget(creator, kind, options=options))["key"]
                for name, (kind, options) in WIDGETS.items()
            }

    async def states(self) -> dict[str, str]:
        told = (await self.served.http.get("/api/status")).json()
        return {row["handle"]: row["state"] for row in told["creators"]}

    async def views(self, handle: str) -> dict[str, Any]:
        return {name: await self.served.view(key) for name, key in self.keys[handle].items()}

    async def end_all(self) -> None:
        """Every stream ends in a moment when the server hears it: what was said is said."""
        for handle in self.ids:
            creator = self.sim.creator(handle)
            await until(
                lambda handle=handle, creator=creator: not creator.live or self.sim.open_sockets(handle),
                lambda handle=handle: (
                    f"{handle} has no socket: {self.served.house.upstream.status(self.ids[handle])}"
                    f" {self.served.house.upstream.key_status()}"
                ),
            )
            self.sim.set_offline(handle)

    async def settled(self, handle: str, truth: RoomTruth) -> dict[str, Any]:
        """The views once the last frames have been folded; a sum that is not the truth is told."""
        found: dict[str, Any] = {}
        async with asyncio.timeout(10):
            while True:
                before, found = (
                    sums_shown(found),
                    await self.views(handle),
                )  # one after the other, and frames between them
                if (
                    sums_shown(found) == before
                    and found["goal"]["value"] >= truth.diamonds
                    and found["chats"]["value"] >= truth.chats
                ):
                    return found
                await asyncio.sleep(0.1)


def sums_shown(views: dict[str, Any]) -> dict[str, int]:
    """What each widget shows as its sum."""
    return {name: view.get("value", view.get("total")) for name, view in views.items()}


def sums_of(truth: RoomTruth) -> dict[str, int]:
    return {
        "diamonds": truth.diamonds,
        "gifts": truth.units,
        "likes": truth.likes,
        "follows": len(truth.follows),
        "shares": len(truth.shares),
        "subscribes": truth.subscribes,
        "superfans": truth.superfans,
    }


async def check_views(stand: Stand, handle: str) -> None:
    truth = stand.sim.ledger_truth(handle)
    views = await stand.settled(handle, truth)
    assert views["board"]["total"] == views["goal"]["value"] == truth.diamonds, handle
    shown = {name: views[name]["value"] for name in ("gifts", "likes", "follows", "shares")}
    assert shown == {name: sum_ for name, sum_ in sums_of(truth).items() if name in shown}, handle
    true = {key.rpartition(":")[2]: diamonds for key, diamonds in truth.diamonds_by().items()}
    entries = views["board"]["entries"]
    assert [entry["score"] for entry in entries] == [true[entry["user"]["id"]] for entry in entries]
    assert views["board"]["people"] == len(truth.gifts)


async def check_past(stand: Stand, handle: str) -> dict[str, Any]:
    """Every stream of a creator in the archive against the truth: what differs, by room."""
    wrong: dict[str, Any] = {}
    rooms = stand.sim.creator(handle).truth.rooms
    assert len(rooms) >= 3
    listed = (await stand.served.http.get(f"/api/creators/{stand.ids[handle]}/streams")).json()
    assert {row["room_id"] for row in listed} == set(rooms), handle
    for number, (room, truth) in enumerate(rooms.items()):
        past = (await stand.served.http.get(f"/api/streams/{room}")).json()
        true = sums_of(truth)
        assert past["totals"]["chats"] >= truth.chats  # lines that are one emote are not in the script's book
        differs = {name: (past["totals"][name], true[name]) for name in true if past["totals"][name] != true[name]}
        told = {(row["sender"], row["giftId"]): (row["units"], row["diamonds"]) for row in past["by_sender_and_gift"]}
        given = {
            (key, gift): (tally.units, tally.diamonds)
            for key, rows in truth.gifts.items()
            for gift, tally in rows.items()
        }
        if differs or told != given:
            wrong[f"{handle} {number}"] = (differs, set(told.items()) ^ set(given.items()))
    return wrong


async def test_thirty_minutes_of_chaos_end_right_everywhere_and_leave_nothing_behind(tmp_path: Path) -> None:
    async with Simulator("chaos", seed=7, speed=60, lasting_faults=False, rest_faults=False) as sim:
        await asyncio.sleep(0)
        tasks_before, files_before = tasks(), open_files()
        async with serving(tmp_path, **settings(sim)) as served:
            stand = Stand(served, sim)
            await stand.furnish(HANDLES)
            began_ms = sim.clock.now_ms
            for minutes in (10, 20, 30):
                for handle in HANDLES:
                    sim.set_live(handle)
                sim.fail_rest("*", "html", "503", "half", "inside", "signed", "empty", "slow", "429")
                while sim.clock.now_ms - began_ms < minutes * MINUTE_MS:
                    await asyncio.sleep(0.2)
                await stand.end_all()
            for handle in HANDLES:
                await check_views(stand, handle)
            wrong = [await check_past(stand, handle) for handle in HANDLES]
            assert wrong == [{}] * len(HANDLES)
            await until(
                lambda: {served.house.hub.live(stand.ids[handle])["state"] for handle in HANDLES} <= {"ended"},
                lambda: [served.house.hub.live(stand.ids[handle]) for handle in HANDLES],
            )
            for handle in HANDLES[:2]:
                sim.set_live(handle)
            await until(
                lambda: (
                    {served.house.hub.live(stand.ids[handle])["state"] for handle in HANDLES[:2]} <= {"live", "quiet"}
                ),
                lambda: [served.house.hub.live(stand.ids[handle]) for handle in HANDLES],
            )
            states = await stand.states()
            assert all(states[handle] == "ended" for handle in HANDLES[2:])
            assert all(len(sim.open_sockets(handle)) <= 1 for handle in HANDLES)
            told = (await served.http.get("/api/status")).json()
            assert all(row["bad_reasons"].get("bug") is None for row in told["creators"])
            assert [row for row in told["widgets"] if row["trouble"]] == []
        await until(lambda: not sim.sockets, lambda: sim.sockets)
        await until(lambda: tasks() <= tasks_before, lambda: tasks() - tasks_before, 5)
        await until(lambda: open_files() <= files_before, lambda: open_files() - files_before, 5)


@pytest.mark.alone
async def test_a_flood_with_cuts_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """Two hundred events a second and more, cut every second, with what was lately said said again each time."""
    async with Simulator("flood", seed=5, speed=2, replays=True) as sim, serving(tmp_path, **settings(sim)) as served:
        stand = Stand(served, sim)
        await stand.furnish(HANDLES[:2])
        for cut in range(6):
            for handle in stand.ids:
                await until(lambda handle=handle: sim.open_sockets(handle), lambda handle=handle: f"{handle} is away")
            await asyncio.sleep(0.8)  # the flood runs
            for handle in stand.ids:
                sim.close(handle, (1006, 4500, 1011)[cut % 3])
        await stand.end_all()
        for handle in stand.ids:
            assert sim.ledger_truth(handle).units > 50
            await check_views(stand, handle)
