"""An agency on one process: 500 creators x 10 widgets x 2 streams at everyday load, over real WebSockets and streams.

python -m bench agency --creators 500 --seconds 120

Three processes: the stand-in for TikTool, the server as anybody runs it, and this one, which reads all the streams.
Twenty times a second a chat line goes to some creator that carries the moment it was sent; the time until each stream
of that creator's chat has it is what counts as latency. Needs Linux (one monotonic clock for all processes).
"""

from __future__ import annotations

import argparse
import asyncio
import re
import resource
import selectors
import socket
import sys
import time

from bench.crowd import TOGETHER, cpu_s, rss_kb
from bench.server import furnish, server, station

PROBE = re.compile(rb"probe (\d+)")
LIMIT_MS, LIMIT_CPU = 50, 40


class Listeners:
    """Streams of widgets; those of chats look for probes."""

    def __init__(self, port: int) -> None:
        """Nobody listens yet."""
        resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
        self.port, self.reads, self.took_ms = port, 0, list[float]()
        self._selector, self._newest = selectors.DefaultSelector(), dict[socket.socket, int]()
        self._sockets: list[socket.socket] = []

    def open(self, keys: list[tuple[str, str]]) -> None:
        """A stream for each."""
        for at in range(0, len(keys), TOGETHER):
            new = []
            for kind, key in keys[at : at + TOGETHER]:
                sock = socket.create_connection(("127.0.0.1", self.port), timeout=60)
                sock.sendall(b"GET /stream?w=%b HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % (key.encode(), self.port))
                new.append(sock)
                if kind == "chat":
                    self._newest[sock] = time.monotonic_ns()  # what a greeting tells of earlier is no news
            for sock in new:
                if not sock.recv(65536).startswith(b"HTTP/1.1 200"):
                    raise RuntimeError("a stream was refused")
                sock.setblocking(False)  # noqa: FBT003  its own form
                self._selector.register(sock, selectors.EVENT_READ)
            self._sockets += new
            self.listen(0.02)  # who waits long enough to be read is taken for dead

    def listen(self, seconds: float) -> None:
        """Read for so long."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            for key, _ in self._selector.select(left):
                sock = key.fileobj
                data = sock.recv(262_144)  # type: ignore[union-attr]
                self.reads += 1
                newest = self._newest.get(sock)  # type: ignore[arg-type]
                if newest is None:
                    continue
                now = time.monotonic_ns()
                sent = max(map(int, PROBE.findall(data)), default=0)
                if sent > newest:
                    self._newest[sock] = sent  # type: ignore[index]
                    self.took_ms.append((now - sent) / 1e6)

    def close(self) -> None:
        """Hang up."""
        for sock in self._sockets:
            sock.close()


def quantile(times: list[float], share: float) -> float:
    """The time that so large a share stays under."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def main() -> int:
    """Set it all up, listen, print; 1 if a figure is missed."""
    parser = argparse.ArgumentParser(prog="bench agency", description=__doc__)
    parser.add_argument("--creators", type=int, default=500)
    parser.add_argument("--widgets", type=int, default=10)
    parser.add_argument("--streams", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--scenario", default="everyday")
    parser.add_argument("--settle", type=float, default=15)
    told = parser.parse_args()
    with station(told.scenario) as (upstream, _), server(upstream) as ours:
        began = time.monotonic()
        made = asyncio.run(furnish(ours.base, told.creators, told.widgets))
        print(
            f"{told.creators} creators with {told.widgets} widgets made in {time.monotonic() - began:.0f} s", flush=True
        )
        listeners = Listeners(ours.port)
        began = time.monotonic()
        listeners.open([one for widgets in made.values() for one in widgets] * told.streams)
        many = told.creators * told.widgets * told.streams
        print(f"{many} streams open in {time.monotonic() - began:.1f} s", flush=True)
        listeners.listen(told.settle)
        worst, first_kb, kb = (0.0, 0.0), rss_kb(ours.pid), 0
        for _ in range(max(1, round(told.seconds / 30))):
            listeners.took_ms.clear()
            listeners.reads, cpu, at = 0, cpu_s(ours.pid), time.monotonic()
            listeners.listen(min(30.0, told.seconds))
            passed = time.monotonic() - at
            share, kb = (cpu_s(ours.pid) - cpu) / passed * 100, rss_kb(ours.pid)
            p50, p99 = quantile(listeners.took_ms, 0.5), quantile(listeners.took_ms, 0.99)
            worst = max(worst, (p99, share))
            print(
                f"event to stream p50 {p50:.1f} ms, p99 {p99:.1f} ms ({len(listeners.took_ms)} probes heard); "
                f"{share:.0f} % of a core; {listeners.reads / passed:,.0f} writes/s; {kb / 1024:.0f} MB",
                flush=True,
            )
        minutes = told.seconds / 60
        print(f"memory: {(kb - first_kb) / 1024 / minutes:+.1f} MB a minute")
        listeners.close()
    return 0 if worst[0] < LIMIT_MS and worst[1] < LIMIT_CPU else 1


if __name__ == "__main__":
    sys.exit(main())
