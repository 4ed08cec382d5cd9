"""What the contract's claims share: the command line as a subprocess, recordings in a few words, a server, a reader.

Only the public surface is used: the program, HTTP, files and the environment. `trace` runs in this process because it
is asked hundreds of times; `test_trace.py` proves once that the command line prints the same.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import msgspec

from overlay.core.ledger import Listing
from overlay.core.trace import trace as run_trace
from overlay.widgets import KINDS

ROOT = Path(__file__).parents[2]
FRAMES = ROOT / "tests" / "frames"
SCENARIOS = FRAMES / "tiktool" / "scenarios"
START = 1_790_000_000_000

LUNA = {"id": "6912345678901234501", "uniqueId": "luna.sings", "nickname": "Luna Vale"}
MIRA = {"id": "6890011223344556677", "uniqueId": "mira.kay", "nickname": "Mira Kay", "level": 31}
TOBI = {"id": "6823344556677889900", "uniqueId": "tobi_w", "nickname": "Tobi W."}
OTTER = {"id": "7101223344556677881", "uniqueId": "papa.otter", "nickname": "Papa Otter"}
NEWBIE = {"id": "7390011223344556612", "uniqueId": "newbie_2026", "nickname": "newbie"}
HIDDEN = {"id": "7344556677889900112", "nickname": "Enigma7788", "isAnonymous": True}


def person(number: int) -> dict[str, Any]:
    return {"id": str(6_800_000_000_000_000_000 + number), "uniqueId": f"p{number}", "nickname": f"Person {number}"}


# --- recordings ---


def opened(t: int = 0, room: str | None = "7650000000000000101", **more: Any) -> list[dict[str, Any]]:
    """The socket opens, and says which room it is."""
    lines: list[dict[str, Any]] = [{"t": t, "open": True, **more}]
    if room is not None:
        lines.append({"t": t, "frame": {"event": "roomInfo", "roomId": room, "uniqueId": "luna.sings"}})
    return lines


def closed(t: int, code: int = 1006, reason: str = "", **more: Any) -> dict[str, Any]:
    return {"t": t, "close": {"code": code, "reason": reason}, **more}


def frame(t: int, event: str, **data: Any) -> dict[str, Any]:
    return {"t": t, "frame": {"event": event, "data": {"type": event, **data}}}


def wait(t: int) -> dict[str, Any]:
    return {"t": t}


def gift(
    t: int, who: dict[str, Any], diamonds: int, count: int = 1, *, tx: str | None = None, end: bool = True, **more: Any
) -> dict[str, Any]:
    """A gift whose transaction is its own unless told."""
    told = {
        "user": who, "giftId": 5655, "giftName": "Rose", "diamondCount": diamonds, "repeatCount": count,
        "repeatEnd": end, "giftType": 1, "transactionId": tx or f"tx-{t}-{who.get('id')}-{more.get('giftId', '')}",
    }  # fmt: skip
    return frame(t, "gift", **told | more)


def chat(t: int, who: dict[str, Any], text: str, key: str | None = None, **more: Any) -> dict[str, Any]:
    return frame(t, "chat", user=who, comment=text, msgId=key or f"m{t}", **more)


def like(t: int, who: dict[str, Any], count: int, total: int | None = None) -> dict[str, Any]:
    return frame(t, "like", user=who, likeCount=count, **({} if total is None else {"totalLikes": total}))


def trace(
    kind: str,
    lines: list[Any],
    options: dict[str, Any] | None = None,
    *,
    handle: str = "luna.sings",
    start_ms: int = START,
    catalogue: dict[str, int] | None = None,
) -> list[dict[str, Any]]:
    """The view after every line, as `overlay trace` prints it."""
    listings = {key: Listing(price=price) for key, price in (catalogue or {}).items()}
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    chosen = msgspec.convert(options or {}, KINDS[kind].options)
    steps = run_trace(texts, KINDS[kind], chosen, handle=handle, start_ms=start_ms, catalogue=listings)
    return [json.loads(json.dumps(step))["view"] for step in steps]


def last(kind: str, lines: list[Any], options: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """The view after the last line."""
    return trace(kind, lines, options, **more)[-1]


def at(views: list[dict[str, Any]], lines: list[Any], t: int) -> dict[str, Any]:
    """The view after the last line of a time."""
    return [view for view, line in zip(views, lines, strict=True) if line["t"] == t][-1]


def scenario(name: str) -> list[str]:
    return (SCENARIOS / f"{name}.jsonl").read_text("utf-8").splitlines()


def expected(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SCENARIOS / f"{name}.expected.json").read_text("utf-8"))
    return found


# --- the program ---

PLAIN = {name: value for name, value in os.environ.items() if not name.startswith(("OVERLAY_", "TIKTOOL", "FASTMOSS"))}


def overlay(*words: Any, env: dict[str, str] | None = None, seconds: float = 60, **more: Any) -> Any:
    """One run of the command line, to its end."""
    command = [sys.executable, "-m", "overlay", *map(str, words)]
    return subprocess.run(
        command, cwd=ROOT, env=PLAIN | (env or {}), capture_output=True, text=True, timeout=seconds, check=False, **more
    )


def is_one_sentence(text: str) -> bool:
    """Whether an error is one line that a person can read."""
    return text.count("\n") == 1 and "Traceback" not in text and len(text.strip()) > 10


class Server:
    """A running program, as somebody outside sees it."""

    def __init__(self, *words: Any, env: dict[str, str] | None = None) -> None:
        command = [sys.executable, "-m", "overlay", *map(str, words)]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=PLAIN | (env or {}), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self.errors: list[str] = []
        self.rest = ""
        self._reader = threading.Thread(target=self._read_errors, daemon=True)
        self._reader.start()
        self.line = self.process.stdout.readline()
        found = re.fullmatch(r"ready (http://([^/]+):(\d+))/\n", self.line)
        if not found:
            self.process.kill()
            self._close()
            raise AssertionError(f"no ready line: {self.line!r} {''.join(self.errors)}")
        self.base, self.host, self.port = found[1], found[2], int(found[3])
        self.http = httpx.Client(base_url=self.base, timeout=15, trust_env=False)

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.errors.append(line)

    def creator(self, handle: str = "otto.tests", **more: Any) -> str:
        """A creator with no connection."""
        body = {"handle": handle, "source": "simulator", "enabled": False, **more}
        answer = self.http.post("/api/creators", json=body)
        assert answer.status_code < 300, answer.text
        key: str = answer.json()["id"]
        return key

    def widget(self, creator: str, kind: str, **options: Any) -> dict[str, Any]:
        answer = self.http.post("/api/widgets", json={"creator": creator, "kind": kind, "options": options})
        assert answer.status_code < 300, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def view(self, widget: dict[str, Any], query: str = "") -> dict[str, Any]:
        answer = self.http.get(f"/w/{widget['key']}/view{query}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def end(self, by: signal.Signals = signal.SIGTERM, seconds: float = 10) -> tuple[int, float]:
        """Ask it to end; its exit code and how long it took."""
        self.http.close()
        began = time.monotonic()
        self.process.send_signal(by)
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        finally:
            took = time.monotonic() - began
            self._close()
        return code, took

    def _close(self) -> None:
        self.process.wait()
        self._reader.join()
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self.rest = self.process.stdout.read()
        self.process.stdout.close()
        self.process.stderr.close()


@contextlib.contextmanager
def running(folder: Path, *words: Any, env: dict[str, str] | None = None) -> Iterator[Server]:
    """A server in a folder, on a free port."""
    server = Server("run", "--data", folder, "--port", 0, *words, env=env)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.end()


class Reader:
    """A page's stream, read event by event."""

    def __init__(self, answer: httpx.Response) -> None:
        self._lines = answer.iter_lines()
        self.retry: int | None = None
        self.comments = 0

    def next(self) -> tuple[str, dict[str, Any]]:
        name = ""
        for line in self._lines:
            if line.startswith("retry:"):
                self.retry = int(line[6:])
            elif line.startswith(":"):
                self.comments += 1
            elif line.startswith("event:"):
                name = line[6:].strip()
            elif line.startswith("data:"):
                return name, json.loads(line[5:])
        raise EOFError

    def until(self, wanted: str, w: str | None = None) -> dict[str, Any]:
        while True:
            name, told = self.next()
            if name == wanted and (w is None or told.get("w") == w):
                return told


@contextlib.contextmanager
def reading(server: Server, *ws: str, headers: dict[str, str] | None = None) -> Iterator[Reader]:
    """An open stream for some addresses."""
    query = "&".join(f"w={quote(w, safe='')}" for w in ws)
    with server.http.stream("GET", f"/stream?{query}", headers=headers) as answer:
        assert answer.status_code == 200, answer.read()
        yield Reader(answer)
