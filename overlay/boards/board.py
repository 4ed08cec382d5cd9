"""One board in its life: who shows it, what it said last, when it is asked for next, and what is wrong with it.

The last good answer stays, whatever comes; it is kept on disk. It never decides that it is shown: `boards.py` does.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final

import msgspec

from overlay.boards.sources import Trouble
from overlay.core.places import Ranks, Sales

if TYPE_CHECKING:
    from collections.abc import Callable

    from overlay.boards.shelf import Shelf
    from overlay.boards.sources import Source, Want

LOG = logging.getLogger("overlay.boards")
BACKOFF_S: Final = (15, 30, 60, 120, 300, 900)
TURN_MS: Final = 120_000
"""At midnight not everybody asks for the new day in the same second."""


class Board:
    """One board."""

    def __init__(self, source: Source, shelf: Shelf, now_ms: Callable[[], int], jitter: Callable[[], float]) -> None:
        """Nothing is known of it."""
        self.source = source
        self._shelf, self._now_ms, self._jitter = shelf, now_ms, jitter
        self.shown_by: dict[tuple[str, str], Want] = {}  # by creator and name of the wish
        self.told: dict[tuple[str, str], tuple[int, object]] = {}  # which answer was told to which room
        self.answer: Ranks | Sales | None = None
        self.version = 0
        self.problem: str | None = None
        self.next_ms = 0
        self.left_ms = 0
        self._failures = 0
        self._restored = False
        self._asked: object = None
        self.task: asyncio.Task[None] | None = None

    @property
    def is_due(self) -> bool:
        """Whether it is time to ask."""
        if self.task is not None or not self.shown_by:
            return False
        if self.problem is not None and self._asked is not self.source.identity:
            return True  # whoever refused is not who would be asked now
        return self.next_ms <= self._now_ms()

    def begin(self, load: int, done: Callable[[], None]) -> None:
        """Ask in the background, as one of the boards that take so many requests a round."""
        self.task = asyncio.create_task(self._work(load, done), name=f"board {self.source.title}")

    async def _work(self, load: int, done: Callable[[], None]) -> None:
        try:
            if not self._restored:
                await self._restore(done)
            if self.next_ms <= self._now_ms() or self.problem is not None:
                await self._ask(load)
        except Exception:  # one board's trouble must not end the others
            LOG.exception("%s: the answer broke the reader; please report this", self.source.title)
            self._fail(Trouble(text="the answer could not be read"), load)
        finally:
            self.task = None
            done()

    async def _restore(self, done: Callable[[], None]) -> None:
        """What it said before the program was started anew."""
        self._restored = True
        kept = await self._shelf.get(self.source.key)
        if kept is None or self.answer is not None:
            return
        found: Ranks | Sales
        try:
            found = msgspec.convert(kept, Sales) if kept.get("kind") == "sales" else msgspec.convert(kept, Ranks)
        except (msgspec.ValidationError, AttributeError):
            return
        if found.got_ms > self._now_ms():  # the clock was set back since
            found = msgspec.structs.replace(found, got_ms=self._now_ms())
        self.answer = found
        self.version += 1
        self.next_ms = self._turned(found.got_ms, found.got_ms + found.refresh_ms)
        done()

    async def _ask(self, load: int) -> None:
        self._asked = self.source.identity
        found = await self.source.ask(self.answer)
        if isinstance(found, Trouble):
            self._fail(found, load)
            return
        if self.problem is not None:
            LOG.info("%s: the board is back", self.source.title)
        self.answer, self.problem, self._failures = found, None, 0
        self.version += 1
        now_ms = self._now_ms()
        self.next_ms = self._turned(now_ms, now_ms + self._stretched(self.source.pace_s(load)))
        await self._shelf.put(self.source.key, _kept(found))

    def _turned(self, got_ms: int, next_ms: int) -> int:
        """When to ask again: earlier if by then an answer of `got_ms` is one to another question."""
        turn_ms = self.source.turn_ms(got_ms)
        return next_ms if turn_ms is None else min(next_ms, turn_ms + int(TURN_MS * self._jitter()))

    def _fail(self, trouble: Trouble, load: int) -> None:
        if self.problem != trouble.text:
            LOG.warning("%s: %s", self.source.title, trouble.text)
        self.problem = trouble.text
        self._failures += 1
        wait_ms = self._stretched(BACKOFF_S[min(self._failures, len(BACKOFF_S)) - 1])
        at_least_ms = self._stretched(self.source.pace_s(load)) if self._failures > 1 else 0
        wait_ms = max(wait_ms, min(at_least_ms, 900_000))
        self.next_ms = max(self._now_ms() + wait_ms, trouble.until_ms or 0)

    def _stretched(self, wait_s: float) -> int:
        return int(wait_s * 1000 * (1 + 0.2 * self._jitter()))

    def said(self) -> str | None:
        """What is wrong with it, as a sentence, and how old the answer is that is shown meanwhile."""
        if not self.problem:
            return None
        answer = self.answer
        if answer is None:
            return sentence(self.problem)
        return f"{sentence(self.problem)} {age(self._now_ms() - answer.got_ms)}"

    def remark(self) -> str | None:
        """What should be said of an answer that is good as such."""
        return self.source.remark(self.answer) if self.answer is not None else None

    def show(self) -> dict[str, Any]:
        """What the studio shows of it."""
        answer = self.answer
        return {
            "problem": sentence(self.problem) if self.problem else None,
            "remark": self.remark(),
            "fetched_ms": answer.got_ms if answer is not None else None,
            "stale": answer is not None and self._now_ms() >= answer.stale_ms(),
            "next_ms": self.next_ms or None,
            "shown_by": len(self.shown_by),
        }

    async def stop(self) -> None:
        """End."""
        task = self.task
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def age(ms: int) -> str:
    """How old the board on air is."""
    minutes = ms // 60_000
    if minutes < 120:
        return f"The overlay keeps the board of {max(1, minutes)} minute{'' if minutes < 2 else 's'} ago."
    return f"The overlay keeps the board of {minutes // 60} hours ago."


def sentence(text: str) -> str:
    """A text that begins and ends like a sentence."""
    text = f"{text[:1].upper()}{text[1:]}"
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _kept(answer: Ranks | Sales) -> Any:
    kept: dict[str, Any] = msgspec.to_builtins(answer)
    return kept | {"kind": "sales"} if isinstance(answer, Sales) else kept
