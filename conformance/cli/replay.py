"""`conformance replay DIR [REQUIREMENT]...`: runs the failed cases of a report again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from conformance.cli.help import Command
from conformance.cli.options import (
    REQUIREMENT,
    format_option,
    note_ignored_proxies,
    setting_options,
)
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
        (ExitCode.UNTESTABLE, "the target could not be tested, or the replay ended early"),
        (ExitCode.KIT_FAULT, "a fault in the kit itself, while no MUST failed"),
        (ExitCode.INTERRUPTED, "interrupted, after clean-up"),
    ),
    examples=(
        "conformance replay conformance-report/",
        "conformance replay conformance-report/ FH-COMPLETE-11",
        "conformance replay conformance-report/ --format markdown > fixed.md",
    ),
)
@click.argument("report", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("requirements", metavar="[REQUIREMENT]...", nargs=-1, type=REQUIREMENT)
@format_option
@setting_options("start", *_OPTIONS, "yes", "config", "target")
def replay(report: Path, requirements: tuple[str, ...], form: str, **options: Any) -> int:
    """Run the failed and warned cases of a report again, and show what is fixed.

    DIR is a report folder or its report.json. Target, seed and effort come from the report,
    credentials from the environment or the settings file, as in `run`. Where a failure showed only
    beside other cases, and everything else is fixed, the whole suite runs once.
    """
    from conformance.reports.connection import warnings
    from conformance.reports.entries import Listing
    from conformance.reports.report import Report
    from conformance.reports.terminal.console import Console
    from conformance.runner import replay as again
    from conformance.runner.progress import brief_on
    from conformance.runner.replay_results import all_fixed, listing

    earlier = Report.read(report)
    chosen = again.chosen(earlier, requirements)
    console = Console()
    if not chosen:
        none = "nothing to replay: no requirement of the report failed or warned"
        data = {"profile": earlier.profile, "exit_code": int(ExitCode.OK), "results": []}
        Listing(f"{earlier.profile}: replay", [], none, data, good=True).print(console, form)
        return ExitCode.OK
    request = again.request_for(earlier, chosen, options)
    note_ignored_proxies(request.values["proxy"])
    # Only text shares its stream with the progress.
    with brief_on(console if form == "text" else Console(stderr=True)) as progress:
        results, run = again.replayed(earlier, chosen, request, progress)
    code = ExitCode.OK if all_fixed(results) else ExitCode.FAILED
    listing(results, run, code=code, notes=warnings(run.target)).print(console, form)
    return code
