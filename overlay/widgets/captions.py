"""Captions: what is being said, on the screen as long as it can be read. The stage folds; the page lays out rows.

Text is data: it is never markup, and no half word of a masked one is ever in a view.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta, Struct, field

from overlay.core.moving import UNSPOKEN
from overlay.core.speech import State
from overlay.core.speech_stage import Stage, select
from overlay.core.widget import END, Kind, Shared

if TYPE_CHECKING:
    from overlay.core.scene import Scene

Words = Annotated[list[Annotated[str, Meta(min_length=1, max_length=100)]], Meta(max_length=1000)]


class Options(Shared, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What captions may be told."""

    source: Literal["auto", "captions", "native"] = "auto"
    mode: Literal["fast", "stable", "final"] = "fast"
    translation: Literal["off", "replace", "both"] = "off"
    target: Annotated[str, Meta(pattern=r"^[A-Za-z0-9]+([-_][A-Za-z0-9]+)*" + END, max_length=35)] | None = None
    speakers: bool = True
    rows: Annotated[int, Meta(ge=1, le=10)] = 2
    cells: Annotated[int, Meta(ge=4, le=200)] = 32
    delay_ms: Annotated[int, Meta(ge=0, le=60_000)] = 0
    mask: Words = field(default_factory=list)
    allow: Words = field(default_factory=list)
    look: Literal["box", "outline"] = "box"


class Segment(Struct, frozen=True, gc=False):
    """One segment: `fixed` does not change before the final, `tail` may. `final`: no more is expected of it."""

    id: str
    speaker: str | None
    fixed: str
    tail: str
    final: bool
    language: str | None
    translation: str | None
    started_ms: int


class View(Struct, frozen=True, gc=False):
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
    ignores=lambda _options: UNSPOKEN,
)
