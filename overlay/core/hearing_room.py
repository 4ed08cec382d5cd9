"""What the room itself tells: names, figures, ends, battles, speech, and what happens to our sockets.

One small function per kind of event; they hold no memory of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from overlay.core import events, facts
from overlay.core.hearing_viewers import add_likes, marks_of
from overlay.core.memory import DEED_MARK
from overlay.core.text import clean_text, fold_name

if TYPE_CHECKING:
    from overlay.core.events import Event
    from overlay.core.facts import Fact
    from overlay.core.ledger import Ledger
    from overlay.core.prices import Listing

END_ACTION: Final = 3
TITLE_GRAPHEMES: Final = 200


def room_info(ledger: Ledger, event: events.RoomInfo, at_ms: int, out: list[Fact]) -> None:
    """The first frame of a connection: names, owner, title, and where the counters start."""
    owner = event.owner_id or (event.owner.id if event.owner is not None else None)
    if owner is not None and owner != ledger.owner_id:
        ledger.know_owner(owner)
        out.append(facts.OwnerKnown(at_ms=at_ms, test=ledger.test, id=owner))
    streams = ledger.streams
    ledger.start = event  # before the naming, which may begin a stream that then starts from it
    if event.room_id is not None:
        streams.name(event.room_id, at_ms, out)
        if event.room_id != streams.now.stream:
            ledger.repeats.replays.ignore()  # another room repeats nothing of the last one
    if title := clean_text(event.title, TITLE_GRAPHEMES):
        streams.call(title, event.room_id, at_ms, out)
    if event.viewers is not None:
        out.append(facts.Watched(at_ms=at_ms, test=ledger.test, now=event.viewers))
    if streams.now.stream is not None and streams.is_same_room(event.room_id):
        start_figures(ledger, at_ms, out, viewers=False)


def start_figures(ledger: Ledger, at_ms: int, out: list[Fact], *, viewers: bool = True) -> None:
    """Take over the figures with which a connection began, once its stream is known."""
    told, ledger.start = ledger.start, None
    if told is None or not ledger.streams.is_same_room(told.room_id):
        return
    if viewers and told.viewers is not None:
        out.append(facts.Watched(at_ms=at_ms, test=ledger.test, now=told.viewers))
    if told.likes:
        add_likes(ledger, ledger.identity.who(None, at_ms), 0, told.likes, at_ms, out)


def viewers(ledger: Ledger, event: events.Viewers, at_ms: int, out: list[Fact]) -> None:
    """The audience: replaced, never added. Rooms that are not live send it too."""
    if event.now is not None:
        out.append(facts.Watched(at_ms=at_ms, test=ledger.test, now=event.now, total=event.total))


def title(ledger: Ledger, event: events.Title, at_ms: int, out: list[Fact]) -> None:
    """The stream's title."""
    if text := clean_text(event.title, TITLE_GRAPHEMES):
        ledger.streams.call(text, event.room_id, at_ms, out)


def control(ledger: Ledger, event: events.Control, at_ms: int, out: list[Fact]) -> None:
    """Only action 3 is an end."""
    if event.action == END_ACTION:
        _signal(ledger, event, "control3", at_ms, out)


def stream_end(ledger: Ledger, event: events.StreamEnd, at_ms: int, out: list[Fact]) -> None:
    """The other form of an end."""
    _signal(ledger, event, "streamEnd", at_ms, out)


def _signal(ledger: Ledger, event: Event, reason: str, at_ms: int, out: list[Fact]) -> None:
    marks = marks_of(event, "x")
    if ledger.repeats.knows(DEED_MARK, marks):
        return
    ledger.repeats.note_bare(marks, at_ms)
    ledger.streams.signal(reason, at_ms, out)


def notice(ledger: Ledger, _event: events.Notice, at_ms: int, _out: list[Fact]) -> None:
    """A limit notice explains the close that follows."""
    ledger.streams.noticed(at_ms)


def fought(ledger: Ledger, event: Any, at_ms: int, out: list[Fact]) -> None:
    """A battle frame; the battle's fold knows its repeats."""
    if type(event) in _PROOFS:
        ledger.streams.alive(at_ms, out)
    out.append(facts.Fought(at_ms=at_ms, test=ledger.test, event=event))


_PROOFS: Final = frozenset({events.Battle, events.Armies, events.Card})
"""The roster and the end of a punishment may also come while a stream is being closed."""


def spoke(ledger: Ledger, event: Any, at_ms: int, out: list[Fact]) -> None:
    """Speech. The captions socket is not the live one: its tail proves nothing."""
    if isinstance(event, events.Caption) and event.socket == "native":
        ledger.streams.alive(at_ms, out)
    out.append(facts.Spoke(at_ms=at_ms, test=ledger.test, event=event))


# --- around ---


def opened(ledger: Ledger, event: events.Opened, at_ms: int, out: list[Fact]) -> None:
    """A socket of ours is open."""
    out.append(facts.SocketOpened(at_ms=at_ms, test=ledger.test, socket=event.socket))
    ledger.open_line(event.socket, at_ms, out)


def closed(ledger: Ledger, event: events.Closed, at_ms: int, out: list[Fact]) -> None:
    """A socket of ours is closed."""
    ledger.close_line(event, at_ms, out)


def checked(ledger: Ledger, event: events.Checked, at_ms: int, out: list[Fact]) -> None:
    """An answer about whether the creator is live."""
    ledger.streams.checked(event, at_ms, out)


def announced(ledger: Ledger, event: events.EndAnnounced, at_ms: int, out: list[Fact]) -> None:
    """A webhook's end."""
    ledger.streams.announced(event.room_id, at_ms, out)


def reset(ledger: Ledger, event: events.ResetAsked, at_ms: int, out: list[Fact]) -> None:
    """The owner's reset, or its undoing within its time."""
    if event.undo:
        what = ledger.resets.undo(event.id, at_ms)
        if what is not None:
            out.append(facts.Restored(at_ms=at_ms, test=ledger.test, id=event.id, what=what))
    elif ledger.resets.do(event.id, event.what, at_ms):
        out.append(facts.Cleared(at_ms=at_ms, test=ledger.test, id=event.id, what=event.what))


def board(ledger: Ledger, event: events.BoardAnswered, at_ms: int, out: list[Fact]) -> None:
    """A ranking from elsewhere: it says nothing about the stream."""
    out.append(facts.BoardHeard(at_ms=at_ms, test=ledger.test, wish=event.wish, board=event.board))


def listed(ledger: Ledger, gift: str | None) -> tuple[str, Listing | None]:
    """The gift of the catalogue that has this name."""
    name = (gift or "").casefold()
    found = ((known, row) for known, row in ledger.catalogue.items() if name and (row.name or "").casefold() == name)
    return next(found, ("", None))


def whale(ledger: Ledger, event: events.Whale, at_ms: int, out: list[Fact]) -> None:
    """A big gift to somebody else. One to this very creator comes by the live socket, and is counted there."""
    to = fold_name(event.creator or "")
    if not to or to == fold_name(ledger.handle) or not event.diamonds or event.person is None:
        return
    giver = ledger.identity.glance(event.person)
    gift_id, listing = listed(ledger, event.gift)
    sent_ms = event.sent_ms or at_ms
    out.append(
        facts.WhaleHeard(
            at_ms=at_ms,
            test=ledger.test,
            id=f"whale-{sent_ms}-{giver.id}-{to}-{event.diamonds}",
            giver=giver,
            to=to,
            ours=event.ours,
            gift_id=gift_id,
            gift_name=event.gift,
            picture=listing.picture if listing is not None else None,
            diamonds=event.diamonds,
            region=event.region,
            league=event.league,
        )
    )
