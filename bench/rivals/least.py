"""The least that Python can do in an agency's shape: frames in, one commit a tick, views out; nothing is counted.

python bench/rivals/least.py UPSTREAM_PORT CREATORS

A real WebSocket for each creator, each frame decoded, encoded again and kept in SQLite as it came, and written to four
streams of that creator, which is what ours writes on average, padded to the size of our average view. No ledger, no
repeats, no people, no boards, no widgets: what a server with all of that costs more is the price of these.
"""

import asyncio
import itertools
import sqlite3
import sys
import tempfile
from collections import defaultdict, deque
from pathlib import Path

import msgspec
from websockets.asyncio.client import connect

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from overlay.serve import loop_runner, raise_file_limit

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n6\r\n: ok\n\n\r\n"
VIEW_BYTES = 4_400
TICK_S = 0.02
AT_ONCE = 50


class Line(asyncio.Protocol):
    """One stream: `w` says whose it is, and whether it is of a chat, which gets every frame."""

    def __init__(self, rooms):
        """Of one of these rooms."""
        self.rooms = rooms

    def connection_made(self, transport):
        """Open."""
        self.transport = transport

    def data_received(self, data):
        """The request: an answer at once."""
        creator, _, kind = data.partition(b"w=")[2].partition(b" ")[0].partition(b".")
        self.rooms[creator]["chat" if kind == b"chat" else "others"].append(self.transport)
        self.transport.write(HEAD)


async def listen(port, number, inbox, gate):
    """One creator's frames."""
    name = b"%04d" % number
    async with gate:
        socket = await connect(
            f"ws://127.0.0.1:{port}/?uniqueId=creator.{number:04d}&apiKey=tk_bench", compression=None, proxy=None
        )
    async for raw in socket:
        inbox.append((name, raw))


def keep(db, frames):
    """One commit for a tick."""
    with db:
        db.executemany("INSERT INTO frame (room, body) VALUES (?, ?)", frames)


async def tick(rooms, inbox, db):
    """Keep what has come, then write it."""
    loop, turns = asyncio.get_running_loop(), defaultdict(itertools.count)
    while True:
        await asyncio.sleep(TICK_S)
        if not inbox:
            continue
        frames = list(inbox)
        inbox.clear()
        await loop.run_in_executor(None, keep, db, frames)
        for name, raw in frames:
            body = msgspec.json.encode(msgspec.json.decode(raw))
            data = b"event: view\ndata: %b\n\n" % body.ljust(VIEW_BYTES)
            chunk = b"%x\r\n%b\r\n" % (len(data), data)
            room = rooms[name]
            others = room["others"]
            turn = next(turns[name])
            for transport in room["chat"]:
                transport.write(chunk)
            for at in (2 * turn, 2 * turn + 1):
                if others:
                    others[at % len(others)].write(chunk)


async def main(port, creators):
    """Serve until killed."""
    loop, inbox, gate = asyncio.get_running_loop(), deque(), asyncio.Semaphore(AT_ONCE)
    rooms = defaultdict(lambda: {"chat": [], "others": []})
    with tempfile.TemporaryDirectory(prefix="overlay-bench-", ignore_cleanup_errors=True) as folder:
        db = sqlite3.connect(Path(folder) / "least.db", check_same_thread=False)
        db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; CREATE TABLE frame (room, body)")
        server = await loop.create_server(lambda: Line(rooms), "127.0.0.1", 0, backlog=4096)
        print(f"ready http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
        await asyncio.gather(tick(rooms, inbox, db), *(listen(port, number, inbox, gate) for number in range(creators)))


raise_file_limit()
with loop_runner() as runner:
    runner.run(main(int(sys.argv[1]), int(sys.argv[2])))
