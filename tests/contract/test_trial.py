"""Tests and rehearsals travel the road of real events, and neither add to nor take away anything real."""

from __future__ import annotations

import json
from datetime import UTC
from typing import Any

import msgspec
import pytest

from overlay.core.ledger import Ledger
from overlay.core.recording import parse_line
from overlay.core.room import Room
from overlay.core.scene import Scene
from overlay.widgets import KINDS
from tests.contract.kit import MIRA, OTTER, START, TOBI, chat, closed, frame, gift, like, opened

BATTLE = {
    "battleId": "0", "matchId": "M1", "sessionId": "S1", "status": 1, "durationSec": 300, "secsRemaining": 300,
    "serverTsMs": START + 400,
    "hosts": [{"hostUserId": "H1", "teamTotalScore": 5, "teamIdx": 0}, {"hostUserId": "H2", "teamTotalScore": 4, "teamIdx": 1}],
}  # fmt: skip
REAL = [
    *opened(0), chat(100, MIRA, "hello", key="real"), gift(200, MIRA, 2_000), like(300, TOBI, 5, 50),
    frame(350, "follow", user=TOBI, msgId="f"), frame(360, "roomUserSeq", viewerCount=5),
    frame(370, "caption", text="real words", isFinal=True, language="en"), frame(400, "battleArmies", **BATTLE),
]  # fmt: skip
TRIALS: dict[str, list[dict[str, Any]]] = {
    "another room": [*opened(505, room="998"), like(510, OTTER, 1), *opened(515, room="997"), like(520, OTTER, 1)],
    "an end": [frame(510, "control", action=3), closed(520, 4005), frame(530, "streamEnd")],
    "a reset": [{"t": 510, "reset": "all"}],
    "a deletion": [frame(510, "imDelete", deletedMsgId="real")],
    "a rehearsed deletion": [chat(505, OTTER, "again", key="real"), frame(510, "imDelete", deletedMsgId="real")],
    "likes and viewers": [like(510, OTTER, 7, 1000), frame(520, "roomUserSeq", viewerCount=77)],
    "another owner": [frame(510, "roomInfo", roomId="5", ownerUserId="H2")],
    "the end of a battle": [frame(510, "battlePunishFinish", battleId="0"), frame(520, "battle", battleId="B1", status=3, teams=[])],
    "a card": [frame(510, "battleItemCard", battleId="0", effect="mist", senderUserId="H1")],
}  # fmt: skip


class House:
    """A room with one widget of every kind."""

    def __init__(self) -> None:
        self.room = Room(Scene("maya", "maya", UTC, lambda _address: None), Ledger("maya"))
        self.room.open(START)
        goal = {"goal": KINDS["goal"].options(target=1_000)}
        self.seats = {
            name: self.room.seat(name, kind, goal.get(name, kind.options()), START) for name, kind in KINDS.items()
        }

    def hear(self, lines: list[dict[str, Any]], *, trial: bool = False) -> None:
        for line in lines:
            parsed = parse_line(json.dumps(line))
            at_ms = START + (parsed.t or 0)
            self.room.advance(at_ms)
            for event in parsed.events:
                self.room.hear(event, at_ms, trial=trial)

    def views(self) -> dict[str, Any]:
        return {
            name: json.loads(msgspec.json.encode(self.room.view(seat, START + 600)))
            for name, seat in self.seats.items()
        }


@pytest.mark.parametrize("trial", TRIALS)
def test_what_is_tested_or_rehearsed_takes_nothing_real_away(trial):
    house = House()
    house.hear(REAL)
    before = house.views()
    house.hear(TRIALS[trial], trial=True)
    after = house.views()
    assert {name for name in before if before[name] != after[name]} == set()
    assert [line["id"] for line in after["chat"]["messages"]] == ["real"]
    assert (after["battle"]["phase"], len(after["captions"]["segments"])) == ("active", 1)


def test_a_rehearsal_takes_its_own_lines_back():
    for end in ([frame(520, "imDelete", deletedMsgId="a")], [{"t": 520, "reset": "chat"}]):
        house = House()
        house.hear([*opened(500, room="998"), chat(510, OTTER, "rehearsed", key="a")], trial=True)
        assert [line["id"] for line in house.views()["chat"]["messages"]] == ["a"]
        house.hear(end, trial=True)
        assert house.views()["chat"]["messages"] == []


def test_a_rehearsed_battle_is_cleared_by_a_rehearsed_reset():
    house = House()
    house.hear([*opened(0), frame(400, "battleArmies", **BATTLE)], trial=True)
    assert house.views()["battle"]["phase"] == "active"
    house.hear([{"t": 500, "reset": "battle"}], trial=True)
    assert house.views()["battle"]["phase"] == "idle"
