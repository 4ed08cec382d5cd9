"""The draft: what ticks have committed as it came, until it is entered into the tables, room by room.

A tick of an agency concerns a dozen rooms, and each room's rows lie on pages of their own: entering them at once made
the log grow by thirty kilobytes a frame. So a tick is one row here, in the same database and by a commit like any
other; some seconds later a room's changes are entered together, each row and page once. Whoever reads what rooms have
counted has it entered first; a start enters what a killed program has left.

It begins and commits nothing and knows no table but its own, and of a room up to which tick it is entered.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

import msgspec

from overlay.store.codec import decode_change, encode_change, join, split
from overlay.store.merging import merged

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from overlay.core.keeping import Change

AGE_S: Final = 20.0
"""A room's changes are entered so long after the first of them."""
MUCH: Final = 128 << 10
"""When so many bytes of one room wait it is entered at once: some milliseconds' work."""

ADD: Final = "INSERT INTO draft (tick, body) VALUES (?, ?)"
ALL: Final = "SELECT tick, body FROM draft ORDER BY tick"
ENTERED: Final = "SELECT creator, entered FROM room"
ENTER: Final = "UPDATE room SET entered=? WHERE creator=?"
DROP: Final = "DELETE FROM draft WHERE tick<?"

_log = logging.getLogger(__name__)


def is_left(db: sqlite3.Connection) -> bool:
    """Whether a program has left what is not entered."""
    return db.execute("SELECT 1 FROM draft LIMIT 1").fetchone() is not None


class Lot:
    """One room's changes that are not entered, and when that began."""

    __slots__ = ("changes", "first", "last", "since_s", "size")

    def __init__(self, tick: int, now_s: float) -> None:
        """From this tick on."""
        self.first = self.last = tick
        self.since_s = now_s
        self.changes: list[Change] = []
        self.size = 0


class Draft:
    """What is not entered yet, in the order in which the rooms began to wait."""

    def __init__(self) -> None:
        """Nothing is known."""
        self._lots: dict[str, Lot] = {}
        self._full: dict[str, None] = {}

    def forget(self) -> None:
        """Another connection: what waits is read from there."""
        self._lots, self._full = {}, {}

    # --- in the transaction of a tick ---

    def put(self, db: sqlite3.Connection, tick: int, changes: Iterable[Change]) -> list[int]:
        """Write a tick; how long each change is."""
        bodies = [encode_change(change) for change in changes]
        db.execute(ADD, (tick, join(bodies)))
        return [len(body) for body in bodies]

    def wait(self, tick: int, change: Change, size: int, now_s: float) -> None:
        """That tick is committed: what it holds waits from now on."""
        lot = self._lots.get(change.creator)
        if lot is None:
            lot = self._lots[change.creator] = Lot(tick, now_s)
        lot.last = tick
        lot.changes.append(change)
        lot.size += size
        if lot.size >= MUCH:
            self._full[change.creator] = None

    # --- later ---

    def due_s(self, now_s: float) -> float | None:
        """In how many seconds a room is to be entered; None if nothing waits."""
        if self._full:
            return 0.0
        first = next(iter(self._lots.values()), None)
        return None if first is None else max(0.0, first.since_s + AGE_S - now_s)

    def due(self, now_s: float) -> str | None:
        """The next room to be entered, if it is due. One at a time: a tick that comes meanwhile waits for it."""
        return next(iter(self._full or self._lots)) if self.due_s(now_s) == 0.0 else None

    def waiting(self, creators: Iterable[str] | None = None) -> list[str]:
        """Which of these rooms wait; of all, if none are named."""
        return list(self._lots) if creators is None else [one for one in creators if one in self._lots]

    def changes(self, creator: str) -> list[Change]:
        """What is to be entered of a room, in order, what can be one being one."""
        return merged(self._lots[creator].changes)

    def singly(self, creator: str) -> list[Change]:
        """The same as it came."""
        return list(self._lots[creator].changes)

    def mark(self, db: sqlite3.Connection, creator: str) -> None:
        """In the transaction that enters a room: so far it is entered, and no tick is kept that nobody waits for."""
        db.execute(ENTER, (self._lots[creator].last, creator))
        left = next((lot.first for other, lot in self._lots.items() if other != creator), None)
        db.execute(DROP, (1 << 62 if left is None else left,))

    def done(self, creator: str) -> None:
        """It is entered."""
        del self._lots[creator]
        self._full.pop(creator, None)

    def load(self, db: sqlite3.Connection, now_s: float) -> None:
        """On a new connection: what is there and not entered."""
        self.forget()
        entered: dict[str, int] = dict(db.execute(ENTERED).fetchall())
        for tick, whole in db.execute(ALL).fetchall():
            for body in split(whole):
                try:
                    change = decode_change(body)
                except msgspec.MsgspecError as error:
                    _log.error("a change that was not entered cannot be read and is left out: %s", error)
                    continue
                if tick > entered.get(change.creator, 0):
                    self.wait(tick, change, len(body), now_s)
