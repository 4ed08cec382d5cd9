"""Gift frames in, credits out: a combo is credited step by step, each frame only by what exceeds what was credited.

The rules are applied in their order: known transaction, streakability, lower count, open or update, end. Repeats by
msgId and by fingerprint have been sorted out before; prices, persons and streams are told. Nothing is ever taken back.
Longer than others by a few lines.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from overlay.core.facts import ComboEnded, Credit
from overlay.core.memory import COMBO
from overlay.core.prices import is_streakable, price_of, recipient_of, units_of
from overlay.core.transactions import OPEN, OVER, SILENT, Combo, Key, Transactions, read_combos

if TYPE_CHECKING:
    from collections.abc import Mapping

    from overlay.core.events import Gift
    from overlay.core.facts import Fact, Who
    from overlay.core.memory import Ids, Memory, Since
    from overlay.core.prices import Listing

COMBO_IDLE_MS: Final = 10_000
LATE_WINDOW_MS: Final = 15_000
NOID_DUP_MS: Final = 1_000


class Combos:
    """The combos of one creator."""

    __slots__ = (
        "_current", "_ended", "_ids", "_late", "_memory", "_open", "_paused", "_rows", "_test", "owner_id",
        "transactions",
    )  # fmt: skip

    def __init__(self, memory: Memory, ids: Ids, *, test: bool = False) -> None:
        """No gift has been given."""
        self._memory = memory
        self._ids = ids
        self._test = test
        self._open: OrderedDict[str, Combo] = OrderedDict()  # by id, the longest silent first
        self._current: dict[Key, Combo] = {}  # the open one that a key means
        self._late: OrderedDict[Key, Combo] = OrderedDict()  # closed by silence; may go on; the oldest first
        self._ended: OrderedDict[Key, tuple[int, int]] = OrderedDict()  # ended without any id: when and at which count
        self.transactions = Transactions(memory, self._keep)
        self._rows: set[str] = set()  # the combos that the store has
        self.owner_id: str | None = None  # the creator: a gift to anybody else names its recipient
        self._paused = False  # the socket is closed: what is remembered does not age

    # --- a frame ---

    def give(self, gift: Gift, who: Who, listing: Listing | None, at_ms: int, out: list[Fact]) -> bool:
        """One gift frame; False if it is a repeat."""
        units = units_of(gift)
        sent = gift.transaction_id
        combo = self.transactions.find(who.key, gift.gift_id, sent) if sent else None
        if combo is not None:
            if combo.state == SILENT:
                self._reopen(combo)
        elif not is_streakable(gift, listing):
            combo = Combo(self._ids.new(at_ms), who.key, gift.gift_id, gift.group_id or "", last_ms=at_ms)
            combo.state = OVER
        else:
            combo = self._find(gift, units, who, at_ms, out)
            if combo is None:
                return False
        self._step(combo, gift, units, who, listing, at_ms, out)
        return True

    def _find(self, gift: Gift, units: int, who: Who, at_ms: int, out: list[Fact]) -> Combo | None:
        """The combo that a frame of an unknown transaction belongs to, a new one, or None for a repeat."""
        key = (who.key, gift.gift_id, gift.group_id or "")
        combo = self._current.get(key)
        if combo is not None:
            if units >= combo.count:
                return combo
            self._close(combo, at_ms, out)  # its end was lost
        else:
            late = self._late.get(key)
            if late is not None and self._goes_on(late, gift, units, at_ms):
                self._reopen(late)
                return late
            if late is not None:
                self._disown(late)  # a newer one of its key: only its transaction still means it
            if not (gift.msg_id or gift.transaction_id) and self._has_just_ended(key, units, at_ms):
                return None
        combo = Combo(self._ids.new(at_ms), who.key, gift.gift_id, gift.group_id or "", last_ms=at_ms)
        combo.owner = True
        self._open[combo.id] = self._current[key] = combo
        return combo

    def _goes_on(self, late: Combo, gift: Gift, units: int, at_ms: int) -> bool:
        """Whether a frame continues a combo that silence has closed."""
        if not self._paused and at_ms - late.closed_ms >= LATE_WINDOW_MS:
            return False
        is_new_gift = units == 1 and bool(gift.transaction_id)
        return units >= late.count and not is_new_gift

    def _has_just_ended(self, key: Key, units: int, at_ms: int) -> bool:
        ended = self._ended.get(key)
        return ended is not None and at_ms - ended[0] < NOID_DUP_MS and ended[1] == units

    def _step(
        self, combo: Combo, gift: Gift, units: int, who: Who, listing: Listing | None, at_ms: int, out: list[Fact]
    ) -> None:
        """Credit what exceeds the units credited so far; an ended frame closes."""
        first = combo.count == 0
        gained = units - combo.count
        combo.last_ms = at_ms
        if gift.transaction_id:
            self.transactions.use(combo, gift.transaction_id, at_ms)
        if gift.ended and combo.state != OVER:
            self._end(combo, gift, units, at_ms)
        elif combo.state == OPEN:
            self._open.move_to_end(combo.id)
        was_told = combo.told
        if gained > 0:
            combo.count = units
            combo.price = price_of(gift, listing) or combo.price
            combo.told = combo.state == OPEN
            out.append(self._credit(combo, gift, gained, who, listing, at_ms, first=first))
        if was_told and combo.state != OPEN:
            combo.told = False
            out.append(ComboEnded(at_ms=at_ms, test=self._test, combo=combo.id, count=combo.count))
        self._keep(combo)

    def _credit(
        self, combo: Combo, gift: Gift, gained: int, who: Who, listing: Listing | None, at_ms: int, *, first: bool
    ) -> Credit:
        return Credit(
            at_ms=at_ms,
            test=self._test,
            who=who,
            combo=combo.id,
            gift_id=gift.gift_id,
            gift_name=gift.name or (listing.name if listing is not None else None),
            picture=gift.picture or (listing.picture if listing is not None else None),
            units=gained,
            count=combo.count,
            price=combo.price,
            diamonds=gained * combo.price,
            first=first,
            running=combo.state == OPEN,
            to=recipient_of(gift, self.owner_id),
            unpriced=combo.price == 0 and listing is None,
            transaction_id=gift.transaction_id,
        )

    # --- open, closed, over ---

    def _reopen(self, combo: Combo) -> None:
        """A combo closed by silence opens again. A newer one of its key keeps the key."""
        combo.state = OPEN
        self._open[combo.id] = combo
        key = combo.key
        if combo.owner:
            del self._late[key]
        elif key in self._late or key in self._current:
            return
        combo.owner = True
        self._current[key] = combo

    def _disown(self, late: Combo) -> None:
        """From now on only its transaction leads to it."""
        late.owner = False
        del self._late[late.key]
        self._keep(late)

    def _end(self, combo: Combo, gift: Gift, units: int, at_ms: int) -> None:
        """The end frame came."""
        self._leave(combo)
        self._ended.pop(combo.key, None)
        if not (gift.msg_id or gift.transaction_id):
            self._ended[combo.key] = (at_ms, max(units, combo.count))

    def _leave(self, combo: Combo) -> None:
        combo.state = OVER
        self._open.pop(combo.id, None)
        if combo.owner:
            combo.owner = False
            if self._current.get(combo.key) is combo:
                del self._current[combo.key]

    def _close(self, combo: Combo, at_ms: int, out: list[Fact], *, silent: bool = False) -> None:
        """Over without an end frame. Nothing is credited; after silence the count is remembered for a while."""
        was_owner = combo.owner
        self._leave(combo)
        combo.closed_ms = at_ms
        if silent:
            combo.state = SILENT
            if was_owner:
                combo.owner = True
                self._late[combo.key] = combo
        if combo.told:
            combo.told = False
            out.append(ComboEnded(at_ms=at_ms, test=self._test, combo=combo.id, count=combo.count))
        self._keep(combo)

    def close_all(self, at_ms: int, out: list[Fact]) -> None:
        """The socket closed, the stream ended, or the program stops: all of them fall silent."""
        for combo in list(self._open.values()):
            self._close(combo, at_ms, out, silent=True)

    def pause(self) -> None:
        """The socket is closed: what is remembered does not age."""
        self._paused = True

    def go_on(self, at_ms: int) -> None:
        """The socket is open again: what was remembered is so for a full window from now."""
        self._paused = False
        for combo in self._late.values():
            combo.closed_ms = at_ms
            self._keep(combo)

    def forget_late(self) -> None:
        """Another stream: no combo goes on over it, unless its transaction says so."""
        for combo in list(self._late.values()):
            self._disown(combo)

    # --- time ---

    def wake(self) -> int | None:
        """When the next combo falls silent."""
        for combo in self._open.values():
            return combo.last_ms + COMBO_IDLE_MS
        return None

    def tick(self, at_ms: int, out: list[Fact]) -> None:
        """Close what has been silent for long enough, at the moment when it was."""
        while self._open:
            combo = next(iter(self._open.values()))
            due = combo.last_ms + COMBO_IDLE_MS
            if due > at_ms:
                return
            self._close(combo, due, out, silent=True)

    def prune(self, at_ms: int) -> int:
        """Forget what can matter no more. More may be due at any time: silence closes a combo in its own past."""
        while self._late and not self._paused:
            combo = next(iter(self._late.values()))
            if at_ms - combo.closed_ms < LATE_WINDOW_MS:
                break
            self._disown(combo)
        while self._ended:
            key, (ended_ms, _) = next(iter(self._ended.items()))
            if at_ms - ended_ms < NOID_DUP_MS:
                break
            del self._ended[key]
        return at_ms

    # --- people and keeping ---

    def merge(self, weak: str, strong: str) -> None:
        """Two keys are one person: the weak one's combos are the strong one's."""
        moved = self.transactions.merge(weak, strong)
        moved += [combo for combo in self._open.values() if combo.sender == weak]
        for index in (self._current, self._late):
            for key in [key for key in index if key[0] == weak]:
                moved += self._merge_one(index, index.pop(key), (strong, key[1], key[2]))
        for combo in moved:
            if combo.sender == weak:
                combo.sender = strong
        for combo in moved:
            self._keep(combo)

    def _merge_one(self, index: dict[Key, Combo], combo: Combo, key: Key) -> tuple[Combo, Combo]:
        """Put a combo under its stronger key; where both ran, what comes now must exceed the higher count."""
        rival = index.setdefault(key, combo)
        lower = min(rival, combo, key=lambda one: one.count)
        if rival is not combo:
            index[key] = combo if lower is rival else rival
            lower.owner = False
        return combo, rival

    def _keep(self, combo: Combo) -> None:
        """Its row stands as long as a frame may find it."""
        if combo.state == OPEN or self.transactions.leads_to(combo) or combo.owner:
            self._rows.add(combo.id)
            self._memory.put(COMBO + combo.id, combo)
        elif combo.id in self._rows:
            self._rows.discard(combo.id)
            self._memory.forget(COMBO + combo.id)

    def load(
        self, rows: Mapping[str, bytes], transactions: Mapping[str, bytes], lost_ms: int, since: Since
    ) -> list[Fact]:
        """After a start, as after a cut at `lost_ms`."""
        out: list[Fact] = []
        combos = read_combos(rows, since)
        self._rows = set(combos)
        self.transactions.load(transactions, combos, since)
        self._paused = True
        for combo in combos.values():
            if combo.state == OPEN:
                self._open[combo.id] = combo
            elif lost_ms - combo.closed_ms >= LATE_WINDOW_MS:
                combo.owner = False
            if combo.owner:
                index = self._current if combo.state == OPEN else self._late
                index[combo.key] = combo
        self.close_all(since.now_ms, out)
        for combo in combos.values():
            self._keep(combo)
        return out
