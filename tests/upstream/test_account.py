"""What concerns a key as a whole: budgets lowered, sweeps, strangers, remarks, and trying a key."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from overlay.config import Bases, Secret
from overlay.upstream import CreatorSettings, Timing, try_key

H = "lin.sings"
LIMITS = "/webcast/rate_limits"
FAST = Timing(spacing_s=0.01, batch_gap_s=0.01, confirm_s=0.05, scale=0.001, jitter=0.0)


async def test_the_third_eviction_lowers_the_budget_and_says_why(tiktool, hub, make, creator, logged):
    tiktool.limits["websocket"] = {"limit": 10}
    tiktool.live[H] = True
    upstream = await make(creator(), preflight_s=60, timing=FAST)
    for number in range(1, 4):
        await (await tiktool.socket(H, number)).close(4429, "Evicted - newer connection arrived (FIFO)")
    await tiktool.socket(H, 4)
    status = upstream.key_status()
    assert status.socket_budget == 8
    assert any("used elsewhere" in remark for remark in status.remarks)
    assert any("used elsewhere" in line for line in logged)


async def test_a_sweep_of_somebody_elses_is_told_loudly_and_healed_at_once(tiktool, hub, make, creator, logged):
    tiktool.live[H] = True
    await make(creator(), preflight_s=60)
    await (await tiktool.socket(H)).close(4502, "ws-sweep: caller initiated ghost-WS cleanup")
    await tiktool.socket(H, 2)
    assert any("another program is using it" in line for line in logged)


async def test_our_own_sweep_is_not(tiktool, hub, make, creator, logged):
    tiktool.live[H] = True
    upstream = await make(creator(), preflight_s=60)
    socket = await tiktool.socket(H)
    tiktool.answers["/ws/sweep"] = tiktool.fixture("ws_sweep")
    assert await upstream.account().sweep() == 3
    await socket.close(4502, "ws-sweep: x")
    await tiktool.socket(H, 2)
    assert not any("another program" in line for line in logged)


@pytest.mark.parametrize(("switched_on", "current", "asked"), [(True, 2, 1), (True, 0, 0), (False, 2, 0)])
async def test_sockets_left_by_a_crash_are_swept_only_if_the_owner_wants_it(
    tiktool, make, creator, switched_on, current, asked
):
    tiktool.limits["websocket"]["current"] = current
    tiktool.live[H] = True
    await make(creator(), sweep=switched_on)
    await tiktool.socket(H)
    assert len(tiktool.asked("/ws/sweep")) == asked


async def test_requests_of_strangers_are_remarked_on_after_the_second_time(tiktool, make, creator):
    tiktool.limits = {"tier": "basic", "api": {"limit": 60, "remaining": 5}}
    upstream = await make(creator(), preflight_s=60, timing=msgspec.structs.replace(FAST, limits_s=(0.1,)))
    async with asyncio.timeout(5):
        while not upstream.key_status().remarks:
            await asyncio.sleep(0.02)
    assert "another program" in upstream.key_status().remarks[0]
    tiktool.limits = {"tier": "basic", "api": {"limit": 60, "remaining": 50}}
    async with asyncio.timeout(5):
        while upstream.key_status().remarks:
            await asyncio.sleep(0.02)


async def test_the_limits_are_read_again_after_a_4429(tiktool, make, creator):
    tiktool.live[H] = True
    await make(creator(), preflight_s=60)
    await (await tiktool.socket(H)).close(4429, "Evicted")
    await tiktool.until(lambda: len(tiktool.asked(LIMITS)) == 2)


async def test_what_remains_is_shown(tiktool, hub, make, creator):
    tiktool.live[H] = True
    tiktool.answers[LIMITS] = tiktool.fixture("rate_limits.basic")
    upstream = await make(creator(), preflight_s=60)
    await hub.until(lambda: "Opened" in hub.kinds("lin"))
    status = upstream.key_status()
    assert (status.tier, status.limit, status.remaining, status.sockets, status.socket_budget) == (
        "basic",
        60,
        58,
        1,
        18,
    )


async def test_an_unknown_code_is_logged_once_an_hour(tiktool, make, creator, logged):
    tiktool.live[H] = True
    await make(creator(), preflight_s=60)
    for number in (1, 2):
        await (await tiktool.socket(H, number)).close(4999, "brand new")
    await tiktool.socket(H, 3)
    assert len([line for line in logged if "unknown code 4999" in line]) == 1


async def test_changing_one_creator_asks_nothing_about_the_others(tiktool, make, creator):
    tiktool.live[H] = False
    upstream = await make(creator(), CreatorSettings(id="ada", handle="ada"), preflight_s=60)
    await tiktool.until(lambda: tiktool.asked("/webcast/bulk_live_check"))
    await upstream.apply([creator(priority=4), CreatorSettings(id="ada", handle="ada")])
    await asyncio.sleep(0.2)
    assert len(tiktool.asked("/webcast/bulk_live_check")) == 1


async def test_a_creator_who_comes_is_asked_about_at_once_and_the_others_keep_their_rhythm(tiktool, hub, make, creator):
    upstream = await make(creator(), preflight_s=60)
    await tiktool.until(lambda: tiktool.asked("/webcast/bulk_live_check"))
    ada = CreatorSettings(id="ada", handle="ada", enabled=False)
    tiktool.live["ada"] = tiktool.live["bob"] = False
    await upstream.apply([creator(), ada, CreatorSettings(id="bob", handle="bob")])
    await hub.until(lambda: "Checked" in hub.kinds("bob"))
    await upstream.apply([creator(), msgspec.structs.replace(ada, enabled=True)])
    await hub.until(lambda: "Checked" in hub.kinds("ada"))
    asked = [body["unique_ids"] for _, body in tiktool.asked("/webcast/bulk_live_check")]
    assert asked == [["lin.sings"], ["bob"], ["ada"]]


@pytest.mark.parametrize(
    ("answer", "key", "ok", "word"),
    [
        ("rate_limits.basic", "tk_good_key", True, "basic, 18 creators"),
        ("errors.401", "tk_bad_key", False, "Invalid or expired API key"),
        ("errors.502-html", "tk_good_key", None, "502"),
        ("rate_limits.basic", "your_api_key", False, "demo key"),
        ("rate_limits.basic", "", False, "no TikTool key"),
    ],
)
async def test_a_key_is_tried_with_a_plain_answer(tiktool, answer, key, ok, word):
    tiktool.answers[LIMITS] = tiktool.fixture(answer)
    trial = await try_key(Bases(tiktool.ws, tiktool.http, tiktool.http, Secret(key)), lambda: 1_790_000_000_000)
    assert (trial.ok, word in trial.text) == (ok, True)


async def test_a_key_echoed_by_tiktool_is_shown_to_nobody(tiktool, hub, make, creator):
    tiktool.answers[LIMITS] = tiktool.answer(401, {"error": "bad key tk_canary_4f9a1c77e2"})
    upstream = await make(creator())
    await hub.until(lambda: hub.last_state("lin") == "refused")
    assert "canary" not in upstream.status("lin").reason + str(upstream.key_status())
