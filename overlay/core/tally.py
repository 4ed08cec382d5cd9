"""The tally: everything that counts in one room, per period, for leaderboards, goals, counters and latest.

Folded once per room, however many widgets show it. Options never touch it: periods, boards and totals are all kept.
A reset opens a new epoch of the boards, or a new base of the goals; nothing is thrown away until the undo has lapsed.
Longer than others, because a period, its resets and its keeping hang together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import Raw, Struct, field

from overlay.core import facts
from overlay.core.board import Board, is_ranked
from overlay.core.periods import CALENDAR, NAMES, NO_STREAM, Calendar, Name
from overlay.core.resets import MOST_UNDONE, UNDO_MS
from overlay.core.totals import Totals, write, write_gifts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from overlay.core.board import Metric
    from overlay.core.facts import Fact, Who
    from overlay.core.keeping import Change, Kept
    from overlay.core.scene import Scene

_pack = msgspec.msgpack.Encoder().encode

PAST_STREAMS: Final = 2
"""How many ended streams stay in memory, for a roomId that comes back."""


class Last(Struct, frozen=True, kw_only=True, gc=False):
    """The last or the biggest of something."""

    who: facts.Who
    at_ms: int
    gift_id: str | None = None
    gift_name: str | None = None
    picture: str | None = None
    count: int | None = None
    diamonds: int | None = None


class Reset(Struct, kw_only=True):
    """A reset that can still be undone: what was before it."""

    id: str
    what: str
    at_ms: int
    epoch: str = ""
    bases: dict[str, Totals] = field(default_factory=dict)


class Small(Struct, kw_only=True):
    """The part of the tally that is kept whole: no list of people in it."""

    stream: str = NO_STREAM
    stream_began_ms: int | None = None
    epoch: str = ""  # id of the reset since which the boards count
    bases: dict[str, Totals] = field(default_factory=dict)  # period -> totals at the goals' reset
    resets: list[Reset] = field(default_factory=list)  # that can still be undone, the newest last
    viewers: int | None = None
    viewers_ms: int = 0
    follow: Last | None = None
    gift: Last | None = None
    biggest: Last | None = None


class Period:
    """One period's board and totals."""

    __slots__ = ("began_ms", "board", "from_ms", "gifted", "gifts", "key", "totals", "touched")

    def __init__(self, key: str, began_ms: int | None) -> None:
        """Nothing has happened yet."""
        self.key = key
        self.began_ms = began_ms
        self.from_ms = began_ms or 0 if key.startswith("since:") else 0  # facts before this do not count
        self.board = Board()
        self.totals = Totals()
        self.touched = False
        self.gifted = True  # whether the totals' gifts are others than in the last row
        self.gifts: Raw | None = None  # as they were written, while they are the same

    def row(self) -> bytes:
        """The totals as the store keeps them."""
        self.touched = False
        if self.gifted:
            self.gifted, self.gifts = False, None
            return _pack(self.totals)
        if self.gifts is None:
            self.gifts = write_gifts(self.totals)
        return write(self.totals, self.gifts)


class Tally:
    """All periods of one room, and the few things that are not sums."""

    __slots__ = ("_before", "_calendar", "_moved", "_names", "_past", "_small_changed", "periods", "small")

    def __init__(self) -> None:
        """Empty; the calendar begins with the first fact."""
        self.small = Small()
        self.periods: dict[str, Period] = {}
        self._names: dict[str, Period] = {}
        self._calendar: Calendar | None = None
        self._before: dict[str, dict[str, Board]] = {}  # boards before each reset that can be undone
        self._past: dict[str, Period] = {}
        self._small_changed = False
        self._moved = False  # whether a period may have changed since the last drain

    # --- looking ---

    def period(self, name: str) -> Period:
        """A period by its option: a name of the calendar, or the milliseconds of `since`."""
        known = self._names.get(name)
        if known is None:
            known = self._names.get("stream") or Period(NO_STREAM, None)
        return known

    def has(self, name: str) -> bool:
        """Whether a period is being counted."""
        return name in self._names

    def goal_value(self, metric: str, name: str) -> int:
        """What a goal counts: the period's sum since the goals' last reset; viewers are a level."""
        if metric == "viewers":
            return self.small.viewers or 0
        period = self.period(name)
        base = self.small.bases.get(period.key)
        return period.totals.value(metric) - (base.value(metric) if base else 0)

    # --- folding ---

    def fold(self, fact: Fact, scene: Scene) -> bool:
        """Take one fact in."""
        if fact.test:
            return False
        turned = self._turn(fact.at_ms, scene)
        known = _FOLDS.get(type(fact))
        if known is None:
            return turned
        self._moved = True
        known(self, fact)
        return True

    def wake(self) -> int | None:
        """Midnight."""
        return self._calendar.ends_ms if self._calendar else None

    def start(self, scene: Scene, at_ms: int) -> None:
        """Begin to count at this moment."""
        self._turn(at_ms, scene)

    def _turn(self, at_ms: int, scene: Scene) -> bool:
        if self._calendar is None:
            self._calendar = Calendar(scene.zone, at_ms)
            new: tuple[Name, ...] = CALENDAR
            self._enter("stream", self.small.stream, self.small.stream_began_ms)
            self._enter("all", "all", None)
        elif at_ms >= self._calendar.ends_ms:
            new = self._calendar.turn(at_ms)
        else:
            return False
        for name in new:
            self._enter(name, self._calendar.keys[name], self._calendar.began_ms[name])
        return bool(new)

    def _enter(self, name: str, key: str, began_ms: int | None) -> Period:
        old = self._names.get(name)
        if old is not None and old.key != key:
            self.periods.pop(old.key, None)
            for boards in self._before.values():
                boards.pop(old.key, None)
            if self.small.bases.pop(old.key, None) is not None:
                self._small_changed = True
        period = self.periods.get(key)
        if period is None:
            period = self.periods[key] = Period(key, began_ms)
        self._names[name] = period
        return period

    def count_since(self, since_ms: int, totals: Totals | None = None) -> None:
        """Open a period of its own for a goal that counts since a moment, seeded with what the store has."""
        name = str(since_ms)
        if name in self._names:
            return
        period = self._enter(name, f"since:{since_ms}", since_ms)
        if totals is not None:
            period.totals = totals
            period.touched = period.gifted = self._moved = True

    def _counting(self, at_ms: int) -> list[Period]:
        return [period for period in self.periods.values() if period.from_ms <= at_ms]

    def _add(self, who: Who, metric: Metric, amount: int, at_ms: int) -> None:
        ranked = is_ranked(who.key)
        for period in self._counting(at_ms):
            period.board.add(who.key, metric, amount, ranked=ranked)

    def _sum(self, metric: str, at_ms: int) -> None:
        for period in self._counting(at_ms):
            setattr(period.totals, metric, getattr(period.totals, metric) + 1)
            period.touched = True

    def credit(self, fact: facts.Credit) -> None:
        """Gifts."""
        key, gift, diamonds, units = fact.who.key, fact.gift_id, fact.diamonds, fact.units
        ranked = is_ranked(key)
        for period in self._counting(fact.at_ms):
            period.board.credit(key, diamonds, units, ranked=ranked)
            totals = period.totals
            totals.diamonds += diamonds
            totals.gifts += units
            totals.by_gift[gift] = totals.by_gift.get(gift, 0) + units
            period.touched = period.gifted = True
        if ranked:
            self._remember_gift(fact)

    def _remember_gift(self, fact: facts.Credit) -> None:
        last = Last(
            who=fact.who,
            at_ms=fact.at_ms,
            gift_id=fact.gift_id,
            gift_name=fact.gift_name,
            picture=fact.picture,
            count=fact.count,
            diamonds=fact.count * fact.price,
        )
        self.small.gift = last
        if self.small.biggest is None or (last.diamonds or 0) > (self.small.biggest.diamonds or 0):
            self.small.biggest = last
        self._small_changed = True

    def like(self, fact: facts.Liked) -> None:
        """Likes: the person's batch, the stream's total, and what every other period gains."""
        if fact.count:
            self._add(fact.who, "likes", fact.count, fact.at_ms)
        stream = self._names["stream"]
        for period in self._counting(fact.at_ms):
            gain = fact.stream_gain if period is stream else fact.gain
            if gain:
                period.totals.likes += gain
                period.touched = True

    def follow(self, fact: facts.Followed) -> None:
        """A follower."""
        self._sum("follows", fact.at_ms)
        if is_ranked(fact.who.key):
            self.small.follow = Last(who=fact.who, at_ms=fact.at_ms)
            self._small_changed = True

    def share(self, fact: facts.Shared) -> None:
        """A share."""
        self._sum("shares", fact.at_ms)
        self._add(fact.who, "shares", 1, fact.at_ms)

    def subscribe(self, fact: facts.Subscribed) -> None:
        """A subscription."""
        self._sum("subscribes", fact.at_ms)

    def superfan(self, fact: facts.SuperFanned) -> None:
        """A Super Fan."""
        self._sum("superfans", fact.at_ms)

    def say(self, fact: facts.Said) -> None:
        """A chat line."""
        self._sum("chats", fact.at_ms)
        self._add(fact.who, "chats", 1, fact.at_ms)

    def watch(self, fact: facts.Watched) -> None:
        """The audience: a level."""
        self.small.viewers, self.small.viewers_ms = fact.now, fact.at_ms
        self._small_changed = True

    def begin(self, fact: facts.StreamBegan) -> None:
        """Another stream: what belongs to a stream starts anew; an id that comes back goes on."""
        old = self._names["stream"]
        self._past[old.key] = old
        while len(self._past) > PAST_STREAMS:
            del self._past[next(iter(self._past))]
        key = f"stream:{fact.stream}"
        back = self._past.pop(key, None)
        if back is not None:
            self.periods[key] = back
        self._enter("stream", key, fact.at_ms)
        small = self.small
        small.stream, small.stream_began_ms = key, self._names["stream"].began_ms
        small.biggest = None
        small.viewers = None
        self._small_changed = True

    def rename(self, fact: facts.StreamNamed) -> None:
        """The stream has got its right id."""
        period = self._names["stream"]
        self.periods.pop(period.key, None)
        base = self.small.bases.pop(period.key, None)
        old = period.key
        period.key = self.small.stream = f"stream:{fact.stream}"
        self.periods[period.key] = period
        if base is not None:
            self.small.bases[period.key] = base
        for boards in self._before.values():
            if old in boards:
                boards[period.key] = boards.pop(old)
        period.touched = True
        period.board.changed.update(dict.fromkeys(period.board.scores))
        self._small_changed = True

    def merge(self, fact: facts.Merged) -> None:
        """Two keys are one person."""
        for period in self.periods.values():
            period.board.merge(fact.weak, fact.strong)
        for boards in self._before.values():
            for board in boards.values():
                board.merge(fact.weak, fact.strong)

    # --- resets ---

    def clear(self, fact: facts.Cleared) -> None:
        """Boards or goals start anew; for 60 s the way back stays open."""
        boards, goals = fact.what in {"leaderboard", "all"}, fact.what in {"goals", "all"}
        if not (boards or goals):
            return
        small = self.small
        kept = [one for one in small.resets if fact.at_ms - one.at_ms <= UNDO_MS][1 - MOST_UNDONE :]
        bases = dict(small.bases) if goals else {}
        small.resets = [*kept, Reset(id=fact.id, what=fact.what, at_ms=fact.at_ms, epoch=small.epoch, bases=bases)]
        self._before = {one.id: self._before[one.id] for one in kept if one.id in self._before}
        if boards:
            small.epoch = fact.id
            before = self._before[fact.id] = dict[str, Board]()
            for period in self.periods.values():
                before[period.key] = period.board
                period.board = Board()
        if goals:
            for period in self.periods.values():
                small.bases[period.key] = msgspec.structs.replace(period.totals, by_gift=dict(period.totals.by_gift))
        self._small_changed = True

    def restore(self, fact: facts.Restored) -> None:
        """Take the last reset back; what came since stays."""
        small = self.small
        if not small.resets or small.resets[-1].id != fact.id:
            return
        reset, boards = small.resets.pop(), self._before.pop(fact.id, {})
        if reset.what in {"leaderboard", "all"}:
            small.epoch = reset.epoch
            for period in self.periods.values():
                before = boards.get(period.key)
                if before is not None:
                    before.absorb(period.board)
                    period.board = before
        if reset.what in {"goals", "all"}:
            small.bases = reset.bases
        self._small_changed = True

    # --- keeping ---

    def _row_key(self, period: Period) -> str:
        """Where the store keeps a period's board: an epoch has rows of its own, so a reset deletes nothing."""
        return f"{period.key}#{self.small.epoch}" if self.small.epoch else period.key

    def keys(self) -> list[str]:
        """Which periods' rows the store must load, a reset's former boards included while it can be undone."""
        keys = [self._row_key(period) for period in self._names.values()]
        if self.small.epoch:
            keys += [period.key for period in self._names.values()]  # totals stand under the bare key
        epochs = {reset.epoch for reset in self.small.resets if reset.epoch} - {self.small.epoch}
        keys += [f"{period.key}#{epoch}" for epoch in epochs for period in self._names.values()]
        return keys

    def drain(self, change: Change) -> None:
        """Hand over what the store has not got yet."""
        if not (self._moved or self._small_changed):
            return
        self._moved = False
        epoch = self.small.epoch
        for period in self.periods.values():
            if period.board.changed:
                period.board.drain(self._row_key(period) if epoch else period.key, change.scores)
            if period.touched:
                change.totals[period.key] = period.row()
        if self._small_changed:
            change.states["tally"] = _pack(self.small)
            self._small_changed = False

    def load_small(self, states: Mapping[str, bytes]) -> None:
        """After a start, first: what is kept whole. Then `start`, and `load` with the rows of `keys()`."""
        if "tally" in states:
            self.small = msgspec.msgpack.decode(states["tally"], type=Small)

    def load(self, kept: Kept) -> None:
        """After a start: boards and totals of the running periods."""
        resets = [one for one in self.small.resets if one.what in {"leaderboard", "all"}]
        self._before = {one.id: {} for one in resets}
        for period in self._names.values():
            period.board.load(kept.scores.get(self._row_key(period), {}))
            for one in resets:
                before = self._before[one.id][period.key] = Board()
                before.load(kept.scores.get(f"{period.key}#{one.epoch}" if one.epoch else period.key, {}))
            if period.key in kept.totals:
                period.totals, period.gifted = msgspec.msgpack.decode(kept.totals[period.key], type=Totals), True


_FOLDS: Final[dict[type[Fact], Callable[[Tally, Any], None]]] = {
    facts.Credit: Tally.credit,
    facts.Liked: Tally.like,
    facts.Followed: Tally.follow,
    facts.Shared: Tally.share,
    facts.Subscribed: Tally.subscribe,
    facts.SuperFanned: Tally.superfan,
    facts.Said: Tally.say,
    facts.Watched: Tally.watch,
    facts.StreamBegan: Tally.begin,
    facts.StreamNamed: Tally.rename,
    facts.Merged: Tally.merge,
    facts.Cleared: Tally.clear,
    facts.Restored: Tally.restore,
}
"""By type, because a `match` over thirty facts costs more than the fold itself."""

__all__ = ["NAMES", "Last", "Period", "Tally"]
