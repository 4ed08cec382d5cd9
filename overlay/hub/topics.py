"""What is pushed: topics (one `w` text of an address), the streams that watch them, and one write per stream and tick.

A view is encoded once per widget and tick, a message once per topic, a chunk once per set of topics. Nothing is queued:
a stream that cannot take more is marked, and gets the newest of what it missed when it can. This module never folds
and never waits; it knows no socket, only the four methods of a Stream.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec
from msgspec import Raw

from overlay.core.widget import still

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from overlay.core.room import Room, Seat
    from overlay.hub.placed import Placed

SLICE: Final = 400
"""After so many writes (2 to 3 ms) everybody else has a turn."""

encode_json = msgspec.json.Encoder(enc_hook=str).encode


class Batch:
    """All that changed for a stream in one tick, in each form a stream may need, made once for all of them."""

    __slots__ = ("_first", "chunk", "parts")

    def __init__(self, parts: list[tuple[bytes, bytes]], first: bytes = b"") -> None:
        """Take (event, data) pairs, and what stands before them on a stream of server-sent events."""
        self.parts = parts
        self._first = first
        pieces = [first]
        for event, data in parts:
            pieces += (b"event: ", event, b"\ndata: ", data, b"\n\n")
        size = sum(map(len, pieces))
        # a plain attribute, read once per stream; put together in one go, because views are long
        self.chunk: bytes = b"".join((b"%x\r\n" % size, *pieces, b"\r\n"))

    @property
    def sse(self) -> bytes:
        """The same without a chunk's frame."""
        return self.chunk[self.chunk.index(b"\n") + 1 : -2]

    def joined(self, later: Batch) -> Batch:
        """This batch and a later one as one."""
        return Batch(self.parts + later.parts, self._first)


class Stream(Protocol):
    """A reader: one connection of whatever kind."""

    topics: dict[str, Topic | None]
    missed: dict[Topic, bool]  # True: more than the view was missed, a whole hello is due
    due: list[Topic]

    def ready(self) -> bool:
        """Whether everything written so far has left our memory."""

    def offer(self, batch: Batch) -> bool:
        """Write if ready; False if not. The one call of the hot path."""

    def put(self, batch: Batch) -> None:
        """Write, ready or not: rare words, at most one of them before the stream is known to lag."""

    def end(self) -> None:
        """Close in order."""


class Show:
    """A widget as it is watched, with one set of overrides: its seat, its encoded view and who watches it."""

    __slots__ = (
        "at_ms", "body", "next_s", "options", "placed", "room", "seat", "spent_s", "theme", "theme_build", "timed",
        "topics", "version",
    )  # fmt: skip

    def __init__(self, placed: Placed, room: Room, seat: Seat, theme: str, theme_build: str = "") -> None:
        """Nothing is encoded before somebody watches."""
        self.placed = placed
        self.room = room
        self.seat = seat
        self.theme = theme
        self.theme_build = theme_build  # of a creator's own theme, which may change while it is worn; else empty
        self.options: bytes = encode_json(seat.options)
        self.timed = seat.kind.wake is not still  # whether time alone ever changes its view
        self.topics: dict[str, Topic] = {}
        self.body = b""
        self.version = 0  # grows with every change of the view, whoever asked for it
        self.at_ms = 0
        self.next_s = 0.0
        self.spent_s = 0.0

    @property
    def is_watched(self) -> bool:
        """Whether any stream is open for it."""
        return any(topic.streams for topic in self.topics.values())

    def worn(self) -> dict[str, str]:
        """The theme, as pages are told of it."""
        told = {"theme": self.theme}
        return told | {"theme_build": self.theme_build} if self.theme_build else told

    def render(self, now_ms: int) -> None:
        """Make the view for this moment."""
        seat = self.seat
        body = encode_json(self.room.view(seat, now_ms))
        seat.dirty = False
        seat.last_view = Raw(body)  # and what it was made of is let go at once, while it is at hand
        if body != self.body:
            self.body, self.at_ms = body, now_ms
            self.version += 1

    def view(self) -> bytes:
        """The encoded view with its time."""
        return b"".join(self.pieces())

    def pieces(self) -> tuple[bytes | memoryview, ...]:
        """The same in pieces: who puts it into something longer copies it once."""
        if len(self.body) <= 2 or self.body == b"null":
            return (b'{"as_of_ms":%d}' % self.at_ms,)
        return b'{"as_of_ms":%d,' % self.at_ms, memoryview(self.body)[1:]


class Topic:
    """One `w` text: every event of that page carries it unchanged."""

    __slots__ = ("quoted", "show", "streams", "told", "w")

    def __init__(self, w: str, show: Show) -> None:
        """Nobody watches yet."""
        self.w = w
        self.quoted = encode_json(w)
        self.show = show
        self.streams: dict[Stream, bool] = {}  # and whether it has no other topic
        self.told = 0  # the version that its streams have got, or will get because they lag

    def view(self) -> tuple[bytes, bytes]:
        """The newest view."""
        return b"view", b"".join((b'{"w":', self.quoted, b',"view":', *self.show.pieces(), b"}"))

    def hello(self, live: Any, build: str, now_ms: int) -> tuple[bytes, bytes]:
        """The whole page in one event."""
        placed = self.show.placed
        head = encode_json({"kind": placed.kind.name, "name": placed.name, "creator": placed.creator})
        tail = encode_json({**self.show.worn(), "live": live, "build": build, "now_ms": now_ms})
        data = b'{"w":%b,%b,"options":%b,"view":%b,%b' % (
            self.quoted,
            head[1:-1],
            self.show.options,
            self.show.view(),
            tail[1:],
        )
        return b"hello", data

    def options(self) -> tuple[bytes, bytes]:
        """The changed options."""
        data = b'{"w":%b,"options":%b,%b,"view":%b}' % (
            self.quoted,
            self.show.options,
            encode_json(self.show.worn())[1:-1],
            self.show.view(),
        )
        return b"options", data


def deliver(changed: list[Topic], lagging: dict[Stream, None]) -> Iterator[None]:
    """Write what changed: one write per stream. Yields now and then, so that the loop may breathe."""
    for count, (stream, topics, batch) in enumerate(_letters(changed), 1):
        if not stream.offer(batch) and stream.topics:  # without topics it has left meanwhile
            stream.missed = dict.fromkeys(topics, False) | stream.missed
            lagging[stream] = None
        if not count % SLICE:
            yield None


def _letters(changed: list[Topic]) -> list[tuple[Stream, tuple[Topic, ...], Batch]]:
    """What each stream gets. Most have one topic, and nothing to be put together."""
    letters: list[tuple[Stream, tuple[Topic, ...], Batch]] = []
    several: list[Stream] = []
    for topic in changed:
        alone = (topic,)
        batch = None
        for stream, is_alone in topic.streams.items():
            if is_alone or len(changed) == 1:
                batch = batch or Batch([topic.view()])
                letters.append((stream, alone, batch))
                continue
            if not stream.due:
                several.append(stream)
            stream.due.append(topic)
    return letters + _together(several)


def _together(several: list[Stream]) -> list[tuple[Stream, tuple[Topic, ...], Batch]]:
    """What streams get of which more than one topic may have changed; a batch for all to which the same have."""
    batches: dict[tuple[Topic, ...], Batch] = {}
    letters: list[tuple[Stream, tuple[Topic, ...], Batch]] = []
    for stream in several:
        topics = tuple(stream.due)
        stream.due.clear()
        batch = batches.get(topics)
        if batch is None:
            batch = batches[topics] = Batch([topic.view() for topic in topics])
        letters.append((stream, topics, batch))
    return letters


def tell(topics: Iterable[Topic], make: Callable[[Topic], tuple[bytes, bytes]], lagging: dict[Stream, None]) -> None:
    """Send something rarer than a view (options, live) now; who is known to lag gets a whole hello later."""
    for topic in topics:
        batch = Batch([make(topic)])
        for stream in list(topic.streams):
            if stream in lagging:
                stream.missed[topic] = True
                continue
            if not stream.ready():
                lagging[stream] = None  # one word goes beyond what is ready, no second one
            stream.put(batch)


def catch_up(lagging: dict[Stream, None], hello: Callable[[Topic], tuple[bytes, bytes]]) -> None:
    """Give those that can read again the newest of what they missed."""
    for stream in [stream for stream in lagging if stream.ready()]:
        del lagging[stream]
        missed, stream.missed = stream.missed, {}
        parts = [hello(topic) if whole else topic.view() for topic, whole in missed.items() if stream in topic.streams]
        if parts:
            stream.put(Batch(parts))
