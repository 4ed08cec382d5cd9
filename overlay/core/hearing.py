"""Which event leads to what: the one table. How is told in `hearing_viewers.py` and `hearing_room.py`.

It never carries anything out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from overlay.core import events
from overlay.core import hearing_room as room
from overlay.core import hearing_viewers as viewers

if TYPE_CHECKING:
    from collections.abc import Callable

    from overlay.core.events import Event
    from overlay.core.facts import Fact
    from overlay.core.ledger import Ledger

HEARING: Final[dict[type[Event], Callable[[Ledger, Any, int, list[Fact]], None]]] = {
    events.Gift: viewers.gift,
    events.Envelope: viewers.envelope,
    events.CollabGift: viewers.not_ours,
    events.OpponentGift: viewers.not_ours,
    events.Like: viewers.like,
    events.Follow: viewers.follow,
    events.Share: viewers.share,
    events.Subscribe: viewers.subscribe,
    events.SuperFan: viewers.super_fan,
    events.Join: viewers.join,
    events.SuperFanJoin: viewers.join,
    events.Chat: viewers.chat,
    events.Deletion: viewers.deletion,
    events.Pin: viewers.pin,
    events.Question: viewers.question,
    events.RoomInfo: room.room_info,
    events.Viewers: room.viewers,
    events.Title: room.title,
    events.Control: room.control,
    events.StreamEnd: room.stream_end,
    events.Notice: room.notice,
    events.Battle: room.fought,
    events.Armies: room.fought,
    events.Card: room.fought,
    events.PunishFinish: room.fought,
    events.CoHosts: room.fought,
    events.Caption: room.spoke,
    events.Translation: room.spoke,
    events.Opened: room.opened,
    events.Closed: room.closed,
    events.Checked: room.checked,
    events.EndAnnounced: room.announced,
    events.ResetAsked: room.reset,
    events.BoardAnswered: room.board,
    events.Whale: room.whale,
}
"""All other kinds are only counted by whoever read them."""
