"""What the figures are compared with, and how it comes here: a virtual environment of its own, and Node's ws.

Both stand under .cache/bench and are fetched once, by the ordinary clients. What cannot be had is named, never faked.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".cache" / "bench"
NODE = CACHE / "node"
NCHAN = (Path("/usr/lib/nginx/modules/ngx_nchan_module.so"), Path("/usr/share/nginx/modules/ngx_nchan_module.so"))


def wanted() -> list[str]:
    """The packages of the project's `bench` group."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]
    return list(groups.get("bench", []))


@cache
def python() -> Path | None:
    """A Python that has the others, or None."""
    program = CACHE / "venv" / "bin" / "python"
    asked = [str(program), "-c", "import sse_starlette, starlette, uvicorn"]
    if program.exists() and subprocess.run(asked, check=False, stderr=subprocess.DEVNULL).returncode == 0:
        return program
    made = subprocess.run([sys.executable, "-m", "venv", str(CACHE / "venv")], check=False)
    got = subprocess.run([str(program), "-m", "pip", "install", "-q", *wanted()], check=False)
    return program if made.returncode == got.returncode == 0 else None


@cache
def nchan() -> Path | None:
    """Nginx's nchan module, or None."""
    if shutil.which("nginx") is None:
        return None
    return next((path for path in NCHAN if path.exists()), None)


@cache
def has_ws() -> bool:
    """Whether Node is here, with ws."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return False
    if (NODE / "node_modules" / "ws").exists():
        return True
    NODE.mkdir(parents=True, exist_ok=True)
    got = subprocess.run(["npm", "install", "--silent", "--prefix", str(NODE), "ws@8"], check=False)
    return got.returncode == 0


def missing() -> list[str]:
    """What cannot be measured here, and how to get it."""
    found = []
    if python() is None:
        found.append("sse-starlette (pip could not install the group `bench` of pyproject.toml)")
    if nchan() is None:
        found.append("nchan (Debian: apt install libnginx-mod-nchan)")
    if not has_ws():
        found.append("Node ws (Node with npm)")
    return found
