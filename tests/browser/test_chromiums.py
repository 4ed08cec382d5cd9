"""What the tests in a browser stand on: each Chromium starts, draws transparency, and tells what goes wrong."""

import pytest
from playwright.async_api import Browser

from tests.browser.browsers import open_page
from tools.browsers import find

HALF_RED = """data:text/html,<style>html{background:transparent}i{position:absolute;left:10px;top:10px;width:20px;
height:20px;background:rgb(255 0 0 / .5)}</style><i></i>"""


@pytest.mark.every_generation
async def test_each_chromium_draws_half_a_red_over_nothing(each_chromium: Browser):
    opened = await open_page(each_chromium, HALF_RED, width=60, height=40)
    picture = await opened.picture()
    assert picture.size == (60, 40)
    assert picture.getpixel((20, 20)) == (255, 0, 0, 128)
    assert picture.getpixel((50, 30)) == (0, 0, 0, 0)
    assert not opened.troubles


async def test_an_old_chromium_is_as_old_as_it_says(old_browser: Browser):
    assert old_browser.version.startswith("103.")


async def test_what_goes_wrong_in_a_page_is_noticed(browser: Browser):
    opened = await open_page(browser, "data:text/html,<script>console.error('one');throw new Error('two')</script>")
    await opened.page.wait_for_function("document.readyState === 'complete'")
    await opened.page.evaluate("fetch('http://127.0.0.1:9/three').catch(() => 0)")
    found = "\n".join(opened.troubles)
    assert "one" in found
    assert "two" in found
    assert "/three" in found


async def test_a_request_to_another_host_is_noticed(browser: Browser):
    opened = await open_page(browser, "data:text/html,<p>")
    await opened.page.evaluate("fetch('http://elsewhere.invalid/').catch(() => 0)")
    assert any(trouble.startswith("left this computer") for trouble in opened.troubles)


def test_a_chromium_that_is_not_here_is_none_and_not_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr("tools.browsers.CACHE", tmp_path)
    assert find("103") is None
