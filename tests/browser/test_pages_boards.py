"""What a page draws of boards from elsewhere: gaps both ways, the ladder, the lights, money, and a calm turn."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from tests.browser.pagehost import Desk, sample, served
from tests.browser.test_pages_widgets import opened_at


@pytest.fixture
async def desk() -> Desk:
    """An empty desk."""
    return Desk()


@pytest.fixture
async def address(desk: Desk) -> AsyncIterator[str]:
    """Its server."""
    async with served(desk) as at:
        yield at


async def test_a_ranking_says_where_the_creator_stands_and_what_is_around(browser: Browser, desk: Desk, address: str):
    reset_ms = round(time.time() * 1000) + 90 * 60_000
    desk.put("x", "ranking", {**sample("ranking"), "reset_ms": reset_ms})
    one = await opened_at(browser, address, "x", size=(480, 420))
    said = await one.page.inner_text("#overlay")
    for words in ("4,440 to the next rank", "4,190 ahead", "5 · Today", "594", "GB"):
        assert words in said, said
    assert await one.page.inner_text(".ranking-reset") in {"1:30 h", "1:29 h"}
    own = ".ranking-row[data-me]"
    assert await one.page.inner_text(f"{own} .ranking-won") == "3"
    assert await one.page.get_attribute(f"{own} .ranking-moved", "data-way") == "up"
    lights = "[...document.querySelectorAll('.ranking-row')].map(row => !row.querySelector('.ranking-live').hidden)"
    assert await one.page.evaluate(lights) == [entry["live"] for entry in sample("ranking")["entries"]]
    assert one.troubles == []


async def test_the_ladder_shows_the_classes_around_ours(browser: Browser, desk: Desk, address: str):
    desk.put("x", "ranking", sample("ranking-strained"))
    one = await opened_at(browser, address, "x", size=(480, 420))
    rungs = "[...document.querySelectorAll('.ranking-rung')].map(rung => rung.textContent)"
    assert await one.page.evaluate(rungs) == ["‹", "A5", "B1", "B2", "B3", "B4", "B5", "C1", "›"]
    assert await one.page.inner_text(".ranking-rung[data-own]") == "B3"
    desk.show("x", {**sample("ranking-strained"), "class": "A1"})
    for _ in range(100):
        if await one.page.evaluate(rungs) == ["A1", "A2", "A3", "A4", "A5", "B1", "B2", "›"]:
            break
        await asyncio.sleep(0.03)
    assert (await one.page.evaluate(rungs))[0] == "A1"


async def test_boards_of_a_rotation_dissolve_and_nothing_slides(browser: Browser, desk: Desk, address: str):
    first = sample("ranking")
    other = {**first, "board": "shopping", "region": "JP", "entries": list(reversed(first["entries"]))}
    desk.put("x", "ranking", first)
    one = await opened_at(browser, address, "x", size=(480, 420))
    await one.page.evaluate(
        """() => {
          window.moved = [];
          const look = () => {
            for (const a of document.getAnimations())
              for (const frame of a.effect.getKeyframes())
                if (frame.transform && /[1-9]/.test(frame.transform.replace(/scale\\(1\\)/g, ''))) moved.push(frame.transform);
            requestAnimationFrame(look);
          };
          look();
        }"""
    )
    desk.show("x", other)
    rows = "document.querySelectorAll('.ranking-row:not([data-leaving])').length"
    leaving = "document.querySelectorAll('.ranking-row[data-leaving]').length"
    for _ in range(200):
        if await one.page.inner_text(".ranking-title") == "Shopping ranking" and not await one.page.evaluate(leaving):
            break
        await asyncio.sleep(0.03)
    assert (await one.page.evaluate(rows), await one.page.evaluate(leaving)) == (5, 0)
    assert await one.page.evaluate("moved") == []
    assert one.troubles == []


async def test_a_seller_has_money_twice_lives_and_the_title_of_the_best(browser: Browser, desk: Desk, address: str):
    view = sample("sellers")
    seller = {**view["entries"][0], "gmv": 143814426, "currency": "JPY", "usd": 958762.84, "lives": 6}
    second = {**view["entries"][1], "lives": 1}
    desk.put("x", "sellers", {**view, "entries": [seller, second, *view["entries"][2:]]})
    one = await opened_at(browser, address, "x", size=(480, 420))
    rows = await one.page.evaluate("[...document.querySelectorAll('.sellers-row')].map(row => row.innerText)")
    for words in ("18.4K sold", "¥143.8M · $958.8K", "6 LIVEs", "Spring music sale LIVE"):
        assert words in rows[0], rows[0]
    assert rows[1].count("$") == 1, "dollars are told once"
    assert "1 LIVE" in rows[1]
    assert "1 LIVEs" not in rows[1]
    assert await one.page.evaluate("document.querySelectorAll('.sellers-row[data-me]').length") == 1


@pytest.mark.parametrize(
    ("left_ms", "lang", "said"),
    [
        (3 * 86_400_000 + 5 * 3_600_000 - 60_000, "en", "3d 5h"),
        (31 * 3_600_000 + 30_000, "en", "31:01 h"),
        (3 * 86_400_000 + 5 * 3_600_000 - 60_000, "de", "3 T 5"),
    ],
)
async def test_a_weekly_board_counts_days(
    browser: Browser, desk: Desk, address: str, left_ms: int, lang: str, said: str
):
    desk.put("x", "ranking", {**sample("ranking"), "reset_ms": round(time.time() * 1000) + left_ms}, language=lang)
    one = await opened_at(browser, address, "x", size=(480, 420))
    shown = (await one.page.inner_text(".ranking-reset")).replace("\u202f", " ").replace("\u00a0", " ")
    assert shown.startswith(said)  # how hours are written differs from one generation of Chromium to the next
    assert one.troubles == []


async def test_the_region_is_called_by_its_name(browser: Browser, desk: Desk, address: str):
    desk.put("x", "ranking", {**sample("ranking"), "label": "United Kingdom", "region": "UK+"})
    one = await opened_at(browser, address, "x", size=(480, 420))
    assert await one.page.inner_text(".ranking-where") == "United Kingdom"


def hidden_at(rank: int) -> dict[str, object]:
    """A place whose creator is kept from us."""
    nobody = {"id": None, "handle": None, "name": None, "avatar": None, "level": None, "anonymous": True}
    return {"rank": rank, "user": nobody, "score": 9, "live": None, "me": False, "hidden": True}


async def test_a_hidden_place_does_not_come_in_like_somebody_new(browser: Browser, desk: Desk, address: str):
    first = sample("ranking")
    desk.put("x", "ranking", {**first, "entries": first["entries"][:2]})
    one = await opened_at(browser, address, "x", size=(480, 420))
    await one.page.evaluate(
        """() => {
          window.moved = new Set();
          const look = () => {
            for (const a of document.getAnimations())
              if (a.effect.target.hasAttribute('data-hidden'))
                for (const frame of a.effect.getKeyframes())
                  if (frame.transform && /[1-9]/.test(frame.transform.replace(/scale\\(1\\)/g, ''))) moved.add(frame.transform);
            requestAnimationFrame(look);
          };
          look();
        }"""
    )
    hidden = "document.querySelectorAll('.ranking-row[data-hidden]:not([data-leaving])').length"
    for ranks, count in (((13, 14), 2), ((13,), 1), ((), 0)):
        desk.show("x", {**first, "entries": [*first["entries"][:2], *map(hidden_at, ranks)]})
        for _ in range(200):
            if await one.page.evaluate(hidden) == count:
                break
            await asyncio.sleep(0.03)
        assert await one.page.evaluate(hidden) == count
    assert await one.page.evaluate("[...moved]") == []


async def test_a_title_that_is_read_from_the_right_keeps_its_place_behind_the_lives(
    browser: Browser, desk: Desk, address: str
):
    view = sample("sellers")
    seller = {**view["entries"][0], "title": "שירה לוי LIVE", "lives": 3}
    desk.put("x", "sellers", {**view, "entries": [seller, {**view["entries"][1], "lives": None, "title": "Sale"}]})
    one = await opened_at(browser, address, "x", size=(480, 420))
    left, dot, title = [
        await one.page.evaluate(f"document.querySelector('{part}').getBoundingClientRect().left")
        for part in ("[data-at=lives]", ".sellers-dot", ".sellers-live")
    ]
    assert left < dot < title
    dots = "[...document.querySelectorAll('.sellers-dot')].map(dot => dot.hidden)"
    assert await one.page.evaluate(dots) == [False, True]


@pytest.mark.parametrize("kind", ["ranking", "sellers", "leaderboard"])
async def test_rows_that_leave_together_each_fade_on_their_own_place(
    browser: Browser, desk: Desk, address: str, kind: str
):
    first, other = sample(kind), sample(f"{kind}-strained")
    strangers = [{**entry, "user": {**entry["user"], "id": f"9{n}"}} for n, entry in enumerate(first["entries"])]
    desk.put("x", kind, first)
    one = await opened_at(browser, address, "x", size=(480, 420))
    await one.page.evaluate(
        """kind => {
          const list = document.querySelector(`.${kind}-rows`);
          const tops = () => [...list.querySelectorAll('[data-leaving]')].map(row => row.offsetTop);
          window.before = [...list.children].map(row => row.offsetTop);
          window.after = [];
          const look = () => { if (tops().length > after.length) after = tops(); requestAnimationFrame(look); };
          look();
        }""",
        kind,
    )
    ladder = {"ladder": other["ladder"], "class": other["class"], "board": "league"} if kind == "ranking" else {}
    desk.show("x", {**first, **ladder, "entries": strangers})
    for _ in range(200):
        if len(await one.page.evaluate("after")) == len(first["entries"]):
            break
        await asyncio.sleep(0.03)
    assert await one.page.evaluate("after") == await one.page.evaluate("before")
    assert one.troubles == []
