"""The first frame of a live socket in all its forms, and how frames and times are written. Decides nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from overlay.simulator.creators import Creator
    from overlay.simulator.stage import Frame

ENCODER = msgspec.json.Encoder()


def encode(frame: Frame | list[Frame] | str) -> bytes:
    """Write a frame as JSON; text is sent as it stands."""
    return frame.encode() if isinstance(frame, str) else ENCODER.encode(frame)


def room_infos(creator: Creator) -> list[dict[str, Any]]:
    """Write the first frame, in the one form of calm scenarios, or in all forms in turn, the missing one included."""
    station, stage = creator.station, creator.begin()
    at = iso(station.clock.wall())
    owner = {"nickname": creator.host.name, "uniqueId": creator.handle, "id": creator.host.id}
    details = {"title": stage.title, "user_count": creator.viewers, "like_count": creator.likes, "owner": owner}
    head = {"roomId": creator.room_id, "uniqueId": creator.handle, "connectedAt": at}
    full = {"event": "roomInfo", "data": head | {"ownerUserId": creator.host.id, "roomInfo": details}}
    if station.scenario != "chaos":
        return [full]
    place = {"wsHost": "webcast-ws.example", "clusterRegion": "eu", "ownerUserId": creator.host.id}
    forms: tuple[list[dict[str, Any]], ...] = (
        [full],
        [{"event": "roomInfo", **head}],
        [{"event": "connected", "data": {"uniqueId": creator.handle}}, {"event": "roomInfo", "data": head}],
        [{"event": "roomInfo", "data": {"roomId": creator.room_id, "connectedAt": at, **place}}],
        [{"event": "roomInfo", **head, "roomInfo": details}],
        [{"event": "room_info", **head, "roomId": int(creator.room_id), "connectedAt": station.clock.wall()}],
        [],
    )
    form = forms[(creator.connects - 1) % len(forms)]
    needed, creator.introduce = creator.introduce, False
    return form if form or not needed else [full]


def iso(ms: int) -> str:
    """Write a time as TikTool's texts do."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
