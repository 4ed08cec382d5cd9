"""The scenarios by name: which plays run on a stage, how fast, how the stream rises and falls, and how it ends.

They never hold a line of text.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from overlay.simulator import extras, plays, speech, words
from overlay.simulator.battles import Plan, battles
from overlay.simulator.chaos import Mischief
from overlay.simulator.hostile import Malice
from overlay.simulator.names import TITLES
from overlay.simulator.stage import Act, Stage, Step, straight
from overlay.simulator.trouble import FaultPlan, faults, garbage, growing, nameless, renaming

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from overlay.simulator.people import Crowd, Host, Pictures
    from overlay.simulator.stage import Warp

MINUTE = 60_000


@dataclass(frozen=True)
class Recipe:
    """What a scenario is made of: mean waits in ms (0 = never), its length, its pauses.

    As it stands it is an everyday evening: two frames a second on average.
    """

    chat: float = 3700
    likes: float = 5900
    gifts: float = 11_700
    joins: float = 5900
    follows: float = 20_000
    members: float = 86_000
    extras: float = 27_000
    captions: int = 12_000
    shop: float = 0
    seq_ms: int = 8000
    battle_first_ms: int = 45_000
    battle_pause_ms: int = 240_000
    battles: tuple[Plan, ...] = (Plan(), Plan(3, 180), Plan(2, 120, rounds=2), Plan(4, 240, teams=True))
    lasts_ms: int = 45 * MINUTE
    break_ms: int = 90_000
    crowd: int = 180
    steady: bool = False
    #: How long a stream goes on with nobody listening; what is said in that time is sent again on return.
    absence_ms: int = 0


BATTLE_NIGHT = (
    Plan(2, 180),
    Plan(3, 150),
    Plan(4, 180, teams=True),
    Plan(2, 90, rounds=3),
    Plan(2, 120, breaks_off=True),
    Plan(4, 120),
)
CHAOS = (Plan(2, 90), Plan(3, 60, breaks_off=True), Plan(2, 60, rounds=2))

SCENARIOS: dict[str, Recipe] = {
    "everyday": Recipe(),
    "flood": Recipe(
        chat=17,
        likes=18,
        gifts=24,
        joins=28,
        follows=500,
        members=4000,
        captions=8000,
        crowd=560,
        steady=True,
        lasts_ms=60 * MINUTE,
    ),
    "battle-night": Recipe(gifts=4200, battle_first_ms=12_000, battle_pause_ms=25_000, battles=BATTLE_NIGHT),
    "captions": Recipe(captions=1200, battle_first_ms=20 * MINUTE),
    "shop": Recipe(shop=3500, captions=6000, battle_first_ms=0),
    "hostile": Recipe(battle_first_ms=25_000, shop=9000, captions=5000, lasts_ms=30 * MINUTE),
    "chaos": Recipe(
        gifts=4500,
        battle_first_ms=40_000,
        battle_pause_ms=60_000,
        battles=CHAOS,
        lasts_ms=8 * MINUTE,
        break_ms=75_000,
        absence_ms=12_000,
    ),
    "quiet": Recipe(
        chat=9000,
        likes=15_000,
        gifts=45_000,
        joins=20_000,
        follows=70_000,
        members=400_000,
        extras=90_000,
        captions=0,
        battle_first_ms=0,
    ),
}


def wave(lasts_ms: int) -> Callable[[int], float]:
    """Shape the evening: lively at once, then quiet, then waves, and a full finish."""

    def height(now_ms: int) -> float:
        if now_ms < 25_000:
            return 1.5
        if now_ms < 2 * MINUTE:
            return 0.7
        if lasts_ms - now_ms < 3 * MINUTE:
            return 1.9
        return 1.0 + 0.55 * math.sin(now_ms / MINUTE * 1.3)

    return height


class Script:
    """The streams of one creator, one after another, all from one seed."""

    def __init__(self, scenario: str, seed: object, host: Host, *, lasting: bool = True) -> None:
        """Choose the scenario; the plan of faults runs on over streams."""
        self.name, self.recipe, self.seed, self.host = scenario, SCENARIOS[scenario], seed, host
        self.plan = FaultPlan(seed, host.handle, lasting=lasting)

    def stream(self, number: int, base_ms: int, crowd: Crowd, pictures: Pictures) -> Stage:
        """Set the stage of one stream and start its plays."""
        warp = self.warp(number)
        stage = Stage(
            seed=self.seed,
            scenario=self.name,
            host=self.host,
            crowd=crowd,
            pictures=pictures,
            number=number,
            base_ms=base_ms,
            warp=warp,
        )
        stage.title = stage.dice.pick(TITLES)
        if not self.recipe.steady:
            stage.arc = wave(self.recipe.lasts_ms)
        self.cast(stage)
        if isinstance(warp, Mischief):
            self.trouble(stage, warp)
        return stage

    def warp(self, number: int) -> Warp:
        """Choose what happens to frames on their way."""
        salt = (self.seed, self.name, self.host.handle, number)
        if self.name == "chaos":
            return Mischief(*salt)
        return Malice(*salt) if self.name == "hostile" else straight

    def trouble(self, stage: Stage, mischief: Mischief) -> None:
        """Start the plays that only chaos has."""
        for play in (nameless, growing, renaming):
            stage.start(play(stage, mischief))
        stage.start(garbage(stage))
        stage.start(faults(stage, mischief, self.plan))

    def cast(self, stage: Stage) -> None:
        """Start the plays of the recipe."""
        recipe = self.recipe
        stage.start(plays.counting(stage, recipe.seq_ms), 600)
        stage.start(plays.opening(stage), 50)
        for mean, play, in_ms in (
            (recipe.chat, plays.chatting, 2500),
            (recipe.likes, plays.tapping, 1500),
            (recipe.joins, plays.joining, 900),
            (recipe.gifts, plays.giving, 9000 if not recipe.steady else 100),
            (recipe.follows, plays.following, 8000),
            (recipe.members, plays.joining_in, 12_000),
            (recipe.extras, extras.events, 1),
            (recipe.shop, extras.shop, 1),
        ):
            if mean:
                stage.start(play(stage, mean), in_ms)
        if recipe.captions:
            stage.start(speech.native(stage, recipe.captions), 3000)
        if recipe.battle_first_ms:
            stage.start(battles(stage, recipe.battle_first_ms, recipe.battle_pause_ms, recipe.battles))
        stage.start(ending(stage), recipe.lasts_ms)


def ending(stage: Stage) -> Iterator[int]:
    """Say good night, end the stream, and close."""
    for person in stage.crowd.regulars[:3]:
        plays.write(stage, person, stage.dice.pick(words.LINES["en"][16:18]))
        yield 700
    stage.send(Step(stage.now_ms, stage.frame("control", {"action": 3})))
    if stage.dice.chance(0.5):
        stage.send(Step(stage.now_ms, stage.frame("streamEnd", {"reason": 3})))
    yield 1500
    stage.send(Step(stage.now_ms, None, (), Act("end", 4005, "STREAM_END")))
