"""Captions: what is being said, on the screen as long as it can be read. The stage folds; the page lays out rows.

Text is data: it is never markup, and no half word of a masked one is ever in a view.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta, Struct, field

from overlay.core.speech import State
from overlay.core.speech_stage import Stage, select
from overlay.core.widget import Kind, Shared

if TYPE_CHECKING:
    from overlay.core.scene import Scene

Words = Annotated[list[Annotated[str, Meta(min_length=1, max_length=100)]], Meta(max_length=1000)]


class Options(Shared, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What captions may be told."""

    source: Literal["auto", "captions", "native"] = "auto"
    mode: Literal["fast", "stable", "final"] = "fast"
    translation: Literal["off", "replace", "both"] = "off"
    target: Annotated[str, Meta(pattern=r"^[A-Za-z0-9]+([-_][A-Za-z0-9]+)*$", max_length=35)] | None = None
    speakers: bool = True
    rows: Annotated[int, Meta(ge=1, le=10)] = 2
    cells: Annotated[int, Meta(ge=4, le=200)] = 32
    delay_ms: Annotated[int, Meta(ge=0, le=60_000)] = 0
    mask: Words = field(default_factory=list)
    allow: Words = field(default_factory=list)
    look: Literal["box", "outline"] = "box"


class Segment(Struct, frozen=True):
    """One segment: `fixed` does not change before the final, `tail` may. `final`: no more is expected of it."""

    id: str
    speaker: str | None
    fixed: str
    tail: str
    final: bool
    language: str | None
    translation: str | None
    started_ms: int


class View(Struct, frozen=True):
    """What may be on the screen now, oldest first."""

    segments: list[Segment]
    source: str


def view(_state: State, stage: Stage, options: Options, scene: Scene, _at_ms: int) -> View:
    """What the stage has on the screen."""
    source = select(options.source, scene.caption_source)
    shown = stage.shown if source == stage.source else []
    return View(
        [
            Segment(
                id=one.id,
                speaker=one.speaker if options.speakers else None,
                fixed=one.fixed,
                tail=one.tail,
                final=one.final,
                language=one.language,
                translation=one.translation,
                started_ms=one.started_ms,
            )
            for one in shown
        ],
        source,
    )


def _said(key: str, speaker: str | None, language: str, *text: str | None) -> dict[str, Any]:
    fixed, tail, translation = text
    return {
        "id": key,
        "speaker": speaker,
        "fixed": fixed,
        "tail": tail,
        "final": not tail,
        "language": language,
        "translation": translation,
        "started_ms": 1_790_000_000_000,
    }


SAMPLE: dict[str, Any] = {
    "segments": [
        _said("1", "Speaker 1", "en", "Hello everyone, welcome to my stream!", "", None),
        _said("2", "Speaker 2", "en", "Can you play", "the other one", None),
    ],
    "source": "native",
}
"""What previews show."""

ARABIC = "\u0645\u0631\u062d\u0628\u0627 \u0628\u0627\u0644\u062c\u0645\u064a\u0639 \u0641\u064a \u0628\u062b\u064a"
JAPANESE = "\u4eca\u65e5\u306f\u7686\u3055\u3093\u3042\u308a\u304c\u3068\u3046\u3002"
STRAINED: dict[str, Any] = {
    "segments": [
        _said("1", "The one with the longest label of all speakers here", "en", "w" * 200, "", None),
        _said("2", "Speaker 2", "ar", ARABIC, ARABIC, "<img src=x onerror=alert(1)> & all"),
        _said("3", None, "ja", JAPANESE * 4, JAPANESE, None),
    ],
    "source": "captions",
}
"""What no layout may break on."""

WIDGET = Kind(
    name="captions",
    title="Captions",
    summary="Live captions of the stream, translated if wanted, calm to read in any script.",
    width=960,
    height=200,
    options=Options,
    state=State,
    stage=lambda _options: Stage(),
    staged=("source", "mode", "translation", "target", "rows", "cells", "delay_ms", "mask", "allow"),
    view=view,
    sample=SAMPLE,
    strained=STRAINED,
)
