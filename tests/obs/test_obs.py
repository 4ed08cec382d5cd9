"""What is claimed of OBS: after its own start the server presses refresh on sources of ours that did not load, on no other."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import simpleobsws

from overlay import obs as ours
from tests.obs.real import PASSWORD, RealObs, free_port, real_obs
from tests.serving import listening, serving


async def add_sources(obs: RealObs, urls: dict[str, str]) -> None:
    """Browser sources, as a streamer adds them."""
    line = simpleobsws.WebSocketClient(url=f"ws://127.0.0.1:{obs.port}", password=PASSWORD)
    await line.connect()
    assert await line.wait_until_identified()
    for name, url in urls.items():
        told = {"sceneName": "Scene", "inputName": name, "inputKind": "browser_source", "inputSettings": {"url": url}}
        answer = await line.call(simpleobsws.Request("CreateInput", told))
        assert answer.ok(), answer.requestStatus
    await line.disconnect()


async def test_a_source_that_is_older_than_the_server_is_refreshed_when_the_server_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ours, "SETTLE_S", 1.5)
    folder = tmp_path / "data"
    async with real_obs(tmp_path / "home") as obs:
        async with serving(folder) as served:
            creator = await served.creator()
            dead, alive = (await served.widget(creator))["key"], (await served.widget(creator))["key"]
            told = {"port": obs.port, "password": PASSWORD}
            assert (await served.http.put("/api/obs", json=told)).status_code == 200
            kept = (await served.http.get("/api/obs")).json()
            assert kept == {"host": "127.0.0.1", "port": obs.port, "has_password": True, "trouble": None}
        urls = {
            "dead": f"http://127.0.0.1:1/w/{dead}?rows=3",
            "alive": f"http://127.0.0.1:1/w/{alive}",
            "foreign": "http://127.0.0.1:1/w/somebody-elses",
        }
        await add_sources(obs, urls)
        async with serving(folder) as served, listening(served, alive) as events:
            await events.until("hello")
            async with asyncio.timeout(20):
                while not obs.refreshed():
                    await asyncio.sleep(0.05)
            assert obs.refreshed() == [urls["dead"]]
            answer = await served.http.post("/api/obs/refresh")
            assert sorted(answer.json()["refreshed"]) == ["alive", "dead"]
            await served.http.put("/api/obs", json={"port": obs.port, "password": "wrong"})
            refused = await served.http.post("/api/obs/refresh")
            assert (refused.status_code, refused.json()["error"]) == (409, "obs")


async def test_an_obs_that_is_not_there_is_said_in_one_sentence_and_harms_nothing(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        unset = await served.http.post("/api/obs/refresh")
        assert unset.status_code == 409
        await served.http.put("/api/obs", json={"port": free_port(), "password": "secret-word"})
        answer = await served.http.post("/api/obs/refresh")
        assert answer.status_code == 409
        assert "secret-word" not in answer.text + (await served.http.get("/api/obs")).text
        assert (await served.http.put("/api/obs", json={"host": "http://x", "port": 1})).status_code == 400
        assert (await served.http.delete("/api/obs")).status_code == 204
        assert (await served.http.get("/api/obs")).json()["port"] is None
