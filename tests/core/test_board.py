"""What a board claims: sums are exact, the order is right whatever comes in, and only ranked people stand on it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from overlay.core.board import KEPT, METRICS, Board, is_ranked

KEYS = [f"id:{n}" for n in range(6)] + ["anon:id:9", "nobody"]
CREDITS = st.lists(
    st.tuples(st.sampled_from(KEYS), st.sampled_from(METRICS), st.integers(min_value=1, max_value=50)), max_size=60
)


def everybody(_key: str) -> bool:
    return True


def sorted_anew(board: Board, metric: str) -> list[str]:
    """The order by the plainest means there is."""
    rows = [(-getattr(score, metric), score.order, key) for key, score in board.scores.items()]
    return [key for amount, _, key in sorted(rows) if amount and is_ranked(key)]


@given(CREDITS, st.integers(min_value=0, max_value=59))
def test_the_kept_order_is_the_sorted_order_whenever_somebody_begins_to_look(credits: list, look: int) -> None:
    board = Board()
    for at, (key, metric, amount) in enumerate(credits):
        if at == look:
            for each in METRICS:
                board.top(each)
        board.add(key, metric, amount, ranked=is_ranked(key))
    for metric in METRICS:
        assert [key for key, _, _ in board.leaders(metric, 20, everybody)] == sorted_anew(board, metric)


@given(CREDITS)
def test_sums_and_people_include_the_anonymous(credits: list) -> None:
    board = Board()
    for key, metric, amount in credits:
        board.add(key, metric, amount, ranked=is_ranked(key))
    for metric in METRICS:
        given_here = [(key, amount) for key, each, amount in credits if each == metric]
        assert getattr(board.sums, metric) == sum(amount for _, amount in given_here)
        assert board.people[metric] == len({key for key, _ in given_here})


@given(CREDITS, st.sampled_from(KEYS[:3]), st.sampled_from(KEYS[3:6]))
def test_a_merge_moves_all_of_the_weak_to_the_strong_and_changes_no_sum(credits: list, weak: str, strong: str) -> None:
    board = Board()
    for key, metric, amount in credits:
        board.add(key, metric, amount, ranked=is_ranked(key))
    board.top("diamonds")
    before = {metric: getattr(board.sums, metric) for metric in METRICS}
    wanted = {
        metric: sum(amount for key, each, amount in credits if each == metric and key in {weak, strong})
        for metric in METRICS
    }
    board.merge(weak, strong)
    assert {metric: getattr(board.sums, metric) for metric in METRICS} == before
    assert weak not in board.scores
    if strong in board.scores:
        assert {metric: getattr(board.scores[strong], metric) for metric in METRICS} == wanted
    assert [key for key, _, _ in board.leaders("diamonds", 20, everybody)] == sorted_anew(board, "diamonds")


def test_who_came_first_stands_first_at_the_same_score() -> None:
    board = Board()
    for key in ("id:1", "id:2", "id:3"):
        board.add(key, "diamonds", 5, ranked=True)
    assert [key for key, _, _ in board.leaders("diamonds", 3, everybody)] == ["id:1", "id:2", "id:3"]


def test_the_last_change_of_order_tells_how_far_each_was_moved() -> None:
    board = Board()
    board.top("diamonds")
    for key, amount in (("id:1", 30), ("id:2", 20), ("id:3", 10)):
        board.add(key, "diamonds", amount, ranked=True)
    board.add("id:3", "diamonds", 100, ranked=True)
    assert [(key, moved) for key, _, moved in board.leaders("diamonds", 3, everybody)] == [
        ("id:3", 2),
        ("id:1", -1),
        ("id:2", -1),
    ]


def test_hidden_people_never_leave_a_row_empty_while_others_could_stand_there() -> None:
    board = Board()
    people = KEPT + 40
    for n in range(people):
        board.add(f"id:{n}", "diamonds", people - n, ranked=True)
    hidden = {f"id:{n}" for n in range(KEPT + 10)}
    shown = [key for key, _, _ in board.leaders("diamonds", 5, lambda key: key not in hidden)]
    assert shown == [f"id:{n}" for n in range(KEPT + 10, KEPT + 15)]


@given(CREDITS)
def test_what_the_store_was_given_makes_the_same_board_again(credits: list) -> None:
    board, kept = Board(), {}
    for key, metric, amount in credits:
        board.add(key, metric, amount, ranked=is_ranked(key))
        board.drain("today", kept)
    again = Board()
    again.load({key: row for (_, key), row in kept.items()})
    assert again.sums == board.sums
    assert again.people == board.people
    for metric in METRICS:
        assert again.leaders(metric, 20, everybody) == [
            (key, score, 0) for key, score, _ in board.leaders(metric, 20, everybody)
        ]
