"""What a room knows of boards elsewhere: the last answer of each, and where its creator stood before.

Two states, one for rankings and one for sellers. Answers are not kept: whoever asks for them tells them again. Where
the creator stood when the stream began and at midnight is kept, so that a change survives a restart.
"""

from __future__ import annotations

from datetime import datetime, timedelta
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
SAVE_MS: Final = 300_000
"""So often it is written down that nothing has changed: midnight looks for the last answer before it."""


class Stood(Struct, kw_only=True, array_like=True, gc=False):
    """Where the creator stood on one board: last, as this stream began, and as this day began."""

    rank: int | None = None
    seen_ms: int = 0
    stream: str | None = None
    stream_rank: int | None = None
    day: str = ""
    day_rank: int | None = None
    good_ms: int = 0  # how long the last answer was good for
    ends_ms: int = 0  # when this day is over

    def at(self, start_ms: int, now_ms: int) -> bool:
        """Whether the last answer tells where the creator stood at a moment since, and not the one of `now_ms`.

        It does while it was good, and afterwards if it is the nearer of the two.
        """
        if not self.seen_ms or self.seen_ms > start_ms:
            return False
        return start_ms - self.seen_ms <= max(self.good_ms, now_ms - start_ms)


class Standings:
    """The rankings of a room, by the name of the wish. `unsaved` says that `dump` would give something new."""

    def __init__(self) -> None:
        """No board has been heard."""
        self.boards: dict[str, Ranks] = {}
        self.stood: dict[str, Stood] = {}
        self.unsaved = False
        self._saved_ms = 0

    def fold(self, fact: Fact, scene: Scene) -> bool:
        """Take a board in, or know whose room it is."""
        if isinstance(fact, facts.BoardHeard) and isinstance(fact.board, Ranks):
            self.boards[fact.wish] = fact.board
            if not fact.test:
                self._note(fact.wish, fact.board, fact.at_ms, scene)
            return True
        if isinstance(fact, facts.StreamBegan) and not fact.test:
            return self._begin(fact.at_ms, scene)
        return isinstance(fact, facts.OwnerKnown)

    def wake(self) -> int | None:
        """Time alone changes nothing here."""
        return None

    def _begin(self, at_ms: int, scene: Scene) -> bool:
        """A stream begins: from here on its change counts; where nothing good is known, from the next answer on."""
        for stood in self.stood.values():
            stood.stream = began(scene)
            stood.stream_rank = stood.rank if stood.at(at_ms, at_ms) else None
            self.unsaved = True
        return bool(self.stood)

    def _note(self, wish: str, board: Ranks, at_ms: int, scene: Scene) -> None:
        """Note where the creator stands. It stood there when the answer was received, not when it was told again."""
        own, seen_ms = own_row(board, scene.owner_id, scene.handle), min(board.got_ms, at_ms)
        stood = self.stood.setdefault(wish, Stood())
        if seen_ms < stood.seen_ms:
            return
        rank, before = own.rank if own is not None else None, msgspec.structs.replace(stood)
        stream, day = began(scene), local_day(seen_ms, scene)
        if stream is not None and int(stream) > seen_ms:
            pass  # of before the stream: it counts once there is one of its own
        elif stood.stream != stream:
            known = stream is not None and before.at(int(stream), seen_ms)
            stood.stream, stood.stream_rank = stream, before.rank if known else rank
        elif stood.stream_rank is None:
            stood.stream_rank = rank
        if stood.day != day:
            known = before.at(midnight_ms(seen_ms, scene), seen_ms)
            stood.day, stood.day_rank = day, before.rank if known else rank
            stood.ends_ms = midnight_ms(seen_ms, scene, days=1)
        elif stood.day_rank is None:
            stood.day_rank = rank
        stood.rank, stood.seen_ms, stood.good_ms = rank, seen_ms, board.stale_ms() - board.got_ms
        self.unsaved |= self._is_news(before, stood)
        while len(self.stood) > MOST:
            del self.stood[min(self.stood, key=lambda name: self.stood[name].seen_ms)]

    def _is_news(self, before: Stood, now: Stood) -> bool:
        """Whether the store should know: a change, or that some time has passed without one."""
        late = now.seen_ms - self._saved_ms >= SAVE_MS
        same = msgspec.structs.replace(before, seen_ms=0, good_ms=0) == msgspec.structs.replace(
            now, seen_ms=0, good_ms=0
        )
        if late or not same:
            self._saved_ms = now.seen_ms
        return late or not same

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


def midnight_ms(at_ms: int, scene: Scene, days: int = 0) -> int:
    """When the creator's day began, or one so many days later."""
    now = datetime.fromtimestamp(at_ms / 1000, scene.zone) + timedelta(days=days)
    return int(now.replace(hour=0, minute=0, second=0, microsecond=0).timestamp() * 1000)


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
