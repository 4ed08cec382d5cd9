"""Somebody who wants to be forgotten is found nowhere any more, and the sums are the same as before."""

from __future__ import annotations

import gzip

import msgspec
import pytest
import zstandard

from overlay.core import facts
from overlay.core.events import Armies, Contributor, Host
from overlay.store import Store
from overlay.store.privacy import DAY_MS

from .making import START_MS, change, credit, person, scores

LIN = person(7001, handle="lin.secret", name="Lin Secretname", avatar="https://p16-sign.tiktokcdn.com/linpicture.webp")
TRACES = (b"lin.secret", b"LIN.SECRET", b"Secretname", b"linpicture")


def everything(folder):
    """All bytes below a folder, what is packed unpacked."""
    found = {}
    for path in folder.rglob("*"):
        if path.is_file():
            body = path.read_bytes()
            if path.suffix == ".zst":
                body = zstandard.ZstdDecompressor().decompressobj().decompress(body)
            found[path.name] = body
    return found


def traces(folder):
    return [(name, trace) for name, body in everything(folder).items() for trace in TRACES if trace in body]


async def a_past(store):
    """Somebody in every corner of the store."""
    ada = person(8)
    fought = facts.Fought(
        at_ms=START_MS,
        event=Armies(hosts=(Host(id="1", contributors=(
            Contributor(id="7001", name="Lin Secretname", handle="lin.secret", avatar=LIN.avatar, score=9),
            Contributor(id="8", name="Name 8", score=3),
        )),)),
    )  # fmt: skip
    new = [
        credit(LIN, 5),
        credit(ada, 2),
        facts.Said(at_ms=START_MS, who=LIN, id="own", parts=(facts.Part(text="I am Lin Secretname"),)),
        facts.Said(at_ms=START_MS, who=ada, id="reply", reply_to=LIN, parts=(facts.Part(text="hi @lin.secret!"),)),
        facts.Said(at_ms=START_MS, who=ada, id="loud", parts=(facts.Part(text="hi @LIN.SECRET. you"),)),
        facts.Asked(at_ms=START_MS, who=LIN, text="Lin Secretname asks"),
        facts.Joined(at_ms=START_MS, who=LIN),
        facts.Merged(at_ms=START_MS, weak="handle:lin.secret", strong="id:7001"),
        fought,
    ]
    whole = change("luna", facts.StreamBegan(at_ms=START_MS, stream="7650"), *new, scores=scores("all", p7001=5, p8=2))
    whole.memory = {
        "alias:handle:lin.secret": b"\xa7id:7001",
        "combo:1": msgspec.msgpack.encode({"who": LIN, "count": 3}),
        "pin": msgspec.msgpack.encode(["id:7001", "lin.secret", "Lin Secretname", 4]),
    }
    whole.states = {"tally": msgspec.msgpack.encode({"gift": {"who": LIN, "count": 5}})}
    whole.stages = {"w1": msgspec.msgpack.encode({"items": [{"who": LIN}, {"who": ada}]})}
    whole.rounds = [
        {"battle_key": "b", "round_key": "r", "top": [{"id": "7001", "name": "Lin Secretname", "score": 9}]}
    ]
    whole.lines = [{"id": "l", "text": "thanks @lin.secret", "at_ms": START_MS}]
    await store.commit([whole])


async def test_forgetting_takes_a_person_out_of_everything_and_keeps_the_sums(folder):
    store = await Store.open(folder)
    await store.add_creator({"handle": "luna"})
    await a_past(store)
    recording = store.record("luna", "7650", START_MS)
    frame = {"event": "gift", "data": {"user": {"id": "7001", "uniqueId": "lin.secret", "nickname": "Lin Secretname"}}}
    recording.append(msgspec.json.encode({"t": 1, "frame": frame}))
    recording.append(msgspec.json.encode({"t": 2, "frame": {"event": "chat", "data": {"comment": "@lin.secret hey"}}}))
    await store.end_recording(recording)
    await store.backup(folder.parent / "before.zip")
    before, sums = await store.stream("7650"), await store.load("luna", ["all"])
    assert traces(folder)
    import os

    os.utime(recording.path, (1, 1))
    forgotten = await store.forget("luna", "id:7001")
    assert forgotten.avatars == [LIN.avatar]
    assert traces(folder) == []
    after, kept = await store.stream("7650"), await store.load("luna", ["all"])
    assert kept.scores == sums.scores
    assert after["totals"] == before["totals"]
    assert [(row["key"], row["units"]) for row in after["totals_by_sender"]] == [("id:7001", 5), ("id:8", 2)]
    assert [row["user"]["name"] for row in after["totals_by_sender"]] == ["", "Name 8"]
    said = [fact for fact in kept.recent if isinstance(fact, facts.Said)]
    assert [fact.id for fact in said] == ["reply", "loud"]
    assert said[0].reply_to == facts.Who(key="id:7001", id="7001")
    assert [part.text for fact in said for part in fact.parts] == ["hi @…!", "hi @…. you"]
    (fought,) = [fact for fact in kept.recent if isinstance(fact, facts.Fought)]
    assert [(one.id, one.name, one.score) for one in fought.event.hosts[0].contributors] == [
        ("7001", None, 9), ("8", "Name 8", 3),
    ]  # fmt: skip
    assert msgspec.msgpack.decode(kept.stages["w1"])["items"][1]["who"]["name"] == "Name 8"
    assert [line async for line in store.recording_lines((await store.recordings())[0].id)]
    await store.close()
    assert traces(folder) == []
    store = await Store.open(folder)
    assert (await store.load("luna", ["all"])).scores == sums.scores
    await store.close()


async def test_a_key_that_is_a_name_is_replaced_and_its_sums_stay(folder):
    store = await Store.open(folder)
    weak = person(1, key="handle:lin.secret", id="handle:lin.secret", handle="lin.secret", name="Lin Secretname")
    sums = {("all", weak.key): (5, 5, 0, 0, 0)}
    await store.commit([change("luna", credit(weak, 5), scores=sums)])
    forgotten = await store.forget("luna", weak.key)
    (new,) = forgotten.keys.values()
    assert new.startswith("gone:")
    assert (await store.load("luna", ["all"])).scores == {"all": {new: (5, 5, 0, 0, 0)}}
    assert traces(folder) == []
    await store.close()


async def test_nobody_else_loses_a_name(store):
    twin = person(9, name="Lin Secretname", handle="lin.secretary")
    await store.commit([change("luna", credit(LIN)), change("luna", credit(twin)), change("otter", credit(LIN))])
    chat = facts.Said(at_ms=START_MS, who=twin, id="1", parts=(facts.Part(text="@lin.secretary is me"),))
    await store.commit([change("luna", chat)])
    await store.forget("luna", LIN.key)
    kept = await store.load("luna", [])
    assert [fact.who.name for fact in kept.recent] == ["", "Lin Secretname", "Lin Secretname"]
    assert kept.recent[-1].parts[0].text == "@lin.secretary is me"
    assert (await store.load("otter", [])).recent[0].who == LIN


async def test_an_unknown_person_is_nothing_to_forget(store):
    assert (await store.forget("luna", "id:1")).keys == {}
    assert (await store.forget("luna", "id:1")).avatars == []


async def test_a_forgotten_person_who_comes_again_is_somebody_new_under_the_old_sums(store):
    await store.commit([change("luna", credit(LIN, 5), scores=scores("all", p7001=5))])
    await store.forget("luna", LIN.key)
    again = person(7001, name="Other")
    await store.commit([change("luna", credit(again, 1), scores=scores("all", p7001=6))])
    kept = await store.load("luna", ["all"])
    assert kept.scores == {"all": {"id:7001": (6, 1, 0, 0, 0)}}
    assert [who.name for who in kept.people] == ["Other"]


# --- retention ---


async def old_and_new(store, creator):
    now = START_MS + 100 * DAY_MS
    old = [
        credit(LIN, 5, at_ms=START_MS),
        facts.Said(at_ms=START_MS, who=LIN, id="1"),
        facts.Watched(at_ms=START_MS, now=5),
    ]
    new = [credit(person(8), 2, at_ms=now), facts.Said(at_ms=now, who=person(8), id="2")]
    await store.commit([change(creator, *old, stream="1", scores=scores("all", p7001=5))])
    late = change(creator, *new, stream="2", scores=scores("all", p8=2))
    late.lines = [{"id": "l", "text": "spoken", "at_ms": now}]
    await store.commit([late])
    return now


async def test_facts_of_people_go_after_the_days_their_creator_keeps_them(store):
    keeper = await store.add_creator({"handle": "luna", "keep_days": 30})
    other = await store.add_creator({"handle": "otter"})
    for creator in (keeper.id, other.id):
        now = await old_and_new(store, creator)
    await store.prune(now)
    kept = await store.load(keeper.id, ["all"])
    assert [type(fact).__name__ for fact in kept.recent] == ["Credit", "Said"]
    assert kept.scores == {"all": {"id:7001": (5, 1, 0, 0, 0), "id:8": (2, 1, 0, 0, 0)}}
    assert [who.name for who in kept.people] == ["Name 8"]
    assert (await store.totals_since(keeper.id, START_MS - DAY_MS))["diamonds"] == 7
    assert [row["diamonds"] for row in await store.streams(keeper.id)] == [2, 5]
    whole = await store.stream((await store.streams(keeper.id))[1]["id"])
    assert [(row["user"]["name"], row["diamonds"]) for row in whole["totals_by_sender"]] == [("", 5)]
    assert len((await store.load(other.id, [])).recent) == 5
    await store.prune(now + 40 * DAY_MS)
    assert (await store.load(keeper.id, [])).recent == []
    assert (await store.stream((await store.streams(keeper.id))[0]["id"]))["lines"] == []


@pytest.mark.parametrize("count", [1, 4999])
async def test_pruning_goes_on_in_parts_until_nothing_old_is_left(store, count):
    creator = await store.add_creator({"handle": "luna", "keep_days": 1})
    await store.commit([change(creator.id, *(credit(LIN, at_ms=START_MS + n) for n in range(count)))])
    await store.prune(START_MS + 3 * DAY_MS)
    assert (await store.load(creator.id, [])).recent == []
    assert [row["diamonds"] for row in await store.streams(creator.id)] == [count]


async def test_a_creator_deleted_long_ago_leaves_nothing(store):
    creator = await store.add_creator({"handle": "luna"})
    widget = await store.add_widget({"creator": creator.id, "kind": "goal"})
    await store.commit([change(creator.id, credit(LIN), scores=scores("all", p7001=5))])
    gone = await store.delete_creator(creator.id)
    await store.prune(gone.deleted_ms + 29 * DAY_MS)
    assert len(await store.creators(deleted=True)) == 1
    await store.prune(gone.deleted_ms + 31 * DAY_MS)
    assert await store.creators(deleted=True) == []
    assert (await store.load(creator.id, ["all"])).recent == []
    assert await store.streams(creator.id) == []
    assert await store.is_dead_key(widget.key)


def test_nothing_here_is_packed_so_that_a_trace_could_hide(tmp_path):
    """The search above sees packed recordings too."""
    (tmp_path / "a.zst").write_bytes(zstandard.compress(b"x lin.secret x"))
    (tmp_path / "b.gz").write_bytes(gzip.compress(b"x"))
    assert traces(tmp_path) == [("a.zst", b"lin.secret")]
