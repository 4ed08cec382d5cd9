"""Follows and shares once per person and stream, entrances once in both forms, and likes by the room's total.

It never names anybody.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from overlay.core.identity import NOBODY
from overlay.core.memory import DEED, LIKES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from overlay.core.memory import Memory

TWIN_MS: Final = 10_000
"""A second frame within this time, in the other form, is the same action; where nobody is named, in any form."""


class Deeds:
    """Who has done what in which stream."""

    __slots__ = ("_done", "_entered", "_memory", "_nobody_ms")

    def __init__(self, memory: Memory) -> None:
        """Nobody has done anything."""
        self._memory = memory
        self._done: dict[str, set[str]] = {}  # stream -> "<kind>:<key>"
        self._nobody_ms: dict[str, int] = {}
        self._entered: OrderedDict[str, tuple[int, str]] = OrderedDict()  # key -> when, in which form

    def enter(self, key: str, form: str, at_ms: int) -> bool:
        """Whether this entrance is one of its own, and not the other form of one just told."""
        last = self._entered.get(key)
        self._entered[key] = (at_ms, form)
        self._entered.move_to_end(key)
        return last is None or last[1] == form or not 0 <= at_ms - last[0] <= TWIN_MS

    def prune(self, at_ms: int) -> int:
        """Forget entrances that have no other form to come. When there may be more."""
        while self._entered:
            key, (entered_ms, _) = next(iter(self._entered.items()))
            if at_ms - entered_ms <= TWIN_MS:
                return entered_ms + TWIN_MS + 1
            del self._entered[key]
        return at_ms + TWIN_MS

    def do(self, stream: str, kind: str, key: str, at_ms: int) -> bool:
        """Whether this counts: the first time of this person in this stream."""
        if key == NOBODY:
            last = self._nobody_ms.get(kind)
            self._nobody_ms[kind] = at_ms
            return last is None or not 0 <= at_ms - last <= TWIN_MS
        done = self._done.setdefault(stream, set())
        deed = f"{kind}:{key}"
        if deed in done:
            return False
        done.add(deed)
        self._memory.put(_row(stream, deed), 1)
        return True

    def merge(self, weak: str, strong: str) -> None:
        """Two keys are one person: what one has done, both have."""
        for stream, done in self._done.items():
            for deed in [deed for deed in done if deed.partition(":")[2] == weak]:
                new = f"{deed.partition(':')[0]}:{strong}"
                done.discard(deed)
                self._memory.forget(_row(stream, deed))
                if new not in done:
                    done.add(new)
                    self._memory.put(_row(stream, new), 1)

    def keep_only(self, streams: AbstractSet[str]) -> None:
        """Forget the deeds of streams that are long over."""
        for stream in [stream for stream in self._done if stream not in streams]:
            for deed in self._done.pop(stream):
                self._memory.forget(_row(stream, deed))

    def load(self, rows: Mapping[str, bytes]) -> None:
        """After a start."""
        for row in rows:
            stream, _, deed = row.partition("|")
            self._done.setdefault(stream, set()).add(deed)


class Shown(Struct, array_like=True, gc=False):
    """The likes of one stream: what is shown, and whether a total has been told yet."""

    likes: int = 0
    told: bool = False


class Likes:
    """The shown total of each stream: the highest that was told, else the sum of the batches."""

    __slots__ = ("_memory", "_streams")

    def __init__(self, memory: Memory) -> None:
        """No stream has any."""
        self._memory = memory
        self._streams: dict[str, Shown] = {}

    def take(self, stream: str, batch: int, total: int | None) -> tuple[int, int]:
        """What this frame adds to the stream's total, and to every other period's.

        The first total of a stream counts whole for the stream and not at all elsewhere: nobody knows when those
        were given. Batches without a total are shown until a total says more; the shown total never falls.
        """
        shown = self._streams.get(stream)
        if shown is None:
            shown = self._streams[stream] = Shown()
        if total is None:
            gain = rest = max(0, batch)
        else:
            gain = max(0, total - shown.likes)
            rest = gain if shown.told else 0
            if shown.told and not gain:
                return 0, 0
            shown.told = True
        shown.likes += gain
        self._memory.put(LIKES + stream, shown)
        return gain, rest

    def keep_only(self, streams: AbstractSet[str]) -> None:
        """Forget the likes of streams that are long over."""
        for stream in [stream for stream in self._streams if stream not in streams]:
            del self._streams[stream]
            self._memory.forget(LIKES + stream)

    def load(self, rows: Mapping[str, bytes]) -> None:
        """After a start."""
        self._streams = {stream: msgspec.msgpack.decode(row, type=Shown) for stream, row in rows.items()}


def _row(stream: str, deed: str) -> str:
    return f"{DEED}{stream}|{deed}"
