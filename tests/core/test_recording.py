"""A recording is read line by line, and no line however broken stops it."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overlay.core.events import (
    Caption,
    Chat,
    Closed,
    Control,
    Heartbeat,
    Opened,
    Other,
    Person,
    ResetAsked,
    StreamEnd,
    Translation,
)
from overlay.core.recording import Line, encode_line, parse_line

SCENARIOS = sorted((Path(__file__).parents[1] / "frames" / "tiktool" / "scenarios").glob("*.jsonl"))


@pytest.mark.parametrize(
    "line,expected",
    [
        ('{"t": 0, "open": true}', Line(t=0, events=(Opened(),))),
        (
            '{"t": 0, "open": true, "socket": "captions"}',
            Line(t=0, socket="captions", events=(Opened(socket="captions"),)),
        ),
        (
            '{"t": 7, "close": {"code": 4500, "reason": "TIKTOK_CLOSED"}}',
            Line(t=7, events=(Closed(code=4500, reason="TIKTOK_CLOSED"),)),
        ),
        ('{"t": 7, "close": {}}', Line(t=7, events=(Closed(),))),
        ('{"t": 7, "close": true}', Line(t=7, events=(Closed(),))),
        (
            '{"t": 7, "close": {"code": "x", "reason": 5}, "socket": "captions"}',
            Line(t=7, socket="captions", events=(Closed(socket="captions"),)),
        ),
        ('{"t": 9, "reset": "captions"}', Line(t=9, events=(ResetAsked(id="t9", what="captions"),))),
        ('{"t": 9, "reset": "everything"}', Line(t=9)),
        ('{"t": 9}', Line(t=9)),
        ('{"t": "9"}', Line(t=9)),
        ('{"t": 9.7, "note": "a comment"}', Line(t=9)),
        ('{"t": 9, "open": false}', Line(t=9)),
        ('{"t": -1}', Line()),
        ('{"t": null}', Line()),
        ('{"t": {}, "frame": {"event": "ping"}}', Line(events=(Heartbeat(),))),
        ('{"t": 1, "frame": {"event": "control", "data": {"action": 3}}}', Line(t=1, events=(Control(action=3),))),
        (
            '{"t": 1, "frame": [{"event": "ping"}, {"event": "streamEnd"}]}',
            Line(t=1, events=(Heartbeat(), StreamEnd())),
        ),
        ('{"t": 1, "frame": "{\\"event\\": \\"ping\\"}"}', Line(t=1, events=(Heartbeat(),))),
        (
            '{"t": 1, "socket": "captions", "frame": {"type": "final", "text": "a", "translation": "b"}}',
            Line(
                t=1, socket="captions", events=(Caption(socket="captions", text="a", final=True), Translation(text="b"))
            ),
        ),
        ("", Line()),
        ("   ", Line()),
        ("not json", Line()),
        ("[]", Line()),
        ("7", Line()),
        ('{"t": 1', Line()),
    ],
)
def test_a_line_is_read_as_the_contract_says(line, expected):
    assert parse_line(line) == expected
    assert parse_line(line.encode() + b"\n") == expected


def test_a_line_with_several_things_does_them_in_order():
    line = '{"t": 1, "close": {"code": 1000}, "frame": {"event": "ping"}, "open": true}'
    assert [type(one) for one in parse_line(line).events] == [Opened, Heartbeat, Closed]


def test_a_bad_frame_is_counted_and_its_time_passes():
    found = parse_line('{"t": 5, "frame": {"event": "gift", "data": {}}}')
    assert (found.t, found.events) == (5, ())
    assert [one.reason for one in found.bad] == ["a gift without its id"]


def test_a_bad_frame_spoils_no_other_of_its_line():
    found = parse_line('{"t": 5, "socket": "captions", "frame": [7, {"type": "caption", "text": "a"}]}')
    assert len(found.bad) == 1
    assert found.events == (Caption(socket="captions", text="a"),)


def test_two_resets_at_one_time_are_two():
    first, second = (parse_line('{"t": 9, "reset": "all"}', at) for at in (4, 5))
    assert first.events[0].id != second.events[0].id


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_every_line_of_the_scenarios_is_read(path):
    for number, line in enumerate(path.read_bytes().splitlines()):
        found = parse_line(line, number)
        assert found.t == json.loads(line)["t"]
        assert found.bad == ()
        assert found.events
        assert not any(isinstance(one, Other) for one in found.events)


@given(st.integers(0, 10**9), st.sampled_from(["live", "captions"]))
def test_what_is_written_is_read_again(t, socket):
    frame = '{"type": "chat",\n "comment": "line\\nbreak",\r\n "user": {"id": "7"}}'
    line = encode_line(t, frame=frame, socket=socket)
    assert line.count(b"\n") == 1
    assert parse_line(line).events == (Chat(person=Person(id="7"), text="line\nbreak"),)
    assert parse_line(encode_line(t, opened=True, socket=socket)) == Line(
        t=t, socket=socket, events=(Opened(socket=socket),)
    )
    closed = Closed(socket=socket, code=4404, reason="not live")
    assert parse_line(encode_line(t, closed=closed, socket=socket)) == Line(t=t, socket=socket, events=(closed,))
    assert parse_line(encode_line(t, reset="chat")).events == (ResetAsked(id=f"t{t}", what="chat"),)
    assert parse_line(encode_line(t)) == Line(t=t)


@given(st.binary(max_size=60))
def test_whatever_was_received_can_be_written_on_one_line(frame):
    line = encode_line(3, frame=frame)
    assert line.count(b"\n") == 1
    assert parse_line(line).t == 3


@given(st.binary(max_size=100))
def test_no_line_raises(line):
    assert isinstance(parse_line(line), Line)
