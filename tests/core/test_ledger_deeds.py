"""Lines, follows, shares and subscriptions under every disturbance of the line: what is told is what was done."""

from __future__ import annotations

from collections import Counter
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from overlay.core import facts
from overlay.core.events import Chat, Follow, Like, Person, RoomInfo, Share, Subscribe
from tests.core.ledger_kit import Desk

PEOPLE = [Person(id=str(at), handle=f"p{at}", nickname=f"P{at}") for at in range(1, 5)]


class Evening:
    """What is truly done in a few streams, and how much of it has been told."""

    def __init__(self, seed):
        self.dice = Random(seed)
        self.desk = Desk()
        self.done = Counter()
        self.deeds = set()
        self.likes = {1: 0}
        self.room = 1
        self.sent = []  # (when, frame)
        self.serial = 0
        self.desk.open()
        self.desk.hear(RoomInfo(room_id="R1"))

    def number(self):
        self.serial += 1
        return f"n{self.serial}"

    def ids(self):
        """A frame has a msgId, another id, both or none; without any its text or count must tell it apart."""
        return self.dice.choice([{"msg_id": self.number()}, {"transaction_id": self.number()}, {}])

    def act(self):
        person = self.dice.choice(PEOPLE)
        match self.dice.randrange(5):
            case 0:
                ids = self.dice.choice(
                    [{"msg_id": self.number()}, {"uuid": self.number()}, {"other_id": self.number()}, {}]
                )
                frame = Chat(person=person, text=self.number(), **ids)
                self.done["said", person.id] += 1
            case 1:
                frame = Follow(person=person, **self.ids())
                self.deeds.add(("followed", person.id, self.room))
            case 2:
                frame = Share(person=person, **self.ids())
                self.deeds.add(("shared", person.id, self.room))
            case 3:
                ids = self.ids()
                frame = Subscribe(person=person, months=None if ids else self.serial, **ids)
                self.serial += 1
                self.done["subscribed", person.id] += 1
            case _:
                batch = self.dice.randint(1, 9)
                self.likes[self.room] += batch
                frame = Like(person=person, count=batch, total=self.likes[self.room], **self.ids())
                self.done["liked", person.id] += batch
        self.desk.hear(frame)
        self.sent.append((self.desk.now_ms, frame))

    def replay(self, lost_ms):
        recent = [frame for when, frame in self.sent if lost_ms - when <= 60_000]
        for frame in recent[-self.dice.randint(1, 10) :]:
            lost_id = frame.msg_id is not None and self.dice.random() < 0.3
            self.desk.hear(replace(frame, msg_id=None) if lost_id else frame)

    def trouble(self):
        lost_ms = self.desk.now_ms
        match self.dice.randrange(4):
            case 0:
                self.desk.cut()
                self.desk.pass_ms(self.dice.randint(0, 90_000))
            case 1:
                self.desk.restart(after_ms=self.dice.randint(0, 90_000))
            case 2:
                again = [frame for _, frame in self.sent[-10:] if frame.msg_id or getattr(frame, "uuid", None)]
                for frame in again:
                    self.desk.hear(frame)
                return
            case _:
                self.desk.cut()
                self.desk.pass_ms(1)
                self.room += 1
                self.likes[self.room] = 0
                self.desk.open()
                self.desk.hear(RoomInfo(room_id=f"R{self.room}"), Chat(person=Person(id="9"), text=self.number()))
                self.done["said", "9"] += 1
                self.sent = []
                return
        self.desk.open()
        self.desk.hear(RoomInfo(room_id=f"R{self.room}"))
        self.replay(lost_ms)

    def told(self):
        found = Counter()
        for fact in self.desk.facts:
            match fact:
                case facts.Said():
                    found["said", fact.who.id] += 1
                case facts.Subscribed():
                    found["subscribed", fact.who.id] += 1
                case facts.Liked():
                    found["liked", fact.who.id] += fact.count
                case facts.Followed():
                    found["followed", fact.who.id] += 1
                case facts.Shared():
                    found["shared", fact.who.id] += 1
        return found


@settings(max_examples=200)
@given(st.integers(0, 1 << 32), st.integers(1, 80))
def test_whatever_befalls_the_line_each_deed_is_told_once(seed, steps):
    evening = Evening(seed)
    for _ in range(steps):
        evening.act() if evening.dice.random() < 0.8 else evening.trouble()
        evening.desk.pass_ms(evening.dice.choice([10, 500, 4_000]))
    truth = evening.done + Counter((kind, person) for kind, person, _ in evening.deeds)
    assert evening.told() == truth
    assert sum(fact.stream_gain for fact in evening.desk.all(facts.Liked)) == sum(evening.likes.values())
