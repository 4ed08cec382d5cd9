"""A chat line in parts: its text, and its emotes where they stand. It cleans nothing by itself (`text.py` does)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from overlay.core.facts import Part
from overlay.core.text import LINE_GRAPHEMES, clean_piece, clean_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from overlay.core.events import Emote

_PLACEHOLDER: Final = re.compile(r"\[[^\[\]\n]{1,64}\]")


def split_emotes(text: str, emotes: Sequence[Emote]) -> tuple[Part, ...]:
    """A chat line in parts: emotes stand where they were told to, else at their placeholders, else at the end."""
    if not emotes:
        line = clean_text(text)
        return (Part(text=line),) if line else ()
    parts: list[Part] = []
    left = LINE_GRAPHEMES
    for piece in _pieces(text, emotes):
        if isinstance(piece, str):
            line = clean_piece(piece, left)
            left -= len(line)
            parts.append(Part(text=line))
        else:
            parts.append(Part(emote=piece.id or "", image=piece.image))
    return tuple(_trimmed(parts))


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
