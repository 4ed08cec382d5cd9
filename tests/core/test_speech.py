"""The lines of a stream: what is kept of speech, and words of hypotheses."""

from __future__ import annotations

import pytest

from overlay.core import facts
from overlay.core.speech import State
from overlay.core.speech_segment import MAX_SEGMENT_TOKENS
from overlay.core.speech_words import align, anchor, clean, is_spaceless, plain, split
from tests.core.speeches import Speech, final, said, translated


def test_a_line_is_kept_once_and_corrected_under_its_id():
    speech = Speech()
    speech.hear(0, said("hola a todos", language="es"))
    assert speech.state.drain_lines() == []
    speech.gap(100)
    first = speech.state.drain_lines()
    speech.hear(500, final("Hola a todos.", language="es"), translated("Hello everyone."))
    second = speech.state.drain_lines()
    assert [line["id"] for line in first] == [line["id"] for line in second]
    assert (first[0]["closed_by"], second[0]["closed_by"]) == ("interrupted", "final")
    assert (second[0]["text"], second[0]["translation"]) == ("Hola a todos.", "Hello everyone.")
    assert speech.state.drain_lines() == []


def test_what_was_taken_back_is_no_line():
    speech = Speech()
    speech.hear(0, said("um", 0, 100), final("", 0, 200))
    assert speech.lines == []


def test_rehearsed_speech_is_no_line():
    speech = Speech()
    speech.take(facts.Spoke(at_ms=0, event=final("Only a test."), test=True))
    assert (speech.lines, speech.texts) == ([], ["Only a test."])


def test_lines_go_on_after_a_restart_under_new_ids():
    speech = Speech()
    speech.hear(0, final("One."))
    assert speech.state.unsaved
    first = speech.lines
    speech.restart()
    assert not speech.state.unsaved
    speech.hear(0, final("Two."))
    assert len({line["id"] for line in [*first, *speech.lines]}) == 2


def test_what_an_older_program_kept_is_forgotten_without_harm():
    state = State()
    state.load(b"\xc1")
    assert state.wake() is None


def test_a_run_on_keeps_its_end_and_goes_on_growing():
    speech, words = Speech(), [f"w{number}" for number in range(MAX_SEGMENT_TOKENS + 80)]
    for end in range(5, len(words) + 1, 5):
        speech.hear(end * 100, said(" ".join(words[:end])))
    assert len(speech.stage.fold.segments) == 1
    shown = speech.view["segments"][0]
    assert (shown["fixed"] + " " + shown["tail"]).split()[-10:] == words[-10:]
    assert len((shown["fixed"] + " " + shown["tail"]).split()) == MAX_SEGMENT_TOKENS
    assert len(shown["tail"].split()) <= 6


def test_a_window_whose_beginning_is_missing_is_joined_where_it_overlaps():
    speech = Speech()
    long = " ".join(f"word{number}" for number in range(300))
    speech.hear(0, said(long))
    speech.hear(300, said(long + " and"))
    assert len(clean(long)) == 2_000
    speech.hear(600, said(long + " and more"))
    text = speech.view["segments"][0]["fixed"] + " " + speech.view["segments"][0]["tail"]
    assert text.endswith("word298 word299 and more")
    assert text.count("word299") == 1


@pytest.mark.parametrize(
    "locked, hyp, at",
    [
        ("a b c", "a b c d", 3),
        ("a b c", "a x c d", 3),
        ("a b c", "a c d", 2),
        ("a b c", "a b x c d", 4),
        ("a b c", "x a b c d", 4),
        ("a b c", "", 0),
        ("", "a b", 0),
    ],
)
def test_locked_words_are_found_in_a_hypothesis_by_the_fewest_edits(locked, hyp, at):
    assert align(locked.split(), hyp.split()) == at


def test_locked_words_are_found_in_the_middle_of_a_window():
    assert anchor(["a", "b", "c", "d", "e"], ["d", "e", "f", "g"]) == 2
    assert anchor(["a", "b", "c", "d", "e"], ["b", "c", "d", "e", "f"]) == 4


@pytest.mark.parametrize("one, other", [("Hello,", "hello"), ("ﬁsh", "FISH"), ("straße", "STRASSE"), ("«да!»", "Да")])
def test_words_are_compared_without_case_form_and_punctuation(one, other):
    assert plain(one) == plain(other)


def test_a_mark_that_stands_alone_is_compared_as_itself():
    assert plain("—") != plain("?")


@pytest.mark.parametrize(
    "language, text, answer",
    [
        ("ja", "x", True),
        ("zh-Hans", "x", True),
        ("th", "x", True),
        ("ko", "안녕", False),
        (None, "안녕", False),
        (None, "今日", True),
        (None, "…", False),
    ],
)
def test_some_languages_put_no_space_between_words(language, text, answer):
    assert is_spaceless(language, text) is answer


def test_a_grapheme_is_never_cut():
    assert split("ที่\U0001f469\u200d\U0001f467 a", spaceless=True) == ["ที่", "\U0001f469\u200d\U0001f467 ", "a"]
