"""The simulator: a TikTool of our own on one port.

It owns creators, keys, sockets and clock, and routes requests; what is answered stands in the other modules. It never
calls anything but the webhooks that were registered with it.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter
from typing import TYPE_CHECKING, Self

from overlay.simulator import wire
from overlay.simulator.audience import REPLAYED
from overlay.simulator.boards import Boards
from overlay.simulator.catalogues import Catalogues
from overlay.simulator.clock import Clock
from overlay.simulator.creators import Creator
from overlay.simulator.faults import Faults
from overlay.simulator.firehose import FirehoseSocket, gifter_alert
from overlay.simulator.hooks import Hooks
from overlay.simulator.keys import HOUR_S, Account, Keys, recent
from overlay.simulator.people import Pictures
from overlay.simulator.pictures import TYPES, picture
from overlay.simulator.plain import Request, Response
from overlay.simulator.rest import Rest, no
from overlay.simulator.scenarios import SCENARIOS
from overlay.simulator.sockets import (
    CaptionSocket,
    ClosingSocket,
    LineSocket,
    LiveSocket,
    clean,
)
from overlay.simulator.steering import Steering
from overlay.simulator.truth import Given
from overlay.simulator.wire import Connection, Refusal

if TYPE_CHECKING:
    from overlay.simulator.stage import Step

EVICTED = "Evicted - newer connection arrived (FIFO)"
HOURLY = "Sandbox allows 60 WebSocket connections per hour"
SELF = "self"


class Simulator(Steering):
    """A TikTool of our own."""

    def __init__(  # noqa: PLR0913 -- every knob is named, none is needed
        self,
        scenario: str = "everyday",
        seed: object = 1,
        speed: float = 1.0,
        *,
        tier: str = "agency_global",
        pictures_base: str | None = None,
        sockets_cap: int | None = None,
        caption_minutes: int | None = None,
        signature_form: str = "B",
        bad_key_status: int | None = None,
        replays: bool | None = None,
        replayed: int = REPLAYED,
        lasting_faults: bool = True,
        rest_faults: bool | None = None,
    ) -> None:
        """Set it up; nothing listens before start(). Speed 0 stands still: advance() moves it by hand.

        Long, because it lists every knob.
        """
        if scenario not in SCENARIOS:
            known = ", ".join(SCENARIOS)
            msg = f"there is no scenario {scenario!r}; there are {known}"
            raise ValueError(msg)
        super().__init__()
        self.scenario, self.seed = scenario, seed
        self.clock = Clock(speed)
        self.keys = Keys(tier)
        self.sockets_cap = sockets_cap
        self.caption_minutes = caption_minutes
        self.bad_key_status = bad_key_status
        self.replayed = replayed
        self.replays = scenario == "chaos" if replays is None else replays
        self.lasting_faults = lasting_faults
        self.captions_silent = False
        self.bulk_form = "rows"
        self.counts: Counter[str] = Counter()
        self.connects: Counter[str] = Counter()
        self.lines: set[Connection] = set()
        self.faults = Faults(seed, chaotic=scenario == "chaos" if rest_faults is None else rest_faults)
        self.rest, self.catalogues, self.boards = Rest(self), Catalogues(self), Boards(self)
        self.hooks = Hooks(self, signature_form)
        self.pictures = Pictures(None if pictures_base == SELF else pictures_base)
        self._own_pictures = pictures_base == SELF
        self._server: asyncio.Server | None = None
        self.host, self.port = "127.0.0.1", 0

    # running --------------------------------------------------------------------------------------------------

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> Self:
        """Listen; port 0 takes a free one."""
        self._server = await wire.serve(self, host, port)
        self.host, self.port = host, self._server.sockets[0].getsockname()[1]
        if self._own_pictures:
            self.pictures = Pictures(f"{self.http_base}/pictures")
        self.clock.start()
        return self

    async def stop(self) -> None:
        """Close every line, and end every task."""
        for creator in self.creators.values():
            creator.stop()
        tasks = [*self.hooks.tasks, *(socket.task for socket in self.sockets if socket.task)]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._server:
            self._server.close()
            for line in list(self.lines):
                line.transport.abort()
            await self._server.wait_closed()
            self._server = None

    async def __aenter__(self) -> Self:
        """Start on a free port of loopback."""
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self.stop()

    @property
    def address(self) -> str:
        """Name host and port, as an address needs them."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def http_base(self) -> str:
        """Give the base address of REST, of both hosts."""
        return f"http://{self.address}"

    @property
    def ws_base(self) -> str:
        """Give the base address of the sockets."""
        return f"ws://{self.address}"

    # time -----------------------------------------------------------------------------------------------------

    async def sleep(self, for_ms: float) -> None:
        """Wait in script time."""
        await self.clock.sleep(for_ms)

    async def advance(self, seconds: float) -> None:
        """Move script time on by hand, and do all that falls due on the way, in order."""
        until = self.clock.now_ms + seconds * 1000
        while True:
            due = min((creator.due_ms for creator in self.creators.values()), default=math.inf)
            at = min(due, self.clock.next_ms)
            if at > until:
                break
            self.clock.move(at)
            if self.clock.next_ms <= due:
                self.clock.wake()
                await asyncio.sleep(0)
                await asyncio.sleep(0)
                continue
            for creator in list(self.creators.values()):
                creator.play(at)
        self.clock.move(until)
        await asyncio.sleep(0)

    def born(self, handle: str) -> Creator:
        """Make a creator on this station."""
        return Creator(self, handle)

    # what creators tell ---------------------------------------------------------------------------------------

    def went_live(self, creator: Creator) -> None:
        """Send the webhooks of a start."""
        self.hooks.tell("live.start", creator)

    def went_off(self, creator: Creator) -> None:
        """Send the webhooks of an end."""
        self.hooks.tell("live.end", creator)

    def gave(self, creator: Creator, step: Step) -> None:
        """Let a gift move the boards, and pass it to the firehose."""
        for given in step.meant:
            if isinstance(given, Given):
                creator.diamonds += given.diamonds
                self.firehose(creator, given)

    def firehose(self, creator: Creator, given: Given) -> None:
        """Offer a gift to the firehose sockets."""
        ears = [socket for socket in self.sockets if isinstance(socket, FirehoseSocket)]
        if not ears:
            return
        person = creator.people().by_id[given.key.rpartition(":")[2]]
        gifter = {"username": person.handle, "displayName": person.name, "isAnonymous": person.anonymous}
        name = self.boards.gift_name(given.gift_id)
        place = (creator.host.region, creator.host.class_type)
        for ear in ears:
            ear.offer(gifter_alert(self, gifter, creator.handle, name, given.diamonds, place))

    # the door -------------------------------------------------------------------------------------------------

    def knock(self, request: Request) -> LineSocket | Refusal:
        """Decide about a handshake: refuse it, accept it, or accept it to close it with a reason."""
        self.counts[f"WS {request.path}"] += 1
        handle = clean(request.query.get("uniqueId", ""))
        if handle:
            self.connects[handle] += 1
        queue = self.creator(handle).refuse if handle and self.creator(handle).refuse else self.faults.refusals
        if queue:
            status = queue.pop(0)
            return Refusal(status, f'{{"status_code": {status}, "message": "refused"}}')
        kind = {"/": LiveSocket, "/captions": CaptionSocket, "/firehose/gifters": FirehoseSocket}.get(request.path)
        if kind is None:
            return Refusal(404, "not found")
        key = self.keys.of(request)
        account = self.keys.account(key)
        why = self.why_not(request, account, kind)
        if why and why[0] == 4401 and self.bad_key_status:
            return Refusal(self.bad_key_status, '{"status_code": 401, "message": "Invalid or expired API key"}')
        if why:
            return ClosingSocket(self, request, account, why)
        if kind is not FirehoseSocket:
            self.evict(account)
        return kind(self, request, account)

    def why_not(self, request: Request, account: Account, kind: type[LineSocket]) -> tuple[int, str] | None:
        """Find a reason to close a socket at once."""
        jwt = request.query.get("jwtKey")
        token = self.keys.tokens.get(jwt or "")
        if jwt is not None and (token is None or token.expires_s < time.time()):
            return 4401, "Invalid or expired JWT"
        if not self.keys.good(account.key):
            return 4401, "Invalid API key"
        if kind is FirehoseSocket:
            return None if account.tier.name == "agency_global" else (4403, "The firehose requires Global Agency")
        handle = clean(request.query.get("uniqueId", ""))
        if not handle:
            return 4400, "INVALID_OPTIONS"
        if token and token.creators and handle not in token.creators:
            return 4403, "NO_PERMISSION"
        hourly = account.tier.connects_per_hour
        if hourly and recent(account.connects, HOUR_S) >= hourly:
            return 4429, HOURLY
        account.connects.append(time.time())
        if kind is CaptionSocket and self.caption_credits(account)[2] <= 0:
            return 1008, "Caption allowance used up"
        return None

    def evict(self, account: Account) -> None:
        """Make room below the cap: the oldest goes first."""
        cap = self.sockets_cap or account.tier.sockets
        mine = self.sockets_of(account.key)
        for socket in mine[: max(0, len(mine) - cap + 1)]:
            socket.line.close(4429, EVICTED)

    async def answer(self, request: Request) -> Response:
        """Answer a plain request."""
        self.counts[f"{request.method} {request.path}"] += 1
        self.counts[request.path] += 1
        if request.path.startswith("/pictures/"):
            return self.drawn(request.path)
        if request.path.startswith("/live/v1/"):
            return await self.faults.apply(self, request, self.boards.sellers(request), {})
        if request.path == "/":
            return Response(426, {"error": "this is a WebSocket address"}, {"Upgrade": "websocket"})
        key = self.keys.of(request)
        account = self.keys.account(key)
        if not self.keys.good(key) and request.path != "/api/live/connect":
            return no(401, "Invalid or expired API key")
        allowed = account.spend(time.time())
        headers = account.headers()
        if not allowed:
            limited = no(429, "Rate limit exceeded. Please wait before making more requests.")
            return limited._replace(headers=headers)
        return await self.faults.apply(self, request, await self.routed(request, account), headers)

    async def routed(self, request: Request, account: Account) -> Response:
        """Find who answers."""
        if request.path.startswith("/api/webhooks"):
            return await self.hooks.answer(request, account)
        found = self.rest.paths.get(request.path) or self.catalogues.paths.get(request.path)
        if found:
            return found(request, account)
        return self.boards.answer(request, account) or no(404, "Unknown endpoint")

    def drawn(self, path: str) -> Response:
        """Serve a generated picture."""
        folder, _, file = path.removeprefix("/pictures/").partition("/")
        name, _, ending = file.rpartition(".")
        body = picture(folder, name, ending)
        if body is None:
            return Response(404, {"error": "not found"})
        return Response(200, body, {"Content-Type": TYPES[ending], "Cache-Control": "public, max-age=86400"})
