"""The commands beside the server: trace, replay, doctor, export, import, backup, restore, with a server running and without.

Each is the program itself, as a person calls it: exit 0 done, 1 it ran and failed, 2 it was called wrongly, and what went
wrong is one sentence on standard error.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import zstandard

from overlay.config import Secret
from overlay.tools.bundles import need_place
from overlay.tools.server import note_server
from tests.serving import LUNA, MIRA, Served, gift, listening, serving

SCENARIOS = Path(__file__).parents[1] / "frames" / "tiktool" / "scenarios"
COMBOS = SCENARIOS / "gift-combos.jsonl"


class Done(NamedTuple):
    code: int
    out: str
    err: str


async def overlay(*words: object, folder: Path | None = None, given: bytes = b"", **more: str) -> Done:
    """Call the program."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("OVERLAY_", "TIKTOOL", "FASTMOSS"))
    }
    place = {} if folder is None else {"OVERLAY_DATA": str(folder)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "overlay", *map(str, words), env=kept | place | more,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(given), 60)
    return Done(process.returncode or 0, out.decode(), err.decode())


def one_sentence(done: Done, code: int) -> None:
    assert done.code == code, done
    assert done.err.count("\n") == 1, done.err
    assert done.err.strip().endswith("."), done.err
    assert "Traceback" not in done.err


# --- trace ---


async def test_trace_prints_one_view_for_every_line_of_a_recording():
    done = await overlay("trace", COMBOS, "--kind", "leaderboard", "--handle", "luna.sings")
    steps = [json.loads(line) for line in done.out.splitlines()]
    assert done.code == 0
    assert len(steps) == len(COMBOS.read_text("utf-8").splitlines())
    assert steps[-1]["t"] == 65_000
    assert steps[-1]["view"]["total"] == 2241 - 199  # the catalogue that prices one gift was not given


async def test_trace_reads_packed_recordings_and_standard_input_alike(tmp_path):
    packed = tmp_path / "one.jsonl.zst"
    packed.write_bytes(zstandard.compress(COMBOS.read_bytes()))
    catalogue = tmp_path / "gifts.json"
    catalogue.write_text('{"5586": 199}')
    words = ("--kind", "leaderboard", "--catalogue", catalogue, "--options", '{"rows": 3}')
    plain, zst, piped, zst_piped = await asyncio.gather(
        overlay("trace", COMBOS, *words), overlay("trace", packed, *words),
        overlay("trace", "-", *words, given=COMBOS.read_bytes()),
        overlay("trace", "-", *words, given=packed.read_bytes()),
    )  # fmt: skip
    assert plain.code == zst.code == piped.code == zst_piped.code == 0
    assert plain.out == zst.out == piped.out == zst_piped.out
    last = json.loads(plain.out.splitlines()[-1])["view"]
    assert (last["total"], len(last["entries"])) == (2241, 3)


async def test_what_is_left_of_a_packed_recording_that_was_cut_off_is_traced(tmp_path):
    packed = tmp_path / "cut.zst"
    whole = zstandard.ZstdCompressor().compressobj()
    lines = COMBOS.read_bytes().splitlines(keepends=True)
    body = whole.compress(b"".join(lines[:20])) + whole.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
    packed.write_bytes(body + whole.compress(b"".join(lines[20:])) + whole.flush()[:5])
    done = await overlay("trace", packed, "--kind", "counter")
    assert done.code == 0
    assert len(done.out.splitlines()) >= 20


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("trace", COMBOS, "--kind", "nothing"), 2), (("trace", COMBOS), 2), (("trace", "--kind", "goal"), 2),
        (("trace", COMBOS, "--kind", "goal", "--options", "{"), 2),
        (("trace", COMBOS, "--kind", "goal", "--options", '{"target": "x"}'), 2),
        (("trace", COMBOS, "--kind", "goal", "--catalogue", COMBOS), 2),
        (("trace", "/nowhere/at-all.jsonl", "--kind", "goal"), 1),
        (("dance",), 2), (("run", "--port", "x"), 2), (("run", "--port", "99999"), 2), (("simulate", "--scenario", "x"), 2),
        (("backup", "/nowhere/x.zip"), 1), (("export",), 1), (("restore", "/nowhere/x.zip"), 1), (("import", "/nowhere/x"), 1),
        (("replay", COMBOS, "--speed", "0.5"), 2), (("replay", COMBOS, "--port", "1"), 1),
    ],
)  # fmt: skip
async def test_a_wrong_call_is_one_sentence_and_its_exit_code(tmp_path, words, code):
    done = await overlay(*words, folder=tmp_path / "fresh")
    assert done.code == code, done
    assert done.err.count("\n") == 1, done.err
    assert "Traceback" not in done.err
    assert done.out == ""


@pytest.mark.parametrize("text", ["\n", "hello\nthere\n", "[1]\n\n{}\n"])
async def test_what_is_no_recording_is_traced_line_by_line_and_then_said(tmp_path, text):
    nonsense = tmp_path / "nonsense.txt"
    nonsense.write_text(text)
    done = await overlay("trace", nonsense, "--kind", "goal")
    assert done.code == 0
    assert done.err == f"overlay: {nonsense} is no recording: not one line of it can be read.\n"
    assert len(done.out.splitlines()) == text.count("\n")


@pytest.mark.parametrize("line", ['{"t": 5}', '{"t": 5, "open": true}', '{"t": 5, "frame": {"event": "odd"}}'])
async def test_one_readable_line_makes_a_recording(tmp_path, line):
    odd = tmp_path / "odd.jsonl"
    odd.write_text(f"nonsense\n{line}\n")
    done = await overlay("trace", odd, "--kind", "goal")
    assert (done.code, done.err) == (0, "")
    assert len(done.out.splitlines()) == 2


# --- replay and recordings ---


async def test_a_replay_is_shown_marked_and_counted_nowhere(tmp_path):
    async with serving(tmp_path) as served:
        creator = await served.creator()
        served.hear(creator, gift(MIRA, 7, 1))
        alerts = (await served.widget(creator, "alerts"))["key"]
        board, goal = [(await served.widget(creator, kind))["key"] for kind in ("leaderboard", "goal")]
        async with listening(served, alerts) as events:
            await events.until("hello")
            done = await overlay("replay", COMBOS, "--speed", "1000", "--creator", "@luna.sings", folder=tmp_path)
        assert (done.code, done.err) == (0, "")
        assert ((await served.view(board))["total"], (await served.view(goal))["value"]) == (7, 7)
        items = (await served.view(alerts))["items"]
        assert {
            item["test"] for item in items if item["user"]["handle"] != MIRA["uniqueId"] or item["diamonds"] != 7
        } == {True}
        assert len(items) > 3
        listed = (await served.http.get(f"/api/creators/{creator}/streams")).json()
        assert [row["diamonds"] for row in listed] == [7]


async def test_a_replay_needs_a_server_a_recording_and_one_creator(tmp_path):
    async with serving(tmp_path) as served:
        await served.creator("one")
        await served.creator("two")
        nonsense = tmp_path / "nonsense.txt"
        nonsense.write_text("hello\n")
        one_sentence(await overlay("replay", COMBOS, folder=tmp_path), 2)
        one_sentence(await overlay("replay", COMBOS, "--creator", "three", folder=tmp_path), 2)
        one_sentence(await overlay("replay", nonsense, "--creator", "one", folder=tmp_path), 1)
        twin = await served.creator("two", source="simulator")  # the same person, simulated
        told = await overlay("replay", COMBOS, "--creator", "two", folder=tmp_path)
        one_sentence(told, 2)
        assert twin in str(told)
    one_sentence(await overlay("replay", COMBOS, folder=tmp_path), 1)


# --- export, import, backup, restore ---


async def furnished(served: Served) -> tuple[str, dict[str, Any]]:
    creator = await served.creator()
    widget = await served.widget(creator, options={"rows": 3})
    served.hear(creator, gift(LUNA, 9, 1), gift(MIRA, 4, 2))
    await served.view(widget["key"])
    await served.house.store.put_secret("tiktool_key", "tk_canary_secret")
    return creator, widget


async def test_backup_and_restore_work_while_the_server_runs_and_while_it_does_not(tmp_path):
    folder, running, stopped = tmp_path / "data", tmp_path / "running.zip", tmp_path / "stopped.zip"
    async with serving(folder) as served:
        creator, widget = await furnished(served)
        done = await overlay("backup", running, folder=folder)
        assert (done.code, done.err) == (0, "")
        assert str(running) in done.out
        served.hear(creator, gift(MIRA, 100, 3))
        assert (await served.view(widget["key"]))["total"] == 113
        done = await overlay("restore", running, folder=folder)
        assert (done.code, done.err) == (0, "")
        assert (await served.view(widget["key"]))["total"] == 13
    assert (await overlay("backup", stopped, folder=folder)).code == 0
    for source in (running, stopped):
        fresh = tmp_path / source.stem
        done = await overlay("restore", source, folder=fresh)
        assert (done.code, done.err) == (0, "")
        assert str(fresh) in done.out
        async with serving(fresh) as served:
            assert (await served.view(widget["key"]))["total"] == 13


async def test_a_backup_replaces_a_file_only_if_told_to_and_never_before_it_is_whole(tmp_path):
    folder, target = tmp_path / "data", tmp_path / "all.zip"
    async with serving(folder) as served:
        await furnished(served)
    target.write_text("the one good backup")
    refused = await overlay("backup", target, folder=folder)
    one_sentence(refused, 1)
    assert refused.err == (
        f"overlay: There is a file {target} already: choose another name, or add --replace to write over it.\n"
    )
    assert target.read_text() == "the one good backup"
    assert (await overlay("backup", target, "--replace", folder=tmp_path / "nothing")).code == 1
    assert target.read_text() == "the one good backup"
    assert (await overlay("backup", target, "--replace", folder=folder)).code == 0
    assert (await overlay("restore", target, folder=tmp_path / "fresh")).code == 0


async def test_a_backup_takes_an_empty_file_for_a_file_and_no_folder_and_no_pipe(tmp_path):
    folder, empty, pipe = tmp_path / "data", tmp_path / "made-before", tmp_path / "pipe"
    os.mkfifo(pipe)
    async with serving(folder) as served:
        await furnished(served)
    empty.touch()
    one_sentence(await overlay("backup", empty, folder=folder), 1)
    assert empty.stat().st_size == 0
    assert (await overlay("backup", empty, "--replace", folder=folder)).code == 0
    assert empty.stat().st_size > 0
    for target in (tmp_path, pipe):
        refused = await overlay("backup", target, "--replace", folder=folder)
        one_sentence(refused, 1)
        assert refused.err == f"overlay: {target} is not a file: name one for the backup.\n"
    assert pipe.is_fifo()


@pytest.mark.parametrize("replace", [False, True])
def test_a_backup_takes_no_place_in_the_data_folder_but_a_name_of_its_own_among_the_backups(tmp_path, replace):
    folder, link, way = tmp_path / "data", tmp_path / "link.zip", tmp_path / "way"
    kept = folder / "backups"
    kept.mkdir(parents=True)
    for name in ("overlay.lock", "overlay.db", "backups/settings.db"):
        (folder / name).touch()
    link.symlink_to(folder / "overlay.lock")
    way.symlink_to(folder)
    taken = [
        "overlay.lock",
        "overlay.db",
        "overlay.db-wal",
        "new.zip",
        "themes/a.zip",
        "backups/settings.db",
        "backups/.a",
    ]
    for target in (*(folder / name for name in taken), kept / "b" / "a.zip", link, way / "overlay.lock"):
        with pytest.raises(OSError, match="is in the data folder: choose a place outside it") as refused:
            need_place(target, folder, replace=replace)
        assert str(refused.value.strerror).startswith(str(target))
    for target in (kept / "mine.zip", way / "backups" / "mine.zip", tmp_path / "mine.zip"):
        need_place(target, folder, replace=replace)


async def test_a_lock_is_no_place_for_a_backup_and_the_backups_are_one(tmp_path):
    folder = tmp_path / "data"
    async with serving(folder) as served:
        await furnished(served)
        lock = (folder / "overlay.lock").stat().st_ino
        one_sentence(await overlay("backup", folder / "overlay.lock", folder=folder), 1)
        assert (folder / "overlay.lock").stat().st_ino == lock
        assert (await overlay("backup", folder / "backups" / "mine.zip", folder=folder)).code == 0
        one_sentence(await overlay("backup", folder / "backups" / "mine.zip", folder=folder), 1)


@pytest.mark.parametrize("running", [True, False])
async def test_a_damaged_backup_is_refused_with_the_reason_and_changes_nothing(tmp_path, running):
    folder, source = tmp_path / "data", tmp_path / "all.zip"
    async with serving(folder) as served:
        _, widget = await furnished(served)
        assert (await overlay("backup", source, folder=folder)).code == 0
        body = bytearray(source.read_bytes())
        body[len(body) // 2] ^= 0xFF
        source.write_bytes(bytes(body[: len(body) - 30]))
        if running:
            one_sentence(await overlay("restore", source, folder=folder), 1)
            assert (await served.view(widget["key"]))["total"] == 13
    if not running:
        one_sentence(await overlay("restore", source, folder=folder), 1)
        async with serving(folder) as served:
            assert (await served.view(widget["key"]))["total"] == 13


async def test_an_export_holds_no_secret_unless_asked_and_comes_in_elsewhere(tmp_path):
    folder, bundle = tmp_path / "data", tmp_path / "bundle.json"
    async with serving(folder) as served:
        _, widget = await furnished(served)
        while_running = await overlay("export", folder=folder)
    plain, secret = await overlay("export", folder=folder), await overlay("export", "--with-secrets", folder=folder)
    assert while_running.code == plain.code == secret.code == 0
    one, other = json.loads(while_running.out), json.loads(plain.out)
    assert {name: value for name, value in one.items() if not name.endswith("_ms")} == {
        name: value for name, value in other.items() if not name.endswith("_ms")
    }
    assert "tk_canary_secret" not in plain.out
    assert widget["key"] not in plain.out
    assert "tk_canary_secret" in secret.out
    bundle.write_text(plain.out)
    fresh = tmp_path / "fresh"
    assert (await overlay("import", bundle, folder=fresh)).code == 0
    async with serving(tmp_path / "served") as served:
        done = await overlay("import", bundle, folder=tmp_path / "served")
        assert (done.code, done.err) == (0, "")
        (row,) = (await served.http.get("/api/widgets")).json()
        assert (row["kind"], row["options"]["rows"]) == ("leaderboard", 3)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"creators": 7}', '"x"', '{"version": 999}', "\x00\xff"])
async def test_a_damaged_export_is_refused_in_one_sentence_and_changes_nothing(tmp_path, text):
    bundle = tmp_path / "bundle.json"
    bundle.write_text(text, "utf-8")
    done = await overlay("import", bundle, folder=tmp_path / "data")
    assert done.code in {1, 2}
    one_sentence(done, done.code)


# --- doctor ---


async def test_the_doctor_finds_a_fresh_folder_well_and_changes_nothing(tmp_path):
    done = await overlay("doctor", folder=tmp_path, OVERLAY_PORT="0")
    assert done.code == 0, done.out
    assert all(line.startswith(("ok  ", "      ")) for line in done.out.splitlines())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("host", "code", "light"), [("0.0.0.0", 1, "FAIL"), ("127.0.0.1", 0, "ok  ")])
async def test_the_doctor_names_a_short_password_and_fails_where_others_can_try_it(tmp_path, host, code, light):
    told = {"OVERLAY_PORT": "0", "OVERLAY_HOST": host}
    short = await overlay("doctor", folder=tmp_path, OVERLAY_PASSWORD="abcdefg", **told)
    assert short.code == code, short.out
    assert f"{light}  password: OVERLAY_PASSWORD has fewer than 8 characters" in short.out
    assert ("Choose a longer one" in short.out) == (code == 1)
    assert "abcdefg" not in short.out + short.err
    enough = await overlay("doctor", folder=tmp_path, OVERLAY_PASSWORD="abcdefgh", **told)
    assert enough.code == 0, enough.out
    assert "PASSWORD" not in enough.out


async def test_the_doctor_looks_where_the_server_of_this_folder_really_is(tmp_path):
    async with serving(tmp_path) as served:
        note_server(tmp_path, f"{served.base}/")
        running = await overlay("doctor", folder=tmp_path, OVERLAY_PORT="0")
    port = served.base.rpartition(":")[2]
    assert f"ok    port: {port}: our server is running" in running.out
    ended = await overlay("doctor", folder=tmp_path, OVERLAY_PORT="0")
    assert "our server is running" not in ended.out  # the note of a server that has ended says nothing


async def test_the_doctor_says_in_plain_words_that_tiktool_is_not_there(tmp_path):
    done = await overlay(
        "doctor", folder=tmp_path, OVERLAY_PORT="0", TIKTOOL_API_KEY="tk_any", OVERLAY_TIKTOOL_API="http://127.0.0.1:1"
    )
    assert "FAIL  TikTool: cannot be reached\n" in done.out
    assert "Error" not in done.out


async def test_the_doctor_says_what_to_do_about_a_failure(tmp_path):
    (tmp_path / "overlay.db").write_bytes(b"this is no database" * 100)
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    done = await overlay(
        "doctor", folder=tmp_path, OVERLAY_PORT=str(port), TIKTOOL_API_KEY="tk_canary_doctor",
        OVERLAY_TIKTOOL_API=f"http://127.0.0.1:{port}",
    )  # fmt: skip
    server.close()
    assert done.code == 1
    lines = done.out.splitlines()
    failed = [at for at, line in enumerate(lines) if line.startswith("FAIL")]
    assert {lines[at].split()[1].rstrip(":") for at in failed} == {"database", "port", "TikTool"}
    assert all(lines[at + 1].startswith("      ") for at in failed)
    assert "tk_canary_doctor" not in done.out + done.err


async def test_a_server_with_a_password_says_that_a_restore_wants_a_token(tmp_path):
    data, file = tmp_path / "data", tmp_path / "all.zip"
    async with serving(data, password=Secret("a good long one")):
        assert (await overlay("backup", file, folder=data)).code == 0
        done = await overlay("restore", file, folder=data)
    one_sentence(done, 1)
    assert "--token" in done.err
