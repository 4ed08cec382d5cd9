"""What is pushed: topics (one `w` text of an address), the streams that watch them, and one write per stream and tick.

A view is encoded once per widget and tick, a message once per topic, a chunk once per set of topics. Nothing is queued:
a stream that cannot take more is marked, and gets the newest of what it missed when it can. This module never folds
and never waits; it knows no socket, only the four methods of a Stream.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from overlay.core.room import Room, Seat
    from overlay.hub.placed import Placed

encode_json = msgspec.json.Encoder(enc_hook=lambda value: str(value)).encode


def message(event: bytes, data: bytes) -> bytes:
    """One server-sent event."""
    return b"event: %b\ndata: %b\n\n" % (event, data)


class Batch:
    """All that changed for a stream in one tick, in each form a stream may need, made once for all of them."""

    __slots__ = ("_chunk", "_first", "_sse", "parts")

    def __init__(self, parts: list[tuple[bytes, bytes]], first: bytes = b"") -> None:
        """Take (event, data) pairs, and what stands before them on a stream of server-sent events."""
        self.parts = parts
        self._first = first
        self._sse: bytes | None = None
        self._chunk: bytes | None = None

    def joined(self, later: Batch) -> Batch:
        """This batch and a later one as one."""
        return Batch(self.parts + later.parts, self._first)

    @property
    def sse(self) -> bytes:
        """As server-sent events."""
        if self._sse is None:
            self._sse = self._first + b"".join([message(event, data) for event, data in self.parts])
        return self._sse

    @property
    def chunk(self) -> bytes:
        """As one HTTP/1.1 chunk."""
        if self._chunk is None:
            self._chunk = b"%x\r\n%b\r\n" % (len(self.sse), self.sse)
        return self._chunk


class Stream(Protocol):
    """A reader: one connection of whatever kind."""

    topics: dict[str, Topic | None]
    missed: dict[Topic, bool]  # True: more than the view was missed, a whole hello is due
    due: list[Topic]

    def ready(self) -> bool:
        """Whether everything written so far has left our memory."""

    def put(self, batch: Batch) -> None:
        """Write; called only when ready, or once at the beginning."""

    def end(self) -> None:
        """Close in order."""


class Show:
    """A widget as it is watched, with one set of overrides: its seat, its encoded view and who watches it."""

    __slots__ = ("at_ms", "body", "next_ms", "options", "placed", "room", "seat", "theme", "topics")

    def __init__(self, placed: Placed, room: Room, seat: Seat, theme: str) -> None:
        """Nothing is encoded before somebody watches."""
        self.placed = placed
        self.room = room
        self.seat = seat
        self.theme = theme
        self.options: bytes = encode_json(seat.options)
        self.topics: dict[str, Topic] = {}
        self.body = b""
        self.at_ms = 0
        self.next_ms = 0.0

    def render(self, now_ms: int) -> bool:
        """Make the view for this moment; True if it differs from the last one."""
        view = self.room.view(self.seat, now_ms)
        body = encode_json(view)
        self.seat.dirty = False
        if body == self.body:
            return False
        self.body, self.at_ms = body, now_ms
        return True

    def view(self) -> bytes:
        """The encoded view with its time."""
        if len(self.body) <= 2 or self.body == b"null":  # noqa: PLR2004  {} has no field to stand before
            return b'{"as_of_ms":%d}' % self.at_ms
        return b'{"as_of_ms":%d,%b' % (self.at_ms, self.body[1:])


class Topic:
    """One `w` text: every event of that page carries it unchanged."""

    __slots__ = ("quoted", "show", "streams", "view_data", "w")

    def __init__(self, w: str, show: Show) -> None:
        """Nobody watches yet."""
        self.w = w
        self.quoted = encode_json(w)
        self.show = show
        self.streams: dict[Stream, None] = {}
        self.view_data = b""

    def refresh(self) -> None:
        """Take the show's newest view."""
        self.view_data = b'{"w":%b,"view":%b}' % (self.quoted, self.show.view())

    def hello(self, live: Any, build: str, now_ms: int) -> tuple[bytes, bytes]:
        """The whole page in one event."""
        placed = self.show.placed
        head = encode_json({"kind": placed.kind.name, "name": placed.name, "creator": placed.creator})
        tail = encode_json({"theme": self.show.theme, "live": live, "build": build, "now_ms": now_ms})
        data = b'{"w":%b,%b,"options":%b,"view":%b,%b' % (
            self.quoted, head[1:-1], self.show.options, self.show.view(), tail[1:],
        )
        return b"hello", data

    def options(self) -> tuple[bytes, bytes]:
        """The changed options."""
        data = b'{"w":%b,"options":%b,"theme":%b,"view":%b}' % (
            self.quoted, self.show.options, encode_json(self.show.theme), self.show.view(),
        )
        return b"options", data


def deliver(changed: list[Topic], lagging: dict[Stream, None]) -> Iterable[Callable[[], None] | None]:
    """Write what changed: one write per stream. Yields now and then, so that the loop may breathe."""
    count = 0
    if len(changed) == 1:
        topic = changed[0]
        batch = Batch([(b"view", topic.view_data)])
        for stream in list(topic.streams):
            if stream.ready():
                stream.put(batch)
            else:
                stream.missed.setdefault(topic, False)
                lagging[stream] = None
            count += 1
            if not count % 400:
                yield None
        return
    touched: list[Stream] = []
    for topic in changed:
        for stream in topic.streams:
            if not stream.due:
                touched.append(stream)
            stream.due.append(topic)
    batches: dict[tuple[Topic, ...], Batch] = {}
    for stream in touched:
        key = tuple(stream.due)
        stream.due.clear()
        if not stream.ready():
            stream.missed = dict.fromkeys(key, False) | stream.missed
            lagging[stream] = None
            continue
        known = batches.get(key)
        if known is None:
            known = batches[key] = Batch([(b"view", topic.view_data) for topic in key])
        stream.put(known)
        count += 1
        if not count % 400:
            yield None


def tell(topics: Iterable[Topic], make: Callable[[Topic], tuple[bytes, bytes]], lagging: dict[Stream, None]) -> None:
    """Send something rarer than a view (options, live) now; who cannot read now gets a whole hello later."""
    for topic in topics:
        batch = Batch([make(topic)])
        for stream in list(topic.streams):
            if stream.ready():
                stream.put(batch)
            else:
                stream.missed[topic] = True
                lagging[stream] = None


def catch_up(lagging: dict[Stream, None], hello: Callable[[Topic], tuple[bytes, bytes]]) -> None:
    """Give those that can read again the newest of what they missed."""
    for stream in [stream for stream in lagging if stream.ready()]:
        del lagging[stream]
        missed, stream.missed = stream.missed, {}
        parts = [
            hello(topic) if whole else (b"view", topic.view_data)
            for topic, whole in missed.items()
            if stream in topic.streams
        ]
        if parts:
            stream.put(Batch(parts))
