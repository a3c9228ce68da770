"""`conformance replay DIR [REQUIREMENT]...`: runs the failed cases of a report again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from conformance.cli.help import Command
from conformance.cli.options import REQUIREMENT, note_ignored_proxies, setting_options
from conformance.problem import ExitCode
from conformance.settings.table import SETTINGS
from conformance.settings.target import OF_CONNECTION

#: The addresses, the connection and the credentials, which win over those of the report.
_OPTIONS = [
    setting.name
    for setting in SETTINGS
    if setting.place or setting.secret or setting.name in OF_CONNECTION
]


@click.command(
    cls=Command,
    short_help="Run the failed cases of a report again.",
    codes=(
        (ExitCode.OK, "all requirements are fixed"),
        (ExitCode.FAILED, "one still fails or is not verified, or another one fails now"),
        (ExitCode.USAGE, "wrong usage, or the report cannot be replayed"),
        (ExitCode.UNTESTABLE, "the target could not be tested"),
        (ExitCode.KIT_FAULT, "a fault in the kit itself, while no MUST failed"),
    ),
    examples=(
        "conformance replay conformance-report/",
        "conformance replay conformance-report/ FH-COMPLETE-11",
    ),
)
@click.argument("report", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("requirements", metavar="[REQUIREMENT]...", nargs=-1, type=REQUIREMENT)
@setting_options("start", *_OPTIONS, "config", "target")
def replay(report: Path, requirements: tuple[str, ...], **options: Any) -> int:
    """Run the failed and warned cases of a report again, and show what is fixed.

    DIR is a report folder or its report.json. Target, seed and effort come from the report,
    credentials from the environment or the settings file, as in `run`.
    """
    from conformance.problem import TargetProblem
    from conformance.reports.connection import warnings
    from conformance.reports.report import Report
    from conformance.reports.terminal.console import Console
    from conformance.runner import replay as again
    from conformance.runner.progress import Quiet
    from conformance.runner.run import examine

    earlier = Report.read(report)
    chosen = again.chosen(earlier, requirements)
    console = Console()
    if not chosen:
        console.print("nothing to replay: no requirement of the report failed or warned")
        return ExitCode.OK
    request = again.request_for(earlier, chosen, options)
    note_ignored_proxies(request.values["proxy"])
    run, target = examine(request, Quiet())
    if run.untestable:
        raise TargetProblem(run.untestable)
    if run.incomplete:
        raise KeyboardInterrupt
    results = again.compared(earlier, chosen, run)
    for line in warnings(run.target):
        console.print(line, style="bold red", soft_wrap=True, markup=False)
    console.print(f"{len(run.cases)} cases against {target.base_url}", soft_wrap=True)
    again.print_results(results, console)
    return (
        ExitCode.FAILED
        if any(result.outcome is not again.ReplayOutcome.FIXED for result in results)
        else ExitCode.OK
    )
