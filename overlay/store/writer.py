"""The one thread that writes: a commit of each tick, settings in between, and patience while the disk is in trouble.

While something cannot be written, changes wait in order, whoever waits for them is let go, and the thread tries again
and again. It knows no table but `meta`, where the number of the last commit stands: after an error during a commit,
that number tells whether it had happened.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import secrets
import sqlite3
import threading
import time
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Final, TypeVar

from overlay.store.books import Books
from overlay.store.db import CannotWrite, Damaged, check, connect, explain, is_damage, is_trouble, make_private_file
from overlay.store.migrations import migrate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from overlay.core.keeping import Change
    from overlay.store.waiting import Waiting

T = TypeVar("T")
FIRST_WAIT_S: Final = 0.25
LONGEST_WAIT_S: Final = 5.0
CHECK_BYTES: Final = 64 << 20
"""Up to this size a database is read whole before it is used; a larger one when it is copied."""

CLOSE_S: Final = 1.5
"""How long closing may go on trying: the program has two seconds to end."""

META: Final = "SELECT name, body FROM meta"
META_SET: Final = "INSERT INTO meta (name, body) VALUES (?, ?) ON CONFLICT DO UPDATE SET body=excluded.body"
TICK_SET: Final = "UPDATE meta SET body=? WHERE name='tick'"

_log = logging.getLogger(__name__)

Job = tuple["Callable[[sqlite3.Connection], Any] | None", "Sequence[Change]", "Future[Any]"]


class Writer(threading.Thread):
    """Owns the writing connection from `start` until `stop`."""

    def __init__(
        self,
        path: Path,
        waiting: Waiting,
        *,
        before_migration: Callable[[int], None],
        heal: Callable[[], str],
        on_well: Callable[[], None],
    ) -> None:
        """`heal` puts a sound database in the place of a damaged one, and says so in a sentence."""
        super().__init__(name="store-writer", daemon=True)
        self.trouble: str | None = None
        self.notices: list[str] = []
        self.books = Books()
        self._path = path
        self._waiting = waiting
        self._before_migration = before_migration
        self._heal = heal
        self._on_well = on_well
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._db: sqlite3.Connection | None = None
        self._tick = 0
        self._run = ""
        self._pending: tuple[int, int] | None = None  # a commit that may or may not have happened: number, changes
        self._wait_s = FIRST_WAIT_S
        self._retry_at = 0.0

    # --- called from other threads ---

    @property
    def safe(self) -> bool:
        """Whether everything that was handed over is in the database."""
        return self.trouble is None and not len(self._waiting)

    @property
    def backlog(self) -> int:
        """How many facts wait."""
        return self._waiting.facts

    def commit(self, changes: Sequence[Change]) -> Future[None]:
        """Hand over one tick. Done when it is in the database, or when it has to wait."""
        future: Future[None] = Future()
        self._jobs.put((None, changes, future))
        return future

    def work(self, job: Callable[[sqlite3.Connection], T]) -> Future[T]:
        """Run a piece of work in one transaction of its own."""
        future: Future[T] = Future()
        self._jobs.put((job, (), future))
        return future

    def stop(self) -> None:
        """Write what can be written, park the rest, close."""
        self._jobs.put(None)
        self.join()

    # --- the thread ---

    def open(self) -> None:
        """Open now, in the thread of the caller, before `start`; an error is the caller's."""
        make_private_file(self._path)
        self._db = connect(self._path)
        try:
            wrong = check(self._db) if self._path.stat().st_size <= CHECK_BYTES else None
            if wrong is not None:
                raise Damaged(wrong)
            migrate(self._db, self._before_migration)
            self._read_meta(first=True)
        except BaseException:
            self._disconnect()
            raise

    def open_later(self, error: BaseException, run: str) -> None:
        """Nothing can be written yet: everything waits from the beginning. `run` is the name that can be read there."""
        self._run = run
        self._unwell(error)

    def run(self) -> None:
        """Until `stop`."""
        while True:
            try:
                job = self._jobs.get(timeout=self._patience())
            except queue.Empty:
                self.catch_up()
                continue
            if job is None:
                break
            self._do(job)
        self._finish()

    def _patience(self) -> float | None:
        if self.safe:
            return None
        return max(0.0, self._retry_at - time.monotonic())

    def _do(self, job: Job) -> None:
        work, changes, future = job
        try:
            if work is not None:
                future.set_result(self._work(work))
                return
            self._take(changes)
            future.set_result(None)
        except Exception as error:  # noqa: BLE001  whoever waits gets it; the thread goes on
            future.set_exception(error)

    def _take(self, changes: Sequence[Change]) -> None:
        if not self.safe:
            self._put_off(changes)
            if time.monotonic() >= self._retry_at:
                self.catch_up()
            return
        try:
            self._write(changes)
        except Exception as error:
            if is_trouble(error):
                self._unwell(error)
                self._put_off(changes)
                return
            self._write_singly(changes)

    def _put_off(self, changes: Sequence[Change]) -> None:
        for change in changes:
            self._waiting.add(change, self._run)

    def _write(self, changes: Sequence[Change], spilled_to: str | None = None) -> None:
        """One transaction with the number after the last one."""
        db, tick = self._connection(), self._tick + 1
        try:
            db.execute("BEGIN IMMEDIATE")
            self.books.enter(db, changes, tick)
            db.execute(TICK_SET, (tick,))
            if spilled_to is not None:
                db.execute(META_SET, ("spilled_to", spilled_to))
            self._pending = (tick, len(changes))
            db.execute("COMMIT")
        except BaseException:
            self.books.forget()
            _rollback(db)
            raise
        self._tick, self._pending = tick, None

    def _write_singly(self, changes: Sequence[Change]) -> None:
        """A bug in what one room hands over must not take the other rooms' counts with it: let it out afterwards."""
        bugs: list[Exception] = []
        for place, change in enumerate(changes):
            try:
                self._write([change])
            except Exception as error:
                if is_trouble(error):
                    self._unwell(error)
                    self._put_off(changes[place:])
                    break
                _log.exception("creator=%s a change cannot be written", change.creator)
                bugs.append(error)
        if bugs:
            raise bugs[0]

    def _work(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            db = self._connection()
            db.execute("BEGIN IMMEDIATE")
            try:
                result = work(db)
                if db.in_transaction:
                    db.execute("COMMIT")
            except BaseException:
                _rollback(db)
                raise
        except Exception as error:
            if not is_trouble(error):
                raise
            self._unwell(error)
            raise CannotWrite(explain(error, self._path.parent)) from error
        return result

    # --- trouble ---

    def _unwell(self, error: BaseException) -> None:
        sentence = explain(error, self._path.parent)
        if self.trouble is None:
            self._wait_s = FIRST_WAIT_S
            _log.error("%s (%s)", sentence, error)
        else:
            self._wait_s = min(LONGEST_WAIT_S, self._wait_s * 2)
        self.trouble = sentence
        self._retry_at = time.monotonic() + self._wait_s
        self._disconnect()
        if is_damage(error):
            self._replace()

    def _replace(self) -> None:
        """The file is damaged: another one takes its place, and what waits goes there."""
        try:
            self.notices.append(self._heal())
        except (sqlite3.Error, OSError) as error:
            _log.error("the damaged database could not be replaced: %s", error)  # noqa: TRY400  a sentence is enough
        self._pending = None
        self._retry_at = 0.0

    def catch_up(self) -> None:
        """Try again: a part of what waits, so that new ticks need not wait for all of it."""
        try:
            self._connection()
            self._settle()
            if len(self._waiting):
                self._write_old()
            self._retry_at = 0.0
        except Exception as error:
            if not is_trouble(error):
                raise
            self._unwell(error)
            return
        if self.trouble is not None and not len(self._waiting):
            _log.info("the database in %s can be written again; nothing was lost", self._path.parent)
            self.trouble = None
            self._wait_s = FIRST_WAIT_S
            self._on_well()

    def _settle(self) -> None:
        """A commit that ended in an error has happened after all if its number stands in the database."""
        pending, self._pending = self._pending, None
        if pending is not None and pending[0] == self._tick:
            self._waiting.first(changes=pending[1])
            self._waiting.done()

    def _write_old(self) -> None:
        batch = self._waiting.first()
        try:
            self._write(batch, self._waiting.spilled_to)
            self._waiting.done()
        except Exception as error:
            if is_trouble(error):
                raise
            for _ in batch:  # one of them is beyond writing: the others are not
                self._write_oldest()

    def _write_oldest(self) -> None:
        change = self._waiting.first(changes=1)
        try:
            self._write(change, self._waiting.spilled_to)
        except Exception as error:
            if is_trouble(error):
                raise
            _log.exception("creator=%s a change that waited cannot be written", change[0].creator)
        self._waiting.done()

    # --- the connection ---

    def _connection(self) -> sqlite3.Connection:
        if self._db is None:
            make_private_file(self._path)
            self._db = connect(self._path)
            migrate(self._db, self._before_migration)
            self._read_meta(first=False)
        return self._db

    def _read_meta(self, *, first: bool) -> None:
        """The number of the last commit, and the name of the run by which a file of waiting changes knows if it fits."""
        assert self._db is not None  # noqa: S101
        meta = dict(self._db.execute(META).fetchall())
        self._tick = int(meta["tick"])
        self.books.forget()
        known = str(meta["run"])
        if first and self._waiting.adopt(known, str(meta.get("spilled_to") or "")):
            self._run = known
        elif first:
            self._run = secrets.token_hex(8)
        self._run = self._run or known
        if self._run != known:
            self._db.execute(META_SET, ("run", self._run))

    def _disconnect(self) -> None:
        db, self._db = self._db, None
        self.books.forget()
        if db is not None:
            with contextlib.suppress(sqlite3.Error):
                db.close()

    def _finish(self) -> None:
        """The last: whatever waits is written or parked."""
        ends = time.monotonic() + CLOSE_S
        while len(self._waiting) and time.monotonic() < ends and not (self.trouble and self._wait_s > FIRST_WAIT_S):
            self.catch_up()
            if self.trouble:
                time.sleep(min(0.05, max(0.0, ends - time.monotonic())))
        parked = self._waiting.park(self._run)
        if parked is not None:
            _log.error("%d facts could not be saved; they wait in %s for the next start", self.backlog, parked)
        self._disconnect()


def _rollback(db: sqlite3.Connection) -> None:
    with contextlib.suppress(sqlite3.Error):
        if db.in_transaction:
            db.execute("ROLLBACK")
