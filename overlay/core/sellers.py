"""What FastMoss says of live sellers, in one form: its spellings, numbers and errors in, ranked rows out.

Nothing is asked here. Ids are bare numbers too large for a float: whoever decodes the answer keeps integers exact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from overlay.core.places import Sales, Seller
from overlay.core.ranks import first
from overlay.core.replies import number, whole, word
from overlay.core.text import clean_name, clean_text, fold_name

if TYPE_CHECKING:
    from collections.abc import Iterator

CODES: Final = {
    10001: "FastMoss does not accept this choice of region, date or category",
    20001: "FastMoss has nothing for this choice",
    30001: "FastMoss refuses the token, or the token may not ask for live sellers",
    30002: "the FastMoss account has used up what it may ask",
    30003: "FastMoss was asked too often",
    40001: "FastMoss had an error",
}


class Refusal(Struct, frozen=True, kw_only=True):
    """Why there is no board: FastMoss' code (0: it could not be read) and a sentence."""

    code: int
    text: str


def read_sales(body: Any, got_ms: int, refresh_ms: int, *, page: int = 1, size: int = 10) -> Sales | Refusal:
    """A page of the board out of a decoded answer, or why there is none."""
    if not isinstance(body, dict):
        return Refusal(code=0, text="FastMoss answered with something that cannot be read")
    code = whole(body.get("code"))
    if code != 0:
        return _refusal(code, body)
    data = body.get("data")
    rows = data.get("list") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(rows, list):
        return Refusal(code=0, text="FastMoss answered without a list of sellers")
    before = (page - 1) * size
    return Sales(
        got_ms=got_ms,
        refresh_ms=refresh_ms,
        rows=tuple(_sellers(rows, before)),
        total=whole(data.get("total")),
        date_type=word(data.get("date_type")),
        date_value=word(data.get("date_value")),
    )


def _refusal(code: int | None, body: dict[str, Any]) -> Refusal:
    told = first(body, "message", "msg")
    said = clean_text(told)[:200] if isinstance(told, str) else ""
    text = CODES.get(code or 0, "FastMoss refused to answer")
    return Refusal(code=code or 0, text=f"{text}: {said}" if said else text)


def _sellers(rows: list[Any], before: int) -> Iterator[Seller]:
    for place, row in enumerate(rows[:500], before + 1):
        if isinstance(row, dict) and isinstance(row.get("creator"), dict):
            yield _seller(row, row["creator"], place)


def _seller(row: dict[str, Any], creator: dict[str, Any], rank: int) -> Seller:
    handle, avatar, category = word(creator.get("unique_id")), word(creator.get("avatar")), creator.get("category")
    return Seller(
        rank=rank,
        id=_id(creator.get("uid")),
        handle=handle,
        name=clean_name(word(creator.get("nickname"))) or clean_name(handle),
        avatar=avatar if avatar and avatar.startswith("https://") else None,
        category=word(category.get("name")) if isinstance(category, dict) else None,
        units=_units(row, "live_units_sold"),
        gmv=_money(row.get("live_gmv")),
        usd=_money(row.get("live_usd_gmv")),
        currency=word(row.get("currency")),
        lives=whole(row.get("live_count")),
        title=_best_title(row.get("top_live")),
    )


def _id(value: Any) -> str | None:
    """An id as digits; one that went through a float is not to be trusted."""
    text = None if isinstance(value, float) else word(value)
    return text if text and text.strip("0") else None


def _money(value: Any) -> float | int | None:
    figure = number(value)
    return value if figure is not None and isinstance(value, (int, float)) else figure


def _units(row: dict[str, Any], *names: str) -> int | None:
    return whole(first(row, *names, "units_sold", "uints_sold"))


def _best_title(lives: Any) -> str | None:
    """The title of the live that sold most; the list is not said to be in order."""
    told = [live for live in lives if isinstance(live, dict)] if isinstance(lives, list) else []
    best = max(told, key=lambda live: _units(live) or 0, default=None)
    return (clean_text(word(best.get("title"))) or None) if best is not None else None


def own_seller(rows: tuple[Seller, ...], owner_id: str | None, handle: str) -> Seller | None:
    """The creator's row: by the permanent id, then by the handle."""
    name = fold_name(handle)
    by_id = (row for row in rows if owner_id is not None and row.id == owner_id)
    by_handle = (row for row in rows if row.handle and fold_name(row.handle) == name)
    return next(by_id, None) or next(by_handle, None)
