"""A strip holds the last things as they are now, however they came, changed and went."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from overlay.core.strip import NEWS, Strip

STEPS = st.lists(
    st.tuples(st.sampled_from(["come", "come", "change", "go", "ask", "look"]), st.integers(0, 7), st.text(max_size=9))
)


@given(STEPS, st.integers(1, 5), st.integers(1, 8))
def test_the_last_are_told_as_they_are_now(steps: list[tuple[str, int, str]], longest: int, most: int) -> None:
    strip, things, came, look = Strip[str](longest), dict[int, str](), 0, 0
    most = min(most, longest)

    def write(text: str) -> bytes | None:
        return None if text.startswith("0") else json.dumps([look, text]).encode()

    def everything() -> dict[int, str]:
        passing = {number: text for number, text in things.items() if write(text) is not None}
        return dict(list(passing.items())[-longest:])

    for what, back, text in [*steps, ("ask", 0, "")]:
        known = list(things)[-1 - back] if back < len(things) else None
        if what == "come":
            came += 1 + back
            things[came] = text
            strip.note(came, text)
        elif what == "change" and known is not None and not things[known].startswith("0"):
            things[known] = f"1{text}"
            strip.note(known, things[known])
        elif what == "go" and known is not None:
            del things[known]
            strip.drop(known)
        elif what == "look":
            look += 1
        elif what == "ask":
            strip.tell(look, write, everything)
            told = [[look, text] for text in everything().values()][-most:]
            assert json.loads(bytes(strip.last(most))) == told


def test_nothing_is_kept_for_nobody() -> None:
    strip, things = Strip[str](9), {0: "a"}
    strip.tell(1, str.encode, lambda: things)
    for number in range(1, NEWS + 3):
        strip.note(number, "b")
    assert not strip._news
    assert not strip._text
