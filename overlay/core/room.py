"""One creator's room: events in, facts to the folds, views out, and the change of each tick for the store.

Pure: time comes in with every call. One widget's trouble stays with that widget: here stands the one broad `except`
of the core. The room never decides what counts; the ledger does. Longer than others, because what a fact does to a
room is read in one piece.
"""

from __future__ import annotations

from collections import deque
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from overlay.core import facts
from overlay.core.keeping import LANES, RECENT, Change, part_name
from overlay.core.ledger import Ledger
from overlay.core.surroundings import TELLS
from overlay.core.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from overlay.core.events import Event
    from overlay.core.facts import Fact
    from overlay.core.keeping import Kept
    from overlay.core.scene import Scene
    from overlay.core.widget import Kind, Shared, Stage, State

REPLAY_MS: Final = 300_000
REPLAY_FACTS: Final = 5_000
"""How far back a stage is rebuilt when an option it depends on changes."""

SHOWN_ONLY: Final = (facts.BoardHeard, facts.WhaleHeard)
"""Facts that come from elsewhere and count nothing: neither stored nor replayed."""

SPINS: Final = 10_000
"""More timers than this in one step means that a wake does not move on: the widget is set aside, not the server."""


class Seat:
    """A widget in its room: its kind and options, its stage, and whether its view may have changed."""

    __slots__ = ("base", "broken", "dirty", "ignores", "kept", "kind", "last_view", "options", "stage", "widget")

    def __init__(self, widget: str, kind: Kind, options: Shared) -> None:
        """Sit down; the room brings the stage."""
        self.widget = widget
        self.kind = kind
        self.options = options
        self.stage: Stage | None = None
        self.dirty = True
        self.broken: str | None = None
        self.last_view: Any = None
        self.base: str | None = None  # the widget whose stage this variant of an address shows
        self.kept = True  # variants are not kept
        self.ignores = kind.ignores(options)


class Route(NamedTuple):
    """Who takes in a kind of fact: the states, each with the seats whose views it may move, and the stages."""

    folds: list[tuple[object, State, list[Seat]]]
    hears: list[Seat]


class Room:
    """All states of one creator."""

    __slots__ = (
        "_broken", "_facts", "_folded", "_gone", "_names", "_pending", "_recent", "_restaged", "_routes",
        "_saying", "_shows", "_staged", "_states", "_unasked", "_wakes", "changed_seats", "heard", "ledger",
        "scene", "seating", "seats", "tally", "trial",
    )  # fmt: skip

    def __init__(self, scene: Scene, ledger: Ledger) -> None:
        """An empty room: no widget, nothing counted."""
        self.scene = scene
        self.ledger = ledger
        ledger.identity.known = scene.people.by_key  # a truncated frame keeps the name and picture known before a start
        self.trial = self.new_trial()  # test events go their whole way, apart from what counts
        self.tally = Tally()
        self.seats: dict[str, Seat] = {}
        self.seating = 0  # grows whenever somebody comes, goes or gets other options
        self.changed_seats: set[str] = set()
        self.heard: list[Fact] = []  # facts of this tick, for whoever watches from outside; drained by the shell
        self._states: dict[object, State] = {Tally: self.tally}
        self._names: dict[object, str] = {}  # of states that the store keeps whole
        self._pending: dict[str, bytes] = {}  # small states from the store whose widget has not come yet
        self._broken: dict[object, str] = {}
        self._recent: deque[Fact] = deque(maxlen=REPLAY_FACTS)
        self._facts: list[tuple[str | None, Fact]] = []
        self._gone: dict[str, None] = {}
        self._folded: dict[object, None] = {}  # states that may have changed since the last drain
        self._restaged: dict[str, None] = {}  # widgets whose stage has
        self._wakes: dict[object, int] = {}  # when time alone changes a state, or the stage of a widget
        self._unasked: dict[object, None] = {Tally: None}  # whose answer to that may be another by now
        self._staged: list[Seat] | None = []  # who acts in time, worked out anew after who sits here has changed
        self._saying: list[Seat] | None = None  # likewise: who of these may have something to say
        self._routes: dict[type[Fact], Route] = {}  # likewise: who takes in which kind of fact
        self._shows: dict[str, list[Seat]] = {}  # by widget: who shows its stage

    # --- life ---

    def open(self, at_ms: int) -> None:
        """Begin to count now."""
        self.tally.start(self.scene, at_ms)
        self._unasked[Tally] = None

    def new_trial(self) -> Ledger:
        """A ledger for tests and rehearsals: it knows nothing of the one before, and counts nowhere."""
        return Ledger(self.scene.handle, catalogue=self.ledger.catalogue, test=True)

    def hear(self, event: Event, at_ms: int, *, trial: bool = False) -> None:
        """One event: the ledger makes facts of it, the folds take them in."""
        ledger = self.trial if trial else self.ledger
        self._take(ledger.hear(event, at_ms))

    def advance(self, to_ms: int) -> int | None:
        """Let time pass: every timer due at or before `to_ms` runs, in the order of time. When the next one is due."""
        for _ in range(SPINS):
            due = self.wake()
            if due is None or due > to_ms:
                return due
            self._run_timers(due)
        self._set_aside_spinners(to_ms)
        return self.wake()

    def wake(self) -> int | None:
        """The next timer that changes a state or a stage."""
        if self._unasked:
            self._ask_again()
        wakes = self._wakes
        first = min(wakes.values()) if wakes else None
        for ledger in (self.ledger, self.trial):
            wake = ledger.wake_ms if ledger.asked else ledger.wake()
            if wake is not None and (first is None or wake < first):
                first = wake
        return first

    def _ask_again(self) -> None:
        """When time alone changes those that have taken something in since they were asked: only that can move it."""
        wakes, seats, states, broken = self._wakes, self.seats, self._states, self._broken
        for key in self._unasked:
            wake = None
            if isinstance(key, str):  # a widget's own stage
                seat = seats.get(key)
                if seat is not None and seat.stage is not None and seat.base is None and not seat.broken:
                    wake = seat.stage.wake()
            elif key not in broken:
                wake = states[key].wake()
            if wake is not None:
                wakes[key] = wake
            else:
                wakes.pop(key, None)
        self._unasked.clear()

    def _run_timers(self, due_ms: int) -> None:
        for ledger in (self.ledger, self.trial):
            wake = ledger.wake()
            if wake is not None and wake <= due_ms:
                self._take(ledger.tick(due_ms))
        self._ask_again()
        due = {key for key, wake in self._wakes.items() if wake <= due_ms}
        if not due:
            return
        tick = facts.Tick(at_ms=due_ms)
        route = self._route(facts.Tick)
        self._fold([fold for fold in route.folds if fold[0] in due], tick)
        for seat in route.hears:
            if seat.widget in due:
                self._hear_one(seat, tick)
        self._take_said()

    def _set_aside_spinners(self, to_ms: int) -> None:
        for key, state in self._states.items():
            wake = state.wake()
            if wake is not None and wake <= to_ms and key not in self._broken:
                self._broken[key] = "its timer does not move on"
                self._unasked[key] = None
        self._staged = None
        for seat in self.seats.values():
            wake = seat.stage.wake() if seat.stage is not None else None
            if wake is not None and wake <= to_ms:
                seat.broken = "its timer does not move on"
                self._unasked[seat.widget] = None

    # --- facts ---

    def _take(self, new: Iterable[Fact]) -> None:
        for fact in new:
            self._take_one(fact)
        self._take_said()

    def _take_one(self, fact: Fact) -> None:
        kind = type(fact)
        if not fact.test:
            self._note(fact, kind)
        self.heard.append(fact)
        if kind not in SHOWN_ONLY:
            self._remember(fact)
        route = self._routes.get(kind) if self._staged is not None else None
        if route is None:
            route = self._route(kind)
        self._fold(route.folds, fact)
        for seat in route.hears:
            self._hear_one(seat, fact)

    def _note(self, fact: Fact, kind: type[Fact]) -> None:
        """What a fact that counts tells of the room itself; and the store is to have it."""
        scene = self.scene
        who = getattr(fact, "who", None)
        if who is not None:
            scene.learn(who)
        tell = TELLS.get(kind)
        if tell is not None:
            tell(scene, fact)
        if kind not in SHOWN_ONLY:
            self._facts.append((scene.stream, fact))

    def _remember(self, fact: Fact) -> None:
        """For stages that are rebuilt: the last minutes, and of a quiet room some more."""
        recent = self._recent
        recent.append(fact)
        if len(recent) > RECENT and recent[0].at_ms < fact.at_ms - REPLAY_MS:
            recent.popleft()
            if recent[0].at_ms < fact.at_ms - REPLAY_MS and len(recent) > RECENT:
                recent.popleft()  # two go for one that comes, until only the last minutes are left

    def _acting(self) -> list[Seat]:
        """Who has a stage of its own that still works."""
        if self._staged is None:
            self._routes, self._saying = {}, None
            self._staged = [
                seat for seat in self.seats.values() if seat.stage is not None and seat.base is None and not seat.broken
            ]
        return self._staged

    def _sayers(self) -> list[Seat]:
        """Who of these may have something to say."""
        acting = self._acting()
        if self._saying is None:
            self._saying = [seat for seat in acting if hasattr(seat.stage, "said")]
        return self._saying

    def _route(self, kind: type[Fact]) -> Route:
        """Who takes in this kind of fact."""
        acting = self._acting()
        route = self._routes.get(kind)
        if route is None:
            listening = [seat for seat in self.seats.values() if kind not in seat.ignores]
            folds = [
                (key, state, [seat for seat in listening if seat.kind.state == key])
                for key, state in self._states.items()
                if key not in self._broken and kind not in getattr(state, "ignores", ())
            ]
            hears = [seat for seat in acting if kind not in seat.ignores]
            route = self._routes[kind] = Route(folds, hears)
        return route

    def _reseated(self) -> None:
        """Who sits here has changed."""
        self.seating += 1
        self._unasked |= dict.fromkeys(self._wakes) | dict.fromkeys(self.seats)
        self._staged = None
        self._shows = {}
        for seat in self.seats.values():
            self._shows.setdefault(seat.base or seat.widget, []).append(seat)

    def _fold(self, folds: list[tuple[object, State, list[Seat]]], fact: Fact) -> None:
        folded, unasked, scene = self._folded, self._unasked, self.scene
        for key, state, readers in folds:
            folded[key] = unasked[key] = None
            try:
                changed = state.fold(fact, scene)
            except Exception as bug:  # noqa: BLE001  one widget's fold must not take the others with it
                self._broken[key], self._staged = repr(bug), None
                changed = True
            if changed:
                for seat in readers:
                    seat.dirty = True
                    self.changed_seats.add(seat.widget)

    def _hear_one(self, seat: Seat, fact: Fact) -> None:
        stage = seat.stage
        if stage is None:
            return
        self._unasked[seat.widget] = None
        if isinstance(fact, getattr(stage, "takes", ())):
            self._restaged[seat.widget] = None
        try:
            changed = stage.hear(fact, seat.options, self._states[seat.kind.state], self.scene)
        except Exception as bug:  # noqa: BLE001  as above: the widget keeps its last view and is marked
            seat.broken, self._staged = repr(bug), None
            return
        if changed:
            self.touch(seat)

    def touch(self, seat: Seat) -> None:
        """A widget's stage has changed: its own view, and those of its variants."""
        self._restaged[seat.widget] = self._unasked[seat.widget] = None
        for one in self._shows.get(seat.widget, ()):
            one.dirty = True
            self.changed_seats.add(one.widget)

    def _take_said(self) -> None:
        """Facts that stages have produced (a goal reached) are heard by everybody, once."""
        saying = self._saying if self._staged is not None else None
        for seat in self._sayers() if saying is None else saying:
            said: list[Fact] = seat.stage.said  # type: ignore[union-attr]  # by that it is known
            if not said:
                continue
            new, said[:] = list(said), []
            if seat.kept:
                for fact in new:
                    self._take_one(msgspec.structs.replace(fact, widget=seat.widget))

    # --- widgets ---

    def seat(
        self, widget: str, kind: Kind, options: Shared, at_ms: int, *, stage: Mapping[str, bytes] | None = None
    ) -> Seat:
        """A widget comes, or comes again with other options: its stage stays if these do not touch it."""
        old = self.seats.get(widget)
        seat = Seat(widget, kind, options)
        self._state_of(kind)
        if old is not None and old.base is None and old.kind is kind and not self._restages(kind, old.options, options):
            seat.stage, seat.last_view = old.stage, old.last_view
        elif kind.stage is not None:
            seat.stage = self._stage(widget, kind, options, at_ms, stage)
            self._restaged[widget] = None
        self.seats[widget] = seat
        self._reseated()
        self.changed_seats.add(widget)
        return seat

    def variant(self, widget: str, base: str, options: Shared, at_ms: int) -> Seat:
        """The same widget with other options for one source: the same stage, unless these options touch it."""
        own = self.seats[base]
        kind = own.kind
        seat = self.seats[widget] = Seat(widget, kind, options)
        seat.kept = False
        if kind.stage is not None and self._restages(kind, own.options, options):
            seat.stage = self._stage(widget, kind, options, at_ms)
        else:
            seat.stage, seat.base = own.stage, base
        self._reseated()
        return seat

    def leave(self, widget: str) -> None:
        """A widget is gone."""
        seat = self.seats.pop(widget, None)
        self._reseated()
        if seat is not None and seat.kept and seat.stage is not None:
            self._forget_stage(widget, getattr(seat.stage, "kept_as", lambda: [""])())

    def _forget_stage(self, widget: str, parts: Iterable[str]) -> None:
        for part in parts:
            self._gone[part_name(widget, part)] = None

    def _state_of(self, kind: Kind) -> State:
        state = self._states.get(kind.state)
        if state is None:
            state = self._states[kind.state] = kind.state()
            self._staged = None
            self._folded[kind.state] = self._unasked[kind.state] = None
            self._names[kind.state] = kind.name
            kept = self._pending.pop(kind.name, None)
            if kept is not None:
                state.load(kept)  # type: ignore[attr-defined]  # what is kept was dumped by this very type
            more = {name: self._pending.pop(name) for name in [*self._pending] if name.startswith(f"{kind.name} ")}
            if more:
                state.load_more(more)  # type: ignore[attr-defined]  # ditto
            for fact in self._recent:
                if kept is None:
                    state.fold(fact, self.scene)
        return state

    def _restages(self, kind: Kind, old: Shared, new: Shared) -> bool:
        return any(getattr(old, name) != getattr(new, name) for name in kind.staged)

    def _stage(
        self, widget: str, kind: Kind, options: Shared, at_ms: int, kept: Mapping[str, bytes] | None = None
    ) -> Stage | None:
        if kind.stage is None:
            return None
        stage = kind.stage(options)
        if kept is not None:
            try:
                known = _whole(type(stage), kept)
            except (msgspec.DecodeError, msgspec.ValidationError):
                self._forget_stage(widget, kept)  # of an older form: rebuilt below
            else:
                woken = getattr(known, "woken", None)
                if woken is not None:
                    woken(at_ms)
                return known
        begin = getattr(stage, "begin", None)
        if begin is not None:
            begin(options, self._states[kind.state], self.scene, at_ms)
            return stage
        self._replay(stage, kind, options, at_ms)
        return stage

    def _replay(self, stage: Stage, kind: Kind, options: Shared, at_ms: int) -> None:
        state = self._states[kind.state]
        for fact in [fact for fact in self._recent if fact.at_ms >= at_ms - REPLAY_MS]:
            self._catch_up(stage, options, state, fact.at_ms)
            stage.hear(fact, options, state, self.scene)
        self._catch_up(stage, options, state, at_ms)

    def _catch_up(self, stage: Stage, options: Shared, state: State, to_ms: int) -> None:
        for _ in range(SPINS):
            due = stage.wake()
            if due is None or due > to_ms:
                return
            stage.hear(facts.Tick(at_ms=due), options, state, self.scene)

    def view(self, seat: Seat, at_ms: int) -> Any:
        """The whole view of a widget; a broken one keeps its last."""
        kind, scene = seat.kind, self.scene
        if seat.broken or kind.state in self._broken:
            return seat.last_view
        scene.begin(at_ms)
        try:
            seat.last_view = kind.view(self._states[kind.state], seat.stage, seat.options, scene, at_ms)
        except Exception as bug:  # noqa: BLE001  as above
            seat.broken, self._staged = repr(bug), None
            self._unasked[seat.widget] = None
        return seat.last_view

    def view_wake(self, seat: Seat, at_ms: int) -> int | None:
        """When time alone changes what this widget shows."""
        if seat.broken or seat.kind.state in self._broken:
            return None
        return seat.kind.wake(self._states[seat.kind.state], seat.stage, seat.options, at_ms)

    def trouble(self, seat: Seat) -> str | None:
        """Why a widget stands still, or None."""
        return seat.broken or self._broken.get(seat.kind.state)

    def follow(self, kind: Kind) -> State:
        """Fold for this kind even while no widget shows it: past streams tell of battles and captions too."""
        return self._state_of(kind)

    # --- keeping ---

    def drain(self) -> Change:
        """All that the store has not got yet."""
        scene = self.scene
        told, self._facts = self._facts, []
        change = Change(
            creator=scene.creator,
            stream=scene.stream,
            facts=told,
            memory=self.ledger.drain(),
            people=scene.people.drain(),
        )
        self.tally.drain(change)
        for key in self._folded:
            state = self._states[key]
            if _is_kept(type(state)):
                self._drain_state(change, key, state)
        self._folded.clear()
        self._drain_stages(change)
        return change

    def _drain_stages(self, change: Change) -> None:
        if self._gone:
            change.stages, self._gone = dict(self._gone), {}
        for widget in self._restaged:
            seat = self.seats.get(widget)
            if seat is not None and seat.kept and isinstance(seat.stage, msgspec.Struct):
                for part, body in _parts(seat.stage).items():
                    change.stages[part_name(widget, part)] = body
        self._restaged.clear()

    def _drain_state(self, change: Change, key: object, state: State) -> None:
        rounds = getattr(state, "drain_rounds", None)
        if rounds is not None:
            change.rounds += rounds()
        lines = getattr(state, "drain_lines", None)
        if lines is not None:
            change.lines += lines()
        dump = getattr(state, "dump", None)
        if dump is not None and getattr(state, "unsaved", False):
            change.states[self._names[key]] = dump()
        more = getattr(state, "dump_more", None)
        if more is not None:
            change.states |= {part_name(self._names[key], part): body for part, body in more().items()}

    def load_small(self, states: Mapping[str, bytes], at_ms: int) -> list[str]:
        """After a start, first: what is kept whole. Returns the periods whose rows are needed."""
        self._pending = {name: body for name, body in states.items() if name != "tally"}
        self.tally.load_small(states)
        stream = self.tally.small.stream.removeprefix("stream:")
        self.scene.stream = stream or None
        self.scene.stream_began_ms = self.tally.small.stream_began_ms
        self.tally.start(self.scene, at_ms)
        self._unasked[Tally] = None
        return self.tally.keys()

    def load(self, kept: Kept) -> None:
        """After a start, second: rows and people. Then seat the widgets, then `refold`, then `resume`."""
        self.tally.load(kept)
        self.scene.people.load(kept.people)

    def resume(self, memory: Mapping[str, bytes], at_ms: int) -> None:
        """After a start, last: the ledger remembers, and goes on as after a cut."""
        self._take(self.ledger.load(memory, at_ms))
        self.scene.owner_id = self.scene.owner_id or self.ledger.owner_id

    def refold(self, kept: Kept) -> None:
        """After a start, third: the last facts through the folds that keep none of their own in the store."""
        for fact in kept.recent:
            self._recent.append(fact)
            folds = self._route(type(fact)).folds
            self._fold([one for one in folds if one[1] is not self.tally and not hasattr(one[1], "dump")], fact)


def lane(fact: Fact) -> str:
    """The lane by which the store finds a fact again."""
    return LANES.get(type(fact), "life")


@cache
def _is_kept(state: type) -> bool:
    """Whether states of this type hand anything to the store beside what the tally does."""
    return any(hasattr(state, name) for name in ("drain_rounds", "drain_lines", "dump", "dump_more"))


def _parts(stage: Any) -> dict[str, bytes | None]:
    """What of a stage is to be kept anew: of most of them all."""
    parts = getattr(stage, "parts", None)
    return {"": msgspec.msgpack.encode(stage)} if parts is None else parts()


def _whole(kind: Any, parts: Mapping[str, bytes]) -> Stage:
    """The stage that was kept in these parts."""
    whole = getattr(kind, "whole", None)
    made: Stage = msgspec.msgpack.decode(parts[""], type=kind) if whole is None else whole(parts)
    return made
