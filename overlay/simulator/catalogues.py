"""TikTool's data API: gifts and people. Answers have the documented shapes; below Ultra they are samples.

It never says who is live.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from overlay.simulator import gifts
from overlay.simulator.dice import digits
from overlay.simulator.greetings import iso
from overlay.simulator.keys import HOUR_S, Account, recent
from overlay.simulator.plain import Response
from overlay.simulator.rest import PRICING, asked, no, ok

if TYPE_CHECKING:
    from overlay.simulator.creators import Creator
    from overlay.simulator.plain import Request
    from overlay.simulator.server import Simulator

WEEK_MS = 7 * 86_400_000
COUNTRY_CALLS = 60
IDS = 20
ULTRA = 3


class Catalogues:
    """The endpoints about gifts and people, over one simulator."""

    def __init__(self, sim: Simulator) -> None:
        self.sim = sim
        self.paths = {
            "/webcast/gift_info": self.gift_info,
            "/webcast/gifts_by_country": self.gifts_by_country,
            "/webcast/gift_gallery": self.gift_gallery,
            "/webcast/resolve_user_ids": self.resolve_user_ids,
            "/webcast/user_profile": self.user_profile,
            "/webcast/rankings": self.rankings,
        }

    # gifts ----------------------------------------------------------------------------------------------------

    def rows(self) -> list[dict[str, Any]]:
        """Write the catalogue."""
        return [gifts.row(gift, self.sim.pictures.of("gift", gift.slug)) for gift in gifts.CATALOGUE]

    def gift_info(self, _: Request, account: Account) -> Response:
        """Tell the catalogue: whole for Ultra and above, else a sample."""
        if account.tier.rank < ULTRA:
            sample = {"source": "sample", "is_sample": True, "count": len(gifts.CATALOGUE)}
            made = {"sample_generated_at": "2026-06-05T11:18:13Z", "data": {"gifts": self.rows()}}
            return ok(sample | made | {"your_tier": account.tier.name, "upgrade_url": PRICING})
        rows = [
            {
                "id": str(gift.id),
                "name": gift.name,
                "diamond_count": gift.price,
                "icon": self.sim.pictures.of("gift", gift.slug),
            }
            for gift in gifts.CATALOGUE
        ]
        room = next((creator.room_id for creator in self.sim.creators.values()), "7650000000000000101")
        return ok({"mode": "fetch", "data": {"room_id": room, "gifts": rows}})

    def gifts_by_country(self, request: Request, account: Account) -> Response:
        """Tell the catalogue of a country, streakable flags included; a sample below Ultra."""
        country = request.query.get("country", "US")
        if account.tier.rank < ULTRA:
            text = "The live catalogue per country needs Ultra or above"
            data = {"country": country, "region": None, "gifts": self.rows()}
            head = {"source": "sample", "is_sample": True, "message": text, "data": data}
            return ok(head | {"your_tier": account.tier.name, "upgrade_url": PRICING})
        if recent(account.country_calls, HOUR_S) >= COUNTRY_CALLS:
            return no(429, "Rate limit exceeded. Please wait before making more requests.")
        account.country_calls.append(time.time())
        if country == "XX":
            return no(503, "No live creator in this region right now", error=True)
        rows = [
            row | {"type": gift.gift_type, "combo": gift.streakable, "streakable": gift.streakable}
            for row, gift in zip(self.rows(), gifts.CATALOGUE, strict=True)
        ]
        region = country if country.endswith("+") else f"{country}+"
        head = {"country": country, "region": region, "region_label": country, "anchor_room_id": "7650000000000000333"}
        return ok(head | {"count": len(rows), "data": {"gifts": rows}})

    def gift_gallery(self, request: Request, account: Account) -> Response:
        """Tell the creator's wish list, with what was truly sent of it. Long: one document, field by field."""
        creator = self.sim.creator(asked(request))
        if not creator.live:
            return Response(400, {"status_code": 400, "error": "creator_not_live"})
        week = self.sim.clock.wall() // WEEK_MS * WEEK_MS
        rows = [self.gallery_row(creator, gift) for gift in gifts.GALLERY]
        lit = sum(bool(row["lit"]) for row in rows)
        data = {
            "unique_id": creator.handle,
            "anchor_id": creator.host.id,
            "anchor_nickname": creator.host.name,
            "anchor_avatar_url": self.sim.pictures.of("avatar", creator.handle, "webp"),
            "period": int(iso(week)[:10].replace("-", "")),
            "period_starts_at": iso(week),
            "period_ends_at": iso(week + WEEK_MS),
            "anchor_league": "C5",
            "gallery_league": "C",
            "gallery_ranking_icon_url": self.sim.pictures.of("league", "c5"),
            "total_gift_count": len(rows),
            "lit_gift_count": lit,
            "all_lit": lit == len(rows),
            "gifts": rows,
            "ops_gifts": [],
            "incoming_gifts": [],
            "class_type": creator.host.class_type,
        }
        if account.tier.rank >= ULTRA:
            return ok({"data": data})
        sample = {"source": "sample", "is_sample": True, "your_tier": account.tier.name, "upgrade_url": PRICING}
        return ok(sample | {"upgrade_message": "Real gallery data needs Ultra or above", "data": data})

    def gallery_row(self, creator: Creator, gift: gifts.Gift) -> dict[str, Any]:
        """Write one gift of the wish list."""
        goal = 20 if gift.price < gifts.FULL_USD else 5
        sent = min(goal, creator.room_truth.units_of(gift.id))
        return {
            "gift_id": str(gift.id),
            "name": gift.name,
            "coin_price": gift.price,
            "diamond_count": gift.price,
            "goal_count": goal,
            "current_sent_count": sent,
            "lit": sent >= goal,
            "image_url": self.sim.pictures.of("gift", gift.slug),
            "sponsored": False,
            "can_sponsor": True,
            "sponsorship_require_count": goal,
            "sponsor": None,
        }

    # people ---------------------------------------------------------------------------------------------------

    def resolve_user_ids(self, request: Request, _: Account) -> Response:
        """Name people by their ids, twenty at a time."""
        ids = [str(one) for one in request.json().get("user_ids") or []]
        if len(ids) > IDS:
            return no(400, f"Too many ids (max {IDS})")
        return ok({"data": {one: self.resolved(one) for one in ids}})

    def resolved(self, user_id: str) -> dict[str, Any]:
        """Name one person: a creator, a rival, or somebody of a crowd."""
        found = self.sim.people_by_id(user_id)
        if found is None:
            return {"userId": user_id, "username": None, "nickname": None, "avatarUrl": None, "cached": True}
        handle, name, picture = found
        avatar = self.sim.pictures.of("avatar", picture, "webp")
        return {"userId": user_id, "username": handle, "nickname": name, "avatarUrl": avatar, "cached": False}

    def user_profile(self, request: Request, account: Account) -> Response:
        """Tell a creator's profile and league, for Pro and above. Long: one document, field by field."""
        if not account.tier.lookups:
            return no(403, "user_profile requires Pro or above", error=True, upgrade=True)
        account.lookups += 1
        host = self.sim.creator(asked(request)).host
        avatars = {
            name: self.sim.pictures.of("avatar", host.handle, "webp")
            for name in ("avatarThumb", "avatarMedium", "avatarLarger")
        }
        stats = {
            "followerCount": host.followers,
            "followingCount": 250,
            "heartCount": host.followers * 31,
            "videoCount": 142,
        }
        profile: dict[str, Any] = {
            "id": host.id,
            "uniqueId": host.handle,
            "secUid": host.sec_uid,
            "nickname": host.name,
        }
        profile |= {"signature": "songs on request", "bioLink": "", "bioLinkRisk": 0, "verified": False} | avatars
        league = self.sim.boards.league_of(host)
        if account.tier.rank < ULTRA:
            text = "Upgrade to Ultra or Global for Rankings"
            league = {"found": True, "available_on": "ultra+", "message": text, "upgrade_url": PRICING}
        usage = {"profile_lookups_used": account.lookups, "profile_lookups_limit": account.tier.lookups}
        return ok({"data": {"profile": profile | {"stats": stats}, "league": league, "cached": False, "usage": usage}})

    def rankings(self, request: Request, _: Account) -> Response:
        """Answer as TikTool mostly does here: with an address that only a personal cookie opens."""
        room = digits(asked(request), "rank")
        signed = f"https://webcast.tiktok.example/webcast/ranklist/?room={room}"
        return ok({"action": "fetch_signed_url", "signed_url": signed, "headers": {"User-Agent": "..."}, "cookies": ""})
