"""Transactions heard lately count once, over any restart, and are kept by the page."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from overlay.core.fight_seen import MOST, PAGE, Seen


def test_a_transaction_is_new_once_and_one_without_a_name_always() -> None:
    seen = Seen()
    assert seen.is_new("a")
    assert not seen.is_new("a")
    assert seen.is_new(None)
    assert seen.is_new("")
    assert seen.is_new(None)


def test_a_new_one_among_hundreds_writes_one_page() -> None:
    seen = Seen()
    seen.add(f"transaction-{n}" for n in range(300))
    seen.drain()
    assert seen.is_new("one more")
    (body,) = seen.drain().values()
    assert len(body) < PAGE * 20
    assert seen.drain() == {}


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 1500), st.sampled_from(["go on", "keep", "restart"])), max_size=120))
def test_over_any_restarts_the_latest_are_remembered_and_the_oldest_forgotten(steps: list[tuple[int, str]]) -> None:
    seen, kept, heard = Seen(), dict[str, bytes](), list[str]()
    for many, then in steps:
        new = [f"t{len(heard) + n}" for n in range(many % 40)]
        heard += new
        assert all(seen.is_new(one) for one in new)
        if then != "go on":
            kept |= seen.drain()
        if then == "restart":
            seen = Seen()
            seen.load(kept)
    assert not any(seen.is_new(one) for one in heard[-MOST:])
    assert len(seen._all) <= MOST + 2 * PAGE


def test_a_page_that_cannot_be_read_is_forgotten_alone() -> None:
    seen = Seen()
    seen.add(f"t{n}" for n in range(PAGE * 2))
    pages = seen.drain() | {"seen1": b"\xc1"}
    again = Seen()
    again.load(pages)
    assert not again.is_new("t0")
    assert again.is_new(f"t{PAGE}")
