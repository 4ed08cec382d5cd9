"""A second reading of the published rules for gifts, follows and likes, written for these claims alone.

It stands beside the truth of the script: if both agree over chaos, chaos is recoverable.
"""

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

COMBO_IDLE, LATE_WINDOW, NOID_DUP, REPLAY_WINDOW, REPLAY_REACH = 10_000, 15_000, 1000, 10_000, 60_000
NAMES = {"gift", "like", "totalLikes", "follow", "share", "social"}


@dataclass
class Combo:
    count: int = 0
    transactions: set[str] = field(default_factory=set)
    last_ms: float = 0
    closed_ms: float | None = None
    by: str = ""


class Fold:
    """Frames and their receipt times in, totals out."""

    def __init__(self) -> None:
        self.units: Counter[tuple[str, int]] = Counter()
        self.diamonds: Counter[tuple[str, int]] = Counter()
        self.likes = 0
        self.follows: set[str] = set()
        self.shares: set[str] = set()
        self.aliases: dict[str, str] = {}
        self.marks: set[tuple[str, int, bool]] = set()
        self.known: dict[tuple[str, int, str], Combo] = {}
        self.combos: dict[tuple[str, int], Combo] = {}
        self.bare: deque[tuple[float, tuple[str, int, int]]] = deque()
        self.closed_at = self.opened_at = -1e12

    def opened(self, at: float) -> None:
        self.opened_at = at

    def lost(self, at: float) -> None:
        self.closed_at = at
        for combo in self.combos.values():
            if combo.closed_ms is None:
                combo.closed_ms, combo.by = at, "silence"

    def hear(self, frame: Any, at: float) -> None:
        if isinstance(frame, list):
            for one in frame:
                self.hear(one, at)
        if not isinstance(frame, dict):
            return
        data = frame.get("data") if isinstance(frame.get("data"), dict) else frame
        match frame.get("event", frame.get("type")):
            case "gift":
                self.gift(data, at)
            case "like":
                self.likes = max(
                    self.likes,
                    int(data.get("totalLikes", data.get("totalLikeCount", 0)) or 0)
                    if "likeCount" in data and data.get("user")
                    else 0,
                )
            case "follow":
                self.follows.add(self.key(data))
            case "share":
                self.shares.add(self.key(data))
            case "social":
                (self.follows if data.get("action") == "follow" else self.shares).add(self.key(data))

    def key(self, data: dict[str, Any]) -> str:
        user = data.get("user") or {}
        number = next(
            (
                str(one)
                for one in (user.get("id"), user.get("userId"), data.get("senderUserId"))
                if one and str(one) != "0"
            ),
            "",
        )
        handle = str(user.get("uniqueId") or "").lower()
        if number and handle:
            self.aliases[handle] = number
        number = number or self.aliases.get(handle, "")
        key = f"id:{number}" if number else f"handle:{handle}"
        return f"anon:{key}" if user.get("isAnonymous") else key

    def gift(self, data: dict[str, Any], at: float) -> None:
        if "giftId" not in data:
            return
        key, gift = self.key(data), int(data["giftId"])
        units, ended = max(1, int(data["repeatCount"])), bool(data["repeatEnd"])
        price, message, transaction = (
            int(data["diamondCount"]),
            data.get("msgId") or "",
            data.get("transactionId") or "",
        )
        if message:
            if (message, units, ended) in self.marks:
                return
            self.marks.add((message, units, ended))
        elif not transaction and self.repeated((key, gift, units), at):
            return
        self.close_idle(at)
        if transaction and (combo := self.known.get((key, gift, transaction))):
            self.credit(combo, key, gift, units, price)
            combo.last_ms = at
            combo.closed_ms, combo.by = (at, "end") if ended else (None, "")
            return
        if data.get("giftType") not in (None, 0, 1):
            combo = Combo()
            self.remember(combo, key, gift, transaction)
            self.credit(combo, key, gift, units, price)
            return
        combo = self.open(key, gift, units, message, transaction, at)
        if combo is None:
            return
        self.remember(combo, key, gift, transaction)
        self.credit(combo, key, gift, units, price)
        combo.last_ms = at
        if ended:
            combo.closed_ms, combo.by = at, "end"

    def open(self, key, gift, units, message, transaction, at) -> Combo | None:
        combo = self.combos.get((key, gift))
        if combo and combo.closed_ms is None and units >= combo.count:
            return combo
        if combo and combo.closed_ms is not None:
            since = max(combo.closed_ms, self.opened_at if self.closed_at >= combo.closed_ms else combo.closed_ms)
            fresh = units == 1 and transaction and transaction not in combo.transactions
            if combo.by == "silence" and at - since < LATE_WINDOW and units >= combo.count and not fresh:
                combo.closed_ms = None
                return combo
            if (
                combo.by == "end"
                and at - combo.closed_ms < NOID_DUP
                and not message
                and not transaction
                and units == combo.count
            ):
                return None
        combo = self.combos[key, gift] = Combo()
        return combo

    def close_idle(self, at: float) -> None:
        for combo in self.combos.values():
            if combo.closed_ms is None and at - combo.last_ms > COMBO_IDLE:
                combo.closed_ms, combo.by = combo.last_ms + COMBO_IDLE, "silence"

    def repeated(self, mark: tuple[str, int, int], at: float) -> bool:
        again = at - self.opened_at < REPLAY_WINDOW and any(
            old == mark and self.closed_at - when < REPLAY_REACH for when, old in self.bare if when <= self.closed_at
        )
        self.bare.append((at, mark))
        return again

    def remember(self, combo: Combo, key: str, gift: int, transaction: str) -> None:
        if transaction:
            combo.transactions.add(transaction)
            self.known[key, gift, transaction] = combo

    def credit(self, combo: Combo, key: str, gift: int, units: int, price: int) -> None:
        if units > combo.count:
            self.units[key, gift] += units - combo.count
            self.diamonds[key, gift] += (units - combo.count) * price
            combo.count = units
