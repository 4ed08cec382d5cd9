"""One running server's parts, by name. It holds them and does nothing with them; `app.py` puts them together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from overlay.boards import Boards
    from overlay.clock import Clock
    from overlay.config import Config
    from overlay.desk import Desk
    from overlay.hub import Hub
    from overlay.obs import Obs
    from overlay.pictures import Pictures
    from overlay.recorder import Recorder
    from overlay.rehearsal import Rehearsals
    from overlay.samples import Samples
    from overlay.simulator import Simulator
    from overlay.store import Store
    from overlay.themes import Themes
    from overlay.upstream import Upstream
    from overlay.whales import Whales


class House:
    """Everything that a request may need."""

    config: Config
    clock: Clock
    build: str
    port: int
    store: Store
    hub: Hub
    upstream: Upstream
    boards: Boards
    whales: Whales
    pictures: Pictures
    simulator: Simulator
    themes: Themes
    samples: Samples
    desk: Desk
    obs: Obs
    rehearsals: Rehearsals
    recorder: Recorder
    access: Any  # the web's own: this floor does not know it
    streams: Any  # likewise: the door of `/stream`
    assets: Any  # likewise: the owner's sounds and pictures
    examine: Any = None  # the doctor's checks, which stand above this floor
    ready: bool = False
    began_ms: int = 0

    def theme_names(self) -> frozenset[str]:
        """Every theme there is."""
        return self.themes.names()

    def address(self) -> str:
        """Where this server is to be found from this machine."""
        host = self.config.host
        shown = "127.0.0.1" if host in {"localhost", "0.0.0.0", "::"} else host  # noqa: S104  compared, not bound
        return f"http://{f'[{shown}]' if ':' in shown else shown}:{self.port}/"
