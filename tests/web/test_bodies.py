"""Bodies that are too much, too slow or cannot be kept: a sentence each, and nobody else waits for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import zstandard

from overlay.problems import Problem
from overlay.web import routes
from overlay.web.studio import assets
from tests.serving import Served, serving


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path) as running:
        yield running


async def test_a_recording_of_nothing_but_ends_of_lines_is_refused_at_once(served: Served) -> None:
    creator = await served.creator()
    body = zstandard.compress(b"\n" * 30_000_000 + b'{"t":0,"open":true}')
    answer = await served.http.post(f"/api/creators/{creator}/replay", content=body)
    assert (answer.status_code, answer.json()["field"]) == (413, "file")


async def test_a_body_that_stops_coming_is_not_waited_for(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "REST_S", 0.2)
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    head = f"POST /api/creators HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\nContent-Type: application/json\r\n"
    writer.write(f"{head}Content-Length: 1000\r\n\r\n{{".encode())
    async with asyncio.timeout(20):
        assert (await reader.readline()).startswith(b"HTTP/1.1 408 ")
    writer.close()


async def answered(reader: asyncio.StreamReader) -> bytes:
    """One answer without a body."""
    async with asyncio.timeout(20):
        return await reader.readuntil(b"\r\n\r\n")


async def test_a_body_that_comes_after_what_needs_none_leaves_the_connection_for_the_next_request(
    served: Served,
) -> None:
    head = f"DELETE /api/creators/nobody/replay HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    for body in (b"{}", b"[]", b"{}"):
        writer.write(f"{head}Content-Length: 2\r\n\r\n".encode())
        await writer.drain()
        await served.http.get("/healthz")  # by now the request has been taken up, without its body
        writer.write(body)
        said = await answered(reader)
        assert said.startswith(b"HTTP/1.1 204 "), said
        assert b"connection: close" not in said.lower()
    writer.close()


async def test_a_body_that_nobody_reads_and_never_ends_closes_the_connection_and_says_so(served: Served) -> None:
    head = f"DELETE /api/creators/nobody/replay HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\nTransfer-Encoding: chunked\r\n\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    writer.write(head.encode() + 2 * (b"%x\r\n%b\r\n" % (50_000, b"x" * 50_000)))
    said = await answered(reader)
    assert said.startswith(b"HTTP/1.1 204 ") and b"connection: close" in said.lower()
    writer.close()


async def test_a_hook_that_nobody_has_is_refused_as_every_call_is(served: Served) -> None:
    for body, status in ((b"{}", 404), (b"x" * 65_537, 413)):
        answer = await served.http.post("/hooks/tiktool/nobody", content=body)
        assert (answer.status_code, sorted(answer.json())) == (status, ["error", "field", "message"])


def test_a_file_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / ".a.mp3.part").mkdir()
    with pytest.raises(Problem) as told:
        assets.write(tmp_path, "a.mp3", b"ID3")
    assert (told.value.status, told.value.field) == (507, "file")
