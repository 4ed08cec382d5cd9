"""What to do next when a connection to TikTool ends: one pure table of kinds of endings, and what happened before.

`endings.py` reads a code, its reason and the notice before it into a kind; `next_step` turns that into a `Step`.
Waits are told without their random part: `spread_s` is a random addition from nothing to that, and where it is None
the wait is stretched by 0-20 %. Nothing here waits, counts time or speaks to anybody.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, structs

from overlay.core.budget import ms_to_midnight
from overlay.core.endings import KNOWN_TRANSIENT, Ending, Kind, reading

__all__ = ["Ending", "History", "KeyHistory", "Step", "ladder_s", "next_step", "reading"]

Then = Literal["connect", "check", "check_unless_offline", "tick", "stay"]
"""After the wait: connect; ask and connect if live; ask and connect unless offline; leave it to the next preflight
tick; or do nothing until the settings change."""

TRANSIENT_S = (1, 2, 4, 8, 16)
"""The first five waits. From the fifth failure on a preflight comes first, and tries are LONG_S apart."""
LONG_S = 60
LADDER_S = (30, 90, 300)
LADDER_TOP_S = 1800
LIMIT_S, LIMIT_GROWTH, LIMIT_TOP_S = 60.0, 1.5, 300.0
POLICY_S = 900
HOURLY_S = 3600
DAILY_S, DAILY_SPREAD_S = 60, 540
STREAM_END_S = 60
PROVEN_S = 60
QUICK_LIMIT = 3
IDLE_LIMIT = 3
RECENT_MS = 600_000
EVICTION_LIMIT = 3


class History(Struct, frozen=True, kw_only=True):
    """What happened before to one creator's socket."""

    failures: int = 0
    rung: int = 0
    limits: int = 0
    quick: int = 0  # closes within a minute of opening, in a row, without a viewer event
    idle_ms: tuple[int, ...] = ()  # 4006 in a row
    running: bool = False  # a stream was known to be running


class KeyHistory(Struct, frozen=True, kw_only=True):
    """What happened before to the key as a whole."""

    limits: int = 0
    evicted_ms: tuple[int, ...] = ()
    swept_by_us: bool = False


class Step(Struct, frozen=True, kw_only=True):
    """What to do next, and a sentence for people."""

    kind: Kind
    then: Then
    reason: str
    wait_s: float = 0.0
    spread_s: float | None = None
    settle_s: float = 0.0  # between the preflight's yes and the connection
    stop_key: bool = False
    pause_s: float | None = None  # for so long nothing of this key connects
    lower_budget: bool = False
    end_signal: bool = False
    limited: bool = False
    ladder: bool = False  # the wait is a rung: a creator who goes live anew need not sit it out
    loud: str | None = None  # what a person should know at once
    unknown_code: bool = False


def next_step(ending: Ending, past: History, key: KeyHistory, now_ms: int) -> tuple[Step, History, KeyHistory]:
    """The step after an ending, and what to remember of it."""
    kind = reading(ending)
    past, key = _settled(ending, past, key)
    if ending.ours:
        return Step(kind="normal", then="stay", reason="closed by this server"), past, key
    past = _counted(ending, kind, past, now_ms)
    step, past, key = _by_kind(kind, ending, past, key, now_ms)
    if past.quick >= QUICK_LIMIT and step.then != "stay" and kind != "not_live":
        step, past = _not_live_after_all(step, past)
    return step, past, key


def _settled(ending: Ending, past: History, key: KeyHistory) -> tuple[History, KeyHistory]:
    """Forgets earlier failures after a minute of an open socket with a viewer event in it."""
    if ending.proven and (ending.open_s or 0.0) >= PROVEN_S:
        past = structs.replace(past, failures=0, rung=0, limits=0, quick=0)
        key = structs.replace(key, limits=0)
    return past, key


def _counted(ending: Ending, kind: Kind, past: History, now_ms: int) -> History:
    """Counts what is counted in a row: quick closes and silent ones."""
    quick = past.quick
    if ending.proven or (ending.open_s or 0.0) >= PROVEN_S:
        quick = 0
    elif ending.open_s is not None:
        quick += 1
    idle = tuple(at for at in past.idle_ms if now_ms - at < RECENT_MS) if kind == "idle" else ()
    return structs.replace(past, quick=quick, idle_ms=(*idle, now_ms) if kind == "idle" else ())


def _by_kind(
    kind: Kind, ending: Ending, past: History, key: KeyHistory, now_ms: int
) -> tuple[Step, History, KeyHistory]:
    match kind:
        case "transient":
            step, past = _transient(ending, past)
        case "not_live":
            step, past = not_live(past, "TikTool says that the creator is not live")
        case "evicted":
            return _evicted(past, key, now_ms)
        case "limit" | "daily" | "hourly":
            return _limited(kind, ending, past, key, now_ms)
        case "idle":
            step = _idle(past)
        case _:
            step = _plain(kind, ending, key)
    return step, past, key


def _plain(kind: Kind, ending: Ending, key: KeyHistory) -> Step:
    """The endings whose reaction depends on nothing that happened before. Long, because it is the table."""
    said = f": {ending.reason}" if ending.reason else ""
    match kind:
        case "stream_end":
            return Step(kind=kind, then="tick", wait_s=STREAM_END_S, end_signal=True, reason="the stream has ended")
        case "policy":
            return Step(
                kind=kind, then="check", wait_s=POLICY_S, limited=True, reason=f"TikTool pauses it for 15 minutes{said}"
            )
        case "config":
            return Step(
                kind=kind,
                then="stay",
                reason=f"TikTool does not accept this creator's settings; check the handle{said}",
            )
        case "auth":
            return Step(
                kind=kind, then="stay", stop_key=True, reason=f"TikTool refuses the key; enter a valid one{said}"
            )
        case "permission":
            return Step(kind=kind, then="stay", reason=f"the key is not allowed to read this creator{said}")
        case "sweep":
            loud = None if key.swept_by_us else "TikTool closed all sockets of this key: another program is using it"
            return Step(kind=kind, then="connect", spread_s=5.0, loud=loud, reason="the key's sockets were swept")
        case "lifetime":
            return Step(
                kind=kind, then="check_unless_offline", spread_s=2.0, reason="the connection reached its longest age"
            )
        case _:
            return Step(kind="normal", then="check", settle_s=2.0, reason="TikTool closed the connection")


def _idle(past: History) -> Step:
    """Silence: asks once, unless it was the third time in ten minutes."""
    reason = "nothing was heard on the connection"
    if len(past.idle_ms) >= IDLE_LIMIT:
        return Step(kind="idle", then="tick", reason=reason)
    return Step(kind="idle", then="check", settle_s=2.0, reason=reason)


def _transient(ending: Ending, past: History) -> tuple[Step, History]:
    """The back-off for what passes by itself."""
    failures = past.failures + 1
    wait = TRANSIENT_S[failures - 1] if failures <= len(TRANSIENT_S) else LONG_S
    ask = failures >= len(TRANSIENT_S) or (ending.code == 4500 and failures == 1)
    unknown = ending.code is not None and ending.code >= 4000 and ending.code not in KNOWN_TRANSIENT
    step = Step(
        kind="transient",
        then="check_unless_offline" if ask else "connect",
        wait_s=wait,
        unknown_code=unknown,
        reason=_what_failed(ending),
    )
    return step, structs.replace(past, failures=failures)


def _what_failed(ending: Ending) -> str:
    said = f": {ending.reason}" if ending.reason else ""
    if ending.status is not None:
        return f"TikTool answered {ending.status} to the connection"
    if ending.code is None:
        return f"TikTool cannot be reached{said}"
    if ending.code in {1005, 1006}:
        return "the line to TikTool was lost"
    return f"TikTool closed the connection with {ending.code}{said}"


def ladder_s(rung: int) -> int:
    """The wait before the given rung (0 is the first): 30, 90, 300 s, then 5, 10 … 30 minutes."""
    if rung < len(LADDER_S):
        return LADDER_S[rung]
    return min(300 * (1 + rung - len(LADDER_S)), LADDER_TOP_S)


def not_live(past: History, reason: str) -> tuple[Step, History]:
    """The next rung of the ladder for creators that are not live."""
    step = Step(kind="not_live", then="check", wait_s=ladder_s(past.rung), reason=reason, ladder=True)
    return step, structs.replace(past, rung=past.rung + 1)


def _not_live_after_all(step: Step, past: History) -> tuple[Step, History]:
    """Connections that close at once again and again: the creator is taken as not live, whatever the codes say."""
    calm, past = not_live(past, f"connections close at once, {past.quick} in a row; last: {step.reason}")
    if step.wait_s > calm.wait_s:
        return structs.replace(step, then="check", ladder=not step.limited, reason=calm.reason), past
    wait = calm.wait_s
    return structs.replace(step, then="check", wait_s=wait, spread_s=None, ladder=True, reason=calm.reason), past


def _evicted(past: History, key: KeyHistory, now_ms: int) -> tuple[Step, History, KeyHistory]:
    """Another connection of the same key pushed ours out: this creator waits, longer each time."""
    recent = (*(at for at in key.evicted_ms if now_ms - at < RECENT_MS), now_ms)
    often = len(recent) >= EVICTION_LIMIT
    loud = "this key is used elsewhere, or the socket budget is too high" if often else None
    step = Step(
        kind="evicted",
        then="check",
        wait_s=grown_s(past.limits),
        limited=True,
        lower_budget=often,
        loud=loud,
        reason="another connection of the same key pushed this one out",
    )
    key = structs.replace(key, evicted_ms=() if often else recent)
    return step, structs.replace(past, limits=past.limits + 1), key


def _limited(
    kind: Kind, ending: Ending, past: History, key: KeyHistory, now_ms: int
) -> tuple[Step, History, KeyHistory]:
    """A limit of the key: everything of the key waits."""
    text = ending.notice_text or ending.reason
    said = f": {text}" if text else ""
    wait, spread = grown_s(key.limits), None
    reason = f"TikTool limits this key{said}"
    if kind == "daily":
        wait, spread = ms_to_midnight(now_ms) / 1000 + DAILY_S, float(DAILY_SPREAD_S)
        reason = f"the key's daily allowance is used up{said}"
    elif kind == "hourly":
        wait, reason = float(HOURLY_S), f"the key's connections per hour are used up{said}"
    else:
        key = structs.replace(key, limits=key.limits + 1)
        if ending.reset_ms is not None:
            wait = max(wait, (ending.reset_ms - now_ms) / 1000)
    step = Step(kind=kind, then="check", wait_s=wait, spread_s=spread, pause_s=wait, limited=True, reason=reason)
    return step, past, key


def grown_s(before: int) -> float:
    """60 s, half as long again each time, up to 300 s."""
    return min(LIMIT_S * LIMIT_GROWTH ** min(before, 10), LIMIT_TOP_S)
