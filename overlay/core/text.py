"""Names and lines of people made fit to be shown: no controls, no overrides, no towers of marks, and never too long.

All of it is hostile input. Nothing here hides words (widgets do) and nothing makes HTML (pages set text).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from unicodedata import normalize

import regex

from overlay.core.facts import Part

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from overlay.core.events import Emote

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
_PLACEHOLDER: Final = regex.compile(r"\[[^\[\]\n]{1,64}\]")


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
    return _clean_line(text, graphemes).strip()


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


def split_emotes(text: str, emotes: Sequence[Emote]) -> tuple[Part, ...]:
    """A chat line in parts: emotes stand where they were told to, else at their placeholders, else at the end."""
    if not emotes:
        line = clean_text(text)
        return (Part(text=line),) if line else ()
    parts: list[Part] = []
    left = LINE_GRAPHEMES
    for piece in _pieces(text, emotes):
        if isinstance(piece, str):
            line = _clean_line(piece, left)
            left -= len(line)
            parts.append(Part(text=line))
        else:
            parts.append(Part(emote=piece.id or "", image=piece.image))
    return tuple(_trimmed(parts))


def _clean_line(text: str | None, graphemes: int) -> str:
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


def _pieces(text: str, emotes: Sequence[Emote]) -> Iterator[str | Emote]:
    """The text between emotes, and the emotes, in order of place."""
    at = 0
    for start, end, emote in sorted(_places(text, emotes), key=lambda place: place[:2]):
        if start > at:
            yield text[at:start]
        yield emote
        at = max(at, end)
    if at < len(text):
        yield text[at:]


def _places(text: str, emotes: Sequence[Emote]) -> Iterator[tuple[int, int, Emote]]:
    """Where each emote stands: (start, end of what it replaces, emote)."""
    holders = [(found.start(), found.end()) for found in _PLACEHOLDER.finditer(text)]
    told = {emote.place for emote in emotes if emote.place is not None}
    free = iter([holder for holder in holders if holder[0] not in told])
    ends = dict(holders)
    for emote in emotes:
        if emote.place is None:
            start, end = next(free, (len(text), len(text)))
        else:
            start = min(emote.place, len(text))
            end = ends.get(start, start)
        yield start, end, emote


def _trimmed(parts: list[Part]) -> Iterator[Part]:
    """Without blanks at both ends of the line, and without empty parts."""
    last = len(parts) - 1
    for at, part in enumerate(parts):
        line = part.text
        if line is None:
            yield part
            continue
        if at == 0:
            line = line.lstrip()
        if at == last:
            line = line.rstrip()
        if line:
            yield Part(text=line)
