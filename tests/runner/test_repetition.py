"""A failed case runs again, to show whether the failure comes each time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from conformance.model.evidence import CaseRecord, Evidence, Outcome, Repeated
from conformance.model.profile import Profile
from conformance.model.run import Run
from conformance.problem import TargetProblem
from conformance.reports.document import report_of
from conformance.reports.formats import FORMATS
from conformance.runner.repetition import FAILED_CASES_BOUND, repeat_failures

if TYPE_CHECKING:
    from collections.abc import Sequence

ROW, OTHER = "FH-CREATE-01", "FH-CREATE-02"
WAITING = "FH-PUT-09"
TIMES = {"failed": Outcome.FAILED, "passed": Outcome.PASSED, "blocked": Outcome.NOT_VERIFIED}


def case(outcome: str = "failed", name: str = "s::test_it", row: str = ROW) -> CaseRecord:
    found = [Evidence(row, name, "a success", "it was 500")] if outcome == "failed" else []
    return CaseRecord(name, row, TIMES[outcome], evidence=found)


def run_of(*cases: CaseRecord) -> Run:
    return Run("feedhive", Profile.load("feedhive").catalogue, list(cases))


class Again:
    """Runs a case again with the outcomes of a list, and notes what ran."""

    def __init__(self, *outcomes: str) -> None:
        self.outcomes = list(outcomes)
        self.asked: list[Sequence[str]] = []

    def __call__(self, ids: Sequence[str]) -> Run:
        self.asked.append(ids)
        outcome = self.outcomes.pop(0)
        return run_of(*(case(outcome, name) for name in ids))


@pytest.mark.parametrize(
    ("outcomes", "marked"),
    [
        (["passed", "passed"], Repeated(3, 1)),
        (["passed", "failed"], Repeated(3, 2)),
        (["failed"], Repeated(2, 2)),
        (["blocked", "passed"], Repeated(2, 1)),
        (["blocked", "blocked"], None),
    ],
)
def test_a_failed_case_is_marked_and_stays_failed(
    outcomes: list[str], marked: Repeated | None
) -> None:
    run, again = run_of(case()), Again(*outcomes)

    repeat_failures(run, again)

    assert not again.outcomes
    assert run.cases[0].repeated == marked
    assert run.cases[0].evidence[0].repeated == marked
    assert [row.requirement.id for row in run.failed] == [ROW]


def test_a_case_that_shows_another_requirement_broken_runs_again_too() -> None:
    blocked = case("blocked", "s::test_other", OTHER)
    blocked.evidence = [Evidence(ROW, "s::test_other", "a success", "it was 500")]
    again = Again("passed", "passed")

    repeat_failures(run_of(case("passed"), blocked), again)

    assert again.asked == [["s::test_other"]] * 2


def test_long_and_waiting_cases_do_not_run_again() -> None:
    slow = replace(case(), duration_s=100.0)
    waiting = case(name="s::test_wait", row=WAITING)
    assert "wait" in run_of().catalogue[WAITING].needs

    repeat_failures(run_of(slow, waiting), Again())


def test_a_server_that_fails_often_is_not_asked_again() -> None:
    many = [case(name=f"s::test_{number}") for number in range(FAILED_CASES_BOUND + 1)]

    repeat_failures(run_of(*many), Again())


def test_a_target_that_is_away_at_the_end_changes_nothing() -> None:
    def away(_: Sequence[str]) -> Run:
        raise TargetProblem("it is away")

    run = run_of(case())

    repeat_failures(run, away)

    assert run.cases[0].repeated is None


@pytest.mark.parametrize("name", ["json", "junit", "markdown", "html"])
def test_every_report_shows_an_intermittent_failure(name: str) -> None:
    run = run_of(case())
    repeat_failures(run, Again("passed", "passed"))

    text = FORMATS[name].text(report_of(run))

    assert ('"failed": 1' if name == "json" else "failed 1 of 3") in text
