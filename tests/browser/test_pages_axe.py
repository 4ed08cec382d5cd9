"""What an assistive program makes of an overlay page and of a preview of it: nothing that axe calls a violation."""

import pytest
from axe_core_python.async_playwright import Axe
from playwright.async_api import Browser

from tests.browser.browsers import Source
from tests.browser.pagehost import Desk, served
from tests.browser.test_pages_widgets import SIZES, THEMES, at_rest

EVERYTHING = [name for kind in sorted(SIZES) for name in (kind, f"{kind}-strained")]
SHORT = ["alerts", "battle", "chat", "goal", "leaderboard"]


@pytest.mark.parametrize("theme", THEMES)
async def test_axe_finds_nothing_on_a_preview(browser: Browser, theme: str):
    source = Source(browser)
    async with served(Desk()) as address:
        for name in EVERYTHING if theme == "default" else SHORT:
            width, height = SIZES[name.partition("-")[0]]
            at = f"{address}/w/{name}?preview=1&theme={theme}&motion=none"
            one = await source.show(at, width=width, height=height)
            await at_rest(one.page)
            await one.page.evaluate(Axe().axe_script)
            found = await one.page.evaluate("axe.run({resultTypes: ['violations']})")
            told = [(rule["id"], [node["html"][:160] for node in rule["nodes"]][:3]) for rule in found["violations"]]
            assert told == [], name
            assert one.troubles == [], name
