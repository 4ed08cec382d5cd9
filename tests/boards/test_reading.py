"""Every recorded answer of a board is read as what it is, and a hidden name is never a person."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overlay.core.places import Ranks, Sales
from overlay.core.ranks import (
    own_row,
    read_brackets,
    read_ladder,
    read_live_counts,
    read_ranks,
)
from overlay.core.sellers import Refusal, read_sales
from overlay.core.wishes import class_of, codes, is_slug, slugs
from tests.boards.answers import FRAMES, NOW_MS, answer


def ranks(name):
    found = read_ranks(answer(f"rankings/{name}"), NOW_MS, 60_000)
    assert found is not None
    return found


def seen(found):
    """Rank, handle, id, name, score and light of every row; None for the handle of a hidden one."""
    return [(row.rank, row.handle, row.user_id, row.name, row.score, row.live) for row in found.rows]


LUNA, MAX = "6912345678901234501", "7012345678901234567"
NORA, IVY, MIRA = "7088990011223344556", "7055667788990011223", "6890011223344556677"
ROWS = {
    "country.array-guide": [
        (1, "luna.sings", None, "Luna Vale", 284500, True), (2, "max.beats", None, "Max Beats", 198200, False),
    ],
    "country.masked-sandbox": [(1, None, None, "", 4502300, None)],
    "country.object-docs": [
        (1, "luna.sings", None, "Luna Vale", 4502300, True), (2, "max.beats", None, "Max Beats", 4100200, False),
    ],
    "gaming.masked": [(1, "nora.plays", None, "Nora", 607740, True), (4, None, None, "", 401200, None)],
    "gaming.second-form": [(1, "nora.plays", None, "Nora", 530587, True), (4, None, None, "", 380100, None)],
    "gaming.unmasked": [(1, "nora.plays", None, "Nora", 607740, True)],
    "gaming_movers": [(2, "nora.plays", None, "Nora", 202840, False)],
    "gifters.leaderboard-masked": [(1, None, None, "", 1240000, None)],
    "gifters.leaderboard": [(1, "mira.kay", MIRA, "Mira Kay", 1240000, None)],
    "gifters.top": [(1, "mira.kay", MIRA, "Mira Kay", 1240000, None)],
    "league.full": [
        (1, "luna.sings", LUNA, "Luna Vale", 284500, True), (2, "max.beats", MAX, "Max Beats", 198200, False),
    ],
    "league.guide-no-room": [
        (1, "luna.sings", LUNA, "Luna Vale", 1840000, True), (2, "max.beats", MAX, "Max Beats", 1620000, False),
    ],
    "league.named-class": [(1, "luna.sings", None, "Luna Vale", 12450, None)],
    "region_movers": [(4, "nora.plays", None, "Nora", 146343, False)],
    "shopping.masked": [(1, "oakandstring", None, "Oak & String", 184320, True), (4, None, None, "", 90110, None)],
    "shopping.unmasked": [(1, "oakandstring", None, "Oak & String", 184320, True)],
    "webcast-leaderboard.masked": [
        (1, "luna.sings", None, "Luna Vale", 284500, True), (2, "max.beats", None, "Max Beats", 198200, False),
        (3, "ivy.moss", None, "Ivy Moss", 150010, True), (4, None, None, "", 99000, None),
    ],
    "webcast-leaderboard.ultra": [
        (1, "luna.sings", LUNA, "Luna Vale", 284500, True), (2, "max.beats", MAX, "Max Beats", 198200, False),
        (3, "ivy.moss", IVY, "Ivy Moss", 150010, True), (4, "nora.plays", NORA, "Nora", 99000, False),
    ],
    "webcast-league.ultra": [
        (1, "luna.sings", LUNA, "Luna Vale", 284500, True), (2, "max.beats", MAX, "Max Beats", 198200, False),
    ],
}  # fmt: skip
MASKED = {
    "country.masked-sandbox", "gaming.masked", "gaming.second-form", "gifters.leaderboard-masked", "shopping.masked",
    "webcast-leaderboard.masked", "league.teaser",
}  # fmt: skip
HEADS = {
    "country.object-docs": ("BK", "Greece", 1_780_828_440_000, 1_780_876_800_000),
    "gaming.masked": ("US+", None, 1_781_500_000_000, None),
    "shopping.unmasked": ("US+", "United States", 1_781_500_000_000, 1_782_050_000_000),
    "webcast-leaderboard.ultra": ("DE+", None, 1_780_775_023_239, None),
    "region_movers": ("US+", "United States", None, None),
    "gifters.leaderboard": ("GLOBAL", None, 1_780_828_440_000, None),
}
NO_BOARDS = {
    "errors.login-required", "errors.ultra-required", "leagues.array-guide", "leagues.object-docs", "league.teaser",
    "leagues.object-rich", "leagues.unavailable", "live-counts", "regional.signed-url", "webcast-leagues.ultra",
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_every_recorded_board_is_read_row_by_row(name):
    assert seen(ranks(name)) == ROWS[name]


def test_no_recorded_answer_is_without_an_expectation():
    assert {path.stem for path in (FRAMES / "rankings").glob("*.json")} == set(ROWS) | NO_BOARDS


@pytest.mark.parametrize("name", sorted(set(ROWS) | {"league.teaser"}))
def test_a_board_says_whether_names_are_hidden(name):
    assert ranks(name).masked == (name in MASKED)


@pytest.mark.parametrize("name", HEADS)
def test_region_label_and_times_come_from_wherever_they_stand(name):
    found = ranks(name)
    assert (found.region, found.label, found.fetched_ms, found.reset_ms) == HEADS[name]


@pytest.mark.parametrize("name", ["errors.login-required", "live-counts", "regional.signed-url", "leagues.object-docs"])
def test_an_answer_without_rows_is_no_board(name):
    assert read_ranks(answer(f"rankings/{name}"), NOW_MS, 60_000) is None


def test_a_teaser_is_no_ranking_but_our_own_row_in_it_is_real():
    found = ranks("league.teaser")
    assert (found.teaser, found.shown, found.total) == (True, (), 87)
    own = own_row(found, LUNA, "somebody")
    assert own is not None
    assert (own.rank, own.score) == (3, 284500)


def test_a_board_on_which_everybody_is_hidden_shows_nobody():
    assert ranks("country.masked-sandbox").shown == ()


@pytest.mark.parametrize(
    ("name", "label"),
    [("league.full", "A1"), ("league.named-class", "Diamond"), ("webcast-league.ultra", "A1")],
)
def test_a_class_has_its_label_from_the_answer_else_from_the_ladder(name, label):
    found = ranks(name)
    assert (found.class_type, found.class_label) == (2000, label)


@pytest.mark.parametrize("name", ["leagues.array-guide", "leagues.object-docs"])
def test_the_ladder_of_a_league_is_read_in_both_forms(name):
    rungs = read_ladder(answer(f"rankings/{name}"))
    assert rungs is not None
    assert [(rung.class_type, rung.label, rung.count) for rung in rungs] == [
        (2000, "A1", 12), (1900, "A2", 28), (1100, "B5", 55), (1000, "C1", 83),
    ]  # fmt: skip


def test_a_rich_ladder_is_read_and_one_that_is_not_captured_yet_is_none():
    rungs = read_ladder(answer("rankings/leagues.object-rich"))
    assert rungs is not None
    assert [rung.label for rung in rungs] == ["A1", "A2"]
    assert read_ladder(answer("rankings/leagues.unavailable")) is None


def test_all_brackets_of_a_region_are_read_by_class():
    found = read_brackets(answer("rankings/webcast-leagues.ultra"), NOW_MS, 300_000)
    assert {(number, one.class_label, one.region, len(one.rows)) for number, one in found.items()} == {
        (100, "D5", "DE+", 1), (2000, "A1", "DE+", 2),
    }  # fmt: skip


def test_the_boards_of_single_games_are_read_beside_the_overall_one():
    found = ranks("gaming.unmasked")
    (game,) = found.games
    assert (game.name, game.id, game.reset_ms) == ("Call of Duty: Mobile", "23", 1_782_050_000_000)
    one = found.of_game("call of duty: MOBILE")
    assert [(row.rank, row.handle, row.score) for row in one.rows] == [(1, "nora.plays", 926566)]
    assert (one.game, found.of_game("Chess"), found.of_game(None).rows) == ("Call of Duty: Mobile", None, found.rows)
    assert ranks("gaming_movers").games == (), "all games together are no game"


def test_live_counts_are_read_by_region():
    found = read_live_counts(answer("rankings/live-counts"))
    assert (found["GLOBAL"], found["US+"], found["IT+"]) == (12046, 321, 403)


def test_a_countdown_is_counted_from_the_receipt():
    body = answer("rankings/shopping.unmasked")
    del body["next_reset"]
    found = read_ranks(body, NOW_MS, 60_000)
    assert found is not None
    assert found.reset_ms == NOW_MS + 549_999_000


def test_the_creator_is_found_by_the_permanent_id_before_the_handle():
    found = ranks("webcast-leaderboard.ultra")
    assert own_row(found, MAX, "luna.sings").rank == 2
    assert own_row(found, None, "@Luna.Sings").rank == 1
    assert own_row(found, "1", "luna.sings") is None, "the handle is somebody else's now"
    assert own_row(ranks("webcast-leaderboard.masked"), LUNA, "luna.sings").rank == 1
    assert own_row(ranks("webcast-leaderboard.masked"), None, "creator-9f3a01bc") is None


def one_row(**row):
    found = read_ranks({"entries": [{"rank": 5, "score": 7} | row]}, NOW_MS, 60_000)
    assert found is not None
    return found.rows[0]


@pytest.mark.parametrize(
    "handle", ["someone-3fa91c", "creator-9f3a01bc", "••••", "nor•••", "n***", "...", "***", "", "@", "· ·", None]
)
def test_whoever_stands_under_a_placeholder_is_nobody(handle):
    assert one_row(uniqueId=handle, nickname="N").hidden


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Luna • Vale", "Luna • Vale"), ("★ Luna *", "★ Luna *"), ("••••", "luna.v"), ("***", "luna.v"), ("", "luna.v")],
)
def test_the_handle_says_who_is_hidden_and_a_name_with_a_dot_in_it_is_a_name(name, shown):
    row = one_row(uniqueId="luna.v", nickname=name)
    assert (row.hidden, row.name) == (False, shown)


@pytest.mark.parametrize(
    ("owner", "told"), [("6912345678901234501", "6912345678901235000"), ("7000000000000000000", LUNA)]
)
def test_an_id_that_lost_its_last_digits_speaks_neither_for_nor_against_a_creator(owner, told):
    found = read_ranks({"entries": [{"rank": 1, "uniqueId": "luna.sings", "userId": told}]}, NOW_MS, 1)
    assert found is not None
    assert own_row(found, owner, "luna.sings") is found.rows[0]
    assert own_row(found, told if told.endswith("000") else owner, "another") is None


def test_an_anonymous_gifter_is_nobody_and_no_plan_would_show_who_it_is():
    rows = [{"rank": 1, "username": "mira.kay", "diamonds": 5, "masked": False},
            {"rank": 2, "username": "", "displayName": "Enigma TQ4KX", "diamonds": 4, "masked": False}]  # fmt: skip
    found = read_ranks({"creator": "luna.sings", "topGifters": rows}, NOW_MS, 1)
    assert found is not None
    assert ([row.hidden for row in found.rows], found.masked) == ([False, True], False)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inside: st.lists(inside) | st.dictionaries(st.sampled_from(["entries", "current", "channels", "data", "rank", "uniqueId", "score", "games", "leagues", "classes", "userId", "region", "country", "next_reset"]) | st.text(), inside)))  # fmt: skip
def test_no_answer_however_odd_breaks_a_reader(body):
    found = read_ranks(body, NOW_MS, 60_000)
    assert found is None or all(
        not row.hidden or (row.handle, row.user_id, row.name) == (None, None, "") for row in found.rows
    )
    read_ladder(body)
    read_brackets(body, NOW_MS, 1)
    read_live_counts(body)
    assert isinstance(read_sales(body, NOW_MS, 1), Sales | Refusal)


@given(st.lists(st.integers(1, 99), unique=True, max_size=20))
def test_rows_stand_in_the_order_of_rank_whatever_their_score(order):
    body = {"entries": [{"rank": rank, "uniqueId": f"a{rank}", "score": order.index(rank)} for rank in order]}
    found = read_ranks(body, NOW_MS, 60_000)
    assert isinstance(found, Ranks)
    assert [row.rank for row in found.rows] == sorted(order)


# --- sellers ---

OAK = {
    "rank": 1, "id": "7291970000000000107", "handle": "oakandstring", "name": "Oak & String", "units": 57140,
    "usd": 958762.84, "lives": 6, "title": "Spring music sale LIVE",
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "money", "date"),
    [
        ("ok", (958762.84, "USD"), ("week", "2026-13", 500)),
        ("corrected-spelling", (958762.84, "USD"), ("day", "2026-04-01", 1)),
        ("other-currency", (143814426, "JPY"), ("month", "2026-03", 1)),
    ],
)
def test_every_recorded_board_of_sellers_is_read(name, money, date):
    found = read_sales(answer(f"fastmoss/topCreator.{name}"), NOW_MS, 1)
    assert isinstance(found, Sales)
    (row,) = found.rows
    assert {field: getattr(row, field) for field in OAK} == OAK
    assert (row.gmv, row.currency) == money
    assert (found.date_type, found.date_value, found.total) == date


def test_an_empty_board_of_sellers_is_a_board():
    found = read_sales(answer("fastmoss/topCreator.empty"), NOW_MS, 1)
    assert isinstance(found, Sales)
    assert (found.rows, found.date_value) == ((), "2026-04-02")


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("param-error", 10001, "pagesize must be between 1 and 100"),
        ("no-permission", 30001, "No access permission"),
        ("http-401", 30001, "Unauthorized"),
        ("too-frequent", 30003, "Access frequency limit exceeded"),
    ],
)
def test_an_error_inside_an_answer_is_a_sentence(name, code, words):
    found = read_sales(answer(f"fastmoss/topCreator.{name}"), NOW_MS, 1)
    assert isinstance(found, Refusal)
    assert found.code == code
    assert found.text.endswith(words)


def test_no_recorded_answer_of_fastmoss_is_without_an_expectation():
    names = {path.stem.removeprefix("topCreator.") for path in (FRAMES / "fastmoss").glob("*.json")}
    assert names == {
        "ok", "corrected-spelling", "other-currency", "empty", "param-error", "no-permission", "http-401", "too-frequent",
    }  # fmt: skip


def test_places_go_on_from_page_to_page():
    found = read_sales(answer("fastmoss/topCreator.ok"), NOW_MS, 1, page=3, size=20)
    assert isinstance(found, Sales)
    assert found.rows[0].rank == 41


# --- wishes ---


@pytest.mark.parametrize(
    ("region", "spelt"),
    [
        ("US+", ("US+", "US")),
        ("us", ("US", "US+")),
        ("GB+", ("GB+", "UK+")),
        ("UK+", ("UK+", "GB+")),
        ("germany", ("DE+", "DE")),
    ],
)
def test_a_code_has_one_other_spelling(region, spelt):
    assert codes(region) == spelt


def test_codes_and_slugs_are_told_apart():
    assert [is_slug(text) for text in ("japan", "north-america", "US+", "br", "LATAM", "latam")] == [
        True, True, False, False, False, True,
    ]  # fmt: skip
    assert (slugs("DE"), slugs("GB+")[0], slugs("XX")) == (("germany",), "united-kingdom-region", ())


@pytest.mark.parametrize(("text", "number"), [("A1", 2000), ("b5", 1100), ("1300", 1300), ("Gold", 600), ("Z9", None)])
def test_a_class_is_known_by_number_label_and_name(text, number):
    assert class_of(text) == number
