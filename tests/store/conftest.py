"""A store in a folder of its own, opened and closed."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
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


@contextlib.contextmanager
def disk(place: Path, size: str) -> Iterator[Path]:
    """A small disk at a place; needs the right to mount."""
    place.mkdir()
    options = f"size={size},mode=700"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("needs the right to mount a small disk")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.fixture
def small_disk(folder):
    """Eight megabytes at the place of the data folder."""
    with disk(folder, "8m") as place:
        yield place


@pytest.fixture
def small_disk_elsewhere(tmp_path):
    """Eight megabytes for another data folder."""
    with disk(tmp_path / "small", "8m") as place:
        yield place


@pytest.fixture
def small_place(tmp_path):
    """Two megabytes for anything."""
    with disk(tmp_path / "tiny", "2m") as place:
        yield place


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
