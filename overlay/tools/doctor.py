"""`overlay doctor`: what may be wrong with this installation, and what to do about each thing.

It looks and never changes anything. Exit 1 if anything failed.
"""

from __future__ import annotations

import asyncio
import shutil
import socket
import sys
import tempfile
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

import httpx
from msgspec import Struct

from overlay import __version__
from overlay.assets import assets
from overlay.config import Config, short_password
from overlay.store.db import check_file, connect_reader, is_trouble
from overlay.store.settings import secret
from overlay.theme_faults import theme_faults
from overlay.themes import Themes
from overlay.tools.server import find_server, noted_server
from overlay.trust import UNTRUSTED, is_untrusted, trusted

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

BASELINE: Final = 103
CLOCK_OFF_S: Final = 5.0
MEND_TRUST: Final = (
    "Let this machine set its clock by itself, and see whether a virus scanner looks into encrypted connections."
)
ROOM_WANTED: Final = 500_000_000
FILES_WANTED: Final = 4_096


class Finding(Struct, frozen=True, kw_only=True):
    """One check: what was found, and what to do when it is not well."""

    check: str
    well: bool
    found: str
    fix: str = ""


def examine(config: Config) -> int:
    """Print every finding; 1 if anything failed."""
    findings = asyncio.run(look(config))
    for finding in findings:
        sys.stdout.write(f"{'ok  ' if finding.well else 'FAIL'}  {finding.check}: {finding.found}\n")
        if not finding.well and finding.fix:
            sys.stdout.write(f"      {finding.fix}\n")
    return 0 if all(finding.well for finding in findings) else 1


async def look(config: Config, key: str | None = None) -> list[Finding]:
    """Every check, one after another; none of them changes anything."""
    found = [check_python(), check_folder(config), check_database(config), check_port(config), check_files()]
    found += check_password(config) + check_themes(config)
    secret = key if key is not None else stored_key(config)
    async with httpx.AsyncClient(timeout=10, trust_env=False, verify=trusted()) as client:
        checks: Iterable[Callable[[], Awaitable[Finding]]] = (
            lambda: check_upstream(client, config, secret),
            lambda: check_obs(client, config),
        )
        for check in checks:
            found.append(await check())
    return found


def check_python() -> Finding:
    """The Python this runs on."""
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding(
        check="program",
        well=sys.version_info >= (3, 11),
        found=f"overlay {__version__} on Python {version}",
        fix="Install Python 3.11 or newer.",
    )


def check_folder(config: Config) -> Finding:
    """The data folder can be written, and there is room."""
    folder = config.folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-"):
            pass
        free = shutil.disk_usage(folder).free
    except OSError as trouble:
        return Finding(
            check="data folder",
            well=False,
            found=f"{folder}: {trouble.strerror}",
            fix="Give this account the right to write there, or name another folder with --data.",
        )
    return Finding(
        check="data folder",
        well=free >= ROOM_WANTED,
        found=f"{folder}, {free // 1_000_000} MB free",
        fix="Make room on this disk: what is counted must be written down.",
    )


def check_database(config: Config) -> Finding:
    """The database opens and is whole."""
    path = config.folder / "overlay.db"
    if not path.exists():
        return Finding(check="database", well=True, found="none yet; the first start makes it")
    answer = check_file(path) or "whole"
    return Finding(
        check="database",
        well=answer == "whole",
        found=answer,
        fix="Start the server once: it restores the last good backup by itself.",
    )


def check_port(config: Config) -> Finding:
    """The server of this folder answers where it said it does; without one, its port is free."""
    noted = noted_server(config.folder)
    if noted is not None and is_ours(str(noted)):
        return Finding(check="port", well=True, found=f"{noted.port or 80}: our server is running")
    with socket.socket() as probe:
        probe.settimeout(2)
        if probe.connect_ex(("127.0.0.1", config.port)) != 0:
            return Finding(check="port", well=True, found=f"{config.port} is free")
    ours = is_ours(f"http://127.0.0.1:{config.port}/")
    return Finding(
        check="port",
        well=ours,
        found=f"{config.port}: {'our server is running' if ours else 'somebody else has it'}",
        fix="End the other program, or choose another port with --port.",
    )


def is_ours(base: str) -> bool:
    """Whether a server of this program answers there."""
    try:
        told = httpx.get(f"{base.rstrip('/')}/healthz", timeout=3, trust_env=False)
        return told.is_success and told.json() == {"alive": True}
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        return False


def check_files() -> Finding:
    """How many sockets this system lets us have open."""
    try:
        import resource  # noqa: PLC0415  not on Windows
    except ImportError:
        return Finding(check="open files", well=True, found="as many as this system has")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = max(soft, hard) if hard != resource.RLIM_INFINITY else 10**9
    return Finding(
        check="open files",
        well=most >= FILES_WANTED,
        found=f"{soft} now, raised up to {min(most, 65_536)} at start",
        fix="Raise the limit of open files for this account (ulimit -n).",
    )


def check_password(config: Config) -> list[Finding]:
    """A told password that is easily guessed is a fault where others can try it; nothing to say of a long one."""
    short = short_password(config)
    fix = "Choose a longer one: whoever guesses it can change everything here."
    return [] if short is None else [Finding(check="password", well=not config.reachable, found=short, fix=fix)]


def check_themes(config: Config) -> list[Finding]:
    """The owner's own themes are whole; nothing to say where there are none."""
    themes = Themes(assets() / "themes", config.folder / "themes")
    damaged = [
        Finding(
            check=f"theme {fault.theme!r}",
            well=False,
            found=fault.found,
            fix="Correct the file and save it: the server follows at once. Or remove the folder of this theme.",
        )
        for fault in theme_faults(themes)
    ]
    own = len(themes.own())
    whole = [Finding(check="themes", well=True, found=f"{own} of your own, none damaged")] if own else []
    return damaged or whole


async def check_upstream(client: httpx.AsyncClient, config: Config, key: str | None) -> Finding:
    """TikTool answers, knows the key, and its clock is ours."""
    if not key:
        return finding("TikTool", "no key: only simulated creators run")
    try:
        answer = await client.get(f"{config.tiktool_api}/webcast/rate_limits", headers={"x-api-key": key})
    except httpx.TimeoutException:
        return finding("TikTool", "does not answer in time", "Check this machine's connection and firewall.")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        if is_untrusted(error):
            return finding("TikTool", UNTRUSTED, MEND_TRUST)
        return finding("TikTool", "cannot be reached", "Check this machine's connection and firewall.")
    if answer.status_code in {401, 403}:
        return finding("TikTool", "refuses the key", "Enter the key anew on the settings page.")
    off_s = clock_off_s(answer.headers.get("date", ""))
    if off_s > CLOCK_OFF_S:
        return finding("clock", f"{off_s:.0f} s off TikTool's", "Let this machine set its clock by itself.")
    fix = "" if answer.status_code == 200 else "Try again later."
    return finding("TikTool", f"answered {answer.status_code}, the clocks agree", fix)


def clock_off_s(date: str) -> float:
    """How far this clock is from the one of an answer; a date that cannot be read says nothing."""
    try:
        return abs(parsedate_to_datetime(date).timestamp() - time.time())
    except (ValueError, OverflowError, OSError):
        return 0.0


def finding(check: str, found: str, fix: str = "") -> Finding:
    """A finding that is well exactly when there is nothing to do."""
    return Finding(check=check, well=not fix, found=found, fix=fix)


async def check_obs(client: httpx.AsyncClient, config: Config) -> Finding:
    """Which Chromium the open OBS sources have, if the server runs."""
    try:
        answer = await client.get(f"{find_server(config.folder, None)}/api/status")
        status = answer.json() if answer.is_success else {}
    except (httpx.HTTPError, ValueError):
        status = {}
    agents = [one["user_agent"] for widget in status.get("widgets", ()) for one in widget["streams"]]
    versions = {int(part.partition("Chrome/")[2].partition(".")[0] or 0) for part in agents if "OBS/" in part}
    if not versions:
        return Finding(check="OBS", well=True, found="no overlay is open in OBS right now")
    old = min(versions)
    return Finding(
        check="OBS",
        well=old >= BASELINE,
        found=f"Chromium {old} in its browser sources",
        fix="Update OBS to 28 or newer: its browser is too old for these overlays.",
    )


def stored_key(config: Config) -> str | None:
    """The key of the environment, else the one of the settings page."""
    if config.tiktool_key is not None:
        return config.tiktool_key.reveal()
    path = config.folder / "overlay.db"
    if not path.exists():
        return None
    try:
        db = connect_reader(path)
        try:
            return secret(db, "tiktool_key")
        finally:
            db.close()
    except Exception as trouble:
        if is_trouble(trouble):
            return None  # the check of the database says why
        raise
