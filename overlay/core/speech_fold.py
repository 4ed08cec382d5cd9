"""The fold of captions: frames into segments, in order, each word once.

The one truth for every widget; it knows times of receipt, and no option but the language of translations. What of it is
on the screen, and for how long, is decided in speech_stage.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct, field

from overlay.core.speech_match import (
    PARTIAL_TIMEOUT_MS,
    RESUME_MS,
    START_TOL_MS,
    distance,
    find_final,
    find_open,
    find_over,
    find_resumed,
    is_echo,
    is_repeat,
    is_sunk,
    is_too_short_to_tell,
)
from overlay.core.speech_segment import Segment, label, read
from overlay.core.speech_words import base, clean, is_half_shared, plains

if TYPE_CHECKING:
    from overlay.core.events import Caption, Translation
    from overlay.core.speech_segment import Frame

REORDER_MS: Final = 3_000
TRANSLATION_PAIR_MS: Final = 8_000
MOST_CLOSED: Final = 50
MOST_OPEN: Final = 16


class Fold(Struct, kw_only=True):
    """Segments in the order of display. `touched` are those that changed, for whoever drains it."""

    epoch: int = 0
    count: int = 0
    segments: list[Segment] = field(default_factory=list)
    touched: list[str] = field(default_factory=list)

    # --- captions ---

    def hear(self, event: Caption, at_ms: int) -> bool:
        """One caption; False if it changed nothing."""
        frame = read(event)
        if not frame.tokens:
            return frame.final and self._take_back(frame, at_ms)
        return self._hear_final(frame, at_ms) if frame.final else self._hear_partial(frame, at_ms)

    def _take_back(self, frame: Frame, at_ms: int) -> bool:
        found = find_open(frame, self.segments, self.epoch, at_ms)
        if found is None:
            return False
        found.take_back(at_ms)
        self._touch(found)
        return True

    def _hear_partial(self, frame: Frame, at_ms: int) -> bool:
        found = find_open(frame, self.segments, self.epoch, at_ms)
        if self._is_after_final(frame, found, at_ms):
            return False
        if found is None and (resumed := find_resumed(frame, self.segments, self.epoch, at_ms)) is not None:
            if is_too_short_to_tell(frame, resumed):
                return False
            found = resumed
            found.reopen(frame, self.epoch)
        if found is None and (over := find_over(frame, self.segments, self.epoch, at_ms)) is not None:
            if over.closed != "timeout":
                return False
            found = over
            found.reopen(frame, self.epoch)
        if found is None:
            return self._begin(frame, at_ms)
        if frame.end_ms is not None and found.last_end_ms is not None and frame.end_ms < found.last_end_ms:
            return False
        found.hear_partial(frame, at_ms)
        self._touch(found)
        return True

    def _is_after_final(self, frame: Frame, found: Segment | None, at_ms: int) -> bool:
        """Whether a partial comes too late: its segment is final already."""
        other = distance(found, frame.start_ms) if found is not None else None
        done = find_final(frame, self.segments, self.epoch) if other != 0 else None  # nothing is nearer than there
        if done is not None:
            near = distance(done, frame.start_ms)
            if other is None or near is None or near < other:
                return True
        if found is not None and plains(found.tokens[:1]) == frame.plain[:1]:
            return False
        done_lately = [one for one in self.segments if one.closed == "final" and at_ms - one.closed_ms <= RESUME_MS]
        return any(is_echo(frame, one, self.epoch, at_ms) for one in done_lately)

    def _begin(self, frame: Frame, at_ms: int) -> bool:
        new = self._open(frame, at_ms)
        new.hear_partial(frame, at_ms)
        self._touch(new)
        return True

    def _hear_final(self, frame: Frame, at_ms: int) -> bool:
        found = find_open(frame, self.segments, self.epoch, at_ms)
        strange = found is None or not is_half_shared(found.plain, frame.plain)
        final = (one for one in self.segments if one.closed == "final")
        if strange and any(is_repeat(frame, one, self.epoch, at_ms) for one in final):
            return False
        if found is None and (done := find_final(frame, self.segments, self.epoch)) is not None:
            if done.text == frame.text:
                return False
            found = done  # said again, better
        if found is None:
            found = find_over(frame, self.segments, self.epoch, at_ms)
        hidden = found is not None and found.hidden
        if found is None and (resumed := find_resumed(frame, self.segments, self.epoch, at_ms)) is not None:
            found, hidden = resumed, resumed.hidden
            found.reopen(frame, self.epoch)
        if found is None:
            found = self._open(frame, at_ms)
            hidden = found.hidden
        found.hear_final(frame, at_ms)
        found.hidden = hidden  # what has been cleared is corrected in the transcript only
        self._touch(found)
        self._prune()
        return True

    def _open(self, frame: Frame, at_ms: int) -> Segment:
        """Put a new segment in its place; its speaker's open one ends, unless the new one is the older."""
        self.count += 1
        new = Segment(
            id=f"{at_ms}-{self.count}",
            epoch=self.epoch,
            speaker=frame.speaker,
            language=frame.language,
            spaceless=frame.spaceless,
            began_ms=at_ms,
            heard_ms=at_ms,
            start_ms=frame.start_ms,
        )
        if frame.start_ms is not None and self._newest_start(frame.start_ms) - frame.start_ms > REORDER_MS:
            new.hidden = True  # for the transcript only
        for one in self._open_ones():
            if one.speaker == frame.speaker and one.epoch == self.epoch:
                if frame.start_ms is None or one.start_ms is None or one.start_ms <= frame.start_ms:
                    self._close(one, at_ms)
                else:
                    new.close("superseded", at_ms)
        self.segments.insert(self._place(frame.start_ms), new)
        self._prune()
        return new

    def _close(self, one: Segment, at_ms: int) -> None:
        one.close("superseded", at_ms)
        self._touch(one)

    def _newest_start(self, start_ms: int) -> int:
        starts = (one.start_ms for one in self.segments if one.epoch == self.epoch and one.start_ms is not None)
        return max(starts, default=start_ms)

    def _open_ones(self) -> list[Segment]:
        return [one for one in self.segments if one.closed is None]

    def _place(self, start_ms: int | None) -> int:
        place = len(self.segments)
        while start_ms is not None and place:
            before = self.segments[place - 1]
            if before.epoch != self.epoch or before.start_ms is None or before.start_ms <= start_ms:
                break
            place -= 1
        return place

    # --- translations ---

    def translate(self, event: Translation, at_ms: int, target: str | None) -> bool:
        """One translation; False if there is nothing it can belong to."""
        text = clean(event.text)
        told = base(event.target)
        if not text or (target and told and told != base(target)):
            return False
        found = self._find_translated(event, at_ms, base(target) or told)
        if found is None:
            return False
        found.translation, found.provisional = text, found.closed != "final"
        self._touch(found)
        return True

    def _find_translated(self, event: Translation, at_ms: int, target: str) -> Segment | None:
        speaker = label(event.speaker)
        mine = [
            one
            for one in self.segments
            if (speaker is None or one.speaker == speaker) and not (target and base(one.language) == target)
        ]
        if event.start_ms is not None:
            return _nearest([one for one in mine if one.epoch == self.epoch], event.start_ms)
        waiting = [
            one
            for one in mine
            if one.closed == "final"
            and (one.translation is None or one.provisional)
            and at_ms <= one.closed_ms + TRANSLATION_PAIR_MS
        ]
        if waiting:
            return min(waiting, key=lambda one: one.closed_ms)
        spoken = [one for one in mine if one.is_open or is_sunk(one, at_ms)]
        return max(spoken, key=lambda one: (one.began_ms, one.heard_ms), default=None)

    # --- what happens besides ---

    def interrupt(self, at_ms: int) -> None:
        """The line is cut: what was being said stays as it stands, and times begin anew."""
        for one in self._open_ones():
            one.close("interrupted", at_ms)
            self._touch(one)
        self.epoch += 1

    def clear(self, at_ms: int) -> list[tuple[str, bool]]:
        """Everything goes at once. Returns what was there: (id, was open), for the undo."""
        gone = [(one.id, one.is_open) for one in self.segments if not one.hidden]
        for one in self.segments:
            one.hidden = True
            if one.is_open:
                one.close("cleared", at_ms)
                self._touch(one)
        return gone

    def expire(self, now_ms: int) -> None:
        """Close what has not been heard for too long."""
        late = [one for one in self.segments if one.closed is None and one.heard_ms + PARTIAL_TIMEOUT_MS <= now_ms]
        for one in late:
            one.close("timeout", one.heard_ms + PARTIAL_TIMEOUT_MS)
            self._touch(one)
        if late:
            self._prune()

    def next_timeout(self) -> int | None:
        """When the next open segment has not been heard for too long."""
        heard_ms = [one.heard_ms for one in self.segments if one.closed is None]
        return min(heard_ms) + PARTIAL_TIMEOUT_MS if heard_ms else None

    def young(self, since_ms: int, *, seen: bool) -> Fold:
        """The same without what nothing can come to any more: closed before and, if `seen` counts, off the screen."""
        segments = [
            one for one in self.segments if one.closed is None or one.closed_ms >= since_ms or (seen and not one.hidden)
        ]
        return Fold(epoch=self.epoch, count=self.count, segments=segments, touched=self.touched)

    def _touch(self, one: Segment) -> None:
        if one.id not in self.touched:
            self.touched.append(one.id)

    def _prune(self) -> None:
        spoken = self._open_ones()
        if len(spoken) > MOST_OPEN:
            for one in sorted(spoken, key=lambda one: one.heard_ms)[: len(spoken) - MOST_OPEN]:
                self._close(one, one.heard_ms)
        over = len(self.segments) - len(self._open_ones()) - MOST_CLOSED
        if over > 0:
            old = sorted(
                (one for one in self.segments if not one.is_open), key=lambda one: (not one.hidden, one.closed_ms)
            )
            gone = {one.id for one in old[:over]}
            self.segments = [one for one in self.segments if one.id not in gone]


def _nearest(segments: list[Segment], start_ms: int) -> Segment | None:
    near = {one.id: far for one in segments if (far := distance(one, start_ms)) is not None and far <= START_TOL_MS}
    return min((one for one in segments if one.id in near), key=lambda one: near[one.id], default=None)
