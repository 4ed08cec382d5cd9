"""Every bench still runs to its end and prints its figures: in the smallest form, in which the figures are worth nothing.

What a bench promises is never claimed here: machines differ. Whether it measures anything at all is.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bench.__main__ import NAMES, SMALL, chosen

ROOT = Path(__file__).resolve().parent.parent
LONGEST_S = 120
SAID = {
    "decode": [r"every kind once: [\d,]+ events/s", r"a busy room of 500 people: .* ratio \d", r"nobody twice in a row"],
    "store": [r"2,000 facts, 100 people", r"start: open \d", r"tick of 20 facts", r"sums since a moment: \d", r"one stream: \d"],
    "fanout": [
        rf"^{who} +\d.*\(.*\) +-?\d+\.\d$"
        for who in ("ours, uvloop", "ours, asyncio", "ours, ordinary road", "bare protocol, asyncio", "naive Quart on Hypercorn")
    ],
    "agency": [
        r"^event to stream p50 \d.*\([1-9]\d* probes heard\).*writes/s; \d+ MB$", r"^memory: [+-]\d",
        r"^the least that Python can do: event to stream p50 \d.*\([1-9]\d* probes heard\)", r"^ours costs \d", r"^this machine takes \d",
    ],
    "costs": [r"a gift: \d+ us", r"start: \d", r"at rest: \d+ MB", r"a creator: -?\d+ kB; a widget: -?\d+ kB", r"a stream: -?\d"],
    "flood": [r"^\d+\.\d MB; \d+ % of a core; p50 \d", r"^memory: [+-]\d"],
}  # fmt: skip


def run(*words: str) -> tuple[int, str, str]:
    """The benches as a person starts them; with all that they started, they are gone afterwards."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench", *words], cwd=ROOT, text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        out, err = process.communicate(timeout=LONGEST_S)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return process.returncode, out, err


@pytest.mark.skipif(sys.platform != "linux", reason="the benches read Linux's own counts")
@pytest.mark.parametrize("bench", NAMES)
def test_each_bench_runs_to_its_end_and_prints_its_figures(bench):
    code, out, err = run(bench, *SMALL[bench])
    assert "Traceback" not in err, err
    assert code == 0 or out.endswith(f"missed its figures: {bench}\n"), (code, out, err)
    assert [claim for claim in SAID[bench] if not re.search(claim, out, re.MULTILINE)] == [], out


def test_every_bench_has_a_small_form_and_one_word_runs_them_all():
    assert chosen(["--small"]) == [(name, SMALL[name]) for name in NAMES]
    assert list(SAID) == list(NAMES)


def test_a_bench_that_is_not_there_is_named_with_those_that_are():
    code, out, err = run("dance")
    assert (code, out) == (1, "")
    assert err == f"there is no bench 'dance'; there are {', '.join(NAMES)}\n"
