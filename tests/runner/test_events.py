"""The events of a run: one JSON object on each line, without secrets."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from conformance.model.decision import Decision
from conformance.model.evidence import CaseRecord, Evidence, Outcome
from conformance.model.profile import Profile
from conformance.model.redaction import remember
from conformance.model.run import Run
from conformance.problem import TargetProblem, UsageProblem
from conformance.reports.document import report_of
from conformance.runner.events import Events, events

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "the-token/of-these+events-7"
ROW = "HY-UPLOAD-21"


def run(*cases: CaseRecord) -> Run:
    target = {"base_url": "http://h"}
    return Run("hayon", Profile.load("hayon").catalogue, list(cases), target=target, build="v7")


def broken() -> CaseRecord:
    proof = Evidence(ROW, "s::test_it", "a refusal", f"it said {SECRET}")
    return CaseRecord(proof.case, ROW, Outcome.FAILED, proof.actual, evidence=[proof, proof])


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_run_is_written_as_it_goes() -> None:
    remember([SECRET])
    out = io.StringIO()
    told = Events(out, "hayon")

    told.ready(run())
    told.case(broken())
    told.ended(report_of(run(broken()), decision=Decision.of(run(broken()))))

    assert SECRET not in out.getvalue()
    begun, ended, found, over = lines(out.getvalue())
    assert (begun["event"], begun["target"], begun["build"]) == ("run_started", "http://h", "v7")
    assert (ended["event"], ended["outcome"]) == ("case_ended", "failed")
    assert (found["event"], found["requirement"], found["expected"]) == (
        "finding",
        ROW,
        "a refusal",
    )
    assert (over["event"], over["verdict"], over["exit_code"]) == ("run_ended", "nonconformant", 1)
    assert over["new"] == [ROW]
    assert {line["profile"] for line in (begun, ended, found, over)} == {"hayon"}


def test_a_problem_ends_the_run_too(tmp_path: Path) -> None:
    with events(str(tmp_path / "events.ndjson"), "hayon") as told:
        told.stopped(TargetProblem("no answer"))

    (over,) = lines((tmp_path / "events.ndjson").read_text())
    assert (over["event"], over["exit_code"], over["sentence"]) == ("run_ended", 3, "no answer")


def test_a_reader_that_goes_away_changes_nothing() -> None:
    class Gone(io.StringIO):
        def flush(self) -> None:
            raise BrokenPipeError

    told = Events(Gone(), "hayon")

    told.case(broken())
    told.ready(run())


def test_without_a_place_nothing_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    with events(None, "hayon") as told:
        told.case(broken())

    assert capsys.readouterr() == ("", "")


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    place = str(tmp_path / "none" / "events")

    with pytest.raises(UsageProblem, match=r"--events .* cannot be written"), events(place, "h"):
        pass
