"""Writes the reports of a run into its folder."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from conformance.model.oracle_tally import OracleTally
from conformance.reports import faults, fleet, folder, leaks, load
from conformance.reports.document import report_of
from conformance.reports.formats import FILES
from conformance.reports.report import FILE, Report
from conformance.reports.reproducers import writing
from conformance.runner import server_log

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.model.decision import Decision
    from conformance.model.redaction import Redactor
    from conformance.model.run import Run
    from conformance.settings.rerun import Rerun


def emptied(place: Path) -> Path:
    """Prepare a report folder: remove the files of an earlier report, and no other file."""
    folder.cleared(place)
    for name in (faults.FILE, server_log.FILE, fleet.FILE, load.FILE):
        (place / name).unlink(missing_ok=True)
    writing.clear(place)
    return place


@dataclass(frozen=True)
class Written:
    """The report as it was written, and the files from which a secret had to be removed."""

    report: Report
    leaks: list[Path]

    def check(self) -> None:
        """Raise `KitFault` if a file showed a secret: that ends the run, whatever it found."""
        if self.leaks:
            raise leaks.problem(self.leaks)


def write_reports(
    run: Run, place: Path, rerun: Rerun, redactor: Redactor, decision: Decision
) -> Written:
    """Write a report of every format, and the reproducers, into an emptied folder.

    Then it reads everything again and removes every secret, of which there should be none.
    """
    rerun = rerun.cleaned(redactor.text)
    _clean_log(place / server_log.FILE, redactor)
    report = Report(report_of(run, rerun, decision).data, place / FILE)
    files = [
        *folder.publish(report, place),
        *writing.write(report, place),
        *_write_faults(report, place),
        *_write_load(report, place),
    ]
    found = leaks.cleaned(_with_ordinary(files, run, rerun), redactor)
    return Written(Report.read(place) if place / FILE in found else report, found)


def _write_load(report: Report, place: Path) -> list[Path]:
    """Write the figures of a load into a file of their own."""
    if not report.get("load"):
        return []
    path = place / load.FILE
    path.write_text(load.text(report), encoding="utf-8", errors="backslashreplace")
    return [path]


def _clean_log(path: Path, redactor: Redactor) -> None:
    """Remove from the log of a server what became a secret while it ran.

    The words are those of the server: a secret in them is not a fault of the kit.
    """
    if path.is_file():
        text = path.read_text(encoding="utf-8")
        path.write_text(redactor.text(text), encoding="utf-8")


def _with_ordinary(files: list[Path], run: Run, rerun: Rerun) -> dict[Path, str]:
    """Return each file with the text that it would hold for a run without cases."""
    blank = replace(
        run,
        cases=[],
        leftovers=[],
        waivers=[],
        incomplete="",
        untestable="",
        oracles=OracleTally(),
    )
    report = report_of(blank, rerun)
    names = "\n".join(case.case for case in run.cases)
    texts = {name: f"{made.text(report)}\n{names}" for name, made in FILES.items()}
    return {path: texts.get(path.name, texts[FILE]) for path in files}


def _write_faults(report: Report, place: Path) -> list[Path]:
    """Write the small file that a report about a fault of the kit needs."""
    found = faults.faults(report)
    if not found:
        return []
    path = place / faults.FILE
    path.write_text(faults.text(found), encoding="utf-8", errors="backslashreplace")
    return [path]
