"""How fast frames are read: events a second over the fixture mix, beside `json.loads` alone. It changes nothing.

python -m bench decode
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from time import perf_counter

from overlay.core.tiktool import BadFrame, decode

ROOT = Path(__file__).resolve().parents[1]
FRAMES = ROOT / "tests" / "frames" / "tiktool"
SECONDS = 1.0
# Of a hundred frames of a busy room: what the simulator's flood sends, rounded.
MIX = {"gift": 30, "chat": 25, "like": 20, "member": 15, "roomUserSeq": 4, "follow": 2, "share": 2, "battleArmies": 2}


def frames() -> list[bytes]:
    """Return one frame of every kind, as the documents give them."""
    lines = (FRAMES / "live-all-events.jsonl").read_bytes().splitlines()
    return [line for line in lines if line.strip()]


def busy() -> list[bytes]:
    """Return the mix of a busy room."""
    named = {json.loads(line)["event"]: line for line in frames()}
    return [named[name] for name, times in MIX.items() for _ in range(times)]


def _read(frame: bytes) -> None:
    try:
        decode(frame)
    except BadFrame:
        return


def rate(work: list[bytes], read: object, seconds: float = SECONDS) -> float:
    """Return how many frames a second are read."""
    count, began = 0, perf_counter()
    while (passed := perf_counter() - began) < seconds:
        for frame in work:
            read(frame)  # type: ignore[operator] # ours and json's take bytes alike
        count += len(work)
    return count / passed


def main() -> int:
    """Print one line for each mix."""
    for name, work in (("every kind once", frames()), ("a busy room", busy())):
        ours, plain = max(rate(work, _read) for _ in range(3)), max(rate(work, json.loads) for _ in range(3))
        size = sum(map(len, work)) / len(work)
        print(
            f"decode, {name}: {ours:,.0f} events/s, {size:,.0f} bytes each; "
            f"json.loads alone {plain:,.0f}/s; ratio {ours / plain:.2f}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
