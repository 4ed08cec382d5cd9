"""Who listens to one creator, and what they have not heard: frames are sent, kept, or sent again. It reads no clock."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from overlay.simulator.sockets import LiveSocket

RECENT = 4_000
REPLAYED = 15


class Audience:
    """The live sockets of one creator."""

    def __init__(self) -> None:
        self.sockets: list[LiveSocket] = []
        self.silent = False
        self._missed: list[tuple[float, bytes]] = []
        self._recent: deque[tuple[float, bytes]] = deque(maxlen=RECENT)

    @property
    def listening(self) -> bool:
        """Tell whether frames reach anybody now."""
        return bool(self.sockets) and not self.silent

    def write(self, frame: bytes) -> None:
        """Write a ready frame to every socket."""
        for socket in self.sockets:
            socket.line.write(frame)

    def deliver(self, at_ms: float, frame: bytes) -> None:
        """Send a ready frame to all, or keep it until somebody listens."""
        if self.listening:
            self._remember(at_ms, frame)
            self.write(frame)
        else:
            self._missed.append((at_ms, frame))

    def _remember(self, at_ms: float, frame: bytes) -> None:
        """Keep a frame for a replay; one without an id is never repeated, nobody could tell that it is."""
        if b'"msgId"' in frame:
            self._recent.append((at_ms, frame))

    def repeat(self, since_ms: float, most: int = REPLAYED) -> None:
        """Send the last frames once more, as TikTok does after a reconnect."""
        for frame in [frame for at, frame in self._recent if at > since_ms][-most:]:
            self.write(frame)

    def catch_up(self) -> None:
        """Send what was missed."""
        missed, self._missed = self._missed, []
        for at, frame in missed:
            self._remember(at, frame)
            self.write(frame)

    def forget(self) -> None:
        """Begin anew: what was not heard of one room must never be heard in the next."""
        self._missed, self.silent = [], False
        self._recent.clear()
