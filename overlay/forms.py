"""What the owner may ask for: creators, widgets, tests, orders and resets as forms, and how each is read and checked.

It never carries anything out; the desk does.
"""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Meta, Struct, field

from overlay.core import tiktool
from overlay.core.events import Other
from overlay.core.tiktool import BadFrame
from overlay.problems import Problem, problem_of
from overlay.store import Refused
from overlay.widgets import KINDS

if TYPE_CHECKING:
    from overlay.core.widget import Kind, Shared

HANDLE: Final = re.compile(r"^[a-z0-9._]{1,64}$")
ADDRESS: Final = re.compile(r"^(?:https?://)?(?:www\.|m\.)?tiktok\.com/@?([^/?#]+)", re.IGNORECASE)
RESETS: Final = ("leaderboard", "goals", "captions", "chat", "battle", "all")
Language = Annotated[str, Meta(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]


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
    name: Annotated[str, Meta(max_length=100)] = ""
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


def check_bundle_options(kind: str, options: dict[str, Any], place: str) -> None:
    """What only the kinds know: whether the options of an imported widget can be used."""
    known = KINDS.get(kind)
    if known is None:
        raise Refused(f"There is no kind {kind!r}.", place.replace("options", "kind"))
    try:
        msgspec.convert(options, known.options)
    except msgspec.ValidationError as trouble:
        problem = problem_of(trouble, place)
        raise Refused(problem.sentence, problem.field) from None


def need_object(given: Any) -> dict[str, Any]:
    """The body of a change must be an object."""
    if not isinstance(given, dict):
        raise Problem("invalid", "The body must be a JSON object.", None)
    return given
