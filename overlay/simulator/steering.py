"""The handles by which tests and demos steer a simulator: who is live, what breaks, what was truly given.

It changes what a client meets, never what was meant by the script.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from overlay.simulator import wire
from overlay.simulator.creators import Creator
from overlay.simulator.firehose import FirehoseSocket
from overlay.simulator.greetings import encode
from overlay.simulator.keys import TIERS, Account, Keys
from overlay.simulator.names import HOSTS
from overlay.simulator.people import Host
from overlay.simulator.sockets import CaptionSocket, LineSocket, LiveSocket, clean

if TYPE_CHECKING:
    from overlay.simulator.faults import Faults
    from overlay.simulator.truth import RoomTruth


class Steering:
    """The part of the simulator that is steered."""

    seed: object
    keys: Keys
    faults: Faults
    caption_minutes: int | None

    def __init__(self) -> None:
        self.creators: dict[str, Creator] = {}
        self.sockets: list[LineSocket] = []

    def creator(self, handle: str) -> Creator:
        """Find a creator, or make one: any handle is live by default."""
        name = clean(handle)
        found = self.creators.get(name)
        if found is None:
            found = self.creators[name] = self.born(name)
        return found

    def born(self, handle: str) -> Creator:
        """Make a creator."""
        raise NotImplementedError

    def set_live(self, handle: str) -> None:
        """Let a creator be live; after an end this is a new stream with a new room id."""
        creator = self.creator(handle)
        creator.known = True
        creator.go_live()

    def set_offline(self, handle: str, *, code: int = 4005, reason: str = "STREAM_END") -> None:
        """End a creator's stream: sockets close, liveness says offline."""
        creator = self.creator(handle)
        creator.known = True
        creator.speak()
        creator.close(code, reason)
        creator.go_off()

    def end_stream(self, handle: str) -> None:
        """End a creator's stream as TikTok does: control 3, then the close."""
        creator = self.creator(handle)
        if creator.stage:
            creator.deliver(wire.text_frame(encode(creator.stage.frame("control", {"action": 3}))))
        self.set_offline(handle)

    def set_unknown(self, handle: str) -> None:
        """Let liveness of a creator be unknown; an open stream goes on."""
        self.creator(handle).known = False

    def close(self, handle: str, code: int = 1000, reason: str = "") -> None:
        """Close a creator's live sockets; 1006 cuts the line."""
        self.creator(handle).close(code, reason)

    def close_captions(self, handle: str, code: int = 1000, reason: str = "") -> None:
        """Close a creator's captions sockets."""
        for socket in self.open_sockets(handle, "captions"):
            socket.line.close(code, reason)

    def refuse_handshake(self, status: int, times: int = 1, handle: str | None = None) -> None:
        """Refuse the next handshakes, of one creator or of all."""
        wanted = self.creator(handle).refuse if handle else self.faults.refusals
        wanted.extend([status] * times)

    def go_silent(self, handle: str, for_ms: int | None = None) -> None:
        """Send nothing more on open sockets, until speak() or the time is over."""
        self.creator(handle).hush(for_ms)

    def speak(self, handle: str) -> None:
        """End a silence."""
        self.creator(handle).speak()

    def send(self, handle: str, frame: dict[str, object] | list[dict[str, object]] | str | bytes) -> None:
        """Send a frame of one's own to a creator's live sockets, counted nowhere."""
        raw = wire.binary_frame(frame) if isinstance(frame, bytes) else wire.text_frame(encode(frame))
        for socket in self.open_sockets(handle):
            socket.line.write(raw)

    def send_caption(self, handle: str, frame: dict[str, object]) -> None:
        """Send a frame of one's own to a creator's captions sockets."""
        for socket in self.open_sockets(handle, "captions"):
            socket.send(frame)

    def open_sockets(self, handle: str, kind: str = "live") -> list[LineSocket]:
        """List the open sockets of a creator."""
        wanted = {"live": LiveSocket, "captions": CaptionSocket, "firehose": FirehoseSocket}[kind]
        name = clean(handle)
        return [
            socket
            for socket in self.sockets
            if isinstance(socket, wanted) and socket.handle == name and not socket.line.closing
        ]

    def sockets_of(self, key: str) -> list[LineSocket]:
        """List the open sockets that count against a key's cap, oldest first."""
        counted = (LiveSocket, CaptionSocket)
        return [
            socket
            for socket in self.sockets
            if isinstance(socket, counted) and socket.account.key == key and not socket.line.closing
        ]

    def set_tier(self, key: str, tier: str) -> None:
        """Put a key on a tier."""
        self.keys.tiers[key] = TIERS[tier]

    def reject_key(self, key: str) -> None:
        """Let a key be wrong from now on."""
        self.keys.bad.add(key)

    def accept_key(self, key: str) -> None:
        """Let a key be right again."""
        self.keys.bad.discard(key)

    def fail_rest(self, path: str, *kinds: str) -> None:
        """Let the next requests to a path fail, in the given ways (see faults.KINDS)."""
        self.faults.plan(path, kinds)

    def ledger_truth(self, handle: str) -> RoomTruth:
        """Show what was truly given in the present or last stream."""
        creator = self.creator(handle)
        return creator.room_truth

    def caption_credits(self, account: Account) -> tuple[int, int, int]:
        """Tell total, used and remaining caption minutes of a key."""
        total = account.tier.caption_hours * 60 if self.caption_minutes is None else self.caption_minutes
        used = min(total, int(account.caption_minutes))
        return total, used, total - used

    def people_by_id(self, user_id: str) -> tuple[str, str, str] | None:
        """Find handle, name and picture of anybody by id."""
        hosts = [creator.host for creator in self.creators.values()] + [
            Host(self.seed, handle, name) for handle, name in HOSTS
        ]
        for host in hosts:
            if host.id == user_id:
                return host.handle, host.name, host.handle
        for creator in self.creators.values():
            person = creator.crowd.by_id.get(user_id) if creator.crowd else None
            if person and not person.anonymous:
                return person.handle, person.name, person.picture
        return None
