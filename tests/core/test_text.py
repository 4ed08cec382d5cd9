"""Names and lines are hostile input; what comes out can be shown."""

from __future__ import annotations

import unicodedata

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from overlay.core.events import Emote
from overlay.core.facts import Part
from overlay.core.parts import split_emotes
from overlay.core.text import (
    ANONYMOUS,
    LINE_GRAPHEMES,
    NAME_GRAPHEMES,
    clean_name,
    clean_text,
    cut,
    fold_name,
    show_name,
)

FAMILY = "👨‍👩‍👧‍👦"
SCOTLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"

hostile = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("\u202e\u2066\u200e\u200f\u061c\ufeff\u0301\u0489\u200d\ufe0f\u3164\u2800 \n\t\x00\x9f"),
        st.sampled_from("\U000e0041\U000e007f\U0001f3f4👨🏽é[]"),
    ),
    max_size=200,
)


def clusters(text):
    return regex.findall(r"\X", text)


@pytest.mark.parametrize(
    "raw, shown",
    [
        ("Mira Kay", "Mira Kay"),
        ("  Mira  ", "Mira"),
        ("e\u0301", "é"),
        ("a\u0000b\u0007c\u009fd\ne", "abcde"),
        ("\u202eevil\u202c \u2066x\u2069", "evil x"),
        ("\u200ea\u200fb\u061cc\ufeffd", "abcd"),
        ("Z\u0335\u0321\u0322\u0489\u0489\u0489!", "Z\u0335\u0321\u0322!"),
        (f"go {SCOTLAND}", f"go {SCOTLAND}"),
        ("hid\U000e0041\U000e0042den", "hidden"),
        (FAMILY, FAMILY),
        ("日本語テスト", "日本語テスト"),
        ("مرحبا", "مرحبا"),
        ("<img src=x onerror=alert(1)>\u202e", "<img src=x onerror=alert(1)>"),
        ("1\ufe0f\u20e3", "1\ufe0f\u20e3"),
    ],
)
def test_a_name_keeps_what_can_be_read_and_loses_the_rest(raw, shown):
    assert clean_name(raw) == shown


@pytest.mark.parametrize(
    "empty",
    [
        "",
        None,
        "   ",
        "\u3164\u3164",
        "\u200b\u200d",
        "\u2800",
        "\u202e\u202c",
        "\u0301\u0301",
        "\u00ad",
        "\ufe0f",
        "\uffa0",
    ],
)
def test_a_name_of_which_nothing_is_visible_is_none(empty):
    assert clean_name(empty) == ""
    assert show_name(empty, "mira.kay") == "@mira.kay"
    assert show_name(empty, empty) == ANONYMOUS


def test_a_name_is_cut_at_64_graphemes_and_never_inside_one():
    assert clean_name("x" * 100) == "x" * NAME_GRAPHEMES
    assert clean_name(FAMILY * 100) == FAMILY * NAME_GRAPHEMES
    assert clean_name("🇩🇪" * 65) == "🇩🇪" * NAME_GRAPHEMES
    assert clean_name("é" * 64) == "é" * 64


def test_one_endless_grapheme_is_cut_all_the_same():
    endless = "👩" + "\u200d👩" * 10_000
    assert 0 < len(clean_name(endless)) <= NAME_GRAPHEMES * 16
    assert len(cut(endless, 3)) == 48


def test_marks_do_not_pile_up_across_format_characters():
    tower = clean_name("a" + "\u0301\u200d" * 50 + "b")
    assert len(regex.findall(r"\p{M}", unicodedata.normalize("NFD", tower))) <= 4
    assert tower.endswith("b")


@given(hostile)
def test_a_cleaned_name_is_harmless_and_clean_already(raw):
    name = clean_name(raw)
    assert not regex.search(r"[\p{Cc}\p{Cs}\u2028\u2029\u202A-\u202E\u2066-\u2069\u200E\u200F\u061C\uFEFF]", name)
    assert len(clusters(name)) <= NAME_GRAPHEMES
    assert not regex.search(r"(?:\p{M}\p{Cf}*){4}", name)
    assert clean_name(name) == name
    assert name == unicodedata.normalize("NFC", name)
    name.encode()


@given(hostile)
def test_a_cleaned_line_is_one_harmless_line(raw):
    line = clean_text(raw)
    assert not regex.search(r"[\p{Cc}\p{Cs}\u2028\u2029\u202A-\u202E\u2066-\u2069\uFEFF]", line)
    assert len(clusters(line)) <= LINE_GRAPHEMES
    assert clean_text(line) == line
    line.encode()


def test_a_line_loses_controls_and_overrides_and_keeps_direction_marks():
    assert clean_text("a\u202eb\x00c\r\nd") == "abc d"
    assert clean_text("\u200fשלום\u200e") == "\u200fשלום\u200e"
    assert clean_text("</script><script>alert(1)</script> ❤️") == "</script><script>alert(1)</script> ❤️"
    assert clean_text("x" * 9_999) == "x" * LINE_GRAPHEMES
    assert clean_text(FAMILY * 600) == FAMILY * LINE_GRAPHEMES
    assert clean_text("\u200b \u3164") == ""


def test_names_are_compared_without_case_at_and_width():
    assert fold_name("@Mira.Kay") == fold_name("ｍｉｒａ.kay ") == "mira.kay"
    assert fold_name("STRAẞE") == fold_name("strasse")


def emotes(*places):
    return tuple(Emote(id=str(at), image=f"https://x/{at}", place=place) for at, place in enumerate(places))


def shape(parts):
    return [part.text if part.text is not None else f"<{part.emote}>" for part in parts]


@pytest.mark.parametrize(
    "text, places, shown",
    [
        ("hello", (), ["hello"]),
        ("", (), []),
        ("", (None,), ["<0>"]),
        ("hi [wave] all", (None,), ["hi ", "<0>", " all"]),
        ("[a][b]", (None, None), ["<0>", "<1>"]),
        ("[a] and [b]", (None,), ["<0>", " and [b]"]),
        ("hi", (None,), ["hi", "<0>"]),
        ("hi all", (2,), ["hi", "<0>", " all"]),
        ("hi [wave] all", (3,), ["hi ", "<0>", " all"]),
        ("[x] hi [y]", (None, 0), ["<1>", " hi ", "<0>"]),
        ("hi", (99,), ["hi", "<0>"]),
        ("[not an emote]", (), ["[not an emote]"]),
        ("  hi  ", (None,), ["hi  ", "<0>"]),
    ],
)
def test_emotes_stand_where_they_were_put(text, places, shown):
    assert shape(split_emotes(text, emotes(*places))) == shown


def test_an_emote_keeps_its_picture():
    assert split_emotes("", (Emote(id="7", image="https://x/7.png"),)) == (Part(emote="7", image="https://x/7.png"),)


@given(hostile, st.lists(st.one_of(st.none(), st.integers(0, 250)), max_size=5))
def test_no_emote_is_lost_and_no_line_grows(text, places):
    parts = split_emotes(text, emotes(*places))
    assert sorted(part.emote for part in parts if part.text is None) == [str(at) for at in range(len(places))]
    assert len(clusters("".join(part.text or "" for part in parts))) <= LINE_GRAPHEMES
    assert all(part.text != "" for part in parts)
