"""The `chaos` scenario: repeats, lost and late ends, changing ids, odd forms, truncated senders.

Whatever it does, the truth stays recoverable by the published rules: repeats carry the ids of the first, a combo whose
end is lost was complete with its last tick, each combo begins with a count of one, and nothing that was given is
never delivered. What breaks connections stands in trouble.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from overlay.simulator.dice import Dice, dice
from overlay.simulator.forms import FORMS
from overlay.simulator.stage import Step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from overlay.simulator.stage import Frame, Stage
    from overlay.simulator.truth import Intent


class Mischief:
    """A warp that repeats, loses, delays and rewrites frames."""

    def __init__(self, *parts: object) -> None:
        """Seed it apart from the script."""
        self.dice: Dice = dice(*parts, "mischief")
        self.shifty: dict[str, bool] = {}
        self.known: set[str] = set()
        self.renamed: set[str] = set()

    @property
    def fragile(self) -> bool:
        """Tell whether a combo runs whose frames share no id."""
        return any(self.shifty.values())

    def __call__(self, stage: Stage, frame: Frame, meant: tuple[Intent, ...]) -> Iterator[Step]:
        """Send the frame, and perhaps more than that, or less."""
        if frame["event"] == "gift":
            honest, frame = frame, self.gift(stage, frame)
            steady = honest["data"]["transactionId"] == frame["data"]["transactionId"]
            if self.loses_end(stage, frame, meant, steady=steady):
                return
        form = self.dice.pick(FORMS) if self.dice.chance(0.12) else None
        sent: Frame | list[Frame] = form(frame) if form else frame
        if self.dice.chance(0.02) and isinstance(sent, dict):
            sent = [{"event": "ping"}, sent]
        yield Step(stage.now_ms, sent, meant)
        if self.dice.chance(0.06):
            stage.later(self.dice.pick((1, 40, 700, 9000, 25_000)), stage.again, sent)

    def gift(self, stage: Stage, frame: Frame) -> Frame:
        """Change a gift frame: other transaction ids inside a combo, a truncated sender, a retry under a new id."""
        data = dict(frame["data"])
        transaction = data["transactionId"]
        streak = data["giftType"] == 1
        if streak and data["repeatCount"] == 1 and not data["repeatEnd"]:
            self.shifty.setdefault(transaction, self.dice.chance(0.2))
        if self.shifty.get(transaction) and data["repeatCount"] > 1:
            # A single gift keeps its id: cut before its end, an unknown id on a count of one reads as a second gift.
            data["transactionId"] = stage.transaction()
        elif streak and self.dice.chance(0.08):
            retry = frame | {"data": data | {"msgId": stage.msg_id()}}
            stage.later(self.dice.span(1, 1500), stage.again, retry)
        if data["repeatEnd"]:
            self.shifty.pop(transaction, None)
        return frame | {"data": self.truncate(data)}

    def truncate(self, data: Frame) -> Frame:
        """Cut the sender short, where another field still tells who it is."""
        user = data["user"]
        if user.get("isAnonymous"):
            return data
        person = user["id"]
        if self.dice.chance(0.04):
            return data | {"user": {"id": "0", "uniqueId": "", "nickname": ""}}
        if data["giftType"] != 1 and person in self.known and person not in self.renamed and self.dice.chance(0.1):
            return {key: value for key, value in data.items() if key != "senderUserId"} | {
                "user": {"uniqueId": user["uniqueId"]}
            }
        self.known.add(person)
        return data

    def loses_end(self, stage: Stage, frame: Frame, meant: tuple[Intent, ...], *, steady: bool) -> bool:
        """Lose the end of a combo, or let it come late; all of it was delivered with the last tick."""
        data = frame["data"]
        if not data["repeatEnd"] or meant or int(data["repeatCount"]) < 2:
            return False
        if self.dice.chance(0.15):
            return True
        if steady and self.dice.chance(0.2):
            stage.later(self.dice.span(11_000, 24_000), stage.again, frame)
            return True
        return False
