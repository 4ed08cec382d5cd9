"""Building and wiring one server. It does nothing itself: every line here hands one part to another."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Coroutine
from typing import Any

import msgspec
import tzlocal
from quart import Quart, request

from overlay import __version__
from overlay.assets import assets
from overlay.boards import Boards, FastMoss
from overlay.clock import Clock
from overlay.config import BadSetting, Bases, Config, Limits, Secret, check_reach, short_password
from overlay.core.events import BoardAnswered
from overlay.desk import Desk
from overlay.house import House
from overlay.hub import Hub
from overlay.listening import Listening, wanted_boards
from overlay.obs import Obs
from overlay.pictures import Pictures
from overlay.problems import Problem
from overlay.recorder import Recorder
from overlay.rehearsal import Rehearsals
from overlay.rooms import Rooms, Shelf
from overlay.samples import Samples
from overlay.simulator import Simulator
from overlay.store import NotFound, Refused, Store, StoreError
from overlay.themes import Themes, build_of
from overlay.upstream import Upstream
from overlay.upstream.rest import is_loopback
from overlay.wardrobe import follow_themes
from overlay.web import access, api, gate, guard, hooks, overlays, routes, statics, status, studio
from overlay.web.stream import StreamDoor
from overlay.web.studio.hook import use_hook
from overlay.whales import Whales

log = logging.getLogger("overlay")

INVENTED_PICTURES = "https://p16-sign.tiktokcdn.example/"
"""What a simulator's picture addresses begin with: a name that nobody can own."""
OUR_PICTURES = "https://pictures.simulator.example/"
"""The same for the simulator in this server, whose pictures are never another's to draw."""


def drawn_by(tiktool: str, simulator: str) -> dict[str, str]:
    """Where invented pictures are to be had: a stand-in for TikTool on this machine draws those of its own people."""
    theirs = tiktool.rstrip("/") if is_loopback(tiktool) else simulator
    return {INVENTED_PICTURES: f"{theirs}/pictures/", OUR_PICTURES: f"{simulator}/pictures/"}


class App:
    """One server: its house, its ASGI application, and the order in which it starts and stops."""

    def __init__(self, config: Config) -> None:
        """Nothing runs yet."""
        self.config = config
        self.house = House()
        self.house.config = config
        self.house.port = config.port
        self.asgi: Any = None
        self._tasks: list[asyncio.Task[Any]] = []

    async def start(self) -> None:
        """Store first, then rooms, then whoever may bring frames."""
        await self._open()
        rooms = await self._build()
        self._listening = Listening(self.house)
        self._listening.begin()
        await rooms.open_all()
        await self.house.upstream.start()
        await rooms.tell_upstream()
        await use_hook(self.house)
        self._tasks.append(asyncio.create_task(self.house.boards.run(), name="boards"))
        self._tasks.append(asyncio.create_task(self.house.whales.run(), name="whales"))
        self.asgi = self._web()
        self._tasks.append(asyncio.create_task(self.house.streams.beat(), name="beat"))
        self._tasks.append(asyncio.create_task(self.house.obs.after_start(), name="obs"))
        self._tasks.append(asyncio.create_task(follow_themes(self.house), name="themes"))
        self._tasks.append(asyncio.create_task(self.house.assets.keep_swept(), name="assets"))

    async def _open(self) -> None:
        """The data folder and the password; a careless bind is refused before anything else is started."""
        config, house, folder = self.config, self.house, assets()
        house.clock = Clock()
        house.began_ms = house.clock.now_ms()
        house.build = build_of(__version__, folder)
        house.themes = Themes(folder / "themes", config.folder / "themes")
        house.samples = Samples(folder / "static" / "samples")
        house.store = await Store.open(config.folder)
        try:
            house.access = await self._access()
            check_reach(config, has_password=house.access.has_password)
        except BadSetting:
            await house.store.close()
            raise
        short = short_password(config)
        if short is not None:
            log.warning("%s: choose a longer one, whoever guesses it can change everything here", short)

    async def _build(self) -> Rooms:
        """Every other part, each with what it needs, which makes it long."""
        config, house = self.config, self.house
        house.simulator = Simulator("everyday", pictures_base=OUR_PICTURES)
        await house.simulator.start("127.0.0.1", 0)
        stand_ins = drawn_by(config.tiktool_api, house.simulator.http_base)
        secret = (await self._secret("pictures")).encode()
        house.pictures = Pictures(
            config.folder / "pictures", secret, house.clock, self._pictures_ready, stand_ins=stand_ins
        )
        await house.pictures.start()
        house.hub = Hub(
            house.clock,
            house.store.commit,
            build=house.build,
            pace_hz=config.pace_hz,
            themes=house.theme_names,
            theme_build=house.themes.build,
        )
        self._tasks.append(asyncio.create_task(self._run_hub(), name="hub"))
        rooms = Rooms(house)
        house.rehearsals, house.recorder = Rehearsals(house), Recorder(house)
        house.hub.raw = house.recorder.take
        house.desk = Desk(house, rooms, tzlocal.get_localzone_name() or "UTC")
        house.obs = Obs(house)
        house.whales = Whales(house)
        house.upstream = await self._upstream(rooms)
        house.boards = await self._boards()
        return rooms

    async def stop(self) -> None:
        """The other way round; everything that was heard is committed."""
        house = self.house
        house.ready = False
        await house.rehearsals.end_all()
        await house.boards.stop()
        await self._listening.end()
        await house.upstream.stop()
        await house.hub.stop()
        await asyncio.gather(*[task for task in self._tasks if task.get_name() == "hub"], return_exceptions=True)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await house.recorder.end_all()
        await house.pictures.stop()
        await house.simulator.stop()
        await house.store.close()

    async def _run_hub(self) -> None:
        """The loop that everything hangs on: a bug in it is said out loud, and it goes on."""
        while True:
            try:
                await self.house.hub.run()
            except Exception:
                log.exception("the hub's loop broke and is started again; please report this")
                await asyncio.sleep(0.1)
            else:
                return

    async def _secret(self, name: str) -> str:
        kept = await self.house.store.secret(name)
        if kept is None:
            kept = secrets.token_hex(32)
            await self.house.store.put_secret(name, kept)
        return kept

    async def _access(self) -> access.Access:
        store = self.house.store
        install = (await self._secret("install"))[:12]
        kept = await store.secret("access")
        read = access.Kept() if kept is None else msgspec.json.decode(kept, type=access.Kept)

        async def keep(changed: access.Kept) -> None:
            await store.put_secret("access", msgspec.json.encode(changed).decode())

        return access.Access(self.house.clock, install, self.config.password, read, keep)

    async def _upstream(self, rooms: Rooms) -> Upstream:
        config, house = self.config, self.house
        kept = await house.store.secret("tiktool_key")
        key = config.tiktool_key or (Secret(kept) if kept else None)
        simulator = house.simulator
        return Upstream(
            tiktool=Bases(config.tiktool_ws, config.tiktool_api, config.tiktool_site, key),
            simulator=Bases(simulator.ws_base, simulator.http_base, simulator.http_base, Secret("tk_simulator")),
            inbox=house.hub,
            now_ms=house.clock.now_ms,
            cache=Shelf(house.store),
            preflight_s=config.preflight_s,
            express=config.express,
            seen=house.store,
            on_state=house.hub.state,
            on_catalogue=lambda source, found: self._later(rooms.learn_gifts(source, found)),
            on_whale=house.whales.hear,
        )

    async def _boards(self) -> Boards:
        config, house = self.config, self.house
        kept = await house.store.secret("fastmoss_token")
        token = config.fastmoss_token or (Secret(kept) if kept else None)
        sellers = {
            "tiktool": FastMoss(config.fastmoss_api, token, house.clock.now_ms),
            "simulator": FastMoss(house.simulator.http_base, Secret("fm_simulator"), house.clock.now_ms),
        }
        return Boards(
            now_ms=house.clock.now_ms,
            wanted=lambda: wanted_boards(house),
            account=house.upstream.account,
            fastmoss=sellers,
            tell=lambda creator, wish, board: house.hub.event(creator, BoardAnswered(wish=wish, board=board)),
            cache=Shelf(house.store),
        )

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name="catalogue")
        self._tasks.append(task)
        task.add_done_callback(self._tasks.remove)

    def _pictures_ready(self, creators: set[str]) -> None:
        self.house.hub.repaint(creators)

    def _web(self) -> Any:
        house, folder = self.house, assets()
        app = Quart("overlay", static_folder=None, template_folder=str(folder / "templates"))
        app.config.update(MAX_CONTENT_LENGTH=None, BODY_TIMEOUT=60)
        limits = Limits()
        statics.mount(app, folder / "static")
        guard.mount(app, house)
        overlays.mount(app, house)
        status.mount(app, house)
        api.mount(app, house, limits)
        hooks.mount(app, house, limits)
        studio.mount(app, house, limits)

        @app.errorhandler(Problem)
        async def problem(trouble: Problem) -> Any:
            return routes.problem_answer(trouble)

        @app.errorhandler(StoreError)
        async def refused(trouble: StoreError) -> Any:
            code, status = {NotFound: ("unknown", 404), Refused: ("invalid", 400)}.get(type(trouble), ("store", 503))
            return routes.problem_answer(Problem(code, str(trouble), getattr(trouble, "field", None), status))

        @app.after_request
        async def cached(answer: Any) -> Any:
            if request.path.startswith(("/static/", "/themes/")) and answer.status_code == 200:
                fresh = request.args.get("v") == house.build and not house.themes.is_own_file(request.path)
                answer.headers["Cache-Control"] = overlays.YEAR if fresh else "no-cache"
            return answer

        door = house.streams = StreamDoor(
            app, house.hub, express=self.config.express, most=self.config.streams_per_address
        )
        return gate.Gate(door, self.config, lambda: house.port, lambda: house.access.has_password)
