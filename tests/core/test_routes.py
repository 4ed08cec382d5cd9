"""Who takes in a fact is looked up and not looked for; what is left out or kept beside would not have changed a thing."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from overlay.core import events, facts
from overlay.core.keeping import Change
from overlay.core.ledger import LONGEST_MS, PRUNE_MS, Ledger
from overlay.core.room import Room
from overlay.core.scene import Scene
from overlay.core.speech_segment import read
from overlay.core.speech_stage import HEARD
from overlay.core.tally import Tally
from overlay.core.totals import Totals
from overlay.widgets import KINDS
from tests.core.test_drain import captions, spoken
from tests.core.test_moving import NOW, PEOPLE, a_room, deeds, hear
from tests.core.test_wakes import do, fought, others

if TYPE_CHECKING:
    from overlay.core.facts import Fact

STATES = list(dict.fromkeys(kind.state for kind in KINDS.values() if getattr(kind.state, "ignores", None)))
SOMEBODY = [events.Person(id=str(number), nickname=f"Person {number}", handle=f"p{number}") for number in range(3)]

people = st.sampled_from([*SOMEBODY, events.Person(nickname="Nobody")])
heard = st.one_of(
    st.builds(
        events.Gift,
        person=people,
        gift_id=st.sampled_from(["5", "7"]),
        gift_type=st.just(1),
        count=st.integers(1, 5),
        ended=st.booleans(),
        transaction_id=st.sampled_from([None, "t1", "t2"]),
        msg_id=st.sampled_from([None, "g1", "g2"]),
    ),
    st.builds(events.Chat, person=people, text=st.just("hi"), msg_id=st.sampled_from([None, "1", "2", "3"])),
    st.builds(events.Join, person=people),
    st.builds(events.Deletion, deleted_id=st.sampled_from(["1", "9"])),
    st.builds(events.Pin, person=people, text=st.just("hi"), duration_s=st.just(9), off=st.booleans()),
    st.builds(events.ResetAsked, id=st.sampled_from(["r1", "r2"]), what=st.just("all")),
    st.sampled_from([events.Opened(), events.Closed()]),
)
waits = st.sampled_from([0, 1_100, 9_500, 51_000, 1_795_000])  # to just before and just after what is remembered


class Failing:
    """A state or a stage that takes nothing in, once armed."""

    armed = False

    def fold(self, *_: object) -> bool:
        if self.armed:
            raise ValueError
        return False

    hear = fold

    def wake(self) -> None:
        return None


def who_takes_in(room: Room, kind: type[Fact]) -> tuple[list[object], list[str]]:
    """Looked for among all that are there now."""
    states = [
        key
        for key, state in room._states.items()
        if key not in room._broken and kind not in getattr(state, "ignores", ())
    ]
    stages = [seat for seat in room.seats.values() if seat.stage and seat.base is None and not seat.broken]
    return states, [seat.widget for seat in stages if kind not in seat.ignores]


@settings(max_examples=60)
@given(st.lists(st.sampled_from(["sit", "leave", "break", "fail", "follow", "variant", "view"]), max_size=6))
def test_who_takes_in_a_fact_is_looked_up_anew_after_whatever_may_change_it(story: list[str]) -> None:
    room = a_room()
    for number, what in enumerate(story):
        alerts = [seat for seat in room.seats.values() if seat.kind.name == "alerts"]
        match what:
            case "break":
                room.follow(msgspec.structs.replace(KINDS["chat"], name="failing", state=Failing)).armed = True
            case "fail":
                alerts[0].stage = Failing()
                alerts[0].stage.armed = True
            case "follow":
                room.follow(KINDS["ranking"])
            case "variant":
                room.variant(f"{alerts[0].widget}?{number}", alerts[0].widget, alerts[0].options, NOW)
            case _:
                do(room, what, NOW + number)
        hear(room, facts.Followed(at_ms=0, who=PEOPLE[0]), NOW + number)
        for kind in (facts.Followed, facts.Spoke, facts.Tick):
            route = room._route(kind)
            assert ([key for key, _, _ in route.folds], [seat.widget for seat in route.hears]) == who_takes_in(
                room, kind
            )
            for key, _, readers in route.folds:
                shown = [seat for seat in room.seats.values() if seat.kind.state == key and kind not in seat.ignores]
                assert readers == shown


@settings(max_examples=60)
@given(st.data())
@pytest.mark.parametrize("state", STATES)
def test_a_fact_that_a_state_ignores_would_change_nothing_that_is_shown(state: type, data: st.DataObject) -> None:
    room = a_room()
    seats = [seat for seat in room.seats.values() if seat.kind.state is state]
    for at_ms, fact in enumerate(data.draw(st.lists(st.one_of(deeds, spoken, fought, others), max_size=12)), NOW + 1):
        told = msgspec.structs.replace(fact, at_ms=at_ms)
        hear(room, told, at_ms)
        if type(told) in state.ignores:
            before = [msgspec.json.encode(room.view(seat, at_ms)) for seat in seats]
            assert not room._states[state].fold(told, room.scene)
            assert before == [msgspec.json.encode(room.view(seat, at_ms)) for seat in seats]


@settings(max_examples=100)
@given(st.lists(st.tuples(waits, heard), max_size=30))
def test_a_ledger_forgets_at_the_same_time_as_if_each_part_were_asked_each_time(
    story: list[tuple[int, events.Event]],
) -> None:
    ledger, asked = Ledger("c"), Ledger("c")
    at_ms = NOW
    for wait_ms, event in story:
        at_ms += wait_ms
        asked._aging = {}
        assert ledger.hear(event, at_ms) == asked.hear(event, at_ms)
        assert ledger.drain() == asked.drain()


SET_BACK_AGAIN = [
    (0, events.Join(person=SOMEBODY[0])),
    (-3_600_000, events.Join(person=SOMEBODY[1])),
    (51_000, events.Chat(person=SOMEBODY[0], text="hi")),
    (51_000, events.Join(person=SOMEBODY[0])),
    (1_100, events.Join(person=events.Person(nickname="Nobody"))),
    (-3_600_000, events.Chat(person=SOMEBODY[0], text="hi")),
]
"""What is due when a clock is set back once more is an hour away by the new one."""


@settings(max_examples=100)
@given(st.lists(st.tuples(st.sampled_from([-3_600_000, 0, 1_100, 51_000]), heard), max_size=30))
@example(SET_BACK_AGAIN)
def test_after_a_clock_was_set_back_a_ledger_forgets_a_minute_late_at_most(
    story: list[tuple[int, events.Event]],
) -> None:
    ledger, asked = Ledger("c"), Ledger("c")
    at_ms = NOW
    for wait_ms, event in story:
        at_ms += wait_ms
        asked._aging = {}
        ledger.hear(event, at_ms)
        asked.hear(event, at_ms)
    gone = {key for key, row in asked.drain().items() if row is None}
    ledger.tick(at_ms + LONGEST_MS + PRUNE_MS)
    assert gone <= {key for key, row in ledger.drain().items() if row is None}


@settings(max_examples=100)
@given(st.lists(st.tuples(waits, heard), max_size=30))
def test_a_ledger_wakes_when_the_first_of_its_parts_does(story: list[tuple[int, events.Event]]) -> None:
    ledger, at_ms = Ledger("c"), NOW
    for wait_ms, event in story:
        at_ms += wait_ms
        ledger.hear(event, at_ms)
        parts = (ledger.combos.wake(), ledger.pins.wake())
        assert ledger.wake() == min((wake for wake in parts if wake is not None), default=None)
    ledger.flush(at_ms)
    assert ledger.wake() == ledger.pins.wake()


@settings(max_examples=60)
@given(st.lists(st.tuples(deeds, st.booleans()), max_size=25))
def test_the_totals_that_are_handed_over_are_the_whole_ones_whatever_of_them_was_written_before(
    story: list[tuple[Fact, bool]],
) -> None:
    scene, tally = Scene("c", "c", ZoneInfo("UTC"), lambda _url: None), Tally()
    tally.start(scene, NOW)
    kept: dict[str, bytes | None] = {}
    for at_ms, (fact, ends) in enumerate(story, NOW + 1):
        tally.fold(msgspec.structs.replace(fact, at_ms=at_ms), scene)
        if not ends:
            continue
        tally.drain(change := Change(creator="c"))
        kept |= change.totals
        for key, period in tally.periods.items():
            if period.totals != Totals():
                assert kept[key] == msgspec.msgpack.encode(period.totals)


@settings(max_examples=60)
@given(st.lists(captions, max_size=20))
def test_a_caption_that_is_read_once_for_all_is_left_by_all_as_it_was(story: list[events.Caption]) -> None:
    room = a_room()
    for number, caption in enumerate(story):
        hear(room, facts.Spoke(at_ms=0, event=caption), NOW + 900 * number)
        assert read(caption) == read.__wrapped__(caption)


@settings(max_examples=100)
@given(
    st.lists(st.tuples(st.integers(0, 9_000), st.one_of(spoken, others)), max_size=25),
    st.sampled_from([{}, {"delay_ms": 2_000}, {"translation": "replace", "target": "de"}]),
)
def test_captions_that_look_for_their_timers_only_when_one_is_due_are_the_same(
    story: list[tuple[int, Fact]], given_options: dict[str, object]
) -> None:
    kind, scene = KINDS["captions"], Scene("c", "c", ZoneInfo("UTC"), lambda _url: None)
    options = msgspec.convert(given_options, kind.options)
    stage, asked = kind.stage(options), kind.stage(options)  # type: ignore[misc]  # captions have one
    at_ms = NOW
    for wait_ms, fact in story:
        at_ms += wait_ms
        told = msgspec.structs.replace(fact, at_ms=at_ms)
        if isinstance(told, HEARD):
            asked.next_ms = 0
        assert stage.hear(told, options, None, scene) == asked.hear(told, options, None, scene)
        assert stage == asked
