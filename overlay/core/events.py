"""What TikTool can tell us, in our words: one struct per thing that can happen.

`tiktool.py` makes these from frames, `ledger.py` and the folds read them. This module never knows the wire, and no
rule lives here. `gc=False`, here and for facts and views: a search for rings has nothing to find in trees. Longer than
others, because it is one list.
"""

from __future__ import annotations

from msgspec import Struct

from overlay.core.places import Ranks, Sales


class Badge(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A mark beside a name. `colour` is CSS-ready (`#RRGGBBAA`)."""

    kind: str = "fan"  # moderator | subscriber | fan | level
    text: str | None = None
    image: str | None = None
    colour: str | None = None


class Person(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Somebody as one frame names them: every field may be missing, every text is hostile."""

    id: str | None = None  # digits only, never "0"
    sec_uid: str | None = None  # only when it begins with MS4wLjAB
    handle: str | None = None  # as delivered, without @
    nickname: str | None = None
    avatar: str | None = None  # https address at TikTok's
    level: int | None = None  # gifter level 1-50
    anonymous: bool = False
    moderator: bool = False
    subscriber: bool = False
    badges: tuple[Badge, ...] = ()


class Event(Struct, frozen=True, kw_only=True, omit_defaults=True, tag=True, gc=False):
    """What every event may carry: the ids by which a repeat is known."""

    msg_id: str | None = None
    transaction_id: str | None = None
    sent_ms: int | None = None


# --- the connection itself: not frames, but part of every recording ---


class Opened(Event, frozen=True, kw_only=True):
    """A socket of ours is open: `live` or `captions`."""

    socket: str = "live"


class Closed(Event, frozen=True, kw_only=True):
    """A socket of ours is closed."""

    socket: str = "live"
    code: int = 1006
    reason: str = ""


class Checked(Event, frozen=True, kw_only=True):
    """A liveness answer (bulk row, live_status, check_alive): None is unknown."""

    live: bool | None = None
    room_id: str | None = None


class EndAnnounced(Event, frozen=True, kw_only=True):
    """A verified live.end webhook."""

    room_id: str | None = None


class ResetAsked(Event, frozen=True, kw_only=True):
    """The owner resets: leaderboard, goals, captions, chat, battle or all. `undo` names the reset to take back."""

    id: str
    what: str
    undo: bool = False


class BoardAnswered(Event, frozen=True, kw_only=True):
    """A board that somebody's page shows was asked for and came: `wish` is its name among the room's widgets."""

    wish: str
    board: Ranks | Sales


# --- frames of the live socket ---


class RoomInfo(Event, frozen=True, kw_only=True):
    """First frame of a connection. Not proof that the creator is live."""

    room_id: str | None = None
    handle: str | None = None
    owner_id: str | None = None
    owner: Person | None = None
    title: str | None = None
    viewers: int | None = None
    likes: int | None = None


class Emote(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """An emote inside a chat line. `place` is the index in the text, when told."""

    id: str | None = None
    image: str | None = None
    place: int | None = None


class Chat(Event, frozen=True, kw_only=True):
    """A chat line (`emoteChat` becomes one with a single emote and no text)."""

    person: Person
    text: str = ""
    emotes: tuple[Emote, ...] = ()
    uuid: str | None = None
    other_id: str | None = None  # data.id, if ever present
    reply_to: Person | None = None
    starred_claps: int | None = None
    starred_score: int | None = None
    language: str | None = None


class Gift(Event, frozen=True, kw_only=True):
    """A gift frame, as delivered: counts are running counts of a combo."""

    person: Person
    gift_id: str
    name: str | None = None
    price: int | None = None  # None or 0: not told
    count: int = 1
    ended: bool = False
    gift_type: int | None = None  # 1 is streakable, None or 0 unknown
    group_id: str | None = None
    picture: str | None = None
    to: str | None = None  # relationship.toUser


class Like(Event, frozen=True, kw_only=True):
    """A batch of likes, with the room's running total when told."""

    person: Person | None = None
    count: int = 0
    total: int | None = None


class Join(Event, frozen=True, kw_only=True):
    """Somebody entered the room."""

    person: Person | None = None


class Viewers(Event, frozen=True, kw_only=True):
    """Audience figures; None is not told."""

    now: int | None = None
    total: int | None = None


class Follow(Event, frozen=True, kw_only=True):
    """Somebody followed the creator."""

    person: Person | None = None


class Share(Event, frozen=True, kw_only=True):
    """Somebody shared the stream."""

    person: Person | None = None


class Subscribe(Event, frozen=True, kw_only=True):
    """Somebody took out or renewed a paid subscription."""

    person: Person | None = None
    months: int | None = None


class SuperFan(Event, frozen=True, kw_only=True):
    """Somebody became a Super Fan."""

    person: Person | None = None
    level: int | None = None
    display: str | None = None


class SuperFanJoin(Event, frozen=True, kw_only=True):
    """A Super Fan entered."""

    person: Person | None = None


class Envelope(Event, frozen=True, kw_only=True):
    """A treasure chest, or (`box`) a Super Fan Box: an alert, never a gift to the creator."""

    envelope_id: str | None = None
    diamonds: int = 0
    person: Person | None = None
    box: bool = False


class CollabGift(Event, frozen=True, kw_only=True):
    """A gift shared between co-hosts; its figures are session totals and count nowhere."""

    gift_id: str | None = None
    name: str | None = None
    count: int = 1
    person: Person | None = None


class OpponentGift(Event, frozen=True, kw_only=True):
    """A gift on the opponent's side: no price, no count, never ours."""

    sender_id: str | None = None
    gift_id: str | None = None
    picture: str | None = None


class Barrage(Event, frozen=True, kw_only=True):
    """A banner (level-ups, announcements)."""

    person: Person | None = None
    label: str | None = None
    display: str | None = None
    text: str | None = None


class Deletion(Event, frozen=True, kw_only=True):
    """A moderator removed a chat line."""

    deleted_id: str


class Pin(Event, frozen=True, kw_only=True):
    """A pinned (or, `off`, unpinned) chat line; `subPin` has no original id and no duration."""

    person: Person | None = None
    text: str = ""
    off: bool = False
    duration_s: int | None = None
    pinned_ms: int | None = None
    original_id: str | None = None


class Control(Event, frozen=True, kw_only=True):
    """A stream control signal; only action 3 is an end."""

    action: int | None = None


class StreamEnd(Event, frozen=True, kw_only=True):
    """`streamEnd`: the stream has ended."""

    reason: str | None = None


# --- battles ---


class Contributor(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One giver inside a battle. `score` None: shown without a figure."""

    id: str | None = None
    name: str | None = None
    handle: str | None = None
    avatar: str | None = None
    score: int | None = None


class Host(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One host of a battle. `team` None: not told (old shapes). `score` None: not told."""

    id: str | None = None
    team: int | None = None
    score: int | None = None
    name: str | None = None
    handle: str | None = None
    avatar: str | None = None
    contributors: tuple[Contributor, ...] = ()


class Battle(Event, frozen=True, kw_only=True):
    """Battle life: status 1 active, 2 starting, 3 (and old 5) ended, 4 preparing."""

    battle_id: str | None = None
    status: int | None = None
    duration_s: int | None = None
    hosts: tuple[Host, ...] = ()
    extra_hosts: tuple[str, ...] = ()


class Armies(Event, frozen=True, kw_only=True):
    """Battle scores and clock: status 1 and 4 active, 2 settled. None in `remaining_s` is unknown, never 0."""

    battle_id: str | None = None
    match_id: str | None = None
    session_id: str | None = None
    status: int | None = None
    server_ms: int | None = None
    started_ms: int | None = None
    duration_s: int | None = None
    remaining_s: float | None = None
    hosts: tuple[Host, ...] = ()


class Card(Event, frozen=True, kw_only=True):
    """A power card: booster, gloves, mist, extra time."""

    battle_id: str | None = None
    effect: str = ""
    multiplier: int = 0
    person: Person | None = None
    activated_s: float | None = None
    duration_s: float | None = None
    ends_s: float | None = None
    icon: str | None = None
    colour: str | None = None


class PunishFinish(Event, frozen=True, kw_only=True):
    """The loser's punishment is over."""

    battle_id: str | None = None
    session_id: str | None = None
    punished_id: str | None = None


class CoHosts(Event, frozen=True, kw_only=True):
    """Names of other hosts (`linkMic`)."""

    people: tuple[Person, ...] = ()
    co_host_id: str | None = None


# --- captions: both sources ---


class Caption(Event, frozen=True, kw_only=True):
    """A window of speech. `socket` is where it came from: `native` or `captions`."""

    socket: str = "native"
    text: str = ""
    final: bool = False
    speaker: str | None = None
    language: str | None = None
    start_ms: int | None = None
    end_ms: int | None = None


class Translation(Event, frozen=True, kw_only=True):
    """A translated sentence of the captions socket."""

    text: str = ""
    speaker: str | None = None
    target: str | None = None
    start_ms: int | None = None
    end_ms: int | None = None


class CaptionStatus(Event, frozen=True, kw_only=True):
    """A word of the captions socket about itself."""

    status: str = ""
    text: str | None = None


class Credits(Event, frozen=True, kw_only=True):
    """Caption minutes."""

    total: float | None = None
    used: float | None = None
    remaining: float | None = None
    percentage: float | None = None
    low: bool = False


# --- the rest ---


class Question(Event, frozen=True, kw_only=True):
    """A question: asked (`new`), picked by the host (`selected`) or closed (`closed`)."""

    step: str = "new"
    person: Person | None = None
    text: str | None = None
    question_id: str | None = None


class Poll(Event, frozen=True, kw_only=True):
    """TikTok's poll: texts only, no tallies."""

    poll_id: str | None = None
    question: str | None = None
    choices: tuple[str, ...] = ()
    status: str | None = None


class Product(Event, frozen=True, kw_only=True):
    """A shop product: shown, hidden, listed or counted (`stock`)."""

    step: str = "shown"  # shown | hidden | listed | stock
    product_id: str | None = None
    title: str | None = None
    price: str | None = None
    picture: str | None = None
    stock: int | None = None
    sold: int | None = None


class Products(Event, frozen=True, kw_only=True):
    """The tray of products, whole."""

    items: tuple[Product, ...] = ()
    total: int | None = None


class Track(Event, frozen=True, kw_only=True):
    """A requested karaoke track."""

    track_id: str | None = None
    title: str | None = None
    artist: str | None = None
    person: Person | None = None


class Mission(Event, frozen=True, kw_only=True):
    """A bonus mission inside a battle."""

    action: int | None = None
    mission: str | None = None
    multiplier: int | None = None
    ends_s: float | None = None


class GoalLevel(Event, frozen=True, kw_only=True):
    """TikTok's own goal: a level, no figures."""

    level: int | None = None


class Title(Event, frozen=True, kw_only=True):
    """The stream's title."""

    room_id: str | None = None
    title: str | None = None


class CatalogueStale(Event, frozen=True, kw_only=True):
    """The room's gift catalogue changed."""


class Notice(Event, frozen=True, kw_only=True):
    """A limit notice sent just before a close: anon_limit, demo_limit or session_limit."""

    kind: str
    text: str = ""
    session_max_ms: int | None = None


class Trouble(Event, frozen=True, kw_only=True):
    """An error the service tells of; no state changes."""

    text: str = ""
    code: str | None = None


class Whale(Event, frozen=True, kw_only=True):
    """A big gift to any creator, told by the firehose: for a ticker, counted nowhere (a live socket tells it too)."""

    person: Person | None = None
    creator: str | None = None  # handle
    gift: str | None = None
    diamonds: int | None = None  # of the whole gift
    region: str | None = None
    league: str | None = None
    ours: bool = False  # whether that creator is one of this server: told by whoever passes it on


class Heartbeat(Event, frozen=True, kw_only=True):
    """ping, pong, _journal, connected: alive, nothing else."""


class Other(Event, frozen=True, kw_only=True):
    """A kind we do not use: counted, harmless."""

    name: str = ""
