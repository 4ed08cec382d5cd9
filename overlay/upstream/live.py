"""One creator's live socket: waits to be called, connects, reads, and does what the pure table says when it ends.

A `Line` owns one task and at most one socket. It hands frames on as they are; of their content it only looks at
limit notices and the room's id. What it believes of the stream is `core.liveness.Course`, what to do next comes from
`core.closing`, and all that is shared with other creators of the key is its `Account`.
It is longer than other modules because the states of one connection are easier to judge side by side.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from msgspec import structs

from overlay.core import events
from overlay.core.closing import History, Step
from overlay.core.endings import Ending, reading
from overlay.core.glance import Glance, glance
from overlay.core.liveness import Course, Row, Sight, State, light, plain_handle
from overlay.upstream.berths import Berths
from overlay.upstream.crew import Crew
from overlay.upstream.dial import address
from overlay.upstream.lamp import Lamp
from overlay.upstream.session import Session
from overlay.upstream.settings import CreatorSettings, Inbox
from overlay.upstream.shared import Shared

LOG = logging.getLogger("overlay.upstream.live")


class Key(Protocol):
    """What a line needs of its account."""

    shared: Shared
    berths: Berths

    @property
    def refused(self) -> str | None:
        """Why the key may not be used."""

    @property
    def paused(self) -> str | None:
        """Why nothing of the key connects now."""

    def react(self, creator: str, ending: Ending, past: History) -> tuple[Step, History]:
        """The next step, with what it means to the key already done."""

    async def check(self, line: Line) -> Row:
        """One liveness answer, now."""


class Line:
    """One creator's live socket."""

    def __init__(
        self, settings: CreatorSettings, key: Key, inbox: Inbox, on_state: Callable[[str, State, str], None]
    ) -> None:
        """Long, because everything that it needs arrives here by name."""
        self.id = settings.id
        self.settings = settings
        self.key, self._inbox = key, inbox
        self.shared = key.shared
        self.lamp = Lamp(settings.id, self.shared.now_ms, on_state)
        self.course = Course(definite_ms=self.shared.now_ms())
        self.greeting = Glance()
        self.proven_ms: int | None = None
        self.reconnects = 0
        self.next_try_ms: int | None = None
        self.on_change: Callable[[], None] = lambda: None
        self.on_open: Callable[[Line], None] = lambda _line: None
        self._crew = Crew(settings.handle)
        self._past = History()
        self._step: Step | None = None
        self._stopped: str | None = None
        self._phase = "idle"  # idle | waiting | queue | dialling | open
        self._called = asyncio.Event()
        self._hurry = asyncio.Event()
        self._not_before = 0.0
        self._seen_offline = False
        self._session = Session(
            self.shared,
            self._crew,
            opened=self._opened,
            frame=self._frame,
            closed=self._closed,
            quiet=self.refresh,
        )
        self._opened_before = False
        self._notice: events.Notice | None = None
        self._confirming = False
        self._leaving = False

    # --- what others may know and tell ---

    @property
    def handle(self) -> str:
        """The handle as it is sent."""
        return plain_handle(self.settings.handle)

    @property
    def connected(self) -> bool:
        """Whether the socket is open."""
        return self._session.connected

    @property
    def asks(self) -> bool:
        """Whether preflight asks about this creator."""
        return self.settings.enabled and self._stopped is None and self._phase in {"idle", "waiting", "queue"}

    @property
    def stuck(self) -> bool:
        """Whether only a change of settings helps."""
        return self._stopped is not None

    @property
    def delivering(self) -> bool:
        """Whether the socket is open and somebody was heard on it lately."""
        quiet_ms = self.shared.timing.quiet_s * 1000
        return self.connected and self.proven_ms is not None and self.shared.now_ms() - self.proven_ms < quiet_ms

    @property
    def goes_on(self) -> bool:
        """Whether the stream is live as far as can be known, and no end was announced."""
        course = self.course
        return self.settings.enabled and course.running and course.signal_ms is None and course.offline_ms is None

    def start(self) -> None:
        """Begins."""
        self._crew.keep("live socket", self._run)
        self.refresh()

    async def stop(self) -> None:
        """Closes the socket with 1000 and ends."""
        self._leaving = True
        self.key.berths.withdraw(self.id)
        await self._session.stop()
        await self._crew.stop()

    def change(self, settings: CreatorSettings) -> None:
        """New settings; handle and source are the same."""
        self.settings = settings
        if not settings.enabled:
            self._to_idle(0.0)
            self._session.close()
        self.refresh()

    def halt(self) -> None:
        """The key may not be used any more."""
        self._to_idle(0.0)
        self._session.close()
        self.refresh()

    def heard(self, row: Row, *, erred: bool = False, lost: str | None = None) -> None:
        """A liveness answer; `lost` says why there was none."""
        if self._leaving:
            return
        if row.live is not None:
            self._inbox.event(self.id, events.Checked(live=row.live, room_id=row.room_id))
        confirmed = self.course.answered(row, self.shared.now_ms(), erred=erred, lost=lost)
        if row.live is False:
            self._seen_offline = True
            if confirmed:
                LOG.info("creator=%s ended", self.handle)
            if not self.course.running:
                self._to_idle(self._not_before)
                self._session.close()
        elif row.live:
            self._answered_live()
        self.refresh()

    def call(self) -> None:
        """Connect now, whatever was waited for: a verified live.start."""
        if self.asks:
            self._past = structs.replace(self._past, rung=0, quick=0)
            self._not_before = 0.0
            self._go()

    def hurry(self) -> None:
        """A start was announced: the next live answer connects at once."""
        self._seen_offline = True
        self._not_before = 0.0

    def proof(self) -> None:
        """A viewer event was heard: the stream goes on, and the connection is a good one."""
        self.proven_ms = self.shared.now_ms()
        news = self.course.signal_ms is not None or self.course.offline_ms is not None or not self.course.running
        if not self.connected:
            return
        self.course.proved()
        if self._past.quick:
            self._past = structs.replace(self._past, quick=0)
        if news:
            self.refresh()

    def ending(self) -> None:
        """An end signal on the socket or by webhook: one check after a while confirms it."""
        self.course.announced(self.shared.now_ms())
        self.refresh()
        self._confirm_soon()

    def refresh(self) -> None:
        """Looks whether the light changed; who leaves has none."""
        if self._leaving:
            return
        self.lamp.show(self.handle, *light(self._sight()))
        self.on_change()

    # --- the task ---

    async def _run(self) -> None:
        while True:
            self._set("idle")
            await self._called.wait()
            self._called.clear()
            if not self.settings.enabled or self._stopped is not None:
                continue
            ending = await self._connect()
            if ending is not None:
                await self._after(ending)

    async def _connect(self) -> Ending | None:
        """One connection from its place in the queue to its end; None when it was called off."""
        self._set("queue")
        if not await self.key.berths.take(self.id, self.settings.priority):
            return None
        try:
            if not self.settings.enabled or self.key.refused:
                return None
            self._set("dialling")
            return await self._dial()
        finally:
            self.key.berths.leave(self.id)

    async def _dial(self) -> Ending:
        """One socket, from dialling to its end."""
        self._notice, self.proven_ms, self.greeting = None, None, Glance()
        where = address(self.shared.bases.ws, "/", self.shared.key, uniqueId=self.handle)
        ending = structs.replace(await self._session.run(where), proven=self.proven_ms is not None)
        notice: events.Notice | None = self._notice
        if notice is None:
            return ending
        text = self.shared.masking.text(notice.text)
        return structs.replace(ending, notice=notice.kind, notice_text=text, session_max_ms=notice.session_max_ms)

    def _opened(self) -> None:
        """The socket is open."""
        self.reconnects += 1 if self._opened_before else 0
        self._opened_before = True
        self._seen_offline, self._step = False, None
        self.course.started(self.shared.now_ms())
        self._inbox.event(self.id, events.Opened())
        self._set("open")
        self.on_open(self)
        if not self.settings.enabled or self.key.refused:
            self._session.close()

    def _frame(self, raw: bytes) -> None:
        """A frame: looked at only for what concerns the connection itself, and handed on as it is."""
        seen = glance(raw)
        if seen is not None:
            self._look_at(seen)
        self._inbox.frame(self.id, "live", raw)
        if self.lamp.state != "live":
            self.refresh()

    def _look_at(self, seen: Glance) -> None:
        if seen.room_id:
            self.greeting = seen
            if self.course.room_id not in {None, seen.room_id}:
                self.course.signal_ms = None  # another room: whatever was announced was the old one's end
            self.course.room_id = seen.room_id
        if seen.notice is not None:
            self._notice = seen.notice

    def _closed(self, code: int, reason: str) -> None:
        """The socket is gone."""
        self.course.closed(signal=reading(Ending(code=code, reason=reason)) == "stream_end")
        self._inbox.event(self.id, events.Closed(code=code, reason=reason))

    async def _after(self, ending: Ending) -> None:
        """Does what the table says."""
        step, self._past = self.key.react(self.handle, ending, self._past)
        if ending.ours:
            return
        self._step = step
        self._about_course(step)
        if step.then == "stay":
            self._stopped = None if step.stop_key else step.reason
            self._set("idle")
            return
        wait = self.shared.stretched(step.wait_s, step.spread_s)
        LOG.info("creator=%s closed: %s; next in %.1f s", self.handle, step.reason, wait)
        if step.then == "tick":
            self._not_before = self.shared.time() + wait
            return
        if not await self._wait(wait) or not self.settings.enabled:
            return
        if await self._allowed(step):
            self._go()

    def _about_course(self, step: Step) -> None:
        """What an ending says about the stream itself."""
        if step.kind == "not_live":
            if self.course.running and self.course.proven:
                self.course.announced(self.shared.now_ms())
            elif self.course.signal_ms is None:
                self.course.denied()
        if self.course.signal_ms is not None:
            self._confirm_soon()

    async def _wait(self, seconds: float) -> bool:
        """Waits; False when the waiting was called off."""
        self.next_try_ms = self.shared.now_ms() + int(seconds * 1000)
        self._set("waiting")
        self._hurry.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._hurry.wait()
        except TimeoutError:
            return True
        finally:
            self.next_try_ms = None
        return False

    async def _allowed(self, step: Step) -> bool:
        """Whether the stream is live enough to connect again."""
        if step.then == "connect":
            return True
        row = await self.key.check(self)
        if row.live is False or (row.live is None and step.then == "check"):
            return False
        if step.settle_s:
            return await self._wait(self.shared.stretched(step.settle_s, None))
        return True

    # --- small parts ---

    def _answered_live(self) -> None:
        anew = self._seen_offline
        if anew and self._past.rung:
            self._past = structs.replace(self._past, rung=0, quick=0)
        waits_on_ladder = self._phase == "waiting" and self._step is not None and self._step.ladder
        if self._phase == "idle" and self.shared.time() >= self._not_before:
            self._go()
        elif waits_on_ladder and anew:
            self._hurry.set()
            self._go()

    def _go(self) -> None:
        """Sends the task on its way, if it is not already."""
        if self._stopped is None and self.settings.enabled:
            self._seen_offline = False
            self._hurry.set()
            self._called.set()

    def _to_idle(self, not_before: float) -> None:
        """Calls off whatever was about to connect."""
        self._not_before = not_before
        self._called.clear()
        self._hurry.set()
        self.key.berths.withdraw(self.id)

    def _confirm_soon(self) -> None:
        if not self._confirming:
            self._confirming = True
            self._crew.once("confirming an end", self._confirm())

    async def _confirm(self) -> None:
        try:
            await asyncio.sleep(self.shared.timing.confirm_s)
            if self.course.signal_ms is not None:
                await self.key.check(self)
        finally:
            self._confirming = False

    def _set(self, phase: str) -> None:
        self._phase = phase
        self.refresh()

    def _sight(self) -> Sight:
        course, step = self.course, self._step
        wanted = course.running or course.live is True
        own = step.reason if step is not None and step.limited and self._phase == "waiting" else None
        then = {"waiting": "trying again", "idle": "asking whether the stream goes on"}.get(self._phase)
        waiting = f"{step.reason}; {then}" if step is not None and then and wanted else None
        return Sight(
            enabled=self.settings.enabled,
            refused=self.key.refused or self._stopped,
            limited=own or (self.key.paused if wanted else None),
            budget_full=self._phase == "queue" and self.key.berths.full,
            open=self.connected,
            heard_ms=self._session.heard_ms,
            dialling=self._phase == "dialling",
            waiting=waiting,
            course=course,
            now_ms=self.shared.now_ms(),
        )
