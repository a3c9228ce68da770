"""The quick effort looks again soon; the others wait as long as a case says."""

from __future__ import annotations

import pytest

from conformance.harness.late_look import QUICK_S, age_s


@pytest.mark.parametrize(
    ("effort", "most_s", "age"),
    [("quick", 25.0, QUICK_S), ("quick", 2.0, 2.0), ("standard", 25.0, 25.0)],
)
def test_the_effort_says_how_old_a_thing_must_be(effort: str, most_s: float, age: float) -> None:
    assert age_s(effort, most_s) == age
