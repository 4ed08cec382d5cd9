"""The rules of gifts and combos, one claim each, in the order in which they are applied."""

from __future__ import annotations

import pytest

from overlay.core import events, facts
from overlay.core.combos import COMBO_IDLE_MS, LATE_WINDOW_MS, NOID_DUP_MS
from overlay.core.events import Person
from overlay.core.ledger import Ledger, Listing
from overlay.core.marks import KEPT_MS, MOST_MARKS
from tests.core.ledger_kit import ANN, BOB, START_MS, Desk, names, rose

IDLE_S = COMBO_IDLE_MS / 1000
LATE_S = LATE_WINDOW_MS / 1000


def credits_of(told):
    return [(fact.units, fact.count, fact.first, fact.running) for fact in told if isinstance(fact, facts.Credit)]


def combos_of(desk):
    return list(dict.fromkeys(fact.combo for fact in desk.all(facts.Credit)))


def test_the_constants_are_those_of_the_document():
    assert (COMBO_IDLE_MS, LATE_WINDOW_MS, NOID_DUP_MS) == (10_000, 15_000, 1_000)
    assert (KEPT_MS, MOST_MARKS) == (1_800_000, 20_000)


def test_a_combo_is_credited_step_by_step_under_one_id():
    desk = Desk()
    desk.hear(rose(1, tx="A", msg="1"), rose(3, tx="A", msg="2"), rose(5, tx="A", msg="3"))
    desk.hear(rose(5, tx="A", msg="4", ended=True))
    assert credits_of(desk.facts) == [(1, 1, True, True), (2, 3, False, True), (2, 5, False, True)]
    assert len(combos_of(desk)) == 1
    assert names(desk.facts)[-1] == "ComboEnded"
    assert desk.diamonds() == 5


def test_a_combo_that_ends_with_a_higher_count_is_credited_whole():
    desk = Desk()
    told = desk.hear(rose(2, tx="A"), rose(9, tx="A", ended=True))
    assert names(told[1:]) == ["Credit", "Credit", "ComboEnded"]
    assert credits_of(told)[-1] == (7, 9, False, False)


def test_a_single_ended_frame_is_one_credit_and_never_ran():
    desk = Desk()
    assert names(desk.hear(rose(4, ended=True, msg="1"))) == ["StreamBegan", "Credit"]
    assert credits_of(desk.facts) == [(4, 4, True, False)]


# --- 1: frame repeat ---


def test_the_same_frame_again_is_dropped_and_counted_as_a_repeat():
    desk = Desk()
    desk.hear(rose(2, msg="1", ended=True), rose(2, msg="1", ended=True))
    assert desk.total() == 2
    assert desk.ledger.duplicates == 1


def test_one_msgid_with_another_count_or_end_is_another_frame():
    desk = Desk()
    desk.hear(rose(2, msg="1", tx="A"), rose(3, msg="1", tx="A"), rose(3, msg="1", tx="A", ended=True))
    assert desk.total() == 3
    assert desk.ledger.duplicates == 0
    assert names(desk.facts)[-1] == "ComboEnded"


@pytest.mark.parametrize("later_s, counted", [(29 * 60, 1), (31 * 60, 2)])
def test_marks_are_kept_for_half_an_hour(later_s, counted):
    desk = Desk()
    desk.hear(rose(1, msg="1", ended=True))
    desk.at(later_s).hear(rose(1, msg="1", ended=True))
    assert desk.total() == counted


def test_marks_are_kept_among_the_newest_twenty_thousand():
    desk = Desk()
    for at in range(MOST_MARKS + 1):
        desk.hear(rose(1, msg=f"m{at}", ended=True))
    assert desk.total() == MOST_MARKS + 1
    desk.hear(rose(1, msg="m1", ended=True))
    assert desk.total() == MOST_MARKS + 1
    desk.hear(rose(1, msg="m0", ended=True))
    assert desk.total() == MOST_MARKS + 2
    assert sum(key.startswith("g:") for key in desk.rows) == MOST_MARKS


def test_a_flood_of_likes_and_entrances_does_not_push_gifts_out_of_memory():
    desk = Desk()
    desk.hear(rose(1, msg="1", ended=True))
    for at in range(MOST_MARKS + 5):
        desk.hear(events.Like(person=BOB, count=1, msg_id=f"l{at}"))
    desk.hear(rose(1, msg="1", ended=True))
    assert desk.total() == 1


# --- 2: known transaction ---


def test_a_known_transaction_belongs_to_its_combo_whatever_its_count():
    desk = Desk()
    desk.hear(rose(5, tx="A"), rose(2, tx="A"), rose(1, tx="A"), rose(6, tx="A"))
    assert desk.total() == 6
    assert len(combos_of(desk)) == 1


def test_a_finished_transaction_that_comes_back_larger_is_credited_the_rest():
    desk = Desk()
    desk.hear(rose(5, tx="A", ended=True))
    told = desk.at(60).hear(rose(6, tx="A", ended=True))
    assert credits_of(told) == [(1, 6, False, False)]
    assert len(combos_of(desk)) == 1


def test_a_combo_closed_by_silence_opens_again_for_its_transaction_even_late():
    desk = Desk()
    desk.hear(rose(5, tx="A"))
    told = desk.at(IDLE_S + LATE_S + 60).hear(rose(3, tx="A"), rose(7, tx="A"))
    assert credits_of(told) == [(2, 7, False, True)]
    assert len(combos_of(desk)) == 1


def test_an_ended_frame_finishes_a_combo_that_silence_has_closed():
    desk = Desk()
    desk.hear(rose(2, tx="A"))
    desk.at(14).hear(rose(2, tx="A", ended=True))
    desk.at(15).hear(rose(2, tx="B"))  # the other is over: this is new
    assert desk.total() == 4


def test_a_superseded_combo_still_takes_its_own_transaction():
    desk = Desk()
    desk.hear(rose(4, tx="A"), rose(1, tx="B"), rose(6, tx="A"), rose(2, tx="B"))
    assert desk.total() == 6 + 2
    assert len(combos_of(desk)) == 2


def test_a_transaction_is_known_only_of_its_person_and_gift():
    desk = Desk()
    desk.hear(rose(2, tx="A", ended=True))
    desk.hear(rose(2, tx="A", ended=True, who=BOB), rose(2, tx="A", ended=True, gift="9"))
    assert desk.units() == {("id:111", "5655"): 2, ("id:222", "5655"): 2, ("id:111", "9"): 2}


def test_a_known_transaction_in_another_group_is_still_known():
    desk = Desk()
    desk.hear(rose(2, tx="A", ended=True, group_id="7"), rose(2, tx="A", ended=True))
    assert desk.total() == 2


def test_a_reopened_combo_does_not_take_the_key_from_a_newer_one():
    desk = Desk()
    desk.hear(rose(5, tx="A"))
    desk.at(IDLE_S + 1).hear(rose(1, tx="B"))
    desk.hear(rose(6, tx="A"))
    desk.hear(rose(2))  # no transaction: means the newer
    assert desk.total() == 6 + 2


# --- 3: streakability ---


@pytest.mark.parametrize("gift_type", [2, 3, 10])
def test_a_gift_that_cannot_be_held_is_final_whatever_its_end_flag_says(gift_type):
    desk = Desk()
    told = desk.hear(rose(1, tx="A", gift_type=gift_type, price=1000), rose(1, tx="B", gift_type=gift_type, price=1000))
    assert credits_of(told) == [(1, 1, True, False), (1, 1, True, False)]
    assert desk.diamonds() == 2000
    desk.hear(rose(1, tx="A", gift_type=gift_type, price=1000, ended=True))
    assert desk.diamonds() == 2000


def test_without_a_type_the_catalogue_says_whether_a_gift_can_be_held():
    listed = {"5655": Listing(price=1, streakable=False), "9": Listing(price=1, streakable=True), "8": Listing(price=1)}
    desk = Desk(catalogue=listed)
    for gift_type in (None, 0):
        told = desk.hear(rose(1, gift_type=gift_type), rose(1, gift_type=gift_type))
        assert credits_of(told) == [(1, 1, True, False)] * 2
    for gift in ("9", "8", "7"):
        told = desk.hear(rose(1, gift=gift, gift_type=None), rose(1, gift=gift, gift_type=None))
        assert credits_of(told) == [(1, 1, True, True)]


def test_the_frames_own_type_goes_before_the_catalogue():
    desk = Desk(catalogue={"5655": Listing(price=1, streakable=False)})
    desk.hear(rose(1), rose(2))
    assert desk.total() == 2


# --- 4: lower count ---


def test_a_lower_count_starts_a_new_combo():
    desk = Desk()
    told = desk.hear(rose(4), rose(1), rose(2, ended=True))
    assert desk.total() == 6
    assert names(told) == ["StreamBegan", "Credit", "ComboEnded", "Credit", "Credit", "ComboEnded"]
    assert len(combos_of(desk)) == 2


def test_a_lower_count_of_an_unknown_transaction_starts_a_new_combo():
    desk = Desk()
    desk.hear(rose(4, tx="I"), rose(1, tx="J"), rose(2, tx="J", ended=True))
    assert desk.total() == 6


# --- 5: open or update ---


def test_a_transaction_that_changes_inside_a_combo_changes_nothing():
    desk = Desk()
    desk.hear(rose(1, tx="D1"), rose(2, tx="D2"), rose(2, tx="D3", ended=True))
    assert desk.total() == 2
    desk.at(60).hear(rose(2, tx="D2", ended=True), rose(1, tx="D1"))
    assert desk.total() == 2


def test_combos_of_other_gifts_groups_and_people_run_beside_each_other():
    desk = Desk()
    desk.hear(rose(1), rose(1, gift="9"), rose(1, group_id="7"), rose(1, who=BOB))
    desk.hear(rose(2), rose(2, gift="9"), rose(2, group_id="7"), rose(2, who=BOB))
    assert desk.total() == 8
    assert len(combos_of(desk)) == 4


def test_silence_closes_and_credits_nothing():
    desk = Desk()
    desk.hear(rose(3))
    desk.at(IDLE_S - 0.001)
    assert not desk.all(facts.ComboEnded)
    desk.at(IDLE_S)
    assert [(fact.count, fact.at_ms) for fact in desk.all(facts.ComboEnded)] == [(3, START_MS + COMBO_IDLE_MS)]
    assert desk.total() == 3


def test_every_frame_of_a_combo_puts_its_silence_off():
    desk = Desk()
    for second in range(0, 50, 9):
        desk.at(second).hear(rose(1 + second // 9, tx="A"))
    assert len(combos_of(desk)) == 1
    assert desk.total() == 6
    assert not desk.all(facts.ComboEnded)


@pytest.mark.parametrize("later_s, total", [(LATE_S - 0.001, 5), (LATE_S, 8)])
def test_a_combo_goes_on_within_the_late_window(later_s, total):
    desk = Desk()
    desk.hear(rose(3))
    desk.at(IDLE_S + later_s).hear(rose(5))
    assert desk.total() == total


def test_the_late_window_is_exact_between_two_looks_at_old_memory():
    desk = Desk()
    desk.hear(rose(3))
    desk.at(IDLE_S + LATE_S - 0.1).hear(events.Viewers(now=1))
    desk.at(IDLE_S + LATE_S).hear(rose(5))
    assert desk.total() == 8


def test_a_start_does_not_bring_back_what_the_late_window_had_closed():
    desk = Desk()
    desk.open()
    desk.hear(rose(3, tx="A"))
    desk.at(IDLE_S + LATE_S - 0.1).hear(events.Chat(person=BOB, text="one"))
    desk.at(IDLE_S + LATE_S + 0.5).hear(events.Chat(person=BOB, text="two"))
    desk.restart()
    desk.open()
    desk.hear(rose(5))
    assert desk.total() == 8


def test_a_combo_that_was_replaced_goes_on_only_by_its_transaction():
    desk = Desk()
    desk.hear(rose(3, tx="A"))
    desk.at(IDLE_S + 1).hear(rose(1, tx="B", ended=True), rose(4, tx="C", ended=True), rose(5, tx="A"))
    assert desk.total() == 3 + 1 + 4 + 2


def test_before_the_socket_is_open_again_nothing_ages():
    desk = Desk()
    desk.open()
    desk.hear(rose(3))
    desk.cut()
    desk.pass_ms(60_000)
    desk.hear(rose(5))
    assert desk.total() == 5


def test_the_longest_silent_combo_closes_first():
    desk = Desk()
    desk.hear(rose(1), rose(1, who=BOB))
    desk.at(5).hear(rose(2))
    desk.at(IDLE_S)
    assert [fact.combo for fact in desk.all(facts.ComboEnded)] == [desk.all(facts.Credit)[1].combo]
    desk.at(IDLE_S + 5)
    assert len(desk.all(facts.ComboEnded)) == 2


def test_a_late_frame_that_is_lower_is_a_new_combo():
    desk = Desk()
    desk.hear(rose(3))
    desk.at(IDLE_S + 1).hear(rose(2))
    assert desk.total() == 5


def test_a_late_single_gift_with_a_new_transaction_is_a_new_gift():
    desk = Desk()
    desk.hear(rose(1, tx="A"))
    desk.at(IDLE_S + 1).hear(rose(1, tx="B"))
    assert desk.total() == 2
    assert len(combos_of(desk)) == 2


def test_a_late_higher_count_with_a_new_transaction_goes_on():
    desk = Desk()
    desk.hear(rose(1, tx="A"))
    desk.at(IDLE_S + 1).hear(rose(2, tx="B", ended=True))
    assert desk.total() == 2
    assert len(combos_of(desk)) == 1


def test_a_late_single_gift_without_a_transaction_goes_on():
    desk = Desk()
    desk.hear(rose(1, msg="1"))
    desk.at(IDLE_S + 1).hear(rose(1, msg="2", ended=True))
    assert desk.total() == 1


@pytest.mark.parametrize("later_s, total", [(0.999, 2), (1.0, 4)])
def test_an_equal_end_without_ids_within_a_second_is_a_repeat(later_s, total):
    desk = Desk()
    desk.hear(rose(2, ended=True))
    desk.at(later_s).hear(rose(2, ended=True))
    assert desk.total() == total


def test_an_equal_end_without_ids_counts_if_either_had_an_id_or_the_count_differs():
    desk = Desk()
    desk.hear(rose(2, ended=True), rose(2, ended=True, msg="1"))
    assert desk.total() == 4
    desk.hear(rose(2, ended=True))
    assert desk.total() == 6
    desk.hear(rose(3, ended=True))
    assert desk.total() == 9


def test_a_new_combo_after_an_end_counts_from_nothing():
    desk = Desk()
    desk.hear(rose(3, ended=True, msg="1"), rose(3, msg="2"), rose(4, msg="3", ended=True))
    assert desk.total() == 7


# --- prices ---


def test_a_missing_price_is_the_catalogues_and_else_flagged_and_asked_for():
    desk = Desk(catalogue={"5655": Listing(price=199, name="Gem", picture="https://x/gem.png")})
    for price in (None, 0):
        told = desk.hear(rose(2, price=price, name=None, ended=True, msg=f"{price}"))
        assert (told[-1].diamonds, told[-1].unpriced, told[-1].gift_name) == (398, False, "Gem")
        assert told[-1].picture == "https://x/gem.png"
    assert not desk.ledger.unknown_gift
    told = desk.hear(rose(2, price=0, gift="77", ended=True))
    assert (told[-1].units, told[-1].diamonds, told[-1].unpriced) == (2, 0, True)
    assert desk.ledger.unknown_gift


def test_the_price_on_the_frame_goes_before_the_catalogue():
    desk = Desk(catalogue={"5655": Listing(price=199)})
    desk.hear(rose(1, price=5, ended=True))
    assert desk.diamonds() == 5


def test_old_credits_are_not_rewritten_when_a_price_becomes_known():
    desk = Desk()
    desk.hear(rose(2, price=0, tx="A"))
    desk.ledger.catalogue = {"5655": Listing(price=10)}
    desk.hear(rose(3, price=0, tx="A"))
    assert [(fact.diamonds, fact.unpriced) for fact in desk.all(facts.Credit)] == [(0, True), (10, False)]


def test_a_step_without_a_price_takes_that_of_its_combo():
    desk = Desk()
    desk.hear(rose(1, price=5, tx="A"), rose(3, price=None, tx="A"))
    assert desk.diamonds() == 15


def test_wild_counts_and_prices_do_not_break_the_sum():
    desk = Desk()
    desk.hear(rose(10**30, price=10**30, ended=True))
    assert 0 < desk.diamonds() < 2**63
    desk.hear(rose(0, gift="1", ended=True), rose(-5, gift="2", ended=True))
    assert desk.units()["id:111", "1"] == desk.units()["id:111", "2"] == 1


# --- what a credit carries ---


def test_a_credit_carries_transaction_name_and_picture():
    told = Desk().hear(rose(1, tx="T", picture="https://x/r.png", ended=True))
    assert (told[-1].transaction_id, told[-1].gift_name, told[-1].picture) == ("T", "Rose", "https://x/r.png")


@pytest.mark.parametrize(
    "told, guest",
    [
        ({}, None),
        ({"to": "999"}, "999"),
        ({"group_id": "7055667788990011223"}, "7055667788990011223"),
        ({"group_id": "7055667788990011223", "to": "999"}, "999"),
        ({"group_id": "12345"}, None),
        ({"group_id": "1234567890123456x"}, None),
        ({"to": "6912345678901234501"}, None),
        ({"group_id": "6912345678901234501"}, None),
    ],
)
def test_a_credit_names_the_guest_it_goes_to_and_not_the_creator(told, guest):
    desk = Desk(owner_id="6912345678901234501")
    assert desk.hear(rose(1, ended=True, **told))[-1].to == guest


def test_what_is_not_a_gift_to_the_creator_counts_nowhere():
    desk = Desk()
    told = desk.hear(
        events.CollabGift(gift_id="1233", count=1, person=ANN),
        events.OpponentGift(sender_id="5", gift_id="7934"),
        events.Envelope(envelope_id="e1", diamonds=100, person=BOB, box=True),
    )
    assert names(told) == ["StreamBegan", "EnvelopeDropped"]
    assert told[-1].box
    assert told[-1].diamonds == 100


def test_an_envelope_is_told_once():
    desk = Desk()
    desk.hear(*[events.Envelope(envelope_id="e1", diamonds=50)] * 2, events.Envelope(envelope_id="e2", diamonds=5))
    assert [fact.envelope_id for fact in desk.all(facts.EnvelopeDropped)] == ["e1", "e2"]
    assert desk.all(facts.EnvelopeDropped)[0].who.key == "nobody"


def test_a_super_fan_and_the_banner_of_it_are_one_alert():
    desk = Desk()
    display = "ttlive_superFan_commentNotif_someoneBecameSuperFan"
    desk.hear(events.SuperFan(person=ANN, level=10, display=display), events.Barrage(person=ANN, display=display))
    assert [(fact.who.key, fact.level) for fact in desk.all(facts.SuperFanned)] == [("id:111", 10)]


# --- cuts, ends, restarts ---


def test_a_lost_socket_closes_combos_and_forgets_no_count():
    desk = Desk()
    desk.open()
    desk.hear(rose(7))
    assert names(desk.cut()) == ["ComboEnded", "SocketClosed"]
    desk.pass_ms(300_000)
    desk.open()
    desk.pass_ms(LATE_WINDOW_MS - 1)
    desk.hear(rose(9))
    assert desk.total() == 9


def test_fifteen_seconds_after_the_socket_is_open_again_the_count_is_forgotten():
    desk = Desk()
    desk.open()
    desk.hear(rose(7))
    desk.reconnect()
    desk.pass_ms(LATE_WINDOW_MS)
    desk.hear(rose(9, msg="9"))
    assert desk.total() == 16


def test_a_combo_that_fell_silent_before_the_cut_is_remembered_over_it():
    desk = Desk()
    desk.open()
    desk.hear(rose(7))
    desk.at(IDLE_S + 10)
    desk.reconnect(after_s=100)
    desk.hear(rose(9, msg="9"))
    assert desk.total() == 9


def test_a_shutdown_closes_combos_and_the_next_start_goes_on():
    desk = Desk()
    desk.open()
    desk.hear(rose(7, tx="A"))
    told = desk.ledger.flush(desk.now_ms)
    assert names(told) == ["ComboEnded"]
    desk._take(told)
    assert "SocketClosed" in names(desk.restart(after_ms=60_000))
    desk.open()
    desk.hear(rose(9, ended=True))
    assert desk.total() == 9


def test_a_kill_closes_combos_at_the_next_start_and_loses_none():
    desk = Desk()
    desk.open()
    desk.hear(rose(3, tx="A"), rose(2, who=BOB))
    assert names(desk.restart()) == ["SocketClosed", "ComboEnded", "ComboEnded"]
    assert desk.ledger.wake() is None
    desk.open()
    desk.hear(rose(3, tx="A", ended=True), rose(4, who=BOB))
    assert desk.units() == {("id:111", "5655"): 3, ("id:222", "5655"): 4}


def test_no_combo_goes_on_in_another_room_but_by_its_transaction():
    desk = Desk()
    desk.open()
    desk.hear(events.RoomInfo(room_id="R1"), rose(3, tx="A"), rose(3, who=BOB))
    desk.reconnect()
    desk.hear(events.RoomInfo(room_id="R2"), rose(4, tx="A"), rose(4, who=BOB))
    assert desk.units() == {("id:111", "5655"): 4, ("id:222", "5655"): 7}


def test_nothing_is_kept_for_ever():
    desk = Desk()
    desk.open()
    for at in range(300):
        who = Person(id=str(1000 + at), nickname=f"n{at}")
        desk.at(at / 10).hear(
            rose(1, tx=f"t{at}", msg=f"m{at}", who=who, ended=at % 3 == 0), rose(2, who=who, gift="8")
        )
        desk.hear(events.Chat(person=who, text="x"), events.Like(person=who, count=1, msg_id=f"l{at}"))
        desk.hear(events.Deletion(deleted_id=f"d{at}"))
    desk.at(2 * KEPT_MS / 1000)
    desk.hear(events.Viewers(now=1))
    kinds = {key[:2] for key in desk.rows}
    assert kinds == {"k:", "l:", "o:", "s:"}


def test_a_clock_set_back_before_a_start_loses_nothing_and_counts_nothing_twice():
    desk = Desk()
    desk.open()
    desk.hear(rose(3, tx="A", msg="1"), rose(2, who=BOB, msg="2"), rose(1, gift="9", ended=True))
    desk.restart(back_ms=3_600_000)
    desk.open()
    desk.hear(rose(3, tx="A", msg="1"), rose(2, who=BOB, msg="2"), rose(1, gift="9", ended=True))
    desk.hear(rose(4, tx="A", msg="3"), rose(5, who=BOB, msg="4"))
    assert desk.units() == {("id:111", "5655"): 4, ("id:222", "5655"): 5, ("id:111", "9"): 1}
    desk.pass_ms(COMBO_IDLE_MS)
    assert desk.ledger.wake() is None


def test_a_clock_set_back_while_running_closes_what_it_can_no_longer_time():
    desk = Desk()
    desk.hear(rose(3))
    desk.now_ms -= 3_600_000
    desk.hear(events.Viewers(now=3))
    assert names(desk.facts)[-2:] == ["ComboEnded", "Watched"]
    desk.hear(rose(4))
    assert desk.ledger.wake() == desk.now_ms + COMBO_IDLE_MS
    assert desk.total() == 4


def test_a_test_ledger_marks_every_fact():
    ledger = Ledger("luna", test=True)
    told = ledger.hear(rose(1), START_MS) + ledger.tick(START_MS + COMBO_IDLE_MS)
    assert names(told) == ["Credit", "ComboEnded"]
    assert all(fact.test for fact in told)


def test_a_test_event_may_be_told_again_and_again_and_is_kept_nowhere():
    ledger = Ledger("luna", test=True)
    told = [ledger.hear(events.Follow(person=ANN), START_MS + at)[0] for at in range(3)]
    assert names(told) == ["Followed"] * 3
    assert names(ledger.hear(events.Battle(status=1), START_MS)) == ["Fought"]
    assert ledger.drain() == {}
    assert ledger.stream is None


def test_combo_ids_never_come_twice_over_restarts():
    desk = Desk()
    for _ in range(5):
        desk.hear(rose(1, msg=f"{len(desk.facts)}"), rose(1, who=BOB, msg=f"b{len(desk.facts)}"))
        desk.restart()
    began = [fact.combo for fact in desk.all(facts.Credit) if fact.first]
    assert len(began) == len(set(began))
