"""What of a segment may be seen: by mode, mask and translation; and which rows of all of them stay.

Pure: segments and options in, texts and rows out. It decides no time but the wait for a translation.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from overlay.core.speech_mask import Mask
from overlay.core.speech_rows import keep, lay_out
from overlay.core.speech_words import base, is_spaceless, join, split

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from overlay.core.speech_segment import Segment

TRANSLATION_WAIT_MS: Final = 2_500


class Manner(Struct, frozen=True):
    """How one widget shows speech: its options, and the language that is translated to."""

    mode: str = "fast"
    rows: int = 2
    cells: int = 32
    translation: str = "off"
    target: str | None = None
    mask: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()


class Shown(Struct, frozen=True, gc=False):
    """One segment as it may be seen now."""

    id: str
    speaker: str | None
    fixed: str
    tail: str
    final: bool
    language: str | None
    translation: str | None
    started_ms: int
    open: bool
    rows: tuple[str, ...]

    @property
    def look(self) -> tuple[str, str | None, str, str, str | None]:
        """What an eye would notice if it changed."""
        return (self.id, self.speaker, self.fixed, self.tail, self.translation)


@lru_cache(maxsize=64)
def _mask(words: tuple[str, ...], allowed: tuple[str, ...]) -> Mask:
    return Mask(words, allowed)


def is_translated(segment: Segment, manner: Manner) -> bool:
    """Whether a segment's words are wanted in another language; speech already in the target is not."""
    target = base(manner.target)
    return manner.translation != "off" and not (target and base(segment.language) == target)


def waits_until(segment: Segment, manner: Manner) -> int | None:
    """Until when a closed segment is kept back for its translation; None if it is not."""
    if manner.translation != "replace" or segment.translation is not None or not is_translated(segment, manner):
        return None
    return None if segment.is_open else segment.closed_ms + TRANSLATION_WAIT_MS


def show(segment: Segment, manner: Manner, now_ms: int) -> Shown | None:
    """A segment as it may be seen, or None if nothing of it may."""
    if segment.hidden or (manner.mode == "final" and segment.closed != "final"):
        return None
    mask = _mask(manner.mask, manner.allow)
    translation = _translation(segment, manner, mask)
    if manner.translation == "replace" and is_translated(segment, manner):
        until = waits_until(segment, manner)
        if translation is None and (until is None or now_ms < until):
            return None
    fixed, tail = ([], []) if manner.translation == "replace" and translation else _words(segment, manner, mask)
    if not (fixed or tail or translation):
        return None
    return Shown(
        id=segment.id,
        speaker=segment.speaker,
        fixed="".join(fixed).lstrip() if segment.spaceless and tail else join(fixed, spaceless=segment.spaceless),
        tail=join(tail, spaceless=segment.spaceless),
        final=segment.closed in {"final", "discarded"},
        language=segment.language,
        translation=translation,
        started_ms=segment.began_ms,
        open=segment.closed is None,
        rows=_rows([*fixed, *tail], translation, segment, manner),
    )


def _rows(words: list[str], translation: str | None, segment: Segment, manner: Manner) -> tuple[str, ...]:
    rows = lay_out(words, manner.cells, spaceless=segment.spaceless)
    if translation:
        spaceless = is_spaceless(manner.target, translation)
        rows += lay_out(split(translation, spaceless=spaceless), manner.cells, spaceless=spaceless)
    return tuple(rows)


def _translation(segment: Segment, manner: Manner, mask: Mask) -> str | None:
    text = segment.translation
    if not text or not is_translated(segment, manner):
        return None
    spaceless = is_spaceless(manner.target, text)
    return join(mask.apply(split(text, spaceless=spaceless), spaceless=spaceless), spaceless=spaceless)


def _words(segment: Segment, manner: Manner, mask: Mask) -> tuple[list[str], list[str]]:
    """The locked and the loose words that mode and mask allow."""
    words, stable = segment.tokens, segment.stable
    over = segment.closed in {"final", "discarded"}
    if mask and not over:
        words = words[: max(stable, len(words) - 1)]  # the last loose word may be half a word
        words = words[: len(words) - mask.waits(words, spaceless=segment.spaceless)]
    seen = mask.apply(words, spaceless=segment.spaceless)
    return seen[:stable], [] if manner.mode == "stable" else seen[stable:]


def choose(segments: Iterable[Segment], manner: Manner, now_ms: int) -> tuple[list[Shown], list[list[str]], set[str]]:
    """What is on the screen, the rows that are kept of each, and the ids of closed segments that have rolled off."""
    seen = [segment for segment in segments if not segment.hidden]  # nearly all have left the screen for good
    shown = [one for segment in seen if (one := show(segment, manner, now_ms)) is not None]
    kept = keep([one.rows for one in shown], [one.open for one in shown], manner.rows)
    gone = {one.id for one, rows in zip(shown, kept, strict=True) if not rows}
    stays = [at for at, rows in enumerate(kept) if rows]
    return [shown[at] for at in stays], [kept[at] for at in stays], gone


def characters(rows: Sequence[Sequence[str]]) -> int:
    """How many characters there are to read."""
    return sum(len(row) for one in rows for row in one)
