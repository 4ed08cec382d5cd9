"""Follows the owner's own themes while somebody wears them: whoever makes one sees each save on every open page.

Only themes out of the data folder that an open page wears are looked at, by their files' times and sizes; nothing is
read, and a server without such a page does nothing here.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from overlay.house import House

LOOK_S: Final = 0.4
"""How often the files are looked at: with the page's own loading, a change is on screen within a second."""


async def follow_themes(house: House) -> None:
    """Look, and tell the pages, for as long as the server runs."""
    while True:
        await asyncio.sleep(LOOK_S)
        if not house.themes.own():
            continue
        worn = house.hub.worn(apart_from=house.themes.built_in())  # so also one that is missing just now
        if worn:
            builds = await asyncio.to_thread(look, house, [*worn])
            changed = {name: build for name, build in builds.items() if build and worn[name] != {build}}
            if changed:
                await house.hub.settled(partial(house.hub.dress, changed))


def look(house: House, own: list[str]) -> dict[str, str]:
    """What each of these themes is right now."""
    return {name: house.themes.build(name) for name in own}
