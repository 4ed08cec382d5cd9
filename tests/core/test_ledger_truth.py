"""True gifts become frames with every disturbance, in random mixtures; what is credited is the truth, at every step.

The machine knows only what was truly given, and which frames the rules can tell apart: it never sends what nobody
could tell. The ledger knows only the frames.
"""

from __future__ import annotations

from collections import defaultdict
from random import Random

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from overlay.core import events, facts
from overlay.core.events import Chat, Gift, Person, RoomInfo
from overlay.core.ledger import Listing
from tests.core.ledger_kit import Desk

IDLE, LATE, WINDOW, BEFORE = 10_000, 15_000, 10_000, 60_000
UNSURE = 6_000  # when a killed program lost its line is known to a few seconds
NEVER = 1 << 60

CATALOGUE = {
    "listed": Listing(price=7, streakable=True),
    "final": Listing(price=50, streakable=False),
    "plain": Listing(price=3),
}
KINDS = {  # gift -> (what frames say, what one is truly worth, whether it can be held down)
    "rose": ({"price": 1, "gift_type": 1}, 1, True),
    "listed": ({"price": None}, 7, True),
    "plain": ({"price": 0, "gift_type": 1}, 3, True),
    "unknown": ({"price": 2}, 2, True),
    "unpriced": ({"price": None, "gift_type": 1}, 0, True),
    "galaxy": ({"price": 1000, "gift_type": 2}, 1000, False),
    "final": ({"price": 0, "gift_type": 0}, 50, False),
}
HELD = [gift for gift, (_, _, held) in KINDS.items() if held]
FINAL = [gift for gift, (_, _, held) in KINDS.items() if not held]


def pick(data, options):
    """One of the options, by Hypothesis or, in a storm, by a seeded dice."""
    return data.choice(options) if isinstance(data, Random) else data.draw(st.sampled_from(options))


class Giver:
    """Somebody, and what frames have told of them so far."""

    def __init__(self, number):
        self.number = number
        self.anonymous = number == 3
        self.handles = [f"giver{number}"]
        self.known = set()  # which of id, sec, handle frames have joined

    @property
    def full(self):
        return Person(
            id=f"{700 + self.number}",
            sec_uid=f"MS4wLjAB{self.number}",
            handle=self.handles[-1],
            nickname=f"Giver {self.number}",
        )

    def forms(self):
        """How a frame may name them, so that it can be known who it is."""
        if self.anonymous:
            hidden = replace(self.full, nickname="Enigma X", anonymous=True)
            return [hidden, replace(hidden, sec_uid=None, handle=None)]
        forms = [self.full]
        if "id" in self.known:
            forms += [Person(id=self.full.id), Person(sec_uid=self.full.sec_uid)]
            forms += [Person(handle=handle.upper()) for handle in self.handles if handle in self.known]
        else:
            forms.append(Person(sec_uid=self.full.sec_uid, handle=self.handles[0]))
            if not self.known or "sec" not in self.known:
                forms.append(Person(handle=self.handles[0]))
            else:
                forms += [Person(handle=self.handles[0]), Person(sec_uid=self.full.sec_uid)]
        return forms

    def told(self, person):
        if person.id and person.sec_uid:
            self.known |= {"id", "sec", person.handle}
        elif person.sec_uid and person.handle:
            self.known.add("sec")

    @property
    def key(self):
        if self.anonymous:
            return f"anon:id:{self.full.id}"
        if "id" in self.known:
            return f"id:{self.full.id}"
        return f"sec:{self.full.sec_uid}" if "sec" in self.known else f"handle:{self.handles[0]}"


class Held:
    """A gift that is being held down, as it truly is."""

    def __init__(self, giver, gift, group, ids):
        self.giver, self.gift, self.group = giver, gift, group
        self.ids = ids  # which ids its frames carry
        self.count = 0
        self.ended = False  # an end frame has come
        self.over = False  # ended, or superseded
        self.bare_end_ms = None
        self.transactions = []
        self.open_until = 0  # of what the rules remember without a transaction
        self.known_until = 0

    def heard(self, now):
        if not self.over:
            self.open_until, self.known_until = now + IDLE, now + IDLE + LATE


class Stream(RuleBasedStateMachine):
    """A stream with givers, combos and misfortunes."""

    @initialize()
    def go_live(self):
        self.desk = Desk(catalogue=CATALOGUE)
        self.now = 0  # of the world: no clock of a server's is set back here
        self.givers = [Giver(number) for number in range(4)]
        self.combos = []
        self.latest = {}
        self.history = []  # (when, frame, combo), everything that arrived
        self.prints = []  # (when, fingerprint) of everything that arrived, repeats too
        self.echoes = set()  # fingerprints that a frame without ids may not have now
        self.window_until = 0
        self.of_room = 0  # from where on the history is of this room
        self.truth = defaultdict(int)
        self.worth = 0
        self.serial = 0
        self.room = 1
        self.desk.open()
        self.desk.hear(RoomInfo(room_id="R1"), Chat(person=Person(id="999"), text="first"))

    # --- sending ---

    def number(self):
        self.serial += 1
        return f"n{self.serial}"

    def frame(self, combo, count, ended, person, transaction):
        said, _, _ = KINDS[combo.gift]
        return Gift(
            person=person,
            gift_id=combo.gift,
            count=count,
            ended=ended,
            group_id=combo.group,
            msg_id=self.number() if "msg" in combo.ids else None,
            transaction_id=transaction,
            **said,
        )

    def print_of(self, frame, giver):
        return (giver.number, frame.gift_id, frame.count, frame.ended)

    def is_bare(self, frame):
        return frame.msg_id is None and frame.transaction_id is None

    def is_echo(self, frame, combo):
        """Whether it cannot be told from a frame of before the cut."""
        in_window = self.is_bare(frame) and self.now < self.window_until
        return in_window and self.print_of(frame, combo.giver) in self.echoes

    def send(self, frame, combo):
        """A frame with news arrives."""
        gained = max(0, frame.count - combo.count)
        combo.count += gained
        self.truth[combo.giver.number, combo.gift] += gained
        self.worth += gained * KINDS[combo.gift][1]
        self.arrive(frame, combo)
        if frame.transaction_id and frame.transaction_id not in combo.transactions:
            combo.transactions.append(frame.transaction_id)
        combo.heard(self.now)
        if frame.ended:
            combo.ended = combo.over = True
            combo.bare_end_ms = self.now if self.is_bare(frame) else None

    def arrive(self, frame, combo):
        self.desk.hear(frame)
        combo.giver.told(frame.person)
        self.history.append((self.now, frame, combo))
        self.prints.append((self.now, self.print_of(frame, combo.giver)))

    # --- what people do ---

    @rule(
        data=st.data(),
        number=st.integers(0, 3),
        gift=st.sampled_from(HELD),
        group=st.sampled_from([None, None, "55"]),
        ids=st.sampled_from([{"msg", "one"}, {"msg", "one"}, {"msg", "many"}, {"one"}, {"many"}, {"msg"}, set()]),
        count=st.integers(1, 4),
        ended=st.booleans(),
    )
    def begin(self, data, number, gift, group, ids, count, ended):
        """A new combo; of the same gift of the same person only when the rules can tell it from the last."""
        self.start(data, number, gift, group, ids, count, ended)

    def start(self, data, number, gift, group, ids, count, ended):
        giver = self.givers[number]
        combo = Held(giver, gift, group, ids)
        transaction = self.number() if ids & {"one", "many"} else None
        frame = self.frame(combo, count, ended, pick(data, giver.forms()), transaction)
        last = self.latest.get((number, gift, group))
        if not self.can_be_told_from(last, frame) or self.is_echo(frame, combo):
            return
        if last is not None and self.now < last.open_until:
            last.over = True  # superseded, if it was not over
        self.latest[number, gift, group] = combo
        self.combos.append(combo)
        self.send(frame, combo)

    def can_be_told_from(self, last, frame):
        """Whether the rules see a new combo in this frame and not more of the last."""
        if last is None:
            return True
        if not last.over and self.now < last.open_until:
            return frame.count < last.count
        if not last.over and self.now < last.known_until:
            return frame.count < last.count or (frame.count == 1 and frame.transaction_id is not None)
        if last.bare_end_ms is not None and self.is_bare(frame):
            return self.now - last.bare_end_ms >= 1_000 or frame.count != last.count
        return True

    @precondition(lambda self: self.combos)
    @rule(data=st.data(), more=st.integers(0, 4), ended=st.booleans(), old=st.booleans())
    def grow(self, data, more, ended, old):
        """A combo goes on, or ends, in time or late, under a transaction that may change."""
        self.go_on(data, more, ended, old)

    def go_on(self, data, more, ended, old):
        combo = pick(data, self.combos[-6:])
        transaction = None
        if combo.ids & {"one", "many"}:
            use_old = "one" in combo.ids or old
            transaction = pick(data, combo.transactions) if use_old else self.number()
        frame = self.frame(combo, combo.count + more, ended, pick(data, combo.giver.forms()), transaction)
        if self.can_go_on(combo, frame) and not self.is_echo(frame, combo):
            self.send(frame, combo)

    def can_go_on(self, combo, frame):
        """Whether the rules see more of this combo in this frame."""
        last = self.latest[combo.giver.number, combo.gift, combo.group]
        if frame.transaction_id in combo.transactions:
            return combo.over or combo is last or (not last.over and self.now < last.open_until)
        if combo is not last or combo.over or self.now >= combo.known_until:
            return False
        return self.now < combo.open_until or frame.count > 1 or frame.transaction_id is None

    @rule(
        data=st.data(),
        number=st.integers(0, 3),
        gift=st.sampled_from(FINAL),
        ids=st.sampled_from([{"msg", "one"}, {"one"}, {"msg"}, set()]),
        count=st.integers(1, 3),
        ended=st.booleans(),
    )
    def give_at_once(self, data, number, gift, ids, count, ended):
        """A gift that cannot be held down: one frame, whatever its end flag says."""
        self.give(data, number, gift, ids, count, ended)

    def give(self, data, number, gift, ids, count, ended):
        giver = self.givers[number]
        combo = Held(giver, gift, None, ids)
        combo.over = True
        transaction = self.number() if "one" in ids else None
        frame = self.frame(combo, count, ended, pick(data, giver.forms()), transaction)
        if not self.is_echo(frame, combo):
            self.send(frame, combo)

    @rule(number=st.integers(0, 2))
    def rename(self, number):
        """A person takes another handle."""
        self.take_name(number)

    def take_name(self, number):
        giver = self.givers[number]
        if "id" in giver.known:
            giver.handles.append(f"{giver.handles[-1]}x")

    # --- what befalls the frames ---

    def may_repeat(self, frame, combo):
        """Whether the rules can know this frame again, and need not think of an older combo as of the newest."""
        if frame.msg_id is not None:
            return True
        last = self.latest.get((combo.giver.number, combo.gift, combo.group))
        return frame.transaction_id is not None and (combo.over or combo is last)

    def repeat(self, frame, combo):
        self.desk.hear(frame)
        self.prints.append((self.now, self.print_of(frame, combo.giver)))
        if frame.msg_id is None and frame.transaction_id is not None:
            combo.heard(self.now)
            if frame.ended and not combo.over:
                combo.ended = combo.over = True
                combo.bare_end_ms = None

    @precondition(lambda self: self.history)
    @rule(data=st.data())
    def send_twice(self, data):
        """The same frame again, now or much later, in or out of order."""
        self.once_more(data)

    def once_more(self, data):
        _, frame, combo = pick(data, self.history[-12:])
        if self.may_repeat(frame, combo):
            self.repeat(frame, combo)

    @precondition(lambda self: self.history)
    @rule(data=st.data(), keep=st.booleans(), lower=st.integers(0, 2))
    def retry(self, data, keep, lower):
        """An upstream retry: the same transaction under another msgId or none, with the count of then or less."""
        self.try_again(data, keep, lower)

    def try_again(self, data, keep, lower):
        _, frame, combo = pick(data, self.history[-12:])
        if frame.transaction_id is None:
            return
        again = replace(frame, msg_id=self.number() if keep else None, count=max(1, frame.count - lower), ended=False)
        last = self.latest.get((combo.giver.number, combo.gift, combo.group))
        if combo.over or combo is last:
            self.desk.hear(again)
            self.prints.append((self.now, self.print_of(again, combo.giver)))
            combo.heard(self.now)

    # --- what befalls the line, the stream and the program ---

    def lose_line(self):
        for combo in self.combos:
            if not combo.over and self.now < combo.known_until:
                combo.open_until, combo.known_until = 0, NEVER

    def line_is_back(self, data, lost, *, replays):
        """The line is open again, and the service tells the last frames once more."""
        self.desk.open()
        self.window_until = self.now + WINDOW
        for combo in self.combos:
            if combo.known_until == NEVER:
                combo.known_until = self.now + LATE
        if pick(data, [True, False]):
            self.desk.hear(RoomInfo(room_id=f"R{self.room}"))
        recent = [(frame, combo) for when, frame, combo in self.history[self.of_room :] if lost - when <= BEFORE]
        self.echoes = {print_ for when, print_ in self.prints if lost - when <= BEFORE + UNSURE}
        for frame, combo in recent[-pick(data, range(replays + 1)) or len(recent) :]:
            if pick(data, range(4)) == 0 and frame.msg_id is not None:
                frame = replace(frame, msg_id=None)  # noqa: PLW2901  it lost its id on the way
            if self.is_bare(frame) or self.may_repeat(frame, combo):
                self.repeat(frame, combo)

    @rule(data=st.data(), gap=st.integers(0, 200_000))
    def reconnect(self, data, gap):
        """The line is lost for a while."""
        self.lose_and_find(data, gap)

    def lose_and_find(self, data, gap):
        self.desk.cut(pick(data, [1006, 4500, 4555, 4006]))
        self.lose_line()
        lost = self.now
        self.let_pass(gap)
        self.line_is_back(data, lost, replays=12)

    @rule(data=st.data(), gap=st.integers(0, 200_000), clean=st.booleans(), back=st.sampled_from([0, 0, 3_600_000]))
    def restart(self, data, gap, clean, back):
        """The program is killed or stopped, and started again; perhaps the clock was set back meanwhile."""
        self.kill_and_start(data, gap, clean, back)

    def kill_and_start(self, data, gap, clean, back):
        self.desk.hear(events.Viewers(now=9))  # the service speaks every few seconds
        if clean:
            self.desk._take(self.desk.ledger.flush(self.desk.now_ms))
        self.desk.restart(after_ms=gap, back_ms=back)
        self.lose_line()
        lost = self.now
        self.now += gap
        if back:  # how long it was down cannot be known then: to the ledger no time has passed
            self.prints = [(when + gap, print_) for when, print_ in self.prints]
        self.line_is_back(data, lost, replays=12)

    @rule()
    def false_end(self):
        """An end is signalled, and then somebody writes."""
        self.desk.hear(events.Control(action=3))
        self.desk.hear(Chat(person=Person(id="999"), text=self.number()))
        for combo in self.combos:
            if not combo.over and self.now < combo.open_until:
                combo.open_until, combo.known_until = 0, self.now + LATE

    @rule(data=st.data())
    def next_stream(self, data):
        """The creator begins another stream."""
        self.turn(data)

    def turn(self, data):
        self.desk.cut(pick(data, [4005, 1006]))
        self.let_pass(1)
        self.room += 1
        self.desk.open()
        self.desk.hear(RoomInfo(room_id=f"R{self.room}"), Chat(person=Person(id="999"), text=self.number()))
        self.prints, self.echoes, self.of_room = [], set(), len(self.history)
        self.window_until = self.now + WINDOW
        for combo in self.combos:
            combo.open_until = combo.known_until = 0

    @rule(
        ms=st.one_of(
            st.integers(0, 3_000), st.sampled_from([999, 1_000, 9_999, 10_000, 14_999, 15_000, 24_999, 25_000])
        )
    )
    def pass_time(self, ms):
        """Time passes, timers run."""
        self.let_pass(ms)

    @rule(seed=st.integers(0, 1 << 32), steps=st.integers(1, 80))
    def storm(self, seed, steps):
        """Much of all this at once, in an order of its own."""
        dice = Random(seed)
        for _ in range(steps):
            act = dice.choices(range(9), (14, 30, 4, 6, 6, 2, 1, 1, 25))[0]
            if act == 0:
                ids = dice.choice([{"msg", "one"}, {"msg", "many"}, {"one"}, {"many"}, {"msg"}, set()])
                arguments = (dice.randrange(4), dice.choice(HELD), dice.choice([None, None, "55"]), ids)
                self.start(dice, *arguments, dice.randint(1, 4), dice.random() < 0.3)
            elif act == 1 and self.combos:
                self.go_on(dice, dice.randint(0, 4), dice.random() < 0.3, dice.random() < 0.5)
            elif act == 2:
                ids = dice.choice([{"msg", "one"}, {"one"}, {"msg"}, set()])
                self.give(dice, dice.randrange(4), dice.choice(FINAL), ids, dice.randint(1, 3), dice.random() < 0.5)
            elif act == 3 and self.history:
                self.once_more(dice)
            elif act == 4 and self.history:
                self.try_again(dice, dice.random() < 0.5, dice.randint(0, 2))
            elif act == 5:
                self.lose_and_find(dice, dice.randint(0, 100_000))
            elif act == 6:
                self.kill_and_start(dice, dice.randint(0, 100_000), dice.random() < 0.5, dice.choice([0, 0, 3_600_000]))
            elif act == 7:
                dice.choice([self.false_end, lambda: self.take_name(dice.randrange(3)), lambda: self.turn(dice)])()
            else:
                self.let_pass(dice.choice([50, 300, 1_000, 2_500, 9_999, 10_000, 12_000, 25_000]))
            self.what_is_credited_is_the_truth()

    def let_pass(self, ms):
        self.desk.pass_ms(ms)
        self.now += ms

    # --- the claim ---

    @invariant()
    def what_is_credited_is_the_truth(self):
        if not hasattr(self, "desk"):
            return
        stronger = {fact.weak: fact.strong for fact in self.desk.all(facts.Merged)}
        credited = defaultdict(int)
        for fact in self.desk.all(facts.Credit):
            key = fact.who.key
            while key in stronger:
                key = stronger[key]
            credited[key, fact.gift_id] += fact.units
        assert credited == {(self.givers[number].key, gift): units for (number, gift), units in self.truth.items()}
        assert self.desk.diamonds() == self.worth

    @invariant()
    def each_combo_grows_by_what_it_credits(self):
        if not hasattr(self, "desk"):
            return
        sums = defaultdict(int)
        for fact in self.desk.all(facts.Credit):
            assert fact.units > 0
            assert fact.first == (fact.combo not in sums)
            sums[fact.combo] += fact.units
            assert sums[fact.combo] == fact.count


Stream.TestCase.settings = settings(
    max_examples=150,
    stateful_step_count=40,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.data_too_large],
)
TestEveryGiftIsCreditedOnce = Stream.TestCase
