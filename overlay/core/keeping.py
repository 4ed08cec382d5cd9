"""What passes between a room and the store: the change of one tick, and all that a room is rebuilt from.

Everything in here is immutable or handed over for good, so that the store's thread may encode it later.
Nothing here computes.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from overlay.core import facts
from overlay.core.facts import Fact, Who

ScoreRow = tuple[int, int, int, int, int]
"""diamonds, gifts, likes, chats, shares: a person's absolute score in a period, in this order."""

LANES: dict[type[Fact], str] = {
    facts.Credit: "gifts",
    facts.ComboEnded: "gifts",
    facts.Followed: "deeds",
    facts.Shared: "deeds",
    facts.Subscribed: "deeds",
    facts.SuperFanned: "deeds",
    facts.EnvelopeDropped: "deeds",
    facts.GoalReached: "deeds",
    facts.MilestoneReached: "deeds",
    facts.Said: "talk",
    facts.Unsaid: "talk",
    facts.Asked: "talk",
    facts.Pinned: "talk",
    facts.Unpinned: "talk",
    facts.Fought: "battle",
    facts.Spoke: "speech",
    facts.Liked: "crowd",
    facts.Joined: "crowd",
    facts.Watched: "crowd",
}
"""By which lane a start finds the last facts again; all other facts are in lane `life`."""

RECENT = 300
"""How many of a lane's last facts a start brings back."""


def part_name(widget: str, part: str) -> str:
    """Under which name a part of a widget's stage is kept; the head under the widget's own."""
    return f"{widget} {part}" if part else widget


class Change(Struct, kw_only=True):
    """All that one tick changed in one room: one part of one commit."""

    creator: str
    stream: str | None = None  # the stream these facts belong to, after the tick
    facts: list[tuple[str | None, Fact]] = field(default_factory=list)  # (stream at that moment, fact), in order
    memory: dict[str, bytes | None] = field(default_factory=dict)  # the ledger's; None: forget
    scores: dict[tuple[str, str], ScoreRow | None] = field(default_factory=dict)  # (period, person) -> absolute
    totals: dict[str, bytes | None] = field(default_factory=dict)  # period -> encoded totals
    people: dict[str, Who | None] = field(default_factory=dict)
    states: dict[str, bytes | None] = field(default_factory=dict)  # small states kept whole, by name
    stages: dict[str, bytes | None] = field(default_factory=dict)  # `part_name` -> that part of a widget's stage
    rounds: list[dict[str, Any]] = field(default_factory=list)  # battle rounds, whole, by battle_key and round_key
    lines: list[dict[str, Any]] = field(default_factory=list)  # closed caption lines, whole, by id

    def __bool__(self) -> bool:
        """Whether there is anything to commit."""
        return bool(
            self.facts
            or self.memory
            or self.scores
            or self.totals
            or self.people
            or self.states
            or self.stages
            or self.rounds
            or self.lines
        )


class Kept(Struct, kw_only=True):
    """What a room is rebuilt from after a start."""

    memory: dict[str, bytes] = field(default_factory=dict)
    scores: dict[str, dict[str, ScoreRow]] = field(default_factory=dict)  # period -> person -> score
    totals: dict[str, bytes] = field(default_factory=dict)
    people: list[Who] = field(default_factory=list)
    states: dict[str, bytes] = field(default_factory=dict)
    stages: dict[str, bytes] = field(default_factory=dict)  # by `part_name`
    recent: list[Fact] = field(default_factory=list)  # the last RECENT of each lane, in order

    def stage(self, widget: str) -> dict[str, bytes] | None:
        """A widget's stage by its parts, or None."""
        head = self.stages.get(widget)
        if head is None:
            return None
        begin = part_name(widget, " ")[:-1]
        return {"": head} | {name[len(begin) :]: body for name, body in self.stages.items() if name.startswith(begin)}
