"""What the fetching of pictures refuses: addresses that lead inside, and bodies that are no picture, or too much of one."""

from __future__ import annotations

import asyncio
import io
import ipaddress
import socket
import struct
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from overlay.pictures import checked
from overlay.pictures.checked import MOST_BYTES, SIDE, Refused, download, is_public, parse, resolve, shrink

INSIDE = (
    "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1", "192.168.1.1",
    "192.0.0.8", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "fc00::1", "fd12::1", "fe80::1", "ff02::1", "ff0e::1", "2001:db8::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:100.64.0.1",
    "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::7f00:1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:a00:1::",
    "2001::1", "2001:0:4136:e378:8000:63bf:80ff:fffe", "::7f00:1", "::127.0.0.1", "fec0::1",
)  # fmt: skip
OPEN = ("1.1.1.1", "8.8.8.8", "93.184.216.34", "2606:4700:4700::1111", "2a00:1450:4001:81b::200e", "::ffff:8.8.8.8")


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", OPEN)
def test_an_address_of_the_open_internet_is_public(address):
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_no_disguise_of_an_address_is_more_public_than_the_address(address):
    plain = is_public(str(address))
    number = int(address)
    disguises = (
        ipaddress.IPv6Address((0xFFFF << 32) | number),
        ipaddress.IPv6Address((0x64FF9B << 96) | number),
        ipaddress.IPv6Address((0x2002 << 112) | (number << 80)),
        ipaddress.IPv6Address(number),
    )
    assert all(plain or not is_public(str(one)) for one in disguises)


@pytest.mark.parametrize(
    "url",
    [
        "http://p16.tiktokcdn.com/a.jpg", "ftp://p16.tiktokcdn.com/a", "file:///etc/passwd", "javascript:alert(1)",
        "data:image/png;base64,AAAA", "//p16.tiktokcdn.com/a", "https://", "https:///a", "https://a@b/", "https://a:b@c/",
        "https://p16.tiktokcdn.com:8443/a", "https://p16.tiktokcdn.com:0/a", "https://p16.tiktokcdn.com:99999/a",
        "https://p16.tiktokcdn.com/a b", "https://p16.tiktokcdn.com/\r\nHost: x", "https://p16\\.tiktokcdn.com/",
        "https://[::1/", "https://p16.tiktokcdn.com\t/a", "", "https://\x00/", "https://p16.tiktokcdn.com:port/",
        "https://" + "a" * 300 + ".com/", "https://exa\udcffmple.com/", "https://..com/", "https://a..b/",
    ],
)  # fmt: skip
async def test_an_unusual_address_is_refused(url):
    async with httpx.AsyncClient(trust_env=False) as client:
        with pytest.raises(Refused):
            await download(client, url)


@pytest.mark.parametrize(
    "host",
    [
        "127.1", "2130706433", "0x7f.1", "0x7f000001", "0177.0.0.1", "017700000001", "[::ffff:127.0.0.1]", "[::1]",
        "169.254.169.254", "localhost", "LOCALHOST", "127.0.0.1", "0", "0.0.0.0", "10.0.0.1", "[::]", "[fe80::1%25lo]",
        "[::ffff:7f00:1]", "[2002:7f00:1::]", "[64:ff9b::7f00:1]", "127.0.0.1.", "１２７.０.０.１", "127。0。0。1",
    ],
)  # fmt: skip
async def test_every_spelling_of_this_machine_is_refused(host):
    async with httpx.AsyncClient(trust_env=False) as client:
        with pytest.raises(Refused):
            await download(client, f"https://{host}/a.png")


def answers(*addresses: str) -> Callable[..., Any]:
    """A resolver of ours."""

    async def found(_loop: Any, host: str, port: int, **_: Any) -> list[Any]:
        kinds = [socket.AF_INET6 if ":" in address else socket.AF_INET for address in addresses]
        return [
            (kind, socket.SOCK_STREAM, 6, "", (address, port)) for kind, address in zip(kinds, addresses, strict=True)
        ]

    return found


@pytest.mark.parametrize("addresses", [("8.8.8.8", "127.0.0.1"), ("10.0.0.1", "1.1.1.1"), ("2606:4700::1", "::1"), ()])
async def test_a_name_with_one_address_inside_is_refused(monkeypatch, addresses):
    monkeypatch.setattr(type(asyncio.get_running_loop()), "getaddrinfo", answers(*addresses))
    with pytest.raises(Refused):
        await resolve("p16.tiktokcdn.com", 443)


async def test_a_name_that_flips_is_connected_to_at_the_address_that_was_checked(monkeypatch):
    """The name is asked once, and the very address of that answer is what the connection goes to."""
    asked: list[str] = []
    went: list[httpx.Request] = []
    first = {"p16.tiktokcdn.com": "93.184.216.34"}

    async def flips(_loop: Any, host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        address = first.pop(host, "127.0.0.1")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    async def answer(request: httpx.Request) -> httpx.Response:
        went.append(request)
        return httpx.Response(200, content=png(4, 4))

    monkeypatch.setattr(type(asyncio.get_running_loop()), "getaddrinfo", flips)
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer), trust_env=False) as client:
        await download(client, "https://p16.tiktokcdn.com/a.png?x=1")
        with pytest.raises(Refused):
            await download(client, "https://p16.tiktokcdn.com/a.png")
    assert [(request.url.host, request.headers["host"], request.url.path) for request in went] == [
        ("93.184.216.34", "p16.tiktokcdn.com", "/a.png")
    ]
    assert went[0].extensions["sni_hostname"] == "p16.tiktokcdn.com"
    assert asked == ["p16.tiktokcdn.com", "p16.tiktokcdn.com"]


# --- bodies, from a real server that the stand-in leads to ---

Say = Callable[[asyncio.StreamWriter], Awaitable[None]]
STAND_IN = "https://p16-sign.tiktokcdn.example/"


@asynccontextmanager
async def host(say: Say) -> AsyncIterator[tuple[str, list[str]]]:
    """A server that says whatever it is told to; its base, and what was asked of it."""
    asked: list[str] = []

    async def met(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            asked.append(head.split(b" ")[1].decode())
            await say(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(met, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", asked


async def fetch(say: Say) -> tuple[bytes, list[str]]:
    async with host(say) as (base, asked), httpx.AsyncClient(timeout=5, trust_env=False) as client:
        return await download(client, f"{STAND_IN}a.png", {STAND_IN: base}), asked


def says(body: bytes, status: str = "200 OK", more: str = "") -> Say:
    async def say(writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n{more}\r\n".encode() + body)
        await writer.drain()

    return say


def png(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, "PNG")
    return out.getvalue()


async def test_a_picture_comes_whole():
    body, _ = await fetch(says(png(300, 200)))
    assert body == png(300, 200)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
async def test_a_redirect_is_not_followed(status):
    asked: list[str] = []

    async def say(writer: asyncio.StreamWriter) -> None:
        asked.append(status)
        writer.write(f"HTTP/1.1 {status}\r\nlocation: http://127.0.0.1/x\r\ncontent-length: 0\r\n\r\n".encode())

    with pytest.raises(Refused, match="answered 30"):
        await fetch(say)
    assert asked == [status]


@pytest.mark.parametrize("status", ["404 Not Found", "500 Oops", "204 Nothing", "206 Part"])
async def test_anything_but_the_whole_picture_is_refused(status):
    with pytest.raises(Refused):
        await fetch(says(png(4, 4), status))


async def test_a_body_without_end_is_cut_off_at_five_megabytes():
    sent = 0

    async def say(writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 10000000000\r\n\r\n" + b"\x89PNG\r\n\x1a\n")
        while True:
            writer.write(b"\0" * 65_536)
            sent += 65_536
            await writer.drain()

    with pytest.raises(Refused, match="too large"):
        await fetch(say)
    assert sent < 4 * MOST_BYTES


async def test_a_packed_body_is_not_unpacked_beyond_five_megabytes():
    packed = zlib.compress(b"\x89PNG\r\n\x1a\n" + b"\0" * 200_000_000, 9)
    assert len(packed) < 300_000
    with pytest.raises(Refused):
        await fetch(says(packed, more="content-encoding: deflate\r\n"))


async def test_a_slow_drip_is_given_up(monkeypatch):
    monkeypatch.setattr(checked, "TIMEOUT_S", 0.4)

    async def say(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n\x89PNG\r\n\x1a\n")
        while True:
            await asyncio.sleep(0.05)
            writer.write(b"\0")
            await writer.drain()

    with pytest.raises(TimeoutError):
        await fetch(say)


async def test_a_name_that_never_resolves_is_given_up(monkeypatch):
    monkeypatch.setattr(checked, "TIMEOUT_S", 0.2)

    async def never(*_: Any, **__: Any) -> list[Any]:
        await asyncio.sleep(60)
        return []

    monkeypatch.setattr(type(asyncio.get_running_loop()), "getaddrinfo", never)
    async with asyncio.timeout(5), httpx.AsyncClient(trust_env=False) as client:
        with pytest.raises(TimeoutError):
            await download(client, "https://p16.tiktokcdn.com/a.png")


@pytest.mark.parametrize(
    "body",
    [
        b"", b"<html>", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", b"GIF", b"%PDF-1.7", b"BM\0\0\0\0",
        b"II*\0", b"\0\0\1\0\1\0", b"PK\x03\x04", b"#!/bin/sh", b"RIFF\0\0\0\0WAVEfmt ", b"RIFF\0\0\0\0AVI LIST",
    ],
)  # fmt: skip
async def test_what_is_no_picture_by_its_first_bytes_is_refused(body):
    with pytest.raises(Refused, match="not a picture"):
        await fetch(says(body, more="content-type: image/png\r\n"))


# --- made anew ---


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def bomb(side: int) -> bytes:
    """A small file that says it is a very large picture."""
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 10_000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("side", [7_000, 13_000, 30_000, 100_000, 2**31 - 1])
def test_a_picture_of_too_many_pixels_is_refused_before_it_is_unpacked(side):
    with pytest.raises(Refused):
        shrink(bomb(side))


def test_a_text_bomb_inside_a_picture_is_refused():
    whole = png(4, 4)
    text = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"A" * 80_000_000, 9))
    with pytest.raises(Refused):
        shrink(whole[:33] + text * 3 + whole[33:])


@pytest.mark.parametrize(
    "body", [b"\x89PNG\r\n\x1a\n", b"GIF89a" + b"\xff" * 40, b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBPVP8 "]
)
def test_a_damaged_picture_is_refused(body):
    with pytest.raises(Refused):
        shrink(body)


@given(
    cut=st.integers(0, 400),
    at=st.integers(0, 400),
    byte=st.integers(0, 255),
    kind=st.sampled_from(["PNG", "JPEG", "GIF", "WEBP"]),
)
def test_a_broken_picture_is_refused_or_made_anew_but_never_anything_else(cut, at, byte, kind):
    out = io.BytesIO()
    Image.effect_noise((24, 24), 90).convert("RGB").save(out, kind)
    body = bytearray(out.getvalue())
    if at < len(body):
        body[at] = byte
    try:
        made = shrink(bytes(body[: len(body) - cut] if cut < len(body) else body))
    except Refused:
        return
    assert made[:4] == b"RIFF"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_what_is_kept_is_a_small_webp_and_nothing_of_the_original(kind):
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "where the streamer lives"
    picture = Image.effect_noise((640, 480), 60).convert("RGB")
    picture.save(
        out, kind, exif=exif.tobytes(), comment=b"where the streamer lives"
    ) if kind != "GIF" else picture.save(out, kind, comment=b"where the streamer lives")
    made = shrink(out.getvalue() + b"<script>alert(1)</script>")
    with Image.open(io.BytesIO(made)) as small:
        assert (small.format, max(small.size), small.info.get("exif")) == ("WEBP", SIDE, None)
    assert b"streamer lives" not in made
    assert b"script" not in made


def test_a_picture_is_turned_as_its_camera_said():
    out, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (100, 50), "red").save(out, "JPEG", exif=exif.tobytes())
    with Image.open(io.BytesIO(shrink(out.getvalue()))) as small:
        assert small.size == (50, 100)


def test_an_animation_becomes_its_first_picture():
    out = io.BytesIO()
    first, second = Image.new("RGB", (8, 8), "red"), Image.new("RGB", (8, 8), "blue")
    first.save(out, "GIF", save_all=True, append_images=[second] * 50)
    with Image.open(io.BytesIO(shrink(out.getvalue()))) as small:
        assert getattr(small, "n_frames", 1) == 1
        assert small.convert("RGB").getpixel((4, 4))[0] > 200


def test_parse_gives_the_parts_of_an_ordinary_address():
    assert parse("https://P16.tiktokcdn.com/a/b.webp?x=1&y=2") == ("p16.tiktokcdn.com", 443, "/a/b.webp?x=1&y=2")
