"""What is due when: each thing at one time only, the earliest found at once. It reads no clock."""

from __future__ import annotations

import heapq
from typing import Generic, TypeVar

T = TypeVar("T")

SLACK = 64


class Due(Generic[T]):
    """Times by thing. A thing that is set again is due at the new time only."""

    def __init__(self) -> None:
        """Nothing is due."""
        self._when: dict[T, float] = {}
        self._heap: list[tuple[float, int, T]] = []
        self._count = 0

    def __len__(self) -> int:
        """How many things are due at some time."""
        return len(self._when)

    def __contains__(self, thing: T) -> bool:
        return thing in self._when

    def when(self, thing: T) -> float | None:
        """When it is due, or None."""
        return self._when.get(thing)

    def set(self, thing: T, when: float | None) -> None:
        """It is due then; None: not at all."""
        if when is None:
            self._when.pop(thing, None)
            return
        if self._when.get(thing) == when:
            return
        self._when[thing] = when
        self._count += 1
        heapq.heappush(self._heap, (when, self._count, thing))
        if len(self._heap) > 2 * len(self._when) + SLACK:  # what was set again leaves its old time behind
            self._heap = [(at, number, one) for number, (one, at) in enumerate(self._when.items())]
            heapq.heapify(self._heap)

    def drop(self, thing: T) -> None:
        """It is not due any more."""
        self._when.pop(thing, None)

    def first(self) -> float | None:
        """The earliest time, or None."""
        heap = self._heap
        while heap and self._when.get(heap[0][2]) != heap[0][0]:
            heapq.heappop(heap)
        return heap[0][0] if heap else None

    def pop(self, now: float) -> list[T]:
        """Everything that is due by now, in the order of time; it is due no longer."""
        found: list[T] = []
        while (first := self.first()) is not None and first <= now:
            thing = heapq.heappop(self._heap)[2]
            del self._when[thing]
            found.append(thing)
        return found
