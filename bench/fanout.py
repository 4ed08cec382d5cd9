"""A message to N streams: processor time for each delivery and memory for each stream, ours beside others'.

python -m bench fanout --rounds 5 --streams 100,1000,5000

All in one run, interleaved, the order turned round every other round; the figures are medians, and what counts are
the ratios. One message is on its way at a time, so that nothing can be joined, and between two there is a short pause,
so that everybody's caches are as cold: a server that rests between ticks is not charged for its neighbours. Needs
Linux. What cannot be had here (nginx with nchan, Node) is left out and said.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from bench import others
from bench.crowd import GET, UPGRADE, Crowd, cpu_s, rss_kb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).resolve().parent / "rivals"
DELIVERIES = 30_000
FEW = 10  # streams that warm it up; what the others take more is the memory of a stream
PAUSE_S = 0.004
PAD = "x" * 220
LIMITS = {100: 1.3, 1000: 1.2, 5000: 1.2}
KB_LIMIT = 10
NCHAN = """
daemon off; master_process off; worker_rlimit_nofile 20000; pid {folder}/pid; error_log {folder}/error;
load_module {module};
events {{ worker_connections 16000; }}
http {{
  access_log off; client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e; nchan_shared_memory_size 256m; keepalive_requests 1000000;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location = /stream {{ nchan_subscriber eventsource; nchan_channel_id k; nchan_subscriber_first_message newest; }}
    location = /pub {{ nchan_publisher; nchan_channel_id k; nchan_message_buffer_length 1; }}
  }}
}}
"""


class Rival:
    """One server under measure."""

    def __init__(self, name: str, command: list[str], request: bytes = GET, *, posts: bool = False) -> None:
        """Nothing runs yet."""
        self.name, self.command, self.request, self.posts = name, command, request, posts

    @contextlib.contextmanager
    def running(self) -> Iterator[tuple[int, int]]:
        """Start it; its process and its port."""
        port = free_port()
        with tempfile.TemporaryDirectory(prefix="overlay-bench-") as folder:
            command = [word.format(port=port, folder=folder) for word in self.command]
            if self.posts:
                Path(folder, "nginx.conf").write_text(NCHAN.format(port=port, folder=folder, module=others.nchan()))
            process = subprocess.Popen(command, env=os.environ | {"BENCH_NODE": str(others.NODE)})
            try:
                wait_for(port, process)
                yield process.pid, port
            finally:
                process.kill()
                process.wait()


BARE = Rival("bare protocol, asyncio", [sys.executable, str(HERE / "bare.py"), "{port}", "asyncio"])


def free_port() -> int:
    """A port with a free one after it."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            with contextlib.suppress(OSError, OverflowError):
                second.bind(("127.0.0.1", port + 1))
                return port


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Until it listens."""
    for _ in range(200):
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    raise RuntimeError(f"{process.args!r} does not listen")


def publisher(rival: Rival, port: int) -> Callable[[int], None]:
    """How one message is asked for."""
    if not rival.posts:
        line = socket.create_connection(("127.0.0.1", port + 1))
        return lambda _number: line.sendall(b".")
    line = socket.create_connection(("127.0.0.1", port))

    def post(number: int) -> None:
        data = b'{"w":"k","view":{"as_of_ms":1790000000000,"n":%d,"pad":"%b"}}' % (number, PAD.encode())
        line.sendall(b"POST /pub HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (len(data), data))

    return post


def rivals(*, every: bool, here: bool) -> Iterator[Rival]:
    """Whoever can be had; `every`: both loops, and our ordinary road too; `here`: nobody who must be fetched first."""
    ours = sys.executable
    yield Rival("ours, uvloop", [ours, str(HERE / "ours.py"), "{port}", "express", "uvloop"])
    yield BARE
    if every:
        yield Rival("ours, asyncio", [ours, str(HERE / "ours.py"), "{port}", "express", "asyncio"])
        yield Rival("bare protocol, uvloop", [ours, str(HERE / "bare.py"), "{port}", "uvloop"])
        yield Rival("ours, ordinary road", [ours, str(HERE / "ours.py"), "{port}", "ordinary", "uvloop"])
    yield Rival("naive Quart on Hypercorn", [ours, str(HERE / "naive.py"), "{port}", "quart"])
    if here:
        return
    bench = others.python()
    if bench is not None:
        yield Rival("sse-starlette on Uvicorn", [str(bench), str(HERE / "naive.py"), "{port}", "starlette"])
    if others.nchan() is not None:
        yield Rival("nchan in nginx", ["nginx", "-p", "{folder}", "-c", "{folder}/nginx.conf"], posts=True)
    if others.has_ws():
        node = shutil.which("node") or "node"
        yield Rival("Node ws", [node, str(HERE / "ws.mjs"), "{port}"], UPGRADE)


def measure(
    rival: Rival, counts: list[int], deliveries: int, pause_s: float = PAUSE_S
) -> tuple[dict[int, float], float]:
    """Microseconds of processor time for a delivery by the number of streams, and kB for a stream."""
    found = {}
    with rival.running() as (pid, port):
        crowd = Crowd(port, rival.request)
        publish = publisher(rival, port)
        crowd.grow(FEW)
        for number in range(5):  # one at a time: ours joins what comes between two ticks
            publish(number)
            crowd.pump(5, (number + 1) * FEW)
        before, grown = rss_kb(pid), 0.0
        for count in counts:
            crowd.grow(count)
            grown = (rss_kb(pid) - before) / (count - FEW)
            messages = max(10, deliveries // count)
            for number in range(2):
                publish(10_000 + number)
                if not crowd.pump(20, (number + 1) * count):
                    raise RuntimeError(f"{rival.name}: a message did not arrive at {count} streams")
            crowd.got, began = 0, cpu_s(pid)
            for number in range(messages):
                time.sleep(pause_s)
                publish(20_000 + number)
                if not crowd.pump(20, (number + 1) * count):
                    raise RuntimeError(f"{rival.name}: a message did not arrive at {count} streams")
            found[count] = (cpu_s(pid) - began) * 1e6 / (messages * count)
        crowd.close()
    return found, grown


def report(cpu: dict[str, dict[int, list[float]]], kb: dict[str, list[float]], counts: list[int]) -> bool:
    """Print the table; whether ours is good enough."""
    middle = {name: {count: statistics.median(found[count]) for count in counts} for name, found in cpu.items()}
    base = middle["bare protocol, asyncio"]
    head = "".join(f"{f'N={count}':>24}" for count in counts)
    print(f"\n{'ratio to the bare protocol (least-most, us)':44}{head}{'kB a stream':>16}")
    for name, found in middle.items():
        cells = "".join(
            f"{found[count] / base[count]:>8.2f} ({min(cpu[name][count]):4.1f} -{max(cpu[name][count]):5.1f})"
            for count in counts
        )
        print(f"{name:44}{cells}{statistics.median(kb[name]):>16.1f}")
    ours = middle["ours, uvloop"]
    good = all(ours[count] / base[count] <= LIMITS.get(count, 1.3) for count in counts)
    good = good and statistics.median(kb["ours, uvloop"]) <= KB_LIMIT
    many = [count for count in counts if count >= 1000]
    if "nchan in nginx" in middle:
        good = good and all(ours[count] <= middle["nchan in nginx"][count] for count in many)
    if "sse-starlette on Uvicorn" in middle and 5000 in counts:
        good = good and ours[5000] * 5 <= middle["sse-starlette on Uvicorn"][5000]
    return good


def main() -> int:
    """Measure everybody in turn."""
    parser = argparse.ArgumentParser(prog="bench fanout", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--streams", default="100,1000,5000")
    parser.add_argument("--every", action="store_true", help="both loops, and our ordinary road too")
    parser.add_argument("--here", action="store_true", help="only those that need nothing fetched")
    parser.add_argument(
        "--deliveries", type=int, default=DELIVERIES, help="about so many a round and number of streams"
    )
    told = parser.parse_args()
    counts = [int(word) for word in told.streams.split(",")]
    if min(counts) <= FEW:
        parser.error(f"--streams: each must be more than {FEW}")
    everybody = list(rivals(every=told.every, here=told.here))
    for why in () if told.here else others.missing():
        print(f"left out: {why}")
    cpu: dict[str, dict[int, list[float]]] = {rival.name: defaultdict(list) for rival in everybody}
    kb: dict[str, list[float]] = defaultdict(list)
    for number in range(told.rounds):
        for rival in everybody if number % 2 == 0 else reversed(everybody):
            found, size = measure(rival, counts, told.deliveries)
            for count, figure in found.items():
                cpu[rival.name][count].append(figure)
            kb[rival.name].append(size)
            line = ", ".join(f"N={count} {figure:.2f}" for count, figure in found.items())
            print(f"round {number + 1}, {rival.name}: {line} us a delivery; {size:.1f} kB a stream", flush=True)
    return 0 if report(cpu, kb, counts) else 1


if __name__ == "__main__":
    sys.exit(main())
