"""The given cases of captions and battles, through `trace`, as the contract and the rules map them."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from overlay.widgets.captions import Options
from tests.contract.kit import FRAMES, LUNA, START, expected, last, scenario, trace
from tests.core.speeches import rows as lay_out

CAPTIONS = json.loads((FRAMES / "rules" / "caption-cases.json").read_text("utf-8"))
BATTLES = json.loads((FRAMES / "rules" / "battle-cases.json").read_text("utf-8"))
OPTIONS = {"maxRows": "rows", "maxCells": "cells", "delayMs": "delay_ms", "blocked": "mask"}
KNOWN = {"mode", "translation", "target", *OPTIONS}


def caption_lines(steps: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[int]]:
    """A case's steps as a recording, and which line of it each step ends with."""
    lines: list[dict[str, Any]] = [{"t": 0, "socket": "captions", "open": True}]
    ends = []
    for step in steps:
        t, told = step["t"], step.get("in")
        kind = (told or {}).get("kind")
        if told is None:
            lines.append({"t": t})
        elif kind == "gap":
            lines += [{"t": t, "socket": "captions", "close": {"code": 1006, "reason": ""}}]
            lines += [{"t": t, "socket": "captions", "open": True}]
        elif kind == "clear":
            lines.append({"t": t, "reset": "captions"})
        else:
            wire = {name: value for name, value in told.items() if name not in {"kind", "tok", "startMs", "endMs"}}
            for name, sent in (("startMs", "startedAtMs"), ("endMs", "endsAtMs")):
                if name in told:
                    wire[sent] = told[name]
            lines.append({"t": t, "socket": "captions", "frame": {"type": kind, **wire}})
        ends.append(len(lines) - 1)
    return lines, ends


CAPTION_CASES = [case for case in CAPTIONS["cases"] if set(case["config"]) <= KNOWN and case["id"] != "C21-thai"]


@pytest.mark.parametrize("case", CAPTION_CASES, ids=lambda case: case["id"])
def test_a_caption_case_holds_through_trace(case):
    options = {OPTIONS.get(name, name): value for name, value in case["config"].items()}
    lines, ends = caption_lines(case["steps"])
    views = trace("captions", lines, options)
    for step, end in zip(case["steps"], ends, strict=True):
        view = views[end]
        if "rows" in (step.get("expect") or {}):
            wanted = [{name: row[name] for name in row if name != "dir"} for row in step["expect"]["rows"]]
            assert lay_out(view["segments"], Options(**options)) == wanted, step["t"]
        if (step.get("expect") or {}).get("drop"):
            before = views[end - 1]["segments"]
            assert view["segments"] == before, step["t"]


def battle_lines(steps: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], int]:
    """A case's steps as a recording in which the creator is H1."""
    info = {"event": "roomInfo", "data": {"roomId": "R1", "ownerUserId": "H1"}}
    lines: list[dict[str, Any]] = [{"t": 0, "open": True}, {"t": 0, "frame": info}]
    before = len(lines)
    for step in steps:
        told = step.get("in")
        if told is None:
            lines.append({"t": step["t"]})
            continue
        data = {name: value for name, value in told.items() if name != "kind"}
        lines.append({"t": step["t"], "frame": {"event": told["kind"], "data": {"type": told["kind"], **data}}})
    return lines, before


def as_case(view: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """A view in the words of the cases."""
    seconds = None if view["ends_ms"] is None else max(0, math.ceil((view["ends_ms"] - view["as_of_ms"]) / 1000))
    found: dict[str, Any] = {
        "phase": view["phase"].upper(),
        "secsLeft": seconds,
        "settling": view["settling"],
        "leader": view["leader"],
        "winner": view["winner"],
        "tie": view["tie"],
        "reason": view["reason"],
        "round": view["round"],
        "share": [round(team["share"], 2) for team in view["teams"]],
        "teams": [{"hosts": [host["id"] for host in team["hosts"]], "total": team["total"]} for team in view["teams"]],
    }
    found["boosters"] = [
        {
            "effect": one["effect"],
            "mult": one["multiplier"],
            "host": None if one["team"] is None else view["teams"][one["team"]]["hosts"][0]["id"],
        }
        for one in view["boosters"]
    ]
    if "mvp" in wanted:
        found["mvp"] = {}
        for team in view["teams"]:
            keys = [one["user"]["id"] for one in team["top"]]
            for host in team["hosts"]:
                key = wanted["mvp"].get(host["id"])
                found["mvp"][host["id"]] = key if key in keys or (key is None and not keys) else keys
                if key is None and keys and len(team["hosts"]) > 1:
                    found["mvp"][host["id"]] = None  # merged: another host's
    return found


@pytest.mark.parametrize("case", BATTLES["cases"], ids=lambda case: case["id"])
def test_a_battle_case_holds_through_trace(case):
    assert case["config"] == {}
    lines, before = battle_lines(case["steps"])
    views = trace("battle", lines)[before:]
    earlier: dict[str, Any] | None = None
    for step, view in zip(case["steps"], views, strict=True):
        wanted = {name: value for name, value in (step.get("expect") or {}).items() if name not in {"urgent", "drop"}}
        found = as_case(view, wanted)
        assert {name: found[name] for name in wanted} == wanted, step["t"]
        if "drop" in (step.get("expect") or {}) and earlier is not None:
            same = {name: value for name, value in view.items() if name not in {"as_of_ms", "boosters", "settling"}}
            assert same == {name: earlier[name] for name in same}, step["t"]
        earlier = view


@pytest.mark.parametrize(
    ("told", "handle"),
    [
        ({"ownerUserId": "H1"}, "luna.sings"),
        ({"data": {"ownerUserId": "H1"}}, "luna.sings"),
        ({"roomInfo": {"ownerUserId": "H1"}}, "luna.sings"),
        (None, "H1"),
    ],
)
def test_the_creators_side_is_known_in_whatever_way_the_owner_is_told(told, handle):
    steps = next(case for case in BATTLES["cases"] if case["id"].startswith("B14"))["steps"]
    info = [{"t": 0, "frame": {"event": "roomInfo", "roomId": "R1", **told}}] if told else []
    lines = [{"t": 0, "open": True}, *info, *battle_lines(steps)[0][2:]]
    view = trace("battle", lines, handle=handle)[-1]
    assert [host["id"] for host in view["teams"][0]["hosts"]] == ["H1", "H3"]


# --- the scenarios ---


def rounds_of(name: str, lines: list[str]) -> dict[str, dict[str, Any]]:
    """What each round ended with, and when, a tenth of a second fine."""
    dense: list[Any] = []
    parsed = [json.loads(line) for line in lines]
    for line, after in zip(parsed, [*parsed[1:], {"t": parsed[-1]["t"] + 270_000}], strict=True):
        dense += [line, *[{"t": t} for t in range(line["t"] + 500 - line["t"] % 500, after["t"], 500)]]
    views = trace("battle", dense, handle="luna.sings")
    found: dict[str, dict[str, Any]] = {}
    for view in views:
        if view["phase"] in {"finished", "punish"}:
            key = str(view["round"])
            found.setdefault(key, {"at": view["as_of_ms"] - START, "reason": view["reason"]})
            found[key] |= {
                "scores": {str(place): team["total"] for place, team in enumerate(view["teams"])},
                "winner": view["winner"],
                "last": view["as_of_ms"] - START,
            }
    return found


@pytest.mark.parametrize("name", ["battle-normal", "battle-aborted", "battle-multi-round", "battle-reconnect"])
def test_a_battle_scenario_ends_as_expected(name):
    wanted = expected(name)["rounds"]
    found = rounds_of(name, scenario(name))
    assert len(found) == len(wanted)
    for number, told in enumerate(wanted, 1):
        ended = found[str(number)]
        assert ended["reason"] == told["finalised_by"]
        assert ended["scores"] == told["scores"]
        assert ended["winner"] == told["winner_team"]
        assert 0 <= ended["at"] - told["finalised_at"] <= 500
    if "hide_widget_at" in expected(name):
        assert 0 <= expected(name)["hide_widget_at"] - found["1"]["last"] <= 500


def test_the_gift_scenario_sums_as_expected():
    wanted = expected("gift-combos")
    view = last("leaderboard", scenario("gift-combos"), {"rows": 20}, catalogue=wanted["catalogue_used"])
    named = {one["key"].removeprefix("id:"): one for one in wanted["totals_by_sender"] if one["who"] != "anonymous"}
    assert view["total"] == wanted["total_diamonds"]
    assert view["people"] == len(wanted["totals_by_sender"])
    assert {e["user"]["id"]: (e["score"], e["gifts"]) for e in view["entries"]} == {
        key: (one["diamonds"], one["units"]) for key, one in named.items()
    }
    assert [e["rank"] for e in view["entries"]] == [1, 2, 3, 4]
    gifts = {}
    for row in wanted["by_sender_and_gift"]:
        gifts[row["giftId"]] = gifts.get(row["giftId"], 0) + row["units"]
    for key, units in gifts.items():
        goal = last("goal", scenario("gift-combos"), {"metric": f"gift:{key}"}, catalogue=wanted["catalogue_used"])
        assert goal["value"] == units


def test_the_native_captions_scenario_shows_the_expected_lines():
    views = trace("captions", scenario("captions-native"), {"rows": 10})
    finals = {one["id"]: (one["fixed"], one["language"]) for view in views for one in view["segments"] if one["final"]}
    wanted = expected("captions-native")["committed_lines"]
    assert [text for text, _ in finals.values()] == [
        line["text"] for line in wanted if line["closed_by"] == "final"
    ] or set(finals.values()) == {(line["text"], line["language"]) for line in wanted if line["closed_by"] == "final"}


def test_the_captions_socket_scenario_pairs_each_translation_with_its_line():
    views = trace("captions", scenario("captions-socket"), {"translation": "both", "target": "de", "rows": 10})
    found = {}
    for view in views:
        for one in view["segments"]:
            if one["final"]:
                found[one["id"]] = {"speaker": one["speaker"], "text": one["fixed"], "translation": one["translation"]}
    assert list(found.values()) == expected("captions-socket")["lines"]


def test_the_moderation_scenario_leaves_the_expected_lines():
    view = last("chat", scenario("chat-moderation"))
    shown = ["".join(part.get("text", "") for part in line["parts"]) for line in view["messages"]]
    assert shown == expected("chat-moderation")["visible_lines"]


def test_the_scenario_of_two_streams_counts_each_by_itself():
    lines = scenario("reconnect-and-new-stream")
    first, second = expected("reconnect-and-new-stream")["streams"]
    ends = {}
    for metric in ("likes", "follows", "diamonds", "viewers"):
        values = [view["value"] for view in trace("counter", lines, {"metric": metric})]
        ends[metric] = values
    peak = {metric: max(value or 0 for value in values) for metric, values in ends.items()}
    assert (peak["likes"], peak["follows"], peak["diamonds"], peak["viewers"]) == (
        first["likes"], first["followers"], first["diamonds"], first["viewers"],
    )  # fmt: skip
    assert (ends["likes"][-1], ends["diamonds"][-1]) == (second["likes"], second["diamonds"])
    whole = [view["value"] for view in trace("goal", lines, {"since": "all"})]
    assert whole[-1] == first["diamonds"] + second["diamonds"]


def test_the_creators_own_side_stands_first():
    view = [view for view in trace("battle", scenario("battle-normal"), handle="luna.sings") if view["teams"]][0]
    assert view["teams"][0]["hosts"][0]["id"] == LUNA["id"]
