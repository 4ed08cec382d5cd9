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
    return Problem("invalid", plain(what, field), field)


def plain(what: str, field: str | None) -> str:
    """What the validation says, in words that name the field and no type of a program's."""
    subject = field or "The value"
    for pattern, told in _PLAIN:
        found = pattern.match(what)
        if found is not None:
            return told.format(subject, *found.groups())
    wanted = _WANTED.match(what)
    if wanted is not None:
        kinds = [one for one in wanted["kinds"].split(" | ") if one != "null"]
        return f"{subject} must be {_KINDS.get(kinds[0] if kinds else '', 'something else')}."
    return f"{subject}: {what[:1].lower()}{what[1:]}".rstrip(".") + "."


_PLAIN = tuple(
    (re.compile(pattern, re.DOTALL), told)
    for pattern, told in (
        (r"Object contains unknown field `([^`]+)`", "There is no field {1}."),
        (r"Object missing required field `([^`]+)`", "The field {1} is missing."),
        (r"Expected `(?:int|float)` <= (.+?)(?:\.0)?$", "{0} may be at most {1}."),
        (r"Expected `(?:int|float)` >= (.+?)(?:\.0)?$", "{0} must be at least {1}."),
        (r"Expected `str` of length <= (\d+)", "{0} may have at most {1} characters."),
        (r"Expected `str` of length >= 1$", "{0} must not be empty."),
        (r"Expected `str` of length >= (\d+)", "{0} must have at least {1} characters."),
        (r"Expected `(?:array|object)` of length <= (\d+)", "{0} may have at most {1} entries."),
        (r"Expected `str` matching regex", "{0} is not written the way it must be."),
        (r"Invalid enum value (.+)", "{0} cannot be {1}."),
    )
)
_WANTED = re.compile(r"Expected `(?P<kinds>[^`]+)`")
_KINDS = {
    "int": "a whole number",
    "float": "a number",
    "bool": "on or off",
    "str": "a text",
    "array": "a list",
    "object": "a group of values",
}
