"""Claims about the boards: every documented shape, masking by tier, scores that move, resets, wrong regions."""

import re

import pytest

from tests.simulator.ears import KEY, fixture, shape

LIKE = {
    "country.array-guide": ("pro", "guide", "/api/leaderboards/country/balkans"),
    "country.masked-sandbox": ("sandbox", "docs", "/api/leaderboards/country/greece"),
    "country.object-docs": ("pro", "docs", "/api/leaderboards/country/greece"),
    "gaming.masked": ("pro", "docs", "/webcast/ranklist/gaming?region=US%2B"),
    "gaming.second-form": ("pro", "second", "/webcast/ranklist/gaming?region=US%2B"),
    "gaming.unmasked": ("agency_global", "docs", "/webcast/ranklist/gaming?region=US%2B"),
    "gaming_movers": ("agency_global", "docs", "/webcast/ranklist/gaming_movers?region=US%2B"),
    "gifters.leaderboard-masked": ("pro", "docs", "/api/gifters/leaderboard?period=daily&limit=2"),
    "gifters.leaderboard": ("agency_global", "docs", "/api/gifters/leaderboard?period=daily&limit=2"),
    "gifters.top": ("agency_global", "docs", "/api/gifters/top?creator=luna.sings&limit=1"),
    "league.full": ("ultra", "docs", "/api/leaderboards/league/BK/2000"),
    "league.guide-no-room": ("ultra", "guide", "/api/leaderboards/league/BK/2000"),
    "league.teaser": ("pro", "docs", "/api/leaderboards/league/BK/2000"),
    "leagues.array-guide": ("ultra", "guide", "/api/leaderboards/leagues/BK"),
    "leagues.object-docs": ("ultra", "docs", "/api/leaderboards/leagues/BK"),
    "leagues.object-rich": ("ultra", "rich", "/api/leaderboards/leagues/IT"),
    "live-counts": ("sandbox", "docs", "/webcast/live-counts"),
    "region_movers": ("agency_global", "docs", "/webcast/ranklist/region_movers?region=US%2B"),
    "shopping.masked": ("pro", "docs", "/webcast/ranklist/shopping?region=US%2B"),
    "shopping.unmasked": ("agency_global", "docs", "/webcast/ranklist/shopping?region=US%2B"),
    "webcast-leaderboard.masked": ("pro", "docs", "/webcast/leaderboard?region=DE%2B"),
    "webcast-leaderboard.ultra": ("ultra", "docs", "/webcast/leaderboard?region=DE%2B"),
    "webcast-league.ultra": ("ultra", "docs", "/webcast/leaderboard/league?region=DE%2B&class=2000"),
    "webcast-leagues.ultra": ("ultra", "docs", "/webcast/leaderboard/leagues?region=DE%2B"),
}
NOON_MS = 1_790_251_200_000
"""A Thursday in September, far from every reset."""
MASKED = re.compile(r"^(someone-[0-9a-f]+|creator-[0-9a-f]{8}|[•.*]+)$")


@pytest.mark.parametrize("name", LIKE)
async def test_every_documented_board_has_its_keys(serve, listen, ask, name):
    tier, form, path = LIKE[name]
    sim = await serve(tier=tier, speed=0)
    await listen(sim)
    await sim.advance(20)
    sim.boards.form = form
    answer = await ask(sim, "GET", path)
    assert answer.status_code == 200
    assert not shape(fixture(f"rankings/{name}.json")["response"]["body"]) - shape(answer.json())


async def test_a_league_without_a_capture_is_unavailable(serve, ask):
    sim = await serve()
    sim.boards.site.unavailable.add("SE+")
    wanted = fixture("rankings/leagues.unavailable.json")["response"]["body"]
    got = (await ask(sim, "GET", "/api/leaderboards/leagues/SE")).json()
    assert got | {"valid_regions": ["SE+"]} == wanted


async def test_masked_rows_are_behind_the_third_place_and_change_on_every_request(serve, ask):
    sim = await serve(tier="pro")
    boards = [(await ask(sim, "GET", "/webcast/leaderboard?region=DE%2B")).json()["entries"] for _ in range(2)]
    for rows in boards:
        assert not any(MASKED.match(row["uniqueId"]) for row in rows[:3])
        assert all(MASKED.match(row["uniqueId"]) and row["masked"] and not row["nickname"] for row in rows[3:])
        assert all(row["userId"] is None for row in rows)
    assert boards[0][5]["uniqueId"] != boards[1][5]["uniqueId"]
    gaming = (await ask(sim, "GET", "/webcast/ranklist/gaming?region=US%2B")).json()
    assert gaming["gated"]
    assert all(set(row["unique_id"]) == {"•"} for row in gaming["entries"][3:])


async def test_a_board_moves_as_its_people_give(serve, listen, ask):
    sim = await serve(speed=0)
    sim.clock.wall_ms = NOON_MS
    await listen(sim)

    async def place():
        rows = (await ask(sim, "GET", "/webcast/leaderboard?region=DE%2B")).json()["entries"]
        assert [row["rank"] for row in rows] == list(range(1, len(rows) + 1))
        assert [row["score"] for row in rows] == sorted((row["score"] for row in rows), reverse=True)
        return next(row for row in rows if row["uniqueId"] == "luna.sings")

    before = await place()
    await sim.advance(600)
    after = await place()
    assert after["score"] - before["score"] >= sim.ledger_truth("luna.sings").diamonds > 0
    assert after["userId"] == sim.creator("luna.sings").host.id
    assert after["roomId"] == sim.creator("luna.sings").room_id


@pytest.mark.parametrize(
    ("path", "rows", "over_s"),
    [
        ("/webcast/leaderboard?region=DE%2B", "entries", 43_200),
        ("/webcast/ranklist/shopping?region=US%2B", "ranks", 3 * 86_400 + 43_200),
    ],
)
async def test_everybody_begins_at_nothing_when_a_board_starts_again(serve, listen, ask, path, rows, over_s):
    sim = await serve(speed=0)
    sim.clock.wall_ms = NOON_MS
    await listen(sim)
    await sim.advance(600)

    async def scores():
        told = (await ask(sim, "GET", path)).json()[rows]
        return {row["uniqueId"]: row["score"] for row in told}

    before = await scores()
    assert before["luna.sings"] >= sim.ledger_truth("luna.sings").diamonds > 0
    sim.set_offline("luna.sings")
    sim.clock.move((over_s + 60) * 1000)
    after = await scores()
    assert all(after[handle] < score / 100 for handle, score in before.items() if score > 10_000 and handle in after)
    assert after["luna.sings"] < before["luna.sings"] / 100


async def test_the_gifters_of_a_creator_are_the_truth(serve, listen, ask):
    sim = await serve(speed=0)
    await listen(sim)
    await sim.advance(60)
    answer = (await ask(sim, "GET", "/api/gifters/top?creator=luna.sings&limit=50")).json()
    truth = sim.ledger_truth("luna.sings").diamonds_by()
    assert answer["totalDiamonds"] == sum(truth.values())
    assert [row["diamonds"] for row in answer["topGifters"]] == sorted(truth.values(), reverse=True)
    assert sum(row["share"] for row in answer["topGifters"]) == pytest.approx(1, abs=0.02)


async def test_resets_lie_ahead(serve, ask):
    sim = await serve()
    body = (await ask(sim, "GET", "/webcast/ranklist/shopping?region=US%2B")).json()
    assert body["countdown"] == body["next_reset"] - body["updated_at"] > 0


@pytest.mark.parametrize(
    "path",
    [
        "/webcast/leaderboard?region=US+",
        "/webcast/leaderboard?region=ZZ",
        "/webcast/leaderboard/league?region=DE%2B&class=7",
    ],
)
async def test_a_wrong_region_or_class_is_refused(serve, ask, path):
    assert (await ask(await serve(), "GET", path)).status_code == 400
    assert (await ask(await serve(), "GET", "/api/leaderboards/country/nowhere")).status_code == 404


# FastMoss ------------------------------------------------------------------------------------------------------

TOP = "/live/v1/rank/topCreator"
WEEK = {"filter": {"region": "US", "product_category_id": 14, "date_info": {"type": "week", "value": "2026-13"}}}


def bearer(key=KEY):
    return {"Authorization": f"Bearer {key}"}


@pytest.mark.parametrize("name", ["ok", "other-currency"])
async def test_sellers_have_the_documented_keys_and_bare_uids(serve, ask, name):
    document = fixture(f"fastmoss/topCreator.{name}.json")
    sim = await serve()
    answer = (await ask(sim, "POST", TOP, headers=bearer(), json=document["request"]["body"])).json()
    assert shape(document["response"]["body"]) - shape(answer) <= {
        ".data.list[].creator.category.id",
        ".data.list[].creator.category.name",
    }
    assert all(
        isinstance(row["creator"]["uid"], int) and row["creator"]["uid"] > 2**53 for row in answer["data"]["list"]
    )


async def test_sellers_are_paged_ordered_and_repeat(serve, ask):
    sim = await serve()
    pages = []
    for page in (1, 2):
        body = WEEK | {"orderby": [{"field": "gmv", "order": "desc"}], "page": page, "pagesize": 20}
        pages += (await ask(sim, "POST", TOP, headers=bearer(), json=body)).json()["data"]["list"]
    revenue = [row["live_gmv"] for row in pages]
    assert len(pages) == 40
    assert revenue == sorted(revenue, reverse=True)
    assert len({row["creator"]["unique_id"] for row in pages}) == 40


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (WEEK | {"pagesize": 500}, 10001),
        (WEEK | {"page": 51, "pagesize": 10}, 10001),
        ({"filter": {"region": "ZZ"}}, 10001),
        ({"filter": {"date_info": {"type": "year", "value": "2026"}}}, 10001),
        (WEEK | {"orderby": [{"field": "gmv", "order": "asc"}]}, 10001),
    ],
)
async def test_wrong_wishes_are_errors_inside_a_200(serve, ask, body, code):
    answer = await ask(await serve(), "POST", TOP, headers=bearer(), json=body)
    assert (answer.status_code, answer.json()["code"]) == (200, code)


async def test_a_wrong_fastmoss_key_is_401(serve, ask):
    sim = await serve()
    sim.reject_key("nope")
    answer = await ask(sim, "POST", TOP, headers=bearer("nope"), json=WEEK)
    assert (answer.status_code, answer.json()["code"]) == (401, 30001)
