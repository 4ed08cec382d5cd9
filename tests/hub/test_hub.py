"""What the hub claims beyond the wire: nobody misses what another one's joining drew, nothing outlives its watchers."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from overlay.hub import Batch, Topic
from overlay.hub.due import Due
from tests.serving import MIRA, TOBI, Served, gift, listening, serving


class Reader:
    """A stream that a test holds in its hand; it takes what is put, when it is ready."""

    def __init__(self) -> None:
        self.topics: dict[str, Topic | None] = {}
        self.missed: dict[Topic, bool] = {}
        self.due: list[Topic] = []
        self.is_ready = True
        self.is_ended = False
        self.heard: list[tuple[str, Any]] = []

    def ready(self) -> bool:
        return self.is_ready

    def offer(self, batch: Batch) -> bool:
        if self.is_ready:
            self.put(batch)
        return self.is_ready

    def put(self, batch: Batch) -> None:
        self.heard += [(event.decode(), json.loads(data)) for event, data in batch.parts]

    def end(self) -> None:
        self.is_ended = True

    def events(self) -> list[str]:
        return [event for event, _ in self.heard]


async def until(claim: Any) -> None:
    async with asyncio.timeout(5):
        while not claim():
            await asyncio.sleep(0.005)


async def make(served: Served, **more: Any) -> tuple[str, dict[str, Any]]:
    creator = await served.creator()
    return creator, await served.widget(creator, **more)


async def test_who_watches_hears_of_a_view_that_was_first_drawn_for_somebody_who_joined(tmp_path: Path) -> None:
    async with serving(tmp_path, pace_hz=2) as served:
        creator, widget = await make(served)
        async with listening(served, widget["key"]) as first:
            await first.until("hello")
            served.hear(creator, gift(MIRA, 1, 1))
            assert (await first.until("view"))["view"]["total"] == 1
            served.hear(creator, gift(MIRA, 1, 2))  # within the pace: drawn later
            async with listening(served, widget["key"]) as second:
                assert (await second.until("hello"))["view"]["total"] in {1, 2}
                assert (await served.view(widget["key"]))["total"] == 2
                assert (await first.until("view"))["view"]["total"] == 2


async def test_a_lagging_reader_of_a_replaced_key_hears_gone_and_nothing_of_it_after_that(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        creator, widget = await make(served)
        other = await served.widget(creator)
        hub, reader = served.house.hub, Reader()
        await hub.settled(lambda: hub.join(reader, [widget["key"], other["key"]]))
        reader.is_ready = False
        served.hear(creator, gift(MIRA, 1, 1))
        await until(lambda: reader in hub.audience.lagging)
        await served.http.post(f"/api/widgets/{widget['id']}/key")
        await until(lambda: "gone" in reader.events())
        reader.is_ready = True
        await until(lambda: "view" in reader.events())
        after = reader.heard[reader.events().index("gone") + 1 :]
        assert {data["w"] for _, data in after} == {other["key"]}
        assert not reader.is_ended
        await served.http.delete(f"/api/widgets/{other['id']}")
        await until(lambda: reader.is_ended)
        hub.leave(reader)


async def test_a_reader_that_missed_options_gets_a_whole_hello_and_the_newest_view_only(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        creator, widget = await make(served)
        hub, reader = served.house.hub, Reader()
        await hub.settled(lambda: hub.join(reader, [widget["key"]]))
        reader.is_ready = False
        for number in range(20):
            served.hear(creator, gift(MIRA, 1, number))
            await asyncio.sleep(0.01)
        await until(lambda: reader in hub.audience.lagging)
        await served.http.patch(f"/api/widgets/{widget['id']}", json={"options": {"rows": 2}})
        heard = len(reader.heard)
        assert heard == 1, "nothing is put on a reader that does not read"
        reader.is_ready = True
        await until(lambda: len(reader.heard) > heard)
        event, data = reader.heard[heard]
        assert (event, data["options"]["rows"], data["view"]["total"]) == ("hello", 2, 20)
        hub.leave(reader)


async def test_a_stream_whose_page_is_of_an_older_build_is_told_to_load_itself_anew(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        _, widget = await make(served)
        async with served.http.stream("GET", "/stream", params={"w": widget["key"], "build": "old"}) as answer:
            lines = [line async for line in take(answer.aiter_lines(), "reload")]
        assert json.loads(lines[-1][6:]) == {"build": served.house.build}


async def take(lines: Any, event: str) -> Any:
    found = False
    async for line in lines:
        yield line
        if found:
            return
        found = line == f"event: {event}"


async def test_nothing_is_left_of_overrides_and_streams_when_all_have_gone(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        creator, widget = await make(served)
        hub = served.house.hub
        room, audience = hub.rooms[creator], hub.audience
        seats = len(room.seats)
        for turn in range(30):
            reader = Reader()
            await hub.settled(lambda one=reader, n=turn: hub.join(one, [f"{widget['key']}?rows={n % 20 + 1}"]))
            await served.http.patch(f"/api/widgets/{widget['id']}", json={"options": {"rows": turn % 7 + 1}})
            served.hear(creator, gift(TOBI, 1, turn))
            hub.leave(reader)
        await hub.settled(lambda: None)
        assert len(room.seats) == seats
        assert not audience._topics
        assert not audience._shows
        assert not audience.lagging
        assert not audience._marked
        assert not len(audience._dirty)
        assert not len(audience._timed)
        assert not any(audience._of.values())


async def test_more_overrides_than_the_server_bears_get_the_widgets_own(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        _, widget = await make(served, options={"rows": 3})
        hub, readers = served.house.hub, [Reader() for _ in range(25)]
        for number, reader in enumerate(readers):
            await hub.settled(lambda one=reader, n=number: hub.join(one, [f"{widget['key']}?scale=1.{n + 10}"]))
        scales = [reader.heard[0][1]["options"]["scale"] for reader in readers]
        assert scales[:20] == [float(f"1.{n + 10}") for n in range(20)]
        assert scales[20:] == [1] * 5
        for reader in readers:
            hub.leave(reader)


async def test_a_clock_that_was_set_reaches_every_page_with_a_new_hello(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        _, widget = await make(served)
        async with listening(served, widget["key"]) as events:
            first = await events.until("hello")
            served.house.clock._base_ms -= 3_600_000  # as if the machine had slept an hour
            again = await events.until("hello")
            assert abs(again["now_ms"] - first["now_ms"]) < 5_000


async def test_a_commit_that_fails_and_a_view_that_breaks_do_not_stop_the_loop(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(tmp_path) as served:
        creator, widget = await make(served)
        hub = served.house.hub
        commit = hub._commit

        async def broken(_changes: object) -> None:
            raise RuntimeError

        hub._commit = broken
        served.hear(creator, gift(MIRA, 1, 1))
        await until(lambda: "could not be committed" in caplog.text)
        hub._commit = commit
        served.hear(creator, gift(MIRA, 1, 2))
        async with asyncio.timeout(5):
            while (await served.view(widget["key"]))["total"] != 2:
                await asyncio.sleep(0.01)


async def test_five_hundred_streams_at_once_all_begin_and_nobody_else_waits(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        creator, widget = await make(served)
        hub, readers = served.house.hub, [Reader() for _ in range(500)]
        joining = asyncio.gather(*(hub.settled(lambda one=r: hub.join(one, [widget["key"]])) for r in readers))
        served.hear(creator, gift(MIRA, 1, 1))
        await joining
        await until(lambda: all(r.heard[-1][1]["view"]["total"] == 1 for r in readers))
        assert all(reader.events()[0] == "hello" for reader in readers)
        for reader in readers:
            hub.leave(reader)


def test_what_is_due_comes_in_the_order_of_time_and_each_thing_once() -> None:
    due: Due[str] = Due()
    for turn in range(1000):
        due.set("a", 5 + turn % 3)
        due.set("b", turn)
    due.set("c", 2)
    due.set("d", 1)
    due.set("d", None)
    assert due.first() == 2
    assert due.pop(7) == ["c", "a"]
    assert due.pop(7) == []
    assert due.pop(2000) == ["b"]
    assert due.first() is None
    assert len(due._heap) < 200


async def test_what_asks_while_a_tick_is_being_written_sees_the_frames_that_came_before_it(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        creator, widget = await make(served)
        hub, keep = served.house.hub, served.house.hub._commit
        writing, go_on = asyncio.Event(), asyncio.Event()

        async def slowly(changes: list[Any]) -> None:
            writing.set()
            await go_on.wait()
            await keep(changes)

        hub._commit = slowly
        served.hear(creator, gift(MIRA, 1, 1))
        await writing.wait()
        served.hear(creator, gift(TOBI, 2, 2))
        asked = asyncio.ensure_future(hub.settled(lambda: hub.view(widget["key"])))
        await asyncio.sleep(0)
        go_on.set()
        assert json.loads(await asked or b"")["total"] == 3
