"""The battle's state: what it keeps over restarts, resets and rehearsals, and what past streams get of it."""

from __future__ import annotations

from overlay.core import facts
from overlay.core.fight import State
from overlay.core.fight_seen import MOST, PAGE
from tests.core.fights import Fight, armies, battle, card, punished


def test_a_restart_goes_on_with_the_battle():
    fight = Fight()
    fight.hear(0, armies(5, 3, 300, 0, transaction_id="t1"))
    fight.hear(1_000, card("booster_x2", "H1", 1, multiplier=2))
    before = fight.view
    assert fight.state.unsaved
    fight.restart()
    assert fight.view == before
    assert not fight.hear(2_000, armies(9, 9, 298, 2_000, transaction_id="t1")), "repeats are known"
    fight.hear(3_000, armies(9, 3, 0, 3_000))
    assert (fight.phase, fight.view["winner"], fight.view["round"]) == ("finished", 0, 1)


def test_after_a_restart_silence_counts_from_the_open_socket():
    fight = Fight()
    fight.hear(0, armies(5, 3, 300, 0))
    fight.restart()
    fight.note(facts.SocketOpened(at_ms=60_000))
    fight.wait(89_999)
    assert fight.phase == "active"
    fight.wait(90_000)
    assert fight.view["reason"] == "silence"


def test_a_restart_long_after_finishes_the_battle_by_the_wall():
    fight = Fight()
    fight.hear(0, armies(5, 3, 60, 0))
    fight.restart()
    fight.wait(3_600_000)
    assert fight.phase == "idle"
    assert [(one["finalised_by"], one["finalised_ms"]) for one in fight.state.drain_rounds()] == [("wall", 90_000)]


def test_what_an_older_program_kept_is_forgotten_without_harm():
    state = State()
    state.load(b"\x93not this")
    assert state.memory.phase == "idle"


def test_saving_is_asked_for_only_when_something_changed():
    fight = Fight()
    fight.hear(0, armies(5, 3, 60, 0))
    fight.state.dump()
    fight.note(facts.Watched(at_ms=1_000, now=5))
    assert not fight.state.unsaved
    fight.wait(60_000)
    assert fight.state.unsaved


def test_only_the_last_transactions_are_remembered():
    fight = Fight()
    for number in range(MOST + PAGE + 1):
        fight.hear(number, armies(number, 0, 300, number, transaction_id=f"t{number}"))
    assert not fight.hear(1_000, armies(0, 9, 299, 1_000, transaction_id=f"t{PAGE + 1}"))
    assert fight.hear(1_000, armies(0, 9, 299, 1_000, transaction_id="t0"))


# --- the owner's reset ---


def test_a_reset_empties_the_screen_and_a_running_battle_comes_back_by_itself():
    fight = Fight()
    fight.hear(0, armies(5, 3, 300, 0))
    fight.note(facts.Cleared(at_ms=1_000, id="r1", what="battle"))
    assert fight.phase == "idle"
    fight.hear(3_000, armies(6, 3, 297, 3_000))
    assert (fight.phase, fight.seconds) == ("active", 297)


def test_a_battle_that_is_over_does_not_come_back_after_a_reset():
    fight = Fight()
    fight.hear(0, armies(5, 3, 0, 0))
    fight.note(facts.Cleared(at_ms=1_000, id="r1", what="all"))
    assert not fight.hear(2_000, armies(6, 3, 0, 2_000, status=2))
    assert fight.phase == "idle"


def test_a_reset_can_be_taken_back_for_a_minute():
    for after, phase in ((60_000, "punish"), (60_001, "idle")):
        fight = Fight()
        fight.hear(0, armies(5, 3, 0, 0))
        fight.note(facts.Cleared(at_ms=1_000, id="r1", what="battle"))
        fight.note(facts.Restored(at_ms=1_000 + after, id="r1", what="battle"))
        assert fight.phase == phase


def test_taking_back_another_reset_changes_nothing():
    fight = Fight()
    fight.hear(0, armies(5, 3, 300, 0))
    fight.note(facts.Cleared(at_ms=1_000, id="r1", what="chat"))
    assert fight.phase == "active"
    fight.note(facts.Cleared(at_ms=1_000, id="r2", what="battle"))
    fight.note(facts.Restored(at_ms=2_000, id="r1", what="battle"))
    assert fight.phase == "idle"


def test_a_battle_that_came_back_keeps_its_newer_scores_when_the_reset_is_taken_back():
    fight = Fight()
    fight.hear(0, armies(5, 3, 300, 0))
    fight.hear(1_000, armies(0, 0, 300, 1_000, session_id="S2"))
    fight.note(facts.Cleared(at_ms=2_000, id="r1", what="battle"))
    fight.hear(3_000, armies(7, 0, 298, 3_000, session_id="S2"))
    fight.note(facts.Restored(at_ms=4_000, id="r1", what="battle"))
    assert (fight.view["teams"][0]["total"], fight.view["round"]) == (7, 2)


# --- rehearsals ---


def test_a_rehearsed_battle_is_shown_and_kept_nowhere():
    fight = Fight()
    fight.hear(0, armies(5, 3, 300, 0), test=True)
    assert fight.phase == "active"
    fight.hear(1_000, armies(5, 3, 0, 1_000), test=True)
    assert fight.phase == "finished"
    assert fight.state.drain_rounds() == []


def test_a_rehearsal_does_not_disturb_a_battle_and_a_battle_ends_a_rehearsal():
    fight = Fight()
    fight.hear(0, armies(5, 3, 300, 0), test=True)
    fight.hear(1_000, armies(1, 1, 300, 1_000, match_id="M2"))
    fight.hear(2_000, armies(9, 9, 290, 2_000, match_id="M3"), test=True)
    assert fight.view["match_id"] == "M2"


def test_a_rehearsal_ends_by_silence_without_any_socket():
    fight = Fight()
    fight.note(facts.SocketClosed(at_ms=0))
    fight.hear(0, armies(5, 3, 300, 0), test=True)
    fight.wait(30_000)
    assert fight.phase == "finished"


# --- past streams ---


def test_rounds_and_matches_that_are_replaced_are_kept_as_such():
    fight = Fight()
    fight.hear(0, armies(5, 3, 300, 0))
    fight.hear(4_000, armies(0, 1, 300, 4_000, session_id="S2"))
    fight.hear(8_000, armies(0, 0, 300, 8_000, match_id="M2", session_id="S3"))
    rounds = fight.state.drain_rounds()
    assert [
        (one["battle_key"], one["round_key"], one["round"], one["finalised_by"], one["winner_team"]) for one in rounds
    ] == [
        ("match:M1", "session:S1", 1, "next_round", 0),
        ("match:M1", "session:S2", 2, "next_battle", 1),
    ]


def test_a_round_that_was_taken_up_again_replaces_its_record():
    fight = Fight()
    fight.hear(0, armies(5, 3, 300, 0))
    fight.wait(30_000)
    fight.hear(40_000, armies(5, 8, 260, 40_000))
    fight.hear(44_000, armies(5, 9, 0, 44_000))
    rounds = fight.state.drain_rounds()
    assert [(one["round_key"], one["finalised_by"], one["winner_team"]) for one in rounds] == [
        ("session:S1", "silence", None),
        ("session:S1", "secs0", 1),
    ]


def test_a_record_is_corrected_by_late_scores_and_by_the_punishment():
    fight = Fight()
    fight.hear(0, armies(5, 3, 0, 0))
    fight.hear(1_000, armies(5, 3, 0, 1_000, status=2))
    assert len(fight.state.drain_rounds()) == 1, "the same scores again correct nothing"
    fight.hear(2_000, armies(5, 6, 0, 2_000, status=2))
    fight.hear(3_000, punished("H2"))
    assert [(one["corrected_by"], one["corrected_ms"], one["winner_team"]) for one in fight.state.drain_rounds()] == [
        ("status2", 2_000, 1),
        ("punish", 3_000, 0),
    ]


def test_silence_that_turns_out_to_be_the_end_is_named_by_it():
    fight = Fight()
    fight.hear(0, armies(5, 3, 300, 0))
    fight.wait(30_000)
    fight.hear(33_000, armies(5, 9, 0, 33_000, status=2))
    assert (fight.phase, fight.view["reason"], fight.view["winner"]) == ("finished", "status2", 1)


def test_a_match_is_known_by_its_best_name():
    for event, key in (
        (armies(1, 0, 0, 0), "match:M1"),
        (armies(1, 0, 0, 0, match_id=None, battle_id="B1"), "battle:B1"),
        (armies(1, 0, 0, 0, match_id=None), "hosts:H1,H2"),
    ):
        fight = Fight()
        fight.hear(0, event)
        assert [one["battle_key"] for one in fight.state.drain_rounds()] == [key]


def test_a_match_that_began_without_a_name_takes_the_one_it_gets():
    fight = Fight()
    fight.hear(0, battle(1))
    fight.hear(1_000, armies(1, 0, 300, 1_000))
    fight.hear(2_000, armies(1, 0, 298, 2_000, match_id=None, session_id=None, battle_id="B1"))
    assert (fight.view["match_id"], fight.view["round"]) == ("M1", 1)
    fight.hear(3_000, armies(2, 0, 0, 3_000))
    assert [one["battle_key"] for one in fight.state.drain_rounds()] == ["match:M1"]


def test_the_same_hosts_without_any_id_fight_again():
    fight = Fight()
    unnamed = {"match_id": None, "session_id": None}
    fight.hear(0, armies(5, 3, 0, 0, **unnamed))
    fight.hear(9_000, armies(6, 3, 280, 9_000, **unnamed))
    assert fight.phase == "finished", "late scores"
    fight.hear(20_000, armies(0, 1, 280, 20_000, **unnamed))
    assert (fight.phase, fight.view["leader"]) == ("active", 1)
