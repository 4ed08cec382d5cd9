"""Big gifts to others: shown where somebody wants them, counted nowhere, let in by the smallest filter that will do."""

from __future__ import annotations

import json
from datetime import UTC
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overlay.core import facts
from overlay.core.facts import Who
from overlay.core.ledger import Ledger
from overlay.core.prices import Listing
from overlay.core.room import Room
from overlay.core.scene import Scene
from overlay.core.tiktool import decode, decode_firehose
from overlay.core.whales import Net, Whaling, net
from overlay.widgets import KINDS

NOW = 1_790_000_000_000
FRAMES = Path(__file__).parents[1] / "frames/tiktool/firehose"
METEOR = {"6563": Listing(price=3000, name="Meteor Shower", picture="https://p16.example/meteor.webp")}


def frame(name="gifter_alert", **changed):
    """A recorded frame; `changed` replaces parts of it."""
    return json.dumps(json.loads((FRAMES / f"{name}.json").read_text("utf-8")) | changed).encode()


def whale(ours=True, **changed):
    return msgspec.structs.replace(decode_firehose(frame(**changed)), ours=ours)


def room(handle="max.beats", *, catalogue=None, **options):
    """A room with alerts and a feed that have these options, and a counter."""
    made = Room(
        Scene("c", handle, UTC, lambda address: f"/pictures/{len(address)}"), Ledger(handle, catalogue=catalogue)
    )
    made.open(NOW)
    for kind in ("alerts", "feed"):
        made.seat(kind, KINDS[kind], msgspec.convert(options, KINDS[kind].options), NOW)
    made.seat("board", KINDS["leaderboard"], KINDS["leaderboard"].options(), NOW)
    made.drain()
    return made


def shown(made, seat="feed"):
    return msgspec.json.decode(msgspec.json.encode(made.view(made.seats[seat], NOW)))


def test_a_whale_is_a_gift_whose_text_names_who_got_it():
    made = room(catalogue=METEOR, whales=1)
    made.hear(whale(), NOW)
    (item,) = shown(made)["items"]
    assert item == {
        "id": item["id"], "what": "gift",
        "user": {"id": "handle:mira.kay", "handle": "mira.kay", "name": "Mira Kay", "avatar": None, "level": None, "anonymous": False},
        "gift": {"id": "6563", "name": "Meteor Shower", "image": "/pictures/31"}, "count": None, "people": None,
        "diamonds": 3000, "running": False, "text": "@luna.sings", "at_ms": NOW, "test": False,
    }  # fmt: skip
    stage = shown(made, "alerts")["stage"]
    assert (stage["item"]["text"], stage["item"]["diamonds"]) == ("@luna.sings", 3000)


def test_an_anonymous_giver_has_no_handle():
    made = room("luna.sings", whales=1)
    made.hear(msgspec.structs.replace(decode_firehose(frame("gifter_alert.anonymous")), ours=True), NOW)
    (item,) = shown(made)["items"]
    assert (item["user"]["handle"], item["user"]["anonymous"]) == (None, True)


def test_a_whale_counts_nowhere_and_is_neither_stored_nor_learned():
    made = room(whales=1)
    before = shown(made, "board")
    made.hear(whale(), NOW)
    change = made.drain()
    assert shown(made, "board") == before
    assert (change.facts, change.people) == ([], {})
    assert made.scene.stream is None, "it proves nothing about being live"
    assert made.tally.small.viewers is None


def test_a_gift_to_this_very_creator_is_left_to_the_live_socket():
    made = room("luna.sings", whales=1)
    made.hear(whale(), NOW)
    assert shown(made)["items"] == []


def test_two_whales_from_one_person_stay_two_cards():
    made = room(whales=1)
    for number, creator in enumerate(("luna.sings", "nora.plays", "ivy.moss")):
        made.hear(whale(creator={"uniqueId": creator}, ts=f"2026-06-07T18:33:0{number}.000Z"), NOW)
    assert shown(made, "alerts")["waiting"] == 2
    assert [item["text"] for item in shown(made)["items"]] == ["@luna.sings", "@nora.plays", "@ivy.moss"]


def test_where_too_many_wait_whales_go_and_are_in_no_sum():
    made = room(whales=1)
    alerts = made.seats["alerts"]
    made.seat("alerts", alerts.kind, msgspec.convert({"whales": 1, "queue": 3}, alerts.kind.options), NOW)
    made.hear(whale(ts="2026-06-07T18:33:00.000Z"), NOW)  # on stage
    for number in range(1, 5):
        made.hear(whale(ts=f"2026-06-07T18:33:0{number}.000Z"), NOW)
    for number in range(4):
        gift = {"user": {"id": f"68900112233445566{number}1", "uniqueId": f"mira{number}"}, "giftId": 5655,
                "giftName": "Rose", "diamondCount": 1, "repeatCount": 1, "repeatEnd": True, "giftType": 1,
                "msgId": f"m{number}"}  # fmt: skip
        made.hear(decode(json.dumps({"event": "gift", "data": gift})), NOW)
    waiting = made.seats["alerts"].stage.waiting.values()
    assert not any(card.item.to for card in waiting)
    (summed,) = [card.item for card in waiting if card.folded is not None]
    assert summed.diamonds + sum(card.item.diamonds for card in waiting if card.folded is None) == 4


def test_a_whale_that_is_told_twice_is_no_bigger():
    made = room(whales=1)
    for _ in range(3):
        made.hear(whale(), NOW)
    (waits,) = made.seats["alerts"].stage.waiting.values()
    assert (waits.item.diamonds, made.seats["alerts"].stage.card.item.diamonds) == (3000, 3000)


def test_the_owners_words_may_name_who_got_it():
    made = room(whales=1)
    alerts = made.seats["alerts"]
    words = {"texts": {"gift": "{name} gave {text} a {gift}"}, "whales": 1}
    made.seat("alerts", alerts.kind, msgspec.convert(words, alerts.kind.options), NOW)
    made.hear(whale(), NOW)
    assert shown(made, "alerts")["stage"]["text"] == "Mira Kay gave @luna.sings a Meteor Shower"


def test_whales_push_no_gift_of_our_own_out_of_a_feed_that_does_not_want_them():
    made = room()
    made.seat("other", KINDS["feed"], msgspec.convert({"whales": 1}, KINDS["feed"].options), NOW)
    rose = {"type": "gift", "user": {"id": "6890011223344556677", "uniqueId": "mira.kay"}, "giftId": 5655, "giftName": "Rose",
            "diamondCount": 1, "repeatCount": 1, "repeatEnd": True, "giftType": 1, "msgId": "m1"}  # fmt: skip
    made.hear(decode(json.dumps({"event": "gift", "data": rose})), NOW)
    for number in range(150):
        made.hear(whale(ts=f"2026-06-07T18:33:{number % 60:02d}.{number:03d}Z"), NOW)
    assert [item["text"] for item in shown(made)["items"]] == [None]
    assert {item["text"] for item in shown(made, "other")["items"]} == {"@luna.sings"}


# --- which ---


def heard(**changed):
    told = {
        "at_ms": NOW,
        "id": "w",
        "giver": Who(key="handle:a", id="handle:a"),
        "to": "x",
        "diamonds": 3000,
        "region": "US+",
    }
    return facts.WhaleHeard(**told | changed)


@pytest.mark.parametrize(
    ("options", "whale", "is_caught"),
    [
        ({}, {}, False),
        ({"whales": 3000}, {}, False),
        ({"whales": 3000}, {"ours": True}, True),
        ({"whales": 3001}, {"ours": True}, False),
        ({"whales": 1, "whales_of": "everybody"}, {}, True),
        ({"whales": 1, "whales_of": "everybody", "whales_region": "us"}, {}, True),
        ({"whales": 1, "whales_of": "everybody", "whales_region": "JP"}, {}, False),
        ({"whales": 1, "whales_of": "everybody", "whales_league": "a1"}, {"league": "2000"}, True),
        ({"whales": 1, "whales_of": "everybody", "whales_league": "A1"}, {"league": "B1"}, False),
        ({"whales": 1, "whales_of": "everybody", "whales_league": "A1"}, {}, False),
    ],
)
def test_a_widget_shows_what_it_was_told_to(options, whale, is_caught):
    assert Whaling(**options).catches(heard(**whale)) is is_caught


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ([{}], None),
        ([{"whales": 500}, {"whales": 100}, {}], Net(min_diamonds=100)),
        ([{"whales": 500, "whales_region": "us"}, {"whales": 100, "whales_region": "US+"}], Net(mode="region", region="US+", min_diamonds=100)),
        ([{"whales": 500, "whales_region": "US+"}, {"whales": 100}], Net(min_diamonds=100)),
        ([{"whales": 30_000, "whales_region": "GB", "whales_league": "a1"}], Net(mode="league", region="UK+", league="A1", min_diamonds=30_000)),
        ([{"whales": 100, "whales_region": "GB", "whales_league": "A1"}], Net(mode="region", region="UK+", min_diamonds=100)),
    ],
)  # fmt: skip
def test_one_filter_lets_everything_in_that_somebody_shows(wanted, expected):
    assert net(Whaling(**options) for options in wanted) == expected


def passes(told, filtered):
    """What the service does with a filter."""
    if told.diamonds < filtered.min_diamonds or filtered.region not in {None, told.region}:
        return False
    return filtered.league in {None, told.league}


WIDGETS = st.builds(
    Whaling,
    whales=st.sampled_from([0, 1, 1000, 30_000]),
    whales_of=st.just("everybody"),
    whales_region=st.sampled_from([None, "US", "US+", "GB", "JP"]),
    whales_league=st.sampled_from([None, "A1", "a2"]),
)
GIFTS = st.builds(
    heard,
    diamonds=st.sampled_from([5, 1000, 29_999, 30_000, 44_999]),
    region=st.sampled_from(["US+", "UK+", "JP"]),
    league=st.sampled_from(["A1", "A2"]),
).map(lambda told: told if told.diamonds >= 30_000 else msgspec.structs.replace(told, league=None))


@given(st.lists(WIDGETS, max_size=4), GIFTS)
def test_no_filter_keeps_back_what_a_widget_would_show(widgets, told):
    filtered = net(widgets)
    if any(one.catches(told) for one in widgets):
        assert filtered is not None
        assert passes(told, filtered)


def test_a_filter_has_the_documented_words():
    recorded = json.loads((FRAMES / "update_filter.json").read_text("utf-8"))
    told = net([Whaling(whales=1_000, whales_region="KR+")]).params()
    assert {"type": "update_filter", **told} == recorded
