"""Names of files that come from outside: which of them may become paths below a folder of ours, on any system.

It never opens a file.
"""

from __future__ import annotations

import unicodedata
from typing import Final

DEVICES: Final = {"con", "prn", "aux", "nul", *(f"{name}{n}" for name in ("com", "lpt") for n in range(1, 10))}


def safe_name(name: str) -> bool:
    """Whether a name from outside may become a path below a folder of ours, on any system."""
    if (
        not name
        or len(name) > 400
        or "\\" in name
        or name.startswith("/")
        or name != unicodedata.normalize("NFC", name)
    ):
        return False
    if any(ord(letter) < 32 or unicodedata.category(letter) in ("Cc", "Cf", "Cs") for letter in name):
        return False
    return all(_safe_part(part) for part in name.split("/"))


def _safe_part(part: str) -> bool:
    if part in ("", ".", "..") or len(part.encode()) > 200 or any(letter in part for letter in '<>:"|?*'):
        return False
    return part.split(".", maxsplit=1)[0].casefold() not in DEVICES and not part.endswith((".", " "))
