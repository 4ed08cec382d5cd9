"""On a phone everything fits and says what it is; on any screen tiles are whole and switches tell how they stand."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser

from overlay.core.wishes import LABELS, NAMED
from tests.browser.browsers import open_page
from tests.serving import MIRA, TOBI, Served, gift, serving
from tests.studio.test_pages import with_a_stream

HTML = {"Accept": "text/html"}
WIDE = {"width": 1366, "height": 900}
PHONE = {"width": 390, "height": 844}
SOON = 20_000
SIDEWAYS = "[...document.querySelectorAll('.scroll, main, body')].filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.className || one.tagName)"
ESCAPED = """[...document.querySelectorAll('.overlay-card .stage')].filter((stage) => {
  const box = stage.getBoundingClientRect(), frame = stage.querySelector('iframe').getBoundingClientRect();
  return frame.top < box.top - 1 || frame.bottom > box.bottom + 1 || frame.left < box.left - 1 || frame.right > box.right + 1;
}).length"""


async def with_a_tall_overlay(served: Served) -> None:
    ours = {"Origin": served.base, "Sec-Fetch-Site": "same-origin"}
    creator = (await served.http.get("/api/creators")).json()[0]["id"]
    tall, wide = await served.widget(creator, "chat"), await served.widget(creator, "goal")
    sizes = {tall["id"]: [1080, 1920], wide["id"]: [1920, 200]}
    await served.http.patch("/studio/preferences", json={"sizes": sizes}, headers=ours)


async def test_on_a_phone_no_table_scrolls_sideways_and_every_figure_has_its_name(
    fresh: Served, browser: Browser
) -> None:
    await with_a_stream(fresh)
    page = (await open_page(browser, f"{fresh.base}/creators", **PHONE)).page
    for place in ("/creators", "/streams"):
        await page.goto(fresh.base + place)
        assert await page.evaluate(SIDEWAYS) == [], place
        figures = await page.evaluate(
            "[...document.querySelectorAll('.as-cards td.number')].map((one) => one.dataset.label || '')"
        )
        assert figures, place
        assert all(figures), place


async def test_on_a_phone_the_switch_below_has_a_label_and_a_name(fresh: Served, browser: Browser) -> None:
    page = (await open_page(browser, f"{fresh.base}/", **PHONE)).page
    switch = page.get_by_role("button", name="Streamer mode")
    assert await switch.inner_text() == "Streamer"
    box = await switch.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= PHONE["width"]


async def test_where_fingers_point_copying_comes_first_and_nothing_asks_to_be_dragged(
    fresh: Served, browser: Browser
) -> None:
    context = await browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    page = await context.new_page()
    for place in ("/", "/obs"):
        await page.goto(fresh.base + place)
        copy = page.locator(":is(.row, .card-buttons, li):has(> .drag) > [data-copy]").first
        await copy.wait_for(timeout=SOON)
        assert not await page.locator(".drag").first.is_visible()
        filled = "(one) => getComputedStyle(one).backgroundColor"
        assert await copy.evaluate(filled) != "rgba(0, 0, 0, 0)", place
    await context.close()


async def test_a_tile_shows_its_overlay_whole_however_tall_or_wide_it_is(fresh: Served, browser: Browser) -> None:
    await with_a_tall_overlay(fresh)
    opened = await open_page(browser, f"{fresh.base}/", **WIDE)
    await opened.until("document.querySelectorAll('.overlay-card .stage[data-fitted]').length > 2", 20)
    assert await opened.page.evaluate(ESCAPED) == 0
    lines = await opened.page.evaluate(
        "[...document.querySelectorAll('.card-buttons > *')].map((one) => one.getBoundingClientRect().height)"
    )
    assert max(lines) < 48  # a button's words stand on one line


async def test_the_switches_of_the_stage_say_how_they_stand_also_to_who_opens_the_page_later(
    bare: Served, browser: Browser
) -> None:
    creator = await bare.creator()
    alerts = await bare.widget(creator, "alerts", options={"show_s": 20, "min_show_s": 20})
    for number, who in enumerate((MIRA, TOBI)):
        bare.hear(creator, gift(who, 5 + number, number, gift_id=7000 + number))
    page = (await open_page(browser, f"{bare.base}/widgets/{alerts['id']}", **WIDE)).page
    pause, state = page.locator('[data-order="pause"]'), page.locator("[data-stage-state]")
    await state.filter(has_text="1 waiting").wait_for(timeout=SOON)
    assert await pause.get_attribute("aria-pressed") == "false"
    assert not await page.locator('[data-order="resume"]').is_visible()
    await pause.click()
    await page.locator('[data-order="pause"][aria-pressed="true"]').wait_for(timeout=SOON)
    assert "Paused" in await state.inner_text()
    await page.reload()
    await page.locator('[data-order="pause"][aria-pressed="true"]').wait_for(timeout=SOON)
    await page.locator('[data-order="resume"]').click()
    await page.locator('[data-order="pause"][aria-pressed="false"]').wait_for(timeout=SOON)
    assert (await bare.view(alerts["key"]))["paused"] is False
    await page.locator('[data-order="mute"]').click()
    await page.locator('[data-order="mute"][aria-pressed="true"]').click()  # a second press takes it back
    await page.locator('[data-order="mute"][aria-pressed="false"]').wait_for(timeout=SOON)
    assert (await bare.view(alerts["key"]))["muted"] is False


async def test_the_documented_classes_of_the_league_are_offered_where_one_is_asked_for(bare: Served) -> None:
    creator = await bare.creator()
    numbers = [*range(100, 1600, 100), 1800, 1900, 2000]  # as TikTool lists them
    wanted = [*(LABELS[number] for number in numbers), *(name.capitalize() for name in NAMED)]
    for kind, options in (("ranking", {}), ("ranking", {"rotate": [{"board": "league"}]}), ("feed", {})):
        made = await bare.widget(creator, kind, options=options)
        page = (await bare.http.get(f"/widgets/{made['id']}", headers=HTML)).text
        assert 'list="league-classes"' in page
        offered = page[page.index('<datalist id="league-classes">') :].partition("</datalist>")[0]
        assert all(f'<option value="{one}">' in offered for one in wanted)
        assert offered.count("<option") == len(wanted)


async def test_every_button_that_starts_anew_says_what_it_does(bare: Served) -> None:
    creator = await bare.creator()
    page = (await bare.http.get(f"/creators/{creator}", headers=HTML)).text
    for what in ("leaderboard", "goals", "chat", "captions", "battle", "all"):
        assert f'data-reset="{what}" data-creator="{creator}" aria-describedby="reset-{what}"' in page
        assert f'<small id="reset-{what}">' in page
    assert "Every goal begins again at its start value." in page


@pytest.mark.parametrize("language", ["en", "de"])
async def test_what_was_put_right_is_told_until_it_was_read(tmp_path: Path, language: str) -> None:
    (tmp_path / "overlay.db").write_bytes(b"this is no database" * 500)
    async with serving(tmp_path) as served:
        headers = HTML | {"Accept-Language": language}
        told = {"en": "so it begins anew", "de": "sie beginnt neu"}[language]
        assert told in (await served.http.get("/", headers=headers)).text
        await served.http.post("/studio/notices/read", json={}, headers={"Origin": served.base})
        assert told not in (await served.http.get("/", headers=headers)).text


async def test_saving_one_form_loses_nothing_of_what_was_typed_in_another(bare: Served, browser: Browser) -> None:
    page = (await open_page(browser, f"{bare.base}/settings", **WIDE)).page
    address = page.locator('#hook [name="address"]')
    await address.fill("https://overlay.exam")
    await page.locator('#keep [name="days"]').fill("12")
    async with page.expect_navigation():  # the page shows itself anew
        await page.locator("#keep form button").click()
    await page.locator(".toast").wait_for(timeout=SOON)
    assert await address.input_value() == "https://overlay.exam"
    assert await page.locator('#keep [name="days"]').input_value() == "12"
    assert await page.evaluate("sessionStorage.getItem('typed')") is None
