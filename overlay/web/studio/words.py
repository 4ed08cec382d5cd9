"""The studio's words: one JSON file a language, chosen by the owner's setting or the browser. It knows no page."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pathlib import Path

FALLBACK: Final = "en"
RIGHT_TO_LEFT: Final = frozenset({"ar"})
_SLOT: Final = re.compile(r"\{(\w+)\}")


class Words:
    """One language's words; what it lacks is said in English."""

    def __init__(self, lang: str, own: dict[str, str], fallback: dict[str, str]) -> None:
        """Take the words."""
        self.lang = lang
        self.direction = "rtl" if lang in RIGHT_TO_LEFT else "ltr"
        self._all = fallback | own

    def __call__(self, key: str, /, **slots: Any) -> str:
        """The text under a key, its slots filled; a key without a text is shown as it is."""
        text = self._all.get(key, key)
        return _SLOT.sub(lambda found: str(slots.get(found[1], found[0])), text) if slots else text

    def has(self, key: str) -> bool:
        """Whether there is a text of its own."""
        return key in self._all

    def first(self, *keys: str) -> str:
        """The text of the first key that has one."""
        return self._all.get(next((key for key in keys if key in self._all), keys[-1]), keys[-1])

    def under(self, prefix: str) -> dict[str, str]:
        """All words whose keys begin so, without that beginning: what a page's script needs."""
        return {key.removeprefix(prefix): text for key, text in self._all.items() if key.startswith(prefix)}


class Dictionary:
    """All languages there are."""

    def __init__(self, folder: Path) -> None:
        """Read every `<lang>.json`."""
        files = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))}
        fallback = files[FALLBACK]
        self.languages = {lang: Words(lang, own, fallback) for lang, own in files.items()}

    def names(self) -> dict[str, str]:
        """Every language by its own name."""
        return {lang: words("language") for lang, words in self.languages.items()}

    def choose(self, setting: str | None, accepted: str) -> Words:
        """The owner's language, else the first of the browser's that is here, else English."""
        for wanted in (setting or "", *ranked(accepted)):
            found = self.languages.get(wanted.lower()) or self.languages.get(wanted.lower().partition("-")[0])
            if found is not None:
                return found
        return self.languages[FALLBACK]


def ranked(accepted: str) -> list[str]:
    """The languages of an Accept-Language header, dearest first."""
    found: list[tuple[float, int, str]] = []
    for place, part in enumerate(accepted.split(",")[:20]):
        name, _, quality = part.strip().partition(";")
        try:
            weight = float(quality.strip().removeprefix("q=") or 1)
        except ValueError:
            weight = 0.0
        if name and weight > 0:
            found.append((-weight, place, name.strip()))
    return [name for _, _, name in sorted(found)]
