"""A widget's options as a form: which control each option gets, and in which group it stands. It reads types only.

Nothing here knows a kind by name; the few names of options that stand here are those that have a look of their own.
"""

from __future__ import annotations

import re
from typing import Any, Final, Literal, get_args, get_origin

import msgspec
from msgspec import Struct, field, inspect

from overlay.core.wishes import LABELS, NAMED

LOOKS: Final = frozenset({
    "font", "scale", "colors", "radius", "background", "language", "avatars", "crowns", "badges", "levels", "icon",
    "shape", "look", "compact", "direction", "show", "highlight", "speakers", "around",
})  # fmt: skip
BEHAVIOUR: Final = frozenset({
    "speed", "hide_after_s", "motion", "fade_s", "hide_idle", "urgent_s", "slow", "delay_ms", "mode", "min_show_s",
    "show_s", "max_show_s", "queue", "sound", "volume", "overflow", "extend_by", "rotate",
})  # fmt: skip
GROUPS: Final = ("what", "looks", "behaviour", "css")
COLOURS: Final = (
    "accent", "accent-2", "text", "muted", "number", "plate", "box", "line", "gold",
    "team-1", "team-2", "team-3", "team-4",
)  # fmt: skip
METRIC: Final = re.compile(r"[(|]([a-z]+)(?=[|)])")
PERIODS: Final = ("stream", "today", "week", "month", "all")
MOST_RANGE: Final = 4


class Control(Struct, kw_only=True):
    """One option's control: `shape` is the macro that draws it, `read` how the page's script reads its value."""

    name: str
    shape: str
    read: str
    group: str
    value: Any = None
    default: Any = None
    choices: list[str] = field(default_factory=list)
    least: float | None = None
    most: float | None = None
    step: float | None = None
    longest: int | None = None
    optional: bool = False
    suggested: str = ""
    parts: list[Control] = field(default_factory=list)


def controls_of(options: type[Struct], values: dict[str, Any]) -> list[Control]:
    """The controls of a kind's options with their present values, in the order of the groups."""
    info = inspect.type_info(options)
    assert isinstance(info, inspect.StructType)  # noqa: S101  options are structs
    defaults = msgspec.to_builtins(options())
    hints = {part.name: part.type for part in msgspec.structs.fields(options)}
    made = [control(part.name, part.type) for part in info.fields]
    for one in made:
        sort_choices(one, hints[one.name])
        one.group, one.default = group_of(one.name), defaults.get(one.name)
        one.value = values.get(one.name, one.default)
        for part in (one, *one.parts):
            part.suggested = SUGGESTED.get(part.name, "")
    # gifts to other creators come last: hardly anybody has the plan for them
    return sorted(made, key=lambda one: (GROUPS.index(one.group), one.name.startswith("whales")))


def sort_choices(one: Control, hint: Any) -> None:
    """Choices in the order in which they were written: inspection sorts them."""
    if one.shape in {"choice", "checks", "texts"}:
        orders = [found for found in literals(hint) if set(found) == set(one.choices)]
        one.choices = orders[0] if orders else one.choices
    for part in one.parts:
        orders = [found for found in literals(hint) if set(found) == set(part.choices)]
        part.choices = orders[0] if orders else part.choices


def literals(hint: Any) -> list[list[str]]:
    """Every list of literals inside a type, also inside the fields of its structs."""
    if get_origin(hint) is Literal:
        return [[str(one) for one in get_args(hint)]]
    inside = list(get_args(hint))
    if isinstance(hint, type) and issubclass(hint, Struct):
        inside += [part.type for part in msgspec.structs.fields(hint)]
    return [found for part in inside for found in literals(part)]


def group_of(name: str) -> str:
    """In which group an option stands."""
    if name == "css":
        return "css"
    return "looks" if name in LOOKS else "behaviour" if name in BEHAVIOUR else "what"


def control(name: str, kind: Any) -> Control:
    """The control for one type."""
    if name in SPECIAL:
        shape, read, choices = SPECIAL[name]
        bare, optional = unwrap(kind)
        return Control(
            name=name,
            shape=shape,
            read=read,
            group="what",
            choices=list(choices),
            optional=optional,
            longest=getattr(bare, "max_length", None),
        )
    bare, optional = unwrap(kind)
    made = plain(name, bare)
    made.optional = optional
    return made


def unwrap(kind: Any) -> tuple[Any, bool]:
    """A type without its `| None`, and whether it had one."""
    if not isinstance(kind, inspect.UnionType):
        return kind, False
    rest = [part for part in kind.types if not isinstance(part, inspect.NoneType)]
    return (rest[0] if rest else kind), len(rest) < len(kind.types)


def plain(name: str, kind: Any) -> Control:
    """The control for a type that is not optional."""
    match kind:
        case inspect.BoolType():
            return Control(name=name, shape="switch", read="truth", group="what")
        case inspect.IntType() | inspect.FloatType():
            return number(name, kind)
        case inspect.LiteralType():
            return Control(
                name=name, shape="choice", read="text", group="what", choices=[str(one) for one in kind.values]
            )
        case inspect.ListType():
            return many(name, kind)
        case inspect.StrType():
            named = METRIC.findall(kind.pattern or "") if "gift:" in (kind.pattern or "") else []
            shape = "metric" if named else "text"
            return Control(name=name, shape=shape, read=shape, group="what", choices=named, longest=kind.max_length)
        case inspect.DictType():
            choices = getattr(kind.key_type, "values", ())
            return Control(name=name, shape="texts", read="texts", group="what", choices=[str(one) for one in choices])
        case _:
            return Control(name=name, shape="json", read="json", group="what")


def number(name: str, kind: Any) -> Control:
    """A number: a slider where the span is small enough to feel it."""
    whole = isinstance(kind, inspect.IntType)
    slides = not whole and kind.le is not None and kind.le <= MOST_RANGE
    return Control(
        name=name, shape="slider" if slides else "number", read="whole" if whole else "number", group="what",
        least=kind.ge, most=kind.le, step=1 if whole else 0.05 if slides else 0.5,
    )  # fmt: skip


def many(name: str, kind: Any) -> Control:
    """A list: of choices, of structs, of texts or of numbers."""
    inner, _ = unwrap(kind.item_type)
    match inner:
        case inspect.LiteralType():
            choices = [str(one) for one in inner.values]
            return Control(name=name, shape="checks", read="checks", group="what", choices=choices)
        case inspect.StructType():
            parts = [control(part.name, part.type) for part in inner.fields]
            return Control(name=name, shape="rows", read="rows", group="what", parts=parts)
        case inspect.IntType():
            return Control(name=name, shape="numbers", read="numbers", group="what")
        case _:
            return Control(name=name, shape="lines", read="lines", group="what")


SPECIAL: Final[dict[str, tuple[str, str, tuple[str, ...]]]] = {
    "css": ("css", "text", ()),
    "colors": ("colours", "colours", COLOURS),
    "since": ("since", "since", PERIODS),
    "picture": ("asset", "text", ("picture",)),
    "language": ("language", "text", ()),
}
"""Options with a control of their own."""
SUGGESTED: Final = {"class": "league-classes", "whales_league": "league-classes"}
"""Options that may be anything of a form, and the list of what they usually are."""
UNLISTED: Final = frozenset({1600, 1700})
CLASSES: Final = (
    *(label for number, label in LABELS.items() if number not in UNLISTED),
    *(name.capitalize() for name in NAMED),
)
"""The league classes that TikTool's documents list, highest first, and their names; others may be typed too."""
