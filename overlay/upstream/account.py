"""One TikTool and one key: what its creators share, and nothing that belongs to a single one of them.

Budgets of sockets and requests, pauses, the preflight's rhythm, and the end of the key. Two accounts (the real
TikTool and the simulator) never touch each other. It is longer than other modules because it wires the others.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable

from msgspec import Struct, structs

from overlay.core.answers import swept
from overlay.core.budget import (
    batch_size,
    interval_s,
    preflight_useful,
    requests_per_tick,
    socket_budget,
)
from overlay.core.closing import History, KeyHistory, Step, next_step
from overlay.core.endings import Ending
from overlay.core.hooks import Announcement
from overlay.core.liveness import Row, State
from overlay.core.prices import Listing
from overlay.core.replies import Reply
from overlay.upstream.announced import Announcements
from overlay.upstream.berths import Berths
from overlay.upstream.captions import CaptionLine
from overlay.upstream.catalogue import Catalogue
from overlay.upstream.crew import Crew
from overlay.upstream.figures import Figures
from overlay.upstream.firehose import Firehose
from overlay.upstream.hooks import Registry
from overlay.upstream.limits import LimitsWatch
from overlay.upstream.live import Line
from overlay.upstream.people import People
from overlay.upstream.preflight import REQUESTS, Preflight
from overlay.upstream.rest import Rest
from overlay.upstream.settings import CreatorSettings, Inbox
from overlay.upstream.shared import Shared

LOG = logging.getLogger("overlay.upstream")
DAY_MS = 86_400_000
UNKNOWN_CODE_EVERY_MS = 3_600_000
SWEEP_S = 30.0
"""Sockets that are swept so soon after a sweep of ours were swept by it."""


class KeyStatus(Struct, frozen=True, kw_only=True):
    """What the settings page shows of a key."""

    tier: str | None
    limit: int | None
    remaining: int | None
    reset_ms: int | None
    sockets: int
    socket_budget: int
    interval_s: float
    paused_until_ms: int | None
    refused: str | None
    remarks: tuple[str, ...]


class Account:
    """The upstream of one key."""

    def __init__(
        self,
        name: str,
        shared: Shared,
        inbox: Inbox,
        *,
        preflight_s: float,
        sweep: bool,
        on_state: Callable[[str, State, str], None],
        on_catalogue: Callable[[dict[str, Listing]], None],
        on_whale: Callable[[bytes], None],
    ) -> None:
        """Long, because everything that it needs arrives here by name."""
        self.name, self.shared = name, shared
        self._inbox, self._on_state, self._wanted_s, self._sweep = inbox, on_state, preflight_s, sweep
        timing = shared.timing
        self.rest = Rest(
            shared.bases.api,
            shared.bases.site,
            shared.key,
            now_ms=shared.now_ms,
            masking=shared.masking,
            scale=timing.scale,
            on_reply=self._replied,
        )
        self.preflight = Preflight(self.rest, time=shared.time, gap_s=timing.batch_gap_s)
        self.berths = Berths(
            budget=self.budget, pause_s=self._pause_left_s, spacing_s=timing.spacing_s, crowded=self._crowded
        )
        self.catalogue = Catalogue(self.rest, shared.cache, name=name, now_ms=shared.now_ms, changed=on_catalogue)
        self.people = People(self.rest, now_ms=shared.now_ms)
        self.registry = Registry(self.rest)
        self.limits = LimitsWatch(self.rest, now_ms=shared.now_ms, every_s=timing.limits_s, news=self._limits_read)
        self.firehose = Firehose(self, on_whale)
        self.interval_s = preflight_s
        self.lines: dict[str, Line] = {}
        self.captions: dict[str, CaptionLine] = {}
        self.caption_remaining: float | None = None
        self.remarks: dict[str, str] = {}
        self._crew = Crew(name)
        self._figures = Figures(self.people, self.limits, inbox, timing.figures_s)
        self._announcements = Announcements(self._crew, timing, inbox, self.check)
        self._history = KeyHistory()
        self._lowered = 0
        self._pause_until_s = 0.0
        self._pause_reason = ""
        self._refused: str | None = None
        self._today = (0, 0)  # day, liveness requests in it
        self._came = asyncio.Event()
        self._newcomers: dict[str, None] = {}  # who came, or was switched on, since anybody was asked about
        self._unknown_codes: dict[int, int] = {}
        self._swept_s: float | None = None

    # --- for lines ---

    @property
    def refused(self) -> str | None:
        """Why the key may not be used."""
        return self._refused

    @property
    def paused(self) -> str | None:
        """Why nothing of the key connects now."""
        return self._pause_reason if self._pause_left_s() > 0 else None

    def budget(self) -> int:
        """How many sockets may be open."""
        return socket_budget(self.limits.cap, self._lowered)

    def captions_open(self) -> int:
        """How many captions sockets of the key are open."""
        return sum(1 for line in self.captions.values() if line.holds_place)

    def react(self, creator: str, ending: Ending, past: History) -> tuple[Step, History]:
        """The next step after an ending, with what it means to the key already done."""
        ours = self._swept_s is not None and self.shared.time() - self._swept_s < SWEEP_S
        key = structs.replace(self._history, swept_by_us=ours)
        step, past, self._history = next_step(ending, past, key, self.shared.now_ms())
        if step.stop_key:
            self.stop_key(step.reason)
        if step.pause_s is not None:
            self.pause(self.shared.stretched(step.pause_s, step.spread_s), step.reason)
        if step.lower_budget:
            self._lowered += 1
        if step.loud:
            self.remarks[step.kind] = step.loud
            LOG.error("creator=%s %s", creator, step.loud)
        if step.unknown_code and ending.code is not None:
            self._note_code(creator, ending)
        if step.limited:
            self.limits.ask_soon()
        return step, past

    async def check(self, line: Line) -> Row:
        """One liveness answer, now."""
        if self._refused:
            return Row()
        return await asyncio.shield(self.preflight.ask(line))

    # --- life ---

    async def start(self, creators: list[CreatorSettings]) -> None:
        """Begins: limits, sweep, preflight, sockets by priority."""
        for settings in creators:
            self._add(settings)
        self._crew.keep("places", self.berths.run)
        self._crew.keep("preflight", self.preflight.run)
        self._crew.keep("ticks", self._run)
        self.firehose.start()

    async def stop(self) -> None:
        """Ends: every socket closed with 1000."""
        everything: list[Line | CaptionLine] = [*self.lines.values(), *self.captions.values()]
        await asyncio.gather(*(part.stop() for part in everything), return_exceptions=True)
        await self.firehose.stop()
        await self._crew.stop()
        await self.rest.close()

    async def apply(self, creators: list[CreatorSettings]) -> None:
        """Creators came, went or changed; the others notice nothing."""
        wanted = {settings.id: settings for settings in creators}
        gone = [name for name, line in self.lines.items() if name not in wanted or _another(line, wanted[name])]
        await asyncio.gather(*(self._remove(name) for name in gone))
        for settings in creators:
            line = self.lines.get(settings.id)
            if line is None:
                self._add(settings)
                self._welcome(settings.id)
            elif line.settings != settings:
                if settings.enabled and not line.settings.enabled:
                    self._welcome(settings.id)
                line.change(settings)
                self.captions[settings.id].change(settings)
        if self.registry.followed is not None:
            handles = [settings.handle for settings in creators if settings.enabled]
            self._crew.once("webhook's creators", self.registry.keep_creators(handles))

    def _add(self, settings: CreatorSettings) -> None:
        line = Line(settings, self, self._inbox, self._on_state)
        captions = CaptionLine(settings, line, self, self._inbox)
        line.on_change, line.on_open = captions.look, self._begun
        self.lines[settings.id], self.captions[settings.id] = line, captions
        line.start()
        captions.start()

    def _welcome(self, name: str) -> None:
        self._newcomers[name] = None
        self._came.set()

    def _begun(self, line: Line) -> None:
        self._crew.once("first figures", self._figures.ask(line))

    async def _remove(self, name: str) -> None:
        line, captions = self.lines.pop(name), self.captions.pop(name)
        await asyncio.gather(line.stop(), captions.stop())

    def announced(self, said: Announcement) -> None:
        """A verified webhook: only a reason to ask."""
        for line in self.lines.values():
            if line.handle == said.handle and line.settings.enabled:
                self._announcements.take(line, said)

    # --- the key as a whole ---

    def stop_key(self, reason: str) -> None:
        """The key is no good: all its sockets close, and nothing is asked any more."""
        if self._refused is not None:
            return
        self._refused = reason
        LOG.error("key of %s: %s", self.name, reason)
        self.rest.stop(reason)
        for line in self.lines.values():
            line.halt()
        self.firehose.look()

    def pause(self, seconds: float, reason: str) -> None:
        """Nothing of this key connects for so long; asking goes on."""
        until = self.shared.time() + seconds
        if until > self._pause_until_s:
            self._pause_until_s, self._pause_reason = until, reason
            LOG.warning("key of %s pauses for %.0f s: %s", self.name, seconds, reason)
            self._crew.once("pause", self._after_pause(seconds))
        self._look_all()

    async def _after_pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds + 0.01)
        self._look_all()

    def _look_all(self) -> None:
        self.berths.look()
        self.firehose.look()
        for line in self.lines.values():
            line.refresh()

    def _pause_left_s(self) -> float:
        if self._refused is not None:
            return 3600.0
        return self._pause_until_s - asyncio.get_running_loop().time()

    def _crowded(self) -> None:
        """A live socket needs a place: the least important captions socket gives its own up."""
        open_ones = [line for line in self.captions.values() if line.holds_place]
        if open_ones:
            min(open_ones, key=lambda line: line.settings.priority).give_way()
        for line in self.lines.values():
            if self.berths.waits(line.id):
                line.refresh()  # its light was looked at before the last place was given away

    def _note_code(self, creator: str, ending: Ending) -> None:
        now, code = self.shared.now_ms(), ending.code or 0
        if now - self._unknown_codes.get(code, -DAY_MS) >= UNKNOWN_CODE_EVERY_MS:
            self._unknown_codes[code] = now
            LOG.warning("creator=%s closed with the unknown code %d: %s", creator, code, ending.reason)

    def _replied(self, path: str, reply: Reply) -> None:
        """Looks at every answer for what concerns the key."""
        if path in REQUESTS:
            today = self.shared.now_ms() // DAY_MS
            self._today = (today, self._today[1] + 1 if self._today[0] == today else 1)
        if reply.outcome == "key":
            self.stop_key(f"TikTool refuses the key; enter a valid one: {reply.text}")
        elif reply.outcome == "rate":
            self.limits.ask_soon()

    # --- the rhythm ---

    async def _run(self) -> None:
        """Limits first, then ticks and limits for ever."""
        await self.limits.read()
        if self._sweep and self.limits.known and (self.limits.known.open_sockets or 0) > self.berths.held:
            await self.sweep()
        self._crew.keep("limits", self.limits.run)
        self._crew.keep("catalogue", self.catalogue.run)
        self._crew.keep("webhooks", self._follow_webhook)
        while True:
            begun = self.shared.time()
            self._came.clear()
            self._newcomers.clear()
            await self.tick()
            await self._between_ticks(begun + self.interval_s)

    async def _between_ticks(self, until_s: float) -> None:
        """Who comes now is asked about at once; all others keep their rhythm."""
        while (left := until_s - self.shared.time()) > 0:
            try:
                async with asyncio.timeout(left):
                    await self._came.wait()
            except TimeoutError:
                return
            self._came.clear()
            names, self._newcomers = self._newcomers, {}
            await self._ask_about(line for name in names if (line := self.lines.get(name)) is not None and line.asks)

    async def tick(self) -> None:
        """Asks about everybody who has no open socket."""
        asked = sorted((line for line in self.lines.values() if line.asks), key=lambda line: -line.settings.priority)
        day, used = self._today
        used = used if day == self.shared.now_ms() // DAY_MS else 0
        batch = self.preflight.batch
        self.interval_s = interval_s(requests_per_tick(len(asked), batch), self._wanted_s, self.limits.known, used)
        await self._ask_about(asked)

    async def _ask_about(self, lines: Iterable[Line]) -> None:
        if self._refused is None and preflight_useful(self.berths.held, self.limits.cap):
            await self.preflight.ask_all(lines)

    def _limits_read(self) -> None:
        self.preflight.allow(batch_size(self.limits.known))
        self._look_all()

    async def _follow_webhook(self) -> None:
        while True:
            await self.registry.look()
            await asyncio.sleep(self.shared.timing.hook_list_s)

    async def sweep(self) -> int | None:
        """Closes all sockets of the key at TikTool, other programs' too."""
        self._swept_s = self.shared.time()
        done = swept(await self.rest.post("/ws/sweep"))
        if done is not None:
            LOG.info("key of %s: %d sockets swept", self.name, done.closed)
        return done.closed if done else None

    def status(self) -> KeyStatus:
        """What the settings page shows."""
        left = self._pause_left_s()
        paused = self._refused is None and left > 0
        return KeyStatus(
            tier=self.limits.tier,
            limit=self.rest.limit,
            remaining=self.rest.remaining,
            reset_ms=self.rest.reset_ms,
            sockets=self.berths.held,
            socket_budget=self.budget(),
            interval_s=self.interval_s,
            paused_until_ms=self.shared.now_ms() + int(left * 1000) if paused else None,
            refused=self._refused,
            remarks=tuple(text for text in (*self.remarks.values(), self.limits.remark, self.registry.remark) if text),
        )


def _another(line: Line, settings: CreatorSettings) -> bool:
    """Whether new settings need a new line: another handle, or any change to one that waits for a change."""
    return line.settings.handle != settings.handle or (line.stuck and line.settings != settings)
