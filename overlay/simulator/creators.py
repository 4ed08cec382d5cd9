"""A creator on the air: the script's stages played in time, to whoever listens, with cuts, silences and replays.

With nobody listening a stream stands still (after `absence_ms` of the scenario), so nothing that counts is ever lost; what
was said while cut or silent is kept and sent when somebody listens again.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from typing import TYPE_CHECKING, Protocol

from overlay.simulator.dice import digits
from overlay.simulator.greetings import encode, room_infos
from overlay.simulator.people import Crowd, Host, Pictures
from overlay.simulator.scenarios import Script
from overlay.simulator.truth import RoomTruth, Truth
from overlay.simulator.wire import DROPPED, binary_frame, text_frame

if TYPE_CHECKING:
    from overlay.simulator.clock import Clock
    from overlay.simulator.sockets import LiveSocket
    from overlay.simulator.stage import Act, Stage, Step

RECENT = 40
REPLAYED = 15
REPLAY_WITHIN_MS = 20_000
RETURN_MS = 1500
ENDED = 4005


class Station(Protocol):
    """What a creator asks of the simulator."""

    clock: Clock
    scenario: str
    seed: object
    pictures: Pictures
    lasting_faults: bool
    replays: bool

    def went_live(self, creator: Creator) -> None:
        """Hear that a stream began."""
        ...

    def went_off(self, creator: Creator) -> None:
        """Hear that a stream ended."""
        ...

    def gave(self, creator: Creator, step: Step) -> None:
        """Hear of a gift, for the boards and the firehose."""
        ...


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
        self.sockets: list[LiveSocket] = []
        self.connects = 0
        self.known = True
        self.silent = False
        self.refuse: list[int] = []
        self.truth = Truth()
        self.diamonds = 0
        self._offset_ms = 0.0
        self._frozen_ms: float | None = 0.0
        self._left_ms = 0.0
        self._speak_ms = math.inf
        self._held: Act | None = None
        self._missed: list[tuple[float, bytes]] = []
        self._recent: deque[tuple[float, bytes]] = deque(maxlen=RECENT)
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
        due = self._speak_ms if self.silent else math.inf
        if self.stage is None or self._frozen_ms is not None:
            return due
        due = min(due, self._offset_ms + self.stage.due_ms)
        return due if self.listening else min(due, self._left_ms + self.script.recipe.absence_ms)

    @property
    def listening(self) -> bool:
        """Tell whether frames reach anybody now."""
        return bool(self.sockets) and not self.silent

    def schedule(self) -> None:
        """Wake when something is due; with a clock moved by hand the simulator does that."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        clock = self.station.clock
        due = self.due_ms
        if due < math.inf and clock.speed:
            wait_s = max(0.0, clock.real_s(due - clock.now_ms))
            self._timer = asyncio.get_running_loop().call_later(wait_s, self.play)

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
            elif self.silent and self._speak_ms <= self.due_ms:
                self.speak()
            elif not self.listening and self._left_ms + self.script.recipe.absence_ms <= self.due_ms:
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
        # What was not heard of this room must never be heard in the next.
        self._missed, self._held, self.silent = [], None, False
        self._recent.clear()
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
        """Send a ready frame to all sockets, or keep it until somebody listens."""
        at = self.now_ms
        if self.listening:
            self._remember(at, frame)
            for socket in self.sockets:
                socket.line.write(frame)
        else:
            self._missed.append((at, frame))

    def _remember(self, at_ms: float, frame: bytes) -> None:
        """Keep a frame for a replay; one without an id is never repeated, nobody could tell that it is."""
        if b'"msgId"' in frame:
            self._recent.append((at_ms, frame))

    def do(self, act: Act) -> None:
        """Do something to the connection; with nobody there it waits for the next listener."""
        if act.what == "refuse":
            self.refuse.append(act.code)
            return
        if not self.sockets:
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
        self.silent = True
        self._left_ms = self.station.clock.now_ms
        self._speak_ms = math.inf if for_ms is None else self._left_ms + for_ms
        self.schedule()

    def speak(self) -> None:
        """End a silence: all that was kept goes out."""
        if not self.silent:
            return
        self.silent, self._speak_ms = False, math.inf
        if self.sockets:
            self._thaw()
            self._catch_up()
        self.schedule()

    def close(self, code: int, reason: str = "") -> None:
        """Close every socket of this creator."""
        for socket in list(self.sockets):
            self.leave(socket)
            socket.line.close(code, reason)

    # listeners ------------------------------------------------------------------------------------------------

    def join(self, socket: LiveSocket) -> None:
        """Take a listener: the stream starts, or goes on, and what was missed is sent again."""
        first = not self.sockets
        returning = self.stage is not None
        self.connects += 1
        self.sockets.append(socket)
        self.silent = False
        self.begin()
        for frame in room_infos(self):
            socket.line.write(text_frame(encode(frame)))
        if first:
            self._thaw()
            if returning and self.station.replays:
                self._repeat()
            self._catch_up()
            if self._held and self.stage:
                held, self._held = self._held, None
                self.stage.later(RETURN_MS, self.do, held)
        self.schedule()

    def leave(self, socket: LiveSocket) -> None:
        """Lose a listener."""
        if socket in self.sockets:
            self.sockets.remove(socket)
            if not self.sockets and not self.silent:
                self._left_ms = self.station.clock.now_ms
            self.schedule()

    def _repeat(self) -> None:
        """Send the last frames once more, as TikTok does after a reconnect."""
        now = self.now_ms
        recent = [frame for at, frame in self._recent if now - at < REPLAY_WITHIN_MS + self.script.recipe.absence_ms]
        for frame in recent[-REPLAYED:]:
            for socket in self.sockets:
                socket.line.write(frame)

    def _catch_up(self) -> None:
        """Send what was missed."""
        missed, self._missed = self._missed, []
        for at, frame in missed:
            self._remember(at, frame)
            for socket in self.sockets:
                socket.line.write(frame)
