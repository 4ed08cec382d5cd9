"""To which match a battle frame belongs: the present one, its next round, a new one, or one that is long over.

A pure table over the ids and hosts; the phases and their timers stand elsewhere. It never keeps anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable

    from overlay.core.events import Armies, Battle, Host
    from overlay.core.fight_match import Match

Kinship = Literal["same", "round", "new", "closed"]

ENDED: Final = (3, 5)
"""`battle` statuses that end a match; 5 is of old captures."""

KNOWN: Final = (1, 2, 3, 4, 5)


class Standing(Struct, frozen=True):
    """How the present match stands when a frame comes."""

    match: Match | None
    closed: list[str]  # ids of matches that were replaced
    over: bool  # it has an end
    may_reopen: bool  # an end that nobody announced
    settled: bool  # the end is so long ago that even late scores are in
    idle: bool  # nothing of it is on the screen


def ids_of(hosts: Iterable[Host], extra: Iterable[str] = ()) -> set[str]:
    """Return the hosts' ids."""
    return {host.id for host in hosts if host.id} | set(extra)


def of_armies(event: Armies, now: Standing, *, runs: bool) -> Kinship:
    """Place a score frame; `runs`: time is left on it."""
    key, match = event.match_id or event.battle_id, now.match
    if key is not None and key in now.closed:
        return "closed"
    if match is None or not _is_same(event, match, now, runs=runs):
        return "new"
    session = event.session_id
    if session and session in match.past_sessions:
        return "closed"
    if session and match.session_id and session != match.session_id:
        return "round"
    return "same"


def _is_same(event: Armies, match: Match, now: Standing, *, runs: bool) -> bool:
    if event.match_id and match.match_id:
        return event.match_id == match.match_id
    battle = event.battle_id
    known = battle is not None and battle in match.ids
    if not known and not match.is_kin(ids_of(event.hosts)):
        return False
    rematch = runs and now.over and not now.may_reopen
    if event.match_id:  # the present match has got no matchId yet: this may be it, unless it is over
        return not rematch
    if battle and not known and match.army_ids:
        return False
    return known or not (rematch and now.settled)  # without any id: late scores, or much later the same hosts again


def of_battle(event: Battle, now: Standing) -> Kinship:
    """Place a `battle` frame: another id but the same hosts is the same match, until that one is over."""
    battle, match, ended = event.battle_id, now.match, event.status in ENDED
    if (battle is not None and battle in now.closed) or event.status not in KNOWN:
        return "closed"
    known = match is not None and battle is not None and battle in match.ids
    if match is None or not (known or match.is_kin(ids_of(event.hosts, event.extra_hosts))):
        return "closed" if ended and match is not None else "new"
    if not now.over or ended or (now.may_reopen and event.status == 1):
        return "same"
    if known:  # a late repeat; when nothing of it is on the screen any more, a new match that uses the id again
        return "new" if now.idle and event.status != 1 else "same"
    rival = battle is not None and bool(match.battle_ids)
    return "new" if now.settled or rival else "same"
