"""Findings: what a block names, and how a violation becomes one."""

from __future__ import annotations

import pytest

from conformance.judge.finding import Blocked, Violation, precondition
from conformance.problem import KitFault


def test_a_block_without_exactly_one_cause_is_a_fault_of_the_kit() -> None:
    named = Violation("a", "b", requirement="A-MUST")

    with pytest.raises(KitFault, match="exactly one cause"):
        Blocked()
    with pytest.raises(KitFault, match="exactly one cause"):
        Blocked(violation=named, limit="a bound")
    with pytest.raises(KitFault, match="name the requirement"):
        Blocked(violation=Violation("a", "b"))


def test_a_block_says_what_would_lift_it() -> None:
    capability = Blocked(capability="s3-access")
    violation = Blocked(violation=Violation("an id", "it has none", requirement="A-MUST"))

    assert str(capability).startswith("needs s3-access: pass --s3-bucket")
    assert str(violation) == "blocked by A-MUST: expected an id, but it has none"
    assert str(Blocked(limit="raise --max-wait")) == "raise --max-wait"


@pytest.mark.parametrize(("own", "named"), [(None, "A-MUST"), ("A-OTHER", "A-OTHER")])
def test_a_violation_on_the_way_blocks_by_its_own_requirement(own: str | None, named: str) -> None:
    def build() -> None:
        raise Violation("an id", "it has none", requirement=own)

    with (
        pytest.raises(Blocked, match=f"blocked by {named}: expected an id"),
        precondition("A-MUST"),
    ):
        build()
