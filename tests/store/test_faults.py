"""What the disk and others can do to the store: nothing that was shown is lost, nobody waits, the owner is told."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import subprocess
import sys
import time

import pytest

from overlay.core import facts
from overlay.store import CannotWrite, Store, StoreError

from .making import START_MS, change, credit, person, scores

LOCKER = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.readline()
"""


def fill(path):
    """Take all the room there is."""
    with contextlib.suppress(OSError), path.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)


@contextlib.contextmanager
def locked(path):
    """Another program holds the database locked."""
    command = [sys.executable, "-c", LOCKER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as locker:
        locker.stdout.readline()
        try:
            yield
        finally:
            locker.communicate(b"\n")


async def until(true, seconds=20.0):
    """Wait for something that another thread makes true."""
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends
        await asyncio.sleep(0.01)


def numbered(n, creator="luna"):
    """The n-th of a row of ticks: facts and absolute sums that show any loss, doubling or wrong order."""
    return change(creator, credit(person(n % 7), at_ms=START_MS + n), scores=scores("all", p0=n + 1))


async def check(store, count, creator="luna"):
    """Everything is there, once, in order."""
    kept = await store.load(creator, ["all"])
    with sqlite3.connect(store.path) as db:
        times = [row[0] for row in db.execute("SELECT at_ms FROM fact WHERE kind='Credit' ORDER BY seq")]
    db.close()
    assert times == [START_MS + n for n in range(count)]
    assert kept.scores["all"]["id:0"][0] == count
    (stream,) = await store.streams(creator)
    assert stream["diamonds"] == count


@pytest.mark.alone
async def test_a_full_disk_keeps_nobody_waiting_and_loses_nothing(small_disk):
    store = await Store.open(small_disk)
    for n in range(50):
        await store.commit([numbered(n)])
    ballast = small_disk / "ballast"
    fill(ballast)
    slowest = 0.0
    for n in range(50, 1500):
        began = time.perf_counter()
        await store.commit([numbered(n)])
        slowest = max(slowest, time.perf_counter() - began)
    assert not store.safe
    assert store.backlog
    assert "full" in store.problems[0]
    assert slowest < 2.0
    with pytest.raises(CannotWrite, match="full"):
        await store.put("a", "x" * 1_000_000)
    ballast.unlink()
    await until(lambda: store.safe)
    assert store.problems == []
    assert store.backlog == 0
    await check(store, 1500)
    await store.put("a", 1)
    await store.close()


async def test_a_folder_that_becomes_read_only_loses_nothing(small_disk, remounted):
    store = await Store.open(small_disk)
    await store.commit([numbered(0)])
    await store.close()
    store = await Store.open(small_disk)
    store._writer.pen.drop()  # what is open for writing would keep the disk from being remounted
    store._readers.turn_to(store.path)
    store._lock.drop()
    remounted(small_disk, "ro")
    for n in range(1, 100):
        await store.commit([numbered(n)])
    assert not store.safe
    assert "cannot be written" in store.problems[0]
    remounted(small_disk, "rw")
    await until(lambda: store.safe)
    await check(store, 100)
    await store.close()


async def test_a_start_in_a_read_only_folder_shows_what_was_and_counts_on(small_disk, remounted):
    store = await Store.open(small_disk)
    creator = await store.add_creator({"handle": "luna"})
    for n in range(20):
        await store.commit([numbered(n)])
    await store.close()
    remounted(small_disk, "ro")
    store = await Store.open(small_disk)
    assert not store.safe
    assert "cannot be written" in store.problems[0]
    assert await store.creators() == [creator]
    assert (await store.load("luna", ["all"])).scores["all"]["id:0"][0] == 20
    for n in range(20, 40):
        await store.commit([numbered(n)])
    with pytest.raises(CannotWrite):
        await store.put("a", 1)
    remounted(small_disk, "rw")
    await until(lambda: store.safe)
    await check(store, 40)
    assert await store.creators() == [creator]
    await store.close()


async def test_a_start_where_nothing_can_be_made_counts_in_memory(small_disk, remounted):
    remounted(small_disk, "ro")
    store = await Store.open(small_disk)
    for n in range(10):
        await store.commit([numbered(n)])
    assert not store.safe
    assert await store.creators() == []
    remounted(small_disk, "rw")
    await until(lambda: store.safe)
    await check(store, 10)
    await store.close()


async def test_what_waits_at_the_end_is_taken_up_by_the_next_start(small_disk, remounted):
    store = await Store.open(small_disk)
    for n in range(10):
        await store.commit([numbered(n)])
    await store.close()
    remounted(small_disk, "ro")
    store = await Store.open(small_disk)
    for n in range(10, 30):
        await store.commit([numbered(n)])
    began = time.perf_counter()
    await store.close()
    assert time.perf_counter() - began < 2.0
    remounted(small_disk, "rw")
    store = await Store.open(small_disk)
    assert store.safe
    await check(store, 30)
    await store.close()


async def test_what_waits_for_another_state_of_the_database_is_not_taken_up(small_disk, remounted):
    store = await Store.open(small_disk)
    await store.close()
    remounted(small_disk, "ro")
    store = await Store.open(small_disk)
    await store.commit([numbered(500)])
    waiting = store._writer._waiting.path
    await store.close()
    kept = waiting.read_bytes()
    waiting.rename(waiting.with_suffix(".later"))
    remounted(small_disk, "rw")
    store = await Store.open(small_disk)  # somebody counted on meanwhile
    for n in range(10):
        await store.commit([numbered(n)])
    await store.close()
    waiting.with_suffix(".later").rename(waiting)
    store = await Store.open(small_disk)
    assert store.safe
    await check(store, 10)
    assert waiting.with_suffix(".aside").read_bytes() == kept
    await store.close()


async def test_another_programs_lock_is_waited_out(folder):
    store = await Store.open(folder)
    await store.commit([numbered(0)])
    await store.load("luna", ["all"])  # which has it entered into the tables
    with locked(store.path):
        began = time.perf_counter()
        for n in range(1, 200):
            await store.commit([numbered(n)])
        assert time.perf_counter() - began < 5.0
        assert not store.safe
        assert "locked" in store.problems[0]
        with pytest.raises(CannotWrite, match="locked"):
            await store.put("a", 1)
        assert (await store.load("luna", ["all"])).scores["all"]["id:0"][0] == 1  # reading goes on
    await until(lambda: store.safe)
    await check(store, 200)
    await store.close()


async def test_a_start_under_another_programs_lock_counts_on(folder):
    store = await Store.open(folder)
    for n in range(5):
        await store.commit([numbered(n)])
    await store.close()
    with locked(folder / "overlay.db"):
        store = await Store.open(folder)
        assert "locked" in store.problems[0]
        assert (await store.load("luna", ["all"])).scores["all"]["id:0"][0] == 5
        await store.commit([numbered(5)])
    await until(lambda: store.safe)
    await check(store, 6)
    await store.close()


async def test_ticks_go_on_while_much_is_caught_up(folder):
    store = await Store.open(folder)
    with locked(store.path):
        for n in range(0, 30_000, 100):
            new = [credit(person(k % 7), at_ms=START_MS + k) for k in range(n, n + 100)]
            await store.commit([change("luna", *new, scores=scores("all", p0=n + 100))])
    n, slowest = 30_000, 0.0
    while not store.safe:
        began = time.perf_counter()
        await store.commit([numbered(n)])
        slowest = max(slowest, time.perf_counter() - began)
        n += 1
    assert slowest < 1.5
    await check(store, n)
    await store.close()


async def test_beyond_a_number_of_facts_they_wait_in_a_file_elsewhere(folder):
    store = await Store.open(folder)
    store._writer._waiting._most = 500
    with locked(store.path):
        for n in range(2000):
            await store.commit([numbered(n)])
        assert store.backlog == 2000
        assert store._writer._waiting.path.stat().st_size > 100_000
        assert folder not in store._writer._waiting.path.parents
    await until(lambda: store.safe)
    assert not store._writer._waiting.path.exists()
    await check(store, 2000)
    await store.close()


async def test_a_clock_set_back_changes_no_order_and_no_sum(store):
    for n, at_ms in enumerate([START_MS, START_MS + 5, START_MS - 3_600_000, START_MS - 3_599_000, START_MS + 10]):
        await store.commit([change("luna", credit(person(n), at_ms=at_ms))])
    kept = await store.load("luna", [])
    assert [fact.who.key for fact in kept.recent] == [f"id:{n}" for n in range(5)]
    assert [fact.at_ms async for fact in store.seed("luna", START_MS)] == [START_MS, START_MS + 5, START_MS + 10]
    assert (await store.totals_since("luna", START_MS))["gifts"] == 3


# --- damage ---


async def filled(folder):
    """A closed store with settings, counts and its own last copy."""
    store = await Store.open(folder)
    creator = await store.add_creator({"handle": "luna"})
    await store.add_widget({"creator": creator.id, "kind": "goal"})
    for n in range(300):
        await store.commit([numbered(n)])
    await store.close()
    return creator


def overwrite(path, start, size):
    with path.open("r+b") as file:
        file.seek(start)
        file.write(os.urandom(size))


@pytest.mark.parametrize("harm", ["header", "middle", "cut", "empty", "text", "gone"])
async def test_a_damaged_database_is_replaced_by_the_last_good_backup_and_that_is_said(folder, harm):
    creator = await filled(folder)
    path = folder / "overlay.db"
    size = path.stat().st_size
    match harm:
        case "header":
            overwrite(path, 0, 100)
        case "middle":
            overwrite(path, 4096, size - 8192)
        case "cut":
            os.truncate(path, size // 2)
        case "empty":
            os.truncate(path, 0)
        case "text":
            path.write_text("this is no database" * 1000)
        case "gone":
            path.unlink()
    store = await Store.open(folder)
    assert store.safe
    (problem,) = store.problems
    assert "the backup of" in problem
    assert "was put in its place" in problem
    assert await store.creators() == [creator]
    assert len(await store.widgets()) == 1
    await check(store, 300)
    assert bool(list(folder.glob("overlay.damaged-*.db"))) == (harm not in ("empty", "gone"))
    store.dismiss()
    assert store.problems == []
    await store.close()


async def test_a_damaged_backup_is_passed_over(folder):
    creator = await filled(folder)
    overwrite(folder / "backups" / "last.db", 0, 50_000)
    overwrite(folder / "overlay.db", 0, 100)
    store = await Store.open(folder)
    assert await store.creators() == [creator]
    await store.close()


async def test_settings_made_after_the_backup_survive_damage(folder):
    await filled(folder)
    store = await Store.open(folder)
    second = await store.add_creator({"handle": "second"})
    store._pulse._changed_since_copy = False  # as if the database were too large for a copy at the end
    await store.close()
    overwrite(folder / "overlay.db", 0, 100)
    store = await Store.open(folder)
    assert second in await store.creators()
    await store.close()


async def test_what_can_still_be_read_of_a_damaged_database_is_added(folder):
    await filled(folder)
    store = await Store.open(folder)
    for n in range(300, 400):
        await store.commit([numbered(n)])
    store._pulse._changed_since_copy = False
    await store.close()
    with sqlite3.connect(folder / "overlay.db") as db:
        (root,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name='hook_event'").fetchone()
    db.close()
    overwrite(folder / "overlay.db", (root - 1) * 4096, 4096)
    store = await Store.open(folder)
    assert "could still be read" in store.problems[0]
    await check(store, 400)
    await store.close()


async def test_without_any_backup_a_damaged_database_begins_anew_and_that_is_said(folder):
    await filled(folder)
    for path in (folder / "backups").iterdir():
        path.unlink()
    (folder / "overlay.db").write_bytes(b"nonsense" * 5000)
    store = await Store.open(folder)
    assert "no good backup" in store.problems[0]
    assert await store.creators() == []
    await store.commit([numbered(0)])
    await check(store, 1)
    await store.close()


async def test_damage_met_while_running_is_put_right_while_running(folder):
    await filled(folder)
    store = await Store.open(folder)
    await store.commit([numbered(300)])
    await asyncio.to_thread(store._empty_log)
    overwrite(store.path, 4096, store.path.stat().st_size - 8192)
    n = 301
    while not store.problems or not store.safe:
        await store.commit([numbered(n)])
        n += 1
        assert n < 3000
    assert "was put in its place" in store.problems[-1]
    await store.commit([numbered(n)])
    assert store.safe
    assert (await store.load("luna", ["all"])).scores["all"]["id:0"][0] == n + 1
    assert len(await store.creators()) == 1
    await store.close()


async def test_damage_that_many_meet_while_reading_is_put_right_once(folder):
    creator = await filled(folder)
    store = await Store.open(folder)
    await asyncio.to_thread(store._empty_log)
    overwrite(store.path, 4096, store.path.stat().st_size - 8192)
    found = await asyncio.gather(*(store.creators() for _ in range(8)))
    assert found == [[creator]] * 8
    assert store.healed == 1
    assert len(store.problems) == 1
    assert (await store.load("luna", ["all"])).scores["all"]["id:0"][0] == 300
    await store.commit([numbered(300)])
    assert store.safe
    await store.close()


async def test_a_database_of_a_newer_program_is_not_touched(folder):
    await filled(folder)
    with sqlite3.connect(folder / "overlay.db") as db:
        db.execute("PRAGMA user_version=99")
    db.close()
    before = (folder / "overlay.db").read_bytes()
    with pytest.raises(StoreError, match="newer version"):
        await Store.open(folder)
    assert (folder / "overlay.db").read_bytes() == before


async def test_unknown_facts_of_a_newer_program_are_left_out(store):
    await store.commit([change("luna", credit(person(1)))])
    body = b"\x82\xa4type\xa6Flying\xa5at_ms\x01"
    await store._do(lambda db: db.execute("INSERT INTO fact VALUES (999, 1, 0, NULL, 1, 'Flying', NULL, ?)", (body,)))
    await store.commit([change("luna", facts.Unpinned(at_ms=5))])
    assert len((await store.load("luna", [])).recent) == 2
