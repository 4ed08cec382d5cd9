"""How fast this machine is now, so that a share of a core means the same on every machine and in every hour.

The measure is the bare asyncio protocol: processor time for a delivery to a thousand streams, one message after the
other without a pause. The aims of `agency` were set on a machine on which that takes `AIM_US`.
"""

from __future__ import annotations

import statistics

from bench.fanout import BARE, measure

STREAMS = 1_000
DELIVERIES = 20_000
AIM_US = 4.8
"""Between 4.3 in its quiet hours and 5.9 in its noisy ones."""


def lengths(rounds: int = 2) -> list[float]:
    """How many times as long as there a delivery takes here: one figure a round."""
    return [measure(BARE, [STREAMS], DELIVERIES, pause_s=0)[0][STREAMS] / AIM_US for _ in range(rounds)]


def middle(found: list[float]) -> float:
    """One figure out of several rounds."""
    return statistics.median(found)
