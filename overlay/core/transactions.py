"""Which combo a transaction leads to, for half an hour after its last frame or among the newest 20,000.

It only finds: what a frame of a known transaction credits, the combos decide.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from overlay.core.marks import KEPT_MS
from overlay.core.memory import TRANSACTION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from overlay.core.memory import Memory, Since

MOST_TRANSACTIONS: Final = 20_000
REFRESH_MS: Final = 60_000
"""A transaction still in use is remembered anew at most so often: each time is a row."""

OPEN, SILENT, OVER = range(3)
"""A combo is open, closed by silence (and may go on), or over (ended, superseded, not streakable)."""

Key = tuple[str, str, str]
"""Sender, gift, and the group or the transaction."""


class Combo(Struct, array_like=True, gc=False):
    """One combo. Credited is always `count`."""

    id: str
    sender: str
    gift: str
    group: str
    count: int = 0
    state: int = OPEN
    last_ms: int = 0
    closed_ms: int = 0
    price: int = 0
    told: bool = False  # a page may still show it as running
    owner: bool = False  # its key means it: a frame needs no transaction to find it

    @property
    def key(self) -> Key:
        """By which a frame without a known transaction finds it."""
        return (self.sender, self.gift, self.group)


class Transactions:
    """The transactions of one creator, the longest unused first."""

    __slots__ = ("_by_key", "_memory", "_unused", "_uses")

    def __init__(self, memory: Memory, unused: Callable[[Combo], None]) -> None:
        """None is known. `unused` is told when no transaction leads to a combo any more."""
        self._memory = memory
        self._unused = unused
        self._by_key: OrderedDict[Key, tuple[Combo, int]] = OrderedDict()
        self._uses: dict[str, int] = {}  # combo id -> transactions that lead to it

    def find(self, sender: str, gift: str, transaction_id: str) -> Combo | None:
        """The combo of a known transaction."""
        known = self._by_key.get((sender, gift, transaction_id))
        return known[0] if known is not None else None

    def leads_to(self, combo: Combo) -> bool:
        """Whether any transaction leads to this combo."""
        return combo.id in self._uses

    def use(self, combo: Combo, transaction_id: str, at_ms: int) -> None:
        """This transaction leads to this combo."""
        key = (combo.sender, combo.gift, transaction_id)
        known = self._by_key.get(key)
        if known is not None:
            if at_ms - known[1] < REFRESH_MS:
                return
        else:
            self._uses[combo.id] = self._uses.get(combo.id, 0) + 1
        self._by_key[key] = (combo, at_ms)
        self._by_key.move_to_end(key)
        self._memory.put(_row(combo, transaction_id), at_ms)
        if len(self._by_key) > MOST_TRANSACTIONS:
            self._drop(next(iter(self._by_key)))

    def prune(self, at_ms: int) -> int:
        """Forget what is too old. When there may be more."""
        while self._by_key:
            oldest, (_, used_ms) = next(iter(self._by_key.items()))
            if used_ms + KEPT_MS > at_ms:
                return used_ms + KEPT_MS
            self._drop(oldest)
        return at_ms + KEPT_MS

    def merge(self, weak: str, strong: str) -> list[Combo]:
        """Two keys are one person: the weak one's transactions are the strong one's. The combos they lead to."""
        moved = []
        for key in [key for key in self._by_key if key[0] == weak]:
            combo, used_ms = self._by_key.pop(key)
            moved.append(combo)
            new = (strong, key[1], key[2])
            stays = self._by_key.get(new)
            if stays is not None and stays[0].count >= combo.count:
                self._release(combo, key[2])
                continue
            if stays is not None:
                self._release(stays[0], key[2])
            self._by_key[new] = (combo, used_ms)
        return moved

    def _drop(self, key: Key) -> None:
        combo, _ = self._by_key.pop(key)
        self._release(combo, key[2])

    def _release(self, combo: Combo, transaction_id: str) -> None:
        self._memory.forget(_row(combo, transaction_id))
        left = self._uses[combo.id] - 1
        if left:
            self._uses[combo.id] = left
        else:
            del self._uses[combo.id]
            self._unused(combo)

    def load(self, rows: Mapping[str, bytes], combos: Mapping[str, Combo], since: Since) -> None:
        """After a start: those whose combo is known."""
        used = sorted((msgspec.msgpack.decode(row, type=int), key) for key, row in rows.items())
        for used_ms, row_key in used:
            id_, _, transaction_id = row_key.partition(":")
            combo = combos.get(id_)
            if combo is None:
                self._memory.forget(f"{TRANSACTION}{id_}:{transaction_id}")
                continue
            key = (combo.sender, combo.gift, transaction_id)
            if key not in self._by_key:
                self._uses[id_] = self._uses.get(id_, 0) + 1
            self._by_key[key] = (combo, since.read(used_ms))
            if since.back_ms:
                self._memory.put(_row(combo, transaction_id), since.read(used_ms))


def _row(combo: Combo, transaction_id: str) -> str:
    return f"{TRANSACTION}{combo.id}:{transaction_id}"


def read_combos(rows: Mapping[str, bytes], since: Since) -> dict[str, Combo]:
    """After a start: the stored combos as they were born, times by the clock of now."""
    combos = [msgspec.msgpack.decode(row, type=Combo) for row in rows.values()]
    for combo in combos:
        combo.last_ms, combo.closed_ms = since.read(combo.last_ms), since.read(combo.closed_ms)
    return {combo.id: combo for combo in sorted(combos, key=lambda combo: (len(combo.id), combo.id))}
