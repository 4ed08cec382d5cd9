"""What was last said of a board about the key's plan, kept while no page shows it, and over a start.

Only this is kept: whether TikTool can be reached is news; which plan would show more stays true until the plan is
another one. It never judges an answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

if TYPE_CHECKING:
    from overlay.boards.sources import Cache

KEPT: Final = "board-remarks"
MOST: Final = 500
ABOUT_PLAN: Final = "shows all of it"


class Remark(Struct, frozen=True, kw_only=True):
    """A sentence, and with which plan it was true."""

    text: str
    tier: str | None = None


class Remarks:
    """The last remarks, by creator and name of the wish."""

    def __init__(self, cache: Cache) -> None:
        """Nothing is read yet."""
        self._cache = cache
        self._kept: dict[str, Remark] = {}
        self._saved = True

    async def load(self) -> None:
        """What was said before the start."""
        try:
            kept = msgspec.convert(await self._cache.get(KEPT) or {}, dict[str, Remark])
        except msgspec.ValidationError:
            kept = {}
        self._kept = kept | self._kept

    async def save(self) -> None:
        """Keep what has changed."""
        if not self._saved:
            self._saved = True
            await self._cache.put(KEPT, msgspec.to_builtins(dict(list(self._kept.items())[-MOST:])))

    def note(self, pair: tuple[str, str], text: str | None, tier: str | None) -> None:
        """What is said now; what is not about the plan says that there is nothing more about it."""
        name, new = " ".join(pair), Remark(text=text, tier=tier) if text and ABOUT_PLAN in text else None
        if new == self._kept.get(name):
            return
        self._kept.pop(name, None)
        if new is not None:
            self._kept[name] = new
        self._saved = False

    def of(self, pair: tuple[str, str], tiers: set[str]) -> str | None:
        """What was said last, unless every plan that is known now is another one."""
        kept = self._kept.get(" ".join(pair))
        if kept is None or (kept.tier is not None and tiers and kept.tier not in tiers):
            return None
        return kept.text
