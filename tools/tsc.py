"""Checks the pages' scripts with TypeScript's compiler, which writes nothing: `python -m tools.tsc`."""

import subprocess
import sys
from pathlib import Path

from tools import node

ROOT = Path(__file__).resolve().parent.parent
COMPILER = ROOT / "node_modules" / "typescript" / "bin" / "tsc"


def main() -> int:
    """Run it on jsconfig.json; a project without scripts has nothing to check."""
    if not any((ROOT / "static").rglob("*.js")):
        return 0
    runner, _ = node.commands()
    return subprocess.run([*runner, str(COMPILER), "--project", "jsconfig.json"], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
