"""The whole upstream against the simulator's real sockets, REST and webhooks."""

from __future__ import annotations

import asyncio
import os
import random

import psutil
import pytest

from overlay.config import Bases, Secret
from overlay.core import events
from overlay.simulator import Simulator
from overlay.upstream import CaptionSettings, CreatorSettings, Timing, Upstream

KEY = "tk_canary_simulated"
FAST = Timing(
    spacing_s=0.01, batch_gap_s=0.01, confirm_s=0.1, scale=0.01, jitter=0.0, grace_s=0.2, hook_retries_s=(0.1, 0.2)
)
LUNA = CreatorSettings(id="luna", handle="luna.sings")
MAX = CreatorSettings(id="max", handle="max.beats")


@pytest.fixture
async def sim():
    async with Simulator("everyday", tier="ultra") as simulator:
        yield simulator


@pytest.fixture
async def begin(sim, hub):
    made = []

    async def start(*creators, timing=FAST, preflight_s=0.1, simulator=None, **more) -> Upstream:
        where = simulator or sim
        upstream = Upstream(
            tiktool=Bases(where.ws_base, where.http_base, where.http_base, Secret(KEY)), inbox=hub,
            now_ms=where.clock.wall, preflight_s=preflight_s,
            timing=timing, rng=random.Random(3), on_state=hub.state, **more,
        )  # fmt: skip
        made.append(upstream)
        hub.proof = upstream.proof
        hub.ending = upstream.ending
        await upstream.start(list(creators))
        return upstream

    yield start
    for upstream in made:
        await upstream.stop()


def opened(hub, creator: str) -> int:
    return sum(name == creator and event == events.Opened() for name, event in hub.events)


async def test_a_simulated_creator_is_found_live_and_its_frames_arrive(sim, hub, begin):
    await begin(LUNA)
    await hub.until(lambda: len(hub.frames) > 3)
    assert b"roomInfo" in hub.frames[0][2]
    assert hub.last_state("luna") == "live"


CODES = [1000, 1001, 1006, 1011, 1012, 1013, 4006, 4007, 4500, 4502, 4555, 4556, 4999]


@pytest.mark.parametrize("code", CODES)
async def test_after_every_code_that_passes_the_creator_is_live_again(sim, hub, begin, code):
    await begin(LUNA, MAX)
    await hub.until(lambda: hub.last_state("luna") == hub.last_state("max") == "live")
    sim.close("luna.sings", code, "because")
    await hub.until(lambda: opened(hub, "luna") == 2 and hub.last_state("luna") == "live")
    assert opened(hub, "max") == 1


@pytest.mark.parametrize(
    ("code", "reason", "state"),
    [
        (1008, "policy", "limited"), (4400, "", "refused"), (4401, "", "refused"), (4403, "", "refused"),
        (4429, "Evicted - newer connection arrived (FIFO)", "limited"), (4429, "", "limited"),
        (4429, "Daily Demo Limit Reached. Upgrade Required.", "limited"),
    ],
)  # fmt: skip
async def test_after_every_code_that_stays_the_creator_shows_why(sim, hub, begin, code, reason, state):
    upstream = await begin(LUNA, timing=Timing(spacing_s=0.01, batch_gap_s=0.01))
    await hub.until(lambda: hub.last_state("luna") == "live")
    sim.close("luna.sings", code, reason)
    await hub.until(lambda: hub.last_state("luna") == state)
    assert upstream.status("luna").reason
    await asyncio.sleep(0.3)
    assert opened(hub, "luna") == 1


async def test_a_stream_that_ends_is_ended_and_the_next_one_is_found(sim, hub, begin):
    upstream = await begin(LUNA)
    await hub.until(lambda: hub.last_state("luna") == "live")
    first = upstream.status("luna").room_id
    sim.end_stream("luna.sings")
    await hub.until(lambda: hub.last_state("luna") == "ended")
    sim.set_live("luna.sings")
    await hub.until(lambda: hub.last_state("luna") == "live")
    assert upstream.status("luna").room_id not in {None, first}


async def test_silence_is_noticed_and_healed(sim, hub, begin):
    await begin(LUNA, timing=Timing(spacing_s=0.01, batch_gap_s=0.01, scale=0.01, silence_s=0.5, quiet_s=0.2))
    await hub.until(lambda: hub.last_state("luna") == "live")
    sim.go_silent("luna.sings")
    await hub.until(lambda: ("luna", events.Closed(code=4006, reason="nothing was heard")) in hub.events)
    sim.speak("luna.sings")
    await hub.until(lambda: opened(hub, "luna") >= 2 and hub.last_state("luna") == "live")


async def test_refused_handshakes_are_overcome(sim, hub, begin):
    sim.refuse_handshake(503, times=3)
    await begin(LUNA)
    await hub.until(lambda: hub.last_state("luna") == "live")


@pytest.mark.parametrize("as_status", [None, 401])
async def test_a_wrong_key_is_refused_everywhere(sim, hub, begin, as_status):
    sim.bad_key_status = as_status
    sim.reject_key(KEY)
    await begin(LUNA, MAX)
    await hub.until(lambda: hub.last_state("luna") == hub.last_state("max") == "refused")


async def test_failing_rest_ends_no_stream_and_heals(sim, hub, begin):
    await begin(LUNA)
    await hub.until(lambda: hub.last_state("luna") == "live")
    sim.fail_rest("/webcast/bulk_live_check", "500", "500")
    sim.close("luna.sings", 4006)
    await hub.until(lambda: opened(hub, "luna") == 2)


async def test_the_sandbox_tier_works_without_bulk_checks(hub, begin):
    async with Simulator("everyday", tier="sandbox") as small:
        upstream = await begin(LUNA, simulator=small, preflight_s=1)
        await hub.until(lambda: hub.last_state("luna") == "live")
        assert small.counts["/webcast/bulk_live_check"] == 0
        assert upstream.key_status().tier == "sandbox"
        await upstream.stop()


async def test_more_creators_than_sockets_never_evict_each_other(hub, begin):
    async with Simulator("everyday", tier="basic", sockets_cap=4) as small:
        people = [CreatorSettings(id=f"c{n}", handle=f"creator.{n}", priority=n) for n in range(6)]
        upstream = await begin(*people, simulator=small)
        await hub.until(lambda: hub.last_state("c5") == "live" and hub.last_state("c0") == "limited")
        assert len(small.sockets) <= 4
        assert not any(isinstance(event, events.Closed) for _, event in hub.events)
        await upstream.stop()


async def test_captions_are_bought_watched_and_closed_with_the_stream(sim, hub, begin):
    luna = CreatorSettings(id="luna", handle="luna.sings", captions=CaptionSettings(source="captions", translate="de"))
    upstream = await begin(luna)
    upstream.watched("luna", True)
    await hub.until(lambda: any(socket == "captions" and b'"caption"' in raw for _, socket, raw in hub.frames), 15)
    assert upstream.status("luna").captions.state == "live"
    sim.end_stream("luna.sings")
    await hub.until(
        lambda: any(
            e == events.Closed(socket="captions", code=1000)
            or (isinstance(e, events.Closed) and e.socket == "captions")
            for _, e in hub.events
        )
    )
    await asyncio.sleep(0.2)
    assert sim.open_sockets("luna.sings", "captions") == []


async def test_a_webhook_made_at_tiktool_shortens_the_wait(sim, hub, begin):
    sim.set_offline("luna.sings")
    upstream = await begin(LUNA, preflight_s=60)
    await hub.until(lambda: hub.last_state("luna") == "offline" or hub.kinds("luna"))
    statuses = []

    async def receive(reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
        length = next(int(value) for name, value in headers.items() if name.lower() == "content-length")
        statuses.append(await upstream.hooks.deliver("hook", headers, await reader.readexactly(length)))
        writer.write(f"HTTP/1.1 {statuses[-1]} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(receive, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    registry = upstream.account().registry
    made, why = await registry.make(f"http://127.0.0.1:{port}/hooks/tiktool/hook", ["luna.sings"])
    assert made is not None, why
    upstream.hooks.set_secrets({"hook": [made.secret]})
    result, _ = await registry.test(made.id)
    assert result.delivered
    assert upstream.hooks.statuses["hook"].test_ms
    sim.set_live("luna.sings")
    await hub.until(lambda: hub.last_state("luna") == "live")
    assert statuses == [200, 200]
    server.close()


async def test_a_night_of_chaos_leaves_every_creator_right_and_nothing_behind(hub, begin):
    before_tasks, process = asyncio.all_tasks(), psutil.Process(os.getpid())
    async with Simulator("chaos", tier="ultra", seed=7, speed=60, lasting_faults=False) as sim:
        await asyncio.sleep(0)
        before_files = process.num_fds()
        people = [CreatorSettings(id=f"c{n}", handle=f"creator.{n}") for n in range(5)]
        upstream = await begin(*people, simulator=sim, timing=Timing(
            spacing_s=0.01, batch_gap_s=0.02, confirm_s=0.3, scale=1 / 60, jitter=0.2, silence_s=1.5, quiet_s=0.5
        ))  # fmt: skip
        await asyncio.sleep(12)
        assert sum(isinstance(event, events.Closed) for _, event in hub.events) > 5
        for number in range(5):
            sim.speak(f"creator.{number}")
            sim.set_live(f"creator.{number}")
        # chaos goes on meanwhile, and pauses of the key concern all five
        await hub.until(lambda: all(hub.last_state(f"c{n}") in {"live", "quiet"} for n in range(5)), 90)
        assert all(len(sim.open_sockets(f"creator.{n}")) <= 1 for n in range(5))
        await upstream.stop()
        await asyncio.sleep(0.2)
        assert process.num_fds() <= before_files + 1
    left = {task for task in asyncio.all_tasks() - before_tasks if not task.done()}
    assert {task.get_name() for task in left} == set()
