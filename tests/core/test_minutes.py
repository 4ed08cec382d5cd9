"""Caption minutes: counted once, from credits or by the clock."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overlay.core.glance import Glance, glance
from overlay.core.minutes import NOTHING, Meter, Told, is_low, limit_reached, month_of, told

FRAMES = Path(__file__).parents[1] / "frames/tiktool"
READ = {
    "caption.final": Told(speech=True),
    "caption.no-speaker": Told(speech=True),
    "caption.partial": Told(speech=True),
    "caption.with-timestamp": Told(speech=True),
    "translation": Told(speech=True),
    "translation.old-language-key": Told(speech=True),
    "translation.sdk": Told(speech=True),
    "plugin-socket.final": Told(speech=True),
    "plugin-socket.partial": Told(speech=True),
    "credits": Told(total=3600, used=1240, remaining=2360),
    "credits_low": Told(remaining=650, low=True),
    "credits_low.old": Told(total=3600, remaining=650, low=True),
    "error": Told(error=True, text="Only one translation language per session"),
    "plugin-socket.hello": Told(remaining=2360),
    "plugin-socket.minutes": Told(remaining=2359),
    "status.connecting": Told(status="connecting", text="Opening audio"),
    "status.ended": Told(status="ended", text="Stream ended"),
    "status.transcribing": Told(status="transcribing"),
    "status.waiting": Told(status="waiting", text="Creator is not live"),
    "unknown-type": NOTHING,
}


@pytest.mark.parametrize("path", sorted((FRAMES / "captions-socket").iterdir()), ids=lambda path: path.stem)
def test_every_kept_frame_of_the_captions_socket_is_read(path):
    assert told(path.read_bytes()) == READ[path.stem]


@given(st.binary(max_size=80))
def test_whatever_comes_means_something_or_nothing(raw):
    assert isinstance(told(raw), Told)
    assert isinstance(glance(raw), Glance | None)


def test_differences_of_used_are_counted_and_a_lower_one_is_a_renewal():
    meter = Meter()
    meter.opened("2026-11", 0)
    meter.credits(100, 0, alone=True)
    meter.credits(103, 180, alone=True)
    assert meter.minutes == 3
    meter.credits(1, 240, alone=True)
    assert meter.minutes == 4


def test_others_of_the_same_key_are_not_counted_to_this_creator():
    meter = Meter()
    meter.opened("2026-11", 0)
    meter.credits(100, 0, alone=False)
    meter.credits(150, 60, alone=False)
    assert meter.minutes == 1


def test_the_clock_counts_what_no_frame_does_and_nothing_twice():
    meter = Meter()
    meter.opened("2026-11", 0)
    assert not meter.blind_for(89.9)
    assert meter.blind_for(90)
    meter.by_clock(90)
    meter.credits(100, 120, alone=True)
    meter.credits(101, 180, alone=True)
    meter.closed(210)
    assert meter.minutes == 3.5
    assert not meter.blind_for(1000)


def test_a_new_month_begins_at_nothing():
    meter = Meter(month="2026-10", minutes=55)
    meter.opened("2026-11", 0)
    assert meter.minutes == 0
    assert month_of(2026, 3) == "2026-03"


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 1000) | st.none()), max_size=20))
def test_minutes_never_fall_within_a_month(steps):
    meter, now, before = Meter(), 0.0, 0.0
    meter.opened("2026-11", now)
    for wait, used in steps:
        now += wait
        if used is None:
            meter.by_clock(now)
        else:
            meter.credits(used, now, alone=True)
        assert meter.minutes >= before
        before = meter.minutes


def test_limits_and_low_credit():
    assert limit_reached(60, 60)
    assert not limit_reached(10**6, None)
    assert is_low(720, 3600)
    assert not is_low(721, 3600)
    assert not is_low(None, 3600)
    assert not is_low(0, None)


@pytest.mark.parametrize("path", sorted((FRAMES / "live-variants").glob("roomInfo*")), ids=lambda path: path.stem)
def test_the_room_is_seen_in_every_form(path):
    assert glance(path.read_bytes()).room_id == "7650000000000000101"


@pytest.mark.parametrize("path", sorted((FRAMES / "live-variants").glob("limit-notice*")), ids=lambda path: path.stem)
def test_a_limit_notice_is_seen(path):
    notice = glance(path.read_bytes()).notice
    assert notice.kind == f"{path.stem.split('.')[1]}_limit"
    assert "reached" in notice.text
    assert notice.session_max_ms == (7_200_000 if "session" in path.stem else None)


def test_no_other_frame_is_taken_for_one():
    for line in (FRAMES / "live-all-events.jsonl").read_bytes().splitlines():
        seen = glance(line)
        assert seen is None or b"roomInfo" in line
    assert glance(b'{"event":"chat","data":{"type":"demo_limit","comment":"demo_limit roomInfo"}}') is None
