"""What is recorded is what was heard: a recording traces and replays to the views that the stream had."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from overlay.core.events import Closed, Opened
from overlay.core.trace import trace
from overlay.tools.lines import read_lines
from overlay.widgets import KINDS
from tests.serving import LUNA, MIRA, Served, gift, serving


async def hear_a_stream(served: Served, creator: str) -> None:
    hub = served.house.hub
    hub.event(creator, Opened())
    room = {"event": "roomInfo", "roomId": "7650000000000000101", "uniqueId": "luna.sings"}
    served.hear(creator, room, gift(LUNA, 10, 1), gift(MIRA, 3, 2, count=4), gift(MIRA, 3, 2, count=4))
    served.hear(creator, {"event": "strange", "data": {"é": "\n"}})
    hub.frame(creator, "live", b"not json \xff")
    hub.event(creator, Closed(code=4500))


def last_view(file: Path, kind: str) -> dict[str, Any]:
    steps = list(trace(list(read_lines(str(file))), KINDS[kind], KINDS[kind].options(), handle="luna.sings"))
    return json.loads(json.dumps(steps[-1]["view"]))


async def test_a_recorded_stream_traces_to_the_views_it_had(tmp_path):
    async with serving(tmp_path) as served:
        creator = await served.creator(record=True)
        board = (await served.widget(creator))["key"]
        await hear_a_stream(served, creator)
        live = await served.view(board)
    (file,) = (tmp_path / "recordings").rglob("*.zst")
    lines = [json.loads(line) for line in read_lines(str(file))]
    assert lines[0] == {"t": 0, "open": True}
    assert lines[-1]["close"] == {"code": 4500, "reason": ""}
    assert len(lines) == 8
    traced = last_view(file, "leaderboard")
    assert [(entry["user"]["id"], entry["score"], entry["gifts"]) for entry in traced["entries"]] == [
        (entry["user"]["id"], entry["score"], entry["gifts"]) for entry in live["entries"]
    ]
    assert traced["total"] == live["total"] == 22


async def test_nobody_is_recorded_unasked_and_it_stops_when_told(tmp_path):
    async with serving(tmp_path) as served:
        creator = await served.creator()
        served.hear(creator, gift(LUNA, 1, 1))
        await served.house.hub.settled(lambda: None)
        assert served.house.recorder._open == {}
        await served.http.patch(f"/api/creators/{creator}", json={"record": True})
        served.hear(creator, gift(LUNA, 1, 2))
        await served.house.hub.settled(lambda: None)
        assert set(served.house.recorder._open) == {creator}
        await served.http.patch(f"/api/creators/{creator}", json={"record": False})
        served.hear(creator, gift(LUNA, 1, 3))
        await served.house.hub.settled(lambda: None)
    (file,) = (tmp_path / "recordings").rglob("*.zst")
    assert len(list(read_lines(str(file)))) == 1


async def test_a_test_event_is_not_recorded(tmp_path):
    async with serving(tmp_path) as served:
        creator = await served.creator(record=True)
        await served.http.post(f"/api/creators/{creator}/test", json={"event": "gift", "data": {}})
        await served.house.hub.settled(lambda: None)
    assert list((tmp_path / "recordings").rglob("*.zst")) == []
