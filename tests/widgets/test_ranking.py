"""The ranking: rows around the creator, what is hidden stays nobody, and gaps only between what is real."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overlay.core import facts
from overlay.core.events import BoardAnswered
from overlay.core.ledger import Ledger
from overlay.core.places import Ranks, Row, Rung
from overlay.core.room import Room
from overlay.core.scene import Scene
from overlay.core.standings import Standings
from overlay.widgets import ranking
from overlay.widgets.ranking import Options

NOW = 1_790_000_000_000
LUNA = "6912345678901234501"
USER = {"avatar": None, "level": None, "anonymous": False}


def scene(owner=LUNA):
    made = Scene("c", "luna.sings", UTC, lambda address: f"/pictures/{len(address)}")
    made.owner_id = owner
    return made


def board(*scores, own=None, hidden=(), **more):
    """Rows with these scores from rank 1 on; one of them is ours, some are hidden."""
    rows = tuple(
        Row(rank=rank, score=score, hidden=True)
        if rank in hidden
        else Row(
            rank=rank,
            score=score,
            handle="luna.sings" if rank == own else f"h{rank}",
            user_id=LUNA if rank == own else f"70{rank}",
            name=f"N{rank}",
            live=rank == 1,
        )
        for rank, score in enumerate(scores, 1)
    )
    return Ranks(got_ms=NOW, refresh_ms=60_000, rows=rows, region="US+", **more)


def heard(*boards, wish="region|US+", around=None):
    state = Standings()
    for one in boards:
        state.fold(facts.BoardHeard(at_ms=one.got_ms, wish=wish, board=one), around or scene())
    return state


def view(state, at_ms=NOW, around=None, **options):
    read = msgspec.convert({"region": "US+"} | options, Options)
    return msgspec.to_builtins(ranking.view(state, None, read, around or scene(), at_ms), str_keys=True)


def shown(found):
    return [(entry["rank"], entry["user"]["handle"], entry["me"]) for entry in found["entries"]]


def test_the_view_has_the_form_of_the_contract():
    found = view(heard(board(300, 200, own=2, class_label=None, reset_ms=NOW + 5, fetched_ms=NOW - 7)))
    assert found == {
        "board": "region", "region": "US+", "class": None,
        "entries": [
            {"rank": 1, "user": {"id": "701", "handle": "h1", "name": "N1", **USER}, "score": 300, "live": True, "me": False, "hidden": False},
            {"rank": 2, "user": {"id": LUNA, "handle": "luna.sings", "name": "N2", **USER}, "score": 200, "live": False, "me": True, "hidden": False},
        ],
        "me": {"rank": 2, "score": 200, "to_next": 100, "to_behind": None, "since_stream": None, "since_midnight": 0},
        "masked": False, "reset_ms": NOW + 5, "fetched_ms": NOW - 7, "stale": False,
        "label": "US+", "live_count": None, "ladder": [], "game": None,
    }  # fmt: skip


def test_before_anything_is_heard_the_board_is_empty_and_not_stale():
    found = view(Standings())
    assert (found["entries"], found["me"], found["fetched_ms"], found["stale"]) == ([], None, None, False)


@pytest.mark.parametrize(("own", "first"), [(1, 1), (2, 1), (3, 1), (5, 3), (8, 6), (9, 6), (10, 6), (None, 1)])
def test_the_rows_stand_around_the_creator_and_end_with_the_board(own, first):
    found = view(heard(board(*range(1000, 0, -100), own=own)))
    assert [entry["rank"] for entry in found["entries"]] == list(range(first, first + 5))


def test_from_the_top_the_creator_may_be_out_of_sight_but_is_still_told():
    read = msgspec.convert({"region": "US+", "rows": 3, "around": False}, Options)
    whole = ranking.view(heard(board(*range(1000, 0, -100), own=9)), None, read, scene(), NOW)
    assert [entry.rank for entry in whole.entries] == [1, 2, 3]
    assert (whole.me.rank, whole.me.to_next, whole.me.to_behind) == (9, 100, 100)


@pytest.mark.parametrize(
    ("told", "answered", "shown"),
    [
        ({"region": "gb"}, "United Kingdom", "United Kingdom"),
        ({"region": "gb"}, None, "GB"),
        ({"region": "north-america"}, None, "north-america"),
        ({"region": None}, None, None),
        ({"board": "league", "region": "IT"}, None, None),
    ],
)
def test_the_region_is_called_as_the_answer_calls_it_else_as_its_owner_does(told, answered, shown):
    read = msgspec.convert(told, Options)
    state = heard(board(3, 2, label=answered), wish=ranking.wishes(read, "x")[0].name)
    assert ranking.view(state, None, read, scene(), NOW).label == shown


def test_a_hidden_row_is_nobody_and_no_gap_is_told_to_it():
    found = view(heard(board(400, 300, 200, 100, own=3, hidden=(2, 4), masked=True)))
    hidden = found["entries"][1]
    assert hidden["user"] == {
        "id": None,
        "handle": None,
        "name": None,
        "avatar": None,
        "level": None,
        "anonymous": True,
    }
    assert (hidden["rank"], hidden["score"], hidden["live"], hidden["hidden"]) == (2, 300, None, True)
    assert (found["me"]["to_next"], found["me"]["to_behind"], found["masked"]) == (None, None, True)


def test_hidden_rows_can_be_left_out():
    assert shown(view(heard(board(400, 300, 200, own=3, hidden=(2,))), hidden="leave_out")) == [
        (1, "h1", False), (3, "luna.sings", True),
    ]  # fmt: skip


def test_a_board_of_hidden_rows_shows_nothing_on_air():
    found = view(heard(board(3, 2, 1, hidden=(1, 2, 3), masked=True)))
    assert (found["entries"], found["masked"]) == ([], True)


def test_a_teaser_shows_its_class_and_our_own_points_but_no_rows():
    teaser = board(400, 300, 200, own=2, masked=True, teaser=True, class_type=2000, class_label="A1")
    found = view(heard(teaser, wish="league|US+|A1"), **{"board": "league", "class": "A1"})
    assert (found["entries"], found["class"], found["me"]["rank"], found["me"]["to_next"]) == ([], "A1", 2, None)


@pytest.mark.parametrize("name", ["gaming_movers", "region_movers"])
def test_best_places_of_late_are_no_race(name):
    found = view(heard(board(300, 200, 100, own=2), wish=f"{name}|US+"), board=name)
    assert (found["me"]["rank"], found["me"]["to_next"], found["me"]["to_behind"]) == (2, None, None)


def test_a_gap_is_not_told_across_a_missing_place():
    rows = (Row(rank=1, score=9, handle="a"), Row(rank=4, score=5, handle="luna.sings", user_id=LUNA))
    found = view(heard(Ranks(got_ms=NOW, refresh_ms=60_000, rows=rows)))
    assert found["me"]["to_next"] is None


def test_an_old_board_stays_but_is_stale_and_tells_no_gap():
    state = heard(board(300, 200, own=2))
    before, after = view(state, NOW + 179_999), view(state, NOW + 180_000)
    assert (before["stale"], before["me"]["to_next"]) == (False, 100)
    assert (after["stale"], after["me"]["to_next"], len(after["entries"])) == (True, None, 2)
    assert ranking.wake(state, None, Options(), NOW) == NOW + 180_000


def test_marked_creators_are_ours_too():
    found = view(heard(board(300, 200, 100, own=2)), mark=["@H1", "703"])
    assert [entry["me"] for entry in found["entries"]] == [True, True, True]


def test_the_change_counts_since_the_stream_began_and_since_midnight():
    around = scene()
    first, second, third = board(4, 3, 2, 1, own=4), board(4, 3, 2, 1, own=3), board(4, 3, 2, 1, own=1)
    state = heard(first, around=around)
    around.stream_began_ms = NOW
    state.fold(facts.StreamBegan(at_ms=NOW, stream="1"), around)
    for one in (second, third):
        state.fold(facts.BoardHeard(at_ms=NOW, wish="region|US+", board=one), around)
    me = view(state, around=around)["me"]
    assert (me["since_stream"], me["since_midnight"]) == (3, 3)


DAY, HOUR, MINUTE = 86_400_000, 3_600_000, 60_000
MIDNIGHT = NOW // DAY * DAY + DAY
"""The end of NOW's day, in UTC."""


def seen_at(at_ms, own):
    """An answer of that moment in which we are on this place."""
    return msgspec.structs.replace(board(5, 4, 3, 2, 1, own=own), got_ms=at_ms)


def since_midnight(state, at_ms, around=None):
    return view(state, at_ms, around)["me"]["since_midnight"]


@pytest.mark.parametrize(
    ("last", "first", "won"),
    [
        (MIDNIGHT - MINUTE, MIDNIGHT + MINUTE, 2),  # good at midnight: that was the day's start
        (MIDNIGHT - 3 * MINUTE, MIDNIGHT + 1, 2),  # still good
        (MIDNIGHT - HOUR, MIDNIGHT + 2 * HOUR, 2),  # old, but nearer to midnight than the next
        (MIDNIGHT - 2 * HOUR, MIDNIGHT + HOUR, 0),  # nobody watched over midnight: the nearer one is of today
    ],
)
def test_a_day_begins_with_the_answer_that_is_nearest_to_midnight(last, first, won):
    assert since_midnight(heard(seen_at(last, 4), seen_at(first, 2)), first) == won


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Los_Angeles"])
def test_midnight_is_the_creators_own(zone):
    around = scene()
    around.zone = ZoneInfo(zone)
    own = int(datetime(2026, 9, 22, tzinfo=around.zone).timestamp() * 1000)
    state = heard(seen_at(own - MINUTE, 4), seen_at(own + MINUTE, 3), around=around)
    assert since_midnight(state, own + MINUTE, around) == 1


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "Europe/Berlin"])
def test_at_midnight_yesterdays_change_goes_although_no_answer_comes(zone):
    around = scene()
    around.zone = ZoneInfo(zone)
    midnight = int(datetime(2026, 9, 22, tzinfo=around.zone).timestamp() * 1000)
    state = heard(seen_at(midnight - 10 * HOUR, 4), seen_at(midnight - 9 * HOUR, 3), around=around)
    assert since_midnight(state, midnight - 1, around) == 1
    assert ranking.wake(state, None, Options(), midnight - HOUR) == midnight
    assert since_midnight(state, midnight, around) is None


@pytest.mark.parametrize("restart_ms", [-30_000, 30_000, 20 * MINUTE])
def test_the_start_of_the_day_survives_a_restart_before_and_after_midnight(restart_ms):
    """The store has what was dumped, the disk the last answer, which is told again as soon as a page looks."""
    stood, last = Standings(), seen_at(MIDNIGHT - 40_000, 4)
    for at_ms in range(MIDNIGHT - HOUR, MIDNIGHT + restart_ms, MINUTE):
        last = seen_at(at_ms, 4 if at_ms < MIDNIGHT else 3)
        stood.fold(facts.BoardHeard(at_ms=at_ms, wish="region|US+", board=last), scene())
        if stood.unsaved:
            kept = stood.dump()
    again = Standings()
    again.load(kept)
    at_ms = MIDNIGHT + 21 * MINUTE
    for told, one in ((at_ms, last), (at_ms + MINUTE, seen_at(at_ms + MINUTE, 1))):
        again.fold(facts.BoardHeard(at_ms=told, wish="region|US+", board=one), scene())
    assert since_midnight(again, at_ms + MINUTE) == 3


def test_a_stream_that_begins_with_nothing_good_known_counts_from_its_first_answer():
    around = scene()
    state = heard(seen_at(NOW - 10 * HOUR, 5), around=around)
    around.stream_began_ms = NOW
    state.fold(facts.StreamBegan(at_ms=NOW, stream="1"), around)
    for at_ms, own in ((NOW + MINUTE, 3), (NOW + 2 * MINUTE, 2)):
        state.fold(facts.BoardHeard(at_ms=at_ms, wish="region|US+", board=seen_at(at_ms, own)), around)
    assert view(state, NOW + 2 * MINUTE, around)["me"]["since_stream"] == 1


def test_an_answer_from_before_the_stream_that_is_told_again_begins_no_count():
    around = scene()
    around.stream_began_ms = NOW
    state = Standings()
    for told, one in ((NOW + MINUTE, seen_at(NOW - 9 * HOUR, 5)), (NOW + 2 * MINUTE, seen_at(NOW + 2 * MINUTE, 2))):
        state.fold(facts.BoardHeard(at_ms=told, wish="region|US+", board=one), around)
    assert view(state, NOW + 2 * MINUTE, around)["me"]["since_stream"] == 0


def test_an_older_answer_after_a_newer_one_changes_no_count():
    state = heard(seen_at(NOW, 2), seen_at(NOW - HOUR, 5))
    assert state.stood["region|US+"].rank == 2


def test_where_the_creator_stood_survives_a_restart():
    around = scene()
    around.stream_began_ms = NOW
    state = heard(board(4, 3, 2, own=3), around=around)
    assert state.unsaved
    again = Standings()
    again.load(state.dump())
    again.fold(facts.BoardHeard(at_ms=NOW, wish="region|US+", board=board(4, 3, 2, own=1)), around)
    assert view(again, around=around)["me"]["since_stream"] == 2


def test_the_store_is_told_now_and_then_that_nothing_has_changed():
    state = heard(seen_at(NOW, 2))
    state.dump()
    saved = []
    for step in range(1, 21):
        at_ms = NOW + step * MINUTE
        state.fold(facts.BoardHeard(at_ms=at_ms, wish="region|US+", board=seen_at(at_ms, 2)), scene())
        if state.unsaved:
            saved.append(step)
            state.dump()
    assert saved == [5, 10, 15, 20]


def test_a_rotation_turns_from_board_to_board():
    state = heard(board(300, 200))
    shop = Ranks(got_ms=NOW, refresh_ms=1, rows=(Row(rank=1, score=7, handle="oak"),), region="JP")
    state.fold(facts.BoardHeard(at_ms=NOW, wish="shopping|JP", board=shop), scene())
    turn = NOW // 15_000 * 15_000
    seen = [
        view(state, turn + step, rotate=[{"board": "shopping", "region": "JP"}])["board"]
        for step in (0, 15_000, 30_000)
    ]
    assert sorted(set(seen)) == ["region", "shopping"]
    assert seen[0] == seen[2]


def test_a_board_of_a_rotation_that_nobody_can_have_is_left_out():
    turn = NOW // 15_000 * 15_000
    turns = [{"board": "league", "region": "DE+", "class": "A1"}, {"board": "shopping", "region": "JP"}]
    state = heard(board(300, 200))
    assert {view(state, turn + step * 15_000, rotate=turns)["board"] for step in range(6)} == {"region"}


def test_a_single_game_has_a_board_of_its_own_that_is_named():
    one = board(300, 200, own=2, game="Chess")
    found = view(heard(one, wish="gaming|US+|chess"), board="gaming", game="chess")
    assert (found["game"], found["me"]["rank"]) == ("Chess", 2)
    assert ranking.wishes(msgspec.convert({"board": "region", "game": "chess"}, Options), "x")[0].game is None


def test_the_class_ladder_is_told():
    rungs = (Rung(class_type=2000, label="A1", count=99), Rung(class_type=1900, label="A2"))
    found = view(heard(board(1, ladder=rungs), wish="league|US+|A2"), **{"board": "league", "class": "A2"})
    assert [rung["label"] for rung in found["ladder"]] == ["A1", "A2"]


@pytest.mark.parametrize(
    "bad", [{"region": "no region"}, {"board": "moon"}, {"class": "A 1"}, {"rows": 0}, {"rows": 21}]
)
def test_a_bad_option_is_refused(bad):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(bad, Options)


@given(st.integers(1, 99), st.integers(1, 20), st.integers(0, 99))
def test_there_are_always_as_many_rows_as_fit_and_the_creator_is_among_them(own, rows, count):
    found = view(heard(board(*range(count, 0, -1), own=own)), rows=rows)
    assert len(found["entries"]) == min(rows, count)
    assert any(entry["me"] for entry in found["entries"]) == (own <= count)


def test_a_board_passes_through_a_room_without_being_stored_or_proving_anything():
    room = Room(scene(), Ledger("luna.sings"))
    room.open(NOW)
    seat = room.seat("w", ranking.WIDGET, msgspec.convert({"region": "US+"}, Options), NOW)
    room.drain()
    room.hear(BoardAnswered(wish="region|US+", board=board(2, 1, own=1)), NOW)
    change = room.drain()
    assert change.facts == []
    assert list(change.states) == ["ranking"]
    assert room.view(seat, NOW).me.rank == 1
    assert room.scene.stream is None
