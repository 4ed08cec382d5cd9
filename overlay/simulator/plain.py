"""HTTP requests and answers as values: parsed from bytes, written as bytes. It opens nothing and knows no path."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec


def number(value: object, default: float) -> float:
    """Read a number that a client wrote; what is none counts as not written."""
    try:
        return float(str(value))
    except ValueError:
        return default


class Request(NamedTuple):
    """One HTTP request."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """Read the body as an object; anything else is an empty one."""
        try:
            value = msgspec.json.decode(self.body)
        except msgspec.DecodeError:
            return {}
        return value if isinstance(value, dict) else {}


class Response(NamedTuple):
    """One HTTP answer; a body that is bytes goes out as it is."""

    status: int
    body: object
    headers: dict[str, str] = {}  # noqa: RUF012 -- never changed
    cut_at: int | None = None

    def encode(self) -> bytes:
        """Write the answer."""
        body = self.body if isinstance(self.body, bytes) else msgspec.json.encode(self.body)
        headers = {"Content-Type": "application/json", "Content-Length": str(len(body))} | self.headers
        phrase = HTTPStatus(self.status).phrase
        lines = [f"HTTP/1.1 {self.status} {phrase}", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join([*lines, "", ""]).encode() + body[: self.cut_at]


def parse_head(head: bytes) -> Request:
    """Read the request line and the headers."""
    first, *rows = head.decode("latin-1").split("\r\n")
    method, target, *_ = first.split(" ")
    parts = urlsplit(target)
    headers = {name.strip().lower(): value.strip() for name, _, value in (row.partition(":") for row in rows)}
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    return Request(method, unquote(parts.path) or "/", query, headers, b"")


def unchunk(rest: bytes) -> tuple[bytes, bytes] | None:
    """Join a chunked body; nothing, if it is not whole yet."""
    body = b""
    while True:
        size_text, mark, rest = rest.partition(b"\r\n")
        if not mark:
            return None
        size = int(size_text.split(b";")[0] or b"0", 16)
        if len(rest) < size + 2:
            return None
        if not size:
            return body, rest[2:]
        body, rest = body + rest[:size], rest[size + 2 :]
