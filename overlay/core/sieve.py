"""Which lines the owner lets through: no commands, links, names or words of the lists, and no more than can be read.

It judges one line at a time. It changes no text and deletes nothing: another option shows the line again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import regex

from overlay.core.text import fold_name
from overlay.core.transcript import plain, words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from overlay.core.scene import Scene
    from overlay.core.transcript import Entry

_COMMAND: Final = regex.compile(r"[!/][^\s!/]")
_MARKS: Final = ("!", "/")
_LINK: Final = regex.compile(
    r"https?://|\bwww\.|\b[a-z0-9-]+\.(?:com|net|org|info|biz|io|gg|tv|me|ru|link|xyz|shop|app|live|site|online|ly|to)\b"
)
_UNSPACED: Final = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")


def sieve(
    scene: Scene, *, commands: bool, links: bool, flood: bool, names: Sequence[str], words: Sequence[str]
) -> Callable[[Entry], bool]:
    """Whether a line may be shown, by what is to be hidden."""
    hidden = {fold_name(name) for name in names} - {""}
    matches = [found for word in words if (found := matcher(word)) is not None]

    def passes(entry: Entry) -> bool:
        if flood and not entry.calm:
            return False
        if hidden and entry.who is not None:
            known = scene.people.newest(entry.who)
            if fold_name(known.name) in hidden or fold_name(known.handle or "") in hidden:
                return False
        if commands and entry.kind == "chat" and entry.plain.startswith(_MARKS) and _COMMAND.match(entry.plain):
            return False
        if links and _LINK.search(entry.plain):
            return False
        return not any(match(entry) for match in matches)

    return passes


def matcher(word: str) -> Callable[[Entry], bool] | None:
    """How a listed word is found: whole words; in scripts without blanks, and for emoji, anywhere."""
    wanted = plain(word)
    phrase = words(wanted)
    if not wanted:
        return None
    if not phrase.strip() or _UNSPACED.search(wanted):
        return lambda entry: wanted in entry.plain
    return lambda entry: phrase in entry.words
