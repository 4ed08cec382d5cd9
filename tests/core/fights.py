"""Battle frames in a few words, and a battle driven by them."""

from __future__ import annotations

from typing import Any

import msgspec

from overlay.core import facts
from overlay.core.events import Armies, Battle, Card, Contributor, Host, Person, PunishFinish
from overlay.core.fight import State
from overlay.widgets.battle import Options, view
from tests.core.rooms import drive, scene

SERVER = 1_790_000_000_000


def host(key: str, score: int | None = None, team: int | None = None, *givers: tuple[str, int | None]) -> Host:
    """One host of a frame."""
    return Host(
        id=key,
        score=score,
        team=team,
        contributors=tuple(Contributor(id=giver, name=giver, score=points) for giver, points in givers),
    )


def armies(
    one: int | None, two: int | None, left: float | None = None, server: int | None = None, **more: Any
) -> Armies:
    """A score frame of H1 against H2."""
    told: dict[str, Any] = {
        "match_id": "M1",
        "session_id": "S1",
        "status": 1,
        "duration_s": 300,
        "remaining_s": left,
        "server_ms": None if server is None else SERVER + server,
        "hosts": (host("H1", one, 0), host("H2", two, 1)),
    }
    return Armies(**told | more)


def battle(status: int, key: str | None = None, *hosts: str, **more: Any) -> Battle:
    """A frame of a battle's life."""
    return Battle(battle_id=key, status=status, hosts=tuple(host(one) for one in hosts or ("H1", "H2")), **more)


def card(effect: str, sender: str, at_s: float, length_s: float = 30, multiplier: int = 0) -> Card:
    """A card played at a moment of the server's clock."""
    at = SERVER // 1000 + at_s
    return Card(
        effect=effect,
        multiplier=multiplier,
        person=Person(id=sender, nickname=sender),
        activated_s=at,
        duration_s=length_s,
        ends_s=at + length_s,
    )


def punished(key: str | None = None, session: str | None = "S1") -> PunishFinish:
    """The end of a punishment."""
    return PunishFinish(session_id=session, punished_id=key)


class Fight:
    """A battle on a virtual clock."""

    def __init__(self, owner: str | None = "H1", **options: Any) -> None:
        """Nothing is on."""
        self.state, self.scene, self.options, self.at = State(), scene(owner), Options(**options), 0
        self.pages: dict[str, bytes] = {}

    def hear(self, at_ms: int, event: Any, *, test: bool = False) -> bool:
        """A frame comes in; True if it changed anything."""
        self.wait(at_ms)
        return self.state.fold(facts.Fought(at_ms=at_ms, event=event, test=test), self.scene)

    def note(self, fact: facts.Fact) -> None:
        """Something else happens."""
        self.wait(fact.at_ms)
        self.state.fold(fact, self.scene)

    def wait(self, at_ms: int) -> None:
        """Time passes."""
        drive(self.state, at_ms, self.scene)
        self.at = at_ms

    def restart(self) -> None:
        """The program is ended and started again."""
        self.pages |= self.state.dump_more()
        kept, self.state = self.state.dump(), State()
        self.state.load(kept)
        self.state.load_more(self.pages)

    @property
    def view(self) -> dict[str, Any]:
        """What a page gets."""
        made: dict[str, Any] = msgspec.json.decode(
            msgspec.json.encode(view(self.state, None, self.options, self.scene, self.at))
        )
        return made

    @property
    def phase(self) -> str:
        """The phase on show."""
        return str(self.view["phase"])

    @property
    def seconds(self) -> int | None:
        """The second on show."""
        ends = self.view["ends_ms"]
        return None if ends is None else max(0, -(-(ends - self.at) // 1000))
