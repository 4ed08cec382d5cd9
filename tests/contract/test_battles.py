"""Battles by the text of the rules, through `trace`: what no given case says, said here."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.kit import LUNA, START, closed, frame, trace, wait

INFO = {"t": 0, "frame": {"event": "roomInfo", "data": {"roomId": "R1", "ownerUserId": "H1"}}}
BEGIN: list[dict[str, Any]] = [{"t": 0, "open": True}, INFO]
VIEW = {
    "phase", "match_id", "round", "started_ms", "ends_ms", "duration_s", "settling", "teams", "boosters", "leader",
    "winner", "tie", "reason", "as_of_ms",
}  # fmt: skip
USER = {"id", "handle", "name", "avatar", "level", "anonymous"}


def host(key: str, score: int | None, side: int, *givers: tuple[str, int]) -> dict[str, Any]:
    contributors = [{"userId": name, "score": points, "nickname": name} for name, points in givers]
    return {"hostUserId": key, "teamTotalScore": score, "teamIdx": side, "contributors": contributors}


def armies(t: int, one: int, two: int, left: float | None, **more: Any) -> dict[str, Any]:
    """A score frame, as fresh as can be."""
    told = {
        "battleId": "0", "matchId": "M1", "sessionId": "S1", "status": 1, "serverTsMs": START + t, "durationSec": 300,
        "secsRemaining": left, "hosts": [host("H1", one, 0, ("u1", one)), host("H2", two, 1, ("u2", two))],
        "transactionId": f"tx-{t}-{one}-{two}-{left}",
    }  # fmt: skip
    return frame(t, "battleArmies", **told | more)


def battle(t: int, status: int, key: str = "B77", hosts: tuple[str, ...] = ("H1", "H2"), **more: Any) -> dict[str, Any]:
    teams = [{"hostUserId": one, "score": 0} for one in hosts]
    return frame(t, "battle", battleId=key, status=status, teams=teams, **more)


def card(
    t: int, effect: str, sender: str, seconds: int = 30, multiplier: int = 0, since: int | None = None
) -> dict[str, Any]:
    at_s = (START + (t if since is None else since)) // 1000
    return frame(
        t, "battleItemCard", battleId="0", effect=effect, multiplier=multiplier, activatedAtSec=at_s,
        durationSec=seconds, endsAtSec=at_s + seconds, senderUserId=sender, senderNickname=sender,
    )  # fmt: skip


def views(*lines: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
    return trace("battle", [*BEGIN, *lines], options)[len(BEGIN) :]


def totals(view: dict[str, Any]) -> list[int]:
    return [team["total"] for team in view["teams"]]


def left(view: dict[str, Any]) -> int | None:
    return None if view["ends_ms"] is None else max(0, -(-(view["ends_ms"] - view["as_of_ms"]) // 1000))


def phases(*lines: dict[str, Any]) -> list[str]:
    return [view["phase"] for view in views(*lines)]


def test_a_view_has_exactly_the_keys_of_the_contract():
    idle, active = views(wait(0), armies(1000, 30, 10, 300), card(2000, "booster_x3", "u1", multiplier=3))[::2]
    for view in (idle, active):
        assert set(view) == VIEW
    assert idle["phase"] == "idle"
    assert (idle["teams"], idle["boosters"], idle["leader"], idle["winner"], idle["reason"]) == (
        [],
        [],
        None,
        None,
        None,
    )
    assert active["match_id"] == "M1"
    assert (active["duration_s"], active["round"], active["settling"]) == (300, 1, False)
    assert active["started_ms"] == START + 1000
    assert active["ends_ms"] == START + 301_000
    for team in active["teams"]:
        assert set(team) == {"hosts", "total", "share", "top"}
        assert all(set(one) == USER for one in team["hosts"])
        assert all(set(one) == {"user", "score"} and set(one["user"]) == USER for one in team["top"])
    assert set(active["boosters"][0]) == {"effect", "multiplier", "by", "team", "ends_ms"}
    assert active["boosters"][0]["ends_ms"] == START + 32_000


def test_the_share_is_not_rounded():
    assert [team["share"] for team in views(armies(0, 1, 2, 300))[-1]["teams"]] == [1 / 3, 2 / 3]
    assert [team["share"] for team in views(armies(0, 0, 0, 300))[-1]["teams"]] == [0.5, 0.5]


def test_b04_a_frame_older_than_the_last_is_dropped():
    told = views(armies(0, 1, 2, 300), armies(3000, 9, 2, 297), armies(3500, 4, 2, 298, serverTsMs=START + 2000))
    assert [totals(view) for view in told] == [[1, 2], [9, 2], [9, 2]]
    assert left(told[-1]) == 297


def test_b03_a_repeated_transaction_is_no_sign_of_life():
    lines = [armies(0, 1, 2, 300), armies(20_000, 5, 5, 280) | {}]
    again = lines[1] | {"t": 45_000}
    assert phases(*lines, again, wait(49_999), wait(50_000))[2:] == ["active", "active", "finished"]


def test_b06_a_time_maker_moves_the_end_by_the_next_frame_and_not_by_the_card():
    told = views(
        armies(0, 1, 1, 100, durationSec=100), card(10_000, "extra_time", "u1", 10), wait(11_000),
        armies(12_000, 1, 1, 98, durationSec=110), wait(13_000),
    )  # fmt: skip
    assert [left(view) for view in told] == [100, 90, 89, 98, 97]


def test_b06_a_difference_of_no_more_than_a_second_and_a_half_moves_nothing():
    told = views(armies(0, 1, 1, 100), armies(10_000, 1, 1, 91.4), armies(20_000, 1, 1, 78.6), armies(30_000, 1, 1, 72))
    assert [view["ends_ms"] - START for view in told] == [100_000, 100_000, 100_000, 102_000]


def test_b06_the_shown_second_never_rises_unless_re_anchored():
    told = views(
        *[
            armies(t, 1, 1, 100 - t // 1000 + (t % 3000) / 3000, serverTsMs=START + t - t % 700)
            for t in range(0, 60_000, 1700)
        ]
    )
    seconds = [left(view) for view in told]
    assert all(two <= one for one, two in zip(seconds, seconds[1:], strict=False))


@pytest.mark.parametrize("why", ["silence", "wall"])
def test_b08_a_battle_ended_by_silence_or_the_wall_is_opened_again_by_a_frame_with_time_left(why):
    if why == "silence":
        before = [armies(0, 5, 3, 300), wait(30_000)]
        after = armies(33_000, 6, 3, 267)
    else:
        beats = [armies(t, 5, 3, None) for t in range(10_000, 50_000, 10_000)]
        before = [armies(0, 5, 3, 20, durationSec=20), *beats, wait(50_000)]
        after = armies(52_000, 6, 3, 15)
    told = views(*before, after, wait(after["t"] + 1000))
    assert (told[-3]["phase"], told[-3]["reason"]) == ("finished", why)
    assert told[-3]["winner"] == (None if why == "silence" else 0)
    assert [view["phase"] for view in told[-2:]] == ["active", "active"]
    assert (told[-1]["reason"], told[-1]["winner"], totals(told[-1])) == (None, None, [6, 3])


def test_b08_a_battle_that_ended_by_the_rules_is_not_opened_again():
    told = views(armies(0, 5, 3, 300), armies(5000, 5, 3, 0), armies(6000, 9, 3, 294))
    assert told[-1]["phase"] == "finished"


def test_b11_late_scores_may_change_the_winner_for_ten_seconds_and_never_the_phase():
    ended = [armies(0, 5, 3, 5), armies(5000, 5, 3, 0)]
    told = views(*ended, armies(14_900, 5, 8, 0), armies(15_100, 50, 8, 0))
    assert [(view["phase"], view["winner"]) for view in told[1:]] == [("finished", 0), ("finished", 1), ("punish", 1)]


def test_b11_a_late_tie_takes_the_winner_back_and_then_there_is_no_punishment():
    told = views(armies(0, 5, 3, 5), armies(5000, 5, 3, 0), armies(8000, 5, 5, 0), wait(15_000))
    assert [(view["phase"], view["winner"]) for view in told[1:]] == [
        ("finished", 0),
        ("finished", None),
        ("idle", None),
    ]
    assert told[2]["tie"] is True


def test_b13_frames_of_a_match_that_was_replaced_are_dropped():
    other = {"matchId": "M2", "sessionId": "S9"}
    told = views(
        armies(0, 5, 3, 300),
        armies(5000, 0, 0, 300, **other),
        armies(6000, 90, 3, 294),
        armies(7000, 1, 2, 298, **other),
    )
    assert [totals(view) for view in told] == [[5, 3], [0, 0], [0, 0], [1, 2]]
    assert told[-1]["match_id"] == "M2"


def test_b17_a_battle_event_with_another_id_but_the_same_hosts_is_the_same_match():
    told = views(battle(0, 4), battle(1000, 2), armies(2000, 5, 3, 300), battle(4000, 1, "B99"), battle(6000, 3, "B99"))
    assert [view["phase"] for view in told] == ["preparing", "starting", "active", "active", "finished"]
    assert (told[-1]["reason"], totals(told[-1]), told[-1]["round"]) == ("ended", [5, 3], 1)


def test_b17_other_hosts_are_another_match():
    told = views(armies(0, 5, 3, 300), battle(4000, 4, "B99", ("H1", "H7")))
    assert told[-1]["phase"] == "preparing"
    assert [one["id"] for team in told[-1]["teams"] for one in team["hosts"]] == ["H1", "H7"]


@pytest.mark.parametrize("status", [3, 5])
def test_b19_battle_3_or_5_ends_it(status):
    told = views(armies(0, 5, 3, 300), battle(4000, status))
    assert (told[-1]["phase"], told[-1]["reason"], told[-1]["winner"]) == ("finished", "ended", 0)


@pytest.mark.parametrize(
    "end", [frame(9000, "control", action=3), frame(9000, "streamEnd", reason=1), closed(9000, 4005, "STREAM_END")]
)
def test_b19_a_stream_end_finishes_a_battle_at_once(end):
    told = views(armies(0, 5, 3, 300), end)
    assert (told[-1]["phase"], told[-1]["reason"]) == ("finished", "stream_end")


def test_b21_while_our_socket_is_down_silence_ends_nothing_and_the_wall_does():
    lines = [armies(0, 5, 3, 60, durationSec=60), closed(10_000), wait(89_999), wait(90_000)]
    told = views(*lines)
    assert [view["phase"] for view in told] == ["active", "active", "active", "finished"]
    assert (told[-1]["reason"], told[-1]["winner"]) == ("wall", 0)


def test_b21_silence_restarts_when_the_socket_opens_again():
    lines = [armies(0, 5, 3, 300), closed(10_000), {"t": 50_000, "open": True}, wait(79_999), wait(80_000)]
    assert phases(*lines)[-2:] == ["active", "finished"]


def test_a_punish_finish_during_the_result_means_idle_after_it():
    done = frame(8000, "battlePunishFinish", battleId="0", punishedUserId="H2", punishType=1, sessionId="S1")
    assert phases(armies(0, 5, 3, 5), armies(5000, 5, 3, 0), done, wait(14_999), wait(15_000))[2:] == [
        "finished",
        "finished",
        "idle",
    ]


def test_the_punishment_ends_with_its_own_frame_a_timeout_or_the_next_match():
    ended = [armies(0, 5, 3, 5), armies(5000, 5, 3, 0), wait(15_000)]
    done = frame(20_000, "battlePunishFinish", battleId="0", punishedUserId="H2", punishType=1, sessionId="S1")
    assert phases(*ended, done)[-2:] == ["punish", "idle"]
    assert phases(*ended, wait(184_999), wait(185_000))[-3:] == ["punish", "punish", "idle"]
    told = views(*ended, armies(60_000, 0, 0, 300, matchId="M2", sessionId="S2"))
    assert (told[-1]["phase"], told[-1]["match_id"]) == ("active", "M2")


def test_a_preparation_that_comes_to_nothing_is_idle_after_30_seconds():
    assert phases(battle(0, 4), wait(29_999), wait(30_000)) == ["preparing", "preparing", "idle"]
    assert phases(battle(0, 4), battle(20_000, 2), wait(49_999), wait(50_000))[1:] == ["starting", "starting", "idle"]


def test_silence_names_no_winner_and_leads_to_no_punishment():
    told = views(armies(0, 5, 3, 300), wait(30_000), wait(40_000))
    assert [(view["phase"], view["winner"]) for view in told[1:]] == [("finished", None), ("idle", None)]


def test_armies_2_is_looked_at_before_the_seconds():
    assert views(armies(0, 5, 3, 300), armies(5000, 5, 3, 0, status=2))[-1]["reason"] == "status2"


def test_absent_seconds_are_unknown_and_not_zero():
    told = views(armies(0, 5, 3, None, durationSec=None), armies(3000, 6, 3, None, durationSec=None))
    assert [(view["phase"], view["ends_ms"]) for view in told] == [("active", None), ("active", None)]


def test_a_second_round_begins_anew_and_a_repeat_of_the_first_is_ignored():
    told = views(
        armies(0, 5, 9, 60), card(500, "booster_x2", "u1", multiplier=2), armies(1000, 5, 9, 0),
        armies(4000, 0, 0, 60, sessionId="S2"), armies(5000, 99, 9, 55),
    )  # fmt: skip
    assert (told[3]["round"], totals(told[3]), told[3]["boosters"], told[3]["phase"]) == (2, [0, 0], [], "active")
    assert (told[4]["round"], totals(told[4])) == (2, [0, 0])


def test_a_card_is_active_by_the_servers_clock_and_its_side_is_found_by_the_contributors():
    told = views(
        armies(0, 5, 3, 300), card(10_000, "booster_x2", "u2", multiplier=2), wait(39_999), wait(40_000),
    )  # fmt: skip
    assert [[(one["effect"], one["multiplier"], one["team"]) for one in view["boosters"]] for view in told] == [
        [], [("booster_x2", 2, 1)], [("booster_x2", 2, 1)], [],
    ]  # fmt: skip
    assert told[1]["boosters"][0]["by"]["id"] == "u2"


def test_a_card_ends_at_the_finish_at_the_latest():
    told = views(armies(0, 5, 3, 20), card(1000, "booster_x2", "u1", multiplier=2), armies(20_000, 5, 3, 0))
    assert told[-1]["boosters"] == []


def test_with_mist_our_points_are_hidden_unless_the_owner_wants_otherwise():
    lines = [armies(0, 50, 30, 300), card(1000, "mist", "u1"), wait(2000)]
    hidden, open_ = views(*lines)[-1], views(*lines, respect_mist=False)[-1]
    assert totals(open_) == [50, 30]
    assert open_["leader"] == 0
    assert totals(hidden) != [50, 30]
    assert hidden["leader"] is None


def test_swap_puts_the_other_side_first_and_sides_limit_how_many_are_shown():
    four = {"hosts": [host(f"H{n}", 10 * n, n) for n in (1, 2, 3, 4)]}
    whole = views(armies(0, 0, 0, 300, **four))[-1]
    assert [team["hosts"][0]["id"] for team in whole["teams"]] == ["H1", "H2", "H3", "H4"]
    assert whole["leader"] == 3
    two = views(armies(0, 0, 0, 300, **four), sides=2)[-1]
    assert len(two["teams"]) == 2
    assert views(armies(0, 5, 3, 300), swap=True)[-1]["teams"][0]["hosts"][0]["id"] == "H2"


def test_a_giver_without_an_id_has_the_ledgers_weaker_key():
    told = [{"uniqueId": "mira.kay", "nickname": "Mira", "score": 9}, {"nickname": "Tobi", "score": 5}]
    hosts = [host("H1", 14, 0) | {"contributors": told}, host("H2", 0, 1)]
    played = frame(1, "battleItemCard", battleId="0", effect="booster_x2", multiplier=2, activatedAtSec=START // 1000,
                   durationSec=30, senderUniqueId="mira.kay", senderNickname="Mira")  # fmt: skip
    view = views(armies(0, 0, 0, 300, hosts=hosts), played)[-1]
    assert [one["user"]["id"] for one in view["teams"][0]["top"]] == ["handle:mira.kay", "name:Tobi"]
    assert view["boosters"][0]["by"]["id"] == "handle:mira.kay"


def test_the_top_of_a_side_are_its_best_contributors_merged_and_limited():
    hosts = [
        host("H1", 40, 0, ("a", 5), ("b", 35)), host("H3", 12, 0, ("c", 12), ("d", 0)), host("H2", 9, 1),
    ]  # fmt: skip
    told = views(armies(0, 0, 0, 300, hosts=hosts))[-1]["teams"]
    assert [(one["user"]["id"], one["score"]) for one in told[0]["top"]] == [("b", 35), ("c", 12), ("a", 5)]
    assert told[1]["top"] == []
    assert len(views(armies(0, 0, 0, 300, hosts=hosts), mvp_rows=1)[-1]["teams"][0]["top"]) == 1
    assert views(armies(0, 0, 0, 300, hosts=hosts), mvp_rows=0)[-1]["teams"][0]["top"] == []


def test_sides_are_never_reordered_by_score_and_hosts_that_swap_places_do_not_swap_on_screen():
    swapped = [host("H2", 90, 1), host("H1", 1, 0)]
    told = views(armies(0, 5, 3, 300), armies(2000, 0, 0, 298, hosts=swapped))
    assert [[team["hosts"][0]["id"] for team in view["teams"]] for view in told] == [["H1", "H2"]] * 2
    assert (totals(told[-1]), told[-1]["leader"]) == ([1, 90], 1)


def test_equal_non_zero_totals_inside_a_team_are_one_total_and_different_ones_add_up():
    def teams(*scores: int) -> list[int]:
        hosts = [host(f"H{n}", score, n % 2) for n, score in enumerate(scores)]
        return totals(trace("battle", [BEGIN[0], armies(0, 0, 0, 300, hosts=hosts)])[-1])

    assert teams(50, 90, 50, 90) == [50, 90]
    assert teams(10, 5, 40, 30) == [50, 35]
    assert teams(0, 7, 0, 7) == [0, 7]


def test_without_hosts_the_score_is_the_side_found_by_its_host():
    teams = [{"hostUserId": "H2", "score": 75}, {"hostUserId": "H1", "score": 122}]
    told = views(armies(0, 5, 3, 300), frame(3000, "battleArmies", battleId="", status=4, teams=teams))
    assert totals(told[-1]) == [122, 75]


def test_a_host_without_an_id_has_the_ledgers_weaker_key():
    teams = [{"uniqueId": "mira.kay", "nickname": "Mira", "score": 75}, {"nickname": "Tobi", "score": 12}]
    view = views(frame(0, "battleArmies", battleId="", status=4, teams=teams))[-1]
    assert [team["hosts"][0]["id"] for team in view["teams"]] == ["handle:mira.kay", "name:Tobi"]


def test_points_are_no_diamonds():
    lines = [*BEGIN, armies(0, 500, 300, 300), card(1000, "booster_x3", "u1", multiplier=3)]
    assert trace("leaderboard", lines)[-1]["total"] == 0
    assert trace("goal", lines)[-1]["value"] == 0


def test_a_reset_of_the_battle_leaves_it():
    assert phases(armies(0, 5, 3, 300), {"t": 1000, "reset": "battle"})[-1] == "idle"


def test_the_creator_is_named_on_their_own_side():
    lines = [
        BEGIN[0],
        {
            "t": 0,
            "frame": {
                "event": "roomInfo",
                "data": {"roomId": "R1", "ownerUserId": LUNA["id"], "uniqueId": "luna.sings"},
            },
        },
    ]
    hosts = [host("7012345678901234567", 3, 0), host(LUNA["id"], 5, 1)]
    view = trace("battle", [*lines, armies(0, 0, 0, 300, hosts=hosts)])[-1]
    assert view["teams"][0]["hosts"][0]["id"] == LUNA["id"]
    assert view["teams"][0]["hosts"][0]["handle"] == "luna.sings"
