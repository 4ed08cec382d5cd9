"""The last good answers on disk: kept for a while after they were last asked for, then taken away.

Every day of sellers and every region somebody once chose has a row of its own; without an end they would only grow. It
never judges an answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from overlay.boards.sources import Cache

INDEX: Final = "boards"
KEEP_MS: Final = 14 * 86_400_000
NOTE_MS: Final = 86_400_000
"""That a board was asked for is written down once a day: the index is one row."""
MOST: Final = 200


class Shelf:
    """All boards on disk."""

    def __init__(self, cache: Cache, now_ms: Callable[[], int]) -> None:
        """Nothing is read yet."""
        self._cache, self._now_ms = cache, now_ms
        self._index: dict[str, int] | None = None

    async def get(self, key: str) -> Any | None:
        """The last good answer of a board."""
        return await self._cache.get(f"board:{key}")

    async def put(self, key: str, answer: Any) -> None:
        """Keep an answer; those that nobody has asked for in two weeks go."""
        await self._cache.put(f"board:{key}", answer)
        index, now_ms = await self._known(), self._now_ms()
        noted = index.get(key)
        if noted is not None and 0 <= now_ms - noted < NOTE_MS:
            return
        index[key] = now_ms
        for old in self._ended(index, now_ms):
            del index[old]
            await self._cache.put(f"board:{old}", None)
        await self._cache.put(INDEX, dict(index))

    @staticmethod
    def _ended(index: dict[str, int], now_ms: int) -> list[str]:
        oldest_first = sorted(index, key=lambda key: index[key])
        too_many = oldest_first[: max(0, len(index) - MOST)]
        return [key for key in oldest_first if now_ms - index[key] > KEEP_MS or key in too_many]

    async def _known(self) -> dict[str, int]:
        if self._index is None:
            kept = await self._cache.get(INDEX)
            self._index = self._index or {
                str(key): at for key, at in (kept.items() if isinstance(kept, dict) else ()) if isinstance(at, int)
            }
        return self._index
