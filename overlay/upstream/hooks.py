"""Webhooks of TikTool: taking deliveries, and making, testing and following webhooks through its API.

A delivery is answered at once and only triggers a check; nothing visible ever rests on its body. Deliveries are
remembered by their event id through the store, so that a repeat does nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from overlay.core.hooks import Announcement, Tested, Webhook, tested, verify, webhook, webhooks
from overlay.core.liveness import plain_handle
from overlay.core.replies import Reply
from overlay.upstream.rest import Rest

LOG = logging.getLogger("overlay.upstream.hooks")
PATH = "/api/webhooks"
EVENTS = ("live.start", "live.end")
MOST_CREATORS = 1000
DEAD_LETTERS = 50


class SeenEvents(Protocol):
    """What remembers event ids on disk, for at least eight days."""

    async def seen_event(self, event: str, now_ms: int) -> bool:
        """Whether this event was here before; from now on it was."""


class SeenInMemory:
    """Remembers event ids until the program ends."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    async def seen_event(self, event: str, now_ms: int) -> bool:
        """Whether this event was here before."""
        del now_ms
        seen = event in self._seen
        self._seen.add(event)
        return seen


class HookStatus(Struct, kw_only=True):
    """What the settings page shows of one webhook address."""

    form: str | None = None
    last_ms: int | None = None
    last_event: str | None = None
    test_ms: int | None = None
    refused: int = 0


class Hooks:
    """The webhook addresses of this server."""

    def __init__(
        self, seen: SeenEvents, *, now_ms: Callable[[], int], announce: Callable[[Announcement], None]
    ) -> None:
        self._seen, self._now_ms, self._announce = seen, now_ms, announce
        self._secrets: dict[str, tuple[str, ...]] = {}
        self._at_work: set[str] = set()
        self.statuses: dict[str, HookStatus] = {}

    def set_secrets(self, secrets: Mapping[str, Sequence[str]]) -> None:
        """The secrets by hook id: TikTool's own, or pasted by the owner."""
        self._secrets = {hook: tuple(secret.strip() for secret in many) for hook, many in secrets.items()}
        self.statuses = {hook: self.statuses.get(hook, HookStatus()) for hook in self._secrets}

    async def deliver(self, hook_id: str, headers: Mapping[str, str], body: bytes) -> int:
        """One delivery: the HTTP status to answer with."""
        secrets = self._secrets.get(hook_id)
        if secrets is None:
            return 404
        verdict = verify(secrets, headers, body, self._now_ms() / 1000)
        status = self.statuses[hook_id]
        if verdict.said is None or verdict.status != 200:
            status.refused += 1
            LOG.warning("webhook refused with %d", verdict.status)
            return verdict.status
        status.form, status.last_ms, status.last_event = verdict.form, self._now_ms(), verdict.said.event
        return await self._take(verdict.said, status)

    async def _take(self, said: Announcement, status: HookStatus) -> int:
        """An authentic delivery, once."""
        if said.event_id in self._at_work:
            return 200
        self._at_work.add(said.event_id)
        try:
            if await self._seen.seen_event(said.event_id, self._now_ms()):
                return 200
            # Nothing can fail or be called off between the mark and the hand-over: they are one step of the loop.
            if said.test:
                status.test_ms = self._now_ms()
            else:
                self._announce(said)
            return 200
        finally:
            self._at_work.discard(said.event_id)


class Registry:
    """TikTool's own list of webhooks, for one key."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self.followed: str | None = None
        self.remark: str | None = None
        self._creators: list[str] = []

    async def make(self, target_url: str, handles: Sequence[str], name: str = "overlay") -> tuple[Webhook | None, str]:
        """Makes a webhook for these creators: with its secret, which is shown this once; or why not."""
        creators = _creators(handles)
        body = {"target_url": target_url, "event_types": list(EVENTS), "creators": creators, "name": name}
        reply = await self._ask("POST", PATH, body)
        made = webhook(reply.body) if reply.ok else None
        if made is not None:
            self.followed, self._creators = made.id, creators
        return made, reply.text

    async def all(self) -> list[Webhook] | None:
        """The webhooks of the key, or None when they cannot be had."""
        return webhooks(await self._ask("GET", PATH))

    async def test(self, webhook_id: str) -> tuple[Tested | None, str]:
        """Has a test delivered."""
        reply = await self._ask("POST", f"{PATH}/{webhook_id}/test")
        return tested(reply), reply.text

    def follow(self, webhook_id: str | None, handles: Sequence[str] = ()) -> None:
        """A webhook made earlier, for these creators: its health is looked at, its creators kept up to date."""
        self.followed, self._creators = webhook_id, _creators(handles)

    async def keep_creators(self, handles: Sequence[str]) -> None:
        """Tells TikTool that the configured creators changed; if it will not hear, the owner is told."""
        wanted = _creators(handles)
        if self.followed is None or wanted == self._creators:
            return
        reply = await self._ask("PATCH", f"{PATH}/{self.followed}", {"creators": wanted})
        if reply.ok:
            self._creators, self.remark = wanted, None
        else:
            self.remark = f"the webhook at TikTool does not know the new creators ({reply.text}): make it anew"
            LOG.warning("%s", self.remark)

    async def look(self) -> None:
        """Looks whether the followed webhook is well."""
        if self.followed is None:
            return
        found = await self.all()
        if found is None:
            return
        mine = next((hook for hook in found if hook.id == self.followed), None)
        if mine is None:
            self.remark = "the webhook is not known to TikTool any more: make it anew"
        elif mine.active is False:
            self.remark = "TikTool has switched the webhook off: its deliveries failed too often"
        elif (mine.fail_streak or 0) > 0:
            self.remark = (
                f"{mine.fail_streak} of {DEAD_LETTERS} deliveries failed in a row, last with {mine.last_status}"
            )
        else:
            self.remark = None

    async def _ask(self, method: str, path: str, body: object = None) -> Reply:
        return await self._rest.ask(method, path, body=body, site=True)


def _creators(handles: Sequence[str]) -> list[str]:
    """The list as TikTool takes it. It is always sent: without one it would mean every creator of the plan."""
    return sorted({plain_handle(handle) for handle in handles})[:MOST_CREATORS]
