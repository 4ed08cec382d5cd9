"""TOML from outside is read or refused, and nothing else happens."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overlay.core.toml import BadToml, read_toml, word


@pytest.mark.parametrize("text", ["a=" + "[" * 100_000, "a=" + "1" * 5001, "a = = 1", "[", "a=1\na=2"])
def test_what_cannot_be_read_is_refused_with_a_reason(text):
    with pytest.raises(BadToml) as told:
        read_toml(text)
    assert str(told.value)


@given(st.text(alphabet="a=[]{}'\"\n1.0-_#:T ", max_size=60))
def test_any_text_is_a_table_or_refused(text):
    with contextlib.suppress(BadToml):
        assert isinstance(read_toml(text), dict)


def test_only_a_text_is_a_word():
    assert (word("Mine"), word(None, "mine"), word(10**6000, "mine"), word(["x"])) == ("Mine", "mine", "mine", "")
