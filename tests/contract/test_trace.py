"""Recordings and `trace`: exactly one line a line, timers in time order, nothing after the last."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import zstandard

from overlay.widgets import KINDS
from tests.contract.kit import (
    MIRA,
    SCENARIOS,
    START,
    TOBI,
    chat,
    frame,
    gift,
    is_one_sentence,
    last,
    opened,
    overlay,
    scenario,
    trace,
    wait,
)

NAMES = sorted(path.name.removesuffix(".jsonl") for path in SCENARIOS.glob("*.jsonl"))


def written(folder: Path, lines: list) -> Path:
    path = folder / "r.jsonl"
    path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines), "utf-8")
    return path


def printed(*words: object, **more: object) -> list[dict]:
    done = overlay("trace", *words, **more)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize(("name", "kind"), [("gift-combos", "leaderboard"), ("captions-socket", "captions")])
def test_the_command_line_prints_what_these_claims_see(name, kind):
    path = SCENARIOS / f"{name}.jsonl"
    lines = printed(path, "--kind", kind, "--handle", "luna.sings")
    assert [line["view"] for line in lines] == trace(kind, scenario(name))
    assert all(list(line) == ["t", "view"] for line in lines)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", list(KINDS))
def test_every_kind_prints_one_view_for_each_line_of_every_scenario(name, kind):
    views = trace(kind, scenario(name))
    assert len(views) == len(scenario(name))
    assert all(view["as_of_ms"] >= START for view in views)


def test_unreadable_and_empty_lines_print_a_view_too(tmp_path):
    lines = [
        '{"t": 0, "open": true}', "", "   ", "nonsense", "{", "[]", "null", "5", '"text"', '{"t": "x"}', "{}",
        '{"t": 500, "frame": null}', '{"t": 600, "frame": "not json"}', '{"t": 700, "frame": {"event": "gift"}}',
        '{"t": 800, "close": null}', '{"t": 900, "reset": "everything"}', '{"t": 1000, "frame": [1, 2]}',
        '{"t": -5}', '{"t": 1e400}', '{"t": 1100, "socket": "other", "open": true}', "\ufeff" + '{"t": 1200}',
        "\x00", '{"t": 1300}',
    ]  # fmt: skip
    told = printed(written(tmp_path, lines), "--kind", "leaderboard")
    assert len(told) == len(lines)
    assert told[-1]["view"]["as_of_ms"] == START + 1300
    times = [line["view"]["as_of_ms"] for line in told]
    assert times == sorted(times)


def test_bytes_that_are_no_text_are_lines_as_well(tmp_path):
    path = tmp_path / "r.jsonl"
    path.write_bytes(
        b'{"t": 0}\n\xff\xfe\xfa\n{"t": 5, "frame": {"event": "chat", "data": {"comment": "\xc3("}}}\n{"t": 9}'
    )
    assert len(printed(path, "--kind", "chat")) == 4


def test_carriage_returns_and_line_separators_inside_texts_end_no_line(tmp_path):
    lines = [
        json.dumps(chat(0, MIRA, "a\u2028b\u2029c\x0bd\x0ce\x1ce\x85f"), ensure_ascii=False),
        json.dumps(wait(5)) + "\r",
    ]
    path = tmp_path / "r.jsonl"
    path.write_bytes("\n".join(lines).encode() + b"\n")
    assert len(printed(path, "--kind", "chat")) == 2


def test_a_file_without_lines_prints_nothing(tmp_path):
    assert printed(written(tmp_path, []), "--kind", "goal") == []


def test_a_zst_is_read_like_the_plain_file(tmp_path):
    plain = (SCENARIOS / "gift-combos.jsonl").read_bytes()
    packed = tmp_path / "r.jsonl.zst"
    half = plain.index(b"\n", len(plain) // 2) + 1
    pack = zstandard.ZstdCompressor().compress
    packed.write_bytes(pack(plain[:half]) + pack(plain[half:]))  # two frames, as an appended file has
    told = printed(packed, "--kind", "leaderboard", "--handle", "luna.sings")
    assert [line["view"] for line in told] == trace("leaderboard", scenario("gift-combos"))


def test_the_lines_keep_their_own_t(tmp_path):
    lines = [*opened(0), wait(700), wait(900)]
    assert [line["t"] for line in printed(written(tmp_path, lines), "--kind", "goal")] == [0, 0, 700, 900]


def test_start_ms_is_the_clock_at_t_0(tmp_path):
    path = written(tmp_path, [wait(0), wait(2500)])
    assert [line["view"]["as_of_ms"] for line in printed(path, "--kind", "goal")] == [START, START + 2500]
    told = printed(path, "--kind", "goal", "--start-ms", 1000)
    assert [line["view"]["as_of_ms"] for line in told] == [1000, 3500]


@pytest.mark.parametrize("start", [-1, -5_000, 10**20])
def test_a_start_that_no_clock_can_show_is_a_wrong_call(tmp_path, start):
    done = overlay("trace", written(tmp_path, [wait(0)]), "--kind", "goal", f"--start-ms={start}")
    assert (done.returncode, done.stdout) == (2, "")
    assert is_one_sentence(done.stderr)


def test_a_t_that_no_calendar_holds_leaves_the_clock_where_it_stands():
    lines = [*opened(0), gift(100, MIRA, 7), wait(2**53 - 1), gift(200, MIRA, 7)]
    assert [view["value"] for view in trace("goal", lines)] == [0, 0, 7, 7, 14]


def test_options_merge_over_the_defaults(tmp_path):
    path = written(tmp_path, [*opened(0), gift(10, MIRA, 7)])
    view = printed(path, "--kind", "goal", "--options", '{"target": 70, "label": "Cake"}')[-1]["view"]
    assert (view["target"], view["label"], view["value"], view["metric"]) == (70, "Cake", 7, "diamonds")


@pytest.mark.parametrize("options", ['{"target": 0}', '{"nonsense": 1}', "[]", "{", "5", '{"overflow": "burst"}'])
def test_options_that_cannot_be_used_are_a_wrong_call(tmp_path, options):
    done = overlay("trace", written(tmp_path, []), "--kind", "goal", "--options", options)
    assert (done.returncode, done.stdout) == (2, "")
    assert is_one_sentence(done.stderr)


@pytest.mark.parametrize(
    "catalogue",
    [
        {"5586": 199},
        {"5586": {"diamond_count": 199}},
        [{"id": 5586, "name": "Hand Hearts", "diamond_count": 199}],
        {"data": {"gifts": [{"id": "5586", "name": "Hand Hearts", "diamond_count": 199}]}},
        {"gifts": [{"gift_id": 5586, "diamond_count": 199}]},
    ],
)
def test_a_catalogue_gives_the_price_that_a_frame_lacks(tmp_path, catalogue):
    shop = tmp_path / "c.json"
    shop.write_text(json.dumps(catalogue))
    path = written(tmp_path, [*opened(0), gift(10, MIRA, 0, giftId=5586)])
    assert printed(path, "--kind", "leaderboard", "--catalogue", shop)[-1]["view"]["total"] == 199
    assert printed(path, "--kind", "leaderboard")[-1]["view"]["total"] == 0


def test_timers_due_at_or_before_a_line_run_before_it_is_applied():
    follow = frame(0, "follow", user=MIRA)
    lines = [*opened(0), follow, wait(5999), wait(6000)]
    stages = [view["stage"] for view in trace("alerts", lines)]
    assert stages[-2] is not None
    assert stages[-1] is None


def test_timers_run_in_time_order_however_long_nothing_was_written():
    lines = [*opened(0)] + [frame(0, "follow", user=MIRA | {"id": f"68000000000000000{n:02}"}) for n in range(4)]
    short = trace("alerts", [*lines, *[wait(t) for t in range(100, 30_000, 100)]])
    stages = {
        view["stage"]["id"]: (view["stage"]["from_ms"], view["stage"]["until_ms"]) for view in short if view["stage"]
    }
    for t in (7_000, 12_000, 19_000):
        jumped = last("alerts", [*lines, wait(t)])["stage"]
        if jumped:
            assert stages[jumped["id"]] == (jumped["from_ms"], jumped["until_ms"])


def test_nothing_runs_after_the_last_line():
    lines = [*opened(0), frame(0, "follow", user=MIRA)]
    assert last("alerts", lines)["stage"] is not None


def test_a_reset_line_does_what_the_reset_of_the_api_does():
    begun = [*opened(0), gift(10, MIRA, 7), chat(20, TOBI, "hi")]
    for what, board, goal, lines in (
        ("leaderboard", 0, 7, 1), ("goals", 7, 0, 1), ("chat", 7, 7, 0), ("captions", 7, 7, 1), ("battle", 7, 7, 1),
        ("all", 0, 0, 0),
    ):  # fmt: skip
        recording = [*begun, {"t": 30, "reset": what}]
        assert last("leaderboard", recording)["total"] == board, what
        assert last("goal", recording)["value"] == goal, what
        assert len(last("chat", recording)["messages"]) == lines, what


def test_captions_come_from_the_captions_socket_if_the_file_has_one_else_native():
    native = frame(100, "caption", text="From TikTok", isFinal=True, language="en", startedAtMs=1, endsAtMs=2)
    view = last("captions", [*opened(0), native])
    assert (view["source"], [one["fixed"] for one in view["segments"]]) == ("native", ["From TikTok"])
    bought = {"t": 200, "socket": "captions", "frame": {"type": "caption", "text": "Bought", "isFinal": True}}
    views = trace("captions", [*opened(0), native, {"t": 150, "socket": "captions", "open": True}, bought])
    assert {view["source"] for view in views} == {"captions"}
    assert [one["fixed"] for one in views[-1]["segments"]] == ["Bought"]


def test_a_widget_that_asks_for_the_other_source_shows_none():
    native = frame(100, "caption", text="From TikTok", isFinal=True, language="en")
    view = last("captions", [*opened(0), native], {"source": "captions"})
    assert (view["source"], view["segments"]) == ("none", [])


def test_the_time_zone_is_utc():
    midnight = 1_790_035_200_000  # 2026-09-22 00:00 UTC
    lines = [*opened(0), gift(10, MIRA, 7), wait(1999), wait(2000), gift(2500, TOBI, 2)]
    values = [view["value"] for view in trace("goal", lines, {"since": "today"}, start_ms=midnight - 2000)]
    assert values[-3:] == [7, 0, 2]


def test_target_is_the_language_that_is_translated_to():
    socket = {"socket": "captions"}
    lines = [
        {"t": 0, "open": True} | socket,
        {"t": 1, "frame": {"type": "caption", "text": "Hello", "isFinal": True, "language": "en"}} | socket,
    ]
    assert len(last("captions", lines, {"translation": "replace", "target": "en"})["segments"]) == 1
    assert last("captions", lines, {"translation": "replace", "target": "de"})["segments"] == []


def test_a_frame_that_goes_back_in_time_is_applied_at_the_clock_that_stands():
    lines = [*opened(0), wait(5000), gift(1000, MIRA, 7)]
    view = last("leaderboard", lines)
    assert (view["as_of_ms"], view["total"]) == (START + 5000, 7)


def test_a_reader_that_goes_away_is_no_traceback(tmp_path):
    import subprocess
    import sys

    path = written(tmp_path, [wait(t) for t in range(20_000)])
    done = subprocess.run(
        f"{sys.executable} -m overlay trace {path} --kind goal | head -1",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr
