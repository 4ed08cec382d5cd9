"""Whatever arrives, reading it answers an event or BadFrame: nothing else, ever."""

import json
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overlay.core.events import Caption, Event, Gift, Like
from overlay.core.recording import parse_line
from overlay.core.tiktool import BadFrame, decode, decode_all, decode_captions, decode_firehose

FRAMES = Path(__file__).parents[1] / "frames"
BROKEN = sorted((FRAMES / "broken").iterdir())
FIXTURES = [
    json.loads(path.read_text(encoding="utf-8"))
    for folder in ("live", "live-variants", "captions-socket", "firehose")
    for path in sorted((FRAMES / "tiktool" / folder).glob("*.json"))
]
WILD = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, -1, 1, 2**31, 2**53, 2**63, 2**64, 2**70, -(2**70), 10**40, 0.5, -0.0, 1e308, 5e-324]),
    st.sampled_from(
        ["", " ", "0", "-1", "1e400", "NaN", "٣", "²", "9" * 400, "x" * 5_000, "\x00", "\u202e", "true", "T", "1T"]
    ),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.lists(st.none() | st.integers() | st.text(max_size=3), max_size=3),
    st.dictionaries(
        st.sampled_from(["id", "user", "data", "type", "event", "primary", "5"]), st.integers() | st.none()
    ),
)
ROADS = (decode_all, decode, decode_captions, decode_firehose)


def roads(frame):
    """Send a frame down every road there is; what comes back is an event, BadFrame or a list of these."""
    for road in ROADS:
        try:
            found = road(frame)
        except BadFrame as bad:
            found = bad
        for one in found if isinstance(found, list) else [found]:
            assert isinstance(one, Event) or (isinstance(one, BadFrame) and len(one.reason) < 60)
    parse_line(frame)


def spots(value, path=()):
    """Every place in a document that can be put to another use."""
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from spots(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from spots(inner, (*path, index))


def changed(value, path, new):
    """The document with one place dropped (Ellipsis) or replaced."""
    if not path:
        return None if new is ... else new
    head, rest = path[0], path[1:]
    copy = dict(value) if isinstance(value, dict) else list(value)
    if rest:
        copy[head] = changed(copy[head], rest, new)
    elif new is ...:
        del copy[head]
    else:
        copy[head] = new
    return copy


@settings(max_examples=600)
@given(st.data())
def test_a_frame_with_anything_in_any_place_is_read_or_refused(data):
    frame = data.draw(st.sampled_from(FIXTURES))
    for _ in range(data.draw(st.integers(1, 4))):
        path = data.draw(st.sampled_from(list(spots(frame))))
        what = data.draw(st.sampled_from(["drop", "replace", "nest", "list"]))
        new = ... if what == "drop" else data.draw(WILD)
        if what == "nest":
            new = {"data": new, "user": new, "event": new, "type": new}
        elif what == "list":
            new = [new, {"user": new}]
        frame = changed(frame, path, new)
    roads(json.dumps(frame))
    roads(json.dumps(frame, ensure_ascii=False).encode("utf-8", "surrogatepass"))


@settings(max_examples=300)
@given(st.binary(max_size=300))
def test_random_bytes_are_noise_and_no_harm(frame):
    roads(frame)


@settings(max_examples=300)
@given(st.text(alphabet='{}[]",:0123456789.eE+-\\udatypevn\x00\ud800\udfffé \n', max_size=120))
def test_random_texts_are_noise_and_no_harm(frame):
    roads(frame)


@settings(max_examples=400)
@given(st.sampled_from(FIXTURES), st.data())
def test_a_frame_cut_or_bent_anywhere_is_read_or_refused(fixture, data):
    frame = bytearray(json.dumps(fixture).encode())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, max(0, len(frame) - 1)))
        match data.draw(st.sampled_from(["cut", "byte", "double"])):
            case "cut":
                frame = frame[:at]
            case "byte":
                frame[at : at + 1] = bytes([data.draw(st.integers(0, 255))])
            case _:
                frame = frame[:at] + frame[at : at + 20] + frame[at:]
    roads(bytes(frame))


@settings(max_examples=300)
@given(st.data())
def test_a_wild_optional_field_never_costs_the_gift(data):
    gift = json.loads((FRAMES / "tiktool" / "live" / "gift.json").read_text(encoding="utf-8"))
    keep = {("data", "giftId"), ("data", "senderUserId"), ("data", "user"), ("data",), ("event",), ()}
    path = data.draw(st.sampled_from([spot for spot in spots(gift) if spot not in keep]))
    found = decode(json.dumps(changed(gift, path, data.draw(WILD))))
    assert isinstance(found, Gift)
    assert found.gift_id == "5655"
    assert 1 <= found.count <= 10_000_000


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.name)
def test_what_broke_a_reader_once_is_read_or_refused(path):
    roads(path.read_bytes())


@pytest.mark.parametrize("opening", ['{"event":"gift","data":{"extras":', '{"event":', "[", '{"data":', '{"x":'])
@pytest.mark.parametrize("nest", ["[", '{"a":'])
def test_nesting_of_any_depth_is_refused_by_name(opening, nest):
    roads(opening + nest * 200_000)
    closing = "]" if nest == "[" else "}"
    with pytest.raises(BadFrame):
        decode(opening + nest * 200_000 + "1" + closing * 200_000 + "}" * opening.count("{"))


def test_ten_megabytes_are_read_and_what_nobody_could_read_is_cut():
    text = "x" * 10_000_000
    frame = json.dumps({"event": "chat", "data": {"user": {"id": "7", "nickname": text}, "comment": text, "zzz": text}})
    line = decode(frame)
    assert len(line.text) < 10_000
    assert len(line.person.nickname) < 10_000
    caption = decode(json.dumps({"event": "caption", "data": {"text": text + " the end", "isFinal": True}}))
    assert isinstance(caption, Caption)
    assert caption.text.endswith("the end")
    assert len(caption.text) == 2_000


def test_a_list_of_a_hundred_thousand_frames_is_read_in_order():
    rng = random.Random(7)
    sent = [rng.randrange(1, 1_000) for _ in range(100_000)]
    found = decode_all(json.dumps([{"event": "like", "data": {"likeCount": n}} for n in sent]))
    assert [one.count for one in found if isinstance(one, Like)] == sent
