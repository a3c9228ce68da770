"""`junit.xml`: a suite for each operation, with real failures, errors and skips."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from conformance.reports import junit
from conformance.reports.document import report_of
from tests.reports.conftest import REPLAY, made_hostile

if TYPE_CHECKING:
    from conformance.model.run import Run
    from conformance.reports.report import Report


def parsed(report: Report) -> ET.Element:
    return ET.fromstring(junit.render(report))  # noqa: S314 - our own


def test_failures_and_skips_are_real(report: Report) -> None:
    root = parsed(report)

    failed = [str(case.get("name")) for case in root.iterfind(".//testcase[failure]")]
    assert [name.split()[0] for name in failed] == ["HY-UPLOAD-21"]
    skipped = root.findall(".//skipped")
    assert any("needs wait" in str(element.get("message")) for element in skipped)
    assert sum(int(str(suite.get("failures"))) for suite in root) == 1
    assert (root.get("failures"), root.get("tests")) == ("1", str(len(report.requirements)))


def test_each_operation_is_a_suite_and_each_case_names_its_requirement(report: Report) -> None:
    root = parsed(report)

    assert [suite.get("name") for suite in root] == [f"hayon.{name}" for name in report.operations]
    ids = [element.get("value") for element in root.iterfind(".//property[@name='requirement']")]
    assert ids == [row["id"] for rows in report.operations.values() for row in rows]


def test_a_failure_holds_all_that_a_reader_of_ci_needs(report: Report) -> None:
    text = parsed(report).findtext(".//failure") or ""

    replay = f"{REPLAY} -k test_it"
    for part in (
        "expected  a refusal",
        "actual  it was 200",
        "1. create",
        "conformance explain",
        replay,
    ):
        assert part in text


def test_a_fault_of_the_kit_is_an_error_and_not_a_failure_of_the_server(run: Run) -> None:
    run.cases[-1].fault = "Traceback"

    root = parsed(report_of(run))

    assert (root.get("errors"), root.get("failures")) == ("1", "1")
    assert root.findtext(".//error") == "Traceback"


def test_a_failure_of_the_server_stays_one_where_the_kit_failed_too(run: Run) -> None:
    run.cases[1].fault = "Traceback"

    root = parsed(report_of(run))

    assert (root.get("errors"), root.get("failures")) == ("1", "1")
    [error] = root.findall(".//error")
    assert "the kit itself failed" in error.get("message", "")


def test_hostile_text_stays_well_formed(report: Report) -> None:
    root = parsed(made_hostile(report))

    assert root.find(".//script") is None
    assert "<script>" in (root.findtext(".//error") or "")


def test_an_untestable_run_is_not_a_document_of_skips_alone(run: Run) -> None:
    nothing = dataclasses.replace(run, cases=[], untestable="the target cannot be reached")

    root = parsed(report_of(nothing))

    error = root.find(".//error")
    assert error is not None
    assert error.get("message") == "the target cannot be reached"
    assert root.get("errors") == "1"
