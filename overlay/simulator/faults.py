"""REST that fails: broken proxies, errors inside a 200, signed addresses, half a JSON, slowness. By plan or by chance."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import TYPE_CHECKING, Final

from overlay.simulator.dice import dice
from overlay.simulator.wire import Response

if TYPE_CHECKING:
    from overlay.simulator.server import Simulator
    from overlay.simulator.wire import Request

HTML: Final = b"<html><body>502 Bad Gateway</body></html>"
SIGNED: Final = "https://webcast.tiktok.example/webcast/room/info/?..."
SLOW_MS = 2500
CHANCE = 0.1

KINDS: tuple[str, ...] = (
    "html",
    "500",
    "503",
    "401",
    "403",
    "404",
    "429",
    "429-error",
    "inside",
    "signed",
    "half",
    "empty",
    "slow",
    "hang",
)
BY_CHANCE: tuple[str, ...] = ("html", "503", "429-error", "inside", "signed", "half", "empty", "slow")
ANY_PATH = "*"
HANG_MS = 60_000


class Faults:
    """What goes wrong with plain requests, and with handshakes."""

    def __init__(self, seed: object, *, chaotic: bool) -> None:
        """Fail by chance only if chaotic; never twice in a row."""
        self.dice = dice(seed, "rest faults")
        self.chaotic = chaotic
        self.planned: dict[str, deque[str]] = defaultdict(deque)
        self.refusals: list[int] = []
        self._failed = False

    def plan(self, path: str, kinds: tuple[str, ...]) -> None:
        """Let the next requests to a path (or to any: `*`) fail in these ways."""
        unknown = set(kinds) - set(KINDS)
        if unknown:
            msg = f"there is no such failure: {', '.join(sorted(unknown))}"
            raise ValueError(msg)
        self.planned[path].extend(kinds)

    def kind(self, path: str) -> str | None:
        """Choose how this request fails, if it does."""
        for queue in (self.planned.get(path), self.planned.get(ANY_PATH)):
            if queue:
                return queue.popleft()
        if self.chaotic and not self._failed and self.dice.chance(CHANCE):
            self._failed = True
            return self.dice.pick(BY_CHANCE)
        self._failed = False
        return None

    async def apply(self, sim: Simulator, request: Request, good: Response, headers: dict[str, str]) -> Response:
        """Spoil the answer, or let it pass."""
        good = good._replace(headers=headers | good.headers)
        kind = self.kind(request.path)
        if kind is None:
            return good
        if kind in {"slow", "hang"}:
            await sim.sleep(SLOW_MS if kind == "slow" else HANG_MS)
            return good
        if kind == "half":
            return good._replace(cut_at=len(good.encode().partition(b"\r\n\r\n")[2]) // 2)
        return spoiled(kind)._replace(headers=headers | spoiled(kind).headers)


def spoiled(kind: str) -> Response:
    """Write a failing answer."""
    match kind:
        case "html":
            return Response(502, HTML, {"Content-Type": "text/html"})
        case "429":
            return Response(
                429, {"status_code": 429, "message": "Rate limit exceeded. Please wait before making more requests."}
            )
        case "429-error":
            return Response(429, {"error": "rate limited"}, {"Retry-After": "60", "X-RateLimit-Remaining": "0"})
        case "inside":
            return Response(200, {"status_code": -1, "error": "could not resolve"})
        case "signed":
            signed = {
                "action": "fetch_signed_url",
                "signed_url": SIGNED,
                "headers": {"User-Agent": "..."},
                "cookies": "",
            }
            return Response(200, {"status_code": 0} | signed)
        case "empty":
            return Response(200, {"status_code": 0, "data": []})
        case "401":
            return Response(401, {"status_code": 401, "message": "Invalid or expired API key"})
        case "403":
            return Response(
                403,
                {
                    "status_code": 403,
                    "error": "your plan does not include this",
                    "upgrade_url": "https://tik.tools/pricing",
                },
            )
        case "404":
            return Response(404, {"status_code": 404, "error": {"message": "not found"}})
        case _:
            return Response(int(kind), {"status_code": int(kind), "message": "server error"})
