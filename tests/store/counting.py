"""A process that counts and says how far it has committed, until it is killed."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from overlay.store import Store
from tests.store.making import START_MS, change, credit, person


async def main(folder: Path, count: int) -> None:
    """One tick after another."""
    store = await Store.open(folder)
    print("ready", flush=True)
    while True:
        tick = change("luna", credit(person(count % 50), at_ms=START_MS + count))
        tick.scores = {("all", "id:0"): (count + 1, 0, 0, 0, 0)}
        tick.memory = {f"mark:{count}": b"x", f"mark:{count - 5}": None}
        await store.commit([tick])
        count += 1
        print(count, flush=True)


asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
