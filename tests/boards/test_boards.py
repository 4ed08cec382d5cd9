"""One poller a board, while somebody watches: asked at its pace, within the key's requests, and never fooled."""

from __future__ import annotations

import pytest

from overlay.boards.fastmoss import date_of, question
from overlay.boards.plans import pace_s
from overlay.core.budget import Limits
from overlay.core.places import Ranks, Sales
from overlay.core.replies import judge
from overlay.core.wishes import SalesWish, Wish, codes, exact
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
