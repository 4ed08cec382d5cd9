"""The table of endings: every code, every reason, every row of the law."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from overlay.core.budget import DAY_MS
from overlay.core.closing import History, KeyHistory, Step, ladder_s, next_step
from overlay.core.endings import Ending, limit_kind, reading

FRAMES = Path(__file__).parents[1] / "frames/tiktool"
CODES = json.loads((FRAMES / "close-codes.json").read_text())
REASONS = json.loads((FRAMES / "close-reasons.json").read_text())
NOW = 1_790_000_000_000
LONG = {"open_s": 3600.0, "proven": True}


def step(code: int | None = None, past: History | None = None, key: KeyHistory | None = None, **more) -> Step:
    return next_step(Ending(code=code, **more), past or History(), key or KeyHistory(), NOW)[0]


def series(count: int, **ending) -> list[Step]:
    past, key, steps = History(), KeyHistory(), []
    for _ in range(count):
        one, past, key = next_step(Ending(**ending), past, key, NOW)
        steps.append(one)
    return steps


@pytest.mark.parametrize("row", CODES, ids=lambda row: str(row["code"]))
def test_every_listed_code_has_its_listed_reaction(row):
    one = step(row["code"], **LONG)
    match row["reaction"]:
        case "preflight_now":
            assert (one.then, one.wait_s, one.settle_s) == ("check", 0, 2)
        case "backoff":
            assert one.kind == "transient"
            assert one.wait_s == 1
        case "pause_900":
            assert (one.wait_s, one.limited, one.pause_s) == (900, True, None)
        case "next_tick":
            assert (one.then, one.wait_s, one.end_signal) == ("tick", 60, True)
        case "stop_config":
            assert one.then == "stay"
        case "not_live_ladder":
            assert (one.then, one.wait_s, one.ladder) == ("check", 30, True)
        case "by_reason":
            assert one.limited
        case "immediate":
            assert one.wait_s == 0
            assert one.spread_s in {2.0, 5.0}
        case other:
            pytest.fail(f"unknown reaction {other}")


KINDS = {"fifo_eviction": "evicted", "daily_limit": "daily", "hourly_limit": "hourly", "generic": "limit"}


@pytest.mark.parametrize("row", REASONS, ids=lambda row: row["kind"])
def test_every_listed_reason_is_understood(row):
    one = step(row["code"], reason=row["reason"], **LONG)
    assert one.kind == KINDS.get(row["kind"], row["kind"])
    match row["wait_s"]:
        case int(seconds):
            assert one.wait_s == seconds
        case "until 00:00 UTC plus 1-10 min":
            assert one.wait_s == (DAY_MS - NOW % DAY_MS) / 1000 + 60
            assert one.spread_s == 540
        case "0-5":
            assert (one.wait_s, one.spread_s) == (0, 5)
        case "never with the same credential":
            assert one.then == "stay"
            assert one.stop_key
        case text:
            assert one.wait_s == int(text.split(",")[0])


def test_only_4401_stops_the_key():
    assert [code for code in range(1000, 5000) if step(code).stop_key] == [4003, 4401]


def test_every_code_has_a_step_and_unknown_ones_back_off():
    for code in range(1000, 5000):
        assert step(code, **LONG).reason
    assert step(4999, **LONG).unknown_code
    assert not step(4500, **LONG).unknown_code
    assert not step(1002, **LONG).unknown_code
    assert step(4007, **LONG).kind == "transient"


def test_our_own_close_asks_for_nothing():
    assert step(1000, ours=True).then == "stay"


def test_the_back_off_grows_and_after_the_fifth_failure_a_preflight_comes_first_and_a_minute_between():
    steps = series(8)
    assert [one.wait_s for one in steps] == [1, 2, 4, 8, 16, 60, 60, 60]
    assert [one.then for one in steps[:4]] == ["connect"] * 4
    assert [one.then for one in steps[4:]] == ["check_unless_offline"] * 4


def test_the_first_step_after_4500_is_preceded_by_a_preflight_and_the_second_is_not():
    steps = series(2, code=4500, open_s=100.0)
    assert [one.then for one in steps] == ["check_unless_offline", "connect"]


def test_the_ladder_has_the_rungs_of_the_law():
    assert [ladder_s(rung) for rung in range(11)] == [30, 90, 300, 300, 600, 900, 1200, 1500, 1800, 1800, 1800]
    assert [one.wait_s for one in series(4, code=4404)] == [30, 90, 300, 300]


@pytest.mark.parametrize("code", [1006, 4404, 4429])
def test_failures_are_forgotten_only_after_a_minute_open_and_a_viewer_event(code):
    past, key = History(failures=7, rung=3, limits=3, quick=2), KeyHistory(limits=4)
    assert step(code, past, key, open_s=61.0, proven=True).wait_s in {1, 30, 60}
    assert step(code, past, key, open_s=59.0, proven=True).wait_s > 60 - (code == 1006)
    assert step(code, past, key, open_s=3600.0, proven=False).wait_s > 60 - (code == 1006)


@pytest.mark.parametrize("code", [1000, 1006, 1011, 4005, 4006, 4500, 4502, 4555, 4999])
def test_three_quick_closes_in_a_row_without_a_viewer_event_are_a_rung_whatever_the_code(code):
    steps = series(5, code=code, open_s=3.0)
    assert not steps[1].ladder
    assert [one.wait_s for one in steps[2:]] == [max(30, steps[2].wait_s if code == 4005 else 30), 90, 300]
    assert all(one.ladder and one.then == "check" for one in steps[2:])


def test_a_viewer_event_or_a_longer_connection_breaks_the_row_of_quick_closes():
    past, key = History(quick=2), KeyHistory()
    for ending in (Ending(code=1006, open_s=3.0, proven=True), Ending(code=1006, open_s=61.0)):
        assert next_step(ending, past, key, NOW)[1].quick == 0
    assert next_step(Ending(), past, key, NOW)[1].quick == 2  # a connection that never was is no close


def test_quick_closes_never_weaken_a_stop_or_shorten_a_pause():
    past = History(quick=5)
    assert step(4401, past, open_s=1.0).then == "stay"
    limited = step(4429, past, open_s=1.0, reason="60 connections per hour")
    assert limited.wait_s == limited.pause_s == 3600


def test_a_rung_makes_only_the_creator_wait_longer_and_not_the_key():
    one = step(4429, History(quick=5, rung=6), open_s=1.0)
    assert (one.wait_s, one.pause_s) == (1200, 60)


def test_silence_three_times_in_ten_minutes_waits_for_the_tick():
    past, key, then = History(), KeyHistory(), []
    for at in (0, 120_000, 240_000, 360_000):
        one, past, key = next_step(Ending(silent=True, open_s=75.0, proven=True), past, key, NOW + at)
        then.append(one.then)
    assert then == ["check", "check", "tick", "tick"]
    later, past, key = next_step(Ending(code=4006, open_s=900.0), past, key, NOW + 1_000_000)
    assert later.then == "check"


def test_another_ending_breaks_the_row_of_silences():
    past = History(idle_ms=(NOW - 2, NOW - 1))
    _, past, _ = next_step(Ending(code=1006, open_s=100.0), past, KeyHistory(), NOW)
    assert step(4006, past, open_s=100.0).then == "check"


@pytest.mark.parametrize(
    ("code", "reason", "kind"),
    [
        (4000, "", "not_live"), (4004, "", "not_live"), (4001, "", "stream_end"), (4002, "", "limit"),
        (4003, "", "auth"), (4007, "", "transient"), (4005, "", "stream_end"), (4006, "", "idle"),
        (4005, "Tier limit exceeded", "limit"), (4005, "Upgrade your plan", "limit"),
        (4006, "Duration limit", "lifetime"), (4006, "limit", "lifetime"), (4005, "limit", "limit"),
        (4006, "tier too low", "limit"), (4005, "max duration", "lifetime"),
        (4006, "upgrade required", "daily"), (4005, "STREAM_END", "stream_end"),
        (4429, "EVICTED by a NEWER CONNECTION", "evicted"), (4429, "fifo", "evicted"),
        (4429, "Hourly limit reached: 60 connections per hour", "hourly"), (4429, "too many", "limit"),
        (1005, "", "transient"), (4502, "ws-sweep: x", "sweep"),
    ],
)  # fmt: skip
def test_codes_and_reasons_are_read_together(code, reason, kind):
    assert reading(Ending(code=code, reason=reason)) == kind


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, "auth"),
        (403, "permission"),
        (404, "not_live"),
        (429, "limit"),
        (500, "transient"),
        (502, "transient"),
        (302, "transient"),
    ],
)
def test_a_refused_handshake_is_read_like_a_code(status, kind):
    assert reading(Ending(status=status)) == kind


@pytest.mark.parametrize(
    ("text", "kind"), [("Anonymous limit reached.", "daily"), ("Daily demo limit reached.", "daily"), ("wait", "limit")]
)
@pytest.mark.parametrize("code", [1000, 1006, 4005, 4404, 4555])
def test_a_notice_before_a_close_of_any_code_counts_as_a_limit_with_its_text(code, text, kind):
    assert reading(Ending(code=code, notice="anon_limit", notice_text=text)) == kind


def test_a_session_limit_at_the_allowed_age_is_the_longest_age():
    notice = {"notice": "session_limit", "notice_text": "Connection time limit reached.", "session_max_ms": 7_200_000}
    assert reading(Ending(code=4429, open_s=7_000.0, **notice)) == "lifetime"
    assert reading(Ending(code=4429, open_s=100.0, **notice)) == "limit"
    daily = {**notice, "notice_text": "Daily session limit reached."}
    assert reading(Ending(code=4429, open_s=100.0, **daily)) == "daily"


def test_a_general_limit_waits_longer_each_time_and_never_less_than_the_reset_says():
    waits = [one.wait_s for one in series(6, code=4429, open_s=100.0)]
    assert waits == [60, 90, 135, 202.5, 300, 300]
    assert step(4429, reset_ms=NOW + 500_000).wait_s == 500
    assert step(4429, reset_ms=NOW + 5_000).wait_s == 60
    assert step(4429, reset_ms=NOW - 5_000).wait_s == 60


def test_a_limit_pauses_the_key_and_an_eviction_only_the_creator():
    assert step(4429).pause_s == 60
    assert step(4429, reason="evicted").pause_s is None


def test_the_third_eviction_in_ten_minutes_lowers_the_budget_and_says_why():
    past, key, steps = History(), KeyHistory(), []
    for at in (0, 100_000, 200_000, 300_000):
        one, past, key = next_step(Ending(code=4429, reason="evicted", **LONG), past, key, NOW + at)
        steps.append(one)
    assert [one.lower_budget for one in steps] == [False, False, True, False]
    assert "used elsewhere" in (steps[2].loud or "")
    _, _, key = next_step(Ending(code=4429, reason="evicted"), past, KeyHistory(evicted_ms=(NOW - 700_000,) * 2), NOW)
    assert len(key.evicted_ms) == 1


def test_evictions_wait_longer_each_time():
    assert [one.wait_s for one in series(6, code=4429, reason="fifo", open_s=100.0)] == [60, 90, 135, 202.5, 300, 300]


def test_a_sweep_that_was_not_ours_is_told_loudly():
    assert step(4502).loud
    assert step(4502, key=KeyHistory(swept_by_us=True)).loud is None


def test_an_age_limit_or_a_lost_line_is_no_end_of_the_stream():
    assert [code for code in range(1000, 5000) if step(code).end_signal] == [4001, 4005]


def test_limit_words_are_read_without_case():
    assert limit_kind("DAILY quota") == "daily"
    assert limit_kind("Upgrade Required") == "daily"


ENDINGS = st.builds(
    Ending,
    code=st.one_of(st.none(), st.integers(1000, 4999)),
    reason=st.text(max_size=40),
    status=st.one_of(st.none(), st.integers(100, 599)),
    silent=st.booleans(),
    ours=st.booleans(),
    open_s=st.one_of(st.none(), st.floats(0, 90_000)),
    proven=st.booleans(),
    notice=st.sampled_from([None, "anon_limit", "demo_limit", "session_limit"]),
    notice_text=st.text(max_size=40),
    session_max_ms=st.one_of(st.none(), st.integers(0, 10**9)),
    reset_ms=st.one_of(st.none(), st.integers(NOW - 10**6, NOW + 10**6)),
)


@given(st.lists(ENDINGS, max_size=30))
def test_no_history_of_endings_makes_a_step_that_hammers_or_waits_longer_than_a_day(endings):
    past, key = History(), KeyHistory()
    hasty = 0
    for at, ending in enumerate(endings):
        one, past, key = next_step(ending, past, key, NOW + at * 1000)
        assert 0 <= one.wait_s <= DAY_MS / 1000 + 60
        assert one.reason
        quick = not ending.proven and ending.open_s is not None and ending.open_s < 60
        hasty = hasty + 1 if quick and one.then != "stay" and one.wait_s < 30 else 0
        assert hasty <= 3
        assert structs.asdict(past)["rung"] >= 0
