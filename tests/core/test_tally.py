"""What the tally claims: every period is exact at its boundaries, resets can be taken back, a start finds all again."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import astuple

from overlay.core import facts
from overlay.core.facts import Who
from overlay.core.keeping import Change, Kept
from overlay.core.scene import Scene
from overlay.core.tally import Tally

BERLIN = ZoneInfo("Europe/Berlin")
ADA = Who(key="id:1", id="1", name="Ada")
LIN = Who(key="id:2", id="2", name="Lin")
SHADE = Who(key="anon:id:3", id="3", name="Enigma x", anonymous=True)


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp() * 1000)


def scene() -> Scene:
    return Scene("c", "luna", BERLIN, lambda _address: None)


def gift(who: Who, diamonds: int, at_ms: int, *, combo: str = "c1", count: int = 1) -> facts.Credit:
    return facts.Credit(
        at_ms=at_ms,
        who=who,
        combo=combo,
        gift_id="5655",
        units=count,
        count=count,
        price=diamonds // count,
        diamonds=diamonds,
    )


def fold(tally: Tally, *some: facts.Fact) -> Tally:
    for fact in some:
        tally.fold(fact, scene())
    return tally


def diamonds(tally: Tally, name: str) -> int:
    return tally.period(name).totals.diamonds


def test_a_day_ends_exactly_at_local_midnight() -> None:
    tally = fold(
        Tally(),
        facts.StreamBegan(at_ms=at("2026-11-21T23:59:00"), stream="r1"),
        gift(ADA, 10, at("2026-11-21T23:59:59.999")),
    )
    assert diamonds(tally, "today") == 10
    fold(tally, gift(ADA, 7, at("2026-11-22T00:00:00")))
    assert (diamonds(tally, "today"), diamonds(tally, "week"), diamonds(tally, "stream")) == (7, 17, 17)


def test_a_week_begins_on_monday_and_a_month_on_its_first() -> None:
    tally = fold(Tally(), gift(ADA, 1, at("2026-11-29T12:00:00")), gift(ADA, 2, at("2026-11-30T00:00:00")))
    assert (diamonds(tally, "week"), diamonds(tally, "month")) == (2, 3)
    fold(tally, gift(ADA, 4, at("2026-12-01T00:00:00")))
    assert (diamonds(tally, "week"), diamonds(tally, "month"), diamonds(tally, "all")) == (6, 4, 7)


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-11-21", 24)], ids=["spring", "autumn", "plain"]
)
def test_a_day_is_as_long_as_the_clock_change_makes_it(day: str, hours: int) -> None:
    tally = Tally()
    tally.start(scene(), at(f"{day}T00:00:00"))
    assert tally.wake() == at(f"{day}T00:00:00") + hours * 3_600_000


def test_a_clock_set_back_an_hour_never_takes_a_day_back() -> None:
    tally = fold(Tally(), gift(ADA, 5, at("2026-11-22T00:30:00")), gift(ADA, 3, at("2026-11-21T23:40:00")))
    assert diamonds(tally, "today") == 8


def test_a_new_stream_starts_from_zero_and_the_day_goes_on() -> None:
    start = at("2026-11-21T12:00:00")
    tally = fold(
        Tally(),
        facts.StreamBegan(at_ms=start, stream="r1"),
        gift(ADA, 5, start),
        facts.StreamBegan(at_ms=start + 1, stream="r2"),
        gift(LIN, 2, start + 2),
    )
    assert (diamonds(tally, "stream"), diamonds(tally, "today")) == (2, 7)
    assert list(tally.period("stream").board.scores) == ["id:2"]


def test_a_stream_that_gets_its_id_late_keeps_what_it_has() -> None:
    start = at("2026-11-21T12:00:00")
    tally = fold(
        Tally(),
        facts.StreamBegan(at_ms=start, stream=f"open:{start}"),
        gift(ADA, 5, start),
        facts.StreamNamed(at_ms=start + 1, old=f"open:{start}", stream="r1"),
        gift(ADA, 1, start + 2),
    )
    assert diamonds(tally, "stream") == 6
    assert tally.period("stream").key == "stream:r1"


def test_test_facts_count_nowhere() -> None:
    start = at("2026-11-21T12:00:00")
    trial = facts.Credit(at_ms=start, test=True, who=ADA, combo="t", gift_id="1", units=1, count=1, diamonds=9, price=9)
    tally = fold(Tally(), gift(ADA, 1, start), trial)
    assert diamonds(tally, "all") == 1
    assert tally.small.gift is not None
    assert tally.small.gift.diamonds == 1


def test_the_first_like_total_counts_whole_for_the_stream_and_not_for_the_day() -> None:
    start = at("2026-11-21T12:00:00")
    tally = fold(
        Tally(),
        facts.Liked(at_ms=start, who=ADA, count=10, stream_gain=500, gain=0),
        facts.Liked(at_ms=start + 1, who=LIN, count=5, stream_gain=5, gain=5),
    )
    assert tally.period("stream").totals.likes == 505
    assert tally.period("today").totals.likes == 5
    assert tally.period("stream").board.sums.likes == 15


@pytest.mark.parametrize("what", ["leaderboard", "all"])
def test_a_reset_of_the_boards_empties_them_and_its_undo_keeps_what_came_since(what: str) -> None:
    start = at("2026-11-21T12:00:00")
    tally = fold(
        Tally(), gift(ADA, 5, start), facts.Cleared(at_ms=start + 1, id="r", what=what), gift(LIN, 2, start + 2)
    )
    assert list(tally.period("today").board.scores) == ["id:2"]
    fold(tally, facts.Restored(at_ms=start + 3, id="r", what=what))
    board = tally.period("today").board
    assert {key: score.diamonds for key, score in board.scores.items()} == {"id:1": 5, "id:2": 2}
    assert board.sums.diamonds == 7


def test_a_reset_of_the_goals_leaves_boards_and_counters_alone() -> None:
    start = at("2026-11-21T12:00:00")
    tally = fold(
        Tally(), gift(ADA, 5, start), facts.Cleared(at_ms=start + 1, id="r", what="goals"), gift(LIN, 2, start + 2)
    )
    assert tally.goal_value("diamonds", "stream") == 2
    assert tally.goal_value("gift:5655", "today") == 1
    assert diamonds(tally, "stream") == 7
    fold(tally, facts.Restored(at_ms=start + 3, id="r", what="goals"))
    assert tally.goal_value("diamonds", "stream") == 7


def test_a_period_since_a_moment_counts_nothing_before_it() -> None:
    start = at("2026-11-21T12:00:00")
    tally = Tally()
    tally.start(scene(), start)
    tally.count_since(start + 10)
    fold(tally, gift(ADA, 5, start + 9), gift(ADA, 2, start + 10))
    assert tally.goal_value("diamonds", str(start + 10)) == 2


def keep(changes: list[Change]) -> Kept:
    """What the store would give back after these changes."""
    kept = Kept()
    for change in changes:
        for (period, key), row in change.scores.items():
            rows = kept.scores.setdefault(period, {})
            if row is None:
                rows.pop(key, None)
            else:
                rows[key] = row
        kept.totals.update({key: body for key, body in change.totals.items() if body is not None})
        kept.states.update({key: body for key, body in change.states.items() if body is not None})
    return kept


@pytest.mark.parametrize("reset", [None, "leaderboard", "goals", "all"])
def test_a_start_finds_everything_again_and_can_still_take_a_reset_back(reset: str | None) -> None:
    start = at("2026-11-21T12:00:00")
    some: list[facts.Fact] = [
        facts.StreamBegan(at_ms=start, stream="r1"),
        gift(ADA, 5, start),
        gift(SHADE, 4, start + 1),
        facts.Followed(at_ms=start + 2, who=LIN),
        facts.Watched(at_ms=start + 3, now=120),
    ]
    if reset:
        some.append(facts.Cleared(at_ms=start + 4, id="r", what=reset))
    some.append(gift(LIN, 3, start + 5))
    first, changes = Tally(), []
    for fact in some:
        first.fold(fact, scene())
        change = Change(creator="c")
        first.drain(change)
        changes.append(change)
    kept = keep(changes)
    second = Tally()
    second.load_small(kept.states)
    second.start(scene(), start + 60)
    assert set(second.keys()) <= {key.partition("#")[0] + tail for key in kept.totals for tail in ("", "#r")} | set(
        kept.scores
    )
    second.load(kept)
    for tally in (first, second):
        if reset:
            tally.fold(facts.Restored(at_ms=start + 70, id="r", what=reset), scene())
    for name in ("stream", "today", "week", "month", "all"):
        one, two = first.period(name), second.period(name)
        assert two.key == one.key
        assert two.totals == one.totals
        assert {key: astuple(score)[:5] for key, score in two.board.scores.items()} == {
            key: astuple(score)[:5] for key, score in one.board.scores.items()
        }
        assert second.goal_value("diamonds", name) == first.goal_value("diamonds", name) == 12
    assert second.small.viewers == 120
