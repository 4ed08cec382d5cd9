"""Recorded battles: the rounds that past streams keep of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from overlay.core import facts
from overlay.core.events import Event
from overlay.core.tiktool import decode
from tests.core.fights import Fight

SCENARIOS = Path(__file__).parents[1] / "frames" / "tiktool" / "scenarios"
BATTLE_EVENTS = {"battle", "battleArmies", "battleItemCard", "battlePunishFinish"}
AFTER_MS = 400_000


def play(name: str) -> Fight:
    fight = Fight(owner=None)
    for text in (SCENARIOS / f"{name}.jsonl").read_text().splitlines():
        line = json.loads(text)
        if "close" in line:
            fight.note(facts.SocketClosed(at_ms=line["t"]))
        elif line.get("open"):
            fight.note(facts.SocketOpened(at_ms=line["t"]))
        elif line["frame"]["event"] in BATTLE_EVENTS:
            event: Event = decode(json.dumps(line["frame"]))
            fight.hear(line["t"], event)
    fight.wait(fight.at + AFTER_MS)
    return fight


@pytest.mark.parametrize("name", ["battle-normal", "battle-aborted", "battle-reconnect", "battle-multi-round"])
def test_a_recorded_battle_leaves_the_rounds_it_had(name):
    expected = json.loads((SCENARIOS / f"{name}.expected.json").read_bytes())
    rounds = {one["round_key"]: one for one in play(name).state.drain_rounds()}
    assert {one["battle_key"] for one in rounds.values()} == {expected["battle_key"]}
    renamed = {"finalised_at": "finalised_ms", "corrected_at": "corrected_ms", "started_at": "started_ms"}
    for told in expected["rounds"]:
        found = rounds.pop(told["round_key"])
        assert {name: found[renamed.get(name, name)] for name in told} == told
    assert rounds == {}


def test_a_recorded_battle_leaves_the_screen_when_the_punishment_is_over():
    fight = Fight(owner=None)
    for text in (SCENARIOS / "battle-normal.jsonl").read_text().splitlines():
        line = json.loads(text)
        if line.get("frame", {}).get("event") in BATTLE_EVENTS:
            fight.hear(line["t"], decode(json.dumps(line["frame"])))
            assert fight.phase != "idle" or line["t"] >= 340_000
    assert fight.phase == "idle"
