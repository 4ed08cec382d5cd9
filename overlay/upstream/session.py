"""One socket from dialling to its end: opened, read, watched for silence, closed with 1000, never left behind.

It knows nothing of streams, waits or budgets; whoever owns it is told what happened by four callbacks.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from websockets.exceptions import ConnectionClosed
from websockets.protocol import State

from overlay.core.endings import Ending
from overlay.upstream.crew import Crew
from overlay.upstream.dial import Refused, dial, ending_of, hang_up
from overlay.upstream.ear import Ear
from overlay.upstream.shared import Shared


class Session:
    """The one socket that its owner may have at a time."""

    def __init__(
        self,
        shared: Shared,
        crew: Crew,
        *,
        opened: Callable[[], None],
        frame: Callable[[bytes], None],
        closed: Callable[[int, str], None],
        quiet: Callable[[], None] | None = None,
    ) -> None:
        self._shared, self._crew = shared, crew
        self._opened, self._frame, self._closed, self._quiet = opened, frame, closed, quiet
        self._connection: Ear | None = None
        self._closing: str | None = None  # ours | silent
        self._watch: asyncio.TimerHandle | None = None
        self._time = shared.time
        self._opened_s = 0.0
        self._heard_s: float | None = None

    @property
    def connected(self) -> bool:
        """Whether it is open."""
        return self._connection is not None

    @property
    def leaving(self) -> bool:
        """Whether we are closing it."""
        return self._closing is not None

    @property
    def heard_ms(self) -> int | None:
        """When it last brought a frame, by the server's clock."""
        if self._heard_s is None:
            return None
        return self._shared.now_ms() - int((self._time() - self._heard_s) * 1000)

    async def run(self, where: str) -> Ending:
        """Dials and reads until it ends."""
        shared, self._closing = self._shared, None
        try:
            connection = await dial(
                where, timing=shared.timing, masking=shared.masking, now_ms=shared.now_ms, express=shared.express
            )
        except Refused as refused:
            return refused.ending
        code, reason = 1000, ""
        self._time = asyncio.get_running_loop().time
        self._connection, self._opened_s, self._heard_s = connection, self._time(), None
        try:
            self._opened()
            if self._quiet is not None:
                self._watch_silence()
            await connection.listen(self._hear)
        except ConnectionClosed as closed:
            code, reason = ending_of(closed)
        finally:
            ending = self._end(connection, code, reason)
        return ending

    def _hear(self, raw: bytes) -> None:
        self._heard_s = self._time()
        self._frame(raw)

    def _end(self, connection: Ear, code: int, reason: str) -> Ending:
        """The socket is gone, or what read it is: tells the owner, and leaves nothing open."""
        self._connection = None
        if self._watch is not None:
            self._watch.cancel()
        if connection.state is not State.CLOSED:  # a bug or the program's end broke the reading off
            self._crew.once("closing", hang_up(connection, self._shared.timing))
        reason = self._shared.masking.text(reason)
        told = {"ours": (1000, ""), "silent": (4006, "nothing was heard")}.get(self._closing or "", (code, reason))
        self._closed(*told)
        return Ending(
            code=code,
            reason=reason,
            ours=self._closing == "ours",
            silent=self._closing == "silent",
            open_s=self._time() - self._opened_s,
        )

    def send(self, text: str) -> None:
        """Sends a text, if it is open; one that is just closing hears nothing more."""
        if self._connection is not None and self._closing is None:
            self._crew.once("sending", self._send(self._connection, text))

    @staticmethod
    async def _send(connection: Ear, text: str) -> None:
        with contextlib.suppress(ConnectionClosed):
            await connection.send(text)

    def close(self, why: str = "ours") -> None:
        """Closes it with 1000, soon."""
        if self._connection is not None and self._closing is None:
            self._closing = why
            self._crew.once("closing", hang_up(self._connection, self._shared.timing))

    async def stop(self) -> None:
        """Closes it with 1000, and waits for that."""
        self._closing = "ours"
        if self._connection is not None:
            await hang_up(self._connection, self._shared.timing)

    def _watch_silence(self) -> None:
        """Runs while the socket is open: quiet after 30 s is told, after 75 s the socket is given up."""
        if self._connection is None or self._quiet is None:
            return
        timing = self._shared.timing
        idle = self._time() - (self._opened_s if self._heard_s is None else self._heard_s)
        if idle >= timing.silence_s:
            self.close("silent")
            return
        if idle >= timing.quiet_s:
            self._quiet()
        left = timing.quiet_s - idle if idle < timing.quiet_s else timing.silence_s - idle
        self._watch = asyncio.get_running_loop().call_later(left + 0.005, self._watch_silence)
