"""The plays of the `chaos` scenario: gifts without ids, growing ones, renamed people, garbage, and the plan of faults.

They lose nothing that counts; frames on their way are changed by chaos.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from overlay.simulator import gifts
from overlay.simulator.dice import Dice, dice
from overlay.simulator.stage import Act, Step, Tick
from overlay.simulator.truth import Given

if TYPE_CHECKING:
    from collections.abc import Iterator

    from overlay.simulator.chaos import Mischief
    from overlay.simulator.stage import Frame, Stage

#: Combos with changing or missing ids are over before a silence begins: a pause inside one cannot be told from an end.
QUIET_MS = 90_000
EVICTED = "Evicted - newer connection arrived (FIFO)"
DAILY = "Daily Demo Limit Reached. Upgrade Required. (15 WS sessions / 24h on Community)"
HOURLY = "Sandbox allows 60 WebSocket connections per hour"
SWEPT = "ws-sweep: caller initiated ghost-WS cleanup"
NOT_LIVE = "Creator is not currently live"

GARBAGE: tuple[str | bytes, ...] = (
    "not json at all",
    "{",
    "null",
    "42",
    '"text"',
    "[]",
    "[[[[]]]]",
    "[1, null, {}]",
    "{}",
    '{"event": null}',
    '{"event": 7, "data": "x"}',
    '{"event": "gift", "data": {"type": "gift"}}',
    '{"event": "gift", "data": null}',
    '{"event": "chat", "data": []}',
    '{"event": "battleArmies", "data": {"status": 4}}',
    '{"event": "like", "data": {"likeCount": NaN}}',
    "",
    b"\xff\xfe\x00binary",
    b'{"event": "ping"}',
    "[" * 600 + "]" * 600,
)


def nameless(stage: Stage, mischief: Mischief) -> Iterator[int]:
    """Send combos without any id: each person gives the keepsake once, so that no honest frame equals another."""
    # Another dozen on the next evenings: at high speed those are seconds away, and must not look like repeats.
    first = 20 + stage.number % 3 * 13
    for person in stage.crowd.chatters[first : first + 13]:
        yield stage.gap(35_000)
        mark = f"nameless{person.id}"
        mischief.shifty[mark] = True
        units = stage.dice.span(2, 6)
        for count in range(1, units + 1):
            bare(stage, person.id, stage.user(person), Tick(count, 1, ended=False, transaction=""))
            yield 600
        for _ in range(2):
            bare(stage, person.id, stage.user(person), Tick(units, 0, ended=True, transaction=""))
            yield 50
        mischief.shifty.pop(mark)


def bare(stage: Stage, sender: str, user: Frame, tick: Tick) -> None:
    """Send one frame of a gift that carries neither message id nor transaction."""
    gift = gifts.KEEPSAKE
    data = {
        "type": "gift",
        "user": user,
        "giftId": gift.id,
        "giftName": gift.name,
        "diamondCount": gift.price,
        "repeatCount": tick.units,
        "repeatEnd": tick.ended,
        "giftType": 1,
        "protoVersion": 2,
    }
    meant = (Given(f"id:{sender}", gift.id, tick.fresh, tick.fresh * gift.price),) if tick.fresh else ()
    stage.send(Step(stage.now_ms, {"event": "gift", "data": data}, meant))


def growing(stage: Stage, mischief: Mischief) -> Iterator[int]:
    """Let a transaction grow after its end."""
    while True:
        yield stage.gap(60_000)
        person, gift, transaction = stage.dice.pick(stage.crowd.chatters[:20]), gifts.BY_ID[5879], stage.transaction()
        if stage.busy.get((person.id, gift.id), -1) > stage.now_ms:
            continue
        stage.busy[person.id, gift.id] = stage.now_ms + 120_000
        mischief.shifty[transaction] = False
        for units, ended, pause_ms in ((1, False, 700), (2, True, 6700), (3, True, 1)):
            stage.gift(person, gift, Tick(units, 1, ended, transaction))
            yield pause_ms


def renaming(stage: Stage, mischief: Mischief) -> Iterator[int]:
    """Rename people in mid stream; their ids stay."""
    while True:
        yield stage.gap(40_000)
        person = stage.dice.pick(stage.crowd.regulars + stage.crowd.combo_senders)
        mischief.renamed.add(person.id)
        person.handle = f"{person.handle.split('.new')[0]}.new{stage.dice.span(1, 99)}"
        person.name = f"{person.name[:20]} {stage.dice.pick(('II', '✨', 'official', '🦦'))}"


def garbage(stage: Stage) -> Iterator[int]:
    """Send what is no frame, and the heartbeats and bookmarks that mean nothing."""
    number = 0
    while True:
        yield stage.gap(12_000)
        if stage.dice.chance(0.5):
            stage.send(Step(stage.now_ms, stage.dice.pick(GARBAGE)))
        else:
            number += 1
            beats: tuple[Frame, ...] = (
                {"event": "ping"},
                {"event": "pong"},
                {"event": "_journal", "data": {"n": number}},
            )
            stage.send(
                Step(stage.now_ms, stage.dice.pick((*beats, {"event": "error", "data": {"error": "upstream slow"}})))
            )


# faults -------------------------------------------------------------------------------------------------------


class Fault(NamedTuple):
    """Something that goes wrong with the connection."""

    acts: tuple[Act, ...]
    before: Frame | None = None


def closing(code: int, reason: str = "", before: Frame | None = None) -> Fault:
    """Close with a code."""
    return Fault((Act("close", code, reason),), before)


PASSING: tuple[Fault, ...] = (
    closing(1000),
    closing(1001, "going away"),
    Fault((Act("cut"),)),
    Fault((Act("cut"),)),
    closing(1005),
    closing(1011, "internal error"),
    closing(1012, "service restart"),
    closing(1013, "try again later"),
    closing(4005, "STREAM_END"),
    closing(4006, "NO_MESSAGES_TIMEOUT"),
    closing(4006, "duration limit reached"),
    closing(4404, NOT_LIVE),
    closing(4429, EVICTED),
    closing(4429),
    closing(4500, "TIKTOK_CLOSED"),
    closing(4502, SWEPT),
    closing(4555, "MAX_LIFETIME"),
    closing(
        4555,
        "MAX_LIFETIME",
        {"type": "session_limit", "message": "Connection time limit reached.", "sessionMaxMs": 7_200_000},
    ),
    closing(4556, "WEBCAST_FETCH_ERROR"),
    closing(4777, "something new"),
    Fault((Act("silence", for_ms=QUIET_MS),)),
    Fault((Act("refuse", 503), Act("cut"))),
    Fault((Act("refuse", 429), Act("cut"))),
    Fault((), {"event": "control", "data": {"type": "control", "action": 3}}),
    Fault((), {"event": "streamEnd", "data": {"type": "streamEnd", "reason": 3}}),
    Fault((), {"event": "control", "data": {"type": "control", "action": 4}}),
)
LASTING: tuple[Fault, ...] = (
    closing(1008, "allowance used up"),
    closing(4429, HOURLY),
    closing(
        4429,
        DAILY,
        {"type": "demo_limit", "message": "Daily demo limit reached.", "upgrade_url": "https://tik.tools/pricing"},
    ),
    closing(4400, "INVALID_OPTIONS"),
    closing(4403, "NO_PERMISSION"),
    closing(4401, "Invalid or expired JWT"),
)
FAULT_EVERY_MS = 44_000


class FaultPlan:
    """What goes wrong for one creator: all that passes, shuffled, then what a client may not recover from by itself."""

    def __init__(self, seed: object, handle: str, *, lasting: bool) -> None:
        self.dice: Dice = dice(seed, handle, "faults")
        order = self.dice.sample(PASSING, len(PASSING))
        self.left: list[Fault] = [*order, *(LASTING if lasting else ())]

    def take(self) -> Fault:
        """Take the next fault; after the last, such as pass come again, less often."""
        return self.left.pop(0) if self.left else self.dice.pick(PASSING)

    def wait_ms(self) -> int:
        """Tell how long all goes well before."""
        return (FAULT_EVERY_MS if self.left else 3 * FAULT_EVERY_MS) + self.dice.span(-4000, 4000)


def faults(stage: Stage, mischief: Mischief, plan: FaultPlan) -> Iterator[int]:
    """Follow the plan; it goes on where the last stream left it."""
    while True:
        yield plan.wait_ms()
        fault = plan.take()
        while any(act.what == "silence" for act in fault.acts) and mischief.fragile:
            yield 1000
        if fault.before:
            stage.send(Step(stage.now_ms, fault.before))
        for act in fault.acts:
            stage.send(Step(stage.now_ms, None, (), act))
