"""The loop around the table: one socket a creator, opened, read, closed and opened again as the law says."""

from __future__ import annotations

import asyncio
import itertools
import json

import msgspec
import pytest

from overlay.core import events
from overlay.upstream import CreatorSettings, Timing

CHAT = '{"event":"chat","data":{"user":{"id":"1"},"comment":"hi"}}'
H = "lin.sings"
FAST = Timing(spacing_s=0.01, batch_gap_s=0.01, confirm_s=0.05, scale=0.01, jitter=0.0)


async def test_a_live_creator_gets_one_socket_and_its_frames_arrive_as_they_were_sent(tiktool, hub, make, creator):
    tiktool.live[H] = True
    tiktool.rooms[H] = "7650000000000000101"
    await make(creator())
    socket = await tiktool.socket(H)
    await socket.send(CHAT)
    await hub.until(lambda: hub.frames)
    assert hub.frames == [("lin", "live", CHAT.encode())]
    assert hub.kinds("lin")[:2] == ["Checked", "Opened"]
    await asyncio.sleep(0.4)
    assert len(tiktool.sockets[H]) == 1


async def test_the_handle_is_sent_plain_and_the_key_as_a_parameter(tiktool, make, creator):
    tiktool.live[H] = True
    await make(creator())
    await tiktool.socket(H)
    path, query = tiktool.queries[0]
    assert (path, query) == ("/", {"uniqueId": [H], "apiKey": ["tk_canary_4f9a1c77e2"]})
    assert all("apikey" not in str(params).lower() for _, _, params, _ in tiktool.requests)
    assert {headers["x-api-key"] for headers in tiktool.headers} == {"tk_canary_4f9a1c77e2"}


@pytest.mark.parametrize("live", [False, None])
async def test_offline_and_unknown_open_no_socket(tiktool, hub, make, creator, live):
    tiktool.live[H] = live
    upstream = await make(creator())
    await tiktool.until(lambda: len(tiktool.asked("/webcast/bulk_live_check")) >= 3)
    assert tiktool.sockets == {}
    assert upstream.status("lin").state == "offline"


async def test_binary_frames_are_handed_on_too(tiktool, hub, make, creator):
    tiktool.live[H] = True
    await make(creator())
    await (await tiktool.socket(H)).send(b"\xff\xfe")
    await hub.until(lambda: hub.frames)
    assert hub.frames[0][2] == b"\xff\xfe"


async def test_a_frame_of_ten_megabytes_arrives(tiktool, hub, make, creator):
    tiktool.live[H] = True
    await make(creator())
    await (await tiktool.socket(H)).send("x" * (10 * 1024 * 1024))
    await hub.until(lambda: hub.frames)
    assert len(hub.frames[0][2]) == 10 * 1024 * 1024


@pytest.mark.parametrize("code", [1001, 1011, 1012, 1013, 4500, 4502, 4555, 4556, 4007, 4999, 3000])
async def test_after_what_passes_it_connects_again_by_itself(tiktool, hub, make, creator, code):
    tiktool.live[H] = True
    upstream = await make(creator(), preflight_s=60)
    await (await tiktool.socket(H)).close(code, "because")
    await tiktool.socket(H, 2)
    await hub.until(lambda: hub.kinds("lin").count("Opened") == 2)
    assert ("lin", events.Closed(code=code, reason="because")) in hub.events
    assert upstream.status("lin").reconnects == 1


async def test_a_line_cut_without_a_word_is_1006_and_no_end(tiktool, hub, make, creator):
    tiktool.live[H] = True
    await make(creator(), preflight_s=60)
    (await tiktool.socket(H)).transport.abort()
    await tiktool.socket(H, 2)
    assert ("lin", events.Closed(code=1006, reason="")) in hub.events


@pytest.mark.parametrize("code", [1000, 4006])
async def test_after_a_normal_close_or_silence_it_asks_first_and_connects_if_live(tiktool, hub, make, creator, code):
    tiktool.live[H] = True
    await make(creator(), preflight_s=60)
    socket = await tiktool.socket(H)
    asked = len(tiktool.asked("/webcast/bulk_live_check"))
    await socket.close(code)
    await tiktool.socket(H, 2)
    assert len(tiktool.asked("/webcast/bulk_live_check")) == asked + 1


@pytest.mark.parametrize("code", [1000, 4006])
@pytest.mark.parametrize("live", [False, None])
async def test_after_a_normal_close_or_silence_only_a_yes_connects(tiktool, hub, make, creator, code, live):
    tiktool.live[H] = True
    await make(creator(), preflight_s=60)
    socket = await tiktool.socket(H)
    tiktool.live[H] = live
    asked = len(tiktool.asked("/webcast/bulk_live_check"))
    await socket.close(code)
    await tiktool.until(lambda: len(tiktool.asked("/webcast/bulk_live_check")) > asked)
    await asyncio.sleep(0.3)
    assert len(tiktool.sockets[H]) == 1


async def test_the_longest_age_is_bridged_even_when_nothing_is_known(tiktool, hub, make, creator):
    tiktool.live[H] = True
    await make(creator(), preflight_s=60)
    socket = await tiktool.socket(H)
    tiktool.live[H] = None
    await socket.close(4555, "MAX_LIFETIME")
    await tiktool.socket(H, 2)


@pytest.mark.parametrize("code", [4400, 4403])
async def test_a_refused_creator_is_left_alone_until_a_setting_changes(tiktool, hub, make, creator, code):
    tiktool.live[H] = tiktool.live["ada"] = True
    upstream = await make(creator(), CreatorSettings(id="ada", handle="ada"), preflight_s=0.05)
    await tiktool.socket("ada")
    await (await tiktool.socket(H)).close(code, "no")
    await hub.until(lambda: hub.last_state("lin") == "refused")
    await asyncio.sleep(0.3)
    assert len(tiktool.sockets[H]) == 1
    assert len(tiktool.open("ada")) == 1
    await upstream.apply([creator(priority=3), CreatorSettings(id="ada", handle="ada")])
    await tiktool.socket(H, 2)
    assert len(tiktool.sockets["ada"]) == 1


@pytest.mark.parametrize("code", [4401, 4003])
async def test_a_refused_key_stops_all_its_sockets_and_questions(tiktool, hub, make, creator, code):
    tiktool.live[H] = tiktool.live["ada"] = True
    upstream = await make(creator(), CreatorSettings(id="ada", handle="ada"), preflight_s=0.05)
    await tiktool.socket("ada")
    await (await tiktool.socket(H)).close(code, "bad key")
    await hub.until(lambda: hub.last_state("lin") == "refused" and hub.last_state("ada") == "refused")
    asked = len(tiktool.requests)
    await asyncio.sleep(0.3)
    assert not tiktool.open("ada")
    assert len(tiktool.requests) - asked <= 1  # one may have been on its way
    assert "key" in upstream.status("ada").reason


async def test_a_new_key_brings_everything_back(tiktool, hub, make, creator):
    from overlay.config import Secret

    tiktool.live[H] = True
    upstream = await make(creator())
    await (await tiktool.socket(H)).close(4401, "bad key")
    await hub.until(lambda: hub.last_state("lin") == "refused")
    await upstream.set_key(Secret("tk_another_key"))
    await tiktool.socket(H, 2)
    assert tiktool.queries[-1][1]["apiKey"] == ["tk_another_key"]


@pytest.mark.parametrize(
    ("key", "word"), [(None, "no TikTool key"), ("", "no TikTool key"), ("your_api_key", "demo key")]
)
async def test_without_a_key_of_ones_own_nothing_is_asked(tiktool, hub, make, creator, key, word):
    upstream = await make(creator(), key=key)
    assert (upstream.status("lin").state, word in upstream.status("lin").reason) == ("refused", True)
    await asyncio.sleep(0.2)
    assert tiktool.requests == []


async def test_not_live_waits_on_the_ladder_although_preflight_goes_on_saying_live(tiktool, hub, make, creator):
    tiktool.live[H] = True
    tiktool.greet[H] = [(4404, "Creator is not currently live")] * 9
    await make(creator(), preflight_s=0.02)
    await tiktool.socket(H, 3)
    first, second, third = [at for at, _ in tiktool.opened_at][:3]
    assert second - first >= 0.3
    assert third - second >= 0.9


async def test_going_live_anew_ends_the_wait_on_the_ladder(tiktool, hub, make, creator):
    tiktool.live[H] = True
    tiktool.greet[H] = [(4404, "")]
    await make(creator(), preflight_s=0.02, timing=msgspec.structs.replace(FAST, scale=1.0))
    await tiktool.socket(H)
    tiktool.live[H] = False
    await hub.until(lambda: ("lin", events.Checked(live=False)) in hub.events)
    tiktool.live[H] = True
    await tiktool.socket(H, 2)


@pytest.mark.parametrize(("status", "state"), [(401, "refused"), (403, "refused"), (429, "limited"), (404, "offline")])
async def test_a_refused_handshake_is_read_like_a_close(tiktool, hub, make, creator, status, state):
    tiktool.live[H] = True
    tiktool.refuse[H] = [(status, "no")] * 5
    await make(creator(), preflight_s=60, timing=msgspec.structs.replace(FAST, scale=1.0))
    await hub.until(lambda: hub.last_state("lin") == state)


async def test_a_refused_handshake_with_a_server_error_is_tried_again(tiktool, hub, make, creator):
    tiktool.live[H] = True
    tiktool.refuse[H] = [(503, "later"), (500, "later")]
    await make(creator(), preflight_s=60)
    await tiktool.socket(H)
    assert len(tiktool.opened_at) == 3


async def test_an_eviction_keeps_only_that_creator_waiting(tiktool, hub, make, creator):
    tiktool.live[H] = True
    upstream = await make(creator(), preflight_s=0.05, timing=msgspec.structs.replace(FAST, scale=1.0))
    await (await tiktool.socket(H)).close(4429, "Evicted - newer connection arrived (FIFO)")
    await hub.until(lambda: hub.last_state("lin") == "limited")
    tiktool.live["ada"] = True
    await upstream.apply([creator(), CreatorSettings(id="ada", handle="ada")])
    await tiktool.socket("ada")
    assert len(tiktool.sockets[H]) == 1


@pytest.mark.parametrize("reason", ["", "Daily Demo Limit Reached. Upgrade Required.", "60 connections per hour"])
async def test_a_limit_keeps_the_whole_key_from_connecting_while_asking_goes_on(tiktool, hub, make, creator, reason):
    tiktool.live[H] = True
    upstream = await make(creator(), preflight_s=0.05, timing=msgspec.structs.replace(FAST, scale=1.0))
    await (await tiktool.socket(H)).close(4429, reason)
    await hub.until(lambda: hub.last_state("lin") == "limited")
    tiktool.live["ada"] = True
    await upstream.apply([creator(), CreatorSettings(id="ada", handle="ada")])
    await hub.until(lambda: hub.last_state("ada") == "limited")
    asked = len(tiktool.asked("/webcast/bulk_live_check"))
    await tiktool.until(lambda: len(tiktool.asked("/webcast/bulk_live_check")) > asked + 2)
    assert "ada" not in tiktool.sockets
    assert len(tiktool.sockets[H]) == 1


async def test_a_limit_notice_decides_whatever_code_follows(tiktool, hub, make, creator):
    tiktool.live[H] = True
    await make(creator(), preflight_s=60, timing=msgspec.structs.replace(FAST, scale=1.0))
    socket = await tiktool.socket(H)
    await socket.send('{"type":"demo_limit","message":"Daily demo limit reached.","upgrade_url":"x"}')
    await socket.close(1000)
    await hub.until(lambda: hub.last_state("lin") == "limited")
    assert "Daily demo limit reached." in hub.states[-1][2]


async def test_silence_closes_the_socket_with_1000_and_counts_as_4006(tiktool, hub, make, creator):
    tiktool.live[H] = True
    await make(creator(), preflight_s=60, timing=msgspec.structs.replace(FAST, silence_s=0.2, quiet_s=0.1))
    socket = await tiktool.socket(H)
    await tiktool.socket(H, 2)
    assert socket.close_code == 1000
    assert next(event for _, event in hub.events if isinstance(event, events.Closed)).code == 4006


async def test_a_socket_on_which_something_is_heard_is_not_given_up(tiktool, hub, make, creator):
    tiktool.live[H] = True
    await make(creator(), preflight_s=60, timing=msgspec.structs.replace(FAST, silence_s=0.3, quiet_s=0.2))
    socket = await tiktool.socket(H)
    for _ in range(8):
        await socket.send('{"event":"ping"}')
        await asyncio.sleep(0.1)
    assert len(tiktool.sockets[H]) == 1


async def test_the_light_is_live_while_frames_come_and_quiet_without(tiktool, hub, make, creator):
    tiktool.live[H] = True
    await make(creator(), preflight_s=60, timing=msgspec.structs.replace(FAST, quiet_s=30.0))
    socket = await tiktool.socket(H)
    await hub.until(lambda: hub.last_state("lin") == "quiet")
    await socket.send(CHAT)
    await hub.until(lambda: hub.last_state("lin") == "live")


async def test_an_announced_end_and_a_closing_socket_end_the_stream(tiktool, hub, make, creator):
    tiktool.live[H] = True
    upstream = await make(creator(), preflight_s=60, timing=msgspec.structs.replace(FAST, confirm_s=30))
    socket = await tiktool.socket(H)
    await hub.until(lambda: "Opened" in hub.kinds("lin"))
    upstream.ending("lin")
    tiktool.live[H] = False
    await socket.close(4005, "STREAM_END")
    await hub.until(lambda: hub.last_state("lin") == "ended")


async def test_a_close_with_4005_ends_the_stream_and_a_new_one_waits_a_minute(tiktool, hub, make, creator):
    tiktool.live[H] = True
    await make(creator(), preflight_s=0.05)
    await (await tiktool.socket(H)).close(4005, "STREAM_END")
    await hub.until(lambda: ("lin", "ended", "the stream has ended") in hub.states)
    await tiktool.socket(H, 2)
    first, second = (at for at, _ in tiktool.opened_at)
    assert second - first >= 0.6


async def test_what_http_knows_of_a_stream_is_told_once_after_it_began(tiktool, hub, make, creator):
    tiktool.live["luna.sings"], tiktool.rooms["luna.sings"] = True, "7650000000000000101"
    tiktool.answers["/webcast/room_info"] = tiktool.fixture("room_info.fetch-mode")
    tiktool.answers["/webcast/user_profile"] = tiktool.fixture("user_profile.ultra")
    await make(creator(handle="luna.sings"), preflight_s=60, timing=msgspec.structs.replace(FAST, figures_s=0.01))
    await hub.until(lambda: "RoomInfo" in hub.kinds("lin"))
    told = next(event for _, event in hub.events if isinstance(event, events.RoomInfo))
    assert told == events.RoomInfo(
        room_id="7650000000000000101", handle="luna.sings", owner_id="6912345678901234501", viewers=2924, likes=0
    )
    await tiktool.sockets["luna.sings"][0].close(4502)
    await tiktool.socket("luna.sings", 2)
    await asyncio.sleep(0.1)
    assert len(tiktool.asked("/webcast/room_info")) == 1


GREETING = {"roomId": "7650000000000000101", "ownerUserId": "6912345678901234501"}
TOLD = {"title": "Friday", "user_count": 342, "like_count": 0}


@pytest.mark.parametrize(
    ("greeting", "asked"),
    [
        ({"data": GREETING | {"roomInfo": TOLD}}, set()),
        ({**GREETING, "roomInfo": TOLD}, set()),
        ({"data": GREETING | TOLD}, set()),
        ({"data": GREETING | {"roomInfo": {"title": "Friday", "user_count": 342}}}, {"room_info"}),
        ({"data": GREETING | {"ownerUserId": "0", "roomInfo": TOLD}}, {"user_profile"}),
        ({"data": {"roomId": GREETING["roomId"]}}, {"room_info", "user_profile"}),
    ],
)
async def test_http_is_asked_only_for_what_the_greeting_has_not_told(tiktool, hub, make, creator, greeting, asked):
    tiktool.live["luna.sings"] = True
    tiktool.greet["luna.sings"] = [json.dumps({"event": "roomInfo", **greeting}).encode()]
    tiktool.answers["/webcast/room_info"] = tiktool.fixture("room_info.fetch-mode")
    tiktool.answers["/webcast/user_profile"] = tiktool.fixture("user_profile.ultra")
    await make(creator(handle="luna.sings"), preflight_s=60, timing=msgspec.structs.replace(FAST, figures_s=0.05))
    if asked:
        await hub.until(lambda: "RoomInfo" in hub.kinds("lin"))
    else:
        await hub.until(lambda: hub.frames)
        await asyncio.sleep(0.3)
    assert {path for path in ("room_info", "user_profile") if tiktool.asked(f"/webcast/{path}")} == asked


async def test_an_announced_end_is_confirmed_by_a_check_while_the_socket_stays_open(tiktool, hub, make, creator):
    tiktool.live[H] = True
    upstream = await make(creator(), preflight_s=60)
    socket = await tiktool.socket(H)
    await hub.until(lambda: "Opened" in hub.kinds("lin"))
    tiktool.live[H] = False
    upstream.ending("lin")
    await hub.until(lambda: hub.last_state("lin") == "ended")
    await asyncio.wait_for(socket.wait_closed(), 2)
    assert socket.close_code == 1000


async def test_a_viewer_event_after_the_signal_cancels_the_end(tiktool, hub, make, creator):
    tiktool.live[H] = True
    upstream = await make(creator(), preflight_s=60)
    await tiktool.socket(H)
    await hub.until(lambda: "Opened" in hub.kinds("lin"))
    tiktool.live[H] = False
    upstream.ending("lin")
    upstream.proof("lin")
    await asyncio.sleep(0.3)
    assert hub.last_state("lin") in {"quiet", "live"}
    assert len(tiktool.open(H)) == 1


async def test_the_next_stream_after_an_end_is_found(tiktool, hub, make, creator):
    tiktool.live[H] = True
    await make(creator(), preflight_s=0.05)
    socket = await tiktool.socket(H)
    tiktool.live[H] = False
    await socket.close(4005, "STREAM_END")
    await hub.until(lambda: hub.last_state("lin") == "ended")
    tiktool.live[H] = True
    await tiktool.socket(H, 2)
    await hub.until(lambda: hub.last_state("lin") == "quiet")


async def test_three_sockets_that_close_at_once_are_taken_as_not_live(tiktool, hub, make, creator):
    tiktool.live[H] = True
    tiktool.greet[H] = [(4502, "ws-sweep: x")] * 9
    await make(creator(), preflight_s=60)
    await tiktool.socket(H, 4)
    times = [at for at, _ in tiktool.opened_at]
    assert times[3] - times[2] >= 0.3 > times[2] - times[1]


async def test_one_creators_trouble_leaves_the_other_untouched(tiktool, hub, make, creator):
    tiktool.live[H] = tiktool.live["ada"] = True
    tiktool.greet[H] = [(4500, "x")] * 50
    await make(creator(), CreatorSettings(id="ada", handle="ada"), preflight_s=0.05)
    ada = await tiktool.socket("ada")
    await tiktool.socket(H, 4)
    await ada.send(CHAT)
    await hub.until(lambda: ("ada", "live", CHAT.encode()) in hub.frames)
    assert len(tiktool.sockets["ada"]) == 1


@pytest.mark.filterwarnings("ignore")
async def test_a_bug_in_one_creators_frames_never_ends_anothers(tiktool, hub, make, creator, caplog):
    tiktool.live[H] = tiktool.live["ada"] = True
    hub.fails_on = b"poison"
    await make(creator(), CreatorSettings(id="ada", handle="ada"), preflight_s=0.05)
    ada = await tiktool.socket("ada")
    lins = await tiktool.socket(H)
    await lins.send("poison")
    await asyncio.wait_for(lins.wait_closed(), 3)
    await ada.send(CHAT)
    await hub.until(lambda: ("ada", "live", CHAT.encode()) in hub.frames)
    assert "a bug in the hub" in caplog.text


async def test_the_simulator_lives_in_a_world_of_its_own(tiktool, hub, make, creator):
    tiktool.live[H] = tiktool.live["ada"] = True
    upstream = await make(
        creator(),
        CreatorSettings(id="ada", handle="ada", source="simulator"),
        preflight_s=0.05,
        simulator=tiktool.bases("tk_simulated"),
    )
    await tiktool.socket("ada")
    await (await tiktool.socket(H)).close(4401, "bad key")
    await hub.until(lambda: hub.last_state("lin") == "refused")
    assert len(tiktool.open("ada")) == 1
    await upstream.set_key(None)
    assert len(tiktool.open("ada")) == 1


async def test_no_more_sockets_than_the_budget_and_the_important_ones_first(tiktool, hub, make):
    tiktool.limits["websocket"] = {"limit": 3, "current": 0}
    people = [CreatorSettings(id=f"c{n}", handle=f"c{n}", priority=n) for n in range(5)]
    tiktool.live.update({f"c{n}": True for n in range(5)})
    upstream = await make(*people, preflight_s=0.05)
    await tiktool.socket("c4")
    await tiktool.socket("c3")
    await hub.until(lambda: hub.last_state("c0") == "limited")
    await asyncio.sleep(0.2)
    assert set(tiktool.sockets) == {"c4", "c3"}
    assert "sockets" in upstream.status("c0").reason
    tiktool.live["c4"] = False
    await tiktool.sockets["c4"][0].close(4005)
    await tiktool.socket("c2")


async def test_sockets_start_apart_from_each_other(tiktool, hub, make):
    people = [CreatorSettings(id=f"c{n}", handle=f"c{n}") for n in range(4)]
    tiktool.live.update({f"c{n}": True for n in range(4)})
    await make(*people, timing=msgspec.structs.replace(FAST, spacing_s=0.25))
    await tiktool.socket("c3")
    times = sorted(at for at, _ in tiktool.opened_at)
    assert min(b - a for a, b in itertools.pairwise(times)) >= 0.24


async def test_stopping_closes_every_socket_with_1000_in_under_a_second(tiktool, hub, make):
    people = [CreatorSettings(id=f"c{n}", handle=f"c{n}") for n in range(20)]
    tiktool.live.update({f"c{n}": True for n in range(20)})
    upstream = await make(*people)
    await tiktool.until(lambda: len(tiktool.sockets) == 20)
    await hub.until(lambda: sum(isinstance(e, events.Opened) for _, e in hub.events) == 20)
    begun = asyncio.get_running_loop().time()
    await upstream.stop()
    assert asyncio.get_running_loop().time() - begun < 1.0
    for (socket,) in tiktool.sockets.values():
        await asyncio.wait_for(socket.wait_closed(), 1)
        assert socket.close_code == 1000


async def test_switching_a_creator_off_closes_its_socket_and_on_opens_it(tiktool, hub, make, creator):
    tiktool.live[H] = True
    upstream = await make(creator(), preflight_s=60)
    socket = await tiktool.socket(H)
    await upstream.apply([creator(enabled=False)])
    await asyncio.wait_for(socket.wait_closed(), 2)
    await hub.until(lambda: hub.last_state("lin") == "offline")
    await upstream.apply([creator()])
    await tiktool.socket(H, 2)


async def test_a_removed_creator_is_gone_and_a_new_handle_gets_a_new_socket(tiktool, hub, make, creator):
    tiktool.live[H] = tiktool.live["ada"] = True
    upstream = await make(creator(), preflight_s=60)
    socket = await tiktool.socket(H)
    await upstream.apply([creator(handle="ada")])
    await asyncio.wait_for(socket.wait_closed(), 2)
    other = await tiktool.socket("ada")
    await upstream.apply([])
    await asyncio.wait_for(other.wait_closed(), 2)
    assert upstream.status("lin") is None


async def test_nobody_listening_is_tried_again_and_says_so_without_the_key(tiktool, hub, make, creator):
    from overlay.config import Bases, Secret
    from overlay.upstream import Upstream

    tiktool.live[H] = True
    bases = Bases("ws://127.0.0.1:9", tiktool.http, tiktool.http, Secret("tk_canary_4f9a1c77e2"))
    upstream = Upstream(tiktool=bases, inbox=hub, now_ms=lambda: 1_790_000_000_000, timing=FAST, on_state=hub.state)
    await upstream.start([creator()])
    await hub.until(lambda: "cannot be reached" in (hub.states[-1][2] if hub.states else ""))
    assert upstream.status("lin").state == "connecting"
    assert all("canary" not in text for _, _, text in hub.states)
    await upstream.stop()


async def test_a_key_never_travels_in_the_clear_beyond_this_machine(hub, creator):
    from overlay.config import Bases, Secret
    from overlay.upstream import Upstream
    from overlay.upstream.dial import Refused, dial
    from overlay.upstream.masking import Masking
    from overlay.upstream.rest import Rest

    with pytest.raises(Refused, match="wss"):
        await dial("ws://api.tik.tools/?apiKey=x", timing=FAST, masking=Masking(), now_ms=lambda: 0)
    for api in ("http://api.tik.tools", "http://127.0.0.1.evil.example", "http://127.evil.example"):
        rest = Rest(api, api, "x", now_ms=lambda: 0, masking=Masking())
        assert (await rest.get("/webcast/rate_limits")).outcome == "refused"
    bases = Bases("ws://192.168.1.5:8000", "https://api.tik.tools", "https://tik.tools", Secret("tk_x"))
    upstream = Upstream(tiktool=bases, inbox=hub, now_ms=lambda: 1_790_000_000_000, on_state=hub.state)
    await upstream.start([creator()])
    assert hub.states == [("lin", "refused", upstream.status("lin").reason)]
    assert "wss" in upstream.status("lin").reason
    await upstream.stop()
