"""What all parts of the store stand on: the folder, the writing thread, the reading threads, and what is wrong.

It knows no table. `Store` in `store.py` is made of this and of the parts.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, Final, ParamSpec, TypeVar

from overlay.store import archive, backups, bundle, privacy
from overlay.store.db import NAME, CannotWrite, Damaged, check_file, is_damage, is_trouble, make_private
from overlay.store.lock import FolderLock
from overlay.store.pen import Pen
from overlay.store.pulse import Pulse
from overlay.store.readers import Readers
from overlay.store.standin import stand_in
from overlay.store.waiting import Waiting, spill_folder
from overlay.store.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")

FOLDERS: Final = ("backups", "pictures", "recordings", "themes", "sounds")
"""Beside the database: what other parts keep there, and the backups."""

CATCH_UP_S: Final = 60.0
"""How long a start may take to write what an earlier run could not."""


def now_ms() -> int:
    """The wall clock."""
    return time.time_ns() // 1_000_000


class Base:
    """The inside of a store."""

    def __init__(self, folder: Path) -> None:
        """Not open yet."""
        self.folder = folder
        self.path = folder / NAME
        self._lock = FolderLock(folder)
        self._stand_in: Path | None = None
        self._healed = 0
        self._begin()

    def _begin(self) -> None:
        """New threads, at the start and after a restore."""
        self._readers = Readers(self.path)
        pen = Pen(self.path, self._before_migration)
        waiting = Waiting(spill_folder(self.folder))
        self._writer = Writer(pen, waiting, heal=self._heal, on_well=self._well)
        self._pulse = Pulse(
            self.path,
            is_safe=lambda: self._writer.safe,
            on_damage=lambda: self._look_at_damage(self._healed),
            finish=self._writer.work_in_log,
        )

    # --- how it is ---

    @property
    def safe(self) -> bool:
        """Whether everything that was committed is in the database."""
        return self._writer.safe

    @property
    def backlog(self) -> int:
        """How many facts are shown and not saved yet."""
        return self._writer.backlog

    @property
    def problems(self) -> list[str]:
        """What is wrong or was put right, each in a sentence for the owner."""
        now = (self._writer.trouble, self._pulse.trouble)
        return [*(sentence for sentence in now if sentence), *self._writer.notices]

    @property
    def healed(self) -> int:
        """How often a damaged database was replaced: each time rooms may hold more than it does."""
        return self._healed

    def dismiss(self) -> None:
        """The owner has read what was put right."""
        self._writer.notices.clear()

    # --- reading and writing ---

    async def _read(
        self,
        read: Callable[Concatenate[sqlite3.Connection, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Read; a file that turns out to be damaged is replaced, and read again."""
        healed = self._healed
        try:
            return await self._readers.run(read, *args, **kwargs)
        except Damaged:
            await self._readers.aside(lambda: self._look_at_damage(healed))
            return await self._readers.run(read, *args, **kwargs)

    async def _counted(
        self,
        creator: str | None,
        read: Callable[Concatenate[sqlite3.Connection, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Read what a room (None: any room) has counted: all that is committed is entered first."""
        await self._enter(creator)
        return await self._read(read, *args, **kwargs)

    async def _enter(self, creator: str | None) -> None:
        """Have entered what this room (None: any) has committed until now; a room at a time, ticks in between."""
        for room in self._writer.waiting_rooms(None if creator is None else [creator]):
            await asyncio.wrap_future(self._writer.enter(room))

    async def _do(
        self,
        write: Callable[Concatenate[sqlite3.Connection, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Write in the writer's thread: one transaction, done when it returns."""
        self._pulse.touched()
        return await asyncio.wrap_future(self._writer.work(lambda db: write(db, *args, **kwargs)))

    async def _set(
        self,
        write: Callable[Concatenate[sqlite3.Connection, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Write what the owner sets: copied soon, because nobody can count it again."""
        result = await self._do(write, *args, **kwargs)
        self._pulse.set()
        return result

    def _look_at_damage(self, healed: int) -> None:
        """Somebody met damage while reading, or in a copy: if the file itself is damaged, and still that very one."""
        wrong = check_file(self.path) if self._healed == healed else None
        if wrong is None:
            return

        def report(_: sqlite3.Connection) -> None:
            if self._healed == healed:
                raise Damaged(wrong)

        with contextlib.suppress(CannotWrite):
            self._writer.work(report).result()

    # --- opening and closing, in a thread ---

    def _open_now(self) -> None:
        """Open, heal, or at least find something to read from."""
        with contextlib.suppress(OSError):
            make_private(self.folder)
            self._lock.take()
            archive.finish(self.folder)
            make_private(self.folder, *FOLDERS)
        try:
            self._open_writer()
        except BaseException:
            self._lock.drop()
            raise
        self._writer.start()
        self._pulse.start()

    def _open_writer(self) -> None:
        try:
            if backups.is_lost(self.path):
                self._writer.notices.append(self._heal())
            try:
                self._writer.open()
            except sqlite3.DatabaseError as error:
                if not is_damage(error):
                    raise
                self._writer.notices.append(self._heal())
                self._writer.open()
        except (sqlite3.Error, OSError) as error:
            if not is_trouble(error):
                raise
            self._open_without(error)
        else:
            self._catch_up()
            self._writer.enter_all()
            self._writer.at_rest(self._tidy)

    def _tidy(self, db: sqlite3.Connection) -> None:
        """What must be done before anybody reads: keys that are names, and the rest of a broken-off import."""
        privacy.drop_old_keys(db, now_ms())
        bundle.tidy(db, self.folder / "themes")

    def _open_without(self, error: BaseException) -> None:
        """Nothing can be written: read from what there is, and let everything wait."""
        path, run, copied = stand_in(self.path, error)
        self._stand_in = path.parent if copied else None
        self._readers.turn_to(path)
        self._writer.open_later(error, run)

    def _catch_up(self) -> None:
        """What an earlier run could not write comes first, before any room is loaded."""
        ends = time.monotonic() + CATCH_UP_S
        while self._writer.backlog and not self._writer.trouble and time.monotonic() < ends:
            self._writer.catch_up()

    def _close_now(self) -> None:
        self._pulse.stop()
        self._writer.stop()
        self._readers.close()
        self._pulse.let_go()
        self._pulse.last_copies()
        self._drop_stand_in()
        self._lock.drop()

    # --- what the threads ask for ---

    def _before_migration(self, old: int) -> None:
        target = self.folder / "backups" / f"before-version-{old + 1}-{backups.stamp()}.db"
        backups.copy_to(self.path, target)

    def _heal(self) -> str:
        self._readers.turn_to(self.path)
        told = backups.heal(self.path)
        self._healed += 1
        return told

    def _well(self) -> None:
        """The database can be written (again): it is also what is read."""
        if self._stand_in is not None:
            self._readers.turn_to(self.path)
            self._drop_stand_in()

    def _drop_stand_in(self) -> None:
        folder, self._stand_in = self._stand_in, None
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
