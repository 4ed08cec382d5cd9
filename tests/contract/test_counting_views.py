"""Leaderboard, goal, counter, latest and feed: every key, metric, period and mode, through `trace`."""

from __future__ import annotations

import pytest

from tests.contract.kit import (
    HIDDEN,
    LUNA,
    MIRA,
    NEWBIE,
    OTTER,
    START,
    TOBI,
    chat,
    closed,
    frame,
    gift,
    last,
    like,
    opened,
    person,
    trace,
    wait,
)

USER = {"id", "handle", "name", "avatar", "level", "anonymous"}
BEGIN = opened(0)
ITEM = {"id", "what", "user", "gift", "count", "people", "diamonds", "running", "text", "at_ms", "test"}


def names(view):
    return [entry["user"]["name"] for entry in view["entries"]]


# --- leaderboard ---


def test_a_leaderboard_has_exactly_the_keys_of_the_contract():
    for lines in (BEGIN, [*BEGIN, gift(10, MIRA, 5, 3)]):
        view = last("leaderboard", lines)
        assert set(view) == {"metric", "period", "entries", "total", "people", "as_of_ms"}
    entry = view["entries"][0]
    assert set(entry) == {"rank", "user", "score", "gifts", "moved"}
    assert set(entry["user"]) == USER
    assert entry | {"rank": 1, "score": 15, "gifts": 3} == entry
    assert entry["user"] == {
        "id": MIRA["id"], "handle": "mira.kay", "name": "Mira Kay", "avatar": None, "level": 31, "anonymous": False,
    }  # fmt: skip
    assert (view["metric"], view["period"], view["total"], view["people"]) == ("diamonds", "stream", 15, 1)


def test_absent_values_of_a_user_are_null_and_ids_are_strings():
    user = last("leaderboard", [*BEGIN, gift(10, {"id": 6823344556677889900, "nickname": "Tobi"}, 5)])["entries"][0][
        "user"
    ]
    assert user == {
        "id": "6823344556677889900", "handle": None, "name": "Tobi", "avatar": None, "level": None, "anonymous": False,
    }  # fmt: skip


def test_a_user_without_an_id_has_the_ledgers_weaker_key():
    user = last("leaderboard", [*BEGIN, gift(10, {"uniqueId": "Tobi_W", "nickname": "Tobi"}, 5)])["entries"][0]["user"]
    assert user["id"] == "handle:tobi_w"
    secret = "MS4wLjABAAAAexample"
    user = last("leaderboard", [*BEGIN, gift(10, {"secUid": secret, "nickname": "Tobi"}, 5)])["entries"][0]["user"]
    assert user["id"] == f"sec:{secret}"


@pytest.mark.parametrize(
    ("metric", "lines", "scores"),
    [
        ("diamonds", [gift(10, MIRA, 5, 3), gift(20, TOBI, 100)], [("Tobi W.", 100), ("Mira Kay", 15)]),
        ("gifts", [gift(10, MIRA, 5, 3), gift(20, TOBI, 100)], [("Mira Kay", 3), ("Tobi W.", 1)]),
        (
            "likes",
            [like(10, MIRA, 15, 15), like(20, TOBI, 5, 20), like(30, TOBI, 15, 35)],
            [("Tobi W.", 20), ("Mira Kay", 15)],
        ),
        ("chats", [chat(10, MIRA, "a"), chat(20, TOBI, "b"), chat(30, TOBI, "c")], [("Tobi W.", 2), ("Mira Kay", 1)]),
        ("shares", [frame(10, "share", user=MIRA)], [("Mira Kay", 1)]),
    ],
)
def test_every_metric_of_a_leaderboard_counts(metric, lines, scores):
    view = last("leaderboard", [*BEGIN, *lines], {"metric": metric})
    assert [(entry["user"]["name"], entry["score"]) for entry in view["entries"]] == scores
    assert [entry["rank"] for entry in view["entries"]] == list(range(1, len(scores) + 1))
    assert (view["metric"], view["people"]) == (metric, len(scores))
    assert view["total"] == sum(score for _, score in scores)


DAY = 86_400_000
MONDAY = 1_789_948_800_000  # 2026-09-21, a Monday, 00:00 UTC


@pytest.mark.parametrize("period", ["stream", "today", "week", "month", "all"])
def test_every_period_begins_where_it_should(period):
    start = MONDAY - DAY // 2  # Sunday noon
    lines = [
        *BEGIN, gift(10, MIRA, 1), gift(DAY, MIRA, 10), gift(2 * DAY, MIRA, 100), *opened(2 * DAY + 10, "R2"),
        gift(2 * DAY + 20, MIRA, 1000), gift(12 * DAY, MIRA, 10_000),
    ]  # fmt: skip
    totals = [view["total"] for view in trace("leaderboard", lines, {"period": period}, start_ms=start)]
    wanted = {
        "stream": [1, 11, 111, None, 1000, 11_000],
        "today": [1, 10, 100, 100, 1100, 10_000],
        "week": [1, 10, 110, 110, 1110, 10_000],
        "month": [1, 11, 111, 111, 1111, 10_000],
        "all": [1, 11, 111, 111, 1111, 11_111],
    }[period]
    found = [totals[at] for at in (2, 3, 4, 6, 7, 8)]
    assert [value if told is not None else None for value, told in zip(found, wanted, strict=True)] == wanted


def test_anonymous_givers_are_left_out_of_the_entries_and_counted_in_total_and_people():
    view = last("leaderboard", [*BEGIN, gift(10, MIRA, 5), gift(20, HIDDEN, 100), gift(30, TOBI, 3)])
    assert names(view) == ["Mira Kay", "Tobi W."]
    assert [entry["rank"] for entry in view["entries"]] == [1, 2]
    assert (view["total"], view["people"]) == (108, 3)


def test_frames_without_any_user_are_one_nameless_bucket():
    view = last("leaderboard", [*BEGIN, gift(10, {}, 5), gift(20, {"id": "0"}, 7, tx="x"), gift(30, MIRA, 1)])
    assert view["total"] == 13
    assert view["people"] == 2
    assert "Mira Kay" in names(view)


def test_ties_stand_in_the_order_in_which_they_were_reached_and_every_rank_is_its_own():
    view = last("leaderboard", [*BEGIN, gift(10, TOBI, 5), gift(20, MIRA, 5), gift(30, OTTER, 5)])
    assert len(view["entries"]) == 3
    assert [entry["score"] for entry in view["entries"]] == [5, 5, 5]
    ranks = [entry["rank"] for entry in view["entries"]]
    assert ranks in ([1, 2, 3], [1, 1, 1])
    again = trace("leaderboard", [*BEGIN, gift(10, TOBI, 5), gift(20, MIRA, 5), gift(30, OTTER, 5), wait(40), wait(99)])
    assert names(again[-1]) == names(view)


def test_rows_limit_the_entries_and_nothing_else():
    lines = [*BEGIN, *[gift(10 + n, person(n), 100 - n) for n in range(30)]]
    for rows in (1, 5, 20):
        view = last("leaderboard", lines, {"rows": rows})
        assert (len(view["entries"]), view["people"], view["total"]) == (rows, 30, sum(100 - n for n in range(30)))
    assert len(last("leaderboard", lines)["entries"]) == 5


def test_hidden_people_leave_their_place_to_the_next():
    lines = [*BEGIN, gift(10, MIRA, 9), gift(20, TOBI, 7), gift(30, OTTER, 5)]
    for hide in (["mira.kay"], ["@Mira.Kay"], ["Mira Kay"], ["MIRA KAY "]):
        view = last("leaderboard", lines, {"hide": hide})
        assert names(view) == ["Tobi W.", "Papa Otter"], hide
        assert [entry["rank"] for entry in view["entries"]] == [1, 2]
        assert view["total"] == 21


def test_the_creator_and_their_moderators_can_be_excluded():
    staff = TOBI | {"isModerator": True}
    lines = [*BEGIN, gift(10, LUNA, 9), gift(20, staff, 7), gift(30, OTTER, 5)]
    assert names(last("leaderboard", lines)) == ["Luna Vale", "Tobi W.", "Papa Otter"]
    assert names(last("leaderboard", lines, {"exclude_staff": True})) == ["Papa Otter"]


def test_moved_tells_of_the_last_change_of_order():
    views = trace("leaderboard", [*BEGIN, gift(10, MIRA, 9), gift(20, TOBI, 7), gift(30, TOBI, 7)])
    moves = {entry["user"]["name"]: entry["moved"] for entry in views[-1]["entries"]}
    assert moves["Tobi W."] == -moves["Mira Kay"] != 0


def test_a_rotation_shows_one_board_after_another():
    lines = [*BEGIN, gift(10, MIRA, 9), like(20, TOBI, 5, 5), *[wait(t) for t in range(1000, 60_000, 1000)]]
    shown = [
        view["metric"] for view in trace("leaderboard", lines, {"rotate": [{"metric": "likes", "period": "stream"}]})
    ]
    assert set(shown) == {"diamonds", "likes"}


# --- goal ---

GOAL = {"metric", "label", "value", "target", "step", "steps", "ratio", "reached", "reached_at_ms"}


def goal(value, options):
    """The goal after so many diamonds, given one by one hundred."""
    lines = [*BEGIN, *([gift(10, MIRA, value)] if value else [])]
    view = last("goal", lines, options)
    return {name: view[name] for name in GOAL - {"metric", "label"}}


def test_a_goal_has_exactly_the_keys_of_the_contract():
    view = last("goal", BEGIN, {"label": "Cake"})
    assert set(view) == GOAL | {"as_of_ms"}
    assert view | {
        "metric": "diamonds", "label": "Cake", "value": 0, "target": 1000, "step": 0, "steps": [1000], "ratio": 0,
        "reached": False, "reached_at_ms": None,
    } == view  # fmt: skip


TIERS = {"tiers": [100, 300, 600]}


@pytest.mark.parametrize(
    ("options", "value", "wanted"),
    [
        # keep: the last tier, the value runs on
        ({"target": 100}, 99, (99, 100, 0, False)),
        ({"target": 100}, 100, (100, 100, 0, True)),
        ({"target": 100}, 250, (250, 100, 0, True)),
        (TIERS, 50, (50, 600, 2, False)),
        (TIERS, 350, (350, 600, 2, False)),
        (TIERS, 900, (900, 600, 2, True)),
        # stop: capped at the last
        (TIERS | {"overflow": "stop"}, 350, (350, 600, 2, False)),
        (TIERS | {"overflow": "stop"}, 900, (600, 600, 2, True)),
        ({"target": 100, "overflow": "stop"}, 250, (100, 100, 0, True)),
        # next: the first not reached, else the last
        (TIERS | {"overflow": "next"}, 99, (99, 100, 0, False)),
        (TIERS | {"overflow": "next"}, 100, (100, 300, 1, False)),
        (TIERS | {"overflow": "next"}, 599, (599, 600, 2, False)),
        (TIERS | {"overflow": "next"}, 600, (600, 600, 2, True)),
        (TIERS | {"overflow": "next"}, 900, (900, 600, 2, True)),
        # loop: the remainder, and how many rounds are done
        ({"target": 100, "overflow": "loop"}, 99, (99, 100, 0, False)),
        ({"target": 100, "overflow": "loop"}, 100, (0, 100, 1, True)),
        ({"target": 100, "overflow": "loop"}, 370, (70, 100, 3, True)),
        (TIERS | {"overflow": "loop"}, 1300, (100, 600, 2, True)),
        # extend: grows by extend_by, or by the first target, until it is above the value
        ({"target": 100, "overflow": "extend"}, 99, (99, 100, 0, False)),
        ({"target": 100, "overflow": "extend"}, 100, (100, 200, 0, False)),
        ({"target": 100, "overflow": "extend"}, 370, (370, 400, 0, False)),
        ({"target": 100, "overflow": "extend", "extend_by": 30}, 100, (100, 130, 0, False)),
        ({"target": 100, "overflow": "extend", "extend_by": 30}, 160, (160, 190, 0, False)),
        (TIERS | {"overflow": "extend"}, 599, (599, 600, 2, False)),
        (TIERS | {"overflow": "extend"}, 600, (600, 700, 2, False)),
        (TIERS | {"overflow": "extend", "extend_by": 1000}, 900, (900, 1600, 2, False)),
    ],
)
def test_every_mode_of_a_goal_shows_its_value_target_and_step(options, value, wanted):
    found = goal(value, options)
    assert (found["value"], found["target"], found["step"], found["reached"]) == wanted
    assert found["ratio"] == found["value"] / found["target"]
    assert found["steps"] == options.get("tiers", [options.get("target", 1000)])


def test_tiers_are_ascending_however_they_were_given():
    assert goal(0, {"tiers": [600, 100, 300]})["steps"] == [100, 300, 600]


def test_the_value_includes_the_start():
    assert goal(50, {"start": 25, "target": 70}) | {"value": 75, "reached": True} == goal(
        50, {"start": 25, "target": 70}
    )


@pytest.mark.parametrize(
    ("overflow", "marks"),
    [
        ("next", [None, 10, 20, 20, 40, 40]),
        ("keep", [None, 10, 20, 20, 40, 40]),
        ("stop", [None, 10, 20, 20, 40, 40]),
        ("extend", [None, 10, 20, 20, 40, 50]),
    ],
)
def test_reached_at_is_when_the_last_tier_was_reached(overflow, marks):
    lines = [*BEGIN, gift(10, MIRA, 100), gift(20, MIRA, 250, tx="b"), gift(30, MIRA, 100, tx="c"), gift(40, MIRA, 150, tx="d"),
             gift(50, MIRA, 200, tx="e")]  # fmt: skip
    views = trace("goal", lines, TIERS | {"overflow": overflow})[1:]
    assert [view["reached_at_ms"] for view in views] == [None if t is None else START + t for t in marks]


def test_reached_at_of_a_loop_is_when_the_last_round_was_done():
    lines = [*BEGIN, gift(10, MIRA, 100), gift(20, MIRA, 50, tx="b"), gift(30, MIRA, 60, tx="c")]
    views = trace("goal", lines, {"target": 100, "overflow": "loop"})[1:]
    assert [view["reached_at_ms"] for view in views] == [None, START + 10, START + 10, START + 30]


@pytest.mark.parametrize(
    ("metric", "lines", "value"),
    [
        ("diamonds", [gift(10, MIRA, 5, 3)], 15),
        ("gifts", [gift(10, MIRA, 5, 3), gift(20, TOBI, 1)], 4),
        ("gift:5655", [gift(10, MIRA, 5, 3), gift(20, TOBI, 1, giftId=77)], 3),
        ("likes", [like(10, MIRA, 15, 400), like(20, TOBI, 5, 420)], 420),
        ("likes", [like(10, MIRA, 15), like(20, TOBI, 5)], 20),
        ("follows", [frame(10, "follow", user=MIRA), frame(20, "social", user=TOBI, action="follow")], 2),
        ("follows", [frame(10, "follow", user=MIRA), frame(20_000, "follow", user=MIRA)], 1),
        ("shares", [frame(10, "share", user=MIRA), frame(20, "social", user=MIRA, action="share")], 1),
        ("subscribes", [frame(10, "subscribe", user=MIRA, subMonth=1)], 1),
        ("superfans", [frame(10, "superFan", user=MIRA, level=10, displayType="x")], 1),
        ("viewers", [frame(10, "roomUserSeq", viewerCount=342), frame(20, "roomUserSeq", viewerCount=300)], 300),
        ("chats", [chat(10, MIRA, "a"), chat(20, MIRA, "b")], 2),
    ],
)
def test_every_metric_of_goal_and_counter_counts(metric, lines, value):
    assert last("goal", [*BEGIN, *lines], {"metric": metric})["value"] == value
    assert last("counter", [*BEGIN, *lines], {"metric": metric})["value"] == value


@pytest.mark.parametrize(
    ("since", "values"),
    [("stream", (5, 7)), ("all", (5, 12)), ("today", (5, 12)), ("week", (5, 12)), ("month", (5, 12))],
)
def test_a_goal_counts_since_its_period_began(since, values):
    lines = [*BEGIN, gift(10, MIRA, 5), *opened(500, "R2"), gift(600, MIRA, 7)]
    views = [view["value"] for view in trace("goal", lines, {"since": since})]
    assert (views[2], views[5]) == values


@pytest.mark.parametrize("form", [str, int])
def test_a_goal_since_a_moment_counts_from_that_moment(form):
    lines = [*BEGIN, gift(10, MIRA, 5), *opened(500, "R2"), gift(600, MIRA, 7)]
    assert last("goal", lines, {"since": form(START)})["value"] == 12
    assert last("goal", lines, {"since": form(START + 300)})["value"] == 7
    assert last("goal", lines, {"since": form(START + 10_000)})["value"] == 0


def test_the_first_like_total_of_a_stream_counts_whole_for_the_stream_and_not_for_other_periods():
    lines = [*BEGIN, like(10, MIRA, 15, 4000), like(20, MIRA, 15, 4015)]
    assert last("goal", lines, {"metric": "likes", "since": "stream"})["value"] == 4015
    assert last("goal", lines, {"metric": "likes", "since": "all"})["value"] == 15


# --- counter ---


def test_a_counter_has_exactly_the_keys_of_the_contract():
    view = last("counter", BEGIN)
    assert set(view) == {"metric", "value", "since_ms", "stale", "as_of_ms"}
    assert view["metric"] == "viewers"


def test_viewers_are_stale_after_a_minute_and_never_fall_to_zero():
    lines = [
        *BEGIN,
        frame(1000, "roomUserSeq", viewerCount=342),
        wait(60_999),
        wait(61_000),
        frame(61_500, "roomUserSeq", viewerCount=0),
    ]
    views = trace("counter", lines)[2:]
    assert [(view["value"], view["stale"]) for view in views] == [(342, False), (342, False), (342, True), (0, False)]


def test_a_figure_that_is_not_a_level_is_never_stale():
    views = trace("counter", [*BEGIN, gift(10, MIRA, 5), wait(600_000)], {"metric": "diamonds"})
    assert [view["stale"] for view in views] == [False] * 4


def test_a_counter_says_since_when_it_counts():
    view = last("counter", [*BEGIN, gift(10, MIRA, 5)], {"metric": "diamonds", "period": "today"})
    assert view["since_ms"] == START - START % DAY
    begun = last("counter", [{"t": 0}, *opened(700, "R1"), gift(900, MIRA, 5)], {"metric": "diamonds"})
    assert START <= begun["since_ms"] <= START + 900


def test_a_frame_without_a_viewer_count_is_ignored():
    lines = [*BEGIN, frame(10, "roomUserSeq", viewerCount=342), frame(20, "roomUserSeq", totalViewers=15000)]
    assert last("counter", lines)["value"] == 342


# --- latest ---

LATEST = {"what", "user", "gift", "count", "diamonds", "at_ms", "as_of_ms"}


@pytest.mark.parametrize("which", ["follow", "gift", "biggest", "top"])
def test_latest_is_whole_and_null_while_there_is_nobody(which):
    view = last("latest", BEGIN, {"which": which})
    assert view == {"what": which, "as_of_ms": START} | dict.fromkeys(LATEST - {"what", "as_of_ms"})


def test_latest_names_the_last_follower_gift_biggest_gift_and_top_gifter():
    lines = [
        *BEGIN, frame(10, "follow", user=NEWBIE), gift(20, MIRA, 100), gift(30, TOBI, 5, 4), gift(40, MIRA, 1, tx="z"),
        frame(50, "follow", user=OTTER),
    ]  # fmt: skip
    found = {which: last("latest", lines, {"which": which}) for which in ("follow", "gift", "biggest", "top")}
    assert all(set(view) == LATEST for view in found.values())
    assert (found["follow"]["user"]["name"], found["follow"]["at_ms"]) == ("Papa Otter", START + 50)
    assert (found["gift"]["user"]["name"], found["gift"]["count"], found["gift"]["diamonds"]) == ("Mira Kay", 1, 1)
    assert found["gift"]["gift"] == {"id": "5655", "name": "Rose", "image": None}
    assert (found["biggest"]["user"]["name"], found["biggest"]["diamonds"]) == ("Mira Kay", 100)
    assert (found["top"]["user"]["name"], found["top"]["diamonds"]) == ("Mira Kay", 101)


def test_latest_leaves_anonymous_people_out():
    lines = [*BEGIN, gift(20, MIRA, 10), gift(30, HIDDEN, 500)]
    for which in ("gift", "biggest", "top"):
        assert last("latest", lines, {"which": which})["user"]["name"] == "Mira Kay", which


# --- feed ---


def test_the_feed_holds_items_of_every_kind_oldest_first():
    lines = [
        *BEGIN, gift(10, MIRA, 5, 2), frame(20, "follow", user=TOBI), frame(30, "share", user=TOBI),
        frame(40, "subscribe", user=OTTER, subMonth=2), frame(50, "superFan", user=MIRA, level=3, displayType="x"),
        frame(60, "envelope", envelopeId="e1", diamondCount=50),
    ]  # fmt: skip
    view = last("feed", lines)
    assert set(view) == {"items", "as_of_ms"}
    assert [item["what"] for item in view["items"]] == ["gift", "follow", "share", "subscribe", "superfan", "envelope"]
    assert all(set(item) == ITEM for item in view["items"])
    assert view["items"][0] | {
        "count": 2, "diamonds": 10, "gift": {"id": "5655", "name": "Rose", "image": None}, "at_ms": START + 10,
        "test": False, "running": False,
    } == view["items"][0]  # fmt: skip
    assert view["items"][-1]["diamonds"] == 50
    assert len({item["id"] for item in view["items"]}) == 6


def test_the_feed_shows_the_rows_and_events_that_are_wanted_until_they_fade():
    lines = [
        *BEGIN,
        *[frame(10 * n, "follow", user=person(n)) for n in range(1, 20)],
        gift(500, MIRA, 5),
        wait(3400),
        wait(5500),
    ]
    assert len(last("feed", lines)["items"]) == 10
    assert [item["what"] for item in last("feed", lines, {"events": ["gift"]})["items"]] == ["gift"]
    assert len(last("feed", lines, {"rows": 3})["items"]) == 3
    views = trace("feed", lines, {"fade_s": 3})
    assert [len(view["items"]) for view in views[-3:]] == [10, 1, 0]


def test_the_feed_keeps_items_longer_than_alerts_do():
    lines = [*BEGIN, *[frame(10 * n, "follow", user=person(n)) for n in range(1, 90)]]
    assert len(last("feed", lines, {"rows": 50})["items"]) == 50


def test_a_combo_is_one_item_that_grows():
    lines = [*BEGIN, *[gift(100 * n, MIRA, 5, n, tx="one", end=n == 6) for n in range(1, 7)]]
    views = trace("feed", lines)[2:]
    assert [[(item["count"], item["diamonds"], item["running"]) for item in view["items"]] for view in views] == [
        [(n, 5 * n, n < 6)] for n in range(1, 7)
    ]
    assert len({view["items"][0]["id"] for view in views}) == 1


# --- what all share ---


def test_names_are_cleaned_and_cut_at_64_graphemes():
    told = {"id": "1", "nickname": "\u202eevil\u2066\x07 " + "x" * 100}
    name = last("leaderboard", [*BEGIN, gift(10, told, 5)])["entries"][0]["user"]["name"]
    assert name == "evil " + "x" * 59
    for nickname, wanted in (("\u200e\u061c", "@bob"), ("e" + "\u0301" * 9, None)):
        user = {"id": "1", "uniqueId": "bob", "nickname": nickname}
        name = last("leaderboard", [*BEGIN, gift(10, user, 5)])["entries"][0]["user"]["name"]
        assert name == wanted or (wanted is None and len(name) <= 4)


def test_the_newest_name_of_a_person_is_shown():
    lines = [*BEGIN, gift(10, MIRA, 5), chat(20, MIRA | {"nickname": "Mira New", "uniqueId": "mira2"}, "hi")]
    user = last("leaderboard", lines)["entries"][0]["user"]
    assert (user["name"], user["handle"]) == ("Mira New", "mira2")


def test_a_reconnect_into_the_same_room_continues_and_another_room_begins_anew():
    lines = [
        *BEGIN,
        gift(10, MIRA, 5),
        closed(100),
        *opened(200),
        gift(300, MIRA, 6, tx="b"),
        closed(400),
        *opened(500, "R2"),
        gift(600, MIRA, 2, tx="c"),
    ]
    totals = [view["total"] for view in trace("leaderboard", lines)]
    assert totals[2:7] == [5, 5, 5, 5, 11]
    assert totals[-1] == 2


def test_a_replayed_frame_adds_nothing():
    again = gift(10, MIRA, 5, tx="same")
    assert last("leaderboard", [*BEGIN, again, closed(100), *opened(200), again | {"t": 300}])["total"] == 5
