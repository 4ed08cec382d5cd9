"""TikTool's frames as our events: every name it has, in every envelope, and nothing it sends raises but BadFrame.

This module and its `tiktool_*` neighbours are all that knows the wire. They decide what a frame says and never what
follows from it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
from msgspec import Raw

from overlay.core import tiktool_battle as battle
from overlay.core import tiktool_deeds as deeds
from overlay.core import tiktool_room as room
from overlay.core import tiktool_talk as talk
from overlay.core.events import Caption, CaptionStatus, Credits, Event, Heartbeat, Other
from overlay.core.tiktool_values import number, text, word
from overlay.core.tiktool_wire import BadFrame, Wire, open_frame, read, split

__all__ = ["BadFrame", "decode", "decode_all", "decode_captions", "decode_firehose"]

LONGEST_NAME = 64


class Reader(NamedTuple):
    """How one kind of frame is read."""

    name: str
    decoder: msgspec.json.Decoder[Any]
    build: Callable[[Any], Event]


def _notice(kind: str) -> Callable[[room.RoomWire], Event]:
    return lambda wire: room.notice(wire, kind)


_READERS: dict[type[Wire], dict[str, Callable[[Any], Event]]] = {
    deeds.GiftWire: {"gift": deeds.gift, "linkMicOpponentGift": deeds.opponent_gift},
    deeds.CollabGiftWire: {"collabGift": deeds.collab_gift},
    deeds.DeedWire: {
        "like": deeds.like,
        "member": deeds.member,
        "follow": deeds.follow,
        "share": deeds.share,
        "social": deeds.social,
        "subscribe": deeds.subscribe,
        "superFan": deeds.super_fan,
        "superFanJoin": deeds.super_fan_join,
        "superFanBox": deeds.super_fan_box,
        "envelope": deeds.envelope,
        "barrage": deeds.barrage,
    },
    talk.ChatWire: {"chat": talk.chat, "emoteChat": talk.emote_chat, "emote": talk.emote_chat},
    talk.NoteWire: {
        "imDelete": talk.deletion,
        "roomPin": talk.pin,
        "subPin": talk.pin,
        "question": talk.question,
        "questionNew": talk.question,
        "questionSelected": talk.question_selected,
        "questionSlideDown": talk.question_closed,
        "poll": talk.poll,
    },
    talk.SpeechWire: {"caption": talk.caption},
    battle.BattleWire: {
        "battle": battle.battle,
        "linkMicBattle": battle.battle,
        "battleArmies": battle.armies,
        "linkMicArmies": battle.armies,
        "battlePunishFinish": battle.punish_finish,
    },
    battle.CardWire: {"battleItemCard": battle.card, "battleTask": battle.mission},
    battle.LinkWire: {"linkMic": battle.co_hosts, "linkMicLayoutState": battle.co_hosts},
    room.RoomInfoWire: {"roomInfo": room.room_info, "liveIntro": room.title},
    room.RoomWire: {
        "roomUserSeq": room.viewers,
        "roomUser": room.viewers,
        "viewer_count": room.viewers,
        "control": room.control,
        "streamEnd": room.stream_end,
        "goalUpdate": room.goal_level,
        "giftPanelUpdate": room.catalogue_stale,
        "error": room.trouble,
        "anon_limit": _notice("anon_limit"),
        "demo_limit": _notice("demo_limit"),
        "session_limit": _notice("session_limit"),
    },
    room.ProductWire: {"shopProduct": room.product, "shopInventory": room.stock, "karaokeReq": room.track},
    room.TrayWire: {"shopProductList": room.tray},
}
_ALIVE = ("ping", "pong", "_journal", "connected", "disconnected")


def _squash(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "")


def _table() -> dict[str, Reader]:
    """Return the reader of each name, exact and squashed."""
    readers = {}
    for wire, kinds in _READERS.items():
        decoder = msgspec.json.Decoder(wire)
        for name, build in kinds.items():
            readers[name] = readers[_squash(name)] = Reader(name, decoder, build)
    return readers


_BY_NAME = _table()
_HEARTBEATS = frozenset(_ALIVE) | {_squash(name) for name in _ALIVE}
_SPEECH = msgspec.json.Decoder(talk.SpeechWire)
_WHALE = msgspec.json.Decoder(room.WhaleWire)


def decode(frame: bytes | str | Raw) -> Event:
    """Return what one frame says; BadFrame if it cannot be read or lacks what we need."""
    name, payload = open_frame(frame)
    return _event(name, payload)


def decode_all(frame: bytes | str | Raw) -> list[Event | BadFrame]:
    """Return what a frame says, which may be a list of them: in order, and one bad element spoils no other."""
    try:
        parts = split(frame)
    except BadFrame as bad:
        return [bad]
    found: list[Event | BadFrame] = []
    for part in parts:
        try:
            found.append(decode(part))
        except BadFrame as bad:
            found.append(bad)
    return found


def decode_captions(frame: bytes | str | Raw) -> list[Event]:
    """Return what a frame of the captions socket says: a caption may carry its translation."""
    name, payload = open_frame(frame)
    kind = _squash(name)
    if kind in ("caption", "partial", "final", "transcript"):
        return _speech(kind, read(payload, _SPEECH))
    if kind == "translation":
        return [talk.translation(read(payload, _SPEECH))]
    if kind in ("status", "credits", "creditslow", "minutes", "hello", "ready"):
        return [_account(kind, read(payload, _ACCOUNT))]
    return [_event(name, payload)]


def decode_firehose(frame: bytes | str | Raw) -> Event:
    """Return a big gift anywhere; every other frame of the firehose is passed by."""
    name, payload = open_frame(frame)
    if _squash(name) == "gifteralert":
        return room.whale(read(payload, _WHALE))
    return Other(name=name[:LONGEST_NAME])


def _event(name: str, payload: bytes | str | Raw) -> Event:
    reader = _BY_NAME.get(name) or _BY_NAME.get(_squash(name))
    if reader is not None:
        return reader.build(read(payload, reader.decoder))
    if name in _HEARTBEATS or _squash(name) in _HEARTBEATS:
        return Heartbeat()
    return Other(name=name[:LONGEST_NAME])


class AccountWire(Wire, rename="camel"):
    """What the captions socket says of itself and of the minutes."""

    status: Any = None
    message: Any = None
    total: Any = None
    used: Any = None
    remaining: Any = None
    percentage: Any = None
    minutes_left: Any = None


_ACCOUNT = msgspec.json.Decoder(AccountWire)


def _account(kind: str, wire: AccountWire) -> Event:
    if kind == "status":
        return CaptionStatus(status=word(wire.status) or "", text=text(wire.message))
    remaining = number(wire.remaining)
    if remaining is None:
        remaining = number(wire.minutes_left)
    figures = Credits(
        total=number(wire.total),
        used=number(wire.used),
        remaining=remaining,
        percentage=number(wire.percentage),
        low=kind == "creditslow",
    )
    return figures if figures != Credits() else Heartbeat()


def _speech(kind: str, wire: talk.SpeechWire) -> list[Event]:
    """Read a caption of the captions socket or of the vendor's plug-in channel."""
    final = None if kind == "caption" else kind != "partial"
    found: list[Event] = [talk.caption(wire, "captions", final=final)]
    spoken = found[0]
    if isinstance(spoken, Caption) and spoken.final and talk.spoken(wire.translation):
        wire.text, wire.target_language = wire.translation, wire.translation_language
        wire.language = None
        found.append(talk.translation(wire))
    return found
