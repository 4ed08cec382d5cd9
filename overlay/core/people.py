"""Who is who in one room: the newest name and picture of each key, and which weaker keys became stronger ones.

It never decides a key (identity.py does) and never cleans a text (text.py does).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable

    from overlay.core.facts import Who


class User(Struct, frozen=True, gc=False):
    """A person in a view."""

    id: str
    handle: str | None
    name: str
    avatar: str | None
    level: int | None
    anonymous: bool


class People:
    """The newest of everybody, by key. `changed` are the keys the store has not got yet."""

    __slots__ = ("_changed", "_newest", "_stronger")

    def __init__(self) -> None:
        """Nobody is known."""
        self._newest: dict[str, Who] = {}
        self._stronger: dict[str, str] = {}
        self._changed: dict[str, None] = {}

    def learn(self, who: Who) -> bool:
        """Take the newest of a person in; True if anything about them is new."""
        if self._newest.get(who.key) == who:
            return False
        self._newest[who.key] = who
        self._changed[who.key] = None
        return True

    def merge(self, weak: str, strong: str) -> None:
        """From now on the weak key is the strong one."""
        self._stronger[weak] = strong
        gone = self._newest.pop(weak, None)
        self._changed[weak] = None
        if gone is not None and strong not in self._newest:
            self._newest[strong] = gone
            self._changed[strong] = None

    def key(self, key: str) -> str:
        """The strongest key known for this one."""
        stronger = self._stronger
        while key in stronger:
            key = stronger[key]
        return key

    def by_key(self, key: str) -> Who | None:
        """The newest of a key, or None for nobody we know."""
        return self._newest.get(self.key(key) if key in self._stronger else key)

    def newest(self, who: Who) -> Who:
        """The newest of the same person, else this very one."""
        key = who.key
        return self._newest.get(self.key(key) if key in self._stronger else key, who)

    def drain(self) -> dict[str, Who | None]:
        """What the store has not got yet: None for a key that is gone."""
        if not self._changed:
            return {}
        changed, self._changed = self._changed, {}
        return {key: self._newest.get(key) for key in changed}

    def load(self, people: Iterable[Who]) -> None:
        """After a start: everybody the store knows and still needs."""
        self._newest.update((who.key, who) for who in people)

    def forget(self, key: str) -> None:
        """The owner forgets this person: name, handle and picture go."""
        self._newest.pop(key, None)
        self._changed[key] = None
