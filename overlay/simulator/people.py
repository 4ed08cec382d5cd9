"""The people of the simulated streams: who they are, what they like to do, how they appear on the wire.

A person number is the same person in every stream of a seed. Nothing here knows of frames' order or of time.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

from overlay.simulator.dice import Dice, dice, digits
from overlay.simulator.names import HOSTS, NAMES, TAILS

if TYPE_CHECKING:
    from collections.abc import Sequence

TIKTOK_PICTURES: Final = "https://p16-sign.tiktokcdn.example"
POOL = 6000
GEMS = ("#BF2A19EE", "#FF8A4BFF", "#D9FF6A3D", "#CC19B5FE", "#E6FFC53D")


class Pictures:
    """Where pictures lie: TikTok's own addresses, or below a base that can be reached."""

    def __init__(self, base: str | None = None) -> None:
        """Remember the base; without one the documented, unreachable form is used."""
        self.base = (base or TIKTOK_PICTURES).rstrip("/")

    def of(self, folder: str, name: str, ending: str = "png") -> str:
        """Write the address of a picture."""
        query = "?x-expires=1790000000" if ending == "webp" else ""
        return f"{self.base}/{folder}/{name}.{ending}{query}"


class Person:
    """Someone who watches: a permanent id, a name that may change, a steady personality."""

    def __init__(self, seed: object, number: int) -> None:
        """Draw the person with this number."""
        roll = dice(seed, "person", number)
        name, stem, self.language = NAMES[number % len(NAMES)]
        turn = number // len(NAMES)
        self.number = number
        self.id = digits(seed, "person", number, lead=roll.pick(("6", "7", "71", "68")))
        self.handle = stem if not turn else f"{stem}{turn + roll.span(0, 3) * 100}"
        self.name = name if not turn else f"{name}{roll.pick(TAILS)}"
        self.sec_uid = f"MS4wLjABAAAA{digits(seed, 'sec', number, length=43)}" if roll.chance(0.28) else None
        self.level: int | None = roll.span(1, 35) if roll.chance(0.6) else None
        self.fan = roll.chance(0.2)
        self.subscriber = roll.chance(0.07)
        self.moderator = False
        self.anonymous = False
        self.picture = f"{stem.strip('.')}{number}"

    @cached_property
    def key(self) -> str:
        """Name the person as the rules for identity do."""
        return f"anon:id:{self.id}" if self.anonymous else f"id:{self.id}"

    def hide(self, roll: Dice) -> Person:
        """Give anonymously, as an Enigma with a random ending."""
        self.anonymous, self.sec_uid, self.handle = True, None, ""
        self.name = "Enigma " + "".join(roll.pick("ABCDEFGHJKLMNPQRSTUVWXYZ23456789") for _ in range(5))
        self.picture = "anon"
        return self

    def wire(self, pictures: Pictures) -> dict[str, object]:
        """Write the present-day user object."""
        user: dict[str, object] = {
            "id": self.id,
            "uniqueId": self.handle,
            "nickname": self.name,
            "profilePictureUrl": pictures.of("avatar", self.picture, "webp"),
        }
        if self.sec_uid:
            user["secUid"] = self.sec_uid
        if self.anonymous:
            return user | {"isAnonymous": True}
        user["isAnonymous"] = False
        if self.level:
            user["level"] = self.level
        user["badges"] = self.badges(pictures)
        if self.moderator:
            user["isModerator"] = True
        if self.subscriber:
            user["isSubscriber"] = True
        return user

    def badges(self, pictures: Pictures) -> list[dict[str, object]]:
        """List grade gem, fan badge, and the icons of moderators and subscribers, whose name is empty."""
        badges: list[dict[str, object]] = []
        if self.moderator:
            badges.append({"url": pictures.of("badge", "moderator"), "name": ""})
        if self.subscriber:
            badges.append({"url": pictures.of("badge", "subscriber"), "name": ""})
        if self.level:
            colors = {"primary": GEMS[self.level % len(GEMS)], "secondary": "#FFFFBF83"}
            badges.append(
                {"url": pictures.of("badge", f"grade_{self.level}"), "name": str(self.level), "colors": colors}
            )
        if self.fan:
            badges.append({"url": pictures.of("badge", "fan"), "name": "Otters"})
        return badges


class Crowd:
    """The people of one creator: few who give much, some who give often, many who only look in."""

    def __init__(self, seed: object, handle: str, size: int = 180) -> None:
        """Draw the crowd from the pool; the roles stay theirs for good."""
        roll = dice(seed, "crowd", handle)
        people = [Person(seed, number) for number in roll.sample(range(POOL), size)]
        self.whales = people[:3]
        self.regulars = people[3:19]
        self.combo_senders = people[19:29]
        self.anonymous = [person.hide(roll) for person in people[29:32]]
        self.chatters = people[32:92]
        self.lurkers = people[92:]
        self.moderators = [*self.regulars[:2], self.chatters[0]]
        for person in self.moderators:
            person.moderator = True
        for person, low in (*((p, 28) for p in self.whales), *((p, 8) for p in self.regulars)):
            person.level = max(person.level or 0, low + roll.span(0, 12))
        self.by_id = {person.id: person for person in people}

    @property
    def writers(self) -> Sequence[Person]:
        """List those who write; moderators and regulars among them."""
        return self.chatters + self.regulars


class Host:
    """A creator: our own, or a rival in a battle."""

    def __init__(self, seed: object, handle: str, name: str | None = None) -> None:
        """Draw a creator for the handle; any handle has one."""
        roll = dice(seed, "host", handle)
        self.handle = handle
        self.name = name or handle.replace(".", " ").replace("_", " ").title()
        self.id = digits(seed, "host", handle, lead="69")
        self.sec_uid = f"MS4wLjABAAAA{digits(seed, 'host-sec', handle, length=43)}"
        self.followers = roll.span(900, 480_000)
        self.region = roll.pick(("US+", "DE+", "UK+", "BR", "JP", "BK", "IT+", "FR+"))
        self.class_type = roll.span(1, 20) * 100
        self.language = roll.pick((*["en"] * 9, "de", "es", "fr", "ja", "ar", "ko"))

    def wire(self, pictures: Pictures) -> dict[str, object]:
        """Write the host as a user object."""
        return {
            "id": self.id,
            "uniqueId": self.handle,
            "nickname": self.name,
            "profilePictureUrl": pictures.of("avatar", self.handle, "webp"),
        }


def rivals(seed: object, handle: str) -> list[Host]:
    """List the creators one may battle: all of HOSTS but oneself."""
    return [Host(seed, other, name) for other, name in HOSTS if other != handle]
