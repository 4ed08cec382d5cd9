"""A creator on the air: the script's stages played in time, to whoever listens, with cuts, silences and replays.

With nobody listening a stream stands still (after `absence_ms` of the scenario), so nothing that counts is ever lost;
what was said while cut or silent is kept and sent when somebody listens again. Longer than others by a line or two.
"""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

from overlay.simulator.audience import Audience
from overlay.simulator.dice import digits
from overlay.simulator.greetings import encode, room_infos
from overlay.simulator.people import Crowd, Host
from overlay.simulator.scenarios import Script
from overlay.simulator.truth import RoomTruth, Truth
from overlay.simulator.wire import DROPPED, binary_frame, text_frame

if TYPE_CHECKING:
    from overlay.simulator.sockets import LiveSocket
    from overlay.simulator.stage import Act, Stage, Step
    from overlay.simulator.station import Station

REPLAY_WITHIN_MS = 20_000
RETURN_MS = 1500
GRID_S = 0.02
ENDED = 4005


class Creator:
    """One creator of the simulator, live by default."""

    def __init__(self, station: Station, handle: str) -> None:
        """Derive the creator from seed and handle; nothing plays before somebody listens."""
        self.station, self.handle = station, handle
        self.host = Host(station.seed, handle)
        self.script = Script(station.scenario, station.seed, self.host, lasting=station.lasting_faults)
        self.crowd: Crowd | None = None
        self.status = "live"
        self.number = 0
        self.stage: Stage | None = None
        self.started_ms = station.clock.now_ms
        self.back_ms = math.inf
        self.audience = Audience()
        self.connects = 0
        self.known = True
        self.introduce = True  # after an end, frames tell the room only if the first one says so
        self.refuse: list[int] = []
        self.truth = Truth()
        self.diamonds = 0
        self._offset_ms = 0.0
        self._frozen_ms: float | None = 0.0
        self._left_ms = 0.0
        self._speak_ms = math.inf
        self._held: Act | None = None
        self._timer: asyncio.TimerHandle | None = None

    # what REST tells ------------------------------------------------------------------------------------------

    @property
    def live(self) -> bool:
        """Tell whether the creator is truly live."""
        return self.status == "live"

    @property
    def room_id(self) -> str:
        """Name the present or last stream."""
        return self.stage.room_id if self.stage else self._room_id()

    @property
    def title(self) -> str:
        """Give the title of the stream."""
        return self.stage.title if self.stage else "Live now"

    @property
    def viewers(self) -> int:
        """Tell how many watch."""
        return (self.stage.viewers if self.stage else 0) or 137

    @property
    def likes(self) -> int:
        """Tell the running total of likes."""
        return self.stage.likes if self.stage else 0

    @property
    def room_truth(self) -> RoomTruth:
        """Open the ledger's page of this stream."""
        return self.truth.room(self.room_id)

    def people(self) -> Crowd:
        """Draw the crowd when it is first needed."""
        if self.crowd is None:
            self.crowd = Crowd(self.station.seed, self.handle, self.script.recipe.crowd)
        return self.crowd

    def _room_id(self) -> str:
        """Make the id of a stream before its stage is set."""
        return digits(self.station.seed, self.handle, self.number, self.station.clock.wall_ms, "room", lead="765")

    # the clock of the stream ----------------------------------------------------------------------------------

    @property
    def now_ms(self) -> float:
        """Tell the stream's own time; it stands while nobody listens."""
        clock_ms = self.station.clock.now_ms if self._frozen_ms is None else self._frozen_ms
        return clock_ms - self._offset_ms

    @property
    def due_ms(self) -> float:
        """Tell when, in script time, something happens next."""
        if self.status == "off":
            return self.back_ms
        due = self._speak_ms if self.audience.silent else math.inf
        if self.stage is None or self._frozen_ms is not None:
            return due
        due = min(due, self._offset_ms + self.stage.due_ms)
        return due if self.audience.listening else min(due, self._left_ms + self.script.recipe.absence_ms)

    def schedule(self) -> None:
        """Wake when something is due; with a clock moved by hand the simulator does that."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        clock = self.station.clock
        due = self.due_ms
        if due < math.inf and clock.speed:
            loop = asyncio.get_running_loop()
            # On a grid, hundreds of creators wake the loop together instead of one by one.
            at_s = loop.time() + max(0.0, clock.real_s(due - clock.now_ms))
            self._timer = loop.call_at(math.ceil(at_s / GRID_S) * GRID_S, self.play)

    def stop(self) -> None:
        """Wake no more."""
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def play(self, at_ms: float | None = None) -> None:
        """Do all that is due."""
        now = self.station.clock.now_ms if at_ms is None else at_ms
        while self.due_ms <= now:
            if self.status == "off":
                self.go_live()
            elif self.audience.silent and self._speak_ms <= self.due_ms:
                self.speak()
            elif not self.audience.listening and self._left_ms + self.script.recipe.absence_ms <= self.due_ms:
                self._freeze(self.due_ms)
            elif self.stage:
                for step in self.stage.run_next():
                    self.perform(step)
        if at_ms is None:
            self.schedule()

    def _freeze(self, at_ms: float) -> None:
        """Let the stream stand still."""
        self._frozen_ms = at_ms

    def _thaw(self) -> None:
        """Let the stream go on where it stood."""
        if self._frozen_ms is not None:
            self._offset_ms += self.station.clock.now_ms - self._frozen_ms
            self._frozen_ms = None
            if self.stage:
                self.stage.base_ms = self.station.clock.wall_ms + int(self._offset_ms)

    # streams --------------------------------------------------------------------------------------------------

    def begin(self) -> Stage:
        """Set the stage, at the first listener of a stream."""
        if self.stage is None:
            clock = self.station.clock
            self._offset_ms, self._frozen_ms = clock.now_ms, None
            self.stage = self.script.stream(self.number, clock.wall(), self.people(), self.station.pictures)
            self.stage.room_id = self._room_id()
            self.truth.room(self.room_id)
            self.introduce = True
        return self.stage

    def go_live(self) -> None:
        """Begin the next stream, under a new room id."""
        if self.status == "live":
            return
        fresh = self.stage is None or self.stage.ended
        self.status, self.back_ms = "live", math.inf
        if fresh:
            self.number += 1
            self.stage = None
            self.started_ms = self.station.clock.now_ms
        self.station.went_live(self)
        self.schedule()

    def go_off(self, *, back_in_ms: float = math.inf) -> None:
        """End the stream; the next one may come by itself."""
        self._held = None
        self.audience.forget()
        self.status = "off"
        self.back_ms = self.station.clock.now_ms + back_in_ms
        if self.stage:
            self.stage.ended = True
            self.room_truth.ended = True
        self.station.went_off(self)
        self.schedule()

    # steps ----------------------------------------------------------------------------------------------------

    def perform(self, step: Step) -> None:
        """Do one step: write down what was meant, send what is said, do what is done."""
        if step.meant:
            truth = self.room_truth
            for intent in step.meant:
                truth.note(intent)
            self.station.gave(self, step)
        if step.frame is not None:
            frame = binary_frame(step.frame) if isinstance(step.frame, bytes) else text_frame(encode(step.frame))
            self.deliver(frame)
        if step.act:
            self.do(step.act)

    def deliver(self, frame: bytes) -> None:
        """Send a ready frame."""
        self.audience.deliver(self.now_ms, frame)

    def do(self, act: Act) -> None:
        """Do something to the connection; with nobody there it waits for the next listener."""
        if act.what == "refuse":
            self.refuse.append(act.code)
            return
        if not self.audience.sockets:
            self._held = act
            self._freeze(self.station.clock.now_ms)
            return
        match act.what:
            case "close":
                self.close(act.code, act.reason)
            case "cut":
                self.close(DROPPED)
            case "silence":
                self.hush(act.for_ms)
            case "end":
                self.speak()
                self.close(ENDED, act.reason)
                self.go_off(back_in_ms=self.script.recipe.break_ms)

    def hush(self, for_ms: int | None = None) -> None:
        """Fall silent with open sockets; what is said meanwhile is kept."""
        self.audience.silent = True
        self._left_ms = self.station.clock.now_ms
        self._speak_ms = math.inf if for_ms is None else self._left_ms + for_ms
        self.schedule()

    def speak(self) -> None:
        """End a silence: all that was kept goes out."""
        if not self.audience.silent:
            return
        self.audience.silent, self._speak_ms = False, math.inf
        if self.audience.sockets:
            self._thaw()
            self.audience.catch_up()
        self.schedule()

    def close(self, code: int, reason: str = "") -> None:
        """Close every socket of this creator."""
        self.introduce = self.introduce or code == ENDED
        for socket in list(self.audience.sockets):
            self.leave(socket)
            socket.line.close(code, reason)

    # listeners ------------------------------------------------------------------------------------------------

    def join(self, socket: LiveSocket) -> None:
        """Take a listener: the stream starts, or goes on, and what was missed is sent again."""
        first = not self.audience.sockets
        if not first:
            self.speak()
        returning = self.stage is not None
        self.connects += 1
        self.audience.sockets.append(socket)
        self.audience.silent, self._speak_ms = False, math.inf
        self.begin()
        for frame in room_infos(self):
            socket.line.write(text_frame(encode(frame)))
        if first:
            self._thaw()
            if returning and self.station.replays:
                since_ms = self.now_ms - REPLAY_WITHIN_MS - self.script.recipe.absence_ms
                self.audience.repeat(since_ms, self.station.replayed)
            self.audience.catch_up()
            if self._held and self.stage:
                held, self._held = self._held, None
                self.stage.later(RETURN_MS, self.do, held)
        self.schedule()

    def leave(self, socket: LiveSocket) -> None:
        """Lose a listener."""
        if socket in self.audience.sockets:
            self.audience.sockets.remove(socket)
            if not self.audience.sockets and not self.audience.silent:
                self._left_ms = self.station.clock.now_ms
            self.schedule()
