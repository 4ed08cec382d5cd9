"""Alerts: one card at a time, combos grow in place, and whatever was paid for is on a card or in a summary."""

from __future__ import annotations

import itertools
import random
from datetime import UTC
from time import perf_counter

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overlay.core import facts
from overlay.core.facts import Who
from overlay.core.items import Log
from overlay.core.scene import Scene
from overlay.widgets import alerts
from overlay.widgets.alerts import Options, Stage

ADA, LIN, MAX = (
    Who(key=f"id:{n}", id=str(n), handle=name, name=name.title()) for n, name in enumerate(("ada", "lin", "max"), 1)
)
SHADE = Who(key="anon:id:9", id="9", name="Enigma TQ4KX", anonymous=True)
ROSE, GALAXY = ("5655", "Rose", 1), ("7934", "Galaxy", 1000)


class Room:
    """One alerts widget in its room: facts at their times, timers in between."""

    def __init__(self, **options):
        self.options = msgspec.convert(options, Options)
        self.scene = Scene("c", "luna", UTC, lambda address: f"/pictures/{len(address)}")
        self.log = Log()
        self.stage = Stage()
        self.at_ms = 0
        self.shown = {}  # card -> (units, diamonds) as it left or stands
        self.entered = []
        self.most_waiting = 0
        self.combos = 0

    def hear(self, fact):
        self.to(fact.at_ms)
        self.log.fold(fact, self.scene)
        self.stage.hear(fact, self.options, self.log, self.scene)
        self._note()

    def to(self, at_ms):
        while (due := self.stage.wake()) is not None and due <= at_ms:
            assert due >= self.at_ms
            self.at_ms = due
            assert self.stage.hear(facts.Tick(at_ms=due), self.options, self.log, self.scene)
            self._note()
        self.at_ms = at_ms

    def _note(self):
        self.most_waiting = max(self.most_waiting, len(self.stage.waiting))
        card = self.stage.card
        if card is not None:
            if (card.item.id, self.stage.from_ms) not in self.shown:
                self.entered.append((self.stage.from_ms, card.item.id))
            self.shown[card.item.id, self.stage.from_ms] = (
                card.item.what,
                card.tallies or None,
                card.item.count,
                card.item.diamonds,
            )

    def give(
        self,
        who=ADA,
        gift=ROSE,
        units=1,
        *,
        at_ms=None,
        combo=None,
        count=None,
        running=False,
        test=False,
        unpriced=False,
    ):
        self.combos += combo is None
        self.hear(
            facts.Credit(
                at_ms=self.at_ms if at_ms is None else at_ms, test=test, who=who, combo=combo or f"c{self.combos}",
                gift_id=gift[0], gift_name=gift[1], units=units, count=units if count is None else count,
                price=gift[2], diamonds=units * gift[2], first=count in (None, units), running=running, unpriced=unpriced,
            )
        )  # fmt: skip

    def follow(self, who=ADA, at_ms=None):
        self.hear(facts.Followed(at_ms=self.at_ms if at_ms is None else at_ms, who=who))

    def order(self, do, at_ms=None):
        if at_ms is not None:
            self.to(at_ms)
        changed = self.stage.order(do, self.at_ms, self.options)
        self._note()
        return changed

    def view(self):
        made = alerts.view(self.log, self.stage, self.options, self.scene, self.at_ms)
        return msgspec.json.decode(msgspec.json.encode(made))

    @property
    def card(self):
        staged = self.view()["stage"]
        return None if staged is None else staged["item"]

    @property
    def span(self):
        staged = self.view()["stage"]
        return staged["from_ms"], staged["until_ms"]

    def paid(self):
        """Gifts and diamonds on all cards: shown, on stage and waiting, summaries included."""
        gifts = diamonds = 0
        for what, tallies, count, worth in self.shown.values():
            gifts += (tallies or {}).get("gift", count if what == "gift" else 0)
            diamonds += worth or 0
        for card in self.stage.waiting.values():
            gifts += card.tallies.get("gift", card.item.count if card.item.what == "gift" else 0)
            diamonds += card.item.diamonds or 0
        return gifts, diamonds


def person(n):
    return Who(key=f"id:{n + 100}", id=str(n + 100), name=f"Person {n}")


def test_the_view_has_the_form_of_the_contract():
    room = Room()
    room.give(gift=("5655", "Rose", 1), units=3, running=True)
    view = room.view()
    item = {
        "id": "c1", "what": "gift", "user": {"id": "1", "handle": "ada", "name": "Ada", "avatar": None, "level": None, "anonymous": False},
        "gift": {"id": "5655", "name": "Rose", "image": None}, "count": 3, "people": None, "diamonds": 3, "running": True,
        "text": None, "at_ms": 0, "test": False,
    }  # fmt: skip
    assert view == {
        "stage": item | {"item": item, "from_ms": 0, "until_ms": 6000}, "waiting": 0, "paused": False, "muted": False, "items": [item],
    }  # fmt: skip


def test_a_lone_card_stands_for_its_base_time_and_leaves():
    room = Room()
    room.follow(at_ms=1_000)
    assert room.span == (1_000, 7_000)
    room.to(6_999)
    assert room.card["what"] == "follow"
    room.to(7_000)
    assert room.card is None
    assert room.stage.wake() is None


def test_the_next_card_enters_after_a_gap_that_is_shorter_when_many_wait():
    room = Room()
    for n in range(3):
        room.follow(person(n))
    room.to(20_000)
    # the first stood alone, then one waited, then none
    assert room.entered[1][0] == 6_000 + 300
    room = Room()
    for n in range(9):
        room.follow(person(n))
    room.to(60_000)
    assert room.entered[1][0] == 6_000 + 150


def test_the_more_wait_the_shorter_a_card_stands_down_to_the_shortest():
    room = Room()
    for n in range(31):
        room.follow(person(n))
    assert room.stage.until_ms - room.stage.from_ms == 6_000  # nobody waited when it entered
    room.to(6_150)
    assert len(room.stage.waiting) == 29
    assert room.stage.until_ms - room.stage.from_ms == 2_000
    while len(room.stage.waiting) > 10:
        room.to(room.stage.wake())
    assert room.stage.until_ms - room.stage.from_ms == 6_000 - 4_000 * 10 // 20


@pytest.mark.parametrize("shuffle", range(5))
def test_order_is_class_then_diamonds_then_time(shuffle):
    room = Room()
    room.follow(person(99))
    makers = [
        ("goal", lambda: room.hear(facts.GoalReached(at_ms=0, widget="w", label="Roses", target=50))),
        ("Galaxy", lambda: room.give(ADA, GALAXY, 3)),
        ("subscribe", lambda: room.hear(facts.Subscribed(at_ms=0, who=LIN, months=3))),
        ("Lion", lambda: room.give(LIN, ("1", "Lion", 500))),
        ("Rose", lambda: room.give(MAX, ROSE, 7)),
        ("follow", lambda: room.follow(MAX)),
    ]
    random.Random(shuffle).shuffle(makers)
    for _, make in makers:
        make()
    order = []
    while room.stage.wake() is not None:
        room.to(room.stage.wake())
        if room.card and (not order or order[-1] != room.card):
            order.append(room.card)
    assert [(card["gift"] or {"name": card["what"]})["name"] for card in order] == [
        "Galaxy",
        "goal",
        "subscribe",
        "Lion",
        "Rose",
        "follow",
    ]


def test_a_card_rises_a_class_for_every_half_minute_so_that_nothing_starves():
    room = Room(min_show_s=2, show_s=2)
    room.give(person(0), ROSE)
    room.follow(LIN)
    for second in range(1, 130):
        room.give(person(second), ("1", "Lion", 500), at_ms=second * 1_000)
    followed = next(at for at, name in room.entered if name.startswith("follow-"))
    assert 60_000 <= followed <= 95_000


def test_nothing_starves_under_an_endless_row_of_big_gifts():
    room = Room()
    room.give(person(0), GALAXY)
    room.follow(LIN)
    for second in range(1, 200):
        room.give(person(second), GALAXY, at_ms=second * 1_000)
    assert any(name.startswith("follow-") for _, name in room.entered) or any(
        (tallies or {}).get("follow") for _, tallies, _, _ in room.shown.values()
    )


def test_a_combo_grows_in_place_under_one_id():
    room = Room()
    for n in range(1, 1_000):
        room.give(combo="x", count=n, units=1, running=True, at_ms=3 * n)
    assert (room.card["id"], room.card["count"], room.card["diamonds"], room.card["running"]) == ("x", 999, 999, True)
    assert room.view()["waiting"] == 0
    assert [item["count"] for item in room.view()["items"]] == [999]


def test_each_step_of_an_open_combo_moves_the_end_up_to_the_longest_time():
    room = Room()
    room.give(combo="x", count=1, running=True)
    assert room.span == (0, 6_000)
    room.give(combo="x", count=2, running=True, at_ms=500)
    assert room.span == (0, 6_000)
    room.give(combo="x", count=3, running=True, at_ms=4_000)
    assert room.span == (0, 9_000)
    for second in range(5, 19):
        room.give(combo="x", count=second, running=True, at_ms=1_000 * second)
    assert room.span == (0, 20_000)
    room.to(20_000)
    assert room.card is None


def test_an_ended_combo_moves_the_end_no_more_and_later_steps_only_count():
    room = Room()
    room.give(combo="x", count=1, running=True)
    room.hear(facts.ComboEnded(at_ms=3_000, combo="x", count=1))
    assert (room.card["running"], room.span) == (False, (0, 6_000))
    room.give(combo="x", count=4, units=3, running=False, at_ms=5_000)
    assert (room.card["count"], room.span) == (4, (0, 6_000))


def test_steps_after_the_card_has_left_are_on_a_card_of_their_own():
    room = Room()
    room.give(combo="x", count=1, running=True)
    room.to(7_000)
    assert room.card is None
    room.give(combo="x", count=5, units=4, running=True)
    assert (room.card["count"], room.card["id"]) == (4, "x-5")
    assert room.paid() == (5, 5)
    assert [(item["id"], item["count"]) for item in room.view()["items"]] == [("x", 5)]


def test_the_same_gift_of_the_same_person_waits_on_one_card():
    room = Room()
    room.follow(MAX)
    for _ in range(5):
        room.give(ADA, ROSE, 2)
    room.give(ADA, GALAXY)
    room.give(LIN, ROSE)
    assert room.view()["waiting"] == 3
    room.to(60_000)
    assert room.paid() == (12, 1_011)


def test_a_combo_that_waits_grows_in_its_place():
    room = Room()
    room.follow(MAX)
    for n in range(1, 6):
        room.give(combo="x", count=n, running=True, at_ms=100 * n)
    assert room.view()["waiting"] == 1
    room.to(2_600)
    room.hear(facts.ComboEnded(at_ms=2_700, combo="x", count=5))
    room.to(6_300)
    assert (room.card["id"], room.card["count"], room.card["running"]) == ("x", 5, False)


def test_a_gift_below_the_smallest_is_no_card_until_its_combo_reaches_it():
    room = Room(min_diamonds=10)
    room.give(combo="x", count=3, units=3, running=True)
    assert room.card is None
    room.give(combo="x", count=12, units=9, running=True, at_ms=900)
    assert (room.card["count"], room.card["diamonds"]) == (12, 12)
    assert [item["count"] for item in room.view()["items"]] == [12]


def test_a_gift_without_a_price_is_shown_unless_the_owner_wants_big_ones_only():
    room = Room()
    room.give(gift=("1", "New", 0), unpriced=True)
    assert room.card["gift"]["name"] == "New"
    room = Room(min_diamonds=5)
    room.give(gift=("1", "New", 0), unpriced=True)
    assert room.card is None


def test_events_that_are_not_wanted_are_neither_shown_nor_heard():
    room = Room(events=["follow"])
    room.give()
    room.hear(facts.Shared(at_ms=0, who=LIN))
    room.follow(LIN)
    assert room.card["what"] == "follow"
    assert [item["what"] for item in room.view()["items"]] == ["follow"]


def test_class_one_cuts_short_what_has_had_the_shortest_time():
    room = Room()
    room.follow(LIN)
    room.give(ADA, GALAXY, at_ms=500)
    assert room.span == (0, 2_000)
    room.to(2_300)
    assert (room.card["gift"]["name"], room.span[0]) == ("Galaxy", 2_300)
    room = Room()
    room.follow(LIN)
    room.give(ADA, GALAXY, at_ms=5_000)
    assert room.card is None
    room.to(5_300)
    assert room.card["gift"]["name"] == "Galaxy"


def test_class_one_does_not_cut_short_class_one():
    room = Room()
    room.give(LIN, GALAXY)
    room.give(ADA, GALAXY, 5, at_ms=3_000)
    assert room.span == (0, 6_000)


def test_a_combo_that_becomes_big_while_it_waits_cuts_short_too():
    room = Room()
    room.follow(LIN)
    room.give(ADA, ("1", "Hat", 99), combo="x", count=1, running=True)
    assert room.span == (0, 6_000)
    room.give(ADA, ("1", "Hat", 99), combo="x", count=11, units=10, running=True, at_ms=1_000)
    assert room.span == (0, 2_000)


def test_too_many_waiting_become_one_summary_of_the_lowest_class():
    room = Room()
    room.give(person(1_000), GALAXY)
    for n in range(12):
        room.give(person(n), ROSE, 1 + n % 3)
    for n in range(38):
        room.follow(person(100 + n))
    assert room.view()["waiting"] == 50
    room.follow(person(200))
    assert room.view()["waiting"] == 13
    summary = next(card.item for card in room.stage.waiting.values() if card.item.what == "summary")
    assert (summary.text, summary.count, summary.people) == ("39 follows", 39, 39)
    for n in range(60):
        room.give(person(500 + n), ROSE)
    assert room.most_waiting <= 50
    told = [card for card in room.stage.waiting.values() if card.item.what == "summary"]
    texts = {card.item.text for card in told}
    assert "39 follows" in texts
    gifts = next(card for card in told if "gift" in card.tallies)
    assert gifts.item.text == f"{gifts.tallies['gift']} gifts from {len(gifts.people)} people"
    assert room.paid() == (1 + 24 + 60, 1_000 + 24 + 60)


@pytest.mark.parametrize("most", [1, 2, 5])
def test_even_a_queue_of_one_loses_nothing(most):
    room = Room(queue=most)
    for n in range(30):
        room.give(person(n), GALAXY if n % 7 == 0 else ROSE)
        room.follow(person(n))
        room.hear(facts.Subscribed(at_ms=0, who=person(n)))
    assert room.most_waiting <= most
    assert room.paid() == (30, 5 * 1_000 + 25)


def test_a_test_is_marked_and_is_the_first_to_go_when_too_many_wait():
    room = Room(queue=3)
    room.give(ADA, ROSE, test=True)
    assert room.card["test"]
    for n in range(9):
        room.give(person(n), ROSE, test=n % 2 == 0)
    assert room.most_waiting <= 3
    summary = next(card for card in room.stage.waiting.values() if card.item.what == "summary")
    assert not summary.item.test
    real = [card for card in room.stage.waiting.values() if card.item.what == "gift" and not card.item.test]
    assert summary.tallies["gift"] + len(real) == 4


def test_a_test_never_merges_with_a_real_gift():
    room = Room()
    room.follow(LIN)
    room.give(ADA, ROSE, 2)
    room.give(ADA, ROSE, 5, test=True)
    assert sorted((card.item.count, card.item.test) for card in room.stage.waiting.values()) == [(2, False), (5, True)]


def test_two_keys_of_one_person_wait_on_one_card():
    room = Room()
    weak = Who(key="handle:ada", id="ada", name="Ada")
    room.follow(LIN)
    room.give(weak, ROSE, 2)
    room.give(ADA, ROSE, 3)
    room.hear(facts.Merged(at_ms=0, weak=weak.key, strong=ADA.key))
    assert [card.item.count for card in room.stage.waiting.values()] == [5]


def test_an_anonymous_giver_is_shown_by_the_delivered_name_without_picture_or_handle():
    room = Room()
    room.give(SHADE, ROSE)
    assert room.card["user"] == {
        "id": "9",
        "handle": None,
        "name": "Enigma TQ4KX",
        "avatar": None,
        "level": None,
        "anonymous": True,
    }


def test_what_happened_without_a_person_names_nobody():
    room = Room()
    room.hear(
        facts.EnvelopeDropped(
            at_ms=0, who=Who(key="nobody", id="nobody", name="Anonymous"), envelope_id="7", diamonds=50
        )
    )
    assert (room.card["user"], room.card["diamonds"]) == (None, 50)


def test_the_owners_words_fill_their_slots_and_a_name_with_a_slot_stays_a_name():
    room = Room(
        texts={"gift": "{name} sent {count} {gift} ({diamonds}) {unknown}", "follow": "hi {name}"},
        tiers=[{"gift": "galaxy", "text": "WOW {name}", "show_s": 9}, {"min_diamonds": 100, "text": "big {name}"}],
    )
    room.give(Who(key="id:5", id="5", name="{count}"), ROSE, 2)
    assert room.card["text"] == "{count} sent 2 Rose (2) {unknown}"
    room.order("skip")
    room.to(300)
    room.give(ADA, GALAXY)
    assert (room.card["text"], room.span) == ("WOW Ada", (300, 9_300))
    room.order("skip")
    room.to(1_000)
    room.give(LIN, ("1", "Lion", 500))
    assert room.card["text"] == "big Lin"


def test_skip_takes_the_card_away_and_the_next_enters_after_the_gap():
    room = Room()
    room.follow(LIN)
    room.follow(MAX, at_ms=100)
    assert room.order("skip", 1_000)
    assert room.card is None
    room.to(1_300)
    assert room.card["user"]["name"] == "Max"
    room.order("skip", 1_400)
    assert not room.order("skip", 1_400)


def test_pause_lets_the_card_leave_and_nothing_enter_until_resume():
    room = Room()
    room.follow(LIN)
    assert room.order("pause", 100)
    assert not room.order("pause", 100)
    room.follow(MAX, at_ms=200)
    room.give(ADA, GALAXY, at_ms=300)
    room.to(100_000)
    assert room.card is None
    assert (room.view()["waiting"], room.view()["paused"]) == (2, True)
    assert room.order("resume", 100_000)
    assert (room.card["gift"]["name"], room.span[0]) == ("Galaxy", 100_000)


def test_clear_empties_stage_and_queue():
    room = Room()
    for n in range(5):
        room.follow(person(n))
    assert room.order("clear", 100)
    assert (room.card, room.view()["waiting"], room.stage.wake()) == (None, 0, None)
    assert len(room.view()["items"]) == 5
    assert not room.order("clear", 100)


def test_mute_and_unmute_are_told():
    room = Room()
    assert room.order("mute")
    assert room.view()["muted"]
    assert not room.order("mute")
    assert room.order("unmute")
    assert not room.view()["muted"]


def test_replay_shows_the_last_card_once_more_before_all_others():
    room = Room()
    assert not room.order("replay")
    room.give(ADA, ROSE, 7)
    room.to(10_000)
    assert room.order("replay")
    assert (room.card["count"], room.card["id"], room.span[0]) == (7, "c1~1", 10_000)
    room.give(LIN, GALAXY, at_ms=10_100)
    room.order("replay", 10_200)
    assert room.view()["waiting"] == 2
    room.order("skip", 11_000)
    room.to(11_300)
    assert room.card["count"] == 7


def test_an_unknown_order_is_refused():
    with pytest.raises(ValueError, match="dance"):
        Room().order("dance")


def test_a_queue_comes_back_from_the_store_as_it_was():
    room = Room()
    for n in range(70):
        room.give(person(n), ROSE, combo=f"x{n}", running=True)
    room.order("mute")
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(room.stage), type=Stage)
    assert again == room.stage
    before = room.view()
    room.stage = again
    assert room.view() == before


def test_the_log_keeps_fifty_for_scripts_and_a_flood_of_gifts_keeps_the_follows():
    room = Room()
    for n in range(80):
        room.follow(person(n))
    for n in range(300):
        room.give(person(n), ROSE)
    assert len(room.view()["items"]) == 50
    room.options = msgspec.convert({"events": ["follow"]}, Options)
    assert [item["what"] for item in room.view()["items"]] == ["follow"] * 50


def test_two_hundred_gifts_a_second_for_a_minute_are_all_on_cards_and_memory_stays_flat():
    rng = random.Random(7)
    room = Room()
    gifts = [(str(n), f"Gift {n}", price) for n, price in enumerate((1, 1, 1, 5, 10, 99, 500, 1_000, 3_000))]
    open_combos, given, worth, began = {}, 0, 0, perf_counter()
    for n in range(200 * 60):
        who, gift = person(rng.randrange(500)), rng.choices(gifts, (40, 20, 15, 10, 6, 4, 3, 1, 1))[0]
        combo = open_combos.get((who.key, gift[0]))
        if combo is None or rng.random() < 0.2:
            combo = open_combos[who.key, gift[0]] = [f"k{n}", 0]
        combo[1] += 1
        room.give(who, gift, at_ms=5 * n, combo=combo[0], count=combo[1], running=rng.random() < 0.9)
        given, worth = given + 1, worth + gift[2]
        if n % 97 == 0:
            room.hear(facts.ComboEnded(at_ms=5 * n, combo=combo[0], count=combo[1]))
    passed = perf_counter() - began
    assert room.paid() == (given, worth)
    assert room.most_waiting <= 50
    assert len(room.stage.places) <= 3_000
    assert len(msgspec.msgpack.encode(room.stage)) < 200_000
    assert passed < 20


@settings(max_examples=150)
@given(st.data())
def test_whatever_comes_everything_paid_is_shown_waits_or_is_summed_up(data):
    room = Room(queue=data.draw(st.integers(1, 8)), min_show_s=1, show_s=3)
    given_units, given_diamonds, counts = 0, 0, {}
    for _ in range(data.draw(st.integers(1, 60))):
        at_ms = room.at_ms + data.draw(st.sampled_from([0, 0, 1, 300, 2_000, 7_000, 40_000]))
        match data.draw(
            st.sampled_from(
                ["gift", "gift", "gift", "step", "end", "follow", "subscribe", "skip", "pause", "resume", "mute"]
            )
        ):
            case "gift":
                who, gift = (
                    person(data.draw(st.integers(0, 5))),
                    data.draw(st.sampled_from([ROSE, GALAXY, ("3", "Hat", 99)])),
                )
                combo, units = f"k{len(counts)}", data.draw(st.integers(1, 20))
                counts[combo] = (who, gift, units)
                room.give(who, gift, units, at_ms=at_ms, combo=combo, running=data.draw(st.booleans()))
                given_units, given_diamonds = given_units + units, given_diamonds + units * gift[2]
            case "step" if counts:
                combo = data.draw(st.sampled_from(sorted(counts)))
                who, gift, count = counts[combo]
                units = data.draw(st.integers(1, 20))
                counts[combo] = (who, gift, count + units)
                room.give(
                    who, gift, units, at_ms=at_ms, combo=combo, count=count + units, running=data.draw(st.booleans())
                )
                given_units, given_diamonds = given_units + units, given_diamonds + units * gift[2]
            case "end" if counts:
                room.hear(facts.ComboEnded(at_ms=at_ms, combo=data.draw(st.sampled_from(sorted(counts)))))
            case "follow":
                room.follow(person(data.draw(st.integers(0, 5))), at_ms=at_ms)
            case "subscribe":
                room.hear(facts.Subscribed(at_ms=at_ms, who=person(data.draw(st.integers(0, 5)))))
            case "skip" | "pause" | "resume" | "mute" as do:
                room.order(do, at_ms)
        assert len(room.stage.waiting) <= room.options.queue
        assert room.paid() == (given_units, given_diamonds)
        if room.stage.card is not None:
            assert room.stage.until_ms - room.stage.from_ms <= 20_000
    room.order("resume")
    room.to(room.at_ms + 600_000)
    assert (room.card, room.view()["waiting"]) == (None, 0)
    assert room.paid() == (given_units, given_diamonds)
    starts = [at for at, _ in room.entered]
    assert all(later - sooner >= 150 for sooner, later in itertools.pairwise(starts))


def test_very_short_cards_follow_one_another_all_the_same():
    room = Room(min_show_s=0.01, show_s=0.01, max_show_s=0.01)
    for n in range(40):
        room.follow(person(n))
    room.to(60_000)
    assert len(room.entered) == 40


def test_whoever_waited_while_the_server_was_away_still_has_their_turn_and_their_time():
    room = Room(show_s=6, min_show_s=2)
    for n in range(1, 4):
        room.give(person(n), ROSE, at_ms=n)
    room.stage = msgspec.msgpack.decode(msgspec.msgpack.encode(room.stage), type=Stage)
    room.stage.woken(600_000)
    room.to(630_000)
    assert [at_ms for at_ms, _ in room.entered] == [1, 600_000, pytest.approx(606_300, abs=1000)]
    assert len({card for _, card in room.entered}) == 3
