"""Whales on a running server: the firehose opens with the first overlay that shows them, and tells the right rooms."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from tests.serving import serving

FRAMES = Path(__file__).parent / "frames/tiktool/firehose"


def alert(creator, *, ts="2026-06-07T18:33:07.829Z", diamonds=3000):
    told = json.loads((FRAMES / "gifter_alert.json").read_text("utf-8"))
    gift = told["gift"] | {"totalDiamonds": diamonds}
    return json.dumps(told | {"creator": {"uniqueId": creator}, "ts": ts, "gift": gift}).encode()


async def texts(served, widget):
    return [item["text"] for item in (await served.view(widget["key"]))["items"]]


async def test_gifts_to_the_other_creators_of_this_server_are_shown_and_counted_nowhere(tmp_path):
    async with serving(tmp_path) as served:
        luna = await served.creator("luna.sings", source="simulator")
        max_ = await served.creator("max.beats", source="simulator")
        ours = await served.widget(luna, "feed", options={"whales": 1000})
        all_ = await served.widget(max_, "feed", options={"whales": 1000, "whales_of": "everybody"})
        none = await served.widget(max_, "feed")
        total = await served.widget(luna, "counter", options={"metric": "diamonds", "period": "all"})
        whales = served.house.whales
        whales.look()
        for frame in (
            alert("max.beats"),
            alert("max.beats"),  # the same frame again
            alert("stranger"),
            alert("luna.sings"),
            alert("max.beats", diamonds=999),
            (FRAMES / "unknown-type.json").read_bytes(),
            b"no json",
        ):
            whales.hear("simulator", frame)
        whales.hear("tiktool", alert("max.beats", ts="2026-06-07T18:34:00.000Z"))  # of another TikTool
        assert await texts(served, ours) == ["@max.beats"]
        assert await texts(served, all_) == ["@stranger", "@luna.sings"]
        assert await texts(served, none) == []
        assert (await served.view(total["key"]))["value"] == 0


async def test_a_whale_comes_all_the_way_from_the_firehose_and_the_socket_goes_with_the_last_overlay(tmp_path):
    async with serving(tmp_path) as served:
        simulator = served.house.simulator
        luna = await served.creator("luna.sings", source="simulator", enabled=True)
        await served.creator("max.beats", source="simulator", enabled=True)
        widget = await served.widget(luna, "alerts", options={"whales": 1})
        found = []
        async with asyncio.timeout(60):
            while "@max.beats" not in found:
                await asyncio.sleep(0.2)
                found = await texts(served, widget)
        assert set(found) <= {None, "@max.beats"}
        (socket,) = simulator.open_sockets("", "firehose")
        answer = await served.http.patch(f"/api/widgets/{widget['id']}", json={"options": {"whales": 5000}})
        assert answer.status_code == 200, answer.text
        async with asyncio.timeout(20):
            while socket.least != 5000:
                await asyncio.sleep(0.05)
        assert simulator.counts["WS /firehose/gifters"] == 1
        status = (await served.http.get("/api/status")).json()
        assert status["firehose"]["simulator"]["state"] == "live"
        await served.http.delete(f"/api/widgets/{widget['id']}")
        async with asyncio.timeout(20):
            while simulator.open_sockets("", "firehose"):
                await asyncio.sleep(0.05)
