"""`conformance merge DIR...`: one report of all shards of a run, or of several runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from conformance.cli.help import Command
from conformance.cli.options import setting_options
from conformance.problem import ExitCode

EXIT_CODES = (
    (ExitCode.OK, "conformant, partial, or every failure is waived or in --baseline"),
    (ExitCode.FAILED, "nonconformant, or --strict-waivers and a waiver needs a change"),
    (ExitCode.USAGE, "the reports do not belong together, or one is missing or there twice"),
    (ExitCode.UNTESTABLE, "a part was untestable or ended early, and no MUST failed"),
    (ExitCode.KIT_FAULT, "a fault in the kit while no MUST failed, or a secret in what it wrote"),
    (ExitCode.UNVERIFIED, "partial, with --require-verified"),
)


@click.command(
    cls=Command,
    short_help="Join the reports of shards into one.",
    codes=EXIT_CODES,
    examples=(
        "conformance merge shard-1/ shard-2/ shard-3/",
        "conformance merge reports/* --report-dir merged-report --require-verified",
    ),
)
@click.argument("folders", nargs=-1, required=True, metavar="DIR...", type=click.Path())
@setting_options("baseline", "require_verified", "strict_waivers", "report_dir", "verbose")
def merge(folders: tuple[str, ...], **flags: Any) -> int:
    """Join the reports of all shards of a run, or of several runs of one target, into one.

    Each DIR is a report folder or its report.json. The reports must be of the same profile,
    catalogue, kit version, target, build and effort. Waivers are those of the reports.
    """
    from conformance.reports.report import Report
    from conformance.reports.terminal.console import Console
    from conformance.runner.merge import merge_reports

    reports = [Report.read(Path(folder)) for folder in folders]
    return merge_reports(reports, flags, Console())
