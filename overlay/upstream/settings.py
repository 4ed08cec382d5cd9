"""What the upstream is told from outside: creators, timings, and the shapes of its neighbours. Nothing happens here."""

from __future__ import annotations

from typing import Any, Literal, Protocol

from msgspec import Struct

from overlay.core.events import Event

Source = Literal["tiktool", "simulator"]
DEMO_KEY = "your_api_key"


class CaptionSettings(Struct, frozen=True, kw_only=True):
    """What the owner bought for a creator: the paid socket opens only if `source` says `captions`."""

    source: str = "native"
    language: str | None = None
    translate: str | None = None
    speakers: bool = True
    max_minutes: int | None = None


class CreatorSettings(Struct, frozen=True, kw_only=True):
    """One creator, as far as the upstream is concerned."""

    id: str
    handle: str
    source: Source = "tiktool"
    enabled: bool = True
    priority: int = 0
    captions: CaptionSettings = CaptionSettings()


class Timing(Struct, frozen=True, kw_only=True):
    """Every time that is not in the tables of `core`. `scale` stretches the tables' waits; tests shrink them."""

    connect_s: float = 15.0
    ping_s: float = 20.0
    silence_s: float = 75.0
    quiet_s: float = 30.0
    proven_s: float = 60.0
    spacing_s: float = 0.25
    batch_gap_s: float = 1.0
    confirm_s: float = 20.0
    grace_s: float = 60.0
    credits_s: float = 90.0
    closing_s: float = 0.8
    limits_s: tuple[float, ...] = (300.0, 900.0)
    hook_retries_s: tuple[float, ...] = (20.0, 40.0)
    figures_s: float = 3.0
    hook_list_s: float = 1800.0
    scale: float = 1.0
    jitter: float = 0.2


class Inbox(Protocol):
    """Where frames and events go: the hub."""

    def frame(self, creator_id: str, socket: str, raw: bytes) -> None:
        """A frame as received."""

    def event(self, creator_id: str, event: Event) -> None:
        """Something that happened to the connection, or a liveness answer."""


class Cache(Protocol):
    """A small place on disk for JSON by name."""

    async def get(self, name: str) -> Any | None:
        """What was put under this name."""

    async def put(self, name: str, value: Any) -> None:
        """Keeps a JSON value under this name."""


class Memory:
    """A cache that forgets at the end of the program."""

    def __init__(self) -> None:
        self._kept: dict[str, Any] = {}

    async def get(self, name: str) -> Any | None:
        """What was put under this name."""
        return self._kept.get(name)

    async def put(self, name: str, value: Any) -> None:
        """Keeps a value under this name."""
        self._kept[name] = value
