"""Who is live, in three values: live, offline, unknown (None). Unknown changes nothing.

Reads every form of liveness row, keeps what is believed of one creator's stream (`Course`), and says which light
and which sentence that makes. No clock: times come in.
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

CONFIRM_MS = 60_000
QUIET_MS = 30_000
UNKNOWN_REMARK_MS = 86_400_000

State = Literal["connecting", "live", "quiet", "offline", "ended", "refused", "limited"]


class Row(Struct, frozen=True):
    """One answer about one creator. A room id proves nothing: offline rows carry old ones."""

    live: bool | None = None
    room_id: str | None = None


UNKNOWN = Row()
_YES = frozenset({"live", "true", "1"})
_NO = frozenset({"offline", "false", "0"})


def plain_handle(handle: str) -> str:
    """A handle as it is compared and sent: no @, no blanks, lower case."""
    return handle.strip().lstrip("@").strip().lower()


def truth(value: Any) -> bool | None:
    """A flag as delivered: boolean, 0 or 1, or a word; anything else is unknown."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and value in {0, 1}:
        return value == 1
    if isinstance(value, str):
        word = value.strip().casefold()
        return True if word in _YES else False if word in _NO else None
    return None


def judge_row(row: Any) -> Row:
    """One row, or the bare flag of the older map form. The first of text, is_live, alive that is there decides."""
    if not isinstance(row, dict):
        return Row(truth(row))
    if signed(row) or truth(row.get("check_failed")):
        return Row(None, room_of(row))
    for name in ("alive_status", "live_status"):
        if isinstance(row.get(name), str) and row[name].strip():
            return Row(truth(row[name]), room_of(row))
    for name in ("is_live", "isLive", "alive", "is_alive"):
        if row.get(name) is not None:
            return Row(truth(row[name]), room_of(row))
    return Row(None, room_of(row))


def room_of(row: dict[str, Any]) -> str | None:
    """The room id of a row, as text."""
    value = row.get("room_id", row.get("roomId"))
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    text = str(value).strip()
    return text if text.isdigit() and text.strip("0") else None


def signed(body: Any) -> bool:
    """Whether an answer asks the caller to fetch something at TikTok. We never do: it is no data."""
    if not isinstance(body, dict):
        return False
    return body.get("action") in ("fetch_signed_url", "resolve_required") or "signed_url" in body


def bulk_rows(body: Any, handles: list[str]) -> dict[str, Row]:
    """The rows of a bulk_live_check for the handles asked about; a missing one is unknown."""
    data = body.get("data") if isinstance(body, dict) and not signed(body) else None
    found: dict[str, Row] = {}
    if isinstance(data, dict) and not signed(data):
        found = {plain_handle(name): judge_row(row) for name, row in data.items() if isinstance(name, str)}
    elif isinstance(data, list):
        for row in data:
            name = _handle_in(row)
            if name is not None:
                found[name] = judge_row(row)
    return {handle: found.get(plain_handle(handle), UNKNOWN) for handle in handles}


def _handle_in(row: Any) -> str | None:
    if not isinstance(row, dict):
        return None
    for name in ("unique_id", "uniqueId", "username"):
        if isinstance(row.get(name), str):
            return plain_handle(row[name])
    return None


def status_row(body: Any) -> Row:
    """A live_status answer: yes is yes, no may only mean that the service does not know this creator."""
    data = body.get("data") if isinstance(body, dict) and not signed(body) else None
    row = judge_row(data) if isinstance(data, dict) else UNKNOWN
    return row if row.live else UNKNOWN


def alive_row(body: Any) -> Row:
    """A check_alive answer: rows or one object; none at all is unknown."""
    data = body.get("data") if isinstance(body, dict) and not signed(body) else None
    if isinstance(data, dict):
        return judge_row(data)
    rows = [judge_row(row) for row in data if isinstance(row, dict)] if isinstance(data, list) else []
    return max(rows, key=lambda row: (row.live is True, row.live is not None), default=UNKNOWN)


class Course(Struct, kw_only=True):
    """What is believed of one creator's stream. `running`: it is taken to go on until its end is confirmed."""

    running: bool = False
    proven: bool = False  # a viewer event was heard in this stream
    ended: bool = False
    live: bool | None = None  # the last definite answer
    signal_ms: int | None = None  # an end was announced
    offline_ms: int | None = None  # the first offline answer in a row
    definite_ms: int | None = None  # when an answer was last definite, or an error explained its absence
    room_id: str | None = None
    lost: str | None = None  # why nothing could be asked, since the last question that came through

    def started(self, at_ms: int) -> None:
        """A socket of ours is open: whatever ended before, this is a start."""
        self.running, self.ended, self.offline_ms = True, False, None
        self.definite_ms = at_ms

    def proved(self) -> None:
        """A viewer event: the stream goes on, whatever was announced."""
        self.running, self.proven, self.ended, self.live = True, True, False, True
        self.signal_ms = self.offline_ms = None

    def announced(self, at_ms: int) -> None:
        """The first end signal counts; it is only a signal until it is confirmed."""
        if self.running and self.signal_ms is None:
            self.signal_ms = at_ms
            if self.offline_ms is not None:
                self._end()

    def closed(self, *, signal: bool) -> None:
        """The socket closed. That confirms an end that was announced, also when the close itself announces it."""
        if self.running and (signal or self.signal_ms is not None):
            self._end()

    def denied(self) -> None:
        """The socket said "not live" and had proved nothing: nothing was running after all."""
        self.running, self.proven, self.live = False, False, False

    def answered(self, row: Row, at_ms: int, *, erred: bool = False, lost: str | None = None) -> bool:
        """Takes an answer in; True when it confirms an end. Unknown changes nothing. `lost`: there was no line."""
        if lost is not None or not erred:
            self.lost = lost
        if erred or self.definite_ms is None:
            self.definite_ms = at_ms  # a day of unknowns is only remarked on when no error explains it
        if row.live is None:
            return False
        self.live, self.definite_ms = row.live, at_ms
        if row.live:
            self.offline_ms = None
            self.room_id = row.room_id or self.room_id
            return False
        if not self.running:
            return False
        if self.signal_ms is not None or (self.offline_ms is not None and at_ms - self.offline_ms >= CONFIRM_MS):
            self._end()
            return True
        self.offline_ms = at_ms if self.offline_ms is None else self.offline_ms
        return False

    def _end(self) -> None:
        self.running, self.proven, self.ended, self.live = False, False, True, False
        self.signal_ms = self.offline_ms = None


class Sight(Struct, frozen=True, kw_only=True):
    """All that decides a creator's light."""

    enabled: bool = True
    refused: str | None = None  # no key, a stopped key, or a stopped creator: why
    limited: str | None = None  # a pause of key or creator: why
    budget_full: bool = False
    open: bool = False
    heard_ms: int | None = None  # when the open socket last brought a frame
    dialling: bool = False
    waiting: str | None = None  # what it waits for, after what
    course: Course
    now_ms: int


def light(sight: Sight) -> tuple[State, str]:
    """The state as pages are told it, and its sentence."""
    course = sight.course
    if not sight.enabled:
        return "offline", "switched off"
    if sight.refused:
        return "refused", sight.refused
    if sight.open:
        heard = sight.heard_ms is not None and sight.now_ms - sight.heard_ms < QUIET_MS
        return ("live", "connected") if heard else ("quiet", "connected, but nothing is heard")
    if course.ended and course.live is not True:
        return "ended", "the stream has ended"
    if sight.limited:
        return "limited", sight.limited
    if sight.budget_full:
        return "limited", "live, not connected: all sockets of this key are in use"
    if sight.dialling or course.running or course.live:
        return "connecting", sight.waiting or ("connecting" if sight.dialling else "live, about to connect")
    return "offline", _offline(course, sight.now_ms)


def _offline(course: Course, now_ms: int) -> str:
    if course.lost is not None:
        return course.lost
    if course.definite_ms is not None and now_ms - course.definite_ms >= UNKNOWN_REMARK_MS:
        return "nothing is known about this creator for a day: is the handle still right?"
    return "not live" if course.live is False else "not known yet whether the creator is live"
