"""Many streams read by one program with as little ado as can be: what is measured is the server, not the readers.

A reader counts the messages it has got by a mark that stands once in each. It never decodes anything.
"""

from __future__ import annotations

import contextlib
import resource
import selectors
import socket
import time
from pathlib import Path

MARK = b'"n":'
GET = b"GET /stream?w=k HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept: text/event-stream\r\n\r\n"
UPGRADE = (
    b"GET /stream HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
TOGETHER = 400


class Crowd:
    """Readers of one server."""

    def __init__(self, port: int, request: bytes = GET) -> None:
        """Nobody reads yet."""
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self.port = port
        self.request = request % port
        self.got = 0
        self.sockets: list[socket.socket] = []
        self._selector = selectors.DefaultSelector()

    def grow(self, count: int) -> None:
        """Open streams until there are so many, and wait for the first word to each."""
        while len(self.sockets) < count:
            waiting = {}
            for _ in range(min(TOGETHER, count - len(self.sockets))):
                sock = socket.create_connection(("127.0.0.1", self.port), timeout=30)
                sock.sendall(self.request)
                waiting[sock] = b""
            for sock in waiting:
                head = b""
                while b"\r\n\r\n" not in head:
                    part = sock.recv(65536)
                    if not part:
                        raise ConnectionError(head[:200])
                    head += part
                sock.setblocking(False)  # noqa: FBT003  its own form
                self._selector.register(sock, selectors.EVENT_READ)
                self.sockets.append(sock)
        self.pump(0.3)
        self.got = 0

    def pump(self, seconds: float, wanted: float = float("inf")) -> bool:
        """Read until so many messages have come in all, or the time is over; whether they have."""
        end = time.monotonic() + seconds
        while self.got < wanted:
            left = end - time.monotonic()
            if left <= 0:
                return False
            for key, _ in self._selector.select(left):
                with contextlib.suppress(BlockingIOError):
                    self.got += key.fileobj.recv(262_144).count(MARK)  # type: ignore[union-attr]
        return True

    def close(self) -> None:
        """Hang up."""
        for sock in self.sockets:
            sock.close()
        self._selector.close()


def cpu_s(pid: int) -> float:
    """Processor time of a process and its children so far, from the scheduler's own nanoseconds."""
    total = 0
    for one in family(pid):
        for task in Path(f"/proc/{one}/task").iterdir():
            with contextlib.suppress(OSError):
                total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def rss_kb(pid: int) -> int:
    """Memory of a process and its children, shared pages once."""
    total = 0
    for one in family(pid):
        with contextlib.suppress(OSError):
            text = Path(f"/proc/{one}/smaps_rollup").read_text()
            total += next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    return total


def family(pid: int) -> list[int]:
    """A process and its children."""
    found = [pid]
    with contextlib.suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            found += family(int(child))
    return found
