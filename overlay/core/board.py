"""A board: who has how much in one period, and who leads, in O(log n) a credit and O(rows) a view.

Scores only grow, so the first places are kept sorted as they change and nothing is ever sorted again.
Anonymous people count in sums and are never ranked. It knows no option and no time.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from heapq import nsmallest
from typing import TYPE_CHECKING, Final, Literal, get_args

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from overlay.core.keeping import ScoreRow

Metric = Literal["diamonds", "gifts", "likes", "chats", "shares"]
METRICS: Final[tuple[Metric, ...]] = get_args(Metric)
KEPT: Final = 128
"""How many first places are kept sorted: far more than a widget shows, so that hidden names rarely matter."""

Place = tuple[int, int, str]  # (-score, order of first appearance, key): smaller is better


class Score(Struct, gc=False):
    """One person's sums in one period. `order` breaks ties: who came first stays first."""

    diamonds: int = 0
    gifts: int = 0
    likes: int = 0
    chats: int = 0
    shares: int = 0
    order: int = 0


class Top:
    """The first places of one metric, and how the last change of order moved them."""

    __slots__ = ("moved", "places")

    def __init__(self) -> None:
        """Nobody leads."""
        self.places: list[Place] = []
        self.moved: dict[str, int] = {}

    def put(self, key: str, order: int, before: int, now: int) -> None:
        """A person's score has grown from `before` to `now`."""
        places = self.places
        place = (-now, order, key)
        was = bisect_left(places, (-before, order, key)) if before else len(places)
        known = was < len(places) and places[was][2] == key
        if not known and len(places) >= KEPT and place > places[-1]:
            return
        if known:
            if was == 0 or places[was - 1] < place:
                places[was] = place
                return
            del places[was]
        insort(places, place)
        here = bisect_left(places, place)
        self.moved = {other: -1 for _, _, other in places[here + 1 : was + 1]}
        if known:
            self.moved[key] = was - here
        del places[KEPT:]

    def drop(self, key: str) -> None:
        """A person leaves the board (became somebody else)."""
        self.places = [place for place in self.places if place[2] != key]
        self.moved.pop(key, None)


class Board:
    """One period's scores."""

    __slots__ = ("_next", "_tops", "changed", "people", "scores", "sums")

    def __init__(self) -> None:
        """Everything is zero."""
        self.scores: dict[str, Score] = {}
        self.sums = Score()
        self.people: dict[Metric, int] = dict.fromkeys(METRICS, 0)
        self.changed: dict[str, None] = {}
        self._tops: dict[Metric, Top] = {}
        self._next = 0

    def add(self, key: str, metric: Metric, amount: int, *, ranked: bool) -> None:
        """Credit a person. Only a ranked one may stand among the first places."""
        score = self.scores.get(key)
        if score is None:
            score = self.scores[key] = Score(order=self._next)
            self._next += 1
        before = getattr(score, metric)
        now = before + amount
        setattr(score, metric, now)
        setattr(self.sums, metric, getattr(self.sums, metric) + amount)
        if before == 0 and now:
            self.people[metric] += 1
        self.changed[key] = None
        if ranked:
            top = self._tops.get(metric)
            if top is not None:  # else not kept sorted until somebody looks
                top.put(key, score.order, before, now)

    def credit(self, key: str, diamonds: int, units: int, *, ranked: bool) -> None:
        """Gifts: both their metrics in one step, because this is the hottest line of all."""
        score = self.scores.get(key)
        if score is None:
            score = self.scores[key] = Score(order=self._next)
            self._next += 1
        sums, people, tops = self.sums, self.people, self._tops
        before, before_units = score.diamonds, score.gifts
        score.diamonds = now = before + diamonds
        score.gifts = now_units = before_units + units
        sums.diamonds += diamonds
        sums.gifts += units
        if not before_units:
            people["gifts"] += 1
        if not before and now:
            people["diamonds"] += 1
        self.changed[key] = None
        if ranked and tops:
            if diamonds and (top := tops.get("diamonds")) is not None:
                top.put(key, score.order, before, now)
            if (top := tops.get("gifts")) is not None:
                top.put(key, score.order, before_units, now_units)

    def top(self, metric: Metric) -> Top:
        """The kept first places, made now if nobody has looked yet."""
        top = self._tops.get(metric)
        if top is None:
            top = self._tops[metric] = Top()
            top.places = nsmallest(KEPT, self._ranked(metric))
        return top

    def leaders(self, metric: Metric, rows: int, shown: Callable[[str], bool]) -> list[tuple[str, Score, int]]:
        """The first `rows` people that may be shown: key, score, how far the last change moved them."""
        top = self.top(metric)
        found: list[tuple[str, Score, int]] = []
        for _, _, key in top.places:
            if shown(key):
                found.append((key, self.scores[key], top.moved.get(key, 0)))
                if len(found) == rows:
                    return found
        if len(top.places) >= KEPT:  # so many are hidden that the kept places do not suffice
            places = nsmallest(rows, (place for place in self._ranked(metric) if shown(place[2])))
            return [(key, self.scores[key], top.moved.get(key, 0)) for _, _, key in places]
        return found

    def _ranked(self, metric: Metric) -> Iterator[Place]:
        for key, score in self.scores.items():
            amount = getattr(score, metric)
            if amount > 0 and is_ranked(key):
                yield (-amount, score.order, key)

    def merge(self, weak: str, strong: str) -> None:
        """The weak key's score belongs to the strong key."""
        gone = self.scores.pop(weak, None)
        if gone is None:
            return
        # the store takes rows in this order: the strong one stands where the weak one stood, if that was earlier
        self.changed = dict.fromkeys(one for key in self.changed for one in ([strong, weak] if key == weak else [key]))
        self.changed |= {strong: None, weak: None}
        tops, self._tops = self._tops, {}
        kept = self.scores.setdefault(strong, Score(order=gone.order))
        kept.order = min(kept.order, gone.order)
        for metric in METRICS:
            amount = getattr(gone, metric)
            if amount:
                self.people[metric] -= 1
                setattr(self.sums, metric, getattr(self.sums, metric) - amount)
                self.add(strong, metric, amount, ranked=False)
        for metric, top in tops.items():
            self.top(metric).moved = top.moved

    def absorb(self, other: Board) -> None:
        """Add another board's scores to this one (an undone reset: what came since stays)."""
        self._tops.clear()
        for key, score in other.scores.items():
            for metric in METRICS:
                if amount := getattr(score, metric):
                    self.add(key, metric, amount, ranked=False)
        self._tops.clear()

    def drain(self, where: str, into: dict[tuple[str, str], ScoreRow | None]) -> None:
        """What the store has not got yet, by `where` and person; None for one who is gone."""
        changed, self.changed = self.changed, {}
        scores = self.scores
        for key in changed:
            one = scores.get(key)
            into[where, key] = (
                None if one is None else (one.diamonds, one.gifts, one.likes, one.chats, one.shares)  # written out: hot
            )

    def load(self, rows: Mapping[str, ScoreRow]) -> None:
        """After a start: the rows in order of first appearance."""
        for order, (key, row) in enumerate(rows.items()):
            self.scores[key] = Score(*row, order)
        self._next = len(rows)
        for metric in METRICS:
            amounts = [getattr(score, metric) for score in self.scores.values()]
            setattr(self.sums, metric, sum(amounts))
            self.people[metric] = sum(1 for amount in amounts if amount)


def is_ranked(key: str) -> bool:
    """Whether a key may stand on a board: anonymous people and the nameless bucket may not."""
    return not key.startswith("anon:") and key != "nobody"
