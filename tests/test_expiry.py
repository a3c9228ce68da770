"""When an upload is late in its life, and when it lives too short for that."""

from __future__ import annotations

import pytest

from conformance.expiry import LATE_S, SHORTEST_LIFE_S, Deadline
from conformance.verdict import Blocked


@pytest.mark.parametrize("life", [SHORTEST_LIFE_S, 5.0, 6.0, 900.0])
def test_late_lies_in_the_second_half_and_before_the_end(life: float) -> None:
    deadline = Deadline(1_000.0 + life, life)

    assert 1_000.0 + life / 2 <= deadline.late < deadline.due


def test_late_is_shortly_before_the_end_of_a_long_life() -> None:
    assert Deadline(1_000.0, 900.0).late == 1_000.0 - LATE_S


def test_a_life_too_short_to_be_late_in_is_not_judged() -> None:
    with pytest.raises(Blocked, match="--short-lived-url live 6 s or more"):
        _ = Deadline(3.0, 3.0).late
