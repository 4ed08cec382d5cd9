"""Rankings: regional, league, gaming, shopping and gifter boards that move as the simulated people give.

Scores grow over the day (or week) and start again at the reset; who may see names is decided by the key's tier.
They never count for an overlay. Longer than 300 lines: every board of the documents is here beside the others.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, NamedTuple

from overlay.simulator import masks
from overlay.simulator.dice import Dice, dice, digest, digits
from overlay.simulator.gifts import BY_ID
from overlay.simulator.names import NAMES
from overlay.simulator.people import Host
from overlay.simulator.plain import Response
from overlay.simulator.regions import CLASSES, LABELS, REGIONS, label
from overlay.simulator.sellers import top_creators
from overlay.simulator.website import Website

if TYPE_CHECKING:
    from overlay.simulator.creators import Creator
    from overlay.simulator.keys import Account
    from overlay.simulator.plain import Request
    from overlay.simulator.server import Simulator

DAY_MS = 86_400_000
WEEK_MS = 7 * DAY_MS
MONDAY_MS = 4 * DAY_MS
SPANS = {False: (DAY_MS, 0), True: (WEEK_MS, MONDAY_MS)}
"""How long a board goes, and from when it is counted: by day or by week."""
SIZE = 99
ULTRA, GLOBAL = 3, 4
MOVING = frozenset({"fetched_at", "updated_at", "updatedAt", "countdown", "date"})
"""Parts of an answer that move although the board does not."""
UPGRADE = {"upgrade": "Upgrade to the Global tier"}


class Row(NamedTuple):
    """One place on a board."""

    rank: int
    handle: str
    name: str
    user_id: str
    score: int
    live: bool
    room_id: str | None


class Boards:
    """All boards of one simulator."""

    def __init__(self, sim: Simulator) -> None:
        """Lay out the paths."""
        self.sim = sim
        #: "docs" (objects, ms), "guide" (arrays, ISO) or "rich", "second": which of the described forms is answered.
        self.form = "docs"
        self._bases: dict[tuple[str, bool], tuple[int, int]] = {}  # which day or week, and what was given before it
        self.same = 0  # how often "not changed" was all that was answered
        self.site = Website(self)
        self.paths = {
            "/webcast/leaderboard": self.regional,
            "/webcast/leaderboard/leagues": self.all_leagues,
            "/webcast/leaderboard/league": self.data_league,
            "/webcast/live-counts": self.live_counts,
            "/webcast/ranklist/gaming": self.gaming,
            "/webcast/ranklist/gaming_movers": self.gaming_movers,
            "/webcast/ranklist/region_movers": self.region_movers,
            "/webcast/ranklist/shopping": self.shopping,
            "/webcast/ranklist/regional": self.signed,
        }

    def answer(self, request: Request, account: Account) -> Response | None:
        """Answer, if the path is one of a board."""
        found = self.paths.get(request.path)
        response = found(request, account) if found else self.site.answer(request, account)
        return response and self.tagged(request, response)

    def tagged(self, request: Request, response: Response) -> Response:
        """Add the ETag; whoever has it already hears only that nothing has changed."""
        if response.status != 200 or not isinstance(response.body, (dict, list)):
            return response
        tag = f'"{digest(json.dumps(resting(response.body))).hex()[:24]}"'
        if request.headers.get("if-none-match") == tag:
            self.same += 1
            return Response(304, b"", {"ETag": tag})
        return response._replace(headers={**response.headers, "ETag": tag})

    def sellers(self, request: Request) -> Response:
        """Answer FastMoss."""
        return top_creators(self.sim, request)

    def gift_name(self, gift_id: int) -> str:
        """Name a gift."""
        return BY_ID[gift_id].name

    # rows -----------------------------------------------------------------------------------------------------

    def rows(self, board: str, *, weekly: bool = False, top: int = 4_500_000) -> list[Row]:
        """Rank the invented creators of a board together with ours, at this moment."""
        now, (span_ms, from_ms) = self.sim.clock.wall(), SPANS[weekly]
        done = ((now - from_ms) % span_ms) / span_ms
        entries: list[tuple[int, str, str, str, bool, str | None]] = []
        for place in range(SIZE):
            roll = dice(self.sim.seed, "board", board, place)
            handle, name = invented(roll, place)
            total = top / (place + 1) ** 1.1 * (0.9 + 0.2 * roll.random())
            beat = 1 + 0.04 * math.sin(now / 60_000 / (3 + place % 7) + place)
            live = roll.chance(0.4)
            room = digits(board, place, "room", lead="765") if live else None
            entries.append(
                (int(total * done * beat), handle, name, digits(board, place, "host", lead="69"), live, room)
            )
        for creator in self.sim.creators.values():
            own = creator.host
            base = top / (8 + dice(self.sim.seed, board, own.handle).span(0, 30)) ** 1.1 * done
            room = creator.room_id if creator.live else None
            entries.append(
                (int(base) + self.earned(creator, weekly=weekly), own.handle, own.name, own.id, creator.live, room)
            )
        entries.sort(key=lambda entry: (-entry[0], entry[1]))
        return [
            Row(rank, h, n, uid, score, live, room)
            for rank, (score, h, n, uid, live, room) in enumerate(entries[:SIZE], 1)
        ]

    def earned(self, creator: Creator, *, weekly: bool) -> int:
        """Sum what a creator of ours was given since the board began, or since it was first looked at afterwards."""
        span_ms, from_ms = SPANS[weekly]
        began, now = ((at - from_ms) // span_ms for at in (self.sim.clock.wall_ms, self.sim.clock.wall()))
        known, base = self._bases.get((creator.handle, weekly), (began, 0))
        if known != now:
            base = creator.diamonds
        self._bases[creator.handle, weekly] = (now, base)
        return creator.diamonds - base

    def resets(self, *, weekly: bool = False) -> int:
        """Tell when a board starts again, in ms."""
        now = self.sim.clock.wall()
        return ((now - MONDAY_MS) // WEEK_MS + 1) * WEEK_MS + MONDAY_MS if weekly else (now // DAY_MS + 1) * DAY_MS

    def avatar(self, handle: str) -> str:
        """Tell where a picture lies."""
        return self.sim.pictures.of("avatar", handle, "webp")

    def entry(self, row: Row) -> dict[str, Any]:
        """Write a row as the data API does."""
        head = {"rank": row.rank, "uniqueId": row.handle, "userId": row.user_id, "nickname": row.name}
        return head | {"avatar": self.avatar(row.handle), "score": row.score, "isLive": row.live, "roomId": row.room_id}

    def entries(self, board: str, account: Account, top: int = 4_500_000) -> list[dict[str, Any]]:
        """Write the rows for a tier: below Ultra three are real, the rest placeholders."""
        full = account.tier.rank >= ULTRA
        rows = [self.entry(row) for row in self.rows(board, top=top)]
        return rows if full else [masks.placeholder(row, self.sim.pictures) for row in rows]

    def league_of(self, host: Host) -> dict[str, Any]:
        """Tell the league of a creator."""
        rank = next((row.rank for row in self.rows(f"{host.region}/{host.class_type}") if row.user_id == host.id), None)
        shown = {
            "region": host.region,
            "classType": host.class_type,
            "classLabel": label(host.class_type),
            "rank": rank,
        }
        return {"found": True} | shown

    # data API -------------------------------------------------------------------------------------------------

    def region(self, request: Request, default: str = "US+") -> str | Response:
        """Read the region, exactly: a bare plus in an address arrives as a blank and is refused."""
        wanted = request.query.get("region", default)
        if wanted in REGIONS:
            return wanted
        return Response(400, {"status_code": 400, "message": f"Unknown region '{wanted}'"})

    def regional(self, request: Request, account: Account) -> Response:
        """Rank the creators of a region, today."""
        region = self.region(request)
        if isinstance(region, Response):
            return region
        entries = self.entries(region, account)
        live = sum(bool(entry["isLive"]) for entry in entries) * 6
        head = {
            "status_code": 0,
            "region": region,
            "rank_type": "daily",
            "fetched_at": self.sim.clock.wall(),
            "live_count": live,
        }
        return Response(200, head | {"entries": entries})

    def data_league(self, request: Request, account: Account) -> Response:
        """Rank one class of a region."""
        region, class_type = self.region(request), request.query.get("class", "2000")
        if isinstance(region, Response):
            return region
        if not class_type.isdigit() or int(class_type) not in CLASSES:
            return Response(400, {"status_code": 400, "message": f"Unknown class '{class_type}'"})
        entries = self.entries(f"{region}/{class_type}", account, int(class_type) * 900)
        head = {"status_code": 0, "region": region, "class_type": class_type, "fetched_at": self.sim.clock.wall()}
        return Response(200, head | {"entries": entries})

    def all_leagues(self, request: Request, account: Account) -> Response:
        """Rank all classes of a region."""
        region = self.region(request)
        if isinstance(region, Response):
            return region
        now = self.sim.clock.wall()
        classes = {
            str(one): {"fetched_at": now - one, "entries": self.entries(f"{region}/{one}", account, one * 900)}
            for one in CLASSES
        }
        return Response(200, {"status_code": 0, "region": region, "classes": classes})

    def live_counts(self, _: Request, __: Account) -> Response:
        """Count who is live."""
        minute = self.sim.clock.wall() // 60_000
        regions = {code: 180 + dice(self.sim.seed, code, minute).span(0, 320) for code in REGIONS}
        total = sum(regions.values())
        return Response(
            200, {"status_code": 0, "global_live": total, "global_live_verified": total // 7, "regions": regions}
        )

    def gaming(self, request: Request, account: Account) -> Response:
        """Rank the gaming lives of a region, overall and by game, in one of two forms."""
        region = "US+" if request.query.get("region") == "top" else self.region(request)
        if isinstance(region, Response):
            return region
        rows, full, now = self.rows(f"gaming/{region}", top=700_000), account.tier.rank >= GLOBAL, self.sim.clock.wall()
        if self.form == "second":
            entries = [masks.second_form(row, self.avatar(row.handle), full=full) for row in rows]
            return Response(
                200, {"status_code": 0, "region": region, "fetched_at": now, "total": SIZE, "entries": entries}
            )
        entries = [masks.snake(row, self.avatar(row.handle), full=full) for row in rows]
        shown = ("rank", "unique_id", "score", "is_live", "room_id")
        game = {"rank_type": 23, "game": "Call of Duty: Mobile", "game_id": 0, "official": True, "weekly": True}
        game |= {"reset_at": self.resets(weekly=True), "count": SIZE}
        games = [game | {"entries": [{key: entry[key] for key in shown} for entry in entries[:20]]}] if full else []
        head = {
            "status_code": 0,
            "region": region,
            "gated": not full,
            "tier": account.tier.name,
            "updated_at": now,
            "count": SIZE,
        }
        return Response(200, head | {"entries": entries, "games": games} | ({} if full else UPGRADE))

    def movers(
        self, request: Request, account: Account, board: str, inside: str
    ) -> tuple[dict[str, Any], list[dict[str, Any]]] | Response:
        """Write head and rows of those who fell off a board."""
        region = self.region(request)
        if isinstance(region, Response):
            return region
        full = account.tier.rank >= GLOBAL
        rows = self.rows(f"{board}/{region}", top=300_000)[::4]
        moved = [masks.mover(row, self.avatar(row.handle), inside, full=full) for row in rows]
        head = {"status_code": 0, "region": region, "region_label": LABELS.get(region, region), "gated": not full}
        return head | {"tier": account.tier.name} | ({} if full else UPGRADE), moved

    def gaming_movers(self, request: Request, account: Account) -> Response:
        """Tell who fell off the gaming board."""
        found = self.movers(request, account, "gaming", "in_top99_now")
        if isinstance(found, Response):
            return found
        head, moved = found
        game = {"class_type": 0, "game": "Overall (Daily)", "cutoff_score": 54_771, "total": 393, "movers": moved}
        return Response(200, head | {"games": [game]})

    def region_movers(self, request: Request, account: Account) -> Response:
        """Tell who fell off the board of a region."""
        found = self.movers(request, account, "region", "in_board_now")
        if isinstance(found, Response):
            return found
        head, moved = found
        return Response(200, head | {"cutoff_score": 284_791, "total": len(moved), "movers": moved})

    def shopping(self, request: Request, account: Account) -> Response:
        """Rank the shopping lives of the week."""
        region = self.region(request)
        if isinstance(region, Response):
            return region
        full, now, ends = account.tier.rank >= GLOBAL, self.sim.clock.wall(), self.resets(weekly=True)
        ranks = [
            masks.shop(row, self.avatar(row.handle), full=full)
            for row in self.rows(f"shop/{region}", weekly=True, top=240_000)
        ]
        head = {"status_code": 0, "region": region, "region_label": LABELS.get(region, region), "gated": not full}
        times = {
            "tier": account.tier.name,
            "weekly": True,
            "updated_at": now,
            "next_reset": ends,
            "countdown": ends - now,
        }
        return Response(200, head | times | {"count": SIZE, "ranks": ranks} | ({} if full else UPGRADE))

    def signed(self, _: Request, __: Account) -> Response:
        """Answer with an address that only a personal cookie opens."""
        head = {"status_code": 0, "action": "fetch_signed_url", "method": "POST", "headers": {"User-Agent": "..."}}
        signed = "https://webcast.tiktok.example/webcast/ranklist/list/v2/?..."
        return Response(200, head | {"signed_url": signed, "body": "room_id=1&rank_type=8", "cookies": ""})


def resting(value: Any) -> Any:
    """Leave out of an answer what moves although the board does not."""
    if isinstance(value, dict):
        return {str(name): resting(part) for name, part in value.items() if name not in MOVING}
    return [resting(part) for part in value] if isinstance(value, list) else value


def invented(roll: Dice, place: int) -> tuple[str, str]:
    """Invent a creator for a place on a board."""
    name, stem, _ = roll.pick(NAMES)
    return f"{stem}.live{place + roll.span(1, 9) * 100}", name
