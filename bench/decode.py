"""How fast frames are read: events a second over the fixture mix, beside `json.loads` alone. It changes nothing.

python -m bench decode --seconds 1 --people 20000
"""

from __future__ import annotations

import argparse
import copy
import json
import sys
from pathlib import Path
from time import process_time

from overlay.core.tiktool import BadFrame, decode

ROOT = Path(__file__).resolve().parents[1]
FRAMES = ROOT / "tests" / "frames" / "tiktool"
FIRST_ID = 6_890_011_223_344_000_000
# Of a hundred frames of a busy room: what the simulator's flood sends, rounded.
MIX = {"gift": 30, "chat": 25, "like": 20, "member": 15, "roomUserSeq": 4, "follow": 2, "share": 2, "battleArmies": 2}


def frames() -> list[bytes]:
    """Return one frame of every kind, as the documents give them."""
    lines = (FRAMES / "live-all-events.jsonl").read_bytes().splitlines()
    return [line for line in lines if line.strip()]


def busy(people: int) -> list[bytes]:
    """Return a busy room's frames by so many people, each acting again and again."""
    named = {json.loads(line)["event"]: json.loads(line) for line in frames()}
    kinds = [name for name, times in MIX.items() for _ in range(times)]
    work = []
    for at in range(max(people, len(kinds))):
        frame = copy.deepcopy(named[kinds[at % len(kinds)]])
        user = frame["data"].get("user")
        if user is not None:
            number = at * 7919 % people
            user |= {
                "id": str(6_890_011_223_344_000_000 + number),
                "uniqueId": f"viewer.{number}",
                "level": number % 50,
            }
        work.append(json.dumps(frame, separators=(",", ":")).encode())
    return work


def _read(frame: bytes) -> None:
    try:
        decode(frame)
    except BadFrame:
        return


def rate(work: list[bytes], read: object, seconds: float) -> float:
    """Return how many frames a second of processor time are read: others may keep the machine busy meanwhile."""
    count, began = 0, process_time()
    while (passed := process_time() - began) < seconds:
        for frame in work:
            read(frame)  # type: ignore[operator] # ours and json's take bytes alike
        count += len(work)
    return count / passed


def main() -> int:
    """Print one line for each mix."""
    parser = argparse.ArgumentParser(prog="bench decode", description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each of three measurements of a mix")
    parser.add_argument("--people", type=int, default=20_000, help="in the last mix")
    told = parser.parse_args()
    mixes = (
        ("every kind once", frames()),
        ("a busy room of 500 people", busy(500)),
        (f"{told.people:,} people, nobody twice in a row of 4,096", busy(told.people)),
    )
    for name, work in mixes:
        ours, plain = (max(rate(work, read, told.seconds) for _ in range(3)) for read in (_read, json.loads))
        size = sum(map(len, work)) / len(work)
        print(
            f"decode, {name}: {ours:,.0f} events/s, {size:,.0f} bytes each; "
            f"json.loads alone {plain:,.0f}/s; ratio {ours / plain:.2f}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
