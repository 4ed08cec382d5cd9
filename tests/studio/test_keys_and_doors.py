"""Keys, passwords, sessions and secrets: checked at once, never shown again, and never on any page or in any bundle."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import httpx
import pytest

from overlay.simulator import Simulator
from tests.serving import Served, serving

HTML = {"Accept": "text/html"}
PASSWORD = "correct horse battery"


@pytest.fixture
async def tiktool():
    async with Simulator("everyday") as one:
        yield one


def towards(tiktool: Simulator) -> dict:
    return {"tiktool_api": tiktool.http_base, "tiktool_ws": tiktool.ws_base, "tiktool_site": tiktool.http_base}


def ours(served: Served) -> dict:
    return {"Origin": served.base, "Sec-Fetch-Site": "same-origin"}


async def test_a_good_key_and_handle_connect_at_once_with_overlays_of_their_own(
    tmp_path: Path, tiktool: Simulator
) -> None:
    async with serving(tmp_path, furnish=True, **towards(tiktool)) as served:
        told = await served.http.post(
            "/studio/start", json={"handle": "@Mira.Makes", "key": "tk_good_key_1234"}, headers=ours(served)
        )
        assert told.status_code == 200, told.text
        answers = told.json()["answers"]
        assert [one["code"] for one in answers] == ["ok", "live"]
        assert answers[0]["tier"] == "agency_global"
        widgets = [
            one for one in (await served.http.get("/api/widgets")).json() if one["creator"] == told.json()["creator"]
        ]
        assert [one["kind"] for one in widgets] == ["leaderboard", "goal", "alerts", "chat"]
        assert "tk_good_key" not in (await served.http.get("/settings", headers=HTML)).text
        again = await served.http.post("/studio/start", json={"handle": "mira.makes"}, headers=ours(served))
        assert again.json()["creator"] == told.json()["creator"]


async def test_the_first_overlays_of_a_creator_are_named_in_the_language_of_the_page(
    tmp_path: Path, tiktool: Simulator
) -> None:
    async with serving(tmp_path, furnish=True, **towards(tiktool)) as served:
        goal = (await served.http.get("/api/widgets")).json()[1]
        await served.http.patch(f"/api/widgets/{goal['id']}", json={"name": "Neue Kamera"})
        told = await served.http.post(
            "/studio/start",
            json={"handle": "mira.makes", "key": "tk_good_key_1234"},
            headers=ours(served) | {"Accept-Language": "de"},
        )
        names = [
            one["name"]
            for one in (await served.http.get("/api/widgets")).json()
            if one["creator"] == told.json()["creator"]
        ]
        own = " · @mira.makes"
        assert names == [f"Bestenliste{own}", f"Neue Kamera{own}", f"Alarme{own}", f"Chat{own}"]


async def test_a_wrong_key_is_refused_beside_its_field_and_kept_nowhere(tmp_path: Path, tiktool: Simulator) -> None:
    tiktool.reject_key("tk_wrong_key_123")
    async with serving(tmp_path, **towards(tiktool)) as served:
        told = await served.http.post("/studio/key", json={"key": "tk_wrong_key_123"}, headers=ours(served))
        assert (told.status_code, told.json()["error"], told.json()["field"]) == (400, "wrong", "key")
        assert await served.house.store.secret("tiktool_key") is None


@pytest.mark.parametrize(
    ("status", "text", "code"),
    [
        (401, "API key expired", "expired"),
        (403, "API key has expired", "expired"),
        (401, "invalid key", "wrong"),
        (403, "account suspended", "forbidden"),
        (429, "slow down", "limited"),
        (500, "oops", "server"),
        (200, "not json", "html"),
        (402, "payment required", "credits"),
        (403, "your plan does not include this", "tier"),
        (405, "no", "odd"),
    ],
)
async def test_every_way_a_check_can_fail_has_its_own_plain_answer(
    tmp_path: Path, status: int, text: str, code: str
) -> None:
    from overlay.core.replies import judge
    from overlay.web.studio.keys import refused
    from overlay.web.studio.words import Dictionary

    words = Dictionary(Path("templates/studio/words")).languages["en"]
    raw = b"<html>" if text == "not json" else b'{"message": "%b"}' % text.encode()
    answer = refused(judge(status, {}, raw, 1_790_000_000_000), words)
    assert answer.code == code
    assert answer.text.endswith(".") or text in answer.text
    assert not answer.text.startswith("key.")


async def test_a_limited_key_is_kept_because_nobody_refused_it(tmp_path: Path, tiktool: Simulator) -> None:
    tiktool.set_tier("tk_sandbox_key_9", "sandbox")
    async with serving(tmp_path, **towards(tiktool)) as served:
        codes = []
        for _ in range(7):
            told = await served.http.post("/studio/key", json={"key": "tk_sandbox_key_9"}, headers=ours(served))
            assert told.status_code == 200, told.text
            codes.append(told.json()["code"])
        assert codes[0] == "ok"
        assert codes[-1] == "limited"
        assert await served.house.store.secret("tiktool_key") == "tk_sandbox_key_9"


@pytest.mark.parametrize("key", ["", "abc", "two words here", "your_api_key", "schlüssel_äöü"])
async def test_what_is_no_key_is_not_sent_anywhere(tmp_path: Path, tiktool: Simulator, key: str) -> None:
    async with serving(tmp_path, **towards(tiktool)) as served:
        told = await served.http.post("/studio/key", json={"key": key}, headers=ours(served))
        assert (told.status_code, told.json()["field"]) == (400, "key")
        assert sum(tiktool.counts.values()) == 0


async def test_a_server_that_cannot_be_reached_says_so_and_the_key_can_be_kept_unchecked(tmp_path: Path) -> None:
    async with serving(tmp_path, tiktool_api="http://127.0.0.1:9", tiktool_ws="ws://127.0.0.1:9") as served:
        told = (await served.http.post("/studio/key", json={"key": "tk_unseen_key_77"}, headers=ours(served))).json()
        assert (told["code"], told["kept"]) == ("network", False)
        kept = await served.http.post(
            "/studio/key", json={"key": "tk_unseen_key_77", "anyway": True}, headers=ours(served)
        )
        assert kept.json()["kept"] is True


async def with_password(served: Served) -> httpx.AsyncClient:
    answer = await served.http.post("/studio/password", json={"password": PASSWORD}, headers=ours(served))
    assert answer.status_code == 200, answer.text
    return httpx.AsyncClient(base_url=served.base)


async def test_with_a_password_every_page_leads_to_the_sign_in(bare: Served) -> None:
    async with await with_password(bare) as stranger:
        for place in ("/", "/settings", "/creators", "/studio/support.zip"):
            answer = await stranger.get(place, headers=HTML)
            assert (answer.status_code, answer.headers["location"]) == (302, f"/sign-in?next={place}")
        assert (await stranger.get("/api/status")).status_code == 401
        page = await stranger.get("/sign-in", headers=HTML)
        assert page.status_code == 200
        wrong = await stranger.post("/sign-in", data={"password": "nope"}, headers={"Origin": bare.base})
        assert wrong.status_code == 401
        right = await stranger.post(
            "/sign-in?next=/settings", data={"password": PASSWORD}, headers={"Origin": bare.base}
        )
        assert (right.status_code, right.headers["location"]) == (303, "/settings")
        cookie = right.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert (await stranger.get("/settings", headers=HTML)).status_code == 200
        old = dict(stranger.cookies)
        out = await stranger.post("/sign-out", headers={"Origin": bare.base})
        assert out.status_code == 303
        async with httpx.AsyncClient(base_url=bare.base, cookies=old) as thief:
            assert (await thief.get("/api/status")).status_code == 401


async def test_the_way_on_never_leaves_this_server(bare: Served) -> None:
    async with await with_password(bare) as stranger:
        for wanted in ("//evil.example", "https://evil.example", "/\\evil.example", "evil"):
            right = await stranger.post(
                "/sign-in", params={"next": wanted}, data={"password": PASSWORD}, headers={"Origin": bare.base}
            )
            assert right.headers["location"] == "/"


async def test_guessing_is_slowed_and_says_how_long(bare: Served) -> None:
    async with await with_password(bare) as stranger:
        statuses = []
        for _ in range(4):
            answer = await stranger.post("/sign-in", data={"password": "guess"}, headers={"Origin": bare.base})
            statuses.append(answer.status_code)
        assert statuses == [401, 401, 401, 429]
        assert 0 < int(answer.headers["retry-after"]) <= 60
        right = await stranger.post("/sign-in", data={"password": PASSWORD}, headers={"Origin": bare.base})
        assert right.status_code == 429


async def test_signing_out_everywhere_ends_every_session(bare: Served) -> None:
    async with await with_password(bare):
        assert (await bare.http.get("/api/status")).status_code == 200
        await bare.http.post("/studio/sign-out-everywhere", json={}, headers=ours(bare))
        assert (await bare.http.get("/api/status")).status_code == 401


async def test_replacing_a_key_wants_the_password_again_when_it_was_typed_long_ago(bare: Served) -> None:
    creator = await bare.creator()
    widget = await bare.widget(creator)
    async with await with_password(bare):
        for session in bare.house.access._kept.sessions:
            session.typed_ms = 0
        refused = await bare.http.post(f"/api/widgets/{widget['id']}/key", headers=ours(bare))
        assert (refused.status_code, refused.json()["error"]) == (403, "confirm")
        assert (await bare.http.post("/studio/confirm", json={"password": "no"}, headers=ours(bare))).status_code == 403
        assert (
            await bare.http.post("/studio/confirm", json={"password": PASSWORD}, headers=ours(bare))
        ).status_code == 200
        changed = await bare.http.post(f"/api/widgets/{widget['id']}/key", headers=ours(bare))
        assert changed.json()["key"] != widget["key"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
    ],
)
async def test_no_other_site_can_change_anything(fresh: Served, headers: dict) -> None:
    for method, place in (
        ("POST", "/studio/password"), ("POST", "/studio/key"), ("POST", "/studio/tokens"), ("PATCH", "/studio/preferences"),
        ("POST", "/sign-in"), ("POST", "/sign-out"), ("POST", "/studio/themes"), ("POST", "/studio/assets"),
        ("POST", "/studio/start"), ("DELETE", "/studio/key"),
    ):  # fmt: skip
        answer = await fresh.http.request(method, place, json={}, headers=headers)
        assert answer.status_code == 403, (method, place)


async def test_no_secret_is_on_any_page_or_in_the_bundle(tmp_path: Path, tiktool: Simulator) -> None:
    async with serving(tmp_path, furnish=True, fastmoss_token=None, **towards(tiktool)) as served:
        canaries = ["tk_canary_key_4711", "whsec_canary_4711", "fastmoss-canary-4711", "canary-password-4711"]
        await served.http.post("/studio/key", json={"key": canaries[0]}, headers=ours(served))
        await served.http.post("/studio/hook/secret", json={"secret": canaries[1]}, headers=ours(served))
        await served.http.post("/studio/fastmoss", json={"token": canaries[2]}, headers=ours(served))
        await served.http.put("/api/obs", json={"password": "obs-canary-4711"}, headers=ours(served))
        await served.http.post("/studio/password", json={"password": canaries[3]}, headers=ours(served))
        token = (await served.http.post("/studio/tokens", json={"name": "deck"}, headers=ours(served))).json()["token"]
        creator = (await served.http.get("/api/creators")).json()[0]["id"]
        secrets = [*canaries, "obs-canary-4711", token]
        for place in ("/", "/settings", "/creators", f"/creators/{creator}", "/doctor", "/studio/doctor", "/rehearsal",
                      "/api/status", "/api/export", "/api/creators", "/metrics", "/nothing"):  # fmt: skip
            answer = await served.http.get(place, headers=HTML)
            assert not [secret for secret in secrets if secret in answer.text], place
        bundle = zipfile.ZipFile(io.BytesIO((await served.http.get("/studio/support.zip")).content))
        whole = "".join(bundle.read(name).decode() for name in bundle.namelist())
        keys = [one["key"] for one in (await served.http.get("/api/widgets")).json()]
        assert set(bundle.namelist()) == {"about.json", "status.json", "doctor.json", "settings.json", "log.txt"}
        assert not [secret for secret in [*secrets, *keys] if secret in whole]
        assert re.search(r"4711", (await served.http.get("/settings", headers=HTML)).text)  # the last four, and no more


async def test_what_is_uploaded_is_what_its_first_bytes_say(bare: Served) -> None:
    png = io.BytesIO()
    from PIL import Image

    Image.new("RGB", (8, 8), "red").save(png, "PNG")
    headers = ours(bare) | {"Content-Type": "image/png"}
    made = await bare.http.post("/studio/assets?name=%3Cb%3E.png", content=png.getvalue(), headers=headers)
    assert made.status_code == 201, made.text
    path = made.json()["path"]
    served = await bare.http.get(path)
    assert (served.content, served.headers["content-type"]) == (png.getvalue(), "image/png")
    for body in (b"<svg onload=alert(1)>", b"MZ\x90", b"\x89PNG\r\n\x1a\nbroken", b"", b"<html>"):
        refused = await bare.http.post("/studio/assets?name=x.png", content=body, headers=headers)
        assert (refused.status_code, refused.json()["field"]) == (415, "file")
    for place in ("/assets/..%2foverlay.db", "/assets/%2e%2e%2foverlay.db", "/assets/overlay.db", "/assets/x%00.png"):
        assert (await bare.http.get(place)).status_code in {400, 404}
    await bare.http.delete(f"/studio/assets/{made.json()['id']}", headers=ours(bare))
    assert (await bare.http.get("/studio/assets")).json() == []
    await bare.http.post(f"/studio/assets/{made.json()['id']}/restore", json={}, headers=ours(bare))
    assert len((await bare.http.get("/studio/assets")).json()) == 1


def test_a_strobe_is_told_from_a_calm_picture() -> None:
    from PIL import Image

    from overlay.web.studio.flashes import flashes, open_picture

    def moving(colours: list[str], each_ms: int) -> bytes:
        made = io.BytesIO()
        frames = [Image.new("RGB", (40, 40), colour) for colour in colours]
        frames[0].save(made, "GIF", save_all=True, append_images=frames[1:], duration=each_ms)
        return made.getvalue()

    strobe = open_picture(moving(["black", "white"] * 10, 60), "gif")
    calm = open_picture(moving(["black", "white"] * 4, 700), "gif")
    assert strobe is not None
    assert calm is not None
    assert flashes(strobe)
    assert not flashes(calm)


@pytest.mark.parametrize("page", ["/streams", "/rehearsal", "/widgets/new"])
async def test_a_simulated_creator_of_the_same_handle_is_told_apart_in_every_list(tmp_path: Path, page: str) -> None:
    async with serving(tmp_path) as served:
        real = await served.creator("luna.sings")
        simulated = await served.creator("luna.sings", source="simulator")
        told = (await served.http.get(page, headers=HTML)).text
        choices = dict(re.findall(r'<option value="([^"]+)"[^>]*>([^<]*@luna\.sings[^<]*)</option>', told))
        assert choices[real].strip() == "@luna.sings"
        assert "Simulated" in choices[simulated]
