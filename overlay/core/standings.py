"""What a room knows of boards elsewhere: the last answer of each, and where its creator stood before.

Two states, one for rankings and one for sellers. Answers are not kept: whoever asks for them tells them again. Where
the creator stood when the stream began and at midnight is kept, so that a change survives a restart.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from overlay.core import facts
from overlay.core.places import Ranks, Sales
from overlay.core.ranks import own_row

if TYPE_CHECKING:
    from overlay.core.facts import Fact
    from overlay.core.scene import Scene

MOST: Final = 40
"""Boards of which a place is remembered."""


class Stood(Struct, kw_only=True, array_like=True):
    """Where the creator stood on one board: last, as this stream began, and as this day began."""

    rank: int | None = None
    seen_ms: int = 0
    stream: str | None = None
    stream_rank: int | None = None
    day: str = ""
    day_rank: int | None = None


class Standings:
    """The rankings of a room, by the name of the wish. `unsaved` says that `dump` would give something new."""

    def __init__(self) -> None:
        """No board has been heard."""
        self.boards: dict[str, Ranks] = {}
        self.stood: dict[str, Stood] = {}
        self.unsaved = False

    def fold(self, fact: Fact, scene: Scene) -> bool:
        """Take a board in, or know whose room it is."""
        if isinstance(fact, facts.BoardHeard) and isinstance(fact.board, Ranks):
            before = self.boards.get(fact.wish)
            self.boards[fact.wish] = fact.board
            if not fact.test:
                self._note(fact.wish, fact.board, before, fact.at_ms, scene)
            return True
        if isinstance(fact, facts.StreamBegan):
            return self._begin(scene)
        return isinstance(fact, facts.OwnerKnown)

    def wake(self) -> int | None:
        """Time alone changes nothing here."""
        return None

    def _begin(self, scene: Scene) -> bool:
        """A stream begins: from here on its change counts."""
        for stood in self.stood.values():
            stood.stream, stood.stream_rank = began(scene), stood.rank
            self.unsaved = True
        return bool(self.stood)

    def _note(self, wish: str, board: Ranks, before: Ranks | None, at_ms: int, scene: Scene) -> None:
        own = own_row(board, scene.owner_id, scene.handle)
        rank = own.rank if own is not None else None
        known = wish in self.stood
        stood = self.stood.setdefault(wish, Stood())
        fresh = before is not None and before.stale_ms() > at_ms
        last = stood.rank if known and fresh else rank
        old = msgspec.msgpack.encode(stood)
        stream, day = began(scene), local_day(at_ms, scene)
        if stood.stream != stream:
            stood.stream, stood.stream_rank = stream, last
        elif stood.stream_rank is None:
            stood.stream_rank = rank
        if stood.day != day:
            stood.day, stood.day_rank = day, last
        elif stood.day_rank is None:
            stood.day_rank = rank
        stood.rank = rank
        self.unsaved |= msgspec.msgpack.encode(stood) != old
        stood.seen_ms = at_ms
        while len(self.stood) > MOST:
            del self.stood[min(self.stood, key=lambda name: self.stood[name].seen_ms)]

    def dump(self) -> bytes:
        """Where the creator stood, for the store."""
        self.unsaved = False
        return msgspec.msgpack.encode(self.stood)

    def load(self, kept: bytes) -> None:
        """After a start. What cannot be read is forgotten."""
        try:
            self.stood = msgspec.msgpack.decode(kept, type=dict[str, Stood])
        except (msgspec.DecodeError, msgspec.ValidationError):
            return


def began(scene: Scene) -> str | None:
    """The running stream, by its beginning; None while there is none."""
    if scene.stream_began_ms is None or scene.stream_ended_ms is not None:
        return None
    return str(scene.stream_began_ms)


def local_day(at_ms: int, scene: Scene) -> str:
    """The creator's day."""
    return datetime.fromtimestamp(at_ms / 1000, scene.zone).strftime("%Y-%m-%d")


class Fairs:
    """The boards of sellers of a room, by the name of the wish."""

    def __init__(self) -> None:
        """No board has been heard."""
        self.boards: dict[str, Sales] = {}

    def fold(self, fact: Fact, _scene: Scene) -> bool:
        """Take a board in, or know whose room it is."""
        if isinstance(fact, facts.BoardHeard) and isinstance(fact.board, Sales):
            self.boards[fact.wish] = fact.board
            return True
        return isinstance(fact, facts.OwnerKnown)

    def wake(self) -> int | None:
        """Time alone changes nothing here."""
        return None
