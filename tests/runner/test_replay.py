"""Replaying a report: what is chosen, how its run was started, and what is said of each row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.model.evidence import CaseRecord, Evidence, Outcome
from conformance.model.profile import Profile
from conformance.model.run import Run
from conformance.problem import KitFault, UsageProblem
from conformance.reports.report import Report
from conformance.runner import replay
from conformance.runner.replay import (
    ReplayOutcome,
    ReplayResult,
    chosen,
    compared,
    failing_cases,
    request_for,
)
from conformance.settings.table import SETTINGS

CASE = "hayon/scenarios/test_put.py::test_it[x]"
ROW = "HY-PUT-02"


def report(**row: Any) -> Report:
    broken = {
        "id": ROW,
        "level": "MUST",
        "outcome": "failed",
        "cases": [{"id": CASE, "outcome": "failed"}, {"id": "other", "outcome": "passed"}],
        "evidence": [{"case": CASE}, {"case": "elsewhere"}],
        **row,
    }
    held = {"id": "HY-PUT-01", "level": "MUST", "outcome": "passed"}
    rows = [held, broken]
    document = {"schema_version": "1.0", "profile": "hayon", "requirements": rows}
    return Report(document, Path("report.json"))


def run(*cases: CaseRecord) -> Run:
    return Run("hayon", Profile.load("hayon").catalogue, list(cases), selection="the cases named")


def record(outcome: Outcome, requirement: str = ROW, of: str | None = None) -> CaseRecord:
    proof = Evidence(of or requirement, CASE, "a refusal (4xx)", "it was 200")
    failing = outcome is Outcome.FAILED or of
    return CaseRecord(CASE, requirement, outcome, "why", evidence=[proof] if failing else [])


def compare(*cases: CaseRecord) -> list[ReplayResult]:
    elsewhere = CaseRecord("elsewhere", "HY-PUT-01", Outcome.PASSED)
    return compared(report(), [ROW], run(*cases, elsewhere))


def test_what_did_not_hold_is_chosen_unless_a_requirement_is_named() -> None:
    assert chosen(report(), []) == [ROW]
    assert chosen(report(), [ROW, ROW]) == [ROW]


@pytest.mark.parametrize(
    ("name", "fault"),
    [("HY-PUT-2", r"did you mean HY-PUT-02\?"), ("HY-PUT-01", "is passed .* nothing to replay")],
)
def test_a_requirement_that_cannot_be_replayed_is_refused(name: str, fault: str) -> None:
    with pytest.raises(UsageProblem, match=fault):
        chosen(report(), [name])


def test_the_cases_are_those_that_spoke_against_it() -> None:
    assert failing_cases(report(), [ROW], {CASE, "elsewhere", "other"}) == [CASE, "elsewhere"]


def test_what_was_only_seen_aside_is_left_to_the_requirements_own_cases() -> None:
    seen = report(
        cases=[{"id": CASE, "outcome": "passed"}], evidence=[{"case": "x", "aside": True}]
    )

    assert failing_cases(seen, [ROW], {CASE}) == [CASE]


def test_a_case_that_this_kit_does_not_have_is_named() -> None:
    with pytest.raises(UsageProblem, match=r"no case 'elsewhere': kit "):
        failing_cases(report(), [ROW], {CASE})


def test_a_case_that_passes_now_is_fixed() -> None:
    assert compare(record(Outcome.PASSED)) == [ReplayResult(ROW, ReplayOutcome.FIXED)]


@pytest.mark.parametrize("mark", ["aside", "crowded"])
def test_what_only_showed_among_others_is_not_fixed_by_passing_alone(mark: str) -> None:
    seen = report(evidence=[{"case": CASE, mark: True}])

    (line,) = compared(seen, [ROW], run(record(Outcome.PASSED)))

    assert line.outcome is ReplayOutcome.NOT_VERIFIED
    assert "run the whole suite" in line.reason


def test_a_case_that_fails_again_is_still_failing() -> None:
    (line,) = compare(record(Outcome.FAILED))

    assert (line.outcome, line.reason) == (
        ReplayOutcome.STILL_FAILING,
        "expected a refusal (4xx), but it was 200",
    )


def test_a_case_that_no_longer_gets_there_is_not_fixed() -> None:
    assert compare(record(Outcome.NOT_VERIFIED)) == [
        ReplayResult(ROW, ReplayOutcome.NOT_VERIFIED, "why")
    ]
    assert compare()[0].outcome is ReplayOutcome.NOT_VERIFIED


def test_another_failure_on_the_way_is_new() -> None:
    lines = compare(record(Outcome.PASSED, of="HY-UPLOAD-01"))

    assert [(line.requirement, line.outcome) for line in lines] == [
        (ROW, ReplayOutcome.FIXED),
        ("HY-UPLOAD-01", ReplayOutcome.NEW),
    ]


def test_a_fault_of_the_kit_is_no_finding() -> None:
    broken = record(Outcome.NOT_VERIFIED)
    broken.fault = "Traceback"

    with pytest.raises(KitFault, match="Traceback"):
        compare(broken)


@pytest.mark.parametrize(
    ("name", "value", "again"),
    [("insecure", True, "--insecure"), ("proxy", "http://evil:1", "--proxy http://evil:1")],
)
def test_a_report_does_not_decide_who_may_read_the_token(
    name: str, value: object, again: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    earlier = report()
    earlier.data["rerun"] = {"base_url": "http://h", name: value}
    options = dict.fromkeys((setting.name for setting in SETTINGS), None)
    monkeypatch.setattr(replay, "failing_cases", lambda *_: [CASE])

    with pytest.raises(UsageProblem, match=f"{again}: pass it again"):
        request_for(earlier, [ROW], options)
    request = request_for(earlier, [ROW], {**options, name: value})

    assert request.values[name] == value
