"""The paid socket: open only while bought, live and watched, closed at once otherwise, its minutes counted."""

from __future__ import annotations

import asyncio
import json

import msgspec
import pytest

from overlay.core import events
from overlay.upstream import CaptionSettings, CreatorSettings, Timing

H = "lin.sings"
C = f"captions:{H}"
FAST = Timing(spacing_s=0.01, batch_gap_s=0.01, confirm_s=0.05, scale=0.01, jitter=0.0, grace_s=0.2)


def lin(**captions) -> CreatorSettings:
    return CreatorSettings(id="lin", handle=H, captions=CaptionSettings(**{"source": "captions", **captions}))


@pytest.fixture
def begin(tiktool, make):
    async def start(timing: Timing = FAST, watch: bool = True, cache=None, **captions):
        tiktool.live[H] = True
        upstream = await make(lin(**captions), timing=timing, preflight_s=60, cache=cache)
        await tiktool.socket(H)
        upstream.watched("lin", watch)
        return upstream

    return start


async def closed(socket) -> int:
    await asyncio.wait_for(socket.wait_closed(), 3)
    return socket.close_code


async def test_watched_and_live_and_bought_opens_one(tiktool, hub, begin):
    upstream = await begin(language="en", translate="de", speakers=True)
    socket = await tiktool.socket(C)
    path, query = tiktool.queries[-1]
    assert path == "/captions"
    assert query == {
        "uniqueId": [H], "apiKey": ["tk_canary_4f9a1c77e2"], "language": ["en"], "translate": ["de"],
        "diarization": ["true"], "max_duration_minutes": ["60"],
    }  # fmt: skip
    frame = '{"type":"caption","text":"hello","isFinal":true}'
    await socket.send(frame)
    await hub.until(lambda: ("lin", "captions", frame.encode()) in hub.frames)
    assert ("lin", events.Opened(socket="captions")) in hub.events
    assert upstream.status("lin").captions.state == "live"


async def test_no_speakers_is_said_explicitly_and_what_is_not_wanted_is_not_sent(tiktool, begin):
    await begin(speakers=False)
    await tiktool.socket(C)
    assert tiktool.queries[-1][1]["diarization"] == ["false"]
    assert {"language", "translate"} & set(tiktool.queries[-1][1]) == set()


@pytest.mark.parametrize("source", ["native", "off"])
async def test_what_was_not_bought_is_not_opened(tiktool, begin, source):
    upstream = await begin(source=source)
    await asyncio.sleep(0.3)
    assert C not in tiktool.sockets
    assert upstream.status("lin").captions.state == "off"


async def test_nobody_watching_opens_nothing(tiktool, begin):
    upstream = await begin(watch=False)
    await asyncio.sleep(0.3)
    assert C not in tiktool.sockets
    assert upstream.status("lin").captions.state == "idle"


async def test_it_stays_for_the_grace_after_the_last_page_left_and_then_closes(tiktool, begin):
    upstream = await begin()
    socket = await tiktool.socket(C)
    upstream.watched("lin", False)
    await asyncio.sleep(0.1)
    assert tiktool.open(C)
    assert await closed(socket) == 1000


async def test_a_page_that_returns_within_the_grace_keeps_it(tiktool, begin):
    upstream = await begin()
    await tiktool.socket(C)
    upstream.watched("lin", False)
    await asyncio.sleep(0.05)
    upstream.watched("lin", True)
    await asyncio.sleep(0.4)
    assert len(tiktool.open(C)) == len(tiktool.sockets[C]) == 1


async def test_the_end_of_the_stream_closes_it_at_once(tiktool, begin):
    upstream = await begin()
    socket = await tiktool.socket(C)
    upstream.ending("lin")
    assert await closed(socket) == 1000
    tiktool.live[H] = False


async def test_a_false_end_opens_it_again(tiktool, begin):
    upstream = await begin()
    socket = await tiktool.socket(C)
    upstream.ending("lin")
    await closed(socket)
    upstream.proof("lin")
    await tiktool.socket(C, 2)


async def test_a_lost_live_line_does_not_close_it(tiktool, begin):
    await begin()
    await tiktool.socket(C)
    tiktool.sockets[H][0].transport.abort()
    await tiktool.socket(H, 2)
    assert len(tiktool.open(C)) == 1


async def test_the_longest_duration_is_followed_by_the_next_connection_at_once(tiktool, begin):
    await begin(timing=msgspec.structs.replace(FAST, scale=1.0))
    socket = await tiktool.socket(C)
    await socket.send('{"type":"caption","text":"hello"}')
    await socket.send('{"type":"status","status":"ended","message":"Duration limit reached"}')
    begun = asyncio.get_running_loop().time()
    await socket.close(1000)
    await tiktool.socket(C, 2)
    assert asyncio.get_running_loop().time() - begun < 0.5


async def test_a_socket_that_ends_at_once_again_and_again_is_not_hammered(tiktool, begin):
    tiktool.greet[C] = [(1000, "")] * 50
    await begin(timing=msgspec.structs.replace(FAST, scale=1.0))
    await asyncio.sleep(0.5)
    assert len(tiktool.sockets[C]) == 3


async def test_1008_pauses_only_the_captions_of_that_creator(tiktool, begin):
    upstream = await begin(timing=msgspec.structs.replace(FAST, scale=1.0))
    await (await tiktool.socket(C)).close(1008, "Caption allowance used up")
    await asyncio.sleep(0.3)
    status = upstream.status("lin")
    assert (status.captions.state, "allowance used up" in status.captions.reason) == ("limited", True)
    assert len(tiktool.sockets[C]) == len(tiktool.open(H)) == 1


async def test_credits_and_low_credit_are_shown(tiktool, hub, begin, caplog):
    upstream = await begin()
    socket = await tiktool.socket(C)
    await socket.send('{"type":"credits","total":3600,"used":1240,"remaining":2360}')
    await hub.until(lambda: hub.frames)
    shown = upstream.status("lin").captions
    assert (shown.total, shown.used, shown.remaining, shown.low) == (3600, 1240, 2360, False)
    await socket.send('{"type":"credits_low","remaining":650,"percentage":18}')
    await hub.until(lambda: len(hub.frames) == 2)
    assert upstream.status("lin").captions.low
    assert "650 minutes are left" in caplog.text


async def test_nothing_left_closes_at_once_and_opens_nothing_more(tiktool, hub, begin):
    upstream = await begin(timing=msgspec.structs.replace(FAST, scale=1.0))
    socket = await tiktool.socket(C)
    await socket.send('{"type":"credits","total":3600,"used":3600,"remaining":0}')
    assert await closed(socket) == 1000
    await asyncio.sleep(0.3)
    assert len(tiktool.sockets[C]) == 1
    assert upstream.status("lin").captions.state == "limited"


async def test_the_monthly_limit_counts_differences_of_used_and_closes(tiktool, hub, begin):
    upstream = await begin(max_minutes=10)
    socket = await tiktool.socket(C)
    for used in (100, 105, 111):
        await socket.send(json.dumps({"type": "credits", "total": 3600, "used": used, "remaining": 3600 - used}))
    assert await closed(socket) == 1000
    status = upstream.status("lin").captions
    assert status.state == "limited"
    assert 11 <= status.month_minutes < 11.1
    await asyncio.sleep(0.2)
    assert len(tiktool.sockets[C]) == 1


async def test_without_credits_frames_the_clock_counts(tiktool, begin):
    upstream = await begin(timing=msgspec.structs.replace(FAST, credits_s=0.1), max_minutes=1)
    await tiktool.socket(C)
    await asyncio.sleep(0.5)
    assert 0.1 / 60 < upstream.status("lin").captions.month_minutes < 1 / 60


class Disk:
    def __init__(self, **kept):
        self.kept = kept

    async def get(self, name):
        return self.kept.get(name)

    async def put(self, name, value):
        self.kept[name] = value


async def test_minutes_used_this_month_survive_a_restart_and_those_of_another_month_do_not(tiktool, begin):
    used = {"month": "2026-09", "minutes": 30.0}
    upstream = await begin(cache=Disk(**{"caption-minutes-lin": used}), max_minutes=30)
    await asyncio.sleep(0.2)
    assert C not in tiktool.sockets
    assert upstream.status("lin").captions.state == "limited"
    await upstream.apply([lin(max_minutes=31)])
    await tiktool.socket(C)


async def test_another_months_minutes_do_not_count(tiktool, begin):
    await begin(cache=Disk(**{"caption-minutes-lin": {"month": "2026-08", "minutes": 30.0}}), max_minutes=30)
    await tiktool.socket(C)


async def test_another_language_closes_and_connects_again(tiktool, begin):
    upstream = await begin(language="en")
    socket = await tiktool.socket(C)
    await upstream.apply([lin(language="es")])
    assert await closed(socket) == 1000
    await tiktool.socket(C, 2)
    assert tiktool.queries[-1][1]["language"] == ["es"]
    assert len(tiktool.sockets[H]) == 1


async def test_captions_give_their_place_to_a_live_socket(tiktool, hub, make):
    tiktool.limits["websocket"] = {"limit": 3}
    tiktool.live[H] = True
    upstream = await make(lin(), CreatorSettings(id="ada", handle="ada"), timing=FAST, preflight_s=0.05)
    upstream.watched("lin", True)
    socket = await tiktool.socket(C)
    tiktool.live["ada"] = True
    assert await closed(socket) == 1000
    await tiktool.socket("ada")


async def test_captions_trouble_never_touches_the_live_socket(tiktool, begin):
    tiktool.greet[C] = [(4500, "x")] * 20 + [(4400, "bad")] * 5
    upstream = await begin()
    await asyncio.sleep(0.5)
    assert len(tiktool.sockets[H]) == len(tiktool.open(H)) == 1
    assert upstream.status("lin").state in {"live", "quiet"}


async def test_a_refused_key_on_the_captions_socket_is_a_refused_key(tiktool, hub, begin):
    await begin()
    await (await tiktool.socket(C)).close(4401, "bad key")
    await hub.until(lambda: hub.last_state("lin") == "refused")
    assert await closed(tiktool.sockets[H][0]) == 1000


async def test_stopping_closes_it_with_1000(tiktool, hub, begin):
    upstream = await begin()
    socket = await tiktool.socket(C)
    await hub.until(lambda: ("lin", events.Opened(socket="captions")) in hub.events)
    await upstream.stop()
    assert await closed(socket) == 1000
