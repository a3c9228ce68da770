"""Replaying a report: what is chosen, how its run was started, and what is said of each row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.earlier import EarlierReport
from conformance.problem import KitFault, UsageProblem
from conformance.profile import Profile
from conformance.replay import Finding, Line, Origin, chosen, compared, failing_cases
from conformance.settings import BY_NAME
from conformance.verdict import CaseRecord, Evidence, Outcome, Run

CASE = "hayon/scenarios/test_put.py::test_it[x]"
ROW = "HY-PUT-02"


def report(replay: str = "conformance run hayon --reference --seed 3", **row: Any) -> EarlierReport:
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
    document = {"schema_version": "1.0", "profile": "hayon", "requirements": rows, "replay": replay}
    return EarlierReport(Path("report.json"), document)


def run(*cases: CaseRecord) -> Run:
    return Run("hayon", Profile.load("hayon").catalogue, list(cases), selection="the cases named")


def record(outcome: Outcome, requirement: str = ROW, of: str | None = None) -> CaseRecord:
    proof = Evidence(of or requirement, CASE, "a refusal (4xx)", "it was 200")
    failing = outcome is Outcome.FAILED or of
    return CaseRecord(CASE, requirement, outcome, "why", evidence=[proof] if failing else [])


def compare(*cases: CaseRecord) -> list[Line]:
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


def test_a_case_that_this_kit_does_not_have_is_named() -> None:
    with pytest.raises(UsageProblem, match=r"no case 'elsewhere': the report is of kit"):
        failing_cases(report(), [ROW], {CASE})


def test_a_run_is_started_as_it_was() -> None:
    line = (
        "conformance run hayon --base-url http://h:1/x --storage-resolve a=b --storage-resolve c=d"
        " --strict --max-wait 6.5 --effort quick --seed 7"
    )

    origin = Origin.of(report(line))

    names = ("base_url", "storage_resolve", "strict", "max_wait", "effort", "seed", "token")
    assert [origin.layer(BY_NAME[name]) for name in names] == [
        "http://h:1/x", ("a=b", "c=d"), True, 6.5, "quick", 7, None,
    ]  # fmt: skip
    assert not origin.reference


def test_what_the_run_left_at_its_default_stays_there() -> None:
    assert Origin.of(report()).layer(BY_NAME["effort"]) == "standard"


@pytest.mark.parametrize(
    "line",
    [
        "",
        "conformance run feedhive",
        "conformance run hayon --seed",
        "conformance run hayon --seed x",
        "conformance run hayon --x",
        "conformance run hayon 'open",
        "conformance run hayon --token secret",
    ],
)
def test_a_line_that_is_no_run_is_refused(line: str) -> None:
    with pytest.raises(UsageProblem, match="does not say how its run was started"):
        Origin.of(report(line))


def test_a_case_that_passes_now_is_fixed() -> None:
    assert compare(record(Outcome.PASSED)) == [Line(ROW, Finding.FIXED)]


def test_a_case_that_fails_again_is_still_failing() -> None:
    (line,) = compare(record(Outcome.FAILED))

    assert (line.finding, line.reason) == (
        Finding.STILL_FAILING,
        "expected a refusal (4xx), but it was 200",
    )


def test_a_case_that_no_longer_gets_there_is_not_fixed() -> None:
    assert compare(record(Outcome.NOT_VERIFIED)) == [Line(ROW, Finding.NOT_VERIFIED, "why")]
    assert compare()[0].finding is Finding.NOT_VERIFIED


def test_another_failure_on_the_way_is_new() -> None:
    lines = compare(record(Outcome.PASSED, of="HY-UPLOAD-01"))

    assert [(line.requirement, line.finding) for line in lines] == [
        (ROW, Finding.FIXED),
        ("HY-UPLOAD-01", Finding.NEW),
    ]


def test_a_fault_of_the_kit_is_no_finding() -> None:
    broken = record(Outcome.NOT_VERIFIED)
    broken.fault = "Traceback"

    with pytest.raises(KitFault, match="Traceback"):
        compare(broken)
