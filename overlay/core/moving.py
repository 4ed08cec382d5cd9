"""Which facts move which figure: what a widget need not be drawn again for. It counts nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from overlay.core import facts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from overlay.core.facts import Fact

MOVES: Final[dict[str, type[Fact]]] = {
    "diamonds": facts.Credit,
    "gifts": facts.Credit,
    "likes": facts.Liked,
    "follows": facts.Followed,
    "shares": facts.Shared,
    "subscribes": facts.Subscribed,
    "superfans": facts.SuperFanned,
    "viewers": facts.Watched,
    "chats": facts.Said,
}
"""The fact that moves each figure of the tally; `gift:<id>` is moved by gifts too."""

NEVER_COUNTED: Final[frozenset[type[Fact]]] = frozenset(
    {facts.Unsaid, facts.Joined, facts.Asked, facts.Pinned, facts.Unpinned, facts.Fought, facts.Spoke, facts.ComboEnded}
)
UNTOLD: Final[frozenset[type[Fact]]] = frozenset(
    {facts.Said, facts.Unsaid, facts.Joined, facts.Asked, facts.Pinned, facts.Unpinned, facts.Fought, facts.Spoke,
     facts.Liked, facts.Watched}
)  # fmt: skip
"""What no alert and no line of the feed ever tells of."""
CROWD: Final[frozenset[type[Fact]]] = frozenset(MOVES.values()) | {
    facts.ComboEnded, facts.EnvelopeDropped, facts.Unsaid, facts.Joined, facts.Asked, facts.Pinned, facts.Unpinned,
}  # fmt: skip
"""What viewers do: nothing to a battle, and nothing to what is being said."""
UNSPOKEN: Final[frozenset[type[Fact]]] = CROWD | {facts.Fought}
"""What leaves captions as they are."""
UNWRITTEN: Final[frozenset[type[Fact]]] = frozenset(
    {facts.Liked, facts.Watched, facts.Shared, facts.Subscribed, facts.SuperFanned, facts.EnvelopeDropped,
     facts.ComboEnded, facts.Pinned, facts.Unpinned, facts.Fought, facts.Spoke}
)  # fmt: skip
"""What no line of the chat, and none in between, is made of."""


def all_but(metrics: Iterable[str]) -> frozenset[type[Fact]]:
    """The everyday facts that leave all these figures as they are."""
    moved = {MOVES["gifts" if metric.startswith("gift:") else metric] for metric in metrics}
    return NEVER_COUNTED | (frozenset(MOVES.values()) - moved)
