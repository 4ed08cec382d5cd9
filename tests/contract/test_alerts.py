"""Alerts: one queue with the times of the rules, through `trace`."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.kit import HIDDEN, MIRA, OTTER, START, TOBI, chat, frame, gift, last, opened, person, trace, wait

BEGIN = opened(0)
ITEM = {"id", "what", "user", "gift", "count", "people", "diamonds", "running", "text", "at_ms", "test"}


def follow(t: int, who: dict[str, Any]) -> dict[str, Any]:
    return frame(t, "follow", user=who)


def ticking(lines: list[dict[str, Any]], until: int, step: int = 50) -> list[dict[str, Any]]:
    """The lines, with time passing between them."""
    times = {line["t"] for line in lines}
    return sorted([*lines, *[wait(t) for t in range(0, until, step) if t not in times]], key=lambda line: line["t"])


def stages(lines: list[dict[str, Any]], until: int, **options: Any) -> list[dict[str, Any]]:
    """Every card that stood on stage, in order, as it was last seen."""
    found: dict[str, dict[str, Any]] = {}
    for view in trace("alerts", ticking([*BEGIN, *lines], until), options):
        if view["stage"]:
            found[view["stage"]["id"]] = view["stage"]
    return list(found.values())


def span(card: dict[str, Any]) -> tuple[int, int]:
    return card["from_ms"] - START, card["until_ms"] - START


def test_alerts_have_exactly_the_keys_of_the_contract():
    empty = last("alerts", BEGIN)
    assert empty == {"stage": None, "waiting": 0, "paused": False, "muted": False, "items": [], "as_of_ms": START}
    view = last("alerts", [*BEGIN, gift(100, MIRA, 5, 2), follow(200, TOBI)])
    assert set(view) == set(empty)
    assert ITEM | {"from_ms", "until_ms"} <= set(view["stage"])
    assert all(set(item) == ITEM for item in view["items"])
    assert (view["waiting"], len(view["items"])) == (1, 2)


def test_a_card_alone_is_shown_for_the_base_time_and_the_next_after_the_gap():
    cards = stages([follow(1000, MIRA), follow(2000, TOBI)], 20_000)
    assert [span(card) for card in cards] == [(1000, 7000), (7300, 13_300)]


def test_the_time_shrinks_with_those_who_wait():
    lines = [follow(1000, person(n)) for n in range(11)]  # one on stage, ten wait
    cards = stages(lines, 15_000)
    assert span(cards[0]) == (1000, 7000)
    second = span(cards[1])
    assert second[0] == 7150  # more than five wait: the short gap
    assert second[1] - second[0] == 6000 - 4000 * 9 // 20


def test_with_twenty_waiting_a_card_has_the_shortest_time():
    cards = stages([follow(1000 + n, person(n)) for n in range(40)], 12_000)
    assert span(cards[1])[1] - span(cards[1])[0] == 2000


def test_the_order_is_class_then_diamonds_then_time():
    lines = [
        follow(1000, person(1)), follow(1010, person(2)), gift(1020, MIRA, 5), gift(1030, TOBI, 50), follow(1040, person(3)),
        frame(1050, "subscribe", user=OTTER, subMonth=1),
    ]  # fmt: skip
    cards = stages(lines, 60_000)
    assert [(card["what"], card["diamonds"]) for card in cards] == [
        ("follow", None), ("subscribe", None), ("gift", 50), ("gift", 5), ("follow", None), ("follow", None),
    ]  # fmt: skip
    assert [card["user"]["name"] for card in cards[-2:]] == ["Person 2", "Person 3"]


def test_a_big_gift_cuts_short_what_has_had_its_shortest_time():
    early = stages([follow(1000, person(1)), gift(1500, MIRA, 1000)], 20_000)
    assert [span(card)[0] for card in early] == [1000, 3300]
    late = stages([follow(1000, person(1)), gift(4500, MIRA, 1000)], 20_000)
    assert [span(card)[0] for card in late] == [1000, 4800]
    small = stages([follow(1000, person(1)), gift(1500, MIRA, 999)], 20_000)
    assert [span(card)[0] for card in small] == [1000, 7300]


def test_a_big_gift_is_not_cut_short_by_another():
    cards = stages([gift(1000, MIRA, 1000), gift(1500, TOBI, 5000)], 20_000)
    assert [span(card)[0] for card in cards] == [1000, 7300]


def test_nothing_starves_a_card_rises_one_class_per_thirty_seconds():
    lines = [follow(900, person(0)), follow(1000, person(1))]
    lines += [gift(1000 + 2000 * n, person(50 + n), 5, tx=f"g{n}") for n in range(60)]
    cards = stages(lines, 130_000)
    waited = [card["from_ms"] - START for card in cards if card["user"] and card["user"]["name"] == "Person 1"]
    assert waited
    assert waited[0] < 125_000


def test_the_order_is_diamonds_then_time_for_those_who_have_waited_longest_too():
    lines = [gift(n, person(n), 10 + n, giftId=100 + n) for n in range(50)]
    seen = trace("alerts", [*BEGIN, *lines, *[wait(t) for t in range(1_000, 330_000, 1_000)]], {"min_show_s": 6})
    shown = list(dict.fromkeys(view["stage"]["diamonds"] for view in seen if view["stage"]))
    assert shown == [10, *range(59, 10, -1)]


def test_the_same_gift_of_the_same_person_merges_while_it_waits():
    lines = [follow(1000, person(1)), gift(1100, MIRA, 5, 2), gift(1200, MIRA, 5, 3, tx="b"), gift(1300, TOBI, 5)]
    cards = [card for card in stages(lines, 30_000) if card["what"] == "gift"]
    assert [(card["user"]["name"], card["count"], card["diamonds"]) for card in cards] == [
        ("Mira Kay", 5, 25),
        ("Tobi W.", 1, 5),
    ]


def test_over_fifty_waiting_the_lowest_class_becomes_one_summary_and_nothing_paid_disappears():
    lines = [follow(1000, person(0))] + [follow(1001 + n, person(1 + n)) for n in range(51)]
    view = last("alerts", [*BEGIN, *lines])
    assert view["waiting"] <= 50
    cards = stages([*lines, *[gift(2000 + n, person(200 + n), 7) for n in range(60)]], 200_000)
    shown = sum(card["diamonds"] or 0 for card in cards)
    assert shown == 60 * 7
    sums = [card for card in cards if card["what"] == "summary"]
    assert sums
    gifts = next(card for card in sums if "gift" in card["text"])
    assert gifts["text"] == f"{gifts['count']} gifts from {gifts['people']} people"
    assert any(card["text"].endswith("follows") for card in sums)


def test_the_summary_of_follows_says_how_many():
    lines = [gift(1000, MIRA, 1000)] + [follow(1001 + n, person(1 + n)) for n in range(51)]
    cards = stages(lines, 20_000)
    assert [card["text"] for card in cards if card["what"] == "summary"] == ["51 follows"]


def test_a_combo_is_one_card_that_grows_in_place():
    lines = [gift(1000 + 100 * n, MIRA, 5, n, tx="one", end=False) for n in range(1, 30)]
    views = trace("alerts", [*BEGIN, *lines])[2:]
    assert {view["stage"]["id"] for view in views} == {views[0]["stage"]["id"]}
    assert [view["stage"]["count"] for view in views] == list(range(1, 30))
    assert views[-1]["stage"]["from_ms"] == START + 1100
    assert views[-1]["waiting"] == 0


def test_each_step_of_an_open_combo_holds_the_card_for_five_seconds_up_to_the_longest_time():
    steps = [gift(1000 + 2000 * n, MIRA, 5, 1 + n, tx="one", end=False) for n in range(14)]
    cards = [view["stage"] for view in trace("alerts", [*BEGIN, *steps])[2:] if view["stage"]]
    ends = [card["until_ms"] - START for card in cards if card["from_ms"] == START + 1000]
    assert ends[:3] == [7000, 8000, 10_000]
    assert ends[-1] == max(ends) == 21_000


def test_an_ended_combo_moves_its_card_no_more_and_later_steps_only_count():
    lines = [
        gift(1000, MIRA, 5, 1, tx="one", end=False), gift(5000, MIRA, 5, 2, tx="one", end=True),
        gift(6000, MIRA, 5, 4, tx="one", end=True),
    ]  # fmt: skip
    views = trace("alerts", [*BEGIN, *lines])[2:]
    assert views[1]["stage"]["until_ms"] == START + 10_000
    assert (views[2]["stage"]["count"], views[2]["stage"]["until_ms"]) == (4, START + 10_000)


def test_the_until_of_a_card_is_fixed_at_its_entrance():
    views = trace("alerts", [*BEGIN, follow(1000, MIRA), *[follow(1100 + n, person(n)) for n in range(20)]])[2:]
    assert {view["stage"]["until_ms"] for view in views} == {START + 7000}


def test_times_are_options():
    options = {"show_s": 3, "min_show_s": 1, "max_show_s": 8}
    cards = stages([follow(1000, MIRA), follow(1001, TOBI)], 20_000, **options)
    assert [span(card) for card in cards] == [(1000, 4000), (4300, 7300)]
    steps = [gift(1000 + 1000 * n, MIRA, 5, 1 + n, tx="one", end=False) for n in range(20)]
    ends = [
        view["stage"]["until_ms"] - START for view in trace("alerts", [*BEGIN, *steps], options)[2:] if view["stage"]
    ]
    assert ends[0] == 4000
    assert ends[6] == 9000


def test_only_wanted_events_and_gifts_large_enough_are_shown():
    lines = [follow(1000, MIRA), gift(1100, TOBI, 9), gift(1200, OTTER, 10)]
    assert [card["what"] for card in stages(lines, 30_000, events=["gift"])] == ["gift", "gift"]
    cards = stages(lines, 30_000, min_diamonds=10)
    assert [card["user"]["name"] for card in cards if card["what"] == "gift"] == ["Papa Otter"]


def test_the_items_are_the_last_fifty_heard():
    lines = [follow(1000 + n, person(n)) for n in range(80)]
    items = last("alerts", [*BEGIN, *lines])["items"]
    assert [item["user"]["name"] for item in items] == [f"Person {n}" for n in range(30, 80)]


def test_texts_and_tiers_give_a_card_its_words_and_time():
    options = {
        "texts": {"follow": "{name} follows", "gift": "{name}: {count} {gift} = {diamonds}"},
        "tiers": [
            {"gift": "5655", "min_diamonds": 0, "text": "A rose from {name}", "show_s": 9},
            {"min_diamonds": 100, "show_s": 4},
        ],
    }
    cards = stages([gift(1000, MIRA, 5)], 20_000, **options)
    assert (cards[0]["text"], span(cards[0])) == ("A rose from Mira Kay", (1000, 10_000))
    cards = stages([gift(1000, MIRA, 100, 2, giftId=7, giftName="Cap")], 20_000, **options)
    assert (cards[0]["text"], span(cards[0])) == ("Mira Kay: 2 Cap = 200", (1000, 5000))
    cards = stages([follow(1000, MIRA | {"nickname": "{count}"})], 20_000, **options)
    assert cards[0]["text"] == "{count} follows"


def test_an_alert_shows_the_delivered_name_of_an_anonymous_giver():
    card = stages([gift(1000, HIDDEN, 50)], 3000)[0]
    assert (card["user"]["name"], card["user"]["anonymous"], card["user"]["avatar"], card["user"]["handle"]) == (
        "Enigma7788",
        True,
        None,
        None,
    )


def test_what_nobody_is_told_of_makes_no_card():
    assert (
        last("alerts", [*BEGIN, chat(1000, MIRA, "hi"), frame(1100, "member", user=TOBI, action="join")])["stage"]
        is None
    )


@pytest.mark.parametrize(
    ("sent", "what"),
    [
        (frame(10, "follow", user=MIRA), "follow"),
        (frame(10, "share", user=MIRA), "share"),
        (frame(10, "social", user=MIRA, action="follow"), "follow"),
        (frame(10, "subscribe", user=MIRA, subMonth=3), "subscribe"),
        (frame(10, "superFan", user=MIRA, level=10, displayType="x"), "superfan"),
        (frame(10, "envelope", envelopeId="e", diamondCount=50), "envelope"),
        (frame(10, "superFanBox", user=MIRA, envelopeId="f", diamondCount=100), "envelope"),
        (gift(10, MIRA, 5), "gift"),
    ],
)
def test_every_event_has_its_what(sent, what):
    assert last("alerts", [*BEGIN, sent])["stage"]["what"] == what


def test_one_envelope_is_one_alert():
    lines = [
        *BEGIN,
        frame(10, "envelope", envelopeId="e", diamondCount=50),
        frame(20, "envelope", envelopeId="e", diamondCount=50),
    ]
    assert len(last("alerts", lines)["items"]) == 1


def test_a_thousandfold_combo_in_three_seconds_is_one_alert():
    lines = [gift(1000 + 3 * n, MIRA, 1, n, tx="one", end=n == 999) for n in range(1, 1000)]
    view = last("alerts", [*BEGIN, *lines])
    assert (len(view["items"]), view["stage"]["count"], view["waiting"]) == (1, 999, 0)
