"""The stand-in for TikTool as a program of its own, with a probe now and then that carries the moment it was sent.

python bench/rivals/station.py SCENARIO PROBES_A_SECOND
"""

import asyncio
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from overlay.rubbish import sweep
from overlay.serve import loop_runner, raise_file_limit
from overlay.simulator import Simulator

WHO = {"id": "6912345678901234501", "uniqueId": "probe", "nickname": "Probe"}


async def main(scenario: str, rate: float) -> None:
    """Run until killed."""
    dice = random.Random(5)
    async with Simulator(scenario, seed=11, sockets_cap=100_000) as station:
        print(f"ready {station.port}", flush=True)
        sweeping = asyncio.create_task(sweep())  # or it would pause for rubbish, and send what it owes in a burst
        number = 0
        while not sweeping.done():
            await asyncio.sleep(1 / rate)
            handles = [handle for handle, creator in station.creators.items() if creator.live]
            if not handles:
                continue
            number += 1
            text = f"probe {time.monotonic_ns()}"
            data = {"type": "chat", "user": WHO, "comment": text, "msgId": f"probe{number}"}
            station.send(dice.choice(handles), {"event": "chat", "data": data})


raise_file_limit()
with loop_runner() as runner:
    runner.run(main(sys.argv[1], float(sys.argv[2])))
