"""Transactions of battles that were heard lately, so that none counts twice, and how they are kept.

They are kept by the page: a new one touches the last page, not all of them. What a transaction does is not known here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MOST: Final = 512
"""So many at least are remembered."""

PAGE: Final = 32
NAMES: Final = MOST // PAGE + 2
"""Pages are named round and round: a name comes again when all that stood under it is forgotten."""

_decoder = msgspec.msgpack.Decoder(tuple[int, list[str]])


class Seen:
    """The latest transactions."""

    __slots__ = ("_all", "_pages", "_unsaved")

    def __init__(self) -> None:
        """None yet."""
        self._pages: dict[int, list[str]] = {}  # by their number, the oldest first
        self._all: set[str] = set()
        self._unsaved: set[int] = set()

    def __len__(self) -> int:
        """How many are remembered."""
        return len(self._all)

    def is_new(self, transaction: str | None) -> bool:
        """Whether this was not heard yet; from now on it is. One without a name is always new."""
        if not transaction:
            return True
        if transaction in self._all:
            return False
        self._all.add(transaction)
        number, page = self._last()
        page.append(transaction)
        self._unsaved.add(number)
        return True

    def _last(self) -> tuple[int, list[str]]:
        """The page that has room."""
        if self._pages:
            number, page = next(reversed(self._pages.items()))
            if len(page) < PAGE:
                return number, page
            number += 1
        else:
            number = 0
        self._pages[number] = []
        if len(self._pages) > MOST // PAGE + 1:
            self._all.difference_update(self._pages.pop(next(iter(self._pages))))
        return number, self._pages[number]

    def drain(self) -> dict[str, bytes]:
        """The pages that have changed since the last call, by name."""
        unsaved, self._unsaved = self._unsaved, set()
        return {f"seen{n % NAMES}": msgspec.msgpack.encode((n, self._pages[n])) for n in unsaved if n in self._pages}

    def load(self, pages: Mapping[str, bytes]) -> None:
        """What `drain` has told. A page that cannot be read is forgotten."""
        known: dict[int, list[str]] = {}
        for body in pages.values():
            try:
                number, page = _decoder.decode(body)
            except msgspec.DecodeError:
                continue
            known[number] = page
        newest = max(known, default=0)
        self._pages = {n: known[n] for n in sorted(known) if n > newest - NAMES}
        self._all = {one for page in self._pages.values() for one in page}

    def add(self, transactions: Iterable[str]) -> None:
        """Many at once."""
        for one in transactions:
            self.is_new(one)
