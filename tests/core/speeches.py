"""Caption frames in a few words, a stage driven by them, and rows laid out as a page would, by cells."""

from __future__ import annotations

import unicodedata
from typing import Any

import msgspec
import regex

from overlay.core import facts
from overlay.core.events import Caption, Translation
from overlay.core.speech import State
from overlay.core.speech_stage import Stage
from overlay.widgets.captions import Options, view
from tests.core.rooms import MOST_TICKS, scene

SPACELESS = {"ja", "zh", "th", "lo", "km", "my"}
NOT_FIRST = set("。、」』）！？ーぁぃぅぇぉっゃゅょァィゥェォッャュョ.,!?)")


def said(text: str, start: int | None = None, end: int | None = None, *, final: bool = False, **more: Any) -> Caption:
    """A caption of speaker A in English."""
    told: dict[str, Any] = {"socket": "captions", "speaker": "A", "language": "en"}
    return Caption(**told | more, text=text, final=final, start_ms=start, end_ms=end)


def final(text: str, start: int | None = None, end: int | None = None, **more: Any) -> Caption:
    """A final caption of speaker A in English."""
    return said(text, start, end, final=True, **more)


def translated(text: str, start: int | None = None, **more: Any) -> Translation:
    """A translation."""
    return Translation(text=text, start_ms=start, **more)


class Speech:
    """A caption widget on a virtual clock."""

    def __init__(self, cps: float = 17, source: str = "captions", **options: Any) -> None:
        """Nothing has been said."""
        self.scene, self.options = scene(), Options(**options)
        self.scene.caption_source = source
        self.state, self.stage, self.at = State(), Stage(cps=cps), 0
        self._lines: dict[str, dict[str, Any]] = {}

    def take(self, fact: facts.Fact) -> bool:
        """A fact, for the state and then for the stage."""
        self.wait(fact.at_ms)
        self.state.fold(fact, self.scene)
        return self.stage.hear(fact, self.options, self.state, self.scene)

    def hear(self, at_ms: int, *events: Caption | Translation) -> None:
        """Frames come in."""
        for event in events:
            self.take(facts.Spoke(at_ms=at_ms, event=event))

    def gap(self, at_ms: int) -> None:
        """The line is cut and comes back."""
        self.take(facts.SocketClosed(at_ms=at_ms, socket="captions"))
        self.take(facts.SocketOpened(at_ms=at_ms, socket="captions"))

    def clear(self, at_ms: int, key: str = "r1") -> None:
        """The owner presses Clear."""
        self.take(facts.Cleared(at_ms=at_ms, id=key, what="captions"))

    def wait(self, at_ms: int) -> None:
        """Time passes."""
        for part in (self.state, self.stage):
            for _ in range(MOST_TICKS):
                due = part.wake()
                if due is None or due > at_ms:
                    break
                tick = facts.Tick(at_ms=due)
                if part is self.state:
                    self.state.fold(tick, self.scene)
                else:
                    self.stage.hear(tick, self.options, self.state, self.scene)
            else:
                raise AssertionError("a timer does not move on")
        self.at = at_ms

    def restart(self) -> None:
        """The program is ended and started again."""
        self.stage = msgspec.msgpack.decode(self.stage.parts()[""] or b"", type=Stage)
        kept, self.state = self.state.dump(), State()
        self.state.load(kept)

    @property
    def view(self) -> dict[str, Any]:
        """What a page gets."""
        made: dict[str, Any] = msgspec.json.decode(
            msgspec.json.encode(view(self.state, self.stage, self.options, self.scene, self.at))
        )
        return made

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows a page would draw."""
        return rows(self.view["segments"], self.options)

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What past streams keep, in the order in which it was said."""
        self._lines |= {line["id"]: line for line in self.state.drain_lines()}
        return sorted(self._lines.values(), key=lambda line: (line["at_ms"], line["id"]))

    @property
    def texts(self) -> list[str]:
        """The rows as an eye reads them."""
        return [" ".join(part for part in (row["f"], row["u"]) if part) for row in self.rows]

    @property
    def fixed(self) -> list[str]:
        """The locked words of every segment on show."""
        return [segment["fixed"] for segment in self.view["segments"]]


def cells(text: str) -> int:
    """The metric of the cases."""
    return sum(
        2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text if unicodedata.category(one)[0] != "M"
    )


def rows(segments: list[dict[str, Any]], options: Options) -> list[dict[str, Any]]:
    """Lay out as the rules say, and drop what is over."""
    drawn: list[dict[str, Any]] = []
    for segment in segments:
        lines = lay_out(segment["fixed"], segment["tail"], segment["language"], options.cells)
        if segment["translation"]:
            lines += [
                line | {"tr": True} for line in lay_out(segment["translation"], "", options.target, options.cells)
            ]
        for line in lines:
            line["s"], line["stays"] = segment["speaker"], False
        if lines and not segment["final"]:
            lines[-1]["stays"] = True
        drawn += lines
    while len(drawn) > options.rows and (gone := next((row for row in drawn if not row["stays"]), None)):
        drawn.remove(gone)
    return [{name: value for name, value in row.items() if name != "stays"} for row in drawn]


def lay_out(fixed: str, tail: str, language: str | None, most: int) -> list[dict[str, Any]]:
    """One text's rows, each in its locked and its loose part."""
    blank = "" if language in SPACELESS else " "

    def tokens(text: str) -> list[str]:
        return regex.findall(r"\X", text) if not blank else text.split()

    lines: list[list[tuple[str, str]]] = []
    for part, token in [("f", one) for one in tokens(fixed)] + [("u", one) for one in tokens(tail)]:
        width = cells(blank.join(one for _, one in lines[-1]) + blank + token) if lines else most + 1
        if lines and (width <= most or token[0] in NOT_FIRST):
            lines[-1].append((part, token))
        else:
            lines += [[(part, token[at : at + most])] for at in range(0, len(token), most)]
    return [{part: blank.join(one for which, one in line if which == part) for part in ("f", "u")} for line in lines]
