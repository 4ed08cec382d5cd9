"""A kill at any moment of an evening shows nothing that a cut of the line would not have shown, then and ever after."""

from __future__ import annotations

import contextlib
import json
import random
import re
import sqlite3
from zoneinfo import ZoneInfo

import msgspec
import pytest

from overlay.core import events, tiktool
from overlay.core.ledger import Ledger
from overlay.core.room import Room
from overlay.core.scene import Scene
from overlay.core.tiktool import BadFrame
from overlay.simulator.people import Crowd, Host, Pictures
from overlay.simulator.scenarios import SCENARIOS, Script
from overlay.store.books import Books
from overlay.store.loading import load, states
from overlay.store.merging import merged
from overlay.store.migrations import migrate
from overlay.widgets import KINDS

from .making import START_MS

LONG_MS = 7 * 60_000
TICK, ENTER, LOOK = 3, 60, 30
"""After so many frames a tick ends, what was committed is entered, and both are looked at."""
SEATS = [
    ("leaderboard", {}), ("leaderboard", {"metric": "likes", "period": "all"}), ("leaderboard", {"metric": "chats"}),
    ("goal", {"target": 500}), ("goal", {"metric": "likes", "target": 5_000, "overflow": "loop"}),
    ("goal", {"metric": "follows", "target": 3}), ("counter", {}), ("counter", {"metric": "chats", "period": "today"}),
    ("latest", {}), ("latest", {"which": "top"}), ("latest", {"which": "biggest"}), ("alerts", {}), ("feed", {}),
    ("chat", {}), ("chat", {"between": ["join", "gift"]}), ("battle", {}), ("captions", {}),
    ("captions", {"delay_ms": 2_000}),
]  # fmt: skip
COMBO = re.compile(r'"(gift-)?[0-9a-f]{11}(-[0-9a-f]+)?"')
"""The id of a combo names the moment it was heard first; after a start the next one is later than any before."""


class House:
    """A room with its tables."""

    def __init__(self, db: sqlite3.Connection) -> None:
        migrate(db, lambda _: None)
        self.db, self.books, self.waiting, self.ticks = db, Books(), [], 0
        self.room = self.built()
        self.room.open(START_MS)
        self.furnish(lambda _name: None)
        self.room.hear(events.Opened(), START_MS)

    def built(self) -> Room:
        return Room(Scene("luna", "luna", ZoneInfo("UTC"), lambda _address: None), Ledger("luna"))

    def furnish(self, stage_of) -> None:
        for kind in ("battle", "captions"):
            self.room.follow(KINDS[kind])
        for number, (kind, options) in enumerate(SEATS):
            name = f"w{number}"
            made = msgspec.convert(options, KINDS[kind].options)
            self.room.seat(name, KINDS[kind], made, START_MS, stage=stage_of(name))

    def hear(self, frame, at_ms: int) -> None:
        self.room.advance(at_ms)
        raw = frame if isinstance(frame, bytes | str) else json.dumps(frame)
        with contextlib.suppress(BadFrame):
            for event in tiktool.decode_all(raw):
                if not isinstance(event, BadFrame):
                    self.room.hear(event, at_ms)

    def end_tick(self, at_ms: int) -> None:
        self.room.advance(at_ms)
        self.room.heard.clear()
        change = self.room.drain()
        if change:
            self.waiting.append(change)

    def enter(self) -> None:
        self.ticks += 1
        self.books.enter(self.db, merged(self.waiting), self.ticks)
        self.waiting = []

    def lose_the_line(self, at_ms: int) -> None:
        self.room.hear(events.Closed(code=1006, reason=""), at_ms)
        self.room.advance(at_ms)
        self.room.hear(events.Opened(), at_ms)
        self.end_tick(at_ms)

    def die(self, at_ms: int) -> None:
        self.enter()
        self.books, self.room = Books(), self.built()
        kept = load(self.db, "luna", self.room.load_small(states(self.db, "luna"), at_ms))
        self.room.load(kept)
        self.furnish(kept.stage)
        self.room.refold(kept)
        self.room.resume(kept.memory, at_ms)
        self.room.hear(events.Opened(), at_ms)
        self.end_tick(at_ms)

    def shown(self, at_ms: int) -> dict[str, str]:
        found = {}
        for name, seat in self.room.seats.items():
            assert self.room.trouble(seat) is None
            found[f"{name} {seat.kind.name}"] = COMBO.sub(
                '""', msgspec.json.encode(self.room.view(seat, at_ms)).decode()
            )
        return found


def evening(scenario: str, seed: int):
    """The frames of an evening and when they come."""
    script = Script(scenario, seed, Host(seed, "luna"))
    stage = script.stream(0, START_MS, Crowd(seed, "luna", SCENARIOS[scenario].crowd), Pictures())
    return [(START_MS + step.at_ms, step.frame) for step in stage.until(LONG_MS) if step.frame is not None]


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("scenario", ["everyday", "battle-night", "captions", "chaos"])
def test_a_kill_shows_no_more_and_no_less_than_a_cut(scenario, seed):
    frames = evening(scenario, seed)
    kill = random.Random(f"{scenario}{seed}").randrange(len(frames) // 10, len(frames) // 2)
    with contextlib.ExitStack() as stack:
        one, other = (
            House(stack.enter_context(contextlib.closing(sqlite3.connect(":memory:", isolation_level=None))))
            for _ in range(2)
        )
        for number, (at_ms, frame) in enumerate(frames, 1):
            for house in (one, other):
                house.hear(frame, at_ms)
                if number == kill or not number % TICK:
                    house.end_tick(at_ms)
                if not number % ENTER:
                    house.enter()
            if number == kill:
                one.lose_the_line(at_ms)
                other.die(at_ms)
            if number >= kill and (number == kill or not number % LOOK):
                for house in (one, other):
                    house.end_tick(at_ms)
                assert one.shown(at_ms) == other.shown(at_ms), (number, kill)
