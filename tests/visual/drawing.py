"""Draws one widget in one theme the same way everywhere, and says how far two drawings are apart.

Only letters of the fonts that travel with the project are drawn: a computer with other fonts draws the same picture. Two
pictures are compared block by block, by light and by structure, so that another smoothing of edges is no difference and
a row that moved is one. It accepts nothing; `make gallery ARGS=--accept` does.
"""

import re
import unicodedata
from pathlib import Path
from typing import Any

from PIL import Image, ImageFilter, ImageStat
from playwright.async_api import BrowserContext

from overlay.widgets import KINDS
from tests.browser.browsers import Opened, listen
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


async def draw(context: BrowserContext, address: str, desk: Desk, name: str, theme: str, css: str = "") -> Opened:
    """Open the overlay with its sample view at its default size, at rest, and with the clock stopped."""
    kind = KINDS[name.partition("-")[0]]
    key = f"{name}-{theme}"
    desk.put(key, kind.name, spelt(sample(name)), theme, motion="none", language="en", css=css)
    page = await context.new_page()
    opened = listen(page)
    await page.add_init_script(FREEZE)
    await page.set_viewport_size({"width": kind.width, "height": kind.height})
    await page.goto(f"{address}/w/{key}?preview=1", wait_until="load")
    await opened.until(RESTS, 15)
    await page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return opened


async def picture(
    context: BrowserContext, address: str, desk: Desk, name: str, theme: str, css: str = ""
) -> Image.Image:
    """The overlay over grey, at half its size: what is kept and compared."""
    opened = await draw(context, address, desk, name, theme, css)
    drawn = await opened.picture()
    await opened.page.close()
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


def blocks(made: Image.Image) -> list[tuple[float, float]]:
    """Light and roughness of each block; a slight blur first takes away what is only smoothing."""
    grey = made.convert("L").filter(ImageFilter.GaussianBlur(0.8))
    found = []
    for y in range(0, grey.height, BLOCK):
        for x in range(0, grey.width, BLOCK):
            about = ImageStat.Stat(grey.crop((x, y, min(x + BLOCK, grey.width), min(y + BLOCK, grey.height))))
            found.append((about.mean[0], about.stddev[0]))
    return found
