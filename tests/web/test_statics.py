"""Static files."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING

import psutil
import pytest

from overlay.assets import assets
from overlay.web.statics import Statics
from tests.serving import Served, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path) as one:
        yield one


async def test_a_static_file_has_its_type_and_a_mark_by_which_it_is_not_sent_twice(served: Served) -> None:
    first = await served.http.get("/static/base.css")
    assert first.status_code == 200
    assert first.headers["content-type"] == "text/css; charset=utf-8"
    assert first.content == (assets() / "static/base.css").read_bytes()
    again = await served.http.get("/static/base.css", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_a_part_of_a_sound_is_sent_when_a_part_is_asked_for(served: Served) -> None:
    sound = next((assets() / "static").rglob("*.wav"))
    address = f"/static/{sound.relative_to(assets() / 'static').as_posix()}"
    part = await served.http.get(address, headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, sound.read_bytes()[4:8])
    assert part.headers["content-range"] == f"bytes 4-7/{sound.stat().st_size}"
    beyond = await served.http.get(address, headers={"Range": "bytes=99999999-"})
    assert beyond.status_code == 416


@pytest.mark.parametrize(
    "name", ["nothing.css", "lib", "lib/", "../overlay/app.py", "..%2foverlay/app.py", "lib/%2e%2e/%2e%2e/pyproject.toml", "/etc/passwd", "a" * 9000, "base.css%00"]
)  # fmt: skip
async def test_nothing_but_a_file_of_the_folder_is_served(served: Served, name: str) -> None:
    assert (await served.http.get(f"/static/{name}")).status_code in {308, 400, 404}


async def test_pages_that_go_while_a_file_is_sent_leave_no_file_open(served: Served) -> None:
    font = max((assets() / "static").rglob("*.woff2"), key=lambda path: path.stat().st_size)
    name = font.relative_to(assets() / "static").as_posix()
    me = psutil.Process()
    for _ in range(20):
        _, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(f"GET /static/{name} HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n\r\n".encode())
        await writer.drain()
        writer.transport.abort()
    assert (await served.http.get("/static/base.css")).status_code == 200
    assert not [one.path for one in me.open_files() if "/static/" in one.path]
    gc.collect()  # a file that was only forgotten would be told of here


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "a.css"
    path.write_text("a{}")
    statics = Statics(tmp_path)
    first, again = statics.file("a.css"), statics.file("a.css")
    assert first is again
    path.write_text("a{color:red}")
    changed = statics.file("a.css")
    assert first is not None
    assert changed is not None
    assert changed.body == b"a{color:red}"
    assert changed.etag != first.etag
    assert statics.file("b.css") is None
