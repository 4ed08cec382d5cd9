"""HTTP to TikTool: every kept exchange is asked again through a real server, and its meaning and reaction are checked."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overlay.core import answers, hooks
from overlay.core.answers import CaptionMinutes, Face, GiftRow, League, Room, Swept
from overlay.core.budget import Limits
from overlay.core.replies import Reply, judge, said
from overlay.upstream.masking import Masking
from overlay.upstream.rest import Rest

REST = Path(__file__).parents[1] / "frames/tiktool/rest"
FILES = sorted(path.stem for path in REST.glob("*.json"))
NOW = 1_790_000_000_000
LIMITS = "/webcast/rate_limits"


class Now:
    def __init__(self) -> None:
        self.ms = NOW

    def __call__(self) -> int:
        return self.ms


@pytest.fixture
def now():
    return Now()


@pytest.fixture
async def rest(tiktool, now):
    client = Rest(tiktool.http, tiktool.http, "tk_canary_4f9a1c77e2", now_ms=now, masking=Masking())
    yield client
    await client.close()


async def replay(name: str, tiktool, rest) -> Reply:
    request = json.loads((REST / f"{name}.json").read_text())["request"]
    url = urlsplit(request["url"])
    tiktool.answers[url.path] = tiktool.fixture(name)
    params = {key: value[0] for key, value in parse_qs(url.query).items()}
    site = url.hostname == "tik.tools"
    return await rest.ask(request["method"], url.path, params=params, body=request.get("body"), site=site)


OUTCOMES = {
    "bulk_live_check.sandbox-forbidden": "tier",
    "bulk_live_check.too-many": "parameters",
    "check_alive.signed-url": "signed",
    "errors.200-with-code": "refused",
    "errors.401": "key",
    "errors.429-error-key": "rate",
    "errors.429": "rate",
    "errors.502-html": "server",
    "gift_gallery.not-live": "not_live",
    "gift_info.signed-url": "signed",
    "gifts_by_country.no-live-anchor": "server",
    "rankings.signed-url": "signed",
    "room_info.not-found": "missing",
    "room_info.not-live": "not_live",
    "room_info.signed-url": "signed",
    "user_profile.forbidden": "tier",
    "webhooks.not-allowed": "tier",
    "webhooks.private-host": "parameters",
    "ws_sweep.sandbox-forbidden": "tier",
}


@pytest.mark.parametrize("name", FILES)
async def test_every_kept_exchange_has_its_outcome_and_its_sentence(tiktool, rest, name):
    reply = await replay(name, tiktool, rest)
    assert reply.outcome == OUTCOMES.get(name, "ok")
    assert (reply.text == "") == reply.ok
    assert reply.status == json.loads((REST / f"{name}.json").read_text())["response"]["status"]


SAMPLES = {"gift_gallery.sample", "gift_info.sample", "gifts_by_country.sample"}


@pytest.mark.parametrize("name", FILES)
async def test_samples_are_recognised_and_nothing_else_is_one(tiktool, rest, name):
    assert (await replay(name, tiktool, rest)).sample == (name in SAMPLES)


SENTENCES = {
    "errors.401": "Invalid or expired API key",
    "errors.429-error-key": "rate limited",
    "errors.429": "Rate limit exceeded. Please wait before making more requests.",
    "errors.200-with-code": "could not resolve",
    "errors.502-html": "TikTool answered 502",
    "room_info.not-found": "Could not resolve room for this user",
    "webhooks.private-host": "target_url must be a public host",
}


@pytest.mark.parametrize("name", SENTENCES)
async def test_the_text_for_people_is_found_wherever_it_stands(tiktool, rest, name):
    assert (await replay(name, tiktool, rest)).text == SENTENCES[name]


def test_a_nested_error_text_is_found():
    assert said(500, {"error": {"message": "deep"}}) == "deep"


ROOM = "7650000000000000101"
READINGS = {
    "rate_limits.basic": (
        answers.rate_limits,
        Limits(tier="basic", per_minute=60, remaining=58, reset_ms=1_780_799_040_000, sockets=20, open_sockets=2),
    ),
    "rate_limits.docs-figures": (
        answers.rate_limits,
        Limits(tier="basic", per_minute=30, remaining=28, reset_ms=1_234_567_890_000, sockets=10, open_sockets=2),
    ),
    "room_id.live": (answers.room, Room(room_id=ROOM, live=True)),
    "room_id.offline": (answers.room, Room(room_id=ROOM, live=False)),
    "room_id.stale-fixed": (answers.room, Room(room_id="7650000000000000202", live=True)),
    "room_info.parsed": (
        answers.room,
        Room(
            room_id=ROOM, live=True, title="Friday acoustic night", viewers=500, likes=1234, owner_name="Luna Vale",
            owner_handle="luna.sings",
        ),
    ),
    "room_info.fetch-mode": (
        answers.room,
        Room(
            room_id=ROOM, live=True, viewers=2924, likes=0, running_s=13362, owner_name="Luna Vale",
            owner_handle="luna.sings",
        ),
    ),
    "room_info.signed-url": (answers.room, None),
    "room_info.not-live": (answers.room, None),
    "room_info.not-found": (answers.room, None),
    "gift_info.full": (
        answers.gifts,
        [
            GiftRow(id="9072", name="TikTok Universe", diamonds=44999, icon="https://cdn.tik.tools/gifts/9072.png"),
            GiftRow(id="5655", name="Rose", diamonds=1, icon="https://cdn.tik.tools/gifts/5655.png"),
        ],
    ),
    "gift_info.signed-url": (answers.gifts, []),
    "ws_sweep": (answers.swept, Swept(3)),
    "ws_sweep.sandbox-forbidden": (answers.swept, None),
    "captions_credits": (answers.caption_minutes, CaptionMinutes(total=3600, used=1240, remaining=2360)),
    "webhooks.test": (hooks.tested, hooks.Tested(delivered=True, status_code=200)),
    "webhooks.not-allowed": (hooks.webhooks, None),
}  # fmt: skip


@pytest.mark.parametrize("name", READINGS)
async def test_answers_are_read_into_their_structs(tiktool, rest, name):
    read, expected = READINGS[name]
    assert read(await replay(name, tiktool, rest)) == expected


async def test_the_country_catalogue_says_which_gifts_are_streakable(tiktool, rest):
    rows = answers.gifts(await replay("gifts_by_country.full", tiktool, rest))
    assert {row.id: row.streakable for row in rows} == {"59881": True, "9072": False}


async def test_a_sample_only_fills_gaps_of_a_catalogue(tiktool, rest):
    rows = answers.gifts(await replay("gift_info.sample", tiktool, rest))
    known = {"5655": GiftRow(id="5655", name="Rosa", diamonds=2, streakable=True)}
    filled = answers.merged(known, rows, sample=True)
    assert len(filled) == 4
    assert filled["5655"] == GiftRow(
        id="5655", name="Rosa", diamonds=2, streakable=True, icon="https://cdn.tik.tools/gifts/5655.png"
    )
    assert answers.merged(known, rows, sample=False)["5655"].name == "Rose"
    assert answers.merged(known, rows, sample=False)["5655"].streakable is True


async def test_people_are_resolved_from_an_object_and_from_the_older_array(tiktool, rest):
    found = answers.faces(await replay("resolve_user_ids.ok", tiktool, rest))
    assert found["7529000000000000224"] == Face(
        id="7529000000000000224", handle="ivy.moss", nickname="Ivy Moss",
        avatar="https://p16-sign.tiktokcdn.example/avatar/ivy.webp?x-expires=1790000000",
    )  # fmt: skip
    assert not found["6761120000000000885"].resolved
    row = {"user_id": 12, "unique_id": "a", "nickname": "A", "avatar_url": "http://plain"}
    older = answers.faces(Reply(outcome="ok", body={"data": [row]}))
    assert older == {"12": Face(id="12", handle="a", nickname="A")}


@pytest.mark.parametrize(
    ("name", "league"),
    [
        ("user_profile.ultra", League(found=True, region="DE+", class_type="600", label="C5", rank=12)),
        ("user_profile.pro-masked-league", League(found=True, masked=True)),
        ("user_profile.no-league", League()),
    ],
)
async def test_a_profile_has_its_league_and_a_masked_one_is_known(tiktool, rest, name, league):
    profile = answers.profile(await replay(name, tiktool, rest))
    assert (profile.id, profile.handle, profile.followers) == ("6912345678901234501", "luna.sings", 12345)
    assert profile.league == league


async def test_a_league_at_the_top_level_is_found_too(tiktool, rest):
    reply = await replay("user_profile.ultra", tiktool, rest)
    reply.body["league"] = reply.body["data"].pop("league")
    assert answers.profile(reply).league.rank == 12


async def test_webhooks_are_read_with_secret_and_health(tiktool, rest):
    made = hooks.webhook((await replay("webhooks.create", tiktool, rest)).body)
    assert made.secret.startswith("whsec_")
    assert made.creators == ("luna.sings", "max.beats")
    (listed,) = hooks.webhooks(await replay("webhooks.list-with-health", tiktool, rest))
    assert (listed.active, listed.fail_streak, listed.last_status) == (False, 50, 502)
    (well,) = hooks.webhooks(await replay("webhooks.list", tiktool, rest))
    assert (well.active, well.deliveries_today) == (True, 42)


# --- reactions ---


async def test_a_401_stops_the_key(tiktool, rest, now):
    tiktool.answers[LIMITS] = tiktool.fixture("errors.401")
    await rest.get(LIMITS)
    now.ms += 10**9
    assert (await rest.get("/webcast/live_status", uniqueId="a")).outcome == "key"
    assert len(tiktool.requests) == 1


async def test_a_429_makes_every_caller_wait_until_the_reset_and_at_least_a_minute(tiktool, rest, now):
    tiktool.answers[LIMITS] = [
        tiktool.answer(429, {"error": "x"}, **{"X-RateLimit-Reset": str(NOW // 1000 + 200)}),
        tiktool.fixture("errors.429"),
    ]
    await rest.get(LIMITS)
    assert rest.waits_until_ms == NOW + 200_000
    assert (await rest.get("/webcast/check_alive", unique_id="a")).outcome == "rate"
    assert len(tiktool.requests) == 1
    now.ms += 200_001
    await rest.get(LIMITS)
    assert rest.waits_until_ms == now.ms + 60_000


async def test_retry_after_is_respected(tiktool, rest, now):
    tiktool.answers[LIMITS] = tiktool.answer(429, {}, **{"Retry-After": "120"})
    await rest.get(LIMITS)
    assert rest.waits_until_ms == NOW + 120_000


async def test_a_spent_allowance_is_not_overdrawn(tiktool, rest, now):
    headers = {"X-RateLimit-Limit": "60", "X-RateLimit-Remaining": "0", "x-ratelimit-reset": str(NOW // 1000 + 30)}
    tiktool.answers[LIMITS] = tiktool.answer(200, {"status_code": 0, "data": {}}, **headers)
    assert (await rest.get(LIMITS)).ok
    assert rest.waits_until_ms == NOW + 30_000
    assert (rest.limit, rest.remaining) == (60, 0)


async def test_a_403_puts_the_feature_away_for_a_day_and_nothing_else(tiktool, rest, now):
    tiktool.answers["/webcast/user_profile"] = tiktool.fixture("user_profile.forbidden")
    await rest.get("/webcast/user_profile", unique_id="a")
    assert not rest.available("/webcast/user_profile")
    assert (await rest.get("/webcast/user_profile", unique_id="b")).outcome == "tier"
    assert (await rest.get(LIMITS)).ok
    assert len(tiktool.requests) == 2
    now.ms += 86_400_001
    assert rest.available("/webcast/user_profile")


async def test_a_404_is_not_asked_again_for_ten_minutes_but_others_are(tiktool, rest, now):
    path = "/webcast/room_info"
    tiktool.answers[path] = tiktool.fixture("room_info.not-found")
    for handle in ("a", "a", "b"):
        assert (await rest.post(path, {"unique_id": handle})).outcome == "missing"
    assert len(tiktool.requests) == 2
    now.ms += 600_001
    await rest.post(path, {"unique_id": "a"})
    assert len(tiktool.requests) == 3


async def test_a_5xx_is_left_alone_for_two_four_eight_up_to_sixty_seconds(tiktool, rest, now):
    path = "/webcast/check_alive"
    tiktool.answers[path] = tiktool.fixture("errors.502-html")
    waits = []
    for sent in range(1, 8):
        await rest.get(path, unique_id="a")
        refusal = await rest.get(path, unique_id="b")
        assert (refusal.outcome, len(tiktool.requests)) == ("server", sent)
        waits.append(round((refusal.until_ms - now.ms) / 1000))
        now.ms = refusal.until_ms
    assert waits == [2, 4, 8, 16, 32, 60, 60]
    assert (await rest.get(LIMITS)).ok


async def test_a_line_that_is_down_is_tried_again_every_eight_seconds_at_the_latest(now):
    rest = Rest("http://127.0.0.1:9", "http://127.0.0.1:9", "x", now_ms=now, masking=Masking())
    waits = []
    for _ in range(5):
        await rest.get(LIMITS)
        refusal = await rest.get(LIMITS)
        waits.append(round((refusal.until_ms - now.ms) / 1000))
        now.ms = refusal.until_ms
    assert waits == [2, 4, 8, 8, 8]
    await rest.close()


async def test_a_safe_question_is_asked_again_after_an_error(tiktool, now):
    rest = Rest(tiktool.http, tiktool.http, "x", now_ms=now, masking=Masking(), scale=0.01)
    tiktool.answers[LIMITS] = [tiktool.fixture("errors.502-html"), tiktool.fixture("rate_limits.basic")]
    asked = asyncio.create_task(rest.ask("GET", LIMITS, retries=2))
    await asyncio.sleep(0.01)
    now.ms += 5_000
    assert (await asked).ok
    await rest.close()


async def test_no_more_than_two_requests_are_under_way(tiktool, rest):
    together = 0
    most = 0
    real = tiktool._reply

    def count(*told):
        nonlocal together, most
        together += 1
        most = max(most, together)
        return real(*told)

    tiktool._reply = count
    send = rest._exchange

    async def slow(*told, **more):
        nonlocal together
        try:
            return await send(*told, **more)
        finally:
            await asyncio.sleep(0.02)
            together -= 1

    rest._exchange = slow
    await asyncio.gather(*(rest.get(LIMITS) for _ in range(8)))
    assert most == 2


async def test_a_server_that_is_not_there_or_hangs_up_is_a_network_error_without_the_key(tiktool, now):
    rest = Rest("http://127.0.0.1:9", "http://127.0.0.1:9", "tk_canary_4f9a1c77e2", now_ms=now, masking=Masking())
    reply = await rest.get(LIMITS)
    assert reply.outcome == "network"
    assert "canary" not in reply.text
    await rest.close()


async def test_a_redirect_is_not_followed(tiktool, rest):
    tiktool.answers[LIMITS] = tiktool.answer(302, {}, Location=f"{tiktool.http}/stolen")
    assert (await rest.get(LIMITS)).outcome == "refused"
    assert len(tiktool.requests) == 1


async def test_a_signed_address_is_never_fetched(tiktool, rest):
    path = "/webcast/room_info"
    body = {"status_code": 0, "action": "fetch_signed_url", "signed_url": f"{tiktool.http}/stolen"}
    tiktool.answers[path] = tiktool.answer(200, body)
    assert (await rest.post(path, {"unique_id": "a"})).outcome == "signed"
    assert [at for _, at, _, _ in tiktool.requests] == [path]


async def test_plus_signs_and_handles_are_percent_encoded(tiktool, rest):
    await rest.get("/webcast/gifts_by_country", country="GB+")
    await rest.get("/webcast/check_alive", unique_id="a&b=c/ü")
    assert tiktool.requests[0][2] == {"country": "GB+"}
    assert tiktool.requests[1][2] == {"unique_id": "a&b=c/ü"}


@given(
    st.integers(100, 599),
    st.dictionaries(
        st.sampled_from(["x-ratelimit-reset", "x-ratelimit-remaining", "retry-after"]), st.text(max_size=12), max_size=3
    ),
    st.one_of(
        st.binary(max_size=60),
        st.recursive(
            st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text(max_size=8),
            lambda inner: (
                st.dictionaries(
                    st.sampled_from(
                        ["data", "status_code", "error", "message", "action", "gifts", "webhooks", "profile"]
                    ),
                    inner,
                )
                | st.lists(inner, max_size=3)
            ),
            max_leaves=10,
        ).map(lambda value: json.dumps(value).encode()),
    ),
)
def test_no_answer_whatever_it_holds_is_more_than_a_judgement(status, headers, raw):
    reply = judge(status, headers, raw, NOW)
    assert reply.until_ms is None or NOW < reply.until_ms <= NOW + 2 * 86_400_000
    for read in (
        answers.rate_limits, answers.room, answers.gifts, answers.faces, answers.profile, answers.swept,
        answers.caption_minutes, hooks.webhooks, hooks.tested,
    ):  # fmt: skip
        read(reply)
