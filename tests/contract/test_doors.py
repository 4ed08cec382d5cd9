"""Who is let in: Host, Origin, Sec-Fetch-Site, cookies, tokens, proxies; with a password and without, as one matrix."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from overlay.config import Config, Secret
from overlay.web.gate import Gate
from tests.contract.kit import running

PASSWORD = "a long password"


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    with running(tmp_path_factory.mktemp("bare")) as one:
        yield one


@pytest.fixture(scope="module")
def locked(tmp_path_factory):
    env = {"OVERLAY_PASSWORD": PASSWORD, "OVERLAY_ALLOWED_HOSTS": "overlay.example, exact.example:8443"}
    with running(tmp_path_factory.mktemp("locked"), env=env) as one:
        yield one


def raw(server, method: str, path: str, headers: list[tuple[str, str]], body: bytes = b"") -> tuple[int, bytes]:
    """One request that nothing tidies."""
    lines = [f"{method} {path} HTTP/1.1", *[f"{name}: {value}" for name, value in headers], "Connection: close"]
    sized = any(name in {"Content-Length", "Transfer-Encoding"} for name, _ in headers)
    if (body or method != "GET") and not sized:
        lines.append(f"Content-Length: {len(body)}")
    with socket.create_connection(("127.0.0.1", server.port), 10) as line:
        line.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
        got = b""
        while part := line.recv(65536):
            got += part
    return int(got.split()[1]), got


def host(server, name: str | None = None) -> tuple[str, str]:
    return "Host", f"127.0.0.1:{server.port}" if name is None else name


# --- Host ---


def test_only_the_listed_hosts_are_served_in_any_case(bare):
    port = bare.port
    good = [f"127.0.0.1:{port}", f"[::1]:{port}", f"localhost:{port}", f"LocalHost:{port}"]
    bad = [
        "127.0.0.1", "localhost", f"localhost.:{port}", f"127.0.0.1:{port + 1}", f"evil.example:{port}", f"a.b.localhost:{port}", f"0.0.0.0:{port}",
        f"127.0.0.2:{port}", f"::1:{port}", f"localhost:{port}.", f"user@localhost:{port}", f".localhost:{port}", f"127.1:{port}", "", f"2130706433:{port}",
    ]  # fmt: skip
    for path in ("/", "/api/status", "/healthz", "/static/base.css", "/w/x", "/metrics"):
        for name in good:
            assert raw(bare, "GET", path, [host(bare, name)])[0] != 400, (path, name)
        for name in bad:
            assert raw(bare, "GET", path, [host(bare, name)])[0] == 400, (path, name)
    assert raw(bare, "GET", "/stream?w=x", [host(bare, "evil.example")])[0] == 400
    assert raw(bare, "POST", "/hooks/tiktool/x", [host(bare, "evil.example")])[0] == 400
    assert raw(bare, "GET", "/healthz", [])[0] == 400
    assert raw(bare, "GET", "/healthz", [host(bare), host(bare, "evil.example")])[0] == 400


def test_a_label_of_localhost_serves_everything_but_studio_api_and_hooks(bare):
    key = bare.http.get("/api/widgets").json()[0]["key"]
    for label in ("one", "two", "OBS"):
        name = host(bare, f"{label}.localhost:{bare.port}")
        for path in (f"/w/{key}", f"/w/{key}/view", "/static/base.css", "/healthz", "/readyz", "/metrics"):
            assert raw(bare, "GET", path, [name])[0] == 200, path
        for path in ("/", "/api/status", "/api/openapi.json"):
            assert raw(bare, "GET", path, [name])[0] == 400, path
        assert raw(bare, "POST", "/hooks/tiktool/x", [name])[0] == 400


def test_a_label_of_localhost_serves_no_studio_page_that_begins_like_a_stream(bare):
    name = host(bare, f"one.localhost:{bare.port}")
    for path in ("/streams", "/streams/x", "/streams?creator=x", "/creators", "/settings", "/sign-in", "/healthzz"):
        assert raw(bare, "GET", path, [name])[0] == 400, path
    assert raw(bare, "GET", "/stream?w=x", [name])[0] == 404


@pytest.mark.parametrize("port", ["\xb2", "9" * 5000, "+1", "1_0", "-1", " 1"])
def test_a_host_whose_port_is_none_is_400_like_all_else(bare, port):
    assert raw(bare, "GET", "/healthz", [host(bare, f"127.0.0.1:{port}")])[0] == 400


def test_allowed_names_with_and_without_a_port(locked):
    for name in (
        "overlay.example",
        "OVERLAY.example",
        "overlay.example:443",
        "overlay.example:99",
        "exact.example:8443",
    ):
        assert raw(locked, "GET", "/healthz", [host(locked, name)])[0] == 200, name
    for name in (
        "exact.example",
        "exact.example:443",
        "sub.overlay.example",
        "overlay.example.",
        "overlay.example.evil",
    ):
        assert raw(locked, "GET", "/healthz", [host(locked, name)])[0] == 400, name


# --- proxies ---


@pytest.mark.parametrize(
    "name", ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Anything", "X-Real-IP", "Via", "via"]
)
def test_without_a_password_a_request_through_a_proxy_is_403(bare, locked, name):
    for path in ("/", "/api/status", "/healthz", "/w/x"):
        status, got = raw(bare, "GET", path, [host(bare), (name, "1.2.3.4")])
        assert status == 403, path
        assert b'"error"' in got
    assert raw(locked, "GET", "/healthz", [host(locked), (name, "1.2.3.4")])[0] == 200


# --- state-changing requests ---


def change(server, *headers: tuple[str, str]) -> int:
    body = b'{"priority": 1}'
    path = "/api/creators/nobody"
    told = [host(server), ("Content-Type", "application/json"), *headers]
    return raw(server, "PATCH", path, told, body)[0]


def ours(server) -> str:
    return f"http://127.0.0.1:{server.port}"


def test_without_a_password_the_header_rule_decides(bare):
    site, origin = "Sec-Fetch-Site", "Origin"
    served = [
        [], [(site, "same-origin")], [(origin, ours(bare))], [(site, "same-origin"), (origin, ours(bare))],
        [(site, "same-origin"), (origin, ours(bare)), ("Cookie", "a=b")],
    ]  # fmt: skip
    refused = [
        [(site, "cross-site")], [(site, "same-site")], [(site, "none")], [(site, "")], [(origin, "https://evil.example")], [(origin, "null")], [(origin, "")],
        [(origin, f"http://localhost:{bare.port}")], [(origin, f"https://127.0.0.1:{bare.port}")], [(origin, ours(bare) + "/")],
        [(site, "same-origin"), (origin, "https://evil.example")], [(site, "cross-site"), (origin, ours(bare))], [("Cookie", "a=b")],
        [("Authorization", "Bearer x"), ("Cookie", "a=b")],
    ]  # fmt: skip
    for headers in served:
        assert change(bare, *headers) == 404, headers
    for headers in refused:
        assert change(bare, *headers) in {401, 403}, headers


@pytest.mark.parametrize("name", ["Origin", "Sec-Fetch-Site"])
def test_a_header_sent_twice_is_not_exactly_ours(bare, name):
    good, bad = (ours(bare), "https://evil.example") if name == "Origin" else ("same-origin", "cross-site")
    for headers in ([(name, good), (name, bad)], [(name, bad), (name, good)]):
        assert change(bare, *headers) == 403, headers


@pytest.mark.parametrize("cookie", ["a", "=", "a=b", "=b", "\xe9"])
def test_whatever_stands_in_a_cookie_is_a_cookie(bare, locked, cookie):
    assert change(bare, ("Cookie", cookie)) == 403
    assert change(locked, ("Authorization", "Bearer x"), ("Cookie", cookie)) in {401, 403}


def test_reading_is_not_held_to_the_header_rule(bare):
    for headers in ([("Sec-Fetch-Site", "cross-site")], [("Origin", "https://evil.example")], [("Cookie", "a=b")]):
        assert raw(bare, "GET", "/api/status", [host(bare), *headers])[0] == 200


def sign_in(server) -> str:
    answer = server.http.post(
        "/sign-in",
        data={"password": PASSWORD},
        headers={"Origin": ours(server), "Sec-Fetch-Site": "same-origin"},
        follow_redirects=False,
    )
    assert answer.status_code in {200, 302, 303}, answer.text
    cookie = answer.headers["set-cookie"].split(";")[0]
    assert "httponly" in answer.headers["set-cookie"].lower()
    assert "samesite=strict" in answer.headers["set-cookie"].lower()
    server.http.cookies.clear()
    return cookie


@pytest.fixture(scope="module")
def cookie(locked):
    return sign_in(locked)


@pytest.fixture(scope="module")
def token(locked, cookie):
    """A token made on the settings page."""
    headers = {"Cookie": cookie, "Origin": ours(locked), "Sec-Fetch-Site": "same-origin"}
    answer = locked.http.post("/studio/tokens", json={"name": "script"}, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["token"]


def test_with_a_password_only_a_signed_in_browser_or_a_token_reads(locked, cookie):
    assert raw(locked, "GET", "/api/status", [host(locked)])[0] == 401
    assert raw(locked, "GET", "/api/status", [host(locked), ("Cookie", "overlay_x=forged")])[0] == 401
    assert raw(locked, "GET", "/api/status", [host(locked), ("Authorization", "Bearer ovl_forged")])[0] == 401
    assert raw(locked, "GET", "/api/status", [host(locked), ("Authorization", "Basic eDp5")])[0] == 401
    assert raw(locked, "GET", "/api/status", [host(locked), ("Cookie", cookie)])[0] == 200


def test_overlays_probes_and_streams_need_no_sign_in(locked, cookie):
    creator = locked.http.post(
        "/api/creators",
        json={"handle": "otto", "source": "simulator", "enabled": False},
        headers={"Cookie": cookie, "Origin": ours(locked)},
    ).json()["id"]
    made = locked.http.post(
        "/api/widgets", json={"creator": creator, "kind": "goal"}, headers={"Cookie": cookie, "Origin": ours(locked)}
    ).json()
    for path in (f"/w/{made['key']}", f"/w/{made['key']}/view", "/healthz", "/readyz", "/static/base.css"):
        assert raw(locked, "GET", path, [host(locked)])[0] == 200, path
    with locked.http.stream("GET", "/stream", params={"w": made["key"]}) as answer:
        assert answer.status_code == 200


def test_with_a_password_a_browser_needs_the_cookie_and_the_header_rule(locked, cookie):
    site, origin = ("Sec-Fetch-Site", "same-origin"), ("Origin", ours(locked))
    for headers in ([site], [origin], [site, origin]):
        assert change(locked, ("Cookie", cookie), *headers) == 404, headers
        assert change(locked, *headers) in {401, 403}, headers
    for headers in (
        [("Sec-Fetch-Site", "cross-site")],
        [("Origin", "null")],
        [site, ("Origin", "https://evil.example")],
        [],
    ):
        assert change(locked, ("Cookie", cookie), *headers) in {401, 403}, headers


def test_with_a_password_a_script_needs_a_token_and_no_cookie(locked, cookie, token):
    bearer = ("Authorization", f"Bearer {token}")
    assert change(locked, bearer) == 404
    assert raw(locked, "GET", "/api/status", [host(locked), bearer])[0] == 200
    assert change(locked, bearer, ("Cookie", cookie)) in {401, 403}
    assert change(locked, bearer, ("Cookie", "a=b")) in {401, 403}
    assert change(locked) in {401, 403}
    assert change(locked, bearer, ("Sec-Fetch-Site", "cross-site")) == 403


def test_a_wrong_password_does_not_sign_in(locked):
    answer = locked.http.post(
        "/sign-in", data={"password": "wrong"}, headers={"Origin": ours(locked)}, follow_redirects=False
    )
    assert "set-cookie" not in answer.headers or "overlay_" not in answer.headers["set-cookie"]
    assert answer.status_code >= 400


def test_a_form_may_have_a_megabyte_and_no_more(locked):
    told = [host(locked), ("Origin", ours(locked)), ("Content-Type", "application/x-www-form-urlencoded")]
    assert raw(locked, "POST", "/sign-in", [*told, ("Content-Length", "1100000")])[0] == 413
    unended = b"%x\r\n%b\r\n" % (1_000_001, b"a" * 1_000_001)
    assert raw(locked, "POST", "/sign-in", [*told, ("Transfer-Encoding", "chunked")], unended)[0] == 413
    assert raw(locked, "POST", "/sign-in", told, b"password=no&filler=" + b"a" * 900_000)[0] == 401


def test_a_refusal_has_the_form_of_every_error(bare, locked):
    for server, headers in ((bare, [("Origin", "null")]), (locked, [])):
        got = raw(
            server, "POST", "/api/creators", [host(server), ("Content-Type", "application/json"), *headers], b"{}"
        )[1]
        assert b'"error"' in got
        assert b'"message"' in got
        assert b'"field":null' in got


def test_a_hook_is_outside_the_sign_in_and_the_header_rule(bare, locked):
    for server in (bare, locked):
        for headers in (
            [],
            [("Cookie", "a=b")],
            [("Origin", "https://evil.example")],
            [("Sec-Fetch-Site", "cross-site")],
        ):
            status, _ = raw(
                server,
                "POST",
                "/hooks/tiktool/unknown",
                [host(server), ("Content-Type", "application/json"), *headers],
                b"{}",
            )
            assert status in {401, 404}, headers


# --- our own addresses ---


def knocked(bound: str, at: str, name: str) -> int:
    """How a server bound there answers a connection that came to one of its addresses, asking for a Host."""
    sent: list[dict[str, object]] = []

    async def inner(_scope: object, _receive: object, send: Callable[[dict[str, object]], Awaitable[None]]) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(event: dict[str, object]) -> None:
        sent.append(event)

    config = Config(host=bound, folder=Path("/nowhere"), password=Secret(PASSWORD))
    gate = Gate(inner, config, lambda: 8090, lambda: True)
    scope = {"type": "http", "path": "/healthz", "headers": [(b"host", name.encode())], "server": (at, 8090)}
    asyncio.run(gate(scope, None, send))
    return int(str(sent[0]["status"]))


def test_whichever_interface_a_connection_came_to_is_an_address_of_ours():
    assert knocked("0.0.0.0", "10.77.0.9", "10.77.0.9:8090") == 200
    assert knocked("::", "fd00::77", "[fd00::77]:8090") == 200
    assert knocked("::", "::ffff:10.77.0.9", "10.77.0.9:8090") == 200
    for bound, at, name in (
        ("127.0.0.1", "10.77.0.9", "10.77.0.9:8090"), ("0.0.0.0", "10.77.0.9", "10.77.0.9:8091"), ("0.0.0.0", "10.77.0.9", "10.77.0.8:8090"),
        ("0.0.0.0", "127.0.0.2", "127.0.0.2:8090"), ("0.0.0.0", "10.77.0.9", "10.77.0.9.evil:8090"), ("0.0.0.0", "10.77.0.9", "10.77.0.9"),
    ):  # fmt: skip
        assert knocked(bound, at, name) == 400, name
