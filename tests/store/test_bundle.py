"""An export holds what the owner made and no secret; an import is all or nothing and names what is at fault."""

from __future__ import annotations

import base64
import copy
import json

import pytest

from overlay.store import NotFound, Refused, Store, bundle, luggage

CANARY = "canary-4711"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


async def filled(store):
    creator = await store.add_creator({"handle": "luna", "captions": {"source": "captions"}, "keep_days": 9})
    first = await store.add_widget({"creator": creator.id, "kind": "goal", "options": {"target": 5, "label": "ä🙂"}})
    gone = await store.add_widget({"creator": creator.id, "kind": "chat"})
    await store.delete_widget(gone.id)
    for name in ("tiktool_key", "access", "token:a", "hook:luna"):
        await store.put_secret(name, f"{CANARY} {name}")
    theme = store.folder / "themes" / "mine"
    (theme / "fonts").mkdir(parents=True)
    (theme / "theme.toml").write_text('title = "Mine"')
    (theme / "fonts" / "a.woff2").write_bytes(b"wOF2....")
    (theme / "picture.png").write_bytes(PNG)
    return creator, first


async def test_an_export_brings_everything_into_an_empty_server(store, tmp_path):
    creator, widget = await filled(store)
    document = json.loads(json.dumps(await store.export()))
    other = await Store.open(tmp_path / "other")
    assert await other.import_(document) == {"creators": 1, "widgets": 1, "themes": 1, "assets": 0}
    (row,) = await other.creators()
    assert (row.id, row.handle, row.keep_days, row.captions) == (creator.id, "luna", 9, creator.captions)
    (brought,) = await other.widgets()
    assert (brought.id, brought.kind, brought.options) == (widget.id, "goal", widget.options)
    assert brought.key != widget.key
    assert (other.folder / "themes" / "mine" / "picture.png").read_bytes() == PNG
    assert [path.name for path in (other.folder / "themes").iterdir()] == ["mine"]
    await other.close()


async def test_an_export_has_no_secret_unless_asked_for(store, tmp_path):
    _, widget = await filled(store)
    plain = json.dumps(await store.export())
    assert CANARY not in plain
    assert widget.key not in plain
    whole = await store.export(with_secrets=True)
    other = await Store.open(tmp_path / "other")
    await other.import_(whole)
    assert await other.secret("tiktool_key") == f"{CANARY} tiktool_key"
    assert [row.key for row in await other.widgets()] == [widget.key]
    await other.close()


async def test_an_import_into_the_same_server_keeps_keys_and_adds_nothing(store):
    creator, widget = await filled(store)
    document = await store.export()
    await store.patch_widget(widget.id, {"options": {"target": 9}})
    await store.import_(json.dumps(document).encode())
    assert [row.id for row in await store.creators()] == [creator.id]
    assert [(row.key, row.options) for row in await store.widgets()] == [(widget.key, widget.options)]


async def test_a_replaced_key_does_not_live_again_through_an_import(store):
    _, widget = await filled(store)
    document = await store.export(with_secrets=True)
    renewed = await store.rotate_key(widget.id)
    await store.import_(document)
    assert [row.key for row in await store.widgets()] == [renewed.key]


def put(path, value):
    """An alteration of a document: a value at a path, or with no value away with it."""

    def alter(document):
        place = document
        for part in path[:-1]:
            place = place[part]
        if value is None:
            del place[path[-1]]
        else:
            place[path[-1]] = value

    return alter


def text(body):
    return base64.b64encode(body).decode()


BAD = [
    (put(["format"], "other"), "format"),
    (put(["version"], 2), "format"),
    (put(["widgets"], None), None),
    (put(["extra"], 1), None),
    (put(["creators", 0, "handle"], 5), "creators[0].handle"),
    (put(["creators", 0, "id"], "../x"), "creators[0].id"),
    (put(["creators", 0, "colour"], "red"), "creators[0].colour"),
    (put(["creators", 0, "captions", "source"], "x"), "creators[0].captions.source"),
    (put(["widgets", 0, "creator"], "nobody"), "widgets[0].creator"),
    (put(["widgets", 0, "options"], [1]), "widgets[0].options"),
    (put(["widgets", 0, "key"], "short"), "widgets[0].key"),
    (put(["widgets", 0, "kind"], "chat"), "widgets[0].kind"),
    (put(["themes", "../evil"], {}), "themes.'../evil'"),
    (put(["themes", "mine\n"], {}), r"themes.'mine\n'"),
    (put(["themes", "mi\0ne"], {}), r"themes.'mi\x00ne'"),
    (put(["themes", "mine", "../evil.css"], text(b"x")), "themes.mine.'../evil.css'"),
    (put(["themes", "mine", "a/../../evil.css"], text(b"x")), "themes.mine.'a/../../evil.css'"),
    (put(["themes", "mine", "C:evil.css"], text(b"x")), "themes.mine.'C:evil.css'"),
    (put(["themes", "mine", "con.css"], text(b"x")), "themes.mine.'con.css'"),
    (put(["themes", "mine", "run.js"], text(b"x")), "themes.mine.'run.js'"),
    (put(["themes", "mine", "x.svg"], text(b"<svg/>")), "themes.mine.'x.svg'"),
    (put(["themes", "mine", "x.png"], text(b"<html>")), "themes.mine.'x.png'"),
    (put(["themes", "mine", "x.css"], "%%%"), "themes.mine.'x.css'"),
    (put(["themes", "mine", "x.css"], text(b"x" * 21_000_000)), "themes.mine"),
    (put(["themes", "mine"], {f"{n}.css": "" for n in range(201)}), "themes.mine"),
    (put(["themes", "mine"], {"A.css": "", "a.css": ""}), "themes.mine"),
]


@pytest.mark.parametrize("alter, field", BAD)
async def test_a_bad_import_names_its_fault_and_changes_nothing(store, alter, field):
    await filled(store)
    document = copy.deepcopy(await store.export())
    before = document
    document = copy.deepcopy(document)
    document["creators"][0]["handle"] = "changed"
    document["themes"]["another"] = {"theme.toml": text(b"x")}
    alter(document)
    with pytest.raises(Refused) as refused:
        await store.import_(document)
    if field is not None:
        assert refused.value.field == field
    after = await store.export()
    assert {**after, "made_ms": 0} == {**before, "made_ms": 0}
    assert [path.name for path in (store.folder / "themes").iterdir()] == ["mine"]


@pytest.mark.parametrize("body", [b"", b"nonsense", b"[]", b"null", b"{}", b'{"format": "overlay-export"}', b"\xff"])
async def test_what_is_no_export_is_refused(store, body):
    with pytest.raises(Refused):
        await store.import_(body)


async def test_options_that_only_the_kind_can_judge_are_refused_before_anything_is_touched(store):
    await filled(store)
    document = await store.export()
    document["creators"][0]["handle"] = "changed"

    def check(found):
        raise Refused(f"no {sorted(found.widgets[0][2].options)}", "widgets[0].options.target")

    with pytest.raises(Refused) as refused:
        await store.import_(document, check)
    assert refused.value.field == "widgets[0].options.target"
    assert [row.handle for row in await store.creators()] == ["luna"]


async def test_somebody_elses_key_is_not_taken(store):
    await filled(store)
    document = await store.export(with_secrets=True)
    document["widgets"].append({**document["widgets"][0], "id": "w2"})
    with pytest.raises(Refused):
        await store.import_(document)
    with pytest.raises(NotFound):
        await store.widget("w2")


@pytest.mark.parametrize("committed", [True, False])
async def test_themes_of_an_import_that_was_killed_are_where_the_database_says(folder, committed):
    store = await Store.open(folder)
    await filled(store)
    document = await store.export()
    document["themes"]["mine"]["theme.toml"] = text(b"title = 'New'")
    document["themes"]["another"] = {"theme.toml": text(b"x")}
    checked = bundle.read(document)
    themes = folder / "themes"

    def killed(db):
        bundle.write(db, checked, themes, 5)
        if not committed:
            raise KeyboardInterrupt

    if committed:
        await store._do(killed)
    else:
        stage = luggage.stage_themes(checked.themes, themes)
        luggage.swap(stage, themes, checked.themes)
    await store.close()
    store = await Store.open(folder)
    names = sorted(path.name for path in themes.iterdir())
    title = (themes / "mine" / "theme.toml").read_text()
    assert (names, title) == ((["another", "mine"], "title = 'New'") if committed else (["mine"], 'title = "Mine"'))
    await store.close()
