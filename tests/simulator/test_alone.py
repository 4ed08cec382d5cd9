"""Claims about `overlay simulate`: it says when it is ready, and ends when it is told to."""

import asyncio
import signal
import sys
from pathlib import Path

import httpx
import pytest

from overlay.simulator import SCENARIOS, Simulator, main

ROOT = Path(__file__).parents[2]
RUN = "import sys; from overlay.simulator import main; sys.exit(main(port=0, scenario='captions', seed=7, speed=2))"


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
async def test_alone_it_says_ready_serves_and_ends_on_sigterm_within_two_seconds():
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", RUN, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    line = (await asyncio.wait_for(process.stdout.readline(), 20)).decode()
    assert line.startswith("ready http://127.0.0.1:")
    async with httpx.AsyncClient(base_url=line.split()[1], trust_env=False) as client:
        answer = await client.get("webcast/rate_limits", headers={"x-api-key": "tk_1"})
    assert answer.json()["data"]["tier"] == "agency_global"
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 2) == 0


def test_a_wrong_scenario_is_a_wrong_call(capsys):
    assert main(scenario="nonsense") == 2
    assert "everyday" in capsys.readouterr().err
    with pytest.raises(ValueError, match="no scenario"):
        Simulator("nonsense")


async def test_a_taken_port_is_one_sentence(capsys):
    async with Simulator() as sim:
        assert await asyncio.to_thread(main, sim.port) == 1
    text = capsys.readouterr().err
    assert text.startswith("Cannot listen on 127.0.0.1:")
    assert text.count("\n") == 1


def test_the_scenarios_have_the_names_they_are_asked_by():
    assert set(SCENARIOS) == {"everyday", "flood", "battle-night", "captions", "shop", "hostile", "chaos", "quiet"}
