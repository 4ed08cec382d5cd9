"""The hub: rooms by creator and the one loop that folds what came in, commits it, and pushes what changed.

A page sees a fact only after its commit: the loop folds, waits for the commit, then renders; nothing is folded in
between. The hub opens no socket and no file; frames come in by `frame` and `event`, commits go out by a function.
Who watches what is the audience's. Longer than others: it is also the one face that the rest of the house sees.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections import deque
from typing import TYPE_CHECKING, Any, Final, TypeVar

from overlay.core import tiktool
from overlay.core.tiktool import BadFrame
from overlay.hub.audience import Audience
from overlay.hub.due import Due
from overlay.hub.pulse import Pulse

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from overlay.clock import Clock
    from overlay.core.events import Event
    from overlay.core.facts import Fact
    from overlay.core.keeping import Change
    from overlay.core.room import Room
    from overlay.hub.placed import Placed
    from overlay.hub.topics import Show, Stream

log = logging.getLogger("overlay.hub")
T = TypeVar("T")

GAP_S: Final = 0.005
BUSY_GAP_S: Final = 0.012
"""The shortest time between two ticks: under load many frames share one commit, under lasting load more of them."""
FOLD_S: Final = 0.02
"""The longest that one tick folds: what came in beyond that waits for the next one, and sockets have a turn."""
JOBS: Final = 50
"""After so many jobs (streams that begin, all at once after a restart) everybody else has a turn."""


class Hub:
    """Rooms, the audience and the loop."""

    def __init__(
        self,
        clock: Clock,
        commit: Callable[[list[Change]], Awaitable[None]],
        *,
        build: str,
        pace_hz: float,
        themes: Callable[[], frozenset[str]] = frozenset,
        theme_build: Callable[[str], str] = lambda _theme: "",
    ) -> None:
        """Wire the hub; `run` does the rest."""
        self.clock = clock
        self.build = build
        self.rooms: dict[str, Room] = {}
        self.pulses: dict[str, Pulse] = {}
        self.audience = Audience(
            clock, self.rooms, build=build, pace_hz=pace_hz, themes=themes, theme_build=theme_build
        )
        self.heard: Callable[[str, Fact], None] = lambda _creator, _fact: None
        self.noticed: Callable[[str, Event], None] = lambda _creator, _event: None
        self.raw: Callable[[str, int, str, bytes | Event], None] = lambda _creator, _at, _socket, _raw: None
        self._commit = commit
        self._inbox: deque[tuple[str, str, bytes | str | Event, int, bool]] = deque()
        self._jobs: list[tuple[Callable[[], Any], asyncio.Future[Any]]] = []
        self._due: Due[str] = Due()  # creators whose room has a timer
        self._touched: dict[str, None] = {}
        self._wake = asyncio.Event()
        self._ticked_s = 0.0
        self._gap_s = GAP_S
        self._pressed = False  # whether something came in before the gap was over
        self._stopping = False

    @property
    def placed(self) -> dict[str, Placed]:
        """Every widget by its key."""
        return self.audience.placed

    @property
    def watched(self) -> Callable[[str], None]:
        """Called with a creator whose widgets are watched anew, or no longer."""
        return self.audience.watched

    @watched.setter
    def watched(self, call: Callable[[str], None]) -> None:
        self.audience.watched = call

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
        self.audience.state(creator, state, reason)

    def live(self, creator: str) -> dict[str, Any]:
        """A creator's light."""
        return self.audience.live(creator)

    async def settled(self, job: Callable[[], T]) -> T:
        """Run something between two ticks: what was heard before is folded (unless a flood waits), and committed."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._jobs.append((job, future))
        self._wake.set()
        return await future

    async def alone(self, job: Callable[[], Awaitable[T]]) -> T:
        """The same for something that must wait itself: until it is done nothing is folded, everything is kept."""
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
        for placed in self.audience.of(creator):
            self.remove(placed.key)
        self.rooms.pop(creator, None)
        self.pulses.pop(creator, None)
        self._due.drop(creator)
        self.audience.remove_creator(creator)

    def place(self, placed: Placed, stage: Mapping[str, bytes] | None = None) -> None:
        """A widget comes, or changes: its pages get the new options at once, without a reload."""
        self.audience.leave_variants(placed.id)
        self.rooms[placed.creator].seat(placed.id, placed.kind, placed.options, self.clock.now_ms(), stage=stage)
        self._touched[placed.creator] = None
        self.audience.place(placed)

    def remove(self, key: str) -> None:
        """A widget goes, or its key is replaced."""
        placed = self.audience.remove(key)
        room = None if placed is None else self.rooms.get(placed.creator)
        if placed is not None and room is not None:
            room.leave(placed.id)
            self._touched[placed.creator] = None

    # --- streams ---

    def knows(self, w: str) -> bool:
        """Whether a `w` text belongs to a widget."""
        return self.audience.knows(w)

    def join(self, stream: Stream, wanted: Iterable[str], first: bytes = b"", build: str = "") -> None:
        """A stream begins, by a page of that build. Inside `settled`."""
        self.audience.join(stream, wanted, first, build)

    def leave(self, stream: Stream) -> None:
        """A stream is over."""
        self.audience.leave(stream)

    def watching(self, creator: str, kind: str) -> list[Show]:
        """The shows of one kind that somebody has open."""
        return self.audience.watching(creator, kind)

    def view(self, w: str) -> bytes | None:
        """The present view of an address, encoded; None for an unknown one. Inside `settled`."""
        return self.audience.view(w)

    def order(self, widget: str, do: str) -> None:
        """An order of the owner to a widget's stage (alerts). Inside `settled`."""
        creator = self.audience.widget(widget).creator
        room = self.rooms[creator]
        for seat in [seat for seat in room.seats.values() if seat.widget.partition("?")[0] == widget]:
            if seat.base is None:
                seat.stage.order(do, self.clock.now_ms(), seat.options)  # type: ignore[union-attr]  # alerts have one
                room.touch(seat)
        self._touched[creator] = None
        self._wake.set()

    def repaint(self, creators: Iterable[str]) -> None:
        """Something that views show has come from outside (a picture): draw these creators' widgets again."""
        self.audience.repaint(creators)
        self._wake.set()

    def worn(self, apart_from: frozenset[str] = frozenset()) -> dict[str, set[str]]:
        """The themes that somebody watches now, but for these, and the builds that pages were told of ("": none)."""
        return self.audience.worn(apart_from)

    def dress(self, builds: dict[str, str]) -> None:
        """Creators' own themes have changed. Inside `settled`."""
        self.audience.dress(builds)

    def reload_pages(self) -> None:
        """Ask every page to load itself anew."""
        self.audience.reload_pages()

    async def keep_time(self) -> bool:
        """Follow the machine's clock if it was set, or slept; every page gets a new hello. True if that was so."""
        if not self.clock.anchor():
            return False
        log.warning("the machine's clock was set or the machine slept: the server follows it")
        await self.settled(self.audience.greet_again)
        return True

    # --- the loop ---

    async def run(self) -> None:
        """Fold, commit, push, until `stop`."""
        loop = asyncio.get_running_loop()
        while not self._stopping:
            await self._sleep(loop)
            self._ticked_s = loop.time()
            # a job that comes while this tick is written waits for the next, with the frames that came before it
            jobs, self._jobs = self._jobs, []
            await self._keep(self._fold(self._ticked_s + FOLD_S))
            await self._run_jobs(jobs)
            await self._push()
        while self._inbox:
            await self._keep(self._fold(loop.time() + FOLD_S))
        await self._keep(self._fold(loop.time()))
        jobs, self._jobs = self._jobs, []
        await self._run_jobs(jobs)

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
            timer = loop.call_later(wait_s, self._wake.set)
            await self._wake.wait()
            timer.cancel()
        # what comes after a pause goes at once, what comes soon after a tick waits for company; others have a turn
        rest_s = self._ticked_s + self._gap_s - loop.time()
        self._pressed = rest_s > 0
        await asyncio.sleep(max(0.0, rest_s))
        self._wake.clear()

    def _next_s(self, now_s: float) -> float | None:
        if self._inbox or self._jobs or self._touched:
            return 0.0
        now_ms = self.clock.now_ms()
        wait_s, due_ms = self.audience.next_s(now_s, now_ms), self._due.first()
        waits = [wait for wait in (wait_s, None if due_ms is None else (due_ms - now_ms) / 1000) if wait is not None]
        return max(0.0, min(waits)) if waits else None

    async def _keep(self, changes: list[Change]) -> None:
        """Commit a tick. A bug in what one room hands over is the store's to log; the loop is everybody's."""
        if not changes:
            return
        self._gap_s = min(BUSY_GAP_S, self._gap_s * 1.5) if self._pressed else GAP_S
        try:
            await self._commit(changes)
        except Exception:
            log.exception("a tick could not be committed; the overlays go on, please report this")

    async def _push(self) -> None:
        try:
            await self.audience.push()
        except Exception:  # as above
            log.exception("a push broke; please report this")

    def _fold(self, until_s: float) -> list[Change]:
        """Take in what has come, for so long; then end the tick of each room that it concerned."""
        inbox, time = self._inbox, asyncio.get_running_loop().time
        touched, self._touched = self._touched, {}
        while inbox:
            creator, socket, raw, at_ms, trial = inbox.popleft()
            room = self.rooms.get(creator)
            if room is None:
                continue
            touched[creator] = None
            self._hear(room, self.pulses[creator], socket, raw, at_ms, trial=trial)
            if time() > until_s:
                break
        # no room is ahead of a frame of its own that still waits
        now_ms = self.clock.now_ms() if not inbox else min(inbox[0][3], self.clock.now_ms())
        for creator in self._due.pop(now_ms):
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
        due_ms = self._due.when(pulse.creator)
        if due_ms is not None and due_ms <= at_ms:
            room.advance(at_ms)  # what falls due within this very tick runs at its end
        if not isinstance(raw, bytes | str):
            if not trial:
                self.raw(pulse.creator, at_ms, socket, raw)
            room.hear(raw, at_ms, trial=trial)
            return
        if not trial:
            self.raw(pulse.creator, at_ms, socket, raw if isinstance(raw, bytes) else raw.encode())
        found: list[Event | BadFrame]
        try:
            found = [*(tiktool.decode_captions(raw) if socket == "captions" else tiktool.decode_all(raw))]
        except BadFrame as bad:
            found = [bad]
        for event in found:
            if isinstance(event, BadFrame):
                pulse.bad(event.reason)
                continue
            pulse.events += 1
            pulse.last_event_ms = at_ms
            if not trial:
                self.noticed(pulse.creator, event)
            room.hear(event, at_ms, trial=trial)

    def _close(self, creator: str, now_ms: int) -> list[Change]:
        """End a room's tick: timers, who is dirty, what is to be kept."""
        try:
            return self._close_one(creator, now_ms)
        except Exception:
            log.exception("creator=%s a tick broke; please report this", creator)
            self.pulses[creator].bad("bug")
            return []

    def _close_one(self, creator: str, now_ms: int) -> list[Change]:
        room = self.rooms[creator]
        due_ms = room.advance(now_ms)
        heard, room.heard = room.heard, []
        for fact in heard:
            self.heard(creator, fact)
        self._due.set(creator, due_ms)
        for widget in room.changed_seats:
            self.audience.mark(widget)
        room.changed_seats.clear()
        change = room.drain()
        return [change] if change else []

    async def _run_jobs(self, jobs: list[tuple[Callable[[], Any], asyncio.Future[Any]]]) -> None:
        for count, (job, future) in enumerate(jobs, 1):
            if future.cancelled():
                continue
            try:
                made = job()
                future.set_result(await made if inspect.isawaitable(made) else made)
            except Exception as bug:  # noqa: BLE001  the asker gets it, the loop goes on
                future.set_exception(bug)
            if not count % JOBS:
                await asyncio.sleep(0)
