"""How fast the store is with ten million facts in it: start, one tick, sums, a past stream. In a throw-away folder.

python -m bench store --facts 10000000 --people 100000
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sqlite3
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from overlay.core import facts
from overlay.core.facts import Who
from overlay.core.keeping import Change
from overlay.store import Store
from overlay.store.codec import encode_fact, encode_who
from overlay.store.deriving import GIVEN_ADD, HOUR_SUM_ADD, MINUTE_ADD
from overlay.store.schema import LANES
from overlay.store.sheet import FACT_ADD, HOUR_ADD, SCORE_SET

if TYPE_CHECKING:
    from collections.abc import Iterator

START_MS = 1_790_000_000_000
HOUR_MS = 3_600_000
STEP_MS = 200  # five facts a second, for three weeks
PERIODS = ("stream:7650", "day:2026-11-21", "week:2026-11-16", "month:2026-11", "all")
LIMIT_S = 3.0
TICK_MS = 1.0
PACE_S = 0.05  # as often as a busy server ticks


def who(number: int) -> Who:
    """Return somebody with all that TikTok tells of them."""
    avatar = f"https://p16-sign-va.tiktokcdn.com/tos-maliva-avt-0068/{number:032x}~c5_100x100.webp?x-expires=1790000000"
    key = f"{7_000_000_000_000_000_000 + number}"
    return Who(key=f"id:{key}", id=key, handle=f"handle.{number}", name=f"Name {number}", avatar=avatar, level=9)


def credit(number: int, at_ms: int) -> facts.Credit:
    """Return a gift."""
    return facts.Credit(
        at_ms=at_ms, who=who(number), combo=f"{number}.{at_ms}", gift_id="5655", gift_name="Rose", units=1, count=1,
        price=1, diamonds=1, first=True, transaction_id=str(at_ms * 1_000_003),
    )  # fmt: skip


def rows(count: int, people: int) -> Iterator[tuple[object, ...]]:
    """Yield facts as they stand in the table: gifts, chat, likes, joins, some of everything else."""
    lanes = ("gifts", "crowd", "talk", "crowd", "gifts", "crowd", "crowd", "talk", "deeds", "battle")
    bodies = {lane: encode_fact(credit(1, START_MS)) for lane in lanes}
    for n in range(count):
        lane = lanes[n % 10]
        person = None if lane == "battle" else n * 7919 % people + 1
        yield (n + 2, 1, LANES[lane], 1, START_MS + n * STEP_MS, "Credit", person, bodies[lane])


def fill(path: Path, count: int, people: int) -> None:
    """Write the facts and sums of weeks at once, past the writer, as it would have written them."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA synchronous=OFF")
        db.execute("PRAGMA cache_size=-400000")
        db.execute("BEGIN")
        seen = ((1, who(n).key, encode_who(who(n)), START_MS) for n in range(people))
        db.executemany("INSERT OR IGNORE INTO person (room, key, who, seen_ms) VALUES (?, ?, ?, ?)", seen)
        db.executemany("INSERT OR IGNORE INTO period (room, name) VALUES (1, ?)", [(name,) for name in PERIODS])
        for period in range(1, len(PERIODS) + 1):
            db.executemany(SCORE_SET, ((period, n, n, n * 7, n, 3, 2, 1) for n in range(1, people + 1)))
        db.executemany(GIVEN_ADD, ((1, n, "5655", "Rose", n, n) for n in range(1, people + 1)))
        db.executemany(FACT_ADD, rows(count, people))
        hours = range(START_MS // HOUR_MS, (START_MS + count * STEP_MS) // HOUR_MS + 1)
        per_hour = HOUR_MS // STEP_MS
        first = START_MS // HOUR_MS
        ranges = (
            (1, hour, max(1, (hour - first) * per_hour - per_hour), (hour - first + 1) * per_hour) for hour in hours
        )
        db.executemany(HOUR_ADD, ranges)
        db.executemany(HOUR_SUM_ADD, ((1, hour, what, 99) for hour in hours for what in ("diamonds", "gifts", "chats")))
        minutes = range(START_MS // 60_000, (START_MS + count * STEP_MS) // 60_000)
        db.executemany(MINUTE_ADD, ((1, minute, 9, 9, 9, 9, 9, 50, 100, 2) for minute in minutes))
        db.execute("COMMIT")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


async def measure(folder: Path, count: int, people: int, many: int) -> bool:
    """Print the figures; whether they are good enough."""
    store = await Store.open(folder)
    await store.commit([Change(creator="luna", stream="7650", facts=[("7650", credit(0, START_MS))])])
    await store.close()
    began = perf_counter()
    fill(folder / "overlay.db", count, people)
    size = (folder / "overlay.db").stat().st_size
    print(f"{count:,} facts, {people:,} people, {size / 2**20:,.0f} MB, built in {perf_counter() - began:.0f} s")
    began = perf_counter()
    store = await Store.open(folder)
    opened = perf_counter() - began
    kept = await store.load("luna", PERIODS)
    started = perf_counter() - began
    print(f"start: open {opened:.2f} s, load {started - opened:.2f} s, together {started:.2f} s (at most {LIMIT_S} s)")
    print(
        f"  {sum(map(len, kept.scores.values())):,} score rows, {len(kept.people):,} people, {len(kept.recent)} facts"
    )
    tick = await ticks(store, people, 500, many)
    await ticks(store, people, people, many)
    await looks(store, count)
    await store.close()
    return started < LIMIT_S and tick < TICK_MS


async def looks(store: Store, count: int) -> None:
    """Print how long it takes to read about the past."""
    for what, call in (
        ("sums since a moment", store.totals_since("luna", START_MS + count * STEP_MS // 2 + 1)),
        ("list of streams", store.streams("luna")),
        ("one stream", store.stream("1")),
    ):
        began = perf_counter()
        await call
        print(f"{what}: {perf_counter() - began:.3f} s")


async def ticks(store: Store, people: int, active: int, many: int) -> float:
    """Commit ticks of twenty facts by some of the people, on five boards each; the usual time of one in ms."""
    times = []
    for n in range(many):
        new: list[tuple[str | None, facts.Fact]] = [
            ("7650", credit((n * 20 + k) % active * 7919 % people, START_MS + n * 50)) for k in range(20)
        ]
        scores = {
            (period, fact.who.key): (n, n, 0, 0, 0)
            for _, fact in new if isinstance(fact, facts.Credit) for period in PERIODS
        }  # fmt: skip
        memory: dict[str, bytes | None] = {f"mark:{n}.{k}": b"x" * 20 for k in range(20)}
        memory |= {f"mark:{n - 100}.{k}": None for k in range(20)}
        began = perf_counter()
        await store.commit([Change(creator="luna", stream="7650", facts=new, scores={**scores}, memory=memory)])
        times.append((perf_counter() - began) * 1000)
        await asyncio.sleep(PACE_S)
    times.sort()
    usual, slow = times[len(times) // 2], times[len(times) * 95 // 100]
    what = f"tick of 20 facts, 100 scores, 40 marks, {active:,} people active"
    print(f"{what}: {usual:.2f} ms, 95 % under {slow:.2f} ms (at most {TICK_MS} ms)")
    return usual


def main(arguments: list[str] | None = None) -> int:
    """Run the bench; 1 if a figure is missed."""
    parser = argparse.ArgumentParser(prog="bench store", description=__doc__)
    parser.add_argument("--facts", type=int, default=10_000_000)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--ticks", type=int, default=200)
    parser.add_argument("--folder", type=Path)
    told = parser.parse_args([word for word in sys.argv[1:] if word != "store"] if arguments is None else arguments)
    with tempfile.TemporaryDirectory(prefix="overlay-bench-", dir=told.folder) as folder:
        return 0 if asyncio.run(measure(Path(folder) / "data", told.facts, told.people, told.ticks)) else 1


if __name__ == "__main__":
    sys.exit(main())
