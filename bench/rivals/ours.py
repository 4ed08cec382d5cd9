"""Our stream as a program of its own: hub, door, Quart and Hypercorn as they serve, with one widget that only counts.

python bench/rivals/ours.py PORT ordinary|express asyncio|uvloop
"""

import asyncio
import contextlib
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from hypercorn.asyncio import serve
from msgspec import Struct
from quart import Quart

from overlay.clock import Clock
from overlay.core.ledger import Ledger
from overlay.core.room import Room
from overlay.core.scene import Scene
from overlay.core.widget import Kind, Shared
from overlay.hub import Hub, Placed
from overlay.serve import hypercorn_config, loop_runner, open_socket, raise_file_limit
from overlay.web.stream import StreamDoor

COUNT = [0]
PAD = "x" * 220


class Nothing(Struct):
    """A state that no fact changes."""

    def fold(self, _fact: object, _scene: object) -> bool:
        """Take nothing in."""
        return False

    def wake(self) -> None:
        """Never."""


KIND = Kind(
    name="count", title="", summary="", width=1, height=1, options=Shared, state=Nothing,
    view=lambda *_: {"n": COUNT[0], "pad": PAD},
)  # fmt: skip


async def commit(_changes: object) -> None:
    """Keep nothing: the store has a bench of its own."""


async def main(port: int, road: str) -> None:
    """Serve until told to stop; each line on standard input is one message to every stream."""
    hub = Hub(Clock(), commit, build="b", pace_hz=1000)
    room = Room(Scene("c", "c", ZoneInfo("UTC"), lambda *_: None), Ledger("c"))
    door = StreamDoor(Quart("ours"), hub, express=road == "express")
    hub.add_room("c", room)
    hub.place(Placed(id="w", creator="c", kind=KIND, name="", theme="default", key="k", options=Shared()))
    tasks = [asyncio.create_task(hub.run()), asyncio.create_task(door.beat())]

    async def orders(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        while await reader.read(1):
            COUNT[0] += 1
            hub.repaint(["c"])

    await asyncio.start_server(orders, "127.0.0.1", port + 1)
    await serve(door, hypercorn_config([open_socket("127.0.0.1", port)]), shutdown_trigger=asyncio.Event().wait)
    for task in tasks:
        task.cancel()


if __name__ == "__main__":
    raise_file_limit()
    runner = loop_runner() if sys.argv[3] == "uvloop" else asyncio.Runner()
    with runner, contextlib.suppress(KeyboardInterrupt):
        runner.run(main(int(sys.argv[1]), sys.argv[2]))
