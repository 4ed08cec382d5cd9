"""The firehose: one socket for the big gifts of all creators, open only while some widget shows them (agency keys).

It takes no place of the key's sockets and asks for nobody. Frames are handed on as they are; what they mean and whom
they concern is decided elsewhere. A key that may not have it loses only this, never its other sockets.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, Protocol

import msgspec
from msgspec import Struct, structs

from overlay.core.closing import History, KeyHistory, Step, next_step
from overlay.core.endings import Ending, reading
from overlay.upstream.crew import Crew
from overlay.upstream.dial import address
from overlay.upstream.limits import LimitsWatch
from overlay.upstream.session import Session
from overlay.upstream.shared import Shared

if TYPE_CHECKING:
    from overlay.core.whales import Net

LOG = logging.getLogger("overlay.upstream")
PATH = "/firehose/gifters"
TIER = "global"
BELOW = "the firehose needs TikTool's plan Global Agency"
UNREAD = "TikTool's firehose does not accept this region or league class"
KEY_LIMITS = frozenset({"limit", "daily", "hourly"})
LEAST_S = 1.0
PATIENCE_S = 5.0
"""So long it waits to hear the key's plan before it tries without knowing it."""

FirehoseState = Literal["off", "connecting", "live", "limited", "refused"]


class FirehoseStatus(Struct, frozen=True, kw_only=True):
    """What the studio shows of it."""

    state: FirehoseState = "off"
    reason: str = ""
    frames: int = 0
    next_try_ms: int | None = None


class Key(Protocol):
    """What the firehose needs of its account."""

    shared: Shared
    limits: LimitsWatch

    @property
    def refused(self) -> str | None:
        """Why the key may not be used."""

    @property
    def paused(self) -> str | None:
        """Why nothing of the key connects now."""

    def react(self, creator: str, ending: Ending, past: History) -> tuple[Step, History]:
        """The next step, with what it means to the key already done."""


class Firehose:
    """The one such socket of a key."""

    def __init__(self, key: Key, hear: Callable[[bytes], None]) -> None:
        """Nobody wants it yet."""
        self._key, self._hear, self.shared = key, hear, key.shared
        self._crew = Crew("firehose")
        self._news = asyncio.Event()
        self._net: Net | None = None
        self._sent: Net | None = None  # what the open socket filters by, or the last one did
        self._stopped: str | None = None
        self._unread: Net | None = None  # the filter that TikTool did not accept
        self._blocked_until_s, self._blocked, self._limited = 0.0, "", False
        self._patience_until_s = 0.0
        self._past = History()
        self._frames = 0
        self._session = Session(
            self.shared, self._crew, opened=self._opened, frame=self._frame, closed=lambda _code, _reason: None
        )

    # --- what others tell ---

    def start(self) -> None:
        """Begin."""
        self._crew.keep("firehose socket", self._run)

    async def stop(self) -> None:
        """Close the socket with 1000 and end."""
        await self._session.stop()
        await self._crew.stop()

    def want(self, net: Net | None) -> None:
        """What should come through it now; None: nobody wants anything. An open socket is told, not opened anew."""
        if net is not None and self._unread not in {None, net}:
            self._stopped = self._unread = None  # another filter may be accepted
        if net is not None and self._net is None:
            self._stopped = None  # somebody has switched it on again: the plan may be another one now
            self._patience_until_s = self.shared.time() + PATIENCE_S
        self._net = net
        self._news.set()
        self._follow()

    def look(self) -> None:
        """Something about the key has changed."""
        self._news.set()
        self._follow()

    def status(self) -> FirehoseStatus:
        """How it is."""
        state, reason = self._state()
        left_s = self._blocked_until_s - self.shared.time()
        waits = self._net is not None and not self._session.connected and left_s > 0
        return FirehoseStatus(
            state=state,
            reason=reason,
            frames=self._frames,
            next_try_ms=self.shared.now_ms() + int(left_s * 1000) if waits else None,
        )

    def _state(self) -> tuple[FirehoseState, str]:
        refused = self._refusal()
        if self._net is None:
            return "off", "no overlay shows gifts to other creators"
        if refused is not None:
            return "refused", refused
        if self._session.connected:
            return "live", ""
        if self._key.paused:
            return "limited", self._key.paused
        if self._blocked_until_s > self.shared.time():
            return "limited" if self._limited else "connecting", self._blocked
        return "connecting", "connecting"

    # --- the task ---

    def _refusal(self) -> str | None:
        """Why it may not be opened at all: the key, its plan as far as it is known, or what TikTool has said."""
        tier = self._key.limits.tier
        return self._key.refused or (BELOW if tier not in {None, TIER} else None) or self._stopped

    async def _run(self) -> None:
        while True:
            self._news.clear()
            left_s = self._blocked_until_s - self.shared.time()
            if self._net is None or self._refusal() is not None:
                await self._change(None)
            elif self._key.limits.tier is None and (tier_s := self._patience_until_s - self.shared.time()) > 0:
                await self._change(tier_s)
            elif self._key.paused or left_s > 0:
                await self._change(max(LEAST_S, left_s) if not self._key.paused else LEAST_S)
            else:
                await self._once(self._net)

    async def _change(self, at_most_s: float | None) -> None:
        try:
            async with asyncio.timeout(at_most_s):
                await self._news.wait()
        except TimeoutError:
            return

    async def _once(self, net: Net) -> None:
        """One socket, from dialling to its end."""
        frames, self._sent = self._frames, net
        params = {name: str(value) for name, value in net.params().items()}
        ending = await self._session.run(address(self.shared.bases.ws, PATH, self.shared.key, **params))
        self._after(structs.replace(ending, proven=self._frames > frames))

    def _opened(self) -> None:
        LOG.info("the firehose is connected")
        self._follow()  # it may have changed while it was dialled

    def _frame(self, raw: bytes) -> None:
        self._frames += 1
        self._hear(raw)

    def _follow(self) -> None:
        """Bring an open socket to what is wanted: another filter is sent in mid stream, none at all closes it."""
        if not self._session.connected or self._session.leaving:
            return
        if self._net is None or self._key.refused:
            self._session.close()
        elif self._net != self._sent:
            self._sent = self._net
            self._session.send(msgspec.json.encode({"type": "update_filter", **self._net.params()}).decode())

    def _after(self, ending: Ending) -> None:
        """What the table says; a no to the key here is a no to the firehose alone."""
        kind = reading(ending)
        if kind in KEY_LIMITS and not ending.ours:
            step, self._past = self._key.react("firehose", ending, self._past)
        else:
            step, self._past, _ = next_step(ending, self._past, KeyHistory(), self.shared.now_ms())
        if ending.ours:
            return
        said = f" ({ending.reason})" if ending.reason else ""
        if kind == "config":
            self._unread = self._sent
            if self._net == self._sent:  # else another filter is wanted by now, and tried at once
                self._stopped = f"{UNREAD}{said}"
                LOG.warning("%s", self._stopped)
            return
        if kind in {"auth", "permission"}:
            self._stopped = f"{BELOW}, and TikTool refuses it to this key{said}"
            LOG.warning("%s", self._stopped)
            return
        wait_s = max(LEAST_S * self.shared.timing.scale, self.shared.stretched(step.wait_s, step.spread_s))
        self._blocked_until_s, self._blocked = self.shared.time() + wait_s, step.reason
        self._limited = step.limited
        LOG.info("the firehose closed: %s; next in %.1f s", step.reason, wait_s)
