"""Python's search for rubbish, kept from standing in the way of what is shown.

Nearly all of our objects are freed the moment nobody holds them. The search for rings of objects looks at everything
there is, and the longer a server runs the longer that takes: with hundreds of creators a second, in which nobody is
shown anything. So the search over everything is never left to chance. Every few seconds what has lately become old is
searched and set aside; once an hour all of it, which is the one long look. It frees no memory by itself and knows
nothing of the house.
"""

from __future__ import annotations

import asyncio
import gc
from typing import Final

YOUNG: Final = 20_000
"""So many new objects that live are searched at once: a millisecond or two."""
MIDDLE: Final = 20
NEVER: Final = 1_000_000
ASIDE_S: Final = 5
LONG_LOOK: Final = 720
"""After so many of these, an hour, everything is searched."""


async def sweep() -> None:
    """Search in our own time, until cancelled; then Python does it again as it did before."""
    before = gc.get_threshold()
    gc.set_threshold(YOUNG, MIDDLE, NEVER)
    looks = 0
    try:
        while True:
            if looks % LONG_LOOK == 0:
                gc.unfreeze()
            gc.collect()
            gc.freeze()
            await asyncio.sleep(ASIDE_S)
            looks += 1
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
