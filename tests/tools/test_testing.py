"""`make test` runs its tests in two parts; what either says is what the command says."""

import pytest

from tools.testing import COMPILED, outcome, surroundings


@pytest.mark.parametrize(
    ("codes", "whole"),
    [([0, 0], 0), ([1, 0], 1), ([0, 1], 1), ([0, 5], 0), ([5, 0], 0), ([5, 1], 1), ([5, 5], 5), ([2, 1], 2)],
)
def test_a_failure_in_either_part_fails_the_whole_and_an_empty_part_does_not(codes, whole):
    assert outcome(codes) == whole


def test_servers_that_tests_start_find_themselves_compiled_unless_somebody_has_another_place_for_that():
    assert surroundings({"PYTHONDONTWRITEBYTECODE": "1", "HOME": "/h"}) == {
        "HOME": "/h",
        "PYTHONPYCACHEPREFIX": str(COMPILED),
    }
    assert surroundings({"PYTHONPYCACHEPREFIX": "/elsewhere"}) == {"PYTHONPYCACHEPREFIX": "/elsewhere"}
