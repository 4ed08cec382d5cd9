"""What previews and the gallery draw is exactly what the folds give: every sample is a view of its kind."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import pytest

from overlay.assets import assets
from overlay.widgets import KINDS

FILES = sorted((assets() / "static" / "samples").glob("*.json"))


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_a_sample_is_a_view_of_its_kind(path: Path) -> None:
    shown = json.loads(path.read_text("utf-8"))
    view = importlib.import_module(f"overlay.widgets.{path.stem.partition('-')[0]}").View
    shown.pop("as_of_ms", None)
    assert set(shown) == set(view.__struct_encode_fields__)


def test_every_kind_has_a_sample_at_its_best_and_one_that_strains_it() -> None:
    names = {path.stem for path in FILES}
    assert {f"{kind}{part}" for kind in KINDS for part in ("", "-strained")} <= names
