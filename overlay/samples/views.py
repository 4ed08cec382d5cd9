"""The view of a preview: the very folds and views of the overlays, over a made-up stream, with the options as they are.

So every option shows at once what it does. It touches no room of a creator's, and what is tried here counts nowhere.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any, Final

from msgspec import structs

from overlay.core import events
from overlay.core.fight import State as Fight
from overlay.core.ledger import Ledger
from overlay.core.places import Ranks, Row, Rung, Sales, Seller
from overlay.core.room import Room
from overlay.core.scene import Scene
from overlay.core.speech import State as Speech
from overlay.core.standings import Fairs, Standings, Stood, local_day
from overlay.core.tally import Tally
from overlay.core.wishes import LABELS
from overlay.samples.stream import MINUTE_MS, OWNER, SHARES, Cast, gift, passer, played
from overlay.samples.words import SPOKEN, STRAINED, translated
from overlay.widgets import goal, ranking, sellers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from overlay.core.events import Event
    from overlay.core.widget import Kind, Shared

HANDLE: Final = "amara.o"
RATIO: Final = 0.724
"""How far on its way a goal is in its preview."""
LONGER: Final = {False: RATIO, True: 3.4}
BOARD_ROWS: Final = 24
OWN_RANK: Final = 13
LADDER: Final = tuple(Rung(class_type=number, label=label, count=99) for number, label in LABELS.items())
CURRENCIES: Final[dict[str, tuple[str, float]]] = {
    "GB": ("GBP", 0.78), "MX": ("MXN", 18.4), "ID": ("IDR", 16_200.0), "VN": ("VND", 25_300.0), "MY": ("MYR", 4.4),
    "TH": ("THB", 35.1), "PH": ("PHP", 57.2), "BR": ("BRL", 5.4), "JP": ("JPY", 150.0), "SG": ("SGD", 1.34),
    **dict.fromkeys(("ES", "DE", "IT", "FR"), ("EUR", 0.92)),
}  # fmt: skip
"""What people pay with in the regions that FastMoss has, and how much of it a dollar is in a preview."""
LIVES: Final = ("Spring sale LIVE", "Everything must go", "New arrivals tonight", "Try-on haul")


class Progress(Tally):
    """A tally whose goals stand where a preview wants them, whatever they count."""

    told = 0

    def goal_value(self, metric: str, name: str) -> int:
        """The wanted value, and what was tried out on top."""
        return self.told + super().goal_value(metric, name)


class Drawer:
    """Draws the views of one cast: the calm one, or the one that strains."""

    def __init__(
        self, people: Iterable[Mapping[str, Any]], views: Mapping[str, dict[str, Any]], *, strained: bool
    ) -> None:
        """Take the people and the texts of the samples."""
        self.strained = strained
        self.cast = Cast(people, strained=strained)
        suffix = "-strained" if strained else ""
        self.lines = [
            "".join(part.get("text", "") for part in line["parts"]) for line in views[f"chat{suffix}"]["messages"]
        ]
        self.teams: list[dict[str, Any]] = views[f"battle{suffix}"]["teams"]

    def view(self, kind: Kind, options: Shared, now_ms: int, tries: tuple[Event, ...]) -> Any:
        """The whole view."""
        room, start_ms = self._room(options), now_ms - 10 * MINUTE_MS
        for key, state in self._given(kind, options, room, now_ms).items():
            room._states[key] = state  # noqa: SLF001  the sample room is furnished before anything is heard
        steps = list(self._steps(kind, options, now_ms))
        room.open(min([at for at, _ in steps], default=start_ms))
        if kind.name == "alerts":  # a goal that is reached in the last moment: one of the things that can be announced
            aim = goal.Options(metric="shares", target=SHARES + 1, label="New microphone")
            room.seat("goal", goal.WIDGET, aim, start_ms)
        seat = room.seat("sample", kind, options, steps[0][0] if steps else start_ms)
        for at_ms, event in [*steps, *((now_ms, event) for event in tries)]:
            room.advance(at_ms)
            room.hear(event, at_ms)
            room.heard.clear()
        room.advance(now_ms)
        return room.view(seat, now_ms)

    def _room(self, options: Any) -> Room:
        scene = Scene("sample", HANDLE, UTC, lambda address: address if address.startswith("/static/") else None)
        scene.owner_id = OWNER
        scene.caption_source = _source(options)
        scene.caption_target = getattr(options, "target", None)
        return Room(scene, Ledger(HANDLE))

    def _given(self, kind: Kind, options: Shared, room: Room, now_ms: int) -> dict[object, Any]:
        """States that no stream fills: a goal on its way, and boards of elsewhere."""
        if kind.name == "goal":
            room.tally = Progress()
            room.tally.told = self._goal_at(options)
            return {Tally: room.tally}
        if kind.name == "ranking":
            boards = {wish.name: self._ranks(wish.board, wish, now_ms) for wish in ranking.wishes(options, HANDLE)}  # type: ignore[arg-type]
            state: Standings = _with(Standings(), boards)
            day = local_day(now_ms, room.scene)
            state.stood = {name: Stood(rank=OWN_RANK, day=day, day_rank=OWN_RANK + 3) for name in boards}
            return {Standings: state}
        if kind.name == "sellers":
            fairs = {wish.name: self._sales(wish, now_ms) for wish in sellers.wishes(options)}  # type: ignore[arg-type]
            return {Fairs: _with(Fairs(), fairs)}
        return {}

    def _goal_at(self, options: Any) -> int:
        steps: list[int] = options.steps
        aim = next((step for step in steps if step > steps[-1] * 0.6), steps[-1])
        return round(aim * LONGER[self.strained])

    def _steps(self, kind: Kind, options: Any, now_ms: int) -> Iterator[tuple[int, Event]]:
        """What happens in the made-up stream, as far as this kind looks at it, in the order of time."""
        if kind.state is Fight:
            yield from self._battle(now_ms)
        elif kind.state is Speech:
            yield from self._captions(options, now_ms)
        elif kind.name == "goal":
            yield now_ms - MINUTE_MS, events.Opened(socket="live")
            yield now_ms - MINUTE_MS, events.RoomInfo(room_id="7000000000000099999", owner_id=OWNER, handle=HANDLE)
        elif kind.state not in {Standings, Fairs}:
            yield from sorted(played(self.cast, self.lines, now_ms), key=lambda step: step[0])
            if kind.name == "alerts":
                yield from self._cards(now_ms)

    def _cards(self, now_ms: int) -> Iterator[tuple[int, Event]]:
        """One card of every kind, so that one is on stage whichever are wanted."""
        yield now_ms - 900, gift(self.cast[1], "galaxy", 1, "k1")
        yield now_ms - 800, events.Subscribe(msg_id="k2", person=self.cast[7], months=3)
        yield now_ms - 790, events.SuperFan(msg_id="k3", person=self.cast[3])
        yield now_ms - 780, events.Envelope(msg_id="k4", envelope_id="k4", diamonds=100, person=self.cast[8])
        yield now_ms - 770, events.Follow(msg_id="k5", person=passer(99))
        yield now_ms - 760, events.Share(msg_id="k6", person=passer(98))

    def _battle(self, now_ms: int) -> Iterator[tuple[int, Event]]:
        """A match two minutes old, with a booster. Long, because it is a list."""
        began_ms, length_s = now_ms - 146_000, 300
        hosts = [
            events.Host(
                id=host["id"], team=at, score=team["total"] if place == 0 else 0, name=host["name"],
                handle=host["handle"], avatar=host["avatar"], contributors=self._givers(team, at) if place == 0 else (),
            )
            for at, team in enumerate(self.teams) for place, host in enumerate(team["hosts"])
        ]  # fmt: skip
        hosts[0] = structs.replace(hosts[0], id=OWNER)
        yield began_ms, events.Opened(socket="live")
        yield began_ms, events.RoomInfo(room_id="7000000000000099999", owner_id=OWNER, handle=HANDLE)
        yield began_ms, events.Battle(battle_id="71", status=1, duration_s=length_s, hosts=tuple(hosts))
        yield (
            now_ms,
            events.Armies(
                battle_id="71", match_id="72", session_id="73", status=1, server_ms=now_ms, started_ms=began_ms,
                duration_s=length_s, remaining_s=length_s - (now_ms - began_ms) / 1000, hosts=tuple(hosts),
            ),
        )  # fmt: skip
        yield (
            now_ms,
            events.Card(
                battle_id="71", effect="gloves", multiplier=5, person=self.cast[0], activated_s=now_ms / 1000 - 9,
                duration_s=30, ends_s=now_ms / 1000 + 21,
            ),
        )  # fmt: skip

    def _givers(self, team: dict[str, Any], at: int) -> tuple[events.Contributor, ...]:
        """The best of a side, as many as any option may ask for."""
        top = [
            events.Contributor(
                id=one["user"]["id"], name=one["user"]["name"], handle=one["user"]["handle"],
                avatar=one["user"]["avatar"], score=one["score"],
            )
            for one in team["top"]
        ]  # fmt: skip
        least = (top[-1].score or 0) if top else 900
        more = [
            events.Contributor(
                id=person.id, name=person.nickname, handle=person.handle, avatar=person.avatar,
                score=max(1, least * (9 - place) // 10),
            )
            for place, person in enumerate(self.cast[at * 10 + 3 + number] for number in range(8))
        ]  # fmt: skip
        known = {one.id for one in top}
        return tuple([*top, *(one for one in more if one.id not in known)][:10])

    def _captions(self, options: Any, now_ms: int) -> Iterator[tuple[int, Event]]:
        """Two sentences: one whole, one half said; translated where that is wanted."""
        source = _source(options)
        said, began_ms = STRAINED if self.strained else SPOKEN, now_ms - 5000 - options.delay_ms
        yield began_ms - 1000, events.Opened(socket=source)
        for at, (text, speaker) in enumerate(zip(said, ("Amara", "DJ Samuel"), strict=True)):
            start = at * 2500
            words = text.split(" ")
            at_ms = began_ms + start
            for upto in range(max(1, len(words) - 3), len(words) + 1):
                at_ms += 150
                final = upto == len(words) and (at == 0 or options.mode == "final")
                yield (
                    at_ms,
                    events.Caption(
                        socket=source, text=" ".join(words[:upto]), final=final, speaker=speaker, language="en",
                        start_ms=start, end_ms=start + 1000 + upto,
                    ),
                )  # fmt: skip
            if options.translation != "off":
                told = translated(options.target)[at]
                yield at_ms + 50, events.Translation(text=told, speaker=speaker, target=options.target, start_ms=start)

    def _ranks(self, board: str, wish: Any, now_ms: int) -> Ranks:
        """A board of elsewhere with the creator on place 13."""
        times = 1000 if self.strained else 1
        rows = []
        for at in range(BOARD_ROWS):
            # those with pictures stand first, and around the creator
            person = self.cast[(at + 5) % 15 if at < 15 else at]
            own = at == OWN_RANK - 1 and board != "gifters"
            rows.append(
                Row(
                    rank=at + 1, score=round(98_000 * 0.988 ** (at * (at + 3) / 4)) * times,
                    user_id=OWNER if own else person.id, handle=HANDLE if own else person.handle,
                    name="Amara O." if own else person.nickname or "", live=at % 3 != 1, hidden=at == 14,
                    avatar="/static/samples/face-3.webp" if own else person.avatar,
                )
            )  # fmt: skip
        return Ranks(
            got_ms=now_ms, refresh_ms=MINUTE_MS, rows=tuple(rows), region=getattr(wish, "region", None) or "GB",
            fetched_ms=now_ms - 30_000, reset_ms=now_ms + 90 * MINUTE_MS, live_count=594 * times,
            class_label=(wish.league or "B1") if board == "league" else None, game=wish.game,
            ladder=LADDER if board == "league" else (),
        )  # fmt: skip

    def _sales(self, wish: Any, now_ms: int) -> Sales:
        """A board of sellers, in the order that is asked for."""
        times, first = 900 if self.strained else 1, (wish.page - 1) * wish.size
        currency, rate = CURRENCIES.get(wish.region, ("USD", 1.0))
        rows = []
        for at in range(wish.size):
            place, person = first + at, self.cast[at + 4 + first]
            units = max(1, round(18_420 * 0.86**place)) * times
            usd = round(units * (17.2 - at % 3), 2)
            rows.append(
                Seller(
                    rank=place + 1, id=person.id, handle=person.handle, name=person.nickname or "",
                    avatar=person.avatar, units=units, gmv=round(usd * rate, 2), usd=usd, currency=currency,
                    lives=2 + at % 4, title=LIVES[at % len(LIVES)],
                )
            )  # fmt: skip
        if wish.order == "gmv":
            rows = [
                structs.replace(row, rank=first + at + 1)
                for at, row in enumerate(sorted(rows, key=lambda row: -(row.gmv or 0)))
            ]
        return Sales(
            got_ms=now_ms, refresh_ms=MINUTE_MS, rows=tuple(rows), date_type=wish.date_type, date_value=wish.date
        )  # fmt: skip


def _source(options: Any) -> str:
    wanted = getattr(options, "source", "auto")
    return "captions" if wanted == "auto" else str(wanted)


def _with(state: Any, boards: Mapping[str, Any]) -> Any:
    state.boards.update(boards)
    return state
