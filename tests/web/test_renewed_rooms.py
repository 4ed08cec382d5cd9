"""What a change of handle or time zone claims: pages stay, frames that come meanwhile count, the stream goes on."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from overlay.core.events import Opened
from overlay.hub.hub import GAP_S
from tests.serving import MIRA, TOBI, gift, listening, serving


def total(view: dict[str, Any]) -> int:
    return view["total"]


async def test_a_change_of_handle_or_time_zone_sends_the_new_view_and_never_gone(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        creator = await served.creator()
        board = await served.widget(creator, options={"period": "all"})
        alerts = await served.widget(creator, "alerts")
        served.hear(creator, gift(MIRA, 5, 1))
        async with listening(served, board["key"], f"{board['key']}?rows=1", alerts["key"]) as events:
            seen = [await events.next() for _ in range(3)]
            for change in ({"time_zone": "Pacific/Auckland"}, {"handle": "luna.new"}):
                assert (await served.http.patch(f"/api/creators/{creator}", json=change)).status_code == 200
                told = [await events.next() for _ in range(3)]
                seen += told
                by = {data["w"]: data["view"] for event, data in told if event == "options"}
                assert set(by) == {board["key"], f"{board['key']}?rows=1", alerts["key"]}
                assert total(by[board["key"]]) == 5
            served.hear(creator, gift(TOBI, 7, 2))
            async with asyncio.timeout(5):
                while total(await served.view(board["key"])) != 12:
                    await asyncio.sleep(0.02)
            while True:
                event, data = await events.next()
                seen.append((event, data))
                if event == "view" and data["w"] == board["key"] and total(data["view"]) == 12:
                    break
        assert "gone" not in {event for event, _ in seen}


async def test_frames_that_come_while_a_room_is_renewed_count_once_and_the_line_stays_open(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        creator = await served.creator()
        board = await served.widget(creator, options={"period": "stream"})
        served.house.hub.event(creator, Opened())
        number = 0
        for zone in ("Asia/Tokyo", "America/Lima", "UTC", "Asia/Kathmandu"):
            changing = asyncio.create_task(served.http.patch(f"/api/creators/{creator}", json={"time_zone": zone}))
            while not changing.done():
                number += 1
                served.hear(creator, gift(MIRA, 1, number), gift(MIRA, 1, number))
                await asyncio.sleep(0.001)
            assert (await changing).status_code == 200
        async with asyncio.timeout(5):
            while total(await served.view(board["key"])) != number:
                await asyncio.sleep(0.02)
        assert served.house.hub.rooms[creator].ledger.streams.now.open
        assert str(served.house.hub.rooms[creator].scene.zone) == "Asia/Kathmandu"
    async with serving(tmp_path) as served:
        assert total(await served.view(board["key"])) == number


def armies(transaction: str, mine: int) -> dict[str, Any]:
    """A battle's score under the number of its transaction."""
    hosts = [{"hostUserId": who, "teamTotalScore": score, "teamIdx": at} for at, (who, score) in enumerate(
        [("H1", mine), ("H2", 7)]
    )]  # fmt: skip
    data = {"battleId": "0", "matchId": "M1", "sessionId": "S1", "status": 1, "durationSec": 300, "hosts": hosts}
    return {"event": "battleArmies", "data": data | {"transactionId": transaction}}


def scores(view: dict[str, Any]) -> list[int]:
    return [team["total"] for team in view["teams"]]


async def test_a_battle_frame_that_was_heard_before_a_restart_says_nothing_again(tmp_path: Path) -> None:
    heard = 80  # more than one page of remembered transactions
    async with serving(tmp_path) as served:
        creator = await served.creator()
        key = (await served.widget(creator, "battle"))["key"]
        served.house.hub.event(creator, Opened())
        served.hear(creator, *(armies(f"t{number}", number) for number in range(1, heard + 1)))
        assert scores(await served.view(key)) == [heard, 7]
    async with serving(tmp_path) as served:
        served.house.hub.event(creator, Opened())
        assert scores(await served.view(key)) == [heard, 7]
        served.hear(creator, armies("t1", 1000), armies(f"t{heard}", 2000))
        assert scores(await served.view(key)) == [heard, 7]
        served.hear(creator, armies("new", heard + 1))
        assert scores(await served.view(key)) == [heard + 1, 7]


@pytest.mark.alone
async def test_a_start_with_hundreds_of_overlays_takes_no_tick_for_each(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        for number in range(24):
            creator = await served.creator(f"creator.{number}")
            made = [await served.widget(creator, kind) for kind in ("goal", "chat", "alerts", "feed") * 3]
    began = time.monotonic()
    async with serving(tmp_path) as served:
        took_s = time.monotonic() - began
        assert [*served.house.hub.rooms] == [row.id for row in await served.house.store.creators()]
        assert len(served.house.hub.placed) == 24 * 12
        assert (await served.view(made[-1]["key"]))["items"] == []
    assert took_s < 24 * 12 * 1.5 * GAP_S  # a start of one tick an overlay takes three times as long
