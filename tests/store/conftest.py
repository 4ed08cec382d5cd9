"""A store in a folder of its own, opened and closed."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
import pytest_asyncio

from overlay.store import Store


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A data folder, and temporary files beside it."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(elsewhere))
    return tmp_path / "data"


@pytest_asyncio.fixture
async def store(folder):
    """An empty store."""
    opened = await Store.open(folder)
    yield opened
    await opened.close()


@pytest.fixture
def small_disk(tmp_path, folder):
    """A disk of eight megabytes at the place of the data folder; needs the right to mount."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m,mode=700", "tmpfs", str(folder)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("needs the right to mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def remount(folder: Path, option: str) -> None:
    """Change how the small disk is mounted."""
    subprocess.run(["mount", "-o", f"remount,{option}", str(folder)], check=True, capture_output=True)


@pytest.fixture
def remounted():
    """The function above."""
    return remount


@pytest.fixture(autouse=True)
def _no_leftovers(tmp_path):
    yield
    shutil.rmtree(tmp_path / "elsewhere", ignore_errors=True)
