"""The feed: what happened lately, oldest first, each gift combo on one line."""

from __future__ import annotations

from datetime import UTC

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from overlay.core import facts
from overlay.core.facts import Who
from overlay.core.items import Log
from overlay.core.scene import Scene
from overlay.widgets import feed
from overlay.widgets.feed import Options

ADA = Who(key="id:1", id="1", handle="ada", name="Ada", avatar="https://p16.example/a.webp")
SCENE = Scene("c", "luna", UTC, lambda address: f"/pictures/{len(address)}")
NOBODY = Who(key="nobody", id="nobody", name="Anonymous")


def rose(combo, units=1, *, count=None, at_ms=0, running=False, test=False):
    return facts.Credit(
        at_ms=at_ms, test=test, who=ADA, combo=combo, gift_id="5655", gift_name="Rose", picture="https://p16.example/rose.png",
        units=units, count=units if count is None else count, price=1, diamonds=units, running=running,
        first=count is None or count == units,
    )  # fmt: skip


def view(log, at_ms=0, **options):
    made = feed.view(log, None, msgspec.convert(options, Options), SCENE, at_ms)
    return msgspec.json.decode(msgspec.json.encode(made))["items"]


def log(*told):
    made = Log()
    for fact in told:
        made.fold(fact, SCENE)
    return made


def test_an_item_has_the_form_of_the_contract():
    assert view(log(rose("x", 3, running=True, test=True))) == [
        {
            "id": "x", "what": "gift",
            "user": {"id": "1", "handle": "ada", "name": "Ada", "avatar": "/pictures/26", "level": None, "anonymous": False},
            "gift": {"id": "5655", "name": "Rose", "image": "/pictures/28"}, "count": 3, "people": None, "diamonds": 3,
            "running": True, "text": None, "at_ms": 0, "test": True,
        }
    ]  # fmt: skip


def test_every_kind_of_item_is_there_in_order():
    told = log(
        facts.Followed(at_ms=1, who=ADA),
        facts.Shared(at_ms=2, who=ADA),
        facts.Subscribed(at_ms=3, who=ADA, months=3),
        facts.SuperFanned(at_ms=4, who=ADA),
        facts.EnvelopeDropped(at_ms=5, who=NOBODY, envelope_id="7", diamonds=50),
        facts.GoalReached(at_ms=6, widget="w", label="New guitar", target=1_000),
        facts.MilestoneReached(at_ms=7, text="10,000 followers"),
        rose("x", at_ms=8),
        facts.Joined(at_ms=9, who=ADA),
        facts.Liked(at_ms=9, who=ADA, count=5),
    )
    assert [(item["what"], item["text"]) for item in view(told)] == [
        ("follow", None), ("share", None), ("subscribe", None), ("superfan", None), ("envelope", None),
        ("goal", "New guitar"), ("milestone", "10,000 followers"), ("gift", None),
    ]  # fmt: skip
    assert [item["what"] for item in view(told, events=["gift", "goal"])] == ["goal", "gift"]
    assert [item["what"] for item in view(told, rows=2)] == ["milestone", "gift"]


def test_a_combo_grows_in_place_and_says_when_it_is_over():
    told = log(rose("x", running=True), facts.Followed(at_ms=1, who=ADA), rose("x", 4, count=5, at_ms=2, running=True))
    assert [(item["what"], item["count"], item["running"]) for item in view(told)] == [
        ("gift", 5, True),
        ("follow", None, False),
    ]
    assert told.fold(facts.ComboEnded(at_ms=3, combo="x", count=5), SCENE)
    assert not told.fold(facts.ComboEnded(at_ms=3, combo="x", count=5), SCENE)
    assert not view(told)[0]["running"]


def test_a_combo_that_has_left_the_log_does_not_come_back_as_if_it_had_just_begun():
    assert view(log(rose("x", 2, count=9))) == []


def test_items_fade_and_the_next_fading_is_known():
    told = log(facts.Followed(at_ms=1_000, who=ADA), facts.Shared(at_ms=3_000, who=ADA))
    options = msgspec.convert({"fade_s": 5}, Options)
    assert len(view(told, 5_999, fade_s=5)) == 2
    assert feed.wake(told, None, options, 3_000) == 6_000
    assert [item["what"] for item in view(told, 6_000, fade_s=5)] == ["share"]
    assert feed.wake(told, None, options, 6_000) == 8_000
    assert view(told, 8_000, fade_s=5) == []
    assert feed.wake(told, None, options, 8_000) is None
    assert feed.wake(told, None, Options(), 8_000) is None


def test_the_newest_name_of_a_person_is_shown():
    told = log(facts.Followed(at_ms=1, who=ADA))
    scene = Scene("c", "luna", UTC, lambda _address: None)
    scene.people.learn(msgspec.structs.replace(ADA, name="Ada Lovelace"))
    shown = msgspec.json.decode(msgspec.json.encode(feed.view(told, None, Options(), scene, 1)))
    assert shown["items"][0]["user"]["name"] == "Ada Lovelace"


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(1, 9)), max_size=200))
def test_every_credit_is_in_exactly_one_item_of_the_log(steps):
    counts = {}
    told = Log()
    for combo, units in steps:
        counts[combo] = counts.get(combo, 0) + units
        told.fold(rose(combo, units, count=counts[combo]), SCENE)
    items = view(told, rows=50)
    assert {item["id"]: item["count"] for item in items} == counts
    assert sum(item["diamonds"] for item in items) == sum(units for _, units in steps)
