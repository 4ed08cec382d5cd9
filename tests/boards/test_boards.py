"""One poller a board, while somebody watches: asked at its pace, within the key's requests, and never fooled."""

from __future__ import annotations

import pytest

from overlay.boards.fastmoss import date_of, question
from overlay.boards.plans import pace_s
from overlay.core.budget import Limits
from overlay.core.places import Ranks, Sales
from overlay.core.replies import judge
from overlay.core.wishes import SalesWish, Wish
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
