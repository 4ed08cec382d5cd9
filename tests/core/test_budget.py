"""Budgets: what a key may do, in figures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overlay.core import budget
from overlay.core.budget import DAY_MS, TIERS, Limits, interval_s, requests_per_tick, socket_budget, socket_cap


def limits(tier: str, **more) -> Limits:
    return Limits(tier=tier, **more)


@pytest.mark.parametrize(
    ("cap", "lowered", "sockets"),
    [(1, 0, 1), (2, 0, 1), (3, 0, 2), (10, 0, 9), (20, 0, 18), (20, 2, 16), (2, 5, 1), (0, 0, 1)],
)
def test_nine_tenths_of_the_sockets_are_used_and_always_one(cap, lowered, sockets):
    assert socket_budget(cap, lowered) == sockets


def test_rate_limits_outrank_the_table_and_without_either_there_is_one_socket():
    assert socket_cap(limits("basic", sockets=10)) == 10
    assert socket_cap(limits("basic")) == 20
    assert socket_cap(limits("something new")) == 1
    assert socket_cap(None) == 1


@pytest.mark.parametrize(
    ("name", "tier"),
    [
        ("sandbox", "sandbox"),
        ("free", "sandbox"),
        ("Community", "sandbox"),
        ("agency_global", "global"),
        ("admin", "global"),
        ("ULTRA", "ultra"),
    ],
)
def test_tiers_are_known_by_all_their_names(name, tier):
    assert budget.tier_of(name) is TIERS[tier]


def test_batches_follow_the_tier():
    sizes = {name: budget.batch_size(limits(name)) for name in TIERS}
    assert sizes == {"sandbox": 1, "basic": 10, "pro": 50, "ultra": 100, "global": 200}
    assert budget.batches(["a", "b", "c"], 2) == [["a", "b"], ["c"]]


def test_forty_creators_on_basic_are_asked_about_every_two_minutes():
    assert interval_s(requests_per_tick(40, 10), 60, limits("basic", per_minute=60)) == 120


def test_a_creator_on_the_sandbox_costs_two_requests_and_fits_its_day():
    assert requests_per_tick(1, 1) == 2
    assert interval_s(2, 60, limits("sandbox")) == 180


def test_one_creator_on_basic_is_asked_about_as_often_as_wanted():
    assert interval_s(1, 60, limits("basic")) == 60


def test_an_interval_for_tests_is_held_to_the_minute_at_once_and_to_the_day_after_a_burst():
    assert interval_s(1, 1, limits("pro"), used_today=0) == 1
    assert interval_s(1, 1, limits("pro"), used_today=3_750) > 1
    assert interval_s(1, 1, limits("basic"), used_today=0) == 2


def test_an_unknown_tier_is_not_slowed_down():
    assert interval_s(3, 60, None) == 60


@given(st.integers(0, 2000), st.floats(1, 600), st.sampled_from(list(TIERS)), st.integers(0, 10**6))
def test_preflight_never_takes_half_of_the_minute_or_of_the_day(creators, wanted, name, used):
    tier = TIERS[name]
    requests = requests_per_tick(creators, tier.batch)
    interval = interval_s(requests, wanted, limits(name), used)
    assert interval >= wanted
    assert requests * 60 / interval <= tier.per_minute / 2 + 1e-6
    if wanted >= 10 or used >= tier.per_day / 20:
        assert requests * 86_400 / interval <= tier.per_day / 2 + 1e-3


def test_asking_is_of_no_use_while_nine_tenths_of_the_cap_are_open():
    assert budget.preflight_useful(17, 20)
    assert not budget.preflight_useful(18, 20)
    assert not budget.preflight_useful(1, 1)


def test_the_day_begins_at_midnight_utc():
    assert budget.ms_to_midnight(20_000 * DAY_MS) == DAY_MS
    assert budget.ms_to_midnight(20_000 * DAY_MS + 1) == DAY_MS - 1


def test_requests_that_are_not_ours_are_seen():
    assert budget.foreign_requests(Limits(per_minute=60, remaining=20), own=10) == 30
    assert budget.foreign_requests(Limits(per_minute=60, remaining=50), own=10) == 0
    assert budget.foreign_requests(Limits(), own=0) == 0
