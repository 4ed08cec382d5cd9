"""What a log may hold: no key, no token, no overlay address, no control character; whatever is done at level debug."""

from __future__ import annotations

import io
import json
import logging
from pathlib import Path

import pytest

from overlay.config import Config, Secret
from overlay.logs import JsonLines, TextLines, redact
from overlay.simulator import Simulator
from tests.serving import LUNA, gift, listening, serving

CANARY = "tk_canary_4f9a1c77"
TOKEN = "fm_canary_83b2e9"


@pytest.mark.parametrize(
    "text",
    [
        f"wss://api/?uniqueId=x&apiKey={CANARY}", f"GET /?jwtKey={CANARY}&a=1", f"x-api-key: {CANARY}",
        f"{{'x-api-key': '{CANARY}'}}", f"authorization: Bearer {CANARY}", f'"Authorization": "Bearer {CANARY}"',
        f"/w/{CANARY}", f"GET /w/{CANARY}/view?rows=3", f"/stream?w={CANARY}&w={CANARY}", f"/stream?w={CANARY}%3Frows%3D3",
        f"password={CANARY}", f"token = '{CANARY}'", f"refused {CANARY} again",
    ],
)  # fmt: skip
def test_a_secret_is_left_out_of_a_line(text):
    assert CANARY not in redact(text)
    assert "canary" not in redact(text)


@pytest.mark.parametrize("formatter", [TextLines(), JsonLines()])
def test_a_name_cannot_forge_a_line_or_move_the_cursor(formatter):
    name = "eve\n12:00:00 error   forged\r\x1b[2J\u202egnp\u2028\x9b31m\x00"
    line = formatter.format(logging.LogRecord("overlay", logging.INFO, "", 0, "creator=%s live", (name,), None))
    assert not [letter for letter in line if ord(letter) < 0x20 or letter in "\x7f\x9b\u202e\u2028"]


def test_an_exception_keeps_its_trace_and_no_secret():
    try:
        int(f"wss://api/?apiKey={CANARY}")
    except ValueError as error:
        record = logging.LogRecord(
            "overlay", logging.ERROR, "", 0, "broke", (), (ValueError, error, error.__traceback__)
        )
    for formatter in (TextLines(), JsonLines()):
        line = formatter.format(record)
        assert "Traceback" in line
        assert CANARY not in line


@pytest.mark.parametrize("formatter", [TextLines(), JsonLines()])
async def test_a_whole_run_at_debug_writes_down_no_secret(tmp_path: Path, formatter: logging.Formatter) -> None:
    written, root = io.StringIO(), logging.getLogger()
    lines = logging.StreamHandler(written)
    lines.setFormatter(formatter)
    before = root.level
    root.addHandler(lines)
    root.setLevel(logging.DEBUG)
    try:
        async with Simulator("everyday", speed=20) as sim:
            bases = {"tiktool_ws": sim.ws_base, "tiktool_api": sim.http_base, "tiktool_site": sim.http_base}
            secrets = {"tiktool_key": Secret(CANARY), "fastmoss_token": Secret(TOKEN)}
            async with serving(tmp_path, **bases, **secrets, preflight_s=1.0, log="debug") as served:
                creator = await served.creator("luna.sings", enabled=True)
                key = (await served.widget(creator))["key"]
                async with listening(served, key) as events:
                    await events.until("hello")
                    served.hear(creator, gift(LUNA, 5, 1))
                    await events.until("view")
                    sim.refuse_handshake(503)
                    sim.close("luna.sings", 1006)
                    await events.until("live")
                await served.view(key, "?rows=x&theme=none")
                await served.http.get(f"/w/{key}/nothing")
                sim.reject_key(CANARY)
                sim.close("luna.sings", 4401, f"Invalid API key {CANARY}")
                status = (await served.http.get("/api/status")).text
                metrics = (await served.http.get("/metrics")).text
    finally:
        root.removeHandler(lines)
        root.setLevel(before)
    told = written.getvalue()
    assert "luna.sings" in told
    for secret in (CANARY, TOKEN, key):
        assert secret not in told
        assert secret not in status + metrics


def test_json_lines_are_json(tmp_path):
    record = logging.LogRecord("overlay", logging.WARNING, "", 0, 'ü "quoted" %s', ("\n",), None)
    told = json.loads(JsonLines().format(record))
    assert (told["level"], told["logger"]) == ("warning", "overlay")
    assert repr(Config(folder=tmp_path, tiktool_key=Secret(CANARY))).find(CANARY) == -1
