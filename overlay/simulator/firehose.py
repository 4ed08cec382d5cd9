"""The firehose socket: the gifts of every creator the service watches, ours and strangers, filtered as the client asks.

It never counts, and a gift of ours is on the live socket, too.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec

from overlay.simulator.dice import dice
from overlay.simulator.gifts import HUGE, LARGE
from overlay.simulator.greetings import iso
from overlay.simulator.names import HOSTS, NAMES
from overlay.simulator.plain import number
from overlay.simulator.regions import CLASSES, REGIONS, label
from overlay.simulator.sockets import LineSocket

if TYPE_CHECKING:
    from overlay.simulator.server import Simulator

STRANGER_MS = 12_000
"""So often, in the mean, somebody gives something big to a creator who is nobody's here."""
LEAGUE_FROM = 30_000
MODES = frozenset({"global", "region", "league"})


class FirehoseSocket(LineSocket):
    """One client of the firehose, with its filter."""

    def begin(self) -> None:
        """Take the filter from the address."""
        self.take(dict(self.request.query))
        if self.mode not in MODES or (self.mode != "global" and not self.region):
            self.line.close(4400, "INVALID_OPTIONS")
            return
        self.task = asyncio.get_running_loop().create_task(self.strangers())

    def take(self, wish: dict[str, Any]) -> None:
        """Read a filter."""
        self.mode, self.region = str(wish.get("mode", "global")), str(wish.get("region") or "")
        self.league, self.least = str(wish.get("league") or ""), int(number(wish.get("min_diamonds"), 1))

    def heard(self, text: bytes) -> None:
        """Change the filter in mid stream."""
        super().heard(text)
        try:
            wish = msgspec.json.decode(text)
        except msgspec.DecodeError:
            return
        if isinstance(wish, dict) and wish.get("type") == "update_filter":
            self.take(wish)

    def offer(self, alert: dict[str, Any]) -> None:
        """Send a gift that passes the filter."""
        if alert["gift"]["totalDiamonds"] < self.least:
            return
        if self.mode != "global" and self.region != alert["region"]:
            return
        class_type = alert["classType"]
        if self.mode == "league" and (class_type is None or self.league != label(class_type)):
            return
        self.send(alert)

    async def strangers(self) -> None:
        """Let people give to creators whom nobody here follows."""
        chance = dice(self.sim.seed, "firehose")
        while True:
            await self.sim.sleep(chance.gap(STRANGER_MS))
            name, stem, _ = chance.pick(NAMES)
            gift, creator = chance.pick((*LARGE, *HUGE)), chance.pick(HOSTS)[0]
            gifter = {"username": f"{stem}.{chance.span(10, 99)}", "displayName": name, "isAnonymous": False}
            place = (chance.pick(REGIONS), chance.pick(CLASSES))
            self.offer(gifter_alert(self.sim, gifter, creator, gift.name, gift.price, place))


def gifter_alert(
    sim: Simulator, gifter: dict[str, Any], creator: str, gift: str, diamonds: int, place: tuple[str, int]
) -> dict[str, Any]:
    """Write one frame of the firehose; only the biggest gifts tell of a class."""
    region, class_type = place
    return {
        "type": "gifter_alert",
        "ts": iso(sim.clock.wall()),
        "gifter": gifter,
        "creator": {"uniqueId": creator},
        "gift": {"name": gift, "totalDiamonds": diamonds},
        "region": region,
        "classType": class_type if diamonds >= LEAGUE_FROM else None,
    }
