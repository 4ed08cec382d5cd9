"""An agency on one process: 500 creators x 10 widgets x 2 streams at everyday load, over real WebSockets and streams.

python -m bench agency --creators 500 --seconds 600

All streams begin at the same time, so their battles and waves of a few minutes coincide: the load of an evening, two
frames a second a creator, is the average of ten minutes.
Three processes: the stand-in for TikTool, the server as anybody runs it, and this one, which reads all the streams;
then the same with the least that Python can do in the place of the server (`rivals/least.py`), for comparison.
Twenty times a second a chat line goes to some creator that carries the moment it was sent; the time until each stream
of that creator's chat has it is what counts as latency. Before and after ours it is measured how fast the machine is
(`yardstick.py`): the share of a core is told as it is and at the pace of the machine on which the aim was set. Needs
Linux (one monotonic clock for all processes).
"""

from __future__ import annotations

import argparse
import asyncio
import math
import re
import resource
import selectors
import socket
import statistics
import sys
import time
from typing import NamedTuple

from bench.crowd import TOGETHER, cpu_s, rss_kb
from bench.server import HERE, KINDS, furnish, server, started, station
from bench.yardstick import lengths, middle

PROBE = re.compile(rb"probe (\d+)")
LIMIT_MS, LIMIT_CPU = 50, 40
HALF_S = 30.0


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
    """The time that so large a share stays under; no number if nothing was heard."""
    if not times:
        return math.nan
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class Figures(NamedTuple):
    """What was measured in half a minute."""

    p50_ms: float
    p99_ms: float
    share: float
    writes: float
    frames: int

    def __str__(self) -> str:
        """As it is printed."""
        return (
            f"event to stream p50 {self.p50_ms:.1f} ms, p99 {self.p99_ms:.1f} ms ({self.frames} probes heard); "
            f"{self.share:.0f} % of a core; {self.writes:,.0f} writes/s"
        )


def measured(listeners: Listeners, pid: int, seconds: float) -> Figures:
    """Listen for so long to the server of this process."""
    listeners.took_ms.clear()
    listeners.reads, cpu, at = 0, cpu_s(pid), time.monotonic()
    listeners.listen(seconds)
    passed, took = time.monotonic() - at, listeners.took_ms
    share = (cpu_s(pid) - cpu) / passed * 100
    return Figures(quantile(took, 0.5), quantile(took, 0.99), share, listeners.reads / passed, len(took))


def ours(told: argparse.Namespace) -> list[Figures]:
    """Our server, half minute after half minute."""
    with station(told.scenario) as (upstream, _), server(upstream) as running:
        began = time.monotonic()
        made = asyncio.run(furnish(running.base, told.creators, told.widgets))
        print(
            f"{told.creators} creators with {told.widgets} widgets made in {time.monotonic() - began:.0f} s", flush=True
        )
        listeners = Listeners(running.port)
        began = time.monotonic()
        listeners.open([one for widgets in made.values() for one in widgets] * told.streams)
        many = told.creators * told.widgets * told.streams
        print(f"{many} streams open in {time.monotonic() - began:.1f} s", flush=True)
        listeners.listen(told.settle)
        found, first_kb, kb = list[Figures](), rss_kb(running.pid), 0
        for _ in range(max(1, round(told.seconds / HALF_S))):
            found.append(measured(listeners, running.pid, min(HALF_S, told.seconds)))
            kb = rss_kb(running.pid)
            print(f"{found[-1]}; {kb / 1024:.0f} MB", flush=True)
        print(f"memory: {(kb - first_kb) / 1024 / (told.seconds / 60):+.1f} MB a minute")
        listeners.close()
    return found


def least(told: argparse.Namespace) -> Figures:
    """The least that Python can do with the same frames and streams."""
    program = [sys.executable, str(HERE / "rivals" / "least.py")]
    with (
        station(told.scenario) as (upstream, _),
        started([*program, str(upstream), str(told.creators)]) as (address, pid, _),
    ):
        listeners = Listeners(int(address.rpartition(":")[2]))
        keys = [(kind, f"{number:04d}.{kind}") for number in range(told.creators) for kind in KINDS[: told.widgets]]
        listeners.open(keys * told.streams)
        listeners.listen(told.settle)
        found = measured(listeners, pid, min(HALF_S, told.seconds))
        listeners.close()
    return found


def main() -> int:
    """Set it all up, listen, print; 1 if a figure is missed."""
    parser = argparse.ArgumentParser(prog="bench agency", description=__doc__)
    parser.add_argument("--creators", type=int, default=500)
    parser.add_argument("--widgets", type=int, default=10)
    parser.add_argument("--streams", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--scenario", default="everyday")
    parser.add_argument("--settle", type=float, default=15)
    told = parser.parse_args()
    found = lengths()
    halves = ours(told)
    found += lengths()
    bare = least(told)
    print(f"the least that Python can do: {bare}")
    average, worst_ms = statistics.mean(one.share for one in halves), max(one.p99_ms for one in halves)
    p99_ms = statistics.median(one.p99_ms for one in halves)
    print(f"ours costs {average / bare.share:.1f} times as much; p99 {p99_ms / bare.p99_ms:.1f} times as long")
    slow = middle(found)
    print(
        f"this machine takes {slow:.2f} times as long for a delivery ({min(found):.2f} to {max(found):.2f}) as the one "
        f"on which the aim was set; ours takes {average:.0f} % of a core on average, at that machine's pace "
        f"{average / slow:.0f} %, aim {LIMIT_CPU} %; the worst half minute's p99 {worst_ms:.0f} ms, aim {LIMIT_MS} ms"
    )
    return 0 if worst_ms < LIMIT_MS and average / slow < LIMIT_CPU else 1


if __name__ == "__main__":
    sys.exit(main())
