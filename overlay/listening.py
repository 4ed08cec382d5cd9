"""What the rest of the house does when the hub hears something: proofs of life, ends, wanted captions, unknown gifts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from overlay.core import facts

if TYPE_CHECKING:
    from overlay.core.facts import Fact
    from overlay.house import House

PROOFS: Final = (
    facts.Credit,
    facts.Said,
    facts.Liked,
    facts.Joined,
    facts.Followed,
    facts.Shared,
    facts.Subscribed,
    facts.Fought,
    facts.Spoke,
)
"""What only viewers of a running stream can bring about."""


class Listening:
    """The hub's two callbacks, spread to whom they concern."""

    def __init__(self, house: House) -> None:
        """Nothing is heard before `begin`."""
        self._house = house

    def begin(self) -> None:
        """Listen."""
        self._house.hub.heard = self._heard
        self._house.hub.watched = self._watched

    def _heard(self, creator: str, fact: Fact) -> None:
        if fact.test:
            return
        if isinstance(fact, facts.Credit) and fact.unpriced:
            self._miss(creator, fact.gift_id)
        if isinstance(fact, PROOFS):
            self._house.upstream.proof(creator)
        elif isinstance(fact, facts.StreamEnding):
            self._house.upstream.ending(creator)

    def _miss(self, creator: str, gift_id: str) -> None:
        for source in ("tiktool", "simulator"):
            account = self._house.upstream.account(source)
            if account is not None and creator in account.lines:
                account.catalogue.missing(gift_id)

    def _watched(self, creator: str) -> None:
        room = self._house.hub.rooms.get(creator)
        paid = room is not None and room.scene.caption_source == "captions" and any(
            show.seat.options.source in {"auto", "captions"}  # type: ignore[attr-defined]  # captions' own option
            for show in self._house.hub.watching(creator, "captions")
        )
        self._house.upstream.watched(creator, paid)
