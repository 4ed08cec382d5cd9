"""Recorded captions: the lines that past streams keep of them."""

from __future__ import annotations

import json
from pathlib import Path

from overlay.core import facts
from overlay.core.events import Caption, Translation
from overlay.core.tiktool import decode, decode_captions
from tests.core.speeches import Speech

SCENARIOS = Path(__file__).parents[1] / "frames" / "tiktool" / "scenarios"
AFTER_MS = 20_000


def play(name: str, source: str, **options: object) -> Speech:
    speech = Speech(source=source, **options)
    for text in (SCENARIOS / f"{name}.jsonl").read_text().splitlines():
        line = json.loads(text)
        socket = line.get("socket", "live")
        if "close" in line:
            speech.take(facts.SocketClosed(at_ms=line["t"], socket=socket))
        elif line.get("open"):
            speech.take(facts.SocketOpened(at_ms=line["t"], socket=socket))
        else:
            frame = json.dumps(line["frame"])
            events = decode_captions(frame) if socket == "captions" else [decode(frame)]
            speech.hear(line["t"], *[one for one in events if isinstance(one, Caption | Translation)])
    speech.wait(speech.at + AFTER_MS)
    return speech


def test_tiktoks_own_captions_leave_the_lines_that_were_said():
    expected = json.loads((SCENARIOS / "captions-native.expected.json").read_bytes())["committed_lines"]
    lines = play("captions-native", "native").lines
    assert [{name: line[name] for name in expected[0]} for line in lines] == expected


def test_the_captions_socket_leaves_the_lines_with_their_translations():
    expected = json.loads((SCENARIOS / "captions-socket.expected.json").read_bytes())["lines"]
    lines = play("captions-socket", "captions", translation="both", target="de").lines
    assert [{name: line[name] for name in expected[0]} for line in lines] == expected


def test_lines_of_the_source_that_was_not_bought_are_not_kept():
    assert play("captions-native", "captions").lines == []
