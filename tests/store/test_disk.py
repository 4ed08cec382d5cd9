"""A database is brought to the disk beside those who have it open, and their locks stay."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

from overlay.store.db import connect
from overlay.store.disk import Disk

TAKE_AWAY = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
try:
    print(db.execute("PRAGMA journal_mode=DELETE").fetchone()[0])
except sqlite3.OperationalError as error:
    print(error)
"""


def take_away(path):
    """Another program that wants the database for itself: what it was told."""
    done = subprocess.run(
        [sys.executable, "-c", TAKE_AWAY, str(path)], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout.strip()


def open_files():
    return len([*Path("/proc/self/fd").iterdir()])


def test_bringing_a_database_to_the_disk_leaves_the_locks_of_those_who_have_it_open(tmp_path):
    path = tmp_path / "overlay.db"
    disk = Disk(path)
    with contextlib.closing(connect(path)) as db:
        db.execute("CREATE TABLE t (n)")
        disk.sync()
        disk.sync()
        assert take_away(path) == "database is locked"
        db.execute("INSERT INTO t VALUES (1)")
    disk.close()
    assert take_away(path) == "delete"


def test_a_database_that_has_taken_the_place_of_another_is_the_one_that_is_brought_to_the_disk(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr("overlay.store.disk.os.fsync", lambda number: synced.append(os.fstat(number).st_ino))
    path = tmp_path / "overlay.db"
    disk = Disk(path)
    sqlite3.connect(path).close()
    path.write_bytes(b"one")
    disk.sync()
    other = tmp_path / "other.db"
    other.write_bytes(b"another")
    other.replace(path)
    disk.sync()
    disk.sync()
    assert len(set(synced)) == 2
    assert synced[1:] == [path.stat().st_ino] * 2
    held = open_files()
    disk.close()
    assert held - open_files() == 2
