"""A failure that is waived or known looks the same in every format."""

from __future__ import annotations

import dataclasses
import io
import json
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from jsonschema import Draft202012Validator

from conformance.model.decision import Baseline, Decision
from conformance.model.waiver import Waiver
from conformance.reports import badge, github, junit, markdown, page
from conformance.reports.decision import excuse, is_spared, sentence
from conformance.reports.document import report_of
from conformance.reports.terminal.console import Console
from conformance.reports.terminal.report import print_report
from tests.reports.conftest import RERUN, row

if TYPE_CHECKING:
    from conformance.model.run import Run
    from conformance.reports.report import Report

#: The only requirement that fails in the run of these tests.
BROKEN = "HY-UPLOAD-21"
WAIVED = "nonconformant, the only failure waived: exit 0"
KNOWN = "nonconformant, the only failure known to the baseline: exit 0"


def waived(run: Run) -> Report:
    result = next(one for one in run.failed if one.requirement.id == BROKEN)
    result.waiver = Waiver(BROKEN, "until 2.4 is out", owner="media team")
    return report_of(run, RERUN, Decision.of(run))


def known(run: Run) -> Report:
    before = Baseline("before.json", "2026-01-02", "a1b2c3", {BROKEN: "failed", "HY-PUT-05": "x"})
    return report_of(run, RERUN, Decision.of(run, baseline=before))


def counted(run: Run) -> Report:
    return report_of(run, RERUN, Decision.of(run))


@pytest.fixture(params=[(waived, WAIVED), (known, KNOWN)], ids=["waived", "known"])
def spared(run: Run, request: pytest.FixtureRequest) -> tuple[Report, str]:
    make, words = request.param
    return make(run), words


def printed(report: Report) -> str:
    out = io.StringIO()
    print_report(Console(file=out, width=200), report)
    return out.getvalue()


def test_each_format_says_the_same(spared: tuple[Report, str], schema: dict[str, Any]) -> None:
    report, words = spared

    Draft202012Validator(schema).validate(report.data)
    assert is_spared(report)
    assert sentence(report) == words
    assert f"hayon: {words}" in printed(report).splitlines()
    assert f"## 🟠 hayon: {words}" in markdown.render(report)
    assert words.capitalize() in page.render(report)
    ruling = words.removesuffix(": exit 0")
    made = json.loads(badge.render(report))
    assert (made["message"], made["color"], made["isError"]) == (ruling, "orange", False)
    assert f"::notice title=hayon::{words}" in github.render(report)


def test_junit_skips_it_with_the_reason_and_the_proof(spared: tuple[Report, str]) -> None:
    report, _ = spared
    root = ET.fromstring(junit.render(report))  # noqa: S314 - our own document

    case = next(one for one in root.iter("testcase") if BROKEN in str(one.get("name")))

    assert (root.get("failures"), root.get("errors")) == ("0", "0")
    message = str(case.find("skipped").get("message"))  # type: ignore[union-attr]
    assert message == f"failed, {excuse(row(report, BROKEN))}: it was 200"
    assert "a refusal" in str(case.findtext("system-out"))


def test_an_annotation_is_a_notice(spared: tuple[Report, str]) -> None:
    report, _ = spared
    lines = github.render(report).splitlines()

    assert any(line.startswith(f"::notice title={BROKEN} MUST failed%2C ") for line in lines)
    assert not any(line.startswith("::error") for line in lines)


def test_a_failure_that_counts_stays_red_everywhere(run: Run) -> None:
    report = counted(run)

    assert not is_spared(report)
    assert sentence(report) == "nonconformant, 1 failure: exit 1"
    assert json.loads(badge.render(report))["color"] == "red"
    assert ET.fromstring(junit.render(report)).get("failures") == "1"  # noqa: S314 - our own
    assert f"::error title={BROKEN} MUST failed" in github.render(report)
    assert "## ❌ hayon: nonconformant, 1 failure: exit 1" in markdown.render(report)
    assert "failed: HY-UPLOAD-21" in printed(report)


def test_what_is_new_fixed_and_known_stands_beside_the_baseline(run: Run) -> None:
    report = known(run)

    words = (
        "Compared with the baseline of 2026-01-02, build a1b2c3: new none; known HY-UPLOAD-21;"
        " fixed none."
    )
    assert words in page.render(report)
    assert report["decision"]["known"] == [BROKEN]
    assert row(report, BROKEN)["known"] is True
    assert printed(report).count("failed, known to the baseline: HY-UPLOAD-21") == 1


def test_the_reason_of_a_waiver_is_shown_with_its_owner(run: Run) -> None:
    assert excuse(row(waived(run), BROKEN)) == "waived: until 2.4 is out, media team"


def test_a_report_of_an_older_kit_has_its_verdict_alone(run: Run) -> None:
    report = report_of(dataclasses.replace(run), RERUN)

    assert sentence(report) == "nonconformant"
