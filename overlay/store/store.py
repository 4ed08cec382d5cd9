"""The store: everything that must outlast the process, behind calls that never block the loop.

The only part of the program that knows SQL. What is set is written before the call returns; what is counted is
committed once a tick, and waits in order when the disk is in trouble, without keeping anybody waiting.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from overlay.store import loading, settings
from overlay.store.base import Base, now_ms
from overlay.store.past import PastPart
from overlay.store.rows import CreatorRow, WidgetRow, WidgetVersion

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence

    from overlay.core.facts import Fact
    from overlay.core.keeping import Change, Kept


class Store(PastPart, Base):
    """One data folder."""

    @classmethod
    async def open(cls, folder: Path) -> Self:
        """Open a data folder, made if it is not there. A damaged database is replaced; `problems` says so."""
        store = cls(Path(folder))
        await asyncio.to_thread(store._open_now)
        store._housekeeper = asyncio.create_task(store._keep_house(), name="store-housekeeper")
        return store

    async def close(self) -> None:
        """Write what waits, or park it for the next start, and let go of the folder."""
        if self._housekeeper is not None:
            self._housekeeper.cancel()
            await asyncio.gather(self._housekeeper, return_exceptions=True)
        await asyncio.to_thread(self._close_now)

    # --- what counts ---

    async def commit(self, changes: Sequence[Change]) -> None:
        """All rooms' changes of one tick, in one transaction.

        Returns when they are in the database, or when they have to wait: then `safe` is false until they are.
        """
        self._pulse.touched()
        await asyncio.wrap_future(self._writer.commit([change for change in changes if change]))

    async def states(self, creator: str) -> dict[str, bytes]:
        """A room's small states alone: they say which periods `load` is to bring."""
        return await self._counted(creator, loading.states, creator)

    async def load(self, creator: str, periods: Iterable[str]) -> Kept:
        """All that a room is rebuilt from."""
        return await self._counted(creator, loading.load, creator, list(periods))

    async def seed(self, creator: str, since_ms: int) -> AsyncIterator[Fact]:
        """The stored facts that count, from a moment on, in order."""
        reading = loading.Reading(since_ms)
        await self._enter(creator)
        while reading.more:
            for fact in await self._read(loading.since, creator, reading):
                yield fact

    async def totals_since(self, creator: str, since_ms: int) -> dict[str, int]:
        """What was counted since a moment, by metric of goals: for a period that begins in the past.

        `gift:<id>` counts one gift. Quick with millions of facts, and right for what is no longer kept singly.
        """
        return await self._counted(creator, loading.totals_since, creator, since_ms)

    # --- creators ---

    async def creators(self, *, deleted: bool = False) -> list[CreatorRow]:
        """In the order in which they were made."""
        return await self._read(settings.creators, deleted=deleted)

    async def creator(self, identity: str) -> CreatorRow:
        """One, deleted or not."""
        return await self._read(settings.creator, identity)

    async def add_creator(self, values: dict[str, Any]) -> CreatorRow:
        """A new creator from the fields of the API."""
        return await self._set(settings.add_creator, values, now_ms())

    async def patch_creator(self, identity: str, values: dict[str, Any]) -> CreatorRow:
        """Set some fields."""
        return await self._set(settings.patch_creator, identity, values)

    async def delete_creator(self, identity: str) -> CreatorRow:
        """Mark as deleted, with all widgets."""
        return await self._set(settings.mark_creator, identity, now_ms())

    async def undelete_creator(self, identity: str) -> CreatorRow:
        """Take a deletion back."""
        return await self._set(settings.mark_creator, identity, None)

    # --- widgets ---

    async def widgets(self, creator: str | None = None, *, deleted: bool = False) -> list[WidgetRow]:
        """In the order in which they were made, of all creators or of one."""
        return await self._read(settings.widgets, creator=creator, deleted=deleted)

    async def widget(self, identity: str) -> WidgetRow:
        """One, deleted or not."""
        return await self._read(settings.widget, identity)

    async def add_widget(self, values: dict[str, Any]) -> WidgetRow:
        """A new widget from the fields of the API."""
        return await self._set(settings.add_widget, values, now_ms())

    async def patch_widget(self, identity: str, values: dict[str, Any]) -> WidgetRow:
        """Set some fields; `options` whole."""
        return await self._set(settings.patch_widget, identity, values, now_ms())

    async def delete_widget(self, identity: str) -> WidgetRow:
        """Mark as deleted."""
        return await self._set(settings.mark_widget, identity, now_ms())

    async def undelete_widget(self, identity: str) -> WidgetRow:
        """Take a deletion back; the key lives again."""
        return await self._set(settings.mark_widget, identity, None)

    async def rotate_key(self, identity: str) -> WidgetRow:
        """A new key; the old address is dead for good."""
        return await self._set(settings.rotate_key, identity, now_ms())

    async def is_dead_key(self, key: str) -> bool:
        """Whether a key was replaced."""
        return await self._read(settings.is_dead_key, key)

    async def widget_versions(self, identity: str) -> list[WidgetVersion]:
        """The last twenty things a widget was, newest first."""
        return await self._read(settings.versions, identity)

    async def bring_back(self, identity: str, version: int) -> WidgetRow:
        """Make a widget what it was."""
        return await self._set(settings.bring_back, identity, version, now_ms())

    # --- single settings and secrets ---

    async def get(self, name: str, default: Any = None) -> Any:
        """A setting, any JSON."""
        return await self._read(settings.get, name, default)

    async def put(self, name: str, value: Any) -> None:
        """Set it; None removes it."""
        await self._set(settings.put, name, value)

    async def secret(self, name: str) -> str | None:
        """A secret by its name."""
        return await self._read(settings.secret, name)

    async def secrets(self, prefix: str) -> dict[str, str]:
        """All secrets whose names begin so."""
        return await self._read(settings.secrets_under, prefix)

    async def put_secret(self, name: str, value: str | None) -> None:
        """Keep a secret; None removes it."""
        await self._set(settings.put_secret, name, value)

    async def seen_event(self, event: str, now_ms: int) -> bool:
        """Whether a webhook's event was here before; from now on it was, for eight days."""
        return await self._do(settings.seen_event, event, now_ms)
