"""Replaying a report: what is chosen, how its run was started, and what is said of each row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conformance.model.evidence import CaseRecord, Evidence, Outcome
from conformance.model.profile import Profile
from conformance.model.run import Run
from conformance.problem import KitFault, UsageProblem
from conformance.reports.report import Report
from conformance.reports.terminal.console import Console
from conformance.runner import replay
from conformance.runner.progress import Quiet
from conformance.runner.replay import chosen, failing_cases, request_for
from conformance.runner.replay_results import (
    AMONG_OTHERS,
    ReplayOutcome,
    ReplayResult,
    all_fixed,
    compared,
    listing,
    undecided,
)
from conformance.runner.request import RunRequest
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
    assert undecided([line]) == [ROW]
    assert compared(seen, [ROW], run(record(Outcome.PASSED)), whole=True) == [
        ReplayResult(ROW, ReplayOutcome.FIXED)
    ]


def test_the_whole_suite_decides_only_where_nothing_else_is_left_to_fix() -> None:
    among = ReplayResult(ROW, ReplayOutcome.NOT_VERIFIED, f"{AMONG_OTHERS}: and so on")
    open_yet = ReplayResult("HY-PUT-01", ReplayOutcome.STILL_FAILING, "why")
    fixed = ReplayResult("HY-PUT-03", ReplayOutcome.FIXED)

    assert undecided([among, fixed]) == [ROW]
    assert undecided([among, open_yet]) == []
    assert not all_fixed([fixed, among])


class Recorder(Quiet):
    """Remembers the notes and how the run was asked for."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, label: str, text: str) -> None:
        del label
        self.notes.append(text)


def test_a_replay_runs_the_failed_cases_and_then_what_only_the_suite_can_decide(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = report(evidence=[{"case": CASE, "crowded": True}])
    seen.data["duration_s"] = 61.0
    seen.rows[ROW]["cases"][0]["duration_s"] = 2.4
    asked: list[tuple[tuple[str, ...], bool]] = []

    def examine(request: RunRequest, _: object, *, asks: bool) -> tuple[Run, None]:
        asked.append((request.cases, asks))
        return run(record(Outcome.PASSED)), None

    monkeypatch.setattr(replay, "examine", examine)
    progress = Recorder()

    results, _ = replay.replayed(seen, [ROW], RunRequest("hayon", {}, cases=(CASE,)), progress)

    assert all_fixed(results)
    assert asked == [((CASE,), True), ((), True)]
    assert progress.notes == [
        "1 case, at most about 2 s",
        f"{ROW} failed only beside other cases: now the whole suite runs, about 61 s",
    ]


def test_a_replay_is_text_markdown_and_json(capsys: pytest.CaptureFixture[str]) -> None:
    results = compare(record(Outcome.FAILED))
    made = listing(results, run(), code=1)

    for form in ("text", "markdown", "json"):
        made.print(Console(), form)
        shown = capsys.readouterr().out
        assert all(word in shown for word in (ROW, "still failing", "it was 200"))
        assert Profile.load("hayon").catalogue[ROW].title in shown
        if form == "json":
            assert json.loads(shown)["exit_code"] == 1


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
