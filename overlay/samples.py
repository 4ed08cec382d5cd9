"""Sample views: what previews and the gallery draw. One at its best, one that strains; files beside the pages.

It never touches real state.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


class Samples:
    """The sample views of all kinds, read once."""

    def __init__(self, folder: Path) -> None:
        """Read every `<kind>.json` and `<kind>-strained.json`."""
        self._views: dict[str, dict[str, Any]] = {
            path.stem: json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))
        }

    def view(self, kind: str, *, strained: bool = False, now_ms: int = 0) -> dict[str, Any]:
        """A kind's sample, its times moved to now so that clocks run."""
        view = self._views.get(f"{kind}-strained" if strained else kind) or self._views.get(kind, {})
        shift = now_ms - int(view.get("as_of_ms") or now_ms)
        moved: dict[str, Any] = _shift(view, shift) if now_ms else view
        return moved


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
