"""A TikTool of our own: the same addresses, frames and close codes, with scripted people and faults.

Written from the protocol's documents alone. It imports nothing else of this project and takes part in no counting.
"""

from __future__ import annotations

import asyncio
import sys

from overlay.simulator.scenarios import SCENARIOS as _RECIPES
from overlay.simulator.server import Simulator

SCENARIOS: tuple[str, ...] = tuple(_RECIPES)

__all__ = ["SCENARIOS", "Simulator", "main"]


async def main(
    port: int = 8091, scenario: str = "everyday", seed: object = 1, speed: float = 1.0, host: str = "127.0.0.1"
) -> None:
    """Serve until cancelled; one line says when requests are answered."""
    simulator = Simulator(scenario, seed, speed, pictures_base="self")
    await simulator.start(host, port)
    sys.stdout.write(f"ready {simulator.http_base}/\n")
    sys.stdout.flush()
    try:
        await asyncio.Event().wait()
    finally:
        await simulator.stop()
