"""What every page of the studio claims: light, headed, readable by everybody, in the browser's language, with a way on."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from axe_core_python.async_playwright import Axe
from playwright.async_api import Browser

from overlay.web.studio.form import controls_of
from overlay.widgets import KINDS
from tests.browser.browsers import listen
from tests.serving import MIRA, Served, gift

WORDS = Path("templates/studio/words")
HTML = {"Accept": "text/html"}


async def places(served: Served) -> list[str]:
    """Every page there is."""
    creator = (await served.http.get("/api/creators")).json()[0]["id"]
    widgets = (await served.http.get("/api/widgets")).json()
    streams = (await served.http.get(f"/api/creators/{creator}/streams")).json()
    return [
        "/", "/creators", "/creators/new", f"/creators/{creator}", f"/creators/{creator}/streams", "/widgets/new", "/streams", "/obs",
        "/rehearsal", "/doctor", "/settings", "/nothing/here",
        *[f"/widgets/{widget['id']}" for widget in widgets],
        *[f"/streams/{stream['id']}" for stream in streams[:1]],
    ]  # fmt: skip


async def with_a_stream(served: Served) -> None:
    """A creator of whom something was heard."""
    creator = await served.creator("mira.makes")
    served.hear(creator, gift(MIRA, 50, 1), gift(MIRA, 5, 2))
    await served.house.hub.settled(lambda: None)


async def test_every_page_is_light_and_carries_the_studio_s_headers(fresh: Served) -> None:
    await with_a_stream(fresh)
    for place in await places(fresh):
        answer = await fresh.http.get(place, headers=HTML)
        assert answer.status_code == (404 if place == "/nothing/here" else 200), place
        assert len(answer.content) < 100_000, place
        policy = answer.headers["content-security-policy"]
        assert "'unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert "require-trusted-types-for 'script'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"
        assert "server" not in answer.headers
        assert not re.search(r"<script(?![^>]*\ssrc=)|\sstyle=|<style|\son\w+=", answer.text), place


@pytest.mark.parametrize("language", sorted(path.stem for path in WORDS.glob("*.json")))
async def test_every_page_is_as_light_in_every_language(fresh: Served, language: str) -> None:
    await with_a_stream(fresh)
    for place in await places(fresh):
        answer = await fresh.http.get(place, headers=HTML | {"Accept-Language": language})
        assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}"' in answer.text, place
        assert len(answer.content) < 100_000, (place, len(answer.content))


async def test_a_script_that_asks_for_what_is_not_there_gets_json(fresh: Served) -> None:
    answer = await fresh.http.get("/nothing/here", headers={"Accept": "*/*"})
    assert answer.status_code == 404
    assert answer.json()["error"] == "not_found"


@pytest.mark.parametrize(
    ("accepted", "wanted"),
    [("de-AT,de;q=0.9,en;q=0.1", "de"), ("pt-PT", "pt"), ("ar", "ar"), ("xx", "en"), ("fr;q=0,en", "en"), ("", "en")],
)
async def test_pages_speak_the_browser_s_language(fresh: Served, accepted: str, wanted: str) -> None:
    answer = await fresh.http.get("/", headers=HTML | {"Accept-Language": accepted})
    assert f'<html lang="{wanted}"' in answer.text


async def test_the_owner_s_language_is_stronger_than_the_browser_s(fresh: Served) -> None:
    ours = {"Origin": fresh.base, "Sec-Fetch-Site": "same-origin"}
    await fresh.http.patch("/studio/preferences", json={"language": "de"}, headers=ours)
    answer = await fresh.http.get("/", headers=HTML | {"Accept-Language": "en"})
    assert '<html lang="de"' in answer.text
    refused = await fresh.http.patch("/studio/preferences", json={"language": "tlh"}, headers=ours)
    assert (refused.status_code, refused.json()["field"]) == (400, "language")


def test_every_language_has_every_word_and_every_slot() -> None:
    all_words = {path.stem: json.loads(path.read_text("utf-8")) for path in WORDS.glob("*.json")}
    english = all_words["en"]
    for lang, words in all_words.items():
        assert set(words) == set(english), lang
        for key, text in words.items():
            assert set(re.findall(r"\{(\w+)\}", text)) == set(re.findall(r"\{(\w+)\}", english[key])), (lang, key)


def test_every_word_that_a_page_or_script_asks_for_is_there() -> None:
    english = json.loads((WORDS / "en.json").read_text("utf-8"))
    said = [path.read_text("utf-8") for path in Path("templates/studio").glob("*.html")]
    for text in said:
        for key in re.findall(r"""\bt\(\s*["']([\w.-]+)["']\s*[,)]""", text):
            assert key in english, key
    for path in Path("static/studio").glob("*.js"):
        for key in re.findall(r"""\bt\(\s*["']([\w.-]+)["']\s*[,)]""", path.read_text("utf-8")):
            assert f"js.{key}" in english, (path.name, key)
    for path in Path("overlay/web/studio").glob("*.py"):
        for key in re.findall(r"""\bwords\(\s*["']([\w.-]+)["']\s*[,)]""", path.read_text("utf-8")):
            assert key in english, (path.name, key)


async def test_every_option_and_choice_of_every_kind_has_words(fresh: Served) -> None:
    creator = (await fresh.http.get("/api/creators")).json()[0]["id"]
    english = json.loads((WORDS / "en.json").read_text("utf-8"))
    for kind in (await fresh.http.get("/api/kinds")).json():
        made = await fresh.widget(creator, kind["kind"])
        page = (await fresh.http.get(f"/widgets/{made['id']}", headers=HTML)).text
        assert f"kind.{kind['kind']}" in english
        for name in kind["defaults"]:
            assert {f"option.{name}", f"option.{kind['kind']}.{name}"} & set(english), (kind["kind"], name)
            assert f'data-option="{name}"' in page
            assert f'id="hint-{name}"' in page, (kind["kind"], name)
        for control in controls_of(KINDS[kind["kind"]].options, {}):
            if control.shape in {"choice", "checks", "texts", "metric", "since"}:
                for choice in control.choices:
                    assert {f"choice.{choice}", f"choice.{control.name}.{choice}"} & set(english), (
                        kind["kind"],
                        choice,
                    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_on_any_page(fresh: Served, browser: Browser, scheme: str) -> None:
    await with_a_stream(fresh)
    context = await browser.new_context(
        color_scheme=scheme, viewport={"width": 1366, "height": 900}, reduced_motion="reduce"
    )
    page = await context.new_page()
    opened = listen(page)
    for place in await places(fresh):
        opened.troubles.clear()
        await page.goto(fresh.base + place)
        if place == "/doctor":
            await opened.until("document.querySelectorAll('.finding').length > 3", 15)
        await page.evaluate(Axe().axe_script)
        found = await page.evaluate("axe.run({iframes: false, resultTypes: ['violations']})")
        told = [(one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in found["violations"]]
        assert told == [], (place, told)
        assert [trouble for trouble in opened.troubles if "404" not in trouble] == [], place


@pytest.mark.parametrize(("width", "language"), [(320, "de"), (320, "ar"), (390, "tr"), (768, "ja")])
async def test_nothing_is_wider_than_a_phone(fresh: Served, browser: Browser, width: int, language: str) -> None:
    await with_a_stream(fresh)
    context = await browser.new_context(viewport={"width": width, "height": 800}, locale=language)
    page = await context.new_page()
    for place in await places(fresh):
        await page.goto(fresh.base + place)
        if place == "/doctor":
            await page.locator("[data-findings]:not([aria-busy]) li").first.wait_for(timeout=20_000)
        wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, (place, wide)
