"""What a room hands over to be kept is all that has changed, although only what was touched is looked at."""

from __future__ import annotations

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from overlay.core import events, facts
from overlay.core.room import Room
from overlay.widgets import KINDS
from tests.core.test_moving import NOW, PEOPLE, a_room, deeds, hear

captions = st.builds(events.Caption, text=st.sampled_from(["so", "so it", "so it goes"]), final=st.booleans())
merged = st.builds(facts.Merged, at_ms=st.just(0), weak=st.just("id:0"), strong=st.just("id:1"))
spoken = st.builds(facts.Spoke, at_ms=st.just(0), event=captions)


def looked_through(room: Room) -> None:
    """As if everything had been touched."""
    room._folded = dict.fromkeys(room._states)
    room._restaged = dict.fromkeys(room.seats)


@settings(max_examples=60)
@given(st.lists(st.one_of(deeds, spoken, merged, st.none()), max_size=25))
def test_a_look_through_everything_finds_nothing_that_was_not_handed_over(story: list[facts.Fact | None]) -> None:
    room = a_room()
    stages = {**room.drain().stages}
    for at_ms, fact in enumerate(story, NOW + 1):
        if fact is not None:
            hear(room, fact, at_ms)
            continue
        stages |= room.drain().stages
        looked_through(room)
        left = room.drain()
        assert left.states == {}
        assert {name: stages.get(name) for name in left.stages} == left.stages


def test_what_was_ordered_is_kept_also_when_the_overlay_gets_other_options_at_once() -> None:
    room = a_room()
    alerts = next(seat for seat in room.seats.values() if seat.kind.name == "alerts")
    room.drain()
    alerts.stage.order("pause", NOW + 1, alerts.options)
    room.touch(alerts)
    room.seat(alerts.widget, KINDS["alerts"], msgspec.structs.replace(alerts.options, volume=7), NOW + 1)
    kept = room.drain().stages
    again = a_room()
    again.leave(alerts.widget)
    again.seat(alerts.widget, KINDS["alerts"], alerts.options, NOW + 2, stage={"": kept[alerts.widget]})
    assert again.view(again.seats[alerts.widget], NOW + 2).paused is True


def test_a_card_that_waits_is_kept_under_its_persons_stronger_key() -> None:
    room = a_room()
    alerts = next(seat for seat in room.seats.values() if seat.kind.name == "alerts")
    for number in (1, 0):
        gift = facts.Credit(
            at_ms=0, who=PEOPLE[number], combo=str(number), gift_id="5", units=1, price=1, diamonds=1, count=1
        )
        hear(room, gift, NOW + 1)
    room.drain()
    hear(room, facts.Merged(at_ms=0, weak="id:0", strong="id:2"), NOW + 5)
    kept = {name: body for name, body in room.drain().stages.items() if name.startswith(alerts.widget)}
    assert any(b"id:2" in body for body in kept.values() if body)


def test_captions_that_wait_for_their_delay_are_kept() -> None:
    room = a_room()
    late = next(seat for seat in room.seats.values() if getattr(seat.options, "delay_ms", 0))
    room.drain()
    hear(room, facts.Spoke(at_ms=0, event=events.Caption(text="so it goes", final=True)), NOW + 1)
    assert msgspec.msgpack.decode(room.drain().stages[late.widget])["pending"]
