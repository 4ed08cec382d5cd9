"""Recorded answers, and boards that are asked for at a simulator with a clock that stands until it is moved."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from overlay.boards import Boards, FastMoss, Want
from overlay.config import Secret
from overlay.simulator import Simulator
from overlay.upstream.limits import LimitsWatch
from overlay.upstream.masking import Masking
from overlay.upstream.people import People
from overlay.upstream.rest import Rest
from overlay.upstream.settings import Memory

FRAMES = Path(__file__).parent.parent / "frames" / "tiktool"
NOW_MS = 1_790_000_000_000


def answer(name: str) -> Any:
    """The body of a recorded answer, as it was: integers exact."""
    return json.loads((FRAMES / f"{name}.json").read_text("utf-8"))["response"]["body"]


class Key:
    """A key at the simulator, with everything that belongs to it."""

    def __init__(self, simulator: Simulator, now_ms: Callable[[], int]) -> None:
        base = simulator.http_base
        self.rest = Rest(base, base, "tk_boards", now_ms=now_ms, masking=Masking())
        self.people = People(self.rest, now_ms=now_ms)
        self.limits = LimitsWatch(self.rest, now_ms=now_ms, every_s=(300.0,), news=lambda: None)


class Watching:
    """Boards and who shows them; what every room was told stands in `told`."""

    def __init__(self, simulator: Simulator, cache: Any) -> None:
        self.simulator = simulator
        self.now_ms = NOW_MS
        self.wants: list[Want] = []
        self.told: list[tuple[str, str, Any]] = []
        self._heard = asyncio.Event()
        self.key: Key | None = Key(simulator, lambda: self.now_ms)
        fastmoss = FastMoss(simulator.http_base, Secret("fm_boards"), lambda: self.now_ms)
        self.boards = Boards(
            now_ms=lambda: self.now_ms,
            wanted=lambda: self.wants,
            account=lambda _side: self.key,
            fastmoss={"tiktool": fastmoss, "simulator": fastmoss},
            tell=self._tell,
            cache=cache,
            rng=random.Random(7),
            look_s=0.01,
        )

    def _tell(self, creator: str, wish: str, board: Any) -> None:
        self.told.append((creator, wish, board))
        self._heard.set()

    def show(self, *wishes: Any, creator: str = "c1", handle: str = "luna.sings") -> None:
        """Pages of this creator show these boards too."""
        self.wants += [
            Want(creator=creator, handle=handle, source="simulator", wish=wish, room=creator) for wish in wishes
        ]
        self.boards.look()

    async def heard(self, count: int = 1) -> Any:
        """The board of the last telling, when there have been so many."""
        async with asyncio.timeout(10):
            while len(self.told) < count:
                self._heard.clear()
                await self._heard.wait()
        return self.told[-1][2]

    async def settle(self) -> None:
        """Let every question that is due be asked and answered."""
        for _ in range(20):
            await asyncio.sleep(0.01)
            if all(board.task is None and not board.is_due for board in self.boards.boards.values()):
                return

    def pass_s(self, seconds: float) -> None:
        """Time passes."""
        self.now_ms += int(seconds * 1000)
        self.boards.look()

    def problem(self) -> str | None:
        """What the studio is told of the only board."""
        (board,) = self.boards.status().values()
        return board["problem"]


@contextlib.asynccontextmanager
async def watching(tier: str = "agency_global", cache: Any = None, **settings: Any) -> AsyncIterator[Watching]:
    """A simulator, boards that run, and nobody who watches yet."""
    async with Simulator("everyday", tier=tier, **settings) as simulator:
        watched = Watching(simulator, cache or Memory())
        task = asyncio.create_task(watched.boards.run())
        try:
            yield watched
        finally:
            await watched.boards.stop()
            await task
            if watched.key is not None:
                await watched.key.rest.close()
