"""The sockets a client opens for one creator: live and captions; who may, how many, and what they are sent.

They never make up a frame.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import msgspec

from overlay.simulator.dice import dice
from overlay.simulator.plain import number
from overlay.simulator.speech import transcript
from overlay.simulator.speeches import LANGUAGES
from overlay.simulator.wire import text_frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from overlay.simulator.creators import Creator
    from overlay.simulator.keys import Account
    from overlay.simulator.plain import Request
    from overlay.simulator.server import Simulator
    from overlay.simulator.wire import Connection

NOT_LIVE = "Creator is not currently live"
CREDITS_EVERY_MS = 30_000
LOW_SHARE = 0.2
MAX_MINUTES = 300
SHOWN_CLOSES = 4000


class LineSocket:
    """What all three kinds share: the line, the key, and tasks that end with it."""

    def __init__(self, sim: Simulator, request: Request, account: Account) -> None:
        """Remember who asked for what."""
        self.sim, self.request, self.account = sim, request, account
        self.handle = clean(request.query.get("uniqueId", ""))
        self.line: Connection
        self.opened_s = 0.0
        self.heard_frames: list[bytes] = []
        self.task: asyncio.Task[None] | None = None

    def opened(self, line: Connection) -> None:
        """Begin."""
        self.line, self.opened_s = line, time.monotonic()
        self.sim.sockets.append(self)
        self.begin()

    def begin(self) -> None:
        """Send the first frames."""

    def heard(self, text: bytes) -> None:
        """Take what the client says; nothing has to be said to TikTool."""
        self.heard_frames.append(text)

    def closed(self) -> None:
        """Forget the line."""
        if self.task:
            self.task.cancel()
        if self in self.sim.sockets:
            self.sim.sockets.remove(self)

    def send(self, frame: dict[str, Any]) -> None:
        """Send one frame."""
        self.line.write(text_frame(msgspec.json.encode(frame)))


class LiveSocket(LineSocket):
    """The live events of one creator."""

    creator: Creator

    def begin(self) -> None:
        """Join the creator's listeners, or hear why not."""
        self.creator = self.sim.creator(self.handle)
        if not self.creator.live:
            self.line.close(4404, NOT_LIVE)
            return
        self.creator.join(self)

    def closed(self) -> None:
        """Leave the listeners."""
        super().closed()
        if hasattr(self, "creator"):
            self.creator.leave(self)


class ClosingSocket(LineSocket):
    """A socket that is closed as soon as it is open: bad keys, bad options, limits."""

    def __init__(self, sim: Simulator, request: Request, account: Account, why: tuple[int, str]) -> None:
        """Remember the code and the reason."""
        super().__init__(sim, request, account)
        self.why = why

    def begin(self) -> None:
        """Close."""
        self.line.close(*self.why)


class CaptionSocket(LineSocket):
    """Speech to text of one creator, paid by the minute."""

    room = ""
    begun_ms = paid_ms = next_credits_ms = 0.0
    warned = False

    def begin(self) -> None:
        """Start the session."""
        if "," in self.request.query.get("translate", ""):
            text = "Only one translation language per session"
            self.send({"type": "error", "code": "MULTI_TRANSLATE_REJECTED", "message": text})
            self.line.close(4400, "INVALID_OPTIONS")
            return
        self.creator = self.sim.creator(self.handle)
        self.task = asyncio.get_running_loop().create_task(self.run())

    async def run(self) -> None:
        """Connect, wait for the creator, transcribe until the stream, the time or the allowance ends."""
        self.say("connecting", "Opening audio")
        await self.sim.sleep(400)
        if self.off():
            self.say("waiting", "Creator is not live")
        while self.off():
            await self.sim.sleep(1000)
        self.say("transcribing", "")
        self.room = self.creator.room_id
        self.begun_ms = self.paid_ms = self.next_credits_ms = self.sim.clock.now_ms
        for wait_ms, frame in self.frames():
            await self.sim.sleep(wait_ms)
            if self.over() or not self.pay():
                return
            if not self.sim.captions_silent:
                self.send(frame)

    def over(self) -> bool:
        """End the session with the stream, or with its time."""
        lasts_ms = min(MAX_MINUTES, number(self.request.query.get("max_duration_minutes"), 60)) * 60_000
        in_time = self.sim.clock.now_ms - self.begun_ms < lasts_ms
        if not self.off() and self.creator.room_id == self.room and in_time:
            return False
        self.say("ended", "Duration limit reached" if not in_time else "Stream ended")
        self.line.close(1000)
        return True

    def pay(self) -> bool:
        """Count minutes, report them, warn once; say whether any are left."""
        now = self.sim.clock.now_ms
        self.account.caption_minutes += max(0.0, now - self.paid_ms) / 60_000
        self.paid_ms = now
        total, used, remaining = self.sim.caption_credits(self.account)
        if remaining > 0 and now < self.next_credits_ms:
            return True
        self.next_credits_ms = now + CREDITS_EVERY_MS
        self.send({"type": "credits", "total": total, "used": used, "remaining": remaining})
        if remaining <= LOW_SHARE * total and not self.warned:  # also where time leapt from plenty to nothing
            self.warned = True
            share = round(100 * remaining / total) if total else 0
            self.send({"type": "credits_low", "remaining": remaining, "percentage": share})
        if remaining <= 0:
            self.line.close(1008, "Caption allowance used up")
        return remaining > 0

    def off(self) -> bool:
        """Tell whether the creator is not live."""
        return not self.creator.live

    def frames(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Write the transcript, the same for the same seed and creator."""
        query = self.request.query
        language = query.get("language") or self.creator.host.language
        spoken = language if language in LANGUAGES else "en"
        talking = dice(self.sim.seed, self.handle, "captions")
        speakers = query.get("diarization", "true").lower() not in {"false", "0", "no"}
        return transcript(
            talking, spoken, query.get("translate", ""), diarization=speakers, clock=self.sim.clock.wall()
        )

    def say(self, status: str, text: str) -> None:
        """Report the state of the session."""
        self.send({"type": "status", "status": status, "message": text})


def clean(handle: str) -> str:
    """Read a handle as TikTool does."""
    return handle.strip().lstrip("@").lower()
