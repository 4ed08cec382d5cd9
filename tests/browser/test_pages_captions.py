"""How captions stand on the page: rows that never break anew, fixed words that are never drawn again."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from tests.browser.browsers import Opened, open_page
from tests.browser.pagehost import Desk, served


@pytest.fixture
async def desk() -> Desk:
    """A desk with empty captions."""
    desk = Desk()
    desk.put("c", "captions", view())
    return desk


@pytest.fixture
async def address(desk: Desk) -> AsyncIterator[str]:
    """Its server."""
    async with served(desk) as at:
        yield at


def segment(fixed: str = "", tail: str = "", name: str = "s1", **more: Any) -> dict[str, Any]:
    """One segment."""
    said = {"id": name, "speaker": "A", "final": False, "language": "en", "translation": None, "started_ms": 0}
    return {**said, "fixed": fixed, "tail": tail, **more}


def view(*segments: dict[str, Any]) -> dict[str, Any]:
    """A captions view."""
    return {"segments": list(segments), "source": "captions"}


async def rows(page: Page) -> list[str]:
    """What stands on the page, row by row."""
    return await page.evaluate("[...document.querySelectorAll('.captions-row')].map(r => r.textContent)")


async def say(one: Opened, desk: Desk, *segments: dict[str, Any]) -> list[str]:
    """Show these segments, and read the rows."""
    desk.show("c", view(*segments))
    await asyncio.sleep(0.15)
    return await rows(one.page)


async def open_captions(browser: Browser, desk: Desk, address: str, **options: Any) -> Opened:
    """Captions with these options."""
    desk.pages["c"]["options"] = options
    one = await open_page(browser, f"{address}/w/c", width=1080, height=220)
    for _ in range(100):
        if await one.page.evaluate("document.getElementById('overlay').dataset.state") == "here":
            break
        await asyncio.sleep(0.03)
    return one


async def test_rows_that_stand_never_break_anew_while_the_tail_grows(each_chromium: Browser, desk: Desk, address: str):
    one = await open_captions(each_chromium, desk, address, rows=8, cells=24)
    words = ["the", "quick", "brown", "fox", "jumps", "over", "the", "lazy", "dog", "and", "then", "it", "runs", "back", "home", "before", "the", "rain", "begins", "to", "fall", "on", "the", "little", "house", "by", "the", "sea", "where", "nobody", "has", "lived", "for", "years"]  # fmt: skip
    before: list[str] = []
    for count in range(2, len(words)):
        now = await say(one, desk, segment(" ".join(words[: count - 1]), words[count - 1]))
        full = before[:-1]
        assert now[: len(full)] == full
        before = now
    assert len(before) >= 4
    assert one.troubles == []


async def test_fixed_words_stay_the_very_same_node(browser: Browser, desk: Desk, address: str):
    one = await open_captions(browser, desk, address)
    await say(one, desk, segment("hello there", "every"))
    await one.page.evaluate(
        "() => { window.node = document.querySelector('.captions-fixed').firstChild; window.removed = 0;"
        " new MutationObserver(all => { for (const one of all) removed += one.removedNodes.length })"
        ".observe(document.querySelector('.captions-fixed'), {childList: true, subtree: true}) }"
    )
    await say(one, desk, segment("hello there everybody", "out"))
    assert await one.page.evaluate("node.data === 'hello there everybody' && node.isConnected && removed === 0")


async def test_no_row_is_wider_than_the_box(each_chromium: Browser, desk: Desk, address: str):
    one = await open_captions(each_chromium, desk, address, rows=8, cells=18)
    texts = [
        ("Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft ist lang", "de"),
        ("今日は皆さんありがとうございます、配信を始めますよ。とても楽しみにしていました", "ja"),
        ("ขอบคุณทุกคนที่มาดูวันนี้อากาศดีมากเลยครับอยากให้ไลฟ์ทุกวันเลยนะครับ", "th"),
        ("مرحبا بالجميع في البث المباشر اليوم و نبدأ الآن مع أول سؤال من المشاهدين", "ar"),
        ("👨‍👩‍👧‍👦👩🏽‍🚀🇩🇪🇧🇷🇯🇵🫶🏿" * 8, "en"),
    ]
    wide = """[...document.querySelectorAll('.captions-row')].every(row => {
      const range = document.createRange(); range.selectNodeContents(row);
      const most = row.parentElement.getBoundingClientRect().width;
      return range.getBoundingClientRect().width <= most + parseFloat(getComputedStyle(row).fontSize) * 1.05;
    })"""
    for text, lang in texts:
        shown = await say(one, desk, segment(text, final=True, language=lang, name=lang + text[:3]))
        assert len(shown) > 1
        assert await one.page.evaluate(wide), text
        assert "".join(shown).replace(" ", "") == text.replace(" ", "")


async def test_japanese_rows_do_not_begin_with_a_closing_mark(browser: Browser, desk: Desk, address: str):
    one = await open_captions(browser, desk, address, rows=10, cells=8)
    shown = await say(
        one,
        desk,
        segment(
            "今日は、皆さん。ありがとうございます！ゲームをやりましょう、さあ。はじめますよー。",
            language="ja",
            final=True,
        ),
    )
    assert len(shown) > 3
    assert not [row for row in shown if row[0] in "、。！ー"]


async def test_thai_breaks_between_words(browser: Browser, desk: Desk, address: str):
    one = await open_captions(browser, desk, address, rows=10, cells=10)
    shown = await say(one, desk, segment("ขอบคุณทุกคนที่มาดูขอบคุณทุกคนที่มาดู", language="th", final=True))
    words = {"ขอบคุณ", "ทุกคน", "ทุก", "คน", "ที่", "มา", "ดู"}
    for row in shown:
        assert any(row.startswith(word) for word in words)


async def test_right_to_left_rows_say_so(browser: Browser, desk: Desk, address: str):
    one = await open_captions(browser, desk, address)
    await say(one, desk, segment("«مرحبا» hello", language="ar"), segment("hello مرحبا", name="s2", final=True))
    assert await one.page.evaluate("[...document.querySelectorAll('.captions-row')].map(r => r.dir)") == ["rtl", "ltr"]


async def test_the_topmost_row_goes_that_is_not_the_last_of_an_open_segment(browser: Browser, desk: Desk, address: str):
    one = await open_captions(browser, desk, address, rows=2, cells=20)
    shown = await say(
        one, desk, segment("one two three four five six seven", "eight"), segment("short", name="s2", speaker="A")
    )
    assert len(shown) == 2
    assert shown[-1].endswith("short")
    assert "eight" in shown[0]


async def test_speakers_have_a_colour_and_a_mark(browser: Browser, desk: Desk, address: str):
    one = await open_captions(browser, desk, address, rows=4)
    await say(one, desk, segment("hello", speaker="Ada", final=True), segment("hi", name="s2", speaker="Lin"))
    voices = "[...document.querySelectorAll('.captions-row')].map(r => [r.dataset.voice, r.textContent])"
    (first, _), (second, text) = await one.page.evaluate(voices)
    assert (first, second) == ("1", "2")
    assert text.startswith("Lin: ")
    colours = await one.page.evaluate(
        "[...document.querySelectorAll('.captions-row')].map(r => getComputedStyle(r).color)"
    )
    assert colours == ["rgb(255, 255, 255)", "rgb(255, 255, 77)"]


async def test_a_clear_takes_everything_away_at_once(browser: Browser, desk: Desk, address: str):
    one = await open_captions(browser, desk, address)
    await say(one, desk, segment("hello", final=True))
    assert await say(one, desk) == []
    assert (await one.picture()).getbbox() is None


async def test_a_translation_stands_below_its_source(browser: Browser, desk: Desk, address: str):
    one = await open_captions(browser, desk, address, rows=3)
    shown = await say(one, desk, segment("bonsoir", language="fr", translation="good evening", final=True))
    assert shown == ["bonsoir", "good evening"]
