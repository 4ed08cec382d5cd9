"""Fetching a picture from an address that came from outside: only where it is safe to, and only what is a picture.

Every rule here is a refusal: scheme, host, address after DNS (the very address is then connected to), redirects, time,
size, type by content. Nothing is ever told to a page.
"""

from __future__ import annotations

import asyncio
import io
import ipaddress
import socket
import warnings
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

import httpx
from PIL import Image, ImageOps, UnidentifiedImageError

MOST_BYTES: Final = 5_000_000
TIMEOUT_S: Final = 5.0
SIDE: Final = 160
MOST_PIXELS: Final = 12_000_000
"""Unpacked, that is 50 MB; avatars have a million at most."""
MAGIC: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a")
CDN: Final = (
    ".tiktokcdn.com",
    ".tiktokcdn-us.com",
    ".tiktokcdn-eu.com",
    ".ttwstatic.com",
    ".tiktokv.com",
    ".byteimg.com",
    ".ibyteimg.com",
    ".muscdn.com",
    ".tik.tools",
)
"""Where TikTok's pictures come from. Others are fetched too, but only from public addresses; so are these."""

UNICAST: Final = ipaddress.IPv6Network("2000::/3")
NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
SPECIAL: Final = tuple(map(ipaddress.IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))
"""Tunnels (Teredo, 6to4), which lead to an IPv4 address of the sender's choice, and documentation."""
CLOSED: Final = tuple(map(ipaddress.IPv4Network, ("100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24")))

NOBODY: Final[Mapping[str, str]] = {}
CLIMBING: Final = frozenset({".", "..", "%2e", ".%2e", "%2e.", "%2e%2e"})
BOMBS: Final = (Image.DecompressionBombError, Image.DecompressionBombWarning)
warnings.simplefilter("error", Image.DecompressionBombWarning)  # as Pillow advises: a refusal, not a line on stderr


class Refused(Exception):
    """This address is not fetched, and why."""


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet; one that carries another inside is as public as that one."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped
        if inner is None and ip in NAT64:  # how a network without IPv4 reaches the rest
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
        if inner is None:
            return ip in UNICAST and ip.is_global and not any(ip in network for network in SPECIAL)
        ip = inner
    return ip.is_global and not ip.is_multicast and not any(ip in network for network in CLOSED)


def parse(url: str) -> tuple[str, int, str]:
    """Host, port and path of an https address; anything unusual is refused."""
    if any(ord(letter) <= 0x20 or letter == "\\" for letter in url):
        raise Refused("the address holds blanks or control characters")
    try:
        parts = urlsplit(url)
        port = parts.port or 443
    except ValueError:
        raise Refused("the address cannot be read") from None
    if parts.scheme != "https" or not parts.hostname:
        raise Refused("only https addresses are fetched")
    if parts.username is not None or parts.password is not None:
        raise Refused("the address holds a name or password")
    if port != 443:
        raise Refused("only port 443 is fetched")
    path = parts.path or "/"
    return parts.hostname.lower(), port, f"{path}?{parts.query}" if parts.query else path


async def resolve(host: str, port: int) -> str:
    """The one address that will be connected to; refused if any address of this name is not public."""
    try:
        infos = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Refused("the host is not known") from None
    addresses = [str(info[4][0]).partition("%")[0] for info in infos]
    if not addresses or not all(is_public(address) for address in addresses):
        raise Refused("the host is not a public one")
    return addresses[0]


async def download(client: httpx.AsyncClient, url: str, stand_ins: Mapping[str, str] = NOBODY) -> bytes:
    """A picture's bytes. `stand_ins` says what simulators' invented addresses begin with, and what is meant."""
    async with asyncio.timeout(TIMEOUT_S):
        request = await _request(client, url, stand_ins)
        answer = await client.send(request, stream=True, follow_redirects=False)
        try:
            return await _body(answer)
        finally:
            await answer.aclose()


async def _request(client: httpx.AsyncClient, url: str, stand_ins: Mapping[str, str]) -> httpx.Request:
    """The request to the very address that was checked, whatever its name says a moment later."""
    for invented, base in stand_ins.items():
        if url.startswith(invented):
            return client.build_request("GET", base + within(url[len(invented) :]))
    host, port, path = parse(url)
    address = await resolve(host, port)
    shown = f"[{address}]" if ":" in address else address
    try:
        return client.build_request(
            "GET", f"https://{shown}:{port}{path}", headers={"Host": host}, extensions={"sni_hostname": host}
        )
    except (httpx.InvalidURL, UnicodeError):
        raise Refused("the address cannot be read") from None


def within(path: str) -> str:
    """What follows a stand-in's base, and stays below it."""
    if path.startswith("/") or "\\" in path or not CLIMBING.isdisjoint(path.partition("?")[0].lower().split("/")):
        raise Refused("the address leaves the stand-in's pictures")
    return path


async def _body(answer: httpx.Response) -> bytes:
    if answer.status_code != 200:
        raise Refused(f"the host answered {answer.status_code}")
    body = bytearray()
    async for part in answer.aiter_bytes():
        body += part
        if len(body) > MOST_BYTES:
            raise Refused("the picture is too large")
    head = bytes(body[:12])
    if not head.startswith(MAGIC) and not (head.startswith(b"RIFF") and head.endswith(b"WEBP")):
        raise Refused("this is not a picture")
    return bytes(body)


def shrink(body: bytes) -> bytes:
    """The picture made anew, small: nothing of the original file survives but its look."""
    try:
        with Image.open(io.BytesIO(body), formats=("JPEG", "PNG", "GIF", "WEBP")) as image:
            if image.width * image.height > MOST_PIXELS:
                raise Refused("the picture has too many pixels")
            image.seek(0)
            image.draft("RGB", (SIDE, SIDE))  # a JPEG is read no larger than it is needed
            small = ImageOps.exif_transpose(image).convert("RGBA")
            small.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
            made = io.BytesIO()
            small.save(made, "WEBP", quality=82, method=2)
            return made.getvalue()
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, *BOMBS):
        raise Refused("the picture is damaged") from None
