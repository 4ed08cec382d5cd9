"""Battles, as TikTool's frames tell them: life, scores, cards, co-hosts, in the present and in the old shapes.

Ids of hosts and givers are opaque texts here. What a frame means for the match is the fold's, never decided here.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Raw

from overlay.core import events
from overlay.core.events import Contributor, Event, Host, Person
from overlay.core.tiktool_people import LONGEST_KNOWN, UserWire, avatar, handle, name, person
from overlay.core.tiktool_values import (
    address,
    count,
    css_colour,
    few,
    ident,
    instant,
    moment,
    seconds,
    whole,
    word,
)
from overlay.core.tiktool_wire import BadFrame, Wire, marks, read

MOST_HOSTS = 32
MOST_CONTRIBUTORS = 100
CO_HOST_EXTRA = "5"  # linkMic's unnamed field that holds the other host's id
OLD_STATUS = {1: 1, 2: 1, 3: 3}  # linkMicBattle: started, in progress, ended

_HANDLE = re.compile(r"[a-z0-9._]{1,64}", re.ASCII)
_BOOSTER = re.compile(r"booster_x(\d)", re.ASCII)


class MemberWire(UserWire, rename="camel"):
    """One giver: flat, or a user beside a score."""

    user: UserWire | None = None
    score: Any = None


class HostWire(UserWire, rename="camel"):
    """One host: of `hosts`, of `teams`, or of the oldest `battleUsers`."""

    host_user_id: Any = None
    team_total_score: Any = None
    score: Any = None
    team_idx: Any = None
    contributors: list[MemberWire] | None = None
    users: list[MemberWire] | None = None
    host_user: UserWire | None = None


_HOST = msgspec.json.Decoder(HostWire)


class BattleWire(Wire, rename="camel"):
    """`battle`, `battleArmies` and their old names."""

    battle_id: Any = None
    match_id: Any = None
    session_id: Any = None
    status: Any = None
    battle_status: Any = None
    battle_duration: Any = None
    battle_settings: Any = None
    server_ts_ms: Any = None
    started_at_ms: Any = None
    duration_sec: Any = None
    secs_remaining: Any = None
    hosts: list[Raw] | None = None
    teams: list[Raw] | None = None
    battle_users: list[Raw] | None = None
    scores: Any = None
    extra_host_user_ids: Any = None
    punished_user_id: Any = None


class CardWire(Wire, rename="camel"):
    """`battleItemCard` and `battleTask`."""

    battle_id: Any = None
    effect: Any = None
    effect_key: Any = None
    multiplier: Any = None
    user: Raw = Raw()
    sender_user_id: Any = None
    sender_nickname: Any = None
    sender_unique_id: Any = None
    sender_avatar_url: Any = None
    activated_at_sec: Any = None
    duration_sec: Any = None
    ends_at_sec: Any = None
    icon_url: Any = None
    accent_color: Any = None
    task_action: Any = None
    mission_type: Any = None
    end_timestamp_s: Any = None


class LinkWire(Wire, rename="camel"):
    """`linkMic`: who else is there."""

    users: list[Raw] | None = None
    extras: Any = None


def battle(wire: BattleWire) -> Event:
    """Read a battle's life."""
    status = whole(wire.status)
    if status is None and (old := whole(wire.battle_status)) is not None:
        status = OLD_STATUS.get(old)
    settings = wire.battle_settings if isinstance(wire.battle_settings, dict) else {}
    extra = wire.extra_host_user_ids if isinstance(wire.extra_host_user_ids, list) else []
    return events.Battle(
        battle_id=ident(wire.battle_id),
        status=status,
        duration_s=_length(wire.battle_duration) or _length(wire.duration_sec) or _length(settings.get("duration")),
        hosts=_hosts(wire, "battle"),
        extra_hosts=tuple(found for one in extra[:MOST_HOSTS] if (found := ident(one))),
        **marks(wire),
    )


def armies(wire: BattleWire) -> Event:
    """Read scores and clock; a time that is not told stays unknown."""
    return events.Armies(
        battle_id=ident(wire.battle_id),
        match_id=ident(wire.match_id),
        session_id=ident(wire.session_id),
        status=whole(wire.status),
        server_ms=moment(wire.server_ts_ms),
        started_ms=moment(wire.started_at_ms),
        duration_s=_length(wire.duration_sec),
        remaining_s=seconds(wire.secs_remaining),
        hosts=_hosts(wire, "battleArmies"),
        **marks(wire),
    )


def punish_finish(wire: BattleWire) -> Event:
    """Read that the loser is done."""
    return events.PunishFinish(
        battle_id=ident(wire.battle_id),
        session_id=ident(wire.session_id),
        punished_id=ident(wire.punished_user_id),
        **marks(wire),
    )


def card(wire: CardWire) -> Event:
    """Read a power card."""
    effect = word(wire.effect) or word(wire.effect_key) or ""
    multiplier = few(wire.multiplier)
    if multiplier is None and (named := _BOOSTER.search(effect)):
        multiplier = int(named[1])
    return events.Card(
        battle_id=ident(wire.battle_id),
        effect=effect,
        multiplier=multiplier or 0,
        person=_player(wire),
        activated_s=instant(wire.activated_at_sec),
        duration_s=seconds(wire.duration_sec),
        ends_s=instant(wire.ends_at_sec),
        icon=address(wire.icon_url),
        colour=css_colour(wire.accent_color),
        **marks(wire),
    )


def mission(wire: CardWire) -> Event:
    """Read a bonus mission."""
    return events.Mission(
        action=whole(wire.task_action),
        mission=word(wire.mission_type),
        multiplier=few(wire.multiplier),
        ends_s=instant(wire.end_timestamp_s),
        **marks(wire),
    )


def co_hosts(wire: LinkWire) -> Event:
    """Read who the other hosts are."""
    extras = wire.extras if isinstance(wire.extras, dict) else {}
    found = [person(one) for one in (wire.users or ())[:MOST_HOSTS]]
    return events.CoHosts(
        people=tuple(one for one in found if one is not None),
        co_host_id=ident(extras.get(CO_HOST_EXTRA)),
        **marks(wire),
    )


def _length(value: Any) -> int | None:
    found = seconds(value)
    return None if found is None else int(found)


def _player(wire: CardWire) -> Person | None:
    """Return who played a card; the id stays opaque, because it is only compared with the givers' ids."""
    known = person(wire.user)
    found = Person(
        id=ident(wire.sender_user_id) or (known.id if known else None),
        handle=handle(wire.sender_unique_id) or (known.handle if known else None),
        nickname=name(wire.sender_nickname) or (known.nickname if known else None),
        avatar=address(wire.sender_avatar_url) or (known.avatar if known else None),
    )
    return found if found.id or found.handle or found.nickname else None


def _hosts(wire: BattleWire, kind: str) -> tuple[Host, ...]:
    """Return the hosts of whichever shape came: `hosts` before `teams` before `battleUsers`."""
    shapes = [shape for shape in (wire.hosts, wire.teams, wire.battle_users) if shape is not None]
    if not shapes:
        raise BadFrame("a battle without hosts and teams", kind)
    scores = wire.scores if isinstance(wire.scores, list) else []
    for shape in shapes:
        found: list[Host] = []
        for side in shape:
            at = len(found)
            told = count(scores[at]) if at < len(scores) else None
            host = _known(bytes(side), at, told) if len(side) <= LONGEST_KNOWN else _host(side, at, told)
            if host is not None:
                found.append(host)
            if len(found) == MOST_HOSTS:
                break
        if found:
            return tuple(found)
    return ()


@lru_cache(maxsize=2_048)
def _known(sent: bytes, at: int, told: int | None) -> Host | None:
    """Return a host as last heard: most frames of a battle tell something new of one side only."""
    return _host(sent, at, told)


def _host(sent: bytes | Raw, at: int, told: int | None) -> Host | None:
    side = read(sent, _HOST)
    if side is None:
        return None
    key = ident(side.host_user_id) or ident(side.user_id) or ident(side.id)
    score = next((n for n in (count(side.team_total_score), count(side.score), told) if n is not None), None)
    team = count(side.team_idx)
    givers, self_seen = [], side.host_user
    for one in (side.contributors or side.users or ())[:MOST_CONTRIBUTORS]:
        user = one.user or one
        giver = ident(user.id) or ident(user.user_id)
        if giver is not None and giver == key:
            self_seen = self_seen or user  # old shapes list the host beside the givers
        else:
            givers.append(_contributor(user, giver, count(one.score)))
    shown = self_seen or side
    at_name = _old_handle(shown.unique_id)
    return Host(
        id=key,
        team=team if team is not None or key or at_name else at,
        score=score,
        name=name(shown.nickname) or (None if at_name else name(shown.unique_id)),
        handle=at_name,
        avatar=avatar(shown),
        contributors=tuple(_honest(givers, score)),
    )


def _contributor(user: UserWire, key: str | None, score: int | None) -> Contributor:
    at_name = _old_handle(user.unique_id)
    shown = name(user.nickname) or (None if at_name else name(user.unique_id))
    return Contributor(id=key, name=shown, handle=at_name, avatar=avatar(user), score=score)


def _honest(givers: list[Contributor], score: int | None) -> list[Contributor]:
    """Take the figures away where everybody carries the team's: old captures do."""
    if len(givers) > 1 and score is not None and all(one.score == score for one in givers):
        return [Contributor(id=one.id, name=one.name, handle=one.handle, avatar=one.avatar) for one in givers]
    return givers


def _old_handle(value: Any) -> str | None:
    """Return a handle only if it can be one: old battle frames hold the display name there."""
    found = handle(value)
    return found if found and _HANDLE.fullmatch(found) else None
