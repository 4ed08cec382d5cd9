"""The admin API: every call and field, errors in one form, sizes, and what a test event and a reset do."""

from __future__ import annotations

import csv
import io
import json
import time

import pytest

from tests.contract.kit import FRAMES, running

HOOK = json.loads((FRAMES / "tiktool" / "webhooks" / "hmac-example.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running(tmp_path_factory.mktemp("api")) as one:
        yield one


@pytest.fixture(scope="module")
def creator(server):
    return server.creator("otto")


def test_the_description_names_every_call(server):
    told = server.http.get("/api/openapi.json").json()
    assert told["openapi"].startswith("3.")
    calls = {
        (method.upper(), path.replace("{", "<").split("<")[0])
        for path, item in told["paths"].items()
        for method in item
    }
    for method, path in (
        ("GET", "/api/status"), ("GET", "/api/creators"), ("POST", "/api/creators"), ("PATCH", "/api/creators/"), ("DELETE", "/api/creators/"),
        ("GET", "/api/widgets"), ("POST", "/api/widgets"), ("PATCH", "/api/widgets/"), ("DELETE", "/api/widgets/"), ("GET", "/api/kinds"),
        ("GET", "/api/themes"), ("GET", "/api/streams/"), ("GET", "/api/export"), ("POST", "/api/import"),
    ):  # fmt: skip
        assert (method, path) in calls, (method, path)
    for tail in ("/key", "/stage", "/test", "/reset", "/reset/undo", "/streams"):
        assert any(path.endswith(tail) for path in told["paths"]), tail


def test_status_tells_of_the_server_each_creator_and_each_widget(server, creator):
    widget = server.widget(creator, "goal")
    told = server.http.get("/api/status").json()
    assert "version" in told
    assert any("uptime" in name for name in told)
    assert told["totals"]
    one = next(row for row in told["creators"] if row["id"] == creator)
    for name in (
        "state", "reason", "room_id", "since_ms", "viewers", "events", "bad_frames", "duplicates", "last_event_ms", "reconnects",
        "next_try_ms", "captions",
    ):  # fmt: skip
        assert name in one, name
    assert {"state", "used", "remaining"} <= set(one["captions"])
    assert one["state"] == "offline"
    assert next(row for row in told["widgets"] if row["id"] == widget["id"])["streams"] == []


def test_a_creator_has_every_field_with_its_default(server):
    made = server.http.post("/api/creators", json={"handle": "@Defaults.One"})
    assert made.status_code == 201
    told = made.json()
    zone = told.pop("time_zone")
    assert zone
    assert told | {
        "handle": "defaults.one", "source": "tiktool", "enabled": True, "priority": 0, "record": False, "keep_days": None,
        "captions": {"source": "native", "language": None, "translate": None, "speakers": True, "max_minutes": None},
    } == told  # fmt: skip
    address = f"/api/creators/{told['id']}"
    assert server.http.get(address).json() == told | {"time_zone": zone}
    changed = server.http.patch(
        address, json={"enabled": False, "time_zone": "Europe/Berlin", "captions": {"translate": "de"}}
    ).json()
    assert (changed["enabled"], changed["time_zone"], changed["captions"]) == (
        False,
        "Europe/Berlin",
        told["captions"] | {"translate": "de"},
    )
    assert server.http.delete(address).status_code == 204
    assert server.http.get(address).status_code == 404
    assert told["id"] not in [one["id"] for one in server.http.get("/api/creators").json()]


def test_a_creator_without_a_key_is_refused_not_broken(server):
    key = server.http.post("/api/creators", json={"handle": "no.key"}).json()["id"]
    deadline = time.monotonic() + 5
    state = ""
    while state != "refused" and time.monotonic() < deadline:
        one = next(row for row in server.http.get("/api/status").json()["creators"] if row["id"] == key)
        state = one["state"]
        time.sleep(0.05)
    assert state == "refused"
    assert one["reason"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "handle"), ({"handle": "two words"}, "handle"), ({"handle": "x", "source": "youtube"}, "source"), ({"handle": "x", "enabled": "yes"}, "enabled"),
        ({"handle": "x", "time_zone": "Mars/Base"}, "time_zone"), ({"handle": "x", "priority": "high"}, "priority"), ({"handle": "x", "record": 1}, "record"),
        ({"handle": "x", "keep_days": 0}, "keep_days"), ({"handle": "x", "captions": {"source": "magic"}}, "captions.source"),
        ({"handle": "x", "captions": {"max_minutes": -1}}, "captions.max_minutes"), ({"handle": "x", "captions": {"speakers": 1}}, "captions.speakers"),
        ({"handle": "x", "captions": {"translate": ["de", "fr"]}}, "captions.translate"), ({"handle": "x", "surprise": 1}, "surprise"), ([], None), ("x", None),
    ],
)  # fmt: skip
def test_a_bad_creator_names_its_field(server, body, field):
    answer = server.http.post("/api/creators", json=body)
    assert answer.status_code == 400
    told = answer.json()
    assert set(told) == {"error", "message", "field"}
    assert told["field"] == field
    assert told["message"].endswith(".")
    assert isinstance(told["error"], str)


def test_a_widget_answers_with_id_key_url_width_and_height(server, creator):
    made = server.http.post(
        "/api/widgets",
        json={"creator": creator, "kind": "goal", "name": "Cake", "theme": "neon", "options": {"target": 5}},
    )
    assert made.status_code == 201
    told = made.json()
    assert told | {"creator": creator, "kind": "goal", "name": "Cake", "theme": "neon"} == told
    assert {"id", "key", "url", "width", "height", "options"} <= set(told)
    address = f"/api/widgets/{told['id']}"
    assert server.http.get(address).json() == told
    assert told in server.http.get("/api/widgets").json()
    assert server.http.patch(address, json={"name": "Pie"}).json() == told | {"name": "Pie"}
    assert server.http.delete(address).status_code == 204
    assert server.http.get(address).status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "nothing"}, "kind"),
        ({"kind": "goal", "creator": "nobody"}, "creator"),
        ({"kind": "goal", "theme": "../x"}, "theme"),
        ({"kind": "goal", "options": 5}, "options"),
        ({"kind": "goal", "name": 5}, "name"),
        ({"kind": "goal", "surprise": 1}, "surprise"),
        ({}, "kind"),
    ],
)
def test_a_bad_widget_names_its_field(server, creator, body, field):
    answer = server.http.post("/api/widgets", json={"creator": creator} | body)
    assert (answer.status_code, answer.json()["field"]) == (400, field)


def test_what_nobody_knows_is_404_in_the_same_form(server):
    for method, path in (
        ("GET", "/api/creators/x"), ("PATCH", "/api/creators/x"), ("DELETE", "/api/creators/x"), ("POST", "/api/creators/x/test"),
        ("POST", "/api/creators/x/reset"), ("POST", "/api/creators/x/reset/undo"), ("GET", "/api/creators/x/streams"), ("GET", "/api/widgets/x"),
        ("PATCH", "/api/widgets/x"), ("DELETE", "/api/widgets/x"), ("POST", "/api/widgets/x/key"), ("POST", "/api/widgets/x/stage"),
        ("GET", "/api/streams/x"), ("GET", "/api/streams/x.csv"), ("GET", "/api/nothing"),
    ):  # fmt: skip
        body = (
            {"event": "gift"}
            if path.endswith("test")
            else {"what": "all"}
            if path.endswith("reset")
            else {"do": "skip"}
        )
        answer = server.http.request(method, path, json=body if method in {"POST", "PATCH"} else None)
        assert answer.status_code == 404, (method, path)
        assert set(answer.json()) == {"error", "message", "field"}


def test_a_method_that_a_call_does_not_have_is_a_4xx_in_the_same_form(server):
    for method, path in (("DELETE", "/api/status"), ("PUT", "/api/creators"), ("POST", "/api/kinds")):
        answer = server.http.request(method, path, json={})
        assert 400 <= answer.status_code < 500
        assert set(answer.json()) == {"error", "message", "field"}


@pytest.mark.parametrize("body", [b"{", b"", b"\xff\xfe", b"[" * 5000, b"nul"])
def test_a_body_that_is_no_json_is_a_400(server, body):
    answer = server.http.post("/api/creators", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert set(answer.json()) == {"error", "message", "field"}


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", None])
def test_a_body_of_another_type_is_refused(server, kind):
    answer = server.http.post(
        "/api/creators", content=b'{"handle": "sneaky"}', headers={"Content-Type": kind} if kind else {}
    )
    assert 400 <= answer.status_code < 500
    assert "sneaky" not in server.http.get("/api/creators").text


def test_a_body_may_have_a_charset_and_up_to_a_megabyte(server, creator):
    body = json.dumps({"creator": creator, "kind": "goal", "options": {"css": "x" * 200_000}})
    answer = server.http.post("/api/widgets", content=body, headers={"Content-Type": "application/json; charset=utf-8"})
    assert answer.status_code == 201
    body = json.dumps({"handle": "big", "x": "x" * 1_100_000})
    answer = server.http.post("/api/creators", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, set(answer.json())) == (413, {"error", "message", "field"})


def test_an_import_may_be_larger_than_another_body(server):
    document = server.http.get("/api/export").json() | {"padding": "x" * 2_000_000}
    answer = server.http.post("/api/import", json=document)
    assert answer.status_code in {200, 400}
    assert answer.status_code != 413


def test_the_stage_obeys_its_orders(server, creator):
    alerts = server.widget(creator, "alerts")

    def give() -> None:
        assert (
            server.http.post(
                f"/api/creators/{creator}/test", json={"event": "gift", "data": {"diamondCount": 5}}
            ).status_code
            == 200
        )

    def order(do: str) -> dict:
        assert server.http.post(f"/api/widgets/{alerts['id']}/stage", json={"do": do}).status_code == 200
        return server.view(alerts)

    give()
    assert server.view(alerts)["stage"]["test"] is True
    assert order("mute")["muted"] is True
    assert order("unmute")["muted"] is False
    assert order("pause")["paused"] is True
    assert order("skip")["stage"] is None
    assert order("replay")["waiting"] == 1
    assert order("resume")["paused"] is False
    deadline = time.monotonic() + 3
    while server.view(alerts)["stage"] is None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert server.view(alerts)["stage"]["diamonds"] == 5
    cleared = order("clear")
    assert (cleared["stage"], cleared["waiting"]) == (None, 0)
    answer = server.http.post(f"/api/widgets/{alerts['id']}/stage", json={"do": "dance"})
    assert (answer.status_code, answer.json()["field"]) == (400, "do")


def test_a_test_event_travels_the_same_road_and_is_counted_nowhere(server, creator):
    board, feed = server.widget(creator, "leaderboard"), server.widget(creator, "feed")
    counter = server.widget(creator, "counter", metric="gifts")
    answer = server.http.post(f"/api/creators/{creator}/test", json={"event": "gift", "data": {"diamondCount": 500}})
    assert answer.status_code == 200
    assert (server.view(board)["total"], server.view(counter)["value"]) == (0, 0)
    item = server.view(feed)["items"][-1]
    assert (item["diamonds"], item["test"]) == (500, True)
    bad = server.http.post(f"/api/creators/{creator}/test", json={"event": "nothing", "data": {}})
    assert (bad.status_code, bad.json()["field"]) == (400, "event")


@pytest.mark.parametrize("event", ["gift", "follow", "share", "subscribe", "superFan", "envelope", "chat", "like"])
def test_every_event_can_be_tested(server, creator, event):
    assert server.http.post(f"/api/creators/{creator}/test", json={"event": event, "data": {}}).status_code == 200


@pytest.mark.parametrize("what", ["leaderboard", "goals", "captions", "chat", "battle", "all"])
def test_every_reset_can_be_undone_once(server, creator, what):
    assert server.http.post(f"/api/creators/{creator}/reset", json={"what": what}).status_code == 200
    assert server.http.post(f"/api/creators/{creator}/reset/undo").status_code == 200
    again = server.http.post(f"/api/creators/{creator}/reset/undo")
    assert 400 <= again.status_code < 500


def test_a_reset_of_something_else_names_its_field(server, creator):
    answer = server.http.post(f"/api/creators/{creator}/reset", json={"what": "everything"})
    assert (answer.status_code, answer.json()["field"]) == (400, "what")


def test_past_streams_are_listed_and_told_as_json_and_csv(server):
    live = next(one for one in server.http.get("/api/creators").json() if one["handle"] == "luna.sings")
    deadline = time.monotonic() + 15
    streams: list = []
    while not streams and time.monotonic() < deadline:
        streams = server.http.get(f"/api/creators/{live['id']}/streams").json()
        time.sleep(0.1)
    assert streams
    told = server.http.get(f"/api/streams/{streams[0]['id']}")
    assert told.status_code == 200
    table = server.http.get(f"/api/streams/{streams[0]['id']}.csv")
    assert table.headers["content-type"].startswith("text/csv")
    assert list(csv.reader(io.StringIO(table.text)))


def test_themes_are_listed(server):
    themes = server.http.get("/api/themes").json()
    assert {"default", "neon"} <= {theme["name"] for theme in themes}


def test_the_probes_answer(server):
    assert server.http.get("/healthz").status_code == 200
    assert server.http.get("/readyz").status_code == 200
    metrics = server.http.get("/metrics")
    assert metrics.headers["content-type"].startswith("text/plain")
    for line in metrics.text.splitlines():
        assert line.startswith("#") or (line.rsplit(" ", 1)[1] and float(line.rsplit(" ", 1)[1]) >= 0)


def test_an_export_and_import_by_the_api_is_all_or_nothing(server):
    document = server.http.get("/api/export").json()
    before = server.http.get("/api/widgets").json()
    broken = json.loads(json.dumps(document))
    broken["widgets"][-1]["options"] = {"nonsense": 1}
    answer = server.http.post("/api/import", json=broken)
    assert answer.status_code == 400
    assert answer.json()["field"]
    assert server.http.get("/api/widgets").json() == before
    assert not any(widget["key"] in json.dumps(document) for widget in before)
