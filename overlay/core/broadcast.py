"""What is known of one creator's stream, as one row that survives restarts, and who must hear of its turns.

It never reads a frame.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from msgspec import Struct, field

if TYPE_CHECKING:
    from overlay.core.facts import Fact
    from overlay.core.memory import Since

SAME_STREAM_MS: Final = 1_800_000
"""Without any id, the last stream goes on if its socket closed less than this ago without an end signal."""

UNNAMED: Final = "open:"


class Broadcast(Struct, kw_only=True):
    """All that is known of the stream: one small row."""

    stream: str | None = None
    token: str = ""  # the id it began with; what is kept for a stream stands under it
    began_ms: int = 0
    title: str | None = None
    ended: bool = False
    ending: str | None = None  # the first end signal
    ending_ms: int | None = None
    quiet: bool = False  # the signal was a webhook while viewers were heard: only to be checked
    open: bool = False
    opened_ms: int = 0
    heard_ms: int = 0  # the line still stood then, to a few seconds
    closed_ms: int | None = None
    offline_ms: int | None = None  # the first offline answer in a row
    named: str | None = None  # by the roomInfo of this connection
    checked: str | None = None  # by a live answer since the last close
    proven_ms: int | None = None
    next_title: str | None = None  # of a room that has not begun yet
    captions_open: bool = False
    owner_id: str | None = None
    before: list[tuple[str, str]] = field(default_factory=list)  # past streams and their tokens

    @property
    def room_id(self) -> str | None:
        """TikTok's id of the room, as far as it is known."""
        if self.named:
            return self.named
        return self.stream if self.stream is not None and not self.stream.startswith(UNNAMED) else None

    def is_long_gone(self, at_ms: int) -> bool:
        """Whether the socket was closed for so long that another stream may run by now."""
        until_ms = self.opened_ms if self.open else at_ms
        return self.closed_ms is not None and until_ms - self.closed_ms >= SAME_STREAM_MS

    @property
    def stood_ms(self) -> int:
        """Until when the line stood, as far as the store knows."""
        return max(self.opened_ms, self.heard_ms) if self.open else self.closed_ms or 0

    def ahead_ms(self, at_ms: int) -> int:
        """By how much the clock was set back: the line cannot have stood later than now."""
        return max(0, self.opened_ms - at_ms, self.heard_ms - at_ms, (self.closed_ms or 0) - at_ms)

    def read_by(self, since: Since) -> None:
        """Read all times by the clock of now."""
        for name in ("began_ms", "opened_ms", "heard_ms", "closed_ms", "offline_ms", "proven_ms", "ending_ms"):
            told = getattr(self, name)
            if told:
                setattr(self, name, since.read(told))


class Turns(Protocol):
    """Who must know when a stream turns, before or after the fact of it is out."""

    def stream_ending(self, at_ms: int, out: list[Fact]) -> None:
        """An end was signalled; StreamEnding follows."""

    def stream_ended(self, at_ms: int, out: list[Fact]) -> None:
        """It is confirmed; StreamEnded follows."""

    def stream_began(self, at_ms: int, out: list[Fact]) -> None:
        """Another stream; StreamBegan has just been said."""
