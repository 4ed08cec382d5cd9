"""The lines of one room: what was written, and who joined, followed and gave in between; deleted lines are gone.

It knows no option: every line is kept with what a filter needs, and the widget picks. Only the last few hundred stay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from unicodedata import normalize

import regex
from msgspec import Raw, Struct

from overlay.core import facts
from overlay.core.facts import Part, Who
from overlay.core.items import named
from overlay.core.moving import UNWRITTEN
from overlay.core.strip import Strip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from overlay.core.events import Badge
    from overlay.core.facts import Fact
    from overlay.core.scene import Scene

KEPT: Final = 300
KEPT_BETWEEN: Final = 60
TOMBSTONE_MS: Final = 60_000
TOMBSTONES: Final = 5_000
RESETS: Final = 20

STRIPS: Final = 20
"""Ways to look at the chat of which the lines are kept as they were written."""

BURST: Final = 60
LINES_A_S: Final = 5
"""A flood: more than BURST lines above this pace. From then on slow mode shows this many a second."""

JOINS_A_S: Final = 3

_HIDDEN: Final = regex.compile(r"\p{Cf}+")
_WORD: Final = regex.compile(r"[^\W_]+")


class Entry(Struct, kw_only=True, gc=False):
    """One line. `kind` is chat, question, join, follow or gift; `calm` is False for what a flood washes away."""

    serial: int
    kind: str
    id: str
    at_ms: int
    who: Who | None
    ids: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    badges: tuple[Badge, ...] = ()
    reply_to: Who | None = None
    starred: bool = False
    calm: bool = True
    plain: str = ""  # the text as lists of words are compared with it
    words: str = ""  # its words alone, each between blanks
    gift_id: str | None = None
    gift_name: str | None = None
    picture: str | None = None
    count: int | None = None
    diamonds: int | None = None
    test: bool = False  # of a test or a rehearsal: what these take back, they take back of their own
    shown: Raw | None = None  # as pages see it (lines.py), made for this look of the scene
    look: int = -1


def plain(text: str) -> str:
    """A text as it is compared: compatibility forms, case and what cannot be seen are gone."""
    seen: str = _HIDDEN.sub("", normalize("NFKC", text).casefold())
    return seen.strip()


def words(text: str) -> str:
    """The words of a plain text, each between blanks, so that whole words are found by `in`."""
    return f" {' '.join(_WORD.findall(text))} "


class Bucket(Struct):
    """How much of a flood still passes."""

    left: float
    most: float
    a_second: float
    at_ms: int = 0

    def take(self, at_ms: int) -> bool:
        """Whether one more passes now."""
        self.left = min(self.most, self.left + max(0, at_ms - self.at_ms) * self.a_second / 1000)
        self.at_ms = at_ms
        if self.left < 1:
            return False
        self.left -= 1
        return True


class Transcript:
    """The state of the chat."""

    __slots__ = (
        "_began", "_by_id", "_cuts", "_folds", "_joins", "_lines", "_serial", "_strips", "_talk", "_tombs",
    )  # fmt: skip

    ignores = UNWRITTEN

    def __init__(self) -> None:
        """Nobody has said anything."""
        self._lines: dict[str, dict[int, Entry]] = {kind: {} for kind in ("chat", "question", "join", "follow", "gift")}
        self._by_id: dict[str, Entry] = {}
        self._tombs: dict[str, int] = {}
        self._cuts: dict[str, int] = {}  # reset -> the last line before it
        self._began = 0  # the last line of the stream before
        self._serial = 0
        self._strips: dict[object, Strip[Entry]] = {}  # of the chat, by what they let through
        self._talk = Bucket(BURST, BURST, LINES_A_S)
        self._joins = Bucket(JOINS_A_S, JOINS_A_S, JOINS_A_S)
        self._folds: dict[type[Fact], Callable[..., bool]] = {
            facts.Said: self._say,
            facts.Asked: self._ask,
            facts.Unsaid: self._unsay,
            facts.Credit: self._give,
            facts.Followed: self._follow,
            facts.Joined: self._join,
            facts.Cleared: self._clear,
            facts.Restored: self._restore,
            facts.StreamBegan: self._begin,
        }

    def fold(self, fact: Fact, _scene: Scene) -> bool:
        """Take one fact in."""
        fold = self._folds.get(type(fact))
        return fold is not None and fold(fact)

    def wake(self) -> int | None:
        """Time alone changes nothing here."""
        return None

    def back(self, kind: str) -> Iterator[Entry]:
        """The lines of one kind, newest first, as far back as the last reset or stream."""
        oldest = max(self._began, *self._cuts.values()) if self._cuts else self._began
        for serial, entry in reversed(self._lines[kind].items()):
            if serial <= oldest:
                return
            yield entry

    def strip(self, passes: tuple[object, ...], rows: int) -> Strip[Entry]:
        """The last rows of the chat, of what passes: the name of a sieve that judges a line alike, today and ever."""
        strip = self._strips.get((rows, passes))
        if strip is None:
            if len(self._strips) >= STRIPS:
                del self._strips[next(iter(self._strips))]
            strip = self._strips[rows, passes] = Strip(rows)
        return strip

    def _wipe(self) -> None:
        for strip in self._strips.values():
            strip.wipe()

    # --- facts ---

    def _say(self, fact: facts.Said) -> bool:
        ids = tuple(dict.fromkeys((fact.id, *fact.ids)))
        if any(self._is_dead(one, fact.at_ms) for one in ids) or fact.id in self._by_id:
            return False
        text = plain(" ".join(part.text or "\N{OBJECT REPLACEMENT CHARACTER}" for part in fact.parts))
        calm = self._talk.take(fact.at_ms) or fact.who.moderator or fact.starred
        self._add(
            "chat",
            fact,
            fact.id,
            fact.who,
            ids=ids,
            parts=fact.parts,
            badges=fact.badges,
            reply_to=fact.reply_to,
            starred=fact.starred,
            calm=calm,
            plain=text,
            words=words(text),
        )
        return True

    def _ask(self, fact: facts.Asked) -> bool:
        text = plain(fact.text)
        name = f"question-{fact.who.id}-{fact.at_ms}"
        self._add("question", fact, name, fact.who, parts=(Part(text=fact.text),), plain=text, words=words(text))
        return True

    def _unsay(self, fact: facts.Unsaid) -> bool:
        entry = self._by_id.get(fact.id)
        if fact.test:
            return entry is not None and entry.test and self._drop_all([entry])
        for one in (fact.id, *(entry.ids if entry is not None else ())):
            self._tombs.pop(one, None)
            self._tombs[one] = fact.at_ms
        while len(self._tombs) > TOMBSTONES:
            del self._tombs[next(iter(self._tombs))]
        if entry is None:
            return False
        self._drop(entry)
        return True

    def _is_dead(self, one: str, at_ms: int) -> bool:
        told = self._tombs.get(one)
        return told is not None and at_ms - told < TOMBSTONE_MS

    def _give(self, fact: facts.Credit) -> bool:
        name = f"gift-{fact.combo}"
        known = self._by_id.get(name)
        if known is not None:
            known.count, known.diamonds, known.shown = fact.count, (known.diamonds or 0) + fact.diamonds, None
            return True
        entry = self._add("gift", fact, name, fact.who, ids=(name,), count=fact.count)
        entry.gift_id, entry.gift_name, entry.picture = fact.gift_id, fact.gift_name, fact.picture
        entry.diamonds = (fact.count - fact.units) * fact.price + fact.diamonds
        return True

    def _follow(self, fact: facts.Followed) -> bool:
        self._add("follow", fact, f"follow-{fact.who.id}-{fact.at_ms}", fact.who)
        return True

    def _join(self, fact: facts.Joined) -> bool:
        if not self._joins.take(fact.at_ms):
            return False
        self._add("join", fact, f"join-{fact.who.id}-{fact.at_ms}", fact.who)
        return True

    def _clear(self, fact: facts.Cleared) -> bool:
        if fact.what not in {"chat", "all"}:
            return False
        if fact.test:
            return self._drop_all(self._rehearsed())
        if len(self._cuts) >= RESETS:
            self._began = max(self._began, self._cuts.pop(next(iter(self._cuts))))
        self._cuts[fact.id] = self._serial
        self._wipe()
        return True

    def _restore(self, fact: facts.Restored) -> bool:
        self._wipe()
        return self._cuts.pop(fact.id, None) is not None

    def _begin(self, fact: facts.StreamBegan) -> bool:
        if fact.test:
            return self._drop_all(self._rehearsed())
        self._began, self._cuts = self._serial, {}
        self._wipe()
        return True

    # --- lines ---

    def _add(self, kind: str, fact: Fact, name: str, who: Who, **more: Any) -> Entry:
        self._serial += 1
        entry = Entry(serial=self._serial, kind=kind, id=name, at_ms=fact.at_ms, who=named(who), test=fact.test, **more)
        lines = self._lines[kind]
        lines[entry.serial] = entry
        for one in entry.ids:
            self._by_id[one] = entry
        if kind == "chat":
            for strip in self._strips.values():
                strip.note(entry.serial, entry)
        if len(lines) > (KEPT if kind == "chat" else KEPT_BETWEEN):
            self._drop(next(iter(lines.values())))
        return entry

    def _rehearsed(self) -> list[Entry]:
        return [entry for lines in self._lines.values() for entry in lines.values() if entry.test]

    def _drop_all(self, entries: list[Entry]) -> bool:
        for entry in entries:
            self._drop(entry)
        return bool(entries)

    def _drop(self, entry: Entry) -> None:
        self._lines[entry.kind].pop(entry.serial, None)
        if entry.kind == "chat":
            for strip in self._strips.values():
                strip.drop(entry.serial)
        for one in entry.ids:
            if self._by_id.get(one) is entry:
                del self._by_id[one]
