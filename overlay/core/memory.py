"""The ledger's memory as the store keeps it: small rows by key, of which only the changed ones are handed over.

A row may be any struct or tuple and is encoded when it is handed over, so a combo of fifty steps in one tick is one
row. What the rows mean is known by those who write them: each has prefixes of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX: Final = 2
"""All prefixes are this long."""

ALIAS: Final = "a:"  # a weaker key -> the stronger one, or "" for a weak key that facts stand under
COMBO: Final = "c:"
TRANSACTION: Final = "t:"
GIFT_MARK: Final = "g:"
DEED_MARK: Final = "m:"
CROWD_MARK: Final = "n:"  # likes and entrances: so many that they would push the others out
PRINT: Final = "i:"  # the fingerprint of a frame without a msgId
DEED: Final = "d:"  # who followed and shared in which stream
LIKES: Final = "k:"  # a stream's likes
LINE: Final = "l:"  # a shown chat line and its ids
TOMB: Final = "x:"  # a deletion without its line yet
PIN: Final = "p:"
STREAM: Final = "s:"
RESET: Final = "r:"
IDS: Final = "o:"

RESERVED: Final = 60_000
"""So many ids are reserved with one row."""


class Memory:
    """The rows the store has not got yet."""

    __slots__ = ("_encode", "_kept", "_rows")

    def __init__(self, *, kept: bool = True) -> None:
        """Nothing has changed. What is not `kept` (a test's) is never handed over."""
        self._rows: dict[str, object] = {}
        self._kept = kept
        self._encode = msgspec.msgpack.Encoder().encode

    def put(self, key: str, row: object) -> None:
        """This row is new, or other than it was; it is encoded as it will stand at the next drain."""
        if self._kept:
            self._rows[key] = row

    def forget(self, key: str) -> None:
        """This row is needed no more."""
        if self._kept:
            self._rows[key] = None

    def drain(self) -> dict[str, bytes | None]:
        """What has changed since the last time; None: forget it."""
        if not self._rows:
            return {}
        rows, self._rows = self._rows, {}
        encode = self._encode
        return {key: None if row is None else encode(row) for key, row in rows.items()}


def sorted_by_prefix(memory: Mapping[str, bytes]) -> dict[str, dict[str, bytes]]:
    """The stored rows of each kind, by what follows the prefix."""
    kinds: dict[str, dict[str, bytes]] = {}
    for key, row in memory.items():
        kinds.setdefault(key[:PREFIX], {})[key[PREFIX:]] = row
    return kinds


class Ids:
    """Ids of our own, for combos and lines: none comes twice, whatever happens to the clock or the program."""

    __slots__ = ("_form", "_last", "_memory", "_reserved")

    def __init__(self, memory: Memory, *, test: bool = False) -> None:
        """The first id is made from the time of its making."""
        self._memory = memory
        self._form = "t%x" if test else "%x"
        self._last = 0
        self._reserved = 0

    def new(self, at_ms: int) -> str:
        """An id that was never given before."""
        self._last = max(self._last + 1, at_ms)
        if self._last > self._reserved:
            self._reserved = self._last + RESERVED
            self._memory.put(IDS, self._reserved)
        return self._form % self._last

    def load(self, row: bytes | None) -> None:
        """After a start: go on behind all that may have been given."""
        if row is not None:
            self._last = self._reserved = msgspec.msgpack.decode(row, type=int)


class Since(NamedTuple):
    """How stored times read at a start: if the clock was set back meanwhile, all of them are so much earlier."""

    now_ms: int
    back_ms: int = 0

    def read(self, told_ms: int) -> int:
        """A stored time by the clock of now; never in the future."""
        return min(told_ms - self.back_ms, self.now_ms)
