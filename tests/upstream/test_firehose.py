"""The firehose: one socket for everybody, told another filter in mid stream, and its troubles are its own."""

from __future__ import annotations

import asyncio
import json

import pytest

from overlay.config import Bases, Secret
from overlay.core.whales import Net
from overlay.simulator import Simulator
from overlay.upstream import CreatorSettings

BIG, SMALL = Net(min_diamonds=1_000), Net(min_diamonds=10)
GERMANY = Net(mode="region", region="DE+", min_diamonds=500)
PATH = "/firehose/gifters"
LUNA, MAX = (
    CreatorSettings(id=name, handle=handle, source="simulator")
    for name, handle in (("luna", "luna.sings"), ("max", "max.beats"))
)


async def until(true):
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.01)


@pytest.fixture
async def sim():
    async with Simulator("everyday", tier="agency_global", speed=0.0) as simulator:
        yield simulator


def bases(sim):
    return Bases(sim.ws_base, sim.http_base, sim.http_base, Secret("tk_simulated"))


async def open_sockets(sim, count=1):
    await until(lambda: len(sim.open_sockets("", "firehose")) == count)
    return sim.open_sockets("", "firehose")


@pytest.fixture
def agency(tiktool):
    tiktool.limits["tier"] = "agency_global"


async def test_one_socket_serves_all_creators_and_takes_no_place_of_theirs(sim, make):
    heard = []
    upstream = await make(
        LUNA, MAX, simulator=bases(sim), key=None, on_whale=lambda source, raw: heard.append((source, raw))
    )
    upstream.want_whales("simulator", SMALL)
    (socket,) = await open_sockets(sim)
    assert sim.counts[f"WS {PATH}"] == 1
    await until(lambda: upstream.key_status("simulator").sockets == 2)  # the creators' own, beside it
    assert len(sim.open_sockets("", "firehose")) == 1
    await sim.advance(120)
    await until(lambda: heard)
    source, raw = heard[0]
    assert (source, json.loads(raw)["type"]) == ("simulator", "gifter_alert")
    assert upstream.firehose("simulator").state == "live"
    upstream.want_whales("simulator", None)
    await open_sockets(sim, 0)
    await until(lambda: upstream.firehose("simulator").state == "off")
    assert socket.account.tier.name == "agency_global"


async def test_another_filter_is_told_in_mid_stream_without_another_connection(sim, make):
    upstream = await make(simulator=bases(sim), key=None)
    upstream.want_whales("simulator", BIG)
    (socket,) = await open_sockets(sim)
    for net in (GERMANY, SMALL):
        upstream.want_whales("simulator", net)
        await until(lambda: (socket.mode, socket.least) == (net.mode, net.min_diamonds))  # noqa: B023
    told = [json.loads(frame) for frame in socket.heard_frames]
    assert told[0] == {"type": "update_filter", "mode": "region", "region": "DE+", "min_diamonds": 500}
    assert sim.counts[f"WS {PATH}"] == 1


async def test_the_first_filter_stands_in_the_address_with_its_plus_encoded(tiktool, make, agency):
    upstream = await make()
    upstream.want_whales("tiktool", GERMANY)
    await tiktool.socket("")
    path, query = tiktool.queries[-1]
    told = {name: value[0] for name, value in query.items() if name != "apiKey"}
    assert (path, told) == (PATH, {"mode": "region", "region": "DE+", "min_diamonds": "500"})


async def test_nobody_is_asked_while_no_overlay_shows_whales(tiktool, make, agency, creator):
    tiktool.live["lin.sings"] = True
    upstream = await make(creator())
    await tiktool.socket("lin.sings")
    assert [path for path, _ in tiktool.queries if path == PATH] == []
    assert upstream.firehose().state == "off"


@pytest.mark.parametrize("tier", ["sandbox", "basic", "pro", "ultra"])
async def test_a_key_whose_plan_is_known_to_lack_it_is_not_even_tried(tiktool, make, tier):
    tiktool.limits["tier"] = tier
    upstream = await make()
    upstream.want_whales("tiktool", BIG)
    await until(lambda: upstream.firehose().state == "refused")
    assert "Global Agency" in upstream.firehose().reason
    assert [path for path, _ in tiktool.queries if path == PATH] == []


@pytest.mark.parametrize("code", [4401, 4403])
async def test_a_no_to_the_key_stops_the_firehose_and_nothing_else(tiktool, make, agency, creator, code):
    tiktool.live["lin.sings"] = True
    tiktool.greet[""] = [(code, "The firehose requires Global Agency")]
    upstream = await make(creator())
    live = await tiktool.socket("lin.sings")
    upstream.want_whales("tiktool", BIG)
    await until(lambda: upstream.firehose().state == "refused")
    assert "requires Global Agency" in upstream.firehose().reason
    assert upstream.key_status().refused is None
    assert live in tiktool.open("lin.sings")
    await asyncio.sleep(0.1)
    assert len(tiktool.sockets[""]) == 1
    upstream.want_whales("tiktool", None)
    upstream.want_whales("tiktool", BIG)  # switched on again: the plan may be another one
    await tiktool.socket("", 2)


async def test_a_filter_that_is_not_accepted_is_named_and_another_one_is_tried(tiktool, make, agency):
    tiktool.greet[""] = [(4400, "INVALID_OPTIONS")]
    upstream = await make()
    upstream.want_whales("tiktool", GERMANY)
    await until(lambda: upstream.firehose().state == "refused")
    assert upstream.firehose().reason == (
        "TikTool's firehose does not accept this region or league class (INVALID_OPTIONS)"
    )
    upstream.want_whales("tiktool", GERMANY)
    assert upstream.firehose().state == "refused"
    upstream.want_whales("tiktool", BIG)
    await tiktool.socket("", 2)
    await until(lambda: upstream.firehose().state == "live")


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_handshake_stops_it_too(tiktool, make, agency, status):
    tiktool.refuse[""] = [(status, "no")]
    upstream = await make()
    upstream.want_whales("tiktool", BIG)
    await until(lambda: upstream.firehose().state == "refused")
    assert upstream.key_status().refused is None


@pytest.mark.parametrize("code", [1000, 1006, 1011, 4005, 4500, 4555, 4404, 4999])
async def test_whatever_passes_by_itself_is_followed_by_another_connection(tiktool, make, agency, code):
    tiktool.greet[""] = [(code if code != 1006 else 1011, "bye")]
    upstream = await make()
    upstream.want_whales("tiktool", BIG)
    await tiktool.socket("", 2)
    await until(lambda: upstream.firehose().state == "live")


async def test_a_limit_makes_the_whole_key_wait(tiktool, make, agency):
    tiktool.greet[""] = [(4429, "Too many requests")]
    upstream = await make()
    upstream.want_whales("tiktool", BIG)
    await until(lambda: upstream.firehose().state == "limited")
    assert upstream.key_status().paused_until_ms is not None
    await tiktool.socket("", 2)


async def test_another_key_knows_what_was_wanted(tiktool, make, agency):
    upstream = await make(key=None)
    upstream.want_whales("tiktool", BIG)
    assert upstream.firehose().state == "refused"
    await upstream.set_key(Secret("tk_canary_other"))
    await tiktool.socket("")
    await until(lambda: upstream.firehose().state == "live")


async def test_a_refused_key_closes_it(tiktool, make, agency):
    upstream = await make()
    upstream.want_whales("tiktool", BIG)
    await tiktool.socket("")
    upstream.account().stop_key("TikTool refuses the key")
    await until(lambda: not tiktool.open(""))
    assert upstream.firehose().state == "refused"
