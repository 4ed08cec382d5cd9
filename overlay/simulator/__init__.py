"""A TikTool of our own: the same addresses, frames and close codes, with scripted people and faults.

Written from the protocol's documents alone. It imports nothing else of this project and takes part in no counting.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys

from overlay.simulator.scenarios import SCENARIOS as _RECIPES
from overlay.simulator.server import Simulator

SCENARIOS: tuple[str, ...] = tuple(_RECIPES)
FASTEST = 100_000

__all__ = ["SCENARIOS", "Simulator", "main", "serve"]


async def serve(simulator: Simulator, host: str = "127.0.0.1", port: int = 0) -> None:
    """Serve until cancelled or told to end; one line says when requests are answered."""
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError, RuntimeError):  # Windows, or a loop beside the main thread
            loop.add_signal_handler(name, over.set)
    async with contextlib.AsyncExitStack() as stack:
        await simulator.start(host, port)
        stack.push_async_callback(simulator.stop)
        sys.stdout.write(f"ready {simulator.http_base}/\n")
        sys.stdout.flush()
        await over.wait()


def main(
    port: int = 8091, scenario: str = "everyday", seed: object = 1, speed: float = 1.0, host: str = "127.0.0.1"
) -> int:
    """Run the stand-in alone, until it is told to end; the exit code says whether it could."""
    if scenario not in SCENARIOS:
        sys.stderr.write(f"There is no scenario '{scenario}'; there are {', '.join(SCENARIOS)}.\n")
        return 2
    if not 0 <= port <= 65_535:
        sys.stderr.write(f"The port must be between 0 and 65535, not {port}.\n")
        return 2
    if not 0 <= speed <= FASTEST:
        sys.stderr.write(f"The speed must be between 0 (time stands still) and {FASTEST}, not {speed:g}.\n")
        return 2
    try:
        asyncio.run(serve(Simulator(scenario, seed, speed), host, port))
    except KeyboardInterrupt:
        return 0
    except OSError as refused:
        sys.stderr.write(f"Cannot listen on {host}:{port}: {refused.strerror}.\n")
        return 1
    return 0
