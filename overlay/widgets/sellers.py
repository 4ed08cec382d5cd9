"""The sellers: who sells most by live in a region, as FastMoss counts. Boards come as facts; this only picks rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

from msgspec import Meta, Struct

from overlay.core.people import User
from overlay.core.places import Sales, Seller
from overlay.core.sellers import own_seller
from overlay.core.standings import Fairs
from overlay.core.text import ANONYMOUS
from overlay.core.widget import END, Kind, Shared
from overlay.core.wishes import SalesWish

if TYPE_CHECKING:
    from overlay.core.scene import Scene

MOST: Final = 500
"""FastMoss tells no place behind this one."""


class Options(Shared, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a board of sellers may be told. `date` null is the last finished day, week or month."""

    region: Annotated[str, Meta(pattern=r"^[A-Za-z]{2}" + END)] = "US"
    date_type: Literal["day", "week", "month"] = "day"
    category: Annotated[int, Meta(ge=1, le=10**9)] | None = None
    order: Literal["units_sold", "gmv"] = "units_sold"
    rows: Annotated[int, Meta(ge=1, le=20)] = 5
    page: Annotated[int, Meta(ge=1, le=MOST)] = 1
    date: Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{1,2}(-[0-9]{2})?" + END)] | None = None

    def __post_init__(self) -> None:
        """The last place that may be asked for is the 500th."""
        Shared.__post_init__(self)
        if self.page * self.rows > MOST:
            raise ValueError("page times rows must not be more than 500")


class Entry(Struct, frozen=True, kw_only=True, gc=False):
    """A row."""

    rank: int
    user: User
    units: int | None
    gmv: float | int | None
    currency: str | None
    lives: int | None
    usd: float | int | None
    title: str | None
    me: bool


class View(Struct, frozen=True, kw_only=True, gc=False):
    """The board as a page draws it."""

    region: str
    date_type: str
    date_value: str | None
    entries: list[Entry]
    fetched_ms: int | None
    stale: bool
    order: str


def wishes(options: Options, _handle: str = "") -> list[SalesWish]:
    """The board this widget shows: of the first page ten rows at least, so that widgets share one question."""
    size = max(10, options.rows) if options.page == 1 else options.rows
    return [
        SalesWish(
            region=options.region.upper(),
            date_type=options.date_type,
            date=options.date,
            category=options.category,
            order=options.order,
            page=options.page,
            size=size,
        )
    ]


def view(state: Fairs, _stage: None, options: Options, scene: Scene, at_ms: int) -> View:
    """Name the rows."""
    wish = wishes(options)[0]
    board = state.boards.get(wish.name) or Sales(got_ms=0, refresh_ms=0)
    known, own = bool(board.got_ms), own_seller(board.rows, scene.owner_id, scene.handle)
    return View(
        region=wish.region,
        date_type=board.date_type or wish.date_type,
        date_value=board.date_value or wish.date,
        entries=[_entry(row, own, scene) for row in board.rows[: options.rows]],
        fetched_ms=board.got_ms if known else None,
        stale=known and at_ms >= board.stale_ms(),
        order=options.order,
    )


def _entry(row: Seller, own: Seller | None, scene: Scene) -> Entry:
    user = User(
        id=row.id or f"handle:{row.handle}",
        handle=row.handle,
        name=row.name or ANONYMOUS,
        avatar=scene.image(row.avatar),
        level=None,
        anonymous=False,
    )
    return Entry(
        rank=row.rank,
        user=user,
        units=row.units,
        gmv=row.gmv,
        currency=row.currency,
        lives=row.lives,
        usd=row.usd,
        title=row.title,
        me=row is own,
    )


def wake(state: Fairs, _stage: None, _options: Options, at_ms: int) -> int | None:
    """When a board grows old."""
    return min((at for board in state.boards.values() if (at := board.stale_ms()) > at_ms), default=None)


WIDGET = Kind(
    name="sellers",
    title="Top sellers",
    summary="Who sells most by LIVE in a region: by day, week or month, by units or revenue (FastMoss).",
    width=480,
    height=420,
    options=Options,
    state=Fairs,
    view=view,
    wake=wake,
)
