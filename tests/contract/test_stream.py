"""Overlay addresses: the page, the view, the stream as server-sent events and as a WebSocket."""

from __future__ import annotations

import json
import socket
import threading
import time
from urllib.parse import quote, urlencode

import httpx
import pytest
from websockets.sync.client import connect

from tests.contract.kit import reading, running


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running(tmp_path_factory.mktemp("stream")) as one:
        yield one


@pytest.fixture(scope="module")
def creator(server):
    return server.creator()


@pytest.fixture
def board(server, creator):
    return server.widget(creator, "leaderboard")


@pytest.fixture
def goal(server, creator):
    return server.widget(creator, "goal", label="Cake")


# --- pages ---


def test_a_page_is_transparent_html_and_its_key_is_long(server, board):
    answer = server.http.get(f"/w/{board['key']}")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert len(board["key"]) >= 22
    assert board["url"] == f"{server.base}/w/{board['key']}"


def test_an_unknown_key_answers_404_with_an_empty_page(server):
    answer = server.http.get("/w/nobody-has-this-key-at-all")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert server.http.get("/w/nobody-has-this-key-at-all/view").status_code == 404


def test_an_address_that_was_pasted_a_little_wrong_shows_its_overlay_or_nothing(server, board):
    assert f'"{board["key"]}"' in server.http.get(f"/w/{board['key']}/").text
    empty = server.http.get("/w/nobody-has-this-key-at-all").text
    for address in ("/w/", "/w/nobody-has-this-key-at-all/", f"/w/{board['key']}/x/y"):
        answer = server.http.get(address)
        assert (answer.status_code, answer.text) == (404, empty), address


def test_a_replaced_key_stops_for_good_and_the_new_one_works(server, board):
    new = server.http.post(f"/api/widgets/{board['id']}/key").json()
    assert new["key"] != board["key"]
    assert new["id"] == board["id"]
    assert server.http.get(f"/w/{board['key']}").status_code == 404
    assert server.http.get(f"/w/{new['key']}").status_code == 200
    with reading(server, new["key"], board["key"]) as page:
        assert page.until("gone")["w"] == board["key"]


def test_the_address_never_changes_when_a_setting_does(server, goal):
    changed = server.http.patch(
        f"/api/widgets/{goal['id']}", json={"options": {"target": 5}, "name": "Other", "theme": "neon"}
    ).json()
    assert (changed["key"], changed["url"]) == (goal["key"], goal["url"])


def test_the_view_is_json_and_takes_overrides(server, goal):
    assert server.view(goal)["target"] == 1000
    view = server.view(goal, "?target=50&label=Pie")
    assert (view["target"], view["label"]) == (50, "Pie")
    assert server.view(goal, "?target=nonsense")["target"] == 1000
    assert server.view(goal, "?unknown=1&target=60")["target"] == 60
    answer = server.http.get(f"/w/{goal['key']}/view")
    assert answer.headers["content-type"].startswith("application/json")
    assert abs(answer.json()["as_of_ms"] - time.time() * 1000) < 5000


def test_an_override_of_a_text_is_that_text(server, goal):
    for label in ("[live]", "{pie}", "null", "1,2", "true"):
        assert server.view(goal, f"?{urlencode({'label': label})}")["label"] == label


def test_the_stream_carries_the_headers_of_every_answer(server, goal):
    unknown = server.http.get("/stream", params={"w": "x"})
    with server.http.stream("GET", "/stream", params={"w": goal["key"]}) as stream:
        for headers in (stream.headers, unknown.headers):
            assert "frame-ancestors 'self'" in headers["content-security-policy"]
            assert (headers["cross-origin-opener-policy"], headers["cross-origin-resource-policy"]) == (
                "same-origin",
                "cross-origin",
            )
            assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer")
            assert headers["cache-control"] == "no-store"


def test_a_since_in_the_address_is_ignored(server, goal):
    other, own = server.view(goal, "?since=1790000000000"), server.view(goal)
    assert other | {"as_of_ms": 0} == own | {"as_of_ms": 0}


def test_a_preview_is_a_sample_of_the_same_form_and_touches_no_state(server, goal):
    before = server.view(goal)
    sample = server.view(goal, "?preview=1")
    assert set(before) <= set(sample)
    assert sample["value"] > 0
    assert server.view(goal)["value"] == before["value"] == 0
    assert server.http.get(f"/w/{goal['key']}?preview=1").status_code == 200


def test_views_streams_and_pictures_may_be_read_from_any_origin(server, goal):
    headers = {"Origin": "https://elsewhere.example"}
    answer = server.http.get(f"/w/{goal['key']}/view", headers=headers)
    assert answer.headers["access-control-allow-origin"] == "*"
    with server.http.stream("GET", "/stream", params={"w": goal["key"]}, headers=headers) as stream:
        assert stream.headers["access-control-allow-origin"] == "*"
    assert server.http.get("/img/none/none.webp", headers=headers).headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in server.http.get("/api/status", headers=headers).headers


# --- the stream ---


def test_the_stream_begins_with_retry_and_one_hello_per_widget(server, board, goal):
    with reading(server, board["key"], goal["key"]) as page:
        hellos = [page.next() for _ in range(2)]
        assert 1000 <= page.retry <= 3000
    assert [name for name, _ in hellos] == ["hello", "hello"]
    assert {told["w"] for _, told in hellos} == {board["key"], goal["key"]}
    for _, told in hellos:
        assert set(told) == {"w", "kind", "name", "creator", "options", "theme", "view", "live", "build", "now_ms"}
        assert set(told["live"]) >= {"state", "reason"}
        assert told["view"]["as_of_ms"] <= told["now_ms"] + 1000


def test_retry_is_the_first_thing_on_a_stream(server, board):
    with server.http.stream("GET", "/stream", params={"w": board["key"]}) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert next(answer.iter_lines()).startswith("retry:")


def test_a_change_of_options_is_pushed_whole(server, goal):
    with reading(server, goal["key"]) as page:
        page.until("hello")
        server.http.patch(f"/api/widgets/{goal['id']}", json={"options": {"target": 5}, "theme": "neon"})
        told = page.until("options")
    assert set(told) == {"w", "options", "theme", "view"}
    assert (told["options"]["target"], told["theme"], told["view"]["target"]) == (5, "neon", 5)


def test_a_view_event_is_the_whole_view(server, creator):
    alerts = server.widget(creator, "alerts")
    with reading(server, alerts["key"]) as page:
        first = page.until("hello")["view"]
        server.http.post(f"/api/creators/{creator}/test", json={"event": "gift", "data": {"diamondCount": 5}})
        told = page.until("view")
    assert set(told) == {"w", "view"}
    assert set(told["view"]) == set(first)
    assert told["view"]["stage"]["test"] is True


def test_a_deleted_widget_is_gone_and_its_undo_restores_the_key(server, goal):
    with reading(server, goal["key"]) as page:
        page.until("hello")
        assert server.http.delete(f"/api/widgets/{goal['id']}").status_code == 204
        assert page.until("gone") == {"w": goal["key"]}
    assert server.http.get(f"/w/{goal['key']}").status_code == 404
    assert server.http.get("/stream", params={"w": goal["key"]}).status_code == 404
    assert server.http.post(f"/api/widgets/{goal['id']}/restore").json()["key"] == goal["key"]
    with reading(server, goal["key"]) as page:
        assert page.next()[0] == "hello"


def test_unknown_keys_are_404_if_none_is_known_else_gone_for_those(server, goal):
    answer = server.http.get("/stream", params={"w": "nobody"})
    assert answer.status_code == 404
    assert set(answer.json()) == {"error", "message", "field"}
    assert server.http.get("/stream").status_code == 404
    with reading(server, "nobody", goal["key"]) as page:
        told = [page.next() for _ in range(2)]
    assert sorted(name for name, _ in told) == ["gone", "hello"]
    assert next(data for name, data in told if name == "gone") == {"w": "nobody"}


def test_overrides_ride_in_the_w_percent_encoded_and_w_stays_this_text(server, goal):
    one, two = f"{goal['key']}?target=50", f"{goal['key']}?target=60&theme=neon"
    with reading(server, one, two, goal["key"]) as page:
        hellos = {told["w"]: told for told in (page.until("hello") for _ in range(3))}
        assert [hellos[w]["view"]["target"] for w in (one, two, goal["key"])] == [50, 60, 1000]
        assert (hellos[two]["theme"], hellos[two]["options"]["target"]) == ("neon", 60)
        server.http.patch(f"/api/widgets/{goal['id']}", json={"options": {"label": "Pie"}})
        changed = {told["w"]: told for told in (page.until("options") for _ in range(3))}
        assert {w: told["view"]["label"] for w, told in changed.items()} == dict.fromkeys(
            (one, two, goal["key"]), "Pie"
        )
        server.http.delete(f"/api/widgets/{goal['id']}")
        assert {page.until("gone")["w"] for _ in range(3)} == {one, two, goal["key"]}


def test_a_bad_override_is_ignored(server, goal):
    with reading(server, f"{goal['key']}?target=x&nonsense=1&label=Pie") as page:
        told = page.until("hello")
    assert (told["view"]["target"], told["view"]["label"]) == (1000, "Pie")


def test_after_twenty_distinct_overrides_further_ones_get_the_widgets_own(server, goal):
    ws = [f"{goal['key']}?target={n}" for n in range(1, 26)]
    with reading(server, *ws) as page:
        targets = [page.until("hello", w)["view"]["target"] for w in ws]
    assert targets == [*range(1, 21), *[1000] * 5]


def test_the_same_address_twice_is_one_hello_or_two_of_the_same(server, goal):
    with reading(server, goal["key"], goal["key"]) as page:
        assert page.until("hello")["w"] == goal["key"]


def test_ids_are_not_used(server, goal):
    with server.http.stream("GET", "/stream", params={"w": goal["key"]}, headers={"Last-Event-ID": "5"}) as answer:
        lines = answer.iter_lines()
        head = [next(lines) for _ in range(5)]
    assert not any(line.startswith("id:") for line in head)


def test_a_stream_carries_a_comment_every_15_seconds(server, goal):
    with server.http.stream("GET", "/stream", params={"w": goal["key"]}, timeout=40) as answer:
        began, seen = time.monotonic(), []
        for line in answer.iter_lines():
            if line.startswith(":") and time.monotonic() - began > 0.5:
                seen.append(time.monotonic())
            if len(seen) == 2:
                break
    assert 13 < seen[1] - seen[0] < 17


def test_a_websocket_at_the_same_address_brings_the_same_messages(server, goal):
    address = f"ws://127.0.0.1:{server.port}/stream?w={quote(goal['key'] + '?target=50')}&w=nobody"
    with connect(address, proxy=None) as socket:
        told = [json.loads(socket.recv(10)) for _ in range(2)]
        assert all(set(one) == {"event", "data"} for one in told)
        by = {one["event"]: one["data"] for one in told}
        assert set(by) == {"hello", "gone"}
        assert (by["hello"]["w"], by["hello"]["view"]["target"]) == (f"{goal['key']}?target=50", 50)
        server.http.patch(f"/api/widgets/{goal['id']}", json={"options": {"label": "Tart"}})
        while (one := json.loads(socket.recv(10)))["event"] != "options":
            pass
        assert one["data"]["view"]["label"] == "Tart"


def test_a_websocket_for_nobody_is_refused(server):
    from websockets.exceptions import InvalidStatus

    with pytest.raises(InvalidStatus), connect(f"ws://127.0.0.1:{server.port}/stream?w=nobody", proxy=None):
        pass


@pytest.mark.parametrize(("host", "status"), [("127.0.0.1", 404), ("evil.example", 400)])
def test_a_websocket_is_refused_like_the_stream(server, host, status):
    wanted = (
        f"GET /stream?w=nobody HTTP/1.1\r\nHost: {host}:{server.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    )
    told = wanted + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), 10) as line, line.makefile("rb") as got:
        line.sendall(told.encode())
        assert int(got.readline().split()[1]) == status
        assert b'"error"' in got.read()


def test_a_slow_reader_skips_and_never_sees_an_older_view_after_a_newer(server, creator):
    goal = server.widget(creator, "goal", target=1)
    seen: list[int] = []
    with reading(server, goal["key"]) as page:
        page.until("hello")
        done = threading.Event()

        def change() -> None:
            with httpx.Client(base_url=server.base, trust_env=False) as http:
                for target in range(2, 60):
                    http.patch(f"/api/widgets/{goal['id']}", json={"options": {"target": target}})
            done.set()

        other = threading.Thread(target=change)
        other.start()
        done.wait(30)
        other.join()
        while not seen or seen[-1] != 59:
            name, told = page.next()
            if name in {"options", "view"}:
                seen.append(told["view"]["target"])
    assert seen == sorted(seen)


def test_a_reader_that_comes_again_is_right_after_one_message(server, creator):
    goal = server.widget(creator, "goal")
    with reading(server, goal["key"]) as page:
        page.until("hello")
    server.http.patch(f"/api/widgets/{goal['id']}", json={"options": {"target": 7}})
    with reading(server, goal["key"]) as page:
        assert page.next()[1]["view"]["target"] == 7


def test_the_settings_page_sees_who_has_an_overlay_open(server, goal):
    with reading(server, goal["key"], headers={"User-Agent": "OBS/30.1"}) as page:
        page.until("hello")
        told = next(one for one in server.http.get("/api/status").json()["widgets"] if one["id"] == goal["id"])
        assert len(told["streams"]) == 1
        assert told["streams"][0]["user_agent"] == "OBS/30.1"
        assert "build" in told["streams"][0]
        assert told["streams"][0]["age_ms"] >= 0
