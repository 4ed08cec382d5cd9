"""Every scenario of the protocol, played through the real socket into a real server, ends as it says it must."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from overlay.simulator import Simulator
from tests.faults.played import HANDLE, SCENARIOS, START_MS, Player, expected, stage
from tests.serving import Served, listening, serving

Begin = Callable[..., Awaitable[Player]]
BATTLES = ("battle-normal", "battle-aborted", "battle-reconnect", "battle-multi-round")
PLAYED = {*BATTLES, "captions-native", "captions-socket", "chat-moderation", "gift-combos", "reconnect-and-new-stream"}


@pytest.fixture
async def begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Begin]:
    stops: list[Callable[[], Awaitable[Any]]] = []

    async def start(name: str, **creator: Any) -> Player:
        sim = Simulator("quiet", speed=0)
        settings = stage(monkeypatch, sim, expected(name).get("catalogue_used", {}) if name == "gift-combos" else {})
        await sim.__aenter__()
        stops.append(lambda: sim.__aexit__(None, None, None))
        settings |= {"tiktool_ws": sim.ws_base, "tiktool_api": sim.http_base, "tiktool_site": sim.http_base}
        served_at = serving(tmp_path, **settings)
        served = await served_at.__aenter__()
        stops.append(lambda: served_at.__aexit__(None, None, None))
        player = Player(served, sim, name)
        await player.begin(**creator)
        return player

    yield start
    for stop in reversed(stops):
        await stop()


async def widget(served: Served, player: Player, kind: str, **options: Any) -> str:
    return (await served.widget(player.creator, kind, options=options))["key"]


def test_every_scenario_is_played():
    assert {path.stem for path in SCENARIOS.glob("*.jsonl")} == PLAYED


async def test_the_combo_scenario_gives_the_same_sums_through_the_socket(begin: Begin) -> None:
    wanted, player = expected("gift-combos"), await begin("gift-combos")
    served = player.served
    room = served.house.hub.rooms[player.creator]
    async with asyncio.timeout(10):
        while "5586" not in room.ledger.catalogue:
            await asyncio.sleep(0.01)
    board, goal = await widget(served, player, "leaderboard", rows=20), await widget(served, player, "goal")
    count = await widget(served, player, "counter", metric="gifts")
    await player.play()
    past = await player.past(player.rooms[0])
    assert [{name: row[name] for name in ("key", "units", "diamonds")} for row in past["totals_by_sender"]] == [
        {name: row[name] for name in ("key", "units", "diamonds")} for row in wanted["totals_by_sender"]
    ]
    told = {(row["sender"], row["giftId"]): (row["units"], row["diamonds"]) for row in past["by_sender_and_gift"]}
    assert told == {
        (row["sender"], row["giftId"]): (row["units"], row["diamonds"]) for row in wanted["by_sender_and_gift"]
    }
    view = await served.view(board)
    named = [row for row in wanted["totals_by_sender"] if not row["key"].startswith("anon:")]
    assert [(f"id:{entry['user']['id']}", entry["score"], entry["gifts"]) for entry in view["entries"]] == [
        (row["key"], row["diamonds"], row["units"]) for row in named
    ]
    assert view["total"] == past["total_diamonds"] == wanted["total_diamonds"]
    assert view["people"] == len(wanted["totals_by_sender"])
    assert (await served.view(goal))["value"] == wanted["total_diamonds"]
    assert (await served.view(count))["value"] == sum(row["units"] for row in wanted["totals_by_sender"])


async def test_both_streams_of_the_reconnect_scenario_stand_in_the_archive(begin: Begin) -> None:
    wanted, player = expected("reconnect-and-new-stream")["streams"], await begin("reconnect-and-new-stream")
    likes = await widget(player.served, player, "counter", metric="likes")
    await player.play()
    for told in wanted:
        past = await player.past(told["roomId"])
        assert {name: past[name] for name in told if name != "roomId"} | {"roomId": past["room_id"]} == told
    assert (await player.served.view(likes))["value"] == wanted[-1]["likes"]
    listed = (await player.served.http.get(f"/api/creators/{player.creator}/streams")).json()
    assert [row["room_id"] for row in listed] == [told["roomId"] for told in reversed(wanted)]


async def test_deleted_lines_leave_the_chat_and_take_their_pin_along(begin: Begin) -> None:
    wanted, player = expected("chat-moderation"), await begin("chat-moderation")
    chat = await widget(player.served, player, "chat")
    await player.play()
    view = await player.served.view(chat)
    lines = ["".join(part["text"] for part in line["parts"]) for line in view["messages"]]
    assert lines == wanted["visible_lines"]
    assert player.served.house.hub.rooms[player.creator].ledger.pins.wake() is wanted["pin"]


@pytest.mark.parametrize("name", BATTLES)
async def test_a_battle_leaves_its_rounds_in_the_archive(begin: Begin, name: str) -> None:
    wanted, player = expected(name), await begin(name)
    battle = await widget(player.served, player, "battle")
    await player.play()
    await player.move(900_000)
    past = await player.past(player.rooms[0])
    (found,) = past["battles"]
    assert found["battle_key"] == wanted["battle_key"]
    rounds = {row["round_key"]: row for row in found["rounds"]}
    renamed = {"finalised_at": "finalised_ms", "corrected_at": "corrected_ms", "started_at": "started_ms"}
    assert rounds.keys() == {row["round_key"] for row in wanted["rounds"]}
    for told in wanted["rounds"]:
        row = rounds[told["round_key"]]
        for field, value in told.items():
            have = row[renamed.get(field, field)]
            assert have == (value + START_MS if field in renamed else value), field
    assert found["rounds_won"] == wanted.get("rounds_won", found["rounds_won"])
    assert (await player.served.view(battle))["phase"] == "idle"


async def test_native_captions_leave_their_lines_in_the_archive(begin: Begin) -> None:
    wanted, player = expected("captions-native")["committed_lines"], await begin("captions-native")
    await player.play()
    await player.move(60_000)
    lines = (await player.past(player.rooms[0]))["lines"]
    assert [{name: line[name] for name in wanted[0]} for line in lines] == wanted


async def test_bought_captions_leave_their_lines_and_translations_in_the_archive(
    begin: Begin, caplog: pytest.LogCaptureFixture
) -> None:
    wanted, told = expected("captions-socket"), []
    player = await begin("captions-socket", captions={"source": "captions", "translate": "de"})
    key = await widget(player.served, player, "captions", translation="both")
    async with listening(player.served, key) as events:
        await events.until("hello")
        async for _ in player.steps():
            told.append(player.served.house.upstream.status(player.creator).captions.remaining)
    await player.move(90_000)
    lines = (await player.past(player.rooms[0]))["lines"]
    assert [{name: line[name] for name in wanted["lines"][0]} for line in lines] == wanted["lines"]
    assert wanted["credits_remaining"] in told
    warned = [record for record in caplog.records if "minutes are left" in record.getMessage()]
    assert bool(warned) is wanted["low_credit_warning"]


async def test_the_creator_is_known_by_one_handle(begin: Begin) -> None:
    player = await begin("chat-moderation")
    await player.play()
    told = (await player.served.http.get("/api/status")).json()["creators"]
    assert [(row["handle"], row["room_id"], row["bad_frames"]) for row in told] == [(HANDLE, player.rooms[0], 0)]
