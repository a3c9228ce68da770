"""Writes the reports of a run into its folder."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.model.oracle_tally import OracleTally
from conformance.reports import faults, folder
from conformance.reports.document import report_of
from conformance.reports.report import FILE, Report, render
from conformance.reports.reproducers import writing

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.model.redaction import Redactor
    from conformance.model.run import Run
    from conformance.settings.rerun import Rerun


def emptied(place: Path) -> Path:
    """Prepare a report folder: remove the files of an earlier report, and no other file."""
    folder.cleared(place)
    (place / faults.FILE).unlink(missing_ok=True)
    writing.clear(place)
    return place


def write_reports(run: Run, place: Path, rerun: Rerun, redactor: Redactor) -> Report:
    """Write a report of every format, and the reproducers, into an emptied folder."""
    report = Report(report_of(run, rerun).data, place / FILE)
    blank = replace(
        run, cases=[], leftovers=[], waivers=[], incomplete="", untestable="", oracles=OracleTally()
    )
    without_cases = report_of(blank, rerun)
    folder.publish(report, place, redactor, blank=without_cases)
    writing.write(report, place, redactor, ordinary=render(without_cases))
    _write_faults(report, place, redactor)
    return report


def _write_faults(report: Report, place: Path, redactor: Redactor) -> None:
    """Write the small file that a report about a fault of the kit needs."""
    found = faults.faults(report)
    text = redactor.text(faults.text(found))
    if found and not redactor.finds(text):
        path = place / faults.FILE
        path.write_text(text, encoding="utf-8", errors="backslashreplace")
