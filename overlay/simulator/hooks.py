"""Webhooks: kept, signed in either of the two forms, delivered for real, tried again as documented.

They never decide who is live.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ipaddress
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import msgspec

from overlay.simulator.dice import digest
from overlay.simulator.greetings import iso
from overlay.simulator.plain import Response
from overlay.simulator.sockets import clean

if TYPE_CHECKING:
    from overlay.simulator.creators import Creator
    from overlay.simulator.keys import Account
    from overlay.simulator.plain import Request
    from overlay.simulator.server import Simulator

BASIC_EVENTS = frozenset({"live.start", "live.end"})
EVENTS_FROM_RANK = {
    "live.peak_viewers": 3,
    "live.gift.high_value": 3,
    "creator.follower_milestone": 4,
    "creator.eligible": 4,
}
RETRY_AFTER_S = (0, 30, 120, 600, 3600, 21_600)
MOST_CREATORS = 1000
TIMEOUT = httpx.Timeout(15, connect=10)
AGENT = "TikTool-Webhook/1.0 (+https://tik.tools/docs/webhooks)"


@dataclass
class Hook:
    """One webhook."""

    id: str
    key: str
    target_url: str
    event_types: list[str]
    creators: list[str]
    secret: str
    bearer_token: str = ""
    extra_headers: dict[str, str] = field(default_factory=dict)
    active: bool = True
    created_at: str = ""
    deliveries: int = 0
    last_status: int | None = None
    fail_streak: int = 0

    def row(self) -> dict[str, Any]:
        """Write the hook as the list shows it."""
        shown = {
            "id": self.id,
            "target_url": self.target_url,
            "event_types": self.event_types,
            "creators": self.creators,
        }
        return shown | {"active": self.active, "deliveries_today": self.deliveries}


def sign(secret: str, body: bytes, at_s: str, form: str) -> str:
    """Sign a body: A raw body in hex, A2 the same with a prefix, B t= and v1= over both, C hex over both."""
    text = body if form in {"A", "A2"} else at_s.encode() + b"." + body
    mark = hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()
    return {"A": mark, "A2": f"sha256={mark}", "B": f"t={at_s},v1={mark}", "C": mark}[form]


class Hooks:
    """The webhooks of all keys."""

    def __init__(self, sim: Simulator, form: str) -> None:
        """Begin with none."""
        self.sim, self.form = sim, form
        self.hooks: dict[str, Hook] = {}
        self.allow_private = True
        self.sent: list[dict[str, Any]] = []
        self.tasks: set[asyncio.Task[Any]] = set()
        self.made = 0

    async def answer(self, request: Request, account: Account) -> Response:
        """Create, list, change, test or delete."""
        parts = request.path.strip("/").split("/")[2:]
        match (request.method, parts):
            case ("POST", []):
                return self.create(request, account)
            case ("GET", []):
                mine = [hook.row() for hook in self.hooks.values() if hook.key == account.key]
                return Response(200, {"webhooks": mine})
            case (method, [name, *rest]) if name in self.hooks and self.hooks[name].key == account.key:
                return await self.one(method, rest, self.hooks[name], request)
        return Response(404, {"error": "not found"})

    async def one(self, method: str, rest: list[str], hook: Hook, request: Request) -> Response:
        """Do something with one hook."""
        if method == "POST" and rest == ["test"]:
            creator = self.sim.creator(hook.creators[0] if hook.creators else "luna.sings")
            body = self.body("live.start", creator) | {"is_test": True}
            status, delivery = await self.post(hook, msgspec.json.encode(body), "live.start", body["event_id"], 1)
            return Response(
                200, {"delivered": bool(status) and status < 300, "status_code": status, "delivery_id": delivery}
            )
        if method == "PATCH":
            body = request.json()
            hook.target_url = str(body.get("target_url", hook.target_url))
            hook.creators = [clean(str(one)) for one in body.get("creators", hook.creators)]
            hook.active = bool(body.get("active", hook.active))
            return Response(200, hook.row())
        if method == "DELETE":
            del self.hooks[hook.id]
            return Response(200, {"deleted": True})
        return Response(404, {"error": "not found"})

    def create(self, request: Request, account: Account) -> Response:
        """Register a webhook; its secret is shown this once."""
        body = request.json()
        target, events = str(body.get("target_url", "")), [str(one) for one in body.get("event_types") or []]
        if problem := self.problem(target, events, account, len(body.get("creators") or [])):
            return problem
        self.made += 1
        name, secret = digest("hook", self.sim.seed, self.made).hex(), digest("secret", time.time_ns(), self.made).hex()
        hook = Hook(
            id=f"wh_{name[:16]}",
            key=account.key,
            target_url=target,
            event_types=events,
            creators=[clean(str(one)) for one in body.get("creators") or []],
            secret=f"whsec_{secret}",
            bearer_token=str(body.get("bearer_token") or ""),
            extra_headers={str(k): str(v) for k, v in (body.get("extra_headers") or {}).items()},
            created_at=iso(self.sim.clock.wall()),
        )
        self.hooks[hook.id] = hook
        shown = {key: value for key, value in hook.row().items() if key not in {"deliveries_today", "active"}}
        return Response(200, shown | {"secret": hook.secret, "active": True, "created_at": hook.created_at})

    def problem(self, target: str, events: list[str], account: Account, creators: int) -> Response | None:
        """Say why a webhook cannot be made."""
        parts = urlsplit(target)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            return Response(400, {"error": "target_url must be an http or https address"})
        if not self.allow_private and private(parts.hostname):
            return Response(400, {"error": "target_url must be a public host"})
        if not account.tier.hooks or sum(hook.key == account.key for hook in self.hooks.values()) >= account.tier.hooks:
            return Response(403, {"error": "your plan allows no more webhooks"})
        for event in events:
            if event not in BASIC_EVENTS and event not in EVENTS_FROM_RANK:
                return Response(400, {"error": f"unknown event type {event}"})
            if account.tier.rank < EVENTS_FROM_RANK.get(event, 0):
                return Response(403, {"error": f"{event} requires Ultra or above"})
        if creators > MOST_CREATORS:
            return Response(400, {"error": f"at most {MOST_CREATORS} creators"})
        return None

    # deliveries -----------------------------------------------------------------------------------------------

    def body(self, event: str, creator: Creator) -> dict[str, Any]:
        """Write what is delivered. Long: two documents, field by field."""
        now, room = self.sim.clock.wall(), creator.room_id
        started = self.sim.clock.wall_ms + int(creator.started_ms)
        who: dict[str, Any] = {"unique_id": creator.handle, "nickname": creator.host.name}
        more = {"user_id": creator.host.id, "follower_count": creator.host.followers}
        picture = self.sim.pictures.of("avatar", creator.handle, "webp")
        head = {
            "event_id": f"evt_{digest(event, room, now).hex()[:24]}",
            "event": event,
            "occurred_at": iso(now),
            "is_test": False,
        }
        links = {"_links": {"creator": f"https://tik.tools/@{creator.handle}"}}
        if event == "live.end":
            long = {
                "room_id": room,
                "started_at": iso(started),
                "ended_at": iso(now),
                "duration_seconds": (now - started) // 1000,
            }
            return head | {"creator": who, "live": long} | links
        live = {
            "room_id": room,
            "started_at": iso(started),
            "live_url": f"https://www.tiktok.com/@{creator.handle}/live",
        }
        return head | {"creator": who | {"avatar_url": picture} | more, "live": live} | links

    def tell(self, event: str, creator: Creator) -> None:
        """Deliver an event to every hook that wants it."""
        wanted = [hook for hook in self.hooks.values() if hook.active and event in hook.event_types]
        wanted = [hook for hook in wanted if not hook.creators or creator.handle in hook.creators]
        if not wanted:
            return
        body = self.body(event, creator)
        for hook in wanted:
            task = asyncio.get_running_loop().create_task(self.deliver(hook, body))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    async def deliver(self, hook: Hook, body: dict[str, Any]) -> None:
        """Try until it is taken, up to six times."""
        raw = msgspec.json.encode(body)
        before = 0
        for attempt, after_s in enumerate(RETRY_AFTER_S, 1):
            await self.sim.sleep((after_s - before) * 1000)
            before = after_s
            status, _ = await self.post(hook, raw, str(body["event"]), str(body["event_id"]), attempt)
            if status and status < 300:
                return

    async def post(self, hook: Hook, raw: bytes, event: str, event_id: str, attempt: int) -> tuple[int, str]:
        """Post once, signed; no redirects. Zero means that nobody answered."""
        at_s = str(int(time.time()))
        delivery = f"del_{digest(event_id, attempt, hook.id).hex()[:20]}"
        headers = {
            "Content-Type": "application/json",
            "User-Agent": AGENT,
            "X-Tiktool-Timestamp": at_s,
            "X-Tiktool-Event": event,
            "X-Tiktool-Event-Id": event_id,
            "X-Tiktool-Delivery-Id": delivery,
            "X-Tiktool-Attempt": str(attempt),
            "X-Tiktool-Webhook-Id": hook.id,
            "X-Tiktool-Signature": sign(hook.secret, raw, at_s, self.form),
        } | hook.extra_headers
        if hook.bearer_token:
            headers["Authorization"] = f"Bearer {hook.bearer_token}"
        hook.deliveries += 1
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=False, trust_env=False) as client:
                status = (await client.post(hook.target_url, content=raw, headers=headers)).status_code
        except httpx.HTTPError:
            status = 0
        hook.last_status = status
        hook.fail_streak = 0 if 200 <= status < 300 else hook.fail_streak + 1
        self.sent.append({"hook": hook.id, "event": event, "event_id": event_id, "attempt": attempt, "status": status})
        return status, delivery


def private(host: str) -> bool:
    """Tell whether a host is named by a private address."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local"))
