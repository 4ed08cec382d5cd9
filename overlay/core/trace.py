"""Trace: a recording through the same folds on a virtual clock, one view after every line. No server, no waiting.

The tool for tests, bug reports and support. It reads no file and prints nothing; the command line does.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any, Final

from overlay.core.ledger import Ledger
from overlay.core.recording import parse_line
from overlay.core.room import Room
from overlay.core.scene import Scene
from overlay.core.widget import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from overlay.core.ledger import Listing
    from overlay.core.widget import Kind, Shared

START_MS: Final = 1_790_000_000_000


def trace(
    lines: Iterable[str | bytes],
    kind: Kind,
    options: Shared,
    *,
    handle: str = "creator",
    start_ms: int = START_MS,
    catalogue: Mapping[str, Listing] | None = None,
) -> Iterator[dict[str, Any]]:
    """One `{"t", "view"}` per line, in order, unreadable and empty lines too."""
    parsed = [parse_line(line, at) for at, line in enumerate(lines, 1)]
    scene = Scene("trace", handle, UTC, lambda _address: None)
    scene.owner_id = handle  # a recording without the owner's id may be told it in the handle's place
    scene.caption_source = "captions" if any(line.socket == "captions" for line in parsed) else "native"
    room = Room(scene, Ledger(handle, catalogue=catalogue))
    room.open(start_ms)
    since = getattr(options, "since", None)
    if since is not None and str(since).isdigit():
        room.tally.count_since(int(since))
    seat = room.seat("trace", kind, options, start_ms)
    now_t = 0
    for line in parsed:
        now_t = max(now_t, now_t if line.t is None else line.t)
        at_ms = start_ms + now_t
        room.advance(at_ms)
        for event in line.events:
            room.hear(event, at_ms)
        room.advance(at_ms)
        view = plain(room.view(seat, at_ms))
        room.heard.clear()
        yield {"t": now_t, "view": {"as_of_ms": at_ms, **view}}
