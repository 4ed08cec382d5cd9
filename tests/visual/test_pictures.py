"""Every widget looks as it was accepted: a layout that broke is seen, in every generation of Chromium.

`make gallery ARGS=--accept` accepts what is drawn now. What differs is put into .cache/visual, beside what was accepted.
"""

from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import Browser

from tests.browser.pagehost import Desk, served
from tests.visual.drawing import (
    ALL,
    PICTURES,
    ROOT,
    SAMPLES,
    THEMES,
    apart,
    canvas,
    chosen,
    most_apart,
    picture,
    place,
    spelt,
)

SEEN = ROOT / ".cache" / "visual"
BROKEN = [
    ("leaderboard", ".leaderboard-row { display: block }"),
    ("leaderboard", ".leaderboard-avatar { display: none }"),
    ("leaderboard", ".plate { background: none; box-shadow: none }"),
    ("leaderboard", ".leaderboard-row { margin-top: 9px }"),
    ("goal", ".goal-bar { height: 4px }"),
    ("goal", ".goal-label { display: none }"),
    ("goal", ".goal-fill { transform: none }"),
    ("chat", ".chat-row { flex-direction: row-reverse }"),
    ("chat", ".chat-bubble { padding: 0 }"),
    ("battle", ".battle-side { flex-direction: column }"),
    ("battle", ".battle-bar { display: none }"),
    ("alerts", ".alerts-art { display: none }"),
    ("alerts", ".alerts-name { font-size: 1rem }"),
    ("captions", ".captions-box { background: none }"),
    ("captions", ".captions-row { font-size: .7em }"),
    ("feed", ".feed-row { min-height: 0; padding: 0 }"),
    ("latest", ".latest-face { display: none }"),
    ("counter", ".counter-value { font-size: 1rem }"),
    ("ranking", ".ranking-row { display: block }"),
    ("sellers", ".sellers-row { display: block }"),
]


async def unlike(browser: Browser, wanted: list[tuple[str, str]]) -> list[str]:
    """Which of these look otherwise than accepted, and by how much."""
    desk, found = Desk(), []
    async with served(desk) as address:
        source = canvas(browser)
        for name, theme in wanted:
            made = await picture(source, address, desk, name, theme)
            with Image.open(place(name, theme)) as accepted:
                far = apart(accepted.convert("RGB"), made)
            if far > most_apart(name):
                found.append(f"{name} in {theme}: {far:.3f} of it")
                keep(name, theme, made)
    return found


def keep(name: str, theme: str, made: Image.Image) -> None:
    """The accepted picture above, what was drawn below, for a person to look at."""
    SEEN.mkdir(parents=True, exist_ok=True)
    with Image.open(place(name, theme)) as accepted:
        both = Image.new("RGB", (max(accepted.width, made.width), accepted.height + made.height + 8), "red")
        both.paste(accepted.convert("RGB"), (0, 0))
        both.paste(made, (0, accepted.height + 8))
    both.save(SEEN / f"{name}-{theme}.png")


async def test_every_widget_looks_as_it_was_accepted(browser: Browser):
    assert await unlike(browser, chosen()) == []


@pytest.mark.soak
async def test_every_widget_looks_as_it_was_accepted_in_every_theme_and_chromium(each_chromium: Browser):
    assert await unlike(each_chromium, ALL) == []


@pytest.mark.every_generation
async def test_an_older_chromium_draws_each_kind_as_the_current_one_does(each_chromium: Browser):
    assert await unlike(each_chromium, [(name, theme) for name, theme in chosen() if theme == THEMES[3]]) == []


async def test_a_layout_that_breaks_is_seen(browser: Browser):
    desk, unseen = Desk(), []
    async with served(desk) as address:
        source = canvas(browser)
        for name, css in BROKEN:
            made = await picture(source, address, desk, name, "default", css)
            with Image.open(place(name, "default")) as accepted:
                far = apart(accepted.convert("RGB"), made)
            if far <= most_apart(name):
                unseen.append(f"{name}: {css}: {far:.3f}")
    assert unseen == []


def test_another_smoothing_is_no_difference_and_a_moved_row_is_one():
    with Image.open(place("leaderboard", "default")) as accepted:
        whole = accepted.convert("RGB")
    softer = whole.resize((whole.width * 3 // 4, whole.height * 3 // 4)).resize(whole.size)
    assert apart(whole, whole) == 0
    assert apart(whole, softer) <= most_apart("leaderboard")
    moved = Image.new("RGB", whole.size, whole.getpixel((0, 0)))
    moved.paste(whole, (0, 6))
    assert apart(whole, moved) > most_apart("leaderboard")
    assert apart(whole, whole.crop((0, 0, whole.width - 1, whole.height))) == 1


def test_only_letters_of_our_own_fonts_are_drawn():
    view = {"id": "日", "name": "Kenji 健二 ✨", "text": "ก้า مرحبا Ünï Жу Ω → 1"}
    assert spelt(view) == {"id": "日", "name": "Kenji WW W", "text": "nn nnnnn Ünï Жу Ω → 1"}


def test_exactly_what_can_be_drawn_has_an_accepted_picture():
    assert {path.name for path in PICTURES.iterdir()} == {place(name, theme).name for name, theme in ALL}
    assert {theme for _, theme in chosen()} == set(THEMES)
    assert {name for name, _ in chosen()} == set(SAMPLES)
    assert sum(Path(path).stat().st_size for path in PICTURES.iterdir()) < 2_000_000
