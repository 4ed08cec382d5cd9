"""A made-up stream for previews: who was there, what they gave, wrote and did, as events of one quiet evening.

It is the same each time it is played, and nobody in it is real. It counts nothing and draws nothing.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any, Final

from overlay.core import events
from overlay.core.events import Badge, Event, Person

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS
OWNER: Final = "7000000000000000003"
GIFTS: Final[dict[str, tuple[str, int]]] = {
    "rose": ("5655", 1), "heart": ("5487", 10), "perfume": ("5658", 20), "doughnut": ("5879", 30),
    "confetti": ("5585", 100), "crown": ("5897", 199), "galaxy": ("11046", 1000), "unicorn": ("5483", 4888),
    "rocket": ("5767", 20_000), "lion": ("6369", 29_999),
}  # fmt: skip
"""Each gift's number and price; its picture stands beside the samples."""
GIVEN: Final = (
    ("lion", 1, "galaxy", 18), ("rocket", 1, "galaxy", 11), ("galaxy", 18, "doughnut", 13), ("unicorn", 1, "galaxy", 4),
    ("galaxy", 4, "crown", 3), ("galaxy", 2, "confetti", 9), ("crown", 9, "heart", 4), ("confetti", 9, "rose", 40),
    ("perfume", 21, "rose", 12), ("doughnut", 8, "rose", 5), ("confetti", 2, "rose", 3), ("perfume", 8, "rose", 7),
    ("heart", 12, "rose", 6), ("heart", 9, "rose", 2), ("doughnut", 2, "rose", 11), ("heart", 5, "rose", 8),
    ("rose", 44, "heart", 1), ("rose", 31, "heart", 1), ("rose", 17, "heart", 1), ("rose", 5, "heart", 1),
)  # fmt: skip
SHARES: Final = 8
"""How often the stream is shared before its last moment."""
MORE: Final = ("Milo", "Jonas", "Aiko 🍡", "Omar", "Chloé", "Ben", "Ivy", "Leo", "Sofía", "Max")
"""Names of those without a picture, after the ten who have one."""
SAID: Final = (
    "good evening everyone 👋", "!song", "you sound amazing tonight", "how long do you stay today?",
    "this one is my favourite", "more here: https://example.com/clips", "hello from Lisbon 🇵🇹", "that was so good",
    "which song is this?", "second time here and I love it", "👏👏👏", "say hi to Bruno please",
)  # fmt: skip


class Cast:
    """Who is there. The first ten have pictures; the strained ones have names that try every line."""

    def __init__(self, known: Iterable[Mapping[str, Any]], *, strained: bool) -> None:
        """Take the people of the samples, and fill up to twenty."""
        rows = {str(one["id"]): one for one in known if one.get("name")}
        wanted = range(101, 111) if strained else range(1, 11)
        found = [rows[key] for at in wanted if (key := f"70000000000000{at:05}") in rows]
        self.strained = strained
        self.people = [
            Person(
                id=str(one["id"]), handle=one.get("handle"), nickname=one["name"], avatar=one.get("avatar"),
                level=one.get("level") or 7, moderator=at == 0, subscriber=at in {1, 7},
                badges=_badges(at, one.get("level") or 7),
            )
            for at, one in enumerate(found)
        ]  # fmt: skip
        self.people += [
            Person(id=f"70000000000000{201 + at:05}", handle=f"guest.{at + 1}", nickname=name, level=2 + at)
            for at, name in enumerate(MORE[: 20 - len(self.people)])
        ]

    def __getitem__(self, at: int) -> Person:
        """One of them; the list begins anew at its end."""
        return self.people[at % len(self.people)]


def _badges(at: int, level: int) -> tuple[Badge, ...]:
    marks = {0: Badge(kind="moderator"), 1: Badge(kind="subscriber", text="3"), 3: Badge(kind="fan", text="Team")}
    return (*([marks[at]] if at in marks else []), Badge(kind="level", text=str(level)))


def gift(person: Person, name: str, many: int, mark: str) -> events.Gift:
    """A finished gift."""
    number, price = GIFTS[name]
    return events.Gift(
        msg_id=mark, transaction_id=mark, person=person, gift_id=number, name=name.capitalize(), price=price,
        count=many, ended=True, gift_type=1, group_id=mark, picture=f"/static/samples/gift-{name}.webp",
    )  # fmt: skip


def played(cast: Cast, lines: list[str], now_ms: int) -> Iterator[tuple[int, Event]]:
    """Everything that happened, in order: a stream of last week, one of yesterday, and the one that is on now.

    Long, because it is a list.
    """
    for number, (back_ms, part) in enumerate([(6 * DAY_MS, 9), (DAY_MS, 5)]):
        yield from _former(cast, f"70000000000009{number:05}", now_ms - back_ms, part)
    began_ms = now_ms - 40 * MINUTE_MS
    yield began_ms, events.Opened(socket="live")
    yield (
        began_ms,
        events.RoomInfo(
            room_id="7000000000000099999", owner_id=OWNER, handle="amara.o", title="An evening of songs", likes=0
        ),
    )
    times = 3000 if cast.strained else 1
    for at in range(20):
        for turn in (0, 2):
            name, many = GIVEN[at][turn], int(GIVEN[at][turn + 1]) * times
            moment = began_ms + (at * 40 + turn * 15) * 1000
            yield moment, gift(cast[at], str(name), many, f"g{at}.{turn}")
    yield began_ms + 15 * MINUTE_MS, events.Like(msg_id="l1", person=cast[0], count=18_420 * times)
    for at in range(24):
        moment = began_ms + 16 * MINUTE_MS + at * 20_000
        yield moment, events.Follow(msg_id=f"f{at}", person=passer(at))
        yield moment + 5000, events.Like(msg_id=f"l{at}.", person=cast[at * 3], count=60 + at * 5)
        if at % 3 == 0:
            yield moment + 9000, events.Share(msg_id=f"s{at}", person=cast[at // 3])
    yield now_ms - 10_000, events.Viewers(msg_id="v", now=1284 * times, total=20_000 * times)
    yield from _talk(cast, lines, now_ms)
    yield from _lately(cast, now_ms)


def passer(at: int) -> Person:
    """Somebody who only comes by."""
    return Person(id=f"70000000000000{301 + at:05}", handle=f"passer.{at}", nickname=f"{MORE[at % len(MORE)]} {at}")


def _former(cast: Cast, room: str, at_ms: int, part: int) -> Iterator[tuple[int, Event]]:
    """A stream of an earlier day, so that a day, a week and a month are not the same."""
    yield at_ms, events.Opened(socket="live")
    yield at_ms, events.RoomInfo(room_id=room, owner_id=OWNER, handle="amara.o")
    for at in range(12):
        yield at_ms + at * 1000, gift(cast[at + part], "galaxy", max(1, 14 - at), f"{room}.{at}")
    yield at_ms + HOUR_MS, events.Like(msg_id=f"{room}.l", person=cast[part], count=9000)
    yield at_ms + 2 * HOUR_MS, events.StreamEnd(msg_id=f"{room}.e")
    yield at_ms + 2 * HOUR_MS, events.Closed(socket="live", code=4005)


def _talk(cast: Cast, lines: list[str], now_ms: int) -> Iterator[tuple[int, Event]]:
    """Chat lines, the newest just now, with people coming in between."""
    said = [*(SAID * 4)[: 50 - len(lines)], *lines]
    for at, text in enumerate(said):
        moment = now_ms - (len(said) - at) * 9000
        answered = cast[at + 1] if at % 7 == 4 else None
        yield moment, events.Chat(msg_id=f"c{at}", person=cast[at * 7], text=text, uuid=f"c{at}", reply_to=answered)
        if at % 6 == 3:
            yield moment + 1000, events.Join(msg_id=f"j{at}", person=cast[at * 5])
    ask = "what do you sing next?"
    yield now_ms - 20_000, events.Question(msg_id="q", person=cast[4], text=ask, question_id="q1")


def _lately(cast: Cast, now_ms: int) -> Iterator[tuple[int, Event]]:
    """The last minutes: one of everything, the big gift just now."""
    number = count(1)
    steps: list[tuple[int, Event]] = [
        (300, gift(cast[0], "lion", 1, "n1")),
        (270, events.Follow(msg_id="n2", person=cast[5])),
        (240, gift(cast[1], "rose", 25, "n3")),
        (200, events.Share(msg_id="n4", person=cast[6])),
        (170, events.Subscribe(msg_id="n5", person=cast[7], months=3)),
        (140, gift(cast[2], "doughnut", 5, "n6")),
        (110, events.SuperFan(msg_id="n7", person=cast[3])),
        (90, events.Envelope(msg_id="n8", envelope_id="n8", diamonds=100, person=cast[8])),
        (60, events.Follow(msg_id="n9", person=cast[9])),
        (30, gift(cast[4], "perfume", 3, "n10")),
    ]
    for back_s, event in steps:
        yield now_ms - back_s * 1000 + next(number), event
