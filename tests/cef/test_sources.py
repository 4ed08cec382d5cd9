"""Twenty-five sources in real CEF, set up as OBS sets it up: one line for all, right after every trouble, nothing painted.

The server is real, the pages are the server's own, refresh and hiding are CEF's own calls as OBS makes them. An extra:
where CEF cannot be had, all of it is skipped.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

import overlay.app
from tests.browser.browsers import Opened
from tests.browser.studio import COUNTERS, FEED, Studio, all_show, every_guest_once, name, settled, unharmed
from tests.browser.test_everything import (
    FIRST,
    SEEN,
    Show,
    counters_show,
    every_alert_was_shown_once,
    loaded,
    on_air,
    one_line_for_all,
    restart,
)
from tests.browser.test_pages_stream import holds, until
from tests.cef.real import Cef, real_cef, why_not
from tests.serving import Served

if WHY_NOT := why_not():
    pytest.skip(WHY_NOT, allow_module_level=True)
LONGEST_S = 90
"""After 120 s the whole run is given up."""
SIZE = (480, 400)
STILL = ("counter", {**COUNTERS[1], "motion": "none"})

NOTE_HIDING = (
    "{ window.shades = []; "
    "document.addEventListener('visibilitychange', () => shades.push(document.visibilityState)); }"
)


@pytest.fixture(autouse=True)
def one_build(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that are edited while a test runs make another build, and another build loads every page anew."""
    monkeypatch.setattr(overlay.app, "build_of", lambda *_: "one-build")


@contextlib.asynccontextmanager
async def on_screen(
    folder: Path, *kinds: tuple[str, dict[str, Any]]
) -> AsyncIterator[tuple[Cef, Studio, list[Opened]]]:
    """A server, and a source for each of these."""
    async with asyncio.timeout(LONGEST_S), real_cef(folder / "cef") as cef:
        studio = Studio(folder / "data")
        await studio.start()
        try:
            await studio.furnish(*kinds)
            yield cef, studio, await open_all(cef, server(studio).base, studio.keys)
        finally:
            await studio.stop()


def server(studio: Studio) -> Served:
    """It, while it is there."""
    assert studio.served is not None
    return studio.served


async def open_all(cef: Cef, base: str, keys: list[str]) -> list[Opened]:
    opened = await cef.open({f"source-{n}": f"{base}/w/{key}" for n, key in enumerate(keys)}, *SIZE)
    await asyncio.gather(*(loaded(one) for one in opened))
    return opened


async def refreshed(cef: Cef, *sources: str) -> None:
    """OBS's refresh of these in the same moment, done."""
    await cef.refresh(*sources)
    for one in sources:
        await holds(cef.opened[one].page, "window.isOld === undefined", 20)
    await asyncio.gather(*(loaded(cef.opened[one]) for one in sources))


async def one_stream(studio: Studio, topics: int) -> None:
    """What the server itself tells of it."""
    await until(lambda: settled(lambda: studio.streams == 1))
    served = server(studio)
    status = (await served.http.get("/api/status")).json()
    assert status["totals"]["streams"] == 1
    assert len(next(iter(served.house.streams.streams)).topics) == topics


async def picture(cef: Cef, source: str, folder: Path) -> bytes:
    """What stands on air once nothing moves: four bytes a pixel, the last its opacity."""
    shots = [b""]
    async with asyncio.timeout(20):
        while not shots[-1] or shots[-1] != shots[-2]:
            cef.tell("picture", source, path=str(folder / "picture"))
            told = await cef.heard("pictured", source)
            assert (told["width"], told["height"]) == SIZE
            shots.append((folder / "picture").read_bytes())
            await asyncio.sleep(0.3)  # a picture later, to see whether anything moves
    return shots[-1]


async def test_twenty_five_sources_are_all_updated_over_one_stream_and_again_when_the_server_is_back(
    tmp_path: Path,
) -> None:
    async with on_screen(tmp_path, *[STILL] * 25) as (cef, studio, opened):
        assert "OBS/" in await opened[0].page.evaluate("navigator.userAgent")
        await all_show(opened, "0", within_s=20)
        studio.give()
        await all_show(opened, "1", within_s=20)
        await one_stream(studio, 25)
        assert not [trouble for one in opened for trouble in one.troubles]
        before = await picture(cef, "source-0", tmp_path)
        await studio.stop()
        await asyncio.sleep(1.2)
        await unharmed(opened)
        assert await picture(cef, "source-0", tmp_path) == before  # nobody sees that the server is away
        await studio.start()
        studio.give()
        await all_show(opened, "2", within_s=3)
        await one_stream(studio, 25)
        await unharmed(opened)
        assert await picture(cef, "source-0", tmp_path) != before


async def test_what_is_no_overlay_is_see_through(tmp_path: Path) -> None:
    async with on_screen(tmp_path, STILL, FEED, ("alerts", {}), ("chat", {})) as (cef, _, opened):
        await all_show(opened[:1], "0", within_s=20)
        pictures = [await picture(cef, source, tmp_path) for source in cef.opened]
        assert any(pictures[0][3::4])  # the counter stands there
        for one in pictures:
            assert one[-1] == 0  # the farthest corner
        assert not any(pictures[2])  # no alert, no pixel


async def test_all_sources_refreshed_at_once_while_gifts_come_are_right_again(tmp_path: Path) -> None:
    async with on_screen(tmp_path, FEED, *[COUNTERS] * 24) as (cef, studio, opened):

        async def give() -> None:
            while studio.given < 40:
                studio.give()
                await asyncio.sleep(0.05)

        giving = asyncio.create_task(give())
        for _ in range(2):
            await refreshed(cef, *cef.opened)
        await giving
        await every_guest_once(opened[0], 40, within_s=20)
        await all_show(opened[1:], "40", within_s=20)
        await one_stream(studio, 25)
        await unharmed(opened)


async def test_sources_that_were_hidden_are_right_when_they_are_shown(tmp_path: Path) -> None:
    async with on_screen(tmp_path, *[STILL] * 25) as (cef, studio, opened):
        await all_show(opened, "0", within_s=20)
        for one in opened:
            await one.page.evaluate(NOTE_HIDING)
        before = await picture(cef, "source-0", tmp_path)
        await cef.leave_alone()
        for source in cef.addresses:
            cef.tell("hide", source)
        await asyncio.sleep(1)  # as long as it takes to be hidden and to be given something
        for _ in range(5):
            studio.give()
        await one_stream(studio, 25)
        for source in cef.addresses:
            cef.tell("show", source)
        assert await picture(cef, "source-0", tmp_path) != before
        shown = await cef.watch()
        assert {await one.page.evaluate("shades.join()") for one in shown} == {"hidden,visible"}
        await all_show(shown, "5", within_s=20)
        await one_stream(studio, 25)


async def on_stage(show: Show) -> None:
    """The newest alert stands in both pages that show alerts."""
    newest = name(len(show.given))
    await until(lambda: settled(lambda: [newest in seen for seen in show.seen.values()] == [True, True]), 40)


@contextlib.asynccontextmanager
async def watched(folder: Path) -> AsyncIterator[tuple[Cef, Show, list[Opened]]]:
    """A server process with all kinds of overlays open, and whose alerts were seen."""
    async with asyncio.timeout(LONGEST_S), on_air(folder / "data", 25) as show, real_cef(folder / "cef") as cef:
        opened = await open_all(cef, show.process.base, show.keys)
        await cef.context.expose_binding("sawAlert", show.saw)
        await cef.context.add_init_script(SEEN)
        await refreshed(cef, "source-0", "source-1")  # only a page that begins anew has it
        await counters_show(opened, 0, 20)
        yield cef, show, opened


async def test_after_a_kill_and_a_refresh_of_all_at_once_every_alert_was_shown_once(tmp_path: Path) -> None:
    assert [kind for kind, _ in FIRST] == ["alerts", "alerts", "feed"]
    async with watched(tmp_path) as (cef, show, opened):
        show.give()
        await restart(signal.SIGKILL, show, opened)
        show.give()
        await on_stage(show)
        await refreshed(cef, *cef.opened)  # a card that stands is drawn anew; none may come and go meanwhile
        show.give()
        await counters_show(opened, len(show.given), 40)
        await every_alert_was_shown_once(show, opened[2])
        await one_line_for_all(show)
        await unharmed(opened)
