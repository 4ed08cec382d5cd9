"""The upstream as its neighbours see it: creators come in, frames and states go out.

Creators of the real TikTool and of the simulator live in two accounts that share nothing. Without a usable key the
real ones are refused and no address is ever asked. Longer than 300 lines: it is the whole list of what may be asked.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Sequence

from msgspec import Struct

from overlay.config import Bases, Secret
from overlay.core.answers import Face
from overlay.core.hooks import Announcement
from overlay.core.liveness import State
from overlay.core.prices import Listing
from overlay.core.whales import Net
from overlay.upstream.account import Account, KeyStatus
from overlay.upstream.firehose import FirehoseStatus
from overlay.upstream.hooks import Hooks, SeenEvents, SeenInMemory
from overlay.upstream.masking import Masking
from overlay.upstream.purse import CaptionStatus
from overlay.upstream.rest import is_safe
from overlay.upstream.settings import DEMO_KEY, Cache, CreatorSettings, Inbox, Memory, Source, Timing
from overlay.upstream.shared import Shared

LOG = logging.getLogger("overlay.upstream")
NO_KEY = "no TikTool key: enter one on the settings page"
SHARED_KEY = "this is TikTool's public demo key, which everybody shares: enter your own"
CLEAR = "the key is only sent over wss and https: correct the addresses of TikTool in the settings"
NO_SIMULATOR = "the simulator is not running"


class CreatorStatus(Struct, frozen=True, kw_only=True):
    """The upstream's part of a creator in /api/status."""

    state: State
    reason: str
    since_ms: int
    room_id: str | None = None
    reconnects: int = 0
    next_try_ms: int | None = None
    captions: CaptionStatus = CaptionStatus()


class Upstream:
    """All connections to TikTool."""

    def __init__(  # noqa: PLR0913  its neighbours arrive as arguments, each by name
        self,
        *,
        tiktool: Bases,
        inbox: Inbox,
        now_ms: Callable[[], int],
        simulator: Bases | None = None,
        cache: Cache | None = None,
        seen: SeenEvents | None = None,
        preflight_s: float = 60.0,
        sweep: bool = False,
        express: bool = True,
        timing: Timing | None = None,
        rng: random.Random | None = None,
        on_state: Callable[[str, State, str], None] | None = None,
        on_catalogue: Callable[[Source, dict[str, Listing]], None] | None = None,
        on_whale: Callable[[Source, bytes], None] | None = None,
    ) -> None:
        self._bases: dict[Source, Bases | None] = {"tiktool": tiktool, "simulator": simulator}
        self._inbox, self._now_ms = inbox, now_ms
        self._cache: Cache = cache or Memory()
        self._preflight_s, self._sweep, self._express = preflight_s, sweep, express
        self._timing = timing or Timing()
        self._rng = rng or random.SystemRandom()
        self.on_state: Callable[[str, State, str], None] = on_state or (lambda _creator, _state, _reason: None)
        self._on_catalogue = on_catalogue or (lambda _source, _gifts: None)
        self._on_whale = on_whale or (lambda _source, _raw: None)
        self._nets: dict[Source, Net | None] = {}
        self.masking = Masking()
        self.hooks = Hooks(seen or SeenInMemory(), now_ms=now_ms, announce=self._announced)
        self._creators: dict[str, CreatorSettings] = {}
        self._accounts: dict[Source, Account] = {}
        self._refusals: dict[Source, str] = {}
        self._shown: dict[str, tuple[State, str, int]] = {}
        self._watched: dict[str, bool] = {}
        self._webhook: str | None = None
        self._changing = asyncio.Lock()
        self._running = False

    # --- life ---

    async def start(self, creators: Sequence[CreatorSettings] = ()) -> None:
        """Begins with these creators."""
        self.masking.guard(*_loggers())
        self._running = True
        self._creators = {settings.id: settings for settings in creators}
        async with self._changing:
            for source in ("tiktool", "simulator"):
                await self._begin(source)

    async def stop(self) -> None:
        """Closes every socket with 1000 and ends every task."""
        async with self._changing:
            self._running = False
            accounts, self._accounts = list(self._accounts.values()), {}
            await asyncio.gather(*(account.stop() for account in accounts))
            self.masking.leave(*_loggers())

    async def apply(self, creators: Sequence[CreatorSettings]) -> None:
        """These are the creators now; the unchanged ones notice nothing."""
        async with self._changing:
            self._creators = {settings.id: settings for settings in creators}
            for name in [name for name in self._shown if name not in self._creators]:
                del self._shown[name]
            if not self._running:
                return
            await asyncio.gather(*(account.apply(self._of(source)) for source, account in self._accounts.items()))
            self._repeat_watch()
            for source in self._refusals:
                self._refuse(source)

    async def set_key(self, key: Secret | None) -> None:
        """Another TikTool key: its world begins anew, the simulator's goes on."""
        async with self._changing:
            old = self._bases["tiktool"] or Bases("", "", "")
            self._bases["tiktool"] = Bases(old.ws, old.api, old.site, key)
            await self._begin_anew("tiktool")

    async def set_simulator(self, bases: Bases | None) -> None:
        """The simulator is there, elsewhere, or gone."""
        async with self._changing:
            self._bases["simulator"] = bases
            await self._begin_anew("simulator")

    async def _begin_anew(self, source: Source) -> None:
        account = self._accounts.pop(source, None)
        if account is not None:
            await account.stop()
        if self._running:
            await self._begin(source)

    async def _begin(self, source: Source) -> None:
        """Makes the account of a source, or says why there is none. Long, because all it needs is handed over here."""
        bases = self._bases[source]
        key = bases.key.reveal().strip() if bases is not None and bases.key is not None else ""
        refusal = self._objection(source, bases, key)
        if refusal is not None or bases is None:
            self._refusals[source] = refusal or NO_SIMULATOR
            self._refuse(source)
            return
        self._refusals.pop(source, None)
        self.masking.learn(key)
        shared = Shared(
            bases,
            key,
            now_ms=self._now_ms,
            masking=self.masking,
            timing=self._timing,
            cache=self._cache,
            rng=self._rng,
            express=self._express,
        )
        account = Account(
            source,
            shared,
            self._inbox,
            preflight_s=self._preflight_s,
            sweep=self._sweep and source == "tiktool",
            on_state=self._show,
            on_catalogue=lambda gifts: self._on_catalogue(source, gifts),
            on_whale=lambda raw: self._on_whale(source, raw),
        )
        self._accounts[source] = account
        await account.start(self._of(source))
        account.firehose.want(self._nets.get(source))
        if source == "tiktool":
            account.registry.follow(self._webhook, [settings.handle for settings in self._of(source)])
        self._repeat_watch()

    @staticmethod
    def _objection(source: Source, bases: Bases | None, key: str) -> str | None:
        if bases is None:
            return NO_SIMULATOR if source == "simulator" else NO_KEY
        if not key:
            return NO_KEY
        if not all(is_safe(base) for base in (bases.ws, bases.api, bases.site)):
            return CLEAR
        return SHARED_KEY if source == "tiktool" and key == DEMO_KEY else None

    def _of(self, source: Source) -> list[CreatorSettings]:
        return [settings for settings in self._creators.values() if settings.source == source]

    def _refuse(self, source: Source) -> None:
        """Shows why creators of this source have no connection."""
        for settings in self._of(source):
            state: State = "refused" if settings.enabled else "offline"
            self._show(settings.id, state, self._refusals[source] if settings.enabled else "switched off")

    def _show(self, creator_id: str, state: State, reason: str) -> None:
        old = self._shown.get(creator_id)
        if old is not None and old[:2] == (state, reason):
            return
        since = old[2] if old is not None and old[0] == state else self._now_ms()
        self._shown[creator_id] = (state, reason, since)
        self.on_state(creator_id, state, reason)

    def follow_webhook(self, webhook_id: str | None) -> None:
        """The webhook made at TikTool earlier: its health is looked at, its list of creators kept up to date."""
        self._webhook = webhook_id
        account = self._accounts.get("tiktool")
        if account is not None:
            account.registry.follow(webhook_id, [settings.handle for settings in self._of("tiktool")])

    # --- what the hub tells ---

    def proof(self, creator_id: str) -> None:
        """A viewer event was heard on the creator's live socket."""
        account = self._account(creator_id)
        if account is not None and creator_id in account.lines:
            account.lines[creator_id].proof()

    def ending(self, creator_id: str) -> None:
        """An end signal was heard: control 3 or streamEnd."""
        account = self._account(creator_id)
        if account is not None and creator_id in account.lines:
            account.lines[creator_id].ending()

    def gift_missing(self, creator_id: str, gift_id: str) -> None:
        """A gift came that is not in the catalogue, or that nobody could price."""
        account = self._account(creator_id)
        if account is not None:
            account.catalogue.missing(gift_id)

    def catalogue_stale(self, creator_id: str) -> None:
        """The room's gift panel changed."""
        account = self._account(creator_id)
        if account is not None:
            account.catalogue.stale()

    def watched(self, creator_id: str, captions: bool) -> None:  # noqa: FBT001  the hub tells one fact
        """Whether a page shows paid captions of this creator."""
        self._watched[creator_id] = captions
        account = self._account(creator_id)
        if account is not None and creator_id in account.captions:
            account.captions[creator_id].watch(watched=captions)

    def want_whales(self, source: Source, net: Net | None) -> None:
        """What the firehose of a source should let through; None: nobody shows gifts to other creators."""
        self._nets[source] = net
        account = self._accounts.get(source)
        if account is not None:
            account.firehose.want(net)

    def firehose(self, source: Source = "tiktool") -> FirehoseStatus:
        """How the firehose of a source is."""
        account = self._accounts.get(source)
        if account is not None:
            return account.firehose.status()
        wanted = self._nets.get(source) is not None
        return FirehoseStatus(state="refused" if wanted else "off", reason=self._refusals.get(source, ""))

    def _repeat_watch(self) -> None:
        """New lines learn who is watched."""
        for creator_id in [name for name in self._watched if name not in self._creators]:
            del self._watched[creator_id]
        for account in self._accounts.values():
            for creator_id, line in account.captions.items():
                if self._watched.get(creator_id):
                    line.watch(watched=True)

    # --- what others ask ---

    async def names(self, creator_id: str, ids: Sequence[str]) -> dict[str, Face]:
        """The people behind ids: opponents and co-hosts of this creator."""
        account = self._account(creator_id)
        return await account.people.names(ids) if account is not None else {}

    def status(self, creator_id: str) -> CreatorStatus | None:
        """A creator's connection as it is now."""
        settings = self._creators.get(creator_id)
        if settings is None:
            return None
        account = self._account(creator_id)
        line = account.lines.get(creator_id) if account is not None else None
        if account is None or line is None:
            state, reason, since = self._shown.get(creator_id, ("offline", "starting", self._now_ms()))
            return CreatorStatus(state=state, reason=reason, since_ms=since)
        return CreatorStatus(
            state=line.lamp.state,
            reason=line.lamp.reason,
            since_ms=line.lamp.since_ms,
            room_id=line.course.room_id,
            reconnects=line.reconnects,
            next_try_ms=line.next_try_ms,
            captions=account.captions[creator_id].status(),
        )

    def key_status(self, source: Source = "tiktool") -> KeyStatus | None:
        """What the settings page shows of a key; None without one."""
        account = self._accounts.get(source)
        return account.status() if account is not None else None

    def account(self, source: Source = "tiktool") -> Account | None:
        """The account of a source: its REST client, catalogue and people."""
        return self._accounts.get(source)

    def _account(self, creator_id: str) -> Account | None:
        settings = self._creators.get(creator_id)
        return self._accounts.get(settings.source) if settings is not None else None

    def _announced(self, said: Announcement) -> None:
        for account in self._accounts.values():
            account.announced(said)


def _loggers() -> list[logging.Logger]:
    names = ("", ".live", ".captions", ".rest", ".wire", ".hooks", ".catalogue")
    return [logging.getLogger(f"overlay.upstream{name}") for name in names]
