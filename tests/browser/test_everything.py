"""Twenty-five overlays of one OBS through everything at once, in every Chromium that OBS embeds.

The server is a process of its own, ended in order and by `kill -9`; the simulator says again what it said lately, as
TikTok does. What is claimed: every alert is on screen once, every gift counted once, one line for all, nothing painted
that is no overlay.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Error

from overlay.simulator import Simulator
from tests.browser.browsers import Opened, open_page, profile
from tests.browser.studio import VALUE, name, unharmed
from tests.browser.test_pages_stream import holds, kill_workers, until
from tests.faults.test_kill import HANDLE, Process
from tests.serving import gift

pytestmark = pytest.mark.alone

ALERTS: dict[str, Any] = {"show_s": 6.6, "min_show_s": 6.2, "motion": "none"}
"""A card outlasts a server's end, its start and a page's two seconds after it: its time goes on while nobody can see it."""

FIRST = [("alerts", ALERTS), ("alerts", ALERTS), ("feed", {"rows": 50})]
REST = [
    ("leaderboard", {"rows": 20}),
    ("goal", {}),
    ("chat", {}),
    ("latest", {"which": "gift"}),
    ("battle", {}),
    ("captions", {}),
]
COUNTER = ("counter", {"metric": "diamonds", "period": "all", "compact": False})
LONGEST_S = 200
"""After 240 s a test is given up, and with it its whole run."""
SEEN = """(() => {
  let last = null;
  const look = () => {
    const card = document.querySelector(".alerts-card:not([data-leaving])");
    const who = card && /Guest-\\d{3}-/.exec(card.innerText)?.[0];
    if (who && who !== last) { last = who; window.sawAlert?.(who); }
  };
  addEventListener("DOMContentLoaded", () => new MutationObserver(look).observe(document.documentElement,
    { subtree: true, childList: true, characterData: true, attributes: true }));
})()"""


class Show:
    """A server process, what the simulator says, and the pages."""

    def __init__(self, folder: Path, simulator: Simulator) -> None:
        self.process = Process(folder, simulator)
        self.simulator = simulator
        self.given: list[dict[str, Any]] = []
        self.seen: dict[str, list[str]] = {}  # by page: whose alert stood there, in order
        self.keys: list[str] = []

    async def furnish(self, count: int) -> None:
        async with httpx.AsyncClient(base_url=self.process.base, timeout=20) as http:
            creator = (await http.post("/api/creators", json={"handle": HANDLE})).json()["id"]
            kinds = [*FIRST, *[COUNTER] * 4, *REST]
            kinds += [COUNTER] * (count - len(kinds))
            for kind, options in kinds[:count]:
                made = await http.post("/api/widgets", json={"creator": creator, "kind": kind, "options": options})
                assert made.status_code == 201, made.text
                self.keys.append(made.json()["key"])

    async def heard(self) -> None:
        """Wait until the server listens, then say again what it may have missed."""
        await until(lambda: answered(lambda: self.simulator.open_sockets(HANDLE)), 20)
        for frame in self.given[-12:]:
            self.simulator.send(HANDLE, frame)

    def give(self) -> None:
        number = len(self.given) + 1
        who = {
            "id": str(7_000_000_000_000_000_000 + number),
            "uniqueId": f"g{number}",
            "nickname": name(number),
        }
        self.given.append(gift(who, 1, number))
        self.simulator.send(HANDLE, self.given[-1])

    def saw(self, source: Any, who: str) -> None:
        seen = self.seen.setdefault(source["page"].url, [])
        if not seen or seen[-1] != who:  # a page that loads itself anew draws the card that still stands
            seen.append(who)


async def answered(claim: Any) -> bool:
    return bool(claim())


@contextlib.asynccontextmanager
async def on_air(folder: Path, count: int) -> AsyncIterator[Show]:
    async with Simulator("quiet", speed=0, replays=True) as simulator:
        simulator.set_live(HANDLE)
        show = Show(folder, simulator)
        await show.process.start()
        try:
            await show.furnish(count)
            await show.heard()
            yield show
        finally:
            if show.process.process.returncode is None:
                await show.process.end(signal.SIGTERM)


async def open_some(context: Any, show: Show) -> list[Opened]:
    opened: list[Opened] = []
    for at in range(0, len(show.keys), 5):
        some = show.keys[at : at + 5]
        opened += await asyncio.gather(
            *(open_page(context, f"{show.process.base}/w/{key}", width=480, height=400) for key in some)
        )
    return opened


async def counters_show(opened: list[Opened], value: int, within_s: float) -> None:
    end = time.monotonic() + within_s
    for one in opened[len(FIRST) : len(FIRST) + 4]:
        await holds(one.page, f"{VALUE} === '{value}'", max(0.5, end - time.monotonic()))


async def loaded(one: Opened) -> None:
    """The last script is here: a page cut off before that comes back by itself, but may take a minute."""
    scripts = "performance.getEntriesByType('resource').map((one) => new URL(one.name).pathname)"
    await holds(one.page, f"{scripts}.some((path) => /^\\/static\\/widgets\\/.*\\.js$/.test(path))", 20)


async def refresh(one: Opened) -> None:
    """OBS's own refresh."""
    await one.page.reload()
    await loaded(one)


async def restart(how: int, show: Show, opened: list[Opened]) -> None:
    show.give()
    await show.process.end(how)
    await unharmed(opened[:4])
    await show.process.start()
    await show.heard()
    show.give()
    await counters_show(opened, len(show.given), 40)
    await everybody_listens(show)


async def everybody_listens(show: Show) -> None:
    """No page is still on its way back when the next blow falls: two absences in a row outlast a card."""
    async with httpx.AsyncClient(base_url=show.process.base, timeout=20) as http:

        async def all_there() -> bool:
            widgets = (await http.get("/api/status")).json()["widgets"]
            return sum(bool(one["streams"]) for one in widgets) == len(show.keys)

        await until(all_there, 20)


async def every_alert_was_shown_once(show: Show, feed: Opened, *, may_miss: int = 0) -> None:
    """`may_miss` is the number of a gift whose card may have come and gone while its pages were loading."""
    wanted = [name(number) for number in range(1, len(show.given) + 1)]
    on_stage = [who for who in wanted if who != name(may_miss)]
    with contextlib.suppress(AssertionError):
        await until(lambda: answered(lambda: all(set(seen) >= set(on_stage) for seen in show.seen.values())), 78)
    assert len(show.seen) == 2  # both pages with alerts
    for seen in show.seen.values():
        assert sorted(set(seen) | {name(may_miss)} - {name(0)}) == wanted
        assert len(seen) == len(set(seen))
    text = await feed.page.evaluate("document.body.innerText")
    assert {who: text.count(who) for who in wanted} == dict.fromkeys(wanted, 1)


async def one_line_for_all(show: Show) -> None:
    async with httpx.AsyncClient(base_url=show.process.base, timeout=20) as http:
        status: dict[str, Any] = {}

        async def one() -> bool:
            status.update((await http.get("/api/status")).json())
            return bool(status["totals"]["streams"] == 1)

        await until(one, 20)  # a worker that died while the server was away has come back with it
        assert {stream["current"] for one in status["widgets"] for stream in one["streams"]} == {True}


@contextlib.asynccontextmanager
async def watched(browser: Browser, folder: Path, count: int) -> AsyncIterator[tuple[Show, list[Opened]]]:
    async with asyncio.timeout(LONGEST_S), on_air(folder, count) as show:
        context = await profile(browser)
        await context.expose_binding("sawAlert", show.saw)
        await context.add_init_script(SEEN)
        opened = await open_some(context, show)
        await asyncio.gather(*(loaded(one) for one in opened))
        await counters_show(opened, 0, 20)
        yield show, opened
        with contextlib.suppress(Error):
            await context.close()


async def test_through_five_kills_and_restarts_every_alert_is_shown_once(
    each_chromium: Browser, tmp_path: Path
) -> None:
    async with watched(each_chromium, tmp_path, 7) as (show, opened):
        for number in range(5):
            if number % 2:
                await kill_workers(each_chromium)
            elif number:
                await refresh(opened[number % 3])
            await restart(signal.SIGTERM if number == 2 else signal.SIGKILL, show, opened)
        await every_alert_was_shown_once(show, opened[2])
        await one_line_for_all(show)
        await unharmed(opened)


async def test_twenty_five_overlays_go_through_a_kill_dead_workers_and_a_refresh_of_all_at_once(
    each_chromium: Browser, tmp_path: Path
) -> None:
    async with watched(each_chromium, tmp_path, 25) as (show, opened):
        show.give()
        await kill_workers(each_chromium)
        await restart(signal.SIGKILL, show, opened)
        show.give()
        await asyncio.gather(*(refresh(one) for one in opened))
        await counters_show(opened, len(show.given), 40)
        await every_alert_was_shown_once(show, opened[2], may_miss=3)
        await one_line_for_all(show)
        await unharmed(opened)
