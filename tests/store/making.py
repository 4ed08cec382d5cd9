"""People, facts and changes as claims about the store need them."""

from __future__ import annotations

from typing import Any

from overlay.core import facts
from overlay.core.facts import Fact, Who
from overlay.core.keeping import Change, ScoreRow

START_MS = 1_790_000_000_000
ROSE = "5655"


def person(number: int, **fields: Any) -> Who:
    """Somebody with a name, a handle and a picture."""
    plain: dict[str, Any] = {
        "key": f"id:{number}",
        "id": str(number),
        "handle": f"handle{number}",
        "name": f"Name {number}",
        "avatar": f"https://p16-sign.tiktokcdn.com/{number}.webp",
        "level": number % 50 + 1,
    }
    return Who(**{**plain, **fields})


def credit(who: Who, units: int = 1, at_ms: int = START_MS, gift: str = ROSE, price: int = 1, **more: Any) -> Fact:
    """A gift."""
    return facts.Credit(
        at_ms=at_ms,
        who=who,
        combo=f"{who.key}/{gift}/{at_ms}",
        gift_id=gift,
        gift_name=f"Gift {gift}",
        units=units,
        count=units,
        price=price,
        diamonds=units * price,
        first=True,
        **more,
    )


def change(creator: str, *new: Fact, stream: str | None = "7650", **more: Any) -> Change:
    """What a room hands over after these facts."""
    people = {fact.who.key: fact.who for fact in new if getattr(fact, "who", None) is not None}
    return Change(creator=creator, stream=stream, facts=[(stream, fact) for fact in new], people=people, **more)


def scores(period: str, **rows: int) -> dict[tuple[str, str], ScoreRow | None]:
    """Diamonds by person in one period."""
    return {(period, f"id:{name.removeprefix('p')}"): (diamonds, 1, 0, 0, 0) for name, diamonds in rows.items()}
