"""A strip: the newest of many things in JSON, one after the other, so that a view of fifty writes only what is new.

It knows no thing from inside: each has a number, one more than the one before, and whoever holds them writes them.
"""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from msgspec import Raw

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

LONGEST: Final = 50
"""No view shows more."""


class Strip(Generic[T]):
    """The last things as they were written for one look of the scene; blank until somebody looks."""

    __slots__ = ("_last", "_look", "_news", "_sizes", "_text")

    def __init__(self) -> None:
        """Nothing is written."""
        self._text = bytearray()  # each thing with a comma behind it
        self._sizes: deque[int] = deque()  # of each
        self._last = 0  # the number of the last one
        self._look: int | None = None  # blank
        self._news: dict[int, T] = {}

    def note(self, number: int, thing: T) -> None:
        """A thing is new, or another than it was."""
        if self._look is None:
            return
        self._news[number] = thing
        if len(self._news) > LONGEST:  # nobody looks any more
            self._wipe()

    def tell(self, look: int, write: Callable[[T], bytes], everything: Callable[[], dict[int, T]]) -> None:
        """Write what is new; for another look of the scene, or a blank strip, everything: at most LONGEST."""
        news, self._news = self._news, {}
        if look != self._look:
            self._wipe()
            self._look, news = look, everything()
        for number, thing in news.items():
            self._put(number, write(thing))

    def _wipe(self) -> None:
        self._look, self._news = None, {}
        self._text.clear()
        self._sizes.clear()

    def _put(self, number: int, written: bytes) -> None:
        text, sizes = self._text, self._sizes
        back = self._last - number
        if not sizes or back < 0:
            text += written
            text += b","
            sizes.append(len(written) + 1)
            self._last = number
            if len(sizes) > LONGEST:
                del text[: sizes.popleft()]
        elif back < len(sizes):
            at = len(text) - sum(islice(reversed(sizes), back + 1))
            text[at : at + sizes[-1 - back] - 1] = written
            sizes[-1 - back] = len(written) + 1

    def last(self, most: int) -> Raw:
        """The last of them as a list in JSON."""
        size = sum(self._sizes) if most >= len(self._sizes) else sum(islice(reversed(self._sizes), most))
        return Raw(b"[%b]" % memoryview(self._text)[len(self._text) - size : -1])
