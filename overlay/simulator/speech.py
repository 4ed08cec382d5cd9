"""Speech: growing windows of a sentence that are corrected on the way, then a final; two forms of it on the wire.

Native captions travel on the live socket; the captions socket has speakers, translations and credits (sockets.py sends
those). Pure: it reads no clock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from overlay.simulator.speeches import LANGUAGES, MISHEARD, NO_SPACES, SENTENCES, translated, windows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from overlay.simulator.dice import Dice
    from overlay.simulator.stage import Stage

WORD_MS = 330


class Said(NamedTuple):
    """One moment of speech: wait, then this text, partial or final."""

    wait_ms: int
    text: str
    final: bool
    language: str
    speaker: int
    row: int
    begun: bool


def sentence(dice: Dice, language: str, speaker: int) -> Iterator[Said]:
    """Say one sentence: windows grow, one now and then is misheard and corrected, the final may differ in its end."""
    row = dice.span(0, len(SENTENCES) - 1)
    text = SENTENCES[row][LANGUAGES.index(language)]
    step = dice.span(2, 4) if language in NO_SPACES else dice.span(1, 3)
    begun = True
    for window in windows(text, language, step):
        heard = window.rstrip(".,!?،。！？")
        if dice.chance(0.15):
            glue = "" if language in NO_SPACES else " "
            heard = f"{heard}{glue}{MISHEARD[language]}"
        yield Said(
            WORD_MS * step + dice.span(0, 150),
            heard,
            final=False,
            language=language,
            speaker=speaker,
            row=row,
            begun=begun,
        )
        begun = False
    yield Said(700, text, final=True, language=language, speaker=speaker, row=row, begun=begun)


def talk(dice: Dice, language: str, pause_ms: int, guests: int = 0) -> Iterator[Said]:
    """Talk without end: the host most of the time, guests in between, the language changing now and then."""
    while True:
        speaker = dice.span(1, guests) + 1 if guests and dice.chance(0.35) else 1
        tongue = dice.pick(LANGUAGES) if dice.chance(0.12) else language
        first = True
        for said in sentence(dice, tongue, speaker):
            yield said._replace(wait_ms=said.wait_ms + (dice.gap(pause_ms) if first else 0))
            first = False


def native(stage: Stage, pause_ms: int) -> Iterator[int]:
    """Send TikTok's own captions on the live socket."""
    started = 0
    for said in talk(stage.dice, stage.host.language, pause_ms):
        yield said.wait_ms
        if said.begun:
            started = stage.wall() - WORD_MS
        stage.say(
            "caption",
            text=said.text,
            language=said.language,
            isFinal=said.final,
            startedAtMs=started,
            endsAtMs=stage.wall(),
            protoVersion=3,
        )


def transcript(
    dice: Dice, language: str, target: str, *, diarization: bool, clock: int
) -> Iterator[tuple[int, dict[str, object]]]:
    """Write the frames of the captions socket, each with the time to wait before it."""
    started = now = clock
    for said in talk(dice, language, 2500, guests=1):
        now += said.wait_ms
        started = now - WORD_MS if said.begun else started
        who: dict[str, object] = {"speaker": f"Speaker {said.speaker}"} if diarization else {}
        times = {"startedAtMs": started, "endsAtMs": now}
        yield (
            said.wait_ms,
            {"type": "caption", "text": said.text, **who, "isFinal": said.final, "language": said.language, **times},
        )
        if said.final and target and target != said.language:
            late = 300 + dice.span(0, 900)
            now += late
            text = translated(said.row, target, said.language)
            yield late, {"type": "translation", "text": text, **who, "targetLanguage": target, "startedAtMs": started}
