"""What was committed is what a room is rebuilt from: whole, in order, under the right names."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from overlay.core import facts
from overlay.core.events import Battle, Host
from overlay.core.keeping import RECENT, Change
from overlay.store import CannotWrite, Store
from overlay.store.codec import decode_change, encode_change

from .making import ROSE, START_MS, change, credit, person, scores


async def reopened(store):
    await store.close()
    return await Store.open(store.folder)


async def test_everything_of_a_tick_is_there_after_a_restart(folder):
    store = await Store.open(folder)
    lin, ada = person(1), person(2)
    said = facts.Said(at_ms=START_MS, who=lin, id="m1", parts=(facts.Part(text="hi"),), reply_to=ada)
    fought = facts.Fought(at_ms=START_MS, event=Battle(battle_id="b", hosts=(Host(id="9", score=5),)))
    new = [
        facts.StreamBegan(at_ms=START_MS, stream="7650"),
        credit(lin, 3),
        said,
        fought,
        facts.Watched(at_ms=1, now=7),
    ]
    whole = change("luna", *new, scores=scores("all", p1=3, p2=0), totals={"all": b"sums"})
    whole.people[ada.key] = ada
    whole.memory, whole.states, whole.stages = {"like": b"505"}, {"tally": b"small"}, {"w1": b"stage"}
    await store.commit([whole, change("otter", credit(person(5)))])
    store = await reopened(store)
    kept = await store.load("luna", ["all", "day:2026-11-21"])
    assert kept.recent == new
    assert kept.scores == {"all": {"id:1": (3, 1, 0, 0, 0), "id:2": (0, 1, 0, 0, 0)}}
    assert (kept.totals, kept.memory, kept.states) == ({"all": b"sums"}, {"like": b"505"}, {"tally": b"small"})
    assert kept.stages == {"w1": b"stage"}
    assert sorted(who.key for who in kept.people) == ["id:1", "id:2"]
    assert await store.states("luna") == {"tally": b"small"}
    assert (await store.load("nobody", ["all"])).recent == []
    await store.close()


async def test_what_is_none_is_gone_and_what_is_new_replaces_the_old(store):
    first = Change(creator="luna", memory={"a": b"1", "b": b"2"}, states={"s": b"1"}, stages={"w": b"1"})
    first.scores = {**scores("all", p1=1, p2=2)}
    first.totals = {"all": b"1", "day:2026-11-21": b"2"}
    second = Change(creator="luna", memory={"a": None, "b": b"3"}, states={"s": b"2"}, stages={"w": None})
    second.scores = {("all", "id:1"): None, ("all", "id:2"): (9, 8, 7, 6, 5)}
    second.totals = {"day:2026-11-21": None, "all": b"3"}
    await store.commit([first])
    await store.commit([second])
    kept = await store.load("luna", ["all", "day:2026-11-21"])
    assert (kept.memory, kept.states, kept.stages) == ({"b": b"3"}, {"s": b"2"}, {})
    assert (kept.scores, kept.totals) == ({"all": {"id:2": (9, 8, 7, 6, 5)}}, {"all": b"3"})


async def test_a_board_comes_back_in_order_of_first_appearance(store):
    for number in (7, 3, 9, 1):
        await store.commit([Change(creator="luna", scores=scores("all", **{f"p{number}": 5}))])
    await store.commit([Change(creator="luna", scores=scores("all", p9=6, p4=5, p2=5))])
    kept = await store.load("luna", ["all"])
    assert list(kept.scores["all"]) == ["id:7", "id:3", "id:9", "id:1", "id:4", "id:2"]


async def test_a_start_brings_back_the_last_facts_of_each_lane(store):
    lin = person(1)
    talk = [facts.Said(at_ms=START_MS + n, who=lin, id=str(n)) for n in range(RECENT + 50)]
    gifts = [credit(lin, at_ms=START_MS + n) for n in range(5)]
    await store.commit([change("luna", *gifts), change("luna", *talk)])
    kept = await store.load("luna", [])
    assert kept.recent == gifts + talk[-RECENT:]


async def test_a_fact_says_the_newest_name_of_a_person(store):
    old = person(1, name="Old", handle="old")
    new = person(1, name="New", handle="new")
    await store.commit([change("luna", credit(old))])
    await store.commit([change("luna", credit(new, at_ms=START_MS + 1))])
    kept = await store.load("luna", [])
    assert [fact.who for fact in kept.recent] == [new, new]


async def test_a_fact_without_a_name_takes_none_away(store):
    await store.commit([change("luna", credit(person(1)))])
    nameless = facts.Who(key="id:1", id="1")
    await store.commit([Change(creator="luna", stream="7650", facts=[("7650", credit(nameless))])])
    assert {fact.who.name for fact in (await store.load("luna", [])).recent} == {"Name 1"}


async def test_one_person_in_two_rooms_is_two_persons(store):
    await store.commit([change("luna", credit(person(1))), change("otter", credit(person(1, name="Other")))])
    assert (await store.load("luna", [])).recent[0].who.name == "Name 1"
    assert (await store.load("otter", [])).recent[0].who.name == "Other"


async def test_a_merged_person_has_one_row_and_all_their_facts(store):
    weak, strong = person(1, key="handle:lin", id="handle:lin"), person(1)
    await store.commit([change("luna", credit(weak, 3), scores={("all", "handle:lin"): (3, 3, 0, 0, 0)})])
    merged = facts.Merged(at_ms=START_MS + 1, weak="handle:lin", strong="id:1")
    both = change("luna", merged, credit(strong, 2, at_ms=START_MS + 2))
    both.people["handle:lin"] = None
    both.scores = {("all", "handle:lin"): None, ("all", "id:1"): (5, 5, 0, 0, 0)}
    await store.commit([both])
    kept = await store.load("luna", ["all"])
    assert kept.scores == {"all": {"id:1": (5, 5, 0, 0, 0)}}
    assert [fact.who.key for fact in kept.recent if isinstance(fact, facts.Credit)] == ["id:1", "id:1"]
    stream = await store.stream("7650")
    assert [(row["key"], row["units"]) for row in stream["totals_by_sender"]] == [("id:1", 5)]


async def test_who_had_counted_before_somebody_turned_out_to_be_them_keeps_their_row(store):
    weak, strong = person(1, key="handle:lin", id="handle:lin"), person(1)
    merged = facts.Merged(at_ms=START_MS + 2, weak="handle:lin", strong="id:1")
    tick = change("luna", credit(strong, 2), credit(weak, 3, at_ms=START_MS + 1), merged)
    tick.scores = {("all", "id:1"): (5, 5, 0, 0, 0), ("all", "handle:lin"): None}
    await store.commit([tick])
    assert (await store.load("luna", ["all"])).scores == {"all": {"id:1": (5, 5, 0, 0, 0)}}


async def test_merging_also_adds_up_periods_that_no_room_holds_any_more(store):
    old = {("stream:1", "handle:lin"): (3, 3, 0, 0, 0), ("stream:1", "id:1"): (4, 4, 0, 0, 0)}
    await store.commit([Change(creator="luna", scores=old)])
    await store.commit([change("luna", facts.Merged(at_ms=START_MS, weak="handle:lin", strong="id:1"))])
    assert (await store.load("luna", ["stream:1"])).scores == {"stream:1": {"id:1": (7, 7, 0, 0, 0)}}


async def test_a_stream_that_gets_its_name_keeps_its_boards(store):
    began = facts.StreamBegan(at_ms=START_MS, stream="open:5")
    first = change("luna", began, credit(person(1), 3), stream="open:5", scores=scores("stream:open:5", p1=3))
    first.scores |= scores("stream:open:5#reset", p1=1)
    await store.commit([first])
    named = facts.StreamNamed(at_ms=START_MS + 1, old="open:5", stream="7650")
    await store.commit([change("luna", named, credit(person(2), 2, at_ms=START_MS + 2))])
    kept = await store.load("luna", ["stream:7650", "stream:7650#reset", "stream:open:5"])
    assert kept.scores == {"stream:7650": {"id:1": (3, 1, 0, 0, 0)}, "stream:7650#reset": {"id:1": (1, 1, 0, 0, 0)}}
    assert [(row["room_id"], row["diamonds"]) for row in await store.streams("luna")] == [("7650", 5)]


async def test_a_late_fact_of_the_old_name_belongs_to_the_named_stream(store):
    await store.commit([change("luna", credit(person(1)), stream="open:5")])
    await store.commit([change("luna", facts.StreamNamed(at_ms=START_MS, old="open:5", stream="7650"))])
    await store.commit([change("luna", credit(person(1)), stream="open:5")])
    assert [row["diamonds"] for row in await store.streams("luna")] == [2]


async def test_a_tick_is_never_stored(store):
    await store.commit([Change(creator="luna", facts=[(None, facts.Tick(at_ms=1)), (None, facts.Unpinned(at_ms=2))])])
    assert (await store.load("luna", [])).recent == [facts.Unpinned(at_ms=2)]


async def test_no_name_stands_in_a_stored_fact(store):
    lin = person(1)
    await store.commit([change("luna", credit(lin), facts.Said(at_ms=1, who=person(2), id="1", reply_to=lin))])
    with sqlite3.connect(store.path) as db:
        bodies = b"".join(row[0] for row in db.execute("SELECT body FROM fact"))
    db.close()
    assert b"Name" not in bodies
    assert b"handle" not in bodies
    assert b"tiktokcdn" not in bodies


async def test_a_change_that_cannot_be_written_is_let_out_and_takes_no_other_with_it(store):
    huge = change("luna", credit(person(1)), scores={("all", "id:1"): (1 << 70, 0, 0, 0, 0)})
    with pytest.raises(OverflowError):
        await store.commit([change("ada", credit(person(2))), huge, change("otter", credit(person(3)))])
    assert store.safe
    assert [len((await store.load(name, [])).recent) for name in ("ada", "luna", "otter")] == [1, 0, 1]


async def test_whoever_comes_after_the_end_is_turned_away_and_does_not_wait(folder):
    store = await Store.open(folder)
    await store.close()
    with pytest.raises(CannotWrite, match="closed"):
        await store.commit([change("luna", credit(person(1)))])
    with pytest.raises(CannotWrite, match="closed"):
        await store.put("a", 1)


# --- since a moment ---


async def collected(store, since_ms):
    return [fact async for fact in store.seed("luna", since_ms)]


async def test_the_facts_since_a_moment_come_in_order_and_only_those_that_count(store, monkeypatch):
    monkeypatch.setattr("overlay.store.loading.CHUNK", 7)
    lin = person(1)
    new = []
    for n in range(100):
        at_ms = START_MS + n * 60_000
        kinds = [
            credit(lin, at_ms=at_ms),
            facts.Said(at_ms=at_ms, who=lin, id=str(n)),
            facts.Joined(at_ms=at_ms, who=lin),
        ]
        new += [*kinds[: n % 3 + 1], facts.Liked(at_ms=at_ms, who=lin, count=2, gain=2)]
    new.append(credit(lin, at_ms=START_MS + 6_000_000, test=True))
    await store.commit([change("luna", *new)])
    since = START_MS + 30 * 60_000
    wanted = [fact for fact in new if fact.at_ms >= since and not fact.test and not isinstance(fact, facts.Joined)]
    assert await collected(store, since) == wanted
    assert await collected(store, START_MS + 10**9) == []


COUNTED = st.one_of(
    st.builds(lambda u: ("credit", u), st.integers(1, 99)),
    st.sampled_from([("follow", 1), ("share", 1), ("subscribe", 1), ("superfan", 1), ("chat", 1), ("like", 5)]),
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(COUNTED, st.integers(0, 5 * 3_600_000), st.booleans()), max_size=60),
    st.integers(-3_600_000, 6 * 3_600_000),
)
async def test_sums_since_a_moment_equal_the_facts_since_then(tmp_path_factory, drawn, offset):
    store = await Store.open(tmp_path_factory.mktemp("since"))
    lin = person(1)
    new = [made(lin, kind, amount, START_MS + at, test) for (kind, amount), at, test in drawn]
    for part in range(0, len(new), 7):
        await store.commit([change("luna", *new[part : part + 7])])
    since = START_MS + offset
    wanted: dict[str, int] = {}
    for fact in new:
        if fact.at_ms >= since and not fact.test:
            for what, amount in sums_of(fact):
                wanted[what] = wanted.get(what, 0) + amount
    assert await store.totals_since("luna", since) == wanted
    await store.close()


def made(who, kind, amount, at_ms, test):
    if kind == "credit":
        return credit(who, amount, at_ms=at_ms, price=3, test=test)
    if kind == "like":
        return facts.Liked(at_ms=at_ms, who=who, count=amount, stream_gain=9, gain=amount, test=test)
    if kind == "chat":
        return facts.Said(at_ms=at_ms, who=who, id="1", test=test)
    kinds = {
        "follow": facts.Followed,
        "share": facts.Shared,
        "subscribe": facts.Subscribed,
        "superfan": facts.SuperFanned,
    }
    return kinds[kind](at_ms=at_ms, who=who, test=test)


def sums_of(fact):
    match fact:
        case facts.Credit():
            return [("diamonds", fact.diamonds), ("gifts", fact.units), (f"gift:{ROSE}", fact.units)]
        case facts.Liked():
            return [("likes", fact.gain)]
        case facts.Said():
            return [("chats", 1)]
        case _:
            return [
                (
                    {"Followed": "follows", "Shared": "shares", "Subscribed": "subscribes"}.get(
                        type(fact).__name__, "superfans"
                    ),
                    1,
                )
            ]


def test_a_change_is_the_same_after_waiting_in_a_file():
    whole = change("luna", credit(person(1)), facts.Said(at_ms=1, who=person(2), id="1", reply_to=person(3)))
    whole.scores = {("all", "id:1"): (1, 2, 3, 4, 5), ("all", "id:2"): None}
    whole.memory, whole.people["id:9"] = {"a": b"\x00\xff", "b": None}, None
    whole.rounds, whole.lines = [{"battle_key": "b", "scores": {"0": 1}}], [{"id": "l", "text": "ä"}]
    assert decode_change(encode_change(whole)) == whole
