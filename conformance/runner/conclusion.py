"""The end of every run, whoever sent its requests: waivers, reports, terminal, exit code."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.model.decision import Baseline, Decision
from conformance.reports import github
from conformance.reports.comparison import Comparison, read_baseline
from conformance.reports.formats import PAGE
from conformance.reports.headline import continued
from conformance.reports.terminal.report import print_place, print_report
from conformance.reports.terminal.timing import print_timing
from conformance.runner.publish import emptied, write_reports
from conformance.runner.waivers import apply_requested

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.model.redaction import Redactor
    from conformance.model.run import Run
    from conformance.reports.report import Report
    from conformance.reports.terminal.console import Console
    from conformance.runner.request import RunRequest


def prepared(request: RunRequest) -> Report | None:
    """Empty the report folder, and return the baseline if there is one.

    It reads the baseline first: that may be the report which this run replaces.
    """
    given = request.values["baseline"]
    baseline = read_baseline(Path(given), request.profile) if given else None
    emptied(Path(request.values["report_dir"]))
    return baseline


def concluded(
    request: RunRequest,
    run: Run,
    redactor: Redactor,
    console: Console,
    baseline: Report | None,
    *,
    ended: Callable[[Report], None] = lambda _: None,
) -> int:
    """Write and print the reports of a run, and return its exit code.

    Raises `KitFault` if a file that was written showed a secret.

    Args:
        request: What was requested.
        run: What was found; waivers are applied to it.
        redactor: Knows the secrets of the run.
        console: Where to print.
        baseline: The report with the failures that are known already.
        ended: Receives the report, once it is written and holds no secret.
    """
    place = Path(request.values["report_dir"])
    apply_requested(request, run)
    run.history = continued(baseline) if baseline else []
    decision = Decision.of(
        run,
        require_verified=request.values["require_verified"],
        strict_waivers=request.values["strict_waivers"],
        baseline=_baseline(baseline),
    )
    written = write_reports(run, place, request.rerun, redactor, decision)
    report = written.report
    with _no_commands(console):
        if request.values["profile_time"]:
            print_timing(console, report)
        if baseline:
            Comparison.of(baseline, report).print(console)
        print_report(console, report, every=request.values["verbose"])
    print_place(console, place / PAGE)
    _publish_on_github(report, console, redactor)
    written.check()
    ended(report)
    return decision.exit_code


def _baseline(report: Report | None) -> Baseline | None:
    """Return what a decision reads of an earlier report."""
    if report is None:
        return None
    outcomes = {name: str(row["outcome"]) for name, row in report.rows.items()}
    return Baseline(str(report.path), report["started"], str(report.get("build", "")), outcomes)


def _no_commands(console: Console) -> AbstractContextManager[None]:
    """Keep a server's text from controlling the GitHub workflow that shows it."""
    return github.commands_stopped(console.out) if _in_github() else nullcontext()


def _in_github() -> bool:
    return os.environ.get("GITHUB_ACTIONS") == "true"


def _publish_on_github(report: Report, console: Console, redactor: Redactor) -> None:
    """Write the summary and the annotations of GitHub Actions, if it runs this command."""
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        warning = github.append_summary(report, Path(summary), redactor)
        if warning:
            console.print(warning, style="yellow", soft_wrap=True, markup=False)
    if _in_github():
        console.out(redactor.text(github.render(report)), end="", highlight=False)
