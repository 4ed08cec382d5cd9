"""The alert queue of one widget: one card on stage, the others wait; shown or summed up, nothing paid for disappears.

It runs by its timers whether anybody watches or not. It keeps no total and plays no sound.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from overlay.core.alert_line import Line
from overlay.core.cards import Card, summary

if TYPE_CHECKING:
    from collections.abc import Callable

    from overlay.core.facts import Credit

RISE_MS: Final = 30_000
"""Waited so long, a card stands one class higher."""

STARVED_MS: Final = 120_000
"""Waited so long, it is next: however many bigger ones keep coming."""

STEP_MS: Final = 5_000
"""For so long a card stays after a step of its open combo."""

FULL: Final = 20
"""With so many waiting, each card has the shortest time."""

BUSY: Final = 5
GAP_MS: Final = 300
BUSY_GAP_MS: Final = 150


class Times(Struct, frozen=True):
    """How long cards are shown, and how many may wait. `show_ms` says what a card's own tier grants it."""

    min_ms: int
    max_ms: int
    most: int
    show_ms: Callable[[Card], int]


class Queue(Line, kw_only=True):
    """The stage and those who wait."""

    # --- time ---

    def wake(self) -> int | None:
        """When the card leaves, or the next one enters."""
        if self.card is not None:
            return self.until_ms
        if self.paused or not (self.waiting or self.again):
            return None
        return max(self.free_ms, self.ready_ms)

    def woken(self, at_ms: int) -> None:
        """After a start: nobody could see the stage while we were away, so whoever waits enters from now on."""
        self.ready_ms = max(self.ready_ms, at_ms)

    def run(self, at_ms: int, times: Times) -> bool:
        """Let leave and enter whatever is due."""
        changed = False
        while (due := self.wake()) is not None and due <= at_ms:
            if self.card is not None:
                self._leave(due)
            else:
                self._enter(due, times)
            changed = True
        return changed

    def _leave(self, at_ms: int) -> None:
        self.last, self.card = self.card, None
        self.free_ms = at_ms + (BUSY_GAP_MS if len(self.waiting) > BUSY else GAP_MS)

    def _enter(self, at_ms: int, times: Times) -> None:
        card, self.again = self.again, None
        if card is None:
            card = min(self.waiting.values(), key=lambda one: self._turn(one, at_ms))
            self._remove(card)
        base, least = times.show_ms(card), times.min_ms
        crowd = min(1.0, len(self.waiting) / FULL)
        self.card, self.from_ms = card, at_ms
        self.until_ms = at_ms + round(max(least, base - (base - least) * crowd))
        self.cut_short(at_ms, times)

    @staticmethod
    def _turn(card: Card, at_ms: int) -> tuple[bool, int, int, int]:
        waited = at_ms - card.item.at_ms
        if waited >= STARVED_MS:
            return (False, 0, -(card.item.diamonds or 0), card.item.at_ms)
        return (True, max(1, card.rank - waited // RISE_MS), -(card.item.diamonds or 0), card.item.at_ms)

    def cut_short(self, at_ms: int, times: Times) -> None:
        """A card of class 1 waits no longer than the shortest time of one that is not."""
        if self.card is None or self.card.rank == 1 or self.paused:
            return
        soonest = max(at_ms, self.from_ms + times.min_ms)
        if self.until_ms > soonest and any(card.rank == 1 for card in self.waiting.values()):
            self.until_ms = soonest

    # --- cards ---

    def step(self, fact: Credit, times: Times) -> bool:
        """A combo that some card holds goes on; False if none does."""
        if self.card is not None and fact.combo in self.card.combos:
            is_open = self.card.combos[fact.combo] or fact.running
            self.card.step(fact)
            if is_open:
                latest = self.from_ms + times.max_ms
                self.until_ms = min(latest, max(self.until_ms, fact.at_ms + STEP_MS))
            return True
        place = self.places.get(fact.combo, "")
        card = self.waiting.get(place)
        if card is None:
            return False
        card.step(fact)
        self._learn(card, place)
        return True

    def end(self, combo: str) -> bool:
        """A combo is over."""
        if self.card is not None and self.card.end(combo):
            return True
        place = self.places.get(combo, "")
        card = self.waiting.get(place)
        if card is None or not card.end(combo):
            return False
        self.unsaved[card.n] = place
        return True

    def add(self, card: Card, at_ms: int, times: Times) -> None:
        """A card begins to wait, or goes into one that waits already."""
        if not self.waiting and self.again is None:
            self.ready_ms = at_ms
        place = card.place
        known = self.waiting.get(place)
        if known is not None and card.item.what == "gift":
            if card.item.to is None:  # else it is the same gift to another creator, told twice
                known.merge(card)
                self._learn(known, place)
        else:
            while place in self.waiting:
                place += "+"
            self._wait(card, place)
        self._fold(times.most, at_ms)

    def _fold(self, most: int, at_ms: int) -> None:
        """Too many wait: those of the lowest class become one card that tells of all of them."""
        idle = [card for card in self.waiting.values() if card.item.test or card.item.to is not None]
        for card in idle[: max(0, len(self.waiting) - most)]:
            self._remove(card)  # nobody paid for a test, and a gift to another creator is in no sum of this one's
        while len(self.waiting) > most:
            ranks: dict[int, list[Card]] = {}
            sums = [card for card in self.waiting.values() if card.folded is not None]
            for card in self.waiting.values():
                if card.folded is None:
                    ranks.setdefault(card.rank, []).append(card)
            if not ranks:
                self._fold_into(None, sums, 0, at_ms)
                return
            lowest = max(ranks)
            pool = ranks.pop(lowest)
            into = next((card for card in sums if card.folded == lowest), None)
            if into is None and len(pool) == 1:  # one card is no summary: it joins another, or the next class joins it
                into = sums[0] if sums else None
                pool += ranks[max(ranks)] if into is None else []
            self._fold_into(into, pool, lowest, at_ms)

    def _fold_into(self, into: Card | None, pool: list[Card], rank: int, at_ms: int) -> None:
        for card in pool:
            self._remove(card)
        if into is None:
            self.made += 1
            into = summary(f"summary-{at_ms}-{self.made}", at_ms, rank)
            self._wait(into, into.place)
        into.fold_in(pool)
        self.unsaved[into.n] = into.place

    def rename(self, weak: str, strong: str) -> None:
        """Two keys are one person: their waiting gifts of one kind are one card."""
        for card in list(self.waiting.values()):
            if card.item.what == "gift" and card.item.who is not None and card.item.who.key == weak:
                self._remove(card)
                card.item.who = msgspec.structs.replace(card.item.who, key=strong)
                known = self.waiting.get(card.place)
                if known is not None:
                    known.merge(card)
                    self._learn(known, card.place)
                else:
                    self._wait(card, card.place)

    # --- the operator ---

    def obey(self, do: str, at_ms: int, times: Times) -> bool:
        """Skip, pause, resume, clear, mute, unmute or replay; True if anything changed."""
        changed = self.run(at_ms, times)
        match do:
            case "skip":
                changed |= self._skip(at_ms)
            case "pause" | "resume":
                changed |= self.paused == (do == "resume")
                self.paused = do == "pause"
                self.ready_ms = max(self.ready_ms, at_ms)
            case "mute" | "unmute":
                changed |= self.muted == (do == "unmute")
                self.muted = do == "mute"
            case "clear":
                changed |= bool(self.waiting) or self.again is not None
                self.left |= {card.n: None for card in self.waiting.values()}
                self.waiting, self.places, self.unsaved, self.again = {}, {}, {}, None
                changed |= self._skip(at_ms)
            case "replay":
                changed |= self._replay(at_ms)
            case _:
                raise ValueError(do)
        self.cut_short(at_ms, times)
        return self.run(at_ms, times) or changed

    def _skip(self, at_ms: int) -> bool:
        if self.card is None:
            return False
        self._leave(at_ms)
        return True

    def _replay(self, at_ms: int) -> bool:
        shown = self.last or self.card
        if shown is None:
            return False
        if not self.waiting and self.again is None:
            self.ready_ms = at_ms
        self.made += 1
        item = msgspec.structs.replace(shown.item, id=f"{shown.item.id.partition('~')[0]}~{self.made}", running=False)
        self.again = Card(item=item, tallies=shown.tallies, people=shown.people, folded=shown.folded)
        return True
