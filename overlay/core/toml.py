"""TOML that somebody else has written: themes, and the settings in the data folder.

It never reads a file. What the parser cannot bear (brackets in brackets without end, numbers of thousands of digits) is
as wrong as any other fault: one sentence, not a bug.
"""

from __future__ import annotations

import tomllib
from typing import Any


class BadToml(ValueError):
    """Why it cannot be read, as a part of a sentence."""


def read_toml(text: str) -> dict[str, Any]:
    """The table, or `BadToml`."""
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise BadToml("it is nested too deeply") from None
    except tomllib.TOMLDecodeError as trouble:
        raise BadToml(str(trouble)) from None
    except ValueError:
        raise BadToml("a number in it is too long") from None


def word(value: Any, otherwise: str = "") -> str:
    """A text as it is; anything else is none."""
    return value if isinstance(value, str) else otherwise
