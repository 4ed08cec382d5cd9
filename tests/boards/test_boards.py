"""One poller a board, while somebody watches: asked at its pace, within the key's requests, and never fooled."""

from __future__ import annotations

import asyncio

import pytest

from overlay.boards.fastmoss import question
from overlay.boards.plans import pace_s
from overlay.boards.selling import date_of
from overlay.config import Secret
from overlay.core.budget import Limits
from overlay.core.places import Ranks, Sales
from overlay.core.replies import judge
from overlay.core.wishes import SalesWish, Wish, codes, exact, one_name
from overlay.simulator.plain import Response
from overlay.upstream.settings import Memory
from tests.boards.answers import NOW_MS, watching

US = Wish(board="region", region="US+")
DATA, LEAGUE = "/webcast/leaderboard", "/webcast/leaderboard/league"
COUNTRY = "/api/leaderboards/country/united-states-region"
SOLD = "/live/v1/rank/topCreator"


async def test_nobody_is_asked_while_nobody_watches():
    async with watching() as w:
        w.pass_s(3_600)
        await w.settle()
        assert not w.simulator.counts


async def test_one_question_serves_every_widget_and_creator():
    async with watching() as w:
        w.show(US, Wish(board="region", region="US+"))
        w.show(US, creator="c2", handle="max.beats")
        await w.heard(2)
        await w.settle()
        assert w.simulator.counts[DATA] == 1
        assert {(creator, wish) for creator, wish, _ in w.told} == {("c1", US.name), ("c2", US.name)}


async def test_a_board_is_asked_again_at_its_pace_and_moves():
    async with watching() as w:
        w.show(US)
        before = await w.heard()
        w.pass_s(30)
        await w.settle()
        assert w.simulator.counts[DATA] == 1
        await w.simulator.advance(3_600)
        w.pass_s(60)
        after = await w.heard(2)
        assert w.simulator.counts[DATA] == 2
        assert [row.score for row in after.rows] != [row.score for row in before.rows]


async def test_when_the_last_page_goes_the_questions_end_and_a_return_shows_the_last_answer_at_once():
    async with watching() as w:
        w.show(US)
        await w.heard()
        wants, w.wants = w.wants, []
        w.pass_s(600)
        await w.settle()
        assert w.simulator.counts[DATA] == 1
        w.pass_s(-560)
        w.wants = wants
        w.boards.look()
        await w.heard(2)
        assert w.simulator.counts[DATA] == 1


@pytest.mark.parametrize(
    ("tier", "known"), [("sandbox", 3), ("basic", 3), ("pro", 99), ("ultra", 99), ("agency_global", 99)]
)
async def test_the_least_masked_source_is_taken_and_kept(tier, known):
    async with watching(tier) as w:
        w.show(US)
        board = await w.heard()
        assert sum(not row.hidden for row in board.rows) == known
        assert (w.boards.boards[next(iter(w.boards.boards))].show()["remark"] is None) == (known == 99)
        w.pass_s(600)
        await w.heard(2)
        asked = {path: w.simulator.counts[path] for path in (DATA, COUNTRY)}
        assert asked == {"pro": {DATA: 1, COUNTRY: 2}, "ultra": {DATA: 2, COUNTRY: 0}}.get(
            tier, {DATA: 2, COUNTRY: 0 if known == 99 else 1}
        )


async def test_a_better_plan_is_noticed_with_the_next_question():
    async with watching("sandbox") as w:
        assert w.key is not None
        w.key.limits.known = Limits(tier="sandbox")
        w.show(US)
        assert (await w.heard()).masked
        w.simulator.set_tier("tk_boards", "pro")
        w.key.limits.known = Limits(tier="pro")
        w.pass_s(200)
        assert not (await w.heard(2)).masked


async def test_another_spelling_is_tried_once_and_what_worked_is_remembered():
    async with watching() as w:
        w.show(Wish(board="gaming", region="GB"))
        board = await w.heard()
        assert board.region == "UK+"
        w.pass_s(600)
        await w.heard(2)
        assert w.simulator.counts["/webcast/ranklist/gaming"] == 3


async def test_the_creators_own_region_and_class_are_found():
    async with watching() as w:
        w.show(Wish(board="league"))
        board = await w.heard()
        host = w.simulator.creator("luna.sings").host
        assert (board.region, board.class_type) == (host.region, host.class_type)
        assert len(board.ladder) == 20


async def test_a_creator_whose_region_is_not_told_has_a_sentence_and_no_board():
    async with watching("basic") as w:
        w.show(Wish(board="region"))
        await w.settle()
        while not w.boards.status():
            await w.settle()
        (told,) = w.boards.status().values()
        assert "set it" in told["problem"]
        assert w.simulator.counts[DATA] == 0


async def test_a_league_below_the_plan_is_no_ranking_made_of_random_rows():
    async with watching("pro") as w:
        w.show(Wish(board="league", region="DE+", league="A1"))
        board = await w.heard()
        assert not board.teaser
        assert [row.rank for row in board.shown if not row.hidden] == [1, 2, 3]


BAD = ("html", "500", "503", "403", "404", "429", "429-error", "inside", "signed", "half", "empty")


@pytest.mark.parametrize("fault", BAD)
async def test_a_bad_answer_is_one_sentence_and_the_board_stays(fault):
    async with watching() as w:
        wish = Wish(board="shopping", region="US+")
        w.show(wish)
        before = await w.heard()
        await w.simulator.advance(3_600)
        w.simulator.faults.plan("*", (fault, fault, fault))
        w.pass_s(400)
        await w.settle()
        problem = w.problem()
        assert problem is not None
        assert problem.endswith(".")
        assert len(w.told) == 1
        assert w.told[-1][2] is before
        w.simulator.faults.planned.clear()
        w.pass_s(90_000)
        await w.heard(2)
        assert w.problem() is None


REFUSALS = {
    "html": "TikTool had an error (502).",
    "500": "TikTool had an error (server error).",
    "404": "TikTool does not know this region, class or creator (not found).",
    "inside": "TikTool refuses this board (could not resolve); look at region and class.",
    "half": "TikTool cannot be reached.",
    "signed": "TikTool has no data of its own for this board.",
    "empty": "TikTool answered with something that is no board.",
    "429": "TikTool's rate limit is reached; the board is asked for again later.",
    "403": "The key's plan does not include this board (your plan does not include this); "
    "TikTool's plan Global Agency shows all of it.",
}


@pytest.mark.parametrize("fault", REFUSALS)
async def test_what_is_wrong_is_said_plainly(fault):
    async with watching() as w:
        w.simulator.faults.plan("*", (fault,) * 4)
        w.show(Wish(board="shopping", region="US+"))
        while w.boards.status() == {} or w.problem() is None:
            await w.settle()
        assert w.problem() == REFUSALS[fault]


@pytest.mark.parametrize("body", [b"<html>sorry</html>", b'{"status_code": 0, "ranks": [{"rank": 1'])
async def test_an_error_page_that_says_it_is_fine_is_not_believed(body):
    async with watching() as w:
        w.simulator.boards.paths["/webcast/ranklist/shopping"] = lambda *_: Response(200, body)
        w.show(Wish(board="shopping", region="US+"))
        while w.boards.status() == {} or w.problem() is None:
            await w.settle()
        assert w.problem() == "TikTool answered with something that cannot be read."


async def test_a_login_that_the_website_wants_does_not_stop_the_key():
    async with watching() as w:
        w.simulator.faults.plan("/api/gifters/leaderboard", ("401", "401"))
        w.show(Wish(board="gifters", region="GLOBAL"))
        while w.boards.status() == {} or w.problem() is None:
            await w.settle()
        assert w.problem() == "This account's plan or key is not accepted here."
        assert w.key is not None
        assert w.key.rest.stopped is None


async def test_a_slow_answer_holds_up_nobody_else():
    async with watching() as w:
        w.simulator.faults.plan(DATA, ("hang",))
        w.show(US, Wish(board="shopping", region="US+"))
        await w.heard()
        assert [wish for _, wish, _ in w.told] == ["shopping|US+"]


async def test_a_board_survives_a_restart():
    kept = Memory()
    async with watching(cache=kept) as w:
        w.show(US)
        before = await w.heard()
    async with watching(cache=kept) as w:
        w.show(US)
        again = await w.heard()
        assert w.simulator.counts[DATA] == 0
        assert isinstance(again, Ranks)
        assert again == before


async def test_another_key_is_asked_although_the_last_one_was_refused():
    async with watching() as w:
        key, w.key = w.key, None
        w.show(US)
        while w.boards.status() == {} or w.problem() is None:
            await w.settle()
        assert "no TikTool key" in (w.problem() or "")
        w.key = key
        w.boards.look()
        await w.heard()


async def test_a_room_that_was_made_anew_is_told_again():
    async with watching() as w:
        w.show(US)
        await w.heard()
        w.wants = []
        w.show(US)
        w.wants = [type(w.wants[0])(creator="c1", handle="luna.sings", source="simulator", wish=US, room="new")]
        w.boards.look()
        await w.heard(2)
        assert w.simulator.counts[DATA] == 1


# --- pace ---


@pytest.mark.parametrize(
    ("tier", "boards", "remaining", "wanted"),
    [
        ("ultra", 1, None, 60),
        ("ultra", 1, 100, 120),  # less than a fifth of a minute's requests is left
        ("sandbox", 1, None, 138.24),  # a quarter of 2 500 a day
        ("sandbox", 5, None, 691.2),
        (None, 1, None, 60),
    ],
)
def test_all_boards_together_fit_into_a_quarter_of_the_keys_requests(tier, boards, remaining, wanted):
    limits = Limits(tier=tier) if tier else None
    assert pace_s(60, boards, limits, None, remaining) == pytest.approx(wanted)


def test_an_answer_that_has_not_changed_is_known_as_the_same():
    reply = judge(304, {"etag": '"a"'}, b"", NOW_MS)
    assert (reply.outcome, reply.etag) == ("same", '"a"')


# --- sellers ---


async def test_sellers_are_asked_once_an_hour_and_by_everybody_together():
    async with watching() as w:
        w.show(SalesWish())
        w.show(SalesWish(), creator="c2")
        board = await w.heard(2)
        assert isinstance(board, Sales)
        assert [row.rank for row in board.rows] == list(range(1, 11))
        w.pass_s(3_000)
        await w.settle()
        assert w.simulator.counts[SOLD] == 1
        w.pass_s(1_500)
        await w.heard(4)
        assert w.simulator.counts[SOLD] == 2


async def test_a_page_behind_the_first_goes_on_with_the_places():
    async with watching() as w:
        w.show(SalesWish(page=25, size=20))
        board = await w.heard()
        assert (board.rows[0].rank, board.rows[-1].rank) == (481, 500)


async def test_a_token_that_is_refused_is_not_tried_again_for_an_hour():
    async with watching() as w:
        w.simulator.keys.bad.add("fm_boards")
        w.show(SalesWish())
        while w.boards.status() == {} or w.problem() is None:
            await w.settle()
        assert "refuses the token" in (w.problem() or "")
        w.pass_s(3_000)
        await w.settle()
        assert w.simulator.counts[SOLD] == 1


def test_a_question_to_fastmoss_has_the_documented_form():
    wish = SalesWish(region="JP", date_type="month", category=14, order="gmv", page=2, size=20)
    assert question(wish, "2026-03") == {
        "filter": {"region": "JP", "date_info": {"type": "month", "value": "2026-03"}, "product_category_id": 14},
        "orderby": [{"field": "gmv", "order": "desc"}],
        "page": 2,
        "pagesize": 20,
    }


@pytest.mark.parametrize(("date_type", "date"), [("day", "2026-09-20"), ("week", "2026-38"), ("month", "2026-08")])
def test_the_last_finished_day_week_or_month_is_asked_for(date_type, date):
    assert date_of(SalesWish(date_type=date_type), NOW_MS) == date


# --- what has not changed, and when to come again ---


async def test_a_board_that_has_not_changed_is_not_sent_again_and_stays_fresh():
    async with watching(speed=0.0) as w:
        w.show(Wish(board="shopping", region="US+"))
        before = await w.heard()
        w.pass_s(400)
        after = await w.heard(2)
        assert w.simulator.boards.same > 0
        assert (after.rows, after.got_ms) == (before.rows, w.now_ms)
        await w.simulator.advance(86_400)
        w.pass_s(400)
        moved = await w.heard(3)
        assert [row.score for row in moved.rows] != [row.score for row in before.rows]


@pytest.mark.parametrize(
    ("told", "wait_s"), [("120", 120), ("Mon, 21 Sep 2026 14:23:20 GMT", 600), ("soon", None), ("", None), ("-3", 0)]
)
def test_retry_after_is_read_as_seconds_or_as_a_date(told, wait_s):
    found = judge(503, {"retry-after": told}, b"{}", NOW_MS).until_ms
    assert found == (None if wait_s is None else NOW_MS + wait_s * 1000)


def test_a_wait_of_the_rate_limit_is_never_shorter_than_a_minute():
    assert judge(429, {"retry-after": "3"}, b"{}", NOW_MS).until_ms == NOW_MS + 60_000
    assert judge(429, {"retry-after": "300"}, b"{}", NOW_MS).until_ms == NOW_MS + 300_000


async def test_a_server_that_names_its_time_is_not_asked_before():
    async with watching() as w:
        w.show(US)
        await w.heard()
        w.simulator.faults.plan("*", ("503-later", "503-later"))
        w.pass_s(80)
        await w.settle()
        asked = w.simulator.counts[DATA]
        w.pass_s(250)
        await w.settle()
        assert w.simulator.counts[DATA] == asked
        w.pass_s(400)
        await w.heard(2)


# --- live counts ---


async def test_live_counts_are_asked_once_a_minute_for_all_boards_that_do_not_say_it():
    async with watching() as w:
        w.show(US, Wish(board="gaming", region="US+"), Wish(board="shopping", region="JP"))
        await w.heard(3)
        await w.settle()
        counts = {wish: board.live_count for _, wish, board in w.told}
        assert all(count > 0 for count in counts.values())
        assert w.simulator.counts["/webcast/live-counts"] == 1
        w.pass_s(400)
        await w.heard(6)
        assert w.simulator.counts["/webcast/live-counts"] == 2


async def test_a_board_without_a_live_count_is_a_board():
    async with watching() as w:
        w.simulator.faults.plan("/webcast/live-counts", ("html",))
        w.show(Wish(board="gaming", region="US+"))
        board = await w.heard()
        assert (len(board.rows), board.live_count) == (99, None)
        w.pass_s(400)
        again = await w.heard(2)
        assert again.live_count > 0


# --- single games ---

GAME = Wish(board="gaming", region="US+", game="call of duty: mobile")


async def test_one_question_serves_the_overall_board_and_the_boards_of_its_games():
    async with watching() as w:
        w.show(Wish(board="gaming", region="US+"), GAME)
        await w.heard(2)
        await w.settle()
        told = {wish: board for _, wish, board in w.told}
        one, overall = told[GAME.name], told["gaming|US+"]
        assert w.simulator.counts["/webcast/ranklist/gaming"] == 1
        assert (one.game, overall.game) == ("Call of Duty: Mobile", None)
        assert (len(one.rows), len(overall.rows)) == (20, 99)
        assert one.reset_ms is not None
        assert w.boards.said("c1", GAME.name) is None


@pytest.mark.parametrize(("tier", "words"), [("agency_global", "Call of Duty: Mobile"), ("pro", "with this plan")])
async def test_a_game_that_the_board_does_not_have_is_a_sentence_that_names_those_it_has(tier, words):
    async with watching(tier) as w:
        wish = Wish(board="gaming", region="US+", game="Chess")
        w.show(wish)
        while w.boards.said("c1", wish.name) is None:
            await w.settle()
        said = w.boards.said("c1", wish.name)
        assert "'Chess'" in said
        assert words in said
        assert w.told == []


# --- on disk ---


async def test_answers_that_nobody_has_asked_for_in_two_weeks_are_taken_from_the_disk():
    kept = Memory()
    async with watching(cache=kept) as w:
        w.show(US)
        await w.heard()
        w.wants = []
        for day in range(1, 17):
            w.show(SalesWish(date=f"2026-09-{day:02d}"))
            await w.heard(day + 1)
            await w.settle()
            w.wants = []
            w.pass_s(86_400)
        left = [name for name in names_on(kept) if name.startswith("board:")]
        assert len(left) == 15
        assert not any("region=US" in name for name in left)


def names_on(kept):
    return [name for name, value in kept._kept.items() if value is not None]


async def test_a_sentence_says_how_old_the_board_on_air_is():
    async with watching() as w:
        w.show(US)
        await w.heard()
        w.simulator.faults.plan("*", ("inside",) * 8)
        w.pass_s(1_200)
        await w.settle()
        while w.problem() is None:
            await w.settle()
        assert w.boards.said("c1", US.name).endswith("The overlay keeps the board of 20 minutes ago.")
        assert len(w.told) == 1


def test_a_country_without_a_board_of_its_own_has_that_of_its_region():
    assert (codes("GR"), codes("rs"), codes("greece"), codes("CN")) == (
        ("GR", "BK"),
        ("RS", "BK"),
        ("GR", "BK"),
        ("CN", "BC"),
    )


@pytest.mark.parametrize(("told", "code"), [("us", "US+"), ("GB", "UK+"), ("KR+", "KR+"), ("GR", "BK"), ("XX", "XX")])
def test_a_code_has_one_spelling_where_nothing_tells_which_is_right(told, code):
    assert exact(told) == code


# --- one poller a board, within the key's requests ---


async def test_all_spellings_of_a_region_are_one_board():
    async with watching() as w:
        for number, region in enumerate(("DE+", "DE", "de", "germany")):
            w.show(Wish(board="region", region=region), creator=f"c{number}")
        await w.heard(4)
        await w.settle()
        assert (w.simulator.counts[DATA], len(w.boards.boards)) == (1, 1)


def test_boards_that_may_differ_have_names_of_their_own():
    names = [one_name(region) for region in ("GB+", "UK+", "gb", "US+", "north-america", "greece", "XX", "XX+", "kr+")]
    assert names == ["UK+", "UK+", "UK+", "US+", "north-america", "greece", "XX", "XX", "KR"]


@pytest.mark.parametrize("boards", [1, 3])
async def test_an_afternoon_of_leagues_takes_no_more_than_a_quarter_of_the_smallest_plan(boards):
    async with watching("sandbox") as w:
        w.simulator.keys.tiers["tk_boards"] = w.simulator.keys.tier._replace(per_minute=10_000)
        assert w.key is not None
        w.key.limits.known = Limits(tier="sandbox")
        w.show(*(Wish(board="league", region="DE+", league=league) for league in ("A1", "A2", "A3")[:boards]))
        await w.heard(boards)
        while w.now_ms < NOW_MS + 6 * 3_600_000:
            w.pass_s(300)
            await w.settle()
        asked = sum(many for path, many in w.simulator.counts.items() if path.startswith("/"))
        assert 75 < asked < 2_500 / 4 / 4 + 7 * boards, "and each board may look for names elsewhere once an hour"


async def test_an_overlay_of_several_boards_says_of_which_it_speaks():
    async with watching("pro") as w:
        w.show(Wish(board="gaming", region="JP"), Wish(board="shopping", region="ZZ"))
        await w.heard()
        while w.boards.said("c1", "shopping|ZZ") is None:
            await w.settle()
        assert w.boards.said("c1", "gaming|JP") == (
            "Gaming JP: Some names on this board are hidden by the key's plan; "
            "TikTool's plan Global Agency shows all of it."
        )
        assert (w.boards.said("c1", "shopping|ZZ") or "").startswith("Shopping ZZ: TikTool does not know this region")


# --- what is kept ---


async def test_which_plan_shows_more_is_said_while_no_page_is_open_and_after_a_start():
    kept = Memory()
    async with watching("pro", cache=kept) as w:
        w.show(Wish(board="gaming", region="JP"), Wish(board="shopping", region="ZZ"))
        await w.heard()
        while w.boards.said("c1", "shopping|ZZ") is None:
            await w.settle()
        open_page = w.boards.said("c1", "gaming|JP")
        w.wants = []
        async with asyncio.timeout(10):
            while w.boards.boards:  # hours later nothing of the board is remembered but this
                w.pass_s(3_700)
                await asyncio.sleep(0.01)
        assert w.boards.said("c1", "gaming|JP") == open_page
        assert w.boards.said("c1", "shopping|ZZ") is None  # that it is not known is no matter of the plan
    async with watching("pro", cache=kept) as w:
        async with asyncio.timeout(10):
            while w.boards.said("c1", "gaming|JP") is None:
                await asyncio.sleep(0)
        assert w.boards.said("c1", "gaming|JP") == open_page
        assert w.boards.said("c2", "gaming|JP") is None


async def test_with_another_plan_what_was_said_of_the_last_one_is_forgotten():
    kept = Memory()
    async with watching("pro", cache=kept) as w:
        await w.key.limits.read()
        w.show(Wish(board="gaming", region="JP"))
        await w.heard()
        await w.settle()
        assert "Global Agency" in (w.boards.said("c1", "gaming|JP") or "")
    async with watching("agency_global", cache=kept) as w:
        await w.key.limits.read()
        await w.settle()
        assert w.boards.said("c1", "gaming|JP") is None


async def test_an_own_region_survives_a_start_without_tiktool():
    kept = Memory()
    async with watching(cache=kept) as w:
        w.show(Wish(board="region"))
        before = await w.heard()
    async with watching(cache=kept) as w:
        w.simulator.faults.plan("*", ("hang",) * 9)
        w.show(Wish(board="region"))
        assert await w.heard() == before


async def test_a_creator_whose_region_could_not_be_heard_is_looked_for_again_soon():
    async with watching() as w:
        w.simulator.faults.plan("/webcast/user_profile", ("503",))
        w.show(Wish(board="region"))
        while not w.boards.status():
            await w.settle()
        assert "did not tell this creator's region just now" in (w.problem() or "")
        w.pass_s(61)
        await w.heard()
        assert w.problem() is None


async def test_an_empty_answer_leaves_the_board_on_air_and_is_said():
    async with watching() as w:
        w.show(Wish(board="shopping", region="US+"))
        before = await w.heard()
        w.simulator.boards.rows = lambda *_args, **_more: []
        w.pass_s(400)
        await w.settle()
        assert w.told[-1][2] is before
        assert "nobody on this board" in (w.problem() or "")


async def test_a_board_that_has_begun_anew_may_be_empty():
    async with watching() as w:
        w.show(Wish(board="shopping", region="US+"))
        before = await w.heard()
        w.simulator.boards.rows = lambda *_args, **_more: []
        w.now_ms = before.reset_ms
        w.pass_s(1)
        assert (await w.heard(2)).rows == ()
        assert "nobody on this board now" in (w.boards.said("c1", "shopping|US+") or "")


# --- sellers and the calendar ---


async def test_a_token_that_is_entered_is_used_at_once():
    async with watching() as w:
        await w.boards.set_fastmoss(None)
        w.show(SalesWish())
        while w.boards.status() == {} or w.problem() is None:
            await w.settle()
        assert "enter one on the settings page" in (w.problem() or "")
        await w.boards.set_fastmoss(Secret("fm_new"))
        w.boards.look()
        await w.heard()
        assert w.problem() is None


def asked_dates(w):
    """The days that FastMoss was asked for, as they come."""
    dates, answer = [], w.simulator.boards.sellers

    def sellers(request):
        dates.append(request.json()["filter"]["date_info"]["value"])
        return answer(request)

    w.simulator.boards.sellers = sellers
    return dates


def nothing_of(w, *days):
    """FastMoss has not counted these days yet."""
    answer = w.simulator.boards.sellers

    def sellers(request):
        found, day = answer(request), request.json()["filter"]["date_info"]["value"]
        if day in days:
            found.body["data"] |= {"list": [], "total": 0}
        return found

    w.simulator.boards.sellers = sellers


TO_MIDNIGHT_S = (86_400_000 - NOW_MS % 86_400_000) // 1000


async def test_after_midnight_the_next_day_is_asked_for_although_the_hour_is_not_over():
    async with watching() as w:
        dates = asked_dates(w)
        w.pass_s(TO_MIDNIGHT_S - 600)
        w.show(SalesWish())
        await w.heard()
        w.pass_s(600 + 121)
        board = await w.heard(2)
        assert dates == ["2026-09-20", "2026-09-21"]
        assert board.date_value == "2026-09-21"


async def test_a_day_that_is_not_counted_yet_leaves_the_day_before_on_air():
    async with watching() as w:
        dates = asked_dates(w)
        nothing_of(w, "2026-09-21")
        w.show(SalesWish())
        before = await w.heard()
        w.pass_s(TO_MIDNIGHT_S + 121)
        await w.settle()
        assert (w.told[-1][2] is before, dates) == (True, ["2026-09-20", "2026-09-21"])
        assert (w.boards.said("c1", SalesWish().name) or "").startswith(
            "Sellers US day: FastMoss has no figures of 2026-09-21 yet. The overlay keeps the board of"
        )
        w.pass_s(1_800)
        await w.settle()
        assert len(dates) == 2, "it is asked again after an hour"


async def test_whoever_starts_on_a_day_that_is_not_counted_yet_sees_the_day_before():
    async with watching() as w:
        nothing_of(w, "2026-09-20")
        w.show(SalesWish())
        board = await w.heard()
        assert (board.date_value, len(board.rows)) == ("2026-09-19", 10)


async def test_yesterdays_sellers_survive_a_restart_after_midnight():
    kept = Memory()
    async with watching(cache=kept) as w:
        w.show(SalesWish())
        before = await w.heard()
    async with watching(cache=kept) as w:
        w.simulator.faults.plan("*", ("html",) * 9)
        w.now_ms = NOW_MS + (TO_MIDNIGHT_S + 200) * 1000
        w.show(SalesWish())
        assert await w.heard() == before
        while w.problem() is None:
            await w.settle()
        assert "The overlay keeps the board of" in (w.boards.said("c1", SalesWish().name) or "")


async def test_a_day_that_was_chosen_is_asked_for_as_it_is():
    async with watching() as w:
        nothing_of(w, "2026-09-10")
        wish = SalesWish(date="2026-09-10")
        w.show(wish)
        board = await w.heard()
        assert (board.rows, board.date_value) == ((), "2026-09-10")
        assert w.boards.said("c1", wish.name) == (
            "Sellers US day 2026-09-10: FastMoss has no sellers for this choice (2026-09-10)."
        )


async def test_boards_of_sellers_that_differ_are_told_apart():
    async with watching() as w:
        w.show(SalesWish(), SalesWish(order="gmv"), SalesWish(category=14), SalesWish(page=2, size=20))
        await w.heard(4)
        assert set(w.boards.status()) == {
            "sellers US day", "sellers US day by revenue", "sellers US day category 14", "sellers US day page 2 of 20",
        }  # fmt: skip


@pytest.mark.parametrize(("code", "wait_s"), [(0, 60), (30003, 3_600)])
async def test_a_spent_account_is_left_alone_for_an_hour_whatever_its_answer_says(code, wait_s):
    async with watching() as w:
        answer = Response(429, {"code": code, "message": "slow down"}, {"Retry-After": "20"})
        w.simulator.boards.sellers = lambda _request: answer
        w.show(SalesWish())
        while w.boards.status() == {} or w.problem() is None:
            await w.settle()
        (board,) = w.boards.boards.values()
        assert board.next_ms == NOW_MS + wait_s * 1000
