"""What else counts and what does not: likes, follows, lines, deletions, pins, entrances, replays, resets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overlay.core import events, facts
from overlay.core.events import (
    Badge,
    Chat,
    Deletion,
    Emote,
    Follow,
    Join,
    Like,
    Person,
    Pin,
    Question,
    ResetAsked,
    RoomInfo,
    Share,
    Subscribe,
    SuperFanJoin,
)
from overlay.core.ledger import Ledger
from overlay.core.talk import LINES_KEPT
from tests.core.ledger_kit import ANN, BOB, START_MS, Desk, names, rose


def likes(desk):
    """The stream's likes, other periods' likes, and each person's."""
    told = desk.all(facts.Liked)
    people = {}
    for fact in told:
        people[fact.who.key] = people.get(fact.who.key, 0) + fact.count
    return sum(fact.stream_gain for fact in told), sum(fact.gain for fact in told), people


# --- likes ---


def test_the_shown_likes_are_the_highest_total():
    desk = Desk()
    desk.hear(Like(person=ANN, count=10, total=500), Like(person=BOB, count=5, total=505))
    desk.hear(Like(person=ANN, count=3, total=503))
    assert likes(desk) == (505, 5, {"id:111": 13, "id:222": 5})


def test_the_first_total_counts_whole_for_the_stream_and_not_at_all_elsewhere():
    desk = Desk()
    desk.hear(Like(person=ANN, count=10, total=500))
    assert likes(desk)[:2] == (500, 0)


def test_without_totals_the_batches_are_added():
    desk = Desk()
    desk.hear(Like(person=ANN, count=10), Like(person=BOB, count=5))
    assert likes(desk)[:2] == (15, 15)


def test_a_total_after_batches_without_one_never_lowers_and_never_counts_twice():
    desk = Desk()
    desk.hear(Like(person=ANN, count=10), Like(person=ANN, count=5, total=12))
    assert likes(desk)[:2] == (12, 10)
    desk.hear(Like(person=ANN, count=5), Like(person=ANN, count=1, total=11), Like(person=ANN, count=1, total=18))
    assert likes(desk)[:2] == (18, 10 + 5 + 1)


@given(st.lists(st.tuples(st.integers(0, 20), st.one_of(st.none(), st.integers(0, 200))), max_size=30), st.data())
def test_the_shown_likes_never_fall_and_reach_every_total(told, data):
    desk = Desk()
    cut = data.draw(st.integers(0, 30))
    for at, (count, total) in enumerate(told):
        if at == cut:
            desk.restart()
        before = likes(desk)[0]
        desk.hear(Like(person=ANN, count=count, total=total))
        assert likes(desk)[0] >= before
        if total is not None:
            assert likes(desk)[0] >= total
    assert all(fact.gain >= 0 and fact.stream_gain >= 0 for fact in desk.all(facts.Liked))
    totals = [total for _, total in told if total is not None]
    batches = [count for count, total in told if total is None]
    assert max(totals, default=0) <= likes(desk)[0] <= max(totals, default=0) + sum(batches)


def test_each_stream_has_likes_of_its_own_and_an_earlier_one_goes_on_with_its():
    desk = Desk()
    desk.open()
    for room, total in (("R1", 100), ("R2", 7), ("R1", 120)):
        desk.reconnect()
        desk.hear(RoomInfo(room_id=room), Like(person=ANN, count=1, total=total))
    assert [(fact.stream_gain, fact.gain) for fact in desk.all(facts.Liked)] == [(100, 0), (7, 0), (20, 20)]


# --- follows and shares ---


@pytest.mark.parametrize("kind, fact", [(Follow, facts.Followed), (Share, facts.Shared)])
def test_a_person_counts_once_per_kind_and_stream(kind, fact):
    desk = Desk()
    desk.open()
    desk.hear(RoomInfo(room_id="R1"), kind(person=ANN, msg_id="1"), kind(person=ANN, msg_id="2"), kind(person=BOB))
    desk.at(3600).hear(kind(person=ANN, msg_id="3"))
    assert len(desk.all(fact)) == 2
    desk.restart()
    desk.hear(kind(person=ANN, msg_id="4"))
    assert len(desk.all(fact)) == 2
    desk.open()
    desk.hear(RoomInfo(room_id="R2"), kind(person=ANN, msg_id="5"))
    assert len(desk.all(fact)) == 3


def test_following_and_sharing_are_two_things():
    desk = Desk()
    assert names(desk.hear(Follow(person=ANN), Share(person=ANN))) == ["StreamBegan", "Followed", "Shared"]


def test_follows_of_nobody_count_once_in_ten_seconds():
    desk = Desk()
    desk.hear(Follow(), Follow())
    desk.at(10.001).hear(Follow(person=Person()))
    assert len(desk.all(facts.Followed)) == 2


def test_a_subscription_is_told_once_per_frame():
    desk = Desk()
    desk.hear(Subscribe(person=ANN, months=3, msg_id="1"), Subscribe(person=ANN, months=3, msg_id="1"))
    desk.hear(Subscribe(person=ANN, months=3, transaction_id="T"), Subscribe(person=ANN, months=3, transaction_id="T"))
    assert [fact.months for fact in desk.all(facts.Subscribed)] == [3, 3]


def test_a_super_fans_entrance_in_both_forms_is_one():
    desk = Desk()
    desk.hear(Join(person=ANN), SuperFanJoin(person=ANN), Join(person=BOB))
    desk.at(11).hear(SuperFanJoin(person=ANN))
    assert [fact.who.key for fact in desk.all(facts.Joined)] == ["id:111", "id:222", "id:111"]


def test_questions_are_told_when_asked():
    desk = Desk()
    desk.hear(
        Question(person=ANN, text="What\u202e next?", question_id="1"), Question(step="selected", text="What next?")
    )
    desk.hear(Question(step="closed"), Question(person=ANN, text="What next?", question_id="1"))
    assert [(fact.who.key, fact.text) for fact in desk.all(facts.Asked)] == [("id:111", "What next?")]


# --- chat ---


def test_a_line_carries_all_that_a_view_needs():
    desk = Desk()
    mira = Person(id="5", nickname="Mira", badges=(Badge(kind="fan", text="\u202eClub"),))
    desk.hear(
        Chat(
            person=mira,
            text="hi [wave]\x00",
            emotes=(Emote(id="w", image="https://x/w"),),
            uuid="u-1",
            msg_id="m-1",
            other_id="o-1",
            reply_to=BOB,
            starred_claps=3,
            language="en",
        )
    )
    said = desk.all(facts.Said)[0]
    assert (said.id, said.ids) == ("u-1", ("u-1", "m-1", "o-1"))
    assert [part.text or part.emote for part in said.parts] == ["hi ", "w"]
    assert said.badges[0].text == "Club"
    assert (said.reply_to.key, said.starred, said.language) == ("id:222", True, "en")


def test_an_emote_alone_is_a_line_and_nothing_visible_is_none():
    desk = Desk()
    desk.hear(Chat(person=ANN, emotes=(Emote(id="w"),)), Chat(person=ANN, text="\u200b\u3164 "))
    assert [len(fact.parts) for fact in desk.all(facts.Said)] == [1]


def test_lines_without_ids_have_ids_of_their_own():
    desk = Desk()
    desk.hear(Chat(person=ANN, text="a"), Chat(person=ANN, text="a"))
    desk.restart()
    desk.hear(Chat(person=ANN, text="a"))
    ids = [fact.id for fact in desk.all(facts.Said)]
    assert len(set(ids)) == len(ids) == 3


@pytest.mark.parametrize("again", ["uuid", "msg_id", "other_id"])
def test_a_line_is_known_by_any_of_its_ids(again):
    desk = Desk()
    ids = {"uuid": "1", "msg_id": "2", "other_id": "3"}
    desk.hear(Chat(person=ANN, text="a", **ids), Chat(person=ANN, text="a", **{again: ids[again]}))
    assert len(desk.all(facts.Said)) == 1
    assert desk.ledger.duplicates == 1
    desk.restart()
    desk.hear(Chat(person=ANN, text="a", **{again: ids[again]}))
    assert len(desk.all(facts.Said)) == 1


def test_a_deletion_finds_a_line_by_any_of_its_ids():
    for deleted in ("1", "2", "3"):
        desk = Desk()
        desk.hear(Chat(person=ANN, text="a", uuid="1", msg_id="2", other_id="3"))
        desk.restart()
        assert desk.hear(Deletion(deleted_id=deleted))[0].id == "1"
        assert desk.hear(Deletion(deleted_id="1")) == []


@pytest.mark.parametrize("later_s, shown", [(59.9, 0), (60, 1)])
def test_a_deletion_waits_a_minute_for_its_line(later_s, shown):
    desk = Desk()
    desk.hear(Deletion(deleted_id="1"))
    desk.restart()
    desk.at(later_s).hear(Chat(person=ANN, text="a", msg_id="1"))
    assert len(desk.all(facts.Said)) == shown


def test_old_lines_are_forgotten_and_the_newest_are_not():
    desk = Desk()
    for at in range(LINES_KEPT + 1):
        desk.hear(Chat(person=ANN, text="a", msg_id=f"m{at}"))
    desk.restart()
    assert names(desk.hear(Deletion(deleted_id="m0"), Deletion(deleted_id="m1"))) == ["Unsaid"]
    assert sum(key.startswith("l:") for key in desk.rows) == LINES_KEPT - 1


# --- pins ---


def pin(**more):
    return Pin(**{"person": ANN, "text": "Great\x00 stream", "original_id": "L", "duration_s": 60} | more)


def test_a_pin_stands_for_its_time():
    desk = Desk()
    told = desk.hear(pin(duration_s=30))
    assert [(fact.text, fact.until_ms) for fact in told] == [("Great stream", START_MS + 30_000)]
    desk.at(29.999)
    assert not desk.all(facts.Unpinned)
    assert desk.ledger.wake() == START_MS + 30_000
    desk.at(30)
    assert [fact.at_ms for fact in desk.all(facts.Unpinned)] == [START_MS + 30_000]


@pytest.mark.parametrize("duration_s", [None, 0])
def test_a_pin_without_a_duration_stands_for_a_minute(duration_s):
    assert Desk().hear(pin(duration_s=duration_s))[-1].until_ms == START_MS + 60_000


def test_a_pin_ends_by_when_it_was_pinned():
    assert Desk().hear(pin(pinned_ms=START_MS - 20_000))[-1].until_ms == START_MS + 40_000
    assert Desk().hear(pin(pinned_ms=START_MS - 61_000)) == []


def test_a_pins_age_is_by_the_senders_clock():
    desk = Desk()
    desk.hear(events.Viewers(now=1, sent_ms=START_MS - 300_000 - 80))
    desk.hear(events.Viewers(now=1, sent_ms=START_MS - 300_000))
    assert desk.hear(pin(pinned_ms=START_MS - 310_000))[-1].until_ms == START_MS + 50_000


@pytest.mark.parametrize("pinned_ms", [1, START_MS - 10 * 86_400_000, START_MS + 10 * 86_400_000, START_MS + 5_000])
def test_a_pin_of_a_strange_clock_stands_for_its_whole_time(pinned_ms):
    assert Desk().hear(pin(pinned_ms=pinned_ms))[-1].until_ms == START_MS + 60_000


def test_a_second_pin_replaces_the_first_and_a_late_unpin_of_that_changes_nothing():
    desk = Desk()
    desk.hear(pin(), pin(original_id="M"))
    assert desk.hear(Pin(off=True, original_id="L")) == []
    assert names(desk.hear(Pin(off=True, original_id="M"))) == ["Unpinned"]


@pytest.mark.parametrize("original", ["L", None, "never heard of"])
def test_an_unpin_takes_the_pin_down_even_if_it_names_an_unknown_line(original):
    desk = Desk()
    desk.hear(pin())
    assert names(desk.hear(Pin(off=True, original_id=original))) == ["Unpinned"]
    assert desk.hear(Pin(off=True, original_id=original)) == []


def test_a_deleted_line_takes_its_pin_down_by_any_of_its_ids():
    desk = Desk()
    desk.hear(Chat(person=ANN, text="Great stream", uuid="u", msg_id="L"), pin())
    assert names(desk.hear(Deletion(deleted_id="u"))) == ["Unsaid", "Unpinned"]
    assert desk.hear(pin(msg_id="9")) == []


def test_a_deletion_of_another_line_leaves_the_pin():
    desk = Desk()
    desk.hear(pin())
    assert desk.hear(Deletion(deleted_id="other")) == []


def test_the_same_pin_again_is_a_repeat():
    desk = Desk()
    desk.hear(pin(pinned_ms=START_MS))
    desk.at(10).hear(pin(pinned_ms=START_MS))
    assert len(desk.all(facts.Pinned)) == 1
    desk.hear(Pin(off=True))
    desk.hear(pin(pinned_ms=START_MS))
    assert len(desk.all(facts.Pinned)) == 1


def test_a_subscribers_pin_has_neither_id_nor_duration():
    desk = Desk()
    desk.hear(Pin(person=ANN, text="Good luck!"))
    assert desk.all(facts.Pinned)[0].until_ms == START_MS + 60_000
    assert names(desk.at(1).hear(Pin(off=True))) == ["Unpinned"]


def test_a_pin_stands_over_a_restart_and_ends_in_time():
    desk = Desk()
    desk.hear(pin())
    assert desk.restart(after_ms=30_000) == []
    assert desk.ledger.wake() == START_MS + 60_000
    assert names(desk.restart(after_ms=31_000)) == ["Unpinned"]


def test_a_clock_set_back_makes_no_pin_stand_for_an_hour():
    desk = Desk()
    desk.hear(pin())
    desk.restart(back_ms=3_600_000)
    assert desk.ledger.wake() <= desk.now_ms + 60_000


# --- replays after a cut ---

BARE = [
    rose(2, ended=True),
    rose(1, gift_type=2),
    Chat(person=ANN, text="one"),
    Like(person=ANN, count=10),
    Follow(person=ANN),
    Join(person=ANN),
    Subscribe(person=ANN, months=2),
    Question(person=ANN, text="what?"),
]


def counted(desk):
    """Everything that would be doubled."""
    kinds = (facts.Credit, facts.Said, facts.Liked, facts.Followed, facts.Joined, facts.Subscribed, facts.Asked)
    return sum(len(desk.all(kind)) for kind in kinds)


@pytest.mark.parametrize("event", BARE, ids=lambda event: type(event).__name__)
@pytest.mark.parametrize("how", ["cut", "restart"])
def test_a_frame_without_ids_that_comes_again_after_a_cut_is_dropped(event, how):
    desk = Desk()
    desk.open()
    desk.hear(event)
    desk.pass_ms(50_000)
    if how == "restart":
        desk.restart(after_ms=120_000)
    else:
        desk.cut()
        desk.pass_ms(120_000)
    desk.open()
    desk.pass_ms(9_999)
    desk.hear(event)
    assert counted(desk) == 1
    assert desk.ledger.duplicates == 1


@pytest.mark.parametrize(
    "event", [event for event in BARE if not isinstance(event, Follow)], ids=lambda event: type(event).__name__
)
def test_outside_of_that_window_honest_repetition_survives(event):
    desk = Desk()
    desk.open()
    desk.hear(event)
    desk.pass_ms(2_000)
    desk.hear(event)  # no cut at all
    assert counted(desk) == 2
    desk.reconnect()
    desk.pass_ms(10_000)
    desk.hear(event)  # ten seconds after the reconnect
    assert counted(desk) == 3


def test_a_frame_of_more_than_a_minute_before_the_cut_is_not_remembered():
    desk = Desk()
    desk.open()
    desk.hear(Chat(person=ANN, text="one"))
    desk.pass_ms(60_001)
    desk.hear(Chat(person=ANN, text="two"))
    desk.reconnect()
    desk.hear(Chat(person=ANN, text="one"))
    assert len(desk.all(facts.Said)) == 3


def test_a_frame_that_lost_its_ids_on_the_way_is_recognised_too():
    desk = Desk()
    desk.open()
    desk.hear(rose(2, ended=True, msg="1"), Chat(person=ANN, text="one", uuid="u"))
    desk.reconnect()
    desk.hear(rose(2, ended=True), Chat(person=ANN, text="one"))
    assert counted(desk) == 2
    desk.restart()
    desk.open()
    desk.hear(rose(2, ended=True), Chat(person=ANN, text="one"))
    assert counted(desk) == 2


def test_frames_that_differ_are_not_replays():
    desk = Desk()
    desk.open()
    desk.hear(Chat(person=ANN, text="one"), rose(2, ended=True), Like(person=ANN, count=5, total=50))
    desk.reconnect()
    desk.hear(
        Chat(person=BOB, text="one"), Chat(person=ANN, text="One"), rose(3, ended=True), rose(2, ended=True, gift="9")
    )
    desk.hear(
        Like(person=ANN, count=5, total=55), rose(2, ended=True, who=BOB), Chat(person=ANN, text="one", msg_id="7")
    )
    assert desk.ledger.duplicates == 0
    assert counted(desk) == 10


def test_what_was_dropped_once_is_dropped_after_the_next_cut_too():
    desk = Desk()
    desk.open()
    desk.hear(Chat(person=ANN, text="one"))
    for _ in range(4):
        desk.pass_ms(40_000)
        desk.reconnect()
        desk.hear(Chat(person=ANN, text="one"))
    assert len(desk.all(facts.Said)) == 1


def test_another_room_repeats_nothing():
    desk = Desk()
    desk.open()
    desk.hear(RoomInfo(room_id="R1"), rose(2, ended=True))
    desk.reconnect()
    desk.hear(RoomInfo(room_id="R2"), rose(2, ended=True))
    assert desk.total() == 4


def test_a_stream_that_began_without_an_id_repeats_nothing_of_the_last():
    desk = Desk()
    desk.open()
    desk.hear(rose(2, ended=True))
    desk.reconnect(after_s=31 * 60)
    desk.hear(Chat(person=BOB, text="a new evening"), rose(2, ended=True))
    assert len(desk.all(facts.StreamBegan)) == 2
    assert desk.total() == 4


def test_a_replay_is_recognised_under_the_stronger_key():
    desk = Desk()
    desk.open()
    desk.hear(rose(2, ended=True, who=Person(handle="ann")), Chat(person=ANN, text="hi"))
    desk.reconnect()
    desk.hear(rose(2, ended=True, who=ANN))
    assert desk.total() == 2
    desk.restart()
    desk.open()
    desk.hear(rose(2, ended=True, who=ANN))
    assert desk.total() == 2


def test_a_replay_is_recognised_when_its_person_is_recognised_only_now():
    desk = Desk()
    desk.open()
    desk.hear(rose(2, ended=True, who=Person(handle="ann")))
    desk.reconnect()
    desk.hear(Chat(person=ANN, text="hi"), rose(2, ended=True, who=Person(handle="ann")))
    assert desk.total() == 2


def test_fingerprints_do_not_age_while_the_line_is_down():
    desk = Desk()
    desk.open()
    desk.hear(rose(2, ended=True))
    desk.cut()
    for _ in range(4):
        desk.pass_ms(60_000)
        desk.hear(events.Checked(live=None))
    desk.restart()
    desk.open()
    desk.hear(rose(2, ended=True))
    assert desk.total() == 2


def test_a_second_socket_without_a_close_between_is_a_reconnect():
    desk = Desk()
    desk.open()
    desk.hear(rose(2, ended=True))
    desk.at(5).open()
    desk.hear(rose(2, ended=True))
    assert desk.total() == 2


# --- resets ---


def test_a_reset_can_be_taken_back_within_a_minute_and_once():
    desk = Desk()
    desk.hear(ResetAsked(id="1", what="goals"), ResetAsked(id="1", what="goals"), ResetAsked(id="2", what="all"))
    desk.restart()
    desk.at(60).hear(ResetAsked(id="1", what="goals", undo=True), ResetAsked(id="1", what="goals", undo=True))
    desk.at(60.001).hear(ResetAsked(id="2", what="all", undo=True), ResetAsked(id="3", what="all", undo=True))
    assert [(type(fact).__name__, fact.id, fact.what) for fact in desk.facts] == [
        ("Cleared", "1", "goals"),
        ("Cleared", "2", "all"),
        ("Restored", "1", "goals"),
    ]


# --- the rest ---


def test_battle_and_speech_pass_through_as_facts():
    desk = Desk()
    told = [events.Battle(status=1), events.Armies(status=4), events.Card(), events.PunishFinish(), events.CoHosts()]
    spoken = [events.Caption(text="la"), events.Translation(text="li")]
    out = desk.hear(*told, *spoken)
    assert [fact.event for fact in out if isinstance(fact, facts.Fought | facts.Spoke)] == told + spoken


def test_kinds_that_nobody_uses_make_no_fact():
    desk = Desk()
    unused = [events.Heartbeat(), events.Other(name="x"), events.Poll(), events.Product(), events.Track()]
    assert desk.hear(*unused, events.Trouble(), events.CatalogueStale(), events.Credits(), events.CaptionStatus()) == []


def test_an_empty_memory_is_a_fresh_start():
    ledger = Ledger("luna")
    assert ledger.load({}, START_MS) == []
    assert ledger.drain() == {}
    assert ledger.stream is None


def test_what_is_drained_is_only_what_has_changed():
    ledger = Ledger("luna")
    for at in range(2_000):
        ledger.hear(rose(1, msg=f"m{at}", tx=f"t{at}", who=Person(id=str(at + 1)), ended=True), START_MS + at)
    assert len(ledger.drain()) > 2_000
    assert ledger.drain() == {}
    ledger.hear(rose(1, msg="new", tx="new", ended=True), START_MS + 2_001)
    rows = ledger.drain()
    assert len(rows) <= 6
    assert sum(len(row) for row in rows.values() if row is not None) < 600
