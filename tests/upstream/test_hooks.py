"""Webhooks from delivery to effect: answered at once, taken once, trusted with nothing but a question."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from pathlib import Path

import msgspec
import pytest

from overlay.core import events
from overlay.upstream import CreatorSettings, Timing

HOOKS = Path(__file__).parents[1] / "frames/tiktool/webhooks"
BULK = "/webcast/bulk_live_check"
SECRET = "whsec_test"
H = "luna.sings"
ROOM = "7650000000000000101"
LUNA = CreatorSettings(id="luna", handle=H)
FAST = Timing(spacing_s=0.01, batch_gap_s=0.01, confirm_s=0.05, scale=0.01, jitter=0.0, hook_retries_s=(0.05, 0.1))


def delivery(event: str, event_id: str = "evt_1", **live) -> tuple[dict[str, str], bytes]:
    document = json.loads((HOOKS / f"{event}.json").read_text())
    document["event_id"] = event_id
    document["live"].update(live)
    return signed(json.dumps(document).encode())


def signed(body: bytes) -> tuple[dict[str, str], bytes]:
    return {"X-Tiktool-Signature": hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()}, body


@pytest.fixture
def begin(tiktool, make):
    async def start(timing: Timing = FAST, **more):
        upstream = await make(LUNA, timing=timing, preflight_s=60, **more)
        upstream.hooks.set_secrets({"hook": [SECRET]})
        await tiktool.until(lambda: tiktool.asked(BULK))
        await asyncio.sleep(0.02)
        return upstream

    return start


async def test_a_start_is_answered_at_once_and_asked_about(tiktool, begin):
    upstream = await begin()
    tiktool.live[H] = True
    assert await upstream.hooks.deliver("hook", *delivery("live.start")) == 200
    await tiktool.socket(H)
    assert len(tiktool.asked(BULK)) == 2


async def test_a_start_that_preflight_denies_is_asked_again_twice_and_opens_nothing(tiktool, begin):
    upstream = await begin()
    tiktool.live[H] = False
    await upstream.hooks.deliver("hook", *delivery("live.start"))
    await tiktool.until(lambda: len(tiktool.asked(BULK)) == 4)
    await asyncio.sleep(0.3)
    assert len(tiktool.asked(BULK)) == 4
    assert tiktool.sockets == {}


async def test_a_start_of_which_nothing_can_be_known_connects_once(tiktool, begin):
    upstream = await begin()
    tiktool.live[H] = None
    tiktool.greet[H] = [(4404, "")] * 3
    await upstream.hooks.deliver("hook", *delivery("live.start"))
    await tiktool.socket(H)
    await asyncio.sleep(0.6)
    assert len(tiktool.sockets[H]) == 1
    assert len(tiktool.asked(BULK)) >= 4


async def test_a_start_ends_the_wait_of_a_creator_who_was_not_live(tiktool, hub, begin):
    tiktool.live[H] = True
    tiktool.greet[H] = [(4404, "")]
    upstream = await begin(timing=msgspec.structs.replace(FAST, scale=1.0))
    await tiktool.socket(H)
    await asyncio.sleep(0.1)
    await upstream.hooks.deliver("hook", *delivery("live.start"))
    await tiktool.socket(H, 2)


async def test_a_repeat_is_answered_and_does_nothing(tiktool, begin):
    upstream = await begin()
    tiktool.live[H] = False
    for _ in range(3):
        assert await upstream.hooks.deliver("hook", *delivery("live.start", "evt_same")) == 200
    await tiktool.until(lambda: len(tiktool.asked(BULK)) == 4)
    await asyncio.sleep(0.3)
    assert len(tiktool.asked(BULK)) == 4


async def test_repeats_at_the_same_moment_are_taken_once(tiktool, begin):
    class Slow:
        async def seen_event(self, _event, _now_ms):
            await asyncio.sleep(0.05)
            return False

    upstream = await begin(seen=Slow())
    tiktool.live[H] = False
    answers = await asyncio.gather(*(upstream.hooks.deliver("hook", *delivery("live.start")) for _ in range(5)))
    assert answers == [200] * 5
    await tiktool.until(lambda: len(tiktool.asked(BULK)) == 4)
    await asyncio.sleep(0.3)
    assert len(tiktool.asked(BULK)) == 4


async def test_a_store_that_fails_leaves_the_event_to_be_delivered_again(tiktool, begin):
    class Full:
        fails = True

        async def seen_event(self, _event, _now_ms):
            if self.fails:
                raise OSError("disk full")
            return False

    store = Full()
    upstream = await begin(seen=store)
    with pytest.raises(OSError, match="full"):
        await upstream.hooks.deliver("hook", *delivery("live.start"))
    store.fails = False
    tiktool.live[H] = True
    assert await upstream.hooks.deliver("hook", *delivery("live.start")) == 200
    await tiktool.socket(H)


async def test_a_test_delivery_is_noted_and_changes_nothing(tiktool, begin):
    upstream = await begin()
    tiktool.live[H] = True
    body = (HOOKS / "live.start.test-delivery.json").read_bytes()
    assert await upstream.hooks.deliver("hook", *signed(body)) == 200
    await asyncio.sleep(0.2)
    assert len(tiktool.asked(BULK)) == 1
    assert upstream.hooks.statuses["hook"].test_ms is not None
    assert upstream.hooks.statuses["hook"].form == "A"


async def test_forgeries_and_unknown_addresses_do_nothing(tiktool, begin):
    upstream = await begin()
    headers, body = delivery("live.start")
    assert await upstream.hooks.deliver("hook", {"X-Tiktool-Signature": "0" * 64}, body) == 401
    assert await upstream.hooks.deliver("other", headers, body) == 404
    upstream.hooks.set_secrets({"hook": [""]})
    assert await upstream.hooks.deliver("hook", headers, body) == 401
    await asyncio.sleep(0.1)
    assert len(tiktool.asked(BULK)) == 1


async def test_other_creators_and_other_events_are_answered_and_ignored(tiktool, begin):
    upstream = await begin()
    for number, name in enumerate(("live.peak_viewers", "live.gift.high_value", "creator.follower_milestone")):
        document = json.loads((HOOKS / f"{name}.json").read_text())
        document["event_id"] = f"evt_{number}"
        assert await upstream.hooks.deliver("hook", *signed(json.dumps(document).encode())) == 200
    stranger = json.dumps({"event_id": "x", "event": "live.start", "creator": {"unique_id": "nobody"}}).encode()
    assert await upstream.hooks.deliver("hook", *signed(stranger)) == 200
    await asyncio.sleep(0.2)
    assert len(tiktool.asked(BULK)) == 1


@pytest.fixture
def on_air(tiktool, hub, begin):
    async def start():
        tiktool.live[H], tiktool.rooms[H] = True, ROOM
        upstream = await begin()
        await tiktool.socket(H)
        await hub.until(lambda: "Opened" in hub.kinds("luna"))
        return upstream

    return start


async def test_an_end_of_this_room_is_announced_and_confirmed(tiktool, hub, on_air):
    upstream = await on_air()
    tiktool.live[H] = False
    assert await upstream.hooks.deliver("hook", *delivery("live.end", room_id=ROOM)) == 200
    await hub.until(lambda: hub.last_state("luna") == "ended")
    assert ("luna", events.EndAnnounced(room_id=ROOM)) in hub.events


async def test_an_end_of_another_room_is_nothing(tiktool, hub, on_air):
    upstream = await on_air()
    tiktool.live[H] = False
    await upstream.hooks.deliver("hook", *delivery("live.end", room_id="7650000000000000999"))
    await asyncio.sleep(0.3)
    assert len(tiktool.asked(BULK)) == 1
    assert len(tiktool.open(H)) == 1


async def test_an_end_is_only_checked_while_the_socket_delivers(tiktool, hub, on_air):
    upstream = await on_air()
    upstream.proof("luna")
    await upstream.hooks.deliver("hook", *delivery("live.end", room_id=ROOM))
    await tiktool.until(lambda: len(tiktool.asked(BULK)) == 2)
    assert "EndAnnounced" not in hub.kinds("luna")
    assert len(tiktool.open(H)) == 1


async def test_webhooks_are_made_tested_listed_and_followed(tiktool, begin):
    upstream = await begin()
    registry = upstream.account().registry
    tiktool.answers["/api/webhooks"] = tiktool.fixture("webhooks.create")
    made, _ = await registry.make("https://overlay.example.org/hooks/tiktool", ["@Luna.Sings", "max.beats"])
    assert made.secret.startswith("whsec_")
    body = next(body for _, path, _, body in tiktool.requests if path == "/api/webhooks")
    assert body == {
        "target_url": "https://overlay.example.org/hooks/tiktool", "event_types": ["live.start", "live.end"],
        "creators": ["luna.sings", "max.beats"], "name": "overlay",
    }  # fmt: skip
    tiktool.answers[f"/api/webhooks/{made.id}/test"] = tiktool.fixture("webhooks.test")
    result, _ = await registry.test(made.id)
    assert result.delivered
    tiktool.answers["/api/webhooks"] = tiktool.fixture("webhooks.list-with-health")
    await registry.look()
    assert "switched the webhook off" in registry.remark
    tiktool.answers["/api/webhooks"] = tiktool.fixture("webhooks.list")
    await registry.look()
    assert registry.remark is None


@pytest.mark.parametrize(
    ("name", "word"), [("webhooks.not-allowed", "Ultra"), ("webhooks.private-host", "public host")]
)
async def test_a_webhook_that_cannot_be_made_says_why(tiktool, begin, name, word):
    upstream = await begin()
    tiktool.answers["/api/webhooks"] = tiktool.fixture(name)
    made, why = await upstream.account().registry.make("https://x", [H])
    assert made is None
    assert word in why


async def test_changed_creators_are_told_to_tiktool_or_to_the_owner(tiktool, begin):
    upstream = await begin()
    upstream.follow_webhook("wh_1")
    registry = upstream.account().registry
    tiktool.answers["/api/webhooks/wh_1"] = [tiktool.answer(200, {"id": "wh_1"}), tiktool.answer(405, {})]
    await upstream.apply([LUNA, CreatorSettings(id="ada", handle="Ada")])
    await tiktool.until(lambda: tiktool.asked("/api/webhooks/wh_1"))
    assert tiktool.asked("/api/webhooks/wh_1")[0][1] == {"creators": ["ada", H]}
    await upstream.apply([LUNA])
    await tiktool.until(lambda: len(tiktool.asked("/api/webhooks/wh_1")) == 2)
    await asyncio.sleep(0.05)
    assert "make it anew" in registry.remark
