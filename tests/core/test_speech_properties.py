"""What holds for captions whatever is said, in whatever order, script, or with whatever nonsense."""

from __future__ import annotations

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from overlay.core import facts
from overlay.core.events import Caption, Translation
from overlay.core.speech_fold import MOST_CLOSED, MOST_OPEN
from overlay.core.speech_mask import Mask
from overlay.core.speech_rows import cells, hangs, keep, lay_out
from overlay.core.speech_segment import MAX_SEGMENT_TOKENS
from overlay.core.speech_words import align, clean, join, plains, split
from tests.core.speeches import Speech

WORDS = st.sampled_from(["the", "a", "amazon", "is", "was", "largest", "forest", "Forest,", "so", "on", "—", "now"])
SENTENCE = st.lists(WORDS, max_size=9).map(" ".join)
ANY_TEXT = st.one_of(
    SENTENCE, st.text(max_size=60), st.sampled_from(["今日は皆さんありがとう。", "ขอบคุณทุกคน", "\ud800", "x" * 3_000])
)
ANY_TIME = st.one_of(st.none(), st.integers(-5_000, 9_000), st.sampled_from([2**53, 2**70, -(2**64)]))
LANGUAGE = st.sampled_from([None, "en", "ja", "th", "en-GB", "<b>", ""])
SPEAKER = st.sampled_from([None, "A", "B", "\u202e", ""])
EVENTS = st.one_of(
    st.builds(
        Caption,
        socket=st.just("captions"),
        text=ANY_TEXT,
        final=st.booleans(),
        speaker=SPEAKER,
        language=LANGUAGE,
        start_ms=ANY_TIME,
        end_ms=ANY_TIME,
    ),
    st.builds(Translation, text=ANY_TEXT, speaker=SPEAKER, target=LANGUAGE, start_ms=ANY_TIME),
    st.sampled_from(["gap", "clear", "restore", "restart"]),
)
STEPS = st.lists(st.tuples(st.integers(0, 4_000), EVENTS), max_size=40)
OPTIONS = st.fixed_dictionaries(
    {
        "mode": st.sampled_from(["fast", "stable", "final"]),
        "translation": st.sampled_from(["off", "replace", "both"]),
        "target": st.sampled_from([None, "en", "ja"]),
        "rows": st.integers(1, 4),
        "cells": st.integers(4, 40),
        "delay_ms": st.sampled_from([0, 700]),
        "mask": st.sampled_from([[], ["forest"], ["今日", "so on", "..."]]),
    }
)


def play(speech: Speech, steps):
    at = 0
    for pause, event in steps:
        at += pause
        if event == "gap":
            speech.gap(at)
        elif event == "clear":
            speech.clear(at)
        elif event == "restore":
            speech.take(facts.Restored(at_ms=at, id="r1", what="captions"))
        elif event == "restart":
            speech.restart()
        else:
            speech.hear(at, event)
        yield speech.view


@given(STEPS, OPTIONS)
@settings(max_examples=300)
def test_no_captions_can_break_the_fold_and_its_memory_is_bounded(steps, options):
    speech = Speech(**options)
    for view in play(speech, steps):
        assert all(segment["fixed"] or segment["tail"] or segment["translation"] for segment in view["segments"])
        segments = speech.stage.fold.segments
        assert len(segments) <= MOST_CLOSED + MOST_OPEN
        assert all(len(one.tokens) <= MAX_SEGMENT_TOKENS and 0 <= one.stable <= len(one.tokens) for one in segments)
    speech.wait(speech.at + 60_000)
    assert speech.view["segments"] == []
    assert speech.stage.wake() is None
    assert speech.state.wake() is None


@given(st.lists(st.tuples(st.integers(0, 1_500), SENTENCE), min_size=1, max_size=15), SENTENCE)
@settings(max_examples=300)
def test_locked_words_are_never_redrawn_before_the_final(hypotheses, last):
    speech, at, locked = Speech(rows=9, cells=99), 0, ""
    for pause, text in hypotheses:
        at += pause
        speech.hear(at, Caption(socket="captions", text=text, speaker="A", language="en"))
        fixed = (speech.fixed or [""])[0]
        assert len(speech.view["segments"]) <= 1
        assert (fixed + " ").startswith(locked + " ") or not locked
        locked = fixed
    speech.hear(at + 1, Caption(socket="captions", text=last, final=True, speaker="A", language="en"))
    assert speech.fixed in ([], [clean(last)], [locked])


@given(STEPS)
@settings(max_examples=100)
def test_a_restart_changes_nothing_that_is_seen(steps):
    steady, restarted = Speech(), Speech()
    shows = zip(
        play(steady, [one for one in steps if one[1] != "restart"]),
        play(restarted, [one for one in steps if one[1] != "restart"]),
        strict=True,
    )
    for one, other in shows:
        assert one == other
        restarted.restart()


@given(STEPS, st.integers(0, 39))
@settings(max_examples=100)
def test_nothing_said_before_a_clear_is_ever_seen_after_it(steps, at):
    speech = Speech(delay_ms=300)
    told = [one for one in steps if not isinstance(one[1], str)]
    for _ in play(speech, told[:at]):
        pass
    before = {one["id"] for one in speech.view["segments"]}
    speech.clear(speech.at)
    assert speech.view["segments"] == []
    for view in play(speech, [(speech.at + pause, event) for pause, event in told[at:][:1]]):
        assert not before & {one["id"] for one in view["segments"]}


@given(ANY_TEXT, st.integers(4, 40), st.booleans())
def test_rows_hold_every_letter_and_never_more_than_fits_but_for_what_hangs(text, most, spaceless):
    tokens = split(clean(text), spaceless=spaceless)
    rows = lay_out(tokens, most, spaceless=spaceless)
    assert "".join("".join(rows).split()) == "".join("".join(tokens).split())
    for row in rows:
        words = split(row, spaceless=spaceless)
        while len(words) > 1 and hangs(words[-1]):
            words.pop()
        assert cells(join(words, spaceless=spaceless)) <= most or len(words) == 1


@given(st.lists(WORDS, max_size=12), st.lists(WORDS, max_size=12), st.integers(4, 20))
def test_earlier_rows_never_break_anew_while_the_text_grows(words, more, most):
    before, after = lay_out(words, most, spaceless=False), lay_out([*words, *more], most, spaceless=False)
    assert after[: max(0, len(before) - 1)] == before[:-1]


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=8), st.integers(1, 5))
def test_only_last_rows_of_open_segments_stay_when_there_are_too_many(segments, most):
    rows = [[f"{at}.{row}" for row in range(count)] for at, (count, _) in enumerate(segments)]
    kept = keep(rows, [is_open for _, is_open in segments], most)
    assert all(left == one[len(one) - len(left) :] for one, left in zip(rows, kept, strict=True))
    assert all(left for one, left, (_, is_open) in zip(rows, kept, segments, strict=True) if one and is_open)
    needed = sum(1 for count, is_open in segments if count and is_open)
    assert sum(map(len, kept)) == min(sum(map(len, rows)), max(most, needed)) or needed > most


@given(st.lists(WORDS, max_size=8), st.lists(WORDS, max_size=8))
def test_a_hypothesis_that_begins_with_the_locked_words_is_aligned_after_them(locked, more):
    plain = plains([*locked, *more])
    assert align(plains(locked), plain) >= len(locked)


@given(st.permutations(["日本", "本語", "語", "本"]))
def test_where_masked_texts_overlap_no_letter_that_one_hides_is_shown_as_the_beginning_of_another(texts):
    mask = Mask(texts, [])
    mask.texts = dict.fromkeys(texts)  # in just this order
    assert "".join(mask.apply([*"日本語本"], spaceless=True)) == "日**本"


@given(st.lists(st.sampled_from(["Darn", "darn!", "darnley", "«DARN»", "d-arn", "da", "rn"]), max_size=6))
def test_a_masked_word_is_never_seen_whole_and_others_stay(words):
    seen = Mask(["darn"], []).apply(words, spaceless=False)
    for word, shown in zip(words, seen, strict=True):
        masked = plains([word]) == ["darn"]
        assert ("*" in shown) == masked
        assert masked or shown == word


@given(STEPS)
@settings(max_examples=50)
def test_views_can_always_be_encoded(steps):
    for view in play(Speech(translation="both"), steps):
        msgspec.json.encode(view)
