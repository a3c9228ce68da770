"""Results for Allure: a file for each requirement, whose history goes on from run to run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner

from conformance.cli.report import report as command
from conformance.model.decision import Decision
from conformance.model.waiver import Waiver
from conformance.reports import allure
from conformance.reports.document import report_of
from conformance.reports.report import render
from tests.reports.conftest import RERUN

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.model.run import Run
    from conformance.reports.report import Report


def results(report: Report) -> dict[str, dict[str, Any]]:
    """Return the results by the id of their requirement."""
    files = allure.files(allure.render(report))
    assert all(name.endswith("-result.json") for name in files)
    return {each["fullName"].split("/")[1]: each for each in map(json.loads, files.values())}


def test_each_outcome_has_its_status(report: Report) -> None:
    found = results(report)

    assert len(found) == len(report.requirements)
    assert found["HY-UPLOAD-21"]["status"] == "failed"
    assert found["HY-UPLOAD-10"]["status"] == "passed"
    assert found["HY-UPLOAD-10"]["statusDetails"]["message"].startswith("warned: ")
    assert found["HY-PUT-05"]["status"] == "skipped"
    assert "a refusal" in found["HY-UPLOAD-21"]["statusDetails"]["trace"]


def test_a_waived_failure_is_muted_and_skipped(run: Run) -> None:
    run.failed[0].waiver = Waiver("HY-UPLOAD-21", "fixed in 2.4")

    made = results(report_of(run, RERUN, Decision.of(run)))["HY-UPLOAD-21"]

    assert made["status"] == "skipped"
    assert made["statusDetails"]["muted"] is True
    assert "fixed in 2.4" in made["statusDetails"]["message"]


def test_runs_have_one_history_and_files_of_their_own(report: Report) -> None:
    before = results(report)["HY-UPLOAD-21"]
    report.data["started"] = "2027-01-01T00:00:00+00:00"
    after = results(report)["HY-UPLOAD-21"]

    assert before["historyId"] == after["historyId"]
    assert before["uuid"] != after["uuid"]


def test_the_command_writes_them_into_a_folder(report: Report, tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text(render(report))
    words = [str(tmp_path), "--format", "allure"]

    refused = CliRunner().invoke(command, words)
    made = CliRunner().invoke(command, [*words, "--out", str(tmp_path / "allure-results")])

    assert "name a folder with --out" in str(refused.exception)
    assert made.exit_code == 0, made.output
    assert len(list((tmp_path / "allure-results").iterdir())) == len(report.requirements)
