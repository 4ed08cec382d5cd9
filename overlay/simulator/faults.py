"""REST that fails: broken proxies, errors inside a 200, half a JSON, slowness; by plan or by chance. Never a socket."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import TYPE_CHECKING, Final

from overlay.simulator.dice import dice
from overlay.simulator.plain import Response

if TYPE_CHECKING:
    from overlay.simulator.plain import Request
    from overlay.simulator.server import Simulator

HTML: Final = b"<html><body>502 Bad Gateway</body></html>"
PRICING: Final = "https://tik.tools/pricing"
SIGNED: Final = "https://webcast.tiktok.example/webcast/room/info/?..."
SLOW_MS = 2500
CHANCE = 0.1

BY_CHANCE: tuple[str, ...] = ("html", "503", "429-error", "inside", "signed", "half", "empty", "slow")
ANY_PATH = "*"
HANG_MS = 60_000

LIMITED: Final = "Rate limit exceeded. Please wait before making more requests."
SIGNED_BODY: Final = {
    "action": "fetch_signed_url",
    "signed_url": SIGNED,
    "headers": {"User-Agent": "..."},
    "cookies": "",
}
SPOILED: Final[dict[str, Response]] = {
    "html": Response(502, HTML, {"Content-Type": "text/html"}),
    "500": Response(500, {"status_code": 500, "message": "server error"}),
    "503": Response(503, {"status_code": 503, "message": "server error"}),
    "503-later": Response(503, {"status_code": 503, "message": "come again later"}, {"Retry-After": "600"}),
    "401": Response(401, {"status_code": 401, "message": "Invalid or expired API key"}),
    "403": Response(403, {"status_code": 403, "error": "your plan does not include this", "upgrade_url": PRICING}),
    "404": Response(404, {"status_code": 404, "error": {"message": "not found"}}),
    "429": Response(429, {"status_code": 429, "message": LIMITED}),
    "429-error": Response(429, {"error": "rate limited"}, {"Retry-After": "60", "X-RateLimit-Remaining": "0"}),
    "inside": Response(200, {"status_code": -1, "error": "could not resolve"}),
    "signed": Response(200, {"status_code": 0} | SIGNED_BODY),
    "empty": Response(200, {"status_code": 0, "data": []}),
}
KINDS: tuple[str, ...] = (*SPOILED, "half", "slow", "hang")


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
        return SPOILED[kind]._replace(headers=headers | SPOILED[kind].headers)
