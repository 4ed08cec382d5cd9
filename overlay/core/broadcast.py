"""What is known of one creator's stream, as one row that survives restarts, and who must hear of its turns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct, field

if TYPE_CHECKING:
    from overlay.core.facts import Fact


class Broadcast(Struct, kw_only=True):
    """All that is known of the stream: one small row."""

    stream: str | None = None
    token: str = ""  # the id it began with; what is kept for a stream stands under it
    title: str | None = None
    ended: bool = False
    ending: str | None = None  # the first end signal
    ending_ms: int | None = None
    quiet: bool = False  # the signal was a webhook while viewers were heard: only to be checked
    open: bool = False
    opened_ms: int = 0
    closed_ms: int | None = None
    offline_ms: int | None = None  # the first offline answer in a row
    named: str | None = None  # by the roomInfo of this connection
    checked: str | None = None  # by a live answer since the last close
    proven_ms: int | None = None
    next_title: str | None = None  # of a room that has not begun yet
    captions_open: bool = False
    owner_id: str | None = None
    before: list[tuple[str, str]] = field(default_factory=list)  # past streams and their tokens


class Turns(Protocol):
    """Who must know when a stream turns, before or after the fact of it is out."""

    def stream_ending(self, at_ms: int, out: list[Fact]) -> None:
        """An end was signalled; StreamEnding follows."""

    def stream_ended(self, at_ms: int, out: list[Fact]) -> None:
        """It is confirmed; StreamEnded follows."""

    def stream_began(self, at_ms: int, out: list[Fact]) -> None:
        """Another stream; StreamBegan has just been said."""
