"""What the gate claims: only Hosts of ours are served, before routing, and every answer carries its headers."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from overlay.config import BadSetting, Config, Secret, check_reach
from overlay.web.gate import split_host
from tests.serving import Served, listening, serving


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gate")


async def ask(served: Served, request: bytes) -> tuple[int, dict[str, str], bytes]:
    """One raw request, so that nothing tidies it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    writer.write(request)
    raw = await asyncio.wait_for(reader.read(2**20), 10)
    writer.close()
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines[1:])
    return int(lines[0].split()[1]), headers, body


def get(path: str, *headers: str) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", *headers, "Connection: close", "", ""]).encode("latin-1")


async def test_only_our_hosts_are_served_whatever_is_asked_for(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        port = served.port
        cases = {
            f"127.0.0.1:{port}": 200,
            f"localhost:{port}": 200,
            f"LOCALHOST:{port}": 200,
            f"[::1]:{port}": 200,
            "evil": 400,
            f"evil:{port}": 400,
            f"127.0.0.1.evil:{port}": 400,
            f"localhost.:{port}": 400,
            f"127.0.0.1:{port + 1}": 400,
            "127.0.0.1": 400,
            f"0.0.0.0:{port}": 400,
            f"127.1:{port}": 400,
            f"a.b.localhost:{port}": 400,
            f".localhost:{port}": 400,
            f"127.0.0.1:{port}x": 400,
            "": 400,
        }
        for host, wanted in cases.items():
            for path in ("/api/status", "/healthz"):
                status, _, _ = await ask(served, get(path, f"Host: {host}"))
                assert status == wanted, (host, path)
            status, _, _ = await ask(served, get("/static/base.css", f"Host: {host}"))
            assert status == wanted, (host, "static")
            if wanted == 400:
                status, _, _ = await ask(served, get("/stream?w=x", f"Host: {host}"))
                assert status == 400, (host, "stream")
        assert (await ask(served, get("/healthz")))[0] == 400
        assert (await ask(served, get("/healthz", f"Host: 127.0.0.1:{port}", "Host: evil")))[0] == 400


async def test_a_label_of_localhost_serves_overlays_and_nothing_of_the_studio(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        widget = await served.widget(await served.creator())
        host = f"Host: w1.localhost:{served.port}"
        assert (await ask(served, get(f"/w/{widget['key']}", host)))[0] == 200
        assert (await ask(served, get("/static/base.css", host)))[0] == 200
        for path in ("/", "/api/status", "/hooks/tiktool/x"):
            assert (await ask(served, get(path, host)))[0] == 400, path


async def test_a_proxy_before_a_server_without_password_is_refused(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        for header in (
            "Forwarded: for=1.2.3.4",
            "X-Forwarded-For: 1.2.3.4",
            "X-Forwarded-Anything: x",
            "X-Real-IP: 1.2.3.4",
            "Via: 1.1 x",
        ):
            status, _, body = await ask(served, get("/healthz", f"Host: 127.0.0.1:{served.port}", header))
            assert status == 403, header
            assert b"password" in body


async def test_every_answer_carries_its_headers(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        widget = await served.widget(await served.creator())
        page = (await served.http.get(f"/w/{widget['key']}")).headers
        assert "'unsafe-inline'" in page["content-security-policy"]
        assert "frame-ancestors 'self'" in page["content-security-policy"]
        assert "require-trusted-types-for 'script'" in page["content-security-policy"]
        assert page["referrer-policy"] == "no-referrer"
        assert page["cache-control"] == "no-store"
        worker = (await served.http.get("/static/lib/bus-worker.js")).headers
        assert "connect-src 'self'" in worker["content-security-policy"]
        for path in ("/api/status", "/api/nothing", "/nothing", "/api/creators/none"):
            headers = (await served.http.get(path)).headers
            assert "frame-ancestors 'none'" in headers["content-security-policy"], path
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["cross-origin-resource-policy"] == "same-origin"
            assert headers["cross-origin-opener-policy"] == "same-origin"
            assert headers["referrer-policy"] == "same-origin"
            assert "server" not in headers
            assert "access-control-allow-origin" not in headers
        view = (await served.http.get(f"/w/{widget['key']}/view")).headers
        assert view["access-control-allow-origin"] == "*"
        assert view["cross-origin-resource-policy"] == "cross-origin"


async def test_an_unknown_overlay_is_a_transparent_empty_page(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        answer = await served.http.get("/w/nobody-has-this-key")
        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith("text/html")
        assert "<script" not in answer.text


async def test_state_changes_are_refused_from_anywhere_else(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        ours = served.base
        cases = [
            ({}, 201),
            ({"Sec-Fetch-Site": "same-origin"}, 201),
            ({"Origin": ours}, 201),
            ({"Sec-Fetch-Site": "same-origin", "Origin": ours, "Cookie": "a=b"}, 201),
            ({"Cookie": "a=b"}, 403),
            ({"Sec-Fetch-Site": "cross-site"}, 403),
            ({"Sec-Fetch-Site": "same-site"}, 403),
            ({"Sec-Fetch-Site": "none"}, 403),
            ({"Origin": "null"}, 403),
            ({"Origin": "http://evil"}, 403),
            ({"Origin": f"https://127.0.0.1:{served.port}"}, 403),
            ({"Origin": f"http://127.0.0.1:{served.port + 1}"}, 403),
            ({"Sec-Fetch-Site": "same-origin", "Origin": "http://evil"}, 403),
        ]
        for number, (headers, wanted) in enumerate(cases):
            body = {"handle": f"h{number}", "enabled": False}
            answer = await served.http.post("/api/creators", json=body, headers=headers)
            assert answer.status_code == wanted, (headers, answer.text)
        answer = await served.http.post(
            "/api/creators", content=b'{"handle":"x"}', headers={"Content-Type": "text/plain"}
        )
        assert answer.status_code == 415


async def test_with_a_password_nothing_is_served_without_a_session_or_a_token(tmp_path: Path) -> None:
    async with serving(tmp_path, password=Secret("correct horse")) as served:
        assert (await served.http.get("/api/status")).status_code == 401
        assert (await served.http.post("/api/creators", json={"handle": "x"})).status_code == 401
        token = await served.house.access.make_token("script")
        bearer = {"Authorization": f"Bearer {token}"}
        assert (await served.http.get("/api/status", headers=bearer)).status_code == 200
        made = await served.http.post("/api/creators", json={"handle": "x", "enabled": False}, headers=bearer)
        assert made.status_code == 201
        with_cookie = await served.http.post("/api/creators", json={"handle": "y"}, headers=bearer | {"Cookie": "a=b"})
        assert with_cookie.status_code == 403
        assert (await served.http.get("/api/status", headers={"Authorization": "Bearer wrong"})).status_code == 401
        assert (await served.http.get("/healthz")).status_code == 200


@pytest.mark.parametrize(
    ("settings", "password", "sentence"),
    [
        ({"host": "0.0.0.0"}, False, "password"),
        ({"host": "192.168.1.5"}, False, "password"),
        ({"allowed_hosts": ("overlay.example",)}, False, "password"),
        ({"host": "0.0.0.0"}, True, None),
        ({"allowed_hosts": ("overlay.example",)}, True, None),
        ({"host": "127.0.0.1"}, False, None),
        ({"host": "::1"}, False, None),
    ],
)
def test_a_careless_bind_is_refused_and_says_how(settings: dict, password: bool, sentence: str | None) -> None:
    config = Config(folder=Path("unused"), **settings)
    if sentence is None:
        check_reach(config, has_password=password)
        return
    with pytest.raises(BadSetting, match=sentence):
        check_reach(config, has_password=password)


@pytest.mark.parametrize(
    ("host", "wanted"),
    [
        ("a", ("a", None)),
        ("a:1", ("a", 1)),
        ("[::1]", ("[::1]", None)),
        ("[::1]:80", ("[::1]", 80)),
        ("::1:80", ("::1:80", None)),
        ("a:b", ("a:b", None)),
        ("a:", ("a:", None)),
    ],
)
def test_a_host_is_read_as_name_and_port(host: str, wanted: tuple) -> None:
    assert split_host(host) == wanted


async def test_an_allowed_name_is_served_with_any_port_or_with_its_own(tmp_path: Path) -> None:
    config = {"password": Secret("p"), "allowed_hosts": ("one.example", "two.example:444")}
    async with serving(tmp_path, **config) as served:
        for host, wanted in {
            "one.example": 200,
            "one.example:9": 200,
            "two.example:444": 200,
            "two.example": 400,
            "ONE.example": 200,
        }.items():
            assert (await ask(served, get("/healthz", f"Host: {host}")))[0] == wanted, host
        assert (await ask(served, get("/healthz", "Host: one.example", "X-Forwarded-For: 1.2.3.4")))[0] == 200


async def test_many_guesses_at_once_are_counted_like_many_one_after_another(tmp_path: Path) -> None:
    async with serving(tmp_path, password=Secret("correct horse")) as served:
        guesses = [
            served.http.post("/sign-in", data={"password": f"no{n}"}, headers={"Origin": served.base})
            for n in range(20)
        ]
        answers = [answer.status_code for answer in await asyncio.gather(*guesses)]
    assert answers.count(429) == 17


async def test_a_browser_source_shows_nothing_whatever_is_wrong_with_its_address(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        widget = await served.widget(await served.creator(), "counter")
        ours, page, path = f"Host: 127.0.0.1:{served.port}", "Accept: text/html,*/*;q=0.8", f"/w/{widget['key']}"
        for wanted, asked in (
            (400, get(path, "Host: stranger.example", page)),
            (403, get(path, ours, page, "X-Forwarded-For: 1.2.3.4")),
            (400, get("/w/%0a", ours, page)),
            (404, get("/w/nobody", ours, page)),
            (404, get(f"{path}/more/of/it", ours, page)),
            (405, get(path, ours, page).replace(b"GET", b"DELETE", 1)),
        ):
            status, headers, body = await ask(served, asked)
            assert status == wanted, asked
            assert headers["content-type"] == "text/html; charset=utf-8", asked
            seen = re.sub(rb"<!--.*?-->|<title>.</title>|<[^>]*>|\b[0-9a-f]+\r\n", b"", body)  # and sizes of chunks
            assert seen.strip() == b"", asked


async def test_an_override_with_a_line_end_behind_it_is_left_out_and_ends_no_stream(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        creator = await served.creator()
        counter, other = await served.widget(creator, "counter"), await served.widget(creator)
        answer = await served.http.get(f"/w/{counter['key']}/view?metric=likes%0A")
        assert answer.status_code == 200
        assert answer.json()["metric"] == "viewers"
        async with listening(served, f"{counter['key']}?metric=likes%0A", other["key"]) as events:
            assert {(await events.next())[0] for _ in range(2)} == {"hello"}
