"""What is said and written, as TikTool's frames tell it: chat, emotes, deletions, pins, questions, polls, captions.

Texts stay as they came; cleaning is the ledger's and laying out is the widgets', never done here.
"""

from __future__ import annotations

from typing import Any

from msgspec import Raw, Struct

from overlay.core import events
from overlay.core.events import Emote, Event
from overlay.core.tiktool_people import person
from overlay.core.tiktool_values import address, count, few, ident, moment, text, truth, whole, word
from overlay.core.tiktool_wire import BadFrame, Wire, marks

LONGEST_CAPTION = 2_000  # characters of one caption frame; its end is what is being said
MOST_EMOTES = 50
MOST_CHOICES = 20
PINNED, UNPINNED = 1, 2


class EmoteWire(Struct, rename="camel", gc=False):
    """An emote in a chat line, in both published shapes."""

    emote_id: Any = None
    image: Any = None
    image_url: Any = None
    emote_url: Any = None
    place_in_comment: Any = None


class ChatWire(Wire, rename="camel"):
    """`chat` and `emoteChat`."""

    user: Raw = Raw()
    comment: Any = None
    emotes: list[EmoteWire] | None = None
    message_uuid: Any = None
    id: Any = None
    reply_to_user: Raw = Raw()
    starred: Any = None
    language: Any = None
    emote_id: Any = None
    emote_url: Any = None


class NoteWire(Wire, rename="camel"):
    """Deletions, pins, questions and polls."""

    user: Raw = Raw()
    deleted_msg_id: Any = None
    comment: Any = None
    pinned_message: Any = None
    pinned_text: Any = None
    action: Any = None
    duration_seconds: Any = None
    pinned_at: Any = None
    original_msg_id: Any = None
    question_text: Any = None
    question_id: Any = None
    poll_id: Any = None
    question_payload: Any = None
    options_payload: Any = None
    status: Any = None


class SpeechWire(Wire, rename="camel"):
    """Captions and translations, of TikTok itself and of the captions socket."""

    text: Any = None
    is_final: Any = None
    speaker: Any = None
    language: Any = None
    target_language: Any = None
    source_language: Any = None
    started_at_ms: Any = None
    ends_at_ms: Any = None
    start_ms: Any = None
    end_ms: Any = None
    translation: Any = None
    translation_language: Any = None


def chat(wire: ChatWire) -> Event:
    """Read a chat line; without a text or anybody who wrote it there is nothing to show."""
    writer, line, emotes = person(wire.user), text(wire.comment), _emotes(wire.emotes)
    if line is None and not emotes:
        raise BadFrame("a chat line without a text", "chat")
    if writer is None:
        raise BadFrame("a chat line without a writer", "chat")
    starred = wire.starred if isinstance(wire.starred, dict) else {}
    return events.Chat(
        person=writer,
        text=line or "",
        emotes=emotes,
        uuid=ident(wire.message_uuid),
        other_id=ident(wire.id),
        reply_to=person(wire.reply_to_user),
        starred_claps=count(starred.get("claps")),
        starred_score=count(starred.get("score")),
        language=language(wire.language),
        **marks(wire),
    )


def emote_chat(wire: ChatWire) -> Event:
    """Read a single emote as a chat line without a text."""
    writer = person(wire.user)
    one = Emote(id=ident(wire.emote_id), image=address(wire.emote_url))
    if writer is None or not (one.id or one.image):
        return events.Other(name="emoteChat", **marks(wire))
    return events.Chat(
        person=writer,
        text="",
        emotes=(one,),
        uuid=ident(wire.message_uuid),
        other_id=ident(wire.id),
        **marks(wire),
    )


def deletion(wire: NoteWire) -> Event:
    """Read which line is to go."""
    gone = ident(wire.deleted_msg_id)
    if gone is None:
        raise BadFrame("a deletion without an id", "imDelete")
    return events.Deletion(deleted_id=gone, **marks(wire))


def pin(wire: NoteWire) -> Event:
    """Read a pin, or that it goes; without an action it is a pin."""
    told = next((t for t in (wire.comment, wire.pinned_message, wire.pinned_text) if word(t)), None)
    return events.Pin(
        person=person(wire.user),
        text=text(told) or "",
        off=whole(wire.action) == UNPINNED,
        duration_s=few(wire.duration_seconds),
        pinned_ms=moment(wire.pinned_at),
        original_id=ident(wire.original_msg_id),
        **marks(wire),
    )


def question(wire: NoteWire, step: str = "new") -> Event:
    """Read a question of the Q&A."""
    return events.Question(
        step=step,
        person=person(wire.user),
        text=word(wire.question_text),
        question_id=ident(wire.question_id),
        **marks(wire),
    )


def question_selected(wire: NoteWire) -> Event:
    """Read which question the host picked."""
    return question(wire, "selected")


def question_closed(wire: NoteWire) -> Event:
    """Read that the question's card is closed."""
    return question(wire, "closed")


def poll(wire: NoteWire) -> Event:
    """Read TikTok's poll."""
    choices = (word(wire.options_payload) or "").split("|")[:MOST_CHOICES]
    return events.Poll(
        poll_id=ident(wire.poll_id),
        question=word(wire.question_payload),
        choices=tuple(found for one in choices if (found := one.strip())),
        status=word(wire.status),
        **marks(wire),
    )


def caption(wire: SpeechWire, socket: str = "native", *, final: bool | None = None) -> Event:
    """Read a window of speech. Its times only order and identify, so they stay as they are, small ones too."""
    if (said := spoken(wire.text)) is None:
        raise BadFrame("a caption without a text", "caption")
    return events.Caption(
        socket=socket,
        text=said,
        final=(truth(wire.is_final) or False) if final is None else final,
        speaker=word(wire.speaker),
        language=language(wire.language),
        start_ms=_first(wire.started_at_ms, wire.start_ms),
        end_ms=_first(wire.ends_at_ms, wire.end_ms),
        **marks(wire),
    )


def translation(wire: SpeechWire) -> Event:
    """Read a translated sentence."""
    if (said := spoken(wire.text)) is None:
        raise BadFrame("a translation without a text", "translation")
    return events.Translation(
        text=said,
        speaker=word(wire.speaker),
        target=language(wire.target_language) or language(wire.language),
        start_ms=_first(wire.started_at_ms, wire.start_ms),
        end_ms=_first(wire.ends_at_ms, wire.end_ms),
        **marks(wire),
    )


def spoken(value: Any) -> str | None:
    """Return speech: of a very long frame its end."""
    return value[-LONGEST_CAPTION:] if isinstance(value, str) else text(value)


def language(value: Any) -> str | None:
    """Return a language's code; `un` is TikTok's word for unknown."""
    found = word(value)
    return found if found and found.casefold() not in ("un", "und", "auto") and len(found) <= 35 else None


def _first(one: Any, other: Any) -> int | None:
    found = whole(one)
    return whole(other) if found is None else found


def _emotes(sent: list[EmoteWire] | None) -> tuple[Emote, ...]:
    if not sent:
        return ()
    found = [
        Emote(
            id=ident(one.emote_id),
            image=address(one.image_url) or address(one.image) or address(one.emote_url),
            place=count(one.place_in_comment),
        )
        for one in sent[:MOST_EMOTES]
    ]
    return tuple(one for one in found if one.id or one.image)
