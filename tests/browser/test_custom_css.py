"""Custom CSS in a real browser: what is left of hostile CSS asks nobody for anything, in every generation of Chromium.

The claims compare our reading of CSS with the browser's: the same texts are put into a page without any policy that
would stop them, so that only the cleaning stands between them and the network.
"""

import asyncio
import json
import random

import pytest
from playwright.async_api import Browser

from overlay.core.css import clean
from tests.browser.browsers import open_page
from tests.core.test_css import HARMLESS, HOSTILE, PIECES
from tests.serving import Served, serving

PAGE = """<!doctype html><link rel="icon" href="data:,"><body>
<input class="a b c" value="a"><p class="a b c" data-x="//evil.example/x">x</p><ul><li class="a b c">y</li></ul>"""


async def asked(browser: Browser, sheets: list[str]) -> list[str]:
    """Every address that a page with these style sheets asks for; data: and its own address are none."""
    context = await browser.new_context()
    page = await context.new_page()
    seen: list[str] = []

    async def answer(route) -> None:
        if route.request.url == "http://page.example/":
            await route.fulfill(content_type="text/html", body=PAGE)
        else:
            seen.append(route.request.url)
            await route.abort()

    await context.route(lambda url: not url.startswith("data:"), answer)
    await page.goto("http://page.example/")
    await page.evaluate(
        """async sheets => {
          for (const text of sheets) {
            const style = document.createElement("style");
            style.textContent = text;
            document.head.append(style);
            await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
            style.remove();
          }
        }""",
        sheets,
    )
    await asyncio.sleep(0.3)
    await context.close()
    return [url for url in seen if not url.startswith("http://page.example/assets/")]


def soups(count: int) -> list[str]:
    """CSS thrown together, always the same."""
    dice = random.Random(20)
    return ["".join(dice.choices(PIECES, k=dice.randrange(3, 30))) for _ in range(count)]


@pytest.mark.every_generation
async def test_what_is_left_of_hostile_css_asks_for_nothing(each_chromium: Browser):
    wrapped = [f".a{{background:{css}}}" for css in soups(80)]
    raw = [*HOSTILE, *HARMLESS, *soups(120), *wrapped]
    loud = await asked(each_chromium, [css.replace("evil", f"evil{at}") for at, css in enumerate(HOSTILE)])
    assert len(set(loud)) >= 20, "the uncleaned ones must be heard, else this claim claims nothing"
    assert await asked(each_chromium, [clean(css) for css in raw]) == []


@pytest.fixture
async def bare(tmp_path):
    async with serving(tmp_path) as one:
        yield one


async def test_an_overlay_with_hostile_css_is_drawn_and_breaks_no_policy(bare: Served, browser: Browser):
    whole = "\n".join(css for css in HOSTILE if css.count("{") == css.count("}") and css.endswith((";", "}")))
    widget = await bare.widget(await bare.creator(), "goal", options={"css": ".goal-bar { opacity: .5 }\n" + whole})
    assert len(widget["dropped"]) == 20
    assert "@import" not in widget["options"]["css"]
    one = await open_page(browser, f"{bare.base}/w/{widget['key']}", width=640, height=140)
    await one.until("getComputedStyle(document.querySelector('.goal-bar')).opacity === '0.5'")
    assert one.troubles == []
    assert "evil" not in " ".join(one.requests)


async def test_every_road_on_which_css_comes_in_is_cleaned(bare: Served, browser: Browser):
    creator = await bare.creator()
    widget = await bare.widget(creator, "goal")
    hostile = ".goal-bar{background:url(//evil.example/x);opacity:.5}"
    kept = ".goal-bar{ opacity:.5}"
    changed = await bare.http.patch(f"/api/widgets/{widget['id']}", json={"options": {"css": hostile}})
    assert changed.json()["options"]["css"] == kept
    assert changed.json()["dropped"] == [
        {
            "field": "options.css",
            "line": 1,
            "message": "Line 1 was left out: '//evil.example/x' is not loaded: only /assets/ and data: pictures are.",
        }
    ]
    assert "dropped" not in (await bare.http.get(f"/api/widgets/{widget['id']}")).json()
    export = (await bare.http.get("/api/export")).json()
    export["widgets"][0]["options"]["css"] = hostile
    assert (await bare.http.post("/api/import", json=export)).status_code == 200
    assert (await bare.http.get(f"/api/widgets/{widget['id']}")).json()["options"]["css"] == kept
    other = await open_page(browser, f"{bare.base}/w/{widget['key']}?css={hostile.replace(';', '%3B')}&preview=1")
    await other.until("document.getElementById('custom-css') !== null")
    assert await other.page.evaluate("document.getElementById('custom-css').textContent") == kept
    assert other.troubles == []


async def test_css_that_is_too_long_names_its_field(bare: Served):
    body = {"creator": await bare.creator(), "kind": "goal", "options": {"css": "a" * 262_145}}
    answer = await bare.http.post(
        "/api/widgets", content=json.dumps(body), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 400
    assert answer.json()["field"] == "options.css"


async def test_a_page_without_custom_css_can_be_asked_for(bare: Served, browser: Browser):
    widget = await bare.widget(await bare.creator(), "goal", options={"css": "* { display: none !important }"})
    one = await open_page(browser, f"{bare.base}/w/{widget['key']}?safe=1", width=640, height=140)
    await one.until("document.querySelector('.goal-bar')?.getClientRects().length > 0")


async def test_custom_css_never_reaches_the_studio(bare: Served, browser: Browser):
    widget = await bare.widget(await bare.creator(), "goal", options={"css": "body, main { display: none !important }"})
    one = await open_page(browser, f"{bare.base}/widgets/{widget['id']}", width=1366, height=900)
    await one.until("document.querySelector('main')?.getClientRects().length > 0")
    assert one.troubles == []
