"""Python's search for rubbish, kept from standing in the way of what is shown.

Nearly all of our objects are freed the moment nobody holds them. The search for rings of objects looks at everything
there is, and the longer a server runs the longer that takes: with hundreds of creators a second, in which nobody is
shown anything. So no search is left to chance: whenever a few thousand objects have come to stay, those alone are
searched, once, and set aside; where lot after lot is clean, a sample of them; once an hour all of it, which is the one
long look. It frees no memory by itself and knows nothing of the house.
"""

from __future__ import annotations

import asyncio
import gc
import math
from typing import Final

STEP_S: Final = 0.1
A_FEW: Final = 1500
"""So many new objects are searched at once: four to ten milliseconds with
five hundred creators, their neighbours' places in memory included."""
MANY: Final = 50_000
"""As many within one step are searched at once: something is being loaded that nobody waits for a frame of."""
NEVER: Final = 1_000_000
ASIDE_S: Final = 5
"""At rest a few are searched after so long."""
LONG_LOOK_S: Final = 3600
CLEAN: Final = 8
"""After so many lots without rings only one lot in so many is searched, until one has some: a search looks at all that
its objects point to, and costs a busy server one part in twenty-five of its time."""
SPOTLESS: Final = 32
"""And after as many such samples without any, only one lot in so many: a few seconds with five hundred creators."""
SOME: Final = 15
"""So few are no stream of rubbish."""


async def sweep() -> None:
    """Search in our own time, until cancelled; then Python does it again as it did before."""
    before, time = gc.get_threshold(), asyncio.get_running_loop().time
    gc.set_threshold(MANY, NEVER, NEVER)
    looked_s, searched_s = -math.inf, 0.0
    clean = passed = 0
    try:
        while True:
            if time() - looked_s >= LONG_LOOK_S:
                gc.unfreeze()
                gc.collect()
                gc.freeze()
                looked_s = searched_s = time()
            elif (many := gc.get_count()[0] >= A_FEW) or time() - searched_s >= ASIDE_S:
                if many and passed < one_in(clean) - 1:
                    passed += 1
                else:
                    clean, passed = (clean + 1 if gc.collect(1) < SOME else 0), 0
                gc.freeze()
                searched_s = time()
            await asyncio.sleep(STEP_S)
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)


def one_in(clean: int) -> int:
    """Of how many lots one is searched, after so many searches in a row that found no rings."""
    if clean < CLEAN:
        return 1
    return CLEAN if clean < 2 * CLEAN else SPOTLESS


def leave() -> None:
    """The process ends: what is left is the system's to take back, and a last look at it would take a second."""
    gc.freeze()
    gc.disable()
