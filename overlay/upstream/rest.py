"""HTTP to TikTool for one key: one shared client, timeouts, two requests in flight, and everybody waits together.

Every caller of the key goes through `ask`, boards included. A 401 stops the key, a 429 makes all wait, a 403 puts a
feature away for a day, a 404 one question for ten minutes, a 5xx one path for 2, 4, 8 … 60 s. It never fetches a
signed address, never follows a redirect, and never puts the key into an address.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec
from msgspec import structs

from overlay.core.replies import SERVER_S, Reply, judge
from overlay.trust import trusted, what_failed
from overlay.upstream.masking import Masking

LOG = logging.getLogger("overlay.upstream.rest")
CONNECT_S = 5.0
TOTAL_S = 15.0
IN_FLIGHT = 2
BODY_CAP = 16_000_000
OWN_WINDOW_S = 60.0
NETWORK_STEPS = 3
"""A line that is down spares nobody anything: it is tried again every 8 s at the latest."""
PATIENCE_MS = 3_600_000
"""A spent allowance whose reset is further away than this is left to the 429 that will say so."""


def is_loopback(address: str) -> bool:
    """Whether an address stays on this machine; a name that only begins like a number does not."""
    host = (urlsplit(address).hostname or "").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def is_safe(address: str) -> bool:
    """Whether a key may be sent there: encrypted, or it never leaves the machine."""
    return urlsplit(address).scheme in {"https", "wss"} or is_loopback(address)


class Rest:
    """All requests of one key."""

    def __init__(
        self,
        api: str,
        site: str,
        key: str,
        *,
        now_ms: Callable[[], int],
        masking: Masking,
        scale: float = 1.0,
        on_reply: Callable[[str, Reply], None] | None = None,
    ) -> None:
        self._api, self._site, self._key = api.rstrip("/"), site.rstrip("/"), key
        self._now_ms, self._masking, self._scale = now_ms, masking, scale
        self._on_reply = on_reply or (lambda _path, _reply: None)
        self._flight = asyncio.Semaphore(IN_FLIGHT)
        self._client: httpx.AsyncClient | None = None
        self._stopped: str | None = None
        self._until_ms = 0  # everybody waits
        self._features: dict[str, int] = {}
        self._missing: dict[str, int] = {}
        self._failing: dict[str, tuple[int, int]] = {}  # path: failures in a row, until
        self._sent: deque[float] = deque(maxlen=10_000)
        self.limit: int | None = None
        self.remaining: int | None = None
        self.reset_ms: int | None = None
        self.asked = 0

    # --- what others may know ---

    @property
    def waits_until_ms(self) -> int | None:
        """Until when nobody may ask, if so."""
        return self._until_ms if self._until_ms > self._now_ms() else None

    @property
    def stopped(self) -> str | None:
        """Why the key may not be used any more."""
        return self._stopped

    def available(self, path: str) -> bool:
        """Whether the tier is not known to lack this."""
        return self._features.get(path, 0) <= self._now_ms()

    def own_requests(self) -> int:
        """Requests of ours in the last minute."""
        floor = asyncio.get_running_loop().time() - OWN_WINDOW_S
        return sum(1 for at in self._sent if at >= floor)

    # --- asking ---

    async def get(self, path: str, **params: str) -> Reply:
        """A question by GET."""
        return await self.ask("GET", path, params=params)

    async def post(self, path: str, body: Any = None) -> Reply:
        """A question by POST."""
        return await self.ask("POST", path, body=body)

    async def ask(
        self,
        method: str,
        path: str,
        *,
        params: dict[str, str] | None = None,
        body: Any = None,
        site: bool = False,
        retries: int = 0,
        etag: str | None = None,
    ) -> Reply:
        """One question, judged. `retries` only where asking twice does no harm; `etag` is the last answer's."""
        reply = await self._ask_once(method, path, params, body, site=site, etag=etag)
        while retries > 0 and reply.outcome in {"server", "network"}:
            retries -= 1
            failures = self._failing.get(path, (1, 0))[0]
            await asyncio.sleep(SERVER_S[min(failures, len(SERVER_S)) - 1] * self._scale)
            reply = await self._ask_once(method, path, params, body, site=site, etag=etag)
        return reply

    async def _ask_once(
        self, method: str, path: str, params: dict[str, str] | None, body: Any, *, site: bool, etag: str | None
    ) -> Reply:
        question = f"{method} {path} {sorted((params or {}).items())} {body!r}"
        refusal = self._refusal(path, question)
        if refusal is not None:
            return refusal
        async with self._flight:
            refusal = self._refusal(path, question)  # what was learnt while we waited for a place
            if refusal is not None:
                return refusal
            self.asked += 1
            self._sent.append(asyncio.get_running_loop().time())
            reply = await self._send(method, path, params, body, site=site, etag=etag)
            self._learn(path, question, reply)
        self._on_reply(path, reply)
        return reply

    def _refusal(self, path: str, question: str) -> Reply | None:
        """The answer we know without asking."""
        now = self._now_ms()
        if self._stopped is not None:
            return Reply(outcome="key", text=self._stopped)
        if now < self._until_ms:
            return Reply(outcome="rate", text="TikTool's rate limit is reached", until_ms=self._until_ms)
        if now < (until := self._features.get(path, 0)):
            return Reply(outcome="tier", text="not part of this key's tier", until_ms=until)
        if now < (until := self._missing.get(question, 0)):
            return Reply(outcome="missing", text="not found a moment ago", until_ms=until)
        if now < (until := self._failing.get(path, (0, 0))[1]):
            return Reply(outcome="server", text="TikTool had an error a moment ago", until_ms=until)
        return None

    async def _send(
        self, method: str, path: str, params: dict[str, str] | None, body: Any, *, site: bool, etag: str | None
    ) -> Reply:
        base = self._site if site else self._api
        if not is_safe(base):
            return Reply(outcome="refused", text="the key is only sent over https")
        headers = {"x-api-key": self._key, "accept": "application/json"}
        if etag is not None:
            headers["if-none-match"] = etag
        content = None
        if body is not None:
            headers["content-type"] = "application/json"
            content = msgspec.json.encode(body)
        try:
            async with asyncio.timeout(TOTAL_S):
                return await self._exchange(
                    method, base + path, params=params, content=content, headers=headers, site=site
                )
        except TimeoutError:
            return Reply(outcome="network", text="TikTool did not answer in time")
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return Reply(outcome="network", text=self._masking.text(f"TikTool cannot be reached: {what_failed(error)}"))

    async def _exchange(
        self,
        method: str,
        address: str,
        *,
        params: dict[str, str] | None,
        content: bytes | None,
        headers: dict[str, str],
        site: bool,
    ) -> Reply:
        client = self._client or self._make_client()
        async with client.stream(method, address, params=params or None, content=content, headers=headers) as response:
            raw = bytearray()
            async for piece in response.aiter_bytes():
                raw += piece
                if len(raw) > BODY_CAP:
                    return Reply(outcome="server", status=response.status_code, text="TikTool's answer is too long")
            told = {name.lower(): value for name, value in response.headers.items()}
            reply = judge(response.status_code, told, bytes(raw), self._now_ms(), site=site)
            return structs.replace(reply, text=self._masking.text(reply.text)) if reply.text else reply

    def _make_client(self) -> httpx.AsyncClient:
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(TOTAL_S, connect=CONNECT_S),
            limits=httpx.Limits(max_connections=IN_FLIGHT, max_keepalive_connections=IN_FLIGHT),
            follow_redirects=False,
            trust_env=not is_loopback(self._api),
            verify=trusted(),
        )
        return self._client

    def _learn(self, path: str, question: str, reply: Reply) -> None:
        """Takes the reaction that the answer asks for."""
        now = self._now_ms()
        self.limit = reply.limit if reply.limit is not None else self.limit
        self.remaining = reply.remaining if reply.remaining is not None else self.remaining
        self.reset_ms = reply.reset_ms if reply.reset_ms is not None else self.reset_ms
        match reply.outcome:
            case "key":
                self._stopped = f"TikTool refuses the key: {reply.text}"
            case "rate":
                self._until_ms = max(self._until_ms, self._scaled(reply.until_ms, now))
            case "tier":
                self._features[path] = self._scaled(reply.until_ms, now)
            case "missing":
                self._missing[question] = self._scaled(reply.until_ms, now)
                self._missing = {asked: until for asked, until in self._missing.items() if until > now}
            case "server" | "network":
                failures = self._failing.get(path, (0, 0))[0] + 1
                most = len(SERVER_S) if reply.outcome == "server" else NETWORK_STEPS
                wait = SERVER_S[min(failures, most) - 1]
                until = now + int(wait * 1000 * self._scale) - 50
                self._failing[path] = (failures, max(until, self._scaled(reply.until_ms, now)))
        if reply.outcome not in {"server", "network"}:
            self._failing.pop(path, None)
        if reply.remaining == 0 and reply.reset_ms is not None and now < reply.reset_ms < now + PATIENCE_MS:
            self._until_ms = max(self._until_ms, reply.reset_ms)

    def _scaled(self, until_ms: int | None, now_ms: int) -> int:
        return now_ms + int(((until_ms or now_ms) - now_ms) * self._scale)

    def pause(self, until_ms: int) -> None:
        """Everybody waits until then."""
        self._until_ms = max(self._until_ms, until_ms)

    def stop(self, reason: str) -> None:
        """The key is not used any more."""
        self._stopped = self._stopped or reason

    async def close(self) -> None:
        """Lets the connections go."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None
