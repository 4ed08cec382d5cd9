"""What is claimed of a proxy: with the configuration of docs/running-it.md streams pass at once, stay open, and heal.

The configuration is taken out of the document; only names, ports and certificates are put in the place of the examples.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import shutil
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import websockets

from overlay.config import Secret
from overlay.web import stream as door
from tests.serving import MIRA, Events, Served, gift, serving

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "running-it.md"
AROUND = """
daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1;
events {{ worker_connections 1024; }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  {blocks}
}}
"""
PASSWORD = "correct horse battery"
NAME = "overlay.example"


def documented(ours: int, theirs: int, folder: Path) -> str:
    """The document's own configuration, on a free port without a certificate."""
    blocks = "\n".join(re.findall(r"```nginx\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL))
    assert "proxy_pass http://127.0.0.1:8090;" in blocks
    blocks = blocks.replace("127.0.0.1:8090", f"127.0.0.1:{ours}").replace("listen 443 ssl;", f"listen {theirs};")
    blocks = re.sub(r"^\s*ssl_certificate.*$", "", blocks, flags=re.MULTILINE)
    return AROUND.format(folder=folder, blocks=blocks)


class Nginx:
    """A real nginx, as Debian ships it."""

    def __init__(self, folder: Path, ours: int) -> None:
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            self.port = sock.getsockname()[1]
        self.folder = folder
        folder.mkdir()
        (folder / "nginx.conf").write_text(documented(ours, self.port, folder))
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        where = ("-p", str(self.folder), "-c", str(self.folder / "nginx.conf"))
        self.process = await asyncio.create_subprocess_exec("nginx", *where, stderr=asyncio.subprocess.DEVNULL)
        async with asyncio.timeout(10):
            while True:
                assert self.process.returncode is None, (self.folder / "error.log").read_text()
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                    writer.close()
                    return
                await asyncio.sleep(0.02)

    async def stop(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.terminate()
            await self.process.wait()

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", headers={"Host": NAME}, timeout=10)


@contextlib.asynccontextmanager
async def proxied(tmp_path: Path, *, password: bool = True) -> AsyncIterator[tuple[Served, Nginx]]:
    if shutil.which("nginx") is None:
        pytest.skip("nginx is not installed (Debian: apt install nginx-light)")
    more = {"password": Secret(PASSWORD), "allowed_hosts": (NAME,)} if password else {}
    async with serving(tmp_path / "data", **more) as served:
        nginx = Nginx(tmp_path / "nginx", served.port)
        await nginx.start()
        try:
            yield served, nginx
        finally:
            await nginx.stop()


async def make_widget(served: Served) -> tuple[str, str]:
    """A creator and a widget's key, past the sign-in: what is claimed here is the stream."""
    creator = (await served.house.desk.add_creator({"handle": "luna.sings", "enabled": False}))["id"]
    widget = await served.house.desk.add_widget({"creator": creator, "kind": "leaderboard"})
    return creator, widget["key"]


async def test_a_view_passes_nginx_at_once_and_a_beat_keeps_the_line_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "BEAT_S", 1.0)
    async with proxied(tmp_path) as (served, nginx), nginx.client() as http:
        creator, key = await make_widget(served)
        async with http.stream("GET", "/stream", params={"w": key}) as answer:
            assert answer.status_code == 200
            events = Events(answer)
            assert (await events.next())[0] == "hello"
            assert served.house.streams.fast == 1  # HTTP/1.1 to the server: the cheap road
            for number in range(5):
                began = time.monotonic()
                served.hear(creator, gift(MIRA, 1, number))
                told = await events.until("view")
                assert told["view"]["total"] == number + 1
                assert time.monotonic() - began < 1
            async with asyncio.timeout(5):
                async for line in events._lines:
                    if line.startswith(": beat"):
                        break


async def test_a_websocket_passes_nginx_too(tmp_path: Path) -> None:
    async with proxied(tmp_path) as (served, nginx):
        creator, key = await make_widget(served)
        address = f"ws://{NAME}/stream?w={key}"
        async with websockets.connect(address, host="127.0.0.1", port=nginx.port, proxy=None) as line:
            assert json.loads(await line.recv())["event"] == "hello"
            served.hear(creator, gift(MIRA, 7, 1))
            assert json.loads(await line.recv())["data"]["view"]["total"] == 7


async def test_a_stream_that_nginx_dropped_is_right_again_when_nginx_is_back(tmp_path: Path) -> None:
    async with proxied(tmp_path) as (served, nginx):
        creator, key = await make_widget(served)
        async with nginx.client() as http, http.stream("GET", "/stream", params={"w": key}) as answer:
            events = Events(answer)
            await events.until("hello")
            await nginx.stop()
            with pytest.raises((httpx.HTTPError, EOFError)):
                while True:
                    await events.next()
        served.hear(creator, gift(MIRA, 9, 1))
        await nginx.start()
        async with nginx.client() as http, http.stream("GET", "/stream", params={"w": key}) as answer:
            assert (await Events(answer).until("hello"))["view"]["total"] == 9
        async with asyncio.timeout(5):
            while served.house.streams.streams:  # the server has noticed that both are gone
                await asyncio.sleep(0.02)


async def test_behind_a_proxy_nothing_is_answered_without_a_password(tmp_path: Path) -> None:
    async with proxied(tmp_path, password=False) as (served, nginx), nginx.client() as http:
        for host in (NAME, f"127.0.0.1:{served.port}"):
            for path in ("/", "/api/status", "/stream?w=x", "/healthz"):
                answer = await http.get(path, headers={"Host": host})
                assert answer.status_code in {400, 403}, (host, path, answer.status_code)


async def test_behind_a_proxy_the_studio_asks_for_the_password_and_overlays_do_not(tmp_path: Path) -> None:
    async with proxied(tmp_path) as (served, nginx), nginx.client() as http:
        _, key = await make_widget(served)
        assert (await http.get("/api/status")).status_code in {401, 403}
        assert (await http.get(f"/w/{key}")).status_code == 200
        assert (await http.get(f"/w/{key}/view")).status_code == 200
