"""What was truly given: written by the script's own intent, never read back from frames.

A test compares an overlay's totals with this ledger. It knows nothing of combos, repeats or sockets.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple


class Given(NamedTuple):
    """Somebody sent so many more of a gift."""

    key: str
    gift_id: int
    units: int
    diamonds: int


class Tapped(NamedTuple):
    """Somebody tapped so many likes."""

    key: str
    likes: int


class Did(NamedTuple):
    """Somebody did something that is counted by person or by piece: follow, share, chat, subscribe, superfan."""

    key: str
    what: str


Intent = Given | Tapped | Did


@dataclass
class Tally:
    """Units and diamonds of one gift by one person."""

    units: int = 0
    diamonds: int = 0


@dataclass
class RoomTruth:
    """All that was truly done in one stream."""

    room_id: str
    gifts: dict[str, dict[int, Tally]] = field(default_factory=dict)
    likes: int = 0
    likes_by: Counter[str] = field(default_factory=Counter)
    follows: set[str] = field(default_factory=set)
    shares: set[str] = field(default_factory=set)
    subscribes: int = 0
    superfans: int = 0
    chats: int = 0
    ended: bool = False

    def note(self, intent: Intent) -> None:
        """Write down one intent."""
        match intent:
            case Given(key, gift_id, units, diamonds):
                tally = self.gifts.setdefault(key, {}).setdefault(gift_id, Tally())
                tally.units += units
                tally.diamonds += diamonds
            case Tapped(key, likes):
                self.likes += likes
                self.likes_by[key] += likes
            case Did(key, what):
                self._did(key, what)

    def _did(self, key: str, what: str) -> None:
        """Count an act: people once for follows and shares, pieces for the rest."""
        match what:
            case "follow":
                self.follows.add(key)
            case "share":
                self.shares.add(key)
            case "subscribe":
                self.subscribes += 1
            case "superfan":
                self.superfans += 1
            case _:
                self.chats += 1

    @property
    def diamonds(self) -> int:
        """Sum all diamonds."""
        return sum(self.diamonds_by().values())

    @property
    def units(self) -> int:
        """Sum all gifts."""
        return sum(tally.units for rows in self.gifts.values() for tally in rows.values())

    def diamonds_by(self) -> dict[str, int]:
        """Sum the diamonds of each person."""
        return {key: sum(tally.diamonds for tally in rows.values()) for key, rows in self.gifts.items()}

    def units_of(self, gift_id: int) -> int:
        """Sum the gifts of one kind."""
        return sum(rows[gift_id].units for rows in self.gifts.values() if gift_id in rows)


@dataclass
class Truth:
    """The streams of one creator, by room id, in order."""

    rooms: dict[str, RoomTruth] = field(default_factory=dict)

    def room(self, room_id: str) -> RoomTruth:
        """Open the page of a stream."""
        return self.rooms.setdefault(room_id, RoomTruth(room_id))

    @property
    def current(self) -> RoomTruth | None:
        """Show the newest stream."""
        return next(reversed(self.rooms.values()), None)
