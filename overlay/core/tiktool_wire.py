"""How a frame of TikTool's is opened: its name, its payload, and the payload's known fields whatever happened to them.

Reading is typed and in two stages: the head with the payload still raw, then the payload as its kind's struct, whose
plain fields take anything. Only what is not JSON, or has a list where an object belongs, takes a slower road: it is
mended and read field by field, and what cannot be read is left out. Which events exist, this module never knows.
"""

from __future__ import annotations

import json
import math
from typing import Any, TypedDict, TypeVar, cast, get_args, get_origin

import msgspec
from msgspec import Raw, Struct

from overlay.core.tiktool_values import ident, moment

NOT_JSON = "the frame is not JSON"
NOT_OBJECT = "the frame is not an object"
TOO_DEEP = "the frame is nested too deep"

_BRACE, _BRACKET = ord("{"), ord("[")
_BLANKS = 16  # more than any frame begins with


class BadFrame(Exception):
    """A frame that cannot be read or lacks what we need. `reason` is one of a few sentences, never a text of theirs."""

    def __init__(self, reason: str, kind: str = "noise") -> None:
        """Keep the reason and the kind of frame it happened to."""
        super().__init__(f"{kind}: {reason}")
        self.reason = reason
        self.kind = kind


class Wire(Struct, rename="camel", gc=False):
    """A payload as it comes: what any of them may carry. Fields of type Any take whatever was sent."""

    msg_id: Any = None
    transaction_id: Any = None
    timestamp: Any = None


class Marks(TypedDict):
    """The ids by which a repeat is known, and the time the frame gives itself."""

    msg_id: str | None
    transaction_id: str | None
    sent_ms: int | None


def marks(wire: Wire) -> Marks:
    """Return what every event carries."""
    message, transaction, sent = wire.msg_id, wire.transaction_id, wire.timestamp
    return {
        "msg_id": None if message is None else ident(message),
        "transaction_id": None if transaction is None else ident(transaction),
        "sent_ms": None if sent is None else moment(sent),
    }


class Head(Struct, gc=False):
    """A frame's name, under both keys, and its payload."""

    event: Any = None
    type: Any = None
    data: Raw = Raw()


_HEAD = msgspec.json.Decoder(Head)
_LIST = msgspec.json.Decoder(list[Raw])
_OBJECT = msgspec.json.Decoder(dict[str, Raw])

W = TypeVar("W", bound=Struct)


def split(frame: bytes | str | Raw) -> list[Raw] | list[bytes | str | Raw]:
    """Take a frame apart: the elements of a list, or the one object it is."""
    try:
        return _LIST.decode(frame) if _begins(frame) == _BRACKET else [frame]
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return rescue(frame, list[Raw]) or []


def _begins(frame: bytes | str | Raw) -> int:
    """Return the first character that is not a blank."""
    if isinstance(frame, Raw):
        return memoryview(frame)[0] if len(frame) > 0 else 0
    start = frame[:_BLANKS].lstrip() or frame.lstrip()[:1]
    return 0 if not start else ord(start[0]) if isinstance(start, str) else start[0]


def open_frame(frame: bytes | str | Raw) -> tuple[str, bytes | str | Raw]:
    """Return a frame's name (empty when it has none) and its payload: `data` if that is an object, else the frame."""
    head, frame = _head(frame)
    payload = head.data if len(head.data) > 0 and memoryview(head.data)[0] == _BRACE else frame
    name = head.event if isinstance(head.event, str) else head.type
    if not isinstance(name, str) and payload is not frame:
        name = _head(payload)[0].type
    return (name if isinstance(name, str) else ""), payload


def read(payload: bytes | str | Raw, decoder: msgspec.json.Decoder[W]) -> W:
    """Read a payload as its struct; a wild field is unknown and spoils nothing."""
    try:
        return decoder.decode(payload)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return cast("W", rescue(payload, decoder.type))


def _head(frame: bytes | str | Raw) -> tuple[Head, bytes | str | Raw]:
    """Read the head; the frame comes back mended where it had to be."""
    try:
        return _HEAD.decode(frame), frame
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        frame = _sound(frame)
    head = _pick(frame, Head)
    if head is None:
        raise BadFrame(NOT_OBJECT)
    return head, frame


def rescue(raw: bytes | str | Raw, wanted: Any) -> Any:
    """Mend the text, then read what can be read of it; None for what is not of the wanted form at all."""
    return _pick(_sound(raw), wanted)


def _pick(raw: bytes | str | Raw, wanted: Any) -> Any:
    """Read fields one by one and elements one by one; what is of another form is left out."""
    try:
        return msgspec.json.decode(raw, type=wanted)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        pass
    for form in (wanted,) if get_origin(wanted) is list else (get_args(wanted) or (wanted,)):
        try:
            if isinstance(form, type) and issubclass(form, Struct):
                sent, known = _OBJECT.decode(raw), msgspec.structs.fields(form)
                return form(**{f.name: _pick(sent[f.encode_name], f.type) for f in known if f.encode_name in sent})
            if get_origin(form) is list:
                element = get_args(form)[0]
                return [found for one in _LIST.decode(raw) if (found := _pick(one, element)) is not None]
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            continue
    return None


def _sound(frame: bytes | str | Raw) -> bytes | str | Raw:
    """Return the same frame as strict JSON: NaN, lone surrogates, bad UTF-8 and raw control characters are mended."""
    try:
        msgspec.json.decode(frame)
        return frame
    except RecursionError as wrong:
        raise BadFrame(TOO_DEEP) from wrong
    except (msgspec.DecodeError, UnicodeError):
        pass
    try:
        loose = frame if isinstance(frame, str) else bytes(frame).decode("utf-8", "replace")
        found = json.loads(loose.removeprefix("\ufeff"), strict=False, parse_int=_int, parse_constant=_nothing)
        return msgspec.json.encode(_clean(found))
    except RecursionError as wrong:
        raise BadFrame(TOO_DEEP) from wrong
    except ValueError as wrong:
        raise BadFrame(NOT_JSON) from wrong


def _int(digits: str) -> int | str | None:
    """Keep ids exact: what no machine integer holds stays a text, and what nobody sends is nothing."""
    return int(digits) if len(digits) < 19 else digits if len(digits) <= 256 else None


def _nothing(_constant: str) -> None:
    """NaN and the infinities are unknown."""


def _clean(value: Any) -> Any:
    """Replace what JSON cannot say; integers of more than 64 bits become texts, so that ids stay exact."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list):
        return [_clean(one) for one in value]
    if isinstance(value, dict):
        return {_clean(key): _clean(one) for key, one in value.items()}
    return value
