"""A backup holds the whole folder as of one moment; a restore is all or nothing, whatever is brought."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import stat
import zipfile

import pytest

from overlay.store import (
    FolderInUse,
    NotFound,
    Refused,
    Store,
    StoreError,
    archive,
    backup_folder,
    export_folder,
    restore_folder,
)

from .making import START_MS, change, credit, person, scores


def numbered(n):
    return change("luna", credit(person(1), at_ms=START_MS + n), scores=scores("all", p1=n + 1))


async def filled(folder):
    store = await Store.open(folder)
    creator = await store.add_creator({"handle": "luna"})
    await store.put_secret("tiktool_key", "tk_secret")
    (folder / "pictures" / "ab").mkdir()
    (folder / "pictures" / "ab" / "one.webp").write_bytes(os.urandom(3_000_000))
    (folder / "themes" / "mine").mkdir()
    (folder / "themes" / "mine" / "theme.css").write_text("/* mine */")
    (folder / "overlay.toml").write_text("port = 8091\n")
    for n in range(20):
        await store.commit([numbered(n)])
    return store, creator


def files(folder):
    """What is in a folder apart from the database and what is its own."""
    skipped = {"overlay.lock", "overlay.db", "overlay.db-wal", "overlay.db-shm"}
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in skipped and "backups" not in path.parts
    }


async def test_a_backup_brings_everything_back_into_an_empty_folder(folder, tmp_path):
    store, creator = await filled(folder)
    await store.backup(tmp_path / "all.zip")
    assert stat.S_IMODE((tmp_path / "all.zip").stat().st_mode) == 0o600
    before = files(folder)
    await store.close()
    other = await Store.open(tmp_path / "other")
    await other.restore(tmp_path / "all.zip")
    assert await other.creators() == [creator]
    assert await other.secret("tiktool_key") == "tk_secret"
    assert (await other.load("luna", ["all"])).scores["all"]["id:1"][0] == 20
    assert files(tmp_path / "other") == before
    await other.commit([numbered(20)])
    assert other.safe
    await other.close()


async def test_a_restore_replaces_what_is_there_and_leaves_nothing_beside_it(folder, tmp_path):
    store, creator = await filled(folder)
    await store.backup(tmp_path / "all.zip")
    await store.add_creator({"handle": "later"})
    (folder / "pictures" / "later.webp").write_bytes(b"x")
    await store.commit([numbered(20)])
    await store.restore(tmp_path / "all.zip")
    assert await store.creators() == [creator]
    assert (await store.load("luna", ["all"])).scores["all"]["id:1"][0] == 20
    assert not (folder / "pictures" / "later.webp").exists()
    assert not (folder / ".restore").exists()
    await store.close()


async def test_a_backup_taken_while_counting_is_of_one_moment(folder, tmp_path):
    store, _ = await filled(folder)

    async def count():
        for n in range(20, 400):
            await store.commit([numbered(n)])
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    targets = [tmp_path / f"{n}.zip" for n in range(3)]
    for target in targets:
        await store.backup(target)
    await counting
    await store.close()
    for target in targets:
        other = await Store.open(tmp_path / f"from-{target.stem}")
        await other.restore(target)
        kept = await other.load("luna", ["all"])
        assert kept.scores["all"]["id:1"][0] == kept.recent[-1].at_ms - START_MS + 1
        await other.close()


def rebuilt(source, target, alter):
    """The same backup with something about it altered: name and body of each entry, then the list of contents."""
    with zipfile.ZipFile(source) as old:
        entries = [(info.filename, old.read(info)) for info in old.infolist()]
    contents = json.loads(dict(entries)["contents.json"])
    entries = [entry for entry in entries if entry[0] != "contents.json"]
    infos = alter(entries, contents) or []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name, body in entries:
            new.writestr(name, body)
        for info, body in infos:
            new.writestr(info, body)
        new.writestr("contents.json", json.dumps(contents))


def add(entries, contents, name, body=b"x", size=None):
    entries.append((name, body))
    digest = hashlib.sha256(body).hexdigest()
    contents["files"].append({"name": name, "size": len(body) if size is None else size, "sha256": digest})


def link(_, contents):
    info = zipfile.ZipInfo("pictures/link")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    contents["files"].append({"name": info.filename, "size": 1, "sha256": hashlib.sha256(b"/").hexdigest()})
    return [(info, b"/")]


def broken_database(entries, contents):
    for place, (name, body) in enumerate(entries):
        if name == "overlay.db":
            entries[place] = (name, body[:5000] + os.urandom(len(body) - 5000))
            digest = hashlib.sha256(entries[place][1]).hexdigest()
            next(row for row in contents["files"] if row["name"] == name)["sha256"] = digest


BAD = {
    "parent": lambda e, c: add(e, c, "../evil.txt"),
    "inner parent": lambda e, c: add(e, c, "themes/../../evil.txt"),
    "absolute": lambda e, c: add(e, c, "/tmp/evil.txt"),
    "backslash": lambda e, c: add(e, c, "themes\\evil.txt"),
    "drive": lambda e, c: add(e, c, "C:evil.txt"),
    "device": lambda e, c: add(e, c, "themes/con.txt"),
    "bidi": lambda e, c: add(e, c, "themes/‮txt.css"),
    "dot": lambda e, c: add(e, c, "themes/./a.txt"),
    "directory": lambda e, c: add(e, c, "themes/a/", b""),
    "two cases": lambda e, c: (add(e, c, "themes/A.css"), add(e, c, "themes/a.css"))[:0],
    "the log": lambda e, c: add(e, c, "overlay.db-wal"),
    "a backup": lambda e, c: add(e, c, "backups/x.db"),
    "stage": lambda e, c: add(e, c, ".restore/ready"),
    "bomb": lambda e, c: add(e, c, "pictures/big", b"\0" * 50_000_000, size=1),
    "too large": lambda e, c: add(e, c, "pictures/big", b"x", size=1 << 40),
    "negative": lambda e, c: add(e, c, "pictures/big", b"x", size=-1),
    "wrong sum": lambda _, c: c["files"][0].update(sha256="0" * 64),
    "unlisted": lambda e, _: e.append(("pictures/x", b"x")),
    "missing": lambda e, _: (e.pop(),)[:0],
    "twice listed": lambda _, c: c["files"].append(c["files"][0]),
    "no database": lambda e, c: (e.pop(0), c["files"].pop(0))[:0],
    "other format": lambda _, c: c.update(format="zip"),
    "newer": lambda _, c: c.update(version=2),
    "link": link,
    "broken database": broken_database,
}


@pytest.mark.parametrize("name", BAD)
async def test_a_forged_backup_is_refused_and_changes_nothing(folder, tmp_path, name):
    store, creator = await filled(folder)
    good, bad = tmp_path / "good.zip", tmp_path / "bad.zip"
    await store.backup(good)
    rebuilt(good, bad, BAD[name])
    before = files(folder)
    with pytest.raises(Refused):
        await store.restore(bad)
    assert files(folder) == before
    assert await store.creators() == [creator]
    assert not (tmp_path / "evil.txt").exists()
    assert not list(tmp_path.rglob("evil*"))
    await store.commit([numbered(20)])
    assert store.safe
    await store.close()


@pytest.mark.parametrize("at", [0.0, 0.01, 0.3, 0.7, 0.999])
async def test_a_cut_off_backup_is_refused(store, tmp_path, at):
    good = tmp_path / "good.zip"
    await store.backup(good)
    os.truncate(good, int(good.stat().st_size * at))
    with pytest.raises(Refused):
        await store.restore(good)


@pytest.mark.parametrize("seed", range(12))
async def test_a_backup_with_one_wrong_byte_is_refused_or_harmless(folder, tmp_path, seed):
    store, creator = await filled(folder)
    good = tmp_path / "good.zip"
    await store.backup(good)
    body = bytearray(good.read_bytes())
    place = (len(body) * seed) // 12 + seed
    body[place] ^= 0x55
    good.write_bytes(body)
    before = files(folder)
    try:
        await store.restore(good)
    except Refused:
        assert files(folder) == before
    assert await store.creators() == [creator]
    await store.close()


@pytest.mark.parametrize("stop", ["before", "old 1", "moved", "new 1", "after"])
async def test_a_change_over_that_was_broken_off_is_finished_or_undone_by_the_next_start(
    folder, tmp_path, monkeypatch, stop
):
    store, _ = await filled(folder)
    await store.backup(tmp_path / "all.zip")
    await store.add_creator({"handle": "later"})
    wanted = files(folder)
    await store.close()
    archive.unpack(folder, tmp_path / "all.zip")
    stage = folder / ".restore"
    if stop != "before":
        (stage / "ready").touch()
        (stage / "old").mkdir()
        names = sorted(path for path in folder.iterdir() if path.name not in (".restore", "backups", "overlay.lock"))
        for path in names[: 1 if stop == "old 1" else None]:
            path.rename(stage / "old" / path.name)
        if stop != "old 1":
            (stage / "moved").touch()
        for path in sorted((stage / "new").iterdir())[: {"new 1": 1, "after": None}.get(stop, 0)]:
            path.rename(folder / path.name)
        if stop == "after":
            (stage / "new").rmdir()
    store = await Store.open(folder)
    assert not stage.exists()
    assert files(folder) == wanted
    handles = [row.handle for row in await store.creators()]
    assert handles == (["luna", "later"] if stop == "before" else ["luna"])
    assert store.problems == []
    await store.close()


async def test_the_day_has_a_backup_and_three_are_kept(store, monkeypatch):
    from overlay.store import backups

    await store.add_creator({"handle": "luna"})
    made = []
    for day in range(5):
        monkeypatch.setattr(backups, "stamp", lambda day=day: f"2026112{day}-000000")
        now = 1_600_000_000 + day * 86_400
        made.append(backups.daily(store.path, now))
        os.utime(made[-1], (now, now))
        assert backups.daily(store.path, now + 3600) is None
    left = sorted(path.name for path in (store.folder / "backups").glob("daily-*"))
    assert left == [path.name for path in made[-3:]]
    assert stat.S_IMODE(made[-1].stat().st_mode) == 0o600


async def test_the_command_line_copies_and_exports_beside_a_running_server_and_restores_without_one(
    folder, tmp_path, monkeypatch
):
    monkeypatch.setattr("overlay.store.lock.WAIT_S", 0.05)
    store, creator = await filled(folder)
    backup_folder(folder, tmp_path / "all.zip")
    assert [row["id"] for row in export_folder(folder)["creators"]] == [creator.id]
    with pytest.raises(FolderInUse):
        restore_folder(folder, tmp_path / "all.zip")
    await store.add_creator({"handle": "later"})
    await store.close()
    restore_folder(folder, tmp_path / "all.zip")
    store = await Store.open(folder)
    assert await store.creators() == [creator]
    await store.close()
    with pytest.raises(NotFound):
        backup_folder(tmp_path / "nothing", tmp_path / "b.zip")
    restore_folder(tmp_path / "new", tmp_path / "all.zip")
    other = await Store.open(tmp_path / "new")
    assert await other.creators() == [creator]
    await other.close()


async def test_a_backup_that_cannot_be_written_leaves_no_half_of_it(store, small_place):
    (store.folder / "pictures" / "big.bin").write_bytes(os.urandom(4_000_000))
    with pytest.raises(StoreError, match="could not be written"):
        await store.backup(small_place / "all.zip")
    assert list(small_place.iterdir()) == []


async def test_a_restore_without_room_for_it_is_refused(store, tmp_path, small_disk_elsewhere):
    (store.folder / "pictures" / "big.bin").write_bytes(os.urandom(12_000_000))
    await store.backup(tmp_path / "all.zip")
    other = await Store.open(small_disk_elsewhere)
    with pytest.raises(Refused, match="room"):
        await other.restore(tmp_path / "all.zip")
    await other.commit([numbered(0)])
    assert other.safe
    await other.close()
