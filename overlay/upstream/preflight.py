"""Asking who is live: in batches by tier, one after another, one creator at a time where there is no bulk check.

Every question about liveness goes through here, whoever asks, so that questions join one request and never run in
parallel. An error, a missing row and a signed address are all unknown. Nothing here decides what an answer means.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Protocol

from overlay.core.liveness import UNKNOWN, Row, alive_row, bulk_rows, status_row
from overlay.core.replies import Reply
from overlay.upstream.rest import Rest

BULK, STATUS, ALIVE = "/webcast/bulk_live_check", "/webcast/live_status", "/webcast/check_alive"
REQUESTS = frozenset({BULK, STATUS, ALIVE})


class Asked(Protocol):
    """Somebody about whom is asked."""

    @property
    def id(self) -> str:
        """The creator's id."""

    @property
    def handle(self) -> str:
        """The handle."""

    def heard(self, row: Row, *, erred: bool = False, lost: str | None = None) -> None:
        """Takes the answer."""


class Preflight:
    """The questions of one key."""

    def __init__(self, rest: Rest, *, time: Callable[[], float], gap_s: float) -> None:
        self._rest, self._time, self._gap_s = rest, time, gap_s
        self._size = 1
        self._bulk = False
        self._pending: dict[str, tuple[Asked, asyncio.Future[Row]]] = {}
        self._news = asyncio.Event()
        self._last_s: float | None = None

    @property
    def batch(self) -> int:
        """Handles in one request; 1 means one creator at a time."""
        return self._size if self._bulk else 1

    def allow(self, size: int) -> None:
        """What the tier allows; 1: there is no bulk check."""
        self._size, self._bulk = size, size > 1 and self._rest.available(BULK)

    def ask(self, who: Asked) -> asyncio.Future[Row]:
        """One answer about one creator; several who ask share it."""
        waiting = self._pending.get(who.id)
        if waiting is not None and waiting[0] is who and not waiting[1].done():
            return waiting[1]
        answer: asyncio.Future[Row] = asyncio.get_running_loop().create_future()
        self._pending[who.id] = (who, answer)
        self._news.set()
        return answer

    async def ask_all(self, creators: Iterable[Asked]) -> None:
        """Answers about many, in this order."""
        answers = [self.ask(who) for who in creators]
        if answers:
            await asyncio.wait(answers)

    async def run(self) -> None:
        """Works the questions off, a batch at a time."""
        while True:
            await self._news.wait()
            if self._last_s is not None:
                await asyncio.sleep(max(0.0, self._last_s + self._gap_s - self._time()))
            names = list(self._pending)[: self.batch]
            if not names:
                self._news.clear()
                continue
            lot = [self._pending.pop(name) for name in names]
            try:
                await self._answer(lot)
            finally:
                self._last_s = self._time()
                for _, answer in lot:
                    if not answer.done():
                        answer.set_result(UNKNOWN)

    async def _answer(self, lot: list[tuple[Asked, asyncio.Future[Row]]]) -> None:
        """One batch."""
        if self._bulk:
            reply = await self._rest.post(BULK, {"unique_ids": [who.handle for who, _ in lot]})
            if self._corrects(reply, lot):
                return
            rows = bulk_rows(reply.body if reply.ok else None, [who.handle for who, _ in lot])
            for who, answer in lot:
                self._tell(who, answer, rows[who.handle], reply)
            return
        for who, answer in lot:
            self._tell(who, answer, *await self._single(who.handle))

    def _corrects(self, reply: Reply, lot: list[tuple[Asked, asyncio.Future[Row]]]) -> bool:
        """Whether the answer says that we asked wrongly: then the same is asked again, in another way."""
        if reply.outcome in {"tier", "missing"}:
            self._bulk = False
        elif reply.outcome == "parameters" and len(lot) > 1:
            self._size = max(1, len(lot) // 2)
        else:
            return False
        again = {who.id: (who, answer) for who, answer in lot}
        self._pending = {**again, **{name: asked for name, asked in self._pending.items() if name not in again}}
        lot.clear()
        return True

    async def _single(self, handle: str) -> tuple[Row, Reply]:
        """One creator: yes from live_status, else check_alive once; the answer that counts."""
        reply = await self._rest.get(STATUS, uniqueId=handle, unique_id=handle)
        row = status_row(reply.body if reply.ok else None)
        if row.live:
            return row, reply
        reply = await self._rest.get(ALIVE, unique_id=handle)
        return alive_row(reply.body if reply.ok else None), reply

    def _tell(self, who: Asked, answer: asyncio.Future[Row], row: Row, reply: Reply) -> None:
        if not answer.done():
            answer.set_result(row)
        who.heard(row, erred=not reply.ok, lost=reply.text if reply.outcome == "network" else None)
