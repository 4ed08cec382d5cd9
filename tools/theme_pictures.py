"""Takes a small picture of every kind in every theme, into static/theme-pictures: `python -m tools.theme_pictures`.

The editor shows themes by them. A real server draws each overlay with its sample over a calm dark ground; the picture
is cut to what is drawn. It never touches a creator's data.
"""

import argparse
import asyncio
import io
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
SIZE = (240, 150)
MARGIN = 14
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


def fitted(drawn: Image.Image) -> Image.Image:
    """What is drawn, cut out and put in the middle of the ground."""
    picture, box = ground(), drawn.getchannel("A").point(lambda alpha: 255 if alpha > 12 else 0).getbbox()
    if box is None:
        return picture.convert("RGB")
    part = drawn.crop(box)
    zoom = min((SIZE[0] - 2 * MARGIN) / part.width, (SIZE[1] - 2 * MARGIN) / part.height, 1.2)
    part = part.resize((max(1, round(part.width * zoom)), max(1, round(part.height * zoom))), Image.Resampling.LANCZOS)
    picture.alpha_composite(part, ((SIZE[0] - part.width) // 2, (SIZE[1] - part.height) // 2))
    return picture.convert("RGB")


async def shoot(browser: Browser, served: Served, theme: str, widget: dict[str, str]) -> bytes:
    """One kind in one theme."""
    kind = KINDS[widget["kind"]]
    address = f"{served.base}/w/{widget['key']}?preview=1&theme={theme}"
    opened = await open_page(browser, address, width=kind.width, height=kind.height)
    await opened.page.wait_for_timeout(SETTLE_MS)
    drawn = await opened.picture()
    await opened.page.context.close()
    made = io.BytesIO()
    fitted(drawn).save(made, "WEBP", quality=82, method=6)
    return made.getvalue()


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
                    (OUT / f"{name}-{kind}.webp").write_bytes(await shoot(browser, served, name, widget))
                print(kind)
    return len(themes)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--only", default="", help="kinds whose name holds this")
    parser.add_argument("--theme", default="", help="themes whose name holds this")
    told = parser.parse_args()
    sys.exit(0 if asyncio.run(main(told.only, told.theme)) else 1)
