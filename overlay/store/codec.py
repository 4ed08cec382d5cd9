"""Facts and changes as bytes: msgpack of our own structs. Knows no table.

A fact's body holds no name, handle or picture of whoever did it: these stand once, with the person, and are put back
when the fact is read. So a body never has to be found and rewritten when somebody renames or wants to be forgotten.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import Raw, Struct, field
from msgspec.structs import replace

from overlay.core import facts
from overlay.core.facts import Fact, Stored, Who
from overlay.core.keeping import Change, ScoreRow

if TYPE_CHECKING:
    from collections.abc import Iterable

NOBODY: Final = Who(key="", id="")

_encode = msgspec.msgpack.Encoder().encode
_fact = msgspec.msgpack.Decoder(Stored)
_who = msgspec.msgpack.Decoder(Who)


class Spilled(Struct, array_like=True):
    """A change as it waits, in a file or in the draft: the same fields, with the types that bytes need."""

    creator: str
    stream: str | None
    facts: list[tuple[str | None, Stored]]
    memory: dict[str, bytes | None] = field(default_factory=dict)
    scores: list[tuple[str, str, ScoreRow | None]] = field(default_factory=list)
    totals: dict[str, bytes | None] = field(default_factory=dict)
    people: dict[str, Who | None] = field(default_factory=dict)
    states: dict[str, bytes | None] = field(default_factory=dict)
    stages: dict[str, bytes | None] = field(default_factory=dict)
    rounds: list[dict[str, Any]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)


_one = msgspec.msgpack.Decoder(Spilled)
_bodies = msgspec.msgpack.Decoder(list[Raw])


def bare(who: Who) -> Who:
    """The same person without name, handle, picture and level."""
    return Who(key=who.key, id=who.id, anonymous=who.anonymous)


def is_bare(who: Who) -> bool:
    """Whether nothing is known that could be shown."""
    return not (who.name or who.handle or who.avatar)


def encode_who(who: Who) -> bytes:
    """A person's newest name, handle, picture, level."""
    return _encode(who)


def decode_who(body: bytes) -> Who:
    """The same back."""
    return _who.decode(body)


def encode_fact(fact: Fact) -> bytes:
    """A fact's body, without who did it."""
    if isinstance(fact, facts.Said):
        reply_to = bare(fact.reply_to) if fact.reply_to is not None else None
        return _encode(replace(fact, who=NOBODY, reply_to=reply_to))
    if getattr(fact, "who", None) is not None:
        return _encode(replace(fact, who=NOBODY))
    return _encode(fact)


def decode_fact(body: bytes, who: Who | None) -> Fact:
    """The fact, with the person it belongs to as known today."""
    fact: Fact = _fact.decode(body)
    return fact if who is None else replace(fact, who=who)


def encode_change(change: Change) -> bytes:
    """A change that has to wait."""
    scores = [(period, person, row) for (period, person), row in change.scores.items()]
    spilled = Spilled(
        creator=change.creator,
        stream=change.stream,
        facts=change.facts,  # type: ignore[arg-type]  # every fact that is kept is one of Stored
        memory=change.memory,
        scores=scores,
        totals=change.totals,
        people=change.people,
        states=change.states,
        stages=change.stages,
        rounds=change.rounds,
        lines=change.lines,
    )
    return _encode(spilled)


def decode_change(body: bytes) -> Change:
    """The same back."""
    spilled = _one.decode(body)
    return Change(
        creator=spilled.creator,
        stream=spilled.stream,
        facts=list(spilled.facts),
        memory=spilled.memory,
        scores={(period, person): row for period, person, row in spilled.scores},
        totals=spilled.totals,
        people=spilled.people,
        states=spilled.states,
        stages=spilled.stages,
        rounds=spilled.rounds,
        lines=spilled.lines,
    )


def join(bodies: Iterable[bytes]) -> bytes:
    """Encoded changes as one body."""
    return _encode([Raw(body) for body in bodies])


def split(body: bytes) -> list[bytes]:
    """The same back."""
    return [bytes(one) for one in _bodies.decode(body)]
