"""FastMoss: all questions of one token. It is paid by the question: nobody asks twice what was just refused.

The token goes into one header, over https or to this machine, and is never logged. Integers stay exact. Which board is
asked for, and when, is not decided here.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import httpx

from overlay.boards.sources import Trouble
from overlay.core.replies import after_ms
from overlay.core.sellers import Refusal, read_sales
from overlay.trust import trusted

if TYPE_CHECKING:
    from collections.abc import Callable

    from overlay.config import Secret
    from overlay.core.places import Sales
    from overlay.core.wishes import SalesWish

PATH: Final = "/live/v1/rank/topCreator"
CONNECT_S: Final = 5.0
TOTAL_S: Final = 15.0
BODY_CAP: Final = 8_000_000
HOUR_MS: Final = 3_600_000
LEAST_MS: Final = 60_000
REFRESH_S: Final = {"day": 3_600, "week": 86_400, "month": 86_400}
NO_TOKEN: Final = "there is no token for FastMoss; enter one on the settings page, or set FASTMOSS_TOKEN"  # noqa: S105  a sentence
PATIENT: Final = frozenset({30002, 30003})
REFUSED: Final = frozenset({30001, 10001, 20001})


class FastMoss:
    """All questions of one token. When it was too much, everybody who asks by it waits."""

    def __init__(self, base: str, token: Secret | None, now_ms: Callable[[], int]) -> None:
        """No connection yet."""
        self._base, self._token, self._now_ms = base.rstrip("/"), token, now_ms
        self._client: httpx.AsyncClient | None = None
        self._flight = asyncio.Semaphore(1)
        self._until_ms = 0
        self.asked = 0

    @property
    def identity(self) -> object:
        """Whom it asks as: another token knows nothing of what the last one was told."""
        return self._token

    def use(self, token: Secret | None) -> None:
        """Another token: what was asked of the old one is no matter any more."""
        self._token, self._until_ms = token, 0

    async def ask(self, wish: SalesWish, date: str) -> Sales | Trouble:
        """One page of a board."""
        if not self._token:
            return Trouble(text=NO_TOKEN, until_ms=self._now_ms() + HOUR_MS)
        if not _is_safe(self._base):
            return Trouble(text="the FastMoss token is only sent over https")
        async with self._flight:
            if self._until_ms > self._now_ms():
                return Trouble(text="FastMoss asked us to wait", until_ms=self._until_ms)
            self.asked += 1
            try:
                async with asyncio.timeout(TOTAL_S):
                    status, headers, raw = await self._send(question(wish, date))
            except TimeoutError:
                return Trouble(text="FastMoss did not answer in time")
            except (httpx.HTTPError, httpx.InvalidURL, OSError):
                return Trouble(text="FastMoss cannot be reached")
            return self._judge(status, headers, raw, wish)

    async def _send(self, body: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        token = self._token.reveal() if self._token else ""
        if self._client is None:
            self._client = httpx.AsyncClient(
                timeout=httpx.Timeout(TOTAL_S, connect=CONNECT_S),
                follow_redirects=False,
                trust_env=False,
                verify=trusted(),
            )
        headers = {"authorization": f"Bearer {token}", "accept": "application/json"}
        async with self._client.stream("POST", self._base + PATH, json=body, headers=headers) as response:
            raw = bytearray()
            async for piece in response.aiter_bytes():
                raw += piece
                if len(raw) > BODY_CAP:
                    break
            told = {name.lower(): value for name, value in response.headers.items()}
            return response.status_code, told, bytes(raw)

    def _judge(self, status: int, headers: dict[str, str], raw: bytes, wish: SalesWish) -> Sales | Trouble:
        """HTTP first, then the code inside."""
        now_ms = self._now_ms()
        try:
            body = json.loads(raw)
        except (ValueError, RecursionError):
            body = None
        found = read_sales(body, now_ms, REFRESH_S[wish.date_type] * 1000, page=wish.page, size=wish.size)
        if status in {401, 403}:
            text = found.text if isinstance(found, Refusal) and found.code else "FastMoss refuses the token"
            return Trouble(text=text, until_ms=now_ms + HOUR_MS)
        if status == 429:
            self._until_ms = self._later(found, after_ms(headers, now_ms), now_ms)
            return Trouble(text="FastMoss was asked too often", until_ms=self._until_ms)
        if status >= 500:
            return Trouble(text=f"FastMoss had an error ({status})", until_ms=after_ms(headers, now_ms))
        if isinstance(found, Refusal):
            return self._refused(found, now_ms)
        return found if 200 <= status < 300 else Trouble(text=f"FastMoss answered {status}")

    @staticmethod
    def _later(found: Sales | Refusal, after: int | None, now_ms: int) -> int:
        """When a limit is over: as the answer says, an hour if it does not or if the account itself is spent."""
        patient = after is None or (isinstance(found, Refusal) and found.code in PATIENT)
        return max(now_ms + HOUR_MS if patient else now_ms + LEAST_MS, after or 0)

    def _refused(self, refusal: Refusal, now_ms: int) -> Trouble:
        if refusal.code in PATIENT:
            self._until_ms = now_ms + HOUR_MS
        wait = refusal.code in PATIENT | REFUSED
        return Trouble(text=refusal.text, until_ms=now_ms + HOUR_MS if wait else None)

    async def close(self) -> None:
        """Let the connection go."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None


def question(wish: SalesWish, date: str) -> dict[str, Any]:
    """The body of a request."""
    wanted: dict[str, Any] = {"region": wish.region, "date_info": {"type": wish.date_type, "value": date}}
    if wish.category is not None:
        wanted["product_category_id"] = wish.category
    order = [{"field": wish.order, "order": "desc"}]
    return {"filter": wanted, "orderby": order, "page": wish.page, "pagesize": wish.size}


def _is_safe(address: str) -> bool:
    """Whether a token may be sent there: encrypted, or it never leaves the machine."""
    parts = urlsplit(address)
    host = (parts.hostname or "").lower()
    return parts.scheme == "https" or host in {"localhost", "::1"} or host.startswith("127.")
