"""One creator's captions socket, paid by the minute: open only while it is bought, live and watched.

A page must show captions from this source (60 s grace), the stream must go on, and neither the owner's monthly
limit nor the allowance may be used up. It closes at once when one of these fails. Frames go to the hub as they are;
only credits, states and errors are looked at here. Longer than others, because money hangs on every line of it.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

from msgspec import structs

from overlay.core import events
from overlay.core.answers import caption_minutes
from overlay.core.budget import DAY_MS, ms_to_midnight
from overlay.core.closing import QUICK_LIMIT, History, Step
from overlay.core.endings import Ending
from overlay.core.liveness import plain_handle
from overlay.core.minutes import limit_reached, told
from overlay.upstream.berths import Berths
from overlay.upstream.crew import Crew
from overlay.upstream.dial import address
from overlay.upstream.live import Line
from overlay.upstream.purse import CaptionState, CaptionStatus, Purse
from overlay.upstream.rest import Rest
from overlay.upstream.session import Session
from overlay.upstream.settings import CaptionSettings, CreatorSettings, Inbox
from overlay.upstream.shared import Shared

LOG = logging.getLogger("overlay.upstream.captions")
CREDITS = "/captions/credits"
EMPTY, EMPTY_S = "the allowance of caption minutes is used up", 900.0
PLACE_S = 5.0
DURATION_MIN = 60


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
        self._purse = Purse(settings.id, self.shared)
        self._session = Session(self.shared, self._crew, opened=self._opened, frame=self._frame, closed=self._closed)
        self._sessions = 0
        self._asked: dict[str, str] = {}
        self._proven = False
        self._empty_day: int | None = None
        self._said = ""

    # --- what others tell ---

    def start(self) -> None:
        """Begins."""
        self._crew.keep("captions socket", self._run)

    async def stop(self) -> None:
        """Closes the socket with 1000 and ends."""
        await self._session.stop()
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
            self._stopped, self._blocked_until_s, self._key.caption_remaining = None, 0.0, None
            if _address_part(old) != _address_part(new):
                self._session.close()
        self.look()

    def look(self) -> None:
        """Something changed: closes at once if it is not wanted any more."""
        self._news.set()
        if self._session.connected and self.unwanted() is not None:
            self._session.close()

    def give_way(self) -> None:
        """A live socket needs the place."""
        self._block(PLACE_S, "all sockets of this key are in use")
        self._session.close()

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
        if limit_reached(self._purse.minutes, captions.max_minutes):
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
        if self._session.connected:
            state, reason = "live", self._said
        return CaptionStatus(
            state=state,
            reason=reason,
            used=self._purse.used,
            remaining=self._key.caption_remaining,
            total=self._purse.total,
            low=self._purse.low,
            month_minutes=round(self._purse.minutes, 2),
            max_minutes=self.settings.captions.max_minutes,
        )

    # --- the task ---

    async def _run(self) -> None:
        await self._purse.recall()
        while True:
            self._news.clear()
            self._purse.turn()
            if self.unwanted() is not None:
                await self._change()
            elif self._key.paused:
                await self._change(1.0)
            elif await self._allowance_empty():
                self._block(EMPTY_S, EMPTY)
            elif not self._key.berths.take_spare(f"captions {self.settings.id}"):
                await self._change(PLACE_S)
            else:
                await self._hold_place()

    async def _hold_place(self) -> None:
        self.holds_place = True
        try:
            ending = await self._dial()
        finally:
            self.holds_place = False
            self._key.berths.leave(f"captions {self.settings.id}")
        await self._after(ending)

    async def _change(self, at_most_s: float | None = None) -> None:
        left = self._blocked_until_s - self.shared.time()
        waits = [wait for wait in (at_most_s, left if left > 0 else None) if wait is not None]
        tomorrow = ms_to_midnight(self.shared.now_ms()) / 1000 + 1  # a month may begin, and an allowance
        try:
            async with asyncio.timeout(min([tomorrow, *waits])):
                await self._news.wait()
        except TimeoutError:
            return

    async def _allowance_empty(self) -> bool:
        """Whether nothing is left. An old figure is asked about again; where nobody can tell, it holds for the day."""
        if self._key.caption_remaining is None or self._key.caption_remaining > 0:
            self._empty_day = None
            return False
        minutes = caption_minutes(await self._key.rest.get(CREDITS))
        if minutes is not None and minutes.remaining is not None:
            self._key.caption_remaining = minutes.remaining
            return minutes.remaining <= 0
        today = self.shared.now_ms() // DAY_MS
        if self._empty_day not in {None, today}:
            self._key.caption_remaining = self._empty_day = None
            return False
        self._empty_day = today
        return True

    async def _dial(self) -> Ending:
        """One socket, from dialling to its end."""
        self._proven, self._said = False, ""
        self._asked = _address_part(self.settings.captions)
        handle = plain_handle(self.settings.handle)
        where = address(self.shared.bases.ws, "/captions", self.shared.key, uniqueId=handle, **self._asked)
        ending = await self._session.run(where)
        await self._purse.remember()
        return structs.replace(ending, proven=self._proven)

    def _opened(self) -> None:
        """The socket is open."""
        self._sessions += 1
        self._purse.opened()
        self._inbox.event(self.settings.id, events.Opened(socket="captions"))
        LOG.info("creator=%s captions connected", self.settings.handle)
        self._crew.once("clock", self._by_clock())
        if _address_part(self.settings.captions) != self._asked:  # changed while it was dialled
            self._session.close()
        self.look()

    def _closed(self, code: int, reason: str) -> None:
        """The socket is gone."""
        self._purse.closed()
        self._inbox.event(self.settings.id, events.Closed(socket="captions", code=code, reason=reason))

    def _frame(self, raw: bytes) -> None:
        self._hear(raw)
        self._inbox.frame(self.settings.id, "captions", raw)

    def _hear(self, raw: bytes) -> None:
        """Only what concerns the connection itself."""
        seen = told(raw)
        self._proven = self._proven or seen.speech
        if seen.status is not None or seen.error:
            self._said = self.shared.masking.text(": ".join(filter(None, (seen.status, seen.text))))
        if seen.error:
            LOG.warning("creator=%s captions: %s", self.settings.handle, self._said)
        if self._purse.told(seen, alone=self._key.captions_open() <= 1):
            LOG.warning("creator=%s captions: %g minutes are left", self.settings.handle, seen.remaining)
        if seen.remaining is not None and not seen.low:  # a warning says that little is left, credits say how much
            self._key.caption_remaining = seen.remaining
            if seen.remaining <= 0:
                self._block(EMPTY_S, EMPTY)
                self._session.close()
        if seen.used is not None:
            self.look()

    async def _by_clock(self) -> None:
        """Counts by the clock while no credits frame does, and remembers now and then."""
        session = self._sessions
        while self._session.connected and session == self._sessions:
            await asyncio.sleep(self.shared.timing.credits_s / 3)
            if self._purse.by_clock():
                self.look()
            await self._purse.remember()

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

    async def _look_after(self, seconds: float) -> None:
        await asyncio.sleep(seconds + 0.01)
        self.look()


def _address_part(captions: CaptionSettings) -> dict[str, str]:
    """What the socket's address says of the settings; another one needs another connection."""
    told = {"language": captions.language or "", "translate": captions.translate or ""}
    told = {name: value for name, value in told.items() if value}
    told["diarization"] = "true" if captions.speakers else "false"  # TikTool's default is true, so it is always said
    told["max_duration_minutes"] = str(DURATION_MIN)
    return told
