"""The calls about OBS: where it is, and to press its refresh now. No rule stands here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from overlay.obs import ObsForm
from overlay.problems import read_as

if TYPE_CHECKING:
    from overlay.house import House
    from overlay.web.routes import Routes


def mount(routes: Routes, house: House) -> None:
    """Put them into the app."""

    @routes.add("GET", "/api/obs", "Where OBS's WebSocket server is; never its password.")
    async def obs() -> Any:
        return await house.obs.shown()

    @routes.add("PUT", "/api/obs", "Set it: the server presses OBS's refresh after its own start.", body=ObsForm)
    async def set_obs(given: Any) -> Any:
        return await house.obs.keep(read_as(given, ObsForm))

    @routes.add("DELETE", "/api/obs", "Speak with OBS no more.", answer=204)
    async def forget_obs() -> Any:
        await house.obs.forget()

    @routes.add("POST", "/api/obs/refresh", "Press refresh on every browser source of ours in OBS, now.")
    async def refresh() -> Any:
        return {"refreshed": await house.obs.refresh()}
