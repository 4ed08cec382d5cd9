"""What viewers do: gifts, likes, follows, lines, pins, questions, each counted by its rule and only once.

One small function per kind of event; they put the ledger's parts together and hold no memory of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from zlib import crc32

from msgspec.structs import replace

from overlay.core import events, facts
from overlay.core.parts import split_emotes
from overlay.core.prices import units_of
from overlay.core.text import clean_text

if TYPE_CHECKING:
    from overlay.core.events import Badge, Chat, Event
    from overlay.core.facts import Fact, Who
    from overlay.core.ledger import Ledger

BADGE_GRAPHEMES: Final = 32
PIN_GRAPHEMES: Final = 500


# --- gifts ---


def gift(ledger: Ledger, event: events.Gift, at_ms: int, out: list[Fact]) -> None:
    """A gift frame: credited by what is new in it."""
    units = units_of(event)
    what = f"{event.gift_id}|{units}|{event.ended:d}"
    marks = (f"{event.msg_id}|{units}|{event.ended:d}",) if event.msg_id else ()
    who = ledger.meet(event, "gift", event.person, what, at_ms, out, marks=marks)
    if who is None:
        return
    listing = ledger.catalogue.get(event.gift_id)
    if listing is None:
        ledger.unknown_gift = True
    if not ledger.combos.give(event, who, listing, at_ms, out):
        ledger.repeats.duplicates += 1


def envelope(ledger: Ledger, event: events.Envelope, at_ms: int, out: list[Fact]) -> None:
    """A chest or box: once per envelope, and never a gift."""
    marks = (f"e{event.envelope_id}",) if event.envelope_id else marks_of(event, "e")
    who = ledger.meet(event, "envelope", event.person, f"{event.diamonds}", at_ms, out, marks=marks)
    if who is not None:
        out.append(
            facts.EnvelopeDropped(
                at_ms=at_ms,
                test=ledger.test,
                who=who,
                envelope_id=event.envelope_id or ledger.ids.new(at_ms),
                diamonds=event.diamonds,
                box=event.box,
            )
        )


def not_ours(ledger: Ledger, _event: Event, at_ms: int, out: list[Fact]) -> None:
    """Gifts that are not the creator's count nowhere; they only show that the stream is alive."""
    ledger.streams.alive(at_ms, out)


# --- deeds ---


def like(ledger: Ledger, event: events.Like, at_ms: int, out: list[Fact]) -> None:
    """Likes: the batch is the person's, the total is the stream's."""
    what = f"{event.count}|{event.total}"
    who = ledger.meet(event, "like", event.person, what, at_ms, out, marks=marks_of(event, "l"), crowd=True)
    if who is not None:
        add_likes(ledger, who, event.count, event.total, at_ms, out)


def add_likes(ledger: Ledger, who: Who, count: int, total: int | None, at_ms: int, out: list[Fact]) -> None:
    """Likes told by whatever frame."""
    stream_gain, gain = ledger.likes.take(ledger.streams.now.token, count, total)
    if count > 0 or stream_gain:
        out.append(
            facts.Liked(at_ms=at_ms, test=ledger.test, who=who, count=max(0, count), stream_gain=stream_gain, gain=gain)
        )


def follow(ledger: Ledger, event: events.Follow, at_ms: int, out: list[Fact]) -> None:
    """A follow: once per person and stream."""
    who = _once(ledger, event, "follow", at_ms, out)
    if who is not None:
        out.append(facts.Followed(at_ms=at_ms, test=ledger.test, who=who))


def share(ledger: Ledger, event: events.Share, at_ms: int, out: list[Fact]) -> None:
    """A share: once per person and stream."""
    who = _once(ledger, event, "share", at_ms, out)
    if who is not None:
        out.append(facts.Shared(at_ms=at_ms, test=ledger.test, who=who))


def _once(ledger: Ledger, event: events.Follow | events.Share, kind: str, at_ms: int, out: list[Fact]) -> Who | None:
    who = ledger.meet(event, kind, event.person, "", at_ms, out, marks=marks_of(event, kind))
    if who is None or ledger.test or ledger.deeds.do(ledger.streams.now.token, kind, who.key, at_ms):
        return who
    ledger.repeats.duplicates += 1
    return None


def subscribe(ledger: Ledger, event: events.Subscribe, at_ms: int, out: list[Fact]) -> None:
    """A subscription, taken out or renewed."""
    who = ledger.meet(event, "subscribe", event.person, f"{event.months}", at_ms, out, marks=marks_of(event, "s"))
    if who is not None:
        out.append(facts.Subscribed(at_ms=at_ms, test=ledger.test, who=who, months=event.months))


def super_fan(ledger: Ledger, event: events.SuperFan, at_ms: int, out: list[Fact]) -> None:
    """A new Super Fan. The banner that may come with it (`Barrage`) makes no fact, so the two are one alert."""
    who = ledger.meet(event, "superfan", event.person, f"{event.level}", at_ms, out, marks=marks_of(event, "f"))
    if who is not None:
        out.append(facts.SuperFanned(at_ms=at_ms, test=ledger.test, who=who, level=event.level))


def join(ledger: Ledger, event: events.Join | events.SuperFanJoin, at_ms: int, out: list[Fact]) -> None:
    """An entrance; a Super Fan's may come in both forms."""
    form = _ENTRANCE[type(event)]
    who = ledger.meet(event, "join", event.person, "", at_ms, out, marks=marks_of(event, form), crowd=True)
    if who is not None and ledger.deeds.enter(who.key, form, at_ms):
        out.append(facts.Joined(at_ms=at_ms, test=ledger.test, who=who))


_ENTRANCE: Final[dict[type[Event], str]] = {events.Join: "j", events.SuperFanJoin: "J"}


# --- talk ---


def chat(ledger: Ledger, event: Chat, at_ms: int, out: list[Fact]) -> None:
    """A chat line, unless it was deleted before it came."""
    ids = tuple(dict.fromkeys(id_ for id_ in (event.uuid, event.msg_id, event.other_id) if id_))
    marks = tuple(f"c{id_}" for id_ in ids)
    what = event.text + "".join(emote.id or "" for emote in event.emotes)
    print_ = f"{crc32(what.encode('utf-8', 'replace')):x}"
    who = ledger.meet(event, "chat", event.person, print_, at_ms, out, marks=marks)
    if who is None or ledger.lines.is_dead(ids, at_ms):
        return
    parts = split_emotes(event.text, event.emotes)
    if not parts:
        return
    line = ids[0] if ids else ledger.ids.new(at_ms)
    ids = ids or (line,)
    ledger.lines.add(line, ids, at_ms)
    out.append(_said(ledger, event, who, line, ids, parts, at_ms))


def _said(
    ledger: Ledger, event: Chat, who: Who, line: str, ids: tuple[str, ...], parts: tuple[facts.Part, ...], at_ms: int
) -> facts.Said:
    return facts.Said(
        at_ms=at_ms,
        test=ledger.test,
        who=who,
        id=line,
        ids=ids,
        parts=parts,
        badges=tuple(_clean_badge(badge) for badge in event.person.badges),
        reply_to=ledger.identity.glance(event.reply_to) if event.reply_to is not None else None,
        starred=bool(event.starred_claps or event.starred_score),
        language=event.language,
    )


def _clean_badge(badge: Badge) -> Badge:
    text = badge.text
    if text is None or (len(text) <= BADGE_GRAPHEMES and text.isascii() and text.isprintable()):
        return badge
    return replace(badge, text=clean_text(text, BADGE_GRAPHEMES) or None)


def deletion(ledger: Ledger, event: events.Deletion, at_ms: int, out: list[Fact]) -> None:
    """A line goes, and the pin made of it."""
    line, ids = ledger.lines.delete(event.deleted_id, at_ms)
    if line is not None:
        out.append(facts.Unsaid(at_ms=at_ms, test=ledger.test, id=line))
    if ledger.pins.take_down_deleted(ids):
        out.append(facts.Unpinned(at_ms=at_ms, test=ledger.test))


def pin(ledger: Ledger, event: events.Pin, at_ms: int, out: list[Fact]) -> None:
    """A pin goes up or comes down. Neither proves that the stream is alive: viewers do not pin."""
    what = f"{event.off:d}|{event.original_id}|{event.pinned_ms}"
    marks = marks_of(event, "p")
    if event.pinned_ms is not None and event.original_id is not None and not event.off:
        marks = (*marks, f"p{event.original_id}@{event.pinned_ms}")
    who = ledger.meet(event, "pin", event.person, what, at_ms, out, marks=marks, alive=False)
    if who is None:
        return
    if event.off:
        if ledger.pins.take_down(event.original_id):
            out.append(facts.Unpinned(at_ms=at_ms, test=ledger.test))
        return
    if event.original_id is not None and ledger.lines.is_dead((event.original_id,), at_ms):
        return
    until_ms = ledger.pins.put_up(event, at_ms + ledger.ahead_ms, at_ms)
    if until_ms is not None:
        text = clean_text(event.text, PIN_GRAPHEMES)
        out.append(
            facts.Pinned(
                at_ms=at_ms, test=ledger.test, who=who, text=text, until_ms=until_ms, original_id=event.original_id
            )
        )


def question(ledger: Ledger, event: events.Question, at_ms: int, out: list[Fact]) -> None:
    """A question is asked; picking and closing one counts nowhere."""
    text = clean_text(event.text)
    if event.step != "new" or not text:
        return
    marks = (*marks_of(event, "q"), f"q#{event.question_id}") if event.question_id else marks_of(event, "q")
    print_ = f"{crc32(text.encode('utf-8', 'replace')):x}"
    who = ledger.meet(event, "question", event.person, print_, at_ms, out, marks=marks)
    if who is not None:
        out.append(facts.Asked(at_ms=at_ms, test=ledger.test, who=who, text=text))


def marks_of(event: Event, kind: str) -> tuple[str, ...]:
    """The marks of a frame that is no gift and no line: its transaction and its msgId."""
    if event.msg_id is None and event.transaction_id is None:
        return ()
    marks = []
    if event.msg_id is not None:
        marks.append(f"{kind}{event.msg_id}")
    if event.transaction_id is not None:
        marks.append(f"{kind}#{event.transaction_id}")
    return tuple(marks)
