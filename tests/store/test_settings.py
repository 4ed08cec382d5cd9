"""What the owner sets is there after the call, survives everything, and can be taken back."""

from __future__ import annotations

import stat

import pytest

from overlay.store import FolderInUse, NotFound, Refused, Store


async def reopened(store):
    await store.close()
    return await Store.open(store.folder)


async def test_a_creator_has_the_defaults_of_the_contract(store):
    made = await store.add_creator({"handle": "@luna.sings"})
    assert (made.handle, made.source, made.enabled, made.priority) == ("luna.sings", "tiktool", True, 0)
    assert (made.record, made.keep_days, made.captions.source, made.captions.speakers) == (False, None, "native", True)
    assert await store.creators() == [made]


async def test_creators_keep_their_order_and_their_changes_after_a_restart(folder):
    store = await Store.open(folder)
    first = await store.add_creator({"handle": "luna", "time_zone": "Europe/Berlin"})
    second = await store.add_creator({"handle": "otter", "source": "simulator"})
    await store.patch_creator(first.id, {"captions": {"source": "captions"}, "keep_days": 30})
    await store.patch_creator(first.id, {"captions": {"language": "de"}})
    store = await reopened(store)
    assert [row.id for row in await store.creators()] == [first.id, second.id]
    kept = await store.creator(first.id)
    assert (kept.captions.source, kept.captions.language, kept.keep_days) == ("captions", "de", 30)
    assert kept.time_zone == "Europe/Berlin"
    await store.close()


@pytest.mark.parametrize(
    "values, field",
    [
        ({}, "handle"),
        ({"handle": "  @"}, "handle"),
        ({"handle": 5}, "handle"),
        ({"handle": "a", "source": "elsewhere"}, "source"),
        ({"handle": "a", "colour": "red"}, "colour"),
        ({"handle": "a", "keep_days": 0}, "keep_days"),
        ({"handle": "a", "captions": {"source": "none"}}, "captions.source"),
        ({"handle": "a", "captions": {"minutes": 1}}, "captions.minutes"),
    ],
)
async def test_a_bad_field_is_named_and_nothing_is_made(store, values, field):
    with pytest.raises(Refused) as refused:
        await store.add_creator(values)
    assert refused.value.field == field
    assert await store.creators() == []


async def test_a_deleted_creator_takes_the_widgets_along_and_brings_them_back(store):
    creator = await store.add_creator({"handle": "luna"})
    widget = await store.add_widget({"creator": creator.id, "kind": "goal"})
    await store.delete_creator(creator.id)
    assert await store.creators() == []
    assert await store.widgets() == []
    await store.undelete_creator(creator.id)
    assert [row.key for row in await store.widgets()] == [widget.key]


async def test_a_widget_belongs_to_a_living_creator(store):
    with pytest.raises(Refused) as refused:
        await store.add_widget({"creator": "nobody", "kind": "goal"})
    assert refused.value.field == "creator"


async def test_undoing_a_deletion_restores_the_key_and_a_replaced_key_stays_dead(store):
    creator = await store.add_creator({"handle": "luna"})
    widget = await store.add_widget({"creator": creator.id, "kind": "goal"})
    await store.delete_widget(widget.id)
    assert await store.widgets() == []
    assert (await store.undelete_widget(widget.id)).key == widget.key
    renewed = await store.rotate_key(widget.id)
    assert renewed.key != widget.key
    assert len(renewed.key) >= 22
    assert await store.is_dead_key(widget.key)
    assert not await store.is_dead_key(renewed.key)


async def test_the_last_twenty_versions_of_a_widget_can_be_brought_back(store):
    creator = await store.add_creator({"handle": "luna"})
    widget = await store.add_widget({"creator": creator.id, "kind": "goal", "options": {"target": 0}})
    for target in range(1, 26):
        await store.patch_widget(widget.id, {"options": {"target": target}})
    await store.patch_widget(widget.id, {"options": {"target": 25}})  # nothing new: no version
    versions = await store.widget_versions(widget.id)
    assert [version.options["target"] for version in versions] == list(range(24, 4, -1))
    back = await store.bring_back(widget.id, versions[-1].version)
    assert (back.options, back.key) == ({"target": 5}, widget.key)
    with pytest.raises(NotFound):
        await store.bring_back(widget.id, 1)


async def test_a_widget_keeps_its_kind(store):
    creator = await store.add_creator({"handle": "luna"})
    widget = await store.add_widget({"creator": creator.id, "kind": "goal"})
    with pytest.raises(Refused):
        await store.patch_widget(widget.id, {"kind": "chat"})


async def test_settings_hold_any_json_and_none_removes_them(store):
    await store.put("allowed_hosts", ["overlay.example", {"port": 8090}])
    assert await store.get("allowed_hosts") == ["overlay.example", {"port": 8090}]
    await store.put("allowed_hosts", None)
    assert await store.get("allowed_hosts", "none") == "none"


async def test_secrets_stand_apart_and_are_found_by_their_beginning(store):
    for name in ("token:a", "token:b", "tiktool_key"):
        await store.put_secret(name, f"secret of {name}")
    await store.put_secret("token:a", None)
    assert await store.secrets("token:") == {"token:b": "secret of token:b"}
    assert await store.secret("tiktool_key") == "secret of tiktool_key"
    assert await store.get("tiktool_key") is None


@pytest.mark.parametrize("text", ["'; DROP TABLE creator; --", '" OR 1=1', "\x00\x01", "名前🙂", "a" * 100_000])
async def test_any_text_is_kept_as_it_is(store, text):
    await store.put(text, text)
    await store.put_secret(text, text)
    creator = await store.add_creator({"handle": f"x{text}"})
    assert await store.get(text) == text
    assert await store.secret(text) == text
    assert (await store.creator(creator.id)).handle == f"x{text}"
    assert await store.secrets(text) == {text: text}


async def test_a_webhook_event_is_seen_once_in_eight_days(folder):
    store = await Store.open(folder)
    day = 86_400_000
    assert not await store.seen_event("evt_1", 1000 * day)
    assert await store.seen_event("evt_1", 1001 * day)
    store = await reopened(store)
    assert await store.seen_event("evt_1", 1007 * day)
    assert not await store.seen_event("evt_2", 1007 * day)
    assert not await store.seen_event("evt_1", 1009 * day)
    await store.close()


async def test_the_folder_and_everything_in_it_is_for_its_owner_alone(store):
    await store.put("a", 1)
    assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700
    for path in store.folder.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


async def test_two_servers_cannot_use_one_folder(store, monkeypatch):
    monkeypatch.setattr("overlay.store.lock.WAIT_S", 0.1)
    with pytest.raises(FolderInUse, match="Another overlay server"):
        await Store.open(store.folder)


async def test_an_unknown_id_is_said_to_be_unknown(store):
    for call in (store.creator, store.delete_creator, store.widget, store.delete_widget, store.rotate_key):
        with pytest.raises(NotFound):
            await call("nobody")
