"""Recording: each stream of a creator who wants it, as lines of JSON, in the form that trace and replay read.

It never reads what it writes down.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from overlay.core.events import Closed, Event, Opened
from overlay.core.recording import encode_line

if TYPE_CHECKING:
    from overlay.house import House
    from overlay.store.recordings import RecordingWriter


class Recorder:
    """Who is recorded, and into what."""

    def __init__(self, house: House) -> None:
        """Nobody is recorded."""
        self._house = house
        self._wanted: set[str] = set()
        self._open: dict[str, tuple[RecordingWriter, int, str]] = {}
        self._ending: set[asyncio.Task[None]] = set()

    def follow(self, creators: set[str]) -> None:
        """These creators are recorded from now on."""
        self._wanted = creators
        for creator in [creator for creator in self._open if creator not in creators]:
            self.end(creator)

    def take(self, creator: str, at_ms: int, socket: str, raw: bytes | Event) -> None:
        """One frame, or one opening or closing of a socket."""
        if creator not in self._wanted:
            return
        room = self._house.hub.rooms.get(creator)
        stream = (room.scene.stream if room else None) or "open"
        known = self._open.get(creator)
        if known is not None and known[2] != stream and not known[2].startswith("open"):
            self.end(creator)
            known = None
        if known is None:
            known = self._open[creator] = (self._house.store.record(creator, stream, at_ms), at_ms, stream)
        elif known[2] != stream:
            known = self._open[creator] = (known[0], known[1], stream)
        writer, began_ms, _ = known
        line = self._line(at_ms - began_ms, socket, raw)
        if line is not None:
            writer.append(line.removesuffix(b"\n"))  # the writer ends each line itself

    def _line(self, t: int, socket: str, raw: bytes | Event) -> bytes | None:
        if isinstance(raw, bytes):
            return encode_line(t, frame=raw, socket=socket)
        if isinstance(raw, Opened):
            return encode_line(t, opened=True, socket=raw.socket)
        if isinstance(raw, Closed):
            return encode_line(t, closed=raw, socket=raw.socket)
        return None

    def end(self, creator: str) -> None:
        """A recording is over; the file is closed in the background."""
        known = self._open.pop(creator, None)
        if known is not None:
            task = asyncio.ensure_future(self._house.store.end_recording(known[0]))
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    async def end_all(self) -> None:
        """The server stops: every file is closed."""
        for creator in list(self._open):
            self.end(creator)
        await asyncio.gather(*self._ending, return_exceptions=True)
