"""Previews obey the options: a sample is the widget's own view over a made-up stream, so every option shows what it does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from overlay.core.tiktool import decode
from overlay.samples import Samples
from overlay.widgets import KINDS
from tests.serving import Served

NOW_MS = 1_795_000_000_000


@pytest.fixture(scope="module")
def samples() -> Samples:
    return Samples(Path("static/samples"))


def drawn(samples: Samples, kind: str, *tries: Any, strained: bool = False, **options: Any) -> dict:
    chosen = msgspec.convert(options, KINDS[kind].options)
    return samples.drawn(KINDS[kind], chosen, strained=strained, now_ms=NOW_MS, tries=tries)


@pytest.mark.parametrize("rows", [1, 4, 20])
@pytest.mark.parametrize("strained", [False, True])
@pytest.mark.parametrize("kind", ["leaderboard", "chat", "feed", "ranking", "sellers"])
def test_a_sample_has_as_many_rows_as_the_option_says(samples: Samples, kind: str, rows: int, strained: bool) -> None:
    view = drawn(samples, kind, strained=strained, rows=rows)
    shown = view.get("entries") or view.get("messages") or view.get("items")
    assert len(shown) == rows


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_sample_is_a_whole_view_with_something_to_see(samples: Samples, kind: str) -> None:
    for strained in (False, True):
        view = drawn(samples, kind, strained=strained)
        lists = [part for part in view.values() if isinstance(part, list)]
        assert any(lists) or view.get("value") or view.get("user"), view


def test_a_hidden_name_leaves_the_sample_and_another_period_counts_other_days(samples: Samples) -> None:
    names = [one["user"]["name"] for one in drawn(samples, "leaderboard")["entries"]]
    hidden = [one["user"]["name"] for one in drawn(samples, "leaderboard", hide=[names[0]])["entries"]]
    assert names[0] not in hidden
    month = [one["user"]["name"] for one in drawn(samples, "leaderboard", period="all")["entries"]]
    assert month != names


@pytest.mark.parametrize("what", ["gift", "follow", "share", "subscribe", "superfan", "envelope", "goal"])
def test_whichever_alert_is_wanted_one_stands_in_the_sample(samples: Samples, what: str) -> None:
    assert drawn(samples, "alerts", events=[what])["stage"]["what"] == what


def test_a_goal_is_on_its_way_whatever_its_target(samples: Samples) -> None:
    for target in (7, 1000, 2_000_000):
        assert 0.5 < drawn(samples, "goal", target=target)["ratio"] < 1
    assert drawn(samples, "goal", target=100, start=10)["value"] == 82


def test_captions_are_masked_translated_and_spoken_as_told(samples: Samples) -> None:
    both = drawn(samples, "captions", translation="both", target="de", rows=4)["segments"]
    assert [one["translation"] for one in both] == ["Heute probieren wir die lange,", "und dann singe ich den Refrain"]
    assert "chorus" not in str(drawn(samples, "captions", mask=["chorus"], mode="final"))
    assert {one["speaker"] for one in drawn(samples, "captions", speakers=False)["segments"]} == {None}


def test_a_battle_shows_as_many_sides_and_givers_as_told(samples: Samples) -> None:
    view = drawn(samples, "battle", sides=2, mvp_rows=5, strained=True)
    assert len(view["teams"]) == 2
    assert [len(team["top"]) for team in drawn(samples, "battle", mvp_rows=5)["teams"]] == [5, 5]
    swapped = drawn(samples, "battle", swap=True)["teams"]
    assert swapped[0]["total"] == drawn(samples, "battle")["teams"][1]["total"]


def test_what_is_tried_out_moves_the_sample(samples: Samples) -> None:
    data = {"user": {"id": "77", "nickname": "Zoë"}, "giftId": 5655, "giftName": "Rose", "diamondCount": 500_000,
            "repeatCount": 1, "repeatEnd": True, "giftType": 1, "msgId": "try-1"}  # fmt: skip
    event = decode(msgspec.json.encode({"event": "gift", "data": data}))
    assert drawn(samples, "leaderboard", event)["entries"][0]["user"]["name"] == "Zoë"
    before = drawn(samples, "goal", target=1_000_000)["value"]
    assert drawn(samples, "goal", event, target=1_000_000)["value"] == before + 500_000


async def test_the_preview_of_an_overlay_obeys_its_options_and_those_of_its_address(bare: Served) -> None:
    board = await bare.widget(await bare.creator(), "leaderboard", options={"rows": 3})
    shown = (await bare.http.get(f"/w/{board['key']}/view?preview=1")).json()
    assert len(shown["view"]["entries"]) == 3
    more = (await bare.http.get(f"/w/{board['key']}/view?preview=strained&rows=7")).json()
    assert len(more["view"]["entries"]) == 7
