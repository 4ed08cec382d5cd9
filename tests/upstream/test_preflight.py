"""Asking who is live: batches, fallbacks, unknowns, and the rhythm."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from overlay.upstream import CreatorSettings

REST = Path(__file__).parents[1] / "frames/tiktool/rest"
BULK = "/webcast/bulk_live_check"
H = "lin.sings"


def people(count: int) -> list[CreatorSettings]:
    return [CreatorSettings(id=f"c{n:02}", handle=f"c{n:02}") for n in range(count)]


def tier(tiktool, name: str) -> None:
    tiktool.limits = {"tier": name}


async def test_batches_follow_the_tier_and_come_one_after_another(tiktool, make):
    tier(tiktool, "basic")
    await make(*people(25), preflight_s=60)
    await tiktool.until(lambda: len(tiktool.asked(BULK)) == 3)
    assert [len(body["unique_ids"]) for _, body in tiktool.asked(BULK)] == [10, 10, 5]
    await asyncio.sleep(0.1)
    assert len(tiktool.asked(BULK)) == 3


async def test_a_second_lies_between_two_batches(tiktool, make):
    from overlay.upstream import Timing

    tier(tiktool, "basic")
    await make(*people(20), preflight_s=60, timing=Timing(batch_gap_s=0.4, scale=0.01))
    await tiktool.until(lambda: len(tiktool.asked(BULK)) == 1)
    begun = asyncio.get_running_loop().time()
    await tiktool.until(lambda: len(tiktool.asked(BULK)) == 2)
    assert asyncio.get_running_loop().time() - begun >= 0.35


async def test_limits_are_read_before_anything_else(tiktool, make, creator):
    await make(creator())
    await tiktool.until(lambda: tiktool.asked(BULK))
    assert tiktool.requests[0][1] == "/webcast/rate_limits"


async def test_a_refusal_of_too_many_halves_the_batch(tiktool, make):
    tiktool.answers[BULK] = [tiktool.fixture("bulk_live_check.too-many")]
    await make(*people(8), preflight_s=60)
    await tiktool.until(lambda: len(tiktool.asked(BULK)) == 3)
    assert [len(body["unique_ids"]) for _, body in tiktool.asked(BULK)] == [8, 4, 4]


@pytest.mark.parametrize("status", [403, 404])
async def test_a_tier_without_bulk_check_is_asked_one_at_a_time(tiktool, make, creator, status):
    tiktool.answers[BULK] = tiktool.answer(status, {"error": "not available on your tier"})
    tiktool.live[H] = True
    await make(creator(), preflight_s=60)
    await tiktool.socket(H)
    assert len(tiktool.asked(BULK)) == 1
    assert tiktool.asked("/webcast/live_status")[0][0]["uniqueId"] == H


async def test_the_sandbox_is_never_asked_in_bulk_and_a_no_is_checked_once(tiktool, hub, make, creator):
    tier(tiktool, "sandbox")
    tiktool.live[H] = False
    await make(creator(), preflight_s=60)
    await tiktool.until(lambda: tiktool.asked("/webcast/check_alive"))
    await hub.until(lambda: hub.kinds("lin") == ["Checked"])
    assert tiktool.asked(BULK) == []
    assert len(tiktool.asked("/webcast/live_status")) == 1
    assert len(tiktool.asked("/webcast/check_alive")) == 1


@pytest.mark.parametrize(
    "name",
    ["bulk_live_check.inconclusive", "errors.502-html", "errors.429", "errors.200-with-code", "check_alive.signed-url"],
)
async def test_no_error_or_unknown_answer_opens_a_socket_or_ends_a_stream(tiktool, hub, make, name):
    tiktool.live["luna.sings"] = True
    upstream = await make(CreatorSettings(id="luna", handle="luna.sings"), preflight_s=0.05)
    socket = await tiktool.socket("luna.sings")
    tiktool.answers[BULK] = tiktool.fixture(name)
    await socket.close(1000)
    asked = len(tiktool.asked(BULK))
    await tiktool.until(lambda: len(tiktool.asked(BULK)) > asked)
    await asyncio.sleep(0.3)
    assert len(tiktool.sockets["luna.sings"]) == 1
    assert upstream.status("luna").state == "connecting"


async def test_asking_stops_while_nine_tenths_of_the_sockets_are_open(tiktool, hub, make):
    tiktool.limits["websocket"] = {"limit": 1}
    tiktool.live["c00"] = True
    await make(*people(2), preflight_s=0.05)
    await tiktool.socket("c00")
    await asyncio.sleep(0.2)
    asked = len(tiktool.asked(BULK))
    await asyncio.sleep(0.4)
    assert len(tiktool.asked(BULK)) == asked


async def test_only_creators_without_a_socket_are_asked_about(tiktool, hub, make):
    tiktool.live["c00"] = True
    await make(*people(2), preflight_s=0.05)
    await tiktool.socket("c00")
    await hub.until(lambda: "Opened" in hub.kinds("c00"))
    asked = len(tiktool.asked(BULK))
    await tiktool.until(lambda: len(tiktool.asked(BULK)) >= asked + 3)
    assert tiktool.asked(BULK)[-1][1]["unique_ids"] == ["c01"]


async def test_a_room_id_of_the_row_is_known_before_the_socket_opens(tiktool, hub, make, creator):
    from overlay.core import events

    tiktool.live[H], tiktool.rooms[H] = True, "7650000000000000101"
    upstream = await make(creator(), preflight_s=60)
    await tiktool.socket(H)
    assert hub.events[0] == ("lin", events.Checked(live=True, room_id="7650000000000000101"))
    assert upstream.status("lin").room_id == "7650000000000000101"


async def test_the_room_of_the_socket_is_shown_when_it_differs(tiktool, hub, make, creator):
    tiktool.live[H], tiktool.rooms[H] = True, "7650000000000000101"
    upstream = await make(creator(), preflight_s=60)
    await (await tiktool.socket(H)).send('{"event":"roomInfo","roomId":7650000000000000202}')
    await hub.until(lambda: hub.frames)
    assert upstream.status("lin").room_id == "7650000000000000202"


async def test_a_401_stops_the_key_and_its_sockets(tiktool, hub, make, creator):
    tiktool.live[H] = True
    upstream = await make(creator(), CreatorSettings(id="ada", handle="ada"), preflight_s=0.05)
    socket = await tiktool.socket(H)
    tiktool.answers[BULK] = tiktool.fixture("errors.401")
    await asyncio.wait_for(socket.wait_closed(), 3)
    await hub.until(lambda: hub.last_state("lin") == hub.last_state("ada") == "refused")
    assert "Invalid or expired API key" in upstream.status("lin").reason


async def test_the_rhythm_is_shown_and_lengthened_by_the_budget(tiktool, hub, make):
    tiktool.limits = {"tier": "basic", "api": {"limit": 60, "remaining": 60}}
    upstream = await make(*people(40), preflight_s=60)
    await tiktool.until(lambda: len(tiktool.asked(BULK)) == 4)
    assert upstream.key_status().interval_s == 120
    assert upstream.key_status().tier == "basic"


def test_every_bulk_fixture_is_used_somewhere():
    assert len([name for name in REST.iterdir() if name.name.startswith("bulk")]) == 7
    assert json.loads((REST / "bulk_live_check.too-many.json").read_text())["response"]["status"] == 400
