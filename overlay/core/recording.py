"""The timed form of frames: one line of JSON for each thing a socket brought, for replay, trace and tests.

It reads and writes single lines. It opens no file, knows no compression, and lets no line, however broken, raise.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Raw, Struct

from overlay.core.events import Closed, Event, Opened, ResetAsked
from overlay.core.tiktool import decode_all, decode_captions
from overlay.core.tiktool_values import LONGEST_TEXT, number, truth, whole
from overlay.core.tiktool_wire import BadFrame, rescue, split

CAPTIONS = "captions"
LIVE = "live"
LONGEST_MS = 10 * 366 * 86_400_000
"""No recording is longer than ten years: a wild figure must not carry the clock where no calendar goes."""
RESETS = frozenset({"leaderboard", "goals", "captions", "chat", "battle", "all"})


class Line(Struct, frozen=True, kw_only=True):
    """What one line holds. `t` is ms since the start; None is not told: the last line's holds on."""

    t: int | None = None
    socket: str = LIVE
    events: tuple[Event, ...] = ()
    bad: tuple[BadFrame, ...] = ()


class LineWire(Struct, gc=False):
    """A line as it is written."""

    t: Any = None
    open: Any = None
    frame: Raw = Raw()
    close: Any = None
    reset: Any = None
    socket: Any = None


_LINE = msgspec.json.Decoder(LineWire)
_NOTHING = Line()


def parse_line(line: str | bytes, at: int | None = None) -> Line:
    """Read one line; an empty or unreadable one does nothing. `at` is its number in the file, which names a reset."""
    try:
        wire = _LINE.decode(line)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        try:
            found = rescue(line, LineWire)
        except BadFrame:
            return _NOTHING
        if found is None:
            return _NOTHING
        wire = found
    t = whole(wire.t)
    socket = CAPTIONS if wire.socket == CAPTIONS else LIVE
    told: list[Event] = []
    bad: list[BadFrame] = []
    if truth(wire.open):
        told.append(Opened(socket=socket))
    if len(wire.frame) > 0:
        _frame(wire.frame, socket, told, bad)
    if wire.close is not None and wire.close is not False:
        told.append(_closed(wire.close, socket))
    if isinstance(wire.reset, str) and wire.reset in RESETS:
        told.append(ResetAsked(id=f"t{t}" if at is None else f"line{at}", what=wire.reset))
    return Line(
        t=t if t is not None and 0 <= t <= LONGEST_MS else None, socket=socket, events=tuple(told), bad=tuple(bad)
    )


def encode_line(
    t: int,
    *,
    frame: bytes | str | None = None,
    opened: bool = False,
    closed: Closed | None = None,
    reset: str | None = None,
    socket: str = LIVE,
) -> bytes:
    """Write one line, its end included. A frame that is not JSON is kept as a text."""
    line: dict[str, Any] = {"t": t}
    if socket == CAPTIONS:
        line["socket"] = CAPTIONS
    if opened:
        line["open"] = True
    if frame is not None:
        line["frame"] = _one_line(frame)
    if closed is not None:
        line["close"] = {"code": closed.code, "reason": closed.reason}
    if reset is not None:
        line["reset"] = reset
    return msgspec.json.encode(line) + b"\n"


def _closed(sent: Any, socket: str) -> Closed:
    told = sent if isinstance(sent, dict) else {"code": sent}
    code, reason = number(told.get("code")), told.get("reason")
    known = code is not None and not isinstance(told.get("code"), bool)
    return Closed(
        socket=socket,
        code=int(code) if known and code is not None else 1006,
        reason=reason[:LONGEST_TEXT] if isinstance(reason, str) else "",
    )


def _frame(frame: Raw, socket: str, told: list[Event], bad: list[BadFrame]) -> None:
    """Read a line's frame; a text holds a frame as it was received."""
    received: bytes | str | Raw = frame
    if memoryview(frame)[0] == ord('"'):
        try:
            received = msgspec.json.decode(frame, type=str)
        except (msgspec.DecodeError, UnicodeError):
            bad.append(BadFrame("the frame is not JSON"))
            return
    if socket == LIVE:
        for one in decode_all(received):
            if isinstance(one, BadFrame):
                bad.append(one)
            else:
                told.append(one)
        return
    try:
        parts = split(received)
    except BadFrame as wrong:
        bad.append(wrong)
        return
    for part in parts:
        try:
            told.extend(decode_captions(part))
        except BadFrame as wrong:
            bad.append(wrong)


def _one_line(frame: bytes | str) -> Raw | str:
    """Return a frame as JSON without line breaks, or as the text it is."""
    received = frame.encode("utf-8", "replace") if isinstance(frame, str) else frame
    try:
        msgspec.json.decode(received)
        compact = (
            received if b"\n" not in received and b"\r" not in received else msgspec.json.format(received, indent=-1)
        )
        return Raw(compact)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return received.decode("utf-8", "replace")
