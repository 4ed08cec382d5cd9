"""What every pattern of an option claims: it means the whole text, in Python too, whose `$` lets a line end follow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from overlay.core.widget import END
from overlay.widgets import KINDS


def patterns(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("pattern"), str):
            yield schema["pattern"]
        for part in schema.values():
            yield from patterns(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from patterns(part)


@pytest.mark.parametrize("kind", KINDS)
def test_every_pattern_of_an_option_means_the_whole_text(kind: str) -> None:
    found = list(patterns(msgspec.json.schema(KINDS[kind].options)))
    assert found  # colours, at least
    assert [one for one in found if not (one.startswith("^") and one.endswith(END))] == []
