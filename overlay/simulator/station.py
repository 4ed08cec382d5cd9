"""What a creator asks of the simulator it belongs to. Only the shape; the simulator is server.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from overlay.simulator.clock import Clock
    from overlay.simulator.creators import Creator
    from overlay.simulator.people import Pictures
    from overlay.simulator.stage import Step


class Station(Protocol):
    """What a creator asks of the simulator."""

    clock: Clock
    scenario: str
    seed: object
    pictures: Pictures
    lasting_faults: bool
    replays: bool
    replayed: int

    def went_live(self, creator: Creator) -> None:
        """Hear that a stream began."""
        ...

    def went_off(self, creator: Creator) -> None:
        """Hear that a stream ended."""
        ...

    def gave(self, creator: Creator, step: Step) -> None:
        """Hear of a gift, for the boards and the firehose."""
        ...
