"""One match: its names, hosts, scores and boosters, and which frames belong to it.

TikTok gives one match up to three ids and leaves each of them out at times; whether two frames speak of the same match
is decided here and nowhere else. Nothing here knows phases' timers or what a page shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct, field
from msgspec.structs import replace

from overlay.core.events import Contributor, Person
from overlay.core.fight_clock import Timing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from overlay.core.events import Armies, Battle, Card, Host

MOST_HOSTS: Final = 16
MOST_TEAMS: Final = 100
MOST_GIVERS: Final = 50
"""Of one host; a page shows three."""

MOST_SIDES: Final = 2_000
"""How many givers' sides are remembered for the boosters they may play."""

MOST_BOOSTERS: Final = 32
MOST_IDS: Final = 64
LARGEST: Final = 2**53 - 1
DEFAULT_CARD_S: Final = 30


class HostRow(Struct, kw_only=True, gc=False):
    """A host of this match. `team` None: not told."""

    id: str
    team: int | None = None
    score: int | None = None
    name: str | None = None
    handle: str | None = None
    avatar: str | None = None
    givers: list[Contributor] = field(default_factory=list)

    @property
    def is_placed(self) -> bool:
        """Whether no frame has told an id: it is known by its place."""
        return self.id.startswith("#")


class Booster(Struct, kw_only=True, gc=False):
    """A card in play; its times are on TikTok's clock."""

    effect: str
    multiplier: int
    person: Person | None
    from_ms: int
    until_ms: int


class Side(Struct, gc=False):
    """One side of the bar: `index` is TikTok's team, or the place in order of appearance."""

    index: int
    hosts: list[HostRow]
    total: int


class Match(Struct, kw_only=True):
    """A match and its present round."""

    match_id: str | None = None
    battle_ids: list[str] = field(default_factory=list)  # by `battle` frames
    army_ids: list[str] = field(default_factory=list)  # by `battleArmies` frames: not always the same number
    session_id: str | None = None
    past_sessions: list[str] = field(default_factory=list)
    round: int = 1
    test: bool = False
    scored: bool = False  # a score frame of this round has come: `battle` frames no longer tell scores
    hosts: dict[str, HostRow] = field(default_factory=dict)
    sides_of: dict[str, str] = field(default_factory=dict)  # giver -> host
    boosters: list[Booster] = field(default_factory=list)
    timing: Timing = field(default_factory=Timing)

    # --- identity ---

    @property
    def ids(self) -> list[str]:
        """Every battleId this match is known by."""
        return [*self.battle_ids, *self.army_ids]

    @property
    def key(self) -> str:
        """The match in past streams: matchId, else battleId, else the set of hosts."""
        if self.match_id:
            return f"match:{self.match_id}"
        return f"battle:{self.ids[0]}" if self.ids else f"hosts:{','.join(sorted(self.hosts))}"

    @property
    def round_key(self) -> str:
        """The round in past streams."""
        return f"session:{self.session_id}" if self.session_id else f"round:{self.round}"

    def is_kin(self, ids: Iterable[str]) -> bool:
        """Whether these can be the hosts of this match: the same ones, some of them, or these and more."""
        ours, theirs = {key for key in self.hosts if not key.startswith("#")}, set(ids)
        return not ours or not theirs or ours <= theirs or theirs <= ours

    def learn_ids(self, event: Battle | Armies) -> None:
        """Remember under which names a frame knew this match."""
        known = self.battle_ids if not hasattr(event, "match_id") else self.army_ids
        if event.battle_id and event.battle_id not in known:
            known.append(event.battle_id)
            del known[:-MOST_IDS]
        self.match_id = self.match_id or getattr(event, "match_id", None)
        self.session_id = self.session_id or getattr(event, "session_id", None)

    def next_round(self, session_id: str | None) -> None:
        """Scores, timer and boosters start again."""
        if self.session_id:
            self.past_sessions.append(self.session_id)
            del self.past_sessions[:-MOST_IDS]
        self.session_id, self.round, self.scored = session_id, self.round + 1, False
        self.timing, self.boosters, self.sides_of = Timing(), [], {}
        for row in self.hosts.values():
            row.score, row.givers = None, []

    # --- hosts and scores ---

    def take_hosts(self, hosts: Iterable[Host], extra: Iterable[str] = (), *, scores: bool) -> None:
        """Take in who is there and, with `scores`, what they have; what a frame does not tell stays."""
        told = [(self._row(host, at), host) for at, host in enumerate(hosts)]
        for key in extra:
            if key not in self.hosts and len(self.hosts) < MOST_HOSTS:
                self.hosts[key] = HostRow(id=key)
        for row, host in told:
            row.name, row.handle = host.name or row.name, host.handle or row.handle
            row.avatar = host.avatar or row.avatar
        if scores:
            self._take_scores(told)

    def _row(self, host: Host, at: int) -> HostRow:
        """Return the host's row, made if needed; without an id the place in the list tells the side."""
        place = at if host.team is None else host.team
        row = self.hosts.get(host.id) if host.id else self._row_at(place)
        if row is None:
            row = HostRow(id=host.id or f"#{place}")
            if len(self.hosts) < MOST_HOSTS:
                self.hosts[row.id] = row
        if host.id and host.team is not None and 0 <= host.team < MOST_TEAMS:
            row.team = host.team
        return row

    def _row_at(self, place: int) -> HostRow | None:
        rows = list(self.hosts.values())
        return next((row for row in rows if row.team == place), rows[place] if place < len(rows) else None)

    def _take_scores(self, told: list[tuple[HostRow, Host]]) -> None:
        for row, host in told:
            if host.score is not None:
                score = min(max(0, int(host.score)), LARGEST)
                for one in [row] if host.team is not None else self._sharing(row, told):
                    one.score = score
            row.givers = [
                one if one.score is None or 0 <= one.score <= LARGEST else replace(one, score=None)
                for one in host.contributors[:MOST_GIVERS]
            ]  # a figure that cannot be one is none
            for giver in row.givers:
                if giver.id and len(self.sides_of) < MOST_SIDES:
                    self.sides_of[giver.id] = row.id

    def _sharing(self, row: HostRow, told: list[tuple[HostRow, Host]]) -> list[HostRow]:
        """Whose score is told at this host: the older shape tells a team's total at one of its hosts."""
        mates = next((rows for _, rows in self._groups() if row in rows), [row])
        return mates if sum(other in mates for other, _ in told) == 1 else [row]

    def _groups(self) -> list[tuple[int, list[HostRow]]]:
        """The hosts by team, in the order of the teams; without (believable) teams each host alone."""
        rows = list(self.hosts.values())
        teams = sorted({row.team for row in rows if row.team is not None})
        if len(teams) > 1:
            return [(team, [row for row in rows if row.team == team]) for team in teams]
        return [(at, [row]) for at, row in enumerate(rows)]

    def sides(self) -> list[Side]:
        """The sides with their totals, by team or in order of appearance: never by score."""
        return [Side(index, rows, total([row.score for row in rows])) for index, rows in self._groups()]

    def side_of_host(self, host_id: str | None) -> int | None:
        """The index of a host's side."""
        return next((side.index for side in self.sides() if any(row.id == host_id for row in side.hosts)), None)

    # --- boosters ---

    def play(self, card: Card, server_ms: int) -> bool:
        """Put a card into play; False if it is there already."""
        began = server_ms if card.activated_s is None else round(card.activated_s * 1000)
        until = began + round((card.duration_s or DEFAULT_CARD_S) * 1000)
        if card.ends_s is not None:
            until = round(card.ends_s * 1000)
        key = (card.effect, _key(card.person), began)
        if any((one.effect, _key(one.person), one.from_ms) == key for one in self.boosters):
            return False
        multiplier = min(max(0, card.multiplier), LARGEST)
        self.boosters.append(
            Booster(effect=card.effect, multiplier=multiplier, person=card.person, from_ms=began, until_ms=until)
        )
        del self.boosters[:-MOST_BOOSTERS]
        return True


def _key(person: Person | None) -> str | None:
    return None if person is None else person.id or person.sec_uid or person.handle or person.nickname


def total(scores: list[int | None]) -> int:
    """Return a side's points. [unsure] Equal figures inside one team are the team's total, told at each host."""
    known = [score for score in scores if score is not None]
    if len(known) > 1 and len(set(known)) == 1:
        return known[0]
    return min(sum(known), LARGEST)


def leader(sides: list[Side]) -> int | None:
    """Return the index of the one side that is ahead; None for a tie, and when there is nobody to be ahead of."""
    best = max((side.total for side in sides), default=0)
    ahead = [side.index for side in sides if side.total == best]
    return ahead[0] if len(ahead) == 1 and len(sides) > 1 else None
