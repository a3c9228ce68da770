"""A report stays small enough to be opened, however much a server sends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from conformance.reports import page
from conformance.reports.detail import LEVELS, MOST_BYTES, reduced
from conformance.reports.document import report_of
from conformance.reports.report import Report, render
from tests.reports.conftest import exchange

if TYPE_CHECKING:
    from conformance.model.run import Run


def test_a_run_with_much_evidence_has_a_small_report(run: Run) -> None:
    result = next(each for each in run.requirements if each.evidence)
    proof = result.evidence[0]
    proof.transcript = [exchange(curl="a" * 3_900, response=None) for _ in range(50)]
    result.evidence[:] = [proof] * 50

    found = report_of(run)

    assert len(render(found)) <= MOST_BYTES
    assert next(row for row in found.requirements if row["evidence"])["evidence"]


def test_a_page_of_control_characters_stays_small(report: Report) -> None:
    data = json.loads(render(report))
    for row in data["requirements"]:
        row["reason"] = "\x00\x1b" * 4_000

    assert len(page.render(Report(data))) <= MOST_BYTES


def test_less_detail_keeps_the_first_proofs_and_changes_no_row() -> None:
    step = exchange(curl="b" * 3_000)
    proof = {"transcript": [step], "exchange": step, "expected": "e", "actual": "a"}

    most, least = reduced([proof] * 5, LEVELS[0]), reduced([proof] * 5, LEVELS[-1])

    assert most == [proof] * 5
    assert len(least) == 1
    assert least[0]["transcript"] == []
    assert len(least[0]["exchange"]["curl"]) < 100
    assert proof["transcript"] == [step]
