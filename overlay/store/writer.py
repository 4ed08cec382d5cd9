"""The one thread that writes: a commit of each tick, settings in between, and patience while the disk is in trouble.

Between ticks it enters into the tables what rooms have committed some seconds ago, a room at a time (`draft.py`). While
something cannot be written, changes wait in order, whoever waits for them is let go, and the thread tries again and
again. It knows no SQL at all. It is longer than others, because trouble can come in the midst of each of these.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from overlay.store.db import CannotWrite, explain, is_damage, is_trouble

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from overlay.core.keeping import Change
    from overlay.store.pen import Pen
    from overlay.store.waiting import Waiting

T = TypeVar("T")
FIRST_WAIT_S: Final = 0.25
LONGEST_WAIT_S: Final = 5.0
CLOSE_S: Final = 1.0
"""How long closing may go on trying: the program has two seconds to end."""

_log = logging.getLogger(__name__)


class Job(NamedTuple):
    """What is to be done next, and who waits for it. A commit is done even when nobody waits for it any more."""

    do: Callable[[], Any]
    future: Future[Any]
    always: bool = False


class Writer(threading.Thread):
    """Owns the pen from `start` until `stop`."""

    def __init__(self, pen: Pen, waiting: Waiting, *, heal: Callable[[], str], on_well: Callable[[], None]) -> None:
        """`heal` puts a sound database in the place of a damaged one, and says so in a sentence."""
        super().__init__(name="store-writer", daemon=True)
        self.trouble: str | None = None
        self.notices: list[str] = []
        self.pen = pen
        self._waiting = waiting
        self._heal = heal
        self._on_well = on_well
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._wait_s = FIRST_WAIT_S
        self._retry_at = 0.0
        self._ended = False

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
        self._hand_over(Job(lambda: self._take(changes), future, always=True))
        return future

    def work(self, job: Callable[[sqlite3.Connection], T]) -> Future[T]:
        """Run a piece of work in one transaction of its own."""
        future: Future[T] = Future()
        self._hand_over(Job(lambda: self._work(job), future))
        return future

    def work_in_log(self) -> None:
        """Work the log into the database between two ticks; while there is trouble that is left out."""
        self._hand_over(Job(self._work_in_log, Future()))

    def waiting_rooms(self, creators: Iterable[str] | None = None) -> list[str]:
        """Which of these rooms (of all) have committed what is not in the tables yet."""
        return self.pen.draft.waiting(creators)

    def enter(self, creator: str) -> Future[None]:
        """Put what a room has committed into the tables; while there is trouble that is left out."""
        future: Future[None] = Future()
        self._hand_over(Job(lambda: self._enter(creator), future))
        return future

    def _hand_over(self, job: Job) -> None:
        self._jobs.put(job)
        if self._ended:
            self._turn_away()

    def stop(self) -> None:
        """Write what can be written, park the rest, close."""
        self._jobs.put(None)
        self.join()

    # --- before the thread is started ---

    def open(self) -> None:
        """Open in the thread of the caller, whose is any error."""
        self.pen.open(self._waiting.adopt)

    def at_rest(self, work: Callable[[sqlite3.Connection], None]) -> None:
        """Run a piece of work in the thread of the caller; trouble is for later."""
        with contextlib.suppress(CannotWrite):
            self._work(work)

    def enter_all(self) -> None:
        """What a killed program has left, in the thread of the caller; trouble is for later."""
        for room in self.waiting_rooms():
            self._enter(room)

    def open_later(self, error: BaseException, run: str) -> None:
        """Nothing can be written yet: everything waits from the beginning. `run` is the name that can be read there."""
        self.pen.run = run
        self._unwell(error)

    # --- the thread ---

    def run(self) -> None:
        """Until `stop`."""
        while True:
            try:
                job = self._jobs.get(timeout=self._patience())
            except queue.Empty:
                if not self.safe:
                    self.catch_up()
            else:
                if job is None:
                    break
                self._do(job)
            due = self.pen.draft.due(time.monotonic())
            if due is not None:
                self._enter(due)
        self._finish()

    def _patience(self) -> float | None:
        if self.safe:
            return self.pen.draft.due_s(time.monotonic())
        return max(0.0, self._retry_at - time.monotonic())

    def _do(self, job: Job) -> None:
        if not job.future.set_running_or_notify_cancel() and not job.always:
            return
        try:
            result = job.do()
        except Exception as error:  # noqa: BLE001  whoever waits gets it; the thread goes on
            _end(job.future, error=error)
        else:
            _end(job.future, result)

    def _take(self, changes: Sequence[Change]) -> None:
        if not self.safe:
            self._put_off(changes)
            if time.monotonic() >= self._retry_at:
                self.catch_up()
            return
        try:
            self.pen.write(changes)
        except Exception as error:  # noqa: BLE001  trouble waits, a bug is found among the rooms
            if is_trouble(error):
                self._unwell(error)
                self._put_off(changes)
            else:
                self._write_singly(changes)

    def _put_off(self, changes: Sequence[Change]) -> None:
        for change in changes:
            self._waiting.add(change, self.pen.run)

    def _write_singly(self, changes: Sequence[Change]) -> None:
        """A bug in what one room hands over must not take the other rooms' counts with it: let it out afterwards."""
        bugs: list[Exception] = []
        for place, change in enumerate(changes):
            try:
                self.pen.write([change])
            except Exception as error:  # noqa: BLE001  let out below
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
            return self.pen.work(work)
        except Exception as error:
            if not is_trouble(error):
                raise
            self._unwell(error)
            raise CannotWrite(explain(error, self.pen.path.parent)) from error

    def _enter(self, creator: str) -> None:
        """Put what a room has committed into the tables; where something of it has a bug, all the rest."""
        if not self.safe:
            return
        try:
            self.pen.enter(creator)
        except Exception as error:  # noqa: BLE001  trouble waits, a bug is left out
            if is_trouble(error):
                self._unwell(error)
            else:
                _log.exception("creator=%s what was committed cannot be entered", creator)
                self._enter_singly(creator)

    def _enter_singly(self, creator: str) -> None:
        try:
            for bug in self.pen.enter_singly(creator):
                _log.error("creator=%s a change is left out: %s", creator, bug)
        except Exception as error:
            if not is_trouble(error):
                raise
            self._unwell(error)

    def _work_in_log(self) -> None:
        if self.safe:
            with contextlib.suppress(sqlite3.Error):  # trouble with the disk shows itself at the next commit
                self.pen.work_in_log()

    # --- trouble ---

    def _unwell(self, error: BaseException) -> None:
        sentence = explain(error, self.pen.path.parent)
        if self.trouble is None:
            self._wait_s = FIRST_WAIT_S
            _log.error("%s (%s)", sentence, error)
        else:
            self._wait_s = min(LONGEST_WAIT_S, self._wait_s * 2)
        self.trouble = sentence
        self._retry_at = time.monotonic() + self._wait_s
        self.pen.drop()
        if is_damage(error):
            self._replace()

    def _replace(self) -> None:
        """The file is damaged: another one takes its place, and what waits goes there."""
        self.pen.doubt = None
        try:
            self.notices.append(self._heal())
        except (sqlite3.Error, OSError) as error:
            _log.error("the damaged database could not be replaced: %s", error)
            return
        self._retry_at = 0.0

    def catch_up(self) -> None:
        """Try again: a part of what waits, so that new ticks need not wait for all of it."""
        try:
            self.pen.connection()
            written = self.pen.settled()
            if written:
                self._waiting.first(changes=written)
                self._waiting.done()
            if len(self._waiting):
                self._write_old()
            self._retry_at = 0.0
        except Exception as error:
            if not is_trouble(error):
                raise
            self._unwell(error)
            return
        if self.trouble is not None and not len(self._waiting):
            _log.info("the database in %s can be written again; nothing was lost", self.pen.path.parent)
            self.trouble = None
            self._wait_s = FIRST_WAIT_S
            self._on_well()

    def _write_old(self) -> None:
        batch = self._waiting.first()
        try:
            self.pen.write(batch, self._waiting.spilled_to)
        except Exception as error:
            if is_trouble(error):
                raise
            for _ in batch:  # one of them is beyond writing: the others are not
                self._write_oldest()
        else:
            self._waiting.done()

    def _write_oldest(self) -> None:
        change = self._waiting.first(changes=1)
        try:
            self.pen.write(change, self._waiting.spilled_to)
        except Exception as error:
            if is_trouble(error):
                raise
            _log.exception("creator=%s a change that waited cannot be written", change[0].creator)
        self._waiting.done()

    def _finish(self) -> None:
        """The last: whatever waits is written or parked, and as much as can be is entered."""
        ends = time.monotonic() + CLOSE_S
        while len(self._waiting) and time.monotonic() < ends:
            self.catch_up()
            if self.trouble:
                break
        for room in self.waiting_rooms():
            if time.monotonic() < ends:
                self._enter(room)
        facts = self.backlog
        parked = self._waiting.park(self.pen.run)
        if parked is not None:
            _log.error("%d facts could not be saved; they wait in %s for the next start", facts, parked)
        self.pen.drop()
        self._ended = True
        self._turn_away()

    def _turn_away(self) -> None:
        """Nobody works here any more: whoever still comes is told, and does not wait for ever."""
        with contextlib.suppress(queue.Empty):
            while True:
                job = self._jobs.get_nowait()
                if job is not None:
                    _end(job.future, error=CannotWrite("The store is closed."))


def _end(future: Future[Any], result: Any = None, error: Exception | None = None) -> None:
    """Tell whoever waits, if anybody still does."""
    if future.cancelled():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(result)
