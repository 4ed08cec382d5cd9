"""Which segment a caption belongs to: an open one, one that was interrupted, one that is over, or none.

By the recogniser's start where it is told, else by speaker and words. A pure table; it changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from overlay.core.speech_words import agreement, is_half_shared, plains, shared

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from overlay.core.speech_segment import Frame, Segment

START_TOL_MS: Final = 300
START_DRIFT_MS: Final = 1_500
LATE_FINAL_MS: Final = 5_000
RESUME_MS: Final = 5_000
ECHO_MS: Final = 700
PARTIAL_TIMEOUT_MS: Final = 6_000
RESUME_WORDS: Final = 3


def distance(segment: Segment, start_ms: int | None) -> int | None:
    """How far a start is from a segment's, by the recogniser's clock; None if either is not told."""
    if start_ms is None or segment.start_ms is None:
        return None
    last = segment.start_ms if segment.last_start_ms is None else segment.last_start_ms
    return min(abs(start_ms - segment.start_ms), abs(start_ms - last))


def find(frame: Frame, candidates: Iterable[Segment], *, drift: bool = True) -> Segment | None:
    """Return the segment a frame with a start belongs to, by the first rule that gives one, then the nearest."""
    near = [(far, one) for one in candidates if (far := distance(one, frame.start_ms)) is not None]
    if not near:
        return None
    for holds in RULES if drift else RULES[:2]:
        found = [(far, at) for at, (far, one) in enumerate(near) if holds(far, one, frame)]
        if found:
            return near[min(found)[1]][1]
    return None


def _is_there(far: int, one: Segment, frame: Frame) -> bool:
    return far <= START_TOL_MS and one.speaker == frame.speaker


def _is_there_relabelled(far: int, one: Segment, frame: Frame) -> bool:
    """Whether two labels name the same words: half of them, and more than one little word."""
    if far > START_TOL_MS:
        return False
    plain = one.plain
    few = max(len(plain), len(frame.plain)) <= 2
    return is_half_shared(plain, frame.plain) and (few or shared(plain, frame.plain) > 1)


def _has_drifted(far: int, one: Segment, frame: Frame) -> bool:
    return far <= START_DRIFT_MS and one.speaker == frame.speaker and is_half_shared(one.plain, frame.plain)


RULES: Final = (_is_there, _is_there_relabelled, _has_drifted)
"""What makes a segment so far away that of a frame, the surest first."""


def find_open(frame: Frame, segments: Sequence[Segment], epoch: int, at_ms: int) -> Segment | None:
    """Return the open segment of a frame. What the owner cleared stays a segment, unseen, until its speaker is done."""
    mine = [one for one in segments if one.closed is None and one.epoch == epoch]
    if frame.start_ms is not None:
        found = find(frame, mine)
    else:
        found = next((one for one in reversed(mine) if one.speaker == frame.speaker), None)
    if found is not None:
        return found
    sunk = [one for one in segments if one.closed == "cleared" and one.epoch == epoch and is_sunk(one, at_ms)]
    if frame.start_ms is not None:
        untimed = [one for one in mine + sunk if one.start_ms is None and one.speaker == frame.speaker]
        found = find(frame, sunk)
        return found or next((one for one in untimed if is_half_shared(one.plain, frame.plain)), None)
    own = [one for one in sunk if one.speaker == frame.speaker and _goes_on(one.plain, frame.plain)]
    if own:
        return own[-1]
    return next((one for one in mine if _begins(one.plain, frame.plain) > 1), None)  # the same words, another label


def is_sunk(segment: Segment, at_ms: int) -> bool:
    """Whether the owner has cleared a segment whose speaker may still be talking."""
    return segment.closed == "cleared" and at_ms < segment.heard_ms + PARTIAL_TIMEOUT_MS


def find_resumed(frame: Frame, segments: Sequence[Segment], epoch: int, at_ms: int) -> Segment | None:
    """Return the segment that a cut line or a long pause interrupted, and that this frame says again from its start."""
    own = [one for one in segments if one.speaker == frame.speaker]
    if any(one.closed is None and one.epoch == epoch for one in own):
        return None
    for one in reversed(own):
        cut = one.closed == "interrupted" and one.epoch < epoch
        paused = one.closed == "timeout" and one.epoch == epoch and distance(one, frame.start_ms) is None
        if (cut or paused) and at_ms <= one.closed_ms + RESUME_MS:
            words = _begins(one.plain, frame.plain)
            if words > 1 or (words == 1 and len(one.tokens) == 1) or (words == 1 == len(frame.plain)):
                return one
    return None


def is_too_short_to_tell(frame: Frame, segment: Segment) -> bool:
    """Whether one word alone could be the repetition of an interrupted segment, or anything: it must wait for more."""
    return not frame.final and len(frame.plain) == 1 and len(segment.tokens) > 1


def find_over(frame: Frame, segments: Sequence[Segment], epoch: int, at_ms: int) -> Segment | None:
    """Return the segment, closed without a final, whose late frame this is; without a start only a final can tell."""
    over = [one for one in segments if one.epoch == epoch and one.closed in {"superseded", "timeout", "discarded"}]
    fresh = [one for one in over if at_ms <= one.closed_ms + LATE_FINAL_MS or not one.hidden]
    if frame.start_ms is not None:
        return find(frame, fresh)
    if not frame.final:
        return None
    own = [one for one in fresh if one.speaker == frame.speaker and at_ms <= one.closed_ms + LATE_FINAL_MS]
    cut_off = [one for one in own if one.closed != "discarded"]
    return next((one for one in reversed(cut_off) if is_half_shared(one.plain, frame.plain)), None)


def find_final(frame: Frame, segments: Sequence[Segment], epoch: int) -> Segment | None:
    """Return the final segment that has a frame's key; one that had ended before the frame starts has not."""
    start_ms = frame.start_ms
    if start_ms is None:
        return None
    done = [
        one
        for one in segments
        if one.closed == "final"
        and one.epoch == epoch
        and (one.start_ms is None or one.last_end_ms is None or not one.start_ms < one.last_end_ms <= start_ms)
    ]
    return find(frame, done, drift=False)


def is_echo(frame: Frame, segment: Segment, epoch: int, at_ms: int) -> bool:
    """Whether a partial only repeats the beginning of what is final: by a late frame, or by a new connection."""
    if segment.closed != "final" or segment.speaker != frame.speaker:
        return False
    age, same = at_ms - segment.closed_ms, segment.epoch == epoch
    if age >= ECHO_MS if same else age > RESUME_MS:  # looked at first: nearly all are older, and words cost more
        return False
    if plains(segment.tokens[: len(frame.plain)]) != frame.plain:
        return False
    return distance(segment, frame.start_ms) is None if same else len(frame.plain) > 1


def is_repeat(frame: Frame, segment: Segment, epoch: int, at_ms: int) -> bool:
    """Whether a final says what another just said, and no start tells them apart."""
    if segment.closed != "final" or segment.speaker != frame.speaker or at_ms > segment.closed_ms + LATE_FINAL_MS:
        return False
    told_apart = segment.epoch == epoch and distance(segment, frame.start_ms) is not None
    return not told_apart and segment.plain == frame.plain


def _begins(one: Sequence[str], other: Sequence[str]) -> int:
    """How many of the first words are the same; 0 unless all of the first two or three are."""
    count = min(RESUME_WORDS, len(one), len(other))
    return count if agreement(one, other) >= count else 0


def _goes_on(one: Sequence[str], other: Sequence[str]) -> bool:
    return _begins(one, other) > 0 or is_half_shared(one, other)
