"""Claims about the sockets: what opens, what is refused, how they close, what comes again after a cut."""

import asyncio
import json

import httpx
import pytest
import websockets

from overlay.simulator import Simulator
from tests.simulator.ears import fixture

NEVER_SENT = {1006}


async def test_a_socket_hears_room_info_and_then_life(serve, listen):
    sim = await serve()
    ear = await listen(sim, "@Luna.Sings ")
    first = await ear.until(lambda _: True)
    assert first["event"] == "roomInfo"
    assert first["data"]["roomId"] == sim.creator("luna.sings").room_id
    assert first["data"]["ownerUserId"] == sim.creator("luna.sings").host.id
    await ear.until(lambda frame: frame["event"] == "gift")


async def test_the_address_with_and_without_a_slash_is_the_same(serve):
    sim = await serve()
    for base in (sim.ws_base, f"{sim.ws_base}/"):
        async with websockets.connect(f"{base}?uniqueId=luna.sings&apiKey=tk_1") as ws:
            assert json.loads(await ws.recv())["event"] == "roomInfo"


async def test_two_creators_hear_different_people(serve, listen):
    sim = await serve()
    one, two = await listen(sim, "luna.sings"), await listen(sim, "max.beats")
    first = [await ear.until(lambda frame: frame["event"] == "gift") for ear in (one, two)]
    assert first[0]["data"]["user"]["id"] != first[1]["data"]["user"]["id"]


@pytest.mark.parametrize("row", fixture("close-codes.json"), ids=lambda row: str(row["code"]))
async def test_every_close_code_is_really_sent(serve, listen, row):
    sim = await serve()
    ear = await listen(sim)
    await ear.until(lambda frame: frame["event"] == "roomInfo")
    sim.close("luna.sings", row["code"], row["name"])
    code, reason = await ear.closed()
    assert code == row["code"]
    assert reason == ("" if code in NEVER_SENT else row["name"])
    assert not sim.open_sockets("luna.sings")


@pytest.mark.parametrize("row", fixture("close-reasons.json"), ids=lambda row: row["kind"])
async def test_every_close_reason_is_really_sent(serve, listen, row):
    sim = await serve()
    ear = await listen(sim)
    await ear.until(lambda frame: frame["event"] == "roomInfo")
    sim.close("luna.sings", row["code"], row["reason"])
    assert await ear.closed() == (row["code"], row["reason"])


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
async def test_a_handshake_can_be_refused_once(serve, listen, status):
    sim = await serve()
    sim.refuse_handshake(status)
    with pytest.raises(websockets.InvalidStatus) as refused:
        await listen(sim)
    assert refused.value.response.status_code == status
    await (await listen(sim)).until(lambda frame: frame["event"] == "roomInfo")


async def test_a_wrong_key_is_closed_with_4401_or_refused_with_401(serve, listen):
    sim = await serve()
    sim.reject_key("tk_wrong")
    assert (await (await listen(sim, apiKey="tk_wrong")).closed())[0] == 4401
    strict = await serve(bad_key_status=401)
    strict.reject_key("tk_wrong")
    with pytest.raises(websockets.InvalidStatus) as refused:
        await listen(strict, apiKey="tk_wrong")
    assert refused.value.response.status_code == 401


async def test_a_creator_who_is_not_live_is_closed_with_4404(serve, listen):
    sim = await serve()
    sim.set_offline("luna.sings")
    assert await (await listen(sim)).closed() == (4404, "Creator is not currently live")


async def test_a_missing_handle_is_closed_with_4400(serve, listen):
    sim = await serve()
    assert (await (await listen(sim, "")).closed())[0] == 4400


async def test_a_jwt_opens_its_creators_only_and_a_made_up_one_nothing(serve, listen, ask):
    sim = await serve()
    token = (await ask(sim, "POST", "/authentication/jwt", json={"allowed_creators": ["luna.sings"]})).json()["data"][
        "token"
    ]
    await (await listen(sim, jwtKey=token, apiKey="")).until(lambda frame: frame["event"] == "roomInfo")
    assert (await (await listen(sim, "max.beats", jwtKey=token, apiKey="")).closed())[0] == 4403
    assert await (await listen(sim, jwtKey="made.up", apiKey="")).closed() == (4401, "Invalid or expired JWT")


async def test_above_the_cap_the_oldest_socket_of_the_key_is_evicted(serve, listen):
    sim = await serve(sockets_cap=2)
    ears = [await listen(sim, name) for name in ("a", "b")]
    for ear in ears:
        await ear.until(lambda frame: frame["event"] == "roomInfo")
    other = await listen(sim, "z", apiKey="tk_other")
    third = await listen(sim, "c")
    assert await ears[0].closed() == (4429, "Evicted - newer connection arrived (FIFO)")
    await third.until(lambda frame: frame["event"] == "roomInfo")
    assert ears[1].close is None
    assert other.close is None


async def test_the_sandbox_allows_sixty_connects_an_hour(serve, listen):
    sim = await serve(tier="sandbox")
    for number in range(60):
        ear = await listen(sim, f"creator{number}")
        await ear.until(lambda frame: frame["event"] == "roomInfo")
        await ear.ws.close()
    assert await (await listen(sim)).closed() == (4429, "Sandbox allows 60 WebSocket connections per hour")


async def test_the_end_of_a_stream_is_control_3_then_4005_and_the_next_has_a_new_room(serve, listen):
    sim = await serve()
    ear = await listen(sim)
    room = (await ear.until(lambda frame: frame["event"] == "roomInfo"))["data"]["roomId"]
    sim.end_stream("luna.sings")
    assert await ear.closed() == (4005, "STREAM_END")
    assert ear.frames[-1]["data"]["action"] == 3
    assert (await (await listen(sim)).closed())[0] == 4404
    sim.set_live("luna.sings")
    again = await (await listen(sim)).until(lambda frame: frame["event"] == "roomInfo")
    assert again["data"]["roomId"] != room
    assert list(sim.creator("luna.sings").truth.rooms) == [room, again["data"]["roomId"]]


async def test_a_stream_ends_by_itself_and_the_next_begins_after_the_break(serve, listen):
    sim = await serve("hostile", speed=0)
    ear = await listen(sim)
    room = (await ear.until(lambda frame: frame["event"] == "roomInfo"))["data"]["roomId"]
    await sim.advance(31 * 60)
    assert (await ear.closed())[0] == 4005
    assert not sim.creator("luna.sings").live
    await sim.advance(91)
    assert sim.creator("luna.sings").live
    assert sim.creator("luna.sings").room_id != room


async def test_the_same_room_goes_on_after_a_close_and_stands_still_between(serve, listen):
    sim = await serve(speed=0)
    ear = await listen(sim)
    await sim.advance(20)
    await ear.until(lambda frame: frame["event"] == "gift")
    sim.close("luna.sings", 4500, "TIKTOK_CLOSED")
    await ear.closed()
    before = sim.ledger_truth("luna.sings").diamonds
    await sim.advance(300)
    assert sim.ledger_truth("luna.sings").diamonds == before
    again = await listen(sim)
    info = await again.until(lambda frame: frame["event"] == "roomInfo")
    assert info["data"]["roomId"] == sim.creator("luna.sings").room_id
    await sim.advance(60)
    await again.until(lambda frame: frame["event"] == "chat")
    assert sim.ledger_truth("luna.sings").diamonds > before
    stamps = [frame["data"]["timestamp"] for frame in again.frames if "timestamp" in frame.get("data", {})]
    assert abs(stamps[-1] - sim.clock.wall()) < 10_000


async def test_with_replays_recent_and_missed_frames_come_again_with_their_ids(serve, listen):
    sim = await serve("everyday", speed=0, replays=True)
    ear = await listen(sim)
    await sim.advance(15)
    await ear.until(lambda frame: frame["event"] == "follow" or frame["event"] == "roomUserSeq")
    await asyncio.sleep(0.05)
    sim.close("luna.sings", 1006)
    assert (await ear.closed())[0] == 1006
    again = await listen(sim)
    await again.until(lambda frame: frame["event"] == "gift")
    heard = {frame["data"]["msgId"] for frame in ear.frames if "msgId" in frame.get("data", {})}
    replayed = [frame["data"]["msgId"] for frame in again.frames if "msgId" in frame.get("data", {})]
    assert set(replayed) <= heard
    assert len(replayed) >= 10


async def test_silence_keeps_the_socket_open_and_what_was_said_comes_after(serve, listen):
    sim = await serve("chaos", speed=0, lasting_faults=False)
    ear = await listen(sim)
    await sim.advance(5)
    await asyncio.sleep(0.05)
    sim.go_silent("luna.sings", 30_000)
    await asyncio.sleep(0.05)
    heard = len(ear.raw)
    await sim.advance(29)
    await asyncio.sleep(0.05)
    assert len(ear.raw) == heard
    await sim.advance(2)
    await asyncio.sleep(0.05)
    assert len(ear.raw) > heard
    assert ear.close is None


async def test_a_frame_of_ones_own_reaches_the_sockets_of_that_creator_only(serve, listen):
    sim = await serve(speed=0)
    one, two = await listen(sim, "a"), await listen(sim, "b")
    for ear in (one, two):
        await ear.until(lambda frame: frame["event"] == "roomInfo")
    sim.send("a", {"event": "chat", "data": {"comment": "only here"}})
    sim.send("a", "not json")
    await one.until(lambda frame: frame.get("data", {}).get("comment") == "only here")
    await asyncio.sleep(0.05)
    assert one.raw[-1] == "not json"
    assert not any("only here" in str(text) for text in two.raw)


async def test_connects_and_requests_are_counted(serve, listen, ask):
    sim = await serve()
    await listen(sim, "a")
    await listen(sim, "a")
    await ask(sim, "GET", "/webcast/rate_limits")
    assert sim.connects["a"] == 2
    assert sim.counts["/webcast/rate_limits"] == 1
    assert len(sim.open_sockets("a")) == 2


async def test_what_is_no_websocket_is_told_so(serve, ask):
    sim = await serve()
    assert (await ask(sim, "GET", "/")).status_code == 426


async def test_stop_leaves_no_task_and_no_socket(listen):
    before = len(asyncio.all_tasks())
    sim = await Simulator().start()
    ears = [
        await listen(sim, "a"),
        await listen(sim, "a", path="/captions"),
        await listen(sim, "a", path="/firehose/gifters"),
    ]
    await ears[0].until(lambda frame: frame["event"] == "gift")
    await sim.stop()
    for ear in ears:
        await ear.closed()
    await asyncio.sleep(0.05)
    assert not sim.lines
    assert not sim.sockets
    assert len(asyncio.all_tasks()) <= before + 1


async def test_the_server_answers_pings_and_speaks_http_one_after_another(serve, listen):
    sim = await serve()
    ear = await listen(sim)
    await asyncio.wait_for(await ear.ws.ping(), 2)
    async with httpx.AsyncClient(base_url=sim.http_base, trust_env=False) as client:
        for _ in range(3):
            assert (await client.get("/webcast/rate_limits", params={"apiKey": "tk_1"})).status_code == 200


# captions ------------------------------------------------------------------------------------------------------


async def test_the_captions_socket_connects_transcribes_translates_and_tells_credits(serve, listen):
    sim = await serve("captions", speed=0)
    ear = await listen(sim, path="/captions", translate="de", language="en")
    for _ in range(240):
        await sim.advance(0.25)
    await ear.until(lambda frame: frame["type"] == "translation")
    frames = ear.frames
    assert [frame["status"] for frame in frames if frame["type"] == "status"] == ["connecting", "transcribing"]
    captions = [frame for frame in frames if frame["type"] == "caption"]
    assert {"text", "speaker", "isFinal", "language"} <= set(captions[0])
    assert any(not frame["isFinal"] for frame in captions)
    assert any(frame["isFinal"] for frame in captions)
    assert {frame["targetLanguage"] for frame in frames if frame["type"] == "translation"} == {"de"}
    credits = [frame for frame in frames if frame["type"] == "credits"]
    assert len(credits) >= 2
    assert credits[-1]["used"] + credits[-1]["remaining"] == credits[-1]["total"]


async def test_captions_without_diarization_name_no_speaker(serve, listen):
    sim = await serve(speed=20)
    ear = await listen(sim, path="/captions", diarization="false")
    assert "speaker" not in await ear.until(lambda frame: frame["type"] == "caption")


async def test_two_translations_are_refused(serve, listen):
    sim = await serve()
    ear = await listen(sim, path="/captions", translate="de,fr")
    assert (await ear.closed())[0] == 4400
    assert ear.frames == [fixture("captions-socket/error.json")]


@pytest.mark.parametrize("speed", [400, 40_000])  # at the second time leaps from plenty to nothing
async def test_a_used_up_allowance_warns_and_then_closes_with_1008(serve, listen, speed):
    sim = await serve(speed=speed, caption_minutes=5)
    ear = await listen(sim, path="/captions")
    assert (await ear.closed())[0] == 1008
    assert any(frame["type"] == "credits_low" for frame in ear.frames)
    assert ear.frames[-1]["remaining"] == 0
    assert (await (await listen(sim, path="/captions")).closed())[0] == 1008


async def test_captions_end_with_their_time_or_with_the_stream(serve, listen):
    sim = await serve(speed=100)
    ear = await listen(sim, path="/captions", max_duration_minutes="1")
    assert (await ear.closed())[0] == 1000
    assert ear.frames[-1]["status"] == "ended"
    other = await listen(sim, path="/captions")
    await other.until(lambda frame: frame["type"] == "caption")
    sim.set_offline("luna.sings")
    assert (await other.closed())[0] == 1000


async def test_captions_wait_for_a_creator_who_is_not_live(serve, listen):
    sim = await serve(speed=20)
    sim.set_offline("luna.sings")
    ear = await listen(sim, path="/captions")
    await ear.until(lambda frame: frame.get("status") == "waiting")
    sim.set_live("luna.sings")
    await ear.until(lambda frame: frame["type"] == "caption")


# firehose ------------------------------------------------------------------------------------------------------


async def test_the_firehose_carries_gifts_of_all_creators_and_filters_in_mid_stream(serve, listen):
    sim = await serve(speed=0)
    fire = await listen(sim, "", path="/firehose/gifters", min_diamonds="1")
    ears = [await listen(sim, name) for name in ("a", "b", "c")]
    await sim.advance(30)
    alert = await fire.until(lambda frame: frame["type"] == "gifter_alert")
    assert set(alert) == set(fixture("firehose/gifter_alert.json"))
    assert {frame["creator"]["uniqueId"] for frame in fire.frames} >= {"a", "b", "c"}
    await fire.ws.send(json.dumps({"type": "update_filter", "mode": "global", "min_diamonds": 1000}))
    await asyncio.sleep(0.05)
    before = len(fire.raw)
    await sim.advance(240)
    await asyncio.sleep(0.05)
    later = fire.frames[before:]
    assert later
    assert all(frame["gift"]["totalDiamonds"] >= 1000 for frame in later)
    assert all(ear.close is None for ear in ears)


async def test_the_firehose_tells_of_strangers_too_and_of_one_region_only_if_asked(serve, listen):
    sim = await serve(speed=0)
    every = await listen(sim, "", path="/firehose/gifters", min_diamonds="500")
    one = await listen(sim, "", path="/firehose/gifters", mode="region", region="JP")
    await sim.advance(3_600)
    await asyncio.sleep(0.05)
    assert len({frame["region"] for frame in every.frames}) > 5
    assert {frame["region"] for frame in one.frames} == {"JP"}
    classes = {frame["classType"] is None: frame["gift"]["totalDiamonds"] for frame in every.frames}
    assert classes[True] < 30_000 <= classes[False]


@pytest.mark.parametrize("mode", ["region", "league", "moon"])
async def test_a_filter_that_lacks_its_region_is_refused(serve, listen, mode):
    sim = await serve()
    assert (await (await listen(sim, "", path="/firehose/gifters", mode=mode)).closed())[0] == 4400


async def test_the_firehose_is_for_agencies(serve, listen):
    sim = await serve(tier="ultra")
    assert (await (await listen(sim, "", path="/firehose/gifters")).closed())[0] == 4403
