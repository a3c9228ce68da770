"""Findings: what a block names, how a violation becomes one, and which one a case reports."""

from __future__ import annotations

import pytest
from hypothesis.errors import FlakyFailure, FlakyReplay, FlakyStrategyDefinition

from conformance.judge.finding import (
    Blocked,
    Finding,
    Violation,
    finding_in,
    precondition,
    remembered,
)
from conformance.problem import KitFault

VIOLATION = Violation("an id", "it has none", requirement="A-MUST")
BLOCKED = Blocked(limit="a bound")


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


@pytest.mark.parametrize("finding", [VIOLATION, BLOCKED])
@pytest.mark.parametrize("kind", [FlakyFailure, ExceptionGroup])
def test_a_finding_in_a_group_is_reported(
    finding: Finding, kind: type[ExceptionGroup[Exception]]
) -> None:
    inner = kind("inside", [KeyError("kit"), finding])

    assert finding_in(kind("it failed in several ways", [ValueError("kit"), inner])) is finding


@pytest.mark.parametrize(
    "error", [FlakyReplay("it differs"), FlakyStrategyDefinition("it differs")]
)
def test_the_first_violation_counts_where_hypothesis_names_none(error: Exception) -> None:
    with remembered():
        Blocked(limit="a bound")
        first = Violation("an id", "it has none")
        Violation("an id", "it has another")

        assert finding_in(error) is first


def test_a_flaky_group_without_a_finding_gives_the_first_one_too() -> None:
    with remembered():
        first = Violation("an id", "it has none")

        assert finding_in(FlakyFailure("it differs", [ValueError("kit")])) is first


def test_a_violation_that_blocked_the_case_is_reported_as_a_block() -> None:
    with remembered(), pytest.raises(Blocked) as raised, precondition("A-MUST"):
        raise Violation("an id", "it has none")
    with remembered() as seen:
        seen += [raised.value.violation, raised.value]  # type: ignore[list-item]

        assert finding_in(FlakyReplay("it differs")) is raised.value


def test_an_error_of_the_kit_stays_one_whatever_the_case_saw() -> None:
    error = KeyError("kit")
    with remembered():
        Violation("an id", "it has none")

        assert finding_in(error) is error


def test_findings_of_another_case_do_not_count() -> None:
    error = FlakyReplay("it differs")
    with remembered():
        Violation("an id", "it has none")
    with remembered():
        assert finding_in(error) is error
