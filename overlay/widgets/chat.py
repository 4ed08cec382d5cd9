"""Chat: the last lines that the owner's filters let through, oldest first. The page draws; deleted lines are not here.

Lines in between (`between`) carry `what` beside the form of a line: join, gift or follow, and question for the Q&A.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Annotated, Final, Literal

from msgspec import Meta, Raw, Struct, field

from overlay.core import facts, lines
from overlay.core.sieve import sieve
from overlay.core.transcript import Entry, Transcript
from overlay.core.widget import Kind, Shared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from overlay.core.facts import Fact
    from overlay.core.scene import Scene

BETWEEN: Final[dict[str, type[Fact]]] = {
    "join": facts.Joined,
    "gift": facts.Credit,
    "follow": facts.Followed,
    "question": facts.Asked,
}
Names = Annotated[list[Annotated[str, Meta(max_length=100)]], Meta(max_length=500)]


class Options(Shared, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a chat may be told."""

    rows: Annotated[int, Meta(ge=1, le=50)] = 12
    fade_s: Annotated[float, Meta(ge=0, le=86400)] = 0
    direction: Literal["up", "down"] = "up"
    avatars: bool = True
    badges: bool = True
    levels: bool = True
    between: list[Literal["join", "gift", "follow"]] = field(default_factory=list)
    hide_commands: bool = True
    hide_links: bool = False
    hide_names: Names = field(default_factory=list)
    hide_words: Names = field(default_factory=list)
    highlight: list[Literal["moderator", "subscriber", "question", "reply"]] = field(default_factory=list)
    slow: bool = True


class View(Struct, frozen=True, gc=False):
    """The lines on screen."""

    messages: Raw


def let_through(options: Options, scene: Scene) -> Callable[[Entry], bool]:
    """What the owner lets through."""
    return sieve(
        scene,
        commands=options.hide_commands,
        links=options.hide_links,
        flood=options.slow,
        names=options.hide_names,
        words=options.hide_words,
    )


def picked(state: Transcript, options: Options, scene: Scene, at_ms: int) -> list[Entry]:
    """The last rows that have not faded, oldest first."""
    passes = let_through(options, scene)
    oldest = at_ms - round(1000 * options.fade_s) if options.fade_s else -1
    found: list[Entry] = []
    for kind in kinds(options):
        passed = (entry for entry in state.back(kind) if entry.at_ms > oldest and passes(entry))
        found += islice(passed, options.rows)
    return sorted(found, key=lambda entry: entry.serial)[-options.rows :]


def kinds(options: Options) -> Iterator[str]:
    """The kinds of lines that are wanted."""
    yield "chat"
    yield from dict.fromkeys(options.between)
    if "question" in options.highlight:
        yield "question"


def ignores(options: Options) -> frozenset[type[Fact]]:
    """What is said in between only counts where it is wanted."""
    wanted = {BETWEEN[kind] for kind in kinds(options) if kind in BETWEEN}
    return frozenset(BETWEEN.values()) - wanted


def view(state: Transcript, _stage: None, options: Options, scene: Scene, at_ms: int) -> View:
    """The lines on screen now."""
    if not is_lasting(options):
        return View(lines.listed(picked(state, options, scene, at_ms), scene))
    by = (options.hide_commands, options.hide_links, options.slow, *options.hide_words)
    strip, passes = state.strip(by, options.rows), let_through(options, scene)
    strip.tell(
        scene.look,
        lambda entry: lines.write(entry, scene) if passes(entry) else None,
        lambda: {entry.serial: entry for entry in picked(state, options, scene, at_ms)},
    )
    return View(strip.last(options.rows))


def is_lasting(options: Options) -> bool:
    """Whether only newer lines ever take one from the screen, no moment and no new name: those alone are judged."""
    return not (options.fade_s or options.hide_names or options.between or "question" in options.highlight)


def wake(state: Transcript, _stage: None, options: Options, at_ms: int) -> int | None:
    """When the next line fades."""
    if not options.fade_s:
        return None
    fade_ms = round(1000 * options.fade_s)
    ends = (entry.at_ms + fade_ms for kind in kinds(options) for entry in state.back(kind))
    return min((end for end in ends if end > at_ms), default=None)


WIDGET = Kind(
    name="chat",
    title="Chat",
    summary="What people write, with names, badges and emotes; deleted lines go at once.",
    width=480,
    height=720,
    options=Options,
    state=Transcript,
    view=view,
    wake=wake,
    ignores=ignores,
)
