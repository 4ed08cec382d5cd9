"""Options: names, defaults and bounds as the contract's table has them, asked of the running server."""

from __future__ import annotations

import pytest

from tests.contract.kit import running

EVERYTHING = ["gift", "follow", "share", "subscribe", "superfan", "envelope", "goal", "milestone", "summary"]
ALL = {
    "font": None, "scale": 1, "colors": {}, "radius": None, "speed": 1, "background": "none", "language": None,
    "hide_after_s": 0, "motion": "auto", "css": "",
}  # fmt: skip
TABLE = {
    "leaderboard": {"metric": "diamonds", "period": "stream", "rows": 5, "avatars": True, "crowns": True, "compact": True,
                    "hide": [], "exclude_staff": False, "rotate": []},
    "goal": {"metric": "diamonds", "label": "", "target": 1000, "tiers": [], "overflow": "keep", "extend_by": None,
             "since": "stream", "start": 0, "show": ["number"], "shape": "bar"},
    "counter": {"metric": "viewers", "period": "stream", "label": "", "icon": True, "compact": True},
    "latest": {"which": "follow"},
    "feed": {"events": EVERYTHING, "rows": 10, "fade_s": 0},
    "alerts": {"events": EVERYTHING, "min_diamonds": 1, "tiers": [], "texts": {}, "min_show_s": 2, "show_s": 6,
               "max_show_s": 20, "queue": 50, "sound": True, "volume": 0.8},
    "chat": {"rows": 12, "fade_s": 0, "direction": "up", "avatars": True, "badges": True, "levels": True, "between": [],
             "hide_commands": True, "hide_names": [], "hide_words": [], "highlight": [], "slow": True},
    "battle": {"sides": 4, "mvp_rows": 3, "hide_idle": True, "urgent_s": 10, "respect_mist": True, "swap": False},
    "captions": {"source": "auto", "mode": "fast", "translation": "off", "target": None, "speakers": True, "rows": 2,
                 "cells": 32, "delay_ms": 0, "mask": [], "allow": [], "look": "box"},
    "ranking": {"board": "region", "region": None, "class": None, "rows": 5, "around": True, "mark": []},
    "sellers": {"region": "US", "date_type": "day", "category": None, "order": "units_sold", "rows": 5},
}  # fmt: skip
GOOD = {
    "all": [
        ("background", ["none", "box"]), ("motion", ["auto", "full", "reduced", "none"]), ("scale", [0.5, 2]), ("speed", [0.5, 2]),
        ("font", ["Inter"]), ("radius", [0, 12]), ("language", ["de"]), ("hide_after_s", [30]), ("css", [".x{color:red}"]),
        ("colors", [{"accent": "#ff0000"}]),
    ],
    "leaderboard": [
        ("metric", ["diamonds", "gifts", "likes", "chats", "shares"]), ("period", ["stream", "today", "week", "month", "all"]),
        ("rows", [1, 20]), ("hide", [["mira"]]), ("rotate", [[{"metric": "likes", "period": "all"}]]),
    ],
    "goal": [
        ("metric", ["diamonds", "gifts", "gift:5655", "likes", "follows", "shares", "subscribes", "superfans", "viewers", "chats"]),
        ("overflow", ["keep", "stop", "next", "loop", "extend"]), ("since", ["stream", "today", "week", "month", "all", "1790000000000", 1790000000000]),
        ("extend_by", [50]), ("shape", ["bar", "ring", "text"]), ("tiers", [[100, 200]]), ("start", [25]),
        ("show", [["number", "percent", "remaining"], []]),
    ],
    "counter": [("metric", ["viewers", "gift:5655", "superfans"]), ("period", ["stream", "today", "week", "month", "all"])],
    "latest": [("which", ["follow", "gift", "biggest", "top"])],
    "feed": [("events", [["gift"], []]), ("rows", [3]), ("fade_s", [5])],
    "alerts": [
        ("tiers", [[{"gift": "5655", "text": "x", "picture": None, "sound": None, "show_s": 4}, {"min_diamonds": 100}]]),
        ("texts", [{"follow": "{name}!", "gift": "{name}"}]), ("volume", [0, 1]), ("events", [["goal", "milestone"]]),
    ],
    "chat": [
        ("between", [["join", "gift", "follow"]]), ("highlight", [["moderator", "subscriber", "question", "reply"]]), ("direction", ["up", "down"]),
    ],
    "battle": [("sides", [2, 4]), ("mvp_rows", [0, 3])],
    "captions": [
        ("source", ["auto", "captions", "native"]), ("mode", ["fast", "stable", "final"]), ("translation", ["off", "replace", "both"]),
        ("target", ["de"]), ("look", ["box", "outline"]), ("rows", [1, 3]), ("cells", [26]), ("mask", [["darn"]]),
    ],
    "ranking": [("board", ["region", "league", "gaming", "shopping", "gifters"]), ("region", ["US"]), ("class", ["A1"]), ("mark", [["mira"]])],
    "sellers": [("date_type", ["day", "week", "month"]), ("order", ["units_sold", "gmv"]), ("region", ["DE"])],
}  # fmt: skip
BAD = [
    ("leaderboard", {"rows": 0}, "rows"), ("leaderboard", {"rows": 21}, "rows"), ("leaderboard", {"rows": "5"}, "rows"),
    ("leaderboard", {"metric": "money"}, "metric"), ("leaderboard", {"period": "year"}, "period"), ("leaderboard", {"avatars": 1}, "avatars"),
    ("leaderboard", {"rotate": [{"metric": "x", "period": "all"}]}, "rotate"), ("leaderboard", {"hide": "mira"}, "hide"),
    ("leaderboard", {"exclude_staff": None}, "exclude_staff"), ("goal", {"overflow": "burst"}, "overflow"), ("goal", {"target": 0}, "target"),
    ("goal", {"target": "many"}, "target"), ("goal", {"metric": "gift:"}, "metric"), ("goal", {"since": "yesterday"}, "since"),
    ("goal", {"extend_by": 0}, "extend_by"), ("goal", {"shape": "square"}, "shape"), ("goal", {"show": ["age"]}, "show"), ("goal", {"tiers": [-1]}, "tiers"),
    ("counter", {"metric": "money"}, "metric"), ("latest", {"which": "last"}, "which"), ("feed", {"events": ["chat"]}, "events"), ("feed", {"rows": 0}, "rows"),
    ("alerts", {"volume": 1.1}, "volume"), ("alerts", {"queue": 0}, "queue"), ("alerts", {"tiers": [{"what": 1}]}, "tiers"), ("alerts", {"texts": {"chat": "x"}}, "texts"),
    ("alerts", {"min_show_s": -1}, "min_show_s"), ("chat", {"between": ["share"]}, "between"), ("chat", {"highlight": ["fan"]}, "highlight"),
    ("chat", {"direction": "left"}, "direction"), ("battle", {"sides": 1}, "sides"), ("battle", {"sides": 5}, "sides"), ("captions", {"mode": "slow"}, "mode"),
    ("captions", {"source": "off"}, "source"), ("captions", {"rows": 0}, "rows"), ("captions", {"delay_ms": -1}, "delay_ms"),
    ("goal", {"background": "blur"}, "background"), ("goal", {"motion": "fast"}, "motion"), ("goal", {"unknown": 1}, "unknown"), ("goal", {"scale": "big"}, "scale"),
    ("ranking", {"board": "world"}, "board"), ("ranking", {"rows": 0}, "rows"), ("sellers", {"order": "price"}, "order"), ("sellers", {"date_type": "year"}, "date_type"),
]  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running(tmp_path_factory.mktemp("options")) as one:
        yield one


@pytest.fixture(scope="module")
def kinds(server):
    return {kind["kind"]: kind for kind in server.http.get("/api/kinds").json()}


@pytest.fixture(scope="module")
def creator(server):
    return server.creator()


@pytest.mark.parametrize("kind", list(TABLE))
def test_every_kind_has_the_options_and_defaults_of_the_table(kind, kinds, server, creator):
    wanted = ALL | TABLE[kind]
    made = server.widget(creator, kind)["options"]
    assert {name: made.get(name, "absent") for name in wanted} == wanted
    for name, value in wanted.items():
        assert type(made[name]) is type(value) or isinstance(value, int | float), name
    schema = kinds[kind]["options"]
    properties = schema.get("properties") or schema["$defs"][schema["$ref"].rsplit("/", 1)[1]]["properties"]
    assert set(wanted) <= set(properties)
    for name, value in wanted.items():
        assert properties[name].get("default", value) == value, name


@pytest.mark.parametrize("kind", list(TABLE))
def test_the_catalogue_has_schema_sample_and_size(kind, kinds):
    entry = kinds[kind]
    assert entry["width"] > 0
    assert entry["height"] > 0
    assert entry["sample"]
    assert isinstance(entry["options"], dict)


@pytest.mark.parametrize(("kind", "name", "values"), [(kind, *row) for kind, rows in GOOD.items() for row in rows])
def test_every_listed_value_is_taken(kind, name, values, server, creator):
    for value in values:
        made = server.widget(creator, "goal" if kind == "all" else kind, **{name: value})
        if name not in {"tiers", "rotate"}:
            assert made["options"][name] == value
        assert server.http.delete(f"/api/widgets/{made['id']}").status_code == 204


@pytest.mark.parametrize(("kind", "options", "field"), BAD, ids=lambda value: str(value)[:30])
def test_an_unknown_or_bad_option_is_400_with_its_field(kind, options, field, server, creator):
    answer = server.http.post("/api/widgets", json={"creator": creator, "kind": kind, "options": options})
    assert answer.status_code == 400
    told = answer.json()
    assert set(told) == {"error", "message", "field"}
    assert field in told["field"].split(".")
    good = server.widget(creator, kind)
    again = server.http.patch(f"/api/widgets/{good['id']}", json={"options": options})
    assert (again.status_code, again.json()["field"]) == (400, told["field"])
    server.http.delete(f"/api/widgets/{good['id']}")


@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        ("ranking", {"board", "region", "class", "entries", "me", "masked", "reset_ms", "fetched_ms", "stale"}),
        ("sellers", {"region", "date_type", "date_value", "entries", "fetched_ms", "stale"}),
    ],
)
def test_a_board_has_the_keys_of_the_contract_before_and_in_its_sample(kind, keys, kinds, server, creator):
    view = server.view(server.widget(creator, kind))
    assert keys | {"as_of_ms"} <= set(view)
    assert view["entries"] == []
    sample = kinds[kind]["sample"]
    assert keys <= set(sample)
    entry = (
        {"rank", "user", "score", "live", "me"}
        if kind == "ranking"
        else {"rank", "user", "units", "gmv", "currency", "lives"}
    )
    assert all(entry <= set(one) for one in sample["entries"])
    if kind == "ranking":
        assert {"rank", "score", "to_next"} <= set(sample["me"])


def test_a_sample_holds_nothing_that_its_view_does_not(kinds, server, creator):
    for kind, entry in kinds.items():
        view = server.view(server.widget(creator, kind))
        assert set(entry["sample"]) <= set(view), kind
