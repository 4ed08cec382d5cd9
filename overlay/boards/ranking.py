"""One ranking at TikTool: its roads in order, the spelling that works, and the least masked answer.

What a no means to people is said here. When it is asked is not decided here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import structs

from overlay.boards.homes import NO_KEY
from overlay.boards.plans import PLANS, REFRESH_S, pace_s
from overlay.boards.sources import Trouble
from overlay.core.places import Ranks
from overlay.core.ranks import read_ladder, read_ranks

if TYPE_CHECKING:
    from collections.abc import Callable

    from overlay.boards.counts import Counts
    from overlay.boards.plans import Plan
    from overlay.boards.sources import Account, Side
    from overlay.core.places import Rung, Sales
    from overlay.core.replies import Reply

AGAIN_MS: Final = 3_600_000
"""How long a road or a spelling that was no better is left alone."""
LADDER_MS: Final = 300_000
UNCOUNTED: Final = frozenset({"region", "gifters"})
"""Boards that tell their live count themselves, or have none."""


class Ranking:
    """One ranking, however many show it."""

    def __init__(
        self,
        plan: Plan,
        source: Side,
        account: Callable[[Side], Account | None],
        now_ms: Callable[[], int],
        counts: Counts,
    ) -> None:
        """Nothing is asked yet."""
        self._plan, self._source, self._account, self._now_ms, self._counts = plan, source, account, now_ms, counts
        self._load = 1
        self._tier: str | None = None
        self.key = f"{source}:{plan.key}"
        self.title = plan.title
        self.refresh_s = REFRESH_S[plan.board]
        self.requests = 1 if plan.ladder is None else 2
        self.counted = plan.board not in UNCOUNTED
        self._order = list(range(len(plan.roads)))
        self._later: dict[int, int] = {}  # road -> not before
        self._spelling: dict[int, int] = {}  # road -> the spelling that worked, or the first while none does
        self._spelt_ms: dict[int, int] = {}
        self._etags: dict[tuple[int, int], tuple[str, Ranks]] = {}
        self._ladder: tuple[Rung, ...] = ()
        self._ladder_ms = 0

    @property
    def identity(self) -> object:
        """The account it asks by."""
        return self._account(self._source)

    def pace_s(self, load: int) -> float:
        """How often it may be asked for."""
        account, self._load = self._account(self._source), load
        if account is None:
            return self.refresh_s
        rest = account.rest
        return pace_s(self.refresh_s, load, account.limits.known, rest.limit, rest.remaining)

    def turn_ms(self, _at_ms: int) -> int | None:
        """It is always the same question."""
        return None

    async def ask(self, last: Ranks | Sales | None) -> Ranks | Trouble:
        """Ask once. A board that is empty all at once, and not because it began anew, is no board."""
        account = self._account(self._source)
        if account is None:
            return Trouble(text=NO_KEY)
        found = await self._ask_roads(account)
        if isinstance(found, Ranks) and not found.rows and isinstance(last, Ranks) and last.rows:
            begun = last.reset_ms is not None and last.reset_ms <= self._now_ms()
            return found if begun else Trouble(text="TikTool's answer has nobody on this board")
        return found

    async def _ask_roads(self, account: Account) -> Ranks | Trouble:
        """By the best road known; by another one too if names are hidden or nothing comes."""
        self._look_at_plan(account)
        best: Ranks | None = None
        trouble: Trouble | None = None
        for road in [road for road in self._order if self._later.get(road, 0) <= self._now_ms()] or self._order[:1]:
            found = await self._ask_road(account, road)
            if isinstance(found, Trouble):
                trouble = trouble or found
                self._postpone(road)
                continue
            if best is None or _clarity(found) > _clarity(best):
                best = found
                self._order = [road, *(other for other in self._order if other != road)]
                self._later.pop(road, None)
            else:
                self._postpone(road)
            if not best.masked:
                break
        if best is None:
            return trouble or Trouble(text="TikTool has no answer for this board")
        return await self._with_count(account, await self._with_ladder(account, best))

    def _look_at_plan(self, account: Account) -> None:
        """With another plan every road may be another one."""
        tier = account.limits.known.tier if account.limits.known is not None else None
        if tier != self._tier:
            self._tier = tier
            self._later.clear()

    def _postpone(self, road: int) -> None:
        if road != self._order[0]:
            self._later[road] = self._now_ms() + AGAIN_MS

    async def _ask_road(self, account: Account, road: int) -> Ranks | Trouble:
        """One road: if its spelling brings nothing, the other one, once in a while."""
        asks, kept = self._plan.roads[road], self._spelling.get(road, 0)
        found = await self._ask_one(account, road, kept)
        if isinstance(found, Ranks) and found.rows:
            return found
        if len(asks) == 1 or (isinstance(found, Trouble) and not found.spelling):
            return found
        if self._spelt_ms.get(road, 0) > self._now_ms():
            return found
        self._spelt_ms[road] = self._now_ms() + AGAIN_MS
        for other in [index for index in range(len(asks)) if index != kept]:
            again = await self._ask_one(account, road, other)
            if isinstance(again, Ranks) and (again.rows or isinstance(found, Trouble)):
                self._spelling[road] = other
                return again
        return found

    async def _ask_one(self, account: Account, road: int, spelling: int) -> Ranks | Trouble:
        ask = self._plan.roads[road][spelling]
        etag, kept = self._etags.get((road, spelling), (None, None))
        reply = await account.rest.ask("GET", ask.path, params=ask.params, site=ask.site, etag=etag)
        now_ms = self._now_ms()
        if reply.outcome == "same" and kept is not None:
            return structs.replace(kept, got_ms=now_ms)
        if not reply.ok:
            return self._no(reply)
        if reply.sample:
            return Trouble(text=f"TikTool shows only an example of this board; {self._plan_hint()}")
        found = read_ranks(reply.body, now_ms, self.refresh_s * 1000)
        if found is None:
            return Trouble(text="TikTool answered with something that is no board")
        if reply.etag:
            self._etags[road, spelling] = (reply.etag, found)
        return found

    async def _with_ladder(self, account: Account, found: Ranks) -> Ranks:
        """The classes of the league beside the board of one of them."""
        ask = self._plan.ladder
        if ask is None:
            return found
        if self._ladder_ms <= self._now_ms():
            self._ladder_ms = self._now_ms() + LADDER_MS
            reply = await account.rest.ask("GET", ask.path, params=ask.params, site=ask.site)
            self._ladder = (read_ladder(reply.body) if reply.ok else None) or self._ladder
        return structs.replace(found, ladder=self._ladder)

    async def _with_count(self, account: Account, found: Ranks) -> Ranks:
        """How many are live in the region, where the board itself does not say it."""
        region = found.region or self._plan.region
        if found.live_count is not None or region is None or self._plan.board == "gifters":
            return found
        return structs.replace(found, live_count=await self._counts.of(account, region, self._load))

    def _plan_hint(self) -> str:
        return f"TikTool's plan {PLANS[self._plan.board]} shows all of it"

    def remark(self, board: Ranks | Sales) -> str | None:
        """What the studio should say of a good answer: whose names are hidden, and what would show them."""
        if not isinstance(board, Ranks):
            return None
        if not board.rows and not board.teaser:
            return "TikTool has nobody on this board now; if that stays so, look at the region."
        if not board.masked:
            return None
        if board.teaser:
            return f"TikTool shows a few random rows of this board, which is no ranking; {self._plan_hint()}."
        some = "All" if all(row.hidden for row in board.rows) else "Some"
        return f"{some} names on this board are hidden by the key's plan; {self._plan_hint()}."

    def _no(self, reply: Reply) -> Trouble:
        """Why there is no board, for people. Long: one line for each kind of no."""
        told = "" if reply.text == f"TikTool answered {reply.status}" else reply.text
        said = f" ({told or reply.status})" if told or reply.status else ""
        match reply.outcome:
            case "key":
                text = f"TikTool does not accept the key{said}"
            case "tier" if reply.status == 401:
                text = "this account's plan or key is not accepted here"
            case "tier":
                text = f"the key's plan does not include this board{said}; {self._plan_hint()}"
            case "missing" | "parameters" | "not_live":
                text = f"TikTool does not know this region, class or creator{said}"
            case "refused":
                text = f"TikTool refuses this board{said}; look at region and class"
            case "rate":
                text = "TikTool's rate limit is reached; the board is asked for again later"
            case "signed":
                text = "TikTool has no data of its own for this board"
            case "server" if 200 <= reply.status < 300:
                text = "TikTool answered with something that cannot be read"
            case "server":
                text = f"TikTool had an error{said}"
            case _:
                text = told.partition(":")[0] or "TikTool gave no answer"
        unknown = reply.outcome in {"missing", "parameters", "refused"}
        return Trouble(text=text, until_ms=reply.until_ms, spelling=unknown)


def _clarity(found: Ranks) -> tuple[bool, int, int]:
    """How much of a board can be seen."""
    real = sum(not row.hidden for row in found.shown)
    return (bool(found.rows), real, -len(found.rows))
