"""What is answered when something cannot be done as asked: one sentence that names the field.

It never answers by itself.
"""

from __future__ import annotations

import re
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")
_WHERE = re.compile(r"^(?P<what>.*?)(?: - at (?:`key` in )?`\$(?P<path>.*)`)?$", re.DOTALL)
_FIELD = re.compile(r"(?:unknown|required) field `(?P<name>[^`]+)`")


class Problem(Exception):
    """A request that cannot be served: a code, one sentence, and the field it is about."""

    def __init__(self, code: str, sentence: str, field: str | None = None, status: int = 400) -> None:
        """Say it."""
        super().__init__(sentence)
        self.code, self.sentence, self.field, self.status = code, sentence, field, status


def unknown(what: str) -> Problem:
    """There is no such thing."""
    return Problem("unknown", f"There is no such {what}.", None, 404)


def read_as(given: Any, wanted: type[T], below: str = "") -> T:
    """What came in as what it must be, or a Problem that names the field."""
    try:
        return msgspec.convert(given, wanted)
    except msgspec.ValidationError as trouble:
        raise problem_of(trouble, below) from None


def problem_of(trouble: msgspec.ValidationError, below: str = "") -> Problem:
    """A validation error as one sentence; `below` is the field it all stands in."""
    found = _WHERE.match(str(trouble))
    what, path = (found["what"], found["path"] or "") if found else (str(trouble), "")
    named = _FIELD.search(what)
    path = path.replace("[...]", "").replace("[", ".").replace("]", "")
    parts = [below, path.strip("."), named["name"] if named else ""]
    field = ".".join(part for part in parts if part) or None
    sentence = what.replace("Object contains unknown field", "There is no field").replace(
        "Object missing required field", "Missing the field"
    )
    if field is not None and not named:
        sentence = f"{field}: {sentence[:1].lower()}{sentence[1:]}"
    return Problem("invalid", sentence.rstrip(".") + ".", field)
