"""What happens to a creator on long evenings: restarts, lost sessions, backups, uploads, rehearsals. In a real browser."""

from __future__ import annotations

import asyncio
import io
import json
import wave
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import Browser

import overlay.serve
from overlay.opening import first_start
from overlay.simulator import Simulator
from overlay.web.studio.doctor import own_findings
from tests.browser.browsers import listen, open_page
from tests.serving import MIRA, TOBI, Served, gift, serving

PASSWORD = "correct horse battery"
WIDE = {"width": 1366, "height": 900}
SOON = 20_000


def wav() -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\0\0" * 4000)
    return made.getvalue()


def png() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(made, "PNG")
    return made.getvalue()


async def test_a_server_that_was_restarted_is_shown_again_without_a_hand_on_obs(
    tmp_path: Path, browser: Browser
) -> None:
    async with serving(tmp_path) as served:
        port = served.port
        creator = await served.creator()
        board = await served.widget(creator)
        served.hear(creator, gift(MIRA, 5, 1))
        air = await open_page(browser, f"{served.base}/w/{board['key']}", width=500, height=400)
        await air.until("document.body.innerText.includes('Mira Kay')", 20)
    assert "Mira Kay" in await air.page.inner_text("body")  # what was shown stays while nobody answers
    async with serving(tmp_path, port=port) as served:
        served.hear(creator, gift(TOBI, 7, 2))
        await air.until("document.body.innerText.includes('Tobi W.')", 20)
        assert (await served.view(board["key"]))["total"] == 12
    assert not [trouble for trouble in air.troubles if board["key"] in trouble and "failed" not in trouble.lower()]


async def test_what_was_started_anew_is_taken_back_from_another_page(bare: Served, browser: Browser) -> None:
    creator = await bare.creator()
    board = await bare.widget(creator)
    bare.hear(creator, gift(MIRA, 5, 1))
    assert (await bare.view(board["key"]))["total"] == 5
    one = await open_page(browser, f"{bare.base}/creators/{creator}", **WIDE)
    await one.page.click('[data-reset="leaderboard"]')
    await one.page.locator("#toasts button").wait_for()
    assert (await bare.view(board["key"]))["total"] == 0
    await one.page.goto(f"{bare.base}/settings")
    await one.page.click("#toasts button")
    await one.until("document.querySelectorAll('#toasts button').length === 0 && document.querySelector('.toast')", 10)
    assert (await bare.view(board["key"]))["total"] == 5
    await one.page.reload()
    assert await one.page.locator("#toasts button").count() == 0


async def test_a_backup_is_brought_back_by_the_page(bare: Served, browser: Browser, tmp_path: Path) -> None:
    creator = await bare.creator()
    goal = await bare.widget(creator, "goal", options={"label": "Before"})
    page = (await open_page(browser, f"{bare.base}/settings", **WIDE)).page
    async with page.expect_download() as coming:
        await page.click('a[href="/api/backup"]')
    file = tmp_path / "mine.zip"
    await (await coming.value).save_as(file)
    await bare.http.patch(f"/api/widgets/{goal['id']}", json={"options": {"label": "After"}})
    wrong = tmp_path / "wrong.zip"
    wrong.write_bytes(b"this is no backup")
    form = page.locator('form[data-file="POST /api/restore"]')
    for chosen in (wrong, file):
        await form.locator("input").set_input_files(chosen)
        async with page.expect_response("**/api/restore"):
            await page.locator('#confirm [data-at="yes"]').click()
        if chosen is wrong:
            await form.locator(".error").filter(has_text="backup").wait_for(timeout=SOON)
    label = ""
    for _ in range(200):
        label = (await bare.http.get(f"/api/widgets/{goal['id']}")).json()["options"]["label"]
        if label == "Before":
            break
        await page.wait_for_timeout(100)
    assert label == "Before"


async def test_an_export_is_brought_in_by_the_page_and_a_fault_is_named_beside_the_field(
    bare: Served, browser: Browser, tmp_path: Path
) -> None:
    document = {
        "format": "overlay-export", "version": 1, "creators": [{"id": "c1", "handle": "luna.sings", "source": "simulator"}],
        "widgets": [{"id": "w1", "creator": "c1", "kind": "goal", "options": {"target": 0}}],
    }  # fmt: skip
    file = tmp_path / "export.json"
    page = (await open_page(browser, f"{bare.base}/settings", **WIDE)).page
    form = page.locator('form[data-file="POST /api/import"]')
    file.write_text(json.dumps(document))
    await form.locator("input").set_input_files(file)
    await form.locator(".error").filter(has_text="widgets[0].options.target").wait_for(timeout=SOON)
    assert (await bare.http.get("/api/creators")).json() == []
    document["widgets"][0]["options"]["target"] = 9
    file.write_text(json.dumps(document))
    async with page.expect_response(lambda answer: "/api/import" in answer.url and answer.status == 200):
        await form.locator("input").set_input_files(file)
    assert (await bare.http.get("/api/widgets")).json()[0]["options"]["target"] == 9


async def test_a_sound_is_uploaded_played_and_taken_away_and_what_is_none_is_refused(
    bare: Served, browser: Browser, tmp_path: Path
) -> None:
    alerts = await bare.widget(await bare.creator(), "alerts")
    page = (await open_page(browser, f"{bare.base}/widgets/{alerts['id']}", **WIDE)).page
    place = page.locator("[data-assets]")
    await place.evaluate("(group) => { group.open = true; }")
    for name, body in (("evil.png", b"<svg onload=alert(1)>"), ("evil.wav", b"MZ\x90")):
        (tmp_path / name).write_bytes(body)
        await place.locator("[data-upload]").set_input_files(tmp_path / name)
        await place.locator('[data-at="upload-error"]').filter(has_text="PNG").wait_for(timeout=SOON)
    for name, body in (("ding.wav", wav()), ("face.png", png())):
        (tmp_path / name).write_bytes(body)
        await place.locator("[data-upload]").set_input_files(tmp_path / name)
        await place.get_by_text(name).wait_for(timeout=SOON)
    row = place.locator("[data-asset-list] li").filter(has_text="ding.wav")
    async with page.expect_response("**/assets/*.wav") as played:
        await row.locator("button").first.click()
    assert (await played.value).status in {200, 206}
    assert await page.locator("#assets-sound option").count() == 1
    await row.locator("button").last.click()
    await page.locator(".toast button").wait_for(timeout=SOON)
    await row.wait_for(state="detached", timeout=SOON)
    await page.locator(".toast button").first.click()
    await row.wait_for(timeout=SOON)


async def test_a_session_that_ends_while_somebody_types_loses_nothing_of_it(bare: Served, browser: Browser) -> None:
    goal = await bare.widget(await bare.creator(), "goal")
    signed = await bare.http.post("/studio/password", json={"password": PASSWORD}, headers={"Origin": bare.base})
    name, _, value = signed.headers["set-cookie"].partition(";")[0].partition("=")
    context = await browser.new_context(viewport=WIDE)
    await context.add_cookies([{"name": name, "value": value, "url": bare.base}])
    page = await context.new_page()
    seen = listen(page)
    await page.goto(f"{bare.base}/widgets/{goal['id']}")
    await bare.house.access.sign_out(None)
    await page.locator('[data-option="label"] input').fill("Typed before it ended")
    secret = page.locator("#confirm input[type=password]")
    await secret.wait_for(timeout=SOON)
    await secret.fill("wrong")
    await page.locator('#confirm [data-at="yes"]').click()
    await page.locator('#confirm [data-at="secret"] em').filter(has_text=" ").wait_for(timeout=SOON)
    await secret.fill(PASSWORD)
    async with page.expect_response(lambda answer: answer.request.method == "PATCH" and answer.status == 200):
        await page.locator('#confirm [data-at="yes"]').click()
    assert page.url.endswith(f"/widgets/{goal['id']}")
    assert await page.locator('[data-option="label"] input').input_value() == "Typed before it ended"
    rows = await bare.house.store.widgets()
    assert [row.options["label"] for row in rows] == ["Typed before it ended"]
    assert not [trouble for trouble in seen.troubles if "exception" in trouble]


async def test_two_hundred_creators_are_searched_and_paged(bare: Served, browser: Browser) -> None:
    rows = [{"id": f"c{n}", "handle": f"singer{n:03d}", "enabled": False} for n in range(200)]
    document = {"format": "overlay-export", "version": 1, "creators": rows, "widgets": []}
    assert (await bare.http.post("/api/import", json=document)).status_code == 200
    opened = await open_page(browser, f"{bare.base}/creators?sort=name", **WIDE)
    html = await opened.page.content()
    assert len(html.encode()) < 100_000
    assert "singer000" in html
    await opened.page.goto(f"{bare.base}/creators?q=singer17")
    found = await opened.page.inner_text("main")
    assert all(f"singer17{n}" in found for n in range(10))
    assert "singer180" not in found
    assert opened.troubles == []


async def test_a_rehearsal_is_picked_paused_and_sped_up_and_all_of_it_is_marked(bare: Served, browser: Browser) -> None:
    creator = await bare.creator()
    alerts, board = await bare.widget(creator, "alerts"), await bare.widget(creator)
    page = (await open_page(browser, f"{bare.base}/rehearsal", **WIDE)).page
    await page.locator('[name="what"]').select_option("scenario:everyday")
    await page.locator('[name="speed"]').select_option("10")
    await page.locator("form[data-play] button").first.click()
    pause = page.locator('[data-do="pause"]')
    await pause.wait_for(timeout=SOON)
    await pause.click()
    await page.locator('[data-do="resume"]').wait_for(timeout=SOON)
    assert (await bare.http.get(f"/api/creators/{creator}/replay")).json()["paused"] is True
    async with page.expect_response(lambda answer: answer.request.method == "PATCH"):
        await page.locator('[name="speed"]').select_option("60")
    await page.locator('[data-do="resume"]').click()
    items: list[dict] = []
    for _ in range(200):
        items = (await bare.view(alerts["key"]))["items"]
        if len(items) > 3:
            break
        await page.wait_for_timeout(100)
    assert len(items) > 3
    assert all(item["test"] for item in items)
    assert (await bare.http.get(f"/api/creators/{creator}/replay")).json()["speed"] == 60
    await page.locator('[data-do="stop"]').click()
    await page.locator('[data-at="idle"]').wait_for(timeout=SOON)
    assert (await bare.view(board["key"]))["total"] == 0


async def test_the_stage_obeys_the_buttons_of_the_page(bare: Served, browser: Browser) -> None:
    creator = await bare.creator()
    alerts = await bare.widget(creator, "alerts", options={"show_s": 20, "min_show_s": 20})
    page = (await open_page(browser, f"{bare.base}/widgets/{alerts['id']}", **WIDE)).page

    async def press(what: str) -> dict:
        button = page.locator(f'[data-order="{what}"]').first
        await button.evaluate("(one) => { const group = one.closest('details'); if (group) group.open = true; }")
        async with page.expect_response("**/stage"):
            await button.click()
        return await bare.view(alerts["key"])

    for number, who in enumerate((MIRA, TOBI, MIRA)):
        bare.hear(creator, gift(who, 5 + number, number, gift_id=7000 + number))
    first = await bare.view(alerts["key"])
    assert first["stage"] is not None
    assert first["waiting"] == 2
    assert (await press("skip"))["waiting"] <= 2
    assert (await press("pause"))["paused"] is True
    assert (await press("resume"))["paused"] is False
    assert (await press("mute"))["muted"] is True
    assert (await press("unmute"))["muted"] is False
    assert (await press("clear"))["waiting"] == 0
    assert (await press("replay")) is not None


async def test_a_webhook_is_registered_by_the_page_and_its_secret_is_shown_nowhere(
    tmp_path: Path, browser: Browser
) -> None:
    async with Simulator("everyday") as tiktool:
        bases = {"tiktool_api": tiktool.http_base, "tiktool_ws": tiktool.ws_base, "tiktool_site": tiktool.http_base}
        async with serving(tmp_path, **bases) as served:
            ours = {"Origin": served.base}
            told = await served.http.post("/studio/key", json={"key": "tk_good_key_1234"}, headers=ours)
            assert told.json()["kept"] is True
            page = (await open_page(browser, f"{served.base}/settings", **WIDE)).page
            form = page.locator('form[data-send="POST /studio/hook/register"]')
            await form.locator("input").first.fill("https://overlay.example")
            async with page.expect_navigation():  # the page shows itself anew
                async with page.expect_response("**/studio/hook/register") as answered:
                    await form.locator("button").first.click()
                assert (await answered.value).status == 200
            hook = json.loads(await served.house.store.secret("tiktool_hook") or "{}")
            assert hook["remote"]
            assert hook["secrets"]
            assert hook["secrets"][0] not in await page.content()


async def test_a_past_stream_has_its_charts_its_sheet_and_forgets_a_person(bare: Served, browser: Browser) -> None:
    creator = await bare.creator()
    board = await bare.widget(creator)
    bare.hear(creator, {"event": "roomInfo", "roomId": "7650000000000000101", "uniqueId": "luna.sings"})
    bare.hear(creator, gift(MIRA, 50, 1), gift(TOBI, 7, 2))
    assert (await bare.view(board["key"]))["total"] == 57
    (stream,) = (await bare.http.get(f"/api/creators/{creator}/streams")).json()
    opened = await open_page(browser, f"{bare.base}/streams/{stream['id']}", **WIDE)
    page = opened.page
    await page.locator("main canvas, main svg.chart, main .uplot").first.wait_for(timeout=SOON)
    assert "Mira Kay" in await page.inner_text("main")
    sheet = await bare.http.get(f"/api/streams/{stream['id']}.csv")
    assert sheet.headers["content-type"].startswith("text/csv")
    assert "Mira Kay" in sheet.text
    gone = await bare.http.post(f"/api/creators/{creator}/forget", json={"person": f"id:{MIRA['id']}"})
    assert gone.status_code == 204
    await page.reload()
    assert "Mira Kay" not in await page.content()
    assert "Mira Kay" not in (await bare.http.get(f"/api/streams/{stream['id']}.csv")).text
    assert (await bare.view(board["key"]))["total"] == 57
    assert opened.troubles == []


async def test_a_rehearsal_that_is_stopped_leaves_no_battle_on_the_air(fresh: Served) -> None:
    creator = await fresh.creator("somebody.else")
    fresh.house.hub.rooms[creator].scene.owner_id = "7000000000000000001"  # as a connection would have told
    battle, chat = await fresh.widget(creator, "battle"), await fresh.widget(creator, "chat")
    ours = {"Origin": fresh.base, "Sec-Fetch-Site": "same-origin"}
    asked = {"scenario": "battle-night", "speed": 100}
    answer = await fresh.http.post(f"/studio/creators/{creator}/scenario", json=asked, headers=ours)
    assert answer.status_code == 200, answer.text
    async with asyncio.timeout(20):
        while (seen := await fresh.view(battle["key"]))["phase"] != "active" or not seen["teams"]:
            await asyncio.sleep(0.02)
    first = seen["teams"][0]["hosts"][0]
    assert (first["id"], first["handle"]) == ("7000000000000000001", "somebody.else")
    assert (await fresh.http.delete(f"/api/creators/{creator}/replay")).status_code == 204
    assert (await fresh.view(battle["key"]))["phase"] == "idle"
    assert (await fresh.view(chat["key"]))["messages"] == []


async def test_an_empty_password_is_refused_where_there_is_none(bare: Served) -> None:
    ours = {"Origin": bare.base, "Sec-Fetch-Site": "same-origin"}
    answer = await bare.http.post("/studio/password", json={"password": ""}, headers=ours)
    assert (answer.status_code, answer.json()["field"]) == (400, "password")
    assert "empty" in answer.json()["message"]


def test_the_doctor_calls_nothing_well_about_which_nothing_could_be_asked() -> None:
    one = {"handle": "luna", "state": "offline", "bad_frames": 0}
    status = {"safe": True, "problems": [], "widgets": [], "boards": {}}
    for reason, well in (("TikTool cannot be reached: no route", False), ("not live", True), ("", True)):
        row = own_findings({**status, "creators": [{**one, "reason": reason}]})[-1]
        assert (row["check"], row["well"]) == ("@luna", well), reason


async def test_a_server_is_not_ready_before_its_first_overlays_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    async def watched(app):
        seen.append(app.house.ready)
        await first_start(app)

    monkeypatch.setattr(overlay.serve, "first_start", watched)
    async with serving(tmp_path, furnish=True) as served:
        assert (await served.http.get("/readyz")).status_code == 200
    assert seen == [False]


async def test_a_creator_who_is_taken_away_while_the_first_overlays_are_made_ends_no_server(bare: Served) -> None:
    desk = bare.house.desk
    add = desk.add_widget

    async def taken_away(given):
        await desk.delete_creator(given["creator"])
        return await add(given)

    desk.add_widget = taken_away
    await first_start(bare.app)
    assert (await bare.http.get("/api/creators")).json() == []
    assert await bare.house.store.get("opened")
