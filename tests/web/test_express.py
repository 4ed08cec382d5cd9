"""What the quick road rests on, claimed of the Hypercorn that is installed: an upgrade that changes its inside fails here.

Where it fails, streams still work, by the ordinary road, at several times the cost: mend `overlay/web/express.py`.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import importlib.util
import inspect
import socket
import struct
from pathlib import Path
from typing import Any

import httpcore
import pytest
from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.protocol.h11 import H11Protocol
from hypercorn.protocol.http_stream import HTTPStream

from overlay.web import express
from overlay.web.express import Spent, connection_below
from tests.serving import MIRA, Served, gift, listening, serving

HTTP_1_1 = {"http_version": "1.1"}
SO_ATTACH_FILTER = 26


async def test_every_hop_below_hypercorns_send_is_what_the_quick_road_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[tuple[Any, dict[str, Any]]] = []
    known = connection_below

    def look(send: Any, scope: dict[str, Any]) -> Any:
        found.append((send, scope))
        return known(send, scope)

    monkeypatch.setattr("overlay.web.stream.connection_below", look)
    async with serving(tmp_path) as served:
        key = (await served.widget(await served.creator()))["key"]
        async with listening(served, key) as events:
            await events.until("hello")
            send, scope = found[0]
            assert scope["http_version"] == "1.1"
            stream = send.__self__
            assert type(stream) is HTTPStream, "the bound method that an application gets is no HTTPStream's"
            protocol = stream.send.__self__
            assert type(protocol) is H11Protocol, "HTTPStream.send is no H11Protocol's"
            server = protocol.send.__self__
            assert isinstance(server, TCPServer), "H11Protocol.send is no TCPServer's"
            assert isinstance(server.writer, asyncio.StreamWriter), "TCPServer.writer is no StreamWriter"
            assert type(server.writer.transport) is Spent, "StreamWriter.transport is not what was exchanged"
            assert served.house.streams.fast == 1


def parsers() -> list[int]:
    """How many there are of what parses requests, counted when nothing is left that cannot be reached."""
    gc.collect()
    kinds = [type(one) for one in gc.get_objects()]
    return [kinds.count(kind) for kind in (HTTPStream, H11Protocol, TCPServer)]


@pytest.mark.parametrize("express_road", [True, False], ids=["express", "ordinary"])
async def test_what_parsed_a_request_is_gone_while_its_stream_is_open(tmp_path: Path, express_road: bool) -> None:
    async with serving(tmp_path, express=express_road) as served:
        creator = await served.creator()
        key = (await served.widget(creator))["key"]
        dialled = [await dial(served, key) for _ in range(50)]
        assert len(served.house.streams.streams) == 50
        async with asyncio.timeout(20):
            while express_road and max(parsers()) > 9:  # those of the few other connections
                await asyncio.sleep(0.05)
        assert express_road or min(parsers()) >= 50
        served.hear(creator, gift(MIRA, 7, 1))
        for reader, writer in dialled:
            assert b'"total":7' in await asyncio.wait_for(reader.readuntil(b'"total":7'), 10)
            writer.close()
        async with asyncio.timeout(20):
            while served.house.streams.streams:
                await asyncio.sleep(0.05)
        assert not served.house.streams._crowd._open


@pytest.mark.parametrize("express_road", [True, False], ids=["express", "ordinary"])
async def test_what_a_page_sends_on_its_stream_is_not_looked_at(tmp_path: Path, express_road: bool) -> None:
    async with serving(tmp_path, express=express_road) as served:
        creator = await served.creator()
        key = (await served.widget(creator))["key"]
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        ask = f"GET /stream?w={key} HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n\r\n".encode()
        writer.write(ask + ask * 100)  # more than one request at once, and more behind them
        await reader.readuntil(b"event: hello")
        writer.write(b"\x00\r\n\r\nGET" * 50_000)
        await asyncio.wait_for(writer.drain(), 10)
        served.hear(creator, gift(MIRA, 7, 1))
        await asyncio.wait_for(reader.readuntil(b'"total":7'), 10)
        assert len(served.house.streams.streams) == 1
        writer.close()


async def test_a_page_that_leaves_before_its_first_word_leaves_nothing_behind(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        key = (await served.widget(await served.creator()))["key"]
        held, release = asyncio.Event(), asyncio.Event()

        async def hold() -> None:
            held.set()
            await release.wait()

        holding = asyncio.create_task(served.house.hub.alone(hold))  # no tick, so no first word
        await held.wait()
        writers = [(await asyncio.open_connection("127.0.0.1", served.port))[1] for _ in range(3)]
        for writer in writers:
            writer.write(f"GET /stream?w={key} HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n\r\n".encode())
        async with asyncio.timeout(20):
            while len(served.house.streams.streams) < 3:
                await asyncio.sleep(0.01)
            for writer in writers:
                writer.transport.abort()
            while served.house.streams.streams:
                await asyncio.sleep(0.01)
        release.set()
        await holding
        await served.http.get("/healthz")
        assert not served.house.streams.streams
        assert not served.house.streams._crowd._open
        assert not any(served.house.streams._turns)


async def test_a_stream_that_cannot_begin_is_hung_up_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def join(*_: Any) -> None:
        raise RuntimeError("a bug in what greets a stream")

    async with serving(tmp_path) as served:
        key = (await served.widget(await served.creator()))["key"]
        monkeypatch.setattr(served.house.hub, "join", join)
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(
            f"GET /stream?w={key} HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\nUser-Agent: OBS/31\r\n\r\n".encode()
        )
        async with asyncio.timeout(10):
            with contextlib.suppress(ConnectionResetError):
                await reader.read()
            while served.house.streams.streams:
                await asyncio.sleep(0.01)
        assert not served.house.streams._crowd._open
        assert not served.house.streams._plain
        assert "a bug in what greets a stream" in caplog.text
        writer.close()


async def test_a_server_of_another_shape_takes_the_ordinary_road() -> None:
    class Writer:
        _transport = None

    def chain(stream: type, protocol: type, server: type) -> Any:
        last = object.__new__(server)
        last.writer = Writer()
        last.protocol_send = lambda: None
        middle, first = object.__new__(protocol), object.__new__(stream)
        middle.send = type("Bound", (), {"__self__": last})()
        first.send = type("Bound", (), {"__self__": middle})()
        return type("Bound", (), {"__self__": first})()

    class Other:
        pass

    class NewStream(HTTPStream):
        pass

    async def plain(_message: dict[str, Any]) -> None:
        pass

    assert connection_below(plain, HTTP_1_1) is None
    assert connection_below(lambda _: None, HTTP_1_1) is None
    assert connection_below(chain(NewStream, H11Protocol, TCPServer), HTTP_1_1) is None  # a subclass may send otherwise
    assert connection_below(chain(HTTPStream, Other, TCPServer), HTTP_1_1) is None
    assert connection_below(chain(HTTPStream, H11Protocol, Other), HTTP_1_1) is None
    assert (
        connection_below(chain(HTTPStream, H11Protocol, TCPServer), HTTP_1_1) is None
    )  # no transport that can be asked
    for version in ("1.0", "2", "3"):
        assert connection_below(chain(HTTPStream, H11Protocol, TCPServer), {"http_version": version}) is None


async def test_the_switch_back_to_the_ordinary_road_is_seen_in_the_gauge(tmp_path: Path) -> None:
    for wanted in (True, False):
        async with serving(tmp_path / str(wanted), express=wanted) as served:
            key = (await served.widget(await served.creator()))["key"]
            async with listening(served, key) as events:
                await events.until("hello")
                told = (await served.http.get("/metrics")).text
                road = "express" if wanted else "ordinary"
                assert f'overlay_streams{{road="{road}"}} 1' in told


def test_httpcore_still_asks_for_a_package_that_is_not_there() -> None:
    """Once this fails, `say_that_sniffio_is_absent` in overlay/serve.py has nothing to spare any more: it goes."""
    assert importlib.util.find_spec("sniffio") is None
    assert "import sniffio" in inspect.getsource(httpcore._synchronization)


# --- peers that are there no more ---


def vanish(sock: socket.socket) -> None:
    """From now on the kernel drops every packet for this socket: no answer, no refusal, as a pulled plug does."""
    drop = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))  # one instruction: keep nothing
    program = struct.pack("HL", 1, ctypes.addressof(drop))
    sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)


async def dial(served: Served, key: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    writer.write(f"GET /stream?w={key} HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n\r\n".encode())
    await reader.readuntil(b"event: hello")
    return reader, writer


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="only Linux can be told how long to wait")
@pytest.mark.parametrize("express_road", [True, False], ids=["express", "ordinary"])
async def test_a_peer_that_vanished_without_a_word_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, express_road: bool
) -> None:
    short = tuple((name, 1500 if name == "TCP_USER_TIMEOUT" else value) for name, value in express.OPTIONS)
    monkeypatch.setattr(express, "OPTIONS", short)
    async with serving(tmp_path, express=express_road) as served:
        creator = await served.creator()
        key = (await served.widget(creator))["key"]
        _, writer = await dial(served, key)
        sock = writer.transport.get_extra_info("socket")
        async with listening(served, key) as events:
            await events.until("hello")
            vanish(sock)
            served.hear(creator, gift(MIRA, 1, 1))
            await events.until("view")
            assert len(served.house.streams.streams) == 2
            async with asyncio.timeout(20):
                while len(served.house.streams.streams) > 1:
                    await asyncio.sleep(0.05)
            served.hear(creator, gift(MIRA, 1, 2))  # nobody else was disturbed
            assert (await events.until("view"))["view"]["total"] == 2
        writer.transport.abort()


async def test_by_default_the_dead_are_given_up_after_two_minutes_at_most() -> None:
    assert dict(express.OPTIONS)["TCP_USER_TIMEOUT"] <= 120_000
