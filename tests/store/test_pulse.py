"""What the store does by itself: the log reaches the disk each second and stays short, settings are copied soon."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import threading
import time
from pathlib import Path

import pytest

from overlay.store import Store, backups, pen, pulse

from .making import START_MS, change, credit, person


async def until(true, seconds=15.0):
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends
        await asyncio.sleep(0.02)


async def test_what_was_committed_is_on_the_disk_a_second_later(store, monkeypatch):
    synced = []
    sync = os.fsync

    def note(number):
        synced.append(str(Path(f"/proc/self/fd/{number}").readlink()))
        sync(number)

    monkeypatch.setattr(pulse.os, "fsync", note)
    await store.commit([change("luna", credit(person(1)))])
    began = time.monotonic()
    await until(lambda: any(path.endswith("overlay.db-wal") for path in synced))
    assert time.monotonic() - began < 3.0


@pytest.mark.alone  # the pulse gives way to everybody else's work
async def test_the_log_stays_short_while_counting_goes_on(store):
    longest = 0
    for n in range(1500):
        new = [credit(person(n * 50 + k), at_ms=START_MS + n) for k in range(50)]
        await store.commit([change("luna", *new)])
        longest = max(longest, store.path.with_name("overlay.db-wal").stat().st_size)
    assert store.path.stat().st_size > 4 << 20
    assert longest < 64 << 20


async def test_the_database_is_on_the_disk_before_the_writer_works_in_the_rest_of_a_long_log(store, monkeypatch):
    steps = []
    finish, sync = store._pulse._finish, os.fsync

    def note(number):
        steps.append(f"{threading.current_thread().name} {Path(f'/proc/self/fd/{number}').readlink().name}")
        sync(number)

    monkeypatch.setattr(pulse, "LONG_LOG", 1 << 16)
    monkeypatch.setattr(os, "fsync", note)
    monkeypatch.setattr(store._pulse, "_finish", lambda: (steps.append("writer"), finish()))
    await store.commit([change("luna", states={"big": os.urandom(1 << 17)})])
    await until(lambda: "writer" in steps)
    assert steps[: steps.index("writer")][-1] == "store-pulse overlay.db"


async def test_settings_are_copied_soon_after_a_change(folder):
    store = await Store.open(folder)
    await store.add_creator({"handle": "luna"})
    copy = folder / "backups" / "settings.db"
    await until(copy.exists)
    with sqlite3.connect(copy) as db:
        assert db.execute("SELECT count(*) FROM creator").fetchone() == (1,)
        assert db.execute("SELECT count(*) FROM fact").fetchone() == (0,)
    db.close()
    await store.close()


async def test_settings_are_copied_while_somebody_writes(folder):
    store = await Store.open(folder)
    await store.add_creator({"handle": "luna"})
    with contextlib.closing(sqlite3.connect(store.path, isolation_level=None)) as writing:
        writing.execute("BEGIN IMMEDIATE")
        await asyncio.to_thread(backups.settings, store.path)
        writing.execute("ROLLBACK")
    with contextlib.closing(sqlite3.connect(folder / "backups" / "settings.db")) as db:
        assert db.execute("SELECT count(*) FROM creator").fetchone() == (1,)
    await store.close()


async def test_a_copy_of_settings_that_failed_is_made_again(folder, monkeypatch):
    tried = []

    def fail_once(path):
        tried.append(path)
        if len(tried) == 1:
            raise sqlite3.OperationalError("as if it were locked")
        settings(path)

    settings = backups.settings
    monkeypatch.setattr(backups, "settings", fail_once)
    monkeypatch.setattr(pulse, "AGAIN_S", 0.1)
    store = await Store.open(folder)
    await store.add_creator({"handle": "luna"})
    await until((folder / "backups" / "settings.db").exists)
    assert len(tried) == 2
    await store.close()


async def test_what_is_committed_while_the_copy_of_the_day_is_made_is_in_the_last_one(folder, monkeypatch):
    begun, written = threading.Event(), threading.Event()

    def daily(path, now_s):
        begun.set()
        made = real(path, now_s)
        written.wait(10)
        return made

    real = pulse.backups.daily
    monkeypatch.setattr(pulse.backups, "daily", daily)
    store = await Store.open(folder)
    await store.commit([change("luna", credit(person(1)))])
    await until(begun.is_set)
    await store.commit([change("luna", credit(person(2)))])
    written.set()
    await store.close()
    with contextlib.closing(sqlite3.connect(folder / "backups" / "last.db")) as db:
        assert db.execute("SELECT count(*) FROM fact").fetchone() == (2,)


async def test_a_copy_of_the_day_that_was_not_due_leaves_the_last_one_to_be_made(folder, monkeypatch):
    asked = threading.Event()
    monkeypatch.setattr(pulse.backups, "daily", lambda *_: asked.set())
    store = await Store.open(folder)
    await store.commit([change("luna", credit(person(1)))])
    await until(asked.is_set)
    await store.close()
    assert (folder / "backups" / "last.db").exists()


async def test_while_something_waits_no_copy_replaces_a_better_one(folder):
    store = await Store.open(folder)
    await store.add_creator({"handle": "luna"})
    await until((folder / "backups" / "settings.db").exists)
    before = sorted((path.name, path.stat().st_mtime_ns) for path in (folder / "backups").iterdir())
    store._writer.trouble = "as if the disk were full"
    store._pulse._daily_at = 0.0
    store._pulse._copy = None  # would be called, and raise
    await asyncio.sleep(1.2)  # longer than a beat
    assert store._pulse.is_alive()
    store._pulse.stop()
    store._pulse.last_copies()
    assert sorted((path.name, path.stat().st_mtime_ns) for path in (folder / "backups").iterdir()) == before
    store._writer.trouble = None
    await store.close()


@pytest.mark.alone
async def test_what_commits_add_to_the_log_while_it_is_worked_in_the_writer_works_in_itself(folder, monkeypatch):
    def connect(path):
        db = pen.connect_before(path)
        db.execute("PRAGMA wal_autocheckpoint=0")  # without the net that catches a log that nobody works in
        return db

    monkeypatch.setattr(pen, "connect_before", pen.connect, raising=False)
    monkeypatch.setattr(pen, "connect", connect)
    monkeypatch.setattr(pulse, "connect", lambda _path: sqlite3.connect(":memory:"))  # the pulse itself is too late
    store = await Store.open(folder)
    log = folder / "overlay.db-wal"
    written = 0
    begun = time.monotonic()
    while time.monotonic() - begun < 5:
        states = {f"s{n}": os.urandom(4000) for n in range(15)}
        await store.commit([change("luna", states=states)])
        written += sum(map(len, states.values()))
        longest = log.stat().st_size
        await asyncio.sleep(0.01)  # as the loop does between two ticks
    await store.close()
    assert written > 20 << 20
    assert longest < written * 1.5  # each byte is written three times: as a tick, into its table, out of the draft
