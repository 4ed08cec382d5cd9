"""Real CEF in a process of its own, with Playwright at its debugging port; it ends with the test.

It never loads CEF into the process of the tests.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from ctypes.util import find_library
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Playwright, async_playwright

from tests.browser.browsers import Opened, listen

SOURCES = Path(__file__).with_name("sources.py")
FOLDER = os.environ.get("OVERLAY_TEST_CEF", "")
"""Where `pip install --target` put CEF, if not beside everything else."""


def why_not() -> str | None:
    """Why there is no CEF here, or None."""
    if sys.platform != "linux":
        return "CEF is driven on Linux alone"
    found = PathFinder.find_spec("cef_capi", [FOLDER, *sys.path] if FOLDER else None)
    if found is None or not found.submodule_search_locations:
        return "cef-capi-py is not installed (an extra: CONTRIBUTING.md says how to have it)"
    for program, package in (("Xvfb", "xvfb"), ("ldd", "libc-bin")):
        if shutil.which(program) is None:
            return f"{program} is not installed (Debian: apt install --no-install-recommends {package})"
    folder = Path(found.submodule_search_locations[0]) / "runtime"
    parts = [folder / "libcef.so", folder / "cefsimple"]
    linked = subprocess.run(["ldd", *parts], capture_output=True, text=True, check=False).stdout
    missing = {line.split()[0] for line in linked.splitlines() if "not found" in line} - {"libcef.so"}
    if find_library("gtk-3") is None:  # nothing links it, but it is opened by name
        missing.add("libgtk-3.so.0")
    if missing:
        packages = "libgtk-3-0 libasound2 libnss3"
        return f"CEF lacks {' '.join(sorted(missing))} (Debian: apt install --no-install-recommends {packages})"
    return None


class Cef:
    """The running sources, as a test sees them."""

    browser: Browser

    def __init__(self, process: asyncio.subprocess.Process, profile: Path, playwright: Playwright) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.profile, self.playwright = profile, playwright
        self.orders, self.lines = process.stdin, process.stdout
        self.said: list[dict[str, Any]] = []
        self.addresses: dict[str, str] = {}
        self.opened: dict[str, Opened] = {}
        self._news = asyncio.Condition()

    @property
    def context(self) -> BrowserContext:
        """The one profile of all sources."""
        return self.browser.contexts[0]

    async def listen(self) -> None:
        async for line in self.lines:
            with contextlib.suppress(ValueError):
                async with self._news:
                    self.said.append(json.loads(line))
                    self._news.notify_all()
        async with self._news:
            self.said.append({"said": "ended"})
            self._news.notify_all()

    async def heard(self, said: str, source: str | None = None, within_s: float = 20) -> dict[str, Any]:
        """Wait until it was said (of that source), and take it away."""

        def fit() -> dict[str, Any] | None:
            return next((one for one in self.said if one["said"] == said and one.get("id") == source), None)

        async with asyncio.timeout(within_s), self._news:
            await self._news.wait_for(lambda: fit() or self.said[-1:] == [{"said": "ended"}])
            found = fit()
            assert found, "CEF ended"
            self.said.remove(found)
            return found

    def tell(self, do: str, source: str, **more: Any) -> None:
        self.orders.write(json.dumps({"do": do, "id": source, **more}).encode() + b"\n")

    async def open(self, addresses: dict[str, str], width: int = 480, height: int = 400) -> list[Opened]:
        """A source each, all at once as OBS does when it starts."""
        for source, address in addresses.items():
            self.tell("open", source, url=address, width=width, height=height)
        for source in addresses:
            await self.heard("loaded", source, within_s=30)
        self.addresses |= addresses
        return await self.watch()

    async def watch(self) -> list[Opened]:
        """Put the debugger to what is open: it does not see a source that comes later, nor one amid its loading."""
        self.browser = await self.playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{await self.port()}")
        pages = {page.url: page for page in self.context.pages}
        self.opened = {source: listen(pages[address]) for source, address in self.addresses.items()}
        return list(self.opened.values())

    async def leave_alone(self) -> None:
        """Take the debugger away: to a page that it watches nothing is ever hidden."""
        await self.browser.close()
        self.opened = {}

    async def port(self) -> int:
        """Where its debugger listens."""
        told = self.profile / "DevToolsActivePort"
        async with asyncio.timeout(20):
            while not (told.exists() and told.read_text()):
                await asyncio.sleep(0.05)
        return int(told.read_text().split()[0])

    async def refresh(self, *sources: str) -> None:
        """OBS's own refresh, of all of them in the same moment."""
        await asyncio.gather(*(self.opened[one].page.evaluate("window.isOld = true") for one in sources))
        self.said = [one for one in self.said if one["said"] != "loaded"]
        for one in sources:
            self.tell("refresh", one)
        for one in sources:
            await self.heard("loaded", one, within_s=30)


@contextlib.asynccontextmanager
async def started(home: Path, playwright: Playwright) -> AsyncIterator[Cef]:
    """The process, ready; with everything that it started it ends with the block."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, [FOLDER, os.environ.get("PYTHONPATH")]))}
    log = home / "log"
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable, SOURCES, home / "profile", env=environment, start_new_session=True,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=errors,
        )  # fmt: skip
    cef = Cef(process, home / "profile", playwright)
    hearing = asyncio.create_task(cef.listen())
    try:
        try:
            await cef.heard("ready", within_s=40)
        except (AssertionError, TimeoutError):
            pytest.skip(f"CEF does not start here: {' '.join(log.read_text('utf-8', 'replace').splitlines()[-1:])}")
        yield cef
    finally:
        cef.orders.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), 10)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        await hearing


@contextlib.asynccontextmanager
async def real_cef(home: Path) -> AsyncIterator[Cef]:
    """CEF with a debugger at it."""
    home.mkdir()
    async with async_playwright() as playwright, started(home, playwright) as cef:
        try:
            yield cef
        finally:
            if cef.opened:
                await cef.leave_alone()
