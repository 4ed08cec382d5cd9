"""One creator's captions socket, paid by the minute: open only while it is bought, live and watched.

A page must show captions from this source (60 s grace), the stream must go on, and neither the owner's monthly
limit nor the allowance may be used up. It closes at once when one of these fails. Frames go to the hub as they are;
only credits, states and errors are looked at here.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from typing import Literal, Protocol

from msgspec import Struct
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed
from websockets.protocol import State as ConnectionState

from overlay.core import events
from overlay.core.answers import caption_minutes
from overlay.core.budget import ms_to_midnight
from overlay.core.closing import QUICK_LIMIT, Ending, History, Step
from overlay.core.liveness import plain_handle
from overlay.core.minutes import Meter, is_low, limit_reached, month_of, told
from overlay.upstream.berths import Berths
from overlay.upstream.crew import Crew
from overlay.upstream.dial import Refused, address, dial, ending_of, hang_up
from overlay.upstream.live import Line
from overlay.upstream.rest import Rest
from overlay.upstream.settings import CreatorSettings, Inbox
from overlay.upstream.shared import Shared

LOG = logging.getLogger("overlay.upstream.captions")
CREDITS = "/captions/credits"
EMPTY_S = 900.0
PLACE_S = 5.0
DURATION_MIN = 60

CaptionState = Literal["off", "idle", "connecting", "live", "limited", "refused"]


class CaptionStatus(Struct, frozen=True, kw_only=True):
    """The captions part of a creator's status. Minutes; None is not known."""

    state: CaptionState = "off"
    reason: str = ""
    used: float | None = None
    remaining: float | None = None
    total: float | None = None
    low: bool = False
    month_minutes: float = 0.0
    max_minutes: int | None = None


class Key(Protocol):
    """What a captions line needs of its account."""

    shared: Shared
    berths: Berths
    rest: Rest
    caption_remaining: float | None

    @property
    def refused(self) -> str | None:
        """Why the key may not be used."""

    @property
    def paused(self) -> str | None:
        """Why nothing of the key connects now."""

    def captions_open(self) -> int:
        """How many captions sockets of the key are open."""

    def react(self, creator: str, ending: Ending, past: History) -> tuple[Step, History]:
        """The next step, with what it means to the key already done."""


class CaptionLine:
    """One creator's captions socket."""

    def __init__(self, settings: CreatorSettings, live: Line, key: Key, inbox: Inbox) -> None:
        self.settings = settings
        self._live, self._key, self._inbox, self.shared = live, key, inbox, key.shared
        self.holds_place = False
        self._crew = Crew(f"{settings.handle} captions")
        self._news = asyncio.Event()
        self._watched = False
        self._grace_until_s = 0.0
        self._blocked_until_s = 0.0
        self._blocked = ""
        self._stopped: str | None = None
        self._past = History()
        self._meter = Meter()
        self._connection: ClientConnection | None = None
        self._closing: str | None = None
        self._dialling = False
        self._proven = False
        self._told_total: float | None = None
        self._told_used: float | None = None
        self._low = False
        self._said = ""

    # --- what others tell ---

    def start(self) -> None:
        """Begins."""
        self._crew.keep("captions socket", self._run)

    async def stop(self) -> None:
        """Closes the socket with 1000 and ends."""
        self._closing = "ours"
        if self._connection is not None:
            await hang_up(self._connection, self.shared.timing)
        await self._crew.stop()

    def watch(self, *, watched: bool) -> None:
        """A page shows captions from this source, or the last one left."""
        if self._watched and not watched:
            self._grace_until_s = self.shared.time() + self.shared.timing.grace_s
            self._crew.once("grace", self._look_after(self.shared.timing.grace_s))
        self._watched = watched
        self.look()

    def change(self, settings: CreatorSettings) -> None:
        """New settings: another language needs another connection."""
        old, self.settings = self.settings.captions, settings
        new = settings.captions
        if old != new:
            self._stopped, self._blocked_until_s = None, 0.0
            if (old.language, old.translate, old.speakers) != (new.language, new.translate, new.speakers):
                self._close()
        self.look()

    def look(self) -> None:
        """Something changed: closes at once if it is not wanted any more."""
        self._news.set()
        if self._connection is not None and self.unwanted() is not None:
            self._close()

    def give_way(self) -> None:
        """A live socket needs the place."""
        self._block(PLACE_S, "all sockets of this key are in use")
        self._close()

    # --- whether ---

    def unwanted(self) -> tuple[CaptionState, str] | None:
        """Why there should be no socket, or None."""
        captions, now = self.settings.captions, self.shared.time()
        if captions.source != "captions" or not self.settings.enabled:
            return "off", "not bought for this creator"
        if self._key.refused:
            return "refused", self._key.refused
        if self._stopped:
            return "refused", self._stopped
        if limit_reached(self._meter.minutes, captions.max_minutes):
            return "limited", f"the monthly limit of {captions.max_minutes} minutes is used up"
        if now < self._blocked_until_s:
            return "limited", self._blocked
        if not self._watched and now >= self._grace_until_s:
            return "idle", "no page shows these captions"
        if not self._live.goes_on:
            return "idle", "the creator is not live"
        return None

    def status(self) -> CaptionStatus:
        """What the settings page shows."""
        why = self.unwanted()
        state, reason = why if why is not None else ("connecting", "connecting")
        if self._connection is not None:
            state, reason = "live", self._said
        return CaptionStatus(
            state=state,
            reason=reason,
            used=self._told_used,
            remaining=self._key.caption_remaining,
            total=self._told_total,
            low=self._low,
            month_minutes=round(self._meter.minutes, 2),
            max_minutes=self.settings.captions.max_minutes,
        )

    # --- the task ---

    async def _run(self) -> None:
        await self._recall()
        while True:
            self._news.clear()
            self._meter.turn(self._month())
            if self.unwanted() is not None:
                await self._change()
            elif self._key.paused:
                await self._change(1.0)
            elif await self._allowance_empty():
                self._block(min(EMPTY_S, ms_to_midnight(self.shared.now_ms()) / 1000), "the allowance is used up")
            elif not self._key.berths.take_spare(f"captions {self.settings.id}"):
                await self._change(PLACE_S)
            else:
                await self._hold_place()

    async def _hold_place(self) -> None:
        self.holds_place = True
        try:
            ending = await self._session()
        finally:
            self.holds_place = False
            self._key.berths.leave(f"captions {self.settings.id}")
        await self._after(ending)

    async def _change(self, at_most_s: float | None = None) -> None:
        left = self._blocked_until_s - self.shared.time()
        waits = [wait for wait in (at_most_s, left if left > 0 else None) if wait is not None]
        try:
            async with asyncio.timeout(min(waits, default=None)):
                await self._news.wait()
        except TimeoutError:
            return

    async def _allowance_empty(self) -> bool:
        """Whether nothing is left; asks again before believing an old figure."""
        if self._key.caption_remaining is None or self._key.caption_remaining > 0:
            return False
        if not self._key.rest.available(CREDITS):
            return False
        minutes = caption_minutes(await self._key.rest.get(CREDITS))
        if minutes is None or minutes.remaining is None:
            return self._blocked != "" and self._blocked_until_s > self.shared.time()
        self._key.caption_remaining = minutes.remaining
        return minutes.remaining <= 0

    async def _session(self) -> Ending:
        """Dials and reads until it ends."""
        shared, captions = self.shared, self.settings.captions
        self._closing, self._proven, self._said = None, False, ""
        wanted = {"uniqueId": plain_handle(self.settings.handle)}
        if captions.language:
            wanted["language"] = captions.language
        if captions.translate:
            wanted["translate"] = captions.translate
        wanted["diarization"] = "true" if captions.speakers else "false"
        wanted["max_duration_minutes"] = str(DURATION_MIN)
        where = address(shared.bases.ws, "/captions", shared.key, **wanted)
        try:
            connection = await dial(where, timing=shared.timing, masking=shared.masking, now_ms=shared.now_ms)
        except Refused as refused:
            return refused.ending
        opened_s, code, reason = shared.time(), 1000, ""
        self._open(connection)
        try:
            await self._read(connection)
        except ConnectionClosed as closed:
            code, reason = ending_of(closed)
        finally:
            self._closed(1000 if self._closing else code, reason)
            if connection.state is not ConnectionState.CLOSED:
                self._crew.once("closing", hang_up(connection, shared.timing))
        await self._remember()
        return Ending(
            code=code,
            reason=shared.masking.text(reason),
            ours=self._closing is not None,
            open_s=shared.time() - opened_s,
            proven=self._proven,
        )

    def _open(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._meter.opened(self._month(), self.shared.time())
        self._inbox.event(self.settings.id, events.Opened(socket="captions"))
        LOG.info("creator=%s captions connected", self.settings.handle)
        self._crew.once("clock", self._by_clock(connection))
        self.look()

    def _closed(self, code: int, reason: str) -> None:
        self._connection = None
        self._meter.closed(self.shared.time())
        self._inbox.event(
            self.settings.id, events.Closed(socket="captions", code=code, reason=self.shared.masking.text(reason))
        )

    async def _read(self, connection: ClientConnection) -> None:
        inbox, name = self._inbox, self.settings.id
        while True:
            raw = await connection.recv(decode=False)
            self._hear(raw)
            inbox.frame(name, "captions", raw)

    def _hear(self, raw: bytes) -> None:
        """Only what concerns the connection itself."""
        seen = told(raw)
        self._proven = self._proven or seen.speech
        if seen.status is not None or seen.error:
            self._said = self.shared.masking.text(": ".join(filter(None, (seen.status, seen.text))))
        if seen.error:
            LOG.warning("creator=%s captions: %s", self.settings.handle, self._said)
        self._told_total = seen.total if seen.total is not None else self._told_total
        if seen.used is not None:
            self._told_used = seen.used
            self._meter.credits(seen.used, self.shared.time(), alone=self._key.captions_open() <= 1)
            self.look()
        if seen.remaining is not None:
            self._left(seen.remaining, low=seen.low)

    def _left(self, remaining: float, *, low: bool) -> None:
        self._key.caption_remaining = remaining
        low = low or is_low(remaining, self._told_total)
        if low and not self._low:
            LOG.warning("creator=%s captions: %g minutes are left", self.settings.handle, remaining)
        self._low = low
        if remaining <= 0:
            self._block(EMPTY_S, "the allowance is used up")
            self._close()

    async def _by_clock(self, connection: ClientConnection) -> None:
        """Counts by the clock while no credits frame does, and remembers now and then."""
        while self._connection is connection:
            await asyncio.sleep(self.shared.timing.credits_s / 3)
            if self._connection is connection and self._meter.blind_for(
                self.shared.time(), self.shared.timing.credits_s
            ):
                self._meter.by_clock(self.shared.time())
                self.look()
            await self._remember()

    async def _after(self, ending: Ending) -> None:
        """A finished session goes on at once; all else waits as the table says."""
        step, self._past = self._key.react(self.settings.handle, ending, self._past)
        if ending.ours:
            return
        if step.then == "stay":
            self._stopped = step.reason
            return
        if step.kind in {"normal", "lifetime"} and self._past.quick < QUICK_LIMIT:
            return
        wait = self.shared.stretched(step.wait_s, step.spread_s)
        LOG.info("creator=%s captions closed: %s; next in %.1f s", self.settings.handle, step.reason, wait)
        self._block(wait, step.reason)

    # --- small parts ---

    def _block(self, seconds: float, reason: str) -> None:
        self._blocked_until_s, self._blocked = self.shared.time() + seconds, reason

    def _close(self) -> None:
        if self._connection is not None and self._closing is None:
            self._closing = "ours"
            self._crew.once("closing", hang_up(self._connection, self.shared.timing))

    async def _look_after(self, seconds: float) -> None:
        await asyncio.sleep(seconds + 0.01)
        self.look()

    def _month(self) -> str:
        now = datetime.fromtimestamp(self.shared.now_ms() / 1000, UTC)
        return month_of(now.year, now.month)

    async def _recall(self) -> None:
        kept = await self.shared.cache.get(f"caption-minutes-{self.settings.id}")
        if isinstance(kept, dict) and kept.get("month") == self._month():
            self._meter = Meter(month=self._month(), minutes=float(kept.get("minutes") or 0.0))

    async def _remember(self) -> None:
        kept = {"month": self._meter.month, "minutes": self._meter.minutes}
        await self.shared.cache.put(f"caption-minutes-{self.settings.id}", kept)
