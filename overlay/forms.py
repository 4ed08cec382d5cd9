"""What the owner may ask for: creators, widgets, tests, orders and resets as forms, and how each is read and checked.

It never carries anything out; the desk does.
"""

from __future__ import annotations

import contextlib
import re
import secrets
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Meta, Struct, field

from overlay.core import tiktool
from overlay.core.css import dropped
from overlay.core.events import Other
from overlay.core.text import clean_text
from overlay.core.tiktool import BadFrame
from overlay.core.widget import END
from overlay.problems import Problem, problem_of, read_as
from overlay.store.rows import CreatorFields, WidgetFields
from overlay.theme_import import check_css
from overlay.widgets import KINDS

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from overlay.core.widget import Kind, Shared
    from overlay.store.bundle import Checked

HANDLE: Final = re.compile(r"^[a-z0-9._]{1,64}\Z")
LONGEST_NAME: Final = 100
ADDRESS: Final = re.compile(r"^(?:https?://)?(?:www\.|m\.)?tiktok\.com/@?([^/?#]+)", re.IGNORECASE)
RESETS: Final = ("leaderboard", "goals", "captions", "chat", "battle", "all")
Language = Annotated[str, Meta(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*" + END)]


class Captions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What captions the owner buys for a creator."""

    source: Literal["native", "captions", "off"] = "native"
    language: Language | None = None
    translate: Language | None = None
    speakers: bool = True
    max_minutes: Annotated[int, Meta(ge=0, le=100_000)] | None = None


class CreatorForm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything about a creator that the owner decides."""

    handle: Annotated[str, Meta(min_length=1, max_length=200)]
    source: Literal["tiktool", "simulator"] = "tiktool"
    enabled: bool = True
    time_zone: Annotated[str, Meta(max_length=64)] = ""
    priority: Annotated[int, Meta(ge=-1000, le=1000)] = 0
    record: bool = False
    keep_days: Annotated[int, Meta(ge=1, le=36_500)] | None = None
    captions: Captions = field(default_factory=Captions)


class WidgetForm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything about a widget that the owner decides."""

    creator: Annotated[str, Meta(max_length=64)]
    kind: Annotated[str, Meta(max_length=32)]
    name: Annotated[str, Meta(max_length=LONGEST_NAME)] = ""
    theme: Annotated[str, Meta(max_length=64)] = "default"
    options: dict[str, Any] = field(default_factory=dict)


class TestForm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A test event, in TikTool's own words."""

    event: Annotated[str, Meta(min_length=1, max_length=64)]
    data: dict[str, Any] = field(default_factory=dict)


class Orders(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An order to the stage of alerts."""

    do: Literal["skip", "pause", "resume", "clear", "mute", "unmute", "replay"]


class ResetForm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What starts anew."""

    what: Literal["leaderboard", "goals", "captions", "chat", "battle", "all"]


def read_handle(text: str) -> str:
    """A handle as TikTool wants it, out of whatever people paste."""
    pasted = ADDRESS.match(text.strip())
    handle = (pasted[1] if pasted else text).strip().lstrip("@").strip().lower()
    if not HANDLE.match(handle):
        raise Problem("invalid", "The handle may hold only letters, digits, dots and underscores.", "handle")
    return handle


def read_name(text: str) -> str:
    """A widget's name as it may be shown: cleaned like any line. Not refused, or an old one would bar every change."""
    return clean_text(text, LONGEST_NAME)


def read_zone(name: str, default: str) -> str:
    """An IANA time zone, checked; an empty one is the server's."""
    try:
        ZoneInfo(name or default)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Problem(
            "invalid", f"There is no time zone {name!r}; use a name such as Europe/Berlin.", "time_zone"
        ) from None
    return name or default


def read_options(kind: Kind, given: dict[str, Any], before: Shared | None = None) -> Shared:
    """A widget's options, checked; those not given keep what they were."""
    try:
        if before is not None:
            whole = msgspec.to_builtins(before) | given
            return msgspec.convert(whole, kind.options)
        return msgspec.convert(given, kind.options)
    except msgspec.ValidationError as trouble:
        raise problem_of(trouble, "options") from None


def left_out(options: dict[str, Any]) -> dict[str, Any]:
    """What of the given custom CSS was not kept, line by line, for the answer; nothing where all of it was."""
    css = options.get("css")
    found = [
        {"field": "options.css", "line": fault.line, "message": f"Line {fault.line} was left out: {fault.why}."}
        for fault in (dropped(css) if isinstance(css, str) else ())
    ]
    return {"dropped": found} if found else {}


SAMPLE_PERSON: Final = {"id": "6800000000000000001", "uniqueId": "mira.kay", "nickname": "Mira Kay", "level": 21}
SAMPLE_EVENTS: Final[dict[str, dict[str, Any]]] = {
    "gift": {"giftId": 5655, "giftName": "Rose", "diamondCount": 1, "repeatCount": 1, "repeatEnd": True, "giftType": 1},
    "chat": {"comment": "Hello from a test!"},
    "like": {"likeCount": 15},
    "subscribe": {"subMonth": 1},
    "superFan": {"displayType": "ttlive_superFan_test"},
    "envelope": {"envelopeId": "test", "diamondCount": 50},
    "social": {"action": "follow"},
}
"""What a test event says where the asker does not."""


def test_frame(form: TestForm) -> bytes:
    """A test event as a frame; unreadable ones are a Problem."""
    data = {"type": form.event, **SAMPLE_EVENTS.get(form.event, {}), **form.data}
    if form.event not in {"battle", "battleArmies", "roomUserSeq", "caption", "imDelete", "control", "streamEnd"}:
        data.setdefault("user", dict(SAMPLE_PERSON))
    if form.event in {"envelope", "superFanBox"} and "envelopeId" not in form.data:
        data["envelopeId"] = f"test-{secrets.token_hex(6)}"
    data.setdefault("msgId", f"test-{secrets.token_hex(6)}")  # two tests in one second are two, not one repeated
    raw = msgspec.json.encode({"event": form.event, "data": data})
    try:
        event = tiktool.decode(raw)
    except BadFrame as bad:
        raise Problem("invalid", f"This event cannot be read: {bad.reason}.", "data") from None
    if isinstance(event, Other):
        raise Problem("invalid", f"There is no event {form.event!r}.", "event")
    return raw


def check_bundle(found: Checked, themes: frozenset[str], zone: str) -> None:
    """Hold what an import brings to the rules of single calls, and put its values into their right form."""
    for place, (identity, creator) in enumerate(found.creators):
        with below(f"creators[{place}]"):
            found.creators[place] = identity, check_creator(creator, zone)
    for place, (identity, key, widget) in enumerate(found.widgets):
        with below(f"widgets[{place}]"):
            found.widgets[place] = identity, key, check_widget(widget, themes | set(found.themes))
    for name, files in found.themes.items():
        with below(f"themes.{name}"):
            for path, body in files.items():
                if path.lower().endswith(".css"):
                    check_css(path, body.decode("utf-8", "replace"))


def check_creator(brought: CreatorFields, zone: str) -> CreatorFields:
    """A creator of an import, as the form that would have made them."""
    values: dict[str, Any] = msgspec.to_builtins(brought)
    minutes = values["captions"]["max_minutes"]
    if minutes is not None and minutes == minutes // 1:
        values["captions"]["max_minutes"] = int(minutes)  # the store keeps 5 minutes as 5.0
    form = read_as(values, CreatorForm)
    values = msgspec.to_builtins(form)
    values |= {"handle": read_handle(form.handle), "time_zone": read_zone(form.time_zone, zone)}
    return msgspec.convert(values, CreatorFields)


def check_widget(brought: WidgetFields, themes: frozenset[str]) -> WidgetFields:
    """A widget of an import, likewise; whether its creator is there is seen when all are."""
    form = read_as(msgspec.to_builtins(brought), WidgetForm)
    kind = read_kind(form.kind)
    options = msgspec.to_builtins(read_options(kind, form.options))
    name, theme = read_name(form.name) or kind.title, read_theme(form.theme, themes)
    return WidgetFields(creator=form.creator, kind=form.kind, name=name, theme=theme, options=options)


def read_kind(name: str) -> Kind:
    """A kind by its name."""
    kind = KINDS.get(name)
    if kind is None:
        raise Problem("invalid", f"There is no kind {name!r}; there are {', '.join(KINDS)}.", "kind")
    return kind


def read_theme(name: str, known: Container[str]) -> str:
    """A theme's name, if there is such a theme."""
    if name not in known:
        raise Problem("invalid", f"There is no theme {name!r}.", "theme")
    return name


@contextlib.contextmanager
def below(place: str) -> Iterator[None]:
    """A Problem within is about something that stands in this place."""
    try:
        yield
    except Problem as trouble:
        inner = trouble.field if trouble.field != "file" else None
        field = f"{place}.{inner}" if inner else place
        raise Problem(trouble.code, trouble.sentence, field, trouble.status) from None


def need_object(given: Any) -> dict[str, Any]:
    """The body of a change must be an object."""
    if not isinstance(given, dict):
        raise Problem("invalid", "The body must be a JSON object.", None)
    return given
