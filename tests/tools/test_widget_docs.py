"""The page about widgets is what their declarations and the studio's words say, and no option is left without words."""

from __future__ import annotations

import json

import msgspec
import pytest

from overlay.widgets import KINDS
from tools.widget_docs import TARGET, WORDS, said, write

LANGUAGES = sorted(path.stem for path in WORDS.glob("*.json"))


def test_the_page_about_widgets_is_what_would_be_written_now() -> None:
    assert TARGET.read_text("utf-8") == write(), "python -m tools.widget_docs"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_option_of_every_kind_is_explained_in_every_language(language: str) -> None:
    words = json.loads((WORDS / f"{language}.json").read_text("utf-8"))
    for kind in KINDS.values():
        for option in msgspec.structs.fields(kind.options):
            keys = (f"option.{kind.name}.{option.name}.hint", f"option.{option.name}.hint")
            found = [words[key] for key in keys if key in words]
            assert found, (language, kind.name, option.name)
            assert found[0].endswith((".", "。")), found[0]


def test_an_option_without_words_stops_the_page() -> None:
    class Silent:
        def has(self, key: str) -> bool:
            return not key.endswith(".hint")

        def first(self, *keys: str) -> str:
            return keys[0]

    with pytest.raises(KeyError, match=r"option\.rows\.hint"):
        said(Silent(), "chat", "rows")  # type: ignore[arg-type]
