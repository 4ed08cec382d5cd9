"""Live, offline, unknown: every form of row, and what answers and signals make of a stream."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overlay.core.liveness import UNKNOWN, Course, Row, Sight, alive_row, bulk_rows, judge_row, light, status_row

REST = Path(__file__).parents[1] / "frames/tiktool/rest"
NOW = 1_790_000_000_000


def body(name: str):
    return json.loads((REST / f"{name}.json").read_text())["response"]["body"]


def asked(name: str) -> dict[str, bool | None]:
    handles = json.loads((REST / f"{name}.json").read_text())["request"]["body"]["unique_ids"]
    return {handle: row.live for handle, row in bulk_rows(body(name), handles).items()}


@pytest.mark.parametrize(
    ("name", "live"),
    [
        ("bulk_live_check.array", {"luna.sings": True, "max.beats": False, "ivy.moss": True}),
        ("bulk_live_check.inconclusive", {"luna.sings": None, "max.beats": False, "ivy.moss": True}),
        ("bulk_live_check.map-form", {"luna.sings": True, "max.beats": False, "ivy.moss": True}),
        ("bulk_live_check.missing-row", {"luna.sings": True, "max.beats": None, "ivy.moss": None}),
        ("bulk_live_check.with-title", {"luna.sings": True, "max.beats": False}),
        ("bulk_live_check.sandbox-forbidden", {"luna.sings": None, "max.beats": None, "ivy.moss": None}),
    ],
)
def test_every_bulk_answer_is_read_in_three_values(name, live):
    assert asked(name) == live


@pytest.mark.parametrize(
    ("name", "live"),
    [
        ("check_alive.live", True),
        ("check_alive.offline", False),
        ("check_alive.empty", None),
        ("check_alive.signed-url", None),
    ],
)
def test_every_check_alive_answer_is_read_in_three_values(name, live):
    assert alive_row(body(name)).live is live


def test_live_status_says_yes_or_nothing():
    assert status_row(body("live_status.live")) == Row(True, "7650000000000000101")
    assert status_row(body("live_status.offline-or-unseen")) == UNKNOWN


@pytest.mark.parametrize(
    ("row", "live"),
    [
        ({"alive_status": "unknown", "is_live": True}, None),
        ({"alive_status": "offline", "is_live": True}, False),
        ({"live_status": "live", "is_live": False, "alive": False}, True),
        ({"alive_status": "LIVE"}, True),
        ({"is_live": False, "alive": True}, False),
        ({"is_live": None, "alive": True}, True),
        ({"alive": 0}, False),
        ({"alive": "true"}, True),
        ({"is_alive": True, "viewer_count": 3}, True),
        ({"check_failed": True, "is_live": False}, None),
        ({"room_id": "7650000000000000101"}, None),
        ({"signed_url": "https://x", "is_live": True}, None),
        (True, True),
        (None, None),
        ("maybe", None),
        ({"is_live": "perhaps"}, None),
    ],
)
def test_a_row_is_judged_by_text_then_is_live_then_alive(row, live):
    assert judge_row(row).live is live


def test_rows_are_matched_without_case_and_at_sign():
    rows = {"data": [{"unique_id": "@LUNA.sings", "alive": True}]}
    assert bulk_rows(rows, ["luna.sings"])["luna.sings"].live is True


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["data", "unique_id", "is_live", "alive", "room_id", "alive_status", "action", "lin"]),
            inner,
        )
    ),
    max_leaves=12,
)


@given(ANYTHING)
def test_no_answer_whatever_its_shape_is_anything_but_a_row(anything):
    for row in (*bulk_rows(anything, ["lin"]).values(), alive_row(anything), status_row(anything)):
        assert row.live in {True, False, None}


def running(**more) -> Course:
    course = Course(**more)
    course.started(NOW)
    course.proved()
    return course


def test_unknown_changes_nothing():
    course = running()
    before = Course(**{name: getattr(course, name) for name in course.__struct_fields__})
    assert not course.answered(UNKNOWN, NOW + 90_000)
    assert course == before


def test_one_offline_answer_is_not_an_end_and_two_a_minute_apart_are():
    course = running()
    assert not course.answered(Row(False), NOW)
    assert not course.answered(Row(False), NOW + 59_999)
    assert course.running
    assert course.answered(Row(False), NOW + 60_000)
    assert course.ended


def test_a_live_answer_between_two_offline_ones_starts_the_count_again():
    course = running()
    course.answered(Row(False), NOW)
    course.answered(Row(True), NOW + 30_000)
    assert not course.answered(Row(False), NOW + 61_000)


def test_an_unknown_between_two_offline_answers_does_not_matter():
    course = running()
    course.answered(Row(False), NOW)
    course.answered(UNKNOWN, NOW + 30_000)
    assert course.answered(Row(False), NOW + 61_000)


@pytest.mark.parametrize("signal_first", [True, False])
def test_one_offline_answer_and_an_end_signal_are_an_end(signal_first):
    course = running()
    steps = [lambda: course.announced(NOW), lambda: course.answered(Row(False), NOW + 1)]
    for one in steps if signal_first else reversed(steps):
        one()
    assert course.ended


def test_a_closing_socket_confirms_an_announced_end_and_4005_is_both_at_once():
    course = running()
    course.closed(signal=True)
    assert course.ended
    course = running()
    course.announced(NOW)
    course.closed(signal=False)
    assert course.ended


def test_a_socket_that_closes_where_nothing_ran_ends_nothing():
    course = Course()
    course.closed(signal=True)
    assert not course.ended


def test_a_viewer_event_cancels_an_announced_end():
    course = running()
    course.announced(NOW)
    course.proved()
    course.closed(signal=False)
    assert course.running


def test_a_lost_line_is_no_end():
    course = running()
    course.closed(signal=False)
    assert course.running


def sight(course: Course | None = None, **more) -> tuple[str, str]:
    return light(Sight(course=course or Course(definite_ms=NOW), now_ms=NOW, **more))


def test_the_light_follows_the_contract():
    live = running()
    assert sight(enabled=False)[0] == "offline"
    assert sight(refused="no key") == ("refused", "no key")
    assert sight()[0] == "offline"
    assert sight(Course(live=False, definite_ms=NOW)) == ("offline", "not live")
    assert sight(live, open=True, heard_ms=NOW - 29_999)[0] == "live"
    assert sight(live, open=True, heard_ms=NOW - 30_000)[0] == "quiet"
    assert sight(live, open=True)[0] == "quiet"
    assert sight(live, dialling=True)[0] == "connecting"
    assert sight(live, waiting="lost; trying again") == ("connecting", "lost; trying again")
    assert sight(live, limited="daily limit")[0] == "limited"
    assert sight(live, budget_full=True)[0] == "limited"
    live.announced(NOW)
    live.answered(Row(False), NOW)
    assert sight(live)[0] == "ended"
    live.answered(Row(True), NOW)
    assert sight(live)[0] == "connecting"


def test_a_day_of_unknowns_without_an_error_is_remarked_on():
    course = Course(definite_ms=NOW - 86_400_000)
    assert "handle" in sight(course)[1]
    course.answered(UNKNOWN, NOW, erred=True)
    assert "handle" not in sight(course)[1]


def test_a_creator_who_renamed_after_a_stream_is_remarked_on_too():
    assert "handle" in sight(Course(live=False, definite_ms=NOW - 86_400_000))[1]
