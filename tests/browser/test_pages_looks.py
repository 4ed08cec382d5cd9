"""How widgets sit in sources of every shape, and what they say in every language."""

import asyncio
import json
import re
from typing import Any

import pytest
from playwright.async_api import Browser

from tests.browser.browsers import Opened, Source, open_page
from tests.browser.pagehost import Desk, sample, served
from tests.browser.test_pages_widgets import SIZES, THEMES, at_rest

LANGUAGES = ("en", "de", "es", "pt", "fr", "it", "tr", "id", "vi", "ja", "ko", "ar")
SHAPES = {"strip": (1200, 140), "box": (480, 480), "tall": (1080, 1920), "wide": (1920, 1080)}
# what is old leaves a chat or feed at the far end: above, or in a strip on the right
CUT = """[...document.querySelectorAll('#overlay :is(.plate, .number)')].filter(e => {
  const box = e.getBoundingClientRect(), at = getComputedStyle(e);
  const leaves = e.closest('.chat, .feed'), strip = innerWidth >= innerHeight * 5;
  return box.width > 0 && at.visibility === 'visible' && !e.closest('[data-leaving]')
    && (box.left < -1 || box.bottom > innerHeight + 1 || (box.right > innerWidth + 1 && !(leaves && strip))
      || (box.top < -1 && !(leaves && !strip)));
}).map(e => `${e.className} ${JSON.stringify(e.getBoundingClientRect())}`)"""
WORDS = """Promise.all(%s.map(async lang => [lang, (await import(`/static/lib/words/${lang}.js`)).words]))
  .then(all => all.map(([lang, words]) => [lang, words]))"""


async def preview(source: Source, address: str, name: str, size: tuple[int, int], query: str = "") -> Opened:
    """A sample at rest in a source of that size."""
    one = await source.show(f"{address}/w/{name}?preview=1&motion=none{query}", width=size[0], height=size[1])
    await at_rest(one.page)
    return one


@pytest.mark.parametrize("shape", sorted(SHAPES))
async def test_no_widget_is_cut_off_in_a_strip_a_box_or_a_full_frame(browser: Browser, shape: str):
    source = Source(browser)
    async with served(Desk()) as address:
        for name in (name for kind in sorted(SIZES) for name in (kind, f"{kind}-strained")):
            if name.startswith(("ranking", "sellers")) and shape == "strip":
                continue  # rows that stand under one another: a strip shows the first of them
            one = await preview(source, address, name, SHAPES[shape])
            assert await one.page.evaluate(CUT) == [], name
            assert one.troubles == []


@pytest.mark.parametrize("theme", THEMES)
async def test_a_match_of_four_and_a_board_of_ten_fit_their_source(browser: Browser, theme: str):
    source = Source(browser)
    async with served(Desk()) as address:
        for name, size in (
            ("battle-strained", (800, 220)),
            ("battle", (800, 220)),
            ("leaderboard-strained", (480, 420)),
        ):
            one = await preview(source, address, name, size, f"&theme={theme}")
            assert await one.page.evaluate(CUT) == [], name


async def test_in_a_strip_the_leaders_stand_side_by_side(browser: Browser):
    async with served(Desk()) as address:
        one = await preview(Source(browser), address, "leaderboard", SHAPES["strip"])
        tops = await one.page.evaluate(
            "[...document.querySelectorAll('.leaderboard-row')].map(row => Math.round(row.getBoundingClientRect().top))"
        )
        assert len(tops) == 5
        assert len(set(tops)) == 1


async def test_every_language_has_every_word_with_the_same_slots(browser: Browser):
    async with served(Desk()) as address:
        one = await preview(Source(browser), address, "counter", SIZES["counter"])
        said = dict(await one.page.evaluate(WORDS % json.dumps(LANGUAGES)))
        english = said.pop("en")
        for lang, words in said.items():
            assert set(words) == set(english), lang
            for key, phrase in words.items():
                assert slots(phrase) == slots(english[key]), (lang, key)
            assert all(phrase["other"] for phrase in words.values() if isinstance(phrase, dict)), lang


def slots(phrase: Any) -> set[str]:
    """The slots of a phrase: of one with forms, those of the form for any number."""
    return set(re.findall(r"\{(\w+)\}", phrase["other"] if isinstance(phrase, dict) else phrase))


@pytest.mark.parametrize(
    ("lang", "line"),
    [
        ("en", "38 gifts · 1 new follower · 12 people"),
        ("de", "38 Geschenke · 1 neuer Follower · 12 Personen"),
        ("fr", "38 cadeaux · 1 nouvel abonné · 12 personnes"),
        ("ja", "ギフト38個 · 新規フォロワー1人 · 12人"),
        ("ar", "38 هدية · متابع جديد · 12 شخصًا"),
    ],
)
async def test_a_summary_is_said_in_the_overlays_language_whatever_its_text_says(
    browser: Browser, lang: str, line: str
):
    view = sample("alerts-summary")
    parts = [{"what": "gift", "count": 38}, {"what": "follow", "count": 1}]
    for item in (view["stage"], view["stage"]["item"]):
        item |= {"count": 39, "people": 12, "parts": parts, "text": "said in English for scripts"}
    desk = Desk()
    async with served(desk) as address:
        desk.put("alerts", "alerts", view, language=lang)
        one = await open_page(browser, f"{address}/w/alerts?preview=1", width=640, height=360)
        await at_rest(one.page)
        assert await one.page.inner_text(".alerts-line") == line


async def test_a_summary_without_parts_is_taken_at_its_word(browser: Browser):
    view = sample("alerts-summary")
    for item in (view["stage"], view["stage"]["item"]):
        item.pop("parts")
        item |= {"people": 0, "text": "a script's own sentence"}
    desk = Desk()
    async with served(desk) as address:
        desk.put("alerts", "alerts", view, language="de")
        one = await open_page(browser, f"{address}/w/alerts?preview=1", width=640, height=360)
        await at_rest(one.page)
        assert await one.page.inner_text(".alerts-line") == "a script's own sentence"


async def test_in_a_flood_the_last_view_is_drawn_and_most_of_the_others_are_not(browser: Browser):
    desk, view = Desk(), sample("leaderboard")
    desk.put("x", "leaderboard", view)
    async with served(desk) as address:
        one = await open_page(browser, f"{address}/w/x", width=480, height=420)
        await at_rest(one.page)
        await one.page.evaluate(
            "window.orders = 0; new MutationObserver(found => { orders += found.length; })"
            ".observe(document.querySelector('.leaderboard-rows'), {attributeFilter: ['data-order']})"
        )
        for turn in range(60):
            view["entries"].reverse()
            for rank, entry in enumerate(view["entries"], 1):
                entry["rank"] = rank
            view["entries"][0]["score"] = 1_000_000 + turn
            desk.show("x", json.loads(json.dumps(view)))
            await asyncio.sleep(0.02)
        last = view["entries"][0]["user"]["name"]
        await one.until(
            f"document.querySelector('.leaderboard-row[data-rank=\"1\"] .leaderboard-name').textContent === {json.dumps(last)}"
        )
        assert 1 < await one.page.evaluate("orders") < 40


async def test_a_goal_past_its_half_shows_a_ring_without_a_seam(browser: Browser):
    async with served(Desk()) as address:
        one = await preview(Source(browser), address, "goal", (320, 340), "&shape=ring")
        picture = (await one.picture()).convert("RGB")
        ring = await one.page.evaluate(
            "(() => { const box = document.querySelector('.goal-ring').getBoundingClientRect();"
            " const thick = parseFloat(getComputedStyle(document.documentElement).fontSize) * 1.25;"
            " return [box.left + box.width / 2, box.bottom - thick / 2]; })()"
        )
        middle, y = round(ring[0]), round(ring[1])
        light = [sum(picture.getpixel((x, y))) for x in range(middle - 6, middle + 7)]
        assert max(light) - min(light) < 40
