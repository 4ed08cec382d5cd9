"""What is installed from a wheel, in an environment that has nothing else, serves everything."""

import json
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urljoin
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).resolve().parent.parent
READY_S = 120
END_S = 2.0
PARTS = re.compile(r'(?:href|src)="([^"#]+\.(?:css|js)[^"]*)"')


@dataclass
class Served:
    """A server that runs, and where."""

    process: subprocess.Popen[str]
    address: str


def run(*command: str | Path, cwd: Path) -> None:
    """Run to a good end, or fail with what it said."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this tree."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, cwd=ROOT)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment that holds the wheel and what its metadata asks for, nothing else."""
    home = tmp_path_factory.mktemp("empty")
    lock = (ROOT / "requirements.lock").read_text()
    known = home / "known.txt"  # the lock's versions, so that a release of yesterday does not decide this test
    known.write_text("\n".join(re.findall(r"^([\w.-]+==[^ \\]+)", lock, re.MULTILINE)))
    run(sys.executable, "-m", "venv", home / "venv", cwd=home)
    folder = home / "venv" / ("Scripts" if os.name == "nt" else "bin")
    run(folder / "python", "-m", "pip", "install", "--quiet", wheel, "-c", known, cwd=home)
    return folder


@contextmanager
def serving(folder: Path, *command: str | Path) -> Iterator[Served]:
    """The command, started away from the checkout with a fresh data folder, once it has said `ready`."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("OVERLAY_", "TIKTOOL_", "PYTHON"))}
    clean["OVERLAY_DATA"] = str(folder / "data")
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command, cwd=folder, env=clean, stdout=subprocess.PIPE, stderr=log, text=True)
    lines: queue.Queue[str] = queue.Queue()

    def read() -> None:
        for line in server.stdout or ():
            lines.put(line)
        lines.put("")  # it ended

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        said = lines.get(timeout=READY_S)
        found = re.fullmatch(r"ready (http://\S+/)\n", said)
        assert found, f"{said!r}\n{(folder / 'log').read_text()}"
        yield Served(server, found[1])
    finally:
        server.kill()
        server.wait()
        reader.join()
        if server.stdout:
            server.stdout.close()


@pytest.fixture
def served(installed: Path, tmp_path: Path) -> Iterator[Served]:
    """The installed wheel, serving."""
    with serving(tmp_path, installed / "overlay", "run", "--port", "0") as running:
        yield running


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh copy of what runs, in a folder with a name as people have them."""
    folder = tmp_path_factory.mktemp("fresh") / "Mes overlays d'été"
    for part in ("overlay", "static", "templates", "themes"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for part in ("run.py", "requirements.lock"):
        shutil.copy(ROOT / part, folder / part)
    return folder


def get(address: str) -> str:
    """What the address answers, with status 200."""
    try:
        with urlopen(address, timeout=10) as answer:
            return answer.read().decode()
    except HTTPError as refused:
        pytest.fail(f"{address} answers {refused.code}")


def test_the_wheel_holds_every_page_part_and_no_test(wheel: Path):
    with zipfile.ZipFile(wheel) as packed:
        names = set(packed.namelist())
    for folder in ("static", "templates", "themes"):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                assert f"overlay/_assets/{path.relative_to(ROOT).as_posix()}" in names
    assert not [name for name in names if name.startswith(("tests/", "tools/", "bench/"))]
    assert any(name.endswith("/licenses/LICENSE") for name in names)


def first_widget(address: str) -> str:
    """The key of a widget that is there at the first start."""
    answer = json.loads(get(urljoin(address, "api/widgets")))
    widgets = answer["widgets"] if isinstance(answer, dict) else answer
    return str(widgets[0]["key"])


def check_pages(address: str) -> None:
    """The first page, an overlay, and every script and style that it names, a theme's among them."""
    assert "<html" in get(address)
    page = get(urljoin(address, f"w/{first_widget(address)}"))
    parts = PARTS.findall(page)
    assert any(part.split("?")[0].endswith(".js") for part in parts), page
    assert any(part.split("?")[0].endswith("/theme.css") for part in parts), page
    for part in parts:
        assert get(urljoin(address, part)).strip(), part


def test_a_wheel_in_an_empty_environment_serves_pages_scripts_and_themes(served: Served):
    check_pages(served.address)


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no SIGTERM")
def test_sigterm_ends_it_within_two_seconds_with_a_stream_open(served: Served):
    with urlopen(urljoin(served.address, f"stream?w={first_widget(served.address)}"), timeout=10) as stream:
        assert stream.readline()
        asked = time.monotonic()
        served.process.send_signal(signal.SIGTERM)
        assert served.process.wait(timeout=10) == 0
        assert time.monotonic() - asked < END_S


def test_a_fresh_copy_starts_with_python_alone_and_again_without_preparing(copied: Path, tmp_path: Path):
    for start in ("first", "second"):
        folder = tmp_path / start
        folder.mkdir()
        with serving(folder, sys.executable, copied / "run.py", "--port", "0") as running:
            check_pages(running.address)
        assert ("Preparing" in (folder / "log").read_text()) == (start == "first")


def test_it_says_its_version_and_explains_itself(installed: Path, tmp_path: Path):
    from overlay import __version__

    said = subprocess.run(
        [installed / "overlay", "--version"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert __version__ in said.stdout
    for command in ("run", "demo", "simulate", "replay", "trace", "doctor", "export", "import", "backup", "restore"):
        helped = [installed / "overlay", command, "--help"]
        assert subprocess.run(helped, cwd=tmp_path, capture_output=True, check=False).returncode == 0, command
