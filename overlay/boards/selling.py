"""One board of sellers: which day, week or month is asked for, and what is done as long as it has no figures yet.

A day that FastMoss has not counted yet is no empty board: the one before stays on air. How FastMoss is spoken to is
not known here.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from overlay.boards.fastmoss import HOUR_MS, REFRESH_S
from overlay.boards.sources import Trouble
from overlay.core.places import Sales

if TYPE_CHECKING:
    from collections.abc import Callable

    from overlay.boards.fastmoss import FastMoss
    from overlay.core.places import Ranks
    from overlay.core.wishes import SalesWish

DAY_MS: Final = 86_400_000
SIZE: Final = 10
LONGEST_DAYS: Final = 32
"""No day, week or month is longer."""


class Selling:
    """One board of sellers, however many show it. Without a date of its own it goes with the calendar."""

    def __init__(self, wish: SalesWish, fastmoss: FastMoss, source: str, now_ms: Callable[[], int]) -> None:
        """Nothing is asked yet."""
        self._wish, self._fastmoss, self._now_ms = wish, fastmoss, now_ms
        self.key = f"{source}:{wish.name}"
        self.title = _title(wish)
        self.refresh_s = REFRESH_S[wish.date_type]
        self.requests, self.counted = 0, False  # it is no request to TikTool

    @property
    def identity(self) -> object:
        """The token it asks by."""
        return self._fastmoss.identity

    def pace_s(self, _load: int) -> float:
        """As often as the figures can change."""
        return self.refresh_s

    def turn_ms(self, at_ms: int) -> int | None:
        """When another day, week or month is the last finished one."""
        if self._wish.date is not None:
            return None
        asked, midnight = date_of(self._wish, at_ms), at_ms // DAY_MS * DAY_MS
        later = (midnight + days * DAY_MS for days in range(1, LONGEST_DAYS + 1))
        return next((at for at in later if date_of(self._wish, at) != asked), None)

    async def ask(self, last: Ranks | Sales | None) -> Sales | Trouble:
        """Ask once. Of a day without figures yet the last board stays; where there is none, the day before is asked."""
        now_ms = self._now_ms()
        date = date_of(self._wish, now_ms)
        found = await self._fastmoss.ask(self._wish, date)
        if isinstance(found, Trouble) or found.rows or self._wish.date is not None:
            return found
        if isinstance(last, Sales) and last.rows:
            return Trouble(text=f"FastMoss has no figures of {date} yet", until_ms=now_ms + HOUR_MS)
        before = await self._fastmoss.ask(self._wish, date_of(self._wish, _started_ms(self._wish, now_ms)))
        return before if isinstance(before, Sales) and before.rows else found

    def remark(self, board: Ranks | Sales) -> str | None:
        """That there is nobody on the board; nothing is ever hidden here."""
        if not isinstance(board, Sales) or board.rows:
            return None
        return f"FastMoss has no sellers for this choice ({board.date_value or date_of(self._wish, self._now_ms())})."


def _title(wish: SalesWish) -> str:
    """What people call it: only what is chosen is said."""
    chosen = (wish.date, wish.category and f"category {wish.category}", "by revenue" if wish.order == "gmv" else None)
    page = f"page {wish.page} of {wish.size}" if wish.page > 1 or wish.size != SIZE else None
    return " ".join(str(part) for part in ("sellers", wish.region, wish.date_type, *chosen, page) if part)


def _started_ms(wish: SalesWish, now_ms: int) -> int:
    """A moment in the last finished day, week or month: then the one before was the last finished one."""
    today = datetime.fromtimestamp(now_ms / 1000, UTC)
    days = {"week": 7, "month": today.day}.get(wish.date_type, 1)
    return now_ms - days * DAY_MS


def date_of(wish: SalesWish, now_ms: int) -> str:
    """The day, week or month of a wish: as told, else the last that is over. Nothing of today is promised."""
    if wish.date is not None:
        return wish.date
    today = datetime.fromtimestamp(now_ms / 1000, UTC)
    match wish.date_type:
        case "week":
            year, week, _ = (today - timedelta(days=7)).isocalendar()
            return f"{year:04d}-{week:02d}"
        case "month":
            return (today.replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
        case _:
            return (today - timedelta(days=1)).strftime("%Y-%m-%d")
