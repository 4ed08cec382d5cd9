"""The whole way of a gift: from the simulator's socket through the server to a text and to pixels in a browser."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from PIL import ImageChops
from playwright.async_api import Browser

from overlay.config import Secret
from overlay.simulator import Simulator
from overlay.widgets import KINDS
from tests.browser.browsers import open_page
from tests.serving import MIRA, Served, gift, serving

HANDLE = "luna.sings"
WATCHING = ("ranking", "sellers")
"""Kinds that ask TikTool for boards: their pages wait for figures that are not the stream's."""


@asynccontextmanager
async def on_air(folder: Path) -> AsyncIterator[tuple[Served, Simulator, str]]:
    """A server with one creator who is live, at a simulator that says only what it is told to."""
    async with Simulator("quiet", speed=0) as sim:
        bases = {"tiktool_ws": sim.ws_base, "tiktool_api": sim.http_base, "tiktool_site": sim.http_base}
        async with serving(folder, **bases, tiktool_key=Secret("tk_pixel"), preflight_s=1.0) as served:
            creator = await served.creator(HANDLE, enabled=True)
            async with asyncio.timeout(20):
                while served.house.hub.live(creator)["state"] not in {"live", "quiet"}:
                    await asyncio.sleep(0.02)
            yield served, sim, creator


async def test_a_gift_on_the_socket_becomes_a_text_and_pixels_of_the_page(browser: Browser, tmp_path: Path) -> None:
    async with on_air(tmp_path) as (served, sim, creator):
        widget = await served.widget(creator, "leaderboard")
        page = await open_page(
            browser, f"{served.base}/w/{widget['key']}", width=widget["width"], height=widget["height"]
        )
        await page.until("document.querySelector('[class^=leaderboard]') !== null")
        before = await page.picture()
        sim.send(HANDLE, gift(MIRA, 77, 1))
        await page.until("document.body.innerText.includes('Mira Kay') && document.body.innerText.includes('77')")
        await page.page.wait_for_timeout(700)  # its entrance
        after = await page.picture()
        changed = ImageChops.difference(before.convert("RGBA"), after).getbbox(alpha_only=False)
        assert changed is not None
        assert (changed[2] - changed[0]) * (changed[3] - changed[1]) > 500
        sim.send(HANDLE, gift(MIRA, 23, 2))
        await page.until("document.body.innerText.includes('100')")
        assert page.troubles == []
        await page.page.context.close()


@pytest.mark.every_generation
async def test_every_kind_opens_with_its_defaults_and_hears_a_gift(each_chromium: Browser, tmp_path: Path) -> None:
    async with on_air(tmp_path) as (served, sim, creator):
        kinds = [kind for kind in KINDS if kind not in WATCHING]
        pages = {}
        for kind in kinds:
            widget = await served.widget(creator, kind)
            pages[kind] = await open_page(
                each_chromium, f"{served.base}/w/{widget['key']}", width=widget["width"], height=widget["height"]
            )
        sim.send(HANDLE, gift(MIRA, 77, 1))
        for kind in ("leaderboard", "alerts", "feed"):
            await pages[kind].until("document.body.innerText.includes('Mira Kay')", 10)
        await pages["goal"].until("document.body.innerText.includes('77')")
        assert {kind: page.troubles for kind, page in pages.items() if page.troubles} == {}
        for page in pages.values():
            await page.page.context.close()
