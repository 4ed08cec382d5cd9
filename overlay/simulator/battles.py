"""Battles: invitation, start, score frames every few seconds, cards, the last seconds, the result, the punishment.

Points come from the same gifts that the crowd gives; boosters multiply points here and diamonds nowhere.
They never touch what is given.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from overlay.simulator import gifts
from overlay.simulator.dice import digits
from overlay.simulator.people import rivals

if TYPE_CHECKING:
    from collections.abc import Iterator

    from overlay.simulator.people import Host, Person
    from overlay.simulator.stage import Frame, Stage

RUNNING, SETTLED, STARTING, ENDED, PREPARING = 4, 2, 2, 3, 4
BOOSTER_MS = 30_000
EXTRA_MS = 10_000
COLORS = {"gloves": "#FF5C5C", "mist": "#8FA3BF", "booster_x2": "#FFCB47", "booster_x3": "#FF9F1C"}
CARD_TYPES = {"gloves": 2, "mist": 3, "extra_time": 5, "thunder": 6, "booster_x2": 11, "booster_x3": 11}


class Plan(NamedTuple):
    """How a battle goes: how many hosts, how long, whether it breaks off."""

    hosts: int = 2
    seconds: int = 300
    rounds: int = 1
    breaks_off: bool = False
    teams: bool = False


@dataclass
class Side:
    """One host in a battle: the score and who made it."""

    host: Host
    team: int
    scores: Counter[str] = field(default_factory=Counter)
    names: dict[str, str] = field(default_factory=dict)
    boost: int = 1
    boost_ends_ms: int = 0

    @property
    def total(self) -> int:
        """Sum the points of this host."""
        return self.scores.total()

    def add(self, person: Person, points: int, now_ms: int) -> None:
        """Count points, multiplied while a booster runs."""
        self.scores[person.id] += points * (self.boost if now_ms < self.boost_ends_ms else 1)
        self.names[person.id] = person.name

    def row(self) -> Frame:
        """Write the side as score frames carry it, contributors with the best first."""
        best = self.scores.most_common(5)
        rows = [{"userId": key, "score": score, "nickname": self.names[key]} for key, score in best]
        return {"hostUserId": self.host.id, "teamTotalScore": self.total, "teamIdx": self.team, "contributors": rows}


class Battle:
    """One battle on a stage."""

    def __init__(self, stage: Stage, plan: Plan) -> None:
        """Choose the rivals and the ids."""
        self.stage, self.plan, self.dice = stage, plan, stage.dice
        others = self.dice.sample(rivals(stage.seed, stage.host.handle), plan.hosts - 1)
        everybody = [stage.host, *others]
        self.sides = [Side(host, index // 2 if plan.teams else index) for index, host in enumerate(everybody)]
        self.salt = f"{stage.salt}{stage.now_ms}"
        self.battle_id = digits(self.salt, "battle", lead="7298")
        self.match_id = digits(self.salt, "match", lead="7648")
        self.session_id = ""
        self.ends_ms = 0
        self.length_s = plan.seconds

    # the course -----------------------------------------------------------------------------------------------

    def run(self) -> Iterator[int]:
        """Play the whole battle."""
        self.stage.say("linkMic", action="join", users=[self.profile(s) for s in self.sides[1:]], protoVersion=3)
        yield 1500
        self.lifecycle(PREPARING, battle_id="0")
        yield 4000
        for number in range(self.plan.rounds):
            self.session_id = digits(self.salt, "session", number, lead="7648")
            yield from self.fight()
            if self.plan.breaks_off:
                return
            yield from self.settle()
        self.stage.say("linkMic", action="leave", users=[], protoVersion=3)

    def fight(self) -> Iterator[int]:
        """Start a round and report its scores until the time is up."""
        for side in self.sides:
            side.scores.clear()
            side.boost_ends_ms = 0
        self.lifecycle(STARTING)
        yield 3000
        self.ends_ms = self.stage.now_ms + self.length_s * 1000
        self.stage.purse.battle = self.ours
        self.stage.start(self.cards())
        self.lifecycle(1)
        self.armies(1, battle_id="0")
        breaks_ms = self.dice.span(40_000, 90_000) if self.plan.breaks_off else 0
        while self.stage.now_ms < self.ends_ms:
            yield max(1, min(self.dice.span(2000, 4500), self.ends_ms - self.stage.now_ms))
            if breaks_ms and self.stage.now_ms > self.ends_ms - self.length_s * 1000 + breaks_ms:
                self.stage.purse.battle = None
                return
            self.rivals_give()
            self.armies(RUNNING)

    def settle(self) -> Iterator[int]:
        """Close the round: a settled frame, the ended event, and later the end of the punishment."""
        self.stage.purse.battle = None
        yield 800
        late = next(iter(self.sides[0].names), None)
        if late is not None:
            self.sides[0].scores[late] += 20
        self.armies(SETTLED)
        yield 500
        self.lifecycle(ENDED)
        loser = self.loser()
        yield self.dice.span(18_000, 40_000)
        if loser:
            self.stage.say(
                "battlePunishFinish",
                battleId=self.battle_id,
                punishedUserId=loser.host.id,
                punishType=1,
                sessionId=self.session_id,
                protoVersion=3,
            )
        yield 3000

    def loser(self) -> Side | None:
        """Name the side that lost, if one did."""
        order = sorted(self.sides, key=lambda side: side.total)
        return order[0] if order[0].total < order[-1].total else None

    # points ---------------------------------------------------------------------------------------------------

    def ours(self, person: Person, diamonds: int) -> None:
        """Count a gift of our crowd."""
        self.sides[0].add(person, diamonds, self.stage.now_ms)

    def rivals_give(self) -> None:
        """Let the other sides keep up: they give more when they lie behind."""
        crowd = self.stage.crowd.lurkers
        for index, side in enumerate(self.sides[1:], 1):
            behind = side.total < self.sides[0].total
            if not self.dice.chance(0.75 if behind else 0.45):
                continue
            person = crowd[(index * 7 + self.dice.span(0, 4)) % len(crowd)]
            gap = abs(self.sides[0].total - side.total)
            points = self.dice.span(1, 60) + int(self.dice.random() * 0.35 * gap) * behind
            side.add(person, points, self.stage.now_ms)
            if self.dice.chance(0.5):
                self.rival_gift(side, person)

    def rival_gift(self, side: Side, person: Person) -> None:
        """Show a gift on another side: no price, no count, never ours."""
        gift = self.dice.pick(gifts.MEDIUM)
        self.stage.say(
            "linkMicOpponentGift",
            senderUserId=person.id,
            opponentRoomId=digits(side.host.id, "room", lead="756"),
            giftId=gift.id,
            giftPictureUrl=self.stage.pictures.of("gift", gift.slug),
            startedAtMs=self.stage.wall(),
            endsAtMs=self.stage.wall() + 1200,
            transactionId=self.stage.transaction(),
            protoVersion=3,
        )

    def cards(self) -> Iterator[int]:
        """Play power cards now and then; only boosters change points, only extra time changes the clock."""
        yield self.dice.span(15_000, 40_000)
        extra = 0
        while self.stage.purse.battle and self.ends_ms - self.stage.now_ms > BOOSTER_MS // 2:
            effect = self.dice.pick(("booster_x2", "booster_x3", "gloves", "mist", "extra_time", "booster_x2"))
            side = self.dice.pick(self.sides)
            person = self.dice.pick(self.stage.crowd.regulars if side is self.sides[0] else self.stage.crowd.lurkers)
            if effect == "extra_time":
                if extra == 1:
                    continue
                extra = 1
                self.ends_ms += EXTRA_MS
            self.card(effect, side, person)
            yield self.dice.span(25_000, 70_000)

    def card(self, effect: str, side: Side, person: Person) -> None:
        """Play one card."""
        multiplier = int(effect[-1]) if effect.startswith("booster") else 0
        if multiplier:
            side.boost, side.boost_ends_ms = multiplier, self.stage.now_ms + BOOSTER_MS
        if multiplier and person.id not in side.names:
            side.add(person, 1, 0)
        now_s = self.stage.wall() // 1000
        self.stage.say(
            "battleItemCard",
            battleId=self.battle_id,
            cardType=CARD_TYPES[effect],
            effect=effect,
            multiplier=multiplier,
            senderUserId=person.id,
            senderNickname=person.name,
            senderUniqueId=person.handle,
            senderAvatarUrl=self.stage.pictures.of("avatar", person.picture, "webp"),
            activatedAtSec=now_s,
            durationSec=BOOSTER_MS // 1000,
            endsAtSec=now_s + BOOSTER_MS // 1000,
            iconUrl=self.stage.pictures.of("card", effect, "webp"),
            iconKey=f"card_{effect}",
            accentColor=COLORS.get(effect, "#5CC8FF"),
        )

    # frames ---------------------------------------------------------------------------------------------------

    def profile(self, side: Side) -> Frame:
        """Write a host for the roster."""
        return side.host.wire(self.stage.pictures)

    def lifecycle(self, status: int, battle_id: str | None = None) -> None:
        """Say where the battle stands."""
        self.stage.say(
            "battle",
            battleId=battle_id or self.battle_id,
            status=status,
            battleDuration=self.length_s,
            teams=[{"hostUserId": side.host.id, "score": side.total} for side in self.sides],
            extraHostUserIds=[side.host.id for side in self.sides[2:]],
            layoutSubtype=f"cohost_normal_expand_{self.plan.hosts}",
            protoVersion=3,
        )

    def armies(self, status: int, battle_id: str | None = None) -> None:
        """Report the scores and the clock."""
        left_ms = 0 if status == SETTLED else max(0, self.ends_ms - self.stage.now_ms)
        self.stage.say(
            "battleArmies",
            battleId=battle_id or self.battle_id,
            status=status,
            matchId=self.match_id,
            sessionId=self.session_id,
            serverTsMs=self.stage.wall(),
            durationSec=self.length_s,
            secsRemaining=-(-left_ms // 1000),
            hosts=[side.row() for side in self.sides],
            transactionId=self.stage.transaction(),
            protoVersion=3,
        )


def battles(stage: Stage, first_ms: int, pause_ms: int, plans: tuple[Plan, ...]) -> Iterator[int]:
    """Hold one battle after another, with pauses, through the plans in turn."""
    yield first_ms
    number = stage.dice.span(0, len(plans) - 1)
    while True:
        yield from Battle(stage, plans[number % len(plans)]).run()
        number += 1
        yield pause_ms + stage.dice.span(0, pause_ms)
