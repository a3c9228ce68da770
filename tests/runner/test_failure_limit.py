"""The number of failures after which a run ends."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.model.evidence import CaseRecord, Evidence, Outcome
from conformance.model.waiver import Waiver
from conformance.runner.failure_limit import FailureLimit
from conformance.runner.request import RunRequest
from conformance.settings.layers import Origin, traced

MUST, OTHER, SHOULD = "HY-UPLOAD-21", "HY-UPLOAD-22", "HY-UPLOAD-10"


def limit(*waived: str, **given: Any) -> FailureLimit | None:
    settings = traced({Origin.FLAG: lambda setting: given.get(setting.name)})
    waivers = tuple(Waiver(name, "for now") for name in waived)
    return FailureLimit.of(RunRequest.of("hayon", settings, waivers), None)


def broken(*requirements: str) -> CaseRecord:
    proofs = [Evidence(name, "s", "a", "b") for name in requirements]
    return CaseRecord("s", requirements[0], Outcome.FAILED, evidence=proofs)


def test_without_a_limit_there_is_none() -> None:
    assert limit() is None


@pytest.mark.parametrize(
    ("given", "flag"),
    [({"fail_fast": True}, "--fail-fast"), ({"max_failures": 1}, "--max-failures 1")],
)
def test_the_first_failure_ends_the_run_if_that_is_wanted(given: Any, flag: str) -> None:
    made = limit(**given)

    assert made is not None
    assert made.reached(broken(SHOULD)) == ""
    assert made.reached(broken(MUST)) == f"1 requirement has failed, and {flag} ends the run then"


def test_requirements_count_once_and_a_should_only_when_strict() -> None:
    made = limit(max_failures=2, strict=True)

    assert made is not None
    assert made.reached(broken(MUST)) == made.reached(broken(MUST)) == ""
    assert made.reached(broken(SHOULD)).startswith("2 requirements have failed")


def test_what_is_waived_does_not_count() -> None:
    made = limit(MUST, fail_fast=True)

    assert made is not None
    assert made.reached(broken(MUST)) == ""
    assert made.reached(broken(OTHER))
