"""What facts tell of a room's surroundings: its stream, the stream's title, the owner, two keys that are one person.

A table by kind, because nearly all facts tell nothing of them. It counts nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from overlay.core import facts

if TYPE_CHECKING:
    from collections.abc import Callable

    from overlay.core.facts import Fact
    from overlay.core.scene import Scene


def _begin(scene: Scene, fact: facts.StreamBegan) -> None:
    scene.stream, scene.stream_began_ms, scene.stream_ended_ms = fact.stream, fact.at_ms, None
    scene.title = fact.title


def _name(scene: Scene, fact: facts.StreamNamed) -> None:
    scene.stream = fact.stream


def _end(scene: Scene, fact: facts.StreamEnded) -> None:
    scene.stream_ended_ms = fact.at_ms


def _call(scene: Scene, fact: facts.StreamTitled) -> None:
    scene.title = fact.title


def _own(scene: Scene, fact: facts.OwnerKnown) -> None:
    scene.owner_id = fact.id


def _merge(scene: Scene, fact: facts.Merged) -> None:
    scene.merge(fact.weak, fact.strong)


TELLS: Final[dict[type[Fact], Callable[[Scene, Any], None]]] = {
    facts.StreamBegan: _begin,
    facts.StreamNamed: _name,
    facts.StreamEnded: _end,
    facts.StreamTitled: _call,
    facts.OwnerKnown: _own,
    facts.Merged: _merge,
}
