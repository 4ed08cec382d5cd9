"""The gift catalogue and the people: asked rarely, kept, and never taken from a sample."""

from __future__ import annotations

import asyncio

import pytest

from overlay.core.answers import Face
from overlay.core.prices import Listing
from overlay.upstream.catalogue import HOUR_MS, Catalogue
from overlay.upstream.masking import Masking
from overlay.upstream.people import People
from overlay.upstream.rest import Rest
from overlay.upstream.settings import Memory

INFO, COUNTRY = "/webcast/gift_info", "/webcast/gifts_by_country"
NOW = 1_790_000_000_000


class Now:
    ms = NOW

    def __call__(self) -> int:
        return self.ms


@pytest.fixture
def now():
    return Now()


@pytest.fixture
async def rest(tiktool, now):
    client = Rest(tiktool.http, tiktool.http, "x", now_ms=now, masking=Masking(), scale=0.01)
    yield client
    await client.close()


@pytest.fixture
async def begin(tiktool, rest, now):
    tasks = []

    async def start(cache=None):
        heard: list[dict[str, Listing]] = []
        catalogue = Catalogue(rest, cache or Memory(), name="t", now_ms=now, changed=heard.append)
        tasks.append(asyncio.create_task(catalogue.run()))
        return catalogue, heard

    yield start
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def until(true) -> None:
    async with asyncio.timeout(3):
        while not true():
            await asyncio.sleep(0.01)


async def test_the_catalogue_is_read_told_and_kept(tiktool, begin):
    tiktool.answers[INFO] = tiktool.fixture("gift_info.full")
    tiktool.answers[COUNTRY] = tiktool.fixture("gifts_by_country.full")
    cache = Memory()
    catalogue, heard = await begin(cache)
    await until(lambda: heard)
    assert heard[-1]["9072"] == Listing(
        price=44999, streakable=False, name="TikTok Universe", picture="https://cdn.tik.tools/gifts/9072.png"
    )
    assert set(heard[-1]) == {"9072", "5655", "59881"}
    assert not catalogue.sample
    _, again = await begin(cache)
    await until(lambda: again)
    assert again == heard
    assert len(tiktool.asked(INFO)) == 1


async def test_a_sample_is_known_as_one_and_asks_no_further(tiktool, begin):
    tiktool.answers[INFO] = tiktool.fixture("gift_info.sample")
    catalogue, heard = await begin()
    await until(lambda: heard)
    assert catalogue.sample
    assert len(heard[-1]) == 4
    assert tiktool.asked(COUNTRY) == []


async def test_an_unknown_gift_does_not_refresh_it_within_the_hour(tiktool, begin):
    tiktool.answers[INFO] = tiktool.fixture("gift_info.sample")
    catalogue, heard = await begin()
    await until(lambda: heard)
    catalogue.missing("4711")
    await asyncio.sleep(0.2)
    assert len(tiktool.asked(INFO)) == 1


async def test_after_the_hour_a_missing_gift_is_asked_for_at_once_and_the_same_one_only_once(tiktool, begin, now):
    tiktool.answers[INFO] = tiktool.fixture("gift_info.sample")
    catalogue, heard = await begin()
    await until(lambda: heard)
    now.ms += HOUR_MS
    catalogue.missing("4711")
    await tiktool.until(lambda: len(tiktool.asked(INFO)) == 2)
    now.ms += HOUR_MS
    catalogue.missing("4711")
    await asyncio.sleep(0.1)
    assert len(tiktool.asked(INFO)) == 2
    catalogue.stale()
    await tiktool.until(lambda: len(tiktool.asked(INFO)) == 3)


async def test_a_broken_file_or_answer_leaves_what_is_known(tiktool, begin):
    cache = Memory()
    await cache.put("gift-catalogue-t", {"gifts": "nonsense"})
    tiktool.answers[INFO] = tiktool.fixture("errors.502-html")
    catalogue, _heard = await begin(cache)
    await tiktool.until(lambda: tiktool.asked(INFO))
    assert catalogue.listings() == {}


async def test_names_are_asked_twenty_at_a_time_and_kept_for_a_day(tiktool, rest, now):
    people = People(rest, now_ms=now)
    tiktool.answers["/webcast/resolve_user_ids"] = tiktool.fixture("resolve_user_ids.ok")
    ivy, nobody = "7529000000000000224", "6761120000000000885"
    found = await people.names([ivy, nobody, ivy, "0", "x"])
    assert found == {
        ivy: Face(
            id=ivy, handle="ivy.moss", nickname="Ivy Moss",
            avatar="https://p16-sign.tiktokcdn.example/avatar/ivy.webp?x-expires=1790000000",
        )
    }  # fmt: skip
    await people.names([ivy, nobody])
    assert len(tiktool.requests) == 1
    now.ms += HOUR_MS
    await people.names([ivy, nobody])
    assert [body["user_ids"] for _, body in tiktool.asked("/webcast/resolve_user_ids")] == [[ivy, nobody], [nobody]]
    await people.names([str(7_000_000_000_000_000_000 + n) for n in range(45)])
    assert [len(body["user_ids"]) for _, body in tiktool.asked("/webcast/resolve_user_ids")][2:] == [20, 20, 5]


async def test_the_first_stranger_is_asked_for_at_once_and_those_who_come_soon_after_together(tiktool, rest, now):
    people = People(rest, now_ms=now)
    path = "/webcast/resolve_user_ids"
    tiktool.answers[path] = tiktool.fixture("resolve_user_ids.ok")
    ivy, others = "7529000000000000224", [str(7_000_000_000_000_000_000 + n) for n in range(3)]
    first = asyncio.create_task(people.names([ivy]))
    await tiktool.until(lambda: len(tiktool.asked(path)) == 1)
    then = [asyncio.create_task(people.names([other, ivy])) for other in others]
    assert list(await first) == [ivy]
    assert [list(found) for found in await asyncio.gather(*then)] == [[ivy]] * 3
    assert [body["user_ids"] for _, body in tiktool.asked(path)] == [[ivy], others]


async def test_who_waits_behind_a_call_that_failed_is_told_so_and_does_not_ask_again(tiktool, rest, now):
    people = People(rest, now_ms=now)
    path = "/webcast/resolve_user_ids"
    tiktool.answers[path] = tiktool.fixture("errors.502-html")
    strangers = [str(7_000_000_000_000_000_000 + n) for n in range(3)]
    assert await asyncio.gather(*[people.names([one]) for one in strangers]) == [{}] * 3
    assert len(tiktool.asked(path)) == 1
    tiktool.answers[path] = tiktool.fixture("resolve_user_ids.ok")
    assert list(await people.names(["7529000000000000224"])) == ["7529000000000000224"]


async def test_a_profile_is_kept_for_a_day_and_a_forbidden_one_is_none(tiktool, rest, now):
    people = People(rest, now_ms=now)
    path = "/webcast/user_profile"
    tiktool.answers[path] = tiktool.fixture("user_profile.ultra")
    assert (await people.profile("@Luna.Sings")).id == "6912345678901234501"
    await people.profile("luna.sings")
    assert len(tiktool.asked(path)) == 1
    tiktool.answers[path] = tiktool.fixture("user_profile.forbidden")
    assert await people.profile("other") is None


async def test_a_room_is_asked_for_once_a_minute_in_the_mode_of_the_tier(tiktool, rest, now):
    people = People(rest, now_ms=now)
    path = "/webcast/room_info"
    tiktool.answers[path] = tiktool.fixture("room_info.fetch-mode")
    room = "7650000000000000101"
    assert (await people.room("luna.sings", room, fetch=True)).viewers == 2924
    await people.room("luna.sings", room, fetch=True)
    assert tiktool.asked(path) == [({}, {"room_id": room, "mode": "fetch"})]
    now.ms += 60_001
    tiktool.answers[path] = tiktool.fixture("room_info.parsed")
    assert (await people.room("luna.sings", room, fetch=False)).title == "Friday acoustic night"
    assert tiktool.asked(path)[1][1] == {"unique_id": "luna.sings"}
    tiktool.answers["/webcast/room_id"] = tiktool.fixture("room_id.stale-fixed")
    assert (await people.room_id("luna.sings")).room_id == "7650000000000000202"
