"""FastMoss's topCreator: live sellers by day, week or month, with its own errors, spellings and numbers as they are.

It never touches gifts.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

from overlay.simulator.dice import digest, digits
from overlay.simulator.names import NAMES
from overlay.simulator.people import Host
from overlay.simulator.plain import Response, number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from overlay.simulator.plain import Request
    from overlay.simulator.server import Simulator

CURRENCY: dict[str, tuple[str, float]] = {
    "US": ("USD", 1.0),
    "GB": ("GBP", 0.78),
    "MX": ("MXN", 18.4),
    "ES": ("EUR", 0.92),
    "DE": ("EUR", 0.92),
    "IT": ("EUR", 0.92),
    "FR": ("EUR", 0.92),
    "ID": ("IDR", 16_200.0),
    "VN": ("VND", 25_300.0),
    "MY": ("MYR", 4.4),
    "TH": ("THB", 35.1),
    "PH": ("PHP", 57.2),
    "BR": ("BRL", 5.4),
    "JP": ("JPY", 150.0),
    "SG": ("SGD", 1.34),
}
DATES = {"day": r"\d{4}-\d{2}-\d{2}", "week": r"\d{4}-\d{1,2}", "month": r"\d{4}-\d{2}"}
SCALE = {"day": 1, "week": 6, "month": 25}
TOTAL = 500
MOST_PAGE = 100
FIELDS = frozenset({"units_sold", "gmv"})


def error(code: int, text: str, status: int = 200) -> Response:
    """Refuse as FastMoss does: mostly inside a 200."""
    body = {
        "code": code,
        "message": text,
        "data": None,
        "request_id": digest(text, time.time_ns()).hex(),
        "timestamp": int(time.time()),
    }
    return Response(status, body)


def top_creators(sim: Simulator, request: Request) -> Response:
    """Answer POST /live/v1/rank/topCreator."""
    token = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    if not sim.keys.good(token):
        return error(30001, "Unauthorized", 401)
    if request.path != "/live/v1/rank/topCreator" or request.method != "POST":
        return Response(404, {"code": 20001, "message": "not found", "data": None})
    body = request.json()
    wanted = body.get("filter") if isinstance(body.get("filter"), dict) else {}
    orders = body.get("orderby") or [{"field": "units_sold", "order": "desc"}]
    order = orders[0] if isinstance(orders, list) else orders
    page, size = int(number(body.get("page"), 1)), int(number(body.get("pagesize"), 10))
    if problem := wrong(wanted or {}, order, page, size):
        return Response(
            200,
            {
                "code": 10001,
                "msg": problem,
                "data": {},
                "request_id": digest(problem).hex(),
                "timestamp": int(time.time()),
            },
        )
    return Response(200, board(sim, wanted or {}, str(order.get("field", "units_sold")), (page, size)))


def wrong(wanted: dict[str, Any], order: dict[str, Any], page: int, size: int) -> str | None:
    """Say which parameter is wrong."""
    if wanted.get("region", "US") not in CURRENCY:
        return "region is not supported"
    if not 1 <= size <= MOST_PAGE:
        return "pagesize must be between 1 and 100"
    if page < 1 or page * size > TOTAL:
        return "page x pagesize must not exceed 500"
    if order.get("field", "units_sold") not in FIELDS or order.get("order", "desc") != "desc":
        return "orderby is not supported"
    date = wanted.get("date_info") or {"type": "day", "value": "2026-04-01"}
    if date.get("type") not in DATES or not re.fullmatch(DATES[date["type"]], str(date.get("value", ""))):
        return "date_info is not valid"
    return None


def board(sim: Simulator, wanted: dict[str, Any], field: str, part: tuple[int, int]) -> dict[str, Any]:
    """Write one page of the board. Long: one document, field by field."""
    date = wanted.get("date_info") or {
        "type": "day",
        "value": time.strftime("%Y-%m-%d", time.gmtime(time.time() - 86_400)),
    }
    region = str(wanted.get("region", "US"))
    salt = (
        sim.seed,
        region,
        date["type"],
        date["value"],
        wanted.get("product_category_id"),
        wanted.get("creator_category_id"),
    )
    rows = sorted(sellers(sim, salt, region, SCALE[date["type"]]), key=lambda row: -row[f"live_{field}"])
    page, size = part
    data = {
        "list": rows[(page - 1) * size : page * size],
        "total": TOTAL,
        "date_type": date["type"],
        "date_value": date["value"],
    }
    return {
        "code": 0,
        "data": data,
        "message": "",
        "timestamp": int(time.time()),
        "request_id": digest(*salt, page).hex(),
    }


def sellers(sim: Simulator, salt: tuple[object, ...], region: str, scale: int) -> Iterator[dict[str, Any]]:
    """Invent the sellers of a board; our creators are among them."""
    own = [creator.host for creator in sim.creators.values()][:5]
    for place in range(TOTAL):
        name, stem, _ = NAMES[place % len(NAMES)]
        host = own[place // 3 - 1] if place % 3 == 0 and 0 < place // 3 <= len(own) else None
        yield seller(
            sim,
            host or Host(sim.seed, f"{stem}.shop{place}", name),
            (*salt, place),
            region,
            scale * 60_000 // (place + 3),
        )


def seller(sim: Simulator, host: Host, salt: tuple[object, ...], region: str, most: int) -> dict[str, Any]:
    """Write one seller, with the service's own spelling of units. Long: one document, field by field."""
    number = int.from_bytes(digest(*salt)[:4])
    currency, rate = CURRENCY[region]
    units = max(1, most - number % (most // 5 + 1))
    usd = round(units * (6 + number % 30), 2)
    uid = digits(host.id, "seller", lead="729")
    creator = {
        "uid": int(uid),
        "unique_id": host.handle,
        "nickname": host.name,
        "avatar": sim.pictures.of("avatar", host.handle, "webp"),
        "region": region,
        "category": {"id": 4, "name": "Beauty"} if number % 3 else None,
        "follower_count": host.followers,
    }
    lives = [
        {
            "room_id": digits(uid, live, "room", lead="762"),
            "uid": uid,
            "title": f"{host.name} sale LIVE {live + 1}",
            "region": region,
            "cover": sim.pictures.of("cover", f"{host.handle}{live}", "webp"),
            "uints_sold": units // (3 + live),
            "gmv": round(usd * rate / (3 + live), 2),
            "currency": currency,
        }
        for live in range(2)
    ]
    sums = {"live_units_sold": units, "live_gmv": round(usd * rate, 2), "live_usd_gmv": usd, "currency": currency}
    return (
        {"creator": creator, "sale_product_count": 20 + number % 200}
        | sums
        | {"live_count": 2 + number % 9, "top_live": lives}
    )
