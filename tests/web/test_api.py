"""What the API claims: what is asked is checked whole, errors name their field, and nothing is half done."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from overlay.widgets import KINDS
from tests.serving import MIRA, TOBI, Served, gift, listening, serving


@pytest.fixture
async def served(tmp_path: Path):
    async with serving(tmp_path) as one:
        yield one


async def test_a_creator_is_made_with_every_default_and_changed_field_by_field(served: Served) -> None:
    made = (await served.http.post("/api/creators", json={"handle": " @Luna.Sings ", "enabled": False})).json()
    assert made["handle"] == "luna.sings"
    assert made["source"] == "tiktool"
    assert made["captions"] == {
        "source": "native",
        "language": None,
        "translate": None,
        "speakers": True,
        "max_minutes": None,
    }
    assert made["time_zone"]
    changed = await served.http.patch(
        f"/api/creators/{made['id']}", json={"priority": 3, "captions": {"source": "captions"}}
    )
    assert changed.json() == made | {"priority": 3, "captions": made["captions"] | {"source": "captions"}}
    assert (await served.http.get("/api/creators")).json() == [changed.json()]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "handle"),
        ({"handle": ""}, "handle"),
        ({"handle": "two words"}, "handle"),
        ({"handle": "lu\x00na"}, "handle"),
        ({"handle": "\x00"}, "handle"),
        ({"handle": "tiktok.com/@lu\x1bna"}, "handle"),
        ({"handle": 5}, "handle"),
        ({"handle": "x", "source": "youtube"}, "source"),
        ({"handle": "x", "time_zone": "Mars/Base"}, "time_zone"),
        ({"handle": "x", "time_zone": "../../etc/passwd"}, "time_zone"),
        ({"handle": "x", "captions": {"source": "magic"}}, "captions.source"),
        ({"handle": "x", "captions": {"language": "not a language"}}, "captions.language"),
        ({"handle": "x", "surprise": 1}, "surprise"),
        ({"handle": "x", "priority": "high"}, "priority"),
        ({"handle": "x", "keep_days": 0}, "keep_days"),
    ],
)
async def test_a_bad_creator_is_refused_by_the_name_of_its_field(served: Served, body: dict, field: str) -> None:
    answer = await served.http.post("/api/creators", json=body)
    assert answer.status_code == 400
    told = answer.json()
    assert set(told) == {"error", "message", "field"}
    assert told["field"] == field
    assert told["message"].endswith(".")
    assert (await served.http.get("/api/creators")).json() == []


async def test_the_same_handle_twice_is_refused(served: Served) -> None:
    await served.creator("luna")
    answer = await served.http.post("/api/creators", json={"handle": "LUNA"})
    assert (answer.status_code, answer.json()["field"]) == (409, "handle")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "leaderboard", "options": {"rows": 21}}, "options.rows"),
        ({"kind": "leaderboard", "options": {"rows": 0}}, "options.rows"),
        ({"kind": "counter", "options": {"metric": "viewers\n"}}, "options.metric"),
        ({"kind": "goal", "options": {"metric": "likes\n"}}, "options.metric"),
        ({"kind": "goal", "options": {"since": "stream\n"}}, "options.since"),
        ({"kind": "chat", "options": {"colors": {"text": "#fff\n"}}}, "options.colors"),
        ({"kind": "captions", "options": {"target": "en\n"}}, "options.target"),
        ({"kind": "sellers", "options": {"region": "US\n"}}, "options.region"),
        ({"kind": "leaderboard", "options": {"metric": "money"}}, "options.metric"),
        ({"kind": "leaderboard", "options": {"nonsense": 1}}, "options.nonsense"),
        ({"kind": "leaderboard", "options": {"rotate": [{"metric": "likes", "period": "never"}]}}, "options.rotate"),
        ({"kind": "goal", "options": {"target": 0}}, "options.target"),
        ({"kind": "goal", "options": {"since": "yesterday"}}, "options.since"),
        ({"kind": "goal", "options": {"colors": {"accent": "url(//evil)"}}}, "options.colors"),
        ({"kind": "nothing"}, "kind"),
        ({"kind": "goal", "theme": "../x"}, "theme"),
        ({"kind": "goal", "theme": "default\x00"}, "theme"),
        ({"kind": "goal", "theme": "default\n"}, "theme"),
        ({"kind": "goal", "creator": "nobody"}, "creator"),
    ],
)
async def test_a_bad_widget_is_refused_by_the_name_of_its_field(served: Served, body: dict, field: str) -> None:
    creator = await served.creator()
    answer = await served.http.post("/api/widgets", json={"creator": creator} | body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["field"].startswith(field)
    assert (await served.http.get("/api/widgets")).json() == []


async def test_a_widget_answers_with_its_address_and_size_and_keeps_what_is_not_changed(served: Served) -> None:
    creator = await served.creator()
    widget = await served.widget(creator, "goal", options={"target": 500, "label": "Cake"})
    assert widget["url"] == f"{served.base}/w/{widget['key']}"
    assert len(widget["key"]) >= 22
    assert (widget["width"], widget["height"]) == (KINDS["goal"].width, KINDS["goal"].height)
    changed = (await served.http.patch(f"/api/widgets/{widget['id']}", json={"options": {"target": 900}})).json()
    assert changed["options"] == widget["options"] | {"target": 900}
    assert changed["key"] == widget["key"]
    bad = await served.http.patch(f"/api/widgets/{widget['id']}", json={"options": {"target": 1, "label": 5}})
    assert (bad.status_code, bad.json()["field"]) == (400, "options.label")
    assert (await served.http.get(f"/api/widgets/{widget['id']}")).json() == changed


NAMED = [
    ("Ca\x00ke", "Cake"), ("\x1b[31mCake\x07", "[31mCake"), ("Cake\nfor\tMira ", "Cake for Mira"), ("\u202eCake", "Cake"),
    ("كعكة \u200f🎂", "كعكة \u200f🎂"), ("x" * 100, "x" * 100), ("\x00\x1f", "Goal"), ("", "Goal"),
]  # fmt: skip


@pytest.mark.parametrize(("told", "kept"), NAMED)
async def test_a_widget_s_name_loses_what_cannot_be_shown_by_whichever_road_it_comes(
    served: Served, tmp_path: Path, told: str, kept: str
) -> None:
    creator = await served.creator()
    made = await served.widget(creator, "goal", name=told)
    assert made["name"] == kept
    other = await served.widget(creator, "goal", name="Other")
    changed = (await served.http.patch(f"/api/widgets/{other['id']}", json={"name": told})).json()
    assert changed["name"] == (kept if kept != "Goal" else "")
    document = (await served.http.get("/api/export")).json()
    document["widgets"][0]["name"] = told
    async with serving(tmp_path / "other") as elsewhere:
        assert (await elsewhere.http.post("/api/import", json=document)).status_code == 200
        assert (await elsewhere.http.get("/api/widgets")).json()[0]["name"] == kept
    async with listening(served, made["key"]) as events:
        assert (await events.until("hello"))["name"] == kept


async def test_every_kind_can_be_made_with_its_defaults_and_shows_a_view(served: Served) -> None:
    creator = await served.creator()
    for kind in KINDS:
        widget = await served.widget(creator, kind)
        view = await served.view(widget["key"])
        assert view["as_of_ms"] > 0
        page = await served.http.get(f"/w/{widget['key']}")
        assert page.status_code == 200
        preview = (await served.http.get(f"/w/{widget['key']}/view?preview=1")).json()
        assert preview["view"], kind


async def test_a_test_event_is_shown_and_counted_nowhere(served: Served) -> None:
    creator = await served.creator()
    alerts, board = await served.widget(creator, "alerts"), await served.widget(creator, "leaderboard")
    async with listening(served, alerts["key"]) as events:
        await events.until("hello")
        answer = await served.http.post(
            f"/api/creators/{creator}/test", json={"event": "gift", "data": {"diamondCount": 99}}
        )
        assert answer.status_code == 200
        told = await events.until("view")
    assert told["view"]["stage"]["test"] is True
    assert told["view"]["stage"]["diamonds"] == 99
    assert (await served.view(board["key"]))["total"] == 0


async def test_a_reset_empties_the_board_and_its_undo_brings_it_back(served: Served) -> None:
    creator = await served.creator()
    board = await served.widget(creator)
    served.hear(creator, gift(MIRA, 5, 1))
    assert (await served.view(board["key"]))["total"] == 5
    assert (await served.http.post(f"/api/creators/{creator}/reset", json={"what": "leaderboard"})).status_code == 200
    assert (await served.view(board["key"]))["total"] == 0
    served.hear(creator, gift(TOBI, 2, 2))
    assert (await served.http.post(f"/api/creators/{creator}/reset/undo")).status_code == 200
    assert (await served.view(board["key"]))["total"] == 7
    assert (await served.http.post(f"/api/creators/{creator}/reset/undo")).status_code == 409


async def test_what_nobody_knows_is_404_in_the_same_form(served: Served) -> None:
    for method, path in (
        ("GET", "/api/creators/x"),
        ("PATCH", "/api/creators/x"),
        ("DELETE", "/api/creators/x"),
        ("GET", "/api/widgets/x"),
        ("POST", "/api/widgets/x/key"),
        ("GET", "/api/streams/x"),
        ("GET", "/api/streams/x.csv"),
        ("GET", "/api/x"),
    ):
        body = {"json": {}} if method == "PATCH" else {}
        answer = await served.http.request(method, path, **body)
        assert answer.status_code == 404, path
        assert set(answer.json()) == {"error", "message", "field"}


async def test_the_description_names_every_call(served: Served) -> None:
    told = (await served.http.get("/api/openapi.json")).json()
    for path in (
        "/api/status",
        "/api/creators",
        "/api/creators/{creator}/test",
        "/api/widgets/{widget}/stage",
        "/api/streams/{stream}",
    ):
        assert path in told["paths"], path


async def test_an_export_comes_back_whole_in_another_house(served: Served, tmp_path: Path) -> None:
    creator = await served.creator("luna", record=True)
    await served.widget(creator, "goal", name="Cake", options={"target": 77})
    document = (await served.http.get("/api/export")).json()
    async with serving(tmp_path / "other") as other:
        assert (await other.http.post("/api/import", json=document)).status_code == 200
        widgets = (await other.http.get("/api/widgets")).json()
        creators = (await other.http.get("/api/creators")).json()
        bad = document | {"widgets": [document["widgets"][0] | {"options": {"target": "x"}}]}
        refused = await other.http.post("/api/import", json=bad)
        assert refused.status_code == 400
        assert "options" in refused.json()["field"]
        assert (await other.http.get("/api/widgets")).json() == widgets
    assert [(one["name"], one["options"]["target"]) for one in widgets] == [("Cake", 77)]
    assert [one["handle"] for one in creators] == ["luna"]


async def test_a_restart_shows_what_was_shown(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        creator = await served.creator()
        board, goal = await served.widget(creator), await served.widget(creator, "goal", options={"target": 10})
        served.hear(creator, gift(MIRA, 5, 1), gift(TOBI, 7, 2))
        before = [await served.view(board["key"]), await served.view(goal["key"])]
    async with serving(tmp_path) as served:
        after = [await served.view(board["key"]), await served.view(goal["key"])]
        served.hear(creator, gift(TOBI, 7, 2))
        again = await served.view(board["key"])
    for one, two in zip(before, after, strict=True):
        assert one | {"as_of_ms": 0} == two | {"as_of_ms": 0}
    assert again["total"] == 12


async def test_resets_are_taken_back_one_after_another_also_after_a_restart(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        creator = await served.creator()
        board, goal = await served.widget(creator), await served.widget(creator, "goal", options={"target": 100})
        served.hear(creator, gift(MIRA, 5, 1))
        for what in ("goals", "leaderboard", "leaderboard"):
            assert (await served.http.post(f"/api/creators/{creator}/reset", json={"what": what})).status_code == 200
        served.hear(creator, gift(TOBI, 2, 2))
        assert [(await served.view(one["key"])).get("total", 0) for one in (board,)] == [2]
        assert (await served.view(goal["key"]))["value"] == 2
    async with serving(tmp_path) as served:
        undo = f"/api/creators/{creator}/reset/undo"
        undone = [(await served.http.post(undo)).json()["what"] for _ in range(3)]
        assert undone == ["leaderboard", "leaderboard", "goals"]
        assert (await served.view(board["key"]))["total"] == 7
        assert (await served.view(goal["key"]))["value"] == 7
        assert (await served.http.post(undo)).status_code == 409


async def test_a_key_that_is_replaced_while_its_widget_goes_leaves_no_address_behind(served: Served) -> None:
    creator = await served.creator()
    for _ in range(12):
        widget = await served.widget(creator, "goal")
        path = f"/api/widgets/{widget['id']}"
        replaced, gone = await asyncio.gather(served.http.post(f"{path}/key"), served.http.delete(path))
        assert gone.status_code == 204
        keys = [widget["key"]] + ([replaced.json()["key"]] if replaced.status_code == 200 else [])
        for key in keys:
            assert (await served.http.get(f"/w/{key}/view")).status_code == 404


async def test_a_goal_since_a_moment_is_seeded_with_what_was_counted_from_then_on(served: Served) -> None:
    creator = await served.creator()
    served.hear(creator, gift(MIRA, 5, 1))
    await served.view((await served.widget(creator))["key"])
    await asyncio.sleep(0.002)  # the next gift has a later millisecond
    moment = served.house.clock.now_ms()
    served.hear(creator, gift(TOBI, 7, 2))
    goal = await served.widget(creator, "goal", options={"since": moment, "start": 100})
    assert (await served.view(goal["key"]))["value"] == 107
    served.hear(creator, gift(MIRA, 2, 3))
    assert (await served.view(goal["key"]))["value"] == 109


async def test_a_forgotten_person_loses_the_name_and_keeps_the_sum(served: Served) -> None:
    creator = await served.creator()
    board = await served.widget(creator)
    served.hear(creator, gift(MIRA, 5, 1))
    assert (await served.view(board["key"]))["entries"][0]["user"]["name"] == "Mira Kay"
    answer = await served.http.post(f"/api/creators/{creator}/forget", json={"person": f"id:{MIRA['id']}"})
    assert answer.status_code == 204
    view = await served.view(board["key"])
    assert "Mira" not in str(view)
    assert view["total"] == 5


async def test_bringing_back_a_creator_who_was_never_gone_changes_nothing(served: Served) -> None:
    creator = await served.creator()
    board = await served.widget(creator)
    open_combo = gift(MIRA, 5, 1)
    open_combo["data"]["repeatEnd"] = False
    served.hear(creator, open_combo)
    assert (await served.view(board["key"]))["total"] == 5
    for _ in range(3):
        assert (await served.http.post(f"/api/creators/{creator}/restore")).status_code == 200
    served.hear(creator, gift(TOBI, 2, 2))
    assert (await served.view(board["key"]))["total"] == 7


async def test_an_endless_name_is_simply_not_there(served: Served) -> None:
    assert (await served.http.get("/static/" + "a" * 5000)).status_code == 404
