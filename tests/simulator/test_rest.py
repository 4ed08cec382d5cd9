"""Claims about REST: shapes as documented, limits and tiers as tabled, failures as planned."""

import asyncio
import time
from itertools import pairwise

import httpx
import pytest

from overlay.simulator.faults import KINDS
from overlay.simulator.gifts import CATALOGUE
from tests.simulator.ears import fixture, shape

#: fixture, tier, how it is asked; what stands in OPTIONAL is not always there.
LIKE = {
    "bulk_live_check.array": ("basic", "POST", "/webcast/bulk_live_check", {"unique_ids": ["luna.sings", "max.beats"]}),
    "captions_credits": ("basic", "GET", "/captions/credits", None),
    "check_alive.live": ("basic", "GET", "/webcast/check_alive?unique_id=luna.sings", None),
    "gift_gallery.live": ("ultra", "GET", "/webcast/gift_gallery?unique_id=luna.sings", None),
    "gift_gallery.sample": ("sandbox", "GET", "/webcast/gift_gallery?unique_id=luna.sings", None),
    "gift_info.full": ("ultra", "GET", "/webcast/gift_info", None),
    "gift_info.sample": ("sandbox", "GET", "/webcast/gift_info", None),
    "gifts_by_country.full": ("ultra", "GET", "/webcast/gifts_by_country?country=US", None),
    "gifts_by_country.sample": ("basic", "GET", "/webcast/gifts_by_country?country=US", None),
    "jwt": ("basic", "POST", "/authentication/jwt", {"expire_after": 3600}),
    "live_status.live": ("sandbox", "GET", "/webcast/live_status?uniqueId=luna.sings", None),
    "rate_limits.basic": ("basic", "GET", "/webcast/rate_limits", None),
    "rankings.signed-url": ("basic", "GET", "/webcast/rankings?unique_id=luna.sings", None),
    "resolve_user_ids.ok": ("basic", "POST", "/webcast/resolve_user_ids", {"user_ids": ["7529000000000000224"]}),
    "room_cover": ("basic", "GET", "/webcast/room_cover?unique_id=luna.sings", None),
    "room_id.live": ("pro", "POST", "/webcast/room_id", {"unique_id": "luna.sings"}),
    "room_info.parsed": ("basic", "POST", "/webcast/room_info", {"unique_id": "luna.sings"}),
    "user_profile.pro-masked-league": ("pro", "GET", "/webcast/user_profile?unique_id=luna.sings", None),
    "user_profile.ultra": ("ultra", "GET", "/webcast/user_profile?unique_id=luna.sings", None),
    "ws_sweep": ("basic", "POST", "/ws/sweep", None),
    "live_connect": ("basic", "GET", "/api/live/connect?uniqueId=luna.sings", None),
}
REFUSED = {
    "bulk_live_check.sandbox-forbidden": ("sandbox", "POST", "/webcast/bulk_live_check", {"unique_ids": ["a"]}),
    "bulk_live_check.too-many": (
        "basic",
        "POST",
        "/webcast/bulk_live_check",
        {"unique_ids": [f"u{n:02}" for n in range(11)]},
    ),
    "user_profile.forbidden": ("basic", "GET", "/webcast/user_profile?unique_id=luna.sings", None),
    "ws_sweep.sandbox-forbidden": ("sandbox", "POST", "/ws/sweep", None),
    "gifts_by_country.no-live-anchor": ("ultra", "GET", "/webcast/gifts_by_country?country=XX", None),
}
OFF = {
    "check_alive.offline": ("GET", "/webcast/check_alive?unique_id=luna.sings", None),
    "room_info.not-live": ("POST", "/webcast/room_info", {"unique_id": "luna.sings"}),
    "gift_gallery.not-live": ("GET", "/webcast/gift_gallery?unique_id=luna.sings", None),
    "live_status.offline-or-unseen": ("GET", "/webcast/live_status?uniqueId=luna.sings", None),
    "room_id.offline": ("POST", "/webcast/room_id", {"unique_id": "luna.sings"}),
}
OPTIONAL = {".stream.stream_urls.origin", ".stream.stream_urls.origin.hls", ".stream.stream_urls.origin.flv"}
OPTIONAL |= {path for path in shape(fixture("rest/gift_gallery.live.json")["response"]["body"]) if ".sponsor." in path}


def documented(name):
    return fixture(f"rest/{name}.json")["response"]


@pytest.mark.parametrize("name", LIKE)
async def test_answers_have_the_documented_keys(serve, ask, name):
    tier, method, path, body = LIKE[name]
    sim = await serve(tier=tier)
    answer = await ask(sim, method, path, json=body)
    assert answer.status_code == documented(name)["status"]
    missing = shape(documented(name)["body"]) - shape(answer.json()) - OPTIONAL
    missing = {path for path in missing if "7529000000000000224" not in path and "6761120000000000885" not in path}
    assert not missing
    assert {"x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"} <= set(
        answer.headers
    ) or path.startswith("/api/live")


@pytest.mark.parametrize("name", REFUSED)
async def test_tiers_are_refused_as_documented(serve, ask, name):
    tier, method, path, body = REFUSED[name]
    answer = await ask(await serve(tier=tier), method, path, json=body)
    assert (answer.status_code, answer.json()) == (documented(name)["status"], documented(name)["body"])


@pytest.mark.parametrize("name", OFF)
async def test_offline_answers_are_the_documented_ones(serve, ask, name):
    method, path, body = OFF[name]
    sim = await serve()
    sim.set_offline("luna.sings")
    answer = await ask(sim, method, path, json=body)
    assert answer.status_code == documented(name)["status"]
    expected, got = documented(name)["body"], answer.json()
    if name.startswith("room_id"):
        expected["data"]["room_id"] = got["data"]["room_id"]
    assert got == expected


async def test_liveness_has_three_values(serve, ask):
    sim = await serve()
    sim.set_offline("off")
    sim.set_unknown("who")
    rows = (await ask(sim, "POST", "/webcast/bulk_live_check", json={"unique_ids": ["@On", "off", "who"]})).json()[
        "data"
    ]
    assert [row["is_live"] for row in rows] == [True, False, None]
    assert rows[2]["check_failed"]
    assert rows[1]["room_id"]
    assert (await ask(sim, "GET", "/webcast/check_alive?unique_id=who")).json() == documented("check_alive.empty")[
        "body"
    ]
    sim.bulk_form = "map"
    assert (await ask(sim, "POST", "/webcast/bulk_live_check", json={"usernames": ["on", "off", "who"]})).json()[
        "data"
    ] == {"on": True, "off": False}
    sim.bulk_form = "missing"
    assert (
        len(
            (await ask(sim, "POST", "/webcast/bulk_live_check", json={"unique_ids": ["on", "off", "who"]})).json()[
                "data"
            ]
        )
        == 2
    )


async def test_room_info_tells_what_the_socket_tells(serve, listen, ask):
    sim = await serve(speed=0)
    ear = await listen(sim)
    await sim.advance(40)
    data = (await ask(sim, "POST", "/webcast/room_info", json={"unique_id": "luna.sings"})).json()["data"]
    assert data["room_id"] == ear.frames[0]["data"]["roomId"]
    assert data["like_count"] == sim.ledger_truth("luna.sings").likes > 0
    fetched = (await ask(sim, "POST", "/webcast/room_info", json={"room_id": data["room_id"], "mode": "fetch"})).json()
    assert shape(documented("room_info.fetch-mode")["body"]) <= shape(fetched)
    assert fetched["data"]["like_count"] == data["like_count"]
    alive = (await ask(sim, "GET", f"/webcast/check_alive?room_ids={data['room_id']},1")).json()["data"]
    assert [row["alive"] for row in alive] == [True]


async def test_the_catalogue_prices_are_those_of_the_gifts(serve, ask):
    sim = await serve()
    rows = (await ask(sim, "GET", "/webcast/gifts_by_country?country=US")).json()["data"]["gifts"]
    assert {row["id"]: (row["diamond_count"], row["streakable"]) for row in rows} == {
        str(gift.id): (gift.price, gift.streakable) for gift in CATALOGUE
    }


async def test_people_and_rivals_can_be_named_by_their_ids(serve, listen, ask):
    sim = await serve("battle-night", speed=0)
    ear = await listen(sim)
    await sim.advance(60)
    armies = await ear.until(lambda frame: frame["event"] == "battleArmies")
    ids = [host["hostUserId"] for host in armies["data"]["hosts"]]
    data = (await ask(sim, "POST", "/webcast/resolve_user_ids", json={"user_ids": [*ids, "1"]})).json()["data"]
    assert all(data[one]["username"] for one in ids)
    assert data["1"] == {"userId": "1", "username": None, "nickname": None, "avatarUrl": None, "cached": True}


async def test_requests_are_limited_by_the_minute_and_say_so(serve, ask):
    sim = await serve(tier="sandbox")
    if time.time() % 60 > 57:
        await asyncio.sleep(3.1)
    answers = [await ask(sim, "GET", "/webcast/rate_limits") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == ["4", "3", "2", "1", "0", "0"]
    assert 0 < int(answers[-1].headers["X-RateLimit-Reset"]) - time.time() <= 60
    assert answers[-1].json() == documented("errors.429")["body"]
    assert (await ask(sim, "GET", "/webcast/rate_limits", key="tk_other")).status_code == 200


async def test_keys_are_checked_in_header_and_query(serve, ask):
    sim = await serve()
    sim.reject_key("tk_bad")
    for path in ("/webcast/rate_limits", "/webcast/gift_info"):
        answer = await ask(sim, "GET", path, key="tk_bad")
        assert (answer.status_code, answer.json()) == (401, documented("errors.401")["body"])
    assert (await ask(sim, "GET", "/webcast/rate_limits", key="")).status_code == 401
    assert (await ask(sim, "GET", "/webcast/rate_limits?apiKey=tk_1", key="")).status_code == 200
    sim.set_tier("tk_1", "pro")
    assert (await ask(sim, "GET", "/webcast/rate_limits", key="tk_1")).json()["data"]["tier"] == "pro"


async def test_a_sweep_closes_the_sockets_of_the_key(serve, listen, ask):
    sim = await serve()
    mine, other = await listen(sim, "a"), await listen(sim, "b", apiKey="tk_other")
    await mine.until(lambda frame: frame["event"] == "roomInfo")
    answer = (await ask(sim, "POST", "/ws/sweep")).json()
    assert answer["closed"] == 1
    code, reason = await mine.closed()
    assert code == 4502
    assert reason.startswith("ws-sweep:")
    assert other.close is None


@pytest.mark.parametrize(
    ("kind", "name"),
    [("html", "502-html"), ("429", "429"), ("429-error", "429-error-key"), ("inside", "200-with-code")],
)
async def test_planned_failures_are_the_documented_ones(serve, ask, kind, name):
    sim = await serve()
    sim.fail_rest("/webcast/room_id", kind)
    answer = await ask(sim, "POST", "/webcast/room_id", json={"unique_id": "a"})
    wanted = documented(f"errors.{name}")
    assert answer.status_code == wanted["status"]
    assert (answer.text if kind == "html" else answer.json()) == wanted["body"]
    assert (await ask(sim, "POST", "/webcast/room_id", json={"unique_id": "a"})).json()["status_code"] == 0


async def test_half_an_answer_breaks_off_and_a_slow_one_comes(serve, ask):
    sim = await serve(speed=10)
    sim.fail_rest("*", "half", "slow")
    with pytest.raises(httpx.RemoteProtocolError):
        await ask(sim, "GET", "/webcast/gift_info")
    assert (await ask(sim, "GET", "/webcast/gift_info")).status_code == 200
    with pytest.raises(ValueError, match="no such failure"):
        sim.fail_rest("*", "nonsense")


async def test_chaos_fails_now_and_then_but_never_twice_in_a_row(serve, ask):
    sim = await serve("chaos", speed=100)
    good = []
    for _ in range(120):
        try:
            answer = await ask(sim, "POST", "/webcast/bulk_live_check", json={"unique_ids": ["a"]})
            good.append(answer.status_code == 200 and bool(answer.json().get("data")))
        except (httpx.RemoteProtocolError, ValueError):
            good.append(False)
    assert 3 <= good.count(False) <= 40
    assert not any(not first and not second for first, second in pairwise(good))
    assert "html" in KINDS


async def test_pictures_are_served_and_pointed_to(serve, listen, ask):
    sim = await serve(pictures_base="self")
    ear = await listen(sim)
    gift = (await ear.until(lambda frame: frame["event"] == "gift"))["data"]
    bodies = [
        await ask(sim, "GET", address.removeprefix(sim.http_base))
        for address in (gift["giftPictureUrl"], gift["user"]["profilePictureUrl"])
    ]
    assert [answer.headers["content-type"] for answer in bodies] == ["image/png", "image/webp"]
    assert bodies[0].content[:4] == b"\x89PNG"
    assert bodies[1].content[8:12] == b"WEBP"
    plain = await serve()
    far = (await (await listen(plain)).until(lambda frame: frame["event"] == "gift"))["data"]
    assert far["giftPictureUrl"].startswith("https://p16-sign.tiktokcdn.example/gift/")
    assert far["user"]["profilePictureUrl"].endswith(".webp?x-expires=1790000000")


async def test_unknown_paths_are_404(serve, ask):
    assert (await ask(await serve(), "GET", "/webcast/nothing")).status_code == 404


@pytest.mark.parametrize(
    "body", ["null", "[]", "{", '{"unique_ids": 7}', '{"unique_ids": [null, {}]}', '{"filter": 3, "orderby": 7}']
)
async def test_nonsense_is_answered_and_the_line_goes_on(serve, ask, body):
    sim = await serve()
    for path in (
        "/webcast/bulk_live_check",
        "/webcast/resolve_user_ids",
        "/authentication/jwt",
        "/api/webhooks",
        "/live/v1/rank/topCreator",
    ):
        answer = await ask(sim, "POST", path, content=body, headers={"Authorization": "Bearer k"})
        assert answer.status_code in {200, 400, 500}
    assert (await ask(sim, "GET", "/api/gifters/leaderboard?limit=x")).status_code == 200
