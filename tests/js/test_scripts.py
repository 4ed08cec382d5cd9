"""The scripts of `static/lib` by themselves, in a real browser: each export of a `claims_of_*.js` is one claim.

No framework: a page of ours imports the module and calls the claim; what it throws is the failure.
"""

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Route

from tests.browser.pagehost import Desk, served

HERE = Path(__file__).resolve().parent
FILES = sorted(HERE.glob("claims_of_*.js"))
CLAIM = re.compile(r"^export (?:async )?function (\w+)\(", re.MULTILINE)
RUN = """async ([file, claims]) => {
  const module = await import(`/claims/${file}`);
  const failed = [];
  for (const claim of claims) {
    try { await module[claim](); } catch (error) { failed.push(`${claim}: ${error.message}`); }
  }
  return failed;
}"""


async def failures(browser: Browser, more: dict[str, str] | None = None) -> list[str]:
    """Every claim that does not hold in this browser."""
    texts = {path.name: path.read_text("utf-8") for path in HERE.glob("*.js")} | (more or {})

    async def answer(route: Route) -> None:
        name = route.request.url.rpartition("/")[2]
        await route.fulfill(content_type="text/javascript; charset=utf-8", body=texts[name])

    failed = []
    async with served(Desk()) as address:
        page = await browser.new_page()
        await page.route("**/claims/*.js", answer)
        await page.goto(f"{address}/stage.html")
        for name in sorted(more or {path.name for path in FILES}):
            claims = CLAIM.findall(texts[name])
            failed += [f"{name}: {said}" for said in await page.evaluate(RUN, [name, claims])]
        await page.close()
    return failed


@pytest.mark.every_generation
async def test_every_claim_about_a_script_holds(each_chromium: Browser):
    assert await failures(each_chromium) == []


async def test_a_claim_that_does_not_hold_is_heard(browser: Browser):
    false = """import { same } from "/claims/sure.js";
export function one_is_two() { same(1, 2); }
export async function later_too() { await null; same("a", "b"); }
export function this_holds() { same([1], [1]); }
"""
    assert await failures(browser, {"claims_of_nothing.js": false}) == [
        "claims_of_nothing.js: one_is_two: found 1, wanted 2",
        'claims_of_nothing.js: later_too: found "a", wanted "b"',
    ]


def test_every_file_of_claims_has_some_and_each_is_a_sentence():
    for path in FILES:
        claims = CLAIM.findall(path.read_text("utf-8"))
        assert len(claims) >= 3, path.name
        assert [name for name in claims if name.count("_") < 3] == [], path.name
