"""Writes the lock files anew: `make lock`.

Locks are for every platform and Python at once, with the hash of every file, and name no index. It never installs
anything into the project's own environment: uv lives in a folder of its own.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".cache" / "lock"
COMMON = [
    "pip", "compile", "--universal", "--python-version", "3.11", "--generate-hashes", "--no-annotate", "--quiet",
    "--no-emit-index-url", "--no-emit-find-links", "--custom-compile-command", "make lock",
]  # fmt: skip
LOCKS = {
    "requirements.lock": ["pyproject.toml"],
    # The same versions as what runs, and more.
    "requirements-dev.lock": ["pyproject.toml", "--group", "test", "--group", "check", "-c", "requirements.lock"],
    # A Node for who has none on the PATH.
    "requirements-node.lock": ["--group", "node"],
}


def uv() -> str:
    """uv, installed for this alone."""
    folder = HOME / ("Scripts" if sys.platform == "win32" else "bin")
    command = folder / "uv"
    if not command.exists():
        subprocess.run([sys.executable, "-m", "venv", HOME], check=True)
        subprocess.run([folder / "python", "-m", "pip", "install", "--quiet", "--upgrade", "uv"], check=True)
    return str(command)


def main(arguments: list[str]) -> None:
    """Write every lock; `--upgrade` takes the newest versions that pyproject.toml allows."""
    command = uv()
    for name, what in LOCKS.items():
        subprocess.run([command, *COMMON, *what, "--output-file", name, *arguments], cwd=ROOT, check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
