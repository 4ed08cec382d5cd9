"""What the keeper of pictures promises: fetched once, kept within bounds, tried again later, and no open relay."""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from PIL import Image

from overlay.pictures import Pictures, keeper
from overlay.pictures.keeper import AGAIN_MS
from tests.serving import LUNA, gift, serving

BASE = "https://p16-sign.tiktokcdn.example/"


class HandClock:
    def __init__(self) -> None:
        self.now = 1_790_000_000_000

    def now_ms(self) -> int:
        return self.now


class Host:
    """A host of pictures: what was asked, and what is there."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.broken: set[str] = set()
        self.base = ""

    async def met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1].decode()
        self.asked.append(path)
        out = io.BytesIO()
        Image.effect_noise((200, 200), 120).save(out, "PNG")
        status = "500 Oops" if path.partition("?")[0].strip("/") in self.broken else "200 OK"
        head = f"HTTP/1.1 {status}\r\ncontent-length: {len(out.getvalue())}\r\nconnection: close\r\n\r\n"
        writer.write(head.encode() + out.getvalue())
        await writer.drain()
        writer.close()


@asynccontextmanager
async def keeping(folder: Path) -> AsyncIterator[tuple[Pictures, Host, HandClock, asyncio.Queue[set[str]]]]:
    host, clock, ready = Host(), HandClock(), asyncio.Queue[set[str]]()
    server = await asyncio.start_server(host.met, "127.0.0.1", 0)
    host.base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    pictures = Pictures(folder, b"secret", clock, ready.put_nowait, stand_ins={BASE: host.base})
    await pictures.start()
    try:
        yield pictures, host, clock, ready
    finally:
        await pictures.stop()
        server.close()
        await server.wait_closed()


async def had(pictures: Pictures, ready: asyncio.Queue[set[str]], name: str) -> str:
    """The picture's address here, once it has come."""
    found = pictures.address(f"{BASE}{name}", "luna")
    if found is None:
        assert await asyncio.wait_for(ready.get(), 5) == {"luna"}
        found = pictures.address(f"{BASE}{name}", "luna")
    assert found is not None
    return found


async def failed(pictures: Pictures, host: Host, times: int) -> None:
    async with asyncio.timeout(5):
        while len(host.asked) < times or pictures._asked:
            await asyncio.sleep(0.01)


async def test_a_picture_is_null_until_it_is_here_and_is_fetched_once(tmp_path):
    async with keeping(tmp_path) as (pictures, host, _, ready):
        assert pictures.address(f"{BASE}a.png?x-expires=1", "luna") is None
        assert pictures.address(f"{BASE}a.png?x-expires=2", "mira") is None
        assert await asyncio.wait_for(ready.get(), 5) == {"luna", "mira"}
        first = pictures.address(f"{BASE}a.png?x-expires=3", "luna")
        assert first is not None
        assert first.startswith("/img/")
        assert "tiktokcdn" not in first
        assert len(host.asked) == 1


async def test_what_is_on_screen_now_is_fetched_before_what_was_asked_for_once(tmp_path, monkeypatch):
    monkeypatch.setattr(keeper, "FETCHERS", 1)
    async with keeping(tmp_path) as (pictures, host, _, ready):
        for name in ("leader.png", "passing.png", "newest.png", "leader.png"):
            assert pictures.address(f"{BASE}{name}", "luna") is None
        for _ in range(3):
            await asyncio.wait_for(ready.get(), 5)
        assert host.asked == ["/leader.png", "/newest.png", "/passing.png"]


async def test_of_too_many_that_wait_the_longest_unasked_is_let_go(tmp_path, monkeypatch):
    monkeypatch.setattr(keeper, "FETCHERS", 1)
    monkeypatch.setattr(keeper, "MOST_WAITING", 2)
    async with keeping(tmp_path) as (pictures, host, _, ready):
        for name in ("leader.png", "passing.png", "leader.png", "newest.png"):
            assert pictures.address(f"{BASE}{name}", "luna") is None
        for _ in range(2):
            await asyncio.wait_for(ready.get(), 5)
        assert host.asked == ["/newest.png", "/leader.png"]
        assert not pictures._asked


async def test_what_was_kept_is_here_after_a_restart(tmp_path):
    async with keeping(tmp_path) as (pictures, _, _, ready):
        before = await had(pictures, ready, "a.png")
    async with keeping(tmp_path) as (pictures, host, _, _):
        assert pictures.address(f"{BASE}a.png", "luna") == before
        assert host.asked == []


async def test_a_picture_that_failed_is_null_and_tried_again_later_each_time_later(tmp_path):
    async with keeping(tmp_path) as (pictures, host, clock, ready):
        host.broken.add("a.png")
        for times, wait_ms in enumerate((*AGAIN_MS, AGAIN_MS[-1]), 1):
            assert pictures.address(f"{BASE}a.png", "luna") is None
            await failed(pictures, host, times)
            clock.now += wait_ms - 1
            assert pictures.address(f"{BASE}a.png", "luna") is None
            assert not pictures._asked
            assert len(host.asked) == times
            clock.now += 1
        host.broken.clear()
        assert await had(pictures, ready, "a.png")


async def test_the_longest_unused_pictures_make_room(tmp_path, monkeypatch):
    async with keeping(tmp_path) as (pictures, host, _, ready):
        await had(pictures, ready, "a.png")
        size = pictures._size
        monkeypatch.setattr(keeper, "MOST_KEPT", int(size * 3.5))
        for name in ("b.png", "c.png"):
            await had(pictures, ready, name)
        await had(pictures, ready, "a.png")  # used again: b is now the longest unused
        await had(pictures, ready, "d.png")
        assert len(list(tmp_path.glob("*.webp"))) == 3
        assert sum(path.stat().st_size for path in tmp_path.glob("*.webp")) == pictures._size <= keeper.MOST_KEPT
        asked = len(host.asked)
        assert pictures.address(f"{BASE}a.png", "luna") is not None
        assert pictures.address(f"{BASE}b.png", "luna") is None
        await asyncio.wait_for(ready.get(), 5)
        assert len(host.asked) == asked + 1


async def test_use_is_remembered_over_a_restart(tmp_path, monkeypatch):
    async with keeping(tmp_path) as (pictures, _, _, ready):
        for name in ("a.png", "b.png"):
            await had(pictures, ready, name)
        used = pictures.address(f"{BASE}a.png", "luna").rpartition("/")[2]
        for at, path in enumerate(sorted(tmp_path.glob("*.webp"), key=lambda path: path.stem == used)):
            os.utime(path, (at, at))
    async with keeping(tmp_path) as (pictures, _, _, _):
        assert list(pictures._here)[-1] == used


async def test_too_many_kept_pictures_make_room_at_the_start(tmp_path, monkeypatch):
    async with keeping(tmp_path) as (pictures, _, _, ready):
        for name in ("a.png", "b.png", "c.png"):
            await had(pictures, ready, name)
        size = pictures._size
    monkeypatch.setattr(keeper, "MOST_KEPT", size // 2)
    (tmp_path / "half.tmp").write_bytes(b"a write that was cut off")
    async with keeping(tmp_path) as (pictures, _, _, _):
        assert pictures._size <= size // 2
        assert not list(tmp_path.glob("*.tmp"))


async def test_a_forgotten_persons_picture_is_gone_and_not_served(tmp_path):
    async with keeping(tmp_path) as (pictures, _, _, ready):
        mark, name = (await had(pictures, ready, "a.png")).split("/")[2:]
        assert await pictures.read(mark, name)
        pictures.forget(f"{BASE}a.png?another=signature")
        assert await pictures.read(mark, name) is None
        assert not list(tmp_path.glob("*.webp"))


@pytest.mark.parametrize(
    "url", ["http://p16/a.png", "javascript:alert(1)", "", "data:,x", "https://[::1/a", "https://[x]/"]
)
async def test_what_is_no_https_address_is_null_and_asks_nobody(tmp_path, url):
    async with keeping(tmp_path) as (pictures, host, _, _):
        assert pictures.address(url, "luna") is None
        assert host.asked == []


async def test_a_picture_is_served_signed_and_to_any_page_and_a_forged_mark_is_refused(tmp_path):
    async with serving(tmp_path) as served:
        creator = await served.creator()
        key = (await served.widget(creator))["key"]
        served.hear(creator, gift(LUNA | {"profilePictureUrl": f"{BASE}avatar/luna.webp"}, 5, 1))
        async with asyncio.timeout(10):
            while (avatar := (await served.view(key))["entries"][0]["user"]["avatar"]) is None:
                await asyncio.sleep(0.02)
        answer = await served.http.get(avatar)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
        assert "access-control-allow-credentials" not in answer.headers
        assert answer.content[:4] == b"RIFF"
        _, _, mark, name = avatar.split("/")
        forged = ("0" * len(mark), mark[:-1], mark + "0", "x", mark.upper() if mark.upper() != mark else "y")
        assert [(await served.http.get(f"/img/{one}/{name}")).status_code for one in forged] == [403] * len(forged)
        other = "0" * 32
        assert (await served.http.get(f"/img/{mark}/{other}")).status_code == 403
        assert (await served.http.get(f"/img/{mark}/..%2f..%2foverlay.db")).status_code in {403, 404}
        assert (await served.http.get(f"/img/é/{name}")).status_code == 403
