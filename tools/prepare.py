"""Makes a fresh clone ready: `python3 tools/prepare.py check` or `test`; quick when nothing is missing.

`check` wants the locked Python tools and the type checker for scripts; `test` wants the locked Python tools and the
browsers. Started by any Python from 3.11, it needs nothing but the standard library.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import run  # noqa: E402
from tools import node  # noqa: E402


def scripts() -> None:
    """Install what package-lock.json names, when that file has changed."""
    stamp = ROOT / "node_modules" / ".made-for"
    lock = hashlib.sha256((ROOT / "package-lock.json").read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == lock:
        return
    print("Installing the type checker for scripts ...", file=sys.stderr)
    runner, npm = node.commands()
    path = os.pathsep.join([str(Path(runner[0]).parent), os.environ.get("PATH", "")])
    install = [*npm, "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
    subprocess.run(install, cwd=ROOT, check=True, env={**os.environ, "PATH": path})
    stamp.write_text(lock)


def main(wanted: list[str]) -> None:
    """Prepare what is named."""
    run.prepare("dev")
    if "check" in wanted:
        scripts()
    if "test" in wanted:
        subprocess.run([run.PYTHON, "-m", "tools.browsers"], cwd=ROOT, check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
