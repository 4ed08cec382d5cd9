"""How many streams each address may hold open: one that opens them without end takes the room of no other.

It knows nothing of what a stream carries. This machine itself, and so a proxy on it, may have far more.
"""

from __future__ import annotations

import ipaddress
from collections import Counter
from typing import Final

from overlay.web.access import is_loopback

NEAR: Final = 50
"""So many times as much for this machine: all who come through a proxy on it have its address."""


class Crowd:
    """The streams that are open, by address."""

    def __init__(self, most: int) -> None:
        """`most` for each address from elsewhere."""
        self._most = most
        self._open: Counter[str] = Counter()

    def enter(self, address: str) -> bool:
        """Take a place for one stream; False if the address has too many already."""
        name = neighbourhood(address)
        if self._open[name] >= self._most * (NEAR if is_loopback(address) else 1):
            return False
        self._open[name] += 1
        return True

    def leave(self, address: str) -> None:
        """Give a place back."""
        name = neighbourhood(address)
        self._open[name] -= 1
        if not self._open[name]:
            del self._open[name]


def neighbourhood(address: str) -> str:
    """Who is counted together: an IPv4 address, or the whole network of an IPv6 one."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    if ip.ipv4_mapped is not None:
        return str(ip.ipv4_mapped)
    return str(ipaddress.ip_network((ip, 64), strict=False)) if not ip.is_loopback else str(ip)
