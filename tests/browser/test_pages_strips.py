"""What a strip shows, a source much wider than high: everything side by side, whole, and large enough to be read."""

import copy
from typing import Any

import pytest
from playwright.async_api import Browser

from tests.browser.browsers import open_page
from tests.browser.pagehost import Desk, sample, served

WIDE, HIGH = 1920, 140
LOADED = "[...document.images].every(image => image.complete)"
PLACES = """row => [...document.querySelectorAll(row)].map(one => {
  const { left, right, top, bottom } = one.getBoundingClientRect();
  return [left, right, top, bottom];
})"""


def crowd(kind: str, count: int) -> dict[str, Any]:
    """A board of so many rows; the creator's own is the last but one."""
    view = sample(kind)
    rows = [copy.deepcopy(view["entries"][at % len(view["entries"])]) for at in range(count)]
    for rank, row in enumerate(rows, 1):
        row["rank"], row["user"]["id"] = rank, f"u{rank}"
        if "me" in row:
            row["me"] = rank == count - 1
    if view.get("me"):
        view["me"]["rank"] = count - 1
    return {**view, "entries": rows}


@pytest.mark.parametrize("options", [{}, {"direction": "down"}, {"language": "ar"}], ids=["up", "down", "rtl"])
@pytest.mark.parametrize(("kind", "newest"), [("feed", "items"), ("chat", "messages")])
async def test_lines_stand_side_by_side_and_the_newest_is_whole_and_first(
    browser: Browser, kind: str, newest: str, options: dict[str, str]
):
    desk, view = Desk(), sample(kind)
    desk.put("x", kind, view, motion="none", **options)
    async with served(desk) as address:
        one = await open_page(browser, f"{address}/w/x", width=WIDE, height=HIGH)
        await one.until(f"document.querySelectorAll('.{kind}-row').length === {len(view[newest])}", 20)
        await one.until(LOADED, 20)
        places = await one.page.evaluate(PLACES, f".{kind}-row")
        assert one.troubles == []
    if options.get("direction") != "down" or kind == "feed":
        places.reverse()  # the newest first
    left, right, top, bottom = places[0]
    assert left >= 0
    assert right <= WIDE
    assert top >= 0
    assert bottom <= HIGH
    middles = {round((top + bottom) / 2) for _, _, top, bottom in places}
    assert max(middles) - min(middles) <= 2
    starts = [left for left, *_ in places]
    assert starts == sorted(starts, reverse=options.get("language") == "ar")


@pytest.mark.parametrize("kind", ["leaderboard", "ranking", "sellers"])
async def test_a_strip_shows_fewer_rows_of_a_board_rather_than_ones_that_nobody_can_read(browser: Browser, kind: str):
    desk = Desk()
    desk.put("x", kind, crowd(kind, 20), motion="none", rows=20)
    async with served(desk) as address:
        one = await open_page(browser, f"{address}/w/x", width=1080, height=HIGH)
        await one.until(f"document.querySelectorAll('.{kind}-row').length > 2", 20)
        places = await one.page.evaluate(PLACES, f".{kind}-row")
        size = await one.page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)")
        own = await one.page.evaluate("document.querySelectorAll('[data-me]').length")
        await one.until(LOADED, 20)
        assert one.troubles == []
    assert 3 <= len(places) < 20
    assert size >= 8
    assert all(0 <= left < right <= 1080 for left, right, _, _ in places)
    assert own == (1 if kind == "ranking" else 0)


async def test_where_there_is_height_every_row_of_a_board_is_shown(browser: Browser):
    desk = Desk()
    desk.put("x", "leaderboard", crowd("leaderboard", 20), motion="none", rows=20)
    async with served(desk) as address:
        one = await open_page(browser, f"{address}/w/x", width=480, height=1080)
        await one.until("document.querySelectorAll('.leaderboard-row').length === 20", 20)
        await one.until(LOADED, 20)
        assert one.troubles == []
