"""Takes a small picture of every kind in every theme, into static/theme-pictures: `python -m tools.theme_pictures`.

The editor shows themes by them. A real server draws each overlay with its sample over a calm dark ground; the picture
is cut to what is drawn. The default theme's are also put on no ground at all, into static/studio/kinds: by these the
studio offers the kinds. It never touches a creator's data.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser

from overlay.widgets import KINDS
from tests.browser.browsers import open_page, started
from tests.serving import Served, serving
from tools.browsers import find, why_missing

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "static" / "theme-pictures"
KINDS_OUT = ROOT / "static" / "studio" / "kinds"
KINDS_THEME = "default"
SIZE = (240, 150)
KINDS_SIZE = (320, 200)
MARGIN = 14
KINDS_MARGIN = 10
SETTLE_MS = 1100
"""Entrances are over."""
GROUND = ((61, 71, 119), (22, 25, 45))
BIG_ROWS = {
    "leaderboard": {"rows": 3},
    "chat": {"rows": 4},
    "feed": {"rows": 4},
    "ranking": {"rows": 3},
    "sellers": {"rows": 3},
}
"""Fewer rows are drawn larger: the theme is to be seen, not the list."""


def ground() -> Image.Image:
    """A calm ground, as the editor's cards have it."""
    ramp = Image.linear_gradient("L").resize(SIZE)
    return Image.composite(Image.new("RGB", SIZE, GROUND[1]), Image.new("RGB", SIZE, GROUND[0]), ramp).convert("RGBA")


def fitted(drawn: Image.Image, picture: Image.Image, margin: int) -> Image.Image:
    """What is drawn, cut out and put in the middle of a ground."""
    box = drawn.getchannel("A").point(lambda alpha: 255 if alpha > 12 else 0).getbbox()
    if box is None:
        return picture
    part, (width, height) = drawn.crop(box), picture.size
    zoom = min((width - 2 * margin) / part.width, (height - 2 * margin) / part.height, 1.2)
    part = part.resize((max(1, round(part.width * zoom)), max(1, round(part.height * zoom))), Image.Resampling.LANCZOS)
    picture.alpha_composite(part, ((width - part.width) // 2, (height - part.height) // 2))
    return picture


async def shoot(browser: Browser, served: Served, theme: str, widget: dict[str, str]) -> Image.Image:
    """One kind in one theme, on nothing."""
    kind = KINDS[widget["kind"]]
    address = f"{served.base}/w/{widget['key']}?preview=1&theme={theme}"
    opened = await open_page(browser, address, width=kind.width, height=kind.height)
    await opened.page.wait_for_timeout(SETTLE_MS)
    drawn = await opened.picture()
    await opened.page.context.close()
    return drawn


def keep(drawn: Image.Image, theme: str, kind: str) -> None:
    """Write the pictures of one kind in one theme."""
    fitted(drawn, ground(), MARGIN).convert("RGB").save(OUT / f"{theme}-{kind}.webp", quality=82, method=6)
    if theme == KINDS_THEME:
        bare = fitted(drawn, Image.new("RGBA", KINDS_SIZE, (0, 0, 0, 0)), KINDS_MARGIN)
        bare.save(KINDS_OUT / f"{kind}.webp", quality=82, method=6)


async def main(only: str, theme: str) -> int:
    """Every picture; how many were made."""
    program = find("current")
    if program is None:
        raise SystemExit(why_missing("current"))
    themes = [path.parent.name for path in sorted((ROOT / "themes").glob("*/theme.css")) if theme in path.parent.name]
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        async with serving(Path(folder)) as served, started(program) as browser:
            creator = await served.creator()
            for kind in [name for name in KINDS if only in name]:
                widget = await served.widget(creator, kind, options={"motion": "none", **BIG_ROWS.get(kind, {})})
                for name in themes:
                    keep(await shoot(browser, served, name, widget), name, kind)
                print(kind)
    return len(themes)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--only", default="", help="kinds whose name holds this")
    parser.add_argument("--theme", default="", help="themes whose name holds this")
    told = parser.parse_args()
    sys.exit(0 if asyncio.run(main(told.only, told.theme)) else 1)
