"""A recording holds every line that was handed over, however it ends, and never keeps anybody waiting."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from overlay.store import NotFound, recordings

from .making import START_MS

DAY_MS = 86_400_000

RECORDER = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from overlay.store import recordings
recordings.FLUSH_S = 0.05
writer = recordings.begin(Path(sys.argv[1]), "luna", "7650", 1790000000000)
n = 0
while True:
    writer.append(b'{"t": %d}' % n)
    n += 1
    if n == 2000:
        print("ready", flush=True)
    time.sleep(0.0001)
"""


async def test_a_recording_gives_back_every_line_in_order(store):
    writer = store.record("luna", "7650", START_MS)
    wanted = [b'{"t": %d, "frame": {"n": "%s"}}' % (n, b"x" * (n % 500)) for n in range(5000)]
    for line in wanted:
        writer.append(line)
    await store.end_recording(writer)
    assert (writer.dropped, writer.full, writer.trouble) == (0, True, None)
    (recording,) = await store.recordings("luna")
    assert (recording.creator, recording.stream, recording.began_ms) == ("luna", "7650", START_MS)
    assert recording.bytes < sum(map(len, wanted)) / 5
    assert [line async for line in store.recording_lines(recording.id)] == wanted
    await store.drop_recording(recording.id)
    assert await store.recordings() == []


def test_a_recording_whose_program_was_killed_can_be_read_up_to_its_last_seconds(tmp_path):
    command = [sys.executable, "-c", RECORDER, str(tmp_path), str(Path(__file__).parents[2])]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as recorder:
        assert recorder.stdout.readline() == b"ready\n"
        time.sleep(0.3)
        recorder.send_signal(signal.SIGKILL)
    (recording,) = recordings.listed(tmp_path)
    lines = list(recordings.lines(recordings.path_of(tmp_path, recording.id)))
    assert len(lines) > 1500
    assert lines[:-1] == [b'{"t": %d}' % n for n in range(len(lines) - 1)]


def test_a_recording_ends_at_its_greatest_size(tmp_path):
    writer = recordings.begin(tmp_path, "luna", "7650", START_MS, most_bytes=100_000)
    for _ in range(3000):
        writer.append(os.urandom(200).hex().encode())
        while writer._lines.qsize() > 100:
            time.sleep(0.001)
    writer.close()
    assert writer.full
    assert writer.dropped
    assert 100_000 < writer.path.stat().st_size < 500_000
    assert list(recordings.lines(writer.path))


def test_a_disk_that_cannot_be_written_makes_no_recording_and_no_wait(tmp_path):
    (tmp_path / "luna").write_text("a file where the folder should be")
    writer = recordings.begin(tmp_path, "luna", "7650", START_MS)
    began = time.perf_counter()
    for _ in range(100_000):
        writer.append(b"x")
    writer.close()
    assert time.perf_counter() - began < 5.0
    assert writer.trouble
    assert writer.dropped == 100_000


def made(folder, creator, began_ms, size):
    path = folder / creator / f"{began_ms}-7650.jsonl.zst"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"x" * size)
    return f"{creator}.{path.name.removesuffix('.jsonl.zst')}"


def test_recordings_go_when_they_are_too_old_or_too_many(tmp_path):
    now = START_MS + 100 * DAY_MS
    old = made(tmp_path, "luna", now - 31 * DAY_MS, 10)
    kept = [made(tmp_path, name, now - days * DAY_MS, 400) for name, days in (("luna", 1), ("otter", 2))]
    third = made(tmp_path, "luna", now - 3 * DAY_MS, 400)
    assert sorted(recordings.trim(tmp_path, now, days=30, all_bytes=1000)) == sorted([old, third])
    assert [recording.id for recording in recordings.listed(tmp_path)] == kept


@pytest.mark.parametrize(
    "name",
    ["../overlay.db", "..", "luna/x", "/etc/passwd", "", "luna.1790000000000-7650\n", "...1790000000000-7650", "luna."],
)
def test_only_recordings_can_be_had_by_name(tmp_path, name):
    made(tmp_path, "luna", START_MS, 1)
    with pytest.raises(NotFound):
        recordings.path_of(tmp_path, name)


@pytest.mark.parametrize("creator, stream", [("../../evil", "a/../b"), ("c:con", "\x00"), ("", "")])
def test_names_from_outside_make_harmless_files(tmp_path, creator, stream):
    folder = tmp_path / "recordings"
    writer = recordings.begin(folder, creator, stream, START_MS)
    writer.append(b"x")
    writer.close()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [writer.path]
    assert folder in writer.path.parents
