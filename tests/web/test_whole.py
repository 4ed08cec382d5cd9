"""What comes in or goes out whole: an import, an export, a backup, a restore. All or nothing, under the rules of single calls."""

from __future__ import annotations

import base64
import copy
import io
import json
import wave
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from overlay.core.widget import Shared
from overlay.hub import Hub, Placed
from tests.serving import MIRA, Served, gift, listening, serving

PASSWORD = "correct horse battery"


@pytest.fixture
async def served(tmp_path: Path):
    async with serving(tmp_path / "one") as one:
        yield one


def ours(served: Served, cookie: str | None = None) -> dict[str, str]:
    return {"Origin": served.base, "Sec-Fetch-Site": "same-origin"} | ({"Cookie": cookie} if cookie else {})


def png(colour: str = "red") -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(made, "PNG")
    return made.getvalue()


def wav() -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\0\0" * 800)
    return made.getvalue()


async def filled(served: Served) -> dict:
    """One creator with a goal, and the export of it."""
    creator = await served.creator("luna.sings", captions={"max_minutes": 5})
    await served.widget(creator, "goal", name="Cake", options={"target": 77})
    return (await served.http.get("/api/export")).json()


async def everything(served: Served) -> tuple:
    return tuple([(await served.http.get(path)).json() for path in ("/api/creators", "/api/widgets")])


def put(path: list, value):
    def alter(document: dict) -> None:
        place = document
        for part in path[:-1]:
            place = place[part]
        place[path[-1]] = value

    return alter


def twice(name: str, **changes):
    def alter(document: dict) -> None:
        document[name].append(copy.deepcopy(document[name][0]) | changes)

    return alter


@pytest.mark.parametrize(
    ("alter", "field"),
    [
        (put(["creators", 0, "handle"], "two words"), "creators[0].handle"),
        (put(["creators", 0, "handle"], "x" * 300), "creators[0].handle"),
        (put(["creators", 0, "handle"], ""), "creators[0].handle"),
        (put(["creators", 0, "time_zone"], "Mars/Base"), "creators[0].time_zone"),
        (put(["creators", 0, "time_zone"], "../../etc/passwd"), "creators[0].time_zone"),
        (put(["creators", 0, "priority"], 10**9), "creators[0].priority"),
        (put(["creators", 0, "priority"], 10**30), "creators[0].priority"),
        (put(["creators", 0, "keep_days"], 0), "creators[0].keep_days"),
        (put(["creators", 0, "keep_days"], 10**7), "creators[0].keep_days"),
        (put(["creators", 0, "captions", "max_minutes"], 1.5), "creators[0].captions.max_minutes"),
        (put(["creators", 0, "captions", "max_minutes"], 10**6), "creators[0].captions.max_minutes"),
        (put(["creators", 0, "captions", "language"], "no language"), "creators[0].captions.language"),
        (put(["creators", 0, "captions", "translate"], "d"), "creators[0].captions.translate"),
        (twice("creators"), "creators[1].id"),
        (twice("creators", id="c2"), "creators[1].handle"),
        (put(["widgets", 0, "kind"], "nothing"), "widgets[0].kind"),
        (put(["widgets", 0, "name"], "x" * 101), "widgets[0].name"),
        (put(["widgets", 0, "theme"], "no-such-theme"), "widgets[0].theme"),
        (put(["widgets", 0, "theme"], "../x"), "widgets[0].theme"),
        (put(["widgets", 0, "options", "target"], 0), "widgets[0].options.target"),
        (put(["widgets", 0, "options", "css"], "x" * 300_000), "widgets[0].options.css"),
        (put(["widgets", 0, "options", "nonsense"], 1), "widgets[0].options.nonsense"),
        (put(["widgets", 0, "creator"], "nobody"), "widgets[0].creator"),
        (twice("widgets"), "widgets[1].id"),
        (put(["themes", "mine"], {"a.css": base64.b64encode(b"@import 'https://evil.example/';").decode()}), "themes.mine"),
        (put(["secrets"], {"access": "{]"}), "secrets.access"),
        (put(["secrets"], {"tiktool_hook": "7"}), "secrets.tiktool_hook"),
        (put(["secrets"], {"tiktool_key": "two words"}), "secrets.tiktool_key"),
        (put(["secrets"], {"surprise": "1"}), "secrets.…"),
        (put(["assets"], {"../../x.png": {"name": "x", "body": ""}}), "assets.'../../x.png'"),
        (put(["assets"], {"a" * 16 + ".png": {"name": "x", "body": "%"}}), f"assets.'{'a' * 16}.png'"),
        (put(["assets"], {"a" * 16 + ".png": {"name": "x", "body": ""}}), f"assets.{'a' * 16}.png"),
        (put(["assets"], {"a" * 16 + ".mp3": {"name": "x", "body": base64.b64encode(b"<html>").decode()}}), f"assets.{'a' * 16}.mp3"),
    ],
)  # fmt: skip
async def test_an_import_is_held_to_the_rules_of_single_calls_and_changes_nothing_when_one_is_broken(
    served: Served, alter, field: str
) -> None:
    document = await filled(served)
    before = await everything(served)
    alter(document)
    document["creators"].append({"id": "cnew", "handle": "new.one"})
    answer = await served.http.post("/api/import", json=document)
    assert (answer.status_code, answer.json()["field"]) == (400, field), answer.text
    assert "evil" not in answer.text or field == "themes.mine"
    assert await everything(served) == before
    assert not list((served.house.config.folder / "themes").iterdir())
    assert not (served.house.config.folder / "assets").exists()


async def test_an_import_puts_values_into_their_right_form(served: Served) -> None:
    document = {
        "format": "overlay-export", "version": 1,
        "creators": [{"id": "c1", "handle": "https://www.tiktok.com/@Luna.Sings/live"}],
        "widgets": [{"id": "w1", "creator": "c1", "kind": "goal", "options": {"target": 5}}],
    }  # fmt: skip
    answer = await served.http.post("/api/import", json=document)
    assert answer.status_code == 200, answer.text
    (creator,), (widget,) = await everything(served)
    mine = (await served.http.post("/api/creators", json={"handle": "other", "enabled": False})).json()
    assert (creator["handle"], creator["time_zone"]) == ("luna.sings", mine["time_zone"])
    assert (widget["name"], widget["options"]["target"]) == ("Goal", 5)
    assert set(widget["options"]) > set(Shared.__struct_fields__)


async def test_a_creator_who_is_here_under_another_id_is_not_here_twice_after_an_import(
    served: Served, tmp_path: Path
) -> None:
    document = await filled(served)
    async with serving(tmp_path / "other") as other:
        here = await other.creator("luna.sings")
        assert (await other.http.post("/api/import", json=document)).status_code == 200
        assert (await other.http.post("/api/import", json=document)).status_code == 200
        (creator,), (widget,) = await everything(other)
        assert creator["id"] == here
        assert widget["creator"] == here
        other.hear(here, gift(MIRA, 5, 1))
        assert (await other.view(widget["key"]))["value"] == 5


async def test_what_an_import_does_not_change_stays_on_the_air(served: Served) -> None:
    creator = await served.creator()
    board, goal = await served.widget(creator), await served.widget(creator, "goal", options={"target": 50})
    document = (await served.http.get("/api/export")).json()
    next(one for one in document["widgets"] if one["kind"] == "goal")["options"]["target"] = 90
    async with listening(served, board["key"], goal["key"]) as events:
        await events.until("hello")
        await events.until("hello")
        assert (await served.http.post("/api/import", json=document)).status_code == 200
        told = [await events.next()]
        served.hear(creator, gift(MIRA, 5, 1))
        while told[-1][0] != "view" or told[-1][1]["w"] != board["key"]:
            told.append(await events.next())
    assert [one["options"]["target"] for name, one in told if name == "options"] == [90]
    assert "gone" not in [name for name, _ in told]
    assert told[-1][1]["view"]["total"] == 5


async def test_user_themes_and_used_sounds_travel_with_an_export_and_unused_ones_stay(
    served: Served, tmp_path: Path
) -> None:
    theme = served.house.config.folder / "themes" / "mine"
    theme.mkdir(parents=True)
    (theme / "theme.toml").write_text('title = "Mine"')
    (theme / "theme.css").write_text(".goal { color: red }")
    paths = {}
    for name, body in (("a ding.wav", wav()), ("a picture.png", png()), ("unused.png", png("blue"))):
        made = await served.http.post(f"/studio/assets?name={name}", content=body, headers=ours(served))
        paths[name] = made.json()["path"]
    creator = await served.creator()
    tiers = [{"min_diamonds": 1, "sound": paths["a ding.wav"], "picture": paths["a picture.png"]}]
    await served.widget(creator, "alerts", theme="mine", options={"tiers": tiers})
    document = (await served.http.get("/api/export")).json()
    assert {one["name"] for one in document["assets"].values()} == {"a ding.wav", "a picture.png"}
    async with serving(tmp_path / "other") as other:
        brought = await other.http.post("/api/import", json=document)
        assert brought.json() == {"creators": 1, "widgets": 1, "themes": 1, "assets": 2}, brought.text
        assert (await other.http.get(paths["a ding.wav"])).content == wav()
        assert (await other.http.get(paths["a picture.png"])).content == png()
        assert (await other.http.get("/themes/mine/theme.css")).text == ".goal { color: red }"
        assert {one["name"] for one in (await other.http.get("/studio/assets")).json()} == {
            "a ding.wav",
            "a picture.png",
        }
        again = (await other.http.get("/api/export")).json()
        for part in ("creators", "widgets", "themes", "assets"):
            assert again[part] == document[part], part
        assert (await other.http.post("/api/import", json=again)).status_code == 200
        assert len((await other.http.get("/studio/assets")).json()) == 2
        other_file = document | {"assets": {name: one | {"body": base64.b64encode(png("green")).decode()} for name, one in document["assets"].items() if name.endswith("png")}}  # fmt: skip
        refused = await other.http.post("/api/import", json=other_file)
        assert refused.status_code == 400
        assert (await other.http.get(paths["a picture.png"])).content == png()


@pytest.mark.parametrize("body", [b"", b"no zip", b"PK\x05\x06" + b"\0" * 18, b"\0" * 5000])
async def test_a_file_that_is_no_backup_closes_nobodys_room(served: Served, body: bytes) -> None:
    creator = await served.creator()
    board = await served.widget(creator)
    async with listening(served, board["key"]) as events:
        await events.until("hello")
        refused = await served.http.post("/api/restore", content=body, headers=ours(served))
        assert refused.status_code == 400
        assert "backup" in refused.json()["message"]
        served.hear(creator, gift(MIRA, 5, 1))
        name, told = await events.next()
    assert (name, told["view"]["total"]) == ("view", 5)


async def test_a_restore_brings_back_what_was_and_counts_on(served: Served) -> None:
    creator = await served.creator()
    board = await served.widget(creator)
    served.hear(creator, gift(MIRA, 5, 1))
    assert (await served.view(board["key"]))["total"] == 5
    backup = (await served.http.get("/api/backup")).content
    await served.http.patch(f"/api/widgets/{board['id']}", json={"options": {"rows": 9}})
    later = await served.creator("later.one")
    served.hear(creator, gift(MIRA, 7, 2))
    await served.view(board["key"])
    assert (await served.http.post("/api/restore", content=backup, headers=ours(served))).status_code == 200
    assert (await served.view(board["key"]))["total"] == 5
    assert (await served.http.get(f"/api/widgets/{board['id']}")).json()["options"]["rows"] == 5
    assert (await served.http.get(f"/api/creators/{later}")).status_code == 404
    served.hear(creator, gift(MIRA, 7, 2))
    assert (await served.view(board["key"]))["total"] == 12


async def test_a_disk_that_fails_in_the_middle_is_the_reason_that_is_told(served: Served, monkeypatch) -> None:
    from overlay.rooms import Rooms
    from overlay.store import StoreError, archive

    creator = await served.creator()
    board = await served.widget(creator)
    backup = (await served.http.get("/api/backup")).content

    def broken(_folder: Path) -> None:
        raise StoreError("The disk is on fire.")

    monkeypatch.setattr(archive, "change_over", broken)
    refused = await served.http.post("/api/restore", content=backup, headers=ours(served))
    assert (refused.status_code, refused.json()["message"]) == (503, "The disk is on fire.")
    assert (await served.view(board["key"]))["total"] == 0

    async def broken_too(_rooms: Rooms) -> None:
        raise ValueError

    monkeypatch.setattr(Rooms, "open_all", broken_too)
    refused = await served.http.post("/api/restore", content=backup, headers=ours(served))
    assert (refused.status_code, refused.json()["message"]) == (503, "The disk is on fire.")


async def test_after_a_restore_password_sessions_and_tokens_are_those_of_the_backup(served: Served) -> None:
    old = await sign_up(served, PASSWORD)
    token = (await served.http.post("/studio/tokens", json={"name": "deck"}, headers=ours(served, old))).json()["token"]
    backup = (await served.http.get("/api/backup", headers={"Authorization": f"Bearer {token}"})).content
    changed = await served.http.post(
        "/studio/password", json={"current": PASSWORD, "password": "another one 22"}, headers=ours(served, old)
    )
    new = changed.headers["set-cookie"].partition(";")[0]
    for one in (await served.http.get("/settings", headers=ours(served, new))).text.split('data-drop-token="')[1:]:
        await served.http.delete(f"/studio/tokens/{one.partition(chr(34))[0]}", headers=ours(served, new))
    assert (await served.http.get("/api/creators", headers={"Authorization": f"Bearer {token}"})).status_code == 401
    assert (await served.http.post("/api/restore", content=backup, headers=ours(served, new))).status_code == 200
    assert (await served.http.get("/api/creators", headers={"Cookie": new})).status_code == 401
    assert (await served.http.get("/api/creators", headers={"Cookie": old})).status_code == 200
    assert (await served.http.get("/api/creators", headers={"Authorization": f"Bearer {token}"})).status_code == 200
    for password, status in (("another one 22", 401), (PASSWORD, 303)):
        answer = await served.http.post("/sign-in", data={"password": password}, headers=ours(served))
        assert answer.status_code == status


async def test_a_key_of_the_backup_is_the_one_that_is_used(served: Served) -> None:
    await served.house.store.put_secret("tiktool_key", "tk_old_key_1234")
    backup = (await served.http.get("/api/backup")).content
    await served.house.store.put_secret("tiktool_key", None)
    assert served.house.upstream.account() is None
    assert (await served.http.post("/api/restore", content=backup, headers=ours(served))).status_code == 200
    assert served.house.upstream.account() is not None


async def test_a_backup_without_a_password_opens_no_server_to_the_world(tmp_path: Path) -> None:
    async with serving(tmp_path / "home") as home:
        backup = (await home.http.get("/api/backup")).content
    async with serving(tmp_path / "out") as out:
        await out.http.post("/studio/password", json={"password": PASSWORD}, headers=ours(out))
    async with serving(tmp_path / "out", allowed_hosts=("overlay.example",)) as out:
        signed = await out.http.post("/sign-in", data={"password": PASSWORD}, headers=ours(out))
        cookie = signed.headers["set-cookie"].partition(";")[0]
        assert (await out.http.post("/api/restore", content=backup, headers=ours(out, cookie))).status_code == 200
        assert (await out.http.get("/api/creators", headers={"Host": "overlay.example"})).status_code == 401
        again = await out.http.post("/sign-in", data={"password": PASSWORD}, headers=ours(out))
        assert again.status_code == 303
    async with serving(tmp_path / "out", allowed_hosts=("overlay.example",)) as out:
        assert out.house.access.has_password


async def test_a_forged_backup_that_the_program_could_not_start_from_is_refused(served: Served, tmp_path: Path) -> None:
    await served.house.store.put_secret("access", "{broken")
    backup = (await served.http.get("/api/backup")).content
    await served.house.store.put_secret("access", None)
    refused = await served.http.post("/api/restore", content=backup, headers=ours(served))
    assert (refused.status_code, refused.json()["field"]) == (400, "secrets.access")
    assert "broken" not in refused.text


async def sign_up(served: Served, password: str) -> str:
    answer = await served.http.post("/studio/password", json={"password": password}, headers=ours(served))
    cookie = answer.headers["set-cookie"].partition(";")[0]
    served.http.cookies.clear()
    return cookie


async def test_what_holds_secrets_wants_the_password_again_from_a_browser_and_not_from_a_token(served: Served) -> None:
    cookie = await sign_up(served, PASSWORD)
    full = await served.house.access.make_token("deck")
    reading = await served.house.access.make_token("eyes", "read")
    document = (await served.http.get("/api/export?secrets=1", headers={"Cookie": cookie})).json()
    backup = (await served.http.get("/api/backup", headers={"Cookie": cookie})).content
    for session in served.house.access._kept.sessions:
        session.typed_ms -= 16 * 60_000
    calls = [
        ("GET", "/api/backup", {}),
        ("GET", "/api/export?secrets=1", {}),
        ("POST", "/api/restore", {"content": backup}),
        ("POST", "/api/import", {"json": document}),
        ("GET", "/studio/fresh", {}),
    ]
    for method, path, more in calls:
        answer = await served.http.request(method, path, headers=ours(served, cookie), **more)
        assert (answer.status_code, answer.json()["error"]) == (403, "confirm"), path
        eyes = await served.http.request(method, path, headers={"Authorization": f"Bearer {reading}"}, **more)
        assert (eyes.status_code, eyes.json()["error"]) == (403, "read_only"), path
    assert (await served.http.get("/api/export", headers=ours(served, cookie))).status_code == 200
    confirmed = await served.http.post("/studio/confirm", json={"password": PASSWORD}, headers=ours(served, cookie))
    assert confirmed.status_code == 200
    assert (await served.http.get("/api/backup", headers=ours(served, cookie))).status_code == 200
    for method, path, more in calls[:2]:
        answer = await served.http.request(method, path, headers={"Authorization": f"Bearer {full}"}, **more)
        assert answer.status_code == 200, path


async def test_a_token_for_reading_reads_and_changes_nothing(served: Served) -> None:
    creator = await served.creator()
    cookie = await sign_up(served, PASSWORD)
    made = await served.http.post(
        "/studio/tokens", json={"name": "eyes", "scope": "read"}, headers=ours(served, cookie)
    )
    eyes = {"Authorization": f"Bearer {made.json()['token']}"}
    assert (await served.http.get("/api/status", headers=eyes)).status_code == 200
    for method, path in (
        ("POST", "/api/creators"), ("PATCH", f"/api/creators/{creator}"), ("DELETE", f"/api/creators/{creator}"),
        ("POST", f"/api/creators/{creator}/test"), ("PUT", "/api/obs"), ("POST", "/studio/password"),
    ):  # fmt: skip
        answer = await served.http.request(method, path, json={}, headers=eyes)
        assert (answer.status_code, answer.json()["error"]) == (403, "read_only"), path
    wrong = await served.http.post("/studio/tokens", json={"name": "x", "scope": "some"}, headers=ours(served, cookie))
    assert (wrong.status_code, wrong.json()["field"]) == (400, "scope")


async def test_the_names_of_tokens_and_brought_files_lose_what_cannot_be_shown(served: Served) -> None:
    cookie = await sign_up(served, PASSWORD)
    headers = ours(served, cookie)
    assert (await served.http.post("/studio/tokens", json={"name": "de\x00ck\n"}, headers=headers)).status_code == 200
    nameless = await served.http.post("/studio/tokens", json={"name": "\x00\x1b"}, headers=headers)
    assert (nameless.status_code, nameless.json()["field"]) == (400, "name")
    assert [token.name for token in served.house.access.tokens()] == ["deck"]
    document = (await served.http.get("/api/export", headers=headers)).json()
    document["assets"] = {f"{'a' * 16}.wav": {"name": "di\x07ng.wav", "body": base64.b64encode(wav()).decode()}}
    assert (await served.http.post("/api/import", json=document, headers=headers)).status_code == 200
    assert [one["name"] for one in (await served.http.get("/studio/assets", headers=headers)).json()] == ["ding.wav"]


async def test_a_deleted_sound_can_come_back_for_an_hour_and_is_then_gone_from_the_disk(served: Served) -> None:
    folder = served.house.config.folder / "assets"
    made = [
        (await served.http.post("/studio/assets?name=x.wav", content=wav(), headers=ours(served))).json()
        for _ in range(2)
    ]
    for one in made:
        await served.http.delete(f"/studio/assets/{one['id']}", headers=ours(served))
    assert (await served.http.get("/studio/assets")).json() == []
    await served.house.assets.sweep()
    assert (await served.http.get(made[0]["path"])).status_code == 200  # an overlay that uses it goes on
    await served.http.post(f"/studio/assets/{made[0]['id']}/restore", json={}, headers=ours(served))
    rows = await served.house.assets.rows()
    next(row for row in rows if row.id == made[1]["id"]).gone_ms -= 3_600_001
    await served.house.assets._keep(rows)
    (folder / ".left.part").write_bytes(b"x")
    await served.house.assets.sweep()
    assert {path.name for path in folder.iterdir()} == {made[0]["id"], ".left.part"}
    back = await served.http.post(f"/studio/assets/{made[1]['id']}/restore", json={}, headers=ours(served))
    assert back.status_code == 404
    assert [one["id"] for one in (await served.http.get("/studio/assets")).json()] == [made[0]["id"]]


async def test_two_uploads_at_once_are_both_kept(served: Served) -> None:
    import asyncio

    calls = [served.http.post(f"/studio/assets?name={n}.wav", content=wav(), headers=ours(served)) for n in range(8)]
    assert {answer.status_code for answer in await asyncio.gather(*calls)} == {201}
    assert len((await served.http.get("/studio/assets")).json()) == 8


async def test_the_same_handle_twice_at_once_is_one_creator(served: Served) -> None:
    import asyncio

    calls = [served.http.post("/api/creators", json={"handle": "luna", "enabled": False}) for _ in range(6)]
    assert sorted(answer.status_code for answer in await asyncio.gather(*calls)) == [201, *[409] * 5]


async def test_a_removed_creator_whose_handle_is_taken_meanwhile_does_not_come_back(served: Served) -> None:
    first = await served.creator("luna")
    await served.http.delete(f"/api/creators/{first}")
    await served.creator("luna")
    back = await served.http.post(f"/api/creators/{first}/restore")
    assert (back.status_code, back.json()["field"]) == (409, "handle")
    assert len((await served.http.get("/api/creators")).json()) == 1


async def test_a_restore_does_not_say_that_the_server_is_where_it_once_was(served: Served) -> None:
    note = served.house.config.folder / "server.json"
    before = json.loads(note.read_text())
    backup = (await served.http.get("/api/backup")).content
    assert "server.json" not in zipfile.ZipFile(io.BytesIO(backup)).namelist()
    assert (await served.http.post("/api/restore", content=backup, headers=ours(served))).status_code == 200
    assert json.loads(note.read_text()) == before


async def test_an_overlay_that_cannot_take_its_place_keeps_no_other_from_coming_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(tmp_path) as served:
        creator = await served.creator()
        bad, good = await served.widget(creator, "counter"), await served.widget(creator)
    place = Hub.place

    def fails(hub: Hub, placed: Placed, stage: object = None) -> None:
        if placed.id == bad["id"]:
            raise KeyError("a bug that only this one has")
        place(hub, placed, stage)

    monkeypatch.setattr(Hub, "place", fails)
    async with serving(tmp_path) as served:
        assert (await served.http.get(f"/w/{good['key']}/view")).status_code == 200
        assert (await served.http.get(f"/w/{bad['key']}/view")).status_code == 404
