"""A strip: the newest of many things in JSON, one after the other, so that a view of fifty writes only what is new.

It knows no thing from inside: each has a number, larger than the one before, and whoever holds them writes them.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from msgspec import Raw

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

NEWS: Final = 50
"""With so many things new, and nobody who looks, the strip is blank again."""


class Strip(Generic[T]):
    """The last things as they were written for one look of the scene; blank until somebody looks."""

    __slots__ = ("_longest", "_look", "_news", "_numbers", "_sizes", "_text")

    def __init__(self, longest: int) -> None:
        """Nothing is written; so many things at most will be."""
        self._longest = longest
        self._text = bytearray()  # each thing with a comma behind it
        self._sizes = array("L")  # of each
        self._numbers = array("Q")  # of each
        self._look: int | None = None  # blank
        self._news: dict[int, T] = {}

    def note(self, number: int, thing: T) -> None:
        """A thing is new, or another than it was."""
        if self._look is None:
            return
        self._news[number] = thing
        if len(self._news) > NEWS:
            self.wipe()

    def drop(self, number: int) -> None:
        """A thing is gone. If it was on the strip, one that stood before it may be the first again."""
        if not self._numbers or number >= self._numbers[0]:
            self.wipe()

    def wipe(self) -> None:
        """What is on it is not true any more."""
        self._look, self._news = None, {}
        del self._text[:], self._sizes[:], self._numbers[:]

    def tell(self, look: int, write: Callable[[T], bytes | None], everything: Callable[[], dict[int, T]]) -> None:
        """Write what is new, but for what is None; for another look of the scene, or a blank strip, everything."""
        if look != self._look:
            self.wipe()
            self._look, self._news = look, everything()
        news, self._news = self._news, {}
        for number, thing in news.items():
            written = write(thing)
            if written is not None:
                self._put(number, written)

    def _put(self, number: int, written: bytes) -> None:
        text, sizes, numbers = self._text, self._sizes, self._numbers
        if not numbers or number > numbers[-1]:
            text += b"%b," % written
            sizes.append(len(written) + 1)
            numbers.append(number)
            if len(sizes) > self._longest:
                del text[: sizes[0]], sizes[0], numbers[0]
        elif number >= numbers[0]:
            at = numbers.index(number)
            end = len(text) - sum(sizes[at + 1 :])
            text[end - sizes[at] : end - 1] = written
            sizes[at] = len(written) + 1

    def last(self, most: int) -> Raw:
        """The last of them as a list in JSON."""
        start = 0 if most >= len(self._sizes) else len(self._text) - sum(self._sizes[-most:])
        return Raw(b"".join((b"[", memoryview(self._text)[start:-1], b"]")))
