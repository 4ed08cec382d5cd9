"""Rows of the boards as each endpoint writes them, whole or masked by tier. Only forms; ranking is boards.py's."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from overlay.simulator.dice import digest

if TYPE_CHECKING:
    from overlay.simulator.boards import Row
    from overlay.simulator.people import Pictures

REAL = 3
DIAMONDS_PER_USD = 200


def hidden(row: Row, *, full: bool) -> bool:
    """Tell whether a row is masked: all behind the third place, for those who may not see."""
    return not full and row.rank > REAL


def dots(text: str) -> str:
    """Mask a text by dots, as long as itself."""
    return "•" * max(3, min(12, len(text)))


def placeholder(row: dict[str, Any], pictures: Pictures) -> dict[str, Any]:
    """Mask a row of the data API: ids go first, then everything; the made-up name is new on every request."""
    shown = row | {"userId": None, "roomId": None}
    if row["rank"] <= REAL:
        return shown
    name = f"creator-{secrets.token_hex(4)}"
    return shown | {
        "uniqueId": name,
        "nickname": "",
        "avatar": f"{pictures.base}/generic.png",
        "isLive": False,
        "masked": True,
    }


def channel(row: Row, avatar: str, *, masked: bool) -> dict[str, Any]:
    """Write a row of a country board."""
    name = f"someone-{digest(row.handle).hex()[:6]}"
    who = {"uniqueId": name, "displayName": name} if masked else {"uniqueId": row.handle, "displayName": row.name}
    more = {"roomId": None, "profilePic": None} if masked else {"roomId": row.room_id, "profilePic": avatar}
    return {"rank": row.rank} | who | {"score": row.score, "alive": row.live} | more


def snake(row: Row, avatar: str, *, full: bool) -> dict[str, Any]:
    """Write a row of the gaming board."""
    if hidden(row, full=full):
        who = {"unique_id": dots(row.handle), "nickname": dots(row.name), "avatar": None}
    else:
        who = {"unique_id": row.handle, "nickname": row.name, "avatar": avatar}
    room = row.room_id if full else None
    return {"rank": row.rank} | who | {"score": row.score, "is_live": row.live, "room_id": room}


def second_form(row: Row, avatar: str, *, full: bool) -> dict[str, Any]:
    """Write a row of the gaming board as its second description has it."""
    if hidden(row, full=full):
        name = digest(row.handle).hex()[: max(3, min(12, len(row.handle)))]
        return {"rank": row.rank, "uniqueId": name, "score": row.score, "isLive": row.live, "masked": True}
    head = {"rank": row.rank, "uniqueId": row.handle, "nickname": row.name, "avatar": avatar}
    return head | {"score": row.score, "usd": row.score // DIAMONDS_PER_USD, "isLive": row.live}


def mover(row: Row, avatar: str, inside: str, *, full: bool) -> dict[str, Any]:
    """Write a row of the movers."""
    who = {"unique_id": row.handle, "nickname": row.name, "avatar": avatar}
    if not full:
        who = {"unique_id": dots(row.handle), "nickname": dots(row.name), "avatar": avatar}
    counts = {"peak_score": row.score, "appearances": 200 - row.rank, "live_now": row.live, inside: False}
    return {"peak_rank": row.rank} | who | counts | {"diamonds_to_reenter": max(0, 284_791 - row.score)}


def shop(row: Row, avatar: str, *, full: bool) -> dict[str, Any]:
    """Write a row of the shopping board."""
    if hidden(row, full=full):
        who = {"uniqueId": dots(row.handle), "displayName": dots(row.name), "avatar": None}
    else:
        who = {"uniqueId": row.handle, "displayName": row.name, "avatar": avatar}
    return {"rank": row.rank} | who | {"score": row.score, "isLive": row.live, "roomId": row.room_id if full else None}


def gifter(row: Row, avatar: str, *, full: bool) -> dict[str, Any]:
    """Write a row of the gifters' board."""
    name = f"someone-{digest(row.handle).hex()[:6]}"
    counts = {"totalDiamonds": row.score, "creatorsGifted": 1 + row.rank % 9, "giftCount": row.score // 700 + 1}
    if not full:
        head = {"rank": row.rank, "platformId": None, "username": name, "displayName": name}
        return head | counts | {"profilePic": None, "profileUrl": None, "masked": True}
    head = {"rank": row.rank, "platformId": row.user_id, "username": row.handle, "displayName": row.name}
    return (
        head | counts | {"profilePic": avatar, "profileUrl": f"https://tik.tools/gifter/{row.handle}", "masked": False}
    )
