"""Small generated pictures, so that demos look alive: a face for a person, a shape for a gift. Nothing is fetched."""

from __future__ import annotations

import colorsys
import io
from functools import lru_cache

from PIL import Image, ImageDraw

from overlay.simulator.dice import digest

SIZE = 128


def _colour(seed: bytes, at: int) -> tuple[int, int, int]:
    """Take a friendly, full colour from the seed."""
    lightness = 0.42 + seed[at + 1] / 255 * 0.26
    red, green, blue = colorsys.hls_to_rgb(seed[at] / 255, lightness, 0.55 + seed[at + 2] / 255 * 0.35)
    return int(red * 255), int(green * 255), int(blue * 255)


def _face(draw: ImageDraw.ImageDraw, seed: bytes) -> None:
    """Draw a face: skin, hair, eyes, a mouth."""
    tone = 120 + seed[6] % 110
    skin, hair = (tone, int(tone * 0.78), int(tone * 0.62)), _colour(seed, 7)
    draw.ellipse((22, 82, 106, 170), fill=_colour(seed, 10))
    draw.ellipse((30, 18, 98, 84), fill=hair)
    draw.ellipse((36, 30, 92, 94), fill=skin)
    for x in (52, 76):
        draw.ellipse((x - 4, 54, x + 4, 63), fill=(30, 24, 28))
    draw.arc((52, 62, 76, 82 + seed[13] % 6), 20, 160, fill=(90, 30, 40), width=3)


def _gem(draw: ImageDraw.ImageDraw, seed: bytes) -> None:
    """Draw a gift: a few petals around a middle."""
    petals, colour = 4 + seed[6] % 5, _colour(seed, 7)
    for turn in range(petals):
        angle = turn * 360 / petals
        draw.pieslice((14, 14, 114, 114), angle, angle + 200 / petals, fill=colour)
    draw.ellipse((40, 40, 88, 88), fill=_colour(seed, 10), outline=(255, 255, 255), width=4)


@lru_cache(maxsize=2048)
def picture(folder: str, name: str, ending: str) -> bytes | None:
    """Draw the picture of a name; the same name always looks the same."""
    if ending not in {"png", "webp", "jpg", "jpeg"}:
        return None
    seed = digest(folder, name)
    person = folder in {"avatar", "cover"}
    image = Image.new("RGBA", (SIZE, SIZE), (*_colour(seed, 0), 255) if person else (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    if person:
        draw.rectangle((0, SIZE // 2, SIZE, SIZE), fill=_colour(seed, 3))
        _face(draw, seed)
    else:
        _gem(draw, seed)
    out = io.BytesIO()
    if ending == "webp":
        image.save(out, "WEBP", quality=80, method=0)  # half the time, for half a kilobyte
    elif ending == "png":
        image.save(out, "PNG")
    else:
        image.convert("RGB").save(out, "JPEG")
    return out.getvalue()


TYPES = {"png": "image/png", "webp": "image/webp", "jpg": "image/jpeg", "jpeg": "image/jpeg"}
