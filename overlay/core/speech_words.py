"""Words of captions: cleaned text, its tokens, and how two hypotheses compare.

A token is a word where a language puts spaces, else a grapheme with the blank that may follow it. Comparing is done
without case and punctuation. Nothing here knows a segment or a row.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final
from unicodedata import category, normalize

import regex

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_FRAME_CHARS: Final = 2_000
MAX_LANGUAGE: Final = 35
MAX_SPEAKER: Final = 64

SPACELESS: Final = frozenset({"zh", "ja", "yue", "wuu", "nan", "hak", "cmn", "th", "lo", "km", "my"})
"""Languages that put no space between words: CJK, Thai, Lao, Khmer, Burmese. (Korean puts spaces.)"""

_UNWANTED: Final = regex.compile(r"[\u202A-\u202E\u2066-\u2069\u200B\u2060\uFEFF]+")
_BLANK: Final = regex.compile(r"[\s\p{Cc}\p{Cs}]+")
_SPACELESS_SCRIPT: Final = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
_LETTER: Final = regex.compile(r"\p{L}")
_GRAPHEME: Final = regex.compile(r"\X\s*")

ALIGN_BAND: Final = 40
"""How far words may have shifted between two hypotheses; it also bounds the work of comparing them."""

ANCHOR_WORDS: Final = 48
"""Of a run-on whose beginning has been cut off, so many locked words are looked for in the new window."""


def clean(text: str) -> str:
    """The text as it may be shown: one line, no controls, no overrides; of too much the end."""
    if not text.isprintable():  # rare; in all else nothing is unwanted, and no blank but the plain one
        text = _BLANK.sub(" ", _UNWANTED.sub("", text))
    return " ".join(text.split())[-MAX_FRAME_CHARS:].lstrip()


def is_cut(text: str) -> bool:
    """Whether a text fills a whole frame: then its beginning may be missing."""
    return len(text) >= MAX_FRAME_CHARS - 1


@lru_cache(maxsize=256)
def base(language: str | None) -> str:
    """The language without region and script: what translations are compared by."""
    return (language or "").replace("_", "-").split("-")[0].lower()


def is_spaceless(language: str | None, text: str) -> bool:
    """Whether words are not set apart by spaces; of an untold language the letters tell."""
    if language:
        return base(language) in SPACELESS
    letters = len(_LETTER.findall(text[:200]))
    return bool(letters) and len(_SPACELESS_SCRIPT.findall(text[:200])) * 2 > letters


def split(text: str, *, spaceless: bool) -> list[str]:
    """The tokens of a cleaned text."""
    return list(_GRAPHEME.findall(text)) if spaceless else text.split()


def join(tokens: Sequence[str], *, spaceless: bool) -> str:
    """The text of tokens."""
    return "".join(tokens).strip() if spaceless else " ".join(tokens)


@lru_cache(maxsize=4096)
def plain(token: str) -> str:
    """A token as it is compared: compatibility forms, case and punctuation away; pure punctuation stays itself."""
    folded = normalize("NFKC", normalize("NFKC", token).casefold()).strip()
    bare = "".join(letter for letter in folded if category(letter)[0] not in "PSZ" and letter not in "\u200c\u200d")
    return bare or folded


def plains(tokens: Sequence[str]) -> list[str]:
    """Tokens as they are compared."""
    return [plain(token) for token in tokens]


def agreement(one: Sequence[str], other: Sequence[str]) -> int:
    """How many words two hypotheses share from the beginning (both plain)."""
    count = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        count += 1
    return count


def shared(one: Sequence[str], other: Sequence[str]) -> int:
    """How many words two hypotheses share in any order (both plain)."""
    left: dict[str, int] = {}
    for word in one:
        left[word] = left.get(word, 0) + 1
    count = 0
    for word in other:
        if left.get(word, 0):
            left[word] -= 1
            count += 1
    return count


def is_half_shared(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether at least half of the words are the same; a hypothesis that grows is measured by the shorter one."""
    shorter = min(len(one), len(other))
    return shorter > 0 and shared(one, other) * 2 >= shorter


def align(locked: Sequence[str], hyp: Sequence[str]) -> int:
    """Where in a hypothesis the locked words end: fewest edits, free end; of equals the one that takes in most."""
    same = agreement(locked, hyp)
    return same + _fewest_edits(locked[same:], hyp[same:], free_start=False)


def anchor(locked: Sequence[str], hyp: Sequence[str]) -> int:
    """The same for a window whose beginning is missing: the last locked words are looked for anywhere in it."""
    tail = locked[-ANCHOR_WORDS:]
    return _fewest_edits(tail, hyp, free_start=True) if tail else 0


def _fewest_edits(locked: Sequence[str], hyp: Sequence[str], *, free_start: bool) -> int:
    if not locked:
        return 0
    width, far = len(hyp), len(locked) + len(hyp)
    above = [0 if free_start else at for at in range(width + 1)]
    for row, word in enumerate(locked, 1):
        low, high = (0, width) if free_start else (max(0, row - ALIGN_BAND), min(width, row + ALIGN_BAND))
        line = [far] * (width + 1)
        if low == 0:
            line[0] = row
        for at in range(max(1, low), high + 1):
            line[at] = min(above[at - 1] + (word != hyp[at - 1]), above[at] + 1, line[at - 1] + 1)
        above = line
    best = min(above)
    return max(at for at, edits in enumerate(above) if edits == best)
