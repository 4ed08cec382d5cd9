"""A server that goes and comes back at one address with the same data, with a creator's overlays open in a browser.

The server stands in the test's own loop. It decides nothing: a claim asks it what there is.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from pathlib import Path
from typing import Any

from playwright.async_api import BrowserContext

from tests.browser.browsers import Opened, open_page
from tests.browser.test_pages_stream import holds
from tests.serving import Served, gift, serving

TEXT = "document.body.innerText"
VALUE = "document.querySelector('.counter-value')?.textContent"
WORDS_OF_TROUBLE = ("error", "offline", "reconnect", "failed", "undefined", "nan", "null")


class Studio:
    """A server that goes and comes back at the same address with the same data, and its overlays."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = 0
        self.given = 0
        self.creator = ""
        self.keys: list[str] = []
        self._stack = contextlib.AsyncExitStack()
        self.served: Served | None = None

    async def start(self) -> None:
        self.served = await self._stack.enter_async_context(serving(self.folder, port=self.port))
        self.port = self.served.port

    async def stop(self) -> None:
        await self._stack.aclose()
        self.served = None

    async def furnish(self, *kinds: tuple[str, dict[str, Any]]) -> None:
        self.creator = await self.served.creator()
        for kind, options in kinds:
            self.keys.append((await self.served.widget(self.creator, kind, options=options))["key"])

    def give(self) -> str:
        """One gift by somebody new: everything that counts goes up by one."""
        self.given += 1
        who = {
            "id": str(7_000_000_000_000_000_000 + self.given),
            "uniqueId": f"g{self.given}",
            "nickname": name(self.given),
        }
        self.served.hear(self.creator, gift(who, 1, self.given))
        return who["nickname"]

    async def open(self, context: BrowserContext, count: int | None = None) -> list[Opened]:
        """Every overlay, each in a page of its own as OBS has it, a few at a time."""
        address = f"http://127.0.0.1:{self.port}/w/"
        opened: list[Opened] = []
        for at in range(0, len(self.keys[:count]), 5):
            some = self.keys[:count][at : at + 5]
            opened += await asyncio.gather(*(open_page(context, address + key, width=320, height=400) for key in some))
        return opened

    @property
    def streams(self) -> int:
        return len(self.served.house.streams.streams)


def name(number: int) -> str:
    """A name that is no part of another one."""
    return f"Guest-{number:03d}-"


COUNTERS = ("counter", {"metric": "gifts", "compact": False})
FEED = ("feed", {"rows": 50})


async def all_show(opened: list[Opened], text: str, within_s: float = 6) -> None:
    """Each counter stands at that."""
    end = time.monotonic() + within_s
    for one in opened:
        await holds(one.page, f"{VALUE} === {text!r}", max(0.2, end - time.monotonic()))


async def unharmed(opened: list[Opened]) -> None:
    """Nothing on air but the overlay."""
    for one in opened:
        painted = (await one.page.evaluate(TEXT)).lower()
        assert not [word for word in WORDS_OF_TROUBLE if word in painted], painted


async def every_guest_once(one: Opened, given: int, within_s: float = 6) -> None:
    """The feed shows every gift, and none twice."""
    await holds(one.page, f"{TEXT}.includes({name(given)!r})", within_s)
    text = await one.page.evaluate(TEXT)
    counts = {number: text.count(name(number)) for number in range(1, given + 1)}
    assert set(counts.values()) == {1}, {number: count for number, count in counts.items() if count != 1}


async def settled(claim: Any) -> bool:
    return bool(claim())
