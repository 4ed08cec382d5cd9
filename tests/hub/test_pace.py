"""A widget is sent so many times a second at most, and two changes close together need not wait for one another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overlay.hub.pace import Pace


@given(st.integers(1, 60), st.lists(st.floats(0, 3), min_size=1, max_size=200))
def test_never_more_than_the_pace_in_any_second(hz: int, waits: list[float]) -> None:
    pace, now_s, next_s, spent_s, sent = Pace(hz), 0.0, 0.0, 0.0, list[float]()
    for wait_s in waits:
        now_s = max(now_s + wait_s / hz, next_s)
        next_s, spent_s = pace.sent(now_s, spent_s)
        sent.append(now_s)
    for began in sent:
        assert sum(began <= at < began + 1 - 1e-6 for at in sent) <= hz


@pytest.mark.parametrize("hz", [2, 20, 60])
def test_the_second_of_two_goes_at_once_and_the_third_waits(hz: int) -> None:
    pace = Pace(hz)
    next_s, spent_s = pace.sent(10.0, 0.0)
    assert next_s == 10.0
    next_s, spent_s = pace.sent(10.01, spent_s)
    assert next_s == pytest.approx(10.0 + 1 / (hz - 1))
    next_s, _ = pace.sent(next_s, spent_s)
    assert next_s == pytest.approx(10.0 + 2 / (hz - 1))


def test_once_a_second_is_once_a_second() -> None:
    assert Pace(1).sent(10.0, 0.0)[0] == 11.0
