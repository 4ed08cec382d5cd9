"""One server to a data folder: a lock that the operating system drops when the process is gone, however it ends.

It never touches what is in the folder.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
from typing import TYPE_CHECKING, Final

from overlay.store.db import FolderInUse

if TYPE_CHECKING:
    from pathlib import Path

NAME: Final = "overlay.lock"
WAIT_S: Final = 3.0
"""A server that is just ending is waited for."""

TAKEN: Final = {errno.EAGAIN, errno.EACCES, errno.EDEADLK}


class FolderLock:
    """Held from `take` until `drop`."""

    def __init__(self, folder: Path) -> None:
        """Not taken yet."""
        self._path = folder / NAME
        self._number: int | None = None

    def take(self) -> None:
        """Take it, or say that somebody else has it. A disk that knows no locks does without."""
        if self._number is not None:
            return
        ends = time.monotonic() + WAIT_S
        number = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        while True:
            try:
                _lock(number)
                break
            except OSError as error:
                if error.errno not in TAKEN:
                    break
                if time.monotonic() > ends:
                    os.close(number)
                    raise FolderInUse(f"Another overlay server is using {self._path.parent}: end it first.") from None
                time.sleep(0.05)
        self._number = number

    def drop(self) -> None:
        """Let go of it."""
        number, self._number = self._number, None
        if number is not None:
            with contextlib.suppress(OSError):
                os.close(number)


if sys.platform == "win32":
    import msvcrt

    def _lock(number: int) -> None:
        msvcrt.locking(number, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(number: int) -> None:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
