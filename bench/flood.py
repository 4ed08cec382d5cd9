"""A flood of gifts, chat and likes into one creator's room, about 200 events a second, for minutes: processor, memory.

python -m bench flood --seconds 600
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time

from bench.agency import Listeners, quantile
from bench.crowd import cpu_s, rss_kb
from bench.server import furnish, server, station

GROWTH_MB_A_MINUTE = 3.0


def main() -> int:
    """Print a line now and then; 1 if memory is not flat."""
    parser = argparse.ArgumentParser(prog="bench flood", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    told = parser.parse_args()
    with station("flood", probes=5) as (upstream, _), server(upstream) as ours:
        made = asyncio.run(furnish(ours.base, 1, 10))
        listeners = Listeners(ours.port)
        listeners.open([one for widgets in made.values() for one in widgets] * 2)
        listeners.listen(told.seconds / 4)
        sizes = []
        for _ in range(6):
            listeners.took_ms.clear()
            cpu, began = cpu_s(ours.pid), time.monotonic()
            listeners.listen(told.seconds / 8)
            sizes.append(rss_kb(ours.pid) / 1024)
            share = (cpu_s(ours.pid) - cpu) / (time.monotonic() - began) * 100
            p50, p99 = quantile(listeners.took_ms, 0.5), quantile(listeners.took_ms, 0.99)
            print(f"{sizes[-1]:.1f} MB; {share:.0f} % of a core; p50 {p50:.1f} ms, p99 {p99:.1f} ms", flush=True)
        listeners.close()
    growth = (sizes[-1] - sizes[0]) / (told.seconds * 5 / 8 / 60)
    print(f"memory: {growth:+.2f} MB a minute")
    return 0 if growth < GROWTH_MB_A_MINUTE else 1


if __name__ == "__main__":
    sys.exit(main())
