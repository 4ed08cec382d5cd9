"""Starts the overlay server from a checkout, with nothing but Python installed.

`python3 run.py` makes `.venv` from requirements.lock (again only when the lock has changed), then starts `overlay run`
and passes every argument on: `python3 run.py demo`, `python3 run.py doctor`, `python3 run.py --open`. It uses the
standard library alone, in words that an old Python can read, so that it can say what is wrong with it. It never
touches anything outside this folder.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
WINDOWS = os.name == "nt"
BIN = VENV / ("Scripts" if WINDOWS else "bin")
PYTHON = BIN / ("python.exe" if WINDOWS else "python")
LOCKS = {"run": ["requirements.lock"], "dev": ["requirements.lock", "requirements-dev.lock"]}
OLDEST = (3, 11)
COMMAND = """#!/bin/sh
exec "{python}" -P -m overlay "$@"
"""


def die(sentence: str) -> None:
    """End with one sentence on standard error."""
    sys.stderr.write(sentence + "\n")
    raise SystemExit(1)


def check_python() -> None:
    """Refuse a Python that is too old, or that cannot make an environment."""
    if sys.version_info < OLDEST:
        mine = ".".join(map(str, sys.version_info[:2]))
        die(f"Python 3.11 or newer is needed and this is {mine}: install a newer one from python.org, then try again.")
    try:
        import ensurepip  # noqa: F401, PLC0415
        import venv  # noqa: F401, PLC0415
    except ImportError:
        die("This Python lacks venv: on Debian or Ubuntu, `sudo apt install python3-venv`, then try again.")


def stamp(what: str) -> str:
    """What the environment is made from: this folder, this Python, these locks."""
    digest = hashlib.sha256(repr((str(ROOT), sys.version_info[:2])).encode())
    for name in LOCKS[what]:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def remembered(what: str) -> Path:
    """The file that remembers it."""
    return VENV / f".made-for-{what}"


def is_made(what: str) -> bool:
    """Whether the environment stands, and was made from these very things."""
    return PYTHON.exists() and remembered(what).exists() and remembered(what).read_text() == stamp(what)


def works() -> bool:
    """Whether the environment's Python starts, has pip, and is this one."""
    show = "import sys, pip; print(sys.version_info[:2])"
    try:
        answer = subprocess.run([PYTHON, "-c", show], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return answer.returncode == 0 and answer.stdout.strip() == repr(sys.version_info[:2])


def prepare(what: str = "run") -> None:
    """Make the environment if it is missing or was made from other locks; `dev` adds what tests and checks need."""
    if is_made(what):
        return
    check_python()
    sys.stderr.write("Preparing .venv (once, and again when a lock file changes) ...\n")
    if not works() and subprocess.call([sys.executable, "-m", "venv", "--clear", VENV]) != 0:
        die("The environment .venv could not be made: the lines above say why.")
    install = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    for name in LOCKS[what]:
        install += ["-r", str(ROOT / name)]
    if subprocess.call(install) != 0:
        die("The packages of the lock file could not be installed (is this computer online?): the lines above say why.")
    link()
    for made in {"run", what}:
        remembered(made).write_text(stamp(made))


def link() -> None:
    """Let the environment find the checkout, and give it the `overlay` command."""
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    folder = subprocess.run([PYTHON, "-c", where], capture_output=True, text=True, check=True).stdout.strip()
    Path(folder, "overlay-checkout.pth").write_text(f"{ROOT}\n")
    if not WINDOWS:
        command = BIN / "overlay"
        command.write_text(COMMAND.format(python=PYTHON))
        command.chmod(0o755)


def main(arguments: "list[str]") -> None:
    """Prepare, then become `overlay run`, or whatever command is named."""
    prepare()
    is_option = bool(arguments) and arguments[0].startswith("-") and arguments[0] not in {"-h", "--help", "--version"}
    first = ["run"] if is_option or not arguments else []
    command = [str(PYTHON), "-P", "-m", "overlay", *first, *arguments]
    if not WINDOWS:
        os.execv(PYTHON, command)  # noqa: S606 - Ctrl-C and signals go straight to the server
    try:
        raise SystemExit(subprocess.call(command))
    except KeyboardInterrupt:
        raise SystemExit(0) from None


if __name__ == "__main__":
    check_python()
    main(sys.argv[1:])
