"""The gate before everything: which Host is served, and which headers every answer carries. Plain ASGI, before routing.

It stands before streams and static files too. A page that rebinds DNS sends an Origin equal to its Host, so only this
list stops it. It knows no session and no token; `access.py` does.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from overlay.config import Config

OURS_ONLY: Final = ("/api/", "/hooks/")
PUBLIC: Final = (
    "/w/", "/static/", "/themes/", "/img/", "/assets/"
)  # fmt: skip
PUBLIC_PAGES: Final = frozenset({"/stream", "/healthz", "/readyz", "/metrics", "/favicon.ico"})
"""What `<label>.localhost` may reach: overlays, what they are made of and the probes, never studio, API or hooks."""
PORT: Final = re.compile(r"[0-9]{1,5}")
BLANK: Final = b"<!doctype html><meta charset=utf-8><title>.</title><!-- %b -->\n"
FORWARDED: Final = frozenset({b"forwarded", b"via", b"x-real-ip"})

OVERLAY_CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
    "media-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; object-src 'none'; "
    "frame-ancestors 'self'; require-trusted-types-for 'script'; trusted-types ov"
)
STUDIO_CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "media-src 'self' blob:; connect-src 'self'; worker-src 'self'; frame-src 'self'; form-action 'self'; "
    "base-uri 'none'; object-src 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types ov"
)


class Gate:
    """The outermost ASGI application."""

    def __init__(self, inner: Any, config: Config, port: Callable[[], int], has_password: Callable[[], bool]) -> None:
        """Stand before `inner`. The port is asked for each time: 0 becomes a real one at start."""
        self._inner = inner
        self._config = config
        self._port = port
        self._has_password = has_password
        self._interfaces: frozenset[str] | None = None

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Let a request in, or say in one sentence why not."""
        if scope["type"] not in {"http", "websocket"}:
            await self._inner(scope, receive, send)
            return
        trouble = self._trouble(scope)
        if trouble is not None:
            await self._refuse(scope, receive, send, *trouble)
            return

        async def headed(event: dict[str, Any]) -> None:
            if event["type"] == "http.response.start":
                event["headers"] = add_headers(scope["path"], list(event.get("headers", ())))
            await send(event)

        # the stream brings its own headers, and its express path needs the server's own `send`
        await self._inner(scope, receive, send if scope["path"] == "/stream" else headed)

    def _trouble(self, scope: dict[str, Any]) -> tuple[int, str, str] | None:
        hosts = [value.decode("latin-1").lower() for name, value in scope["headers"] if name == b"host"]
        path = scope["path"]
        if len(hosts) != 1 or not self._serves(hosts[0], scope):
            return (
                400,
                "host",
                (
                    "This server does not answer to this Host. Use http://127.0.0.1 with its port, or allow the name "
                    "in OVERLAY_ALLOWED_HOSTS."
                ),
            )
        raw = scope.get("raw_path") or path.encode()
        if any(byte < 0x20 or byte == 0x7F for byte in path.encode("utf-8", "surrogateescape")) or b"\x00" in raw:
            return 400, "path", "The address holds control characters."
        if not self._has_password() and any(
            name in FORWARDED or name.startswith(b"x-forwarded-") for name, _ in scope["headers"]
        ):
            return (
                403,
                "forwarded",
                ("This request came through a proxy, and this server has no password. Set OVERLAY_PASSWORD first."),
            )
        return None

    def _serves(self, host: str, scope: dict[str, Any]) -> bool:
        name, port = split_host(host)
        path = scope["path"]
        ours = self._port()
        default = {80, 443}
        here = port == ours or (port is None and ours in default)
        if name in {"127.0.0.1", "[::1]", "localhost"}:
            return here
        if name.endswith(".localhost") and name.count(".") == 1 and len(name) > len(".localhost"):
            return here and (path in PUBLIC_PAGES or path.startswith(PUBLIC))
        if not self._config.loopback_only and here and (name == reached(scope) or name in self._own_addresses()):
            return True
        for allowed in self._config.allowed_hosts:
            allowed_name, allowed_port = split_host(allowed)
            if name == allowed_name and (allowed_port is None or allowed_port == port):
                return True
        return False

    def _own_addresses(self) -> frozenset[str]:
        if self._interfaces is None:
            self._interfaces = frozenset(interface_addresses(self._config.host))
        return self._interfaces

    async def _refuse(
        self, scope: dict[str, Any], receive: Any, send: Any, status: int, code: str, sentence: str
    ) -> None:
        answer = "http.response"
        if scope["type"] == "websocket":
            await receive()
            answer = "websocket.http.response"
            if answer not in scope.get("extensions", {}):
                await send({"type": "websocket.close", "code": 1008})
                return
        looked_at = any(name == b"accept" and b"text/html" in value for name, value in scope["headers"])
        if looked_at and is_overlay(scope["path"]):  # scripts get the sentence
            kind, body = b"text/html; charset=utf-8", BLANK % sentence.encode()
        else:
            kind, body = b"application/json", f'{{"error":"{code}","message":"{sentence}","field":null}}'.encode()
        headers = add_headers(scope["path"], [(b"content-type", kind)])
        if scope.get("http_version") == "1.1":
            headers.append((b"connection", b"close"))  # what was sent with it is not read
        await send({"type": f"{answer}.start", "status": status, "headers": headers})
        await send({"type": f"{answer}.body", "body": body})


def is_overlay(path: str) -> bool:
    """Whether this is looked at in a browser source: whatever goes wrong, nothing is to be seen there."""
    return path.startswith("/w/") and not path.endswith("/view")


def split_host(host: str) -> tuple[str, int | None]:
    """A Host header's name and port; a port that is no number makes a name that nobody has."""
    name, colon, port = host.rpartition(":") if not host.endswith("]") else (host, "", "")
    if not colon:
        return host, None
    if not PORT.fullmatch(port) or (":" in name and not name.startswith("[")):
        return host, None
    return name, int(port)


def reached(scope: dict[str, Any]) -> str | None:
    """The address of ours that a connection came to, as a Host names it: any interface, also one that is new."""
    try:
        found = ipaddress.ip_address((scope.get("server") or ("",))[0])
    except ValueError:
        return None
    address = getattr(found, "ipv4_mapped", None) or found
    if address.is_loopback:
        return None
    return f"[{address}]" if address.version == 6 else str(address)


def interface_addresses(bound: str) -> set[str]:
    """The addresses by which this machine can be reached, as Host names."""
    found = {bound} if bound not in {"0.0.0.0", "::"} else set()  # noqa: S104  compared, not bound
    try:
        infos = socket.getaddrinfo(socket.gethostname(), None)
    except OSError:
        infos = []
    found |= {str(info[4][0]) for info in infos}
    for family, target in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:  # asks the routing table, sends nothing
                probe.connect((target, 9))
                found.add(str(probe.getsockname()[0]))
        except OSError:
            continue
    return {f"[{address}]" if ":" in address else address for address in found}


def add_headers(path: str, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers that every answer carries, by what kind of page it is."""
    named = {name.lower() for name, _ in headers}
    overlay = path.startswith(("/w/", "/static/lib/", "/static/widgets/"))
    open_to_all = path.startswith("/img/") or (path.startswith("/w/") and path.endswith("/view"))
    wanted: list[tuple[bytes, bytes]] = [
        (b"content-security-policy", (OVERLAY_CSP if overlay else STUDIO_CSP).encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer" if overlay else b"same-origin"),
        (b"cross-origin-resource-policy", b"cross-origin" if open_to_all else b"same-origin"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"cache-control", b"no-store"),
    ]
    if open_to_all:
        wanted.append((b"access-control-allow-origin", b"*"))
    if not overlay:
        wanted.append((b"x-frame-options", b"DENY"))
    kept = [(name, value) for name, value in headers if name.lower() != b"server"]
    return kept + [(name, value) for name, value in wanted if name not in named]
