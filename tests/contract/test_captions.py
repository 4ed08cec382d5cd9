"""Captions by the text of the rules, through `trace`: what no given case says, said here."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.kit import at, frame, trace, wait

KEYS = {"id", "speaker", "fixed", "tail", "final", "language", "translation", "started_ms"}
SOCKET = {"socket": "captions"}


def opens(t: int = 0) -> dict[str, Any]:
    return {"t": t, "open": True} | SOCKET


def closes(t: int) -> dict[str, Any]:
    return {"t": t, "close": {"code": 1006, "reason": ""}} | SOCKET


def says(t: int, text: str, start: int | None = None, end: int | None = None, **more: Any) -> dict[str, Any]:
    """A partial of speaker A in English."""
    told = {"type": "caption", "text": text, "isFinal": False, "speaker": "A", "language": "en"} | more
    told |= {} if start is None else {"startedAtMs": start, "endsAtMs": start + 500 if end is None else end}
    return {"t": t, "frame": told} | SOCKET


def said(t: int, text: str, start: int | None = None, end: int | None = None, **more: Any) -> dict[str, Any]:
    return says(t, text, start, end, isFinal=True, **more)


def means(t: int, text: str, **more: Any) -> dict[str, Any]:
    return {"t": t, "frame": {"type": "translation", "text": text, **more}} | SOCKET


def shown(view: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["fixed"], one["tail"]) for one in view["segments"]]


def seen(lines: list[Any], **options: Any) -> list[list[tuple[str, str]]]:
    return [shown(view) for view in trace("captions", [opens(), *lines], options)][1:]


def test_a_segment_has_exactly_the_keys_of_the_contract():
    views = trace("captions", [opens(), says(1000, "hello")])
    assert set(views[-1]) == {"segments", "source", "as_of_ms"}
    segment = views[-1]["segments"][0]
    assert set(segment) == KEYS
    assert isinstance(segment["id"], str)
    assert (segment["speaker"], segment["language"], segment["translation"], segment["final"]) == (
        "A",
        "en",
        None,
        False,
    )
    assert segment["started_ms"] == views[-1]["as_of_ms"]


def test_c04_a_hypothesis_shorter_than_what_is_locked_redraws_nothing():
    rows = seen(
        [
            says(0, "one two three four"),
            says(300, "one two three four"),
            says(600, "one"),
            says(900, "one two zero four"),
        ]
    )
    assert rows[1] == [("one two three", "four")]
    assert rows[2][0][0] == "one two three"
    assert rows[3][0][0].startswith("one two three")


def test_c07_text_stands_as_long_as_reading_it_takes_between_4_and_7_seconds():
    for text, stands in (("x" * 20, 4000), ("word " * 17, 5000), ("word " * 60, 7000)):
        words = text.strip()
        hold = min(7000, max(4000, 1000 * len(words) / 17))
        assert abs(hold - stands) < 100
        lines = [said(0, words), wait(int(hold) - 20), wait(int(hold) + 20)]
        rows = seen(lines, rows=10, cells=200)
        assert rows[1] == [(words, "")], stands
        assert rows[2] == [], stands


def test_c07_nothing_is_cleared_while_somebody_speaks_and_six_seconds_of_silence_end_a_segment():
    rows = seen([says(0, "one two"), wait(5999), wait(6000), says(6100, "one two three"), wait(6200)])
    assert rows[1] == [("", "one two")]
    assert rows[2] == []
    assert rows[-1] != []
    rows = seen([says(0, "one two"), says(5000, "one two three"), wait(10_999), wait(11_000)])
    assert rows[2] != []
    assert rows[3] == []


def test_c07_only_a_visible_change_starts_the_hold_anew():
    rows = seen([said(0, "First here.", 0), said(3000, "Second here.", 3000), wait(6999), wait(7000)])
    assert len(rows[2]) == 2
    assert rows[3] == []


def test_c09_a_partial_of_a_segment_already_final_is_dropped():
    rows = seen([says(0, "hello there", 0), said(300, "Hello there.", 0), says(2000, "hello there", 100)])
    assert rows[-1] == [("Hello there.", "")]


def test_c09_without_times_an_echo_of_the_final_is_dropped_for_700_ms():
    begun = [says(0, "hello there all"), said(300, "Hello there, all.")]
    assert seen([*begun, says(999, "hello there")])[-1] == [("Hello there, all.", "")]
    assert seen([*begun, says(1000, "hello there")])[-1] == [("Hello there, all.", ""), ("", "hello there")]
    assert seen([*begun, says(400, "hello you")])[-1] == [("Hello there, all.", ""), ("", "hello you")]


def test_c11_a_straggler_stands_in_its_place_and_a_late_one_only_in_the_transcript():
    rows = seen([said(0, "Third.", 9000), said(100, "Second.", 6500), said(200, "First.", 5900)], rows=5)
    assert rows[1] == [("Second.", ""), ("Third.", "")]
    assert rows[2] == rows[1]
    for start, stands in ((6000, True), (5999, False)):
        rows = seen([said(0, "Third.", 9000), said(100, "First.", start)], rows=5)
        assert (("First.", "") in rows[-1]) is stands


def test_c12_a_late_final_corrects_in_place_for_five_seconds():
    begun = [says(0, "I think we wun", 0), says(400, "what a game", 1500)]
    assert seen([*begun, says(5300, "what a game it is", 1500), said(5390, "I think we won.", 0)])[-1][0] == (
        "I think we won.",
        "",
    )


def test_c12_a_final_that_is_later_still_never_makes_a_second_copy():
    late = [says(0, "I think we wun", 0), says(400, "what a game", 1500), says(5300, "what a game it is", 1500)]
    rows = seen([*late, said(5410, "I think we won.", 0)], rows=10)
    assert len(rows[-1]) == 2


def test_c13_a_late_final_of_cleared_text_does_not_come_back():
    rows = seen([says(0, "hello there", 0), wait(6000), said(6500, "Hello there.", 0), wait(6600)])
    assert rows[1:] == [[], [], []]


def test_c16_without_times_a_frame_belongs_to_the_speakers_one_open_segment():
    rows = seen([
        says(0, "did you see"), says(100, "wait what", speaker="B"), says(300, "something else now"),
        said(500, "Wait, what?", speaker="B"), said(700, "Something else now."),
    ])  # fmt: skip
    assert [len(row) for row in rows] == [1, 2, 2, 2, 2]
    assert rows[-1] == [("Something else now.", ""), ("Wait, what?", "")]


def test_c16_the_next_partial_after_a_final_is_a_new_segment():
    rows = seen([said(0, "First one."), says(1500, "second")])
    assert rows[-1] == [("First one.", ""), ("", "second")]


def test_c17_a_segment_is_resumed_after_a_gap_only_within_five_seconds():
    begun = [says(0, "today we will", 0), says(300, "today we will open", 0), closes(500), opens(600)]
    assert len(seen([*begun, says(5400, "today we will open twenty", 0)])[-1]) == 1
    late = seen([*begun, says(5550, "today we will open twenty", 0)])[-1]
    assert late[-1] == ("", "today we will open twenty")


def test_c18_after_a_gap_other_words_are_a_new_segment_and_the_old_text_stays():
    rows = seen([
        says(0, "today we will", 90_000), says(300, "today we will open", 90_000), closes(500), opens(1500),
        says(2000, "so here it is", 0), said(2500, "So here it is.", 0),
    ])  # fmt: skip
    assert rows[2] == [("today we will", "open")]
    assert rows[-1] == [("today we will", "open"), ("So here it is.", "")]


def test_c18_times_of_the_old_connection_say_nothing_about_the_new_one():
    rows = seen([said(0, "Before the gap.", 0), closes(200), opens(300), says(600, "all anew", 0)])
    assert rows[-1] == [("Before the gap.", ""), ("", "all anew")]


def test_c22_bidirectional_controls_and_invisible_blanks_are_taken_out_and_joiners_stay():
    dirty = "a\u202eb\u2066c\u2069 d\u200be\u2060f\ufeff \u0645\u200c\u0646 \U0001f469\u200d\U0001f467"
    rows = seen([said(0, dirty, language="ar")], cells=200)
    assert rows[-1] == [("abc def \u0645\u200c\u0646 \U0001f469\u200d\U0001f467", "")]


def test_c22_arabic_is_split_at_its_spaces_and_keeps_its_order():
    one = "\u0645\u0631\u062d\u0628\u0627 \u0628\u0627\u0644\u062c\u0645\u064a\u0639"
    rows = seen([says(0, one, language="ar"), says(300, f"{one} \u0641\u064a", language="ar")])
    assert rows[-1] == [(one, "\u0641\u064a")]


def test_c26_a_translation_goes_to_the_oldest_final_that_has_none_and_is_not_older_than_8_seconds():
    begun = [
        said(0, "Uno dos.", language="es"),
        said(3000, "Tres.", language="es"),
        said(6500, "Cuatro.", language="es"),
    ]
    for t, first in ((8000, "Uno dos."), (8001, "Tres.")):
        view = trace(
            "captions", [opens(), *begun, means(t, "Number.")], {"translation": "both", "target": "en", "rows": 10}
        )[-1]
        found = {one["fixed"]: one["translation"] for one in view["segments"]}
        assert found[first] == "Number.", t
        assert sum(text is not None for text in found.values()) == 1


def test_c26_a_translation_without_anything_to_translate_is_dropped():
    rows = trace("captions", [opens(), means(0, "Nobody said this.")], {"translation": "both", "target": "en"})
    assert rows[-1]["segments"] == []


def test_c31_a_translation_with_a_start_goes_to_that_segment_and_no_other():
    begun = [said(0, "Uno.", 0, language="es"), said(1500, "Dos.", 1500, language="es")]
    options = {"translation": "both", "target": "en", "rows": 10}
    view = trace("captions", [opens(), *begun, means(1700, "Two.", startedAtMs=1500)], options)[-1]
    assert [one["translation"] for one in view["segments"]] == [None, "Two."]
    view = trace("captions", [opens(), *begun, means(1700, "Far.", startedAtMs=90_000)], options)[-1]
    assert [one["translation"] for one in view["segments"]] == [None, None]


def test_a_translation_that_names_a_speaker_pairs_within_that_speaker():
    begun = [said(0, "Uno.", language="es"), said(100, "Dos.", language="es", speaker="B")]
    view = trace(
        "captions",
        [opens(), *begun, means(300, "Two.", speaker="B")],
        {"translation": "both", "target": "en", "rows": 9},
    )[-1]
    assert [one["translation"] for one in view["segments"]] == [None, "Two."]


def test_replace_holds_a_segment_back_until_its_translation_or_two_and_a_half_seconds():
    options = {"translation": "replace", "target": "en"}
    lines = [opens(), said(0, "Hola.", language="es"), wait(2499), wait(2500)]
    views = trace("captions", lines, options)
    assert [len(view["segments"]) for view in views] == [0, 0, 0, 1]
    assert views[-1]["segments"][0] | {"fixed": "Hola.", "tail": "", "translation": None} == views[-1]["segments"][0]
    views = trace("captions", [opens(), said(0, "Hola.", language="es"), means(400, "Hello.")], options)
    one = views[-1]["segments"][0]
    assert (one["fixed"], one["tail"], one["translation"]) == ("", "", "Hello.")


def test_off_shows_no_translation():
    view = trace("captions", [opens(), said(0, "Hola.", language="es"), means(400, "Hello.")])[-1]
    assert [(one["fixed"], one["translation"]) for one in view["segments"]] == [("Hola.", None)]


def test_speech_already_in_the_target_has_no_translation_also_with_a_region():
    for language in ("en", "en-US", "EN"):
        lines = [opens(), said(0, "Hello.", language=language), means(400, "Hello.")]
        view = trace("captions", lines, {"translation": "both", "target": "en"})[-1]
        assert [(one["fixed"], one["translation"]) for one in view["segments"]] == [("Hello.", None)], language


def test_c33_a_start_that_drifts_is_the_same_segment_if_half_of_the_words_are():
    rows = seen([says(0, "we are going to", 0), says(300, "we are going to play", 1400)])
    assert rows[-1] == [("we are going to", "play")]
    rows = seen([says(0, "we are going to", 0), says(300, "other words came here", 1400)])
    assert len(rows[-1]) == 2
    rows = seen([says(0, "we are going to", 0), says(300, "we are going to play", 1600)])
    assert len(rows[-1]) == 2


def test_c15_another_speaker_within_300_ms_needs_half_of_the_words():
    rows = seen([says(0, "we are going to", 0), says(200, "no way man", 100, speaker="B")])
    assert len(rows[-1]) == 2


def test_c34_a_change_of_language_is_no_boundary():
    views = trace(
        "captions", [opens(), says(0, "hello all", 0), said(500, "Hallo zusammen hello all.", 0, language="de")]
    )
    assert [(one["fixed"], one["language"]) for one in views[-1]["segments"]] == [("Hallo zusammen hello all.", "de")]
    views = trace("captions", [opens(), says(0, "so das ist"), says(300, "so das ist gut", language="de")])
    assert shown(views[-1]) == [("so das ist", "gut")]


def test_a_new_segment_of_a_speaker_closes_the_open_one():
    view = trace("captions", [opens(), says(0, "one two three", 0), says(400, "quite other words", 3000)])[-1]
    assert [(one["fixed"], one["tail"], one["final"]) for one in view["segments"]][-1] == (
        "",
        "quite other words",
        False,
    )
    assert view["segments"][0]["tail"] == "one two three"


def test_the_final_mode_shows_nothing_before_the_final():
    rows = seen([says(0, "hello there"), says(300, "hello there all"), said(500, "Hello there, all.")], mode="final")
    assert rows == [[], [], [("Hello there, all.", "")]]


def test_the_stable_mode_has_no_tail():
    rows = seen([says(0, "one two"), says(300, "one two three"), says(600, "one two three four")], mode="stable")
    assert rows == [[], [("one two", "")], [("one two three", "")]]


def test_speakers_can_be_left_out():
    view = trace("captions", [opens(), said(0, "Hello.")], {"speakers": False})[-1]
    assert view["segments"][0]["speaker"] is None


def test_a_segment_none_of_whose_rows_is_kept_leaves_the_view():
    lines = [said(t, f"Line number {t}.", t) for t in (0, 500, 1000)]
    assert [len(row) for row in seen(lines, rows=2)] == [1, 2, 2]
    assert [len(row) for row in seen(lines, rows=1)] == [1, 1, 1]


def test_the_last_row_of_an_open_segment_is_never_removed():
    lines = [says(0, "one", speaker="A"), says(100, "two", speaker="B"), says(200, "three", speaker="C")]
    assert len(seen(lines, rows=2)[-1]) == 3


def test_masking_compares_whole_words_after_folding_and_keeps_the_allowed():
    options = {"mask": ["darn", "STRASSE"], "cells": 200}
    rows = seen([said(0, "Darn, \uff24\uff21\uff32\uff2e! darned Stra\u00dfe \u201cdarn\u201d")], **options)
    text = rows[-1][0][0]
    assert "darned" in text
    assert text.casefold().replace("darned", "").count("darn") == 0
    assert text.startswith("D***,")
    assert seen([said(0, "this darn dog")], mask=["darn"], allow=["darn"])[-1] == [("this darn dog", "")]


def test_masking_in_scripts_without_spaces_compares_the_text():
    rows = seen(
        [said(0, "\u4eca\u65e5\u306f\u99ac\u9e7f\u3067\u3059\u306d\u3002", language="ja")], mask=["\u99ac\u9e7f"]
    )
    assert "\u99ac\u9e7f" not in rows[-1][0][0]
    assert rows[-1][0][0].startswith("\u4eca\u65e5\u306f\u99ac*")


def test_an_empty_final_drops_the_tail_and_keeps_what_is_locked():
    rows = seen([says(0, "okay let me", 0), says(300, "okay let me see", 0), said(600, "", 0)])
    assert rows[-1] == [("okay let me", "")]


def test_a_frame_longer_than_2000_characters_keeps_its_end():
    text = " ".join(f"w{n}" for n in range(600))
    rows = seen([said(0, text)], rows=10, cells=200)
    assert rows[-1][0][0].endswith("w599")
    assert len(rows[-1][0][0]) <= 2000


def test_a_delay_postpones_whole_frames():
    rows = seen([said(0, "Hello."), wait(1999), wait(2000)], delay_ms=2000)
    assert rows == [[], [], [("Hello.", "")]]


def test_clear_hides_everything_and_no_late_final_brings_it_back():
    rows = seen(
        [
            says(0, "my address is", 0),
            {"t": 200, "reset": "captions"},
            said(400, "My address is 5.", 0),
            says(900, "so", 2000),
        ]
    )
    assert rows == [[("", "my address is")], [], [], [("", "so")]]


def test_an_open_segment_is_interrupted_by_a_gap_and_the_row_stands():
    lines = [opens(), says(0, "one two"), closes(500), opens(700), wait(3999), wait(4000)]
    views = trace("captions", lines)
    assert shown(at(views, lines, 700)) == [("", "one two")]
    assert shown(at(views, lines, 3999)) == [("", "one two")]
    assert shown(views[-1]) == []


def test_native_captions_have_one_speaker_and_their_own_times():
    lines = [
        {"t": 0, "open": True},
        frame(100, "caption", text="hello", isFinal=False, language="en", startedAtMs=5000, endsAtMs=5500),
        frame(400, "caption", text="hello everyone", isFinal=False, language="en", startedAtMs=5000, endsAtMs=6000),
        frame(900, "caption", text="Hello everyone.", isFinal=True, language="en", startedAtMs=5000, endsAtMs=6500),
    ]
    view = trace("captions", lines)[-1]
    assert [(one["fixed"], one["speaker"]) for one in view["segments"]] == [("Hello everyone.", None)]
    assert view["source"] == "native"


@pytest.mark.parametrize(
    "told",
    [
        [{"type": "partial", "text": "hello", "language": "en"}, ("", "hello")],
        [{"type": "final", "text": "Hello.", "language": "en"}, ("Hello.", "")],
        [{"type": "transcript", "text": "Hello.", "language": "en"}, ("Hello.", "")],
        [{"type": "caption", "text": "Hello.", "isFinal": True, "startMs": 1, "endMs": 2}, ("Hello.", "")],
    ],
)
def test_the_older_dialects_of_the_captions_socket_are_read(told):
    sent, wanted = told
    assert seen([{"t": 10, "frame": sent} | SOCKET])[-1] == [wanted]
