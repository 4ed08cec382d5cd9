"""What viewers do, as TikTool's frames tell it: gifts, likes, joins, follows, shares, subscriptions, super fans, boxes.

Counts stay as delivered (running counts of a combo): crediting is the ledger's, never done here.
"""

from __future__ import annotations

from typing import Any

from msgspec import Raw

from overlay.core import events
from overlay.core.events import Event, Person
from overlay.core.tiktool_people import name, person
from overlay.core.tiktool_values import address, count, few, ident, text, truth, whole, word
from overlay.core.tiktool_wire import BadFrame, Wire, marks

JOIN_ACTIONS = frozenset({"join", "joined", "1"})


class GiftWire(Wire, rename="camel"):
    """`gift`, and what is shared with its relatives."""

    user: Raw = Raw()
    gift_id: Any = None
    gift_name: Any = None
    diamond_count: Any = None
    repeat_count: Any = None
    repeat_end: Any = None
    gift_type: Any = None
    group_id: Any = None
    gift_picture_url: Any = None
    sender_user_id: Any = None
    relationship: Any = None


class CollabGiftWire(Wire, rename="camel"):
    """`collabGift`: of its sender only the id is reliable."""

    gift_id: Any = None
    gift_name: Any = None
    repeat_count: Any = None
    combo_count: Any = None
    sender: Raw = Raw()


class DeedWire(Wire, rename="camel"):
    """Everything else that a viewer does."""

    user: Raw = Raw()
    like_count: Any = None
    total_likes: Any = None
    total_like_count: Any = None
    action: Any = None
    action_id: Any = None
    event_type: Any = None
    display_type: Any = None
    sub_month: Any = None
    level: Any = None
    envelope_id: Any = None
    diamond_count: Any = None
    coins: Any = None
    label: Any = None
    content: Any = None
    default_pattern: Any = None


def gift(wire: GiftWire) -> Event:
    """Read a gift; without its id there is nothing to credit. One that names nobody counts for nobody in particular."""
    gift_id = ident(wire.gift_id)
    if gift_id is None:
        raise BadFrame("a gift without its id", "gift")
    told = wire.relationship
    return events.Gift(
        person=person(wire.user, wire.sender_user_id) or Person(),
        gift_id=gift_id,
        name=word(wire.gift_name),
        price=few(wire.diamond_count),
        count=max(1, few(wire.repeat_count) or 1),
        ended=truth(wire.repeat_end) or False,
        gift_type=whole(wire.gift_type),
        group_id=ident(wire.group_id),
        picture=address(wire.gift_picture_url),
        to=ident(told.get("toUser")) if isinstance(told, dict) else None,
        **marks(wire),
    )


def opponent_gift(wire: GiftWire) -> Event:
    """Read a gift of the other side: never ours."""
    return events.OpponentGift(
        sender_id=ident(wire.sender_user_id),
        gift_id=ident(wire.gift_id),
        picture=address(wire.gift_picture_url),
        **marks(wire),
    )


def collab_gift(wire: CollabGiftWire) -> Event:
    """Read a gift shared between hosts; its diamonds are totals of the session and are left where they are."""
    return events.CollabGift(
        gift_id=ident(wire.gift_id),
        name=name(wire.gift_name),
        count=max(1, few(wire.repeat_count) or few(wire.combo_count) or 1),
        person=person(wire.sender),
        **marks(wire),
    )


def like(wire: DeedWire) -> Event:
    """Read a batch of likes."""
    batch = few(wire.like_count)
    total = next((n for n in (count(wire.total_likes), count(wire.total_like_count)) if n is not None), None)
    if batch is None and total is None:
        raise BadFrame("likes without a number", "like")
    return events.Like(person=person(wire.user), count=batch or 0, total=total, **marks(wire))


def member(wire: DeedWire) -> Event:
    """Read an entrance; other actions of `member` are told by events of their own."""
    action = word(wire.action) or word(wire.action_id)
    if action is not None and action.casefold() not in JOIN_ACTIONS:
        return events.Other(name="member", **marks(wire))
    return events.Join(person=person(wire.user), **marks(wire))


def follow(wire: DeedWire) -> Event:
    """Read a follow."""
    return events.Follow(person=person(wire.user), **marks(wire))


def share(wire: DeedWire) -> Event:
    """Read a share."""
    return events.Share(person=person(wire.user), **marks(wire))


def social(wire: DeedWire) -> Event:
    """Read a follow or a share, whichever the frame says it is."""
    for told in (wire.action, wire.event_type, wire.display_type):
        said = (word(told) or "").casefold()
        if "follow" in said:
            return follow(wire)
        if "share" in said:
            return share(wire)
    return events.Other(name="social", **marks(wire))


def subscribe(wire: DeedWire) -> Event:
    """Read a subscription."""
    return events.Subscribe(person=person(wire.user), months=few(wire.sub_month), **marks(wire))


def super_fan(wire: DeedWire) -> Event:
    """Read a new super fan; the level is the super fan's, not the giver's."""
    return events.SuperFan(
        person=person(wire.user), level=count(wire.level), display=word(wire.display_type), **marks(wire)
    )


def super_fan_join(wire: DeedWire) -> Event:
    """Read a super fan's entrance."""
    return events.SuperFanJoin(person=person(wire.user), **marks(wire))


def envelope(wire: DeedWire, *, box: bool = False) -> Event:
    """Read a treasure chest."""
    return events.Envelope(
        envelope_id=ident(wire.envelope_id),
        diamonds=few(wire.diamond_count) or few(wire.coins) or 0,
        person=person(wire.user),
        box=box,
        **marks(wire),
    )


def super_fan_box(wire: DeedWire) -> Event:
    """Read a Super Fan Box."""
    return envelope(wire, box=True)


def barrage(wire: DeedWire) -> Event:
    """Read a banner, old or new."""
    who: Person | None = person(wire.user)
    return events.Barrage(
        person=who,
        label=word(wire.label),
        display=word(wire.display_type),
        text=text(wire.default_pattern) or text(wire.content),
        **marks(wire),
    )
