"""What a past stream tells: the sums of its facts, whatever it was called meanwhile."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC
from pathlib import Path

import pytest

from overlay.core import facts
from overlay.core.keeping import Change
from overlay.core.ledger import Ledger, Listing
from overlay.core.recording import parse_line
from overlay.core.room import Room
from overlay.core.scene import Scene
from overlay.widgets import KINDS

from .making import START_MS, change, credit, person

SCENARIOS = Path(__file__).parent.parent / "frames" / "tiktool" / "scenarios"
MINUTE = 60_000
BEGAN_MS = START_MS - START_MS % MINUTE


def expected(name):
    return json.loads((SCENARIOS / f"{name}.expected.json").read_text("utf-8"))


async def play(store, name, source="native", **catalogue):
    """A scenario through a room of its own into the store, as the server does it: a commit after every line."""
    scene = Scene("luna", "luna.sings", UTC, lambda _: None)
    scene.caption_source = source
    room = Room(
        scene, Ledger("luna.sings", catalogue={gift: Listing(price=price) for gift, price in catalogue.items()})
    )
    room.open(START_MS)
    for kind in ("battle", "captions", "chat"):
        room.seat(kind, KINDS[kind], KINDS[kind].options(), START_MS)
    end = 0
    for place, line in enumerate((SCENARIOS / f"{name}.jsonl").read_text("utf-8").splitlines()):
        parsed = parse_line(line, place)
        end = max(end, parsed.t or 0)
        room.advance(START_MS + end)
        for event in parsed.events:
            room.hear(event, START_MS + end)
        await store.commit([room.drain()])
    for after in range(0, 400_000, 1_000):
        room.advance(START_MS + end + after)
    await store.commit([room.drain()])
    return await store.streams("luna")


async def test_the_sums_per_person_and_gift_of_the_combo_scenario(store):
    wanted = expected("gift-combos")
    await play(store, "gift-combos", **wanted["catalogue_used"])
    (row,) = await store.streams("luna")
    whole = await store.stream(row["id"])
    by_sender = {(row["key"], row["units"], row["diamonds"]) for row in whole["totals_by_sender"]}
    assert by_sender == {(row["key"], row["units"], row["diamonds"]) for row in wanted["totals_by_sender"]}
    names = ("sender", "giftId", "units", "diamonds")
    by_gift = {tuple(row[name] for name in names) for row in whole["by_sender_and_gift"]}
    assert by_gift == {tuple(row[name] for name in names) for row in wanted["by_sender_and_gift"]}
    assert whole["total_diamonds"] == wanted["total_diamonds"] == sum(row["diamonds"] for row in whole["gifts"])
    assert whole["totals_by_sender"][1]["who"] == "anonymous"
    assert "anonymous" not in [row["who"] for row in whole["top_gifters"]]


async def test_two_streams_of_the_reconnect_scenario(store):
    streams = await play(store, "reconnect-and-new-stream")
    wanted = expected("reconnect-and-new-stream")["streams"]
    assert len(streams) == len(wanted)
    for row, found in zip(wanted, reversed(streams), strict=True):
        assert found["room_id"] == row["roomId"]
        assert {name: found[name] for name in row if name != "roomId"} == {
            name: value for name, value in row.items() if name != "roomId"
        }


@pytest.mark.parametrize("name", ["battle-normal", "battle-aborted", "battle-multi-round", "battle-reconnect"])
async def test_the_battles_of_the_scenarios(store, name):
    streams = await play(store, name)
    wanted = expected(name)
    (battle,) = [battle for row in streams for battle in (await store.stream(row["id"]))["battles"]]
    assert battle["battle_key"] == wanted["battle_key"]
    assert len(battle["rounds"]) == len(wanted["rounds"])
    for found, row in zip(battle["rounds"], wanted["rounds"], strict=True):
        assert found["round_key"] == row["round_key"]
        assert found["finalised_by"] == row["finalised_by"]
        assert found["scores"] == row["scores"]
        assert found["winner_team"] == row["winner_team"]
    if "rounds_won" in wanted:
        assert battle["rounds_won"] == wanted["rounds_won"]


@pytest.mark.parametrize(
    "name, source, key",
    [
        ("captions-native", "native", "committed_lines"),
        ("captions-socket", "captions", "lines"),
    ],
)
async def test_the_closed_lines_of_the_caption_scenarios(store, name, source, key):
    streams = await play(store, name, source)
    found = [line for row in reversed(streams) for line in (await store.stream(row["id"]))["lines"]]
    wanted = expected(name)[key]
    assert [{field: line.get(field) for field in row} for line, row in zip(found, wanted, strict=True)] == wanted


def a_stream():
    """A few minutes of everything."""
    lin, ada, who = person(1), person(2), person(3, key="anon:id:3", anonymous=True)
    return [
        facts.StreamBegan(at_ms=START_MS, stream="7650", title="first"),
        facts.StreamTitled(at_ms=START_MS, title="a title"),
        credit(lin, 3, at_ms=START_MS, price=10),
        credit(ada, 1, at_ms=START_MS + MINUTE, gift="7934", price=1000),
        credit(who, 9, at_ms=START_MS + MINUTE, price=500),
        credit(ada, 5, at_ms=START_MS + MINUTE, test=True),
        facts.Liked(at_ms=START_MS, who=lin, count=5, stream_gain=500, gain=5),
        facts.Followed(at_ms=START_MS, who=lin),
        facts.Shared(at_ms=START_MS, who=lin),
        facts.Subscribed(at_ms=START_MS, who=lin),
        facts.SuperFanned(at_ms=START_MS, who=lin),
        facts.Said(at_ms=START_MS + MINUTE, who=lin, id="1"),
        facts.Watched(at_ms=START_MS, now=100),
        facts.Watched(at_ms=START_MS + 1, now=200),
        facts.Watched(at_ms=START_MS + MINUTE, now=50),
        facts.StreamEnded(at_ms=START_MS + 2 * MINUTE, reason="control3"),
    ]


async def test_a_stream_tells_its_totals_viewers_and_minutes(store):
    await store.commit([change("luna", *a_stream())])
    (row,) = await store.streams("luna")
    whole = await store.stream("7650")
    assert await store.stream(row["id"]) == whole
    assert row.items() <= whole.items()
    assert (whole["room_id"], whole["creator"], whole["title"]) == ("7650", "luna", "a title")
    assert (whole["began_ms"], whole["ended_ms"], whole["ended_by"]) == (START_MS, START_MS + 2 * MINUTE, "control3")
    assert whole["totals"] == {
        "diamonds": 5530, "gifts": 13, "likes": 500, "follows": 1,
        "shares": 1, "subscribes": 1, "superfans": 1, "chats": 1,
    }  # fmt: skip
    assert (whole["viewers"], whole["peak_viewers"], whole["mean_viewers"]) == (50, 200, 100.0)
    assert [(row["at_ms"], row["diamonds"], row["viewers_max"], row["viewers_mean"]) for row in whole["minutes"]] == [
        (BEGAN_MS, 30, 200, 150.0),
        (BEGAN_MS + MINUTE, 5500, 50, 50.0),
    ]
    assert [row["who"] for row in whole["top_gifters"]] == ["handle2", "handle1"]
    assert whole["top_gifters"][0]["user"]["avatar"] is None
    assert [(row["id"], row["units"]) for row in whole["gifts"]] == [("5655", 12), ("7934", 1)]


async def test_facts_in_many_ticks_add_up_to_the_same_stream(store):
    await store.commit([change("luna", *a_stream())])
    for fact in a_stream():
        await store.commit([change("otter", fact)])
    one, many = [await store.stream((await store.streams(name))[0]["id"]) for name in ("luna", "otter")]
    assert {**one, "id": 0, "creator": 0} == {**many, "id": 0, "creator": 0}


async def test_streams_come_newest_first_and_page_by_page(store):
    for number in range(5):
        began = facts.StreamBegan(at_ms=START_MS + number, stream=str(number))
        await store.commit([change("luna", began, stream=str(number))])
    assert [row["room_id"] for row in await store.streams("luna", most=2)] == ["4", "3"]
    assert [row["room_id"] for row in await store.streams("luna", before_ms=START_MS + 3)] == ["2", "1", "0"]
    assert await store.streams("nobody") == []


async def test_the_same_room_id_again_is_the_same_stream_going_on(store):
    began = facts.StreamBegan(at_ms=START_MS, stream="7650")
    ended = facts.StreamEnded(at_ms=START_MS + 5, reason="4005")
    again = facts.StreamBegan(at_ms=START_MS + 9, stream="7650")
    await store.commit([change("luna", began, credit(person(1)), ended, again, credit(person(1)))])
    (row,) = await store.streams("luna")
    assert (row["began_ms"], row["ended_ms"], row["diamonds"]) == (START_MS, None, 2)


async def test_a_false_end_is_taken_back(store):
    ended = facts.StreamEnded(at_ms=START_MS, reason="offline")
    await store.commit([change("luna", credit(person(1)), ended, facts.StreamWentOn(at_ms=START_MS + 1))])
    assert [row["ended_by"] for row in await store.streams("luna")] == [None]


async def test_a_named_stream_that_was_there_before_takes_the_open_one_in(store):
    battle = {"battle_key": "b", "round_key": "r1", "scores": {"0": 1}, "winner_team": 0}
    first = change("luna", facts.StreamBegan(at_ms=START_MS, stream="7650"), credit(person(1), 2), rounds=[battle])
    began = facts.StreamBegan(at_ms=START_MS + MINUTE, stream="open:1")
    watched = facts.Watched(at_ms=START_MS + MINUTE, now=9)
    second = change("luna", began, credit(person(1), 3, at_ms=START_MS + MINUTE), watched, stream="open:1")
    second.lines = [{"id": "l1", "text": "hello", "at_ms": 1}]
    named = facts.StreamNamed(at_ms=START_MS + MINUTE, old="open:1", stream="7650")
    await store.commit([first])
    await store.commit([second])
    await store.commit([change("luna", named, credit(person(1), at_ms=START_MS + MINUTE))])
    (row,) = await store.streams("luna")
    whole = await store.stream(row["id"])
    assert (whole["began_ms"], whole["totals"]["gifts"], whole["peak_viewers"]) == (START_MS, 6, 9)
    assert [(row["units"], len(whole["minutes"])) for row in whole["totals_by_sender"]] == [(6, 2)]
    assert [line["text"] for line in whole["lines"]] == ["hello"]
    assert [battle["battle_key"] for battle in whole["battles"]] == ["b"]
    assert await store.stream("open:1") == whole


async def test_rounds_and_lines_are_replaced_under_their_keys_and_keep_their_places(store):
    def round_of(key, score):
        return {"battle_key": "match:1", "round_key": key, "scores": {"0": score}, "winner_team": 0}

    first = [round_of("r1", 1), round_of("r2", 2)]
    lines = [{"id": "a", "text": "one", "at_ms": 1}, {"id": "b", "text": "two", "at_ms": 2}]
    await store.commit([Change(creator="luna", stream="7650", rounds=first, lines=lines)])
    again = Change(creator="luna", stream="7650", rounds=[round_of("r1", 9)])
    again.lines = [{"id": "a", "text": "one", "at_ms": 1, "translation": "eins"}]
    await store.commit([again])
    whole = await store.stream("7650")
    assert [row["scores"]["0"] for row in whole["battles"][0]["rounds"]] == [9, 2]
    assert whole["battles"][0]["rounds_won"] == {"0": 2}
    assert [line.get("translation") for line in whole["lines"]] == ["eins", None]


async def test_a_sheet_holds_every_part_and_no_formula(store):
    evil = person(4, name="=HYPERLINK(1)", handle="@SUM(A1)")
    await store.commit([change("luna", *a_stream(), credit(evil, 2))])
    rows = list(csv.reader(io.StringIO(await store.stream_csv("7650"))))
    heads = [row[0] for row in rows if len(row) == 1]
    assert heads == ["stream", "totals", "gifters", "gifts", "battles", "minutes"]
    cells = [cell for row in rows for cell in row]
    assert "'=HYPERLINK(1)" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


async def test_an_unknown_stream_is_none(store):
    for name in ("7650", "0", "-1", "9" * 40, "nothing", ""):
        assert await store.stream(name) is None
        assert await store.stream_csv(name) is None
