"""What waits keeps its order and loses nothing, in memory, in the file, and over the end of the program."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from overlay.store.waiting import Waiting

from .making import START_MS, change, credit, person


def numbered(n):
    return change("luna", credit(person(1), at_ms=START_MS + n))


def number(one):
    return one.facts[0][1].at_ms - START_MS


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(1, 20)),
        st.tuples(st.just("take"), st.integers(1, 8)),
        st.tuples(st.just("fail"), st.integers(0, 0)),
        st.tuples(st.just("mend"), st.integers(0, 0)),
        st.tuples(st.just("restart"), st.integers(0, 0)),
    ),
    max_size=40,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_in_any_course_of_events_everything_comes_out_once_and_in_order(tmp_path_factory, steps):
    folder = tmp_path_factory.mktemp("waiting")
    place = folder / "file"
    waiting, added, taken, spilled_to = Waiting(place, most_facts=10), 0, [], ""
    for step, amount in steps:
        match step:
            case "add":
                for _ in range(amount):
                    waiting.add(numbered(added), "run")
                    added += 1
            case "take" if len(waiting):
                taken += [number(one) for one in waiting.first(changes=amount)]
                spilled_to = waiting.spilled_to or spilled_to
                waiting.done()
            case "fail" if not place.exists():
                place.write_text("a file where the folder should be")
            case "mend" if place.is_file():
                place.unlink()
            case "restart" if not place.is_file():
                waiting.park("run")
                waiting = Waiting(place, most_facts=10)
                waiting.adopt("run", spilled_to)
        assert len(waiting) == added - len(taken)
        assert (waiting.facts == 0) == (len(waiting) == 0)
    while len(waiting):
        taken += [number(one) for one in waiting.first()]
        waiting.done()
    assert taken == list(range(added))


def test_a_half_written_change_at_the_end_of_the_file_is_left_out(tmp_path):
    waiting = Waiting(tmp_path / "w", most_facts=0)
    for n in range(5):
        waiting.add(numbered(n), "run")
    path = waiting.path
    waiting.park("run")
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 3)
    again = Waiting(tmp_path / "w")
    assert again.adopt("run", "") == 4
    assert [number(one) for one in again.first()] == [0, 1, 2, 3]
    again.park("run")


@pytest.mark.parametrize("head", [b"", b"{}\n", b'{"run": "other", "id": "a"}\n', b"\xff\xfe\n", b"[1]\n"])
def test_a_file_that_belongs_to_something_else_is_set_aside(tmp_path, head):
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "waiting.bin").write_bytes(head)
    waiting = Waiting(tmp_path / "w")
    assert waiting.adopt("run", "") == 0
    assert (tmp_path / "w" / "waiting.aside").read_bytes() == head
    waiting.add(numbered(0), "run")
    assert len(waiting) == 1
