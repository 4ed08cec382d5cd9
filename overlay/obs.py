"""OBS: presses its own refresh on browser sources of ours that did not load, through obs-websocket.

OBS does not try a source again whose page could not be loaded, so a source that is older than the server stays empty.
It asks for nothing else, changes nothing in OBS, and never touches a source that is not ours or that is well.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import urlsplit

import msgspec
import simpleobsws
from msgspec import Meta, Struct

from overlay.core.widget import END
from overlay.problems import Problem

if TYPE_CHECKING:
    from overlay.house import House

log = logging.getLogger("overlay.obs")

PLACE: Final = "obs_websocket"
PASSWORD: Final = "obs_password"  # noqa: S105  the name under which it is kept
KIND: Final = "browser_source"
BUTTON: Final = "refreshnocache"
SETTLE_S: Final = 4.0
"""A page that is alive has come back by itself by then: it is not to blink."""
TRIES: Final = 3
AGAIN_S: Final = 5.0
CALL_S: Final = 5


class ObsPlace(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where OBS's WebSocket server is to be found (in OBS: Tools, WebSocket Server Settings)."""

    host: Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^[A-Za-z0-9.:_-]+" + END)] = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65_535)] = 4455


class ObsForm(ObsPlace, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same with the password: left out keeps the known one."""

    password: Annotated[str, Meta(max_length=200)] | None = None


class Obs:
    """The streamer's OBS, as far as we speak with it."""

    def __init__(self, house: House) -> None:
        """Nothing is asked yet."""
        self._house = house
        self.trouble: str | None = None

    async def shown(self) -> dict[str, Any]:
        """What is set; never the password."""
        place = await self._place()
        known = await self._house.store.secret(PASSWORD)
        about = {"host": None, "port": None} if place is None else msgspec.to_builtins(place)
        return about | {"has_password": known is not None, "trouble": self.trouble}

    async def keep(self, form: ObsForm) -> dict[str, Any]:
        """Set it."""
        await self._house.store.put(PLACE, {"host": form.host, "port": form.port})
        if form.password is not None:
            await self._house.store.put_secret(PASSWORD, form.password or None)
        self.trouble = None
        return await self.shown()

    async def forget(self) -> None:
        """Speak with OBS no more."""
        await self._house.store.put(PLACE, None)
        await self._house.store.put_secret(PASSWORD, None)
        self.trouble = None

    async def _place(self) -> ObsPlace | None:
        kept = await self._house.store.get(PLACE)
        return None if kept is None else msgspec.convert(kept, ObsPlace)

    async def after_start(self) -> None:
        """The server has started, perhaps as another version: sources that loaded nothing are loaded now."""
        if await self._place() is None:
            return
        await asyncio.sleep(SETTLE_S)
        for _ in range(TRIES):
            try:
                await self.refresh(every=False)
            except Problem as problem:
                log.info("%s", problem.sentence)
            else:
                return
            await asyncio.sleep(AGAIN_S)

    async def refresh(self, *, every: bool = True) -> list[str]:
        """Press refresh on our sources (all, or only those that hold no stream); their names."""
        place = await self._place()
        if place is None:
            raise Problem("obs", "OBS is not set up: give its WebSocket port and password first.", None, 409)
        known = await self._house.store.secret(PASSWORD)
        host = f"[{place.host}]" if ":" in place.host else place.host
        line = simpleobsws.WebSocketClient(url=f"ws://{host}:{place.port}", password=known or "")
        try:
            async with asyncio.timeout(4 * CALL_S):
                await line.connect()
                known_us = await line.wait_until_identified(timeout=CALL_S)
                pressed = await self._press(line, every=every) if known_us else None
        except Exception as trouble:  # noqa: BLE001  whatever it or the library says: OBS is somebody else's program
            self.trouble = "OBS's WebSocket server does not answer. Is OBS running, and the server switched on in it?"
            log.debug("obs-websocket: %s", type(trouble).__name__)
            raise Problem("obs", self.trouble, None, 409) from None
        finally:
            await close(line)
        if pressed is None:
            self.trouble = "OBS did not accept the password of its WebSocket server."
            raise Problem("obs", self.trouble, "password", 409)
        self.trouble = None
        if pressed:
            log.info("OBS was asked to refresh %d of our sources", len(pressed))
        return pressed

    async def _press(self, line: Any, *, every: bool) -> list[str]:
        found = await ask(line, "GetInputList", {"inputKind": KIND})
        pressed = []
        for one in found.get("inputs", ()):
            name = one["inputName"]
            about = await ask(line, "GetInputSettings", {"inputName": name})
            key = self._ours(about.get("inputSettings", {}).get("url", ""))
            if key is None or (not every and self._is_open(key)):
                continue
            await ask(line, "PressInputPropertiesButton", {"inputName": name, "propertyName": BUTTON})
            pressed.append(name)
        return pressed

    def _ours(self, url: str) -> str | None:
        """The key in the address of a source of ours, or None: a key that we know is ours wherever it points."""
        parts = urlsplit(url)
        words = parts.path.split("/")
        key = words[2] if len(words) == 3 and words[1] == "w" else ""
        return key if key in self._house.hub.placed else None

    def _is_open(self, key: str) -> bool:
        """Whether any page of this widget hears us."""
        return any(
            w.partition("?")[0] == key and topic is not None
            for stream in self._house.streams.streams
            for w, topic in stream.topics.items()
        )


async def ask(line: Any, what: str, told: dict[str, Any]) -> dict[str, Any]:
    """One request to OBS; what it refuses is an empty answer."""
    answer = await line.call(simpleobsws.Request(what, told), timeout=CALL_S)
    return answer.responseData or {} if answer.ok() else {}


async def close(line: Any) -> None:
    """Hang up, however far it came."""
    try:
        await line.disconnect()
    except Exception as trouble:  # noqa: BLE001  a line that never came to be cannot be closed either
        log.debug("obs-websocket: %s", type(trouble).__name__)
