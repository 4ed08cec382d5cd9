"""Draws one widget in one theme the same way everywhere, and says how far two drawings are apart.

Only letters of the fonts that travel with the project are drawn: a computer with other fonts draws the same picture. Two
pictures are compared block by block, by light and by structure, so that another smoothing of edges is no difference and
a row that moved is one. It accepts nothing; `make gallery ARGS=--accept` does.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image, ImageFilter, ImageMath
from playwright.async_api import Browser

from overlay.widgets import KINDS
from tests.browser.browsers import Opened, Source
from tests.browser.pagehost import Desk, sample

ROOT = Path(__file__).resolve().parents[2]
PICTURES = Path(__file__).resolve().parent / "pictures"
THEMES = sorted(path.parent.name for path in (ROOT / "themes").glob("*/theme.css"))
SAMPLES = [name for kind in KINDS for name in (kind, f"{kind}-strained")]
ALL = [(name, theme) for theme in THEMES for name in SAMPLES]

GROUND = (118, 118, 118)
HALF = 2
BLOCK = 4  # of the halved picture: eight pixels of the page
LIGHT = 26
"""How much lighter or darker (of 255) a block may be: another smoothing of letters changes less."""
STRUCTURE = 30
"""How much rougher or smoother: a text that is gone or one that was not there changes more."""
SHARE = 0.045
"""How many of the blocks on which anything is drawn may differ by more than that: older Chromiums stay below 0.032."""
ROWS_SHARE = 0.17
"""Captions break by measured width: letters a hair wider put one word into the next row."""
OURS = re.compile("[\u0020-\u024f\u0370-\u052f\u1e00-\u1eff\u2010-\u2027\u2030-\u203a\u2190-\u2193\u2212]")
FREEZE = "performance.now = () => 1000"
RESTS = """document.getElementById('overlay').dataset.state !== 'empty' && document.fonts.status === 'loaded'
  && !document.getAnimations().length
  && [...document.images].every(image => image.complete || !image.getClientRects().length)"""


def chosen() -> list[tuple[str, str]]:
    """The few that every run compares: each kind at its best and strained, each theme with several kinds."""
    picked = [(kind, "default") for kind in KINDS]
    for turn, kind in enumerate(KINDS):
        picked.append((f"{kind}-strained", THEMES[turn % len(THEMES)]))
        picked.append((kind, THEMES[(turn * 3 + 1) % len(THEMES)]))
    return sorted(set(picked))


def spelt(view: Any, name: str = "") -> Any:
    """The view with all that our own fonts do not hold spelt in letters that they do, so that its length stays."""
    if isinstance(view, dict):
        return {key: spelt(value, key) for key, value in view.items()}
    if isinstance(view, list):
        return [spelt(value, name) for value in view]
    return "".join(map(letter, view)) if isinstance(view, str) and name not in {"id", "avatar", "image"} else view


def letter(sign: str) -> str:
    """A sign, or the letter that stands for it."""
    if OURS.match(sign):
        return sign
    kind = unicodedata.category(sign)
    if kind[0] in "MC":
        return ""
    return "W" if unicodedata.east_asian_width(sign) in "WF" else "n"


def canvas(browser: Browser) -> Source:
    """A source in which the clock stands still."""
    return Source(browser, FREEZE)


async def draw(source: Source, address: str, desk: Desk, name: str, theme: str, css: str = "") -> Opened:
    """Show the overlay with its sample view at its default size, at rest."""
    kind = KINDS[name.partition("-")[0]]
    key = f"{name}-{theme}"
    desk.put(key, kind.name, spelt(sample(name)), theme, motion="none", language="en", css=css)
    opened = await source.show(f"{address}/w/{key}?preview=1", width=kind.width, height=kind.height)
    await opened.until(RESTS, 15)
    await opened.page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return opened


async def picture(source: Source, address: str, desk: Desk, name: str, theme: str, css: str = "") -> Image.Image:
    """The overlay over grey, at half its size: what is kept and compared."""
    opened = await draw(source, address, desk, name, theme, css)
    drawn = await opened.picture()
    assert opened.troubles == [], opened.troubles
    whole = Image.new("RGBA", drawn.size, (*GROUND, 255))
    whole.alpha_composite(drawn)
    return whole.convert("RGB").reduce(HALF)


def place(name: str, theme: str) -> Path:
    """Where the accepted picture is kept."""
    return PICTURES / f"{name}-{theme}.webp"


def accept(name: str, theme: str, made: Image.Image) -> None:
    """Keep it as what is right from now on."""
    PICTURES.mkdir(exist_ok=True)
    made.save(place(name, theme), quality=72, method=6)


def apart(one: Image.Image, other: Image.Image) -> float:
    """The share of drawn blocks in which two pictures differ in light or structure; 1 for two sizes."""
    if one.size != other.size:
        return 1.0
    drawn, bad = 0, 0
    for (light, rough), (light_, rough_) in zip(blocks(one), blocks(other), strict=True):
        if is_drawn(light, rough) or is_drawn(light_, rough_):
            drawn += 1
            bad += abs(light - light_) > LIGHT or abs(rough - rough_) > STRUCTURE
    return bad / drawn if drawn else 0.0


def most_apart(name: str) -> float:
    """How far two drawings of this sample may be apart."""
    return ROWS_SHARE if name.startswith("captions") else SHARE


def is_drawn(light: float, rough: float) -> bool:
    """Whether anything stands in a block."""
    return abs(light - GROUND[0]) > 4 or rough > 3


def blocks(made: Image.Image) -> Iterator[tuple[float, float]]:
    """Light and roughness (mean and deviation) of each block; a slight blur first takes away what is only smoothing."""
    grey = made.convert("L").filter(ImageFilter.GaussianBlur(0.8)).convert("F")
    squares = ImageMath.lambda_eval(lambda all_: all_["grey"] * all_["grey"], grey=grey)
    for mean, square in zip(averages(grey), averages(squares), strict=True):
        yield mean, max(0.0, square - mean * mean) ** 0.5


def averages(image: Image.Image) -> array[float]:
    """The mean of each block of an image of numbers."""
    return array("f", image.reduce(BLOCK).tobytes())
