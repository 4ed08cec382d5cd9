"""How everything is right now: for the API, the studio, probes and Prometheus. It only looks."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from quart import Response

from overlay import __version__
from overlay.listening import remark_of
from overlay.web.routes import json_answer
from overlay.whales import SOURCES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from quart import Quart

    from overlay.house import House
    from overlay.store.rows import WidgetRow


def mount(app: Quart, house: House) -> None:
    """Put the probes into the app."""

    @app.get("/healthz")
    async def healthz() -> Response:
        return json_answer({"alive": True})

    @app.get("/readyz")
    async def readyz() -> Response:
        trouble = [] if house.ready else ["The server is still starting."]
        if not house.store.safe:
            trouble += house.store.problems or ["What was counted lately is not saved yet."]
        return json_answer({"ready": not trouble, "problems": trouble}, 503 if trouble else 200)

    @app.get("/metrics")
    async def metrics() -> Response:
        lines = "\n".join(prometheus(house)) + "\n"
        return Response(lines, content_type="text/plain; version=0.0.4; charset=utf-8")


async def show_status(house: House) -> dict[str, Any]:
    """The whole status."""
    creators, widgets = await house.store.creators(), await house.store.widgets()
    opened = open_streams(house)
    return {
        "version": __version__,
        "build": house.build,
        "now_ms": house.clock.now_ms(),
        "since_ms": house.began_ms,
        "uptime_s": (house.clock.now_ms() - house.began_ms) // 1000,
        "safe": house.store.safe,
        "problems": house.store.problems,
        "totals": show_totals(house, len(creators), len(widgets)),
        "creators": [show_creator(house, row.id, row.handle) for row in creators],
        "boards": house.boards.status(),
        "firehose": show_firehose(house),
        "widgets": [show_widget(house, row, opened.get(row.key, [])) for row in widgets],
    }


def show_widget(house: House, row: WidgetRow, streams: list[dict[str, Any]]) -> dict[str, Any]:
    """One widget: who has it open, and what is wrong with it."""
    return {
        "id": row.id,
        "kind": row.kind,
        "name": row.name,
        "streams": streams,
        "trouble": trouble_of(house, row.creator, row.id),
        "remark": remark_of(house, row.creator, row.id),
    }


def show_firehose(house: House) -> dict[str, Any]:
    """The lines that bring whale gifts, as far as one is wanted."""
    return {
        source: {"state": line.state, "reason": line.reason, "frames": line.frames, "next_try_ms": line.next_try_ms}
        for source in SOURCES
        if (line := house.upstream.firehose(source)).state != "off"
    }


def show_totals(house: House, creators: int, widgets: int) -> dict[str, int]:
    """The figures over everything."""
    return {
        "creators": creators,
        "widgets": widgets,
        "streams": len(house.streams.streams),
        "events": sum(pulse.events for pulse in house.hub.pulses.values()),
        "backlog": house.store.backlog,
    }


def show_creator(house: House, creator: str, handle: str) -> dict[str, Any]:
    """One creator's light and counts."""
    return {"id": creator, "handle": handle, **show_line(house, creator), **show_counts(house, creator)}


def show_line(house: House, creator: str) -> dict[str, Any]:
    """A creator's connection."""
    line, room, live = house.upstream.status(creator), house.hub.rooms.get(creator), house.hub.live(creator)
    captions = getattr(line, "captions", None)
    return {
        "state": live["state"] if line is None else line.state,
        "reason": live["reason"] if line is None else line.reason,
        "room_id": (room.ledger.room_id if room else None) or (line.room_id if line else None),
        "since_ms": line.since_ms if line else None,
        "reconnects": line.reconnects if line else 0,
        "next_try_ms": line.next_try_ms if line else None,
        "captions": {
            "state": getattr(captions, "state", "off"),
            "reason": getattr(captions, "reason", ""),
            "used": getattr(captions, "used", None),
            "remaining": getattr(captions, "remaining", None),
        },
    }


def show_counts(house: House, creator: str) -> dict[str, Any]:
    """What was heard of a creator."""
    pulse, room = house.hub.pulses.get(creator), house.hub.rooms.get(creator)
    return {
        "viewers": room.tally.small.viewers if room else None,
        "events": pulse.events if pulse else 0,
        "bad_frames": pulse.bad_frames if pulse else 0,
        "bad_reasons": pulse.reasons if pulse else {},
        "duplicates": room.ledger.duplicates if room else 0,
        "last_event_ms": pulse.last_event_ms if pulse else None,
    }


def open_streams(house: House) -> dict[str, list[dict[str, Any]]]:
    """Who has which overlay open, by its key: which browser, which build, since when."""
    found: dict[str, list[dict[str, Any]]] = {}
    now_ms = house.clock.now_ms()
    for stream, about in house.streams.streams.items():
        told = {
            "user_agent": about.agent,
            "build": about.build,
            "current": about.build in {"", house.build},
            "transport": about.transport,
            "age_ms": now_ms - about.since_ms,
        }
        for key in {w.partition("?")[0] for w in stream.topics if not is_preview(w)}:
            found.setdefault(key, []).append(told)
    return found


def is_preview(w: str) -> bool:
    """Whether a topic is the studio's own preview: that is no overlay on air."""
    return "preview=1" in w.partition("?")[2].split("&")


def trouble_of(house: House, creator: str, widget: str) -> str | None:
    """Why a widget stands still, or None."""
    room = house.hub.rooms.get(creator)
    seat = room.seats.get(widget) if room else None
    return room.trouble(seat) if room and seat else None


def memory_bytes() -> int:
    """The most memory this process has had; 0 where the system does not tell."""
    try:
        import resource  # noqa: PLC0415  not on Windows
    except ImportError:
        return 0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def prometheus(house: House) -> Iterator[str]:
    """The figures, in Prometheus' own text."""
    yield "# HELP overlay_streams Open overlay streams."
    yield "# TYPE overlay_streams gauge"
    yield f'overlay_streams{{road="express"}} {house.streams.fast}'
    yield f'overlay_streams{{road="ordinary"}} {len(house.streams.streams) - house.streams.fast}'
    yield "# TYPE overlay_store_safe gauge"
    yield f"overlay_store_safe {int(house.store.safe)}"
    yield "# TYPE overlay_store_backlog gauge"
    yield f"overlay_store_backlog {house.store.backlog}"
    yield "# TYPE overlay_memory_bytes gauge"
    yield f"overlay_memory_bytes {memory_bytes()}"
    yield "# TYPE overlay_build_info gauge"
    yield f'overlay_build_info{{version="{__version__}",build="{house.build}"}} 1'
    yield from prometheus_creators(house)


def prometheus_creators(house: House) -> Iterator[str]:
    """The figures of each creator. They appear by id: a handle is somebody's name."""
    for name in ("events", "bad_frames"):
        yield f"# TYPE overlay_{name}_total counter"
        for creator, pulse in house.hub.pulses.items():
            yield f'overlay_{name}_total{{creator="{creator}"}} {getattr(pulse, name)}'
    yield "# TYPE overlay_duplicates_total counter"
    for creator, room in house.hub.rooms.items():
        yield f'overlay_duplicates_total{{creator="{creator}"}} {room.ledger.duplicates}'
    yield "# TYPE overlay_creator_live gauge"
    for creator in house.hub.rooms:
        state = house.hub.live(creator)["state"]
        yield f'overlay_creator_live{{creator="{creator}"}} {int(state in {"live", "quiet"})}'
