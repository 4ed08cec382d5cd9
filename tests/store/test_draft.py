"""Ticks are committed as they came and entered into the tables later: nobody who reads or starts anew can tell."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sqlite3
import threading

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from overlay.core import facts
from overlay.store import Store
from overlay.store.books import Books
from overlay.store.db import connect_reader
from overlay.store.draft import MUCH, Draft
from overlay.store.merging import merged
from overlay.store.migrations import migrate
from overlay.store.schema import FIRST
from overlay.store.standin import stand_in

from .making import START_MS, change, credit, person, scores


def rows(path, what):
    """Straight from the file, whatever a store would have entered first."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        return db.execute(what).fetchall()


def left_by_a_kill(store, folder):
    """The folder as a program that was killed now would leave it."""
    folder.mkdir()
    for tail in ("", "-wal"):
        shutil.copyfile(f"{store.path}{tail}", folder / f"overlay.db{tail}")
    return folder


async def test_a_tick_is_on_disk_before_it_is_in_the_tables_and_reading_enters_it(store):
    await store.commit([change("luna", credit(person(1)), scores=scores("all", p1=1))])
    assert rows(store.path, "SELECT count(*) FROM draft") == [(1,)]
    assert rows(store.path, "SELECT count(*) FROM fact") == [(0,)]
    kept = await store.load("luna", ["all"])
    assert [fact.who.name for fact in kept.recent] == ["Name 1"]
    assert kept.scores["all"]["id:1"][0] == 1
    assert rows(store.path, "SELECT count(*) FROM draft") == [(0,)]
    assert rows(store.path, "SELECT count(*) FROM fact") == [(1,)]


async def test_reading_one_room_leaves_the_others_and_their_ticks_where_they_are(store):
    await store.commit([change("luna", credit(person(1))), change("mika", credit(person(2)))])
    await store.load("luna", [])
    assert rows(store.path, "SELECT count(*) FROM fact") == [(1,)]
    assert rows(store.path, "SELECT count(*) FROM draft") == [(1,)]
    assert len((await store.load("mika", [])).recent) == 1
    assert rows(store.path, "SELECT count(*) FROM fact") == [(2,)]
    assert rows(store.path, "SELECT count(*) FROM draft") == [(0,)]


async def test_what_is_old_or_much_is_entered_without_being_asked_for(folder, monkeypatch):
    monkeypatch.setattr("overlay.store.draft.AGE_S", 0.05)
    store = await Store.open(folder)
    await store.commit([change("luna", credit(person(1)))])
    while not rows(store.path, "SELECT 1 FROM fact"):
        await store._do(lambda _: None)
    monkeypatch.setattr("overlay.store.draft.AGE_S", 3600)
    await store.commit([change("luna", states={"large": b"x" * MUCH})])
    while not rows(store.path, "SELECT 1 FROM state"):
        await store._do(lambda _: None)
    await store.close()


async def test_an_ended_program_leaves_nothing_to_be_entered(folder):
    store = await Store.open(folder)
    await store.commit([change(f"room{n}", credit(person(n))) for n in range(30)])
    await store.close()
    assert rows(folder / "overlay.db", "SELECT count(*) FROM draft") == [(0,)]
    assert rows(folder / "overlay.db", "SELECT count(*) FROM fact") == [(30,)]


async def test_the_next_start_enters_what_a_killed_program_had_only_committed_and_nothing_twice(store, tmp_path):
    await store.commit([change("luna", credit(person(1), 2)), change("mika", credit(person(2), 3))])
    await store.load("luna", [])  # entered, while the tick still stands in the draft for the other room
    await store.commit([change("luna", credit(person(1), 5, at_ms=START_MS + 1))])
    again = await Store.open(left_by_a_kill(store, tmp_path / "killed"))
    assert rows(again.path, "SELECT count(*) FROM draft") == [(0,)]
    assert [row["diamonds"] for row in await again.streams("luna")] == [7]
    assert [row["diamonds"] for row in await again.streams("mika")] == [3]
    await again.close()


async def test_a_tick_waits_for_the_room_that_is_being_entered_and_for_no_other(store, monkeypatch):
    pen, steps, begun, go_on = store._writer.pen, [], threading.Event(), threading.Event()
    enter, write = pen.enter, pen.write

    def enter_slowly(creator):
        steps.append(creator)
        begun.set()
        assert go_on.wait(20)
        enter(creator)

    def note(*tick):
        steps.append("tick")
        write(*tick)

    monkeypatch.setattr(pen, "enter", enter_slowly)
    monkeypatch.setattr(pen, "write", note)
    monkeypatch.setattr("overlay.store.draft.AGE_S", 0.0)
    await store.commit([change(name, credit(person(1))) for name in ("luna", "mika", "nora")])
    assert await asyncio.to_thread(begun.wait, 20)
    tick = asyncio.ensure_future(store.commit([change("olga", credit(person(1)))]))
    await asyncio.sleep(0)  # it is handed over
    go_on.set()
    await tick
    assert steps[:3] == ["tick", "luna", "tick"]


async def test_a_folder_that_cannot_be_written_is_read_with_all_that_was_committed(store, tmp_path):
    await store.commit([change("luna", credit(person(1)), scores=scores("all", p1=1))])
    path = left_by_a_kill(store, tmp_path / "killed") / "overlay.db"
    copy, _, copied = stand_in(path, OSError("read-only"))
    assert copied
    assert rows(copy, "SELECT diamonds FROM score") == [(1,)]
    assert rows(path, "SELECT count(*) FROM score") == [(0,)]
    shutil.rmtree(copy.parent)


async def test_a_forgotten_persons_name_is_gone_from_the_draft_too(store):
    await store.commit([change("luna", credit(person(1, name="Lin Secretname"))), change("mika", credit(person(2)))])
    await store.forget("luna", "id:1")
    for tail in ("", "-wal"):
        assert b"Secretname" not in store.path.with_name(f"overlay.db{tail}").read_bytes()


async def test_one_rooms_bug_keeps_no_other_room_and_no_other_change_of_its_own_out(store, caplog):
    await store.commit([change("luna", credit(person(1)))])
    bad = change("luna", credit(person(1), at_ms=START_MS + 1), scores={("all", "id:1"): (1, 2)})  # too short a row
    await store.commit([bad, change("mika", credit(person(2)))])
    await store.commit([change("luna", credit(person(1), at_ms=START_MS + 2))])
    await store.streams("mika")
    times = [fact.at_ms for fact in (await store.load("luna", [])).recent]
    assert times == [START_MS, START_MS + 2]
    assert len((await store.load("mika", [])).recent) == 1
    assert "creator=luna a change is left out" in caplog.text
    assert store.safe
    assert rows(store.path, "SELECT count(*) FROM draft") == [(0,)]


async def test_a_tick_that_cannot_be_read_takes_no_other_with_it(store, tmp_path, caplog):
    for n in range(3):
        await store.commit([change("luna", credit(person(1), at_ms=START_MS + n))])
    path = left_by_a_kill(store, tmp_path / "killed") / "overlay.db"
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE draft SET body=x'9101' WHERE tick=2")
    again = await Store.open(path.parent)
    assert [fact.at_ms for fact in (await again.load("luna", [])).recent] == [START_MS, START_MS + 2]
    assert "cannot be read and is left out" in caplog.text
    await again.close()


async def test_ticks_of_a_damaged_database_that_were_not_entered_are_saved_from_it(store, tmp_path):
    await store.commit([change("luna", credit(person(1), 4))])
    path = left_by_a_kill(store, tmp_path / "killed") / "overlay.db"
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (root,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name='hook_event'").fetchone()
    with path.open("r+b") as file:
        file.seek((root - 1) * 4096)
        file.write(b"\xff" * 4096)
    again = await Store.open(path.parent)
    assert "could still be read" in again.problems[0]
    assert [row["diamonds"] for row in await again.streams("luna")] == [4]
    await again.close()


async def test_a_database_of_before_there_was_a_draft_goes_on(folder):
    store = await Store.open(folder)
    await store.commit([change("luna", credit(person(1)))])
    await store.close()
    with contextlib.closing(sqlite3.connect(folder / "overlay.db")) as db, db:
        db.execute("DROP TABLE draft")
        db.execute("ALTER TABLE room DROP COLUMN entered")
        db.execute("PRAGMA user_version=1")
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        migrate(db, lambda _: None, (FIRST,))
        tables = "SELECT name, sql FROM sqlite_master ORDER BY name"
        assert [name for name, _ in rows(folder / "overlay.db", tables)] == [name for name, _ in db.execute(tables)]
    store = await Store.open(folder)
    await store.commit([change("luna", credit(person(1), at_ms=START_MS + 1))])
    assert len((await store.load("luna", [])).recent) == 2
    await store.close()


# --- several changes as one ---

WHO = st.integers(0, 3).map(lambda n: person(n, name=f"Name {n}") if n < 2 else person(n, key=f"handle:h{n}"))
NAMES = st.sampled_from("abc")
ROWS = st.dictionaries(NAMES, st.one_of(st.none(), st.binary(max_size=3)), max_size=2)
SCORE = st.one_of(st.none(), st.tuples(*[st.integers(0, 9)] * 5))


@st.composite
def a_change(draw, at_ms, merged_away):
    who = draw(WHO)
    what = draw(st.sampled_from(["gift", "gift", *["line", "like", "viewers", "merge", "begin", "end", "nothing"]]))
    fact = {
        "gift": lambda: credit(who, draw(st.integers(1, 5)), at_ms=at_ms),
        "line": lambda: facts.Said(at_ms=at_ms, who=who, id=f"m{at_ms}", parts=()),
        "like": lambda: facts.Liked(at_ms=at_ms, who=who, count=3, stream_gain=3, gain=2),
        "viewers": lambda: facts.Watched(at_ms=at_ms, now=draw(st.integers(0, 9))),
        "merge": lambda: facts.Merged(at_ms=at_ms, weak=f"handle:h{draw(st.integers(2, 3))}", strong="id:0"),
        "begin": lambda: facts.StreamBegan(at_ms=at_ms, stream=draw(st.sampled_from(["7650", "7651"]))),
        "end": lambda: facts.StreamEnded(at_ms=at_ms, reason="control3"),
        "nothing": lambda: None,
    }[what]()
    if isinstance(fact, facts.Merged):
        merged_away.add(fact.weak)
    names = [name for name in ("id:0", "id:1", "handle:h2") if name not in merged_away]  # a board knows none of these
    keys = st.tuples(st.sampled_from(["all", "today"]), st.sampled_from(names))
    made = change(
        "luna",
        *([] if fact is None else [fact]),
        stream=draw(st.sampled_from(["7650", "7651"])),
        memory=draw(ROWS),
        states=draw(ROWS),
        stages=draw(ROWS),
        totals={name: body for name, body in draw(ROWS).items() if body is not None},
        scores=draw(st.dictionaries(keys, SCORE, max_size=2)),
    )
    if draw(st.integers(0, 9)) == 0:
        made.people["id:1"] = None
    return made


@st.composite
def some_changes(draw):
    gaps = draw(st.lists(st.sampled_from([1, 20, 3_000, 100_000]), min_size=1, max_size=12))
    merged_away = set()
    return [draw(a_change(START_MS + sum(gaps[: n + 1]), merged_away)) for n in range(len(gaps))]


LOOKS = """
SELECT seq, lane, @stream, at_ms, kind, @person, body FROM fact AS t
SELECT @period, @person, diamonds, gifts, likes, chats, shares FROM score AS t
SELECT @period, body FROM total AS t
SELECT @stream, @person, gift, name, units, diamonds FROM given AS t
SELECT @stream, t.* FROM minute AS t
SELECT id, title, began_ms, ended_ms, ended_by, diamonds, gifts, likes, chats, viewers, viewers_max FROM stream
SELECT key, who, (SELECT key FROM person WHERE n=t.same) FROM person AS t
SELECT * FROM hour
SELECT * FROM hour_sum
SELECT * FROM memory
SELECT * FROM state
SELECT * FROM stage
SELECT @period, group_concat(@person) FROM (SELECT * FROM score ORDER BY period, born) AS t GROUP BY period
"""
NAMED = {
    "@stream": "(SELECT id FROM stream WHERE n=t.stream)",
    "@period": "(SELECT name FROM period WHERE n=t.period)",
    "@person": "(SELECT key FROM person WHERE n=t.person)",
}
"""Numbers that only stand for names are looked up: who came first may have another one."""


def tables(changes, ticks):
    """All that stands in the tables after these, and who stands before whom on the boards."""
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        migrate(db, lambda _: None)
        books = Books()
        for tick, lot in enumerate(ticks(changes), 1):
            books.enter(db, lot, tick)
        looks = LOOKS
        for number, name in NAMED.items():
            looks = looks.replace(number, name)
        return [sorted(db.execute(look).fetchall(), key=repr) for look in looks.strip().split("\n")]


@settings(max_examples=150)
@given(some_changes())
def test_changes_that_are_entered_together_leave_what_each_by_itself_would_have_left(changes):
    singly = tables(changes, lambda all_: [[one] for one in all_])
    assert tables(changes, lambda all_: [merged(all_)]) == singly


def test_a_change_that_was_added_to_another_is_not_changed_itself():
    changes = [change("luna", credit(person(1), at_ms=START_MS + n), memory={f"m{n}": b"x"}) for n in range(3)]
    before = msgspec.msgpack.encode([one.memory for one in changes])
    assert len(merged(changes)) == 1
    assert msgspec.msgpack.encode([one.memory for one in changes]) == before
    assert [len(one.facts) for one in changes] == [1, 1, 1]


async def test_a_connection_that_is_made_anew_knows_what_waits(store):
    await store.commit([change("luna", credit(person(1)))])
    with contextlib.closing(connect_reader(store.path)) as db:
        draft = Draft()
        draft.load(db, 0.0)
        assert draft.waiting() == ["luna"]
        assert draft.due(0.0) is None
        assert draft.due(1e9) == "luna"


def test_a_merger_is_entered_after_what_came_before_it_and_before_what_comes_after():
    weak, strong = person(1, key="handle:h1", id="handle:h1"), person(2)
    changes = [
        change("luna", credit(strong, 5), scores=scores("all", p2=5)),
        change("luna", credit(weak, 3), scores={("all", "handle:h1"): (3, 1, 0, 0, 0)}),
        change("luna", facts.Merged(at_ms=START_MS, weak="handle:h1", strong="id:2")),
        change("luna", credit(strong, 1, at_ms=START_MS + 1)),
    ]
    together = tables(changes, lambda all_: [merged(all_)])
    assert together == tables(changes, lambda all_: [[one] for one in all_])
    assert ("all", "id:2", 8, 2, 0, 0, 0) in together[1]


def test_each_person_was_seen_when_they_were_seen_though_days_are_entered_together():
    day = 86_400_000
    changes = [change("luna", credit(person(n), at_ms=START_MS + n * day)) for n in range(3)]
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        migrate(db, lambda _: None)
        Books().enter(db, merged(changes), 1)
        seen = db.execute("SELECT seen_ms FROM person ORDER BY n").fetchall()
    assert seen == [(START_MS,), (START_MS + day,), (START_MS + 2 * day,)]
