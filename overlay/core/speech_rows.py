"""Rows of captions by the cell metric: how a text breaks, and which rows stay when there are too many.

The page lays out again by measured pixels; this only decides which segments may leave, and how long text is readable.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final
from unicodedata import category, east_asian_width

import regex

if TYPE_CHECKING:
    from collections.abc import Sequence

HANGING: Final = frozenset(
    "、。，．・：；？！」』】）〕］｝〉》〙〗〟’”»"
    "ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿー々ゝゞヽヾ〻゛゜"
    "｡､｣ｧｨｩｪｫｬｭｮｯｰﾞﾟ‐–—…‥〜"
    ",.;:!?)]}%›…؟،؛۔।ฯๆ៖ៗ។"
)
"""No row starts with one of these: it hangs at the end of the row before."""

_GRAPHEME: Final = regex.compile(r"\X")


@lru_cache(maxsize=4096)
def cells(text: str) -> int:
    """The width of a text: combining marks 0, East Asian wide and fullwidth 2, all else 1."""
    if text.isascii():
        return len(text)
    return sum(_cell(letter) for letter in text)


def _cell(letter: str) -> int:
    if category(letter)[0] == "M":
        return 0
    return 2 if east_asian_width(letter) in "WF" else 1


@lru_cache(maxsize=4096)
def hangs(token: str) -> bool:
    """Whether a token is nothing but marks that must not start a row."""
    bare = token.strip()
    return bool(bare) and all(letter in HANGING or category(letter)[0] == "M" for letter in bare)


def lay_out(tokens: Sequence[str], most: int, *, spaceless: bool) -> list[str]:
    """The rows of a text: filled from the left, one after the other; a word that fits no row is broken."""
    blank, rows, width = "" if spaceless else " ", [""], 0
    for token in tokens:
        seen = cells(token.rstrip() if spaceless else token)
        if width and (width + len(blank) + seen <= most or hangs(token)):
            rows[-1] += blank + token
            width += len(blank) + (cells(token) if spaceless else seen)
            continue
        pieces = [token] if seen <= most else _broken(token, most)
        rows += pieces
        width = cells(pieces[-1])
    return [row.strip() for row in rows if row]


def _broken(word: str, most: int) -> list[str]:
    rows, width = [""], 0
    for piece in _GRAPHEME.findall(word):
        wide = cells(piece)
        if rows[-1] and width + wide > most:
            rows.append("")
            width = 0
        rows[-1] += piece
        width += wide
    return rows


def keep(rows: Sequence[Sequence[str]], is_open: Sequence[bool], most: int) -> list[list[str]]:
    """The rows of each segment that stay: the topmost go first, but never the last row of an open segment."""
    kept = [list(one) for one in rows]
    over = sum(len(one) for one in kept) - most
    for one, stays in zip(kept, is_open, strict=True):
        if over <= 0:
            break
        gone = min(over, len(one) - stays if one else 0)
        del one[:gone]
        over -= gone
    return kept
