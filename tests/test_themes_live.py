"""A theme while it is being made: each save is on every open page within a second, and no page loads itself anew."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.browser.browsers import Opened, open_page
from tests.serving import Served, listening, serving

ACCENT = "getComputedStyle(document.documentElement).getPropertyValue('--accent').trim()"
WITHIN_S = 5  # a claim about a second is measured below, by the best of several


@pytest.fixture
async def bare(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path) as one:
        yield one


def save(served: Served, accent: str, name: str = "mine") -> None:
    folder = served.house.config.folder / "themes" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "theme.toml").write_text('title = "Mine"')
    (folder / "theme.css").write_text(f"@layer theme {{ :root {{ --accent: {accent}; }} }}")


async def worn(one: Opened, accent: str) -> None:
    await one.until(f"{ACCENT} === '{accent}'", WITHIN_S)


async def test_a_page_on_air_wears_each_save_without_loading_itself_anew(bare: Served, each_chromium: Browser):
    save(bare, "#110000")
    widget = await bare.widget(await bare.creator(), "goal", theme="mine")
    one = await open_page(each_chromium, f"{bare.base}/w/{widget['key']}", width=640, height=140)
    await worn(one, "#110000")
    await one.page.evaluate("window.same = true")
    for accent in ("#220000", "#330000", "#440000"):
        save(bare, accent)
        await worn(one, accent)
    assert await one.page.evaluate("window.same && document.querySelectorAll('link#theme').length") == 1
    assert await one.page.evaluate("document.querySelectorAll('link[href*=\"/themes/\"]').length") == 1
    assert one.troubles == []


@pytest.mark.alone
async def test_a_save_is_on_screen_within_a_second(bare: Served, browser: Browser):
    save(bare, "#110000")
    widget = await bare.widget(await bare.creator(), "goal", theme="mine")
    air = await open_page(browser, f"{bare.base}/w/{widget['key']}", width=640, height=140)
    preview = await open_page(browser, f"{bare.base}/w/{widget['key']}?preview=1", width=640, height=140)
    for one in (air, preview):
        save(bare, "#110000")
        await worn(one, "#110000")
        took = []
        for turn in range(3):
            begun = time.monotonic()
            save(bare, f"#22000{turn}")
            await worn(one, f"#22000{turn}")
            took.append(time.monotonic() - begun)
        print([round(s, 2) for s in took])
        assert min(took) < 1


async def test_a_preview_follows_too_and_opens_no_stream(bare: Served, browser: Browser):
    save(bare, "#110000")
    widget = await bare.widget(await bare.creator(), "goal")
    address = f"{bare.base}/w/{widget['key']}?preview=1&theme=mine"
    one = await open_page(browser, address, width=640, height=140)
    await worn(one, "#110000")
    await one.page.evaluate("window.same = true")
    save(bare, "#220000")
    await worn(one, "#220000")
    assert await one.page.evaluate("window.same")
    assert not [url for url in one.requests if "/stream?" in url or "bus-worker" in url]
    assert one.troubles == []


async def test_a_preview_of_a_built_in_theme_asks_for_nothing_again(bare: Served, browser: Browser):
    widget = await bare.widget(await bare.creator(), "goal")
    one = await open_page(browser, f"{bare.base}/w/{widget['key']}?preview=1", width=640, height=140)
    await one.until("document.getElementById('overlay').dataset.state === 'here'")
    await asyncio.sleep(0.5)
    count = len(one.requests)
    await asyncio.sleep(1.5)
    assert one.requests[count:] == []


async def test_a_changed_picture_or_font_is_loaded_anew_with_its_theme(bare: Served, browser: Browser):
    folder = bare.house.config.folder / "themes" / "mine"
    save(bare, "#110000")
    one_px = Path(__file__).parents[1] / "static" / "samples"
    shutil.copy(one_px / "gift-rose.webp", folder / "back.webp")
    css = '@layer theme { :root { --accent: #110000; } .goal-card { background: url("back.webp"); } }'
    (folder / "theme.css").write_text(css)
    widget = await bare.widget(await bare.creator(), "goal", theme="mine")
    one = await open_page(browser, f"{bare.base}/w/{widget['key']}", width=640, height=140)
    await one.until("performance.getEntriesByType('resource').some(e => e.name.includes('/back.webp?v='))", WITHIN_S)
    before = len([url for url in one.requests if "/back.webp?v=" in url])
    shutil.copy(one_px / "gift-lion.webp", folder / "back.webp")
    async with asyncio.timeout(WITHIN_S):
        while len([url for url in one.requests if "/back.webp?v=" in url]) == before:
            await asyncio.sleep(0.05)
    assert one.troubles == []


async def test_a_theme_that_breaks_or_goes_leaves_the_page_dressed(bare: Served, browser: Browser):
    save(bare, "#110000")
    widget = await bare.widget(await bare.creator(), "goal", theme="mine")
    one = await open_page(browser, f"{bare.base}/w/{widget['key']}", width=640, height=140)
    await worn(one, "#110000")
    shutil.rmtree(bare.house.config.folder / "themes" / "mine")
    await asyncio.sleep(1)
    assert await one.page.evaluate(ACCENT) == "#110000"
    save(bare, "#220000")
    await worn(one, "#220000")
    assert one.troubles == []


async def test_only_pages_that_wear_it_are_told_and_only_of_the_theme(bare: Served):
    save(bare, "#110000")
    save(bare, "#110000", "other")
    creator = await bare.creator()
    mine = await bare.widget(creator, "goal", theme="mine")
    other = await bare.widget(creator, "goal", theme="other")
    plain = await bare.widget(creator, "goal")
    async with listening(bare, mine["key"], other["key"], plain["key"]) as stream:
        hellos = {data["w"]: data for data in [await stream.until("hello") for _ in range(3)]}
        assert "theme_build" not in hellos[plain["key"]]
        before = hellos[mine["key"]]["theme_build"]
        save(bare, "#220000")
        told = await stream.until("options")
        assert (told["w"], told["theme"]) == (mine["key"], "mine")
        assert told["theme_build"] not in {before, ""}
        assert told["options"] == hellos[mine["key"]]["options"]
        await bare.http.patch(f"/api/widgets/{plain['id']}", json={"options": {"label": "the next word"}})
        assert (await stream.until("options"))["w"] == plain["key"]


async def test_a_page_that_comes_back_after_a_change_is_told_the_new_build(tmp_path: Path):
    builds = []
    for accent in ("#110000", "#220000"):
        async with serving(tmp_path) as served:
            save(served, accent)
            found = (await served.http.get("/api/widgets")).json()
            widget = found[0] if found else await served.widget(await served.creator(), "goal", theme="mine")
            async with listening(served, widget["key"]) as stream:
                builds.append((await stream.until("hello"))["theme_build"])
    assert builds[0] != builds[1]


async def test_an_own_theme_is_never_kept_by_the_browser_for_good(bare: Served):
    save(bare, "#110000")
    build = bare.house.build
    for theme, wanted in (("mine", "no-cache"), ("neon", "public, max-age=31536000, immutable")):
        answer = await bare.http.get(f"/themes/{theme}/theme.css?v={build}")
        assert answer.headers["Cache-Control"] == wanted
    head = await bare.http.head("/themes/mine/theme.css")
    assert (head.status_code, head.content, head.headers["ETag"]) == (200, b"", f'"{bare.house.themes.build("mine")}"')
