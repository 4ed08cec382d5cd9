"""What counts: the facts that the ledger makes from events, the store keeps, and the folds add up.

A fact is complete by itself: folding the stored facts again gives the same state. `test` facts (test buttons,
replays) travel the same road and are counted nowhere. This module never computes. Longer than others, because it is
one list.
"""

from __future__ import annotations

from msgspec import Struct

from overlay.core.events import Armies, Badge, Battle, Caption, Card, CoHosts, PunishFinish, Translation
from overlay.core.places import Ranks, Sales


class Who(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A person as the ledger knows them: `key` is `id:…`, `sec:…`, `handle:…`, `name:…` or one of these behind `anon:`.

    `name` is cleaned for show, `avatar` is still TikTok's address: views ask the scene for ours.
    """

    key: str
    id: str  # TikTok's id without prefix, else the weaker key
    handle: str | None = None
    name: str = ""
    avatar: str | None = None
    level: int | None = None
    anonymous: bool = False
    moderator: bool = False
    subscriber: bool = False


class Part(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A piece of a chat line: text, or an emote with its picture's address at TikTok's."""

    text: str | None = None
    emote: str | None = None
    image: str | None = None


class Fact(Struct, frozen=True, kw_only=True, omit_defaults=True, tag=True, gc=False):
    """When it was known, by the server's clock, and whether it is only a test."""

    at_ms: int
    test: bool = False


class Credit(Fact, frozen=True, kw_only=True):
    """Gifts given: one step of a combo. `count` is the whole combo so far, `units` and `diamonds` only this step."""

    who: Who
    combo: str
    gift_id: str
    gift_name: str | None = None
    picture: str | None = None
    units: int
    count: int
    price: int = 0
    diamonds: int = 0
    first: bool = False
    running: bool = False  # more steps may come
    to: str | None = None
    unpriced: bool = False
    transaction_id: str | None = None


class ComboEnded(Fact, frozen=True, kw_only=True):
    """A combo is over (its end frame, silence, a newer one): nothing is credited by this."""

    combo: str
    count: int = 0


class Followed(Fact, frozen=True, kw_only=True):
    """Once per person and stream."""

    who: Who


class Shared(Fact, frozen=True, kw_only=True):
    """Once per person and stream."""

    who: Who


class Subscribed(Fact, frozen=True, kw_only=True):
    """A subscription taken out or renewed."""

    who: Who
    months: int | None = None


class SuperFanned(Fact, frozen=True, kw_only=True):
    """Somebody became a Super Fan."""

    who: Who
    level: int | None = None


class EnvelopeDropped(Fact, frozen=True, kw_only=True):
    """A treasure chest or Super Fan Box: one alert per envelope, on no board."""

    who: Who
    envelope_id: str
    diamonds: int = 0
    box: bool = False


class Liked(Fact, frozen=True, kw_only=True):
    """Likes. `count` belongs to the person; `stream_gain` to the stream's total; `gain` to every other period's."""

    who: Who
    count: int = 0
    stream_gain: int = 0
    gain: int = 0


class Said(Fact, frozen=True, kw_only=True):
    """A chat line. `id` is the view's id, `ids` all by which a deletion may name it."""

    who: Who
    id: str
    ids: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    badges: tuple[Badge, ...] = ()
    reply_to: Who | None = None
    starred: bool = False
    language: str | None = None


class Unsaid(Fact, frozen=True, kw_only=True):
    """A chat line was deleted."""

    id: str


class Joined(Fact, frozen=True, kw_only=True):
    """Somebody entered the room."""

    who: Who


class Asked(Fact, frozen=True, kw_only=True):
    """A question of the Q&A."""

    who: Who
    text: str


class Watched(Fact, frozen=True, kw_only=True):
    """Audience figures: a level, never a sum."""

    now: int
    total: int | None = None


class Pinned(Fact, frozen=True, kw_only=True):
    """A chat line is pinned until `until_ms`."""

    who: Who
    text: str
    until_ms: int
    original_id: str | None = None


class Unpinned(Fact, frozen=True, kw_only=True):
    """The pin is gone."""


class StreamBegan(Fact, frozen=True, kw_only=True):
    """A new stream: another roomId, or none yet (`open:<ms>`)."""

    stream: str
    title: str | None = None


class StreamNamed(Fact, frozen=True, kw_only=True):
    """`open:<ms>` has got its roomId: the same stream under its right name."""

    old: str
    stream: str


class StreamTitled(Fact, frozen=True, kw_only=True):
    """The running stream's title."""

    title: str


class StreamEnding(Fact, frozen=True, kw_only=True):
    """A first end signal; to be confirmed."""

    reason: str


class StreamWentOn(Fact, frozen=True, kw_only=True):
    """The end was false: viewers' events of the same room came after it."""


class StreamEnded(Fact, frozen=True, kw_only=True):
    """Confirmed: over. `reason`: control3 | streamEnd | 4005 | webhook | offline | new_room."""

    reason: str


class SocketOpened(Fact, frozen=True, kw_only=True):
    """`live` or `captions` is open: silence counts from here."""

    socket: str = "live"


class SocketClosed(Fact, frozen=True, kw_only=True):
    """`live` or `captions` is closed: silence does not count, captions have a gap."""

    socket: str = "live"


class OwnerKnown(Fact, frozen=True, kw_only=True):
    """The creator's own numeric id: our side in battles."""

    id: str


class Fought(Fact, frozen=True, kw_only=True):
    """A battle frame, as an event."""

    event: Battle | Armies | Card | PunishFinish | CoHosts


class Spoke(Fact, frozen=True, kw_only=True):
    """A caption or translation frame, as an event."""

    event: Caption | Translation


class Merged(Fact, frozen=True, kw_only=True):
    """A weaker key turned out to be the same person as a stronger one."""

    weak: str
    strong: str


class GoalReached(Fact, frozen=True, kw_only=True):
    """A goal's tier was reached (the highest, when one event crosses several)."""

    widget: str
    label: str = ""
    metric: str = "diamonds"
    target: int = 0


class MilestoneReached(Fact, frozen=True, kw_only=True):
    """A milestone told by TikTool (followers) or by a script."""

    who: Who | None = None
    text: str = ""


class Cleared(Fact, frozen=True, kw_only=True):
    """The owner's reset of leaderboard, goals, captions, chat, battle or all."""

    id: str
    what: str


class Restored(Fact, frozen=True, kw_only=True):
    """A reset taken back within its 60 s."""

    id: str
    what: str


class BoardHeard(Fact, frozen=True, kw_only=True):
    """Where creators stand elsewhere. Never stored: whoever asked keeps the last answer and tells it again."""

    wish: str
    board: Ranks | Sales


class WhaleHeard(Fact, frozen=True, kw_only=True):
    """A big gift to another creator, for show alone: counted nowhere and never stored. `giver` is not our viewer."""

    id: str
    giver: Who
    to: str  # handle
    ours: bool = False  # whether it went to a creator of this server
    gift_id: str = ""
    gift_name: str | None = None
    picture: str | None = None
    diamonds: int = 0
    region: str | None = None
    league: str | None = None


class Tick(Fact, frozen=True, kw_only=True):
    """Time alone has changed something. Never stored."""


Stored = (
    Credit
    | ComboEnded
    | Followed
    | Shared
    | Subscribed
    | SuperFanned
    | EnvelopeDropped
    | Liked
    | Said
    | Unsaid
    | Joined
    | Asked
    | Watched
    | Pinned
    | Unpinned
    | StreamBegan
    | StreamNamed
    | StreamTitled
    | StreamEnding
    | StreamWentOn
    | StreamEnded
    | SocketOpened
    | SocketClosed
    | OwnerKnown
    | Fought
    | Spoke
    | Merged
    | GoalReached
    | MilestoneReached
    | Cleared
    | Restored
)
"""Every fact that can stand in the store: the type to decode by."""
