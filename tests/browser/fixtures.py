"""Gives any test a Chromium: `browser` the current one, `each_chromium` one after another all that OBS embeds.

A Chromium that cannot be had skips the test and says why. What asks for one of these is marked `browser`.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.browser import browsers
from tools.browsers import NAMES, OLD, find, why_missing

FIXTURES = {"browser", "old_browser", "each_chromium"}
EACH = [pytest.param(name, marks=pytest.mark.old_chromium if name in OLD else ()) for name in NAMES]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what wants a Chromium."""
    for item in items:
        if FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.browser)


def program(name: str) -> Path:
    """The program of that Chromium, or a skipped test."""
    found = find(name)
    if found is None:
        pytest.skip(why_missing(name))
    return found


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """The current Chromium."""
    async with browsers.started(program("current")) as running:
        yield running


@pytest.fixture
async def old_browser() -> AsyncIterator[Browser]:
    """The oldest Chromium that a supported OBS embeds."""
    async with browsers.started(program("103")) as running:
        yield running


@pytest.fixture(params=EACH)
async def each_chromium(request: pytest.FixtureRequest) -> AsyncIterator[Browser]:
    """Every Chromium in turn."""
    async with browsers.started(program(request.param)) as running:
        yield running
