"""What the store does by itself, once a second and once a day, beside the writer and without keeping it.

Once a second the log reaches the disk, so that a power cut takes at most the last second, and a long log is worked
into the database. After a change of settings they are copied; once a day everything is. It never writes rows.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import threading
import time
from typing import TYPE_CHECKING, Final

from overlay.modesty import be_modest
from overlay.store import backups
from overlay.store.db import Damaged, connect
from overlay.store.disk import Disk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LONG_LOG: Final = 4 << 20
ROUNDS: Final = 2
"""What is left for the writer took it 34 ms after none of these, 6 after one, 3 after two."""
SETTLE_S: Final = 2.0
AGAIN_S: Final = 20.0
"""So long after a copy of settings that failed it is tried again."""
HOUR_S: Final = 3_600.0

_log = logging.getLogger(__name__)


LARGE_S: Final = 600.0
"""A large database is not copied while everything else starts."""


def _patience(path: Path) -> float:
    with contextlib.suppress(OSError):
        return LARGE_S if path.stat().st_size > backups.QUICK_BYTES else 0.0
    return 0.0


class Pulse(threading.Thread):
    """Runs from `start` until `stop`."""

    def __init__(
        self, path: Path, is_safe: Callable[[], bool], on_damage: Callable[[], None], finish: Callable[[], object]
    ) -> None:
        """While the store is not safe nothing is copied: a backup of less is worse than an older one of more.

        `finish` asks the writer to work in what has been added to the log meanwhile.
        """
        super().__init__(name="store-pulse", daemon=True)
        self.trouble: str | None = None
        self._path = path
        self._log_path = path.with_name(path.name + "-wal")
        self._disk = Disk(path)
        self._is_safe = is_safe
        self._on_damage = on_damage
        self._finish = finish
        self._ending = threading.Event()
        self._dirty = False
        self._settings_at: float | None = None
        self._daily_at = time.monotonic() + _patience(path)
        self._copying = threading.Lock()
        self._changed_since_copy = False

    def touched(self) -> None:
        """Something was committed."""
        self._dirty = self._changed_since_copy = True

    def set(self) -> None:
        """The owner has set something."""
        self._settings_at = time.monotonic() + SETTLE_S
        self.touched()

    def stop(self) -> None:
        """End, after what is being copied."""
        self._ending.set()
        if self.is_alive():
            self.join()

    def let_go(self) -> None:
        """Nobody else has the database open any more."""
        self._disk.close()

    def last_copies(self) -> None:
        """At the very end: what has changed since the last copies."""
        if not self._is_safe():
            return
        with contextlib.suppress(OSError, sqlite3.Error):
            if self._settings_at is not None:
                backups.settings(self._path)
            if self._changed_since_copy:
                backups.at_end(self._path)

    def run(self) -> None:
        """Until `stop`."""
        be_modest()
        while not self._ending.wait(1.0):
            if self._dirty:
                self._dirty = False
                self._sync()
            if self._is_safe():
                self._copy()

    def _sync(self) -> None:
        """Bring the log to the disk. It carries no locks, so opening and closing it here harms none."""
        with contextlib.suppress(OSError):
            number = os.open(self._log_path, os.O_RDWR)
            try:
                os.fsync(number)
                size = os.fstat(number).st_size
            finally:
                os.close(number)
            if size > LONG_LOG:
                self._checkpoint()

    def _checkpoint(self) -> None:
        """Nearly all of the log here, however long the disk takes; the writer, for whom overlays wait, only the rest.

        Without that the log never ends while commits come close together: it begins anew only when nothing is left.
        SQLite brings a database to the disk where the log ends, which is in the writer: so it is brought there before,
        and what was committed meanwhile too.
        """
        with contextlib.suppress(sqlite3.Error, OSError), contextlib.closing(connect(self._path)) as db:
            for _ in range(ROUNDS):
                db.execute("PRAGMA wal_checkpoint(PASSIVE)")
                self._disk.sync()
            self._finish()

    def _copy(self) -> None:
        now = time.monotonic()
        try:
            if self._settings_at is not None and now >= self._settings_at:
                again_at = self._settings_at = now + AGAIN_S
                backups.settings(self._path)
                if self._settings_at == again_at:  # else something was set meanwhile
                    self._settings_at = None
            if now >= self._daily_at:
                self._daily_at = now + HOUR_S
                self._copy_of_the_day()
            self.trouble = None
        except Damaged:
            self._on_damage()
        except (OSError, sqlite3.Error) as error:
            self.trouble = f"The daily backup failed: {error}."
            _log.error("the backup failed: %s", error)

    def _copy_of_the_day(self) -> None:
        # marked before it begins: what is committed while it is made may not be in it
        changed, self._changed_since_copy = self._changed_since_copy, False
        made = None
        try:
            made = backups.daily(self._path, time.time())
        finally:
            if changed and made is None:
                self._changed_since_copy = True
