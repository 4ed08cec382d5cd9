"""A glance at a frame of the live socket: only what concerns the connection itself, read from its outside.

Limit notices, which come just before a close, and of the greeting the room's id and what else it tells. Everything else
in a frame is none of the connection's business, and most frames are not even decoded for it.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from overlay.core.events import Notice
from overlay.core.replies import whole, word

NOTICES = frozenset({"anon_limit", "demo_limit", "session_limit"})
HEAD = 1024


class _Inner(Struct, frozen=True):
    room_id: object = msgspec.field(default=None, name="roomId")
    message: object = None
    session_max_ms: object = msgspec.field(default=None, name="sessionMaxMs")
    owner_id: object = msgspec.field(default=None, name="ownerUserId")
    details: object = msgspec.field(default=None, name="roomInfo")


class _Outer(_Inner, frozen=True):
    event: object = None
    type: object = None
    data: object = None


_DECODER = msgspec.json.Decoder(_Outer)


class Glance(Struct, frozen=True):
    """What was seen."""

    room_id: str | None = None
    notice: Notice | None = None
    owner: bool = False  # it also says whose room it is
    figures: bool = False  # and title, viewers and likes


def glance(raw: bytes) -> Glance | None:
    """The room's id of a roomInfo, or a limit notice; None for every other frame."""
    head = raw[:HEAD]
    if b"_limit" not in head and b"oomInfo" not in head and b"oom_info" not in head:
        return None
    try:
        frame = _DECODER.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    name = word(frame.event) or word(frame.type) or ""
    data = frame.data if isinstance(frame.data, dict) else {}
    if name in NOTICES:
        text = word(frame.message) or word(data.get("message")) or ""
        most = whole(frame.session_max_ms) or whole(data.get("sessionMaxMs"))
        return Glance(notice=Notice(kind=name, text=text, session_max_ms=most))
    if name.replace("_", "").casefold() == "roominfo":
        return _greeting(frame, data)
    return None


def _greeting(frame: _Outer, data: dict[str, object]) -> Glance | None:
    """The first frame of a connection: which room, and what nobody needs to be asked any more."""
    room = word(frame.room_id) or word(data.get("roomId"))
    if not room or not room.strip("0"):
        return None
    owner = word(frame.owner_id) or word(data.get("ownerUserId")) or ""
    inner = frame.details if isinstance(frame.details, dict) else data.get("roomInfo")
    told = inner if isinstance(inner, dict) else data
    counts = (whole(told.get(name)) for name in ("user_count", "like_count"))
    figures = bool(word(told.get("title"))) and None not in counts
    return Glance(room_id=room, owner=bool(owner.strip("0")), figures=figures)
