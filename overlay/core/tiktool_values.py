"""TikTool's single values, whatever type they drifted into: texts, ids, numbers, truths, times, addresses, colours.

Every function answers None for what it cannot read: a wild value is unknown, never an error and never a zero.
Nothing here knows a field's name or an event.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import Any

LONGEST_TEXT = 4_096  # characters; TikTok's own lines are far shorter, and nothing longer fits on a screen
LONGEST_ID = 256
LONGEST_ADDRESS = 2_048
LARGEST = 2**53 - 1  # what a browser still counts exactly
LARGEST_COUNT = 10_000_000  # of one gift, or its price: two of these multiply to less than SQLite's largest integer
MS_FROM = 10**11  # a time above this is in milliseconds, below in seconds
SEC_UID = "MS4wLjAB"

_WHOLE = re.compile(r"[+-]?\d{1,32}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d{1,32}(\.\d{0,32})?|\.\d{1,32})([eE][+-]?\d{1,3})?", re.ASCII)
_DIGITS = re.compile(r"\d{1,32}", re.ASCII)
_COLOUR = re.compile(r"#([0-9A-Fa-f]{2})?([0-9A-Fa-f]{6})", re.ASCII)
_YES = frozenset({"true", "1", "yes"})
_NO = frozenset({"false", "0", "no", ""})


def text(value: Any) -> str | None:
    """Return the text as it came (numbers too), cut where nobody could read on."""
    if value is None:
        return None
    if type(value) is str:
        return value if len(value) <= LONGEST_TEXT else value[:LONGEST_TEXT]
    if type(value) is int or type(value) is float:
        return str(value)
    return None


def word(value: Any) -> str | None:
    """Return a text that says something: blanks around it are gone, and empty is None."""
    if value is None:
        return None
    found = value if type(value) is str else text(value)
    return (found[:LONGEST_TEXT].strip() or None) if found else None


def ident(value: Any) -> str | None:
    """Return an id as text: integers exactly, floats when they are whole. Empty and "0" mean none."""
    if value is None:
        return None
    if type(value) is str:
        found = value.strip()
    elif type(value) is int:
        found = str(value)
    elif type(value) is float and value.is_integer():
        found = str(int(value))
    else:
        return None
    return found if found and found != "0" and len(found) <= LONGEST_ID else None


def digits(value: Any) -> str | None:
    """Return TikTok's numeric id of a person: nothing but digits, and not zero."""
    if value is None:
        return None
    found = ident(value)
    return found if found is not None and _DIGITS.fullmatch(found) and found.strip("0") else None


def sec_uid(value: Any) -> str | None:
    """Return a permanent secure id; free keys get an advert in its place."""
    return value if type(value) is str and value.startswith(SEC_UID) and len(value) <= LONGEST_ID else None


def number(value: Any) -> float | int | None:
    """Return a finite number, also out of a text."""
    if type(value) is str:
        value = value.strip()
        if _WHOLE.fullmatch(value):
            value = int(value)
        elif _NUMBER.fullmatch(value):
            value = float(value)
        else:
            return None
    if isinstance(value, int):
        return int(value) if -LARGEST <= value <= LARGEST else None
    if isinstance(value, float):
        return value if math.isfinite(value) and abs(value) <= LARGEST else None
    return None


def whole(value: Any) -> int | None:
    """Return a whole number; what stands behind the point is dropped."""
    if value is None:
        return None
    if type(value) is int and -LARGEST <= value <= LARGEST:
        return value
    found = number(value)
    return None if found is None else int(found)


def count(value: Any) -> int | None:
    """Return how many: never below zero."""
    if type(value) is int and 0 <= value <= LARGEST:
        return value
    found = whole(value)
    return found if found is not None and found >= 0 else None


def few(value: Any) -> int | None:
    """Return how many gifts, or the price of one: a wild number is unknown before it ruins a sum."""
    if type(value) is int and 0 <= value <= LARGEST_COUNT:
        return value
    found = count(value)
    return found if found is not None and found <= LARGEST_COUNT else None


def seconds(value: Any) -> float | None:
    """Return a length in seconds: never below zero."""
    found = number(value)
    return found if found is not None and found >= 0 else None


def truth(value: Any) -> bool | None:
    """Return a truth, also out of 0, 1 and words."""
    if value is None or value is True or value is False:
        return value
    if isinstance(value, (int, float)):
        return bool(value)
    if isinstance(value, str):
        found = value.strip().casefold()
        return True if found in _YES else False if found in _NO else None
    return None


def moment(value: Any) -> int | None:
    """Return a point in time as ms since 1970: ISO text, milliseconds or seconds, told apart by their form."""
    if value is None:
        return None
    if type(value) is int and MS_FROM < value <= LARGEST:
        return value
    if type(value) is str and "T" in value:
        try:
            when = datetime.fromisoformat(value.strip())
            if when.tzinfo is None:
                when = when.replace(tzinfo=UTC)
            return int(when.timestamp() * 1000)
        except (ValueError, OverflowError):
            return None
    found = number(value)
    if found is None or found <= 0:
        return None
    return int(found) if found > MS_FROM else int(found * 1000)


def instant(value: Any) -> float | None:
    """Return a point in time as seconds since 1970."""
    found = moment(value)
    return None if found is None else found / 1000


def address(value: Any) -> str | None:
    """Return a picture's address: https or none."""
    if type(value) is str and value.startswith("https://") and len(value) <= LONGEST_ADDRESS:
        return value
    return None


def badge_colour(value: Any) -> str | None:
    """Return a badge's `#AARRGGBB` as CSS wants it: alpha last."""
    found = _COLOUR.fullmatch(value) if type(value) is str else None
    return f"#{found[2]}{found[1] or ''}" if found else None


def css_colour(value: Any) -> str | None:
    """Return a colour that already is CSS."""
    return value if type(value) is str and _COLOUR.fullmatch(value) else None
