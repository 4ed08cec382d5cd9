"""Whatever happens in whatever order, with restarts and a failing disk in between: the sums are those of a simple count."""

from __future__ import annotations

import sqlite3
from collections import defaultdict

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from overlay.core import facts
from overlay.core.keeping import Change
from overlay.store import Store

from .making import START_MS, credit, person

WEAK = ["handle:h0", "handle:h1"]
KINDS = ["gift", "gift", "gift", "like", "merge", "begin", "name", "commit", "commit", "restart", "fail", "doubt"]

STEPS = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 3), st.integers(0, 9)), min_size=25, max_size=60)


class Count:
    """The same, counted in the simplest way."""

    def __init__(self):
        self.who = {0: "id:0", 1: "id:1", 2: WEAK[0], 3: WEAK[1]}
        self.same = {}
        self.stream = "0"
        self.real = {}
        self.given = defaultdict(int)
        self.likes = defaultdict(int)
        self.facts = []

    def key(self, key):
        while key in self.same:
            key = self.same[key]
        return key

    def name(self, stream):
        while stream in self.real:
            stream = self.real[stream]
        return stream

    def fold(self, kind, a, b):
        at_ms = START_MS + len(self.facts)
        fact = None
        match kind:
            case "gift":
                key = self.who[a]  # a weaker key may come again after it was merged
                fact = credit(person(a, key=key, id=key), b, at_ms=at_ms)
                self.given[self.stream, key] += b
            case "like":
                key = self.key(self.who[a])
                fact = facts.Liked(at_ms=at_ms, who=person(a, key=key, id=key), count=b, stream_gain=b, gain=b)
                self.likes[self.stream] += b
            case "merge" if WEAK[a % 2] not in self.same:
                self.same[WEAK[a % 2]] = f"id:{b % 2}"
                fact = facts.Merged(at_ms=at_ms, weak=WEAK[a % 2], strong=f"id:{b % 2}")
            case "begin":
                self.stream = f"open:{at_ms}" if b > 3 else str(a)
                fact = facts.StreamBegan(at_ms=at_ms, stream=self.stream)
            case "name" if self.stream.startswith("open:"):
                self.real[self.stream] = str(a)
                fact = facts.StreamNamed(at_ms=at_ms, old=self.stream, stream=str(a))
                self.stream = str(a)
        if fact is not None:
            self.facts.append((self.stream, fact))

    def sums(self):
        found = defaultdict(int)
        for (stream, key), units in self.given.items():
            found[self.name(stream), self.key(key)] += units
        return dict(found)


def doubtful(pen):
    """The next commit happens and yet ends in an error."""
    write = pen.write

    def written(changes, spilled_to=None):
        del pen.write
        write(changes, spilled_to)
        pen.doubt = (pen._tick, len(changes))
        raise sqlite3.OperationalError("disk I/O error")

    pen.write = written


def failing(pen):
    """The next commit does not happen."""

    def failed(changes, spilled_to=None):
        del pen.write
        raise sqlite3.OperationalError("disk I/O error")

    pen.write = failed


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
async def test_the_sums_of_past_streams_are_those_of_a_simple_count(tmp_path_factory, steps):
    store = await Store.open(tmp_path_factory.mktemp("model") / "data")
    count, handed = Count(), 0
    for kind, a, b in [*steps, ("commit", 0, 0)]:
        count.fold(kind, a, b)
        if kind == "fail":
            failing(store._writer.pen)
        elif kind == "doubt":
            doubtful(store._writer.pen)
        if kind in ("commit", "restart"):
            change = Change(creator="luna", stream=count.stream, facts=count.facts[handed:])
            if change:
                await store.commit([change])
                handed = len(count.facts)
        if kind == "restart":
            store._writer.pen.__dict__.pop("write", None)
            await store.close()
            store = await Store.open(store.folder)
    store._writer.pen.__dict__.pop("write", None)
    await store._do(lambda _: None)
    while not store.safe:
        await store._do(lambda _: None)
    await check(store, count)
    await store.close()


async def check(store, count):
    found = {}
    for row in await store.streams("luna"):
        whole = await store.stream(row["id"])
        for sender in whole["totals_by_sender"]:
            key = (whole["room_id"], sender["key"])
            found[key] = found.get(key, 0) + sender["units"]
        assert whole["totals"]["gifts"] == sum(sender["units"] for sender in whole["totals_by_sender"])
    wanted = defaultdict(int)
    for (stream, key), units in count.sums().items():
        wanted[None if stream.startswith("open:") else stream, key] += units
    assert found == dict(wanted)
    totals = await store.totals_since("luna", 0)
    assert totals.get("gifts", 0) == sum(count.given.values())
    assert totals.get("likes", 0) == sum(count.likes.values())
    assert sum(row["likes"] for row in await store.streams("luna")) == sum(count.likes.values())
    with sqlite3.connect(store.path) as db:
        times = [row[0] for row in db.execute("SELECT at_ms FROM fact ORDER BY seq")]
    db.close()
    assert times == [fact.at_ms for _, fact in count.facts]
