"""TikTool's data API: liveness, rooms, account. Answers have the documented shapes; nothing is decided here."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from overlay.simulator.dice import digest
from overlay.simulator.keys import HOUR_S, Account, Token, recent
from overlay.simulator.plain import Response, number
from overlay.simulator.sockets import clean

if TYPE_CHECKING:
    from overlay.simulator.creators import Creator
    from overlay.simulator.plain import Request
    from overlay.simulator.server import Simulator

PRICING = "https://tik.tools/pricing"
NOT_LIVE = {"status_code": 400, "message": "User is not currently live"}
SWEEPS = 10


def ok(body: dict[str, Any]) -> Response:
    """Answer with status_code 0 at the top."""
    return Response(200, {"status_code": 0} | body)


def no(status: int, text: str, *, error: bool = False, upgrade: bool = False) -> Response:
    """Refuse, in one of the two spellings of the text."""
    body = {"status_code": status, "error" if error else "message": text}
    return Response(status, body | ({"upgrade_url": PRICING} if upgrade else {}))


def asked(request: Request) -> str:
    """Find the handle a request asks about, under any of its names."""
    body = request.json()
    for name in ("unique_id", "uniqueId", "username"):
        if found := request.query.get(name) or body.get(name):
            return clean(str(found))
    return ""


class Rest:
    """The endpoints of api.tik.tools, over one simulator."""

    def __init__(self, sim: Simulator) -> None:
        """Lay out the paths."""
        self.sim = sim
        self.paths = {
            "/webcast/rate_limits": self.rate_limits,
            "/webcast/bulk_live_check": self.bulk_live_check,
            "/webcast/live_status": self.live_status,
            "/webcast/check_alive": self.check_alive,
            "/webcast/room_id": self.find_room,
            "/webcast/room_info": self.room_info,
            "/webcast/room_cover": self.room_cover,
            "/authentication/jwt": self.jwt,
            "/ws/sweep": self.sweep,
            "/captions/credits": self.credits,
            "/api/live/connect": self.connect,
        }

    # account --------------------------------------------------------------------------------------------------

    def rate_limits(self, _: Request, account: Account) -> Response:
        """Tell tier, requests left and sockets in use."""
        tier = account.tier
        api = {
            "limit": tier.per_minute,
            "remaining": max(0, tier.per_minute - account.used),
            "reset_at": int(account.reset_s),
        }
        current = len(self.sim.sockets_of(account.key))
        limit = self.sim.sockets_cap or tier.sockets
        return ok({"data": {"tier": tier.name, "api": api, "websocket": {"limit": limit, "current": current}}})

    def jwt(self, request: Request, account: Account) -> Response:
        """Mint a token for creators and a time."""
        body = request.json()
        text = digest(account.key, time.time_ns(), len(self.sim.keys.tokens)).hex()
        token = f"eyJhbGciOiJIUzI1NiJ9.{text}.signature"
        creators = tuple(clean(str(handle)) for handle in body.get("allowed_creators") or ())
        expires = time.time() + number(body.get("expire_after"), HOUR_S)
        self.sim.keys.tokens[token] = Token(account.key, creators, expires, int(number(body.get("max_websockets"), 1)))
        return ok({"data": {"token": token}})

    def sweep(self, _: Request, account: Account) -> Response:
        """Close every socket of the key."""
        if account.tier.name == "sandbox":
            return no(403, "ws/sweep requires Basic or above", error=True)
        if recent(account.sweeps, HOUR_S) >= SWEEPS:
            return no(429, "Rate limit exceeded. Please wait before making more requests.")
        account.sweeps.append(time.time())
        mine = self.sim.sockets_of(account.key)
        for socket in mine:
            socket.line.close(4502, "ws-sweep: caller initiated ghost-WS cleanup")
        text = f"Closed {len(mine)} WebSocket connection(s) tracked for this key."
        note = "Sockets closed with code 4502 (SWEEP_INITIATED)."
        code = {"close_code": 4502, "close_reason_prefix": "ws-sweep:", "note": note}
        return ok({"message": text, "closed": len(mine)} | code)

    def credits(self, _: Request, account: Account) -> Response:
        """Tell the caption minutes."""
        total, used, remaining = self.sim.caption_credits(account)
        return Response(200, {"total": total, "used": used, "remaining": remaining})

    def connect(self, request: Request, account: Account) -> Response:
        """Hand out a token and an address, as the website does."""
        handle = asked(request)
        token = self.jwt(request, account).body["data"]["token"]  # type: ignore[index]
        creator = self.sim.creator(handle)
        stream = {"room_id": creator.room_id, "alive": creator.live, "stream_urls": {}, "default_quality": "origin"}
        return Response(200, {"token": token, "wsUrl": self.sim.ws_base, "uniqueId": handle, "stream": stream})

    # liveness -------------------------------------------------------------------------------------------------

    def bulk_live_check(self, request: Request, account: Account) -> Response:
        """Check many creators at once, as many as the tier allows."""
        body = request.json()
        handles = body.get("unique_ids") or body.get("usernames") or []
        if not account.tier.bulk:
            return no(403, "bulk_live_check is not available on your tier", error=True, upgrade=True)
        if len(handles) > account.tier.bulk:
            return no(400, f"Too many users in one request for your tier (max {account.tier.bulk})")
        creators = [self.sim.creator(clean(str(handle))) for handle in handles]
        if self.sim.bulk_form == "map":
            return ok({"data": {creator.handle: creator.live for creator in creators if creator.known}})
        return ok(
            {"data": [self.row(creator) for creator in creators if creator.known or self.sim.bulk_form != "missing"]}
        )

    def row(self, creator: Creator) -> dict[str, Any]:
        """Write one row of a bulk check."""
        unique = {"unique_id": creator.handle}
        if not creator.known:
            return unique | {
                "is_live": None,
                "alive": None,
                "alive_status": "unknown",
                "check_failed": True,
                "room_id": None,
            }
        return unique | {"is_live": creator.live, "alive": creator.live, "room_id": creator.room_id}

    def live_status(self, request: Request, _: Account) -> Response:
        """Tell what the service remembers of one creator."""
        creator = self.sim.creator(asked(request))
        live = creator.live and creator.known
        room = creator.room_id if live else None
        return ok({"data": {"unique_id": creator.handle, "is_live": live, "room_id": room, "cached": not live}})

    def check_alive(self, request: Request, _: Account) -> Response:
        """Check one creator for good, or rooms by id."""
        wanted = request.query.get("room_ids")
        if wanted:
            rooms = {creator.room_id: creator for creator in self.sim.creators.values()}
            creators = [rooms[room] for room in wanted.split(",") if room in rooms]
        else:
            creators = [self.sim.creator(asked(request))]
        return ok({"data": [self.alive_row(creator) for creator in creators if creator.known]})

    def alive_row(self, creator: Creator) -> dict[str, Any]:
        """Write one row of check_alive."""
        if not creator.live:
            return {"room_id": "", "alive": False, "title": "", "userCount": 0}
        return {"room_id": creator.room_id, "alive": True, "title": creator.title, "userCount": creator.viewers}

    def find_room(self, request: Request, account: Account) -> Response:
        """Resolve a handle to a room."""
        creator = self.sim.creator(asked(request))
        if not creator.known:
            return Response(200, {"status_code": -1, "error": "could not resolve"})
        data = {
            "unique_id": creator.handle,
            "room_id": creator.room_id,
            "alive": creator.live,
            "cached": not creator.live,
        }
        return ok({"data": data | ({"stale_fix": False} if creator.live and account.tier.rank > 1 else {})})

    def room_info(self, request: Request, account: Account) -> Response:
        """Tell title, counters and owner, parsed or in fetch mode."""
        body = request.json() | request.query
        if body.get("room_id") and body.get("mode") == "fetch":
            return self.fetched(str(body["room_id"]), account)
        creator = self.sim.creator(asked(request))
        if not creator.known:
            return Response(404, {"status_code": -1, "error": "Could not resolve room for this user"})
        if not creator.live:
            return Response(400, NOT_LIVE)
        picture = self.sim.pictures.of("avatar", creator.handle, "webp")
        owner = {"nickname": creator.host.name, "uniqueId": creator.handle, "profilePictureUrl": picture}
        counts = {"like_count": creator.likes, "share_count": creator.stage.shares if creator.stage else 0}
        head = {"room_id": creator.room_id, "alive": True, "title": creator.title, "user_count": creator.viewers}
        return ok({"data": head | {"owner": owner} | counts})

    def fetched(self, room_id: str, account: Account) -> Response:
        """Answer room_info in fetch mode, for Pro and above."""
        if account.tier.rank < 2:
            return no(403, "mode=fetch requires Pro or above", error=True, upgrade=True)
        creator = next((one for one in self.sim.creators.values() if one.room_id == room_id), None)
        if creator is None or not creator.live:
            return Response(400, NOT_LIVE)
        owner = {"nickname": creator.host.name, "display_id": creator.handle}
        lasted = int(max(0.0, self.sim.clock.now_ms - creator.started_ms) / 1000)
        counts = {"user_count": creator.viewers, "total_user": creator.stage.seen if creator.stage else None}
        more = {"title": creator.title, "like_count": creator.likes, "live_duration_seconds": lasted, "owner": owner}
        return ok({"mode": "fetch", "data": {"room_id": room_id, "status": 2} | counts | more})

    def room_cover(self, request: Request, _: Account) -> Response:
        """Tell where the cover lies."""
        creator = self.sim.creator(asked(request))
        if not creator.live:
            return Response(400, NOT_LIVE)
        cover = self.sim.pictures.of("cover", creator.room_id, "webp")
        return ok({"data": {"room_id": creator.room_id, "cover_url": cover}})
