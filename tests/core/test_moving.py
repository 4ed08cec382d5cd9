"""What a widget is not drawn again for cannot have changed it."""

from __future__ import annotations

import json
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overlay.core import facts
from overlay.core.facts import Who
from overlay.core.ledger import Ledger
from overlay.core.room import RECENT, REPLAY_MS, Room
from overlay.core.scene import ASK_AGAIN_MS, Scene
from overlay.widgets import KINDS

NOW = 1_790_000_000_000
OPTIONS = [
    ("leaderboard", {}), ("leaderboard", {"metric": "likes", "rotate": [{"metric": "chats", "period": "all"}]}),
    ("goal", {"target": 3}), ("goal", {"metric": "likes", "target": 5, "overflow": "loop"}),
    ("goal", {"metric": "gift:7", "target": 2}), ("counter", {}), ("counter", {"metric": "chats", "period": "today"}),
    ("counter", {"metric": "superfans"}), ("latest", {}), ("latest", {"which": "top"}), ("latest", {"which": "biggest"}),
    ("alerts", {}), ("feed", {}), ("chat", {}), ("chat", {"between": ["join", "gift"], "highlight": ["question"]}),
    ("battle", {}), ("captions", {}), ("captions", {"delay_ms": 2_000}),
]  # fmt: skip
PEOPLE = [Who(key=f"id:{number}", id=str(number), name=f"Person {number}") for number in range(3)]

who = st.sampled_from(PEOPLE)
deeds = st.one_of(
    st.builds(facts.Followed, at_ms=st.just(0), who=who),
    st.builds(facts.Shared, at_ms=st.just(0), who=who),
    st.builds(facts.Joined, at_ms=st.just(0), who=who),
    st.builds(facts.Liked, at_ms=st.just(0), who=who, count=st.integers(0, 9), gain=st.integers(0, 9)),
    st.builds(facts.Watched, at_ms=st.just(0), now=st.integers(0, 99)),
    st.builds(facts.Asked, at_ms=st.just(0), who=who, text=st.just("why?")),
    st.builds(facts.Said, at_ms=st.just(0), who=who, id=st.integers(0, 999).map(str), parts=st.just(())),
    st.builds(
        facts.Credit, at_ms=st.just(0), who=who, combo=st.integers(0, 5).map(str), gift_id=st.sampled_from(["5", "7"]),
        gift_name=st.just("Rose"), units=st.just(1), price=st.just(1), diamonds=st.just(1), count=st.integers(1, 4),
    ),
    st.builds(facts.ComboEnded, at_ms=st.just(0), combo=st.integers(0, 5).map(str)),
)  # fmt: skip


def a_room() -> Room:
    room = Room(Scene("c", "c", ZoneInfo("UTC"), lambda _url: None), Ledger("c"))
    room.open(NOW)
    for number, (kind, options) in enumerate(OPTIONS):
        room.seat(f"w{number}", KINDS[kind], msgspec.convert(options, KINDS[kind].options), NOW)
    return room


def hear(room: Room, fact: facts.Fact, at_ms: int) -> None:
    room.advance(at_ms)
    room._take([msgspec.structs.replace(fact, at_ms=at_ms)])


@settings(max_examples=60)
@given(st.lists(deeds, max_size=25))
def test_a_view_that_is_not_drawn_again_is_the_same_as_if_it_were(story: list[facts.Fact]) -> None:
    room = a_room()
    drawn = {}
    for at_ms, fact in enumerate(story, NOW + 1):
        hear(room, fact, at_ms)
        for name, seat in room.seats.items():
            body = msgspec.json.encode(room.view(seat, at_ms))
            if seat.dirty or name not in drawn:
                drawn[name], seat.dirty = body, False
            assert drawn[name] == body, (seat.kind.name, seat.options, fact)


@settings(max_examples=30)
@given(st.lists(deeds, min_size=1, max_size=25))
def test_what_was_kept_of_a_view_is_what_would_be_made_anew(story: list[facts.Fact]) -> None:
    room = a_room()
    for at_ms, fact in enumerate(story, NOW + 1):
        hear(room, fact, at_ms)
        kept = [msgspec.json.encode(room.view(seat, at_ms)) for seat in room.seats.values()]
        room.scene.draw_anew()
        assert kept == [msgspec.json.encode(room.view(seat, at_ms)) for seat in room.seats.values()]


def test_a_new_name_and_a_picture_that_has_come_are_shown_in_lines_that_were_drawn_before() -> None:
    pictures: dict[str, str] = {}
    scene = Scene("c", "c", ZoneInfo("UTC"), pictures.get)
    room = Room(scene, Ledger("c"))
    room.open(NOW)
    seat = room.seat("chat", KINDS["chat"], KINDS["chat"].options(), NOW)
    ann = Who(key="id:1", id="1", name="Ann", avatar="https://p/1")
    hear(room, facts.Said(at_ms=NOW, who=ann, id="1", parts=(facts.Part(text="hi"),)), NOW)

    def shown() -> tuple[str, str | None]:
        user = json.loads(msgspec.json.encode(room.view(seat, NOW)))["messages"][0]["user"]
        return user["name"], user["avatar"]

    assert shown() == ("Ann", None)
    pictures["https://p/1"] = "/img/1"
    scene.draw_anew()  # as whoever fetched it does
    assert shown() == ("Ann", "/img/1")
    hear(room, facts.Joined(at_ms=NOW, who=msgspec.structs.replace(ann, name="Anna")), NOW + 1)
    assert shown() == ("Anna", "/img/1")
    hear(room, facts.Joined(at_ms=NOW, who=msgspec.structs.replace(ann, name="Anne", avatar="https://p/2")), NOW + 2)
    assert shown() == ("Anne", None)


@pytest.mark.parametrize("kind", ["alerts", "chat", "feed"])
def test_a_picture_that_is_missing_is_asked_for_again_after_a_while_and_not_each_time(kind: str) -> None:
    asked = list[str]()

    def picture(address: str) -> None:
        asked.append(address)

    room = Room(Scene("c", "c", ZoneInfo("UTC"), picture), Ledger("c"))
    room.open(NOW)
    seat = room.seat("w", KINDS[kind], KINDS[kind].options(), NOW)
    ann = Who(key="id:1", id="1", name="Ann", avatar="https://p/1")
    hear(room, facts.Said(at_ms=NOW, who=ann, id="1", parts=(facts.Part(text="hi"),)), NOW)
    hear(room, facts.Followed(at_ms=NOW, who=ann), NOW)
    for _ in range(9):
        room.view(seat, NOW)
    assert asked == ["https://p/1"]
    for at_ms in (NOW + ASK_AGAIN_MS - 1, NOW + ASK_AGAIN_MS, NOW + ASK_AGAIN_MS + 1):
        room.view(seat, at_ms)
    assert asked == ["https://p/1"] * 2
    room.view(seat, NOW - 3_600_000)  # the clock was set back: nobody waits an hour for it
    room.view(seat, NOW - 3_600_000)
    assert asked == ["https://p/1"] * 3


def test_a_room_remembers_the_last_minutes_and_of_quiet_ones_a_few_hundred_facts() -> None:
    room = a_room()
    for number in range(3_000):
        hear(room, facts.Watched(at_ms=0, now=1), NOW + number * 1_000)
    assert len(room._recent) <= max(RECENT, REPLAY_MS // 1_000) + 2
    for number in range(100):
        hear(room, facts.Watched(at_ms=0, now=1), NOW + 10_000_000 + number * 600_000)
    assert len(room._recent) >= RECENT - 2
