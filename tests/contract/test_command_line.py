"""The command line: every command, its exit codes, its settings, and how it begins and ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from pathlib import Path

import httpx
import pytest

from overlay.widgets import KINDS
from tests.contract.kit import SCENARIOS, Server, is_one_sentence, overlay, running


def has_loopback_6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


COMMANDS = ["run", "demo", "simulate", "replay", "trace", "doctor", "export", "import", "backup", "restore"]


@pytest.mark.parametrize("command", [None, *COMMANDS])
def test_help_and_version_work_everywhere(command):
    words = [command] if command else []
    told = overlay(*words, "--help")
    assert (told.returncode, told.stderr) == (0, "")
    assert "usage" in told.stdout.lower()
    version = overlay(*words, "--version")
    assert version.returncode == 0
    assert version.stdout.count("\n") == 1


def test_the_help_names_every_command():
    told = overlay("--help").stdout
    assert all(command in told for command in COMMANDS)


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"], ["run", "--nope"], ["run", "--port", "x"], ["run", "--port", "70000"], ["run", "--port", "-1"], ["trace"],
        ["trace", "f"], ["trace", os.devnull, "--kind", "nope"], ["trace", os.devnull, "--kind", "goal", "--start-ms", "x"],
        ["simulate", "--scenario", "nope"], ["simulate", "--port", "x"], ["replay", os.devnull, "--speed", "0"],
        ["replay", os.devnull, "--speed", "1001"], ["replay"], ["import"], ["backup"], ["restore"], ["run", "--log", "loud"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_wrong_call_is_exit_2_and_one_sentence(words, tmp_path):
    done = overlay(*words, env={"OVERLAY_DATA": str(tmp_path)})
    assert (done.returncode, done.stdout) == (2, "")
    assert is_one_sentence(done.stderr)


@pytest.mark.parametrize(
    "words",
    [
        ["trace", "no-such-file", "--kind", "goal"], ["trace", ".", "--kind", "goal"],
        ["trace", os.devnull, "--kind", "goal", "--catalogue", "no-such-file"], ["replay", "no-such-file"],
        ["replay", os.devnull, "--port", "1"], ["import", "no-such-file"], ["import", "pyproject.toml"], ["restore", "no-such-file"],
        ["restore", "pyproject.toml"], ["backup", "/proc/none/b.zip"], ["export", "--data", "/proc/none"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_what_ran_and_failed_is_exit_1_and_one_sentence(words, tmp_path):
    done = overlay(*words, env={"OVERLAY_DATA": str(tmp_path)})
    assert (done.returncode, done.stdout) == (1, "")
    assert is_one_sentence(done.stderr)


def test_a_port_that_is_taken_is_exit_1_and_one_sentence(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = overlay("run", "--data", tmp_path, "--port", taken.getsockname()[1])
    assert (done.returncode, done.stdout) == (1, "")
    assert is_one_sentence(done.stderr)


def test_a_data_folder_in_use_is_exit_1_and_one_sentence(tmp_path):
    with running(tmp_path):
        done = overlay("run", "--data", tmp_path, "--port", 0)
    assert (done.returncode, done.stdout) == (1, "")
    assert is_one_sentence(done.stderr)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OVERLAY_PORT", "x"), ("OVERLAY_PORT", "70000"), ("OVERLAY_PREFLIGHT_S", "0"), ("OVERLAY_PREFLIGHT_S", "x"),
        ("OVERLAY_PACE_HZ", "0"), ("OVERLAY_LOG", "loud"), ("OVERLAY_LOG_FORMAT", "xml"),
        ("OVERLAY_ALLOWED_HOSTS", "overlay.example"), ("OVERLAY_HOST", "0.0.0.0"), ("OVERLAY_HOST", "::"),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be_used_is_refused_at_start(name, value, tmp_path):
    done = overlay("run", "--data", tmp_path, *(() if name == "OVERLAY_PORT" else ("--port", 0)), env={name: value})
    assert (done.returncode, done.stdout) == (2, "")
    assert is_one_sentence(done.stderr)


@pytest.mark.parametrize("text", ["port = = 5", "port = 1" + "0" * 5000, "port = " + "[" * 5000])
def test_a_broken_settings_file_is_one_sentence(tmp_path, text):
    (tmp_path / "overlay.toml").write_text(text)
    done = overlay("run", "--data", tmp_path)
    assert done.returncode == 2
    assert is_one_sentence(done.stderr)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def test_the_command_line_beats_the_environment_beats_the_file(tmp_path):
    one, two, three = free_port(), free_port(), free_port()
    (tmp_path / "overlay.toml").write_text(f"port = {one}\n")
    for words, env, port in (
        (("--port", three), {"OVERLAY_PORT": str(two)}, three),
        ((), {"OVERLAY_PORT": str(two)}, two),
        ((), {}, one),
    ):
        server = Server("run", "--data", tmp_path, *words, env=env)
        assert server.port == port
        server.end()


def test_the_data_folder_may_be_named_by_the_environment(tmp_path):
    folder = tmp_path / "new" / "folder"
    server = Server("run", "--port", 0, env={"OVERLAY_DATA": str(folder)})
    server.end()
    assert (folder / "overlay.db").exists()


def test_without_a_command_it_runs(tmp_path):
    server = Server("--port", 0, "--data", tmp_path)
    assert server.http.get("/healthz").status_code == 200
    server.end()


def test_the_ready_line_is_the_only_output_and_requests_are_answered_by_then(tmp_path):
    server = Server("run", "--data", tmp_path, "--port", 0)
    assert server.line == f"ready http://127.0.0.1:{server.port}/\n"
    assert server.http.get("/").status_code == 200
    server.end()
    assert server.rest == ""


def test_it_listens_on_both_loopbacks(tmp_path):
    with running(tmp_path) as server:
        assert httpx.get(f"http://127.0.0.1:{server.port}/healthz", trust_env=False).status_code == 200
        if (
            socket.has_ipv6
            and Path("/proc/net/if_inet6").exists()
            and "00000001" in Path("/proc/net/if_inet6").read_text()
        ):
            assert httpx.get(f"http://[::1]:{server.port}/healthz", trust_env=False).status_code == 200


@pytest.mark.alone
@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_within_two_seconds_with_streams_open(by, tmp_path):
    with running(tmp_path) as server:
        key = server.http.get("/api/widgets").json()[0]["key"]
        held = [httpx.Client(base_url=server.base, timeout=None, trust_env=False) for _ in range(3)]
        streams = [client.stream("GET", "/stream", params={"w": key}) for client in held]
        answers = [stream.__enter__() for stream in streams]
        assert all(answer.status_code == 200 for answer in answers)
        code, took = server.end(by)
        for client in held:
            client.close()
    assert code == 0
    assert took < 2
    assert "Traceback" not in "".join(server.errors)


def test_a_password_lets_it_listen_everywhere(tmp_path):
    server = Server(
        "run", "--data", tmp_path, "--port", 0, "--host", "0.0.0.0", env={"OVERLAY_PASSWORD": "long enough"}
    )
    assert httpx.get(f"http://127.0.0.1:{server.port}/healthz", trust_env=False).status_code == 200
    assert httpx.get(f"http://127.0.0.1:{server.port}/api/status", trust_env=False).status_code == 401
    server.end()


@pytest.mark.parametrize(("password", "lines"), [("short", 1), ("long enough", 0)])
def test_a_short_password_is_taken_and_the_log_says_so_once_at_the_start(password, lines, tmp_path):
    server = Server("run", "--data", tmp_path, "--port", 0, "--host", "0.0.0.0", env={"OVERLAY_PASSWORD": password})
    assert httpx.get(f"http://127.0.0.1:{server.port}/api/status", trust_env=False).status_code == 401
    server.end()
    said = [line for line in server.errors if "OVERLAY_PASSWORD" in line]
    assert len(said) == lines, server.errors
    assert all("warning" in line and "fewer than 8 characters" in line and "short" not in line for line in said)


def test_the_log_may_be_json_and_holds_no_secret(tmp_path):
    env = {"OVERLAY_LOG": "debug", "OVERLAY_LOG_FORMAT": "json", "OVERLAY_PASSWORD": "canary-password", "TIKTOOL_API_KEY": "canary-key",
           "OVERLAY_TIKTOOL_WS": "ws://127.0.0.1:1", "OVERLAY_TIKTOOL_API": "http://127.0.0.1:1"}  # fmt: skip
    server = Server("run", "--data", tmp_path, "--port", 0, env=env)
    server.http.get("/api/status")
    server.http.get("/w/canary-address")
    server.end()
    for line in server.errors:
        assert isinstance(json.loads(line), dict)
        assert "canary" not in line


def test_a_demo_has_a_live_creator_and_one_widget_of_every_kind_in_a_folder_that_goes_away(tmp_path):
    server = Server("demo", "--port", 0, env={"TMPDIR": str(tmp_path), "OVERLAY_DATA": str(tmp_path / "mine")})
    kinds = [widget["kind"] for widget in server.http.get("/api/widgets").json()]
    assert sorted(kinds) == sorted(KINDS)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        state = server.http.get("/api/status").json()["creators"][0]["state"]
        if state == "live":
            break
        time.sleep(0.2)
    assert state == "live"
    code, took = server.end()
    assert (code, list(tmp_path.iterdir())) == (0, [])
    assert took < 2


def test_the_catalogue_has_a_kind_for_every_row_of_the_contract():
    rows = [
        "leaderboard",
        "goal",
        "battle",
        "captions",
        "chat",
        "alerts",
        "feed",
        "counter",
        "latest",
        "ranking",
        "sellers",
    ]
    assert sorted(KINDS) == sorted(rows)


def test_simulate_serves_the_stand_in_alone():
    server = Server("simulate", "--port", 0, "--scenario", "quiet", "--seed", 7, "--speed", 5)
    answer = httpx.post(
        f"{server.base}/webcast/bulk_live_check", json={"unique_ids": ["luna.sings"]}, headers={"x-api-key": "tk_any_key"}, trust_env=False,
    )  # fmt: skip
    assert answer.status_code == 200
    assert "luna.sings" in answer.text
    code, took = server.end()
    assert code == 0
    assert took < 2


@pytest.mark.parametrize(
    "words", [("--port", 65_536), ("--port", -1), ("--speed", "nan"), ("--speed", -1), ("--scenario", "x")]
)
def test_a_stand_in_called_wrongly_is_exit_2_and_one_sentence(words):
    told = overlay("simulate", *words)
    assert (told.returncode, told.stdout) == (2, "")
    assert is_one_sentence(told.stderr)


@pytest.mark.skipif(not has_loopback_6(), reason="this machine has no [::1]")
def test_the_ready_line_names_the_host_that_answers_and_the_other_commands_find_it(tmp_path):
    with running(tmp_path, "--host", "::1") as server:
        assert server.host == "[::1]"
        assert server.http.get("/healthz").status_code == 200
        creator = server.creator("maya")
        assert server.widget(creator, "goal")["url"].startswith(f"{server.base}/w/")
        told = overlay(
            "replay", SCENARIOS / "gift-combos.jsonl", "--speed", 1000, "--creator", creator, "--data", tmp_path
        )
        assert (told.returncode, told.stderr) == (0, "")


def test_a_replay_takes_a_recording_of_a_long_stream(tmp_path):
    padded = json.dumps({"t": 0, "frame": {"event": "nothing", "data": {"padding": "x" * 1_000_000}}})
    lines = ["\n".join([padded] * 26), *(SCENARIOS / "gift-combos.jsonl").read_text("utf-8").splitlines()]
    (tmp_path / "long.jsonl").write_text("\n".join(lines), "utf-8")
    with running(tmp_path / "folder") as server:
        alerts = server.widget(server.creator("maya"), "alerts")
        words = ("--speed", 1000, "--creator", "maya", "--data", tmp_path / "folder")
        told = overlay("replay", tmp_path / "long.jsonl", *words)
        assert (told.returncode, told.stderr) == (0, "")
        assert server.view(alerts)["items"]


def test_a_replay_plays_through_a_creator_marked_and_counted_nowhere(tmp_path):
    with running(tmp_path) as server:
        creator = server.creator("maya")
        alerts, board = server.widget(creator, "alerts"), server.widget(creator, "leaderboard")
        told = overlay(
            "replay", SCENARIOS / "gift-combos.jsonl", "--speed", 1000, "--creator", "maya", "--data", tmp_path
        )
        assert (told.returncode, told.stderr) == (0, "")
        assert server.view(alerts)["items"]
        assert all(item["test"] for item in server.view(alerts)["items"])
        assert server.view(board)["total"] == 0


def test_a_replay_without_a_creator_named_where_there_are_several_is_a_wrong_call(tmp_path):
    with running(tmp_path) as server:
        server.creator("maya")
        told = overlay("replay", SCENARIOS / "gift-combos.jsonl", "--data", tmp_path)
        assert told.returncode == 2
        assert is_one_sentence(told.stderr)
        told = overlay("replay", SCENARIOS / "gift-combos.jsonl", "--creator", "nobody", "--data", tmp_path)
        assert told.returncode in {1, 2}
        assert is_one_sentence(told.stderr)


def test_the_doctor_says_what_to_do_and_fails_if_anything_failed(tmp_path):
    env = {
        "OVERLAY_DATA": str(tmp_path),
        "TIKTOOL_API_KEY": "tk",
        "OVERLAY_TIKTOOL_API": "http://127.0.0.1:1",
        "OVERLAY_TIKTOOL_WS": "ws://127.0.0.1:1",
    }
    done = overlay("doctor", env=env)
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    assert "FAIL" in done.stdout
    assert "tk\n" not in done.stdout


@pytest.fixture(scope="module")
def furnished(tmp_path_factory):
    """A data folder with a creator, a widget and a theme of the owner's, and no server any more."""
    folder = tmp_path_factory.mktemp("furnished")
    with running(folder, env={"TIKTOOL_API_KEY": ""}) as server:
        creator = server.creator("maya", priority=4, captions={"source": "captions", "translate": "de"})
        widget = server.widget(creator, "goal", target=77)
        theme = folder / "themes" / "mine"
        theme.mkdir(parents=True)
        (theme / "theme.toml").write_text('title = "Mine"\n')
        (theme / "theme.css").write_text("@layer theme { :root { --ov-accent: #123456; } }\n")
    return folder, creator, widget


def test_an_export_holds_everything_configured_and_never_a_secret(furnished, tmp_path):
    folder, _, widget = furnished
    done = overlay("export", "--data", folder)
    assert done.returncode == 0
    document = json.loads(done.stdout)
    assert "maya" in done.stdout
    assert "mine" in json.dumps(document)
    assert widget["key"] not in done.stdout
    secrets = overlay("export", "--data", folder, "--with-secrets")
    assert widget["key"] in secrets.stdout


def test_an_import_brings_it_all_back_elsewhere_or_nothing(furnished, tmp_path):
    folder, _, widget = furnished
    bundle = tmp_path / "bundle.json"
    bundle.write_text(overlay("export", "--data", folder, "--with-secrets").stdout)
    other = tmp_path / "other"
    done = overlay("import", bundle, "--data", other)
    assert (done.returncode, done.stderr) == (0, "")
    with running(other) as server:
        handles = {one["handle"]: one for one in server.http.get("/api/creators").json()}
        assert handles["maya"]["priority"] == 4
        assert any(
            one["kind"] == "goal" and one["options"]["target"] == 77 for one in server.http.get("/api/widgets").json()
        )
        assert server.http.get(f"/w/{widget['key']}").status_code == 200
        assert "mine" in server.http.get("/api/themes").text
        # while the server runs the same command goes through it
        broken = tmp_path / "broken.json"
        document = json.loads(bundle.read_text())
        document["widgets"][-1]["options"] = {"target": "x"}
        document["creators"][0]["priority"] = 9
        broken.write_text(json.dumps(document))
        before = server.http.get("/api/creators").json()
        refused = overlay("import", broken, "--data", other)
        assert refused.returncode == 1
        assert is_one_sentence(refused.stderr)
        assert server.http.get("/api/creators").json() == before


def test_a_backup_is_taken_while_the_server_runs_and_restores_the_whole_folder(tmp_path):
    folder, file = tmp_path / "one", tmp_path / "b.zip"
    with running(folder) as server:
        widget = server.widget(server.creator("maya"), "goal", target=77)
        done = overlay("backup", file, "--data", folder)
        assert (done.returncode, done.stderr) == (0, "")
        server.http.delete(f"/api/widgets/{widget['id']}")
        assert server.http.get(f"/w/{widget['key']}").status_code == 404
        done = overlay("restore", file, "--data", folder)
        assert (done.returncode, done.stderr) == (0, "")
        assert server.view(widget)["target"] == 77
    done = overlay("restore", file, "--data", tmp_path / "two")
    assert (done.returncode, done.stderr) == (0, "")
    with running(tmp_path / "two") as server:
        assert server.view(widget)["target"] == 77


def test_a_second_server_in_the_same_folder_says_where_the_first_one_answers(tmp_path):
    with running(tmp_path) as server:
        done = overlay("run", "--port", "0", "--data", tmp_path)
        assert done.returncode == 1
        assert is_one_sentence(done.stderr)
        assert f":{server.http.base_url.port}/" in done.stderr


def test_open_opens_the_browser(tmp_path):
    seen = tmp_path / "seen"
    script = tmp_path / "browser.sh"
    script.write_text(f'#!/bin/sh\necho "$1" > {seen}\n')
    script.chmod(0o755)
    with running(tmp_path / "data", "--open", env={"BROWSER": f"{script} %s"}) as server:
        deadline = time.monotonic() + 5
        while not seen.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert seen.read_text().startswith(server.base)
