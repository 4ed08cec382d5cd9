"""What a widget is: a kind with options, a state that counts, a stage for what is shown in time, and a view.

A state is folded once per room, however many widgets show it, and knows no option. A stage belongs to one widget
with its options, may be dropped and rebuilt, and holds nothing that counts. A view is a pure function of both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Protocol

import msgspec
from msgspec import Meta, Struct, field

from overlay.core import css as pasted

if TYPE_CHECKING:
    from collections.abc import Callable

    from overlay.core.facts import Fact
    from overlay.core.scene import Scene

END: Final = r"$(?!\n)"
"""The end of a text in a pattern: Python's `$` alone would let a line end follow, which no other reader takes."""

Colours = dict[str, Annotated[str, Meta(pattern=r"^(#[0-9a-fA-F]{3,8}|)" + END)]]


class Shared(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The options that every widget has."""

    font: Annotated[str, Meta(max_length=100)] | None = None
    scale: Annotated[float, Meta(ge=0.25, le=4)] = 1
    colors: Colours = field(default_factory=dict)
    radius: Annotated[float, Meta(ge=0, le=200)] | None = None
    speed: Annotated[float, Meta(ge=0, le=4)] = 1
    background: Literal["none", "box"] = "none"
    language: Annotated[str, Meta(max_length=35)] | None = None
    hide_after_s: Annotated[float, Meta(ge=0, le=86400)] = 0
    motion: Literal["auto", "full", "reduced", "none"] = "auto"
    css: Annotated[str, Meta(max_length=262144)] = ""

    def __post_init__(self) -> None:
        """Whatever road options come by, their CSS loads nothing from elsewhere. Who overrides this calls it too."""
        msgspec.structs.force_setattr(self, "css", pasted.clean(self.css))


class State(Protocol):
    """What counts, for one room. Made empty, then folded fact by fact; facts of a kind in `ignores` are left out."""

    def fold(self, fact: Fact, scene: Scene) -> bool:
        """Take one fact in; True if anything that a view may show has changed."""

    def wake(self) -> int | None:
        """When time alone changes this state (a Tick is folded then), or None. Only a fold may change the answer."""


class Stage(Protocol):
    """What is shown in time, for one widget with its options.

    Facts of a kind in `takes` change it although nothing may be seen of that yet: it is kept anew after each.
    """

    def hear(self, fact: Fact, options: Any, state: Any, scene: Scene) -> bool:
        """Take one fact in, after the state has folded it; True if the view may have changed."""

    def wake(self) -> int | None:
        """When time alone changes this stage (a Tick is heard then), or None. Only `hear` and orders change that."""


def still(_state: Any, _stage: Any, _options: Any, _at_ms: int) -> int | None:
    """Time alone changes nothing of what such a view shows."""
    return None


class Kind(Struct, frozen=True, kw_only=True):
    """One kind of widget, whole. `stage(options)` makes an empty stage; kinds with the same `state` share one.

    `view(state, stage, options, scene, at_ms)` makes the whole view. `wake(state, stage, options, at_ms)` says when
    time alone changes what the view shows without any Tick being folded (a fading line, a stale figure), or None.
    `staged` names the options that a stage depends on: another value for one of these rebuilds the stage.
    `ignores(options)` are kinds of facts that change neither its view nor its stage: it is not drawn again for them.
    `said` are facts a stage has produced (a goal reached), drained by the room after each fact: `stage.said`.
    """

    name: str
    title: str
    summary: str
    width: int
    height: int
    options: type[Shared]
    state: Callable[[], State]
    stage: Callable[[Any], Stage] | None = None
    staged: tuple[str, ...] = ()
    view: Callable[[Any, Any, Any, Scene, int], Any]
    wake: Callable[[Any, Any, Any, int], int | None] = still
    ignores: Callable[[Any], frozenset[type[Fact]]] = lambda _options: frozenset()


def plain(view: Any) -> dict[str, Any]:
    """A view as plain data, for those who do not send it on as it is; lines and items are written in it already."""
    read: dict[str, Any] | None = msgspec.json.decode(msgspec.json.encode(view))
    return read or {}
