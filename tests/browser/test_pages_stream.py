"""What a page hears, and how it heals: one line for all, a worker that dies, a server that goes and comes back."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, BrowserContext, Error, Page, Route

from tests.browser.browsers import Opened, open_page, profile
from tests.browser.pagehost import Desk, sample, served

NUMBER = "document.querySelector('.counter-value').textContent"


def counter(value: int) -> dict[str, object]:
    """A counter's view."""
    return {"metric": "viewers", "value": value, "since_ms": 0, "stale": False, "as_of_ms": round(time.time() * 1000)}


async def until(claim: Callable[[], Awaitable[bool]], within_s: float = 6) -> None:
    """Wait until it is so."""
    end = time.monotonic() + within_s
    while not await claim():
        assert time.monotonic() < end, "it never came to be"
        await asyncio.sleep(0.03)


async def holds(page: Page, expression: str, within_s: float = 6) -> None:
    """Wait until it is so in the page; its policy forbids Playwright's own way of waiting."""

    async def claim() -> bool:
        try:
            return bool(await page.evaluate(expression))
        except Error as error:
            if "context was destroyed" not in str(error):
                raise
            return False  # it is just loading itself anew

    await until(claim, within_s)


async def shows(page: Page, text: str, within_s: float = 6) -> None:
    """Wait until the counter stands at that."""
    await holds(page, f"{NUMBER} === {text!r}", within_s)


@pytest.fixture
async def desk() -> Desk:
    """A desk with twenty-five counters."""
    desk = Desk()
    for n in range(25):
        desk.put(f"k{n}", "counter", counter(n))
    return desk


@pytest.fixture
async def address(desk: Desk) -> AsyncIterator[str]:
    """Its server."""
    async with served(desk) as at:
        yield at


async def open_all(context: BrowserContext, address: str, count: int, query: str = "") -> list[Opened]:
    """The first overlays, all in one profile."""
    return [await open_page(context, f"{address}/w/k{n}{query}", width=320, height=120) for n in range(count)]


@pytest.mark.every_generation
async def test_twenty_five_pages_of_one_profile_hear_over_one_line(each_chromium: Browser, desk: Desk, address: str):
    context = await profile(each_chromium)
    opened = await open_all(context, address, 25)
    for n, one in enumerate(opened):
        await shows(one.page, str(n))
    await until(lambda: _is(lambda: len(desk.streams) == 1))
    assert sorted(next(iter(desk.streams.values()))) == sorted(desk.pages)
    for n in range(25):
        desk.show(f"k{n}", counter(100 + n))
    for n, one in enumerate(opened):
        await shows(one.page, str(100 + n))
        assert not one.troubles


@pytest.mark.parametrize("transport", ["worker", "ws", "sse"])
async def test_every_road_brings_the_same_events(each_chromium: Browser, desk: Desk, address: str, transport: str):
    one = await open_page(each_chromium, f"{address}/w/k3?transport={transport}", width=320, height=120)
    await shows(one.page, "3")
    desk.show("k3", counter(4))
    await shows(one.page, "4")
    desk.pages["k3"]["options"] = {"label": "Watching", "colors": {"accent": "#ff8800"}}
    desk.say("options", {"w": "k3", "options": {"label": "Watching"}, "theme": "gold", "view": counter(5)})
    await shows(one.page, "5")
    await holds(one.page, "document.documentElement.dataset.theme === 'gold'")
    assert await one.page.inner_text(".counter-label") == "Watching"
    desk.say("gone", {"w": "k3"})
    await holds(one.page, "document.getElementById('overlay').dataset.state === 'empty'")
    assert not one.troubles


async def test_a_page_is_right_again_when_the_server_comes_back(each_chromium: Browser, desk: Desk):
    context = await profile(each_chromium)
    async with served(desk) as address:
        opened = await open_all(context, address, 3)
        for n, one in enumerate(opened):
            await shows(one.page, str(n))
    await asyncio.sleep(1.2)
    for n in range(3):
        desk.pages[f"k{n}"]["view"] = counter(50 + n)
    async with served(desk, urlsplit(address).port or 0):
        for n, one in enumerate(opened):
            await shows(one.page, str(50 + n), within_s=3)
            said = await one.page.evaluate("document.body.innerText")
            assert "error" not in said.lower()


async def test_a_new_worker_takes_over_when_the_old_one_dies(each_chromium: Browser, desk: Desk, address: str):
    context = await profile(each_chromium)
    opened = await open_all(context, address, 2)
    for n, one in enumerate(opened):
        await shows(one.page, str(n))
    before = desk.opened
    await kill_workers(each_chromium)
    await until(lambda: _is(lambda: desk.opened > before and len(desk.streams) == 1))
    desk.show("k0", counter(70))
    desk.show("k1", counter(71))
    await shows(opened[0].page, "70")
    await shows(opened[1].page, "71")


async def test_a_page_that_was_refused_asks_again_by_itself(browser: Browser, desk: Desk, address: str):
    one = await open_page(browser, f"{address}/w/k1?transport=sse", width=320, height=120)
    await shows(one.page, "1")
    desk.refuse = 503
    desk.hang_up()
    await asyncio.sleep(2.5)
    desk.pages["k1"]["view"] = counter(11)
    desk.refuse = 0
    await shows(one.page, "11", within_s=3)


async def test_a_newer_build_reloads_a_page_once_and_not_in_an_alert(browser: Browser, desk: Desk, address: str):
    now = round(time.time() * 1000)
    card = sample("alerts")
    stage = {**card["stage"], "from_ms": now, "until_ms": now + 2500}
    desk.put("a", "alerts", {**card, "stage": stage})
    one = await open_page(browser, f"{address}/w/a", width=640, height=360)
    await one.page.wait_for_selector(".alerts-card")
    loads: list[str] = []
    one.page.on("load", lambda page: loads.append(page.url))
    desk.build = "b2"
    desk.say("reload", {"build": "b2"})
    await asyncio.sleep(1.5)
    assert loads == []
    desk.show("a", {**card, "stage": None})
    await until(lambda: _is(lambda: len(loads) == 1))
    desk.build = "b3"
    desk.say("reload", {"build": "b3"})
    await asyncio.sleep(2)
    assert len(loads) == 1


async def test_a_page_whose_scripts_did_not_load_comes_back_by_itself(each_chromium: Browser, desk: Desk, address: str):
    context = await profile(each_chromium)
    failures = iter([True])

    async def fail_once(route: Route) -> None:
        if next(failures, False):
            await route.abort()
        else:
            await route.continue_()

    await context.route("**/static/widgets/counter.js*", fail_once)
    one = await open_page(context, f"{address}/w/k5", width=320, height=120)
    await until(lambda: _shown(one.page, "5"))


async def test_the_page_uses_the_road_it_is_told_to(browser: Browser, desk: Desk, address: str):
    one = await open_page(browser, f"{address}/w/k2", width=320, height=120)
    await shows(one.page, "2")
    sockets: list[str] = []
    one.page.on("websocket", lambda socket: sockets.append(socket.url))
    desk.say("use", {"transport": "ws"})
    await until(lambda: _is(lambda: len(sockets) == 1))
    await until(lambda: _is(lambda: len(desk.streams) >= 1))
    await asyncio.sleep(0.3)
    desk.show("k2", counter(22))
    await shows(one.page, "22")


async def test_leaving_pages_leave_the_line(browser: Browser, desk: Desk, address: str):
    context = await profile(browser)
    opened = await open_all(context, address, 3)
    for n, one in enumerate(opened):
        await shows(one.page, str(n))
    await opened[1].page.reload()
    await shows(opened[1].page, "1")
    for n in range(3):
        desk.show(f"k{n}", counter(30 + n))
    for n, one in enumerate(opened):
        await shows(one.page, str(30 + n))
    assert len(desk.streams) == 1


@pytest.mark.alone
async def test_a_countdown_follows_the_servers_clock(browser: Browser, desk: Desk, address: str):
    battle = sample("battle")
    ahead_ms = 5_000_000
    real = desk.hello

    def hello(w: str) -> dict[str, object]:
        said = real(w)
        return {**said, "now_ms": said["now_ms"] + ahead_ms}

    desk.hello = hello  # type: ignore[method-assign]
    ends_ms = round(time.time() * 1000) + ahead_ms + 66_400  # so that a page that loads slowly is there in time
    desk.put("b", "battle", {**battle, "ends_ms": ends_ms, "as_of_ms": 0})
    one = await open_page(browser, f"{address}/w/b", width=1080, height=360)
    assert await one.page.evaluate("document.querySelector('.battle-time')?.textContent") != "1:00"
    shown_ms = await one.page.evaluate(
        "new Promise(done => { const look = () => document.querySelector('.battle-time')?.textContent === '1:00'"
        " ? done(Date.now()) : requestAnimationFrame(look); look(); })"
    )
    off_ms = abs(shown_ms + ahead_ms + 60_000 - ends_ms)
    assert off_ms < 150


async def _shown(page: Page, text: str) -> bool:
    """Whether the counter stands at that; a page that is just loading does not."""
    try:
        return bool(await page.evaluate(f"{NUMBER} === {text!r}"))
    except Error:
        return False


async def _is(claim: Callable[[], bool]) -> bool:
    return claim()


async def kill_workers(browser: Browser) -> None:
    """End every shared worker from inside, as a crash would: without a word to the pages."""
    session = await browser.new_browser_cdp_session()
    targets = (await session.send("Target.getTargets"))["targetInfos"]
    for target in targets:
        if target["type"] == "shared_worker":
            found = await session.send("Target.attachToTarget", {"targetId": target["targetId"], "flatten": False})
            order = json.dumps(
                {"id": 1, "method": "Runtime.evaluate", "params": {"expression": "setTimeout(close, 300)"}}
            )
            await session.send("Target.sendMessageToTarget", {"sessionId": found["sessionId"], "message": order})
            # a worker that is watched is held at its start, the next one too
            await session.send("Target.detachFromTarget", {"sessionId": found["sessionId"]})
