"""No secret reaches a log, a page, a stream, an error or the support bundle: canaries of every kind, looked for everywhere."""

from __future__ import annotations

import io
import logging
import re
import zipfile
from pathlib import Path

from overlay.logs import JsonLines, TextLines
from overlay.simulator import Simulator
from tests.serving import MIRA, Served, gift, listening, serving

PASSWORD = "canary-password-4711"
SECRETS = {
    "key": "tk_canary_key_4711_abcdef",
    "hook": "whsec_canary_4711_abcdef",
    "fastmoss": "fastmoss-canary-4711-abcdef",
    "obs": "obs-canary-4711-abcdef",
}
MEANT = {"/api/widgets", "/api/widgets/<widget>", "/api/backup"}
"""Calls whose purpose is to tell a widget's address, or everything."""


def ours(served: Served, cookie: str = "") -> dict[str, str]:
    return {"Origin": served.base, "Sec-Fetch-Site": "same-origin"} | ({"Cookie": cookie} if cookie else {})


async def arm(served: Served) -> dict[str, str]:
    """Every kind of secret there is, set; the password last."""
    http = served.http
    for path, body in (
        ("/studio/key", {"key": SECRETS["key"]}),
        ("/studio/hook/secret", {"secret": SECRETS["hook"]}),
        ("/studio/fastmoss", {"token": SECRETS["fastmoss"]}),
    ):
        answer = await http.post(path, json=body, headers=ours(served))
        assert answer.status_code == 200, answer.text
    assert (await http.put("/api/obs", json={"password": SECRETS["obs"]}, headers=ours(served))).status_code == 200
    signed = await http.post("/studio/password", json={"password": PASSWORD}, headers=ours(served))
    cookie = signed.headers["set-cookie"].partition(";")[0]
    http.cookies.clear()
    made = await http.post("/studio/tokens", json={"name": "deck"}, headers=ours(served, cookie))
    return SECRETS | {
        "password": PASSWORD,
        "session": cookie.partition("=")[2],
        "token": made.json()["token"],
        "pictures": await served.house.store.secret("pictures") or "-",
        "hash": "$argon2",
    }


async def test_every_kind_of_secret_stays_where_it_belongs(tmp_path: Path) -> None:
    said: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.extend((TextLines().format(record), JsonLines().format(record)))

    ear, root = Ear(logging.DEBUG), logging.getLogger()
    before = root.level
    root.addHandler(ear)
    root.setLevel(logging.DEBUG)
    ours_alone = [logging.getLogger(name) for name in ("httpx", "httpcore")]  # the test's own client has no redaction
    for one in ours_alone:
        one.setLevel(logging.WARNING)
    try:
        async with Simulator("everyday") as tiktool:
            bases = {"tiktool_api": tiktool.http_base, "tiktool_ws": tiktool.ws_base, "tiktool_site": tiktool.http_base}
            async with serving(tmp_path, **bases) as served:
                secrets = await arm(served)
                await look_everywhere(served, secrets)
    finally:
        root.removeHandler(ear)
        root.setLevel(before)
        for one in ours_alone:
            one.setLevel(logging.NOTSET)
    whole = "\n".join(said)
    assert not [name for name, secret in secrets.items() if secret in whole]
    assert not re.findall(r"/w/[A-Za-z0-9_-]{20,}|[?&]w=[A-Za-z0-9_-]{20,}", whole)


async def look_everywhere(served: Served, secrets: dict[str, str]) -> None:
    """Every address that reads, with the rights of the owner; errors; a stream; the bundle."""
    headers = ours(served, f"{served.house.access.cookie}={secrets['session']}") | {"Accept": "text/html"}
    http = served.http
    made = await http.post("/api/creators", json={"handle": "mira.makes"}, headers=headers)
    creator = made.json()["id"]
    widget = (
        await http.post("/api/widgets", json={"creator": creator, "kind": "alerts", "name": "A"}, headers=headers)
    ).json()
    secrets["address"] = widget["key"]
    served.hear(creator, gift(MIRA, 5, 1))
    known = {"creator": creator, "widget": widget["id"], "stream": "1", "key": "x" * 24, "hook": "x"}
    found = []
    for rule in served.app.asgi._inner._inner.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.rule in {"/api/backup", "/studio/support.zip"}:
            continue
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda one: known.get(one[1], "x"), rule.rule)
        answer = await http.get(path, headers=headers)
        found += [(path, name) for name in leaks(answer.text, secrets, meant=rule.rule in MEANT or is_page(rule.rule))]
    for method, path, body in (
        ("POST", "/studio/key", {"key": secrets["key"], "surprise": secrets["hook"]}), ("POST", "/studio/hook/secret", {"secret": [secrets["hook"]]}),
        ("PUT", "/api/obs", {"password": [secrets["obs"]]}), ("POST", "/studio/confirm", {"password": {"a": secrets["password"]}}),
        ("POST", "/api/import", {"secrets": {"tiktool_key": f"{secrets['key']} x"}, "format": "overlay-export", "version": 1, "creators": [], "widgets": []}),
        ("GET", f"/api/widgets/{secrets['address']}", None), ("GET", f"/nothing/{secrets['address']}", None),
    ):  # fmt: skip
        answer = await http.request(method, path, json=body, headers=headers)
        assert answer.status_code >= 400 or path == "/studio/key", (path, answer.text)
        found += [(path, name) for name in leaks(answer.text, secrets)]
    async with listening(served, widget["key"]) as events:
        _, hello = await events.next()
        found += [("/stream", name) for name in leaks(str(hello), secrets, meant=True)]
    packed = await http.get("/studio/support.zip", headers=headers)
    bundle = zipfile.ZipFile(io.BytesIO(packed.content))
    for name in bundle.namelist():
        found += [(name, secret) for secret in leaks(bundle.read(name).decode(), secrets)]
    assert not found, found


def is_page(rule: str) -> bool:
    """A page of the studio holds the addresses that its owner copies; a call of the API does not."""
    return not rule.startswith(("/api/", "/studio/", "/metrics", "/healthz", "/readyz"))


def leaks(text: str, secrets: dict[str, str], *, meant: bool = False) -> list[str]:
    """Which secrets stand in a text."""
    return [name for name, secret in secrets.items() if secret in text and not (meant and name == "address")]
