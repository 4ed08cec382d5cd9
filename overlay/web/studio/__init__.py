"""The studio: the settings pages. Server-rendered; each page's own script only brings it to life."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from overlay.web.studio import (
    assets,
    beginning,
    doctor,
    errors,
    home,
    hook,
    live,
    obs,
    people,
    rehearsal,
    settings,
    sign_in,
    streams,
    trials,
    widgets,
)
from overlay.web.studio.frame import Frame

if TYPE_CHECKING:
    from collections.abc import Callable

    from quart import Quart

    from overlay.config import Limits
    from overlay.house import House


class Named:
    """The app as one module of the studio sees it: two modules may call a page the same."""

    def __init__(self, app: Quart, module: str) -> None:
        """Put pages into this app under the module's name."""
        self._app = app
        self._module = module

    def __getattr__(self, name: str) -> Any:
        """`get`, `post` and their like name the page by its module; all else is the app's own."""
        if name not in {"get", "post", "put", "patch", "delete"}:
            return getattr(self._app, name)

        def put(path: str) -> Callable[[Any], Any]:
            endpoint = f"{self._module} {name} {path}".replace(".", "/")
            return lambda page: self._app.add_url_rule(path, endpoint, page, methods=[name.upper()]) or page

        return put


def mount(app: Quart, house: House, limits: Limits) -> None:
    """Put every page of the studio into the app."""
    frame = Frame(house)
    parts = (
        home,
        live,
        beginning,
        widgets,
        trials,
        people,
        hook,
        streams,
        rehearsal,
        doctor,
        settings,
        obs,
        sign_in,
        assets,
    )
    for part in parts:
        part.mount(cast("Quart", Named(app, part.__name__)), house, frame, limits)
    errors.mount(app, house, frame)
