"""Hostile requests: whatever is sent to whatever address, the answer is one of ours, and never a bug."""

from __future__ import annotations

import asyncio
import contextlib
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.serving import MIRA, Served, gift, serving

DEEP = 3_000
LONE = '"\\ud800"'
BODIES: list[bytes] = [
    b"", b" ", b"null", b"0", b"[]", b"{}", b'""', b"true", b"{", b"}", b"[" * DEEP, b"[" * DEEP + b"]" * DEEP,
    b'{"a":' * DEEP + b"1" + b"}" * DEEP, b"NaN", b"[NaN]", b'{"a":Infinity}', b"1e999", b'{"a":-1e999}', b"9" * 5000,
    b'{"a":1,"a":2}', b"\xff\xfe", b"\x00", b'"\x00"', b'{"\x00":1}', LONE.encode(), b'{"a":' + LONE.encode() + b"}",
    b"{" + LONE.encode() + b":1}", b'{"__proto__":{"x":1},"constructor":1}', b"\xef\xbb\xbf{}", '{"a":"\u202e"}'.encode("utf-16"),
]  # fmt: skip
VALUES: list[Any] = [
    None, True, 0, -1, 1.5, 10**18, -(10**30), 1e308, "", "x", "x" * 70_000, "\x00", "../../etc/passwd", "{0.__class__}", "nan", "😀",
    [], [None], [[]], ["x"] * 500, {}, {"a": {"a": {"a": []}}}, [{"a": 1}],
]  # fmt: skip
RAW: list[bytes] = [b"NaN", b"-Infinity", b"1e999", b"9" * 4400, LONE.encode()]
TYPES = [None, "", "application/json", "application/json; charset=utf-16", "text/plain", "application/x-www-form-urlencoded",
         "multipart/form-data", "multipart/form-data; boundary=x", "image/png", "x" * 500]  # fmt: skip
ODD_BODY = b"--x\r\n\r\npassword=%ff&x=%00&=&&&"
FIELDS = (
    "handle", "source", "enabled", "time_zone", "priority", "record", "keep_days", "captions", "creator", "kind", "name", "theme",
    "options", "event", "data", "what", "do", "speed", "paused", "recording", "person", "host", "port", "password", "scenario",
    "language", "streamer_mode", "guide", "sizes", "days", "gigabytes", "key", "anyway", "token", "scope", "current", "secret", "address",
    "format", "version", "creators", "widgets", "themes", "assets", "secrets", "css",
)  # fmt: skip
ODD_IDS = (
    "x",
    "..",
    "%00",
    "%2e%2e%2f",
    "a" * 3000,
    "%ff",
    "%0d%0aX: y",
    "\u202e",
    "0",
    "-1",
    "9" * 30,
    "None",
    "x?y=1",
    "__proto__",
)
QUERIES = (
    "", "?", "?a", "?%", "?%00=%00", "?%ff=%ff", "?secrets=1", "?secrets[]=1", "?creator=%00", "?creator=x&creator=y", "?q=%ff%fe", "?q=" + "x" * 3000,
    "?sort=%00&page=-1", "?page=999999999999999999999", "?page=nan", "?page=1e9", "?speed=nan", "?speed=inf", "?speed=-0", "?speed=1e400",
    "?next=//evil.example", "?next=%0d%0aX:y", "?next=javascript:alert(1)", "?before_ms=9999999999999999999999", "?most=-1", "?name=%00%0a",
    "?preview=1", "?preview=strained&rows=nan&theme=../x&css=%00", "?rows=1e999&colors=%7B%7D&options=%ff", "?since=99999999999999999999999",
    "?since=-1", "?hide=%F0%9F%98%80&rows=" + "9" * 400, "?scale=NaN", "?scale=Infinity&speed=-Infinity", "?w=%00&w=%ff&w=",
    "?" + "&".join(f"a{n}=1" for n in range(1200)),
)  # fmt: skip


@contextlib.asynccontextmanager
async def house(folder: Path):
    """A server with something of everything, and the names of it all."""
    nobody = {
        "tiktool_api": "http://127.0.0.1:9",
        "tiktool_site": "http://127.0.0.1:9",
        "tiktool_ws": "ws://127.0.0.1:9",
    }
    async with serving(folder, **nobody) as served:
        creator = await served.creator(record=True)
        board = await served.widget(creator)
        alerts = await served.widget(creator, "alerts")
        served.hear(creator, {"event": "roomInfo", "roomId": "7650000000000000101"}, gift(MIRA, 5, 1))
        await served.view(board["key"])
        known = {"creator": creator, "widget": alerts["id"], "key": board["key"], "stream": "7650000000000000101"}
        yield served, known


def rules(served: Served) -> list[tuple[str, str]]:
    """Every address with every method of it."""
    app = served.app.asgi._inner._inner
    found = [(method, rule.rule) for rule in app.url_map.iter_rules() for method in (rule.methods or ()) - {"OPTIONS"}]
    return sorted(found, key=lambda one: (one[0] == "DELETE", one[1]))


def filled(path: str, known: dict[str, str], odd: str | None) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: odd or known.get(found[1], "1"), path)


async def sent(
    served: Served, method: str, path: str, *, content: bytes = b"", kind: str | None = None
) -> httpx.Response:
    headers = {"Origin": served.base, "Sec-Fetch-Site": "same-origin"}
    if kind is not None:
        headers["Content-Type"] = kind
    async with served.http.stream(method, path, content=content, headers=headers, timeout=60) as answer:
        if answer.headers.get("content-type", "").startswith("text/event-stream"):
            return answer
        await answer.aread()
    return answer


def is_ours(answer: httpx.Response) -> bool:
    """Whether an answer is one that is meant."""
    if answer.status_code >= 500:
        return False
    if answer.status_code >= 400 and answer.content and answer.headers.get("content-type") == "application/json":
        return set(answer.json()) == {"error", "message", "field"}
    return True


async def test_every_page_and_call_that_reads_bears_every_query_and_name(tmp_path: Path) -> None:
    async with house(tmp_path) as (served, known):
        bad = []
        for method, rule in rules(served):
            if method not in {"GET", "HEAD"} or rule in {"/studio/doctor", "/studio/support.zip"}:
                continue
            paths = [filled(rule, known, None) + query for query in (QUERIES if method == "GET" else QUERIES[:1])]
            paths += [filled(rule, known, odd) for odd in ODD_IDS if "<" in rule]
            answers = await asyncio.gather(*[sent(served, method, path) for path in paths])
            bad += [
                (method, path[:120], one.status_code)
                for path, one in zip(paths, answers, strict=True)
                if not is_ours(one)
            ]
        for query in QUERIES:
            answer = await sent(served, "GET", f"/stream{query}")
            bad += [] if is_ours(answer) else [("GET", f"/stream{query}"[:120], answer.status_code)]
        assert not bad, bad
        assert not [line for line in served.app.house.store.problems if line]


def bodies(rule: str, known: dict[str, str]) -> list[bytes]:
    """What is sent to one call: nonsense, and every field with every value."""
    import msgspec

    fields = [name for name in FIELDS if name in MEANT.get(rule, ())]
    base = {name: value for name, value in GOOD.items() if name in fields} | MEANT_MORE.get(rule, {})
    base = {
        name: known.get(value[1:], value) if isinstance(value, str) and value[:1] == "$" else value
        for name, value in base.items()
    }
    made = list(BODIES)
    for name in fields:
        made += [msgspec.json.encode(base | {name: value}) for value in VALUES]
        made += [msgspec.json.encode(base | {name: "@@"}).replace(b'"@@"', raw) for raw in RAW]
    return made


GOOD: dict[str, Any] = {
    "handle": "luna", "creator": "$creator", "kind": "goal", "event": "gift", "what": "captions", "do": "skip", "name": "x",
    "format": "overlay-export", "version": 1, "creators": [], "widgets": [], "days": 5, "gigabytes": 1, "scenario": "quiet", "host": "127.0.0.1",
}  # fmt: skip
MEANT: dict[str, tuple[str, ...]] = {
    "/api/creators": FIELDS[:8], "/api/creators/<creator>": FIELDS[:8], "/api/widgets": FIELDS[8:13], "/api/widgets/<widget>": FIELDS[9:13],
    "/api/creators/<creator>/test": ("event", "data"), "/api/creators/<creator>/reset": ("what",), "/api/widgets/<widget>/stage": ("do",),
    "/api/creators/<creator>/replay": ("speed", "paused", "recording"), "/api/creators/<creator>/forget": ("person",),
    "/api/obs": ("host", "port", "password"), "/api/import": ("format", "version", "creators", "widgets", "themes", "assets", "secrets"),
    "/studio/preferences": ("language", "streamer_mode", "guide", "sizes"), "/studio/retention": ("days", "gigabytes"),
    "/studio/fastmoss": ("token",), "/studio/tokens": ("name", "scope"), "/studio/hook/secret": ("secret",), "/studio/hook/register": ("address",),
    "/studio/creators/<creator>/scenario": ("scenario", "speed"), "/studio/start": ("handle",), "/studio/password": ("current",),
    "/studio/key": ("key",), "/api/restore": (), "/api/obs/refresh": (), "/studio/confirm": ("password",),
}  # fmt: skip
MEANT_MORE: dict[str, dict[str, Any]] = {
    "/api/creators": {"enabled": False},
    "/api/widgets/<widget>": {},
    "/api/creators/<creator>": {"handle": "luna.sings"},
}


@pytest.mark.parametrize("side", ["/api/", "/studio/", "/"])
async def test_every_call_that_changes_bears_every_body_and_type(tmp_path: Path, side: str) -> None:
    async with house(tmp_path) as (served, known):
        bad, whole = [], rules(served)
        for method, rule in whole:
            mine = rule.startswith(side) if side != "/" else not rule.startswith(("/api/", "/studio/"))
            if method in {"GET", "HEAD"} or not mine:
                continue
            path = filled(rule, known, "x" if method == "DELETE" else None)
            tries = [
                (path, body, "application/json") for body in (bodies(rule, known) if method != "DELETE" else BODIES[:6])
            ]
            tries += [(path, body, kind) for kind in TYPES for body in (b"{}", ODD_BODY)]
            tries += [(filled(rule, known, odd), b"{}", "application/json") for odd in ODD_IDS if "<" in rule]
            for at in range(0, len(tries), 8):
                part = tries[at : at + 8]
                sends = [sent(served, method, to, content=body, kind=kind) for to, body, kind in part]
                answers = await asyncio.gather(*sends, return_exceptions=True)
                for one, answer in zip(part, answers, strict=True):
                    if isinstance(answer, BaseException):
                        bad.append((method, str(one)[:160], repr(answer)))
                    elif not is_ours(answer):
                        bad.append((method, str(one)[:160], answer.status_code, answer.text[:100]))
        assert not bad, "\n".join(map(str, bad))
        assert (await served.http.get("/healthz")).status_code == 200


EVENTS = ("gift", "chat", "like", "battle", "battleArmies", "caption", "roomUserSeq", "envelope", "social", "imDelete")


async def test_a_test_event_may_say_anything(tmp_path: Path) -> None:
    fields = ("user", "giftId", "diamondCount", "repeatCount", "comment", "likeCount", "teams", "battleId", "text",
              "viewerCount", "envelopeId", "action", "msgId", "createTime", "type")  # fmt: skip
    values = [None, True, -1, 10**30, 1e308, "\x00", "x" * 70_000, "{0.__class__}", [[]], {"a": {"a": []}}, [{}]]
    async with house(tmp_path) as (served, known):
        path, bad = f"/api/creators/{known['creator']}/test", []
        for event in EVENTS:
            for name in fields:
                sends = [served.http.post(path, json={"event": event, "data": {name: value}}) for value in values]
                answers = await asyncio.gather(*sends)
                bad += [(event, name, one.text[:100]) for one in answers if not is_ours(one)]
        assert not bad, bad
        assert (await served.view(known["key"]))["total"] == 5
