"""What one more costs: gift, widget, stream, creator. And a server at rest: its memory, its processor, its start.

python -m bench costs --starts 3 --creators 50 --streams 1000
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import time
from zoneinfo import ZoneInfo

from bench.agency import Listeners
from bench.crowd import cpu_s, rss_kb
from bench.server import furnish, server
from overlay.core.ledger import Ledger
from overlay.core.room import Room
from overlay.core.scene import Scene
from overlay.core.tiktool import decode_all
from overlay.widgets import KINDS


def gift(number: int) -> bytes:
    """A whole gift of one of 500 people."""
    who = {"id": str(6_900_000_000_000_000_000 + number % 500), "uniqueId": f"v.{number % 500}", "nickname": "V"}
    data = {
        "type": "gift", "user": who, "giftId": 5655, "giftName": "Rose", "diamondCount": 1, "repeatCount": 1,
        "repeatEnd": True, "giftType": 1, "msgId": f"m{number}", "transactionId": f"t{number}",
    }  # fmt: skip
    return json.dumps({"event": "gift", "data": data}).encode()


def gift_us(kinds: list[str], gifts: int) -> float:
    """Processor time of a gift through decoding, ledger and the folds of these widgets, without disk and wire."""
    room = Room(Scene("c", "c", ZoneInfo("UTC"), lambda *_: None), Ledger("c"))
    for kind in kinds:
        room.seat(kind, KINDS[kind], KINDS[kind].options(), 1_790_000_000_000)
    frames = [gift(number) for number in range(gifts)]
    began = time.process_time()
    for number, frame in enumerate(frames):
        for event in decode_all(frame):
            room.hear(event, 1_790_000_000_000 + number * 100)
        if not number % 10:
            room.drain()
    return (time.process_time() - began) * 1e6 / gifts


def main() -> int:
    """Print them."""
    parser = argparse.ArgumentParser(prog="bench costs", description=__doc__)
    parser.add_argument("--gifts", type=int, default=4000)
    parser.add_argument("--starts", type=int, default=3)
    parser.add_argument("--rest", type=float, default=10, help="seconds of a server at rest")
    parser.add_argument("--creators", type=int, default=50)
    parser.add_argument("--streams", type=int, default=1000)
    told = parser.parse_args()
    none, every = (min(gift_us(kinds, told.gifts) for _ in range(3)) for kinds in ([], list(KINDS)))
    print(f"a gift: {none:.0f} us with no widget; {(every - none) / len(KINDS):+.1f} us for each widget more")
    starts = []
    for _ in range(told.starts):
        with server() as ours:
            starts.append(ours.start_s)
    print(f"start: {statistics.median(starts):.2f} s from the command to the ready line (empty folder)")
    with server() as ours:
        time.sleep(2)
        idle, cpu, began = rss_kb(ours.pid), cpu_s(ours.pid), time.monotonic()
        time.sleep(told.rest)
        share = (cpu_s(ours.pid) - cpu) / (time.monotonic() - began) * 100
        print(f"at rest: {idle / 1024:.0f} MB, {share:.1f} % of a core")
        before = rss_kb(ours.pid)
        asyncio.run(furnish(ours.base, told.creators, 0))
        creators = rss_kb(ours.pid)
        made, each = asyncio.run(furnish(ours.base, 1, 10, first=told.creators)), max(1, told.streams // 10)
        widgets = rss_kb(ours.pid)
        listeners = Listeners(ours.port)
        listeners.open([one for found in made.values() for one in found] * each)
        listeners.listen(1)
        streams = rss_kb(ours.pid)
        listeners.close()
    print(f"a creator: {(creators - before) / told.creators:.0f} kB; a widget: {(widgets - creators) / 10:.0f} kB")
    print(f"a stream: {(streams - widgets) / each / 10:.1f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
