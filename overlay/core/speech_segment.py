"""A segment of speech, the frame that changes it, and the figures of the fold.

A segment is what one speaker says in one breath, as the recogniser cuts it: words that are locked, words that may still
change. Here stands how a frame changes one segment; which segment it belongs to is decided elsewhere.
It never decides which segment a frame belongs to.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

import regex
from msgspec import Struct, field
from msgspec.structs import replace

from overlay.core.speech_words import (
    MAX_LANGUAGE,
    MAX_SPEAKER,
    agreement,
    align,
    anchor,
    clean,
    is_cut,
    is_spaceless,
    join,
    plains,
    split,
)

if TYPE_CHECKING:
    from overlay.core.events import Caption, Translation

MAX_SEGMENT_TOKENS: Final = 400
LARGEST: Final = 2**53 - 1
_LANGUAGE: Final = regex.compile(r"[A-Za-z0-9]+([-_][A-Za-z0-9]+)*")

Closed = Literal["final", "superseded", "timeout", "interrupted", "discarded", "cleared"]


class Frame(Struct, gc=False):
    """A caption as the fold reads it."""

    text: str
    tokens: list[str]
    plain: list[str]
    spaceless: bool
    cut: bool
    final: bool
    speaker: str | None
    language: str | None
    start_ms: int | None
    end_ms: int | None


@lru_cache(maxsize=64)
def read(event: Caption) -> Frame:
    """Clean a caption and take it apart: once for all that hear it in one tick, so nobody may change what it gives."""
    text, language = clean(event.text), _language(event.language)
    spaceless = is_spaceless(language, text)
    tokens = split(text, spaceless=spaceless)
    return Frame(
        text=text,
        tokens=tokens,
        plain=plains(tokens),
        spaceless=spaceless,
        cut=is_cut(text) or len(tokens) > MAX_SEGMENT_TOKENS,
        final=event.final,
        speaker=label(event.speaker),
        language=language,
        start_ms=_time(event.start_ms),
        end_ms=_time(event.end_ms),
    )


def tame(event: Caption | Translation) -> Caption | Translation:
    """A caption or translation that can be kept: what was wild about it is gone already."""
    return replace(
        event,
        text=clean(event.text),
        speaker=label(event.speaker),
        start_ms=_time(event.start_ms),
        end_ms=_time(event.end_ms),
    )


def label(speaker: str | None) -> str | None:
    """A speaker's label as it may be shown."""
    return clean(speaker)[:MAX_SPEAKER].strip() or None if speaker else None


@lru_cache(maxsize=256)
def _language(told: str | None) -> str | None:
    return told if told and len(told) <= MAX_LANGUAGE and _LANGUAGE.fullmatch(told) else None


def _time(value: int | None) -> int | None:
    return value if value is not None and abs(value) <= LARGEST else None


class Segment(Struct, kw_only=True, gc=False):
    """One segment. `tokens[:stable]` are locked; `closed` None is open; `hidden` has left the screen for good."""

    id: str
    epoch: int
    speaker: str | None
    language: str | None
    spaceless: bool
    began_ms: int  # receipt of its first frame
    heard_ms: int  # receipt of its last frame that counted
    start_ms: int | None = None  # by the recogniser's clock
    last_start_ms: int | None = None  # where the recogniser put the start last: it may drift
    last_end_ms: int | None = None
    tokens: list[str] = field(default_factory=list)
    stable: int = 0
    last_hyp: list[str] = field(default_factory=list)  # plain words of the last hypothesis
    cut: bool = False  # the beginning has been dropped
    closed: Closed | None = None
    closed_ms: int = 0
    hidden: bool = False
    translation: str | None = None
    provisional: bool = False  # translated before it was final

    @property
    def is_open(self) -> bool:
        """Whether more frames are expected, and seen."""
        return self.closed is None

    @property
    def text(self) -> str:
        """All its words."""
        return join(self.tokens, spaceless=self.spaceless)

    @property
    def plain(self) -> list[str]:
        """Its words as they are compared."""
        return plains(self.tokens)

    def close(self, why: Closed, at_ms: int) -> None:
        """No more frames are expected."""
        self.closed, self.closed_ms = why, at_ms

    def reopen(self, frame: Frame, epoch: int) -> None:
        """The same words go on: by another connection, or after a long pause. Earlier votes do not count."""
        if epoch != self.epoch:
            self.epoch, self.start_ms, self.last_end_ms = epoch, frame.start_ms, None
        self.closed, self.hidden, self.last_hyp = None, False, []

    def hear_partial(self, frame: Frame, at_ms: int) -> None:
        """Another hypothesis: locked words stay, and more are locked where two hypotheses agree."""
        self._hear(frame, at_ms)
        locked = self.tokens[: self.stable]
        if self.cut or frame.cut:
            at = anchor(plains(locked), frame.plain)
            agreed = at + agreement(plains(self.tokens[self.stable :]), frame.plain[at:])
        else:
            at = self.stable
            if frame.tokens[:at] != locked and frame.plain[:at] != (plain_locked := plains(locked)):
                at = align(plain_locked, frame.plain)
            agreed = agreement(self.last_hyp, frame.plain)
        self.tokens = locked + frame.tokens[at:]
        self.stable += max(0, min(agreed, len(frame.tokens) - 1) - at)  # the last word is held back
        self.last_hyp = frame.plain
        self._trim()

    def hear_final(self, frame: Frame, at_ms: int) -> None:
        """The one rewrite: all words, case, punctuation and speaker."""
        self._hear(frame, at_ms)
        self.speaker = frame.speaker
        self.tokens, self.last_hyp = list(frame.tokens), []
        self.stable = len(self.tokens)
        self._trim()
        self.close("final", at_ms)

    def take_back(self, at_ms: int) -> None:
        """The recogniser has nothing after all: locked words were read already and stay."""
        del self.tokens[self.stable :]
        self.heard_ms = at_ms
        self.close("discarded", at_ms)

    def _hear(self, frame: Frame, at_ms: int) -> None:
        self.heard_ms, self.speaker = at_ms, frame.speaker
        if frame.start_ms is not None:
            self.start_ms = frame.start_ms if self.start_ms is None else self.start_ms
            self.last_start_ms = frame.start_ms
        if frame.end_ms is not None:
            self.last_end_ms = frame.end_ms
        if frame.spaceless != self.spaceless:  # another way to count words: count the present ones again
            locked = split(join(self.tokens[: self.stable], spaceless=self.spaceless), spaceless=frame.spaceless)
            self.tokens, self.stable, self.last_hyp = locked, len(locked), []
        self.language, self.spaceless = frame.language or self.language, frame.spaceless

    def _trim(self) -> None:
        over = len(self.tokens) - MAX_SEGMENT_TOKENS
        if over > 0:
            del self.tokens[:over]
            self.stable, self.cut = max(0, self.stable - over), True
