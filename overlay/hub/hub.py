"""The hub: rooms by creator and the one loop that folds what came in, commits it, and pushes what changed.

A page sees a fact only after its commit: the loop folds, waits for the commit, then renders; nothing is folded in
between. The hub opens no socket and no file; frames come in by `frame` and `event`, commits go out by a function.
"""

from __future__ import annotations

import asyncio
import heapq
import logging
from typing import TYPE_CHECKING, Any, Final, TypeVar

from overlay.core import tiktool
from overlay.core.tiktool import BadFrame
from overlay.hub.placed import Placed, override
from overlay.hub.pulse import Pulse
from overlay.hub.topics import Batch, Show, Stream, Topic, catch_up, deliver, encode_json, tell

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from overlay.clock import Clock
    from overlay.core.events import Event
    from overlay.core.facts import Fact
    from overlay.core.keeping import Change
    from overlay.core.room import Room

log = logging.getLogger("overlay.hub")
T = TypeVar("T")

GAP_S: Final = 0.005
"""The shortest time between two ticks: under load many frames share one commit."""
LAG_S: Final = 0.05
"""How often a reader that could not take more is looked at again."""
VARIANTS: Final = 20
"""Distinct overrides of one widget; further ones get the widget's own options."""


class Hub:
    """Rooms, topics, streams and the loop."""

    def __init__(
        self,
        clock: Clock,
        commit: Callable[[list[Change]], Awaitable[None]],
        *,
        build: str,
        pace_hz: float,
        themes: Callable[[], frozenset[str]] = frozenset,
    ) -> None:
        """Wire the hub; `run` does the rest."""
        self.clock = clock
        self.build = build
        self.rooms: dict[str, Room] = {}
        self.pulses: dict[str, Pulse] = {}
        self.placed: dict[str, Placed] = {}  # by key
        self.heard: Callable[[str, Fact], None] = lambda _creator, _fact: None
        self.raw: Callable[[str, int, str, bytes | Event], None] = lambda _creator, _at, _socket, _raw: None
        self.watched: Callable[[str], None] = lambda _creator: None
        self._themes = themes
        self._commit = commit
        self._pace_s = 1 / pace_hz
        self._inbox: list[tuple[str, str, bytes | str | Event, int, bool]] = []
        self._live: dict[str, dict[str, Any]] = {}
        self._shows: dict[str, dict[str, Show]] = {}  # widget id -> overrides -> show
        self._topics: dict[str, Topic] = {}
        self._dirty: dict[Show, None] = {}
        self._lagging: dict[Stream, None] = {}
        self._jobs: list[tuple[Callable[[], Any], asyncio.Future[Any]]] = []
        self._timers: list[tuple[int, str]] = []
        self._due: dict[str, int] = {}
        self._view_timers: dict[Show, int] = {}
        self._touched: dict[str, None] = {}
        self._wake = asyncio.Event()
        self._stopping = False

    # --- what comes in ---

    def frame(self, creator: str, socket: str, raw: bytes | str, *, trial: bool = False) -> None:
        """A frame of a socket, as received; folded in the next tick."""
        self._inbox.append((creator, socket, raw, self.clock.now_ms(), trial))
        self._wake.set()

    def event(self, creator: str, event: Event, *, trial: bool = False) -> None:
        """Something that is no frame: a socket opened or closed, a liveness answer, a reset."""
        self._inbox.append((creator, "", event, self.clock.now_ms(), trial))
        self._wake.set()

    def state(self, creator: str, state: str, reason: str) -> None:
        """A creator's light has changed: told to every page of that creator."""
        new = {"state": state, "reason": reason}
        if self._live.get(creator) == new:
            return
        self._live[creator] = new
        tail = encode_json(new)[1:]
        topics = [topic for topic in self._topics.values() if topic.show.placed.creator == creator]
        tell(topics, lambda topic: (b"live", b'{"w":%b,%b' % (topic.quoted, tail)), self._lagging)

    def live(self, creator: str) -> dict[str, Any]:
        """A creator's light."""
        return self._live.get(creator, {"state": "offline", "reason": ""})

    async def settled(self, job: Callable[[], T]) -> T:
        """Run something between two ticks, when every fact that has been folded is also committed."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._jobs.append((job, future))
        self._wake.set()
        return await future

    # --- rooms and widgets (call these inside `settled` while the loop runs) ---

    def add_room(self, creator: str, room: Room) -> None:
        """A creator comes."""
        self.rooms[creator] = room
        self.pulses[creator] = Pulse(creator)
        self._touched[creator] = None

    def remove_room(self, creator: str) -> None:
        """A creator goes; their widgets' pages empty themselves."""
        for placed in [placed for placed in self.placed.values() if placed.creator == creator]:
            self.remove(placed.key)
        self.rooms.pop(creator, None)
        self.pulses.pop(creator, None)

    def place(self, placed: Placed, stage: bytes | None = None) -> None:
        """A widget comes, or changes: its pages get the new options at once, without a reload."""
        room = self.rooms[placed.creator]
        old = next((one for one in self.placed.values() if one.id == placed.id), None)
        if old is not None and old.key != placed.key:
            self._tell_gone(old.key)
        if old is not None:
            self.placed.pop(old.key)
        self.placed[placed.key] = placed
        room.seat(placed.id, placed.kind, placed.options, self.clock.now_ms(), stage=stage)
        self._touched[placed.creator] = None
        topics = [topic for topic in self._topics.values() if topic.show.placed.id == placed.id]
        self._shows.pop(placed.id, None)
        for topic in topics:
            self._reshow(topic, placed)
        tell(topics, Topic.options, self._lagging)

    def remove(self, key: str) -> None:
        """A widget goes, or its key is replaced."""
        placed = self.placed.pop(key, None)
        if placed is None:
            return
        self._tell_gone(key)
        room = self.rooms.get(placed.creator)
        for show in self._shows.pop(placed.id, {}).values():
            self._dirty.pop(show, None)
            self._view_timers.pop(show, None)
            if room is not None:
                room.leave(show.seat.widget)
        if room is not None:
            room.leave(placed.id)

    def _tell_gone(self, key: str) -> None:
        for topic in [topic for w, topic in self._topics.items() if w.partition("?")[0] == key]:
            batch = Batch([(b"gone", b'{"w":%b}' % topic.quoted)])
            for stream in topic.streams:
                stream.put(batch)  # also to one that lags: it will hear of nothing else
            del self._topics[topic.w]
            topic.show.topics.pop(topic.w, None)
            for stream in list(topic.streams):
                stream.topics[topic.w] = None
                if not any(stream.topics.values()):
                    stream.end()

    def _reshow(self, topic: Topic, placed: Placed) -> None:
        old = topic.show
        self._dirty.pop(old, None)
        self._view_timers.pop(old, None)
        topic.show = self._show(placed, topic.w.partition("?")[2])
        topic.show.topics[topic.w] = topic
        topic.show.render(self.clock.now_ms())
        topic.refresh()
        self._time_view(topic.show)

    def _show(self, placed: Placed, query: str) -> Show:
        shows = self._shows.setdefault(placed.id, {})
        given = override(placed, query, self._themes()) if query else None
        options, theme = (placed.options, placed.theme) if given is None else (given.options, given.theme)
        own = options == placed.options
        name = f"{'' if own else encode_json(options).decode()}|{theme}"
        known = shows.get(name)
        if known is not None:
            return known
        room = self.rooms[placed.creator]
        if not own and sum(not show.seat.kept for show in shows.values()) >= VARIANTS:
            return self._show(placed, "")
        if own:
            seat = room.seats[placed.id]
        else:
            seat = room.variant(f"{placed.id}?{name}", placed.id, options, self.clock.now_ms())
        show = shows[name] = Show(placed, room, seat, theme)
        return show

    def _topic(self, w: str) -> Topic | None:
        known = self._topics.get(w)
        if known is not None:
            return known
        key, _, query = w.partition("?")
        placed = self.placed.get(key)
        if placed is None or placed.creator not in self.rooms:
            return None
        show = self._show(placed, query)
        topic = self._topics[w] = Topic(w, show)
        show.topics[w] = topic
        return topic

    # --- streams ---

    def knows(self, w: str) -> bool:
        """Whether a `w` text belongs to a widget."""
        placed = self.placed.get(w.partition("?")[0])
        return placed is not None and placed.creator in self.rooms

    def join(self, stream: Stream, wanted: Iterable[str], first: bytes = b"") -> None:
        """A stream begins: hello once per widget, gone for what nobody knows. Inside `settled`."""
        now_ms = self.clock.now_ms()
        parts: list[tuple[bytes, bytes]] = []
        for w in dict.fromkeys(wanted):
            topic = self._topic(w)
            stream.topics[w] = topic
            if topic is None:
                parts.append((b"gone", b'{"w":%b}' % encode_json(w)))
                continue
            self._freshen(topic, now_ms)
            fresh = not topic.streams
            topic.streams[stream] = None
            parts.append(self._hello(topic))
            if fresh:
                self._time_view(topic.show)
                self.watched(topic.show.placed.creator)
        stream.put(Batch(parts, first))

    def _freshen(self, topic: Topic, now_ms: int) -> None:
        """Make sure that the topic holds the present view: a widget nobody watched has not been rendered."""
        show = topic.show
        if not any(other.streams for other in show.topics.values()) or show.seat.dirty:
            show.render(now_ms)
        for other in show.topics.values():
            other.refresh()

    def leave(self, stream: Stream) -> None:
        """A stream is over."""
        self._lagging.pop(stream, None)
        for topic in stream.topics.values():
            if topic is None:
                continue
            topic.streams.pop(stream, None)
            if not topic.streams:
                self._unwatch(topic)
        stream.topics.clear()

    def _unwatch(self, topic: Topic) -> None:
        show = topic.show
        self._topics.pop(topic.w, None)
        show.topics.pop(topic.w, None)
        if not show.topics:
            self._dirty.pop(show, None)
            self._view_timers.pop(show, None)
            if not show.seat.kept:
                show.room.leave(show.seat.widget)
            shows = self._shows.get(show.placed.id, {})
            for name in [name for name, one in shows.items() if one is show]:
                del shows[name]
        self.watched(show.placed.creator)

    def watching(self, creator: str, kind: str) -> list[Show]:
        """The shows of one kind that somebody has open."""
        return [
            show
            for shows in self._shows.values()
            for show in shows.values()
            if show.topics and show.placed.creator == creator and show.placed.kind.name == kind
        ]

    def view(self, w: str) -> bytes | None:
        """The present view of an address, encoded; None for an unknown one. Inside `settled`."""
        known = self._topics.get(w)
        key, _, query = w.partition("?")
        placed = self.placed.get(key)
        if placed is None or placed.creator not in self.rooms:
            return None
        show = known.show if known is not None else self._show(placed, query)
        show.render(self.clock.now_ms()) if known is None else self._freshen(known, self.clock.now_ms())
        body = show.view()
        if known is None and not show.topics and not show.seat.kept:
            show.room.leave(show.seat.widget)
            shows = self._shows.get(placed.id, {})
            for name in [name for name, one in shows.items() if one is show]:
                del shows[name]
        return body

    def _hello(self, topic: Topic) -> tuple[bytes, bytes]:
        return topic.hello(self.live(topic.show.placed.creator), self.build, self.clock.now_ms())

    def order(self, widget: str, do: str) -> None:
        """An order of the owner to a widget's stage (alerts). Inside `settled`."""
        placed = next(one for one in self.placed.values() if one.id == widget)
        room = self.rooms[placed.creator]
        for seat in [seat for seat in room.seats.values() if seat.widget.partition("?")[0] == widget]:
            if seat.base is None:
                seat.stage.order(do, self.clock.now_ms(), seat.options)  # type: ignore[union-attr]  # alerts have one
                room.touch(seat)
        self._touched[placed.creator] = None
        self._wake.set()

    def repaint(self, creators: Iterable[str]) -> None:
        """Something that views show has come from outside (a picture): draw these creators' widgets again."""
        wanted = set(creators)
        for topic in self._topics.values():
            if topic.show.placed.creator in wanted:
                self._dirty[topic.show] = None
        self._wake.set()

    def reload_pages(self) -> None:
        """Ask every page to load itself anew."""
        data = encode_json({"build": self.build})
        tell(list(self._topics.values()), lambda _topic: (b"reload", data), self._lagging)

    def greet_again(self) -> None:
        """A new hello to every page (the clock has been set)."""
        tell(list(self._topics.values()), self._hello, self._lagging)

    # --- the loop ---

    async def run(self) -> None:
        """Fold, commit, push, until `stop`."""
        loop = asyncio.get_running_loop()
        while not self._stopping:
            await self._sleep(loop)
            began = loop.time()
            changes = self._fold()
            if changes:
                await self._commit(changes)
            self._run_jobs()
            await self._push()
            rest = began + GAP_S - loop.time()
            if rest > 0:
                await asyncio.sleep(rest)
        changes = self._fold()
        if changes:
            await self._commit(changes)
        self._run_jobs()

    async def stop(self) -> None:
        """The loop ends after one more tick."""
        self._stopping = True
        self._wake.set()

    async def _sleep(self, loop: asyncio.AbstractEventLoop) -> None:
        """Until something comes in, or a timer or a paced view is due."""
        wait_s = self._next_s(loop.time())
        if wait_s is None:
            await self._wake.wait()
        elif wait_s > 0 and not self._wake.is_set():
            handle = loop.call_later(wait_s, self._wake.set)
            await self._wake.wait()
            handle.cancel()
        self._wake.clear()

    def _next_s(self, now_s: float) -> float | None:
        waits: list[float] = []
        while self._timers and self._due.get(self._timers[0][1]) != self._timers[0][0]:
            heapq.heappop(self._timers)
        now_ms = self.clock.now_ms()
        if self._timers:
            waits.append((self._timers[0][0] - now_ms) / 1000)
        if self._view_timers:
            waits.append((min(self._view_timers.values()) - now_ms) / 1000)
        if self._dirty:
            waits.append(min(show.next_ms for show in self._dirty) - now_s)
        if self._lagging:
            waits.append(LAG_S)
        return max(0.0, min(waits)) if waits else None

    def _fold(self) -> list[Change]:
        inbox, self._inbox = self._inbox, []
        touched, self._touched = self._touched, {}
        for creator, socket, raw, at_ms, trial in inbox:
            room = self.rooms.get(creator)
            if room is not None:
                touched[creator] = None
                self._hear(room, self.pulses[creator], socket, raw, at_ms, trial=trial)
        now_ms = self.clock.now_ms()
        while self._timers and self._timers[0][0] <= now_ms:
            due_ms, creator = heapq.heappop(self._timers)
            if self._due.get(creator) == due_ms and creator in self.rooms:
                touched[creator] = None
        return [change for creator in touched if creator in self.rooms for change in self._close(creator, now_ms)]

    def _hear(
        self, room: Room, pulse: Pulse, socket: str, raw: bytes | str | Event, at_ms: int, *, trial: bool
    ) -> None:
        try:
            self._hear_one(room, pulse, socket, raw, at_ms, trial=trial)
        except Exception:  # one creator's trouble must never touch another's: the loop is everybody's
            log.exception("creator=%s a frame broke the fold; it is left out, please report this", pulse.creator)
            pulse.bad("bug")

    def _hear_one(
        self, room: Room, pulse: Pulse, socket: str, raw: bytes | str | Event, at_ms: int, *, trial: bool
    ) -> None:
        room.advance(at_ms)
        if not isinstance(raw, bytes | str):
            if not trial:
                self.raw(pulse.creator, at_ms, socket, raw)
            room.hear(raw, at_ms, trial=trial)
            return
        if not trial:
            self.raw(pulse.creator, at_ms, socket, raw if isinstance(raw, bytes) else raw.encode())
        try:
            found = tiktool.decode_captions(raw) if socket == "captions" else tiktool.decode_all(raw)
        except BadFrame as bad:
            found = [bad]
        for event in found:
            if isinstance(event, BadFrame):
                pulse.bad(event.reason)
                continue
            pulse.events += 1
            pulse.last_event_ms = at_ms
            room.hear(event, at_ms, trial=trial)

    def _close(self, creator: str, now_ms: int) -> list[Change]:
        """End a room's tick: timers, who is dirty, what is to be kept."""
        room = self.rooms[creator]
        room.advance(now_ms)
        heard, room.heard = room.heard, []
        for fact in heard:
            self.heard(creator, fact)
        wake = room.wake()
        if wake is None:
            self._due.pop(creator, None)
        elif self._due.get(creator) != wake:
            self._due[creator] = wake
            heapq.heappush(self._timers, (wake, creator))
        for widget in room.changed_seats:
            for show in self._shows.get(widget.partition("?")[0], {}).values():
                if show.seat.dirty and show.topics:
                    self._dirty[show] = None
        room.changed_seats.clear()
        change = room.drain()
        return [change] if change else []

    def _run_jobs(self) -> None:
        jobs, self._jobs = self._jobs, []
        for job, future in jobs:
            if future.cancelled():
                continue
            try:
                future.set_result(job())
            except Exception as bug:  # noqa: BLE001  the asker gets it, the loop goes on
                future.set_exception(bug)

    async def _push(self) -> None:
        now_s, now_ms = asyncio.get_running_loop().time(), self.clock.now_ms()
        for show in [show for show, due in self._view_timers.items() if due <= now_ms]:
            del self._view_timers[show]
            self._dirty[show] = None
        changed: list[Topic] = []
        for show in [show for show in self._dirty if show.next_ms <= now_s]:
            del self._dirty[show]
            self._time_view(show)
            if show.render(now_ms):
                show.next_ms = now_s + self._pace_s
                for topic in show.topics.values():
                    topic.refresh()
                    changed.append(topic)
        if changed:
            for _ in deliver(changed, self._lagging):
                await asyncio.sleep(0)
        if self._lagging:
            catch_up(self._lagging, self._hello)

    def _time_view(self, show: Show) -> None:
        wake = show.room.view_wake(show.seat, self.clock.now_ms())
        if wake is None:
            self._view_timers.pop(show, None)
        else:
            self._view_timers[show] = wake
