"""What a page draws: every kind, in every theme, from any view, and nothing but that."""

import asyncio
import copy
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from tests.browser.browsers import Opened, Source, open_page
from tests.browser.pagehost import SAMPLES, Desk, sample, served
from tests.browser.test_pages_stream import holds

ROOT = Path(__file__).resolve().parents[2]
SIZES = {
    "alerts": (640, 360), "battle": (800, 300), "captions": (1080, 220), "chat": (440, 640), "counter": (320, 120),
    "feed": (420, 480), "goal": (640, 140), "latest": (420, 110), "leaderboard": (480, 420), "ranking": (480, 420),
    "sellers": (480, 420),
}  # fmt: skip
THEMES = sorted(path.parent.name for path in (ROOT / "themes").glob("*/theme.css"))
HOSTILE = [
    "<img src=x onerror=alert(1)>", "<script>alert(1)</script>", '"><svg onload=alert(1)>', "javascript:alert(1)",
    "{{7*7}}", "${7*7}", "{name}{gift}{__class__}", "__proto__", "constructor", "toString", "</title><b>x", "&lt;b&gt;",
    "<iframe src=//evil.example></iframe>", "' onmouseover='alert(1)", "<a href=javascript:alert(1)>x</a>", "%3Cb%3E",
    "<style>*{display:none}</style>", "<base href=//evil.example>", "<meta http-equiv=refresh content=0>", "\\u003cb\\u003e",
    "<math><mtext></table><mglyph><style><img src=x onerror=alert(1)>", '<noscript><p title="</noscript><img src=x>">',
    "<template><img src=x></template>", "<object data=//evil.example>", "<embed src=//evil.example>", "<link rel=x href=//e>",
    "<details open ontoggle=alert(1)>", "<video src=x onerror=alert(1)>", "<input autofocus onfocus=alert(1)>", "<form action=//e>",
    "url(//evil.example)", "expression(alert(1))", "@import '//evil.example'", "<!--", "]]>", "<?xml", "<svg><use href=//e#x>",
    "<x y=1 z>", "data:text/html,<b>x", "<button popovertarget=x>",
]  # fmt: skip
BAD_ADDRESSES = [
    "javascript:alert(1)",
    "//evil.example/a.png",
    "https://evil.example/a.png",
    "data:text/html,x",
    "/\\evil.example/x",
]


@pytest.fixture
async def desk() -> Desk:
    """An empty desk."""
    return Desk()


@pytest.fixture
async def address(desk: Desk) -> AsyncIterator[str]:
    """Its server."""
    async with served(desk) as at:
        yield at


async def opened_at(
    where: Browser | Source, address: str, key: str, query: str = "", size: tuple[int, int] | None = None
) -> Opened:
    """The overlay, drawn and at rest; in a profile of its own, or in a source that is given."""
    width, height = size or SIZES[key.split("-", maxsplit=1)[0]]
    source = where if isinstance(where, Source) else Source(where)
    one = await source.show(f"{address}/w/{key}{query}", width=width, height=height)
    await at_rest(one.page)
    return one


async def at_rest(page: Page) -> None:
    """Wait until the overlay is there and nothing in it moves."""
    script = "document.getElementById('overlay').dataset.state !== 'empty' && !document.getAnimations().length"
    for _ in range(200):
        if await page.evaluate(script):
            return
        await asyncio.sleep(0.03)
    raise AssertionError(await page.evaluate("document.getElementById('overlay').outerHTML"))


@pytest.mark.every_generation
async def test_each_kind_draws_its_samples_without_a_word_on_the_console(each_chromium: Browser, address: str):
    source = Source(each_chromium)
    for name in (name for kind in sorted(SIZES) for name in (kind, f"{kind}-strained")):
        one = await opened_at(source, address, name, "?preview=1")
        assert one.troubles == [], name
        assert [note for note in one.notes if "warning" in note] == [], name
        assert (await one.picture()).getbbox() is not None, name


@pytest.mark.parametrize("theme", THEMES)
async def test_no_theme_lets_a_strained_view_leave_its_source(browser: Browser, address: str, theme: str):
    script = """[...document.querySelectorAll('#overlay *')].filter(e => {
      const box = e.getBoundingClientRect();
      return box.width > 0 && e.matches('.plate, .number') && (box.left < -1 || box.right > innerWidth + 1);
    }).map(e => e.className)"""
    source = Source(browser)
    for kind in sorted(SIZES):
        one = await opened_at(source, address, f"{kind}-strained", f"?preview=1&theme={theme}")
        assert await one.page.evaluate(script) == [], kind
        assert one.troubles == []


async def test_whatever_people_write_stands_there_as_text(each_chromium: Browser, desk: Desk, address: str):
    forbidden = ":is(script, iframe, style, form, object, embed, base, meta, a, video, [onerror], [onload])"
    source = Source(each_chromium)
    for kind in sorted(SIZES):
        view = _hostile(sample(f"{kind}-strained"), iter(range(10**6)))
        if kind == "alerts":
            now = round(time.time() * 1000)
            view["stage"] = {**view["stage"], "from_ms": now, "until_ms": now + 60000}
        desk.put(kind, kind, view, label=HOSTILE[0])
        one = await opened_at(source, address, kind)
        said = await one.page.evaluate("document.getElementById('overlay').textContent")
        assert any(text[:12] in said for text in HOSTILE), kind
        assert await one.page.evaluate(f"document.querySelectorAll('#overlay {forbidden}').length") == 0, kind
        sources = await one.page.evaluate(
            "[...document.querySelectorAll('#overlay img[src]')].map(i => i.getAttribute('src'))"
        )
        assert [src for src in sources if not src.startswith("/") or src.startswith(("//", "/\\"))] == []
        assert one.troubles == [], kind


def _hostile(view: Any, count: Any, name: str = "") -> Any:
    """The view with every text of strangers replaced."""
    if isinstance(view, dict):
        return {key: _hostile(value, count, key) for key, value in view.items()}
    if isinstance(view, list):
        return [_hostile(value, count, name) for value in view]
    if name in {"avatar", "image"}:
        return BAD_ADDRESSES[next(count) % len(BAD_ADDRESSES)]
    if name in {
        "id",
        "name",
        "handle",
        "text",
        "label",
        "fixed",
        "tail",
        "speaker",
        "translation",
        "reply_to",
        "region",
        "class",
    }:
        return HOSTILE[next(count) % len(HOSTILE)]
    return view


async def test_drawing_twice_changes_nothing(browser: Browser, desk: Desk, address: str):
    source = Source(browser)
    for kind in sorted(SIZES):
        view = sample(kind)
        desk.put(kind, kind, view)
        one = await opened_at(source, address, kind)
        await one.page.evaluate(
            "window.changes = 0; new MutationObserver(c => { changes += c.length })"
            ".observe(document.getElementById('overlay'), {subtree: true, childList: true, attributes: true, characterData: true})"
        )
        if kind == "battle":
            view = {**view, "phase": "finished"}
            desk.show(kind, view)
            await asyncio.sleep(0.4)
            await one.page.evaluate("changes = 0")
        for _ in range(3):
            desk.show(kind, copy.deepcopy(view))
            await asyncio.sleep(0.1)
        assert await one.page.evaluate("changes") == 0, kind


async def test_only_transform_and_opacity_ever_move(browser: Browser, desk: Desk, address: str):
    source = Source(browser)
    for kind in sorted(SIZES):
        views = [sample(kind), *(sample(path.stem) for path in sorted(SAMPLES.glob(f"{kind}-*.json")))]
        desk.put(kind, kind, views[0])
        one = await opened_at(source, address, kind)
        await one.page.evaluate(
            """() => {
              window.moved = new Set();
              const look = () => {
                for (const a of document.getAnimations()) {
                  for (const frame of a.effect.getKeyframes())
                    for (const p of Object.keys(frame)) moved.add(p);
                }
                requestAnimationFrame(look);
              };
              look();
            }"""
        )
        for view in (*views, *reversed(views)):
            now = round(time.time() * 1000)
            if kind == "alerts":
                view["stage"] = {**view["stage"], "from_ms": now, "until_ms": now + 5000}
            desk.show(kind, view)
            await asyncio.sleep(0.35)
        moved = set(await one.page.evaluate("[...moved]"))
        assert moved <= {"transform", "opacity", "offset", "computedOffset", "easing", "composite", "visibility"}, kind
        assert one.troubles == []


async def test_an_idle_overlay_asks_for_no_frame(browser: Browser, desk: Desk, address: str):
    source = Source(browser)
    for kind in sorted(SIZES):
        view = sample(kind)
        if kind == "battle":
            view["phase"] = "finished"
        desk.put(kind, kind, view)
        one = await opened_at(source, address, kind)
        await one.page.evaluate(
            "() => { window.frames_ = 0; const r = requestAnimationFrame; window.requestAnimationFrame = f => { frames_++; return r(f) } }"
        )
        await asyncio.sleep(1.5)
        assert await one.page.evaluate("frames_") == 0, kind
        assert await one.page.evaluate("document.getAnimations().length") == 0


async def test_what_has_nothing_to_say_paints_nothing(browser: Browser, desk: Desk, address: str):
    empty = {
        "leaderboard": sample("leaderboard-empty"),
        "feed": {"items": []}, "chat": {"messages": []}, "captions": {"segments": [], "source": "none"},
        "alerts": {"stage": None, "waiting": 0, "paused": False, "muted": False, "items": []},
        "latest": {"what": "follow", "user": None, "gift": None, "count": None, "diamonds": None, "at_ms": None},
        "battle": {**sample("battle"), "phase": "idle", "teams": []}, "counter": {**sample("counter"), "value": None},
    }  # fmt: skip
    source = Source(browser)
    for kind, view in empty.items():
        desk.put(kind, kind, view)
        one = await source.show(f"{address}/w/{kind}", width=400, height=400)
        await asyncio.sleep(0.5)
        assert (await one.picture()).getbbox() is None, kind
        assert one.troubles == []


async def test_options_apply_to_a_running_page(browser: Browser, desk: Desk, address: str):
    desk.put("x", "leaderboard", sample("leaderboard"))
    one = await opened_at(browser, address, "x", size=(480, 420))
    loads: list[str] = []
    one.page.on("load", lambda page: loads.append(page.url))
    options = {
        "font": "Georgia", "scale": 1.5, "colors": {"accent": "#00ff00", "gold": "#123456", "text": "red;}"}, "radius": 3,
        "background": "box", "language": "de", "motion": "none", "css": ".leaderboard-name { letter-spacing: 7px }",
        "crowns": False,
    }  # fmt: skip
    desk.say("options", {"w": "x", "options": options, "theme": "neon", "view": sample("leaderboard")})
    for _ in range(100):
        if await one.page.evaluate(
            "document.documentElement.dataset.theme === 'neon' && document.documentElement.lang === 'de'"
        ):
            break
        await asyncio.sleep(0.03)
    style = "getComputedStyle(document.querySelector('.leaderboard-name'))"
    assert await one.page.evaluate(f"{style}.letterSpacing") == "7px"
    assert "Georgia" in await one.page.evaluate(f"{style}.fontFamily")
    root = "getComputedStyle(document.documentElement)"
    assert (await one.page.evaluate(f"{root}.getPropertyValue('--accent')")).strip() == "#00ff00"
    assert (await one.page.evaluate(f"{root}.getPropertyValue('--gold')")).strip() == "#123456"
    assert "red" not in await one.page.evaluate(f"{root}.getPropertyValue('--text')")
    assert await one.page.inner_text(".leaderboard-title") == "Top-Schenker"
    assert await one.page.evaluate("document.documentElement.dataset.motion") == "none"
    assert await one.page.evaluate("document.querySelector('.leaderboard-crown').hasAttribute('hidden')")
    assert loads == []
    assert one.troubles == []


async def test_an_overlay_without_news_hides_and_comes_back(browser: Browser, desk: Desk, address: str):
    desk.put("x", "goal", sample("goal"), hide_after_s=1)
    one = await opened_at(browser, address, "x", size=(640, 140))
    state = "document.getElementById('overlay').dataset.state"
    await asyncio.sleep(1.8)
    assert await one.page.evaluate(state) == "away"
    assert (await one.picture()).getbbox() is None
    desk.show("x", {**sample("goal"), "value": 7300})
    await asyncio.sleep(0.3)
    assert await one.page.evaluate(state) == "here"


async def test_a_changed_rank_slides_and_a_score_counts(browser: Browser, desk: Desk, address: str):
    view = sample("leaderboard")
    desk.put("x", "leaderboard", view)
    one = await opened_at(browser, address, "x", size=(480, 420))
    first, second, *rest = view["entries"]
    second, first = {**second, "rank": 1, "score": 60000, "moved": 1}, {**first, "rank": 2, "moved": -1}
    desk.show("x", {**view, "entries": [second, first, *rest]})
    seen = set()
    for _ in range(12):
        await asyncio.sleep(0.05)
        seen.add(await one.page.inner_text(".leaderboard-row[data-rank='1'] .leaderboard-score"))
    names = await one.page.evaluate("[...document.querySelectorAll('.leaderboard-name')].map(n => n.textContent)")
    assert names[:2] == ["Luna ✨", "Mateo Rivera"]
    assert len(seen) > 2
    for _ in range(100):
        if await one.page.inner_text(".leaderboard-row[data-rank='1'] .leaderboard-score") == "60K":
            break
        await asyncio.sleep(0.03)
    assert await one.page.inner_text(".leaderboard-row[data-rank='1'] .leaderboard-score") == "60K"


async def test_a_combo_is_one_growing_card(browser: Browser, desk: Desk, address: str):
    now = round(time.time() * 1000)
    view = sample("alerts-combo")
    item = {**view["stage"]["item"], "count": 1, "diamonds": 1}
    desk.put("x", "alerts", {**view, "stage": None})
    one = await open_page(browser, f"{address}/w/x", width=640, height=360)
    plates = set()
    for count in (1, 2, 9, 36, 120, 999):
        stage = {"item": {**item, "count": count, "diamonds": count}, "from_ms": now, "until_ms": now + 60_000}
        desk.show("x", {**view, "stage": stage})
        await holds(one.page, f"document.querySelector('.alerts-card')?.dataset.times === '{count}'", 10)
        assert await one.page.evaluate("document.querySelectorAll('.alerts-card').length") == 1
        if count > 1:
            plates.add(await one.page.evaluate("document.querySelector('.alerts-plate').offsetTop"))
    await holds(one.page, "document.querySelector('.alerts-count').innerText === '×999'", 10)
    assert len(plates) == 1


async def test_a_late_page_draws_the_card_as_it_stands_and_makes_no_sound(browser: Browser, desk: Desk, address: str):
    now = round(time.time() * 1000)
    view = sample("alerts")
    desk.put("x", "alerts", {**view, "stage": {**view["stage"], "from_ms": now - 3000, "until_ms": now + 9000}})
    one = await opened_at(browser, address, "x", size=(640, 360))
    assert not [url for url in one.requests if "/sounds/" in url]
    item = {**view["stage"]["item"], "id": "next"}
    now = round(time.time() * 1000)
    desk.show("x", {**view, "stage": {"item": item, "from_ms": now, "until_ms": now + 5000}})
    await asyncio.sleep(0.5)
    assert len([url for url in one.requests if "/sounds/" in url]) == 1


async def test_a_goal_is_celebrated_once(browser: Browser, desk: Desk, address: str):
    view = sample("goal")
    desk.put("x", "goal", view)
    one = await opened_at(browser, address, "x", size=(640, 140))
    reached = {**view, "value": 10001, "ratio": 1.0001, "reached": True, "reached_at_ms": round(time.time() * 1000)}
    desk.show("x", reached)
    await asyncio.sleep(0.3)
    assert await one.page.evaluate("document.querySelectorAll('.goal-spark').length") > 0
    await asyncio.sleep(2.4)
    assert await one.page.evaluate("document.querySelectorAll('.goal-spark').length") == 0
    desk.show("x", {**reached, "value": 10002})
    await asyncio.sleep(0.3)
    assert await one.page.evaluate("document.querySelectorAll('.goal-spark').length") == 0


async def test_a_preview_never_opens_the_stream_and_obeys_its_frame_alone(browser: Browser, desk: Desk, address: str):
    one = await opened_at(browser, address, "goal", "?preview=1")
    assert not [url for url in one.requests if "/stream?" in url or "bus-worker" in url]
    await one.page.evaluate(
        "window.postMessage({overlay: 'view', data: {view: {metric: 'likes', label: 'Mine', value: 1, target: 2, step: 0, steps: [2], ratio: .5, reached: false, reached_at_ms: null}}}, location.origin)"
    )
    await asyncio.sleep(0.4)
    assert await one.page.inner_text(".goal-label") == "Mine"


async def test_a_deleted_line_of_chat_is_gone(browser: Browser, desk: Desk, address: str):
    view = sample("chat")
    desk.put("x", "chat", view)
    one = await opened_at(browser, address, "x", size=(440, 640))
    desk.show("x", {"messages": [line for line in view["messages"] if line["id"] != "m4"]})
    await asyncio.sleep(0.6)
    assert "overlay looks" not in await one.page.inner_text("#overlay")


async def test_labels_are_in_the_language_that_was_chosen(browser: Browser, address: str):
    seen = set()
    source = Source(browser)
    for lang in ("en", "de", "es", "pt", "fr", "it", "tr", "id", "vi", "ja", "ko", "ar"):
        one = await opened_at(source, address, "leaderboard", f"?preview=1&language={lang}")
        seen.add(await one.page.inner_text(".leaderboard-title"))
        assert await one.page.evaluate("document.documentElement.dir") == ("rtl" if lang == "ar" else "ltr")
        assert one.troubles == []
    assert len(seen) == 12


def test_every_sample_is_named_after_a_kind_and_says_when_it_was_made():
    for path in SAMPLES.glob("*.json"):
        assert path.stem.split("-")[0] in SIZES
        assert json.loads(path.read_text())["as_of_ms"] > 0
