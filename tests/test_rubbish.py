"""The search for rubbish is done in our own time, frees what it always freed, and leaves Python as it was."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import weakref
from collections.abc import AsyncIterator

import pytest

from overlay import rubbish
from overlay.core import events, facts, items


class Ring:
    """Something that holds itself."""

    def __init__(self) -> None:
        self.itself = self


@contextlib.asynccontextmanager
async def sweeping() -> AsyncIterator[None]:
    task = asyncio.create_task(rubbish.sweep())
    await asyncio.sleep(0)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_the_search_over_everything_never_comes_by_chance() -> None:
    before = gc.get_threshold()
    async with sweeping():
        assert gc.get_freeze_count() > 0  # what is old is set aside
        searched = gc.get_stats()[2]["collections"]
        kept = [[number] for number in range(300_000)]  # far more than sets off a search otherwise
        assert gc.get_stats()[2]["collections"] == searched
        assert len(kept) == 300_000
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0


async def test_rings_of_objects_are_freed_at_the_next_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rubbish, "STEP_S", 0.01)
    monkeypatch.setattr(rubbish, "ASIDE_S", 0.01)
    async with sweeping():
        ring = weakref.ref(Ring())
        async with asyncio.timeout(20):
            while ring() is not None:
                await asyncio.sleep(0.01)


async def test_new_objects_are_searched_a_few_at_a_time_and_only_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rubbish, "STEP_S", 0.0)
    looks = list[int]()

    def look(phase: str, _info: dict[str, int]) -> None:
        if phase == "start":
            looks.append(len(gc.get_objects(0)) + len(gc.get_objects(1)))

    async with sweeping():
        gc.callbacks.append(look)
        try:
            kept = []
            for _ in range(100):
                kept += [[number] for number in range(1000)]
                await asyncio.sleep(0)
        finally:
            gc.callbacks.remove(look)
    assert len(kept) == 100_000
    assert rubbish.CLEAN < len(looks) <= 40  # of about 50 to 100 lots: all of the first, then a sample
    assert max(looks) < 10_000


async def test_the_longer_all_was_clean_the_fewer_lots_are_searched_and_rings_change_that_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rubbish, "STEP_S", 0.0)
    looks, kept = [0], []

    def look(phase: str, _info: dict[str, int]) -> None:
        looks[0] += phase == "start"

    async def lots(many: int) -> int:
        before = looks[0]
        for _ in range(many):
            kept.extend([number] for number in range(2000))
            await asyncio.sleep(0)
        return looks[0] - before

    async with sweeping():
        gc.callbacks.append(look)
        try:
            await lots(8 + 8 * 8)
            assert await lots(96) in {2, 3, 4}
            while True:  # until the sample has found rings
                before = looks[0]
                lot = [Ring() for _ in range(2000)]
                del lot
                await asyncio.sleep(0)
                if looks[0] > before:
                    break
            assert await lots(6) >= 5
        finally:
            gc.callbacks.remove(look)


async def test_where_rings_are_found_every_lot_is_searched_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rubbish, "STEP_S", 0.0)
    async with sweeping():
        kept = []
        for _ in range(60):  # clean lots, until only a sample is searched
            kept += [[number] for number in range(2000)]
            await asyncio.sleep(0)
        rings = list[weakref.ref[Ring]]()
        for _ in range(60):
            lot = [Ring() for _ in range(2000)]
            rings.append(weakref.ref(lot[0]))
            del lot
            await asyncio.sleep(0)
        left = [number for number, ring in enumerate(rings) if ring() is not None]
    assert len(kept) == 120_000
    assert len(left) <= rubbish.CLEAN + 1, left  # what came before the sample found the first, and the last lot


async def test_what_was_set_aside_is_searched_once_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rubbish, "STEP_S", 0.01)
    monkeypatch.setattr(rubbish, "LONG_LOOK_S", 0.1)
    held = Ring()
    ring = weakref.ref(held)
    async with sweeping():  # the first look sets it aside while it is held
        del held
        async with asyncio.timeout(20):
            while ring() is not None:
                await asyncio.sleep(0.01)


def test_what_a_gift_leaves_behind_is_nothing_that_is_searched() -> None:
    who = facts.Who(key="id:7", id="7", name="Mira", avatar="https://p16.tiktokcdn.com/a.webp", level=3)
    gift = facts.Credit(at_ms=1, who=who, combo="c1", gift_id="5655", units=1, count=1)
    item = items.read(gift)
    assert item is not None
    line = facts.Said(at_ms=1, who=who, id="m1", parts=(facts.Part(text="hi"),))
    event = events.Gift(person=events.Person(id="7", badges=(events.Badge(),)), gift_id="5655")
    assert not any(map(gc.is_tracked, (who, gift, item, line, event)))
