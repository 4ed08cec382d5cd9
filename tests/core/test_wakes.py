"""When a room wakes next is what all its parts say, although only those that took something in are asked again."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from overlay.core import events, facts
from overlay.core.ledger import Ledger
from overlay.core.room import Room
from overlay.core.scene import Scene
from overlay.widgets import KINDS
from tests.core.test_drain import captions
from tests.core.test_moving import NOW, PEOPLE, a_room, deeds

if TYPE_CHECKING:
    from collections.abc import Callable

spoken = st.builds(facts.Spoke, at_ms=st.just(0), event=captions)
fought = st.builds(
    facts.Fought,
    at_ms=st.just(0),
    event=st.one_of(
        st.builds(
            events.Battle, battle_id=st.just("b"), status=st.integers(1, 5), duration_s=st.sampled_from([None, 5])
        ),
        st.builds(
            events.Armies,
            battle_id=st.just("b"),
            status=st.sampled_from([1, 2]),
            remaining_s=st.sampled_from([None, 0.0, 5.0]),
        ),
    ),
)
others = st.one_of(
    st.builds(facts.SocketOpened, at_ms=st.just(0), socket=st.just("live")),
    st.builds(facts.StreamEnded, at_ms=st.just(0), reason=st.just("offline")),
    st.builds(facts.Cleared, at_ms=st.just(0), id=st.just("r"), what=st.sampled_from(["all", "battle", "captions"])),
    st.builds(facts.Restored, at_ms=st.just(0), id=st.just("r"), what=st.sampled_from(["all", "battle", "captions"])),
)
ANN = events.Person(id="1", nickname="Ann")
orders = st.sampled_from(["skip", "pause", "resume", "clear", "replay", "sit", "leave", "view", "test"])


class Stuck:
    """A state or a stage with a timer that does not move on."""

    said: ClassVar[list[facts.Fact]] = []

    def __init__(self, due_ms: int) -> None:
        self.due_ms = due_ms

    def fold(self, *_: object) -> bool:
        return False

    hear = fold

    def wake(self) -> int:
        return self.due_ms


def stuck(number: int) -> Callable[[], Stuck]:
    """States of different kinds."""
    return lambda: Stuck(NOW + number)


def asked(room: Room) -> int | None:
    """When every part of the room is asked."""
    parts = [room.ledger, room.trial, *(state for key, state in room._states.items() if key not in room._broken)]
    parts += [seat.stage for seat in room.seats.values() if seat.stage and seat.base is None and not seat.broken]
    return min((wake for part in parts if (wake := part.wake()) is not None), default=None)


def do(room: Room, what: str, at_ms: int) -> None:
    """Something that is no fact."""
    for seat in [seat for seat in room.seats.values() if seat.kind.name == "alerts"]:
        match what:
            case "sit":
                room.seat(seat.widget, seat.kind, msgspec.structs.replace(seat.options, min_show_s=9), at_ms)
            case "leave":
                room.leave(seat.widget)
                room.seat("again", KINDS["alerts"], seat.options, at_ms)
            case "view":
                room.view(seat, at_ms)
            case "test":
                room.trial.hear(events.Follow(person=ANN), at_ms)
            case _:
                seat.stage.order(what, at_ms, seat.options)
                room.touch(seat)


@settings(max_examples=100)
@given(st.lists(st.tuples(st.integers(0, 9_000), st.one_of(deeds, spoken, fought, others, orders)), max_size=25))
def test_a_room_wakes_when_the_first_of_its_parts_does(story: list[tuple[int, facts.Fact | str]]) -> None:
    room, at_ms = a_room(), NOW
    for wait_ms, what in story:
        at_ms += wait_ms
        room.advance(at_ms)
        assert room.wake() == asked(room)
        if isinstance(what, str):
            do(room, what, at_ms)
        else:
            room._take([msgspec.structs.replace(what, at_ms=at_ms)])
        assert room.wake() == asked(room)


def test_a_widget_whose_view_breaks_wakes_no_more() -> None:
    room = a_room()
    alerts = next(seat for seat in room.seats.values() if seat.kind.name == "alerts")
    room._take([facts.Followed(at_ms=NOW, who=PEOPLE[0])])
    assert room.wake() is not None
    alerts.kind = msgspec.structs.replace(alerts.kind, view=lambda *_: 1 / 0)
    room.view(alerts, NOW)
    assert room.wake() == asked(room)


def test_a_room_that_opens_after_it_was_asked_wakes_at_midnight() -> None:
    room = Room(Scene("c", "c", ZoneInfo("UTC"), lambda _url: None), Ledger("c"))
    assert room.wake() is None
    room.open(NOW)
    assert room.wake() == asked(room) is not None


def test_a_state_that_is_followed_without_a_widget_is_asked_when_it_wakes() -> None:
    room = a_room()
    room.wake()
    kind = msgspec.structs.replace(KINDS["battle"], state=lambda: Stuck(NOW + 5))
    room.follow(kind)
    assert room.wake() == NOW + 5


def test_timers_that_do_not_move_on_are_set_aside_and_the_room_goes_on() -> None:
    room = a_room()
    for number in (1, 2):  # the second is never run, because the first is always earlier
        room.follow(msgspec.structs.replace(KINDS["battle"], name=f"stuck {number}", state=stuck(number)))
    alerts = next(seat for seat in room.seats.values() if seat.kind.name == "alerts")
    alerts.stage = Stuck(NOW + 3)
    room.seat("again", KINDS["chat"], KINDS["chat"].options(), NOW)
    due = room.advance(NOW + 10)
    assert due == asked(room)
    assert due > NOW + 10
    assert room.trouble(alerts) == "its timer does not move on"
