"""Whether a moving picture flashes: opposing changes of brightness, more than three a second, over much of it.

It never refuses a picture.
"""

from __future__ import annotations

import io
import warnings
from typing import Final

from PIL import Image, ImageSequence

MOST_SIDE: Final = 8192
MOST_FRAMES: Final = 600
GRID: Final = 24
CHANGE: Final = 26
"""A tenth of the way from black to white."""
DARK: Final = 204
SHARE: Final = 0.028
MOST_A_SECOND: Final = 3
FORMATS: Final = {"png": "PNG", "jpg": "JPEG", "webp": "WEBP", "gif": "GIF"}


def open_picture(body: bytes, ending: str) -> Image.Image | None:
    """The picture, if it is one of that format and of a sane size."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            picture = Image.open(io.BytesIO(body), formats=[FORMATS[ending]])
            if max(picture.size) > MOST_SIDE or getattr(picture, "n_frames", 1) > MOST_FRAMES:
                return None
            picture.load()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Warning):
        return None
    return picture


def flashes(picture: Image.Image) -> bool:
    """Whether more than three flashes fall into any one second."""
    if getattr(picture, "n_frames", 1) < 2:
        return False
    at_ms, flips, before, rising = 0, [], None, [0] * (GRID * GRID)
    for frame in ImageSequence.Iterator(picture):
        now = list(frame.convert("RGBA").convert("L").resize((GRID, GRID)).tobytes())
        if before is not None and turned(before, now, rising) > SHARE * GRID * GRID:
            flips.append(at_ms)
        before = now
        at_ms += max(10, int(frame.info.get("duration", 100) or 100))
    # two opposing changes make a flash, so seven in a second are more than three
    return any(flips[last] - flips[last - 2 * MOST_A_SECOND] < 1000 for last in range(2 * MOST_A_SECOND, len(flips)))


def turned(before: list[int], now: list[int], rising: list[int]) -> int:
    """How many places have turned from brighter to darker or back, far enough to be a flash."""
    count = 0
    for place, (was, is_) in enumerate(zip(before, now, strict=True)):
        if abs(is_ - was) < CHANGE or min(is_, was) >= DARK:
            continue
        way = 1 if is_ > was else -1
        count += way != rising[place]
        rising[place] = way
    return count
