"""All boards: which are shown now, one poller for each, and every answer to every room that shows it.

It asks nobody as long as no page watches. Whoever shows a board that is known gets it at once.
"""

from __future__ import annotations

import asyncio
import logging
import random
from typing import TYPE_CHECKING, Any, Final

from overlay.boards import homes
from overlay.boards.board import Board, sentence
from overlay.boards.counts import Counts
from overlay.boards.homes import NO_KEY, Homes
from overlay.boards.plans import plan
from overlay.boards.ranking import Ranking
from overlay.boards.remarks import ABOUT_PLAN, Remarks
from overlay.boards.selling import Selling
from overlay.boards.shelf import Shelf
from overlay.core.places import Ranks
from overlay.core.wishes import SalesWish

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from overlay.boards.fastmoss import FastMoss
    from overlay.boards.sources import Account, Cache, Side, Source, Want
    from overlay.config import Secret
    from overlay.core.places import Sales

LOG = logging.getLogger("overlay.boards")
LOOK_S: Final = 2.0
"""How often it is seen whether a widget that is watched wants another board."""
KEEP_MS: Final = 3_600_000
"""How long a board that nobody shows any more is remembered."""


class Boards:
    """Every board that is shown."""

    def __init__(
        self,
        *,
        now_ms: Callable[[], int],
        wanted: Callable[[], Iterable[Want]],
        account: Callable[[Side], Account | None],
        fastmoss: Mapping[str, FastMoss],
        tell: Callable[[str, str, Ranks | Sales], None],
        cache: Cache,
        rng: random.Random | None = None,
        look_s: float = LOOK_S,
    ) -> None:
        """Nothing is asked before `run`."""
        self._now_ms, self._wanted, self._account, self._fastmoss = now_ms, wanted, account, fastmoss
        self._tell, self._shelf, self._look_s = tell, Shelf(cache, now_ms), look_s
        self._rng = rng or random.SystemRandom()
        self.boards: dict[str, Board] = {}
        self._remarks = Remarks(cache)
        self._homes = Homes(cache, now_ms, self.look)
        self._counts: dict[Side, Counts] = {"tiktool": Counts(now_ms), "simulator": Counts(now_ms)}
        self._lost: dict[str, str] = {}  # boards nobody knows where to ask for: why
        self._said: dict[tuple[str, str], str] = {}  # the same for whoever shows one
        self._changed = asyncio.Event()
        self._over = False

    def look(self) -> None:
        """Somebody began or ceased to watch, or a widget has changed."""
        self._changed.set()

    async def run(self) -> None:
        """Follow what is shown, until stopped."""
        await self._remarks.load()
        while not self._over:
            self._changed.clear()
            try:
                busy = self._pass()
                await self._remarks.save()
            except Exception:  # a widget that wants the impossible must not end everybody's boards
                LOG.exception("the boards that are shown cannot be followed; please report this")
                busy = True
            try:
                async with asyncio.timeout(self._look_s if busy else None):
                    await self._changed.wait()
            except TimeoutError:
                continue

    def _pass(self) -> bool:
        """Look once at what is shown; whether there is anything to look at again."""
        shown = self._match(list(self._wanted()))
        for board in shown:
            self._tell_all(board)
            self._note_all(board)
            if board.is_due:
                board.begin(_load(shown, board.source.identity), self._changed.set)
        return bool(shown or self._lost or self._homes.busy)

    async def set_fastmoss(self, token: Secret | None) -> None:
        """Another token for the real sellers' boards."""
        self._fastmoss["tiktool"].use(token)

    async def stop(self) -> None:
        """End every question."""
        self._over = True
        self._changed.set()
        await self._homes.stop()
        await asyncio.gather(*(board.stop() for board in self.boards.values()))
        await asyncio.gather(*(counts.stop() for counts in self._counts.values()))
        await asyncio.gather(*(fastmoss.close() for fastmoss in self._fastmoss.values()))

    def status(self) -> dict[str, dict[str, Any]]:
        """What the studio shows of each board: its problem as a sentence, what is hidden, how old it is."""
        found: dict[str, dict[str, Any]] = {title: {"problem": sentence(why)} for title, why in self._lost.items()}
        for board in self.boards.values():
            title = board.source.title
            if board.shown_by:
                found[title if title not in found else f"{title} ({board.source.key})"] = board.show()
        return found

    def said(self, creator: str, wish: str) -> str | None:
        """What whoever shows a board should know: what is wrong with it, else whose names are hidden.

        It begins with the board: an overlay may show several by turns. While nobody shows it, what was last said about
        the key's plan holds on.
        """
        pair = creator, wish
        if pair in self._said:
            return self._said[pair]
        for board in self.boards.values():
            if pair in board.shown_by:
                return self._whole(board, pair)
        return self._remarks.of(pair, {tier for side in self._counts if (tier := self._tier(side))})

    def _whole(self, board: Board, pair: tuple[str, str]) -> str | None:
        said = board.said() or self._no_game(board, board.shown_by[pair]) or board.remark()
        return f"{sentence(board.source.title)[:-1]}: {said}" if said else None

    def _note_all(self, board: Board) -> None:
        """Keep what is said of the key's plan: by an answer or a refusal; troubles of the line say nothing."""
        for pair, want in board.shown_by.items():
            said = self._whole(board, pair)
            if (board.answer is not None and board.problem is None) or (said and ABOUT_PLAN in said):
                self._remarks.note(pair, said, self._tier(want.source))

    def _tier(self, side: Side) -> str | None:
        """The plan of a side's key, as far as it is known."""
        account = self._account(side)
        return account.limits.known.tier if account is not None and account.limits.known is not None else None

    @staticmethod
    def _no_game(board: Board, want: Want) -> str | None:
        """Which games there are, where the one that is wished for is not among them."""
        game, answer = getattr(want.wish, "game", None), board.answer
        if game is None or not isinstance(answer, Ranks) or answer.of_game(game) is not None:
            return None
        known = ", ".join(one.name for one in answer.games)
        return f"This board has no game {game!r}; it has {known or 'no boards of single games with this plan'}."

    # --- who shows what ---

    def _match(self, wants: list[Want]) -> list[Board]:
        """The boards that are shown now, each with those who show it."""
        shown: dict[str, Board] = {}
        pairs: dict[str, dict[tuple[str, str], Want]] = {}
        self._lost, self._said = {}, {}
        for want in wants:
            source = self._source(want)
            if source is None:
                continue
            board = self.boards.get(source.key)
            if board is None:
                board = self.boards[source.key] = Board(source, self._shelf, self._now_ms, self._rng.random)
            shown[source.key] = board
            pairs.setdefault(source.key, {})[want.pair] = want
        for key, board in list(self.boards.items()):
            self._settle(key, board, pairs.get(key, {}))
        return list(shown.values())

    def _settle(self, key: str, board: Board, pairs: dict[tuple[str, str], Want]) -> None:
        if board.shown_by and not pairs:
            board.left_ms = self._now_ms()
        board.shown_by = pairs
        board.told = {pair: version for pair, version in board.told.items() if pair in pairs}
        if not pairs and board.task is None and self._now_ms() - board.left_ms > KEEP_MS:
            del self.boards[key]

    def _tell_all(self, board: Board) -> None:
        if board.answer is None:
            return
        for pair, want in board.shown_by.items():
            version, told = board.told.get(pair, (0, None))
            if version == board.version and told is want.room:
                continue
            board.told[pair] = (board.version, want.room)
            answer = board.answer
            picked = answer.of_game(getattr(want.wish, "game", None)) if isinstance(answer, Ranks) else answer
            if picked is not None:
                self._tell(*pair, picked)

    # --- where to ask ---

    def _source(self, want: Want) -> Source | None:
        """Where a board comes from, or None as long as nobody knows."""
        wish = want.wish
        if isinstance(wish, SalesWish):
            return Selling(wish, self._fastmoss[want.source], want.source, self._now_ms)
        told = homes.told(wish) if homes.is_known(wish) else None
        home = told or self._homes.of(want, wish, self._account(want.source))
        if home is None:
            return None
        if home.region is None:
            self._lost[f"{wish.board} of {want.handle}"] = home.problem or NO_KEY
            self._said[want.pair] = sentence(home.problem or NO_KEY)
            return None
        counts = self._counts[want.source]
        return Ranking(plan(wish, home.region, home.class_type), want.source, self._account, self._now_ms, counts)


def _load(shown: Iterable[Board], identity: object) -> int:
    """How many requests a round all boards of one key take together; the live counts are one question for all."""
    of_key = [board.source for board in shown if board.source.identity is identity]
    return sum(source.requests for source in of_key) + any(source.counted for source in of_key)
