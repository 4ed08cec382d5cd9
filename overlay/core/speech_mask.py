"""Masking: words that a creator does not want on the screen, in every script.

Whole words are compared in languages with spaces, normalised text in those without. It never decides what is locked;
it only says how words look and which must still wait, so that no half word is ever seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from unicodedata import category

import regex

from overlay.core.speech_words import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_GRAPHEME: Final = regex.compile(r"\X")


class Mask:
    """A list of words to mask and a list of words never to mask."""

    def __init__(self, words: Iterable[str], allowed: Iterable[str]) -> None:
        """Normalise both lists; several words in one entry are masked where they follow each other."""
        split = [tuple(plain(part) for part in entry.split()) for entry in words]
        self.allowed = {"".join(plain(part) for part in entry.split()) for entry in allowed} - {""}
        self.phrases = {one for one in split if any(one)} - {(one,) for one in self.allowed}
        self.texts = {"".join(one) for one in self.phrases}
        self._lengths = sorted({len(one) for one in self.phrases})
        self._longest_text = max((len(text) for text in self.texts), default=0)

    def __bool__(self) -> bool:
        """Whether there is anything to mask."""
        return bool(self.phrases)

    def apply(self, tokens: Sequence[str], *, spaceless: bool) -> list[str]:
        """The tokens as they may be seen."""
        if not self.phrases:
            return list(tokens)
        plain_tokens = [plain(token) for token in tokens]
        shown = list(tokens)
        if not spaceless:
            for at, found in self._phrases_in(plain_tokens):
                for place in range(at, at + len(found)):
                    shown[place] = starred(tokens[place])
            return shown
        spans = [*self._texts_in(plain_tokens)]
        for first, last in spans:
            if first == last:
                shown[first] = starred(tokens[first])
        for first, last in spans:  # after these: what one text hides is not to be seen as the beginning of another
            for place in range(first + 1, last + 1):
                shown[place] = _stars(tokens[place])
        return shown

    def waits(self, tokens: Sequence[str], *, spaceless: bool) -> int:
        """How many of the last tokens must not be seen yet: the last word may be half of one on the list."""
        if not self.phrases or not tokens:
            return 0
        plain_tokens = [plain(token) for token in tokens]
        if spaceless:  # a beginning of two or more graphemes waits but for its first
            for length in range(min(self._longest_text, len(tokens) - 1), 1, -1):
                tail = "".join(plain_tokens[-length:])
                if any(text != tail and text.startswith(tail) for text in self.texts):
                    return length - 1
            return 0
        for length in range(min(self._lengths[-1] - 1, len(tokens)), 0, -1):
            tail_words = tuple(plain_tokens[-length:])
            if any(len(phrase) > length and phrase[:length] == tail_words for phrase in self.phrases):
                return length
        return 0

    def _phrases_in(self, words: list[str]) -> Iterable[tuple[int, tuple[str, ...]]]:
        for at in range(len(words)):
            for length in self._lengths:
                found = tuple(words[at : at + length])
                if found in self.phrases:
                    yield at, found

    def _texts_in(self, pieces: list[str]) -> Iterable[tuple[int, int]]:
        """First and last token of every masked text that no allowed text contains."""
        owner = [at for at, piece in enumerate(pieces) for _ in piece]
        whole = "".join(pieces)
        spared = [(at, at + len(text)) for text in self.allowed for at in _finds(whole, text)]
        for text in self.texts:
            for at in _finds(whole, text):
                if not any(low <= at and at + len(text) <= high for low, high in spared):
                    yield owner[at], owner[at + len(text) - 1]


def _finds(whole: str, text: str) -> Iterable[int]:
    at = whole.find(text)
    while at >= 0:
        yield at
        at = whole.find(text, at + 1)


def starred(token: str) -> str:
    """A masked word: its first letter, then stars; punctuation around it stays."""
    pieces = _GRAPHEME.findall(token)
    letters = [at for at, piece in enumerate(pieces) if _is_letter(piece)]
    if not letters:
        return token
    first, last = letters[0], letters[-1]
    return "".join("*" if first < at <= last else piece for at, piece in enumerate(pieces))


def _stars(token: str) -> str:
    return "".join("*" if _is_letter(piece) else piece for piece in _GRAPHEME.findall(token))


def _is_letter(piece: str) -> bool:
    return category(piece[0])[0] in "LNS"
