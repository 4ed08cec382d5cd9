"""The parts of the store that are rarely called: past streams, forgetting, recordings, backups, export and import.

None of it stands in the way of a tick.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from overlay.store import archive, backups, bundle, privacy, recordings, settings, streams
from overlay.store.base import Base, now_ms
from overlay.store.db import CannotWrite, connect
from overlay.store.waiting import spill_folder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from overlay.store.bundle import Checked
    from overlay.store.privacy import Forgotten
    from overlay.store.recordings import Recording, RecordingWriter
    from overlay.store.scrub import About

HOUSEKEEPING_S: Final = 6 * 3_600


class PastPart(Base):
    """What concerns the past."""

    _housekeeper: asyncio.Task[None] | None = None

    # --- past streams ---

    async def streams(self, creator: str, *, most: int = 200, before_ms: int | None = None) -> list[dict[str, Any]]:
        """A creator's streams with their totals, newest first."""
        return await self._counted(creator, streams.streams, creator, most=most, before_ms=before_ms)

    async def stream(self, identity: str) -> dict[str, Any] | None:
        """What happened in one stream, by our id or TikTok's room id; None if there is none."""
        return await self._counted(None, streams.stream, identity)

    async def stream_csv(self, identity: str) -> str | None:
        """The same as a sheet."""
        return await self._counted(None, streams.stream_csv, identity)

    # --- forgetting ---

    async def forget(self, creator: str, key: str) -> Forgotten:
        """Take a person's name, handle and picture out of everything. Sums stay, under a number.

        The room must have forgotten them before, else it says their name again with the next change.
        """
        numbers = await self._counted(creator, privacy.numbers, creator, key)
        about = await self._do(privacy.blank, creator, key)
        if about is None:
            return privacy.Forgotten()
        after, done = 0, False
        while not done:
            found, after, done = await self._read(privacy.scan, creator, numbers, about, after)
            for part in range(0, len(found), privacy.BATCH):
                await self._do(privacy.rewrite, found[part : part + privacy.BATCH])
        await self._do(privacy.rewrite_rest, creator, about)
        await self._do(self._forget_ids)
        await self._enter(None)  # ticks of before, in which the name stands, are dropped with that
        await self._readers.aside(lambda: self._forget_copies(creator, about))
        avatars = [word for word in about.words if word.startswith("https://")]
        return privacy.Forgotten(keys=about.keys, avatars=avatars, names=sorted(about.words - set(avatars)))

    def _forget_ids(self, _: sqlite3.Connection) -> None:
        self._writer.pen.books.forget()

    def _forget_copies(self, creator: str, about: About) -> None:
        """The log, the backups and the recordings remember too, and what was once set aside."""
        self._empty_log()
        for path in spill_folder(self.folder).glob("*.aside"):
            path.unlink(missing_ok=True)
        recordings.scrub(self.folder / "recordings", creator, about)
        backups.renew(self.path)

    def _empty_log(self) -> None:
        with contextlib.suppress(sqlite3.Error), contextlib.closing(connect(self.path, wait_ms=3_000)) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    async def prune(self, now_ms: int) -> None:
        """Let go of facts of people older than their creator keeps them, and of creators long deleted."""
        await self._enter(None)
        for room, days in (await self._read(privacy.keepers)).items():
            before_ms = now_ms - days * privacy.DAY_MS
            more = True
            while more:
                more = await self._do(privacy.drop_old, room, before_ms)
            await self._do(privacy.drop_old_rest, room, before_ms)
        for creator in await self._read(privacy.deleted, now_ms):
            more = True
            while more:
                more = await self._do(privacy.drop_creator, creator)
        await self._do(self._forget_ids)

    async def _keep_house(self) -> None:
        """Every few hours: what is too old goes."""
        while True:
            await asyncio.sleep(HOUSEKEEPING_S)
            with contextlib.suppress(CannotWrite):
                await self.prune(now_ms())
            await self.trim_recordings()

    # --- recordings ---

    def record(self, creator: str, stream: str, now_ms: int) -> RecordingWriter:
        """Begin a recording. `append` never waits; close it with `end_recording`."""
        return recordings.begin(self.folder / "recordings", creator, stream, now_ms)

    async def end_recording(self, writer: RecordingWriter) -> None:
        """Write what is left of it."""
        await asyncio.to_thread(writer.close)

    async def recordings(self, creator: str | None = None) -> list[Recording]:
        """What was recorded, newest first."""
        return await self._readers.aside(lambda: recordings.listed(self.folder / "recordings", creator))

    async def recording_path(self, identity: str) -> Path:
        """The file of a recording."""
        return await self._readers.aside(lambda: recordings.path_of(self.folder / "recordings", identity))

    async def recording_lines(self, identity: str) -> AsyncIterator[bytes]:
        """Its lines, unpacked as they are asked for."""
        lines = recordings.lines(await self.recording_path(identity))
        while block := await self._readers.aside(lambda: recordings.block(lines)):
            for line in block:
                yield line

    async def drop_recording(self, identity: str) -> None:
        """Throw a recording away."""
        path = await self.recording_path(identity)
        await self._readers.aside(lambda: path.unlink(missing_ok=True))

    async def trim_recordings(self) -> list[str]:
        """Drop those beyond the age and the size that are kept (settings may say); which ones went."""
        days = await self._read(settings.get, "recordings_days", recordings.DAYS)
        most = await self._read(settings.get, "recordings_bytes", recordings.ALL_BYTES)
        return await self._readers.aside(lambda: recordings.trim(self.folder / "recordings", now_ms(), days, most))

    # --- the whole folder ---

    async def backup(self, target: Path) -> None:
        """The whole data folder as one file, while everything goes on."""
        await self._readers.aside(lambda: archive.backup(self.folder, target))

    async def restore(
        self,
        source: Path,
        check: Callable[[dict[str, str]], None] | None = None,
        before: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Put a backup in the place of everything. All or nothing: a damaged file is refused and changes nothing.

        `check(secrets)` refuses what only others know to be wrong; `before` is awaited when the file has been found
        good. Afterwards all rooms must be loaded anew: nothing they hold is true any more.
        """
        await self._readers.aside(lambda: archive.unpack(self.folder, source, check))
        if before is not None:
            try:
                await before()
            except BaseException:
                await asyncio.to_thread(archive.finish, self.folder)  # nothing is ready: it is thrown away
                raise
        await asyncio.to_thread(self._change_over)

    def _change_over(self) -> None:
        self._pulse.stop()
        self._writer.stop()
        self._readers.close()
        self._pulse.let_go()
        try:
            archive.change_over(self.folder)
        finally:
            self._begin()
            self._open_now()

    # --- export and import ---

    async def export(self, *, with_secrets: bool = False) -> dict[str, Any]:
        """Every creator, widget and user theme."""
        themes = self.folder / "themes"
        return await self._read(bundle.export, themes, with_secrets=with_secrets, now_ms=now_ms())

    async def import_(self, document: object, check: Callable[[Checked], None] | None = None) -> dict[str, int]:
        """Bring an export in, all or nothing; what is at fault is named by its field.

        `check(found)` refuses what only others know to be wrong, and may put values into their right form.
        """

        def read() -> Checked:
            found = bundle.read(document)
            if check is not None:
                check(found)
            return found

        checked = await self._readers.aside(read)
        themes = self.folder / "themes"
        try:
            brought = await self._set(bundle.write, checked, themes, now_ms())
        except CannotWrite:
            await self._read(bundle.tidy, themes)
            raise
        await self._read(bundle.tidy, themes)
        return brought
