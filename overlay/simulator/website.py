"""The rankings of tik.tools: countries, leagues, gifters. Rows come from boards.py; here are only its forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from overlay.simulator import masks
from overlay.simulator.dice import Dice, digest
from overlay.simulator.greetings import iso
from overlay.simulator.plain import Response, number
from overlay.simulator.regions import CLASSES, REGIONS, SLUGS, label, resolve

if TYPE_CHECKING:
    from overlay.simulator.boards import Boards
    from overlay.simulator.keys import Account
    from overlay.simulator.plain import Request

DAY_MS = 86_400_000
MOST_GIFTERS = 200
MOST_TOP = 50
PRO, ULTRA, GLOBAL = 2, 3, 4


class Website:
    """The board endpoints of tik.tools."""

    def __init__(self, boards: Boards) -> None:
        self.boards = boards
        #: Regions of which nothing was captured yet in this cycle.
        self.unavailable: set[str] = set()

    def answer(self, request: Request, account: Account) -> Response | None:
        """Answer, if the path is one of these."""
        match request.path.strip("/").split("/"):
            case ["api", "leaderboards", "country", slug]:
                return self.country(slug, account)
            case ["api", "leaderboards", "leagues", region]:
                return self.leagues(region, account)
            case ["api", "gifters", "leaderboard"]:
                return self.gifters(request, account)
            case ["api", "gifters", "top"]:
                return self.top_gifters(request, account)
            case ["api", "leaderboards", "league", region, class_type]:
                return self.league(region, class_type, account)
        return None

    def country(self, slug: str, account: Account) -> Response:
        """Rank the creators of a country, as an object or, as in the guide, an array. Long: one document."""
        if slug not in SLUGS:
            return Response(404, {"error": f"unknown country or region '{slug}'"})
        code, name, region, countries = SLUGS[slug]
        masked, rows = account.tier.rank < PRO, self.boards.rows(region)
        if self.boards.form == "guide":
            keys = ("rank", "uniqueId", "nickname", "score", "isLive", "roomId")
            return Response(200, [{key: self.boards.entry(row)[key] for key in keys} for row in rows])
        now = self.boards.sim.clock.wall()
        current = {
            "fetched_at": iso(now),
            "live_count": sum(row.live for row in rows),
            "total_score": sum(row.score for row in rows),
        }
        current["channels"] = [masks.channel(row, self.boards.avatar(row.handle), masked=masked) for row in rows]
        best = [{"rank": r.rank, "uniqueId": r.handle, "displayName": r.name, "score": r.score} for r in rows[:3]]
        past = {
            "date": iso(now - DAY_MS)[:10],
            "top3": best,
            "total_score": current["total_score"],
            "entry_count": len(rows),
        }
        where = {
            "country": {"code": code, "name": name, "slug": slug},
            "region": {"code": region, "countries": list(countries)},
        }
        state = {"is_active": True, "tier": account.tier.name, "masked": masked, "history_days": 0 if masked else 7}
        body = (
            where
            | state
            | {"next_reset": iso(self.boards.resets()), "current": current, "history": [] if masked else [past]}
        )
        return Response(200, body)

    def leagues(self, wanted: str, account: Account) -> Response:
        """List the classes of a region."""
        region = resolve(wanted)
        if region is None:
            return Response(404, {"error": f"unknown region '{wanted}'"})
        now = self.boards.sim.clock.wall()
        rows: list[dict[str, Any]] = [
            {"classType": one, "classLabel": label(one), "count": 99, "updatedAt": now - one * 100} for one in CLASSES
        ]
        if self.boards.form == "guide":
            return Response(200, [row | {"updatedAt": iso(row["updatedAt"])} for row in rows])
        available = region not in self.unavailable
        if self.boards.form == "rich" or not available:
            anchor = {
                "anchorUniqueId": "luna.sings",
                "anchorRoomId": "7650000000000000101",
                "stale": False,
                "staleMinutes": 1,
            }
            full = {"hasFullAccess": account.tier.rank >= ULTRA, "valid_regions": list(REGIONS)}
            shown = [row | anchor for row in rows] if available else []
            return Response(
                200, {"region": region, "requested": wanted, "leagues": shown, "available": available} | full
            )
        return Response(200, {"region": region, "available": True, "leagues": rows})

    def league(self, wanted: str, class_text: str, account: Account) -> Response:
        """Rank one class: whole for Ultra, else a teaser of five picked at random."""
        region = resolve(wanted)
        if region is None or not class_text.isdigit() or int(class_text) not in CLASSES:
            return Response(404, {"error": "unknown region or class"})
        class_type, full = int(class_text), account.tier.rank >= ULTRA
        rows = [self.boards.entry(row) for row in self.boards.rows(f"{region}/{class_type}", top=class_type * 900)]
        if self.boards.form == "guide":
            short = [{key: value for key, value in row.items() if key not in {"roomId", "avatar"}} for row in rows]
            return Response(200, {"hasFullAccess": full, "maskedCount": 0, "totalCount": len(rows), "entries": short})
        shown = rows if full else sorted(Dice().sample(rows, 5), key=lambda row: int(row["rank"]))
        counts = {
            "totalCount": len(rows),
            "liveCount": sum(bool(row["isLive"]) for row in rows),
            "maskedCount": len(rows) - len(shown),
        }
        head = {"region": region, "classType": class_type, "classLabel": label(class_type), "hasFullAccess": full}
        return Response(200, head | counts | {"entries": shown})

    def gifters(self, request: Request, account: Account) -> Response:
        """Rank the gifters of a region or of the world."""
        region, period = request.query.get("region", "GLOBAL"), request.query.get("period", "daily")
        if period not in {"daily", "weekly", "monthly", "lifetime"}:
            return Response(400, {"error": f"unknown period '{period}'"})
        limit = min(MOST_GIFTERS, int(number(request.query.get("limit"), 100)))
        full = account.tier.rank >= GLOBAL
        times = {"daily": 1, "weekly": 6, "monthly": 24, "lifetime": 300}[period]
        rows = self.boards.rows(f"gifters/{region}/{period}", top=1_400_000 * times)[:limit]
        shown = [masks.gifter(row, self.boards.avatar(row.handle), full=full) for row in rows]
        head = {"region": region, "period": period, "gifters": shown}
        return Response(200, head | {"fetched_at": iso(self.boards.sim.clock.wall())})

    def top_gifters(self, request: Request, account: Account) -> Response:
        """Rank the gifters of one creator: these are the people of the simulation, with what they truly gave."""
        creator = self.boards.sim.creator(request.query.get("creator", ""))
        limit = min(MOST_TOP, int(number(request.query.get("limit"), 10)))
        given = sorted(creator.room_truth.diamonds_by().items(), key=lambda pair: -pair[1])
        total, full = sum(diamonds for _, diamonds in given), account.tier.rank >= GLOBAL
        people = creator.people().by_id
        at = iso(self.boards.sim.clock.wall())
        rows = []
        for rank, (key, diamonds) in enumerate(given[:limit], 1):
            person, hidden = people[key.rpartition(":")[2]], f"someone-{digest(key).hex()[:6]}"
            name = (
                {"username": person.handle, "displayName": person.name}
                if full
                else {"username": hidden, "displayName": hidden}
            )
            row = {"rank": rank, "platformId": person.id if full else None} | name
            rows.append(
                row | {"diamonds": diamonds, "share": round(diamonds / total, 3), "lastGiftAt": at, "masked": not full}
            )
        return Response(200, {"creator": creator.handle, "totalDiamonds": total, "topGifters": rows})
