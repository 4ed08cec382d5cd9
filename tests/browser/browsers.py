"""Opens overlay pages in a real Chromium as OBS would, and notices what a person would not.

What goes wrong in a page (an error on its console, an exception, a request that fails or leaves the computer) is kept
in `Opened.troubles`. It never decides what is allowed: a claim asserts `not opened.troubles`.
"""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from PIL import Image
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, async_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",  # as OBS does: alerts sound without a click
]
OBS_AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/{major}.0.0.0 OBS/{obs} Safari/537.36"
)
OBS_OF = {"103": "30.2.3", "127": "32.0.4"}


@asynccontextmanager
async def started(program: Path, *flags: str) -> AsyncIterator[Browser]:
    """The Chromium, running; it ends with the block."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=[*FLAGS, *flags])
        try:
            yield browser
        finally:
            await browser.close()


def obs_agent(browser: Browser) -> str:
    """How OBS's browser of this generation names itself."""
    major = browser.version.split(".")[0]
    return OBS_AGENT.format(major=major, obs=OBS_OF.get(major, "33.0.0"))


@dataclass
class Opened:
    """A page that is open, with all that went wrong in it so far."""

    page: Page
    troubles: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    async def picture(self, **how: Any) -> Image.Image:
        """What OBS would lay over the game: the page's pixels, with their transparency."""
        shot = await self.page.screenshot(omit_background=True, **how)
        return Image.open(io.BytesIO(shot)).convert("RGBA")

    async def until(self, truth: str, within_s: float = 5) -> None:
        """Wait until the expression is true in the page; unlike Playwright's own way, its policy (CSP) may be strict."""
        async with asyncio.timeout(within_s):
            while not await self.page.evaluate(truth):
                await asyncio.sleep(0.02)

    def hear_console(self, said: ConsoleMessage) -> None:
        """Keep what the page says on its console; an error is trouble."""
        where = f" ({said.location.get('url', '')})" if said.location else ""
        (self.troubles if said.type == "error" else self.notes).append(f"{said.type}: {said.text}{where}")

    def hear_request(self, request: Request) -> None:
        """Keep every address; one that is not this computer's is trouble."""
        self.requests.append(request.url)
        at = urlsplit(request.url)
        host = at.hostname or ""
        is_ours = host in {"127.0.0.1", "localhost", "::1"} or host.endswith(".localhost")
        if at.scheme in {"http", "https", "ws", "wss"} and not is_ours:
            self.troubles.append(f"left this computer: {request.url}")

    def hear_failure(self, request: Request) -> None:
        """Keep a request that failed; one that the page itself gave up is none."""
        if request.failure != "net::ERR_ABORTED":
            self.troubles.append(f"failed: {request.url}: {request.failure}")

    def hear_response(self, response: Response) -> None:
        """Keep an answer that is an error."""
        if response.status >= 400:
            self.troubles.append(f"answered {response.status}: {response.url}")


def listen(page: Page) -> Opened:
    """Notice from now on what goes wrong in the page."""
    opened = Opened(page)
    page.on("console", opened.hear_console)
    page.on("pageerror", lambda error: opened.troubles.append(f"exception: {error}"))
    page.on("crash", lambda _: opened.troubles.append("the page crashed"))
    page.on("request", opened.hear_request)
    page.on("requestfailed", opened.hear_failure)
    page.on("response", opened.hear_response)
    return opened


async def profile(browser: Browser, *, width: int = 1080, height: int = 1920, **how: Any) -> BrowserContext:
    """A profile as all sources of one OBS share it: pages of one profile share connections and workers."""
    size = {"width": width, "height": height}
    how.setdefault("user_agent", obs_agent(browser))
    return await browser.new_context(viewport=size, device_scale_factor=1, **how)  # type: ignore[arg-type]


async def open_page(
    within: Browser | BrowserContext, address: str, *, width: int = 1080, height: int = 1920, **how: Any
) -> Opened:
    """The address, open at that size: in a profile of its own, or in one that is given."""
    context = await profile(within, width=width, height=height, **how) if isinstance(within, Browser) else within
    page = await context.new_page()
    opened = listen(page)
    await page.set_viewport_size({"width": width, "height": height})
    await page.goto(address, wait_until="load")
    return opened


class Source:
    """One browser source that is given address after address: a profile for each would cost three times as much."""

    def __init__(self, browser: Browser, script: str = "") -> None:
        """Nothing is open yet; `script` runs in each page before its own."""
        self._browser = browser
        self._script = script
        self._opened: Opened | None = None

    async def show(self, address: str, *, width: int, height: int) -> Opened:
        """The address at that size, and what goes wrong from now on."""
        if self._opened is None:
            page = await (await profile(self._browser, width=width, height=height)).new_page()
            if self._script:
                await page.add_init_script(self._script)
            self._opened = listen(page)
        known = self._opened
        for heard in (known.troubles, known.notes, known.requests):
            heard.clear()
        await known.page.set_viewport_size({"width": width, "height": height})
        await known.page.goto(address, wait_until="load")
        return known
