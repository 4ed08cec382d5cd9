"""The latest: last follower, last gifter, biggest gift or top gifter of the stream. Anonymous people are left out.

It never counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from overlay.core.moving import all_but
from overlay.core.people import User
from overlay.core.scene import GiftCard
from overlay.core.tally import Last, Tally
from overlay.core.widget import Kind, Shared

if TYPE_CHECKING:
    from overlay.core.scene import Scene


class Options(Shared, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a latest may be told."""

    which: Literal["follow", "gift", "biggest", "top"] = "follow"


class View(Struct, frozen=True, gc=False):
    """Who and what; all but `what` is null while there is nobody."""

    what: str
    user: User | None = None
    gift: GiftCard | None = None
    count: int | None = None
    diamonds: int | None = None
    at_ms: int | None = None


def view(state: Tally, _stage: None, options: Options, scene: Scene, _at_ms: int) -> View:
    """Pick the one."""
    if options.which == "top":
        return top(state, scene)
    last: Last | None = getattr(state.small, options.which)
    if last is None:
        return View(options.which)
    gift = None if last.gift_id is None else scene.gift(last.gift_id, last.gift_name, last.picture)
    return View(options.which, scene.user(last.who), gift, last.count, last.diamonds, last.at_ms)


def top(state: Tally, scene: Scene) -> View:
    """The top gifter of the stream, with all they gave."""
    leaders = state.period("stream").board.leaders("diamonds", 1, lambda _key: True)
    if not leaders:
        return View("top")
    key, score, _ = leaders[0]
    return View("top", scene.user_by_key(key), None, score.gifts, score.diamonds, None)


WIDGET = Kind(
    name="latest",
    title="Latest",
    summary="Last follower, last gifter, biggest gift or top gifter of the stream.",
    width=420,
    height=110,
    options=Options,
    state=Tally,
    view=view,
    ignores=lambda options: all_but(["follows" if options.which == "follow" else "gifts"]),
)
