"""The battle as pages see it: every given case, every sentence of the rules that has none, and the recorded scenarios."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from overlay.core import facts
from overlay.core.events import Battle, CoHosts, Contributor, Host, Person
from overlay.core.facts import Who
from overlay.core.tiktool import decode
from overlay.widgets.battle import WIDGET
from tests.core.fights import SERVER, Fight, armies, battle, card, host, punished

RULES = Path(__file__).parents[1] / "frames" / "rules" / "battle-cases.json"
CASES = json.loads(RULES.read_bytes())["cases"]


def as_case(fight: Fight) -> dict[str, Any]:
    """A view in the words of the cases."""
    view, left = fight.view, fight.seconds
    ids = [[user["id"] for user in team["hosts"]] for team in view["teams"]]
    active = view["phase"] == "active"
    return {
        "phase": view["phase"].upper(),
        "secsLeft": left,
        "urgent": active and left is not None and 1 <= left <= fight.options.urgent_s,
        "settling": view["settling"],
        "teams": [{"hosts": hosts, "total": team["total"]} for hosts, team in zip(ids, view["teams"], strict=True)],
        "share": [round(team["share"], 2) for team in view["teams"]],
        "boosters": [
            {
                "effect": one["effect"],
                "mult": one["multiplier"],
                "host": None if one["team"] is None else ids[one["team"]][0],
            }
            for one in view["boosters"]
        ],
        **{name: view[name] for name in ("leader", "winner", "tie", "reason", "round")},
    }


def check_step(fight: Fight, step: dict[str, Any], *, changed: bool) -> None:
    expect = dict(step.get("expect") or {})
    if "drop" in expect:
        assert not changed, f"at {step['t']} the frame should have been dropped: {expect.pop('drop')}"
        expect.pop("drop", None)
    firsts = expect.pop("mvp", None)
    shown = as_case(fight)
    assert {name: shown[name] for name in expect} == expect, f"at {step['t']}"
    if firsts is not None:
        top = {one["user"]["id"] for team in fight.view["teams"] for one in team["top"]}
        assert top == {giver for giver in firsts.values() if giver}, f"at {step['t']}"


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_given_case_holds(case):
    fight = Fight(owner="H1")
    for step in case["steps"]:
        frame = step.get("in")
        if frame is None:
            fight.wait(step["t"])
            changed = False
        else:
            data = {key: value for key, value in frame.items() if key != "kind"}
            event = decode(json.dumps({"event": frame["kind"], "data": data}))
            fight.wait(step["t"])
            changed = fight.hear(step["t"], event)
        check_step(fight, step, changed=changed)


# --- §2.4 drops ---


def test_b04_a_frame_older_than_the_last_changes_nothing_and_is_no_life():
    fight = Fight()
    fight.hear(0, armies(0, 0, 100, 0))
    fight.hear(5_000, armies(50, 10, 95, 5_000))
    assert not fight.hear(6_000, armies(0, 30, 97, 3_000, transaction_id="late"))
    assert [team["total"] for team in fight.view["teams"]] == [50, 10]
    assert fight.seconds == 94
    fight.wait(34_999)
    assert fight.phase == "active"
    fight.wait(35_000)
    assert (fight.phase, fight.view["reason"]) == ("finished", "silence")


def test_b04_a_clock_set_back_for_good_is_followed():
    fight = Fight()
    fight.hear(0, armies(0, 0, 100, 10_000_000_000))
    assert fight.hear(5_000, armies(50, 10, 95, 5_000))
    assert fight.seconds == 95


def test_b06_extra_time_moves_the_end_and_a_card_does_not():
    fight = Fight()
    fight.hear(0, armies(0, 0, 20, 0))
    fight.hear(10_000, card("extra_time", "u1", 10))
    assert fight.seconds == 10
    fight.hear(12_000, armies(0, 0, 9, 12_000))
    assert fight.seconds == 8, "a second of difference is rounding"
    fight.hear(14_000, armies(0, 0, 16, 14_000))
    assert fight.seconds == 16
    fight.wait(29_999)
    assert not fight.view["settling"]
    fight.wait(30_000)
    assert fight.view["settling"]


def test_b06_the_start_of_a_round_stays_when_its_end_moves():
    fight = Fight()
    fight.hear(2_000, armies(0, 0, 298, 2_000))
    assert fight.view["started_ms"] == 0
    fight.hear(4_000, armies(0, 0, 306, 4_000))
    assert fight.view["started_ms"] == 0
    assert fight.view["ends_ms"] == 310_000


def test_the_announced_start_places_the_end_when_both_agree():
    fight = Fight()
    fight.hear(0, armies(0, 0, 299, 0, started_ms=SERVER - 400))
    assert fight.view["ends_ms"] == 299_600


def test_the_announced_start_is_not_believed_when_it_disagrees():
    fight = Fight()
    fight.hear(0, armies(0, 0, 200, 0, started_ms=SERVER - 400))
    assert fight.view["ends_ms"] == 200_000


def test_the_shown_second_does_not_rise_when_the_best_sample_is_too_old():
    fight = Fight()
    fight.hear(0, armies(0, 0, 300, 0))
    for at in range(2_000, 100_000, 2_000):
        fight.wait(at)
        before = fight.seconds
        fight.hear(at, armies(0, 0, 300 - (at - 900) // 1000, at - 900))
        assert fight.seconds is not None
        assert before is not None
        assert fight.seconds <= before


# --- §2.4 finishing and re-opening ---


def test_b08_silence_is_taken_back_by_a_frame_with_time_left():
    fight = Fight()
    fight.hear(0, armies(5, 3, 300, 0))
    fight.wait(30_000)
    assert (fight.phase, fight.view["winner"]) == ("finished", None)
    fight.hear(35_000, armies(9, 3, 265, 35_000))
    assert (fight.phase, fight.view["reason"], fight.seconds) == ("active", None, 265)


def test_b08_silence_is_taken_back_even_from_idle():
    fight = Fight()
    fight.hear(0, armies(5, 3, 300, 0))
    fight.wait(40_000)
    assert fight.phase == "idle", "silence names no winner, so there is no punishment"
    fight.hear(100_000, armies(9, 3, 200, 100_000))
    assert (fight.phase, fight.view["round"]) == ("active", 1)


def test_b08_the_wall_is_taken_back_by_extra_time():
    fight = Fight()
    fight.hear(0, armies(5, 3, 20, 0))
    fight.hear(25_000, armies(5, 3, None, 25_000))
    fight.wait(50_000)
    assert (fight.phase, fight.view["reason"], fight.view["winner"]) == ("finished", "wall", 0)
    fight.hear(52_000, armies(5, 9, 6, 52_000))
    assert (fight.phase, fight.seconds) == ("active", 6)


def test_b08_an_announced_end_is_never_taken_back():
    fight = Fight()
    fight.hear(0, armies(5, 3, 10, 0))
    fight.hear(10_000, armies(5, 3, 0, 10_000))
    fight.hear(12_000, armies(5, 30, 40, 12_000))
    assert (fight.phase, fight.view["reason"], fight.view["winner"]) == ("finished", "secs0", 1)
    fight.hear(25_000, armies(50, 30, 40, 25_000))
    assert (fight.phase, fight.view["winner"]) == ("punish", 1)


def test_b11_late_scores_change_the_winner_for_ten_seconds_and_never_the_phase():
    fight = Fight()
    fight.hear(0, armies(10, 20, 5, 0))
    fight.hear(5_000, armies(10, 20, 0, 5_000))
    assert fight.view["winner"] == 1
    fight.hear(14_999, armies(30, 20, 0, 14_999, status=2))
    assert (fight.phase, fight.view["winner"], fight.view["reason"]) == ("finished", 0, "secs0")
    fight.wait(15_000)
    assert not fight.hear(15_000, armies(30, 40, 0, 15_000, status=2))
    assert (fight.phase, fight.view["winner"]) == ("punish", 0)


def test_b11_late_scores_can_make_a_tie_and_end_without_punishment():
    fight = Fight()
    fight.hear(0, armies(10, 20, 5, 0))
    fight.hear(5_000, armies(10, 20, 0, 5_000))
    fight.hear(6_000, armies(20, 20, 0, 6_000))
    assert (fight.view["winner"], fight.view["tie"]) == (None, True)
    fight.wait(15_000)
    assert fight.phase == "idle"


def test_b13_frames_of_a_replaced_match_are_refused():
    fight = Fight()
    fight.hear(0, battle(1, "B1"))
    fight.hear(1_000, armies(5, 3, 300, 1_000))
    fight.hear(2_000, armies(1, 0, 300, 2_000, match_id="M2", session_id="S9"))
    assert (fight.view["match_id"], fight.view["round"]) == ("M2", 1)
    assert not fight.hear(3_000, armies(99, 3, 298, 3_000))
    assert not fight.hear(3_500, armies(99, 3, 0, 3_500, status=2))
    assert not fight.hear(4_000, battle(3, "B1"))
    assert not fight.hear(4_500, punished("H2"))
    assert (fight.phase, fight.view["teams"][0]["total"]) == ("active", 1)
    fight.wait(32_000)
    assert fight.phase == "finished", "refused frames are no sign of life"


def test_b13_a_session_that_was_replaced_does_not_come_back():
    fight = Fight()
    fight.hear(0, armies(5, 3, 60, 0))
    fight.hear(4_000, armies(0, 1, 60, 4_000, session_id="S2"))
    assert not fight.hear(5_000, armies(9, 3, 0, 5_000))
    assert (fight.phase, fight.view["round"], fight.view["leader"]) == ("active", 2, 1)


def test_b17_a_battle_frame_with_another_id_and_the_same_hosts_is_the_same_match():
    fight = Fight()
    fight.hear(0, battle(4, "B77"))
    fight.hear(1_000, armies(5, 3, 300, 1_000, battle_id="B78"))
    fight.hear(2_000, battle(1, "B79"))
    assert (fight.phase, fight.seconds, fight.view["teams"][0]["total"], fight.view["round"]) == ("active", 299, 5, 1)
    fight.hear(3_000, battle(3, "B80"))
    assert (fight.phase, fight.view["reason"], fight.view["winner"]) == ("finished", "ended", 0)


def test_a_battle_frame_of_other_hosts_is_another_match():
    fight = Fight()
    fight.hear(0, armies(5, 3, 300, 0))
    assert not fight.hear(1_000, battle(3, "B9", "H1", "H9")), "the end of a match that is not on"
    assert fight.phase == "active"
    fight.hear(2_000, battle(2, "B9", "H1", "H9"))
    assert (fight.phase, fight.view["teams"][1]["hosts"][0]["id"]) == ("starting", "H9")


def test_a_rematch_can_begin_while_the_loser_is_still_punished():
    fight = Fight()
    fight.hear(0, battle(1, "B1"))
    fight.hear(1_000, armies(5, 3, 0, 1_000))
    fight.wait(20_000)
    assert fight.phase == "punish"
    fight.hear(21_000, battle(4, "B2"))
    assert (fight.phase, fight.view["winner"], fight.view["teams"][0]["total"]) == ("preparing", None, 0)
    fight.hear(22_000, armies(0, 0, 300, 22_000, match_id="M2"))
    assert (fight.phase, fight.view["round"]) == ("active", 1)


def test_a_rematch_can_begin_while_the_result_is_shown():
    fight = Fight()
    fight.hear(0, battle(1, "B1"))
    fight.hear(1_000, armies(5, 3, 0, 1_000))
    fight.hear(2_000, battle(4, "B1"))
    assert fight.phase == "finished", "a late repeat"
    fight.hear(3_000, battle(4, "B2"))
    assert fight.phase == "preparing"


def test_a_match_that_got_no_name_before_it_was_over_is_not_the_next_one():
    fight = Fight()
    fight.hear(0, battle(1))
    fight.hear(5_000, Battle(status=3, hosts=(host("H1", 4), host("H2", 2))))
    fight.hear(6_000, armies(0, 1, 300, 6_000))
    assert (fight.phase, fight.view["match_id"], fight.view["leader"]) == ("active", "M1", 1)


# --- §2.4 life ---


@pytest.mark.parametrize("status", [4, 2])
def test_b19_a_battle_that_never_begins_goes_after_thirty_seconds(status):
    fight = Fight()
    fight.hear(0, battle(status))
    fight.wait(29_999)
    assert fight.phase in {"preparing", "starting"}
    fight.wait(30_000)
    assert (fight.phase, fight.view["teams"]) == ("idle", [])


def test_b19_a_step_back_is_ignored_and_counts_as_life():
    fight = Fight()
    fight.hear(0, battle(2))
    fight.hear(20_000, battle(4))
    fight.wait(40_000)
    assert fight.phase == "starting"


def test_a_battle_called_off_before_it_began_shows_no_result():
    fight = Fight()
    fight.hear(0, battle(4))
    fight.hear(5_000, battle(3))
    assert fight.phase == "idle"


def test_b21_the_battle_frame_may_end_it_too_and_old_captures_say_five():
    for status in (3, 5):
        fight = Fight()
        fight.hear(0, armies(5, 9, 300, 0))
        fight.hear(4_000, battle(status))
        assert (fight.phase, fight.view["reason"], fight.view["winner"]) == ("finished", "ended", 1)


def test_a_battle_may_run_without_any_score_frame():
    fight = Fight()
    fight.hear(0, battle(1, duration_s=300))
    assert (fight.phase, fight.view["ends_ms"], fight.view["duration_s"]) == ("active", None, 300)


def test_settled_goes_before_no_seconds_left():
    fight = Fight()
    fight.hear(0, armies(5, 9, 300, 0))
    fight.hear(4_000, armies(5, 9, 0, 4_000, status=2))
    assert fight.view["reason"] == "status2"


def test_the_wall_goes_before_silence_when_both_fall_due():
    fight = Fight()
    fight.hear(0, armies(5, 9, 20, 0))
    fight.hear(20_000, armies(5, 9, None, 20_000))
    fight.wait(50_000)
    assert (fight.view["reason"], fight.view["winner"]) == ("wall", 1)


def test_silence_counts_only_while_our_socket_is_open():
    fight = Fight()
    fight.hear(0, armies(5, 9, 300, 0))
    fight.note(facts.SocketClosed(at_ms=10_000))
    fight.note(facts.SocketOpened(at_ms=100_000))
    fight.wait(129_999)
    assert fight.phase == "active"
    fight.wait(130_000)
    assert fight.view["reason"] == "silence"


def test_a_captions_socket_says_nothing_about_a_battle():
    fight = Fight()
    fight.hear(0, armies(5, 9, 300, 0))
    fight.note(facts.SocketClosed(at_ms=10_000, socket="captions"))
    fight.wait(30_000)
    assert fight.view["reason"] == "silence"


def test_while_the_socket_is_down_the_wall_still_stands():
    fight = Fight()
    fight.hear(0, armies(5, 9, 20, 0))
    fight.note(facts.SocketClosed(at_ms=5_000))
    fight.wait(50_000)
    assert (fight.view["reason"], fight.view["winner"]) == ("wall", 1)


@pytest.mark.parametrize(
    "end", [facts.StreamEnding(at_ms=9_000, reason="control3"), facts.StreamEnded(at_ms=9_000, reason="4005")]
)
def test_the_end_of_the_stream_finishes_a_battle_at_once(end):
    fight = Fight()
    fight.hear(0, armies(5, 9, 300, 0))
    fight.note(end)
    assert (fight.phase, fight.view["reason"]) == ("finished", "stream_end")


def test_a_false_end_of_the_stream_is_taken_back():
    fight = Fight()
    fight.hear(0, armies(5, 9, 300, 0))
    fight.note(facts.StreamEnding(at_ms=9_000, reason="control3"))
    fight.note(facts.StreamWentOn(at_ms=10_000))
    fight.hear(11_000, armies(5, 10, 289, 11_000))
    assert fight.phase == "active"


def test_a_new_stream_begins_without_a_battle():
    fight = Fight()
    fight.hear(0, armies(5, 9, 300, 0))
    fight.note(facts.StreamBegan(at_ms=9_000, stream="2"))
    assert fight.phase == "idle"
    assert [one["finalised_by"] for one in fight.state.drain_rounds()] == ["stream_end"]


def test_the_punishment_that_ends_during_the_result_leaves_the_result_its_time():
    fight = Fight()
    fight.hear(0, armies(5, 9, 0, 0))
    fight.hear(3_000, punished("H1"))
    assert (fight.phase, fight.view["winner"]) == ("finished", 1)
    fight.wait(10_000)
    assert fight.phase == "idle"


def test_the_punishment_of_another_round_ends_nothing():
    fight = Fight()
    fight.hear(0, armies(5, 9, 0, 0))
    fight.wait(10_000)
    assert not fight.hear(11_000, punished("H1", "S0"))
    assert fight.phase == "punish"


def test_the_punished_host_has_lost_whatever_the_scores_say():
    fight = Fight()
    fight.hear(0, armies(5, 9, 0, 0))
    fight.hear(3_000, punished("H2"))
    assert fight.view["winner"] == 0
    assert fight.state.drain_oddities()


def test_a_zero_length_with_no_seconds_left_finishes_and_is_noted():
    fight = Fight()
    fight.hear(0, armies(5, 9, 0, 0, duration_s=0))
    assert (fight.phase, fight.view["reason"]) == ("finished", "secs0")
    assert len(fight.state.drain_oddities()) == 1
    assert fight.state.drain_oddities() == []


# --- §2.2 what is shown ---


def test_the_own_side_stands_first_and_swapping_moves_it():
    for options, first in (({}, "H2"), ({"swap": True}, "H1")):
        fight = Fight(owner="H2", **options)
        fight.hear(0, armies(5, 9, 300, 0))
        assert fight.view["teams"][0]["hosts"][0]["id"] == first
        assert fight.view["leader"] == (0 if first == "H2" else 1)


def test_an_unknown_creator_is_the_first_side():
    fight = Fight(owner=None)
    fight.hear(0, armies(5, 9, 300, 0))
    assert [team["hosts"][0]["id"] for team in fight.view["teams"]] == ["H1", "H2"]


def test_fewer_sides_keep_the_shares_whole():
    fight = Fight(sides=2)
    fight.hear(0, armies(5, 5, 300, 0, hosts=(host("H1", 10, 0), host("H2", 30, 1), host("H3", 90, 2))))
    assert [team["share"] for team in fight.view["teams"]] == [0.25, 0.75]
    assert fight.view["leader"] is None


def test_top_givers_of_a_team_are_merged_and_cut():
    fight = Fight(mvp_rows=2)
    hosts = (host("H1", 9, 0, ("a", 2), ("b", 1)), host("H3", 20, 0, ("c", 9), ("d", 0)), host("H2", 1, 1, ("e", 0)))
    fight.hear(0, armies(0, 0, 300, 0, hosts=hosts))
    assert [[(one["user"]["id"], one["score"]) for one in team["top"]] for team in fight.view["teams"]] == [
        [("c", 9), ("a", 2)],
        [],
    ]


def test_givers_without_figures_are_shown_by_name():
    fight = Fight()
    fight.hear(0, armies(0, 0, 300, 0, hosts=(host("H1", 122, None, ("a", None), ("b", None)), host("H2", 75))))
    assert [(one["user"]["name"], one["score"]) for one in fight.view["teams"][0]["top"]] == [("a", None), ("b", None)]


def test_hosts_are_named_by_the_frame_then_by_linkmic_then_as_opponent():
    fight = Fight()
    fight.hear(0, armies(5, 9, 300, 0))
    assert [team["hosts"][0]["name"] for team in fight.view["teams"]] == ["@luna", "Opponent"]
    fight.hear(1_000, CoHosts(people=(Person(id="H2", nickname="Max\u202e Beats", avatar="https://x.example/a.webp"),)))
    shown = fight.view["teams"][1]["hosts"][0]
    assert (shown["name"], shown["avatar"]) == ("Max Beats", "/pictures/24")


def test_people_of_a_battle_look_as_they_are_known_now():
    fight, pictures = Fight(), {}
    fight.scene.picture = pictures.get
    known = Who(key="id:7", id="7", handle="ada", name="Ada", avatar="https://x.example/a.webp", level=3)
    nameless = Host(id="H2", contributors=(Contributor(id="7", score=5),))
    fight.scene.learn(known)
    fight.hear(0, armies(5, 9, 300, 0, hosts=(host("H1", 5), nameless)))

    def shown():
        user = fight.view["teams"][1]["top"][0]["user"]
        return user["name"], user["avatar"], user["level"]

    assert shown() == ("Ada", None, 3)
    fight.scene.learn(replace(known, name="Bea"))
    assert shown() == ("Bea", None, 3)
    fight.scene.learn(replace(known, name="Bea", level=4))
    assert shown() == ("Bea", None, 4)
    pictures["https://x.example/a.webp"] = "/pictures/a"
    fight.scene.draw_anew()
    assert shown() == ("Bea", "/pictures/a", 4)
    assert fight.view["teams"][0]["hosts"][0]["name"] == "@luna"
    fight.scene.owner_id = "H2"
    assert [team["hosts"][0]["name"] for team in fight.view["teams"]] == ["@luna", "Opponent"]
    assert [team["hosts"][0]["id"] for team in fight.view["teams"]] == ["H2", "H1"]


def test_a_card_of_somebody_who_became_another_is_shown_under_the_new_name():
    fight = Fight()
    fight.hear(0, armies(5, 9, 300, 0))
    fight.hear(0, card("boost", "a", 0, multiplier=2))
    assert [one["by"]["name"] for one in fight.view["boosters"]] == ["a"]
    fight.hear(1_000, replace(card("boost", "a", 1, multiplier=3), person=Person(id="a", nickname="b")))
    assert [one["by"]["name"] for one in fight.view["boosters"]] == ["a", "b"]


def test_without_scores_the_last_ones_stay():
    fight = Fight()
    fight.hear(0, armies(5, 9, 300, 0))
    fight.hear(3_000, armies(None, None, 297, 3_000))
    assert [team["total"] for team in fight.view["teams"]] == [5, 9]


def test_life_frames_do_not_take_points_back():
    fight = Fight()
    fight.hear(0, armies(5, 9, 300, 0))
    fight.hear(1_000, Battle(status=1, hosts=(host("H1", 0), host("H2", 0))))
    assert [team["total"] for team in fight.view["teams"]] == [5, 9]


def test_life_frames_tell_the_points_while_nothing_else_does():
    fight = Fight()
    fight.hear(0, Battle(status=1, hosts=(host("H1", 4), host("H2", 2))))
    assert ([team["total"] for team in fight.view["teams"]], fight.view["leader"]) == ([4, 2], 0)


def test_the_older_shape_tells_a_teams_total_at_one_of_its_hosts():
    fight = Fight()
    hosts = (host("H1", 10, 0), host("H3", 40, 0), host("H2", 30, 1), host("H4", 5, 1))
    fight.hear(0, armies(0, 0, 300, 0, hosts=hosts))
    fight.hear(2_000, armies(0, 0, 298, 2_000, hosts=(host("H1", 70), host("H2", 41))))
    assert [team["total"] for team in fight.view["teams"]] == [70, 41]


def test_two_hosts_of_one_team_and_nobody_else_are_two_sides():
    fight = Fight()
    fight.hear(0, armies(0, 0, 300, 0, hosts=(host("H1", 10, 0), host("H2", 30, 0))))
    assert [team["total"] for team in fight.view["teams"]] == [10, 30]


# --- boosters and mist ---


def test_a_card_counts_from_its_start_to_its_end_on_the_servers_clock():
    fight = Fight()
    fight.hear(0, armies(1, 1, 300, -500))  # the server's clock is half a second behind ours
    fight.hear(1_000, card("booster_x2", "H2", 5, multiplier=2))
    assert fight.view["boosters"] == []
    fight.wait(5_500)
    assert [(one["team"], one["ends_ms"], one["by"]["name"]) for one in fight.view["boosters"]] == [(1, 35_500, "H2")]
    fight.hear(20_000, armies(1, 1, 280, 19_500))
    fight.wait(35_499)
    assert fight.view["boosters"]
    fight.wait(35_500)
    assert fight.view["boosters"] == []


def test_a_new_round_begins_without_boosters():
    fight = Fight()
    fight.hear(0, armies(1, 1, 300, 0))
    fight.hear(1_000, card("booster_x2", "u1", 1))
    fight.hear(2_000, armies(0, 0, 300, 2_000, session_id="S2"))
    assert fight.view["boosters"] == []


def test_mist_hides_the_points_of_its_side_and_everything_that_betrays_them():
    fight = Fight()
    hosts = (host("H1", 70, 0, ("u1", 70)), host("H2", 30, 1, ("u2", 30)))
    fight.hear(0, armies(0, 0, 300, 0, hosts=hosts))
    fight.hear(1_000, card("mist", "u2", 1, 20))
    teams = fight.view["teams"]
    assert [team["total"] for team in teams] == [70, None]
    assert [team["share"] for team in teams] == [0.5, 0.5]
    assert [one["score"] for one in teams[1]["top"]] == [None]
    assert (fight.view["leader"], fight.view["tie"]) == (None, False)
    fight.wait(21_000)
    assert [team["total"] for team in fight.view["teams"]] == [70, 30]


def test_mist_of_nobody_known_hides_all_points_and_can_be_switched_off():
    for options, totals in (({}, [None, None]), ({"respect_mist": False}, [7, 3])):
        fight = Fight(**options)
        fight.hear(0, armies(7, 3, 300, 0))
        fight.hear(1_000, card("mist", "stranger", 1))
        assert [team["total"] for team in fight.view["teams"]] == totals


def test_the_result_is_shown_whatever_the_mist():
    fight = Fight()
    fight.hear(0, armies(7, 3, 300, 0))
    fight.hear(1_000, card("mist", "H1", 1))
    fight.hear(2_000, armies(7, 3, 0, 2_000))
    assert [team["total"] for team in fight.view["teams"]] == [7, 3]
    assert fight.view["winner"] == 0


# --- the declaration ---


def test_the_widget_is_declared_under_its_stem():
    assert (WIDGET.name, WIDGET.options().sides) == ("battle", 4)
