"""What a room's boards say is what stands in the tables, however much of it happened within one tick."""

from __future__ import annotations

import contextlib
import sqlite3
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from overlay.core import facts
from overlay.core.board import METRICS
from overlay.core.ledger import Ledger
from overlay.core.room import Room
from overlay.core.scene import Scene
from overlay.store.books import Books
from overlay.store.loading import load
from overlay.store.merging import merged
from overlay.store.migrations import migrate

from .making import START_MS, credit, person

STRONG = [person(number) for number in range(2)]
WEAK = [person(number, key=f"handle:h{number}", id=f"handle:h{number}") for number in range(2, 4)]


@st.composite
def stories(draw):
    """Gifts and lines of people, some of whom turn out to be others; None where a tick ends, "enter" where ticks do."""
    people, weak, told = [*STRONG, *WEAK], list(WEAK), []
    for n in range(draw(st.integers(4, 24))):
        what = draw(st.sampled_from(["gift", "gift", "gift", "line", "merge", "merge", "tick", "enter", "enter"]))
        who, at_ms = draw(st.sampled_from(people)), START_MS + n
        if what == "gift":
            told.append(credit(who, draw(st.integers(1, 3)), at_ms))
        elif what == "line":
            told.append(facts.Said(at_ms=at_ms, who=who, id=str(n), parts=()))
        elif what == "merge" and weak:
            gone = weak.pop(draw(st.integers(0, len(weak) - 1)))
            people.remove(gone)
            told.append(facts.Merged(at_ms=at_ms, weak=gone.key, strong=draw(st.sampled_from(STRONG)).key))
        else:
            told += [None] if what == "tick" else [None, "enter"]
    return told


def a_room():
    room = Room(Scene("luna", "luna", ZoneInfo("UTC"), lambda _address: None), Ledger("luna"))
    room.open(START_MS)
    return room


def boards(room):
    """Every board as rows, who came first first."""
    return {
        period.key: {
            key: tuple(getattr(one, metric) for metric in METRICS)
            for key, one in sorted(period.board.scores.items(), key=lambda item: item[1].order)
        }
        for period in room.tally.periods.values()
        if period.board.scores
    }


@settings(max_examples=150)
@given(stories())
def test_a_board_and_its_order_are_in_the_tables_as_the_room_has_them_whoever_turned_out_to_be_somebody_else(story):
    room, waiting, ticks = a_room(), [], 0
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        migrate(db, lambda _: None)
        books = Books()
        for told in [*story, None, "enter"]:
            if isinstance(told, msgspec.Struct):
                room._take([told])
            elif told is None:
                waiting.append(room.drain())
            else:
                ticks += 1
                books.enter(db, merged(waiting), ticks)
                waiting = []
        kept = load(db, "luna", room.tally.keys()).scores
        assert kept == boards(room)
        assert {name: list(rows) for name, rows in kept.items()} == {
            name: list(rows) for name, rows in boards(room).items()
        }
