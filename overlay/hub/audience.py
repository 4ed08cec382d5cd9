"""The audience: which widgets are watched, by which streams, when each is drawn again, and what rare words they hear.

It is called between two ticks of the hub's loop, when every fact that was folded is also committed. It folds nothing
and holds no connection: a stream is what `topics.py` says. It is longer than most, because a show, its topics, their
streams and their times come and go together; apart they would share all their tables.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from overlay.hub.due import Due
from overlay.hub.pace import Pace
from overlay.hub.placed import override
from overlay.hub.topics import Batch, Show, Stream, Topic, catch_up, deliver, encode_json, tell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from overlay.clock import Clock
    from overlay.core.room import Room
    from overlay.hub.placed import Placed

LAG_S: Final = 0.05
"""How often a reader that could not take more is looked at again."""
VARIANTS: Final = 20
"""Distinct overrides of one widget; further ones get the widget's own options."""
RENDER_S: Final = 0.003
"""After so long of rendering everybody else has a turn."""


class Audience:
    """Shows, topics and streams."""

    def __init__(
        self,
        clock: Clock,
        rooms: dict[str, Room],
        *,
        build: str,
        pace_hz: float,
        themes: Callable[[], frozenset[str]],
        theme_build: Callable[[str], str],
    ) -> None:
        """Nobody watches anything."""
        self.placed: dict[str, Placed] = {}  # by key
        self.watched: Callable[[str], None] = lambda _creator: None
        self.lagging: dict[Stream, None] = {}
        self._clock = clock
        self._rooms = rooms
        self._build = build
        self._pace = Pace(pace_hz)
        self._themes = themes
        self._theme_build = theme_build
        self._keys: dict[str, str] = {}  # widget id -> key
        self._live: dict[str, dict[str, Any]] = {}
        self._shows: dict[str, dict[str, Show]] = {}  # widget id -> overrides -> show
        self._topics: dict[str, Topic] = {}  # by w
        self._of: defaultdict[str, dict[Topic, None]] = defaultdict(dict)  # by creator
        self._marked: dict[Show, None] = {}  # heard of since the last push
        self._dirty: Due[Show] = Due()  # drawn later, on the loop's clock
        self._timed: Due[Show] = Due()  # on the server's clock: time alone changes them
        self._look_s = 0.0

    # --- widgets ---

    def widget(self, widget: str) -> Placed:
        """A widget by its id."""
        return self.placed[self._keys[widget]]

    def of(self, creator: str) -> list[Placed]:
        """A creator's widgets."""
        return [placed for placed in self.placed.values() if placed.creator == creator]

    def leave_variants(self, widget: str) -> None:
        """Before a widget's own seat changes: seats that overrides had made of it are made anew, where still wanted."""
        for show in self._shows.get(widget, {}).values():
            self._forget(show)
            if not show.seat.kept:
                show.room.leave(show.seat.widget)

    def place(self, placed: Placed) -> None:
        """A widget that has its seat comes, or changes: its pages get the new options at once, without a reload."""
        old_key = self._keys.get(placed.id)
        if old_key is not None and old_key != placed.key:
            self._tell_gone(old_key)
        if old_key is not None:
            self.placed.pop(old_key, None)
        self._keys[placed.id] = placed.key
        self.placed[placed.key] = placed
        topics = [topic for show in self._shows.pop(placed.id, {}).values() for topic in show.topics.values()]
        for topic in topics:
            self._of[topic.show.placed.creator].pop(topic, None)
            self._of[placed.creator][topic] = None
            topic.show = self._show(placed, topic.w.partition("?")[2])
            topic.show.topics[topic.w] = topic
            topic.show.render(self._clock.now_ms())
            topic.told = topic.show.version
            self._time(topic.show)
        tell(topics, Topic.options, self.lagging)

    def remove(self, key: str) -> Placed | None:
        """A widget goes, or its key is replaced."""
        placed = self.placed.pop(key, None)
        if placed is None:
            return None
        self._keys.pop(placed.id, None)
        self._tell_gone(key)
        self.leave_variants(placed.id)
        self._shows.pop(placed.id, None)
        return placed

    def remove_creator(self, creator: str) -> None:
        """A creator is gone."""
        self._live.pop(creator, None)
        self._of.pop(creator, None)

    def _tell_gone(self, key: str) -> None:
        for topic in [topic for w, topic in self._topics.items() if w.partition("?")[0] == key]:
            batch = Batch([(b"gone", b'{"w":%b}' % topic.quoted)])
            streams, topic.streams = topic.streams, {}  # what they still missed of it is not sent after this
            for stream in streams:
                stream.put(batch)  # also to one that lags: it will hear of nothing else
                stream.topics[topic.w] = None
                if not any(stream.topics.values()):
                    stream.end()
            self._drop(topic)

    # --- shows and topics ---

    def _show(self, placed: Placed, query: str) -> Show:
        shows = self._shows.setdefault(placed.id, {})
        given = override(placed, query, self._themes()) if query else None
        options, theme = (placed.options, placed.theme) if given is None else (given.options, given.theme)
        own = options == placed.options
        name = f"{'' if own else encode_json(options).decode()}|{theme}"
        known = shows.get(name)
        if known is not None:
            return known
        room = self._rooms[placed.creator]
        if not own and sum(not show.seat.kept for show in shows.values()) >= VARIANTS:
            return self._show(placed, "")
        if own:
            seat = room.seats[placed.id]
        else:
            seat = room.variant(f"{placed.id}?{name}", placed.id, options, self._clock.now_ms())
        show = shows[name] = Show(placed, room, seat, theme, self._theme_build(theme))
        return show

    def _topic(self, w: str) -> Topic | None:
        known = self._topics.get(w)
        if known is not None:
            return known
        key, _, query = w.partition("?")
        if not self.knows(key):
            return None
        placed = self.placed[key]
        show = self._show(placed, query)
        topic = self._topics[w] = show.topics[w] = Topic(w, show)
        self._of[placed.creator][topic] = None
        return topic

    def _drop(self, topic: Topic) -> None:
        """Nobody watches this `w` any more; a show without any is forgotten too, with the seat of its overrides."""
        show = topic.show
        self._topics.pop(topic.w, None)
        self._of[show.placed.creator].pop(topic, None)
        show.topics.pop(topic.w, None)
        if not show.topics:
            self._end(show)

    def _end(self, show: Show) -> None:
        self._forget(show)
        if not show.seat.kept:
            show.room.leave(show.seat.widget)
        shows = self._shows.get(show.placed.id, {})
        for name in [name for name, one in shows.items() if one is show]:
            del shows[name]
        if not shows:
            self._shows.pop(show.placed.id, None)

    def _forget(self, show: Show) -> None:
        self._marked.pop(show, None)
        self._dirty.drop(show)
        self._timed.drop(show)

    def _time(self, show: Show) -> None:
        if show.timed:
            self._timed.set(show, show.room.view_wake(show.seat, self._clock.now_ms()))

    # --- streams ---

    def knows(self, w: str) -> bool:
        """Whether a `w` text belongs to a widget."""
        placed = self.placed.get(w.partition("?")[0])
        return placed is not None and placed.creator in self._rooms

    def join(self, stream: Stream, wanted: Iterable[str], first: bytes = b"", build: str = "") -> None:
        """A stream begins: hello once per widget, gone for what nobody knows, a word to a page of an older build."""
        now_ms = self._clock.now_ms()
        parts: list[tuple[bytes, bytes]] = []
        names = dict.fromkeys(wanted)
        for w in names:
            topic = self._topic(w)
            stream.topics[w] = topic
            if topic is None:
                parts.append((b"gone", b'{"w":%b}' % encode_json(w)))
                continue
            self._freshen(topic.show, now_ms)
            fresh = not topic.streams
            topic.streams[stream] = len(names) == 1
            parts.append(self._hello(topic))
            if fresh:
                topic.told = topic.show.version
                self._time(topic.show)
                self.watched(topic.show.placed.creator)
        if build and build != self._build:
            parts.append(self._reload(None))
        stream.put(Batch(parts, first))

    def leave(self, stream: Stream) -> None:
        """A stream is over."""
        self.lagging.pop(stream, None)
        for topic in stream.topics.values():
            if topic is None:
                continue
            topic.streams.pop(stream, None)
            if not topic.streams:
                self._drop(topic)
                self.watched(topic.show.placed.creator)
        stream.topics.clear()

    def view(self, w: str) -> bytes | None:
        """The present view of an address, encoded; None for an unknown one."""
        if not self.knows(w):
            return None
        known = self._topics.get(w)
        key, _, query = w.partition("?")
        show = known.show if known is not None else self._show(self.placed[key], query)
        self._freshen(show, self._clock.now_ms())
        body = show.view()
        if not show.topics:
            self._end(show)
        return body

    def _freshen(self, show: Show, now_ms: int) -> None:
        """Make sure that the show holds the present view. Whoever watches already hears of it when it is due."""
        watched = show.is_watched
        if watched and not show.seat.dirty:
            return
        show.render(now_ms)
        if watched and show not in self._dirty and any(topic.told != show.version for topic in show.topics.values()):
            self._dirty.set(show, show.next_s)

    def watching(self, creator: str, kind: str) -> list[Show]:
        """The shows of one kind that somebody has open."""
        shows = dict.fromkeys(topic.show for topic in self._of.get(creator, {}))
        return [show for show in shows if show.placed.kind.name == kind]

    # --- rare words ---

    def state(self, creator: str, state: str, reason: str) -> None:
        """A creator's light has changed: told to every page of that creator."""
        new = {"state": state, "reason": reason}
        if self._live.get(creator) == new:
            return
        self._live[creator] = new
        tail = encode_json(new)[1:]
        tell(self._of.get(creator, ()), lambda topic: (b"live", b'{"w":%b,%b' % (topic.quoted, tail)), self.lagging)

    def live(self, creator: str) -> dict[str, Any]:
        """A creator's light."""
        return self._live.get(creator, {"state": "offline", "reason": ""})

    def reload_pages(self) -> None:
        """Ask every page to load itself anew."""
        tell(list(self._topics.values()), self._reload, self.lagging)

    def worn(self, apart_from: frozenset[str] = frozenset()) -> dict[str, set[str]]:
        """The themes that somebody watches now, but for these, and the builds that pages were told of ("": none)."""
        found: dict[str, set[str]] = {}
        for shows in self._shows.values():
            for show in shows.values():
                if show.theme not in apart_from and show.is_watched:
                    found.setdefault(show.theme, set()).add(show.theme_build)
        return found

    def dress(self, builds: dict[str, str]) -> None:
        """A creator's own themes have changed: pages that wear them load them anew, and nothing else of themselves."""
        for show in dict.fromkeys(topic.show for topic in self._topics.values()):
            build = builds.get(show.theme, show.theme_build)
            if build != show.theme_build:
                show.theme_build = build
                self._freshen(show, self._clock.now_ms())
                tell(list(show.topics.values()), Topic.options, self.lagging)

    def greet_again(self) -> None:
        """A new hello to every page (the clock has been set); what time alone changes is looked at anew."""
        for topic in self._topics.values():
            self._time(topic.show)
        tell(list(self._topics.values()), self._hello, self.lagging)

    def _hello(self, topic: Topic) -> tuple[bytes, bytes]:
        return topic.hello(self.live(topic.show.placed.creator), self._build, self._clock.now_ms())

    def _reload(self, _topic: Topic | None) -> tuple[bytes, bytes]:
        return b"reload", encode_json({"build": self._build})

    # --- each tick ---

    def mark(self, widget: str) -> None:
        """A widget's view may have changed: it is drawn at the next tick that its pace allows."""
        for show in self._shows.get(widget.partition("?")[0], {}).values():
            if show.seat.dirty:
                self._marked[show] = None

    def repaint(self, creators: Iterable[str]) -> None:
        """Something that views show has come from outside (a picture): draw these creators' widgets again."""
        for creator in creators:
            if creator in self._rooms:
                self._rooms[creator].scene.draw_anew()
            for topic in self._of.get(creator, ()):
                if topic.show not in self._dirty:
                    self._dirty.set(topic.show, topic.show.next_s)

    def next_s(self, now_s: float, now_ms: int) -> float | None:
        """In how many seconds something is to be pushed."""
        if self._marked:
            return 0.0
        waits = [LAG_S] if self.lagging else []
        timed, dirty = self._timed.first(), self._dirty.first()
        if timed is not None:
            waits.append((timed - now_ms) / 1000)
        if dirty is not None:
            waits.append(dirty - now_s)
        return min(waits, default=None)

    async def push(self) -> None:
        """Draw what is due and send what has changed."""
        loop = asyncio.get_running_loop()
        now_s, now_ms = loop.time(), self._clock.now_ms()
        changed: list[Topic] = []
        turn_s = now_s
        for show in self._due(now_s, now_ms):
            if not show.topics:
                continue
            self._draw(show, now_s, now_ms, changed)
            if loop.time() - turn_s > RENDER_S:
                await asyncio.sleep(0)
                turn_s = loop.time()
        if changed:
            for _ in deliver(changed, self.lagging):
                await asyncio.sleep(0)
        if self.lagging and now_s >= self._look_s:
            self._look_s = now_s + LAG_S
            catch_up(self.lagging, self._hello)

    def _due(self, now_s: float, now_ms: int) -> dict[Show, None]:
        """What has been heard of, and what time alone changes."""
        marked, self._marked = self._marked, {}
        for show in self._timed.pop(now_ms) + self._dirty.pop(now_s):
            marked[show] = None
        return marked

    def _draw(self, show: Show, now_s: float, now_ms: int, changed: list[Topic]) -> None:
        if now_s < show.next_s:  # within the pace
            self._dirty.set(show, show.next_s)
            return
        self._dirty.drop(show)
        show.render(now_ms)
        if show.timed:
            self._time(show)
        version, many = show.version, len(changed)
        for topic in show.topics.values():
            if topic.told != version:
                topic.told = version
                changed.append(topic)
        if len(changed) > many:
            show.next_s, show.spent_s = self._pace.sent(now_s, show.spent_s)
