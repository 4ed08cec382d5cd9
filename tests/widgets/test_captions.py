"""Captions as pages see them: every given case, and a claim for every sentence of the rules that has none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from overlay.core import facts
from overlay.core.tiktool import decode_captions
from overlay.widgets.captions import WIDGET
from tests.core.speeches import Speech, final, said, translated

RULES = Path(__file__).parents[1] / "frames" / "rules" / "caption-cases.json"
CASES = json.loads(RULES.read_bytes())["cases"]
NAMES = {"maxRows": "rows", "maxCells": "cells", "delayMs": "delay_ms", "blocked": "mask"}
TIMES = {"startMs": "startedAtMs", "endMs": "endsAtMs"}


def as_case(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != "dir"}


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_given_case_holds(case):
    config = {NAMES.get(name, name): value for name, value in case["config"].items()}
    speech = Speech(**config)
    for step in case["steps"]:
        at, frame = step["t"], step.get("in") or {"kind": "time"}
        speech.wait(at)
        before = speech.view
        if frame["kind"] == "gap":
            speech.gap(at)
        elif frame["kind"] == "clear":
            speech.clear(at)
        elif frame["kind"] != "time":
            wire = {TIMES.get(name, name): value for name, value in frame.items() if name not in {"kind", "tok"}}
            speech.hear(at, *decode_captions(json.dumps({"type": frame["kind"], **wire})))
        expect = step.get("expect") or {}
        if "rows" in expect:
            assert speech.rows == [as_case(row) for row in expect["rows"]], f"at {at}"
        if "drop" in expect:
            assert speech.view == before, f"at {at}"
        if "transcript" in expect:
            assert [line["text"] for line in speech.lines] == expect["transcript"], f"at {at}"


# --- §1.3 partials ---


def test_c04_a_hypothesis_that_loses_a_locked_word_redraws_nothing():
    speech = Speech()
    speech.hear(0, said("we will now open the"))
    speech.hear(300, said("we will now open the big"))
    assert speech.fixed == ["we will now open the"]
    speech.hear(600, said("we now open the big box"))
    assert speech.texts == ["we will now open the big box"]
    speech.hear(900, said("so we will now open the big box here"))
    assert speech.texts[0].startswith("we will now open the")
    assert speech.texts == ["we will now open the big box", "here"]


def test_c04_a_shorter_hypothesis_leaves_what_is_locked():
    speech = Speech()
    speech.hear(0, said("one two three four"))
    speech.hear(300, said("one two three four"))
    speech.hear(600, said("one two"))
    assert speech.view["segments"][0] | {"fixed": "one two three", "tail": ""} == speech.view["segments"][0]


def test_votes_are_counted_without_case_and_punctuation():
    speech = Speech()
    speech.hear(0, said("well, Hello there"))
    speech.hear(300, said("Well hello there my"))
    assert speech.fixed == ["Well hello there"]


def test_the_last_word_is_held_back():
    speech = Speech()
    for at in range(3):
        speech.hear(at * 300, said("one two"))
    assert speech.view["segments"][0]["tail"] == "two"


def test_c07_an_open_segment_without_news_is_closed_after_six_seconds_and_then_cleared():
    speech = Speech()
    speech.hear(0, said("is anybody"))
    speech.wait(5_999)
    assert speech.texts == ["is anybody"]
    speech.wait(6_000)
    assert speech.texts == []
    assert [(line["text"], line["closed_by"], line["closed_ms"]) for line in speech.lines] == [
        ("is anybody", "timeout", 6_000)
    ]


def test_c07_what_was_said_meanwhile_keeps_the_rows_until_it_can_be_read():
    speech = Speech()
    speech.hear(0, said("is anybody"))
    speech.hear(4_000, final("Yes, I am.", speaker="B"))
    speech.wait(7_999)
    assert speech.texts == ["is anybody", "Yes, I am."]
    speech.wait(8_000)
    assert speech.texts == []


def test_c07_an_equal_partial_keeps_a_segment_open():
    speech = Speech()
    speech.hear(0, said("is anybody"))
    speech.hear(5_000, said("is anybody"))
    speech.wait(10_999)
    assert speech.texts == ["is anybody"]


def test_c09_a_partial_of_a_segment_that_is_final_is_dropped():
    speech = Speech()
    speech.hear(0, final("Good evening, all.", 0, 900))
    speech.hear(2_000, said("good evening", 100, 950))
    assert speech.texts == ["Good evening, all."]


def test_c09_without_times_the_echo_of_a_final_is_dropped_for_a_moment():
    speech = Speech()
    speech.hear(0, final("Good evening, all."))
    speech.hear(699, said("good evening"))
    assert speech.texts == ["Good evening, all."]
    speech.hear(700, said("good evening"))
    assert speech.texts == ["Good evening, all.", "good evening"]


def test_c09_other_words_right_after_a_final_are_new():
    speech = Speech()
    speech.hear(0, final("Good evening, all."))
    speech.hear(100, said("so"))
    assert speech.texts == ["Good evening, all.", "so"]


# --- order and late frames ---


def test_c11_a_segment_that_comes_late_takes_its_place():
    speech = Speech(rows=3)
    speech.hear(0, final("Second.", 3_000, 3_500, speaker="A"))
    speech.hear(500, final("First.", 0, 900, speaker="B"))
    assert speech.texts == ["First.", "Second."]


def test_c11_a_straggler_goes_to_the_transcript_only():
    speech = Speech(rows=3)
    speech.hear(0, final("Second.", 3_001, 3_500, speaker="A"))
    speech.hear(500, final("First.", 0, 900, speaker="B"))
    speech.hear(600, said("me too", 0, 900, speaker="C"))
    assert speech.texts == ["Second."]
    assert [line["text"] for line in speech.lines] == ["Second.", "First."]
    speech.wait(4_000)
    assert speech.texts == [], "what nobody sees holds nothing on the screen"


def test_c11_an_older_segment_does_not_end_the_one_being_spoken():
    speech = Speech()
    speech.hear(0, said("what a", 2_000, 2_200))
    speech.hear(200, said("we won", 400, 1_900))
    speech.hear(400, said("what a game", 2_000, 2_600))
    assert speech.texts == ["we won", "what a game"]
    assert speech.fixed[1] == "what a"


def test_c12_a_late_partial_of_a_superseded_segment_changes_nothing():
    speech = Speech()
    speech.hear(0, said("I think we", 0, 900))
    speech.hear(400, said("what a game", 1_500, 2_000))
    speech.hear(500, said("I think we won", 0, 1_000))
    assert speech.texts == ["I think we", "what a game"]


def test_c13_a_late_final_of_cleared_words_is_for_the_transcript_only():
    speech = Speech()
    speech.hear(0, said("I think we wun", 0, 900))
    speech.wait(6_000)
    assert speech.texts == []
    speech.hear(7_000, final("I think we won.", 0, 1_000))
    assert speech.texts == []
    assert [(line["text"], line["closed_by"]) for line in speech.lines] == [("I think we won.", "final")]


def test_c13_a_late_final_without_times_finds_its_words():
    speech = Speech()
    speech.hear(0, said("I think we wun"))
    speech.wait(6_000)
    speech.hear(7_000, final("I think we won."))
    assert speech.texts == []
    assert [line["text"] for line in speech.lines] == ["I think we won."]


def test_a_final_that_is_too_late_is_new():
    speech = Speech()
    speech.hear(0, said("I think we wun", 0, 900))
    speech.hear(11_001, final("I think we won.", 0, 1_000))
    assert speech.texts == ["I think we won."]


# --- speakers ---


def test_c16_without_times_a_frame_belongs_to_its_speakers_one_open_segment():
    speech = Speech()
    speech.hear(0, said("did you see"))
    speech.hear(200, said("wait what", speaker="B"))
    speech.hear(400, said("did you see that"))
    speech.hear(600, final("Wait, what?", speaker="B"))
    speech.hear(800, final("Did you see that?"))
    assert [(row["s"], row["f"]) for row in speech.rows] == [("A", "Did you see that?"), ("B", "Wait, what?")]
    assert len(speech.lines) == 2


def test_c16_a_final_ends_the_segment_and_the_next_frame_is_another():
    speech = Speech()
    speech.hear(0, final("Yes."))
    speech.hear(1_000, said("and then"))
    speech.hear(1_500, final("And then?"))
    assert speech.texts == ["Yes.", "And then?"]


def test_c15_without_times_the_same_words_under_another_label_are_relabelled():
    speech = Speech()
    speech.hear(0, said("welcome back to"))
    speech.hear(500, final("Welcome back to the show.", speaker="B"))
    assert [(row["s"], row["f"]) for row in speech.rows] == [("B", "Welcome back to the show.")]


def test_c33_a_start_that_drifts_stays_the_same_segment():
    speech = Speech()
    speech.hear(0, said("so what we", 1_000, 1_400))
    speech.hear(300, said("so what we do", 1_900, 2_000))
    speech.hear(600, said("so what we do is", 2_800, 3_000))
    assert speech.texts == ["so what we do is"]
    speech.hear(900, final("So what we do is this.", 1_000, 3_500))
    assert speech.texts == ["So what we do is this."]
    assert len(speech.lines) == 1


def test_c33_other_words_within_the_drift_are_another_segment():
    speech = Speech()
    speech.hear(0, said("so what we", 1_000, 1_400))
    speech.hear(300, said("never mind that", 2_000, 2_400))
    assert speech.texts == ["so what we", "never mind that"]


def test_c34_another_language_inside_a_segment_is_no_boundary():
    speech = Speech()
    speech.hear(0, said("hola a", language="es"))
    speech.hear(300, said("hola a todos", language="es"))
    speech.hear(600, said("hola a todos welcome", language="en"))
    assert [(segment["language"], segment["fixed"]) for segment in speech.view["segments"]] == [("en", "hola a todos")]
    speech.hear(900, final("Hola a todos, welcome!", language="en"))
    assert speech.texts == ["Hola a todos, welcome!"]
    assert len(speech.lines) == 1


def test_c34_locked_words_survive_a_change_to_a_language_without_spaces():
    speech = Speech()
    speech.hear(0, said("hello my friends", language="en"))
    speech.hear(300, said("hello my friends", language="en"))
    speech.hear(600, said("hello my 友達", language="ja"))
    assert speech.view["segments"][0]["fixed"].startswith("hello my")
    assert len(speech.view["segments"]) == 1


# --- gap and reconnect ---


def test_c18_other_words_after_a_gap_are_new():
    speech = Speech(rows=4)
    speech.hear(0, said("today we will", 90_000, 90_800))
    speech.hear(300, said("today we will open", 90_000, 91_000))
    speech.gap(500)
    speech.hear(2_500, said("yesterday we did open", 0, 1_500))
    assert speech.texts == ["today we will open", "yesterday we did open"]


@pytest.mark.parametrize("at, locked", [(5_500, "today we will"), (5_501, "")])
def test_c18_the_same_words_long_after_a_gap_are_new(at, locked):
    speech = Speech()
    speech.hear(0, said("today we will", 90_000, 90_800))
    speech.hear(300, said("today we will open", 90_000, 91_000))
    speech.gap(500)
    speech.hear(at, said("today we will open", 0, 1_500))
    assert speech.fixed == [locked]


def test_c18_another_speaker_does_not_take_the_words_over():
    speech = Speech(rows=4)
    speech.hear(0, said("today we will"))
    speech.gap(500)
    speech.hear(900, said("today we will", speaker="B"))
    assert [row["s"] for row in speech.rows] == ["A", "B"]


def test_c18_words_are_taken_up_again_only_before_their_speaker_says_others():
    speech = Speech(rows=4)
    speech.hear(0, said("today we will", 90_000, 90_800))
    speech.gap(500)
    speech.hear(900, said("never mind that", 0, 500))
    speech.hear(1_500, said("today we will", 3_000, 3_500))
    assert speech.texts == ["today we will", "never mind that", "today we will"]


def test_c17_one_word_alone_waits_until_it_can_tell():
    speech = Speech()
    speech.hear(0, said("today we will"))
    speech.hear(300, said("today we will open"))
    speech.gap(500)
    speech.hear(900, said("today"))
    assert speech.texts == ["today we will open"]
    speech.hear(1_200, said("today we"))
    assert len(speech.view["segments"]) == 1
    speech.hear(1_500, said("today we will open twenty"))
    assert speech.texts == ["today we will open twenty"]


def test_a_final_said_again_by_a_new_connection_is_not_printed_twice():
    speech = Speech()
    speech.hear(0, final("Today we will open.", 90_000, 91_000))
    speech.gap(500)
    speech.hear(900, said("today we", 0, 500), final("Today we will open.", 0, 1_000))
    assert speech.texts == ["Today we will open."]
    assert len(speech.lines) == 1


def test_a_gap_of_the_other_socket_is_none_of_ours():
    speech = Speech()
    speech.hear(0, said("today we will"))
    speech.take(facts.SocketClosed(at_ms=100, socket="live"))
    assert speech.lines == []


def test_after_a_gap_a_closed_segment_is_cleared_in_its_time():
    speech = Speech()
    speech.hear(0, said("today we will"))
    speech.gap(500)
    speech.wait(3_999)
    assert speech.texts == ["today we will"]
    speech.wait(4_000)
    assert speech.texts == []


# --- finals ---


def test_an_empty_final_of_nothing_changes_nothing():
    speech = Speech()
    speech.hear(0, final("Yes."))
    speech.hear(500, final(""), said("  \u200b "))
    assert speech.texts == ["Yes."]


def test_a_second_final_of_the_same_segment_corrects_it():
    speech = Speech()
    speech.hear(0, final("I think we wun.", 0, 900))
    speech.hear(500, final("I think we won.", 0, 900))
    assert speech.texts == ["I think we won."]
    assert len(speech.lines) == 1


def test_the_same_words_with_another_start_are_said_twice():
    speech = Speech()
    speech.hear(0, final("No!", 0, 400))
    speech.hear(900, final("No!", 900, 1_300))
    assert speech.texts == ["No!", "No!"]


def test_a_new_segment_may_start_right_after_a_short_final():
    speech = Speech()
    speech.hear(0, final("No!", 0, 200))
    speech.hear(100, said("wait", 250, 500))
    assert speech.texts == ["No!", "wait"]


# --- time ---


def test_c06_more_text_stays_longer_but_never_more_than_seven_seconds():
    speech = Speech(rows=10, cells=40)
    speech.hear(0, final("w" * 85))
    speech.wait(4_999)
    assert speech.texts
    speech.wait(5_000)
    assert speech.texts == []
    speech.hear(10_000, final("v" * 400))
    speech.wait(16_999)
    assert speech.texts
    speech.wait(17_000)
    assert speech.texts == []


def test_c06_nothing_is_cleared_while_somebody_speaks():
    speech = Speech()
    speech.hear(0, final("Yes.", speaker="B"))
    for at in range(0, 20_000, 2_000):
        speech.hear(at, said("and so on"))
    assert speech.texts == ["Yes.", "and so on"]


def test_c27_a_delay_moves_translations_and_gaps_too():
    speech = Speech(delay_ms=1_000, translation="both", target="de")
    speech.hear(0, final("Hello."), translated("Hallo."))
    assert speech.texts == []
    speech.wait(1_000)
    assert speech.texts == ["Hello.", "Hallo."]
    speech.hear(1_500, said("what is"))
    speech.gap(1_600)
    speech.hear(1_700, said("what is this"))
    speech.wait(2_700)
    assert speech.texts[-1] == "what is this"
    assert len(speech.view["segments"]) == 2


def test_c30_clear_takes_what_is_still_delayed():
    speech = Speech(delay_ms=1_000)
    speech.hear(0, said("my address is"))
    speech.clear(300)
    speech.hear(500, final("My address is secret."))
    speech.wait(3_000)
    assert speech.texts == []


def test_c30_without_times_the_sentence_that_was_cleared_stays_away():
    speech = Speech()
    speech.hear(0, said("my address is"))
    speech.clear(300)
    speech.hear(
        500, said("my address is twelve"), said("my address is twelve main"), final("My address is twelve Main Street.")
    )
    assert speech.texts == []
    speech.hear(1_500, said("so anyway"))
    assert speech.texts == ["so anyway"]


def test_c30_a_clear_can_be_taken_back():
    speech = Speech()
    speech.hear(0, said("my address is"))
    speech.clear(300, "r7")
    speech.take(facts.Restored(at_ms=900, id="r7", what="captions"))
    assert speech.texts == ["my address is"]
    speech.hear(1_000, said("my address is a secret"))
    assert speech.texts == ["my address is a secret"]


def test_a_new_stream_begins_with_an_empty_screen():
    speech = Speech()
    speech.hear(0, final("Bye."))
    speech.take(facts.StreamBegan(at_ms=100, stream="2"))
    assert speech.texts == []


# --- rows ---


def test_c05_what_has_rolled_off_does_not_come_back():
    speech = Speech()
    speech.hear(0, final("First.", 0, 100), final("Second.", 200, 300), said("third", 400, 500))
    assert speech.texts == ["Second.", "third"]
    speech.hear(100, final("", 400, 600))
    assert speech.texts == ["Second."]


def test_c14_more_speakers_than_rows_all_keep_their_last_row():
    speech = Speech()
    for at, speaker in enumerate("ABC"):
        speech.hear(at, said(f"here is {speaker}", speaker=speaker))
    assert len(speech.texts) == 3


def test_c20_small_kana_and_long_vowels_hang():
    speech = Speech(cells=16)
    speech.hear(0, final("ありがとうございゃー。まっ", language="ja"))
    assert speech.rows[0]["f"] == "ありがとうございゃー。"


def test_c21_thai_words_are_locked_by_graphemes():
    speech = Speech()
    speech.hear(0, said("ขอบคุณ", language="th"))
    speech.hear(300, said("ขอบคุณทุกคนที่มาดู", language="th"))
    assert (speech.view["segments"][0]["fixed"], speech.view["segments"][0]["tail"]) == ("ขอบคุณ", "ทุกคนที่มาดู")


def test_c22_overrides_are_stripped_and_joiners_stay():
    speech = Speech()
    speech.hear(
        0,
        final(
            "\u202eevil\u202c \u2066x\u2069 می\u200cخواهم \u2060a\u200b\ufeffb \U0001f469\u200d\U0001f467",
            language="fa",
        ),
    )
    assert speech.fixed == ["evil x می\u200cخواهم ab \U0001f469\u200d\U0001f467"]


def test_spaces_in_a_language_without_them_are_kept():
    speech = Speech()
    speech.hear(0, final("สวัสดี ครับ", language="th"))
    assert speech.fixed == ["สวัสดี ครับ"]


def test_an_untold_language_is_told_by_its_letters():
    speech = Speech()
    speech.hear(0, said("今日は皆さん", language=None))
    speech.hear(300, said("今日は皆さんあ", language=None))
    assert speech.fixed == ["今日は皆さん"]


# --- masking ---


def test_c23_masked_words_are_masked_in_every_script_and_form():
    speech = Speech(mask=["ДУРАК", "ﬁsh"], allow=[], rows=9, cells=99)
    speech.hear(0, final("«Дурак», Fish! fishes, FISH.", language="ru"))
    assert speech.fixed == ["«Д****», F***! fishes, F***."]


def test_c23_words_on_the_allow_list_are_never_masked():
    speech = Speech(mask=["dick"], allow=["Dick"])
    speech.hear(0, final("Dick is a name."))
    assert speech.fixed == ["Dick is a name."]


def test_c23_scripts_without_spaces_are_masked_inside_the_text():
    speech = Speech(mask=["バカ"], allow=["バカンス"])
    speech.hear(0, final("これはバカだ。バカンス", language="ja"))
    assert speech.fixed == ["これはバ*だ。バカンス"]


def test_c23_half_of_a_masked_text_is_not_shown_and_its_beginning_not_redrawn():
    speech = Speech(mask=["大馬鹿者"])
    seen = []
    for at, text in enumerate(["君は大馬", "君は大馬鹿", "君は大馬鹿者", "君は大馬鹿者だ", "君は大馬鹿者だよ"]):
        speech.hear(at * 300, said(text, language="ja"))
        seen.append(speech.texts[0].replace(" ", ""))
    assert seen == ["君は大", "君は大", "君は大", "君は大***", "君は大***だ"]


def test_c23_translations_are_masked_too():
    speech = Speech(mask=["darn"], translation="both", target="en")
    speech.hear(0, final("Caramba.", language="es"), translated("Darn."))
    assert speech.texts == ["Caramba.", "D***."]


def test_c23_several_words_are_masked_where_they_follow_each_other():
    speech = Speech(mask=["shut up"])
    speech.hear(0, said("please shut"))
    speech.hear(300, said("please shut the"))
    assert speech.fixed == ["please"]
    speech.hear(600, said("please shut the door"))
    assert speech.fixed == ["please shut the"]
    speech.hear(900, final("Shut the door, shut up, and up!"))
    assert speech.fixed == ["Shut the door, s*** u*, and up!"]


# --- translations ---


def test_c24_the_source_is_shown_when_no_translation_comes():
    speech = Speech(translation="replace", target="en")
    speech.hear(0, final("Hola.", language="es"))
    speech.wait(2_499)
    assert speech.texts == []
    speech.wait(2_500)
    assert speech.texts == ["Hola."]
    speech.hear(3_000, translated("Hello."))
    assert speech.texts == ["Hello."]
    speech.wait(6_999)
    assert speech.texts == ["Hello."]


def test_c25_speech_in_the_target_language_is_shown_at_once():
    for mode in ("replace", "both"):
        speech = Speech(translation=mode, target="en-GB")
        speech.hear(0, said("now in english", language="en-US"))
        speech.hear(300, translated("jetzt"))
        assert speech.texts == ["now in english"]
        assert speech.view["segments"][0]["translation"] is None


def test_c26_a_translation_does_not_reach_a_final_that_is_too_old():
    for late, taken in ((8_000, "Hello."), (8_001, None)):
        speech = Speech(translation="both", target="en")
        speech.hear(0, final("Hola.", language="es"))
        for at in range(1_000, 8_000, 1_000):
            speech.hear(at, said("y ahora", language="es", speaker="B"))
        speech.hear(late, translated("Hello.", speaker="A"))
        assert speech.lines[0]["translation"] == taken


def test_c26_a_translation_that_names_a_speaker_stays_with_them():
    speech = Speech(translation="both", target="en", rows=9)
    speech.hear(0, final("Hola.", language="es"), final("Adiós.", language="es", speaker="B"))
    speech.hear(100, translated("Bye.", speaker="B"), translated("Who?", speaker="C"))
    assert [segment["translation"] for segment in speech.view["segments"]] == [None, "Bye."]


def test_c26_a_translation_for_nobody_is_dropped():
    speech = Speech(translation="both", target="en")
    speech.hear(0, translated("Hello."))
    assert speech.view["segments"] == []
    speech.hear(100, final("Hola.", language="es"))
    assert speech.view["segments"][0]["translation"] is None


def test_c31_a_translation_with_a_start_belongs_to_that_segment():
    speech = Speech(translation="both", target="en", rows=9)
    speech.hear(0, final("Uno.", 0, 400, language="es"), final("Dos.", 1_000, 1_400, language="es"))
    speech.hear(100, translated("Two.", 1_100), translated("Nine.", 9_000))
    assert [segment["translation"] for segment in speech.view["segments"]] == [None, "Two."]
    speech.hear(200, translated("One."))
    assert [segment["translation"] for segment in speech.view["segments"]] == ["One.", "Two."]


def test_a_translation_that_comes_after_its_words_have_gone_takes_no_other_ones():
    speech = Speech(translation="both", target="en")
    speech.hear(0, final("Hola.", language="es"))
    speech.wait(4_000)
    speech.hear(4_500, said("y ahora", language="es"))
    speech.hear(5_000, translated("Hello."))
    assert [segment["translation"] for segment in speech.view["segments"]] == [None]
    assert speech.lines[0]["translation"] == "Hello."


def test_a_translation_into_another_language_is_not_ours():
    speech = Speech(translation="both", target="en")
    speech.hear(0, final("Hola.", language="es"), translated("Hallo.", target="de"))
    assert speech.view["segments"][0]["translation"] is None


def test_without_translation_only_the_source_is_shown():
    speech = Speech(translation="off", target="en")
    speech.hear(0, final("Hola.", language="es"), translated("Hello."))
    assert speech.texts == ["Hola."]
    assert speech.view["segments"][0]["translation"] is None


def test_the_creators_language_goes_before_the_options():
    speech = Speech(translation="both", target="fr")
    speech.scene.caption_target = "en"
    speech.hear(0, final("Hola.", language="es"), translated("Hello.", target="en"))
    assert speech.view["segments"][0]["translation"] == "Hello."


# --- modes, sources, options ---


def test_the_final_mode_shows_nothing_before_the_final():
    speech = Speech(mode="final")
    speech.hear(0, said("one two three"), said("one two three"))
    assert speech.view["segments"] == []
    speech.hear(300, final("One, two, three."))
    assert speech.texts == ["One, two, three."]


def test_a_source_that_is_not_bought_shows_none():
    speech = Speech(source="native")
    speech.hear(0, final("Paid."), final("Free.", socket="native"))
    assert (speech.view["source"], speech.texts) == ("native", ["Free."])
    for wanted, bought in (("captions", "native"), ("native", "captions"), ("auto", "off")):
        speech = Speech(source=bought)
        speech.options = msgspec.structs.replace(speech.options, source=wanted)
        speech.hear(0, final("Paid."), final("Free.", socket="native"))
        assert speech.view == {"segments": [], "source": "none"}


def test_another_source_begins_with_an_empty_screen():
    speech = Speech(source="native")
    speech.hear(0, final("Free.", socket="native"))
    speech.scene.caption_source = "captions"
    assert speech.view == {"segments": [], "source": "captions"}
    speech.hear(100, final("Paid."))
    assert speech.texts == ["Paid."]


def test_labels_of_speakers_can_be_left_out():
    speech = Speech(speakers=False)
    speech.hear(0, final("Yes."))
    assert speech.view["segments"][0]["speaker"] is None


def test_a_restart_keeps_what_is_on_the_screen():
    speech = Speech()
    speech.hear(0, final("Yes."), said("and so"))
    before = speech.view
    speech.restart()
    assert speech.view == before
    speech.take(facts.SocketOpened(at_ms=800, socket="captions"))
    speech.hear(1_000, said("and so on"))
    assert speech.texts == ["Yes.", "and so on"]


# --- the declaration ---


def test_every_option_that_the_fold_reads_builds_the_stage_anew():
    looks = {"speakers", "look", *WIDGET.options.__mro__[1].__struct_fields__}
    assert set(WIDGET.staged) == set(WIDGET.options.__struct_fields__) - looks
