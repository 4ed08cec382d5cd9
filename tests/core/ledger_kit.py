"""A ledger under test: told events by seconds, with its timers run in time, its rows kept, and restarts at will."""

from __future__ import annotations

from collections import defaultdict

from overlay.core import events, facts
from overlay.core.events import Gift, Person
from overlay.core.ledger import Ledger

START_MS = 1_790_000_000_000

ANN = Person(id="111", handle="ann", nickname="Ann", sec_uid="MS4wLjABann")
BOB = Person(id="222", handle="bob", nickname="Bob")


class Desk:
    """One creator's ledger and all the facts it has made."""

    def __init__(self, **options):
        self.options = options
        self.ledger = Ledger("luna", **options)
        self.facts = []
        self.rows = {}
        self.now_ms = START_MS

    def at(self, seconds):
        """Go to a moment; timers run on the way."""
        self.pass_ms(round(START_MS + seconds * 1000) - self.now_ms)
        return self

    def pass_ms(self, ms):
        to_ms = self.now_ms + ms
        while (wake := self.ledger.wake()) is not None and wake <= to_ms:
            self.now_ms = max(self.now_ms, wake)
            self._take(self.ledger.tick(wake))
        self.now_ms = to_ms

    def hear(self, *told):
        """Events now; the facts of these alone."""
        before = len(self.facts)
        for event in told:
            self._take(self.ledger.hear(event, self.now_ms))
        return self.facts[before:]

    def _take(self, new):
        self.facts += new
        for key, row in self.ledger.drain().items():
            if row is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = row

    def restart(self, after_ms=0, back_ms=0):
        """The program is killed and starts again some time later; or its clock was set back."""
        self.ledger = Ledger("luna", **self.options)
        self.now_ms += after_ms - back_ms
        before = len(self.facts)
        self._take(self.ledger.load(dict(self.rows), self.now_ms))
        return self.facts[before:]

    def open(self):
        return self.hear(events.Opened())

    def cut(self, code=1006, reason=""):
        return self.hear(events.Closed(code=code, reason=reason))

    def reconnect(self, after_s=2):
        self.cut()
        self.pass_ms(after_s * 1000)
        self.open()

    def all(self, kind):
        return [fact for fact in self.facts if type(fact) is kind]

    def units(self):
        """Units by person and gift."""
        found = defaultdict(int)
        for fact in self.all(facts.Credit):
            found[fact.who.key, fact.gift_id] += fact.units
        return dict(found)

    def total(self):
        return sum(fact.units for fact in self.all(facts.Credit))

    def diamonds(self):
        return sum(fact.diamonds for fact in self.all(facts.Credit))


def rose(count=1, *, ended=False, who=ANN, msg=None, tx=None, gift="5655", **more):
    """A frame of a streakable gift of one diamond."""
    told = {"price": 1, "gift_type": 1, "name": "Rose", **more}
    return Gift(person=who, gift_id=gift, count=count, ended=ended, msg_id=msg, transaction_id=tx, **told)


def names(told):
    """What kinds of facts these are."""
    return [type(fact).__name__ for fact in told]
