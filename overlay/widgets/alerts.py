"""Alerts: gifts, follows, goals and more, one card at a time. Counting is elsewhere; this says what is shown when.

It never counts.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, ClassVar, Final

from msgspec import Meta, Raw, Struct, field

from overlay.core import facts, items
from overlay.core.alert_queue import Queue, Times
from overlay.core.cards import Card, of_gift
from overlay.core.items import EVERYTHING, Item, Log, What, Words
from overlay.core.moving import UNTOLD
from overlay.core.tiers import Text, Tier, first_fit, words
from overlay.core.whales import Whaling
from overlay.core.widget import Kind

if TYPE_CHECKING:
    from overlay.core.scene import Scene

HEARD: Final = 50


class Options(Whaling, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What alerts may be told."""

    events: list[What] = field(default_factory=lambda: list(EVERYTHING))
    min_diamonds: Annotated[int, Meta(ge=0, le=10**9)] = 1
    tiers: Annotated[list[Tier], Meta(max_length=100)] = field(default_factory=list)
    texts: dict[What, Text] = field(default_factory=dict)
    min_show_s: Annotated[float, Meta(ge=0, le=600)] = 2
    show_s: Annotated[float, Meta(ge=0, le=600)] = 6
    max_show_s: Annotated[float, Meta(ge=0, le=3600)] = 20
    queue: Annotated[int, Meta(ge=1, le=200)] = 50
    sound: bool = True
    volume: Annotated[float, Meta(ge=0, le=1)] = 0.8

    def show_ms(self, card: Card) -> int:
        """How long a card is shown when nobody waits."""
        tier = first_fit(self.tiers, card.item)
        return round(1000 * (self.show_s if tier is None or tier.show_s is None else tier.show_s))

    @property
    def speaks(self) -> bool:
        """Whether anything is said in the owner's own words."""
        return bool(self.tiers or self.texts)

    @property
    def times(self) -> Times:
        """The queue's figures."""
        return Times(round(1000 * self.min_show_s), round(1000 * self.max_show_s), self.queue, self.show_ms)

    def wants(self, fact: facts.Credit, diamonds: int) -> bool:
        """Whether a gift of so much is shown; one without a price is not held to be small."""
        return diamonds >= self.min_diamonds or (fact.unpriced and self.min_diamonds <= 1)


class View(Struct, frozen=True, gc=False):
    """The card that is shown now, and the last items heard for scripts."""

    stage: Raw | None
    waiting: int
    paused: bool
    muted: bool
    items: Raw


class Stage(Queue, kw_only=True):
    """The queue of one widget. It begins empty: what is past is not shown again."""

    takes: ClassVar = (facts.Merged,)

    def begin(self, options: Options, state: Log, scene: Scene, at_ms: int) -> None:
        """Nothing of the past is shown."""

    def hear(self, fact: facts.Fact, options: Options, _state: Log, _scene: Scene) -> bool:
        """Take one fact in; what is due before it comes first."""
        times = options.times
        changed = self.run(fact.at_ms, times)
        match fact:
            case facts.Credit():
                changed |= self._credit(fact, options, times)
            case facts.ComboEnded():
                changed |= self.end(fact.combo)
            case facts.Merged():
                self.rename(fact.weak, fact.strong)
            case _:
                item = items.read(fact)
                wanted = not isinstance(fact, facts.WhaleHeard) or options.catches(fact)
                if item is not None and wanted and item.what in options.events:
                    self.add(Card(item=item), fact.at_ms, times)
                    changed = True
        self.cut_short(fact.at_ms, times)
        return self.run(fact.at_ms, times) or changed

    def order(self, do: str, at_ms: int, options: Options) -> bool:
        """Skip, pause, resume, clear, mute, unmute or replay; True if the view has changed, ValueError for all else."""
        return self.obey(do, at_ms, options.times)

    def _credit(self, fact: facts.Credit, options: Options, times: Times) -> bool:
        if "gift" not in options.events:
            return False
        if self.step(fact, times):
            return True
        if not options.wants(fact, fact.count * fact.price):
            return False
        before = fact.count - fact.units
        self.add(of_gift(fact, whole=before == 0 or not options.wants(fact, before * fact.price)), fact.at_ms, times)
        return True


def view(state: Log, stage: Stage, options: Options, scene: Scene, _at_ms: int) -> View:
    """The card, how many wait, and what was heard last."""
    waits = len(stage.waiting) + (stage.again is not None)
    own = partial(words, tiers=options.tiers, texts=options.texts, scene=scene) if options.speaks else None
    heard = state.tell(options.events, HEARD, options, scene, own)
    shown = None if stage.card is None else _on_stage(stage, stage.card.item, scene, own)
    return View(shown, waits, stage.paused, stage.muted, heard)


def _on_stage(stage: Stage, item: Item, scene: Scene, own: Words | None) -> Raw:
    """The item of a card, whole and by name, and from when to when it stands."""
    told = bytes(items.told(item, scene, None if own is None else own(item)))
    times = b'"from_ms":%d,"until_ms":%d' % (stage.from_ms, stage.until_ms)
    return Raw(b'%b,"item":%b,%b}' % (told[:-1], told, times))


WIDGET = Kind(
    name="alerts",
    title="Alerts",
    summary="Gifts, follows, shares, goals reached and more: one card at a time, and nothing paid for disappears.",
    width=640,
    height=360,
    options=Options,
    state=Log,
    stage=lambda _options: Stage(),
    view=view,
    ignores=lambda _options: UNTOLD,
)
