"""The room and the rest, as TikTool's frames tell it: its first frame, audience, end, shop, notices, firehose.

It reads and renames. What an end or a notice leads to is never decided here.
"""

from __future__ import annotations

from typing import Any

from msgspec import Raw, Struct, field

from overlay.core import events
from overlay.core.events import Event, Person, Product
from overlay.core.tiktool_people import handle, name, person
from overlay.core.tiktool_values import address, count, few, ident, moment, text, truth, whole, word
from overlay.core.tiktool_wire import Wire, marks

MOST_PRODUCTS = 100
SHOWN = 1


class DetailsWire(Struct, rename="camel", gc=False):
    """The nested `roomInfo`."""

    owner_user_id: Any = None
    title: Any = None
    user_count: Any = field(name="user_count", default=None)
    like_count: Any = field(name="like_count", default=None)
    owner: Raw = Raw()


class RoomInfoWire(Wire, rename="camel"):
    """`roomInfo`, nested or flat, and `liveIntro`."""

    room_id: Any = None
    unique_id: Any = None
    owner_user_id: Any = None
    room_info: DetailsWire | None = None
    title: Any = None
    user_count: Any = field(name="user_count", default=None)
    like_count: Any = field(name="like_count", default=None)
    owner: Raw = Raw()


class RoomWire(Wire, rename="camel"):
    """Audience figures, signals, notices."""

    viewer_count: Any = None
    total_viewers: Any = None
    action: Any = None
    reason: Any = None
    contribution_level: Any = None
    message: Any = None
    error: Any = None
    code: Any = None
    session_max_ms: Any = None


class ProductWire(Wire, rename="camel"):
    """One product, and a tray of them."""

    product_id: Any = None
    title: Any = None
    price: Any = None
    image_url: Any = None
    status: Any = None
    stock: Any = None
    sold_count: Any = None
    total: Any = None
    track_id: Any = None
    track_name: Any = None
    user: Raw = Raw()


class TrayWire(Wire):
    """`shopProductList`."""

    products: list[ProductWire] | None = None
    total: Any = None


class NamedWire(Struct, rename="camel", gc=False):
    """Whoever or whatever a firehose frame names."""

    username: Any = None
    display_name: Any = None
    is_anonymous: Any = None
    unique_id: Any = None
    name: Any = None
    total_diamonds: Any = None


class WhaleWire(Wire, rename="camel"):
    """`gifter_alert`."""

    ts: Any = None
    gifter: NamedWire | None = None
    creator: NamedWire | None = None
    gift: NamedWire | None = None
    region: Any = None
    class_type: Any = None


def room_info(wire: RoomInfoWire) -> Event:
    """Read the first frame of a connection."""
    details = wire.room_info or wire
    owner = person(details.owner)
    return events.RoomInfo(
        room_id=ident(wire.room_id),
        handle=handle(wire.unique_id) or (owner.handle if owner else None),
        owner_id=ident(wire.owner_user_id) or ident(details.owner_user_id) or (owner.id if owner else None),
        owner=owner,
        title=word(details.title),
        viewers=few(details.user_count),
        likes=count(details.like_count),
        **marks(wire),
    )


def title(wire: RoomInfoWire) -> Event:
    """Read the stream's title."""
    return events.Title(room_id=ident(wire.room_id), title=word(wire.title), **marks(wire))


def viewers(wire: RoomWire) -> Event:
    """Read the audience."""
    return events.Viewers(now=few(wire.viewer_count), total=count(wire.total_viewers), **marks(wire))


def control(wire: RoomWire) -> Event:
    """Read a control signal."""
    return events.Control(action=whole(wire.action), **marks(wire))


def stream_end(wire: RoomWire) -> Event:
    """Read the end of the stream."""
    return events.StreamEnd(reason=word(wire.reason), **marks(wire))


def goal_level(wire: RoomWire) -> Event:
    """Read the level of TikTok's own goal."""
    return events.GoalLevel(level=few(wire.contribution_level), **marks(wire))


def catalogue_stale(wire: Wire) -> Event:
    """Read that the catalogue changed."""
    return events.CatalogueStale(**marks(wire))


def trouble(wire: RoomWire) -> Event:
    """Read an error they tell of."""
    return events.Trouble(text=text(wire.error) or text(wire.message) or "", code=word(wire.code), **marks(wire))


def notice(wire: RoomWire, kind: str) -> Event:
    """Read a limit notice: a close follows."""
    said = text(wire.message) or ""
    return events.Notice(kind=kind, text=said, session_max_ms=count(wire.session_max_ms), **marks(wire))


def product(wire: ProductWire, step: str | None = None) -> Event:
    """Read a product card; without a status it is shown."""
    status = whole(wire.status)
    return Product(
        step=step or ("shown" if status is None or status == SHOWN else "hidden"),
        product_id=ident(wire.product_id),
        title=word(wire.title),
        price=word(wire.price),
        picture=address(wire.image_url),
        stock=count(wire.stock),
        sold=count(wire.sold_count),
        **marks(wire),
    )


def stock(wire: ProductWire) -> Event:
    """Read how many are left and sold."""
    return product(wire, "stock")


def tray(wire: TrayWire) -> Event:
    """Read the whole tray of products."""
    found = [product(one, "listed") for one in (wire.products or ())[:MOST_PRODUCTS]]
    return events.Products(
        items=tuple(one for one in found if isinstance(one, Product)), total=count(wire.total), **marks(wire)
    )


def track(wire: ProductWire) -> Event:
    """Read a requested track."""
    return events.Track(
        track_id=ident(wire.track_id), title=word(wire.track_name), person=person(wire.user), **marks(wire)
    )


def whale(wire: WhaleWire) -> Event:
    """Read a big gift somewhere: an alert, never counted."""
    giver, creator, gift = wire.gifter or NamedWire(), wire.creator or NamedWire(), wire.gift or NamedWire()
    who = Person(
        handle=handle(giver.username),
        nickname=name(giver.display_name),
        anonymous=truth(giver.is_anonymous) or False,
    )
    return events.Whale(
        person=who if who.handle or who.nickname else None,
        creator=handle(creator.unique_id),
        gift=word(gift.name),
        diamonds=count(gift.total_diamonds),
        region=word(wire.region),
        league=word(wire.class_type),
        sent_ms=moment(wire.ts),
    )
