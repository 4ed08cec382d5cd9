"""The server whose overlays the claims in a browser watch."""

from pathlib import Path

import pytest

import overlay.app
from tests.browser.studio import Studio


@pytest.fixture
async def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    # files that are edited while a test runs make another build, and another build loads every page anew
    monkeypatch.setattr(overlay.app, "build_of", lambda *_: "one-build")
    one = Studio(tmp_path)
    await one.start()
    yield one
    await one.stop()
