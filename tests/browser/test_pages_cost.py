"""What a page costs OBS while viewers rage: script, style and layout a second, long tasks, nodes, listeners, heap.

Measured as processor time of the page's own thread (`threadTicks`), so what else runs on the machine does not count; the
best of up to three windows, since caches do suffer; and divided by how much slower than on the reference machine a fixed piece
of script, or of layout, is in the same page: a slow machine does not fail a fast widget, and where memory is slow layout is
slower than script. Nothing is granted on top of the budget.
"""

import asyncio
import copy
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.async_api import Browser, CDPSession

from tests.browser.browsers import Opened, open_page
from tests.browser.pagehost import Desk, sample, served
from tests.browser.tasks import Tasks, traced
from tests.browser.test_pages_widgets import SIZES

WINDOWS = 3
FLOOD_S = 2
FLOOD_MS = {"chat": 80}
OTHERS_MS = 60
EVERYDAY_MS = 15
OLDEST = 2  # what Chromium 103 may cost, in budgets
IDLE_MS = 1
SOAK_S = 600
SOAK_KB_A_MIN = 50
MINUTE_KB = 300
TOGETHER = [
    ("alerts", "battle", "captions"),
    ("chat", "counter", "feed"),
    ("goal", "latest", "leaderboard"),
    ("ranking", "sellers"),
]
ALONE = {kinds: pytest.mark.alone for kinds in TOGETHER if "chat" in kinds}
NEAR = {"chat", "feed"}
"""Whose figures are near the budget when other tests share the cores' caches."""

WORK = """new Promise(done => setTimeout(() => { let sum = 0; const kept = new Map();
for (let i = 0; i < 60000; i++) { const text = `${i % 977} ${i}`; kept.set(text.slice(0, 6), text); sum += text.length; }
done(sum); }))"""
WORK_MS = 15.0  # on the machine the budgets were written on
LAYING = """new Promise(done => setTimeout(() => { const box = document.createElement("div"); let high = 0;
box.style.cssText = "position:fixed;left:0;top:0;width:400px;visibility:hidden";
for (let i = 0; i < 120; i++) {
  const row = document.createElement("div"); row.style.cssText = "display:flex;gap:4px";
  for (const text of [`${i}`, `someone ${i * 7919 % 977}`, `words that wrap, ${i}`]) {
    const cell = document.createElement("span"); cell.textContent = text; row.append(cell);
  }
  box.append(row);
}
document.body.append(box);
for (let round = 0; round < 6; round++) {
  for (const row of box.children) row.lastChild.textContent = `round ${round}, ${high % 7}`;
  high += box.offsetHeight;
}
box.remove(); done(high); }))"""
LAYING_MS = 20.0  # likewise: style and layout wait for memory more than scripts do
SLOWEST = 4  # a machine slower than that says nothing
WATCH = """window.asked = {frames: 0, timers: 0, long: 0};
for (const [name, what] of [["requestAnimationFrame", "frames"], ["setTimeout", "timers"], ["setInterval", "timers"]]) {
  const given = window[name].bind(window);
  window[name] = (...rest) => { window.asked[what] += 1; return given(...rest); };
}
new PerformanceObserver(list => { window.asked.long += list.getEntries().length; }).observe({type: "longtask"});"""

View = dict[str, Any]


def leaderboard(view: View, dice: random.Random, _turn: int) -> None:
    """Ten gifts; somebody overtakes somebody."""
    for entry in dice.choices(view["entries"], k=10):
        entry["score"] += dice.randrange(900)
    view["entries"].sort(key=lambda entry: -entry["score"])
    for rank, entry in enumerate(view["entries"], 1):
        entry["rank"] = rank


def chat(view: View, dice: random.Random, turn: int) -> None:
    """Ten lines of which the last twelve are on screen."""
    pool = sample("chat")["messages"]
    lines = [{**copy.deepcopy(dice.choice(pool)), "id": f"t{turn}-{at}"} for at in range(10)]
    view["messages"] = [*view["messages"], *lines][-12:]


def feed(view: View, dice: random.Random, turn: int) -> None:
    """Ten items of which the last ten are on screen."""
    pool = sample("feed")["items"]
    view["items"] = [{**copy.deepcopy(dice.choice(pool)), "id": f"t{turn}-{at}"} for at in range(10)]


def alerts(view: View, _dice: random.Random, turn: int) -> None:
    """A combo that grows, and another card every two seconds."""
    now = round(time.time() * 1000)
    item = view["stage"]["item"]
    if turn % 40 == 0:
        view["stage"] = {"item": item, "from_ms": now, "until_ms": now + 5000}
        item |= {"id": f"t{turn}", "count": 1}
    item["count"] += 10
    item["diamonds"] = item["count"]


def goal(view: View, _dice: random.Random, _turn: int) -> None:
    """Ten more."""
    view["value"] += 10
    view["ratio"] = view["value"] / view["target"]


def counter(view: View, dice: random.Random, _turn: int) -> None:
    """Another figure."""
    view["value"] += dice.randrange(40)


def latest(view: View, dice: random.Random, turn: int) -> None:
    """Somebody else."""
    view["user"] = dice.choice(sample("leaderboard")["entries"])["user"]
    view["at_ms"] += turn


def battle(view: View, dice: random.Random, _turn: int) -> None:
    """Points for both."""
    view["ends_ms"] = view["ends_ms"] if view["ends_ms"] > time.time() * 1000 else round(time.time() * 1000) + 200_000
    for team in view["teams"]:
        team["total"] += dice.randrange(400)
    whole = sum(team["total"] for team in view["teams"])
    for team in view["teams"]:
        team["share"] = team["total"] / whole


def captions(view: View, dice: random.Random, turn: int) -> None:
    """A word more, and now and then a new segment."""
    last = view["segments"][-1]
    last["fixed"] += f" {last['tail']}".rstrip()
    last["tail"] = dice.choice(["sing", "along", "with", "everybody", "tonight"])
    if turn % 15 == 14:
        view["segments"] = [
            {**last, "final": True, "tail": ""},
            {**last, "id": f"t{turn}", "fixed": "And", "tail": "now"},
        ]


def ranking(view: View, dice: random.Random, _turn: int) -> None:
    """New points for everybody, and now and then a place is changed."""
    for entry in view["entries"]:
        entry["score"] = (entry["score"] or 0) + dice.randrange(900)
    rows = sorted(view["entries"], key=lambda entry: -entry["score"])
    view["entries"] = [{**row, "rank": old["rank"]} for row, old in zip(rows, view["entries"], strict=True)]


def sellers(view: View, dice: random.Random, _turn: int) -> None:
    """Everybody sells."""
    for entry in view["entries"]:
        entry["units"] = (entry["units"] or 0) + dice.randrange(40)


FLOODS: dict[str, Callable[[View, random.Random, int], None]] = {
    "alerts": alerts, "battle": battle, "captions": captions, "chat": chat, "counter": counter, "feed": feed,
    "goal": goal, "latest": latest, "leaderboard": leaderboard, "ranking": ranking, "sellers": sellers,
}  # fmt: skip


@dataclass
class Bench:
    """A page under observation: its view, how it floods, and what the browser counts of it."""

    kind: str
    desk: Desk
    one: Opened
    session: CDPSession
    view: View
    dice: random.Random
    turn: int = 0
    slowness: float = 1

    async def flood(self, seconds: float, hz: float = 20) -> None:
        """New views, so many a second."""
        for _ in range(round(seconds * hz)):
            FLOODS[self.kind](self.view, self.dice, self.turn)
            self.turn += 1
            self.desk.show("x", copy.deepcopy(self.view))
            await asyncio.sleep(1 / hz)

    async def figures(self) -> dict[str, float]:
        """What the browser has counted so far."""
        said = await self.session.send("Performance.getMetrics")
        return {metric["name"]: metric["value"] for metric in said["metrics"]}

    async def swept(self) -> dict[str, float]:
        """The same after the rubbish is out."""
        await self.session.send("HeapProfiler.collectGarbage")
        return await self.figures()

    async def work(self) -> float:
        """Milliseconds that the fixed piece of work takes the page's thread."""
        before = await self.figures()
        await self.one.page.evaluate(WORK)
        return 1000 * ((await self.figures())["ScriptDuration"] - before["ScriptDuration"])

    async def laying(self) -> float:
        """Milliseconds that a fixed piece of script, style and layout takes in this page."""
        before = await self.figures()
        await self.one.page.evaluate(LAYING)
        return work_ms(before, await self.figures())

    async def pace(self) -> float:
        """How many times slower the machine is just now than the one the budgets were written on."""
        slow = min([await self.work() for _ in range(8)]) / WORK_MS
        slower = min([await self.laying() for _ in range(8)]) / LAYING_MS
        print(f"script {slow:.2f}, layout {slower:.2f} times as long as on the machine the budgets were written on")
        return min(SLOWEST, max(1.0, slow, slower))

    async def cost(self, seconds: float, enough_ms: float, hz: float = 20) -> float:
        """Milliseconds of script, style and layout a second: the first window within the budget, or the best."""
        found: list[float] = []
        for _ in range(WINDOWS):
            before, begun = await self.figures(), time.monotonic()
            await self.flood(seconds, hz)
            spent_s = time.monotonic() - begun
            worked_ms = work_ms(before, await self.figures())
            was, self.slowness = self.slowness, await self.pace()  # a shared machine's pace changes within seconds
            found.append(worked_ms / spent_s / max(was, self.slowness))
            if found[-1] <= enough_ms:
                break
        return min(found)

    async def asked(self) -> dict[str, int]:
        """Frames and timers that the page asked for so far, and its long tasks."""
        counted: dict[str, int] = await self.one.page.evaluate("({...window.asked})")
        return counted

    async def calm(self) -> None:
        """Show a view of which nothing goes on by itself, and wait until nothing in the page moves any more."""
        self.desk.show("x", silent(self.kind, self.view))
        before = await self.asked()
        async with asyncio.timeout(30):
            while True:
                await asyncio.sleep(1)
                after = await self.asked()
                if after == before and not await self.one.page.evaluate("document.getAnimations().length"):
                    return
                before = after


@asynccontextmanager
async def bench(browser: Browser, kind: str) -> AsyncIterator[Bench]:
    """The page of a kind with its sample."""
    desk, view = Desk(), sample(kind)
    desk.put("x", kind, view)
    async with served(desk) as address:
        width, height = SIZES[kind]
        context = await browser.new_context(viewport={"width": width, "height": height})
        await context.add_init_script(WATCH)
        one = await open_page(context, f"{address}/w/x", width=width, height=height)
        session = await context.new_cdp_session(one.page)
        await session.send("Performance.enable", {"timeDomain": "threadTicks"})
        here = Bench(kind, desk, one, session, view, random.Random(3))
        await here.flood(1.5)
        here.slowness = await here.pace()
        try:
            yield here
        finally:
            await context.close()


def work_ms(before: dict[str, float], after: dict[str, float]) -> float:
    """Script, style and layout between the two."""
    return 1000 * sum(
        after[name] - before[name] for name in ("ScriptDuration", "LayoutDuration", "RecalcStyleDuration")
    )


def allowed_ms(browser: Browser, budget_ms: float) -> float:
    """The budget; the oldest generation has twice as much."""
    return budget_ms * (OLDEST if browser.version.startswith("103.") else 1)


def silent(kind: str, view: View) -> View:
    """A view of which nothing goes on by itself: no card that must end, no clock that runs."""
    return {
        **view,
        **{"alerts": {"stage": None}, "battle": {"phase": "idle", "teams": []}, "ranking": {"reset_ms": None}}.get(
            kind, {}
        ),
    }


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=pytest.mark.alone) if kind in NEAR else kind for kind in sorted(FLOODS)]
)
async def test_a_flood_and_an_ordinary_evening_stay_within_the_budget(each_chromium: Browser, kind: str):
    async with bench(each_chromium, kind) as here:
        flood_ms = allowed_ms(each_chromium, FLOOD_MS.get(kind, OTHERS_MS))
        everyday_ms = allowed_ms(each_chromium, EVERYDAY_MS)
        flood = await here.cost(FLOOD_S, flood_ms)
        everyday = await here.cost(FLOOD_S, everyday_ms, hz=1)
        print(
            f"{kind}: flood {flood:.1f}, everyday {everyday:.1f} ms a second; machine {here.slowness:.2f} times slower"
        )
        assert flood <= flood_ms
        assert everyday <= everyday_ms


@dataclass
class Spent:
    """What a flood has cost a page and left in it."""

    kind: str
    minutes: float
    cost_ms: float
    heap_kb: float
    nodes: float
    listeners: float
    waited: int  # tasks of over 50 ms by the clock: what else ran on the machine counts in them

    def __str__(self) -> str:
        return (
            f"{self.kind}: {self.cost_ms:.1f} ms a second, heap {self.heap_kb / self.minutes:+.1f} KB a minute, "
            f"nodes {self.nodes:+.0f}, listeners {self.listeners:+.0f}, over 50 ms by the clock {self.waited}"
        )


@dataclass
class Rest:
    """A page before its flood."""

    figures: dict[str, float]
    long: int


async def at_rest(here: Bench, warm_s: float) -> Rest:
    """A page that is warm and at rest, its rubbish out."""
    await here.flood(warm_s)
    await here.calm()
    return Rest(await here.swept(), (await here.asked())["long"])


async def spent(here: Bench, rest: Rest, flood_s: float) -> Spent:
    """What a flood of so long, over by now, has cost since that rest, and left behind."""
    done, asked = await here.figures(), await here.asked()
    await here.calm()
    after = await here.swept()
    slowness = max(here.slowness, await here.pace())  # as above
    return Spent(
        kind=here.kind,
        minutes=flood_s / 60,
        cost_ms=work_ms(rest.figures, done) / flood_s / slowness,
        heap_kb=(after["JSHeapUsedSize"] - rest.figures["JSHeapUsedSize"]) / 1024,
        nodes=after["Nodes"] - rest.figures["Nodes"],
        listeners=after["JSEventListeners"] - rest.figures["JSEventListeners"],
        waited=asked["long"] - rest.long,
    )


async def idles(here: Bench) -> None:
    """A page that is at rest asks for nothing: no frame, no timer, no layout."""
    asked, rest = await here.asked(), await here.figures()
    await asyncio.sleep(2)
    later = await here.figures()
    # the question itself is a script of the test: only what the page does by itself is counted
    assert await here.asked() == asked, here.kind
    assert [later[name] - rest[name] for name in ("LayoutCount", "RecalcStyleCount")] == [0, 0], here.kind
    assert work_ms(rest, later) / 2 <= IDLE_MS, here.kind


async def flooded(browser: Browser, kinds: tuple[str, ...], warm_s: float, flood_s: float) -> tuple[list[Spent], Tasks]:
    """Several pages flooded at the same time, each in a context of its own, as in one OBS."""
    async with AsyncExitStack() as stack:
        pages = [await stack.enter_async_context(bench(browser, kind)) for kind in kinds]
        rests = await asyncio.gather(*(at_rest(here, warm_s) for here in pages))
        async with traced(browser) as tasks:
            await asyncio.gather(*(here.flood(flood_s) for here in pages))
        found = await asyncio.gather(*(spent(*page, flood_s) for page in zip(pages, rests, strict=True)))
        await asyncio.gather(*(idles(here) for here in pages))
    print(f"{tasks.many} tasks, the longest {tasks.longest_ms:.0f} ms")
    for one in found:
        print(one)
        assert one.cost_ms <= FLOOD_MS.get(one.kind, OTHERS_MS), one
        assert abs(one.nodes) < 120, one
        assert one.listeners <= 2, one
    return found, tasks


@pytest.mark.parametrize("kinds", [pytest.param(kinds, marks=ALONE.get(kinds, ())) for kinds in TOGETHER], ids="-".join)
async def test_after_a_minute_of_flood_nothing_is_left_behind_and_an_idle_page_asks_for_nothing(
    browser: Browser, kinds: tuple[str, ...]
):
    found, tasks = await flooded(browser, kinds, 3, 60)
    for one in found:
        assert one.heap_kb < MINUTE_KB, one
    assert tasks.many > 1000
    assert tasks.long == []


@pytest.mark.soak
@pytest.mark.parametrize("kinds", TOGETHER, ids="-".join)
async def test_ten_minutes_of_flood_grow_no_heap_no_nodes_no_listeners_and_keep_no_page_busy_for_long(
    browser: Browser, kinds: tuple[str, ...]
):
    found, tasks = await flooded(browser, kinds, 60, SOAK_S)
    for one in found:
        assert one.heap_kb / one.minutes < SOAK_KB_A_MIN, one
    assert tasks.many > 10_000
    assert tasks.long == []
