"""The `hostile` scenario: texts that want to be markup, break lines, hide, or fill memory, in every field with a text.

Numbers that count stay readable, so the truth of what was given still holds. It never changes what is truly given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Raw

from overlay.simulator.dice import Dice, dice
from overlay.simulator.stage import Step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from overlay.simulator.stage import Frame, Stage
    from overlay.simulator.truth import Intent

PAYLOADS: tuple[str, ...] = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "javascript:alert(1)",
    "{{7*7}} ${7*7} <%= 7*7 %> #{7*7}",
    "'; DROP TABLE facts; --",
    "__proto__",
    "constructor",
    "\u202egnp.exe\u202c",
    "\u2066\u2067\u2068 isolate \u2069",
    "Z\u0351\u0363\u0323\u0318a\u0315\u035c\u0322\u0317l\u0334\u0359\u0316g\u0336\u0348o\u0337\u0353" * 8,
    "\u200b\u200b\u200b",
    "\u2060\ufeff\u00ad",
    "\x00\x07\x1b[31mred\x1b[0m\r\nSet-Cookie: a=b",
    "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16") * 40,
    "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466" * 20,
    "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "\ufdfa" * 30,
    "W" * 300,
    "a" * 20_000,
    "ا" * 5_000,
    "&lt;b&gt;bold&lt;/b&gt; &amp;amp;",
    "<style>*{display:none}</style>",
    "<iframe srcdoc='<script>parent.alert(1)</script>'>",
    "%3Cscript%3E %00 ../../etc/passwd",
    "\u2028line\u2029paragraph",
    "𒐫𒐫𒐫 ꧅꧅ ⸻⸻",
    "",
    " ",
)
ADDRESSES: tuple[str, ...] = (
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "//evil.example/x.png",
    "https://user@evil.example/x.png",
    "http://127.0.0.1:1/x.png",
    "https://p16-sign.tiktokcdn.example.evil.example/x.png",
    "file:///etc/passwd",
    'https://p16-sign.tiktokcdn.example/a".png',
    "",
)
TEXTS = frozenset(
    [
        "comment",
        "text",
        "nickname",
        "giftName",
        "questionText",
        "pinnedText",
        "title",
        "toastText",
        "label",
        "content",
        "trackName",
        "senderNickname",
        "questionPayload",
        "optionsPayload",
        "displayType",
        "templateKey",
        "summary",
        "name",
        "productInfo",
        "price",
    ],
)
LINKS = frozenset({"profilePictureUrl", "giftPictureUrl", "iconUrl", "imageUrl", "url", "emoteUrl", "senderAvatarUrl"})
ODD: tuple[Any, ...] = (
    None,
    17,
    -1.5,
    True,
    [],
    {},
    ["x"],
    {"a": {"b": [None]}},
    1e308,
    Raw(b"1180591620717411303424"),
)
COLORS: tuple[str, ...] = ("red;background:url(//evil.example)", "#FFF", "expression(alert(1))", "#GGGGGGGG", "")


class Malice:
    """A warp that swaps texts, addresses and harmless values for hostile ones."""

    def __init__(self, *parts: object) -> None:
        """Seed it apart from the script, so that the script stays the same."""
        self.dice: Dice = dice(*parts, "malice")

    def __call__(self, stage: Stage, frame: Frame, meant: tuple[Intent, ...]) -> Iterator[Step]:
        """Send the frame with hostile contents."""
        hostile = frame | {"data": self.twist(frame["data"])} if self.dice.chance(0.6) else frame
        yield Step(stage.now_ms, hostile, meant)
        if self.dice.chance(0.03):
            yield Step(
                stage.now_ms, {"event": self.dice.pick(PAYLOADS), "data": {"deep": nested(self.dice.span(5, 90))}}
            )

    def twist(self, value: Any, key: str = "") -> Any:
        """Twist texts, pictures and colours, at every depth."""
        if isinstance(value, dict):
            return {name: self.twist(inner, name) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.twist(inner, key) for inner in value]
        if key in TEXTS and isinstance(value, str) and self.dice.chance(0.7):
            return self.dice.pick(ODD) if self.dice.chance(0.04) else self.dice.pick(PAYLOADS)
        if key in LINKS and self.dice.chance(0.3):
            return self.dice.pick(ADDRESSES)
        if key in {"primary", "secondary", "accentColor"}:
            return self.dice.pick(COLORS)
        if key in {"level", "subMonth", "language", "timestamp"} and self.dice.chance(0.2):
            return self.dice.pick(ODD)
        return value


def nested(depth: int) -> Any:
    """Nest arrays that deep."""
    value: Any = "bottom"
    for _ in range(depth):
        value = [value]
    return value
