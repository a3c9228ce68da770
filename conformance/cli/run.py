"""`conformance run`: validate a server and write the reports."""

from __future__ import annotations

from typing import Any

import click

from conformance.cli.help import Command
from conformance.cli.options import EVERYDAY, PROFILE, request_from, setting_options
from conformance.problem import ExitCode

EXIT_CODES = (
    (ExitCode.OK, "conformant, partial, or every failure is waived or in --baseline"),
    (ExitCode.FAILED, "nonconformant, or --strict-waivers and a waiver needs a change"),
    (ExitCode.USAGE, "wrong usage or configuration, or nothing selected"),
    (ExitCode.UNTESTABLE, "untestable target, or the run ended early and no MUST failed"),
    (ExitCode.KIT_FAULT, "a fault in the kit while no MUST failed, or a secret in what it wrote"),
    (ExitCode.UNVERIFIED, "partial, with --require-verified"),
    (ExitCode.INTERRUPTED, "interrupted, after clean-up"),
)


@click.command(
    cls=Command,
    short_help="Validate a server and write the reports.",
    codes=EXIT_CODES,
    everyday=EVERYDAY,
    examples=(
        "conformance run feedhive --reference",
        "conformance run hayon --start 'node server.js --port {port}'",
    ),
)
@click.argument("profile", type=PROFILE)
@setting_options()
def run(profile: str, **flags: Any) -> int:
    """Validate a server against PROFILE and write the reports.

    Each flag is also a variable CONFORMANCE_<FLAG> and a key of conformance.toml.
    """
    from conformance.reports.terminal.console import Console
    from conformance.runner.fleet.run import run_fleet
    from conformance.runner.fleet.targets import is_fleet
    from conformance.runner.run import run_request

    if is_fleet(flags):
        return run_fleet(profile, flags, Console())
    request = request_from(profile, flags)
    # Where the events go to the standard output, nothing else does.
    return run_request(request, Console(stderr=request.values["events"] == "-"))
