"""What the stream claims: whole views, newest wins, one write a tick, and nobody waits for anybody."""

from __future__ import annotations

import asyncio
import contextlib
import json
from pathlib import Path

import httpx
import pytest
import websockets

from overlay.web import stream
from tests.serving import MIRA, TOBI, Served, gift, listening, serving


@pytest.fixture(params=[True, False], ids=["express", "ordinary"])
async def served(request: pytest.FixtureRequest, tmp_path: Path):
    async with serving(tmp_path, express=request.param) as one:
        yield one


def scores(view: dict) -> dict[str, int]:
    return {entry["user"]["name"]: entry["score"] for entry in view["entries"]}


async def test_the_first_event_is_a_hello_with_everything_a_page_needs(served: Served) -> None:
    creator = await served.creator()
    widget = await served.widget(creator, name="Top", options={"rows": 3})
    async with listening(served, widget["key"]) as events:
        event, hello = await events.next()
    assert event == "hello"
    assert 1000 <= events.retry <= 3000
    assert hello["w"] == widget["key"]
    assert (hello["kind"], hello["name"], hello["creator"], hello["theme"]) == (
        "leaderboard",
        "Top",
        creator,
        "default",
    )
    assert hello["options"]["rows"] == 3
    assert hello["view"]["entries"] == []
    assert hello["live"]["state"] == "offline"
    assert hello["build"] == served.house.build
    assert abs(hello["now_ms"] - served.house.clock.now_ms()) < 5000


async def test_a_gift_arrives_as_a_whole_view(served: Served) -> None:
    creator = await served.creator()
    widget = await served.widget(creator)
    async with listening(served, widget["key"]) as events:
        await events.until("hello")
        served.hear(creator, gift(MIRA, 5, 1), gift(TOBI, 7, 2))
        told = await events.until("view")
    assert told["w"] == widget["key"]
    assert scores(told["view"]) == {"Tobi W.": 7, "Mira Kay": 5}
    assert next(iter(told["view"])) == "as_of_ms"


async def test_many_gifts_in_a_burst_are_few_views_and_the_last_one_is_right(tmp_path: Path) -> None:
    async with serving(tmp_path, pace_hz=5) as served:
        creator = await served.creator()
        widget = await served.widget(creator)
        async with listening(served, widget["key"]) as events:
            await events.until("hello")
            for number in range(300):
                served.hear(creator, gift(MIRA, 1, number))
                await asyncio.sleep(0.001)
            seen = []
            while not seen or seen[-1] != 300:
                seen.append(scores((await events.until("view"))["view"])["Mira Kay"])
    assert seen == sorted(seen)
    assert len(seen) <= 8


async def test_overrides_change_one_source_only_and_every_event_carries_its_own_w(served: Served) -> None:
    creator = await served.creator()
    widget = await served.widget(creator, options={"rows": 5})
    narrow = f"{widget['key']}?rows=1"
    served.hear(creator, gift(MIRA, 5, 1), gift(TOBI, 7, 2))
    async with listening(served, widget["key"], narrow) as events:
        hellos = {data["w"]: data for data in [await events.until("hello"), await events.until("hello")]}
        assert len(hellos[widget["key"]]["view"]["entries"]) == 2
        assert len(hellos[narrow]["view"]["entries"]) == 1
        served.hear(creator, gift(MIRA, 50, 3))
        views = {data["w"]: data["view"] for data in [await events.until("view"), await events.until("view")]}
    assert scores(views[narrow]) == {"Mira Kay": 55}
    assert scores(views[widget["key"]]) == {"Mira Kay": 55, "Tobi W.": 7}


async def test_a_bad_override_is_ignored(served: Served) -> None:
    creator = await served.creator()
    widget = await served.widget(creator, options={"rows": 4})
    async with listening(served, f"{widget['key']}?rows=9999&nonsense=1&theme=../x") as events:
        hello = await events.until("hello")
    assert hello["options"]["rows"] == 4
    assert hello["theme"] == "default"


async def test_an_edit_reaches_open_pages_without_a_reload(served: Served) -> None:
    creator = await served.creator()
    widget = await served.widget(creator)
    served.hear(creator, gift(MIRA, 5, 1), gift(TOBI, 7, 2))
    async with listening(served, widget["key"]) as events:
        await events.until("hello")
        await served.http.patch(f"/api/widgets/{widget['id']}", json={"theme": "neon", "options": {"rows": 1}})
        told = await events.until("options")
    assert told["options"]["rows"] == 1
    assert told["theme"] == "neon"
    assert scores(told["view"]) == {"Tobi W.": 7}


async def test_each_of_hundreds_of_addresses_is_answered(served: Served) -> None:
    widget = await served.widget(await served.creator())
    async with listening(served, *(f"nobody{number}" for number in range(250)), widget["key"]) as events:
        for number in range(250):
            assert (await events.until("gone"))["w"] == f"nobody{number}"
        assert (await events.until("hello"))["w"] == widget["key"]


async def test_a_deleted_widget_is_gone_and_its_undo_brings_the_same_address_back(served: Served) -> None:
    creator = await served.creator()
    widget = await served.widget(creator)
    async with listening(served, widget["key"]) as events:
        await events.until("hello")
        assert (await served.http.delete(f"/api/widgets/{widget['id']}")).status_code == 204
        assert (await events.until("gone")) == {"w": widget["key"]}
        with pytest.raises((EOFError, Exception)):
            await events.next()
    assert (await served.http.get("/stream", params={"w": widget["key"]})).status_code == 404
    await served.http.post(f"/api/widgets/{widget['id']}/restore")
    async with listening(served, widget["key"]) as events:
        assert (await events.until("hello"))["w"] == widget["key"]


async def test_a_replaced_key_empties_its_pages_and_stays_dead(served: Served) -> None:
    creator = await served.creator()
    widget = await served.widget(creator)
    async with listening(served, widget["key"]) as events:
        await events.until("hello")
        new = (await served.http.post(f"/api/widgets/{widget['id']}/key")).json()
        assert (await events.until("gone")) == {"w": widget["key"]}
    assert new["key"] != widget["key"]
    assert (await served.http.get(f"/w/{widget['key']}")).status_code == 404
    async with listening(served, new["key"], widget["key"]) as events:
        first, second = await events.next(), await events.next()
    assert {first[0], second[0]} == {"hello", "gone"}


async def test_the_same_address_answers_a_websocket_with_the_same_messages(served: Served) -> None:
    creator = await served.creator()
    widget = await served.widget(creator)
    async with websockets.connect(f"ws://127.0.0.1:{served.port}/stream?w={widget['key']}") as socket:
        hello = json.loads(await socket.recv())
        assert hello["event"] == "hello"
        assert hello["data"]["w"] == widget["key"]
        served.hear(creator, gift(MIRA, 5, 1))
        told = json.loads(await socket.recv())
    assert told["event"] == "view"
    assert scores(told["data"]["view"]) == {"Mira Kay": 5}


async def test_a_reader_that_does_not_read_delays_nobody_and_is_right_when_it_reads_again(served: Served) -> None:
    creator = await served.creator()
    widget = await served.widget(creator, "chat", options={"rows": 50, "slow": False})
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port, limit=2**16)
    writer.write(f"GET /stream?w={widget['key']} HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n\r\n".encode())
    await reader.readuntil(b"event: hello")
    writer.transport.pause_reading()
    async with listening(served, widget["key"]) as events:
        await events.until("hello")
        for number in range(120):
            text = f"{number}-" + "x" * 400
            served.hear(creator, {"event": "chat", "data": {"user": MIRA, "comment": text, "msgId": f"c{number}"}})
            told = await events.until("view")
            assert told["view"]["messages"][-1]["parts"][0]["text"].startswith(f"{number}-")
    assert len(served.house.hub.audience.lagging) <= 1
    writer.transport.resume_reading()
    async with asyncio.timeout(10):
        seen = b""
        while b"119-" not in seen:
            seen += await reader.read(2**16)
    writer.close()


async def test_stopping_ends_every_stream_within_two_seconds(tmp_path: Path) -> None:
    loop = asyncio.get_running_loop()
    async with serving(tmp_path) as served:
        widget = await served.widget(await served.creator())
        sockets = []
        for _ in range(200):
            reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
            writer.write(f"GET /stream?w={widget['key']} HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n\r\n".encode())
            sockets.append((reader, writer))
        for reader, _ in sockets:
            await reader.readuntil(b"event: hello")
        began = loop.time()
    assert loop.time() - began < 2
    for _, writer in sockets:
        writer.close()


async def test_five_plain_streams_of_one_obs_are_told_to_change_over(served: Served) -> None:
    widget = await served.widget(await served.creator())
    agent = {"User-Agent": "Mozilla/5.0 Chrome/127.0.0.0 OBS/32.0.0 Safari/537.36"}
    async with (
        listening(served, widget["key"], headers=agent) as first,
        listening(served, widget["key"], headers=agent),
        listening(served, widget["key"], headers=agent),
        listening(served, widget["key"], headers=agent),
        listening(served, widget["key"], headers=agent),
    ):
        assert await first.until("use") == {"transport": "ws"}


async def test_an_open_stream_is_shown_in_the_status_with_its_browser(served: Served) -> None:
    widget = await served.widget(await served.creator())
    async with listening(served, widget["key"], headers={"User-Agent": "OBS/32.1"}) as events:
        await events.until("hello")
        status = (await served.http.get("/api/status")).json()
    streams = next(one["streams"] for one in status["widgets"] if one["id"] == widget["id"])
    assert [(one["user_agent"], one["transport"]) for one in streams] == [("OBS/32.1", "sse")]


async def test_streams_take_turns_with_their_beats_and_each_has_its_own_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "BEAT_S", 1.2)
    many, rounds = 30, 3
    async with serving(tmp_path) as served, contextlib.AsyncExitStack() as stack:
        key = (await served.widget(await served.creator()))["key"]
        answers = [
            await stack.enter_async_context(served.http.stream("GET", "/stream", params={"w": key}))
            for _ in range(many)
        ]

        async def beats(answer: httpx.Response) -> list[int]:
            found: list[int] = []
            async for line in answer.aiter_lines():
                if line.startswith(": beat "):
                    found.append(int(line.split()[2]))
                if len(found) == rounds:
                    break
            return found

        async with asyncio.timeout(30):
            told = await asyncio.gather(*map(beats, answers))
    waits = [later - earlier for one in told for earlier, later in zip(one, one[1:], strict=False)]
    assert 1100 < sorted(waits)[len(waits) // 2] < 2500
    assert len({one[-1] for one in told}) > many / 2
