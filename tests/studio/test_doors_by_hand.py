"""Keys, passwords, custom CSS and OBS as a creator meets them: typed into the page, answered on the page."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from tests.browser.browsers import listen, open_page
from tests.serving import Served, serving

WIDE = {"width": 1366, "height": 900}
PASSWORD = "correct horse battery"
SOON = 20_000


@contextlib.asynccontextmanager
async def tiktool_that_says(status: int, text: str) -> AsyncIterator[dict[str, str]]:
    """A TikTool that has one answer to everything."""
    body = json.dumps({"message": text}).encode()
    head = f"HTTP/1.1 {status} Said\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(head.encode() + body)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield {
            "tiktool_api": f"http://127.0.0.1:{port}",
            "tiktool_site": f"http://127.0.0.1:{port}",
            "tiktool_ws": f"ws://127.0.0.1:{port}",
        }
    finally:
        server.close()
        await server.wait_closed()


async def connect(page: Page, handle: str, key: str) -> None:
    """The second step of the first page."""
    form = page.locator("form[data-start]")
    await form.locator("input[name=handle]").fill(handle)
    await form.locator("input[name=key]").fill(key)
    await form.locator("button.primary").click()


@pytest.mark.parametrize(
    ("status", "text", "said"),
    [
        (401, "invalid key", "TikTool refuses this key"),
        (401, "API key expired", "expired"),
        (403, "account suspended", "TikTool"),
    ],
)
async def test_a_key_that_tiktool_refuses_is_named_on_the_page_and_nothing_typed_is_lost(
    tmp_path: Path, browser: Browser, status: int, text: str, said: str
) -> None:
    async with tiktool_that_says(status, text) as towards, serving(tmp_path, furnish=True, **towards) as served:
        opened = await open_page(browser, f"{served.base}/", **WIDE)
        await connect(opened.page, "@mira.makes", "tk_some_key_1234")
        wrong = opened.page.locator("form[data-start] [aria-invalid=true]")
        await wrong.wait_for(timeout=SOON)
        assert await wrong.get_attribute("name") == "key"
        reason = await opened.page.locator("form[data-start]").inner_text()
        assert said in reason
        assert await opened.page.locator("form[data-start] input[name=handle]").input_value() == "@mira.makes"
        assert await served.house.store.secret("tiktool_key") is None
        assert [one["handle"] for one in (await served.http.get("/api/creators")).json()] == ["luna.sings"]
        assert not [trouble for trouble in opened.troubles if "exception" in trouble]


async def test_a_key_at_its_limit_is_kept_and_the_page_says_so(tmp_path: Path, browser: Browser) -> None:
    async with (
        tiktool_that_says(429, "slow down") as towards,
        serving(tmp_path, furnish=True, **towards) as served,
    ):
        opened = await open_page(browser, f"{served.base}/", **WIDE)
        await connect(opened.page, "@mira.makes", "tk_some_key_1234")
        await opened.page.wait_for_url("**/?creator=*", timeout=SOON)
        assert "asks us to wait" in await opened.page.locator(".answers").first.inner_text()
        assert await served.house.store.secret("tiktool_key") == "tk_some_key_1234"


async def test_a_password_is_set_asked_for_and_let_in_by(bare: Served, browser: Browser) -> None:
    context = await browser.new_context(viewport=WIDE)
    page = await context.new_page()
    seen = listen(page)
    await page.goto(f"{bare.base}/settings")
    form = page.locator("form", has=page.locator("input[name=password][autocomplete=new-password]"))
    await form.locator("input[name=password]").fill(PASSWORD)
    async with page.expect_response(lambda answer: answer.request.method == "POST" and answer.status == 200):
        await form.locator("button.primary").first.click()
    stranger = await (await browser.new_context(viewport=WIDE)).new_page()
    await stranger.goto(f"{bare.base}/creators")
    assert "/sign-in" in stranger.url
    await stranger.locator("input[name=password]").fill("not this one")
    await stranger.locator("main button.primary").click()
    await stranger.locator("#wrong").filter(has_text=" ").wait_for(timeout=SOON)
    await stranger.locator("input[name=password]").fill(PASSWORD)
    await stranger.locator("main button.primary").click()
    await stranger.wait_for_url("**/creators", timeout=SOON)
    assert not [trouble for trouble in seen.troubles if "exception" in trouble]


async def test_custom_css_that_will_not_do_what_was_meant_is_named_by_its_line(fresh: Served, browser: Browser) -> None:
    goal = next(one for one in (await fresh.http.get("/api/widgets")).json() if one["kind"] == "goal")
    air = await open_page(browser, f"{fresh.base}/w/{goal['key']}", width=goal["width"], height=goal["height"])
    editor = await open_page(browser, f"{fresh.base}/widgets/{goal['id']}", **WIDE)
    group = editor.page.locator("[data-group=css]")
    await group.locator("summary").first.click()
    text = group.locator("textarea")
    await text.fill(".goal-label {\n  colour: red;\n}\n.goal-bar { opacity: .5")
    troubles = group.locator(".problems")
    await troubles.filter(has_text="2").wait_for(timeout=SOON)
    await text.fill(".goal-label { color: rgb(1, 2, 3); }")
    await air.until("getComputedStyle(document.querySelector('.goal-label')).color === 'rgb(1, 2, 3)'", 3)
    await group.locator("details.classes > summary").click()
    assert await group.locator("[data-class=goal-bar]").is_visible()


async def test_an_obs_that_does_not_answer_is_one_sentence_on_its_page(bare: Served, browser: Browser) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    opened = await open_page(browser, f"{bare.base}/obs", **WIDE)
    await opened.page.locator("input[name=port]").fill(str(port))
    await opened.page.locator("input[name=password]").fill("a word of obs")
    async with opened.page.expect_navigation():
        await opened.page.locator("form[data-send='PUT /api/obs'] button.primary").click()
    await opened.page.locator("[data-obs-test]").click()
    answer = opened.page.locator("[data-obs-answer]")
    await answer.filter(has_text="OBS").wait_for(timeout=SOON)
    assert "a word of obs" not in await opened.page.content()


async def test_what_is_dragged_first_is_the_creator_s_own_overlay_and_no_simulated_one(
    fresh: Served, browser: Browser
) -> None:
    own = await fresh.widget(await fresh.creator("mira.makes"), name="Mine")
    opened = await open_page(browser, f"{fresh.base}/", **WIDE)
    dragged = opened.page.locator("[data-step=dragged] [data-drag]")
    assert await dragged.get_attribute("data-drag") == own["id"]
    assert "simulated" not in await opened.page.locator("figure.guide-picture figcaption").inner_text()
    assert await opened.page.locator(".overlay-card").first.get_attribute("data-widget") == own["id"]
