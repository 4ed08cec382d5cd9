"""Tables of an older program are brought up to date, with a backup first, all or nothing."""

from __future__ import annotations

import contextlib
import sqlite3

import pytest

from overlay.store import Store
from overlay.store.migrations import migrate, version
from overlay.store.schema import FIRST, MIGRATIONS

from .making import change, credit, person

SECOND = "ALTER TABLE creator ADD COLUMN colour TEXT; UPDATE creator SET colour='red; or blue';"
BROKEN = "CREATE TABLE half (a); INSERT INTO nowhere VALUES (1);"


def memory():
    return contextlib.closing(sqlite3.connect(":memory:", isolation_level=None))


def test_an_empty_file_gets_all_tables_and_no_backup():
    with memory() as db:
        migrate(db, pytest.fail, (FIRST, SECOND))
        assert version(db) == 2


def test_an_older_version_is_backed_up_and_then_brought_on_step_by_step():
    with memory() as db:
        migrate(db, pytest.fail, (FIRST,))
        db.execute("INSERT INTO creator VALUES ('c', 1, 1, NULL, '{}')")
        seen = []
        migrate(db, lambda old: seen.append((old, version(db))), (FIRST, SECOND))
        assert seen == [(1, 1)]
        assert db.execute("SELECT colour FROM creator").fetchall() == [("red; or blue",)]
        migrate(db, pytest.fail, (FIRST, SECOND))


def test_a_migration_that_fails_changes_nothing():
    with memory() as db:
        migrate(db, pytest.fail, (FIRST,))
        with pytest.raises(sqlite3.OperationalError):
            migrate(db, lambda _: None, (FIRST, SECOND, BROKEN))
        assert version(db) == 1
        with pytest.raises(sqlite3.OperationalError):
            db.execute("SELECT colour FROM creator")
        assert db.execute("SELECT count(*) FROM sqlite_master WHERE name='half'").fetchone() == (0,)


async def test_the_backup_before_a_migration_is_a_whole_database(folder, monkeypatch):
    store = await Store.open(folder)
    await store.commit([change("luna", credit(person(1)))])
    await store.close()
    monkeypatch.setattr("overlay.store.migrations.migrate.__defaults__", ((*MIGRATIONS, SECOND),))
    store = await Store.open(folder)
    assert store.safe
    assert len((await store.load("luna", [])).recent) == 1
    (backup,) = (folder / "backups").glob("before-version-3-*.db")
    with contextlib.closing(sqlite3.connect(backup)) as db:
        assert version(db) == len(MIGRATIONS)
        assert db.execute("SELECT count(*) FROM fact").fetchone() == (1,)
    await store.close()
