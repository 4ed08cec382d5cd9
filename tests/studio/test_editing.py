"""What a creator does in the studio, in a real browser: begin, edit, drag, test, undo. What they change is on air at once."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from playwright.async_api import Browser

from tests.browser.browsers import listen, open_page
from tests.serving import Served


async def the(served: Served, kind: str) -> dict:
    return next(one for one in (await served.http.get("/api/widgets")).json() if one["kind"] == kind)


async def options(served: Served, widget: str) -> dict:
    return (await served.http.get(f"/api/widgets/{widget}")).json()["options"]


async def test_on_the_very_first_page_an_overlay_moves_before_anything_is_asked(
    fresh: Served, browser: Browser
) -> None:
    opened = await open_page(browser, f"{fresh.base}/", width=1366, height=900)
    frame = opened.page.frame_locator(".guide-picture iframe")
    await frame.locator(".leaderboard-row, .goal-bar").first.wait_for(timeout=15_000)
    before = await frame.locator("#overlay").inner_text()
    for _ in range(300):
        if await frame.locator("#overlay").inner_text() != before:
            break
        await opened.page.wait_for_timeout(100)
    assert await frame.locator("#overlay").inner_text() != before
    assert await opened.page.locator("[data-person] .light").first.get_attribute("data-state") == "live"
    assert opened.troubles == []


async def test_a_preview_in_the_studio_is_no_overlay_on_air(fresh: Served, browser: Browser) -> None:
    context = await browser.new_context(viewport={"width": 1366, "height": 900})
    page = await context.new_page()
    async with page.expect_response("**/stream?**"):
        await page.goto(f"{fresh.base}/")
    status = (await fresh.http.get("/api/status")).json()
    assert status["totals"]["streams"] >= 1
    assert all(widget["streams"] == [] for widget in status["widgets"])


async def test_an_edit_is_seen_in_another_page_within_a_second(fresh: Served, browser: Browser) -> None:
    goal = await the(fresh, "goal")
    air = await open_page(browser, f"{fresh.base}/w/{goal['key']}", width=goal["width"], height=goal["height"])
    await air.until("document.querySelector('.goal-bar') !== null")
    editor = await open_page(browser, f"{fresh.base}/widgets/{goal['id']}", width=1366, height=900)
    await editor.page.locator('[data-option="label"] input').fill("New microphone")
    await air.until("document.body.innerText.includes('New microphone')", 1)
    await editor.page.locator('[data-option="colors"] #colour-accent').fill("#ff0000")
    await air.until("document.documentElement.style.getPropertyValue('--accent') === '#ff0000'", 1)
    await editor.page.locator('[data-theme-choice][value="neon"]').check(force=True)
    await air.until("document.documentElement.dataset.theme === 'neon'", 2)
    assert air.troubles == []
    assert editor.troubles == []


async def test_a_colour_that_is_not_set_shows_the_theme_s_own_and_says_so(fresh: Served, browser: Browser) -> None:
    board = await the(fresh, "leaderboard")
    opened = await open_page(browser, f"{fresh.base}/widgets/{board['id']}", width=1366, height=900)
    page = opened.page
    colours = page.locator('[data-option="colors"]')
    accent, back = colours.locator("#colour-accent"), colours.locator(".colour", has=page.locator("#colour-accent"))
    note, reset = back.locator("small"), back.locator("[data-unset]")

    async def shown(key: str, colour: str) -> None:
        await opened.until(f"document.getElementById('colour-{key}').value === '{colour}'", 15)

    await shown("accent", "#6d8bff")
    await shown("plate", "#1e212e")  # the first colour of the theme's gradient, which the field itself shows whole
    field = "getComputedStyle(document.getElementById('colour-plate')).getPropertyValue('--theme-colour')"
    assert "linear-gradient" in await page.evaluate(field)
    assert (await note.inner_text(), await reset.is_hidden()) == ("Theme's colour", True)

    await page.locator('[data-theme-choice][value="arcade"]').check(force=True)
    await shown("accent", "#ffd829")
    await shown("accent-2", "#ff4d8d")

    await accent.fill("#00ff00")
    await reset.wait_for()
    assert await note.is_hidden()
    await shown("accent-2", "#00ff00")  # a second accent follows the first, and is then not the theme's
    assert await colours.locator("#colour-accent-2 + label small").is_hidden()
    await opened.until("document.querySelector('[data-saved]').dataset.state === 'saved'")
    await page.locator('[data-theme-choice][value="contrast"]').check(force=True)
    await shown("plate", "#000000")
    assert await accent.input_value() == "#00ff00"
    assert (await options(fresh, board["id"]))["colors"] == {"accent": "#00ff00"}

    await reset.click()
    await shown("accent", "#ffe100")
    assert (await note.inner_text(), await reset.is_hidden()) == ("Theme's colour", True)
    await page.locator('[data-theme-choice][value="minimal"]').check(force=True)
    await opened.until(f"{field}.includes('currentcolor')")  # a theme without plates has no colour to show
    assert (await options(fresh, board["id"]))["colors"] == {}
    assert opened.troubles == []


async def test_undo_takes_back_and_redo_brings_again(fresh: Served, browser: Browser) -> None:
    board = await the(fresh, "leaderboard")
    opened = await open_page(browser, f"{fresh.base}/widgets/{board['id']}", width=1366, height=900)
    page = opened.page
    rows = page.locator('[data-option="rows"] input')
    await rows.fill("9")
    await opened.until("document.querySelector('[data-undo]').disabled === false")
    assert (await options(fresh, board["id"]))["rows"] == 9
    async with page.expect_response(lambda answer: answer.request.method == "PATCH"):
        await page.click("[data-undo]")
    assert await rows.input_value() == "5"
    assert (await options(fresh, board["id"]))["rows"] == 5
    async with page.expect_response(lambda answer: answer.request.method == "PATCH"):
        await page.click("[data-redo]")
    assert (await options(fresh, board["id"]))["rows"] == 9


async def test_what_is_refused_stays_in_its_field_with_the_reason_beside_it(fresh: Served, browser: Browser) -> None:
    board = await the(fresh, "leaderboard")
    page = (await open_page(browser, f"{fresh.base}/widgets/{board['id']}", width=1366, height=900)).page
    await page.locator('[data-option="rows"] input').fill("99")
    error = page.locator('[data-option="rows"] .error')
    await error.filter(has_text="20").wait_for()
    assert await page.locator('[data-option="rows"] input').input_value() == "99"
    assert (await options(fresh, board["id"]))["rows"] == 5


async def test_undo_after_a_refused_value_takes_only_that_value_out(fresh: Served, browser: Browser) -> None:
    board = await the(fresh, "leaderboard")
    page = (await open_page(browser, f"{fresh.base}/widgets/{board['id']}", width=1366, height=900)).page
    async with page.expect_response(lambda answer: answer.request.method == "PATCH"):
        await page.locator('[data-theme-choice][value="neon"]').check(force=True)
    async with page.expect_response(lambda answer: answer.request.method == "PATCH"):
        await page.locator('[data-option="rows"] input').fill("99")
    await page.locator('[data-option="rows"] .error').filter(has_text="20").wait_for()
    await page.click("[data-undo]")
    assert await page.locator('[data-option="rows"] input').input_value() == "5"
    await page.wait_for_timeout(700)  # what was taken back is not sent once more by leaving its field
    assert await page.locator('[data-option="rows"] .error').inner_text() == ""
    now = (await fresh.http.get(f"/api/widgets/{board['id']}")).json()
    assert (now["theme"], now["options"]["rows"]) == ("neon", 5)
    assert await page.locator('[data-theme-choice][value="neon"]').is_checked()


async def test_the_sample_beside_the_form_obeys_an_option_at_once(fresh: Served, browser: Browser) -> None:
    board = await the(fresh, "leaderboard")
    opened = await open_page(browser, f"{fresh.base}/widgets/{board['id']}", width=1366, height=900)
    rows = opened.page.frame_locator(".editor iframe").first.locator(".leaderboard-row:not([data-leaving])")
    await rows.nth(4).wait_for(timeout=15_000)
    await opened.page.locator('[data-option="rows"] input').fill("2")
    await rows.nth(2).wait_for(state="detached", timeout=15_000)
    assert await rows.count() == 2
    assert opened.troubles == []


async def test_a_test_of_what_is_counted_moves_the_preview_and_says_why_nothing_else(
    fresh: Served, browser: Browser
) -> None:
    board = await fresh.widget(await fresh.creator("quiet.one"), "leaderboard")
    page = (await open_page(browser, f"{fresh.base}/widgets/{board['id']}", width=1366, height=900)).page
    await page.locator('[data-tests] [name="name"]').fill("Zoë Test")
    await page.locator('[data-tests] [name="diamonds"]').fill("100000")
    await page.click("[data-tests] button")
    await page.frame_locator(".editor iframe").first.get_by_text("Zoë Test").first.wait_for(timeout=15_000)
    await page.locator("[data-test-told]").filter(has_text="counts nowhere").wait_for()
    assert (await fresh.view(board["key"]))["entries"] == []


async def test_two_tabs_that_edit_do_not_undo_each_other(fresh: Served, browser: Browser) -> None:
    board = await the(fresh, "leaderboard")
    context = await browser.new_context(viewport={"width": 1366, "height": 900})
    one, other = await context.new_page(), await context.new_page()
    seen = listen(other)
    for page in (one, other):
        await page.goto(f"{fresh.base}/widgets/{board['id']}")
    await one.bring_to_front()
    async with one.expect_response(lambda answer: answer.request.method == "PATCH"):
        await one.locator('[data-option="rows"] input').fill("8")
    await other.bring_to_front()
    async with other.expect_response(lambda answer: answer.request.method == "PATCH"):
        await other.locator('[data-option="crowns"] input').uncheck()
    await seen.until("document.querySelector('[data-option=\"rows\"] input').value === '8'", 6)
    kept = await options(fresh, board["id"])
    assert (kept["rows"], kept["crowns"]) == (8, False)


async def test_what_is_dragged_is_a_finished_browser_source(fresh: Served, browser: Browser) -> None:
    goal = await the(fresh, "goal")
    await fresh.http.patch(f"/api/widgets/{goal['id']}", json={"name": "Mic & more/50%"})
    page = (await open_page(browser, f"{fresh.base}/widgets/{goal['id']}", width=1366, height=900)).page
    await page.evaluate("""() => document.addEventListener("dragstart", (event) => setTimeout(() => {}, 0) && (window.dragged = {
        list: event.dataTransfer.getData("text/uri-list"), text: event.dataTransfer.getData("text/plain") }))""")
    link = page.locator("a[data-drag]").first
    box = await link.bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + 20, box["y"] + 15)
    await page.mouse.down()
    await page.mouse.move(box["x"] + 120, box["y"] + 90, steps=6)
    dragged = await page.evaluate("window.dragged")
    await page.mouse.up()
    assert dragged["list"] == dragged["text"]
    url = urlsplit(dragged["list"])
    assert f"{url.scheme}://{url.netloc}{url.path}" == f"{fresh.base}/w/{goal['key']}"
    told = parse_qs(url.query)
    assert told == {
        "layer-name": ["Mic & more/50%"],
        "layer-width": [str(goal["width"])],
        "layer-height": [str(goal["height"])],
    }
    air = await open_page(browser, dragged["list"], width=goal["width"], height=goal["height"])
    assert [note for note in air.notes if "ignored" in note] == []
    assert air.troubles == []


async def test_in_streamer_mode_no_address_stands_on_the_page(fresh: Served, browser: Browser) -> None:
    await fresh.http.patch("/studio/preferences", json={"streamer_mode": True}, headers={"Origin": fresh.base})
    page = (await open_page(browser, f"{fresh.base}/", width=1366, height=900)).page
    keys = [one["key"] for one in (await fresh.http.get("/api/widgets")).json()]
    text = await page.inner_text("body")
    assert not [key for key in keys if key in text]
    assert await page.locator("a[href*='/w/']").count() == 0
    assert await page.locator("a[data-drag]").count() >= 4


async def test_a_test_gift_is_seen_in_the_preview_and_counted_nowhere(fresh: Served, browser: Browser) -> None:
    creator = await fresh.creator("quiet.one")
    alerts = await fresh.widget(creator, "alerts")
    goal = await fresh.widget(creator, "goal")
    opened = await open_page(browser, f"{fresh.base}/widgets/{alerts['id']}", width=1366, height=900)
    page = opened.page
    await page.locator('[data-tests] [name="name"]').fill("Zoë Test")
    await page.locator('[data-tests] [name="diamonds"]').fill("77")
    await page.click("[data-tests] button")
    await page.frame_locator(".editor iframe").get_by_text("Zoë Test").first.wait_for(timeout=8000)
    assert (await fresh.view(goal["key"]))["value"] == 0
    assert opened.troubles == []


async def test_a_deleted_overlay_comes_back_under_its_address(fresh: Served, browser: Browser) -> None:
    board = await the(fresh, "leaderboard")
    page = (await open_page(browser, f"{fresh.base}/widgets/{board['id']}", width=1366, height=900)).page
    await page.click("details.menu > summary")
    await page.click("[data-delete]")
    undo = page.locator(".toast button")
    await undo.wait_for()
    assert (await fresh.http.get(f"/w/{board['key']}")).status_code == 404
    async with page.expect_response("**/restore"):
        await undo.click()
    assert (await fresh.http.get(f"/w/{board['key']}")).status_code == 200


async def test_an_overlay_is_added_and_edited_by_keyboard_alone(fresh: Served, browser: Browser) -> None:
    page = (await open_page(browser, f"{fresh.base}/widgets/new", width=1366, height=900)).page
    for _ in range(40):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement?.dataset?.make === 'counter'"):
            break
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/widgets/w*")
    for _ in range(80):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement?.id === 'option-label'"):
            break
    async with page.expect_response(lambda answer: answer.request.method == "PATCH"):
        await page.keyboard.type("Here now")
    made = await the(fresh, "counter")
    assert made["options"]["label"].startswith("H")
    ring = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert ring != "none"


async def test_the_last_versions_can_be_brought_back(fresh: Served) -> None:
    board = await the(fresh, "leaderboard")
    ours = {"Origin": fresh.base}
    for rows in (6, 7, 8):
        await fresh.http.patch(f"/api/widgets/{board['id']}", json={"options": {"rows": rows}})
    versions = (await fresh.http.get(f"/studio/widgets/{board['id']}/versions")).json()
    assert [version["options"]["rows"] for version in versions] == [7, 6, 5]
    back = await fresh.http.post(
        f"/studio/widgets/{board['id']}/versions/{versions[1]['version']}", json={}, headers=ours
    )
    assert back.json()["options"]["rows"] == 6
    assert back.json()["key"] == board["key"]
    copy = (await fresh.http.post(f"/studio/widgets/{board['id']}/duplicate", json={}, headers=ours)).json()
    assert copy["options"] == back.json()["options"]
    assert copy["key"] != board["key"]
    plain = (await fresh.http.post(f"/studio/widgets/{board['id']}/defaults", json={}, headers=ours)).json()
    assert plain["options"]["rows"] == 5


async def test_thousands_are_read_as_people_write_them_and_what_is_no_number_is_said(
    fresh: Served, browser: Browser
) -> None:
    goal = await the(fresh, "goal")
    opened = await open_page(browser, f"{fresh.base}/widgets/{goal['id']}", width=1366, height=900)
    option = opened.page.locator('[data-option="tiers"]')
    steps = option.locator("input")
    for text, wanted in (
        ("10.000, 20.000", [10_000, 20_000]),
        ("30,000, 40,000", [30_000, 40_000]),
        ("100,200,300", [100, 200, 300]),
        ("1’000; 2’000", [1_000, 2_000]),
    ):
        async with opened.page.expect_response(lambda answer: answer.request.method == "PATCH"):
            await steps.fill(text)
        assert (await options(fresh, goal["id"]))["tiers"] == wanted, text
    await steps.fill("10000, 50k")
    await steps.blur()
    await option.locator(".error").filter(has_text="must be a whole number").wait_for()
    assert (await options(fresh, goal["id"]))["tiers"] == [1_000, 2_000]


async def test_a_new_overlay_is_for_a_real_creator_first_and_for_the_one_that_was_asked_for(fresh: Served) -> None:
    luna = (await fresh.http.get("/api/creators")).json()[0]["id"]
    own = (await fresh.http.post("/api/creators", json={"handle": "mine"})).json()["id"]
    for address, wanted in (("/widgets/new", own), (f"/widgets/new?creator={luna}", luna)):
        page = (await fresh.http.get(address, headers={"Accept": "text/html"})).text
        assert f'<option value="{wanted}" selected>' in page, address
