"""What is kept of a view for the next one never shows: each view is, byte for byte, the one drawn from nothing."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from overlay.core import facts
from overlay.core.facts import Fact, Who
from overlay.core.items import LONGEST, Log
from overlay.core.scene import Scene
from overlay.core.tally import Tally
from overlay.core.transcript import Transcript
from overlay.widgets import alerts, chat, feed, leaderboard

NAMES = ("Ada", "Lin", "Max")
TEXTS = ("hello", "!help", "see www.example.com", "a spoiler", "")
FEEDS = ({"rows": 3}, {"rows": 50}, {"rows": 5, "events": ["follow"]}, {"rows": 5, "fade_s": 1})
CHATS = (
    {"rows": 4},
    {"rows": 4, "hide_links": True, "hide_commands": False},
    {"rows": 4, "hide_words": ["spoiler"], "slow": False},
    {"rows": 4, "hide_names": ["Lin"]},
    {"rows": 4, "fade_s": 1, "between": ["gift", "follow"]},
)
ALERTS: tuple[dict[str, Any], ...] = ({}, {"texts": {"follow": "{name}!"}}, {"events": ["gift"], "show_s": 600})
encode = msgspec.json.Encoder().encode


class Desk:
    """A room's states with one scene, and every view of them."""

    def __init__(self) -> None:
        self.has_pictures = False
        self.scene = Scene("c", "luna", UTC, lambda url: f"/img/{len(url)}" if self.has_pictures else None)
        self.log, self.lines, self.tally = Log(), Transcript(), Tally()
        self.tally.start(self.scene, 0)
        self.stages = [(alerts.Stage(), msgspec.convert(options, alerts.Options)) for options in ALERTS]

    def take(self, step: Fact | Who | None) -> None:
        if step is None:
            self.has_pictures = True
            self.scene.draw_anew()
        elif isinstance(step, Who):
            self.scene.learn(step)
        else:
            who = getattr(step, "who", None)
            if who is not None and not step.test:
                self.scene.learn(who)
            for state in (self.log, self.lines, self.tally):
                state.fold(step, self.scene)
            for stage, options in self.stages:
                stage.hear(step, options, self.log, self.scene)

    def views(self, at_ms: int) -> list[bytes]:
        made: list[Any] = [
            feed.view(self.log, None, msgspec.convert(options, feed.Options), self.scene, at_ms) for options in FEEDS
        ]
        made += [
            chat.view(self.lines, None, msgspec.convert(options, chat.Options), self.scene, at_ms) for options in CHATS
        ]
        made += [alerts.view(self.log, stage, options, self.scene, at_ms) for stage, options in self.stages]
        board = leaderboard.view(self.tally, None, leaderboard.Options(), self.scene, at_ms)
        made.append([(entry.user, entry.score) for entry in board.entries])  # who moved is known to who looked before
        return [encode(one) for one in made]


def person(n: int, name: str = "") -> Who:
    return Who(key=f"id:{n}", id=str(n), handle=f"h{n}", name=name or NAMES[n], avatar=f"https://p16.example/{n}.webp")


def gift(at_ms: int, n: int, combo: int, count: int, *, running: bool, test: bool) -> facts.Credit:
    return facts.Credit(
        at_ms=at_ms, test=test, who=person(n), combo=f"combo{combo}", gift_id="5655", gift_name="Rose", picture=None,
        units=1, count=count, price=1, diamonds=1, running=running, first=count == 1,
    )  # fmt: skip


def said(at_ms: int, n: int, text: str, *, test: bool = False) -> facts.Said:
    return facts.Said(at_ms=at_ms, test=test, who=person(n), id=f"line{at_ms}", parts=(facts.Part(text=text),))


def order(what: str, at_ms: int, *, test: bool) -> Fact:
    if what == "b":
        return facts.StreamBegan(at_ms=at_ms, stream=f"s{at_ms}", title=None, test=test)
    if what == "c":
        return facts.Cleared(at_ms=at_ms, id="reset", what="all", test=test)
    return facts.Restored(at_ms=at_ms, id="reset", what="all", test=test)


@st.composite
def evenings(draw: Any) -> list[Fact | Who | None]:
    """Many lines and gifts first, so that all that is bounded is full; then anything."""
    steps: list[Fact | Who | None] = []
    for at in range(draw(st.sampled_from([0, 2, LONGEST - 1, LONGEST + 3]))):
        steps += [gift(at, at % 3, at, 1, running=at % 2 == 0, test=False), said(at, at % 3, TEXTS[at % 5])]
    counts: dict[int, int] = {}
    for at in range(1000, 1000 + 100 * draw(st.integers(1, 12)), 100):
        n, test = draw(st.integers(0, 2)), draw(st.sampled_from([False, False, True]))
        match draw(st.sampled_from("gggeffsssssuurpcrob")):
            case "g":
                combo = draw(st.integers(40, 60))
                counts[combo] = counts.get(combo, 1 if combo <= len(steps) // 2 - 1 else 0) + 1
                steps.append(gift(at, n, combo, counts[combo], running=draw(st.booleans()), test=False))
            case "e":
                steps.append(facts.ComboEnded(at_ms=at, combo=f"combo{draw(st.integers(40, 60))}"))
            case "f":
                steps.append(facts.Followed(at_ms=at, who=person(n), test=test))
            case "s":
                steps.append(said(at, n, draw(st.sampled_from(TEXTS)), test=test))
            case "u":
                lines = [one for one in steps if isinstance(one, facts.Said)]
                if lines:
                    line = lines[-draw(st.integers(1, min(6, len(lines))))]
                    steps.append(facts.Unsaid(at_ms=at, id=line.id, test=test))
            case "r":
                steps.append(person(n, draw(st.sampled_from(["Ann", "Bea", *NAMES]))))
            case "p":
                steps.append(None)
            case other:
                steps.append(order(other, at, test=test))
    return steps


@given(evenings(), st.sets(st.integers(0, 12)))
def test_a_view_is_the_one_drawn_from_nothing(steps: list[Fact | Who | None], looked: set[int]) -> None:
    desk = Desk()
    for count, step in enumerate(steps):
        desk.take(step)
        left = len(steps) - count - 1
        if left and left not in looked:
            continue
        anew = Desk()
        for earlier in steps[: count + 1]:
            anew.take(earlier)
        at_ms = 1000 + 100 * count
        assert desk.views(at_ms) == anew.views(at_ms)
