"""Who is who: the key of the person a frame names, and which weaker keys turned out to be a stronger one.

Id before secUid before handle before nickname. Nobody is merged by nickname, nobody anonymous is ever unmasked: their
keys stand behind `anon:` and know no alias. It keeps no board; whoever does, hears of a merger as a fact.
"""

from __future__ import annotations

from collections import OrderedDict
from hashlib import blake2s
from typing import TYPE_CHECKING, Final

import msgspec

from overlay.core.facts import Merged, Who
from overlay.core.memory import ALIAS
from overlay.core.text import ANONYMOUS, clean_name, show_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from overlay.core.events import Person
    from overlay.core.memory import Memory

NOBODY: Final = "nobody"
"""The key of frames without any person."""

ALIASES_KEPT: Final = 50_000
NEWEST_KEPT: Final = 5_000
LONGEST_NICKNAME: Final = 128
"""Of a nickname that has to serve as a key."""

ROUNDED: Final = "000"
"""An id that ends so may have been through a floating-point conversion: it joins nothing."""

_NOBODY: Final = Who(key=NOBODY, id=NOBODY, name=ANONYMOUS)


class Newest:
    """The last frame that named a person, and what came of it."""

    __slots__ = ("kept", "person", "who")

    def __init__(self, person: Person, who: Who, *, kept: bool) -> None:
        """Remember both; `kept` if the aliases in this frame are in the store."""
        self.person = person
        self.who = who
        self.kept = kept


class Identity:
    """Keys and display data of the people of one creator."""

    __slots__ = ("_kept", "_memory", "_merged", "_newest", "_pending", "_stronger", "known", "stream")

    def __init__(self, memory: Memory, merged: Callable[[str, str], None]) -> None:
        """Nobody is known. `merged(weak, strong)` is called before the fact of it is out."""
        self.known: Callable[[str], Who | None] = lambda _key: None
        """Whoever keeps people for good may set this: it is asked for those not seen lately."""
        self.stream = ""  # names are good for one stream only
        self._memory = memory
        self._merged = merged
        self._newest: OrderedDict[str, Newest] = OrderedDict()
        self._stronger: OrderedDict[str, str] = OrderedDict()  # weak -> strong; "" is a weak key that facts stand under
        self._kept: set[str] = set()  # the aliases that the store has
        self._pending: list[tuple[str, str]] = []

    def key(self, person: Person | None) -> str:
        """The strongest key known for a person, without learning anything."""
        if person is None:
            return NOBODY
        if person.anonymous:
            key = self._plain_key(person)
            return key if key == NOBODY else f"anon:{key}"
        if person.id is not None:
            return f"id:{person.id}"
        return self._known_key(person)

    def who(self, person: Person | None, at_ms: int, *, keep: bool = False) -> Who:
        """The person as of now. `keep`: what is counted for them must find them again after a restart."""
        if person is None:
            return _NOBODY
        key = self.key(person)
        newest = self._newest.get(key)
        if newest is not None and newest.person == person and (newest.kept or not keep):
            return newest.who
        if key == NOBODY:
            return _NOBODY
        if not person.anonymous:
            self._learn(person, key, at_ms, keep=keep)
        before = newest.who if newest is not None else self.known(key)
        who = _show(person, key, before)
        self._newest[key] = Newest(person, who, kept=keep)
        self._newest.move_to_end(key)
        if len(self._newest) > NEWEST_KEPT:
            self._newest.popitem(last=False)
        return who

    def glance(self, person: Person) -> Who:
        """Somebody only mentioned (a reply): shown, not learned."""
        key = self.key(person)
        if key == NOBODY:
            return _NOBODY
        newest = self._newest.get(key)
        return _show(person, key, newest.who if newest is not None else self.known(key))

    @property
    def has_merged(self) -> bool:
        """Whether there are mergers that no fact tells yet."""
        return bool(self._pending)

    def take_merged(self, at_ms: int, *, test: bool = False) -> list[Merged]:
        """The mergers since the last time, as facts."""
        pending, self._pending = self._pending, []
        return [Merged(at_ms=at_ms, test=test, weak=weak, strong=strong) for weak, strong in pending]

    # --- keys ---

    def _plain_key(self, person: Person) -> str:
        if person.id is not None:
            return f"id:{person.id}"
        if person.sec_uid is not None:
            return f"sec:{person.sec_uid}"
        if person.handle:
            return f"handle:{person.handle.lower()}"
        if person.nickname and (nickname := person.nickname.strip()):
            return f"name:{nickname[:LONGEST_NICKNAME]}@{self.stream}"
        return NOBODY

    def _known_key(self, person: Person) -> str:
        """Without an id: what the secUid stands for, else what the handle stands for."""
        if person.sec_uid is not None:
            key = f"sec:{person.sec_uid}"
            found = self.strongest(key)
            if found != key or not person.handle:
                return found
            # Its handle is known to be somebody's with an id: handles belong to one person at a time.
            stronger = self.strongest(f"handle:{person.handle.lower()}")
            return stronger if stronger.startswith("id:") else key
        return self.strongest(self._plain_key(person))

    def strongest(self, key: str) -> str:
        """The strongest key known for this one."""
        while strong := self._stronger.get(key):
            key = strong
        return key

    def _learn(self, person: Person, key: str, at_ms: int, *, keep: bool) -> None:
        """Take the aliases of a frame in; a weak key that facts stand under is merged."""
        if person.id is not None and person.id.endswith(ROUNDED):
            return
        weaker = []
        if person.sec_uid is not None:
            weaker.append(f"sec:{person.sec_uid}")
        if person.handle:
            weaker.append(f"handle:{person.handle.lower()}")
        for weak in weaker:
            if weak != key:
                self._alias(weak, key, at_ms, keep=keep)
        if key in weaker:
            self._use(key, at_ms)

    def _alias(self, weak: str, strong: str, at_ms: int, *, keep: bool) -> None:
        before = self._stronger.get(weak)
        if before == "":
            self._merged(weak, strong)
            self._newest.pop(weak, None)
            self._pending.append((weak, strong))
        self._remember(weak, strong, at_ms, keep=keep or before == "")

    def _use(self, weak: str, at_ms: int) -> None:
        """From now on facts stand under a weak key."""
        self._remember(weak, "", at_ms, keep=True)

    def _remember(self, weak: str, strong: str, at_ms: int, *, keep: bool) -> None:
        same = self._stronger.get(weak) == strong
        if same and (not keep or weak in self._kept):
            return
        self._stronger[weak] = strong
        self._stronger.move_to_end(weak)
        if keep or weak in self._kept:
            self._kept.add(weak)
            self._memory.put(ALIAS + weak, (strong, at_ms))
        if len(self._stronger) > ALIASES_KEPT:
            oldest, _ = self._stronger.popitem(last=False)
            if oldest in self._kept:
                self._kept.discard(oldest)
                self._memory.forget(ALIAS + oldest)

    def forget(self, key: str) -> None:
        """Nothing is left of a person but the key: no name, no handle that leads to it."""
        self._newest.pop(key, None)
        for weak in [weak for weak in self._stronger if weak == key or self.strongest(weak) == key]:
            del self._stronger[weak]
            if weak in self._kept:
                self._kept.discard(weak)
                self._memory.forget(ALIAS + weak)

    # --- keeping ---

    def load(self, rows: Mapping[str, bytes]) -> None:
        """After a start: the aliases, oldest first."""
        told = [(msgspec.msgpack.decode(row, type=tuple[str, int]), weak) for weak, row in rows.items()]
        for (strong, _), weak in sorted(told, key=lambda one: one[0][1]):
            self._stronger[weak] = strong
            self._kept.add(weak)


def _show(person: Person, key: str, before: Who | None) -> Who:
    """The newest of a person: what a frame leaves out stays as it was."""
    if person.anonymous:
        return Who(
            key=key,
            id=f"anon:{blake2s(key.encode('utf-8', 'replace'), digest_size=8).hexdigest()}",
            name=show_name(person.nickname, None),
            level=person.level,
            anonymous=True,
        )
    if before is None:
        before = _NOBODY
    handle = clean_name(person.handle) or before.handle
    name = clean_name(person.nickname) or (before.name if before.key != NOBODY and _is_named(before) else "")
    return Who(
        key=key,
        id=_view_id(key),
        handle=handle,
        name=name or show_name(None, handle),
        avatar=person.avatar or before.avatar,
        level=person.level if person.level is not None else before.level,
        # Badges tell both; a frame without any badge (a like, most gifts) says nothing about them.
        moderator=person.moderator or (before.moderator and not person.badges),
        subscriber=person.subscriber or (before.subscriber and not person.badges),
    )


def _is_named(who: Who) -> bool:
    """Whether the name is a nickname and not what stands in for one."""
    return who.name not in ("", ANONYMOUS, f"@{who.handle}")


def _view_id(key: str) -> str:
    """TikTok's id without prefix, else the weaker key; of a name's key only what is the name's."""
    if key.startswith("id:"):
        return key[3:]
    return key.rpartition("@")[0] if key.startswith("name:") else key
