"""One simulated stream on its own clock: plays run on it, and what they say comes out as steps in time order.

The stage is pure: it reads no clock, opens nothing, and the same seed gives the same bytes. Who listens, and how fast
time passes, is the creator's business (creators.py).
"""

from __future__ import annotations

import heapq
import math
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from overlay.simulator.dice import Dice, dice, digest, digits
from overlay.simulator.truth import Given, Intent, Tapped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from overlay.simulator.gifts import Gift
    from overlay.simulator.people import Crowd, Host, Person, Pictures

Frame = dict[str, Any]


class Act(NamedTuple):
    """Something done to the connection instead of said on it: close, cut, silence, end, notice."""

    what: str
    code: int = 0
    reason: str = ""
    for_ms: int = 0


class Step(NamedTuple):
    """One moment: a frame as sent (an object, or raw text or bytes for garbage), what was meant, what is done."""

    at_ms: int
    frame: Frame | list[Frame] | str | bytes | None
    meant: tuple[Intent, ...] = ()
    act: Act | None = None


class Warp(Protocol):
    """What a scenario does to frames on their way: repeats, losses, odd forms."""

    def __call__(self, stage: Stage, frame: Frame, meant: tuple[Intent, ...]) -> Iterator[Step]:
        """Turn one honest frame into the steps that are sent for it."""
        ...


def straight(stage: Stage, frame: Frame, meant: tuple[Intent, ...]) -> Iterator[Step]:
    """Send every frame as it is."""
    yield Step(stage.now_ms, frame, meant)


class Purse:
    """What the plays share about points: the running battle takes its part of every gift."""

    def __init__(self) -> None:
        """Begin without a battle."""
        self.battle: Callable[[Person, int], None] | None = None

    def give(self, person: Person, diamonds: int) -> None:
        """Pass a gift on to the running battle, if there is one."""
        if self.battle:
            self.battle(person, diamonds)


class Stage:
    """The state of one stream, and the plays that run on it."""

    def __init__(
        self,
        *,
        seed: object,
        scenario: str,
        host: Host,
        crowd: Crowd,
        pictures: Pictures,
        number: int = 0,
        base_ms: int = 1_790_000_000_000,
        warp: Warp = straight,
    ) -> None:
        """Set the stage; nothing happens before plays start."""
        self.seed, self.scenario, self.number = seed, scenario, number
        self.host, self.crowd, self.pictures, self.warp = host, crowd, pictures, warp
        self.base_ms = base_ms
        self.dice: Dice = dice(seed, scenario, host.handle, number)
        self.salt = digits(seed, host.handle, number, base_ms, length=10, lead="")
        self.room_id = digits(seed, host.handle, number, base_ms, "room", lead="765")
        self.now_ms = 0
        self.ended = False
        self.likes = 0
        self.viewers = 0
        self.seen = 0
        self.shares = 0
        self.title = ""
        self.arc: Callable[[int], float] = lambda _: 1.0
        self.purse = Purse()
        self.busy: dict[tuple[str, int], int] = {}
        self._ids = count(1)
        self._order = count()
        self._plays: list[tuple[int, int, Iterator[int]]] = []
        self._steps: list[Step] = []

    # time -----------------------------------------------------------------------------------------------------

    def wall(self) -> int:
        """Tell TikTok's clock in ms."""
        return self.base_ms + self.now_ms

    def start(self, play: Iterator[int], in_ms: int = 0) -> None:
        """Let a play begin; it yields how many ms it waits, and says things in between."""
        heapq.heappush(self._plays, (self.now_ms + in_ms, next(self._order), play))

    def later(self, in_ms: int, deed: Callable[..., object], *with_: object) -> None:
        """Do one thing later."""
        self.start(once(deed, with_), in_ms)

    @property
    def due_ms(self) -> float:
        """Tell when the next play wants to go on; never, if none is left."""
        return self._plays[0][0] if self._plays and not self.ended else math.inf

    def run_next(self) -> list[Step]:
        """Let the next play go on, and hand out what it said."""
        self.now_ms, _, play = heapq.heappop(self._plays)
        wait = next(play, None)
        if wait is not None:
            heapq.heappush(self._plays, (self.now_ms + max(1, wait), next(self._order), play))
        steps, self._steps = self._steps, []
        return steps

    def until(self, ms: int) -> Iterator[Step]:
        """Run on to a time, for tests, benches and recordings."""
        while self.due_ms <= ms:
            for step in self.run_next():
                yield step
                self.ended = self.ended or (step.act is not None and step.act.what == "end")

    def gap(self, mean_ms: float) -> int:
        """Wait about so long: shorter when the stream is in full swing."""
        return self.dice.gap(mean_ms / max(0.05, self.arc(self.now_ms)))

    # ids ------------------------------------------------------------------------------------------------------

    def msg_id(self) -> str:
        """Make an id for a frame, as TikTok numbers messages."""
        number = next(self._ids)
        return f"76{self.salt}{number:06d}{number % 9 + 1}"

    def transaction(self) -> str:
        """Make a transaction id: it looks like a log id, time first, then hex."""
        return f"20260607{self.salt}{digest(self.salt, next(self._ids)).hex().upper()[:16]}"

    # saying ---------------------------------------------------------------------------------------------------

    def frame(self, event: str, fields: Frame) -> Frame:
        """Write a frame in the documented form."""
        head = {"type": event, "timestamp": self.wall(), "msgId": self.msg_id()}
        return {"event": event, "data": head | fields}

    def say(self, event: str, *meant: Intent, **fields: object) -> Frame:
        """Send a frame, with what is truly meant by it."""
        frame = self.frame(event, fields)
        self._steps.extend(self.warp(self, frame, meant))
        return frame

    def send(self, step: Step) -> None:
        """Send a step as it is, past all warps."""
        self._steps.append(step)

    def again(self, frame: Frame | list[Frame]) -> None:
        """Send a frame once more, or late; nothing new is meant by it."""
        self._steps.append(Step(self.now_ms, frame))

    def act(self, what: str, code: int = 0, reason: str = "", for_ms: int = 0) -> None:
        """Do something to the connection."""
        self._steps.append(Step(self.now_ms, None, (), Act(what, code, reason, for_ms)))

    def user(self, person: Person) -> Frame:
        """Write a person as they are now."""
        return person.wire(self.pictures)

    # what more than one play does -------------------------------------------------------------------------------

    def tap(self, person: Person, likes: int) -> None:
        """Tap likes, and report the running total."""
        self.likes += likes
        meant = Tapped(person.key, likes)
        self.say("like", meant, user=self.user(person), likeCount=likes, totalLikes=self.likes)

    def gift(self, person: Person, gift: Gift, tick: Tick) -> None:
        """Send one frame of a gift; only what is newly given counts."""
        diamonds = tick.fresh * gift.price
        meant = (Given(person.key, gift.id, tick.fresh, diamonds),) if tick.fresh else ()
        if diamonds:
            self.purse.give(person, diamonds)
        fields = {
            "user": self.user(person),
            "giftId": gift.id,
            "giftName": gift.name,
            "diamondCount": gift.price,
            "repeatCount": tick.units,
            "repeatEnd": tick.ended,
            "combo": tick.units > 1 and not tick.ended,
            "giftType": gift.gift_type,
            "groupId": self.host.id,
            "giftPictureUrl": self.pictures.of("gift", gift.slug),
            "transactionId": tick.transaction,
            "senderUserId": person.id,
            "protoVersion": 3,
        }
        self.say("gift", *meant, **fields)


def once(deed: Callable[..., object], with_: tuple[object, ...]) -> Iterator[int]:
    """Make a play of a single deed."""
    deed(*with_)
    yield from ()


class Tick(NamedTuple):
    """One frame of a combo: the running count, how many are new since the last, and whether it closes."""

    units: int
    fresh: int
    ended: bool
    transaction: str
