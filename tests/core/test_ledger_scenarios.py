"""The timed scenarios of the protocol through the ledger alone: the facts add up to what is expected of them."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import pytest

from overlay.core import facts
from overlay.core.ledger import Ledger, Listing
from overlay.core.recording import parse_line

SCENARIOS = Path(__file__).parent.parent / "frames" / "tiktool" / "scenarios"
START_MS = 1_790_000_000_000


def expected(name):
    return json.loads((SCENARIOS / f"{name}.expected.json").read_text("utf-8"))


def lines(name):
    return (SCENARIOS / f"{name}.jsonl").read_text("utf-8").splitlines()


def play(ledger, recording, restart_after=None):
    """Every fact of a recording, timers included; after one of its lines the ledger may be lost and loaded again."""
    out, stored = [], {}
    for at, line in enumerate(recording):
        parsed = parse_line(line, at)
        now = START_MS + parsed.t
        while (wake := ledger.wake()) is not None and wake <= now:
            out += ledger.tick(wake)
        for event in parsed.events:
            out += ledger.hear(event, now)
        if at == restart_after:
            keep(stored, ledger)
            ledger = Ledger("luna.sings", catalogue=ledger.catalogue)
            out += ledger.load(stored, now)
        keep(stored, ledger)
    return out


def keep(stored, ledger):
    for key, row in ledger.drain().items():
        if row is None:
            stored.pop(key, None)
        else:
            stored[key] = row


def sums(out, *names):
    """Units and diamonds of the credits, by the given fields."""
    found = defaultdict(lambda: [0, 0])
    for fact in out:
        if isinstance(fact, facts.Credit):
            key = tuple(fact.who.key if name == "sender" else getattr(fact, name) for name in names)
            found[key][0] += fact.units
            found[key][1] += fact.diamonds
    return {key: tuple(both) for key, both in found.items()}


def catalogue(wanted):
    return {gift: Listing(price=price) for gift, price in wanted.get("catalogue_used", {}).items()}


def check_gifts(out, wanted):
    assert sums(out, "sender") == {(row["key"],): (row["units"], row["diamonds"]) for row in wanted["totals_by_sender"]}
    assert sums(out, "sender", "gift_id") == {
        (row["sender"], str(row["giftId"])): (row["units"], row["diamonds"]) for row in wanted["by_sender_and_gift"]
    }
    assert sum(fact.diamonds for fact in out if isinstance(fact, facts.Credit)) == wanted["total_diamonds"]


def test_the_gifts_of_the_combo_scenario_are_credited_exactly():
    wanted = expected("gift-combos")
    check_gifts(play(Ledger("luna.sings", catalogue=catalogue(wanted)), lines("gift-combos")), wanted)


@pytest.mark.parametrize("cut", range(54))
def test_a_restart_after_any_line_of_the_combo_scenario_changes_no_sum(cut):
    wanted = expected("gift-combos")
    ledger = Ledger("luna.sings", catalogue=catalogue(wanted))
    check_gifts(play(ledger, lines("gift-combos"), restart_after=cut), wanted)


def chat_and_pin(out):
    said, pinned = {}, None
    for fact in out:
        match fact:
            case facts.Said():
                said[fact.id] = fact.parts[0].text
            case facts.Unsaid():
                del said[fact.id]
            case facts.Pinned():
                pinned = fact
            case facts.Unpinned():
                pinned = None
    return list(said.values()), pinned


def test_deleted_lines_leave_and_take_their_pin_along():
    wanted = expected("chat-moderation")
    out = play(Ledger("luna.sings"), lines("chat-moderation"))
    assert chat_and_pin(out) == (wanted["visible_lines"], wanted["pin"])
    assert any(isinstance(fact, facts.Pinned) for fact in out)


@pytest.mark.parametrize("cut", range(13))
def test_deletions_find_their_lines_and_pins_after_a_restart(cut):
    wanted = expected("chat-moderation")
    out = play(Ledger("luna.sings"), lines("chat-moderation"), restart_after=cut)
    assert chat_and_pin(out) == (wanted["visible_lines"], wanted["pin"])


def streams_of(out):
    """What a history would show of each stream."""
    told, order = {}, []
    for fact in out:
        match fact:
            case facts.StreamBegan():
                order.append(fact.stream)
                told[fact.stream] = defaultdict(int, roomId=fact.stream)
            case facts.StreamEnded():
                told[order[-1]]["ended_by"] = fact.reason
            case facts.Said():
                told[order[-1]]["chat_lines"] += 1
            case facts.Liked():
                told[order[-1]]["likes"] += fact.stream_gain
            case facts.Followed():
                told[order[-1]]["followers"] += 1
            case facts.Credit():
                told[order[-1]]["diamonds"] += fact.diamonds
            case facts.Watched():
                told[order[-1]]["viewers"] = fact.now
    return [dict(told[stream]) for stream in order]


def test_a_reconnect_continues_a_stream_and_another_room_begins_one():
    wanted = expected("reconnect-and-new-stream")
    assert streams_of(play(Ledger("luna.sings"), lines("reconnect-and-new-stream"))) == wanted["streams"]


@pytest.mark.parametrize("cut", range(22))
def test_a_restart_after_any_line_keeps_both_streams(cut):
    wanted = expected("reconnect-and-new-stream")
    out = play(Ledger("luna.sings"), lines("reconnect-and-new-stream"), restart_after=cut)
    assert streams_of(out) == wanted["streams"]


def test_other_periods_gain_only_what_was_seen_to_be_liked():
    out = play(Ledger("luna.sings"), lines("reconnect-and-new-stream"))
    assert [(fact.stream_gain, fact.gain, fact.count) for fact in out if isinstance(fact, facts.Liked)] == [
        (500, 0, 10),
        (5, 5, 5),
        (2, 0, 2),
    ]
