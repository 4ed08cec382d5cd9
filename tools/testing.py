"""Runs the tests: `python -m tools.testing [arguments for pytest]`, as `make test` does.

Most of them share the machine, in one process more than there are cores: they wait a lot. What is marked `alone` kills,
floods or counts milliseconds, so it comes after them, one at a time. What the arguments choose is chosen in both parts.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOGETHER = ["-n", str(min(4, (os.cpu_count() or 1) + 1)), "--dist", "worksteal", "-m", "not soak and not alone"]
ALONE = ["-m", "alone and not soak"]
NOTHING_CHOSEN = 5
COMPILED = ROOT / ".cache" / "compiled"
"""Hundreds of servers are started: where an environment forbids compiled files, each would compile all of it anew."""


def outcome(codes: list[int]) -> int:
    """One exit code for all parts: a part in which nothing was chosen says nothing, unless all say so."""
    told = [code for code in codes if code != NOTHING_CHOSEN]
    return next((code for code in told if code), 0) if told else NOTHING_CHOSEN


def main(arguments: list[str]) -> int:
    """Both parts, also if the first one fails."""
    return outcome([_part([*part, *arguments]) for part in (TOGETHER, ALONE)])


def _part(arguments: list[str]) -> int:
    command = [sys.executable, "-m", "pytest", *arguments]
    return subprocess.run(command, cwd=ROOT, env=surroundings(os.environ), check=False).returncode


def surroundings(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of the tests, in which compiled files are kept, out of the way of the sources."""
    kept = {name: value for name, value in environment.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {"PYTHONPYCACHEPREFIX": str(COMPILED)} | kept


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
