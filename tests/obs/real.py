"""A real OBS on a virtual screen, with its WebSocket server and a stand-in for the browser source; it ends with the test."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

PASSWORD = "only for tests"
STAND_IN = Path(__file__).with_name("browser_source_stand_in.lua")
GLOBAL = """[General]
FirstRun=true
InfoIncrement=99
LastVersion=486539266
EnableAutoUpdates=false
[Basic]
SceneCollection=Untitled
SceneCollectionFile=Untitled
Profile=Untitled
ProfileDir=Untitled
[OBSWebSocket]
FirstLoad=false
ServerEnabled=true
ServerPort={port}
AlertsEnabled=false
AuthRequired=true
"""


def why_not() -> str | None:
    """Why there is no OBS here, or None."""
    for program, package in (("obs", "obs-studio obs-plugins"), ("Xvfb", "xvfb libgl1-mesa-dri libglx-mesa0 libegl1")):
        if shutil.which(program) is None:
            return f"{program} is not installed (Debian: apt install --no-install-recommends {package})"
    return None


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def furnish(home: Path, port: int) -> None:
    """Settings that ask nobody anything at the first start, and a scene collection that loads the stand-in."""
    scenes = home / ".config" / "obs-studio" / "basic" / "scenes"
    scenes.mkdir(parents=True)
    (home / "run").mkdir(mode=0o700)
    (home / ".config" / "obs-studio" / "global.ini").write_text(GLOBAL.format(port=port))
    scene = {
        "current_scene": "Scene", "current_program_scene": "Scene", "name": "Untitled",
        "scene_order": [{"name": "Scene"}], "sources": [{"id": "scene", "name": "Scene", "settings": {"items": []}}],
        "modules": {"scripts-tool": [{"path": str(STAND_IN), "settings": {}}]},
    }  # fmt: skip
    (scenes / "Untitled.json").write_text(json.dumps(scene))


class RealObs:
    """A running OBS, as a test sees it."""

    def __init__(self, port: int, log: Path) -> None:
        self.port, self.log = port, log

    def refreshed(self) -> list[str]:
        """The addresses whose refresh was pressed, in order."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [line.removeprefix("refresh ") for line in lines]


@contextlib.asynccontextmanager
async def real_obs(home: Path) -> AsyncIterator[RealObs]:
    """Start it; skips where it cannot be had."""
    why = why_not()
    if why is not None:
        pytest.skip(why)
    port, screen = free_port(), f":{90 + os.getpid() % 800}"
    furnish(home, port)
    quiet = {"stdout": asyncio.subprocess.DEVNULL, "stderr": asyncio.subprocess.DEVNULL}
    xvfb = await asyncio.create_subprocess_exec(
        "Xvfb", screen, "-screen", "0", "640x480x24", "+extension", "GLX", "-nolisten", "tcp", **quiet
    )
    environment = os.environ | {
        "HOME": str(home), "XDG_RUNTIME_DIR": str(home / "run"), "XDG_CONFIG_HOME": str(home / ".config"),
        "DISPLAY": screen, "LIBGL_ALWAYS_SOFTWARE": "1", "QT_QPA_PLATFORM": "xcb", "STAND_IN_LOG": str(home / "log"),
    }  # fmt: skip
    while not Path(f"/tmp/.X11-unix/X{screen[1:]}").exists() and xvfb.returncode is None:
        await asyncio.sleep(0.05)
    obs = await asyncio.create_subprocess_exec(
        "obs", "--multi", "--disable-updater", "--disable-shutdown-check", "--websocket_port", str(port),
        "--websocket_ipv4_only", "--websocket_password", PASSWORD, env=environment, **quiet,
    )  # fmt: skip
    try:
        await until_answers(port, obs)
        yield RealObs(port, home / "log")
    finally:
        for process in (obs, xvfb):
            if process.returncode is None:
                process.kill()
            await process.wait()


async def until_answers(port: int, obs: asyncio.subprocess.Process) -> None:
    for _ in range(300):
        if obs.returncode is not None:
            pytest.skip("OBS does not start here")
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        await asyncio.sleep(0.1)
    pytest.skip("OBS starts, but its WebSocket server does not")
