"""Bringing a database to the disk beside those who have it open.

Where locks belong to a process, closing a file drops all locks that this process has on it, SQLite's too. So the file
is held open until nobody uses the database any more. It neither reads nor writes.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class Disk:
    """One database's file; another one may have taken its place since."""

    def __init__(self, path: Path) -> None:
        """Not open yet."""
        self._path = path
        self._held: dict[tuple[int, int], int] = {}  # which file -> its number here

    def sync(self) -> None:
        """Wait until all that was written to the file is on the disk."""
        found = os.stat(self._path)  # noqa: PTH116  as is asked of the open file below
        number = self._held.get((found.st_dev, found.st_ino))
        if number is None:
            number = os.open(self._path, os.O_RDWR)
            opened = os.fstat(number)
            self._held[opened.st_dev, opened.st_ino] = number
        os.fsync(number)
        if os.name != "posix":  # there an open file cannot be replaced, and locks belong to whoever took them
            self.close()

    def close(self) -> None:
        """Nobody uses the database any more."""
        for number in self._held.values():
            os.close(number)
        self._held.clear()
