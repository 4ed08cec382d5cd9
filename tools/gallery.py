"""Takes a picture of every widget in every theme over bright, dark and busy ground: `make gallery`.

It serves the overlay pages with their samples by itself, draws each at its best and strained, lays the transparent
pictures over the grounds, and makes whole scenes at 1080×1920 and 1920×1080. All goes to `.cache/gallery`, with
`index.html` to look through it; `--docs` writes the chosen few into docs/pictures, `--accept` writes what the visual
tests compare with. It never touches a creator's data.
"""

import argparse
import asyncio
import html
import json
import random
import sys
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter
from playwright.async_api import Browser

from tests.browser.browsers import listen, open_page, profile, started
from tests.browser.pagehost import Desk, served
from tests.visual import drawing
from tools.browsers import find, why_missing

ROOT = Path(__file__).resolve().parent.parent
SETTLE_MS = 1300  # entrances are over
THERE = """document.getElementById('overlay').dataset.state === 'here' && document.fonts.status === 'loaded'
  && [...document.images].every(image => image.complete || !image.getClientRects().length)"""
SIZES = {
    "alerts": (640, 360), "battle": (1000, 320), "captions": (1080, 220), "chat": (440, 640), "counter": (320, 120),
    "feed": (420, 560), "goal": (640, 140), "latest": (420, 110), "leaderboard": (480, 420), "ranking": (480, 420),
    "sellers": (480, 420),
}  # fmt: skip
GROUNDS = ("bright", "dark", "busy")
Frame = tuple[str, int, int, int, int, str]
TALL: list[Frame] = [  # TikTok's own signs cover the top eighth, and its chat the lowest third
    ("goal", 40, 236, 1000, 176, 'show=["number","percent"]'),
    ("leaderboard", 40, 412, 500, 437, ""),
    ("counter", 560, 412, 320, 120, ""),
    ("latest", 560, 540, 470, 123, ""),
    ("alerts-combo", 300, 830, 620, 330, ""),
    ("captions", 60, 1150, 960, 190, "cells=30"),
    ("chat", 40, 1360, 560, 430, "rows=6"),
]
WIDE: list[Frame] = [
    ("leaderboard", 16, 16, 440, 385, ""),
    ("battle", 480, 16, 960, 310, ""),
    ("goal", 1260, 930, 636, 140, 'show=["number","percent"]'),
    ("chat", 1466, 280, 440, 620, "rows=8"),
    ("alerts", 640, 380, 700, 420, ""),
    ("feed", 16, 560, 420, 500, "rows=6"),
    ("counter", 1466, 24, 296, 112, ""),
    ("latest", 1466, 140, 420, 110, ""),
    ("captions", 470, 850, 780, 200, ""),
]
SCENES: dict[str, tuple[tuple[int, int], list[Frame]]] = {"tall": ((1080, 1920), TALL), "wide": ((1920, 1080), WIDE)}
CHOSEN = {
    "default": "wide", "neon": "tall", "gold": "tall", "pastel": "wide", "arcade": "wide", "broadcast": "wide",
    "minimal": "tall", "contrast": "wide",
}  # fmt: skip
HEAD = """<!doctype html><meta charset="utf-8"><title>Gallery</title><style>
body{font:14px system-ui,sans-serif;margin:24px;background:#1b1d24;color:#dde}h2{margin:32px 0 8px}
figure{display:inline-block;margin:6px;vertical-align:top}img{max-width:420px;max-height:420px;border-radius:6px}
.scene img{max-width:640px;max-height:800px}figcaption{color:#aab;font-size:12px}
</style>
"""


@dataclass
class Told:
    """What the command line asked for."""

    out: Path
    only: str
    theme: str
    chromium: str
    docs: bool
    accept: bool


def ground(name: str, size: tuple[int, int]) -> Image.Image:
    """A ground to stand on: nearly white, nearly black, or as restless as a game."""
    if name != "busy":
        top, bottom = ((252, 252, 250), (221, 232, 244)) if name == "bright" else ((34, 38, 58), (6, 7, 11))
        ramp = Image.linear_gradient("L").resize(size)
        return Image.composite(Image.new("RGB", size, bottom), Image.new("RGB", size, top), ramp)
    dice = random.Random(4)
    colours = [
        (250, 240, 220),
        (30, 25, 40),
        (230, 60, 80),
        (60, 180, 120),
        (250, 200, 60),
        (70, 110, 230),
        (245, 245, 255),
    ]
    picture = Image.new("RGB", size, (90, 120, 160))
    pen = ImageDraw.Draw(picture)
    for turn in range(size[0] * size[1] // 5000):
        x, y, r = dice.randrange(size[0]), dice.randrange(size[1]), dice.randrange(8, 90)
        (pen.ellipse if turn % 3 else pen.rectangle)((x - r, y - r, x + r, y + r), fill=dice.choice(colours))
    return picture.filter(ImageFilter.GaussianBlur(2))


def room(size: tuple[int, int]) -> Image.Image:
    """Something like a camera's picture: a warm room out of focus, with lights."""
    dice = random.Random(11)
    ramp = Image.linear_gradient("L").resize(size)
    picture = Image.composite(Image.new("RGB", size, (38, 27, 52)), Image.new("RGB", size, (84, 58, 92)), ramp)
    pen = ImageDraw.Draw(picture, "RGBA")
    lights = [(255, 176, 96, 90), (255, 110, 150, 80), (110, 150, 255, 80), (255, 230, 170, 70), (120, 220, 210, 60)]
    for _ in range(46):
        x, y, r = dice.randrange(size[0]), dice.randrange(size[1]), dice.randrange(18, 130)
        pen.ellipse((x - r, y - r, x + r, y + r), fill=dice.choice(lights))
    middle, foot = size[0] // 2, size[1]
    pen.ellipse((middle - 210, foot * 0.34, middle + 210, foot * 0.34 + 500), fill=(214, 160, 130, 235))
    pen.ellipse((middle - 430, foot * 0.34 + 430, middle + 430, foot * 1.5), fill=(52, 62, 98, 245))
    return picture.filter(ImageFilter.GaussianBlur(26))


async def shoot(browser: Browser, address: str, told: Told, kind: str, theme: str) -> tuple[list[str], list[str]]:
    """One widget in one theme, at its best and strained, over every ground: the names, and what went wrong."""
    names, troubles = [], []
    width, height = SIZES[kind]
    for sample in (kind, f"{kind}-strained"):
        opened = await open_page(browser, f"{address}/w/{sample}?preview=1&theme={theme}", width=width, height=height)
        await opened.until(THERE, 15)
        await opened.page.wait_for_timeout(SETTLE_MS)
        drawn = await opened.picture()
        troubles += opened.troubles
        await opened.page.context.close()
        for name in GROUNDS:
            picture = ground(name, drawn.size).convert("RGBA")
            picture.alpha_composite(drawn)
            names.append(f"{sample}-{theme}-{name}.webp")
            picture.convert("RGB").save(told.out / names[-1], quality=86)
    return names, troubles


async def scene(browser: Browser, address: str, told: Told, theme: str, shape: str) -> tuple[str, list[str]]:
    """A whole picture of a stream, as it would leave OBS: its name, and what went wrong."""
    (width, height), frames = SCENES[shape]
    context = await profile(browser, width=width, height=height)
    opened = listen(await context.new_page())
    await opened.page.goto(f"{address}/stage.html")
    for key, x, y, w, h, query in frames:
        place = [f"/w/{key}?preview=1&theme={theme}&{query}", x, y, w, h]
        await opened.page.evaluate("place => window.place(...place)", place)
    await opened.page.wait_for_timeout(SETTLE_MS + 900)
    drawn = await opened.picture()
    await context.close()
    picture = room(drawn.size).convert("RGBA")
    picture.alpha_composite(drawn)
    name = f"scene-{shape}-{theme}.webp"
    picture.convert("RGB").save(told.out / name, quality=88)
    if told.docs and CHOSEN.get(theme) == shape:
        small = picture.convert("RGB")
        small.thumbnail((1200, 1200))
        small.save(ROOT / "docs" / "pictures" / f"{theme}.webp", quality=84)
    return name, opened.troubles


def figures(title: str, names: list[str], style: str = "") -> str:
    """A heading and its pictures."""
    shown = "".join(
        f'<figure><a href="{html.escape(name)}"><img loading="lazy" src="{html.escape(name)}"></a>'
        f"<figcaption>{html.escape(name[:-5])}</figcaption></figure>"
        for name in names
    )
    return f'<h2>{html.escape(title)}</h2><div class="{style}">{shown}</div>\n'


async def accepted(browser: Browser, told: Told) -> int:
    """Draw what the visual tests compare with, and accept it: how many pictures are other than they were."""
    desk, changed = Desk(), 0
    wanted = [(name, theme) for name, theme in drawing.ALL if told.only in name and told.theme in theme]
    async with served(desk) as address:
        source = drawing.canvas(browser)
        for name, theme in wanted:
            made = await drawing.picture(source, address, desk, name, theme)
            place = drawing.place(name, theme)
            if place.exists():
                with Image.open(place) as before:
                    if drawing.apart(before.convert("RGB"), made) == 0:
                        continue  # the same to every test: no new file for a change that nobody sees
            drawing.accept(name, theme, made)
            print(place.relative_to(ROOT))
            changed += 1
    for path in drawing.PICTURES.iterdir():
        if path.stem not in {f"{name}-{theme}" for name, theme in drawing.ALL}:
            path.unlink()
    print(f"{changed} of {len(wanted)} pictures accepted anew.")
    return 0


async def main(told: Told) -> int:
    """Every widget in every theme; how many had trouble."""
    program = find(told.chromium)
    if program is None:
        raise SystemExit(why_missing(told.chromium))
    themes = [
        path.parent.name for path in sorted((ROOT / "themes").glob("*/theme.css")) if told.theme in path.parent.name
    ]
    kinds = [kind for kind in sorted(SIZES) if told.only in kind]
    page, bad = [HEAD], 0
    if told.accept:
        async with started(program) as browser:
            return await accepted(browser, told)
    if told.docs:
        (ROOT / "docs" / "pictures").mkdir(parents=True, exist_ok=True)
    async with served(Desk()) as address, started(program) as browser:
        for theme in themes:
            if not told.only:
                made = [await scene(browser, address, told, theme, shape) for shape in SCENES]
                bad += sum(bool(troubles) for _, troubles in made)
                page.append(figures(f"{theme}: scenes", [name for name, _ in made], "scene"))
            for kind in [] if told.docs else kinds:
                names, troubles = await shoot(browser, address, told, kind, theme)
                bad += bool(troubles)
                print(kind, theme, json.dumps(troubles) if troubles else "")
                page.append(figures(f"{theme}: {kind}", names))
    (told.out / "index.html").write_text("".join(page), encoding="utf-8")
    print(told.out / "index.html")
    return bad


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--out", type=Path, default=ROOT / ".cache" / "gallery")
    parser.add_argument("--only", default="", help="kinds whose name holds this")
    parser.add_argument("--theme", default="", help="themes whose name holds this")
    parser.add_argument("--chromium", default="current", help="current, 103 or 127")
    parser.add_argument("--docs", action="store_true", help="only the scenes, and the chosen ones into docs/pictures")
    parser.add_argument("--accept", action="store_true", help="accept what is drawn now for the visual tests")
    asked = Told(**vars(parser.parse_args()))
    asked.out.mkdir(parents=True, exist_ok=True)
    sys.exit(min(1, asyncio.run(main(asked))))
