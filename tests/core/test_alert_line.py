"""An alert stage is kept part by part, and put together again it is the same stage."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from overlay.core import facts
from overlay.core.alert_line import Whole
from overlay.core.items import Log
from overlay.widgets.alerts import Options, Stage
from tests.core.rooms import scene


def who(n: int) -> facts.Who:
    return facts.Who(key=f"id:{n}", id=str(n), name=f"Person {n}")


def credit(at_ms: int, n: int, units: int, *, running: bool = True, count: int = 0) -> facts.Credit:
    return facts.Credit(
        at_ms=at_ms, who=who(n), gift_id=str(n % 3), combo=f"c{n}", units=units, count=count or units,
        price=10, diamonds=10 * units, running=running,
    )  # fmt: skip


def kept(parts: dict[str, bytes], stage: Stage) -> dict[str, bytes]:
    told = stage.parts()
    return {name: body for name, body in (parts | told).items() if body is not None}


def plain(stage: Stage) -> Any:
    whole = msgspec.to_builtins(stage)
    for mark in ("unsaved", "left", "came", "places"):
        whole.pop(mark, None)
    cards = [whole.get("card"), whole.get("last"), whole.get("again"), *whole.get("waiting", {}).values()]
    for card in filter(None, cards):
        card.pop("n", None)
        card["people"] = sorted(card.get("people", []))
    return whole


ACTS = st.lists(
    st.tuples(
        st.integers(0, 4000),
        st.sampled_from(
            ["gift", "step", "end", "follow", "skip", "clear", "replay", "pause", "resume", "merge", "keep"]
        ),
        st.integers(0, 12),
    ),
    max_size=80,
)


@settings(max_examples=150)
@given(ACTS, st.sampled_from([1, 4, 50]))
def test_kept_by_its_parts_and_put_together_again_it_is_the_same(acts: list[tuple[int, str, int]], most: int) -> None:
    stage, options, log, room, at_ms = Stage(), Options(queue=most), Log(), scene(), 0
    parts: dict[str, bytes] = {}
    for after_ms, what, n in acts:
        at_ms += after_ms
        match what:
            case "gift" | "step":
                stage.hear(credit(at_ms, n, 1 + n), options, log, room)
            case "end":
                stage.hear(facts.ComboEnded(at_ms=at_ms, combo=f"c{n}"), options, log, room)
            case "follow":
                stage.hear(facts.Followed(at_ms=at_ms, who=who(n)), options, log, room)
            case "merge":
                stage.hear(facts.Merged(at_ms=at_ms, weak=f"id:{n}", strong=f"id:{n + 1}"), options, log, room)
            case "keep":
                parts = kept(parts, stage)
            case order:
                stage.order(order, at_ms, options)
    parts = kept(parts, stage)
    again = Stage.whole(parts)
    assert plain(again) == plain(stage)
    assert list(again.waiting) == list(stage.waiting)
    assert {combo: place for combo, place in stage.places.items() if place in stage.waiting} == again.places
    assert set(parts) == set(stage.kept_as())
    again_parts = again.parts()
    assert set(again_parts) == {""}  # nothing that waits is written again


def test_one_gift_more_writes_its_card_and_not_those_that_wait() -> None:
    stage, options, log, room = Stage(), Options(), Log(), scene()
    for n in range(30):
        stage.hear(facts.Followed(at_ms=1000 + n, who=who(n)), options, log, room)
    stage.hear(credit(2000, 7, 1), options, log, room)
    stage.parts()
    stage.hear(credit(2100, 7, 1, count=2), options, log, room)
    told = stage.parts()
    assert len(told) == 2
    assert sum(len(body or b"") for body in told.values()) < 1500


def test_a_stage_that_was_kept_all_in_one_is_read_and_kept_in_parts_from_then_on() -> None:
    stage, options, log, room = Stage(), Options(), Log(), scene()
    for n in range(5):
        stage.hear(facts.Followed(at_ms=1000 + n, who=who(n)), options, log, room)
    once = Whole(**{name: getattr(stage, name) for name in Whole.__struct_fields__})
    again = Stage.whole({"": msgspec.msgpack.encode(once)})
    assert plain(again) == plain(stage)
    assert len(again.parts()) == 1 + len(stage.waiting)
