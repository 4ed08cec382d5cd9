"""What a field is called on a page: a refusal names it as its label does. It knows labels and decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from overlay.web.studio.words import Words

LABELS: Final = {
    "address": "hook.base",
    "captions.language": "captions.language",
    "captions.max_minutes": "captions.max",
    "captions.source": "captions.source",
    "captions.translate": "captions.translate",
    "creator": "creator",
    "current": "password.current",
    "days": "keep.days",
    "event": "tests.event",
    "gigabytes": "keep.gigabytes",
    "handle": "handle",
    "host": "obs.host",
    "keep_days": "keep_days",
    "key": "key",
    "language": "language.name",
    "name": "widget.name",
    "password": "password",
    "port": "obs.port",
    "priority": "priority",
    "secret": "hook.secret",
    "source": "source",
    "speed": "rehearsal.speed",
    "theme": "theme",
    "time_zone": "time_zone",
    "token": "fastmoss.token",
}


def label(words: Words, field: str, kind: str | None) -> str:
    """The label of a field; `kind` is that of the overlay whose options are meant. An unknown one keeps its name."""
    if field.startswith("options."):
        names = [part for part in field.split(".")[1:] if not part.isdigit()]
        return option_label(words, names, kind) if names else field
    return words(LABELS[field]) if field in LABELS else field


def option_label(words: Words, names: list[str], kind: str | None) -> str:
    """The label of an option, or of a part of it: `tiers.min_diamonds`."""
    whole = words.first(f"option.{kind}.{names[0]}", f"option.{names[0]}", names[0])
    if len(names) == 1:
        return f"“{whole}”"
    keys = (f"option.{names[0]}.{names[1]}", f"option.{names[1]}", f"choice.{names[1]}", f"colour.{names[1]}")
    return f"“{whole}: {words.first(*keys, names[1])}”"
