"""`metrics.txt`: the parser of Prometheus reads it, and finds the numbers of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client.openmetrics.parser import text_string_to_metric_families

from conformance.model.decision import Decision
from conformance.reports import openmetrics
from conformance.reports.document import report_of
from tests.reports.conftest import HOSTILE, RERUN

if TYPE_CHECKING:
    from conformance.model.run import Run
    from conformance.reports.report import Report


def samples(report: Report) -> dict[tuple[str, ...], float]:
    """Return each sample by its name and the values of its labels."""
    families = text_string_to_metric_families(openmetrics.render(report))
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
    }


def test_the_numbers_are_those_of_the_run(run: Run) -> None:
    report = report_of(run, RERUN, Decision.of(run))

    found = samples(report)

    assert found["conformance_requirements", "hayon", "MUST", "failed"] == 1
    assert found["conformance_requirements", "hayon", "SHOULD", "warned"] == 1
    assert found["conformance_exit_code", "hayon"] == 1
    assert found["conformance_failures", "hayon", "new"] == 1
    assert found["conformance_failures", "hayon", "waived"] == 0
    assert found["conformance_requests", "hayon"] == 3
    total = sum(found[key] for key in found if key[0] == "conformance_requirements")
    assert total == len(report.requirements)


def test_a_label_holds_any_text(report: Report) -> None:
    text = f'{HOSTILE} "quoted" back\\slash\nline'
    report.data["build"] = text

    (info,) = (key for key in samples(report) if key[0] == "conformance_run_info")

    assert any("\\slash\nline" in value for value in info)


def test_a_report_of_an_older_kit_has_no_exit_code(report: Report) -> None:
    assert not any(name[0] == "conformance_exit_code" for name in samples(report))
