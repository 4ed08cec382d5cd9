"""`live.state`: what each close, refusal, silence and end of a stream makes of a creator's light, against the stand-in."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import pytest

from overlay.simulator import Simulator
from tests.contract.kit import reading, running

KEY = "tk_contract_key"


class StandIn:
    """The simulator in a loop of its own, steered from here."""

    def __init__(self, **more: Any) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        self.sim = Simulator("quiet", 1, **more)
        asyncio.run_coroutine_threadsafe(self.sim.start(), self.loop).result(10)

    def do(self, name: str, *words: Any, **more: Any) -> Any:
        """One order, carried out in its loop."""

        async def obey() -> Any:
            return getattr(self.sim, name)(*words, **more)

        return asyncio.run_coroutine_threadsafe(obey(), self.loop).result(10)

    def env(self, **more: str) -> dict[str, str]:
        return {
            "OVERLAY_TIKTOOL_WS": self.sim.ws_base, "OVERLAY_TIKTOOL_API": self.sim.http_base, "OVERLAY_TIKTOOL_SITE": self.sim.http_base,
            "TIKTOOL_API_KEY": KEY, "OVERLAY_PREFLIGHT_S": "1",
        } | more  # fmt: skip

    def end(self) -> None:
        asyncio.run_coroutine_threadsafe(self.sim.stop(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)
        self.loop.close()


@pytest.fixture
def tiktool():
    one = StandIn()
    yield one
    one.end()


def light(server: Any, creator: str) -> tuple[str, str]:
    row = next(row for row in server.http.get("/api/status").json()["creators"] if row["id"] == creator)
    return row["state"], row["reason"]


def until(server: Any, creator: str, *states: str, seconds: float = 20) -> str:
    """Wait for a light; what it said."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        state, reason = light(server, creator)
        if state in states:
            return reason
        time.sleep(0.05)
    raise AssertionError(f"{state} ({reason}), not {states}")


REFUSED = {"c4400": (4400, ""), "c4403": (4403, "")}
LIMITED = {"c1008": (1008, "allowance used up"), "evicted": (4429, "Evicted - newer connection arrived (FIFO)")}
PASSING = {
    "c1000": 1000, "c1001": 1001, "c1006": 1006, "c1011": 1011, "c1012": 1012, "c1013": 1013, "c4006": 4006, "c4500": 4500, "c4502": 4502, "c4555": 4555,
    "c4556": 4556, "c4999": 4999,
}  # fmt: skip


def test_every_close_makes_the_light_of_the_contract(tiktool, tmp_path):
    with running(tmp_path, env=tiktool.env()) as server:
        names = [*REFUSED, *LIMITED, *PASSING, "ends", "offline", "disabled", "over"]
        tiktool.do("set_offline", "offline")
        made = {name: server.creator(name, source="tiktool", enabled=name != "disabled") for name in names}
        widget = server.widget(made["c1006"], "counter")
        for name in names:
            if name not in {"offline", "disabled"}:
                until(server, made[name], "live", seconds=40)
        assert light(server, made["offline"])[0] == "offline"
        assert light(server, made["disabled"])[0] == "offline"

        with reading(server, widget["key"]) as page:
            assert page.until("hello")["live"]["state"] == "live"
            tiktool.do("close", "c1006", 1006, "")
            told = page.until("live")
            assert set(told) == {"w", "state", "reason"}
            seen = [told["state"]]
            while seen[-1] != "live":
                seen.append(page.until("live")["state"])
            assert "connecting" in seen[:-1]
            assert set(seen) <= {"connecting", "quiet", "live"}

        for name, (code, reason) in {**REFUSED, **LIMITED}.items():
            tiktool.do("close", name, code, reason)
            assert until(server, made[name], "refused" if name in REFUSED else "limited"), name
        for name, code in PASSING.items():
            if name != "c1006":
                tiktool.do("close", name, code, "because")
        tiktool.do("end_stream", "ends")
        tiktool.do("set_offline", "over")  # 4005 without a word before
        for name in PASSING:
            until(server, made[name], "live", seconds=40)
        until(server, made["ends"], "ended", seconds=40)
        until(server, made["over"], "ended", "offline", "connecting", seconds=10)
        server.http.patch(f"/api/creators/{made['c1001']}", json={"enabled": False})
        until(server, made["c1001"], "offline")


def test_a_refused_handshake_is_refused(tiktool, tmp_path):
    for status in (401, 403):
        tiktool.do("refuse_handshake", status, 50, f"shake{status}")
    with running(tmp_path, env=tiktool.env()) as server:
        made = server.creator("shake403", source="tiktool", enabled=True)
        assert until(server, made, "refused")
        other = server.creator("shake401", source="tiktool", enabled=True)
        assert until(server, other, "refused")


def test_a_wrong_key_is_refused_and_4401_stops_everything_of_the_key(tiktool, tmp_path):
    with running(tmp_path, env=tiktool.env()) as server:
        one, two = (server.creator(name, source="tiktool", enabled=True) for name in ("one", "two"))
        for creator in (one, two):
            until(server, creator, "live")
        tiktool.do("reject_key", KEY)
        tiktool.do("close", "one", 4401, "bad key")
        for creator in (one, two):
            assert until(server, creator, "refused")


def test_a_limit_notice_before_a_close_is_limited(tiktool, tmp_path):
    with running(tmp_path, env=tiktool.env()) as server:
        notices = ("anon_limit", "demo_limit", "session_limit")
        made = {notice: server.creator(notice, source="tiktool", enabled=True) for notice in notices}
        for creator in made.values():
            until(server, creator, "live")
        for notice in notices:
            tiktool.do("send", notice, {"type": notice, "message": "The limit of your plan is reached"})
        time.sleep(0.5)  # the notice is on its way before the close is
        for notice in notices:
            tiktool.do("close", notice, 1000, "")
        for creator in made.values():
            assert until(server, creator, "limited")


def test_a_full_socket_budget_is_limited(tmp_path):
    with running(tmp_path) as server:
        made = [
            server.creator(name, source="tiktool", enabled=True, priority=at) for at, name in enumerate(("low", "high"))
        ]
    tiktool = StandIn(sockets_cap=1)
    try:
        with running(tmp_path, env=tiktool.env()) as server:
            until(server, made[1], "live")
            assert until(server, made[0], "limited")
            assert light(server, made[1])[0] == "live"
    finally:
        tiktool.end()


def test_no_key_is_refused_and_a_simulated_creator_runs_without_one(tmp_path):
    with running(tmp_path) as server:
        real, acted = (
            server.creator("real", source="tiktool", enabled=True),
            server.creator("acted", source="simulator", enabled=True),
        )
        assert "key" in until(server, real, "refused").lower()
        until(server, acted, "live")


def test_a_stream_without_a_frame_for_thirty_seconds_is_quiet_and_live_again_with_the_next(tiktool, tmp_path):
    with running(tmp_path, env=tiktool.env()) as server:
        one = server.creator("one", source="tiktool", enabled=True)
        until(server, one, "live")
        tiktool.do("go_silent", "one")
        began = time.monotonic()
        assert until(server, one, "quiet", seconds=45)
        assert time.monotonic() - began > 25
        tiktool.do("speak", "one")
        until(server, one, "live", seconds=30)


def test_what_the_socket_brings_is_counted_and_shown(tiktool, tmp_path):
    with running(tmp_path, env=tiktool.env()) as server:
        one = server.creator("one", source="tiktool", enabled=True)
        board = server.widget(one, "leaderboard")
        until(server, one, "live")
        before = server.view(board)["total"]
        with reading(server, board["key"]) as page:
            page.until("hello")
            user = {"id": "6890011223344556677", "uniqueId": "mira.kay", "nickname": "Mira Kay"}
            frame = {
                "user": user,
                "giftId": 5655,
                "diamondCount": 77_000,
                "repeatCount": 1,
                "repeatEnd": True,
                "giftType": 1,
                "transactionId": "t1",
            }
            for _ in range(3):
                tiktool.do("send", "one", {"event": "gift", "data": {"type": "gift", **frame}})
            view: dict[str, Any] = {}
            while not view or view["entries"][0]["user"]["name"] != "Mira Kay":
                view = page.until("view")["view"]
        assert 77_000 <= view["total"] - before < 140_000
        row = next(row for row in server.http.get("/api/status").json()["creators"] if row["id"] == one)
        assert row["room_id"]
        assert row["events"] > 0
        assert row["last_event_ms"] > 0
