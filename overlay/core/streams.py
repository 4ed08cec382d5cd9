"""Which stream this is, when it begins, when it ends, and when it only seemed to.

A roomId is a stream: the same one after any gap goes on, another one is new. Proof that a creator is live is a
viewer's event or an answer of TikTool's; the first frame of a connection only names. An end is believed when it is
confirmed. It counts nothing; whoever must stop or begin with a stream is told as its `turns`.
Longer than others by two lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from overlay.core.broadcast import UNNAMED, Broadcast, Turns
from overlay.core.closing import Ending, reading
from overlay.core.facts import StreamBegan, StreamEnded, StreamEnding, StreamNamed, StreamTitled, StreamWentOn
from overlay.core.memory import STREAM, Since

if TYPE_CHECKING:
    from overlay.core.events import Checked, Closed
    from overlay.core.facts import Fact
    from overlay.core.memory import Memory

OFFLINE_APART_MS: Final = 60_000
"""Two offline answers at least so far apart end a stream whose socket is closed."""

PROOF_MS: Final = 120_000
"""A live answer proves the room that a connection names within this time."""

NOTICE_MS: Final = 10_000
"""A limit notice explains a close that follows within this time."""

DELIVERING_MS: Final = 30_000
"""With a viewer's event in this time a webhook's end is only a reason to check."""

STREAMS_KEPT: Final = 3
"""The present stream and those before it, should their id come back."""

STANDS_MS: Final = 5_000
"""How exactly it is kept that a line still stands, for a program that is killed."""


class Streams:
    """The stream of one creator."""

    __slots__ = ("_calm", "_heard_here", "_memory", "_notice_ms", "_test", "_turns", "last_viewer_ms", "now")

    def __init__(self, memory: Memory, turns: Turns, *, test: bool = False) -> None:
        """No stream yet."""
        self.now = Broadcast()
        self.last_viewer_ms: int | None = None
        self._memory = memory
        self._turns = turns
        self._test = test
        self._calm = False  # nothing that a viewer's event could change
        self._heard_here = False  # this connection has brought events of the present stream
        self._notice_ms: int | None = None

    @property
    def tokens(self) -> set[str]:
        """The streams of which anything is kept."""
        return {self.now.token, *(token for _, token in self.now.before)}

    def is_same_room(self, room_id: str | None) -> bool:
        """Whether a frame that may name its room is about the present stream."""
        return room_id is None or room_id == self.now.stream

    # --- what is heard ---

    def alive(self, at_ms: int, out: list[Fact]) -> None:
        """A viewer did something: the proof of a live stream."""
        self.last_viewer_ms = at_ms
        if self._calm or self._test:  # a test's events begin no stream and cancel no end
            return
        now = self.now
        stream = self._present(at_ms)
        now.offline_ms = None
        if now.stream != stream:
            self._begin(stream, at_ms, out)
        else:
            self._go_on(at_ms, out)
        self._heard_here = self._calm = True
        self.changed()

    def _present(self, at_ms: int) -> str:
        """The stream that an event of now belongs to."""
        now = self.now
        room = now.named or now.checked
        if room is not None:
            return room
        goes_on = self._heard_here or (not now.ended and not now.is_long_gone(at_ms))
        if now.stream is not None and goes_on:
            return now.stream
        return f"{UNNAMED}{at_ms}"

    def _go_on(self, at_ms: int, out: list[Fact]) -> None:
        """Whatever spoke of an end was wrong."""
        now = self.now
        if now.ended or (now.ending is not None and not now.quiet):
            out.append(StreamWentOn(at_ms=at_ms, test=self._test))
        now.ended = now.quiet = False
        now.ending = now.ending_ms = None

    def name(self, room_id: str, at_ms: int, out: list[Fact]) -> None:
        """The first frame of a connection names the room."""
        now = self.now
        if now.named != room_id:
            now.named, now.next_title = room_id, None
            self._calm = False
            self.changed()
        self._identify(room_id, at_ms, out)
        if now.stream != room_id and now.proven_ms is not None and 0 <= at_ms - now.proven_ms <= PROOF_MS:
            self._begin(room_id, at_ms, out)

    def _identify(self, room_id: str, at_ms: int, out: list[Fact]) -> None:
        """A stream without an id gets its right one, if this is the same stream."""
        now = self.now
        old = now.stream
        if old is None or not old.startswith(UNNAMED) or (now.ended and not self._heard_here):
            return
        if any(stream == room_id for stream, _ in now.before):
            return  # it was a known stream all along: that one goes on
        if not self._heard_here and now.is_long_gone(at_ms):
            return
        now.stream = room_id
        out.append(StreamNamed(at_ms=at_ms, test=self._test, old=old, stream=room_id))
        self.changed()

    def call(self, title: str, room_id: str | None, at_ms: int, out: list[Fact]) -> None:
        """The stream's title, now or when it begins."""
        now = self.now
        if room_id is not None and room_id != now.stream:
            if room_id == now.named:
                now.next_title = title
                self.changed()
            return
        if now.stream is None:
            now.next_title = title
        elif now.title != title:
            now.title = title
            out.append(StreamTitled(at_ms=at_ms, test=self._test, title=title))
        self.changed()

    # --- the socket ---

    def opened(self, at_ms: int) -> None:
        """Our socket is open; whose room it is will be told."""
        now = self.now
        now.open, now.opened_ms = True, at_ms
        now.named = now.offline_ms = None
        self._calm = self._heard_here = False
        self._notice_ms = None
        self.changed()

    def noticed(self, at_ms: int) -> None:
        """A limit notice: the close that follows is the service's, not the stream's end."""
        self._notice_ms = at_ms

    def closed(self, event: Closed, at_ms: int, out: list[Fact], gone: Fact) -> None:
        """Our socket is closed (`gone` says so): it confirms an end that was signalled, or is one by its code."""
        now = self.now
        notice = self._notice_ms is not None and at_ms - self._notice_ms <= NOTICE_MS
        ending = Ending(code=event.code, reason=event.reason, notice="limit" if notice else None)
        if reading(ending) == "stream_end":
            self.signal("4005", at_ms, out)
        out.append(gone)
        now.open, now.closed_ms = False, at_ms
        now.checked = now.offline_ms = None
        self._calm = False
        if now.ending is not None:
            self._end(now.ending, at_ms, out)
        self.changed()

    # --- ends ---

    def signal(self, reason: str, at_ms: int, out: list[Fact]) -> None:
        """An end signal; the first one counts."""
        now = self.now
        if now.stream is None or now.ended or (now.ending is not None and not now.quiet):
            return
        if now.named is not None and now.named != now.stream:
            return  # of a room of which nothing has been heard
        self._turns.stream_ending(at_ms, out)
        now.ending, now.ending_ms, now.quiet = reason, at_ms, False
        self._calm = False
        out.append(StreamEnding(at_ms=at_ms, test=self._test, reason=reason))
        self.changed()

    def announced(self, room_id: str | None, at_ms: int, out: list[Fact]) -> None:
        """A webhook says that a room is over. While that room is heard, it is only a reason to check."""
        now = self.now
        if room_id is None or room_id != now.stream or now.ended or now.ending is not None:
            return
        heard_ms = self.last_viewer_ms
        if now.open and heard_ms is not None and at_ms - heard_ms <= DELIVERING_MS:
            now.ending, now.ending_ms, now.quiet = "webhook", at_ms, True
            self._calm = False
            self.changed()
            return
        self.signal("webhook", at_ms, out)

    def checked(self, event: Checked, at_ms: int, out: list[Fact]) -> None:
        """An answer about whether the creator is live. Unknown changes nothing, and so does a no where nothing runs."""
        now = self.now
        if event.live:
            self._found_live(event.room_id, at_ms, out)
        elif event.live is False and now.stream is not None and not now.ended:
            self._found_offline(at_ms, out)
        else:
            return
        self.changed()

    def _found_live(self, room_id: str | None, at_ms: int, out: list[Fact]) -> None:
        now = self.now
        now.offline_ms = None
        now.proven_ms = at_ms
        room = now.named if now.open and now.named else room_id
        if room is not None and not (now.open and now.named):
            now.checked = room
            self._calm = False
            self._identify(room, at_ms, out)
        if room is not None and room != now.stream:
            self._begin(room, at_ms, out)
        elif now.ending is not None:
            self._go_on(at_ms, out)

    def _found_offline(self, at_ms: int, out: list[Fact]) -> None:
        now = self.now
        now.proven_ms = None
        if now.ending is not None:
            self._end(now.ending, at_ms, out)
        elif now.open:
            return
        elif now.offline_ms is None:
            now.offline_ms = at_ms
        elif at_ms - now.offline_ms >= OFFLINE_APART_MS:
            self._end("offline", at_ms, out)

    # --- turning ---

    def _begin(self, stream: str, at_ms: int, out: list[Fact]) -> None:
        """Another stream."""
        now = self.now
        if now.stream is not None:
            if not now.ended:
                self._end(now.ending or "new_room", at_ms, out)
            now.before = [*now.before, (now.stream, now.token)][1 - STREAMS_KEPT :]
        now.token = next((token for known, token in now.before if known == stream), stream)
        now.before = [one for one in now.before if one[0] != stream]
        now.stream, now.title, now.next_title = stream, now.next_title, None
        now.began_ms = at_ms
        now.ended = now.quiet = False
        now.ending = now.ending_ms = now.offline_ms = None
        self._heard_here = self._calm = False
        out.append(StreamBegan(at_ms=at_ms, test=self._test, stream=stream, title=now.title))
        self._turns.stream_began(at_ms, out)
        self.changed()

    def _end(self, reason: str, at_ms: int, out: list[Fact]) -> None:
        """Confirmed."""
        now = self.now
        self._turns.stream_ended(at_ms, out)
        now.ended, now.quiet = True, False
        now.ending = now.ending_ms = now.offline_ms = None
        self._calm = False
        out.append(StreamEnded(at_ms=at_ms, test=self._test, reason=reason))
        self.changed()

    # --- keeping ---

    def changed(self) -> None:
        """What is known of the stream is other than it was."""
        self._memory.put(STREAM, self.now)

    def stand(self, at_ms: int) -> None:
        """The program still runs: so does the line, if it is open. Kept to a few seconds."""
        now = self.now
        if now.open and not 0 <= at_ms - now.heard_ms < STANDS_MS:
            now.heard_ms = at_ms
            self.changed()

    def lose(self, lost_ms: int) -> list[str]:
        """After a start: the sockets that were open are lost since then."""
        now = self.now
        lost = ["live"] * now.open + ["captions"] * now.captions_open
        if now.open:
            now.closed_ms = lost_ms
        now.open = now.captions_open = False
        if lost:
            self.changed()
        return lost

    def load(self, row: bytes | None, at_ms: int) -> Since:
        """After a start. How stored times are to be read: the line cannot have stood later than now."""
        if row is None:
            return Since(at_ms)
        self.now = msgspec.msgpack.decode(row, type=Broadcast)
        since = Since(at_ms, self.now.ahead_ms(at_ms))
        self.now.read_by(since)
        if since.back_ms:
            self.changed()
        return since
