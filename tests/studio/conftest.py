"""A server with a simulated creator who is live and overlays that move, as after the very first start."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.serving import Served, serving


@pytest.fixture
async def fresh(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path, furnish=True) as one:
        yield one


@pytest.fixture
async def bare(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path) as one:
        yield one
