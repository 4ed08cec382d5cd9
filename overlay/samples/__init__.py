"""Sample views: what previews and the gallery draw. One at its best, one that strains; files beside the pages.

It never touches real state.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from overlay.core.widget import plain
from overlay.samples.views import Drawer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from overlay.core.events import Event
    from overlay.core.widget import Kind, Shared


class Samples:
    """The sample views of all kinds, read once."""

    def __init__(self, folder: Path) -> None:
        """Read every `<kind>.json` and `<kind>-strained.json`."""
        self._views: dict[str, dict[str, Any]] = {
            path.stem: json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))
        }
        people = [one for view in self._views.values() for one in _people(view)]
        self._drawers = {strained: Drawer(people, self._views, strained=strained) for strained in (False, True)}

    def view(self, kind: str, *, strained: bool = False, now_ms: int = 0) -> dict[str, Any]:
        """A kind's sample, its times moved to now so that clocks run."""
        view = self._views.get(f"{kind}-strained" if strained else kind) or self._views.get(kind, {})
        shift = now_ms - int(view.get("as_of_ms") or now_ms)
        moved: dict[str, Any] = _shift(view, shift) if now_ms else view
        return moved

    def drawn(
        self, kind: Kind, options: Shared, *, strained: bool = False, now_ms: int, tries: Iterable[Event] = ()
    ) -> dict[str, Any]:
        """A kind's view of a made-up stream with these very options, and what is tried out on top of it."""
        view = self._drawers[strained].view(kind, options, now_ms, tuple(tries))
        return {"as_of_ms": now_ms, **plain(view)}


def _people(value: Any) -> Iterator[dict[str, Any]]:
    """Everybody named anywhere in a sample, those with most told of them first."""
    if isinstance(value, dict):
        if "id" in value and "handle" in value and "level" in value:
            if value["level"] is not None or str(value.get("handle")).startswith("strain"):
                yield value
        else:
            for part in value.values():
                yield from _people(part)
    elif isinstance(value, list):
        for part in value:
            yield from _people(part)


def _shift(value: Any, by_ms: int) -> Any:
    if isinstance(value, dict):
        return {
            name: (
                part + by_ms
                if name.endswith("_ms") and isinstance(part, int) and part > 10**12
                else _shift(part, by_ms)
            )
            for name, part in value.items()
        }
    return [_shift(part, by_ms) for part in value] if isinstance(value, list) else value
