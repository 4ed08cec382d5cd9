"""The writing connection: one transaction at a time, each commit with a number.

After an error during a commit that number tells, on a new connection, whether it had happened. It neither waits nor
tries again: that is the writer's part. It knows no table but `meta`; what rooms hand over goes into the draft first.
"""

from __future__ import annotations

import contextlib
import secrets
import sqlite3
import time
from typing import TYPE_CHECKING, Final, TypeVar

from overlay.store.books import Books
from overlay.store.db import Damaged, check, connect, is_trouble, make_private_file
from overlay.store.draft import Draft
from overlay.store.migrations import migrate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from overlay.core.keeping import Change

T = TypeVar("T")
CHECK_BYTES: Final = 64 << 20
"""Up to this size a database is read whole before it is used; a larger one when it is copied."""

META: Final = "SELECT name, body FROM meta"
META_SET: Final = "INSERT INTO meta (name, body) VALUES (?, ?) ON CONFLICT DO UPDATE SET body=excluded.body"
TICK_SET: Final = "UPDATE meta SET body=? WHERE name='tick'"


class Pen:
    """Connects when it is needed; belongs to one thread at a time."""

    def __init__(self, path: Path, before_migration: Callable[[int], None]) -> None:
        """Not connected yet."""
        self.path = path
        self.books = Books()
        self.draft = Draft()
        self.run = ""  # this run's name in the database: a file of waiting changes belongs to it
        self.doubt: tuple[int, int] | None = None  # a commit that may have happened: its number, how many changes
        self._before_migration = before_migration
        self._db: sqlite3.Connection | None = None
        self._tick = 0

    def open(self, adopt: Callable[[str, str], int]) -> None:
        """The first connection of a run. `adopt` takes up what the run before could not write; how much that was."""
        db = self._connect()
        try:
            wrong = check(db) if self.path.stat().st_size <= CHECK_BYTES else None
            if wrong is not None:
                raise Damaged(wrong)  # noqa: TRY301  as if it had been met while reading
            meta = self._prepare(db)
            known = str(meta["run"])
            self.run = known if adopt(known, str(meta.get("spilled_to") or "")) else secrets.token_hex(8)
            self._name_run(db, known)
        except BaseException:
            db.close()
            raise
        self._db = db

    def connection(self) -> sqlite3.Connection:
        """Connected, anew if it has been dropped."""
        if self._db is None:
            db = self._connect()
            try:
                known = str(self._prepare(db)["run"])
                self.run = self.run or known
                self._name_run(db, known)
            except BaseException:
                db.close()
                raise
            self._db = db
        return self._db

    def drop(self) -> None:
        """Let go of the connection: after an error a new one knows best."""
        db, self._db = self._db, None
        self.books.forget()
        self.draft.forget()
        if db is not None:
            with contextlib.suppress(sqlite3.Error):
                db.close()

    def write(self, changes: Sequence[Change], spilled_to: str | None = None) -> None:
        """Commit these changes under the number after the last one, as they are; `enter` puts them into the tables."""
        db, tick = self.connection(), self._tick + 1
        try:
            db.execute("BEGIN IMMEDIATE")
            sizes = self.draft.put(db, tick, changes)
            db.execute(TICK_SET, (tick,))
            if spilled_to is not None:
                db.execute(META_SET, ("spilled_to", spilled_to))
            self.doubt = (tick, len(changes))
            db.execute("COMMIT")
        except BaseException:
            _rollback(db)
            raise
        self._tick, self.doubt = tick, None
        now_s = time.monotonic()
        for change, size in zip(changes, sizes, strict=True):
            self.draft.wait(tick, change, size, now_s)

    def enter(self, creator: str) -> None:
        """Put what a room has committed into the tables."""
        if self.draft.waiting([creator]):
            self._enter(creator, lambda db: self.books.enter(db, self.draft.changes(creator), self._tick))

    def enter_singly(self, creator: str) -> list[Exception]:
        """The same for a room of which something cannot be entered: all the rest of it, and what was wrong."""
        bugs: list[Exception] = []

        def each(db: sqlite3.Connection) -> None:
            for change in self.draft.singly(creator):
                db.execute("SAVEPOINT change")
                try:
                    self.books.enter(db, [change], self._tick)
                except Exception as error:
                    if is_trouble(error):
                        raise
                    db.execute("ROLLBACK TO change")
                    self.books.forget()
                    bugs.append(error)
                db.execute("RELEASE change")

        self._enter(creator, each)
        return bugs

    def _enter(self, creator: str, enter: Callable[[sqlite3.Connection], None]) -> None:
        db = self.connection()
        try:
            db.execute("BEGIN IMMEDIATE")
            enter(db)
            self.draft.mark(db, creator)
            db.execute("COMMIT")
        except BaseException:
            self.books.forget()
            _rollback(db)
            raise
        self.draft.done(creator)

    def work(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run a piece of work in a transaction of its own."""
        db = self.connection()
        db.execute("BEGIN IMMEDIATE")
        try:
            result = work(db)
            db.execute("COMMIT")
        except BaseException:
            _rollback(db)
            raise
        return result

    def work_in_log(self) -> None:
        """Work the log into the database, so that the next commit begins it anew. Cheap right after others did."""
        self.connection().execute("PRAGMA wal_checkpoint(PASSIVE)")

    def settled(self) -> int:
        """How many changes a commit of doubtful end has written after all; asked on a new connection."""
        doubt, self.doubt = self.doubt, None
        return doubt[1] if doubt is not None and doubt[0] == self._tick else 0

    def _connect(self) -> sqlite3.Connection:
        make_private_file(self.path)
        return connect(self.path)

    def _prepare(self, db: sqlite3.Connection) -> dict[str, object]:
        migrate(db, self._before_migration)
        meta: dict[str, object] = dict(db.execute(META).fetchall())
        self._tick = int(str(meta["tick"]))
        self.books.forget()
        self.draft.load(db, time.monotonic())
        return meta

    def _name_run(self, db: sqlite3.Connection, known: str) -> None:
        if self.run != known:
            db.execute(META_SET, ("run", self.run))


def _rollback(db: sqlite3.Connection) -> None:
    with contextlib.suppress(sqlite3.Error):
        if db.in_transaction:
            db.execute("ROLLBACK")
