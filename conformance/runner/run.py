"""`conformance run`: start the target, run the suite, write and print the reports."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.harness.bucket import Bucket
from conformance.harness.preflight import why_untestable
from conformance.model.profile import Profile
from conformance.model.redaction import Redactor
from conformance.model.run import Run
from conformance.problem import ExitCode
from conformance.reports import github
from conformance.reports.comparison import Comparison, read_baseline
from conformance.reports.formats import FILES
from conformance.reports.terminal.report import print_paths, print_report
from conformance.runner.execution import execute, untestable
from conformance.runner.launch import with_target_up
from conformance.runner.progress import Quiet, shown_on
from conformance.runner.publish import emptied, write_reports
from conformance.runner.repetition import repeat_failures
from conformance.runner.storage_gate import check_gate
from conformance.runner.waivers import apply_requested
from conformance.settings import layers
from conformance.settings.target import target_from

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.reports.report import Report
    from conformance.reports.terminal.console import Console
    from conformance.runner.progress import Progress
    from conformance.runner.request import RunRequest
    from conformance.settings.layers import Origin
    from conformance.target import Target


def run_request(request: RunRequest, console: Console) -> int:
    """Run what was requested and return the exit code; raise `Problem` with one clear line."""
    # Read the baseline first: it may be the report that this run replaces.
    baseline = request.values["baseline"] and read_baseline(
        Path(request.values["baseline"]), request.profile
    )
    place = emptied(Path(request.values["report_dir"]))
    with shown_on(console) as progress:
        run, target = examine(request, progress, repeat=True)
    apply_requested(request, run)
    report = write_reports(run, place, request.rerun, Redactor(target.secrets))
    with _no_commands(console):
        print_report(console, report, every=request.values["verbose"])
        if baseline:
            Comparison.of(baseline, report).print(console)
    print_paths(console, [place / name for name in FILES])
    _publish_on_github(report, console)
    if run.incomplete:
        return ExitCode.INTERRUPTED
    return run.exit_code(
        require_verified=request.values["require_verified"],
        strict_waivers=request.values["strict_waivers"],
        known=baseline.broken if baseline else None,
    )


def examine(request: RunRequest, progress: Progress, *, repeat: bool = False) -> tuple[Run, Target]:
    """Start the target, run the suite, and return the run and its target.

    Args:
        request: What to run.
        progress: Receives the progress.
        repeat: Whether failed cases run again at the end.
    """
    profile = Profile.load(request.profile)
    with ExitStack() as stack:
        values, origins = with_target_up(request, stack)
        target = target_from(profile.name, values)
        shown = _shown(values, origins, target)
        described = target.described()
        progress.ready(Run(profile.name, profile.catalogue, [], target=described, settings=shown))
        if target.s3_bucket:
            Bucket(target).check()
        reason = why_untestable(profile, target)
        if reason is not None:
            run = untestable(profile, target, values, reason)
        else:
            run = execute(profile, target, values, progress, request.expression, only=request.cases)
        if repeat:
            alone = {**values, "workers": 1}
            repeat_failures(run, lambda ids: execute(profile, target, alone, Quiet(), only=ids))
        check_gate()
        run.settings = shown
        return run, target


def _shown(
    values: Mapping[str, Any], origins: Mapping[str, Origin], target: Target
) -> list[dict[str, str]]:
    redactor = Redactor(target.secrets)
    return [
        {**setting, "value": redactor.text(setting["value"])}
        for setting in layers.described(values, origins)
    ]


def _no_commands(console: Console) -> AbstractContextManager[None]:
    """Keep a server's text from controlling the GitHub workflow that shows it."""
    return github.commands_stopped(console.out) if _in_github() else nullcontext()


def _in_github() -> bool:
    return os.environ.get("GITHUB_ACTIONS") == "true"


def _publish_on_github(report: Report, console: Console) -> None:
    """Write the summary and the annotations of GitHub Actions, if it runs this command."""
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        warning = github.append_summary(report, Path(summary))
        if warning:
            console.print(warning, style="yellow", soft_wrap=True, markup=False)
    if _in_github():
        console.out(github.render(report), end="", highlight=False)
