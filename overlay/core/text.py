"""Names and lines of people made fit to be shown: no controls, no overrides, no towers of marks, and never too long.

All of it is hostile input. Nothing here hides words (widgets do) and nothing makes HTML (pages set text).
"""

from __future__ import annotations

from typing import Final
from unicodedata import normalize

import regex

NAME_GRAPHEMES: Final = 64
LINE_GRAPHEMES: Final = 500
MARKS_A_BASE: Final = 3
"""Combining marks that one character may carry: enough for every script, too few for a tower."""

POINTS_A_GRAPHEME: Final = 16
"""A family of emoji has up to 11 code points; a grapheme of thousands is an attack."""

ANONYMOUS: Final = "Anonymous"
"""The label for whoever has no name that can be shown."""

# C0, C1, lone surrogates, embeddings, overrides, isolates, BOM: what both names and lines lose. LINE and PARAGRAPH
# SEPARATOR, tabs and breaks become blanks first.
_BREAKS: Final = regex.compile(r"[\t\n\v\f\r\x85\u2028\u2029]+")
_UNWANTED: Final = regex.compile(r"[\p{Cc}\p{Cs}\u202A-\u202E\u2066-\u2069\uFEFF]+")
# A name also stands alone in a row: direction marks there only disturb its neighbours.
_UNWANTED_IN_NAMES: Final = regex.compile(
    r"[\p{Cc}\p{Cs}\u2028\u2029\u202A-\u202E\u2066-\u2069\u200E\u200F\u061C\uFEFF]+"
)
# Tag characters spell flags after U+1F3F4 and hide text everywhere else.
_TAGS: Final = regex.compile(r"(\U0001F3F4[\U000E0020-\U000E007E]{1,7}\U000E007F)|[\U000E0000-\U000E007F]+")
_TOWER: Final = regex.compile(rf"(?:\p{{M}}\p{{Cf}}*){{{MARKS_A_BASE + 1}}}")
_MARK: Final = regex.compile(r"\p{M}")
_FORMAT: Final = regex.compile(r"\p{Cf}")
_VISIBLE: Final = regex.compile(r"[^\p{Z}\p{Cc}\p{Cf}\p{Cs}\p{M}\p{Default_Ignorable_Code_Point}\u2800]")
_GRAPHEME: Final = regex.compile(r"\X")


def clean_name(text: str | None) -> str:
    """A name as it may be shown, or nothing if nothing of it can be seen."""
    if not text:
        return ""
    if text.isascii() and text.isprintable():
        return text.strip()[:NAME_GRAPHEMES].rstrip()
    text = text[: 4 * NAME_GRAPHEMES * POINTS_A_GRAPHEME]
    text = normalize("NFC", _untagged(_UNWANTED_IN_NAMES.sub("", text)))
    text = cut(_lowered(text).strip(), NAME_GRAPHEMES).rstrip()
    return text if _VISIBLE.search(text) else ""


def show_name(nickname: str | None, handle: str | None) -> str:
    """The name of a person: the nickname, else the handle, else the label for anonymous."""
    name = clean_name(nickname)
    if name:
        return name
    plain = clean_name(handle)
    return f"@{plain}" if plain else ANONYMOUS


def clean_text(text: str | None, graphemes: int = LINE_GRAPHEMES) -> str:
    """A line as it may be shown: one line, no overrides, at most so many graphemes."""
    return clean_piece(text, graphemes).strip()


def fold_name(name: str) -> str:
    """A name or handle as it is compared with a list: without @, case and compatibility forms."""
    return normalize("NFKC", clean_name(name).lstrip("@")).casefold().strip()


def cut(text: str, graphemes: int) -> str:
    """The first graphemes of a text; never half of one, unless that one alone is absurdly long."""
    if len(text) <= graphemes:
        return text
    end = 0
    longest = graphemes * POINTS_A_GRAPHEME
    for count, found in enumerate(_GRAPHEME.finditer(text, 0, longest + 1)):
        if count == graphemes or found.end() > longest:
            return text[: end or longest]
        end = found.end()
    return text[:end]


def clean_piece(text: str | None, graphemes: int) -> str:
    """A piece of a line: like a line, with the blanks at its ends."""
    if not text or graphemes <= 0:
        return ""
    if text.isascii() and text.isprintable():
        return text[:graphemes]
    text = text[: 4 * graphemes * POINTS_A_GRAPHEME]
    text = _lowered(_untagged(_UNWANTED.sub("", _BREAKS.sub(" ", text))))
    text = cut(text, graphemes)
    return text if _VISIBLE.search(text) else " " * (" " in text)


def _untagged(text: str) -> str:
    return _TAGS.sub(r"\1", text) if _TAGS.search(text) else text


def _lowered(text: str) -> str:
    """Without the marks that a base has too many of; format characters in between do not start a new base."""
    if not _TOWER.search(text):
        return text
    kept = []
    height = 0
    for char in text:
        if _MARK.match(char):
            height += 1
            if height > MARKS_A_BASE:
                continue
        elif not _FORMAT.match(char):
            height = 0
        kept.append(char)
    return "".join(kept)
