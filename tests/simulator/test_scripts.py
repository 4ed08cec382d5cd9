"""Claims about the scripts: they repeat by seed, begin lively, and mean what they say."""

import json
from collections import Counter

import msgspec
import pytest

from overlay.simulator import SCENARIOS
from overlay.simulator.gifts import CATALOGUE
from overlay.simulator.people import Crowd, Host, Pictures
from overlay.simulator.scenarios import SCENARIOS as RECIPES
from overlay.simulator.scenarios import Script
from overlay.simulator.stage import Stage, Step
from overlay.simulator.truth import RoomTruth

BASE_MS = 1_790_000_000_000
MINUTE = 60_000
CALM = [name for name in SCENARIOS if name not in {"chaos", "hostile"}]


def stage(scenario, seed=1, handle="luna.sings", number=0, base_ms=BASE_MS) -> Stage:
    script = Script(scenario, seed, Host(seed, handle))
    return script.stream(number, base_ms, Crowd(seed, handle, RECIPES[scenario].crowd), Pictures())


def written(steps: list[Step]) -> bytes:
    return b"\n".join(
        msgspec.json.encode(step.frame) if isinstance(step.frame, dict | list) else repr(step.frame).encode()
        for step in steps
    )


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_same_seed_handle_and_scenario_give_the_same_bytes(scenario):
    minutes = 1 if scenario == "flood" else 6
    first, second = (list(stage(scenario).until(minutes * MINUTE)) for _ in range(2))
    assert len(first) > 20
    assert written(first) == written(second)


def test_another_seed_handle_or_stream_gives_another_evening():
    kinds = {
        written(list(one.until(MINUTE)))
        for one in (stage("everyday"), stage("everyday", 2), stage("everyday", 1, "max"), stage("everyday", number=1))
    }
    assert len(kinds) == 4


def test_another_start_changes_only_times_and_ids():
    def told(one: Stage) -> list[object]:
        return [
            (step.at_ms, step.frame["event"], step.frame["data"].get("comment"), step.meant)
            for step in one.until(3 * MINUTE)
        ]

    assert told(stage("everyday")) == told(stage("everyday", base_ms=BASE_MS + 86_400_000))
    assert stage("everyday").room_id != stage("everyday", base_ms=BASE_MS + 1).room_id


@pytest.mark.parametrize("scenario", [name for name in SCENARIOS if name not in {"hostile", "quiet"}])
def test_the_first_seconds_are_lively(scenario):
    steps = [step for step in stage(scenario).until(10_000) if isinstance(step.frame, dict) and "data" in step.frame]
    assert steps[0].at_ms < 1000
    gifts = [step for step in steps if step.frame["data"].get("giftId")]
    assert gifts[0].at_ms < 3000
    assert len({key for step in steps for key, *_ in step.meant}) >= 6
    givers = {intent.key for step in gifts for intent in step.meant}
    assert len(givers) >= 4


@pytest.mark.parametrize(
    ("scenario", "low", "high"), [("everyday", 1.8, 2.2), ("flood", 180, 230), ("quiet", 0.3, 1.0)]
)
def test_the_pace_is_as_promised(scenario, low, high):
    minutes = 2 if scenario == "flood" else 40
    count = sum(1 for _ in stage(scenario).until(minutes * MINUTE))
    assert low < count / minutes / 60 < high


@pytest.mark.parametrize("scenario", CALM)
def test_a_naive_fold_of_calm_frames_is_the_truth(scenario):
    """Calm frames lose nothing, so the last count of each transaction is what was given."""
    truth, likes, follows, shares = RoomTruth("room"), 0, set(), set()
    counts: dict[tuple[str, int, str], tuple[int, int]] = {}
    for step in stage(scenario).until((2 if scenario == "flood" else 50) * MINUTE):
        for intent in step.meant:
            truth.note(intent)
        if step.frame is None:
            continue
        data = step.frame["data"]
        user = data.get("user") or {}
        key = f"anon:id:{user['id']}" if user.get("isAnonymous") else f"id:{user.get('id')}"
        match step.frame["event"]:
            case "gift":
                counts[key, data["giftId"], data["transactionId"]] = (data["repeatCount"], data["diamondCount"])
            case "like":
                likes = max(likes, data["totalLikes"])
            case "follow" | "share" as what:
                (follows if what == "follow" else shares).add(key)
            case "social":
                (follows if data["action"] == "follow" else shares).add(key)
    units: Counter[tuple[str, int]] = Counter()
    diamonds: Counter[tuple[str, int]] = Counter()
    for (key, gift, _), (count, price) in counts.items():
        units[key, gift] += count
        diamonds[key, gift] += count * price
    assert dict(units) == {
        (key, gift): tally.units for key, rows in truth.gifts.items() for gift, tally in rows.items()
    }
    assert dict(diamonds) == {
        (key, gift): tally.diamonds for key, rows in truth.gifts.items() for gift, tally in rows.items()
    }
    assert (likes, follows, shares) == (truth.likes, truth.follows, truth.shares)
    assert truth.diamonds == sum(diamonds.values()) > 0


def test_an_evening_has_everything_in_it_and_ends():
    steps = list(stage("everyday").until(60 * MINUTE))
    events = {step.frame["event"] for step in steps if isinstance(step.frame, dict)}
    wanted = "chat gift like member roomUserSeq subscribe emoteChat battle battleArmies battleItemCard battlePunishFinish caption"
    wanted += (
        " linkMic linkMicOpponentGift imDelete roomPin control envelope superFan superFanJoin barrage question poll"
    )
    assert set(wanted.split()) <= events
    assert steps[-1].act is not None
    assert (steps[-1].act.what, steps[-1].act.code) == ("end", 4005)
    assert any(step.frame and step.frame["event"] == "control" and step.frame["data"]["action"] == 3 for step in steps)


def test_a_battle_night_has_two_to_four_hosts_boosters_rounds_and_one_that_breaks_off():
    frames = [step.frame for step in stage("battle-night").until(45 * MINUTE) if isinstance(step.frame, dict)]
    armies = [frame["data"] for frame in frames if frame["event"] == "battleArmies"]
    assert {len(data["hosts"]) for data in armies} == {2, 3, 4}
    assert {data["status"] for data in armies} == {1, 2, 4}
    assert any(data["secsRemaining"] == 0 and data["status"] == 4 for data in armies)
    rounds: dict[str, set[str]] = {}
    for data in armies:
        rounds.setdefault(data["matchId"], set()).add(data["sessionId"])
    assert max(map(len, rounds.values())) >= 2
    settled = {data["matchId"] for data in armies if data["status"] == 2}
    assert {data["matchId"] for data in armies} - settled
    effects = {frame["data"]["effect"] for frame in frames if frame["event"] == "battleItemCard"}
    assert {"booster_x2", "booster_x3"} & effects


def test_scores_of_a_battle_are_the_gifts_of_the_room_times_the_boosters():
    totals: dict[str, list[int]] = {}
    for step in stage("battle-night").until(30 * MINUTE):
        if isinstance(step.frame, dict) and step.frame["event"] == "battleArmies":
            own = step.frame["data"]["hosts"][0]
            assert own["teamTotalScore"] >= sum(row["score"] for row in own["contributors"])
            assert own["contributors"] == sorted(own["contributors"], key=lambda row: -row["score"])
            totals.setdefault(step.frame["data"]["sessionId"], []).append(own["teamTotalScore"])
    assert all(scores == sorted(scores) for scores in totals.values())
    assert max(max(scores) for scores in totals.values()) > 1000


def test_captions_grow_and_end_in_a_final():
    texts: dict[int, list[tuple[str, bool]]] = {}
    for step in stage("captions").until(5 * MINUTE):
        if isinstance(step.frame, dict) and step.frame["event"] == "caption":
            data = step.frame["data"]
            texts.setdefault(data["startedAtMs"], []).append((data["text"], data["isFinal"]))
    closed = [rows for rows in texts.values() if rows[-1][1]]
    assert len(closed) > 15
    assert all(not final for rows in closed for _, final in rows[:-1])
    assert any(len(rows) > 3 and rows[-1][0].startswith(rows[0][0].split(" ")[0]) for rows in closed)


def test_names_come_in_many_scripts():
    people = Crowd(1, "luna.sings").by_id.values()
    blocks = {ord(char) >> 8 for person in people for char in person.name}
    for first in (0x00, 0x04, 0x05, 0x06, 0x09, 0x0E, 0x30, 0xAC, 0x1D4, 0x1F6):
        assert any(abs(block - first) <= (0x20 if first == 0xAC else 3) for block in blocks), hex(first)


def test_the_catalogue_has_prices_from_one_to_the_universe():
    prices = [gift.price for gift in CATALOGUE]
    assert (len(CATALOGUE) >= 40, min(prices), max(prices)) == (True, 1, 34_999)
    assert {gift.streakable for gift in CATALOGUE} == {True, False}


def test_hostile_frames_are_still_json_and_their_gifts_still_count():
    truth = RoomTruth("room")
    texts = set()
    for step in stage("hostile").until(10 * MINUTE):
        for intent in step.meant:
            truth.note(intent)
        if step.frame is not None:
            frame = json.loads(msgspec.json.encode(step.frame))
            data = frame["data"]
            texts.add(str(data.get("comment")))
            if frame["event"] == "gift":
                assert isinstance(data["repeatCount"], int)
                assert data["user"]["id"]
    assert truth.diamonds > 1000
    assert any("<script>" in text for text in texts)
    assert any("\u202e" in text for text in texts)
